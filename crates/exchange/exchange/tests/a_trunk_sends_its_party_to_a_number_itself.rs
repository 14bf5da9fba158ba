//! Single-step transfer of a party on a trunk that transfers itself, to a number behind the same trunk: the trunk is asked to do it
//! (RFC 3515), and the exchange calls only when that fails.

mod support;
use support::*;

use directory::{Directory, Outcome};
use exchange::{OfferTarget, Order, Report, TransferProgress, TransferTarget};
use ground::{ConnectionId, Number, Reason, TrunkId};
use media_plan::{PlaySource, Tone};

fn site() -> Directory {
    let mut site = site::site();
    site.trunks.get_mut(&TrunkId(1)).unwrap().transfers_itself = true;
    site
}

/// 1002 talks to somebody on the first trunk, whose one line is taken by that: (x, y).
fn talking(site: Directory) -> (World, ConnectionId, ConnectionId) {
    let mut world = World::with(site, config());
    let x = world.arrive(1, "1002");
    let y = world.offered();
    world.report(y, answered(yes()));
    world.take();
    (world, x, y)
}

fn send_to(world: &mut World, asks: ConnectionId, number: &str) {
    world.report(asks, Report::TransferRequested(TransferTarget::Number(number.parse().unwrap())));
}

/// The trunk is asked, nothing else is done.
fn asked(site: Directory) -> (World, ConnectionId, ConnectionId) {
    let (mut world, x, y) = talking(site);
    send_to(&mut world, y, "04711");
    let refer = Order::Refer { target: TransferTarget::Number(number("4711")), by: number("1002") };
    assert_eq!(world.orders_to(x), [refer]);
    assert_eq!(world.orders_to(y), [Order::Transfer(TransferProgress::Trying)]);
    assert_eq!(world.offers(), []);
    assert_eq!(world.engine.relayed(x), Some(y), "they still talk");
    (world, x, y)
}

fn number(text: &str) -> Number {
    text.parse().unwrap()
}

#[test]
fn it_does_and_nothing_is_left_of_the_call_here() {
    for far_side_ends in [true, false] {
        let (mut world, x, y) = asked(site());
        world.pass(seconds(100));
        world.report(x, Report::Transferred(Ok(())));
        assert_eq!(world.orders_to(y), [Order::Transfer(TransferProgress::Done)]);
        assert_eq!(world.engine.relayed(x), None);
        if far_side_ends {
            world.hang_up(x);
        }
        world.pass(seconds(3));
        if !far_side_ends {
            world.cleared(x, Reason::Transferred);
        }
        world.cleared(y, Reason::Transferred);
        world.over(Outcome::Answered, Reason::Transferred);
        assert_eq!(world.closed.len(), 1);
    }
}

#[test]
fn it_refuses_or_says_nothing_and_the_exchange_calls() {
    for silent in [false, true] {
        let mut site = site();
        site.trunks.get_mut(&TrunkId(1)).unwrap().max_calls = None;
        let (mut world, x, y) = asked(site);
        match silent {
            true => world.pass(seconds(200)),
            false => world.report(x, Report::Transferred(Err(Reason::CallRejected))),
        }
        let offers = world.offers();
        let [(z, offer)] = offers.as_slice() else { panic!("{offers:?}") };
        assert_eq!((&offer.target, offer.called.digits.as_str()), (&OfferTarget::Trunk(TrunkId(1)), "4711"));
        assert_eq!(offer.referred_by.as_ref().map(|party| party.number), Some(number("1002")));
        assert_eq!(world.engine.relayed(x), Some(y));
        world.report(*z, Report::Alerting);
        world.report(*z, answered(yes()));
        world.pass(seconds(3));
        // Both are on the trunk now: it may join them itself, and does not.
        world.report(x, Report::Transferred(Err(Reason::CallRejected)));
        assert_eq!(world.engine.relayed(x), Some(*z));
        world.cleared(y, Reason::Transferred);
        world.hang_up(*z);
        world.over(Outcome::Answered, Reason::NormalClearing);
    }
}

#[test]
fn a_target_that_was_busy_there_is_not_called_again() {
    let (mut world, x, y) = asked(site());
    world.report(x, Report::Transferred(Err(Reason::UserBusy)));
    assert_eq!(world.orders_to(y), [Order::Transfer(TransferProgress::Failed(Reason::UserBusy))]);
    assert_eq!(world.engine.relayed(x), Some(y));
    world.hang_up(y);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_transferor_hangs_up_meanwhile() {
    for works in [true, false] {
        let (mut world, x, y) = asked(site());
        world.hang_up(y);
        assert_eq!(world.engine.played(x), Some(PlaySource::Tone(Tone::Ringing)));
        if works {
            world.report(x, Report::Transferred(Ok(())));
            assert_eq!(world.engine.played(x), None);
            world.hang_up(x);
            world.over(Outcome::NotAnswered, Reason::Transferred);
        } else {
            world.pass(seconds(200));
            let (z, offer) = world.offers().pop().unwrap();
            // The one line of the first trunk is the party's own.
            assert_eq!(offer.target, OfferTarget::Trunk(TrunkId(2)));
            world.report(z, answered(yes()));
            assert_eq!(world.engine.relayed(x), Some(z));
            world.hang_up(x);
            world.over(Outcome::Answered, Reason::NormalClearing);
        }
        let segments: Vec<_> = world.closed.iter().map(|record| record.key.segment).collect();
        assert_eq!(segments, [0, 1]);
    }
}

#[test]
fn the_party_hangs_up_or_an_administrator_ends_it_meanwhile() {
    for administrator in [false, true] {
        let (mut world, x, y) = asked(site());
        let call = world.exchange.calls().next().unwrap().0;
        match administrator {
            true => world.clear_call(call),
            false => world.hang_up(x),
        }
        world.pass(seconds(300));
        if !administrator {
            world.cleared(y, Reason::NormalClearing);
        }
        assert!(world.exchange.is_empty(), "{:?}", world.exchange.tables());
        world.nothing_left();
    }
}

#[test]
fn one_transfer_at_a_time() {
    let mut site = site();
    site.trunks.get_mut(&TrunkId(1)).unwrap().may_transfer = true;
    let (mut world, x, y) = asked(site);
    send_to(&mut world, x, "1003");
    assert_eq!(world.orders_to(x), [Order::Transfer(TransferProgress::Failed(Reason::TemporaryFailure))]);
    send_to(&mut world, y, "1003");
    assert_eq!(world.orders_to(y), [Order::Transfer(TransferProgress::Failed(Reason::TemporaryFailure))]);
    world.hang_up(x);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_exchange_calls_whatever_leads_elsewhere() {
    let other_first = |site: &mut Directory| site.routes.get_mut("city").unwrap().choices.reverse();
    let not_itself = |site: &mut Directory| site.trunks.get_mut(&TrunkId(1)).unwrap().transfers_itself = false;
    for (dialled, change) in [
        ("04711", Some(&other_first as &dyn Fn(&mut Directory))),
        ("04711", Some(&not_itself)),
        ("112", None),
        ("1003", None),
    ] {
        let mut site = site();
        if let Some(change) = change {
            change(&mut site);
        }
        let (mut world, x, y) = talking(site);
        send_to(&mut world, y, dialled);
        assert!(!world.orders_to(x).iter().any(|order| matches!(order, Order::Refer { .. })), "{dialled}");
        assert_eq!(world.offers().len(), 1, "{dialled}");
        world.hang_up(x);
        world.nothing_left();
    }
}

#[test]
fn a_first_choice_that_is_full_counts_for_nothing() {
    let mut site = site();
    site.routes.get_mut("city").unwrap().choices.reverse();
    let (mut world, x, y) = talking(site);
    let takes = world.arrive(2, "1003");
    send_to(&mut world, y, "04711");
    assert!(world.orders_to(x).iter().any(|order| matches!(order, Order::Refer { .. })));
    world.hang_up(takes);
    world.hang_up(x);
    world.nothing_left();
}
