//! Calls over trunks: choices in order, limits, rights, transit.

mod support;
use support::*;

use directory::Outcome;
use exchange::{OfferTarget, Order, Report};
use ground::{ConnectionId, Reason, TrunkId};

fn offered_over(world: &mut World) -> (ConnectionId, TrunkId, String) {
    let offers = world.offers();
    assert_eq!(offers.len(), 1, "{offers:?}");
    let OfferTarget::Trunk(trunk) = offers[0].1.target else { panic!("{offers:?}") };
    (offers[0].0, trunk, offers[0].1.called.digits.to_string())
}

#[test]
fn the_first_choice_takes_the_call() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let (called, trunk, number) = offered_over(&mut world);
    assert_eq!((trunk, number.as_str()), (TrunkId(1), "4711"));
    world.report(called, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed[0].trunk_out, Some(TrunkId(1)));
}

#[test]
fn the_next_choice_is_tried_when_the_way_fails() {
    for reason in
        [Reason::TrunkUnreachable, Reason::TemporaryFailure, Reason::ProtocolTimeout, Reason::NoRouteAvailable]
    {
        let mut world = World::new();
        let caller = world.dial(1, "04711");
        let (first, ..) = offered_over(&mut world);
        world.report(first, Report::Cleared(reason));
        let (second, trunk, _) = offered_over(&mut world);
        assert_eq!(trunk, TrunkId(2));
        world.report(second, answered(yes()));
        assert_eq!(world.engine.relayed(caller), Some(second));
        world.hang_up(caller);
        world.over(Outcome::Answered, Reason::NormalClearing);
        assert_eq!(world.closed[0].trunk_out, Some(TrunkId(2)));
    }
}

#[test]
fn a_redirection_that_is_not_followed_leads_to_the_next_choice_or_refuses() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let (first, ..) = offered_over(&mut world);
    world.report(first, Report::Redirected(vec!["1003".parse().unwrap()]));
    world.cleared(first, Reason::Redirected);
    let (second, trunk, _) = offered_over(&mut world);
    assert_eq!(trunk, TrunkId(2));
    // What names no number at all is the same.
    world.report(second, Report::Cleared(Reason::Redirected));
    world.cleared(caller, Reason::Redirected);
    assert_eq!(world.offers(), []);
    world.over(Outcome::Refused, Reason::Redirected);
}

#[test]
fn a_trunk_that_says_nothing_is_passed_over() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let (first, ..) = offered_over(&mut world);
    world.pass(seconds(6));
    assert!(world.orders_to(first).contains(&Order::Clear(Reason::TrunkUnreachable)));
    let (_, trunk, _) = offered_over(&mut world);
    assert_eq!(trunk, TrunkId(2));
    world.pass(seconds(6));
    world.cleared(caller, Reason::TrunkUnreachable);
    world.over(Outcome::Refused, Reason::TrunkUnreachable);
}

#[test]
fn a_destination_that_has_spoken_is_not_tried_again() {
    for reason in [Reason::UserBusy, Reason::CallRejected, Reason::DestinationOutOfOrder] {
        let mut world = World::new();
        let caller = world.dial(1, "04711");
        let (first, ..) = offered_over(&mut world);
        world.report(first, Report::Cleared(reason));
        world.cleared(caller, reason);
        world.over(Outcome::Refused, reason);
    }
}

#[test]
fn nothing_else_is_tried_once_the_caller_has_heard_ringing() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let (first, ..) = offered_over(&mut world);
    world.report(first, Report::Alerting);
    world.report(first, Report::Cleared(Reason::TemporaryFailure));
    world.cleared(caller, Reason::TemporaryFailure);
    world.over(Outcome::Refused, Reason::TemporaryFailure);
}

#[test]
fn a_full_trunk_is_passed_over_and_counts_both_directions() {
    let mut world = World::new();
    let inward = world.arrive(1, "1002");
    let called = world.offered();
    world.report(called, answered(yes()));
    let outward = world.dial(3, "04711");
    let (_, trunk, _) = offered_over(&mut world);
    assert_eq!(trunk, TrunkId(2));
    let refused = world.dial(1, "04712");
    world.cleared(refused, Reason::NoRouteAvailable);
    let inward_too = world.arrive(1, "1003");
    world.cleared(inward_too, Reason::NoRouteAvailable);
    world.hang_up(outward);
    world.hang_up(inward);
    world.over(Outcome::Answered, Reason::NormalClearing);
    let again = world.dial(3, "04711");
    assert_eq!(offered_over(&mut world).1, TrunkId(1));
    world.hang_up(again);
    world.nothing_left();
}

#[test]
fn a_call_from_a_trunk_reaches_an_extension() {
    let mut world = World::new();
    let caller = world.arrive(1, "1002");
    let offers = world.offers();
    assert_eq!(offers[0].1.caller.number.to_string(), "+4930123");
    world.report(offers[0].0, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(offers[0].0));
    world.hang_up(offers[0].0);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed[0].trunk_in, Some(TrunkId(1)));
}

#[test]
fn only_a_transit_trunk_may_call_out_again() {
    let mut world = World::new();
    let caller = world.arrive(1, "04711");
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::NotAuthorized))]);
    world.over(Outcome::Refused, Reason::NotAuthorized);
    let caller = world.arrive(2, "04711");
    let (called, trunk, _) = offered_over(&mut world);
    assert_eq!(trunk, TrunkId(1));
    world.report(called, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
    let record = world.closed.last().unwrap();
    assert_eq!((record.trunk_in, record.trunk_out), (Some(TrunkId(2)), Some(TrunkId(1))));
}

#[test]
fn a_call_has_one_hop_less_when_it_leaves_and_none_is_refused() {
    let mut world = World::new();
    world.hops = 7;
    let caller = world.arrive(2, "04711");
    let offers = world.offers();
    assert_eq!(offers[0].1.hops, 6);
    world.hang_up(caller);
    world.take();
    world.hops = 0;
    for (trunk, number) in [(2, "04711"), (2, "1002"), (1, "112")] {
        let caller = world.arrive(trunk, number);
        assert_eq!(world.take(), [(caller, Order::Clear(Reason::LoopDetected))], "{number}");
        world.over(Outcome::Refused, Reason::LoopDetected);
    }
}

#[test]
fn a_record_in_progress_tells_the_answer() {
    let mut world = World::new();
    let caller = world.dial(1, "04711");
    let (called, ..) = offered_over(&mut world);
    world.report(called, answered(yes()));
    let known = world.opened.last().unwrap();
    assert!(known.answered_after.is_some() && known.trunk_out == Some(TrunkId(1)));
    assert_eq!(known.outcome, Outcome::Interrupted, "until it is closed it says what a crash would leave");
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_extension_without_the_right_stays_inside() {
    let mut world = World::new();
    let caller = world.dial(4, "04711");
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::NotAuthorized))]);
    world.over(Outcome::Refused, Reason::NotAuthorized);
}
