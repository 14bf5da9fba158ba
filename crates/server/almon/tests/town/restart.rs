//! The process dies without a word, and another one goes on from its journal.

use super::Town;
use super::site::{configuration, port_pairs};
use super::tape::replayed;
use almon::journal::replay::moment_after;
use almon::journal::restore::{Records, ports, restore};
use almon::switchboard::Input;
use ground::Moment;
use media_plan::MediaEvent;
use std::collections::BTreeSet;
use std::time::Duration;

/// What a killed process can lose is what its journal's thread had not yet given to the system.
const UNWRITTEN: Duration = Duration::from_millis(20);

fn before(now: Moment) -> Moment {
    Moment::from_micros(now.as_micros().saturating_sub(UNWRITTEN.as_micros() as u64))
}

impl Town {
    pub(super) fn restart(&mut self) {
        self.tally.deed("restart");
        let mut bytes = self.journal.bytes();
        let whole = !self.dice.once_in(3);
        if !whole {
            let since = self.journal.written_since(before(self.now.moment));
            let cut = since + self.dice.roll(bytes.len() - since + 1);
            let lost = bytes.len() - cut;
            bytes.truncate(cut);
            if lost > 0 {
                self.tally.see("a journal is cut");
            }
        }
        let (state, report) = replayed(&bytes);
        self.tally.replayed += report.records;
        if report.cut.is_some() {
            self.tally.see("a journal is cut inside a frame");
        }
        let records = Records::of(&state);
        let absence = Duration::from_millis(self.dice.pick(&[0, 10, 300, 1500, 1500, 6000, 40_000]));
        self.books.restart(&records, whole, self.now.plus(absence).utc);
        self.engine.die();
        self.people.iter_mut().flat_map(|one| one.talks.values_mut()).for_each(|talk| talk.excused = true);
        self.down = true;
        self.run(absence);
        self.down = false;
        self.restarted = self.now.moment;
        let utc = self.now.utc;
        assert_eq!(moment_after(state.now, utc), self.now.moment, "time goes on by the wall clock");
        // No two starts have the same second, see `start::epoch`.
        self.start_second = u32::try_from(utc.as_seconds()).unwrap().max(self.start_second + 1);
        let kept: Vec<_> = self.books.registrations.values().filter(|kept| kept.expires_at > utc).cloned().collect();
        let own = configuration(self.plan.seed, self.start_second);
        let recorder = Some(self.journal.recorder());
        self.journal.clock(self.now.moment);
        let (board, reconciled) = restore(self.now, own, state, (self.directory.clone(), kept), recorder);
        let taken: BTreeSet<_> = ports(&board).into_iter().collect();
        self.board = board;
        self.effects();
        let pairs = port_pairs().into_iter().filter(|pair| !taken.contains(pair)).collect();
        self.give(Input::Media(MediaEvent::PortsBound { pairs }));
        for _ in 0..reconciled.interrupted {
            self.tally.see("a connection is interrupted by a restart");
        }
        for _ in 0..reconciled.calls {
            self.tally.see("a call goes on after a restart");
        }
    }
}
