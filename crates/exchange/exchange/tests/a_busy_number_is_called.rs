//! Busy numbers: call waiting, the most calls of a number, the longest call.

mod support;
use support::*;

use directory::{Extension, Outcome};
use exchange::{Order, Report};
use ground::Reason;

fn world_with(change: impl Fn(&mut Extension)) -> World {
    let mut site = site::site();
    site.extensions.values_mut().for_each(change);
    World::with(site, config())
}

#[test]
fn a_call_waits_and_the_caller_hears_of_it() {
    let mut world = World::new();
    let (_, called) = world.pair(1, 2);
    let second = world.dial(3, "1002");
    let offers = world.offers();
    assert!(offers[0].1.waiting);
    world.report(offers[0].0, Report::Alerting);
    assert_eq!(world.orders_to(second), [Order::Alert { waiting: true }]);
    world.report(offers[0].0, answered(yes()));
    assert_eq!(world.engine.relayed(second), Some(offers[0].0));
    world.hang_up(called);
    world.hang_up(second);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn without_call_waiting_who_talks_is_busy() {
    let mut world = world_with(|extension| extension.call_waiting = false);
    let (caller, _) = world.pair(1, 2);
    for number in ["1001", "1002"] {
        let second = world.dial(3, number);
        world.cleared(second, Reason::UserBusy);
    }
    world.hang_up(caller);
    world.nothing_left();
    let third = world.dial(3, "1002");
    assert_eq!(world.offers().len(), 1, "free again");
    world.hang_up(third);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn the_most_calls_of_a_number_count_both_directions() {
    let mut world = world_with(|extension| extension.max_calls = Some(2));
    let (caller, _) = world.pair(1, 2);
    let (second, _) = world.pair(2, 3);
    let third = world.dial(4, "1002");
    world.cleared(third, Reason::UserBusy);
    world.hang_up(caller);
    world.hang_up(second);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_site_sets_the_longest_call() {
    let mut site = site::site();
    site.settings.longest_call_minutes = 2;
    let mut world = World::with(site, config());
    let (caller, called) = world.pair(1, 2);
    world.pass(seconds(119));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.pass(seconds(2));
    world.cleared(caller, Reason::DurationExceeded);
    world.cleared(called, Reason::DurationExceeded);
    world.over(Outcome::Answered, Reason::DurationExceeded);
}

#[test]
fn eight_telephones_ring_and_no_more() {
    let mut world = World::new();
    world.engine.pairs = Vec::new();
    let pairs: Vec<_> = (0..12u16)
        .map(|n| media_plan::PortPair {
            network: NETWORK,
            family: media_plan::AddressFamily::V4,
            rtp_port: 30_000 + 2 * n,
        })
        .collect();
    world.engine.pairs.extend((0..8u16).map(|n| media_plan::PortPair {
        network: NETWORK,
        family: media_plan::AddressFamily::V4,
        rtp_port: 20_000 + 2 * n,
    }));
    world.engine.pairs.extend(&pairs);
    world.media(media_plan::MediaEvent::PortsBound { pairs });
    world.terminals(2, &[20, 21, 22, 23, 24, 25, 26, 27, 28, 29]);
    let caller = world.dial(1, "1002");
    assert_eq!(world.offers().len(), 8);
    world.hang_up(caller);
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}
