//! A leg is connected to another one than before, as after a transfer: from either side, without a word in between.

use super::scenarios::{Checked, g711, pcma, play, speech};
use super::{FarPacket, Suite};
use crate::vocabulary::control::{MediaFault, MediaOrderKind, PlaySource};
use crate::vocabulary::description::{Codec, CodecName};
use ground::ConnectionId;

/// A leg, and the number of its telephone-events.
type Numbered = (ConnectionId, u8);

pub(super) fn repointing(suite: &mut Suite<'_>) -> Checked {
    let [a, b, c, d] = [101, 96, 110, 97].map(|events| (suite.leg(&with_events(events)), events));
    let [a, b, c, d] = [(a.0?, a.1), (b.0?, b.1), (c.0?, c.1), (d.0?, d.1)];
    let connect = |with: Numbered| MediaOrderKind::Connect { with: with.0 };
    suite.expect(a.0, connect(b), Ok(()))?;
    suite.expect(c.0, connect(d), Ok(()))?;
    suite.talk(a, b)?;
    suite.talk(d, c)?;
    // Both leave somebody behind.
    suite.expect(a.0, connect(c), Ok(()))?;
    suite.talk(a, c)?;
    suite.alone(&[b, d], &[a, c])?;
    // What is ordered for those left behind does not reach the new pair.
    suite.expect(b.0, MediaOrderKind::Disconnect, Ok(()))?;
    suite.expect(d.0, MediaOrderKind::Stop, Ok(()))?;
    suite.talk(c, a)?;
    // One who is left behind takes a partner back.
    suite.expect(b.0, connect(a), Ok(()))?;
    suite.talk(a, b)?;
    suite.alone(&[c, d], &[a, b])?;
    // Those left behind find each other, and music ends with a connection.
    suite.expect(c.0, play(PlaySource::Music, true), Ok(()))?;
    suite.expect(d.0, connect(c), Ok(()))?;
    suite.falls_silent(c.0)?;
    suite.talk(c, d)?;
    suite.talk(a, b)?;
    refused(suite, (a, b), (c, d))?;
    [a, b, c, d].into_iter().try_for_each(|leg| suite.close(leg.0))
}

/// A partner that was named and cannot be had: who named it is with nobody, and nobody else is disturbed.
fn refused(suite: &mut Suite<'_>, (a, b): (Numbered, Numbered), (c, d): (Numbered, Numbered)) -> Checked {
    let nobody = suite.name();
    suite.expect(a.0, MediaOrderKind::Connect { with: nobody }, Err(MediaFault::UnknownLeg))?;
    suite.alone(&[a, b], &[c, d])?;
    suite.talk(c, d)?;
    let g729 = g711(CodecName::G729);
    let able = suite.subject.capabilities();
    if let (Some(one), Some(other)) = (g729.first(), pcma().first())
        && !able.converts(one, other)
    {
        let foreign = suite.leg(&g729)?;
        suite.expect(c.0, MediaOrderKind::Connect { with: foreign }, Err(MediaFault::NoCommonCodec))?;
        suite.alone(&[c, d], &[a, b])?;
        suite.falls_silent(foreign)?;
        suite.close(foreign)?;
    }
    Ok(())
}

fn with_events(payload_type: u8) -> Vec<Codec> {
    pcma().into_iter().chain([Codec { payload_type, ..Codec::telephone_event() }]).collect()
}

fn key(payload_type: u8) -> FarPacket {
    FarPacket { payload_type, marker: true, payload: vec![5, 0x0A, 0, 160], ..FarPacket::default() }
}

impl Suite<'_> {
    /// Two legs hear each other, in the numbers of each, from one source each.
    fn talk(&mut self, one: Numbered, two: Numbered) -> Checked {
        for (fill, (from, to)) in [(11, (one, two)), (22, (two, one))] {
            self.subject.far_sends(from.0, speech(8, fill));
            self.hears(to.0, 8, &[fill; 160])?;
            self.subject.far_sends(from.0, key(from.1));
            self.hears(to.0, to.1, &key(from.1).payload)?;
        }
        Ok(())
    }

    /// What these legs send reaches neither each other nor the others.
    fn alone(&mut self, legs: &[Numbered], others: &[Numbered]) -> Checked {
        for leg in legs {
            self.subject.far_sends(leg.0, speech(8, 33));
            self.subject.far_sends(leg.0, key(leg.1));
        }
        legs.iter().chain(others).try_for_each(|leg| self.falls_silent(leg.0))
    }
}
