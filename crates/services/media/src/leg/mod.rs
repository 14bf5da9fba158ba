//! One leg: its sockets, what was agreed for it, and what is done with its packets.

mod inbound;
mod keypad;
mod outbound;
mod own_stream;
mod play;
mod source_lock;

pub(crate) use inbound::{Inbound, Payload};
pub(crate) use keypad::Keypad;
pub(crate) use outbound::Outbound;
pub(crate) use own_stream::OwnStream;
pub(crate) use play::Play;
pub(crate) use source_lock::{SourceLock, Verdict};

use crate::sound::Library;
use ground::{ConnectionId, Moment};
use media_plan::{LegStatistics, PortPair, StreamSetup, payload_map};
use std::net::{SocketAddr, UdpSocket};

/// The sockets of a leg.
#[derive(Debug)]
pub(crate) struct Sockets {
    /// The pair that they are bound to.
    pub(crate) pair: PortPair,
    /// The even one.
    pub(crate) rtp: UdpSocket,
    /// The odd one.
    pub(crate) rtcp: UdpSocket,
}

/// The source locks of both ports.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Locks {
    /// Of RTP.
    pub(crate) rtp: SourceLock,
    /// Of RTCP.
    pub(crate) rtcp: SourceLock,
}

impl Locks {
    /// Judges the source of an RTCP packet. Behind a translator of addresses it comes from where the sound comes from, once that
    /// is known.
    pub(crate) fn judge_rtcp(&mut self, from: SocketAddr, now: Moment) -> Verdict {
        let elsewhere = self.rtp.locked().is_some_and(|rtp| rtp.ip() != from.ip());
        if self.rtp.follows() && elsewhere { Verdict::Refused } else { self.rtcp.judge(from, now) }
    }
}

/// The other end of a relay.
#[derive(Debug)]
pub(crate) struct Relay {
    /// The slot of the other leg.
    pub(crate) slot: usize,
    /// For each payload type received here, the one under which the other leg is sent the same.
    pub(crate) map: [Option<u8>; 128],
}

/// One leg.
#[derive(Debug)]
pub(crate) struct Leg {
    /// Its connection.
    pub(crate) id: ConnectionId,
    /// Its sockets.
    pub(crate) sockets: Sockets,
    /// What was agreed.
    pub(crate) setup: Option<StreamSetup>,
    /// From where packets are taken; none before it is known.
    pub(crate) locks: Option<Locks>,
    /// The receiving half.
    pub(crate) inbound: Inbound,
    /// The sending half.
    pub(crate) outbound: Outbound,
    /// Where its packets go.
    pub(crate) relay: Option<Relay>,
    /// Its packets go back to it, under these payload types.
    pub(crate) echo: Option<Box<[Option<u8>; 128]>>,
    /// What is played to it.
    pub(crate) play: Option<Play>,
    /// Digits that are sent to it.
    pub(crate) keypad: Keypad,
    /// The tick of its next packet of our own; none when nothing is played.
    pub(crate) due: Option<u64>,
}

impl Leg {
    /// A leg of which nothing but its ports and the stream that it may be sent is known.
    pub(crate) fn new(id: ConnectionId, sockets: Sockets, now: Moment, own: OwnStream) -> Self {
        Leg {
            id,
            sockets,
            setup: None,
            locks: None,
            inbound: Inbound::new(now),
            outbound: Outbound::new(own),
            relay: None,
            echo: None,
            play: None,
            keypad: Keypad::default(),
            due: None,
        }
    }

    /// Takes what was negotiated.
    pub(crate) fn set_up(&mut self, setup: StreamSetup, now: Moment) {
        self.locks = setup.remote.map(|remote| {
            let fresh = || Locks {
                rtp: SourceLock::new(remote.rtp, remote.learning, now),
                rtcp: SourceLock::new(remote.rtcp, remote.learning, now),
            };
            self.locks.map_or_else(fresh, |locks| Locks {
                rtp: locks.rtp.renewed(remote.rtp, remote.learning, now),
                rtcp: locks.rtcp.renewed(remote.rtcp, remote.learning, now),
            })
        });
        self.inbound.agree(&setup.receive);
        self.outbound.agree(&setup);
        if self.echo.is_some() {
            self.echo = Some(Box::new(payload_map(&setup.receive, &setup.send)));
        }
        let waited = self.setup.as_ref().is_some_and(|before| before.silence_after.is_some());
        if setup.silence_after.is_some() && !waited {
            // Waiting begins when silence is not expected any more.
            self.inbound.last = now;
            self.inbound.silence_told = false;
        }
        self.setup = Some(setup);
        self.aim();
    }

    /// Sends to where the source locks say.
    pub(crate) fn aim(&mut self) {
        let locks = self.locks.as_ref().map(|locks| (&locks.rtp, &locks.rtcp));
        self.outbound.aim(self.setup.as_ref(), locks);
    }

    /// True when what it is sent comes from us, so that nothing is relayed to it.
    pub(crate) fn is_played_to(&self) -> bool {
        self.play.is_some() || self.echo.is_some() || self.keypad.is_busy()
    }

    /// Writes the packet of `tick`, zero when this tick is silent. True when what was played has ended with it.
    pub(crate) fn compose(&mut self, tick: u64, library: &Library, out: &mut [u8]) -> (usize, bool) {
        if self.keypad.is_busy() && self.outbound.rtp_to.is_some() {
            return (self.keypad.compose(tick, &mut self.outbound, library, out), false);
        }
        let samples = self.outbound.samples();
        let (Some(play), Some((law, payload_type))) = (&mut self.play, self.outbound.law) else { return (0, false) };
        if self.outbound.rtp_to.is_none() {
            // On hold the sound goes on unheard, so that it ends in time.
            play.advance(samples);
            self.outbound.mark = true;
            return (0, play.ended());
        }
        if let Some(payload) = out.get_mut(12..12 + samples) {
            play.fill(law, payload);
        }
        let ended = play.ended();
        let marker = std::mem::take(&mut self.outbound.mark);
        self.outbound.head(payload_type, self.outbound.timestamp(tick), marker, samples, out);
        (12 + samples, ended)
    }

    /// What passed.
    pub(crate) fn statistics(&self) -> LegStatistics {
        LegStatistics {
            packets_received: self.inbound.received,
            packets_sent: self.outbound.sent,
            packets_lost: self.inbound.lost(),
            packets_refused: self.inbound.refused,
            jitter_micros: self.inbound.jitter_micros(),
        }
    }
}
