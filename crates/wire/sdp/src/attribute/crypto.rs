//! `a=crypto`: RFC 4568 sections 4, 6 and 9. The parts are told apart; keys are not decoded here.

use crate::timing::digits;
use std::fmt;

/// One SRTP key offer or answer.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Crypto<'a> {
    /// Tag, at most nine digits: an answer names the offer's tag.
    pub tag: u32,
    /// Suite, for example `AES_CM_128_HMAC_SHA1_80` or `AEAD_AES_256_GCM` (RFC 7714).
    pub suite: &'a str,
    /// One or more keys, separated by semicolons. Secret.
    pub keys: &'a str,
    /// Session parameters after the keys, empty if there are none.
    pub session_parameters: &'a str,
}

/// One `inline:` key (RFC 4568 section 6.1).
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct InlineKey<'a> {
    /// Master key and salt, base64. Secret.
    pub key_and_salt: &'a str,
    /// Lifetime in packets as written, for example `2^20`.
    pub lifetime: Option<&'a str>,
    /// Master key identifier and its length in bytes.
    pub key_identifier: Option<(&'a str, u8)>,
}

impl<'a> Crypto<'a> {
    /// Reads a value such as `1 AES_CM_128_HMAC_SHA1_80 inline:...|2^20|1:4`.
    pub fn parse(value: &'a str) -> Option<Crypto<'a>> {
        let (tag, rest) = value.trim().split_once(' ')?;
        let (suite, rest) = rest.trim_start().split_once(' ')?;
        let (keys, session_parameters) = rest.trim_start().split_once(' ').unwrap_or((rest.trim_start(), ""));
        if tag.is_empty() || tag.len() > 9 || !keys.contains(':') {
            return None;
        }
        Some(Crypto { tag: digits(tag)?, suite, keys, session_parameters: session_parameters.trim_start() })
    }

    /// The `inline:` keys that are well-formed.
    pub fn inline_keys(&self) -> impl Iterator<Item = InlineKey<'a>> + use<'a> {
        self.keys.split(';').filter_map(|key| InlineKey::parse(key.strip_prefix("inline:")?))
    }

    /// The session parameters one by one, for example `UNENCRYPTED_SRTP` (RFC 4568 section 6.3).
    pub fn parameters(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.session_parameters.split_ascii_whitespace()
    }
}

impl<'a> InlineKey<'a> {
    fn parse(text: &'a str) -> Option<InlineKey<'a>> {
        let mut parts = text.split('|');
        let key_and_salt = parts.next().filter(|key| !key.is_empty())?;
        let mut key = InlineKey { key_and_salt, lifetime: None, key_identifier: None };
        // Lifetime and identifier are both optional; only the identifier has a colon.
        for part in parts {
            match part.split_once(':') {
                Some((identifier, length)) if key.key_identifier.is_none() => {
                    key.key_identifier = Some((identifier, digits(length)?));
                }
                None if key.lifetime.is_none() && key.key_identifier.is_none() => key.lifetime = Some(part),
                _ => return None,
            }
        }
        Some(key)
    }
}

impl fmt::Display for Crypto<'_> {
    /// The attribute's value, keys included: this is what goes on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.tag, self.suite, self.keys)?;
        if self.session_parameters.is_empty() { Ok(()) } else { write!(f, " {}", self.session_parameters) }
    }
}

impl fmt::Debug for Crypto<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Crypto({} {} (secret) {})", self.tag, self.suite, self.session_parameters)
    }
}

impl fmt::Debug for InlineKey<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "InlineKey((secret) {:?} {:?})", self.lifetime, self.key_identifier)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_parts_are_told_apart() {
        let text = "1 AES_CM_128_HMAC_SHA1_80 inline:QUJD|2^20|1:4;inline:REVG KDR=0 UNENCRYPTED_SRTCP";
        let crypto = Crypto::parse(text).unwrap();
        assert_eq!((crypto.tag, crypto.suite), (1, "AES_CM_128_HMAC_SHA1_80"));
        assert_eq!(crypto.parameters().collect::<Vec<_>>(), ["KDR=0", "UNENCRYPTED_SRTCP"]);
        let keys: Vec<_> = crypto.inline_keys().collect();
        assert_eq!(keys.len(), 2);
        assert_eq!(
            (keys[0].key_and_salt, keys[0].lifetime, keys[0].key_identifier),
            ("QUJD", Some("2^20"), Some(("1", 4)))
        );
        assert_eq!((keys[1].key_and_salt, keys[1].lifetime, keys[1].key_identifier), ("REVG", None, None));
        assert_eq!(crypto.to_string(), text);
    }

    #[test]
    fn the_identifier_may_stand_without_a_lifetime() {
        let crypto = Crypto::parse("7 AEAD_AES_256_GCM inline:QUJD|3:1").unwrap();
        let key = crypto.inline_keys().next().unwrap();
        assert_eq!((key.lifetime, key.key_identifier), (None, Some(("3", 1))));
        assert_eq!(format!("{key:?}"), "InlineKey((secret) None Some((\"3\", 1)))");
    }

    #[test]
    fn malformed_offers_and_keys_are_nothing() {
        for bad in ["", "1", "1 AES_CM_128_HMAC_SHA1_80", "x S inline:QUJD", "1234567890 S inline:QUJD", "1 S QUJD"] {
            assert_eq!(Crypto::parse(bad), None, "{bad:?}");
        }
        for bad in [
            "1 S inline:",
            "1 S inline:QUJD|2^20|2^21",
            "1 S inline:QUJD|1:4|2^20",
            "1 S inline:QUJD|1:x",
            "1 S other:x",
        ] {
            assert_eq!(Crypto::parse(bad).unwrap().inline_keys().count(), 0, "{bad:?}");
        }
    }
}
