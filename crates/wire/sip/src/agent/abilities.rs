//! What the other side of a session can do, as its last Allow and Supported said (RFC 3261 sections 20.5 and 20.37).

use crate::header::HeaderName;
use crate::message::{Message, Method};
use serde::{Deserialize, Serialize};

/// The option tags that are remembered (RFC 3261 section 27.1).
const OPTIONS: [&str; 16] = [
    "replaces",
    "from-change",
    "norefersub",
    "timer",
    "100rel",
    "join",
    "path",
    "gruu",
    "outbound",
    "histinfo",
    "privacy",
    "tdialog",
    "precondition",
    "multiple-refer",
    "answermode",
    "explicitsub",
];

/// Methods and option tags as sets of bits: by their place in [`Method::KNOWN`] and in a list of option tags.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Abilities {
    methods: u16,
    options: u16,
}

impl Abilities {
    /// Takes over what a message says; a header that is absent leaves what was known. True when something is new.
    pub(crate) fn learn(&mut self, message: &Message) -> bool {
        let before = *self;
        if message.has_header(HeaderName::Allow) {
            self.methods = 0;
            for name in message.tokens(HeaderName::Allow).flatten() {
                self.methods |= Method::KNOWN.iter().position(|known| known.as_str() == name).map_or(0, bit);
            }
        }
        if message.has_header(HeaderName::Supported) {
            self.options = 0;
            for tag in message.tokens(HeaderName::Supported).flatten() {
                self.options |= place(tag);
            }
        }
        *self != before
    }

    /// True when the other side said that it takes requests of this method.
    pub fn allows(&self, method: &Method) -> bool {
        self.methods & Method::KNOWN.iter().position(|known| known == method).map_or(0, bit) != 0
    }

    /// True when the other side said that it supports this option tag; false for tags that are not remembered.
    pub fn supports(&self, tag: &str) -> bool {
        self.options & place(tag) != 0
    }
}

fn place(tag: &str) -> u16 {
    OPTIONS.iter().position(|known| known.eq_ignore_ascii_case(tag)).map_or(0, bit)
}

fn bit(at: usize) -> u16 {
    u32::try_from(at).ok().and_then(|at| 1u16.checked_shl(at)).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn message(headers: &str) -> Message {
        let text = format!("SIP/2.0 200 OK\r\n{headers}\r\n");
        Message::parse_datagram(Bytes::from(text)).unwrap()
    }

    #[test]
    fn the_last_word_counts_and_silence_changes_nothing() {
        let mut peer = Abilities::default();
        assert!(!peer.allows(&Method::Invite) && !peer.supports("replaces"));
        assert!(peer.learn(&message("Allow: INVITE, UPDATE\r\nAllow: REFER\r\nSupported: Replaces, x-odd\r\n")));
        assert!(peer.allows(&Method::Update) && peer.allows(&Method::Refer) && !peer.allows(&Method::Info));
        assert!(peer.supports("replaces") && !peer.supports("x-odd") && !peer.supports("timer"));
        assert!(!peer.learn(&message("")));
        assert!(peer.learn(&message("Allow: INVITE\r\nSupported:\r\n")));
        assert!(!peer.allows(&Method::Update) && !peer.supports("replaces"));
    }

    #[test]
    fn every_method_and_tag_has_a_bit_of_its_own() {
        let methods = (0..Method::KNOWN.len()).fold(0u16, |all, at| all | bit(at));
        assert_eq!(methods.count_ones() as usize, Method::KNOWN.len());
        assert!(OPTIONS.iter().all(|tag| place(tag).count_ones() == 1));
        assert_eq!(bit(16), 0);
    }
}
