//! `a=fmtp`: RFC 8866 section 6.15.

use super::rtpmap::payload_type_of;
use std::fmt;

/// Parameters of one format.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fmtp<'a> {
    /// The format, in RTP a payload type.
    pub format: &'a str,
    /// Everything after it.
    pub parameters: &'a str,
}

impl<'a> Fmtp<'a> {
    /// Reads a value such as `18 annexb=no`.
    pub fn parse(value: &'a str) -> Option<Fmtp<'a>> {
        let (format, parameters) = value.trim().split_once(' ')?;
        let parameters = parameters.trim_start();
        (!parameters.is_empty()).then_some(Fmtp { format, parameters })
    }

    /// The format as an RTP payload type.
    pub fn payload_type(&self) -> Option<u8> {
        payload_type_of(self.format)
    }

    /// The value of `name` in a list of `name=value` separated by semicolons. The name's case does not matter.
    pub fn parameter(&self, name: &str) -> Option<&'a str> {
        self.parameters.split(';').find_map(|pair| {
            let (key, value) = pair.split_once('=')?;
            key.trim().eq_ignore_ascii_case(name).then_some(value.trim())
        })
    }

    /// True when a list such as `0-11,16` holds `event` (RFC 4733 section 2.4.1).
    pub fn lists_event(&self, event: u8) -> bool {
        let list = self.parameter("events").unwrap_or(self.parameters);
        list.split(',').any(|item| {
            let (first, last) = item.trim().split_once('-').unwrap_or((item.trim(), item.trim()));
            match (first.parse::<u8>(), last.parse::<u8>()) {
                (Ok(first), Ok(last)) => (first..=last).contains(&event),
                _ => false,
            }
        })
    }
}

impl fmt::Display for Fmtp<'_> {
    /// The attribute's value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.format, self.parameters)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parameters_are_found_by_name() {
        let fmtp = Fmtp::parse("111 minptime=10; useinbandfec=1").unwrap();
        assert_eq!(fmtp.payload_type(), Some(111));
        assert_eq!(fmtp.parameter("UseInbandFec"), Some("1"));
        assert_eq!(fmtp.parameter("stereo"), None);
        assert_eq!(fmtp.to_string(), "111 minptime=10; useinbandfec=1");
        assert_eq!(Fmtp::parse("18"), None);
        assert_eq!(Fmtp::parse("18 "), None);
        assert_eq!(Fmtp::parse("red 1").map(|fmtp| fmtp.payload_type()), Some(None));
    }

    #[test]
    fn event_lists_hold_numbers_and_ranges() {
        let listed = |text, event| Fmtp::parse(text).unwrap().lists_event(event);
        assert!(listed("101 0-15", 0) && listed("101 0-15", 15) && !listed("101 0-15", 16));
        assert!(listed("101 0-11,16", 16) && !listed("101 0-11,16", 12));
        assert!(listed("101 events=0-9, 36", 36));
        assert!(!listed("101 x-y,300", 1) && !listed("101 9-0", 5));
    }
}
