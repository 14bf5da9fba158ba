//! The condition code of a call record: a number, 32 x segment + base, that billing programs of the field read.
//!
//! Bases: 7 incoming or tandem, 8 internal, 10 outgoing; 23, 25 and 28 the same three when nobody answered; 29 the called party
//! was busy; 30 the number is not in use. Segments: 0 answered as dialled, 2 by another party.
//!
//! What the field's pages leave open is decided so: a call that came over a trunk is incoming wherever it leads; one that
//! nobody answered and that was neither to a busy party nor to a vacant number is 23, 25 or 28 whoever ended it; a call
//! that left over a trunk was answered as dialled, because the number behind a trunk is not compared; an incomplete or invalid
//! number is a vacant one. Segments 3 (group hunting) and 5 (group pickup) are not told apart from 2.

use directory::CallRecord;
use ground::Reason;

/// Segment 2: another party than the dialled one answered.
const ANSWERED_BY_ANOTHER: u16 = 2 * 32;

/// The condition code of a record.
pub fn condition_code(record: &CallRecord) -> u16 {
    let (answered, abandoned) = match (record.trunk_in, record.trunk_out) {
        (Some(_), _) => (7, 23),
        (None, None) => (8, 25),
        (None, Some(_)) => (10, 28),
    };
    if record.answered_after.is_some() {
        let by_another = record.connected.is_some_and(|connected| connected.digits != record.dialled.digits);
        return answered + if by_another && record.trunk_out.is_none() { ANSWERED_BY_ANOTHER } else { 0 };
    }
    match record.reason {
        Reason::UserBusy => 29,
        Reason::VacantNumber | Reason::IncompleteNumber | Reason::InvalidNumber => 30,
        _ => abandoned,
    }
}

#[cfg(test)]
mod tests {
    use super::super::field::tests::record;
    use super::*;
    use ground::{Number, TrunkId};
    use std::time::Duration;

    #[test]
    fn direction_answer_and_party_make_the_code() {
        let internal = record();
        let incoming = CallRecord { trunk_in: Some(TrunkId(1)), ..record() };
        let outgoing = CallRecord { trunk_out: Some(TrunkId(1)), ..record() };
        let tandem = CallRecord { trunk_in: Some(TrunkId(2)), ..outgoing.clone() };
        let codes = |change: &dyn Fn(CallRecord) -> CallRecord| {
            [&incoming, &internal, &outgoing, &tandem].map(|record| condition_code(&change(record.clone())))
        };
        assert_eq!(codes(&|record| record), [7, 8, 10, 7]);
        let other = Some(Number::private("1003".parse().unwrap()));
        assert_eq!(codes(&|record| CallRecord { connected: other, ..record }), [71, 72, 10, 7]);
        let missed = |reason| move |record| CallRecord { answered_after: None, reason, ..record };
        assert_eq!(codes(&missed(Reason::Abandoned)), [23, 25, 28, 23]);
        assert_eq!(codes(&missed(Reason::NoAnswer)), [23, 25, 28, 23]);
        assert_eq!(codes(&missed(Reason::UserBusy)), [29; 4]);
        assert_eq!(codes(&missed(Reason::VacantNumber)), [30; 4]);
        // Somebody who answered and was busy before is no busy call.
        let answered = CallRecord { reason: Reason::UserBusy, answered_after: Some(Duration::ZERO), ..record() };
        assert_eq!(condition_code(&answered), 8);
    }
}
