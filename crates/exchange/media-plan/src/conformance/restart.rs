//! The process ends without a word, and another one goes on with its legs.

use super::scenarios::{Checked, pcma, play, speech};
use super::{FarPacket, Suite, Violation, ViolationKind};
use crate::vocabulary::control::{MediaEvent, MediaFault, MediaOrderKind, PlaySource, StreamBase};
use crate::vocabulary::description::Direction;
use ground::ConnectionId;

/// The jump in sequence numbers that a receiver takes for a restart (RFC 3550 appendix A.1, MAX_DROPOUT).
const MAX_DROPOUT: u16 = 3000;

pub(super) fn restart(suite: &mut Suite<'_>) -> Checked {
    let legs = [suite.leg(&pcma())?, suite.leg(&pcma())?, suite.leg(&pcma())?];
    let [a, b, listener] = legs;
    suite.expect(a, MediaOrderKind::Connect { with: b }, Ok(()))?;
    suite.expect(listener, play(PlaySource::Music, true), Ok(()))?;
    let first = suite.hears_anything(listener)?;
    let base = suite.base_of(listener)?;
    if (base.ssrc, base.clock_rate) != (first.ssrc, 8000) {
        return Err(suite.violation(ViolationKind::Stream { base, heard: first }));
    }
    let held: Vec<_> = legs.iter().filter_map(|leg| suite.ports.get(leg).copied()).collect();
    if !suite.subject.restart(&held) {
        return legs.into_iter().try_for_each(|leg| suite.close(leg));
    }
    suite.events.clear();
    let newcomer = suite.open()?;
    if let Some(offered) = suite.ports.get(&newcomer).filter(|ports| held.contains(ports)) {
        return Err(suite.violation(ViolationKind::OfferedTwice(*offered)));
    }
    for (leg, ports) in legs.into_iter().zip(held.iter().copied()) {
        let base = (leg == listener).then_some(base);
        suite.expect(leg, MediaOrderKind::Resume { ports, base }, Ok(()))?;
        suite.expect(leg, MediaOrderKind::Resume { ports, base }, Err(MediaFault::AlreadyOpen))?;
        let other = suite.name();
        suite.expect(other, MediaOrderKind::Resume { ports, base: None }, Err(MediaFault::PortsUnavailable))?;
        suite.set_up(leg, &pcma(), Direction::SendReceive)?;
    }
    suite.expect(b, MediaOrderKind::Connect { with: a }, Ok(()))?;
    for (from, to, fill) in [(a, b, 1), (b, a, 2)] {
        suite.subject.far_sends(from, speech(8, fill));
        suite.hears(to, 8, &[fill; 160])?;
    }
    // What was sent before the end is heard first.
    let mut last = first;
    while let Some(heard) = suite.subject.far_hears(listener) {
        last = heard;
    }
    suite.expect(listener, play(PlaySource::Music, true), Ok(()))?;
    let heard = suite.hears_anything(listener)?;
    let (jump, time) = (heard.sequence.wrapping_sub(last.sequence), heard.timestamp.wrapping_sub(last.timestamp));
    if heard.ssrc != base.ssrc || !(1..MAX_DROPOUT).contains(&jump) || time == 0 || time > u32::MAX / 2 {
        return Err(suite.violation(ViolationKind::Stream { base, heard }));
    }
    let told = suite.base_of(listener)?;
    if told.ssrc != heard.ssrc {
        return Err(suite.violation(ViolationKind::Stream { base: told, heard }));
    }
    suite.close(newcomer)?;
    legs.into_iter().try_for_each(|leg| suite.close(leg))
}

impl Suite<'_> {
    fn hears_anything(&mut self, leg: ConnectionId) -> Result<FarPacket, Violation> {
        self.subject.far_hears(leg).ok_or_else(|| self.violation(ViolationKind::Heard(None)))
    }

    /// What is told of the stream that is played to a leg.
    fn base_of(&mut self, leg: ConnectionId) -> Result<StreamBase, Violation> {
        self.wait(|event| match event {
            MediaEvent::Playing { leg: of, base } if *of == leg => Some(*base),
            _ => None,
        })
    }
}
