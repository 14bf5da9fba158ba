//! The whole exchange without sockets: datagrams of a trunk and of strangers, time that passes, and at the end every table empty.

#[path = "../../../crates/server/almon/tests/world/site.rs"]
mod site;

use almon::switchboard::{Effect, Input, Switchboard};
use bytes::Bytes;
use ground::{Machine, Moment, Now, Utc};
use media_plan::{AddressFamily, LegStatistics, MediaEvent, MediaOrder, MediaOrderKind, PortPair};
use site::{CARRIER, EXCHANGE, NETWORK, address, board};
use sip::Transport;
use sip::framing::{Datagram, read_datagram};
use sip::transaction::Flow;
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

/// Parts one datagram from the next.
const SEPARATOR: u8 = 0x1e;
/// Stands in a datagram for the To tag of the exchange's last response, which no input could guess.
const TAG: &[u8] = b"%TAG%";
/// Longer than the longest call may last, and every wait behind it.
const END: Duration = Duration::from_secs(26 * 3600);

struct Rehearsal {
    now: Now,
    board: Switchboard,
    events: VecDeque<MediaEvent>,
    tag: Vec<u8>,
    records: Vec<directory::CallRecord>,
}

/// Feeds the datagrams of `data` to an exchange, one each 50 ms.
///
/// # Panics
///
/// When the exchange does, or when something is left in its tables a day later.
pub fn run(data: &[u8]) {
    rehearse(data);
}

/// The same, and the records of the calls that were made.
fn rehearse(data: &[u8]) -> Vec<directory::CallRecord> {
    let now = Now { moment: Moment::from_millis(1000), utc: Utc::from_seconds(1_700_000_000) };
    let directory = directory_once();
    let board = board(&directory, now);
    let mut rehearsal = Rehearsal { now, board, events: VecDeque::new(), tag: Vec::new(), records: Vec::new() };
    let pairs = (0..16).map(|i| PortPair { network: NETWORK, family: AddressFamily::V4, rtp_port: 30_000 + 2 * i });
    rehearsal.media(MediaEvent::PortsBound { pairs: pairs.collect() });
    for (index, chunk) in data.split(|byte| *byte == SEPARATOR).enumerate().take(64) {
        rehearsal.datagram(if index % 8 == 7 { "203.0.113.5:5060" } else { CARRIER }, chunk);
        rehearsal.pass(Duration::from_millis(50));
    }
    rehearsal.pass(END);
    assert!(rehearsal.board.is_idle(), "{:?}", rehearsal.board.exchange().tables());
    assert!(rehearsal.board.sip().agent().is_empty(), "{:?}", rehearsal.board.sip().agent());
    rehearsal.records
}

/// The site costs three digests an extension: made once.
fn directory_once() -> Arc<directory::Directory> {
    static SITE: std::sync::OnceLock<Arc<directory::Directory>> = std::sync::OnceLock::new();
    SITE.get_or_init(site::site).clone()
}

impl Rehearsal {
    fn datagram(&mut self, from: &str, chunk: &[u8]) {
        let bytes = self.with_tag(chunk);
        let flow = Flow {
            transport: Transport::Udp,
            listener: 0,
            local: Some(address(EXCHANGE)),
            peer: address(from),
            connection: None,
            network: NETWORK,
        };
        let input = match read_datagram(bytes, &sip::Limits::default()) {
            Datagram::Message(message) => sip::agent::Input::Received { flow, message },
            Datagram::Refused { error, salvaged } => sip::agent::Input::Malformed { flow, error, salvaged },
            Datagram::KeepAlive | Datagram::Stun(_) => return,
        };
        self.board.handle(self.now, Input::Sip(line_sip::Input::Wire(input)));
        self.settle();
    }

    fn with_tag(&self, chunk: &[u8]) -> Bytes {
        let mut bytes = Vec::with_capacity(chunk.len());
        let mut rest = chunk;
        while let Some(at) = rest.windows(TAG.len()).position(|window| window == TAG) {
            bytes.extend_from_slice(&rest[..at]);
            bytes.extend_from_slice(&self.tag);
            rest = &rest[at + TAG.len()..];
        }
        bytes.extend_from_slice(rest);
        bytes.into()
    }

    fn media(&mut self, event: MediaEvent) {
        self.board.handle(self.now, Input::Media(event));
        self.settle();
    }

    /// Carries out what the exchange wants: media orders succeed, and its responses tell their tag.
    fn settle(&mut self) {
        loop {
            while let Some(effect) = self.board.poll() {
                match effect {
                    Effect::Media(order) => self.order(&order),
                    Effect::Send { bytes, .. } => self.note_tag(&bytes),
                    Effect::RecordClosed(record) => self.records.push(record),
                    _ => {}
                }
            }
            let Some(event) = self.events.pop_front() else { return };
            self.board.handle(self.now, Input::Media(event));
        }
    }

    fn order(&mut self, order: &MediaOrder) {
        self.events.push_back(MediaEvent::Outcome { order: order.id, leg: order.leg, result: Ok(()) });
        if order.kind == MediaOrderKind::Close {
            self.events.push_back(MediaEvent::Closed { leg: order.leg, statistics: LegStatistics::default() });
        }
    }

    fn note_tag(&mut self, bytes: &Bytes) {
        let Ok(message) = sip::Message::parse_datagram(bytes.clone()) else { return };
        if let (true, Ok(to)) = (message.is_response(), message.to()) {
            self.tag = to.tag().unwrap_or_default().as_bytes().to_vec();
        }
    }

    /// Lets time pass, timer by timer.
    fn pass(&mut self, time: Duration) {
        let end = self.now.moment + time;
        while let Some(next) = self.board.next_timeout().filter(|next| *next <= end) {
            let next = next.max(self.now.moment);
            self.now = self.now.plus(next.since(self.now.moment));
            self.board.handle_timeout(self.now);
            self.settle();
        }
        self.now = self.now.plus(end.since(self.now.moment));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::Reason;

    #[test]
    fn the_corpus_makes_real_calls() {
        let outcome = |name: &str| {
            let path = format!("{}/corpus/whole_exchange/{name}", env!("CARGO_MANIFEST_DIR"));
            let records = rehearse(&std::fs::read(path).unwrap());
            records.iter().map(|record| (record.answered_after.is_some(), record.reason)).collect::<Vec<_>>()
        };
        assert_eq!(outcome("echo_and_bye"), [(true, Reason::NormalClearing)]);
        assert_eq!(outcome("delayed_offer"), [(true, Reason::NormalClearing)]);
        // The call had failed before the caller lost patience with the announcement.
        assert_eq!(outcome("cancel"), [(false, Reason::VacantNumber)]);
        assert_eq!(outcome("refused"), [(false, Reason::SubscriberAbsent)]);
        assert_eq!(outcome("no_offer_change"), [(true, Reason::DurationExceeded)]);
    }
}
