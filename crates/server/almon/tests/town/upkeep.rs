//! What happens beside calls: the weather, registrations, telephones without power, administrators, and what the engine tells.

use super::Town;
use super::network::{Mishap, Weather};
use super::site::{choice, extension};
use almon::switchboard::Input;
use directory::change::{CallLimit, Change, ChangeSet, ExtensionPatch, RoutePatch, TrunkPatch, Value};
use directory::{ServiceKind, changes_between};
use ground::{ConnectionId, Utc};
use media_plan::MediaEvent;
use std::sync::Arc;
use std::time::Duration;

impl Town {
    /// Telephones register before their registration runs out, and come back when they have power again.
    pub(super) fn upkeep(&mut self) {
        let now = self.now.moment;
        for person in 0..self.people.len() {
            if self.people[person].gone_until.is_some_and(|until| until <= now) {
                self.come_back(person);
            }
            let one = &self.people[person];
            let wants = one.registers_at.is_some_and(|at| at <= now) && one.registering.is_none();
            if wants && one.gone_until.is_none() {
                let command = self.people[person].register(3600);
                self.order(person, command);
            }
        }
    }

    pub(super) fn everybody_registers(&mut self) {
        for _ in 0..3 {
            self.upkeep();
            self.run(Duration::from_millis(500));
        }
    }

    pub(super) fn come_back(&mut self, person: usize) {
        self.tally.see("a telephone comes back");
        let seed = self.dice.number();
        self.people[person].reborn(seed);
    }

    /// The weather changes; bad weather does not last.
    pub(super) fn weather(&mut self) {
        self.tally.deed("weather");
        let none = Weather::default();
        let weathers = [
            none,
            none,
            none,
            Weather { loss: 60, repeat: 40, reorder: 100 },
            Weather { loss: 0, repeat: 150, reorder: 250 },
            Weather { loss: 200, repeat: 0, reorder: 50 },
        ];
        self.network.weather = self.dice.pick(&weathers);
    }

    /// One message is lost, comes twice, or comes late.
    pub(super) fn mishap(&mut self) {
        let person = self.dice.roll(self.people.len());
        let (kind, mishap) = self.dice.pick(&[
            ("lose a message", Mishap::Lost),
            ("repeat a message", Mishap::Repeated),
            ("reorder a message", Mishap::Late),
        ]);
        if self.people[person].talks.is_empty() {
            return;
        }
        self.tally.deed(kind);
        let at = self.people[person].address;
        self.network.mishaps.insert(at, mishap);
    }

    /// A telephone loses its power for a while.
    pub(super) fn vanish(&mut self) {
        let person = self.dice.roll(self.people.len());
        if self.people[person].gone_until.is_some() {
            return;
        }
        self.tally.deed("a telephone vanishes");
        let absence = self.dice.pick(&[0, 1, 20, 200, 2000]);
        let until = self.now.moment + Duration::from_secs(absence);
        let one = &mut self.people[person];
        one.gone_until = Some(until);
        one.talks.clear();
        one.refers.clear();
    }

    pub(super) fn registration(&mut self) {
        let person = self.dice.roll(self.people.len());
        let one = &self.people[person];
        if one.trunk || one.gone_until.is_some() || one.registering.is_some() {
            return;
        }
        let lose = self.dice.once_in(4);
        self.tally.deed(if lose { "registration lost" } else { "re-registration" });
        let command = self.people[person].register(if lose { 0 } else { 3600 });
        self.order(person, command);
    }

    /// An administrator ends a call.
    pub(super) fn clear(&mut self) {
        let calls: Vec<_> = self.board.exchange().calls().map(|(call, _)| call).collect();
        let Some(call) = self.dice.any(&calls) else { return };
        self.tally.deed("an administrator clears a call");
        self.give(Input::ClearCall(call));
    }

    /// A new revision: something is changed, or all of it goes back.
    pub(super) fn change_the_site(&mut self) {
        let back = changes_between(&self.directory, &self.first_site);
        let goes_back = !back.is_empty() && self.dice.once_in(2);
        let changes = if goes_back { back } else { vec![self.some_change()] };
        let set = ChangeSet { base: self.directory.revision, author: "test".into(), at: Utc::default(), changes };
        let Ok(directory) = self.directory.apply(&set) else {
            self.tally.see("a change is refused");
            return;
        };
        self.tally.deed(if goes_back { "roll the site back" } else { "change the site" });
        self.directory = Arc::new(directory);
        self.give(Input::Directory(self.directory.clone()));
    }

    fn some_change(&mut self) -> Change {
        let number = (1001 + self.dice.roll(34)).to_string();
        let number = number.parse().unwrap();
        let patch = |patch| Change::ChangeExtension { number, patch };
        match self.dice.roll(12) {
            0 => extension(1031 + self.dice.roll(4) as u32),
            1 => Change::RemoveExtension { number },
            2 => patch(ExtensionPatch { call_waiting: Some(self.dice.once_in(2)), ..ExtensionPatch::default() }),
            3 => patch(ExtensionPatch { external_calls: Some(self.dice.once_in(2)), ..ExtensionPatch::default() }),
            4 => patch(ExtensionPatch { max_calls: Some(Value::Set(1)), ..ExtensionPatch::default() }),
            5 => patch(ExtensionPatch { max_terminals: Some(1), ..ExtensionPatch::default() }),
            6 => patch(ExtensionPatch { pickup_group: Some(Value::Set(1)), ..ExtensionPatch::default() }),
            7 => {
                let choices = Some(vec![choice("other", 1)]);
                Change::ChangeRoute { name: "outside".into(), patch: RoutePatch { choices, ..RoutePatch::default() } }
            }
            8 => {
                let patch = TrunkPatch { max_calls: Some(CallLimit::AtMost(1)), ..TrunkPatch::default() };
                Change::ChangeTrunk { name: "carrier".into(), patch }
            }
            9 => {
                let patch = TrunkPatch { transfers_itself: Some(true), ..TrunkPatch::default() };
                Change::ChangeTrunk { name: "carrier".into(), patch }
            }
            10 => Change::RemoveService { number: "601".parse().unwrap() },
            _ => Change::AddService { number: "603".parse().unwrap(), kind: ServiceKind::Echo },
        }
    }

    /// The engine tells something of a leg: a digit was heard, it fell silent, it is heard from elsewhere.
    pub(super) fn engine_tells(&mut self) {
        let legs: Vec<ConnectionId> = self.engine.legs.keys().copied().collect();
        let Some(leg) = self.dice.any(&legs) else { return };
        let event = match self.dice.roll(4) {
            0..=1 => MediaEvent::Digit { leg, digit: '5', duration: Duration::from_millis(100) },
            2 => MediaEvent::Silent { leg, since: self.now },
            _ => MediaEvent::Receiving { leg, from: super::address("203.0.113.5:7000") },
        };
        self.tally.deed(if matches!(event, MediaEvent::Silent { .. }) {
            "a leg falls silent"
        } else {
            "a leg is heard"
        });
        self.give(Input::Media(event));
    }
}
