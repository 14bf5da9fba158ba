//! The target of a transfer is told who sent the caller to it (RFC 3892).

mod support;
use support::*;

use exchange::{OfferTarget, OfferedCall, Order, Party, TransferTarget};
use ground::{ConnectionId, Number, Presentation, Reason, TrunkId};

fn shown(number: &str, presentation: Presentation) -> Number {
    Number { presentation, ..number.parse().unwrap() }
}

const BY: [(&str, Presentation, Option<&str>); 4] = [
    ("1002", Presentation::Allowed, Some("<sip:1002@almon>")),
    ("+15550100", Presentation::Allowed, Some("<sip:+15550100@almon>")),
    ("1002", Presentation::Restricted, None),
    ("", Presentation::Allowed, None),
];

#[test]
fn the_invite_says_who_referred_as_far_as_that_may_be_known() {
    let by = BY.map(|(number, presentation, expected)| (Some(shown(number, presentation)), expected));
    for (by, expected) in by.into_iter().chain([(None, None)]) {
        let mut world = World::new();
        let connection = ConnectionId(77);
        let name = "Bell".to_owned();
        let call = OfferedCall {
            target: OfferTarget::Trunk(TrunkId(1)),
            caller: Party::default(),
            called: "4711".parse().unwrap(),
            media: None,
            emergency: false,
            hops: 70,
            waiting: false,
            referred_by: by.map(|number| Party { number, name }),
        };
        world.order(connection, Order::Offer(Box::new(call)));
        assert_eq!(header(&world.sent("INVITE "), "Referred-By"), expected, "{by:?}");
        world.order(connection, Order::Clear(Reason::Abandoned));
        world.over();
    }
}

#[test]
fn a_trunk_that_transfers_itself_hears_it_too() {
    for (number, presentation, expected) in BY {
        let mut world = World::new();
        let (connection, _) = world.talk(OfferTarget::Trunk(TrunkId(1)), Party::default(), "t1", "");
        let target = TransferTarget::Number("+15550199".parse().unwrap());
        world.order(connection, Order::Refer { target, by: shown(number, presentation) });
        let request = world.sent("REFER ");
        // Its own host, and the number as it stands.
        assert!(header(&request, "Refer-To").unwrap().contains("sip:+15550199@198.51.100.9:5060"), "{request}");
        assert_eq!(header(&request, "Referred-By"), expected, "{number}");
        world.order(connection, Order::Clear(Reason::NormalClearing));
        world.over();
    }
}
