//! What we play: all packets of one tick leave together, on a grid that lateness does not move.

use super::Worker;
use crate::leg::Leg;
use media_plan::MediaEvent;
use rtp::rtcp::{CompoundWriter, SenderInfo};
use rtp::{NtpTimestamp, Ssrc};

/// The most packets a leg is sent at one tick. After a longer stall the others are left out: the timestamps show the gap.
const BURST: u8 = 2;

impl Worker {
    /// Plays what is due.
    pub(super) fn tick(&mut self) {
        let Some(tick) = self.ticker.fired() else { return };
        let mut index = 0;
        while let Some(slot) = self.playing.get(index).copied() {
            if self.play_due(slot, tick) {
                index += 1;
            } else {
                self.playing.swap_remove(index);
            }
        }
        self.rest_when_idle();
    }

    /// Sends a leg what is due; false when nothing more is to be played to it.
    fn play_due(&mut self, slot: usize, tick: u64) -> bool {
        let Some(leg) = self.legs.get_mut(slot) else { return false };
        if !wants_ticks(leg) {
            leg.due = None;
            return false;
        }
        // Zero is a leg that was put here since the last tick.
        let mut due = leg.due.filter(|due| *due > 0).unwrap_or(tick);
        let mut ended = false;
        let sent_before = leg.outbound.sent;
        let base = leg.outbound.own().due(tick, self.now);
        for _ in 0..BURST {
            if due > tick || ended {
                break;
            }
            let (length, over) = leg.compose(due, &self.shared.library, &mut self.buffer[..]);
            let bytes = self.buffer.get(..length).unwrap_or_default();
            if let (Some(address), false) = (leg.outbound.rtp_to, bytes.is_empty()) {
                self.calls.sends += 1;
                leg.outbound.sent += u64::from(leg.sockets.rtp.send_to(bytes, address).is_ok());
            }
            due += leg.outbound.steps;
            ended = over;
        }
        if due <= tick {
            let steps = leg.outbound.steps;
            due += (tick - due).div_euclid(steps) * steps + steps;
        }
        leg.due = Some(due);
        let id = leg.id;
        // Told of is what was heard: a leg on hold has no stream to go on with.
        if let Some(base) = base.filter(|_| leg.outbound.sent > sent_before) {
            leg.outbound.own().told(tick);
            self.tell(MediaEvent::Playing { leg: id, base });
        }
        self.send_report(slot, tick);
        if ended {
            if let Some(leg) = self.legs.get_mut(slot) {
                leg.play = None;
                leg.outbound.mark = true;
            }
            self.tell(MediaEvent::PlayEnded { leg: id });
        }
        true
    }

    /// Reports on our stream to the leg when a report is due (RFC 3550 section 6.4.1), with our canonical name (section 6.5.1).
    fn send_report(&mut self, slot: usize, tick: u64) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        let (Some(address), Some((ssrc, packets, octets))) =
            (leg.outbound.rtcp_to, leg.outbound.own().report_due(tick))
        else {
            return;
        };
        let rtp_timestamp = leg.outbound.timestamp(tick);
        let info = SenderInfo { ntp: NtpTimestamp::from_utc(self.now.utc), rtp_timestamp, packets, octets };
        let mut writer = CompoundWriter::new(&mut self.report);
        let written = writer.sender_report(ssrc, &info, &[]).and_then(|()| writer.cname(ssrc, &canonical_name(ssrc)));
        if written.is_ok() {
            self.calls.sends += 1;
            let _ = leg.sockets.rtcp.send_to(&self.report, address);
        }
    }

    /// Sees to it that a leg is played to when it has something to be played.
    pub(super) fn schedule(&mut self, slot: usize) {
        let Some(leg) = self.legs.get_mut(slot) else { return };
        if leg.due.is_none() && wants_ticks(leg) {
            leg.due = Some(0);
            self.playing.push(slot);
            self.run_ticker(true);
        }
    }

    /// Plays nothing more to a leg that leaves its slot.
    pub(super) fn unschedule(&mut self, slot: usize) {
        self.playing.retain(|playing| *playing != slot);
        if let Some(leg) = self.legs.get_mut(slot) {
            leg.due = None;
        }
        self.rest_when_idle();
    }

    fn rest_when_idle(&mut self) {
        if self.playing.is_empty() {
            self.run_ticker(false);
        }
    }

    fn run_ticker(&mut self, running: bool) {
        if let Err(error) = self.ticker.run(running) {
            tracing::error!(%error, "the media timer cannot be set");
        }
    }
}

/// Our name in the reports on a stream. Each stream stands in a session of its own, so that its SSRC is name enough; made of
/// it, the name is the same when another process goes on with the stream, and listeners see no collision (RFC 3550 section
/// 8.2). It links no two calls (RFC 7022 section 4.2).
fn canonical_name(ssrc: Ssrc) -> String {
    format!("{:016x}", super::splitmix(u64::from(ssrc.0)))
}

/// A leg has something of ours to be sent, and is set up for it.
fn wants_ticks(leg: &Leg) -> bool {
    leg.setup.is_some() && (leg.keypad.is_busy() || (leg.play.is_some() && leg.outbound.law.is_some()))
}
