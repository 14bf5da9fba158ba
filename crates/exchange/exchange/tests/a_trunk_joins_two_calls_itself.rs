//! Both ends of a transfer are on one trunk that joins them itself when it is asked (RFC 3515).

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report, TransferTarget};
use ground::{ConnectionId, Reason};

/// 1002 brings two parties of one trunk together: (x, z).
fn transferred() -> (World, ConnectionId, ConnectionId) {
    let mut site = site::site();
    for trunk in site.trunks.values_mut() {
        (trunk.transfers_itself, trunk.max_calls) = (true, None);
    }
    let mut world = World::with(site, config());
    let x = world.arrive(1, "1002");
    let y1 = world.offered();
    world.report(y1, answered(yes()));
    let y2 = world.dial(2, "04711");
    let z = world.offered();
    world.report(z, answered(yes()));
    world.take();
    world.report(y1, Report::TransferRequested(TransferTarget::Connection(y2)));
    world.pass(seconds(3));
    let orders = world.orders_to(x);
    let (target, by) = (TransferTarget::Connection(z), "1002".parse().unwrap());
    assert!(orders.contains(&Order::Refer { target, by }), "{orders:?}");
    (world, x, z)
}

#[test]
fn it_does_and_both_calls_leave_the_exchange() {
    let (mut world, x, z) = transferred();
    world.report(x, Report::Transferred(Ok(())));
    world.hang_up(x);
    world.cleared(z, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.exchange.tables().trunks, 0);
}

#[test]
fn it_says_yes_and_does_nothing_more() {
    let (mut world, x, _) = transferred();
    world.report(x, Report::Transferred(Ok(())));
    world.pass(seconds(3));
    world.cleared(x, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn it_refuses_or_says_nothing_and_the_call_goes_through_the_exchange() {
    for silent in [false, true] {
        let (mut world, x, z) = transferred();
        assert_eq!(world.engine.relayed(x), None);
        match silent {
            true => world.pass(seconds(32)),
            false => world.report(x, Report::Transferred(Err(Reason::CallRejected))),
        }
        assert_eq!(world.engine.relayed(x), Some(z));
        world.hang_up(z);
        world.over(Outcome::Answered, Reason::NormalClearing);
    }
}
