//! A telephone, or a trunk's far end: a user agent of our own, and what its user knows of each of its calls.

use super::site::{EXCHANGE, NETWORK, address, telephone_config};
use bytes::Bytes;
use ground::{Machine, Moment, Now, Secret};
use sip::Transport;
use sip::agent::{Accounts, Addressing, Agent, ClientCredentials, Command, Event, Input, Invite, OutOfDialog};
use sip::agent::{Output, RequestId, SessionId};
use sip::dialog::{Body, ExtraHeader};
use sip::digest::{A1, Algorithm};
use sip::transaction::Destination;
use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::net::SocketAddr;

struct Nobody;

impl Accounts for Nobody {
    fn a1(&self, _: &str, _: &str, _: Algorithm) -> Option<A1> {
        None
    }
}

/// How a dialog is named in a Replaces header, as its other side knows it (RFC 3891 section 3).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Token {
    pub call_id: Box<str>,
    /// The other side's tag: that of the exchange.
    pub theirs: Box<str>,
    pub ours: Box<str>,
}

impl Token {
    pub fn replaces(&self) -> String {
        format!("{};to-tag={};from-tag={}", self.call_id, self.theirs, self.ours)
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stage {
    /// We called, and nobody answered.
    Calling,
    /// We are called, and owe the answer.
    Ringing,
    Talking,
}

/// One call of a telephone.
#[derive(Clone, Debug)]
pub struct Talk {
    pub stage: Stage,
    /// The port of its media, in every description of the call: no other call of the town has it.
    pub port: u16,
    pub held: bool,
    /// The user hung up.
    pub ending: bool,
    /// Something was lost or somebody died meanwhile: what depends on that is no fault.
    pub excused: bool,
    pub born: Moment,
    /// The other side owes the answer to a change of ours.
    pub changing: bool,
    /// A change that came in is not answered.
    pub asked: bool,
    pub token: Option<Token>,
    pub call_id: String,
    /// The lines of media that the other side's offer has: an answer has as many (RFC 3264 section 6). None when we offer.
    pub offered: Vec<String>,
}

pub struct Telephone {
    pub number: String,
    pub address: SocketAddr,
    pub trunk: bool,
    pub agent: Agent,
    pub talks: BTreeMap<SessionId, Talk>,
    pub events: VecDeque<Event>,
    pub due: Option<Moment>,
    /// When it registers next; none for a far end, and for a user who does not care.
    pub registers_at: Option<Moment>,
    pub registering: Option<RequestId>,
    /// It is gone until then: nothing is sent, nothing is heard.
    pub gone_until: Option<Moment>,
    /// The last time that a datagram to or from it was lost.
    pub lost_at: Option<Moment>,
    /// The last time that one was late.
    pub late_at: Option<Moment>,
    /// REFERs of ours, and the sessions to be ended when they succeed.
    pub refers: BTreeMap<RequestId, Vec<SessionId>>,
    /// Sessions that ended: none ends twice.
    pub ended: BTreeSet<SessionId>,
    next: u64,
    lives: u64,
}

pub fn exchange() -> Destination {
    Destination::Address { transport: Transport::Udp, network: NETWORK, address: address(EXCHANGE) }
}

fn credentials(number: &str) -> ClientCredentials {
    ClientCredentials { username: number.into(), password: Secret::new(format!("password-{number}")) }
}

impl Telephone {
    pub fn new(seed: u64, number: String, at: SocketAddr, trunk: bool) -> Telephone {
        let agent = Agent::new(telephone_config(seed, at), Box::new(Nobody));
        Telephone {
            number,
            address: at,
            trunk,
            agent,
            talks: BTreeMap::new(),
            events: VecDeque::new(),
            due: None,
            registers_at: (!trunk).then_some(Moment::ZERO),
            registering: None,
            gone_until: None,
            lost_at: None,
            late_at: None,
            refers: BTreeMap::new(),
            ended: BTreeSet::new(),
            next: 0,
            lives: 0,
        }
    }

    /// It was without power: it knows nothing of its calls, and registers anew.
    pub fn reborn(&mut self, seed: u64) {
        self.lives += 1;
        let next = self.next;
        let (number, at, trunk, lives) = (self.number.clone(), self.address, self.trunk, self.lives);
        *self = Telephone { next, lives, ..Telephone::new(seed ^ (lives << 40), number, at, trunk) };
    }

    pub fn number_of_next(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    /// Takes what the agent puts out: events, and what is to be sent.
    pub fn collect(&mut self, sent: &mut Vec<(SocketAddr, Bytes)>) {
        while let Some(output) = self.agent.poll() {
            match output {
                Output::Event(event) => self.events.push_back(event),
                Output::Send { to, bytes, .. } => sent.push((to.peer(), bytes)),
                Output::Trace(_) | Output::SessionChanged { .. } => {}
            }
        }
        self.due = self.agent.next_timeout();
    }

    pub fn command(&mut self, now: Now, command: Command, sent: &mut Vec<(SocketAddr, Bytes)>) {
        self.agent.handle(now, Input::Command(command));
        self.collect(sent);
    }

    pub fn register(&mut self, expires: u32) -> Command {
        let request = RequestId(1_000_000_000 + self.number_of_next());
        self.registering = Some(request);
        let (number, at) = (&self.number, self.address);
        Command::Request(Box::new(OutOfDialog {
            request,
            method: "REGISTER".into(),
            to: exchange(),
            address: Addressing {
                target: "sip:192.0.2.1".into(),
                routes: Vec::new(),
                from: format!("<sip:{number}@192.0.2.1>").into(),
                to: format!("<sip:{number}@192.0.2.1>").into(),
                contact_user: "".into(),
            },
            series: None,
            headers: vec![
                ExtraHeader::new("Contact", format!("<sip:{number}@{at}>")),
                ExtraHeader::new("Expires", expires.to_string()),
            ],
            body: None,
            credentials: Some(credentials(number)),
        }))
    }

    /// The order to call a number, and its session.
    pub fn invite(&mut self, dialled: &str, body: Option<Body>, headers: Vec<ExtraHeader>) -> (SessionId, Command) {
        let session = SessionId(self.number_of_next());
        let (number, at) = (&self.number, self.address);
        let from = if self.trunk { format!("<sip:+1555{number}@{at}>") } else { format!("<sip:{number}@192.0.2.1>") };
        let contact_user = if self.trunk { "" } else { number.as_str() };
        let invite = Invite {
            session,
            to: exchange(),
            address: Addressing {
                target: format!("sip:{dialled}@192.0.2.1").into(),
                routes: Vec::new(),
                from: from.into(),
                to: format!("<sip:{dialled}@192.0.2.1>").into(),
                contact_user: contact_user.into(),
            },
            headers,
            body,
            credentials: Some(credentials(number)),
            binding: None,
            pinned: false,
        };
        (session, Command::Invite(Box::new(invite)))
    }

    /// The name of an established dialog as the exchange knows it.
    pub fn token(&self, session: SessionId) -> Option<Token> {
        let dialog = self.agent.dialog(session)?;
        Some(Token {
            call_id: dialog.call_id.clone(),
            theirs: dialog.remote_tag.clone(),
            ours: dialog.local_tag.clone(),
        })
    }

    /// Its calls in these stages that the user has not ended.
    pub fn calls(&self, stages: &[Stage]) -> Vec<SessionId> {
        let fits = |talk: &&Talk| stages.contains(&talk.stage) && !talk.ending;
        self.talks.iter().filter(|(_, talk)| fits(talk)).map(|(session, _)| *session).collect()
    }
}
