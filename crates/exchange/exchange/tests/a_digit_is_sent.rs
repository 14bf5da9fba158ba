//! Digits: in media the relay brings them; from signalling they reach the other party once, the way that it understands.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report};
use ground::Reason;
use media_plan::{Direction, MediaEvent};
use std::time::Duration;

const LONG: Duration = Duration::from_millis(160);

#[test]
fn from_signalling_into_media() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::Digit { digit: '5', duration: LONG });
    world.report(called, Report::Digit { digit: '#', duration: LONG });
    assert_eq!(world.engine.legs[&called].digits, "5");
    assert_eq!(world.engine.legs[&caller].digits, "#");
    assert_eq!(world.take(), []);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn what_the_relay_has_brought_is_not_sent_again() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.media(MediaEvent::Digit { leg: caller, digit: '1', duration: LONG });
    assert_eq!(world.engine.legs[&called].digits, "");
    assert_eq!(world.take(), []);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn to_a_party_that_takes_no_events_it_goes_by_signalling() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, answered(answer(Direction::SendReceive, &[("PCMA", 8)])));
    world.take();
    world.report(caller, Report::Digit { digit: '7', duration: LONG });
    assert_eq!(world.take(), [(called, Order::SendDigit { digit: '7', duration: LONG })]);
    world.media(MediaEvent::Digit { leg: caller, digit: '8', duration: LONG });
    assert_eq!(world.take(), [(called, Order::SendDigit { digit: '8', duration: LONG })]);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn before_the_answer_it_goes_to_the_side_that_is_heard() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let called = world.offered();
    world.report(caller, Report::Digit { digit: '1', duration: LONG });
    assert_eq!(world.take(), [], "nobody is heard who could have asked for it");
    world.report(called, Report::Progress { media: Some(yes()) });
    world.take();
    world.report(caller, Report::Digit { digit: '2', duration: LONG });
    assert_eq!(world.engine.legs[&called].digits, "2");
    assert_eq!(world.take(), [], "SIP has no INFO before the answer");
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}
