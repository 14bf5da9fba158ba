//! The recent messages and events of calls, for `almon trace`: one ring, bounded in bytes.
//!
//! Messages are kept as they were, sharing the memory of the wire, and their secrets are replaced when they are shown. A message
//! is linked to its call by its Call-ID, so that the first INVITE, which comes before there is a call, is found too.

use bytes::Bytes;
use exchange::CallEvent;
use ground::{CallId, Now};
use sip::agent::Direction;
use std::collections::{BTreeMap, VecDeque};
use std::hash::{BuildHasher, Hasher};
use std::net::SocketAddr;

/// What an entry costs beside its bytes.
const ENTRY_COST: usize = 160;

/// One step.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Now,
    /// What.
    pub what: What,
}

/// A message or an event.
#[derive(Clone, Debug)]
pub enum What {
    /// A SIP message.
    Message {
        /// Which way it went.
        direction: Direction,
        /// The other end.
        peer: SocketAddr,
        /// The message, secrets included.
        bytes: Bytes,
    },
    /// A step of the call.
    Event(CallEvent),
}

#[derive(Clone, Copy)]
struct Link {
    call: Option<CallId>,
    entries: u32,
}

/// The ring.
pub struct Ladder {
    entries: VecDeque<(u64, Entry)>,
    links: BTreeMap<u64, Link>,
    bytes: usize,
    limit: usize,
    hasher: ahash::RandomState,
}

impl Ladder {
    /// An empty ring of at most `limit` bytes.
    pub fn new(limit: usize) -> Self {
        let hasher = ahash::RandomState::with_seeds(11, 13, 17, 19);
        Ladder { entries: VecDeque::new(), links: BTreeMap::new(), bytes: 0, limit, hasher }
    }

    /// Keeps a message. Registrations and questions outside of calls are not kept.
    pub fn message(&mut self, at: Now, direction: Direction, peer: SocketAddr, bytes: Bytes, call: Option<CallId>) {
        let Some(call_id) = call_id_of(&bytes) else { return };
        let key = self.key(call_id);
        self.push(key, call, Entry { at, what: What::Message { direction, peer, bytes } });
    }

    /// Keeps an event.
    pub fn event(&mut self, at: Now, event: CallEvent) {
        let key = self.key(&event.call.0.to_be_bytes());
        let call = Some(event.call);
        self.push(key, call, Entry { at, what: What::Event(event) });
    }

    fn key(&self, name: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write(name);
        hasher.finish()
    }

    fn push(&mut self, key: u64, call: Option<CallId>, entry: Entry) {
        self.bytes += cost(&entry);
        let link = self.links.entry(key).or_insert(Link { call, entries: 0 });
        link.entries += 1;
        link.call = call.or(link.call);
        self.entries.push_back((key, entry));
        while self.bytes > self.limit {
            let Some((key, oldest)) = self.entries.pop_front() else { return };
            self.bytes -= cost(&oldest);
            if let Some(link) = self.links.get_mut(&key) {
                link.entries -= 1;
                if link.entries == 0 {
                    self.links.remove(&key);
                }
            }
        }
    }

    /// The steps of a call that are still in the ring, oldest first.
    pub fn of(&self, call: CallId) -> Vec<Entry> {
        let belongs = |key: &u64| self.links.get(key).is_some_and(|link| link.call == Some(call));
        self.entries.iter().filter(|(key, _)| belongs(key)).map(|(_, entry)| entry.clone()).collect()
    }

    /// Bytes held.
    pub fn bytes(&self) -> usize {
        self.bytes
    }
}

fn cost(entry: &Entry) -> usize {
    match &entry.what {
        What::Message { bytes, .. } => bytes.len() + ENTRY_COST,
        What::Event(_) => ENTRY_COST,
    }
}

/// The Call-ID of a message that belongs to a call; none for REGISTER, and for OPTIONS outside of a dialog.
fn call_id_of(bytes: &[u8]) -> Option<&[u8]> {
    let (mut call_id, mut method, mut to_tag) = (None, None, false);
    for line in bytes.split(|byte| *byte == b'\n').skip(1) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        let Some(colon) = line.iter().position(|byte| *byte == b':') else { continue };
        let (name, value) = (line[..colon].trim_ascii(), line[colon + 1..].trim_ascii());
        if name.eq_ignore_ascii_case(b"call-id") || name.eq_ignore_ascii_case(b"i") {
            call_id = Some(value);
        } else if name.eq_ignore_ascii_case(b"cseq") {
            method = value.rsplit(|byte| byte.is_ascii_whitespace()).next();
        } else if name.eq_ignore_ascii_case(b"to") || name.eq_ignore_ascii_case(b"t") {
            to_tag = value.windows(5).any(|window| window == b";tag=");
        }
    }
    match method {
        Some(b"REGISTER") => None,
        Some(b"OPTIONS") if !to_tag => None,
        _ => call_id,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn message(method: &str, call_id: &str) -> Bytes {
        let text = format!(
            "{method} sip:1001@192.0.2.1 SIP/2.0\r\nTo: <sip:x>\r\nCall-ID: {call_id}\r\nCSeq: 1 {method}\r\n\r\n"
        );
        text.into_bytes().into()
    }

    fn peer() -> SocketAddr {
        "192.0.2.7:5060".parse().unwrap()
    }

    #[test]
    fn the_first_message_of_a_call_is_found_by_its_call_id() {
        let mut ladder = Ladder::new(100_000);
        ladder.message(Now::default(), Direction::In, peer(), message("INVITE", "a"), None);
        ladder.message(Now::default(), Direction::In, peer(), message("INVITE", "b"), None);
        ladder.message(Now::default(), Direction::Out, peer(), message("BYE", "a"), Some(CallId(7)));
        assert_eq!(ladder.of(CallId(7)).len(), 2);
        assert_eq!(ladder.of(CallId(8)).len(), 0);
    }

    #[test]
    fn registrations_and_pings_are_not_kept() {
        let mut ladder = Ladder::new(100_000);
        ladder.message(Now::default(), Direction::In, peer(), message("REGISTER", "r"), None);
        ladder.message(Now::default(), Direction::In, peer(), message("OPTIONS", "o"), None);
        assert_eq!(ladder.bytes(), 0);
    }

    #[test]
    fn the_ring_is_bounded_and_forgets_links_with_the_last_message() {
        let mut ladder = Ladder::new(2_000);
        for call in 0..100 {
            ladder.message(
                Now::default(),
                Direction::In,
                peer(),
                message("INVITE", &call.to_string()),
                Some(CallId(call)),
            );
        }
        assert!(ladder.bytes() <= 2_000);
        assert_eq!(ladder.links.len(), ladder.entries.len());
        assert!(ladder.of(CallId(1)).is_empty() && !ladder.of(CallId(99)).is_empty());
    }
}
