//! Escapes `%HH` in URIs (RFC 3261 section 19.1.2).

use crate::grammar::chars::{self, HEADER, PARAM, USER};
use std::borrow::Cow;

/// The part of a URI that a text is written into: each allows other characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EscapeSet {
    /// The user part.
    User,
    /// The name or value of a URI parameter.
    Param,
    /// The name or value of a header after `?`.
    Header,
}

/// The text with everything escaped that may not stand in that part of a URI.
pub fn escape(text: &str, set: EscapeSet) -> Cow<'_, str> {
    let class = match set {
        EscapeSet::User => USER,
        EscapeSet::Param => PARAM,
        EscapeSet::Header => HEADER,
    };
    if chars::all(text.as_bytes(), class) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for byte in text.bytes() {
        if chars::is(byte, class) {
            out.push(char::from(byte));
        } else {
            out.push('%');
            for nibble in [byte >> 4, byte & 15] {
                out.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0').to_ascii_uppercase());
            }
        }
    }
    Cow::Owned(out)
}

/// The text with its escapes resolved. An escape that is none stays as it is, and so does one that would not be UTF-8.
pub fn unescape(text: &str) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        match (byte, hex(bytes.get(at + 1)), hex(bytes.get(at + 2))) {
            (b'%', Some(high), Some(low)) => {
                out.push(high << 4 | low);
                at += 3;
            }
            _ => {
                out.push(byte);
                at += 1;
            }
        }
    }
    String::from_utf8(out).map_or(Cow::Borrowed(text), Cow::Owned)
}

/// The value of a hexadecimal digit.
pub(super) fn hex(byte: Option<&u8>) -> Option<u8> {
    char::from(*byte?).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_must_be_escaped_is() {
        assert_eq!(escape("bell&co", EscapeSet::User), "bell&co");
        assert_eq!(escape("a@b:c #é", EscapeSet::User), "a%40b%3Ac%20%23%C3%A9");
        assert_eq!(escape("a=b;c", EscapeSet::Param), "a%3Db%3Bc");
        assert_eq!(escape("<sip:a>", EscapeSet::Header), "%3Csip:a%3E");
    }

    #[test]
    fn broken_escapes_stay() {
        assert_eq!(unescape("100%"), "100%");
        assert_eq!(unescape("%4"), "%4");
        assert_eq!(unescape("%zz%41"), "%zzA");
        assert_eq!(unescape("%ff"), "%ff");
    }

    proptest! {
        #[test]
        fn escaping_loses_nothing(text in "\\PC*") {
            for set in [EscapeSet::User, EscapeSet::Param, EscapeSet::Header] {
                let escaped = escape(&text, set).into_owned();
                prop_assert_eq!(unescape(&escaped).into_owned(), text.clone());
            }
        }
    }
}
