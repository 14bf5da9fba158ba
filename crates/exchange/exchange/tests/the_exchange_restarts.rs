//! The process ends during calls: another one goes on from a snapshot, and its engine takes up every leg.

mod support;
use support::*;

use directory::Outcome;
use exchange::{LineKind, Order, Output, Report, TransferTarget};
use ground::{Machine, Reason};
use media_plan::{Direction, MediaEvent, MediaOrderKind, PlaySource, StreamBase};

#[test]
fn a_call_goes_on_and_can_be_held_transferred_and_hung_up() {
    let mut world = World::new();
    let (x, y1) = world.pair(1, 2);
    world.restart(world.directory.clone());
    assert_eq!(world.engine.relayed(x), Some(y1));
    world.report(y1, Report::MediaOffered(offer(Direction::SendOnly, G711)));
    assert_eq!(world.engine.played(x), Some(PlaySource::Music));
    world.restart(world.directory.clone());
    assert_eq!(world.engine.played(x), Some(PlaySource::Music));
    let (y2, z) = world.pair(2, 3);
    world.report(y1, Report::TransferRequested(TransferTarget::Connection(y2)));
    assert_eq!(world.engine.relayed(x), Some(z));
    world.restart(world.directory.clone());
    world.pass(seconds(3));
    world.hang_up(x);
    world.cleared(z, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn what_was_played_goes_on_where_it_was() {
    let mut world = World::new();
    let (x, y) = world.pair(1, 2);
    world.report(y, Report::MediaOffered(offer(Direction::SendOnly, G711)));
    let base = StreamBase { ssrc: 7, sequence: 8, timestamp: 9, clock_rate: 8000, at: world.now };
    world.media(MediaEvent::Playing { leg: x, base });
    let mut copy: exchange::Exchange = postcard::from_bytes(&postcard::to_allocvec(&world.exchange).unwrap()).unwrap();
    copy.resume(config(), world.directory.clone());
    copy.restored(world.now);
    let orders: Vec<_> = std::iter::from_fn(|| copy.poll())
        .map(|output| match output {
            Output::Media(order) => (order.leg, order.kind),
            other => panic!("only media is ordered: {other:?}"),
        })
        .collect();
    let of = |leg| orders.iter().filter(move |(of, _)| *of == leg).map(|(_, kind)| kind).collect::<Vec<_>>();
    let [MediaOrderKind::Resume { base: resumed, .. }, MediaOrderKind::Modify(_), MediaOrderKind::Play { source, .. }] =
        of(x).as_slice()
    else {
        panic!("{orders:?}");
    };
    assert_eq!((resumed, source), (&Some(base), &PlaySource::Music));
    assert!(matches!(of(y).as_slice(), [MediaOrderKind::Resume { base: None, .. }, MediaOrderKind::Modify(_)]));
    world.hang_up(x);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_call_that_rings_goes_on_ringing() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, Report::Progress { media: Some(yes()) });
    world.restart(world.directory.clone());
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.report(called, answered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn connections_are_told_with_those_that_say_farewell() {
    let mut world = World::new();
    let (caller, called) = world.pair(1, 2);
    let told = |world: &World| world.exchange.connections().collect::<Vec<_>>();
    let mut all = told(&world);
    all.sort();
    let mut expected = vec![(caller, LineKind::Sip), (called, LineKind::Sip)];
    expected.sort();
    assert_eq!(all, expected);
    world.mute_clears = true;
    world.hang_up(caller);
    assert_eq!(told(&world), [(called, LineKind::Sip)]);
    world.restart(world.directory.clone());
    assert!(world.orders.iter().any(|(to, order)| *to == called && matches!(order, Order::Clear(_))));
    world.hang_up(called);
    assert!(told(&world).is_empty());
    world.over(Outcome::Answered, Reason::NormalClearing);
}
