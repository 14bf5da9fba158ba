//! No packets come: the telephone is asked within the dialog; without an answer the call is cleared. A leg on hold is only asked.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report};
use ground::Reason;
use media_plan::{Direction, MediaEvent};

fn silent(world: &mut World, leg: ground::ConnectionId) {
    let since = world.now;
    world.media(MediaEvent::Silent { leg, since });
}

#[test]
fn without_packets_and_without_an_answer_the_call_is_cleared() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    assert_eq!(world.engine.setup(called).silence_after, Some(seconds(60)));
    world.pass(seconds(60));
    silent(&mut world, called);
    assert_eq!(world.take(), [(called, Order::Probe)]);
    world.pass(seconds(31));
    assert_eq!(world.take(), []);
    world.pass(seconds(1));
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::MediaLost)]);
    world.cleared(caller, Reason::MediaLost);
    world.over(Outcome::Answered, Reason::MediaLost);
}

#[test]
fn a_telephone_that_answers_keeps_its_call_and_is_asked_again() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    silent(&mut world, caller);
    assert_eq!(world.take(), [(caller, Order::Probe)]);
    world.report(caller, Report::Probed);
    world.pass(seconds(59));
    assert_eq!(world.take(), []);
    world.pass(seconds(1));
    assert_eq!(world.take(), [(caller, Order::Probe)]);
    world.pass(seconds(32));
    world.cleared(called, Reason::MediaLost);
    world.over(Outcome::Answered, Reason::MediaLost);
}

#[test]
fn packets_that_come_again_end_the_questions() {
    let mut world = World::new();
    let (caller, _) = world.connected();
    silent(&mut world, caller);
    world.media(MediaEvent::Receiving { leg: caller, from: "192.0.2.7:4000".parse().unwrap() });
    world.take();
    world.pass(seconds(600));
    assert_eq!(world.take(), []);
    silent(&mut world, caller);
    assert_eq!(world.take(), [(caller, Order::Probe)]);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_leg_on_hold_is_asked_every_sixty_seconds() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::MediaOffered(offer(Direction::Inactive, G711)));
    world.take();
    assert_eq!(world.engine.setup(caller).silence_after, None);
    for _ in 0..5 {
        world.pass(seconds(60));
        assert_eq!(world.take(), [(caller, Order::Probe)]);
        world.report(caller, Report::Probed);
    }
    world.report(caller, Report::MediaOffered(talk()));
    world.take();
    world.pass(seconds(600));
    assert_eq!(world.take(), [], "packets are expected again");
    world.report(caller, Report::MediaOffered(offer(Direction::Inactive, G711)));
    world.take();
    world.pass(seconds(92));
    world.cleared(called, Reason::MediaLost);
    world.over(Outcome::Answered, Reason::MediaLost);
}

#[test]
fn a_probe_that_finds_no_dialog_ends_the_call() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    silent(&mut world, caller);
    world.report(caller, Report::Cleared(Reason::MediaLost));
    world.cleared(called, Reason::MediaLost);
    world.over(Outcome::Answered, Reason::MediaLost);
}
