//! `a=rtpmap`: RFC 8866 section 6.6.

use crate::StaticPayload;
use crate::timing::digits;
use std::fmt;

/// What a payload type means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rtpmap<'a> {
    /// Payload type, 0 to 127.
    pub payload_type: u8,
    /// Encoding name. Its letters' case does not matter: compare with [`Rtpmap::is`].
    pub encoding: &'a str,
    /// RTP clock in hertz.
    pub clock_rate: u32,
    /// Encoding parameters, for audio the number of channels if it is not 1.
    pub parameters: Option<&'a str>,
}

impl<'a> Rtpmap<'a> {
    /// Reads a value such as `101 telephone-event/8000`.
    pub fn parse(value: &'a str) -> Option<Rtpmap<'a>> {
        let (payload_type, encoding) = value.trim().split_once(' ')?;
        let mut parts = encoding.trim_start().splitn(3, '/');
        let encoding = parts.next().filter(|name| !name.is_empty() && !name.contains(' '))?;
        let clock_rate = parts.next().filter(|rate| !rate.is_empty()).and_then(digits::<u32>)?;
        let payload_type = payload_type_of(payload_type)?;
        if clock_rate == 0 {
            return None;
        }
        Some(Rtpmap { payload_type, encoding, clock_rate, parameters: parts.next() })
    }

    /// True when the encoding is called `encoding` and has this clock.
    pub fn is(&self, encoding: &str, clock_rate: u32) -> bool {
        self.encoding.eq_ignore_ascii_case(encoding) && self.clock_rate == clock_rate
    }

    /// Audio channels: the parameters as a number, else 1.
    pub fn channels(&self) -> u8 {
        self.parameters.and_then(digits::<u8>).filter(|&channels| channels > 0).unwrap_or(1)
    }
}

impl From<&StaticPayload> for Rtpmap<'static> {
    fn from(payload: &StaticPayload) -> Rtpmap<'static> {
        let parameters = if payload.channels == 2 { Some("2") } else { None };
        let StaticPayload { payload_type, encoding, clock_rate, .. } = *payload;
        Rtpmap { payload_type, encoding, clock_rate, parameters }
    }
}

impl fmt::Display for Rtpmap<'_> {
    /// The attribute's value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}/{}", self.payload_type, self.encoding, self.clock_rate)?;
        self.parameters.map_or(Ok(()), |parameters| write!(f, "/{parameters}"))
    }
}

/// An RTP payload type: seven bits (RFC 3550 section 5.1).
pub(crate) fn payload_type_of(text: &str) -> Option<u8> {
    if text.is_empty() { None } else { digits::<u8>(text).filter(|&value| value < 128) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn well_formed_maps_are_read_and_written_alike() {
        for text in ["0 PCMU/8000", "101 telephone-event/8000", "111 opus/48000/2", "10 L16/44100/2"] {
            assert_eq!(Rtpmap::parse(text).map(|map| map.to_string()), Some(text.to_owned()));
        }
        let opus = Rtpmap::parse("111 opus/48000/2").unwrap();
        assert_eq!((opus.channels(), opus.is("OPUS", 48_000), opus.is("opus", 8000)), (2, true, false));
        assert_eq!(Rtpmap::parse("8 PCMA/8000").map(|map| map.channels()), Some(1));
    }

    #[test]
    fn malformed_maps_are_nothing() {
        for bad in
            ["", "0", "0 PCMU", "0 PCMU/", "0 /8000", "128 X/8000", "x PCMU/8000", "0 PCMU/0", "0 PC MU/8000", "+1 X/8"]
        {
            assert_eq!(Rtpmap::parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn static_payloads_have_the_map_they_would_have_been_given() {
        let text = |payload_type| crate::static_payload(payload_type).map(|p| Rtpmap::from(p).to_string());
        assert_eq!(text(0).as_deref(), Some("0 PCMU/8000"));
        assert_eq!(text(10).as_deref(), Some("10 L16/44100/2"));
    }
}
