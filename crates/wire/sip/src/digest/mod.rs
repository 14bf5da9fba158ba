//! Digest authentication on both sides (RFC 3261 section 22, RFC 7616, RFC 8760): MD5, SHA-256 and SHA-512/256 with
//! `qop=auth`. The `-sess` variants and `auth-int` are not spoken.

mod algorithm;
mod client;
mod nonce;
mod nonce_count;
mod server;

pub use algorithm::{A1, Algorithm};
pub use client::{Answer, ClientChallenge, strongest_challenge};
pub use nonce::{Issue, NonceMint, NonceState};
pub use nonce_count::NonceCount;
pub use server::{Policy, Presented, Refusal, Server};

use algorithm::Response;

/// What the response is computed over, apart from A1.
#[derive(Clone, Copy, Debug)]
struct Subject<'a> {
    method: &'a str,
    uri: &'a str,
    nonce: &'a str,
    /// `nc`, `cnonce` and `qop` as they stand on the wire; absent in the form of RFC 2069.
    quality: Option<(&'a str, &'a str, &'a str)>,
}

/// `KD(H(A1), nonce ":" nc ":" cnonce ":" qop ":" H(A2))` (RFC 7616 section 3.4.1), or without the middle as in RFC 2069
/// section 2.1.2 when there is no qop.
fn response(a1: &A1, subject: &Subject<'_>) -> Response {
    let algorithm = a1.algorithm();
    let a2 = algorithm.hash(&[subject.method, ":", subject.uri]);
    match subject.quality {
        Some((nc, cnonce, qop)) => {
            algorithm.hash(&[a1.hex(), ":", subject.nonce, ":", nc, ":", cnonce, ":", qop, ":", a2.as_str()])
        }
        None => algorithm.hash(&[a1.hex(), ":", subject.nonce, ":", a2.as_str()]),
    }
}

#[cfg(test)]
mod tests;
