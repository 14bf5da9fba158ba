//! What must be true whenever nobody has done anything for a while, and at the end of the day.

use super::Town;
use super::engine::Hears;
use super::network::Weather;
use super::tape::replayed;
use super::telephone::Stage;
use ground::{CallId, ConnectionId};
use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

/// Every wait of a call's signalling is over by then: 64*T1 (RFC 3261 section 17.1.1.2) for what was asked, and once more for what
/// followed from it.
const QUIET: Duration = Duration::from_secs(80);

impl Town {
    /// The sky clears, everybody waits, and what is left must fit together.
    pub(super) fn inspect(&mut self) {
        self.network.weather = Weather::default();
        self.network.mishaps.clear();
        self.run(QUIET);
        if self.memoir.wanted {
            self.memoir.note(self.now.moment, "---- inspection".to_owned());
        }
        self.look_at_dialogs();
        self.look_at_media();
        self.look_at_the_journal();
        self.tally.see("inspections");
    }

    /// Each dialog that a telephone believes in is one of the exchange, and the other way round.
    fn look_at_dialogs(&self) {
        let agent = self.board.sip().agent();
        let ours: BTreeMap<(Box<str>, Box<str>), _> = agent
            .sessions()
            .into_iter()
            .filter_map(|session| Some((session, agent.dialog(session)?)))
            .map(|(session, dialog)| ((dialog.call_id.clone(), dialog.remote_tag.clone()), session))
            .collect();
        let mut theirs = BTreeSet::new();
        for one in self.people.iter().filter(|one| one.gone_until.is_none()) {
            for session in one.calls(&[Stage::Talking]) {
                let Some(dialog) = one.agent.dialog(session) else { continue };
                let key = (dialog.call_id.clone(), dialog.local_tag.clone());
                let talk = &one.talks[&session];
                let known = ours.contains_key(&key);
                assert!(known || talk.excused, "{} talks to nobody: {session:?} {key:?} {talk:?}", one.number);
                theirs.insert(key);
            }
        }
        for (key, session) in &ours {
            if !theirs.contains(key) {
                // Its telephone has lost its memory, and nobody has asked it since.
                let state = agent.export(*session);
                let reborn = self.people.iter().any(|one| one.agent.dialog(*session).is_none());
                assert!(reborn, "nobody knows {key:?}: {state:?}");
            }
        }
    }

    /// A leg hears a leg of its own call only, and both hear each other; what is sent to a telephone goes to the call that it has.
    fn look_at_media(&self) {
        let mut calls: BTreeMap<ConnectionId, CallId> = BTreeMap::new();
        for (call, about) in self.board.exchange().calls() {
            calls.extend(about.connections.keys().map(|connection| (*connection, call)));
        }
        let mut owners: BTreeMap<u16, usize> = BTreeMap::new();
        for (person, one) in self.people.iter().enumerate() {
            owners.extend(one.talks.values().map(|talk| (talk.port, person)));
        }
        let mut sent_to = BTreeSet::new();
        for (leg, about) in &self.engine.legs {
            assert!(calls.contains_key(leg), "the leg {leg} belongs to no call: {about:?}");
            if let Hears::Leg(other) = about.hears {
                assert_eq!(calls.get(leg), calls.get(&other), "{leg} hears {other} of another call");
                let back = self.engine.legs.get(&other).map(|other| &other.hears);
                assert_eq!(back, Some(&Hears::Leg(*leg)), "{leg} hears {other}, and that does not hear it");
            }
            let remote = about.setup.as_ref().and_then(|setup| setup.remote);
            if let Some(remote) = remote {
                assert!(sent_to.insert(remote.rtp), "two legs send to {}", remote.rtp);
                let owner = owners.get(&remote.rtp.port()).map(|&person| &self.people[person]);
                let fits = owner.is_none_or(|one| one.address.ip() == remote.rtp.ip());
                assert!(fits, "{leg} sends to {}, which is no call there", remote.rtp);
            }
        }
        assert_eq!(self.engine.legs.len(), self.board.exchange().tables().ports, "ports that are out are of legs");
    }

    /// Snapshot and tail are the live state, byte for byte; the journal begins anew.
    fn look_at_the_journal(&mut self) {
        let (state, report) = replayed(&self.journal.bytes());
        assert_eq!(report.cut, None);
        self.tally.replayed += report.records;
        let told = state.snapshot(self.now).messages();
        self.journal.clock(self.now.moment);
        self.board.snapshot(self.now);
        let bytes = self.journal.bytes();
        let live: Vec<_> =
            journal::Reader::new(&bytes).unwrap().map(|one| (one.kind, one.content.into_owned())).collect();
        for (section, (told, live)) in told.iter().zip(&live).enumerate() {
            assert!(told == live, "section {section} differs");
        }
        assert_eq!(told.len(), live.len(), "dialogs differ");
    }

    /// Nobody does anything for a day, and then nothing is left anywhere.
    pub(super) fn evening(&mut self) {
        self.inspect();
        for person in 0..self.people.len() {
            if self.people[person].gone_until.is_some() {
                self.come_back(person);
            }
            self.people[person].registers_at = None;
        }
        for person in 0..self.people.len() {
            let all = self.people[person].calls(&[Stage::Calling, Stage::Ringing, Stage::Talking]);
            let excused: Vec<_> =
                all.into_iter().filter(|session| self.people[person].talks[session].excused).collect();
            // Whoever lost a message may wait for ever; a user would hang up.
            excused.into_iter().for_each(|session| self.hang_up(person, session));
        }
        self.run(Duration::from_secs(3600));
        for person in 0..self.people.len() {
            let all = self.people[person].calls(&[Stage::Calling, Stage::Ringing, Stage::Talking]);
            all.into_iter().for_each(|session| self.hang_up(person, session));
        }
        self.run(Duration::from_secs(86_400));
        let board = &self.board;
        let left: Vec<_> = board.sip().dialogs().collect();
        assert!(left.is_empty(), "left in the SIP line: {left:?}");
        assert!(board.is_idle(), "{:?} {:?}", board.sip().agent(), board.exchange().tables());
        assert!(board.sip().agent().is_empty(), "{:?}", board.sip().agent());
        assert!(board.exchange().is_empty() && board.live().is_empty());
        assert!(self.engine.legs.is_empty() && self.engine.ports.is_empty(), "{:?}", self.engine.legs);
        for one in &self.people {
            assert!(one.talks.is_empty(), "{} has calls: {:?}", one.number, one.talks);
            assert!(one.agent.is_empty(), "{}: {:?}", one.number, one.agent);
        }
        let counters = board.exchange().counters();
        assert_eq!((counters.repeated_seizures, counters.legs_not_closed), (0, 0));
        self.tally.segments += self.books.assert_closed();
        for _ in 0..self.books.refused {
            self.tally.see("a second record of a segment whose end was cut off the journal is refused");
        }
        self.look_at_the_journal();
    }
}
