//! Who stands behind a request: a trunk by its address, an account by digest or by its flow (RFC 3261 section 22).

use super::Agent;
use super::accounts::ClientCredentials;
use super::answer::Say;
use super::event::Peer;
use super::session::AgentTimer;
use crate::dialog::ExtraHeader;
use crate::digest::{A1, NonceMint, Policy, Refusal, Server, strongest_challenge};
use crate::header::HeaderName;
use crate::message::{Message, Method};
use crate::transaction::Flow;
use ground::{NetworkId, TrunkId};
use sha2::{Digest, Sha256};
use std::net::IpAddr;
use std::time::Duration;

/// How long a nonce is good. REGISTER refreshes come later than that and are challenged again with `stale=true`.
const NONCE_LIFE: Duration = Duration::from_secs(300);

/// What became of a request that has to be somebody's.
pub(crate) enum Verdict {
    /// Go on.
    Proved(Peer),
    /// It was answered, or dropped.
    Done,
}

/// The digest servers, one a network.
pub(crate) fn servers(networks: &[super::Network], key: [u8; 32]) -> Vec<(NetworkId, Server)> {
    networks
        .iter()
        .map(|network| {
            let mut policy = Policy::new(&network.realm);
            policy.algorithms = network.algorithms.to_vec();
            let secret: [u8; 32] =
                Sha256::new().chain_update(key).chain_update(network.id.0.to_be_bytes()).finalize().into();
            (network.id, Server::new(policy, NonceMint::new(secret, NONCE_LIFE)))
        })
        .collect()
}

impl Agent {
    /// The trunk to which a source address belongs.
    pub(crate) fn trunk(&self, network: NetworkId, address: IpAddr) -> Option<TrunkId> {
        let network = self.config.network(network)?;
        network.trunks.iter().find(|source| source.contains(address)).map(|source| source.trunk)
    }

    /// Says who sent a request, or challenges it. Nothing is stored for somebody who has not proved anything, and an unknown
    /// account costs the same work and gets the same answer as a wrong password.
    pub(crate) fn identify(&mut self, flow: &Flow, request: &Message) -> Verdict {
        if let Some(peer) = self.proved_without_challenge(flow, request) {
            return Verdict::Proved(peer);
        }
        let challenge = self.config.network(flow.network).is_none_or(|network| network.challenge);
        if !challenge {
            return Verdict::Proved(Peer::Unproved);
        }
        if !self.guard.admit(self.now.moment, flow.peer.ip()) {
            self.counters.rate_limited += 1;
            return Verdict::Done;
        }
        match self.digest(flow, request) {
            Ok(account) => {
                self.guard.refund(flow.peer.ip());
                self.flows.prove(flow, &account);
                Verdict::Proved(Peer::Account(account))
            }
            Err(Refusal::Malformed) => {
                self.reply_stateless(flow, request, Say { phrase: Some("Bad Authorization"), ..Say::status(400) });
                Verdict::Done
            }
            Err(refusal) => {
                self.challenge(flow, request, refusal.is_stale());
                Verdict::Done
            }
        }
    }

    /// Who sent a request, as far as its flow proves it: an account that registered or proved itself there, or a trunk by its
    /// address.
    pub(crate) fn proved_without_challenge(&self, flow: &Flow, request: &Message) -> Option<Peer> {
        let from = request.from().ok().and_then(|from| from.uri().user_unescaped());
        let presents = request.has_header(HeaderName::Authorization);
        let registers = request.is_method(&Method::Register);
        if let Some(account) = from.as_deref().filter(|_| !presents && !registers)
            && (self.registrar.is_on(flow, account) || self.flows.is_proved(flow, account))
        {
            return Some(Peer::Account(account.into()));
        }
        // A trunk may share its address with telephones, for example behind one translator: who registers is a telephone.
        self.trunk(flow.network, flow.peer.ip()).filter(|_| !registers).map(Peer::Trunk)
    }

    /// Checks the credentials of a request.
    fn digest(&mut self, flow: &Flow, request: &Message) -> Result<Box<str>, Refusal> {
        let now = self.now.moment;
        let binding = nonce_binding(flow);
        let Some((_, server)) = self.digest.iter().find(|(id, _)| *id == flow.network) else {
            return Err(Refusal::Absent);
        };
        let presented = server.inspect(request, HeaderName::Authorization, now, &binding)?;
        let realm = &server.policy().realm;
        let known = self.accounts.a1(presented.username(), realm, presented.algorithm());
        let exists = known.is_some();
        // RFC 7616 section 5.2: the same work for an account that does not exist.
        let a1 = known.unwrap_or_else(|| A1::dummy(presented.algorithm(), &self.guard.key()));
        let right = presented.verify(&a1).is_ok() && exists;
        if !right {
            self.counters.wrong_credentials += 1;
            return Err(Refusal::Wrong);
        }
        let account: Box<str> = presented.username().into();
        let (issue, count) = presented.use_of_nonce();
        if let Some(count) = count {
            let Some(key) = self.guard.count(&account, flow.peer.ip(), issue, count) else {
                self.counters.replays += 1;
                return Err(Refusal::Stale);
            };
            self.timers.set(AgentTimer::Nonce(key), now + NONCE_LIFE + Duration::from_secs(1));
        }
        Ok(account)
    }

    /// 401 with one challenge for each algorithm, without state, RFC 3261 sections 22.1 and 8.2.7.
    fn challenge(&mut self, flow: &Flow, request: &Message, stale: bool) {
        self.counters.challenges += 1;
        let now = self.now.moment;
        let Some((_, server)) = self.digest.iter_mut().find(|(id, _)| *id == flow.network) else { return };
        let headers: Vec<ExtraHeader> = server
            .challenges(now, &nonce_binding(flow), stale)
            .into_iter()
            .map(|value| ExtraHeader::new("WWW-Authenticate", value))
            .collect();
        self.reply_stateless(flow, request, Say { headers: &headers, ..Say::status(401) });
    }

    /// The line that answers a 401 or 407, RFC 3261 section 22.2; none when no challenge in it can be answered.
    pub(crate) fn credentials_for(
        &mut self,
        response: &Message,
        credentials: &ClientCredentials,
        method: &Method,
        uri: &str,
    ) -> Option<ExtraHeader> {
        let mut challenge = strongest_challenge(response)?;
        let password = credentials.password.expose();
        let a1 = A1::of(challenge.algorithm(), &credentials.username, challenge.realm(), password);
        let cnonce = self.random.call_id();
        let answer = challenge.answer(&a1, &credentials.username, method, uri, &cnonce)?;
        Some(ExtraHeader::new(answer.name.as_str(), answer.value))
    }
}

/// What a nonce is bound to: the network and the peer's address. Not the port: translators change it.
fn nonce_binding(flow: &Flow) -> Vec<u8> {
    let mut binding = flow.network.0.to_be_bytes().to_vec();
    match flow.peer.ip().to_canonical() {
        IpAddr::V4(v4) => binding.extend_from_slice(&v4.octets()),
        IpAddr::V6(v6) => binding.extend_from_slice(&v6.octets()),
    }
    binding
}
