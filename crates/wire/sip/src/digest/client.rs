//! The side that is challenged: trunks that register, calls to providers (RFC 3261 section 22.2, RFC 8760 section 2.5).

use super::algorithm::{A1, Algorithm};
use super::{Subject, response};
use crate::header::{AuthValue, HeaderName, quote};
use crate::{Message, Method};
use std::fmt::Write;

/// A challenge that can be answered, owned, with the count of its nonce.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClientChallenge {
    realm: String,
    nonce: String,
    opaque: Option<String>,
    algorithm: Algorithm,
    /// The algorithm was named; a server that named none gets none back.
    named: bool,
    qop: bool,
    stale: bool,
    proxy: bool,
    count: u32,
}

/// One header line that answers a challenge.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Authorization or Proxy-Authorization.
    pub name: HeaderName,
    /// Its value.
    pub value: String,
}

/// The strongest challenge of a 401 or 407 that can be answered: SHA-512/256 before SHA-256 before MD5. Challenges of other
/// schemes, of `-sess` variants, and with `auth-int` alone are passed over; `None` when nothing is left.
pub fn strongest_challenge(response: &Message) -> Option<ClientChallenge> {
    let of = |name: HeaderName| response.headers(name).filter_map(move |value| ClientChallenge::read(name, value));
    // The first of equals wins: the server's own order decides then.
    let mut best: Option<ClientChallenge> = None;
    for challenge in of(HeaderName::WwwAuthenticate).chain(of(HeaderName::ProxyAuthenticate)) {
        if best.as_ref().is_none_or(|best| challenge.algorithm > best.algorithm) {
            best = Some(challenge);
        }
    }
    best
}

impl ClientChallenge {
    fn read(name: HeaderName, value: &[u8]) -> Option<Self> {
        let auth = AuthValue::parse(name, value).ok().filter(AuthValue::is_digest)?;
        let named = auth.get("algorithm");
        let algorithm = match &named {
            Some(name) => Algorithm::parse(name)?,
            None => Algorithm::Md5,
        };
        let qop = match auth.get("qop") {
            Some(offered) if offered.split(',').any(|qop| qop.trim().eq_ignore_ascii_case("auth")) => true,
            Some(_) => return None,
            None => false,
        };
        Some(ClientChallenge {
            realm: auth.get("realm")?.into_owned(),
            nonce: auth.get("nonce")?.into_owned(),
            opaque: auth.get("opaque").map(|opaque| opaque.into_owned()),
            algorithm,
            named: named.is_some(),
            qop,
            stale: auth.get("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            proxy: name == HeaderName::ProxyAuthenticate,
            count: 0,
        })
    }

    /// The realm: which account answers.
    pub fn realm(&self) -> &str {
        &self.realm
    }

    /// The algorithm.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// True when only the nonce was too old. A challenge that is not stale and follows an answer means a wrong password:
    /// trying again would lead to the same (RFC 3261 section 22.1).
    pub fn is_stale(&self) -> bool {
        self.stale
    }

    /// Answers for one request; each call counts the nonce up. `uri` is the Request-URI, and `cnonce` a value nobody can
    /// guess, new for each answer. `None` when the A1 is of another algorithm, or the count is used up.
    pub fn answer(&mut self, a1: &A1, username: &str, method: &Method, uri: &str, cnonce: &str) -> Option<Answer> {
        if a1.algorithm() != self.algorithm {
            return None;
        }
        self.count = self.count.checked_add(1)?;
        let nc = format!("{:08x}", self.count);
        let quality = self.qop.then_some((nc.as_str(), cnonce, "auth"));
        let subject = Subject { method: method.as_str(), uri, nonce: &self.nonce, quality };
        let response = response(a1, &subject);
        let mut value = format!(
            "Digest username={}, realm={}, nonce={}, uri={}, response=\"{response}\"",
            quote(username),
            quote(&self.realm),
            quote(&self.nonce),
            quote(uri)
        );
        if self.named {
            let _ = write!(value, ", algorithm={}", self.algorithm);
        }
        if self.qop {
            let _ = write!(value, ", qop=auth, nc={nc}, cnonce={}", quote(cnonce));
        }
        if let Some(opaque) = &self.opaque {
            let _ = write!(value, ", opaque={}", quote(opaque));
        }
        let name = if self.proxy { HeaderName::ProxyAuthorization } else { HeaderName::Authorization };
        Some(Answer { name, value })
    }
}
