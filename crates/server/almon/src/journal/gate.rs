//! The gate between what was decided and the world: nothing passes before the journal has it as far as is asked for.
//!
//! Open, it lets everything pass at once: that the journal has taken a turn into memory is enough. Held by a source of
//! acknowledgements, each effect waits, in order, until its position is acknowledged. What waits is bounded: beyond the bound the
//! eldest passes without acknowledgement and is counted, because calls go on whatever becomes of a journal.

use crate::switchboard::Effect;
use journal::{Appender, Position};
use std::collections::VecDeque;

/// Says up to where somebody else has the journal.
pub trait Acknowledged: Send {
    /// The position.
    fn acknowledged(&self) -> Position;
}

/// The system has it: it survives the death of this process.
impl Acknowledged for Appender {
    fn acknowledged(&self) -> Position {
        self.written()
    }
}

/// The gate.
pub struct Gate {
    source: Option<Box<dyn Acknowledged>>,
    waiting: VecDeque<(Position, Effect)>,
    bound: usize,
    unacknowledged: u64,
}

impl Gate {
    /// A gate that lets everything pass at once.
    pub fn open() -> Gate {
        Gate { source: None, waiting: VecDeque::new(), bound: 0, unacknowledged: 0 }
    }

    /// A gate that lets pass what is acknowledged, behind which at most `bound` effects wait.
    pub fn held_by(source: Box<dyn Acknowledged>, bound: usize) -> Gate {
        Gate { source: Some(source), waiting: VecDeque::new(), bound, unacknowledged: 0 }
    }

    /// Lets an effect come up that may pass when `position` is acknowledged. It comes back at once when the gate is open.
    pub fn pass(&mut self, position: Position, effect: Effect) -> Option<Effect> {
        if self.source.is_none() && self.waiting.is_empty() {
            return Some(effect);
        }
        self.waiting.push_back((position, effect));
        self.released()
    }

    /// The next effect that may pass.
    pub fn released(&mut self) -> Option<Effect> {
        let (position, _) = self.waiting.front()?;
        let free = self.source.as_ref().is_none_or(|source| source.acknowledged() >= *position);
        if !free && self.waiting.len() <= self.bound {
            return None;
        }
        self.unacknowledged += u64::from(!free);
        self.waiting.pop_front().map(|(_, effect)| effect)
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// How many passed without acknowledgement because too many waited.
    pub fn unacknowledged(&self) -> u64 {
        self.unacknowledged
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::AlarmCode;
    use std::sync::Arc;
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    /// A standby that a test plays.
    #[derive(Clone, Default)]
    struct Standby(Arc<AtomicU64>);

    impl Acknowledged for Standby {
        fn acknowledged(&self) -> Position {
            Position(self.0.load(Relaxed))
        }
    }

    fn effect(active: bool) -> Effect {
        Effect::Alarm { code: AlarmCode::Overload, active }
    }

    fn active(effect: Option<Effect>) -> Option<bool> {
        effect.map(|effect| matches!(effect, Effect::Alarm { active: true, .. }))
    }

    #[test]
    fn an_open_gate_holds_nothing() {
        let mut gate = Gate::open();
        assert_eq!(active(gate.pass(Position(7), effect(true))), Some(true));
        assert_eq!((gate.waiting(), active(gate.released())), (0, None));
    }

    #[test]
    fn a_held_gate_keeps_the_order_and_opens_with_each_acknowledgement() {
        let standby = Standby::default();
        let mut gate = Gate::held_by(Box::new(standby.clone()), 10);
        for (position, on) in [(1, true), (1, false), (2, true), (3, false)] {
            assert_eq!(active(gate.pass(Position(position), effect(on))), None);
        }
        standby.0.store(1, Relaxed);
        assert_eq!(
            [active(gate.released()), active(gate.released()), active(gate.released())],
            [Some(true), Some(false), None]
        );
        // Behind what waits nothing passes, also when it was acknowledged.
        assert_eq!(active(gate.pass(Position(1), effect(false))), None);
        standby.0.store(3, Relaxed);
        let rest: Vec<_> = std::iter::from_fn(|| active(gate.released())).collect();
        assert_eq!(rest, [true, false, false]);
        assert_eq!(gate.unacknowledged(), 0);
    }

    #[test]
    fn a_standby_that_is_silent_does_not_stop_calls() {
        let mut gate = Gate::held_by(Box::new(Standby::default()), 2);
        let passed: Vec<_> = (0..5).map(|i| active(gate.pass(Position(1), effect(i % 2 == 0)))).collect();
        assert_eq!(passed, [None, None, Some(true), Some(false), Some(true)]);
        assert_eq!((gate.waiting(), gate.unacknowledged()), (2, 3));
    }
}
