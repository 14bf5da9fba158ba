//! Payload formats: which are the same, which two sides share, and how they are numbered in one leg.

use crate::vocabulary::description::{Codec, CodecName};
use serde::{Deserialize, Serialize};

/// The dynamic payload types (RFC 3551 section 6).
const DYNAMIC: std::ops::RangeInclusive<u8> = 96..=127;
/// Numbers without assignment that may be used when the dynamic ones are exhausted (RFC 3551 section 3).
const UNASSIGNED: std::ops::RangeInclusive<u8> = 35..=71;
/// The largest payload type: seven bits (RFC 3550 section 5.1).
const LARGEST: u8 = 127;
/// The number under which `telephone-event` is offered by ourselves; any dynamic one would do.
const TELEPHONE_EVENT: u8 = 101;

impl Codec {
    /// True when packets of one can be taken for packets of the other: name, clock and channels agree. The format parameters
    /// are a matter between the two ends.
    pub fn same_format(&self, other: &Codec) -> bool {
        self.name == other.name && self.clock_rate == other.clock_rate && self.channels == other.channels
    }

    /// True when it carries speech, and not events (RFC 4733) or silence (RFC 3389).
    pub fn is_audio(&self) -> bool {
        !matches!(self.name, CodecName::TelephoneEvent | CodecName::ComfortNoise)
    }

    /// G.711 and G.722 and their companions at the numbers that RFC 3551 section 6 gives them; none for names that have no
    /// number of their own.
    pub fn with_static_number(name: CodecName) -> Option<Codec> {
        let payload_type = match name {
            CodecName::Pcmu => 0,
            CodecName::Pcma => 8,
            CodecName::G722 => 9,
            CodecName::ComfortNoise => 13,
            CodecName::G729 => 18,
            CodecName::Opus | CodecName::TelephoneEvent | CodecName::Other(_) => return None,
        };
        Some(Codec { payload_type, name, clock_rate: 8000, channels: 1, parameters: None })
    }

    /// `telephone-event` at 8000 Hz with the sixteen events of a keypad (RFC 4733 section 3.2).
    pub fn telephone_event() -> Codec {
        Codec {
            payload_type: TELEPHONE_EVENT,
            name: CodecName::TelephoneEvent,
            clock_rate: 8000,
            channels: 1,
            parameters: Some("0-15".to_owned()),
        }
    }
}

/// What we describe when a description is our own, in order of preference.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnCodecs(pub Vec<Codec>);

impl Default for OwnCodecs {
    /// PCMA, PCMU, telephone-event.
    fn default() -> Self {
        OwnCodecs::ordered(&[CodecName::Pcma, CodecName::Pcmu])
    }
}

impl OwnCodecs {
    /// These codecs in this order, as far as they have static numbers, and `telephone-event`.
    pub fn ordered(names: &[CodecName]) -> Self {
        let mut codecs: Vec<Codec> = names.iter().cloned().filter_map(Codec::with_static_number).collect();
        codecs.push(Codec::telephone_event());
        OwnCodecs(usable(&codecs))
    }
}

/// The codecs whose number can stand in a packet, each number once: the first of a number counts.
pub(super) fn usable(codecs: &[Codec]) -> Vec<Codec> {
    let mut result: Vec<Codec> = Vec::with_capacity(codecs.len());
    for codec in codecs {
        if codec.payload_type <= LARGEST && !result.iter().any(|seen| seen.payload_type == codec.payload_type) {
            result.push(codec.clone());
        }
    }
    result
}

/// The entry of `list` that means `codec`: one of the same format, best with the same number, then with the same parameters.
pub(super) fn find<'a>(list: &'a [Codec], codec: &Codec) -> Option<&'a Codec> {
    let same = || list.iter().filter(|other| other.same_format(codec));
    same()
        .find(|other| other.payload_type == codec.payload_type)
        .or_else(|| same().find(|other| other.parameters == codec.parameters))
        .or_else(|| same().next())
}

/// What `leading` and `other` share, in the order of `leading`: pairs of (its entry, the entry of `other`), none used twice.
pub(super) fn shared<'a>(leading: &'a [Codec], other: &'a [Codec]) -> Vec<(&'a Codec, &'a Codec)> {
    let mut left: Vec<Codec> = other.to_vec();
    let mut pairs = Vec::with_capacity(leading.len().min(other.len()));
    for codec in leading {
        let Some(number) = find(&left, codec).map(|found| found.payload_type) else { continue };
        left.retain(|entry| entry.payload_type != number);
        if let Some(partner) = other.iter().find(|entry| entry.payload_type == number) {
            pairs.push((codec, partner));
        }
    }
    pairs
}

/// The numbers that our descriptions of one leg have used. What a number meant never changes within a session
/// (RFC 3264 section 8.3.2).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Numbering(Vec<Codec>);

impl Numbering {
    /// Remembers what the numbers of a description of ours mean; the far side's offer decides when it contradicts.
    pub(super) fn remember(&mut self, codecs: &[Codec]) {
        for codec in codecs {
            self.0.retain(|known| known.payload_type != codec.payload_type);
            self.0.push(codec.clone());
        }
    }

    /// The same codecs with numbers that fit this leg: the number that a codec had here before, else the number that it
    /// brings along, else a free one. Codecs beyond the last free number are left out.
    pub(super) fn assign(&self, codecs: &[Codec]) -> Vec<Codec> {
        let mut numbers: Vec<Option<u8>> = vec![None; codecs.len()];
        let mut used = [false; 128];
        for (slot, codec) in numbers.iter_mut().zip(codecs) {
            let known = self.0.iter().filter(|known| known.same_format(codec));
            let free = known.filter(|known| !is_used(&used, known.payload_type));
            // A number that meant the same parameters is the right one when a codec has several.
            let choice = free.min_by_key(|known| known.parameters != codec.parameters);
            if let Some(known) = choice {
                mark(&mut used, known.payload_type);
                *slot = Some(known.payload_type);
            }
        }
        for (slot, codec) in numbers.iter_mut().zip(codecs) {
            if slot.is_none() {
                *slot = self.free_number(&used, codec.payload_type);
                if let Some(number) = *slot {
                    mark(&mut used, number);
                }
            }
        }
        let numbered = codecs.iter().zip(numbers);
        numbered.filter_map(|(codec, number)| Some(Codec { payload_type: number?, ..codec.clone() })).collect()
    }

    /// `wanted` when it is free, else the first free number.
    fn free_number(&self, used: &[bool; 128], wanted: u8) -> Option<u8> {
        let free = |number: &u8| {
            *number <= LARGEST && !is_used(used, *number) && !self.0.iter().any(|known| known.payload_type == *number)
        };
        std::iter::once(wanted).chain(DYNAMIC).chain(UNASSIGNED).find(free)
    }
}

fn is_used(used: &[bool; 128], number: u8) -> bool {
    used.get(usize::from(number)).copied().unwrap_or(true)
}

fn mark(used: &mut [bool; 128], number: u8) {
    if let Some(slot) = used.get_mut(usize::from(number)) {
        *slot = true;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn codec(payload_type: u8, name: &str, parameters: Option<&str>) -> Codec {
        let parameters = parameters.map(str::to_owned);
        Codec { payload_type, name: CodecName::parse(name), clock_rate: 8000, channels: 1, parameters }
    }

    #[test]
    fn own_codecs_stand_in_the_order_of_the_configuration() {
        let names = |own: OwnCodecs| own.0.iter().map(|codec| codec.payload_type).collect::<Vec<_>>();
        assert_eq!(names(OwnCodecs::default()), [8, 0, 101]);
        assert_eq!(names(OwnCodecs::ordered(&[CodecName::Pcmu, CodecName::Opus, CodecName::Pcma])), [0, 8, 101]);
    }

    #[test]
    fn a_number_that_cannot_be_in_a_packet_or_stands_twice_is_left_out() {
        let list = [codec(8, "PCMA", None), codec(128, "X", None), codec(8, "PCMU", None), codec(96, "X", None)];
        assert_eq!(usable(&list).iter().map(|codec| codec.payload_type).collect::<Vec<_>>(), [8, 96]);
    }

    #[test]
    fn two_formats_of_one_codec_find_their_partners() {
        let ours = [codec(96, "AMR", Some("octet-align=0")), codec(97, "AMR", Some("octet-align=1"))];
        let theirs = [codec(110, "AMR", Some("octet-align=1")), codec(111, "AMR", Some("octet-align=0"))];
        let pairs: Vec<_> = shared(&theirs, &ours).iter().map(|(a, b)| (a.payload_type, b.payload_type)).collect();
        assert_eq!(pairs, [(110, 97), (111, 96)]);
    }

    #[test]
    fn a_number_keeps_its_meaning_within_a_leg() {
        let mut numbering = Numbering::default();
        numbering.remember(&[codec(8, "PCMA", None), codec(101, "telephone-event", Some("0-15"))]);
        // The other leg uses 101 for something else and brings the events under 96.
        let offer = [codec(101, "ILBC", None), codec(8, "PCMA", None), codec(96, "telephone-event", Some("0-16"))];
        let numbers: Vec<_> = numbering.assign(&offer).iter().map(|codec| codec.payload_type).collect();
        assert_eq!(numbers, [96, 8, 101]);
    }
}
