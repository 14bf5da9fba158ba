//! The devices' state is written at any moment and read back: what follows is the same as if nothing had happened.

use directory::ServiceKind;
use exchange::{OfferTarget, OfferedCall, Order, Party};
use ground::{ConnectionId, Machine, Now, Number, Reason, TrunkId};
use line_voice::{Config, Input, Output, VoiceLine};
use media_plan::MediaOffer;
use proptest::prelude::*;

fn offer(target: OfferTarget) -> Order {
    let called = Number::private("*1".parse().unwrap());
    let caller = Party::default();
    Order::Offer(Box::new(OfferedCall {
        target,
        caller,
        called,
        media: None,
        emergency: false,
        hops: 70,
        waiting: false,
        referred_by: None,
    }))
}

fn order() -> impl Strategy<Value = Order> {
    prop_oneof![
        4 => Just(offer(OfferTarget::Service(ServiceKind::Echo))),
        2 => Just(offer(OfferTarget::Service(ServiceKind::Announcement("welcome".into())))),
        1 => Just(offer(OfferTarget::Trunk(TrunkId(1)))),
        3 => Just(Order::Clear(Reason::NormalClearing)),
        1 => Just(Order::Probe),
        1 => Just(Order::MediaOffer(MediaOffer::default())),
        1 => Just(Order::Refer {
            target: exchange::TransferTarget::Connection(ConnectionId(9)),
            by: Number::default(),
        }),
        1 => Just(Order::UpdateParty(Party::default())),
    ]
}

fn read_back(line: &VoiceLine) -> VoiceLine {
    postcard::from_bytes(&postcard::to_allocvec(line).unwrap()).unwrap()
}

fn polled(line: &mut VoiceLine) -> Vec<Output> {
    std::iter::from_fn(|| line.poll()).collect()
}

#[test]
fn a_caller_of_a_device_is_still_there_and_can_be_cleared() {
    let mut line = VoiceLine::new(Config { max_calls: 1 });
    let connection = ConnectionId(3);
    line.handle(Now::default(), Input { connection, order: offer(OfferTarget::Service(ServiceKind::Music)) });
    // Not even what was not polled yet is lost.
    let mut again = read_back(&line);
    assert_eq!(polled(&mut again), polled(&mut line));
    assert_eq!(again.connections().collect::<Vec<_>>(), [connection]);
    again.handle(Now::default(), Input { connection, order: Order::Clear(Reason::NormalClearing) });
    assert_eq!(polled(&mut again).len(), 1);
    assert!(again.is_empty());
}

#[test]
fn a_smaller_limit_after_the_restart_ends_no_call() {
    let mut line = VoiceLine::new(Config { max_calls: 2 });
    for connection in [ConnectionId(3), ConnectionId(4)] {
        line.handle(Now::default(), Input { connection, order: offer(OfferTarget::Service(ServiceKind::Echo)) });
    }
    let mut again = read_back(&line);
    again.resume(Config { max_calls: 1 });
    polled(&mut again);
    again.handle(
        Now::default(),
        Input { connection: ConnectionId(5), order: offer(OfferTarget::Service(ServiceKind::Echo)) },
    );
    assert_eq!(again.len(), 2);
    assert!(matches!(
        polled(&mut again).as_slice(),
        [Output { report: exchange::Report::Cleared(Reason::UserBusy), .. }]
    ));
}

proptest! {
    #[test]
    fn the_same_orders_lead_to_the_same_reports(orders in proptest::collection::vec((0u64..4, order()), 0..60), cut in 0usize..60) {
        let mut whole = VoiceLine::new(Config { max_calls: 2 });
        let mut restarted = whole.clone();
        for (at, (connection, order)) in orders.into_iter().enumerate() {
            let input = Input { connection: ConnectionId(connection), order };
            whole.handle(Now::default(), input.clone());
            restarted.handle(Now::default(), input);
            if at == cut {
                restarted = read_back(&restarted);
            }
            prop_assert_eq!(polled(&mut whole), polled(&mut restarted));
        }
        prop_assert_eq!(&whole, &restarted);
        for connection in whole.connections().collect::<Vec<_>>() {
            whole.handle(Now::default(), Input { connection, order: Order::Clear(Reason::NormalClearing) });
        }
        prop_assert!(whole.is_empty());
    }
}
