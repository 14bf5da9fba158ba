//! The side that challenges (RFC 3261 section 22.1 and 22.2, RFC 8760 section 2.6).

use super::algorithm::{A1, Algorithm};
use super::nonce::{Issue, NonceMint, NonceState};
use super::{Subject, response};
use crate::Message;
use crate::grammar::chars::{self, HEX};
use crate::header::{AuthValue, HeaderName, quote};
use crate::uri::UriRef;
use ground::Moment;
use std::borrow::Cow;
use subtle::ConstantTimeEq;

/// What a listener or network asks for. It never depends on the user, or it would tell who exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The realm; the stored A1 values hold for this one only.
    pub realm: String,
    /// The algorithms, in the order of their challenges: many telephones read the first one alone.
    pub algorithms: Vec<Algorithm>,
    /// Accepts MD5 responses without qop from old clients (RFC 2069): such a response can be replayed while its nonce lives.
    pub allow_without_qop: bool,
    /// Refuses a response whose `uri` names another user or host than the request (RFC 7616 section 3.4.6). Off where a
    /// proxy in between rewrites the Request-URI.
    pub check_uri: bool,
}

impl Policy {
    /// SHA-256 first, MD5 second, and the stricter choice in everything else.
    pub fn new(realm: &str) -> Self {
        Policy {
            realm: realm.to_owned(),
            algorithms: vec![Algorithm::Sha256, Algorithm::Md5],
            allow_without_qop: false,
            check_uri: true,
        }
    }
}

/// Why a request is not authenticated. Each leads to a challenge or to the answer that any wrong password gets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// No credentials for our realm, or of another scheme: challenge.
    Absent,
    /// Credentials that break the grammar or lack a parameter: 400 (RFC 3261 section 22.2, RFC 7616 section 3.4).
    Malformed,
    /// An algorithm, `-sess` variant or qop that was not offered: challenge.
    NotOffered,
    /// The nonce is too old: challenge with `stale=true`.
    Stale,
    /// The nonce is none of ours, or belongs to another flow: challenge with `stale=true`, as RFC 7616 section 3.3 allows
    /// when the client may simply try again; it says nothing about the password.
    Foreign,
    /// The `uri` of the response is not the Request-URI: challenge.
    OtherUri,
    /// The response is wrong: no such user or a wrong password, which look alike.
    Wrong,
}

impl Refusal {
    /// True when the next challenge says `stale=true`.
    pub fn is_stale(self) -> bool {
        matches!(self, Refusal::Stale | Refusal::Foreign)
    }
}

/// Challenges and checks for one realm. It remembers nothing about any client.
#[derive(Debug)]
pub struct Server {
    policy: Policy,
    mint: NonceMint,
}

impl Server {
    /// A server with a policy and a mint of its own.
    pub fn new(policy: Policy, mint: NonceMint) -> Self {
        Server { policy, mint }
    }

    /// The policy.
    pub fn policy(&self) -> &Policy {
        &self.policy
    }

    /// The values of the WWW-Authenticate (or Proxy-Authenticate) lines, one for each algorithm in the order of the
    /// policy (RFC 8760 section 2.4). All of them share one nonce.
    pub fn challenges(&mut self, now: Moment, binding: &[u8], stale: bool) -> Vec<String> {
        let nonce = self.mint.mint(now, &self.policy.realm, binding);
        let realm = quote(&self.policy.realm);
        let stale = if stale { ", stale=true" } else { "" };
        let line = |algorithm: &Algorithm| {
            format!("Digest realm={realm}, nonce=\"{nonce}\"{stale}, algorithm={algorithm}, qop=\"auth\"")
        };
        self.policy.algorithms.iter().map(line).collect()
    }

    /// Reads the credentials of a request for our realm and checks everything but the password. `name` is Authorization or
    /// Proxy-Authorization.
    ///
    /// # Errors
    /// Says why the request is to be challenged or refused.
    pub fn inspect<'a>(
        &self,
        request: &'a Message,
        name: HeaderName,
        now: Moment,
        binding: &[u8],
    ) -> Result<Presented<'a>, Refusal> {
        let mut found = Err(Refusal::Absent);
        for value in request.headers(name) {
            let auth = AuthValue::parse(name, value).map_err(|_| Refusal::Malformed)?;
            if !auth.is_digest() || auth.get("realm").is_none_or(|realm| realm != self.policy.realm.as_str()) {
                continue;
            }
            // One request may carry a response for each algorithm that was offered (RFC 8760 section 2.6).
            found = self.presented(request, &auth, now, binding);
            if found.is_ok() {
                break;
            }
        }
        found
    }

    fn presented<'a>(
        &self,
        request: &'a Message,
        auth: &AuthValue<'a>,
        now: Moment,
        binding: &[u8],
    ) -> Result<Presented<'a>, Refusal> {
        if auth.params().has_repeated() {
            return Err(Refusal::Malformed);
        }
        let must = |name: &str| auth.get(name).filter(|value| !value.is_empty()).ok_or(Refusal::Malformed);
        let algorithm = match auth.get("algorithm") {
            Some(name) => Algorithm::parse(&name).ok_or(Refusal::NotOffered)?,
            None => Algorithm::Md5,
        };
        let quality = quality(auth)?;
        let without_qop = quality.is_none() && !(self.policy.allow_without_qop && algorithm == Algorithm::Md5);
        if !self.policy.algorithms.contains(&algorithm) || without_qop {
            return Err(Refusal::NotOffered);
        }
        let presented = Presented {
            method: request.method().ok_or(Refusal::Absent)?.as_str(),
            username: must("username")?,
            uri: must("uri")?,
            nonce: must("nonce")?,
            response: must("response")?,
            algorithm,
            quality,
            issue: Issue::default(),
        };
        let digits =
            presented.response.len() == algorithm.hex_length() && chars::all(presented.response.as_bytes(), HEX);
        if !digits {
            return Err(Refusal::Malformed);
        }
        let issue = match self.mint.check(&presented.nonce, now, &self.policy.realm, binding) {
            NonceState::Fresh(issue) => issue,
            NonceState::Stale => return Err(Refusal::Stale),
            NonceState::Foreign => return Err(Refusal::Foreign),
        };
        if self.policy.check_uri && !same_resource(request, &presented.uri) {
            return Err(Refusal::OtherUri);
        }
        Ok(Presented { issue, ..presented })
    }
}

/// `nc`, `cnonce` and `qop`, together or not at all.
type Quality<'a> = (u32, Cow<'a, str>, Cow<'a, str>, Cow<'a, str>);

fn quality<'a>(auth: &AuthValue<'a>) -> Result<Option<Quality<'a>>, Refusal> {
    let Some(qop) = auth.get("qop") else { return Ok(None) };
    if !qop.eq_ignore_ascii_case("auth") {
        return Err(Refusal::NotOffered);
    }
    let cnonce = auth.get("cnonce").ok_or(Refusal::Malformed)?;
    let nc = auth.get("nc").ok_or(Refusal::Malformed)?;
    // RFC 7616 section 3.4: exactly eight hexadecimal digits.
    if nc.len() != 8 || !chars::all(nc.as_bytes(), HEX) {
        return Err(Refusal::Malformed);
    }
    let count = u32::from_str_radix(&nc, 16).map_err(|_| Refusal::Malformed)?;
    Ok(Some((count, nc, cnonce, qop)))
}

/// True when the `uri` of the response names the same user and host as the request line. Parameters may differ: telephones
/// leave them out of either.
fn same_resource(request: &Message, uri: &str) -> bool {
    let (Ok(asked), Ok(given)) = (request.request_uri(), UriRef::parse(uri.as_bytes())) else {
        return request.request_uri_raw() == uri.as_bytes();
    };
    match (asked.host(), given.host()) {
        (Some(a), Some(b)) => a.equivalent(&b) && asked.user_unescaped() == given.user_unescaped(),
        _ => asked.equivalent(&given),
    }
}

/// Credentials that are ours, fresh and well formed: only the password is still to be checked.
#[derive(Clone, Debug)]
pub struct Presented<'a> {
    method: &'a str,
    username: Cow<'a, str>,
    uri: Cow<'a, str>,
    nonce: Cow<'a, str>,
    response: Cow<'a, str>,
    algorithm: Algorithm,
    quality: Option<Quality<'a>>,
    issue: Issue,
}

impl Presented<'_> {
    /// Whose password it shall be.
    pub fn username(&self) -> &str {
        &self.username
    }

    /// The algorithm: which of the stored A1 values is needed.
    pub fn algorithm(&self) -> Algorithm {
        self.algorithm
    }

    /// The nonce's issue and the count, for [`super::NonceCount`]; no count without qop.
    pub fn use_of_nonce(&self) -> (Issue, Option<u32>) {
        (self.issue, self.quality.as_ref().map(|(count, ..)| *count))
    }

    /// Checks the response in constant time. For a user that does not exist the caller gives [`A1::dummy`]: the work is
    /// the same, and so is the answer.
    ///
    /// # Errors
    /// [`Refusal::Wrong`] when it is not right, or when the A1 is of another algorithm.
    pub fn verify(&self, a1: &A1) -> Result<(), Refusal> {
        let quality = self.quality.as_ref().map(|(_, nc, cnonce, qop)| (&**nc, &**cnonce, &**qop));
        let subject = Subject { method: self.method, uri: &self.uri, nonce: &self.nonce, quality };
        let expected = response(a1, &subject);
        let given = self.response.to_ascii_lowercase();
        let right = bool::from(expected.as_bytes().ct_eq(given.as_bytes()));
        if right && a1.algorithm() == self.algorithm { Ok(()) } else { Err(Refusal::Wrong) }
    }
}
