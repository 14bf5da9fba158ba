//! The hash functions of Digest and the stored form of a password (RFC 7616 section 3.2, RFC 8760 section 2).

use ground::Secret;
use md5::{Digest, Md5};
use serde::{Deserialize, Serialize};
use sha2::{Sha256, Sha512_256};
use std::fmt::{self, Write};

/// A hash function of Digest, the weakest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Algorithm {
    /// MD5: only where a telephone knows nothing else.
    Md5,
    /// SHA-256.
    Sha256,
    /// SHA-512/256.
    Sha512_256,
}

/// A hash in lower-case hexadecimal digits.
pub(super) type Response = String;

impl Algorithm {
    /// The name on the wire.
    pub const fn as_str(self) -> &'static str {
        match self {
            Algorithm::Md5 => "MD5",
            Algorithm::Sha256 => "SHA-256",
            Algorithm::Sha512_256 => "SHA-512-256",
        }
    }

    /// The algorithm of that name, whatever its case; `None` for `-sess` variants and anything else.
    pub fn parse(name: &str) -> Option<Algorithm> {
        [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512_256]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(name))
    }

    /// How many hexadecimal digits a hash has.
    pub const fn hex_length(self) -> usize {
        match self {
            Algorithm::Md5 => 32,
            Algorithm::Sha256 | Algorithm::Sha512_256 => 64,
        }
    }

    pub(super) fn hash(self, parts: &[&str]) -> Response {
        match self {
            Algorithm::Md5 => hex_of(&digest::<Md5>(parts)),
            Algorithm::Sha256 => hex_of(&digest::<Sha256>(parts)),
            Algorithm::Sha512_256 => hex_of(&digest::<Sha512_256>(parts)),
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

fn digest<D: Digest>(parts: &[&str]) -> Vec<u8> {
    let mut hash = D::new();
    for part in parts {
        hash.update(part.as_bytes());
    }
    hash.finalize().to_vec()
}

/// Lower-case hexadecimal digits.
pub(super) fn hex_of(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut out, byte| {
        let _ = write!(out, "{byte:02x}");
        out
    })
}

/// `H(username ":" realm ":" password)`: what is stored instead of a password, one for each algorithm. Whoever has it
/// can authenticate in that realm, so it is a secret itself.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct A1 {
    algorithm: Algorithm,
    hex: Secret,
}

impl A1 {
    /// Computes it from a password (RFC 7616 section 3.4.2).
    pub fn of(algorithm: Algorithm, username: &str, realm: &str, password: &str) -> Self {
        A1 { algorithm, hex: Secret::new(algorithm.hash(&[username, ":", realm, ":", password])) }
    }

    /// Takes a stored one; `None` when it has not the digits of its algorithm.
    pub fn from_hex(algorithm: Algorithm, hex: &str) -> Option<Self> {
        let fits = hex.len() == algorithm.hex_length() && hex.bytes().all(|byte| byte.is_ascii_hexdigit());
        fits.then(|| A1 { algorithm, hex: Secret::new(hex.to_ascii_lowercase()) })
    }

    /// One that no password has, to be verified against when the user does not exist: the work is the same.
    /// `secret` is a value that nobody outside knows. Make it once and keep it: making it only when a user is unknown would show.
    pub fn dummy(algorithm: Algorithm, secret: &[u8]) -> Self {
        let secret = hex_of(secret);
        A1 { algorithm, hex: Secret::new(algorithm.hash(&["dummy:", &secret])) }
    }

    /// The algorithm it was computed with.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The hexadecimal digits, for storing.
    pub fn hex(&self) -> &str {
        self.hex.expose()
    }
}
