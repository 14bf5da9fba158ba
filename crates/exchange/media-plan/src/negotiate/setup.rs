//! What an agreement means for whoever handles media, and whether two legs fit together.

use super::codec::{find, shared};
use super::stream::{destination, effective_direction, packet_time};
use crate::vocabulary::control::{Learning, RemoteMedia, StreamSetup};
use crate::vocabulary::description::{Codec, StreamDescription};
use std::time::Duration;

/// What the negotiation cannot know about a leg, because it is policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourcePolicy {
    /// From which source packets are taken.
    pub learning: Learning,
    /// How long a leg that should send may be silent before it is reported; none for never.
    pub silence_after: Option<Duration>,
}

/// Whether what two legs agreed to can be relayed between them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fit {
    /// Whatever either side may send, the other takes.
    Full,
    /// They share a codec for speech, but one side may also send what the other does not take: a new offer is due.
    Partial,
    /// They share no codec for speech.
    None,
}

/// The setup that follows from our description and the far side's for one stream, whose codecs `pairs` holds in the order of
/// the answer: our entry, their entry.
pub(super) fn setup(
    ours: &StreamDescription,
    theirs: &StreamDescription,
    pairs: &[(&Codec, &Codec)],
    policy: &SourcePolicy,
) -> StreamSetup {
    let direction = ours.direction.and(effective_direction(theirs).reversed());
    let remote = destination(theirs).map(|(rtp, rtcp)| RemoteMedia { rtp, rtcp, learning: policy.learning });
    // Each side numbers what it receives (RFC 3264 section 5.1), so the two tables may differ.
    StreamSetup {
        remote,
        direction,
        send: pairs.iter().map(|(_, far)| (*far).clone()).collect(),
        receive: pairs.iter().map(|(near, _)| (*near).clone()).collect(),
        packet_time: packet_time(theirs),
        silence_after: policy.silence_after.filter(|_| direction.receives()),
    }
}

/// Whether packets can be relayed between two legs as they are set up now.
pub fn fit(one: &StreamSetup, other: &StreamSetup) -> Fit {
    let towards = |from: &StreamSetup, to: &StreamSetup| {
        let audio = || from.receive.iter().filter(|codec| codec.is_audio());
        let taken = audio().filter(|codec| find(&to.send, codec).is_some()).count();
        (taken, audio().count())
    };
    let (there, may_there) = towards(one, other);
    let (back, may_back) = towards(other, one);
    match there == 0 || back == 0 {
        true => Fit::None,
        false if there == may_there && back == may_back => Fit::Full,
        false => Fit::Partial,
    }
}

/// For each payload type that one leg receives, the payload type under which the other leg is sent the same; none when the
/// other leg does not take it.
pub fn payload_map(receive: &[Codec], send: &[Codec]) -> [Option<u8>; 128] {
    let mut map = [None; 128];
    for (from, to) in shared(receive, send) {
        if let Some(slot) = map.get_mut(usize::from(from.payload_type)) {
            *slot = Some(to.payload_type);
        }
    }
    map
}
