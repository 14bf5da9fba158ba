//! Character classes of RFC 3261 section 25.1 as one table look-up.

/// Characters of `token`.
pub(crate) const TOKEN: u16 = 1;
/// Characters of `word`, which a Call-ID is made of.
pub(crate) const WORD: u16 = 1 << 1;
/// `unreserved` and `user-unreserved`: the user part of a URI, escapes apart.
pub(crate) const USER: u16 = 1 << 2;
/// The password of a URI, escapes apart.
pub(crate) const PASSWORD: u16 = 1 << 3;
/// `paramchar` of a URI parameter, escapes apart.
pub(crate) const PARAM: u16 = 1 << 4;
/// `hname` and `hvalue` of a URI, escapes apart.
pub(crate) const HEADER: u16 = 1 << 5;
/// Characters of a host name. The underscore is no part of RFC 3261's `hostname`, but names of service records and of
/// many networks have one, and it separates nothing.
pub(crate) const HOST: u16 = 1 << 6;
/// The characters of a parameter value that is not quoted: `token`, and what a bracketed or (RFC 5118 section 4.5) a
/// bare IPv6 address adds.
pub(crate) const VALUE: u16 = 1 << 7;
/// `uric` of RFC 3261: what an opaque or hierarchical URI of another scheme may hold, escapes apart.
pub(crate) const URIC: u16 = 1 << 8;
/// White space inside a header value: SP, HTAB, and the CRLF of a fold.
pub(crate) const LWS: u16 = 1 << 9;
/// Hexadecimal digits.
pub(crate) const HEX: u16 = 1 << 10;
/// What is read in the user part: the number sign too, since many telephones send `*21#` unescaped, and it separates
/// nothing in a SIP URI. We write it escaped.
pub(crate) const USER_READ: u16 = 1 << 11;

static CLASS: [u16; 256] = build();

const fn mark(mut table: [u16; 256], chars: &[u8], class: u16) -> [u16; 256] {
    let mut at = 0;
    while at < chars.len() {
        table[chars[at] as usize] |= class;
        at += 1;
    }
    table
}

const fn build() -> [u16; 256] {
    let mut table = [0u16; 256];
    let mut byte = 0usize;
    while byte < 256 {
        let b = byte as u8;
        if b.is_ascii_alphanumeric() {
            table[byte] = TOKEN | WORD | USER | USER_READ | PASSWORD | PARAM | HEADER | HOST | VALUE | URIC;
        }
        if b.is_ascii_hexdigit() {
            table[byte] |= HEX;
        }
        byte += 1;
    }
    table = mark(table, b"-.!%*_+`'~", TOKEN | WORD | VALUE);
    table = mark(table, b"()<>:\\\"/[]?{}", WORD);
    table = mark(table, b"-_.!~*'()", USER | USER_READ | PASSWORD | PARAM | HEADER | URIC);
    table = mark(table, b"&=+$,;?/", USER | USER_READ);
    table = mark(table, b"#", USER_READ);
    table = mark(table, b"&=+$,", PASSWORD);
    table = mark(table, b"[]/:&+$", PARAM);
    table = mark(table, b"[]/?:+$", HEADER);
    table = mark(table, b"-._", HOST);
    table = mark(table, b"[]:", VALUE);
    table = mark(table, b";/?:@&=+$,[]#", URIC);
    mark(table, b" \t\r\n", LWS)
}

/// True when `byte` belongs to one of the classes.
#[inline]
pub(crate) fn is(byte: u8, class: u16) -> bool {
    CLASS[byte as usize] & class != 0
}

/// True when every byte belongs to one of the classes or is part of an escape `%HH`.
pub(crate) fn all_escaped(bytes: &[u8], class: u16) -> bool {
    let mut at = 0;
    while let Some(&byte) = bytes.get(at) {
        if byte == b'%' {
            match (bytes.get(at + 1), bytes.get(at + 2)) {
                (Some(&high), Some(&low)) if is(high, HEX) && is(low, HEX) => at += 3,
                _ => return false,
            }
        } else if is(byte, class) {
            at += 1;
        } else {
            return false;
        }
    }
    true
}

/// True when every byte belongs to one of the classes.
#[inline]
pub(crate) fn all(bytes: &[u8], class: u16) -> bool {
    bytes.iter().all(|&byte| is(byte, class))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn token_is_exactly_the_set_of_the_standard() {
        let token: Vec<u8> = (0..=255).filter(|&b| is(b, TOKEN)).collect();
        let expected = b"!%'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_`abcdefghijklmnopqrstuvwxyz~";
        assert_eq!(token, expected);
    }

    #[test]
    fn escapes_need_two_hexadecimal_digits() {
        assert!(all_escaped(b"a%40b%Ff", USER));
        for bad in [&b"%"[..], b"%4", b"%4g", b"a b", b"a@b"] {
            assert!(!all_escaped(bad, USER), "{bad:?}");
        }
    }
}
