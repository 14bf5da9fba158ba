//! `a=fingerprint`: RFC 8122 section 5.

use std::fmt;

/// The hash of a certificate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Fingerprint<'a> {
    /// Hash function, for example `sha-256`. Its letters' case does not matter.
    pub hash: &'a str,
    /// Bytes in hexadecimal with colons between them.
    pub digest: &'a str,
}

impl<'a> Fingerprint<'a> {
    /// Reads a value such as `sha-256 12:DF:3E:...`.
    pub fn parse(value: &'a str) -> Option<Fingerprint<'a>> {
        let (hash, digest) = value.trim().split_once(' ')?;
        let digest = digest.trim_start();
        let hexadecimal = |byte: &str| byte.len() == 2 && byte.bytes().all(|digit| digit.is_ascii_hexdigit());
        digest.split(':').all(hexadecimal).then_some(Fingerprint { hash, digest })
    }

    /// The digest's bytes.
    pub fn bytes(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.digest.split(':').filter_map(|byte| u8::from_str_radix(byte, 16).ok())
    }
}

impl fmt::Display for Fingerprint<'_> {
    /// The attribute's value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.hash, self.digest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pairs_of_hexadecimal_digits_make_a_digest() {
        let print = Fingerprint::parse("sha-1 4A:AD:b9:00").unwrap();
        assert_eq!(print.bytes().collect::<Vec<_>>(), [0x4A, 0xAD, 0xB9, 0]);
        assert_eq!(print.to_string(), "sha-1 4A:AD:b9:00");
        for bad in ["", "sha-1", "sha-1 4A:A", "sha-1 4A::00", "sha-1 GG", "sha-1 +1"] {
            assert_eq!(Fingerprint::parse(bad), None, "{bad:?}");
        }
    }
}
