//! Somebody calls a telephone that is talking: it knocks, and the caller is told (RFC 7462).

mod support;
use support::*;

use exchange::{OfferTarget, OfferedCall, Order, Party};
use ground::{ConnectionId, Number, Reason, TrunkId};

const WAITING: Option<&str> = Some("<urn:alert:service:call-waiting>");

#[test]
fn the_called_telephone_knocks() {
    for (waiting, expected) in [(true, WAITING), (false, None)] {
        let mut world = World::new();
        let (connection, target) = (ConnectionId(77), OfferTarget::Trunk(TrunkId(1)));
        let called = Number::parse("4711").unwrap();
        let caller = Party::default();
        let call =
            OfferedCall { target, caller, called, media: None, emergency: false, hops: 70, waiting, referred_by: None };
        world.order(connection, Order::Offer(Box::new(call)));
        assert_eq!(header(&world.sent("INVITE "), "Alert-Info"), expected);
        world.order(connection, Order::Clear(Reason::Abandoned));
        world.over();
    }
}

#[test]
fn the_caller_hears_that_it_waits() {
    for (waiting, expected) in [(true, WAITING), (false, None)] {
        let mut world = World::new();
        let (connection, _) = world.arrive("1001", "", &sdp(4000, "8", ""));
        world.wire();
        world.order(connection, Order::Alert { waiting });
        assert_eq!(header(&world.sent("SIP/2.0 180"), "Alert-Info"), expected);
        world.order(connection, Order::Clear(Reason::UserBusy));
        world.over();
    }
}
