//! Replaces (RFC 3891): another telephone takes over a conversation, or picks up a call that rings.

mod support;
use support::*;

use directory::{Directory, Outcome};
use exchange::{CallingParty, Order, Report};
use ground::{ConnectionId, Reason, TrunkId};
use media_plan::{Direction, PlaySource};

fn with_groups() -> Directory {
    let mut site = site::site();
    for extension in site.extensions.values_mut() {
        extension.pickup_group = Some(if extension.device.0 < 4 { 7 } else { 8 });
    }
    site
}

fn answer_of(world: &mut World, newcomer: ConnectionId) -> String {
    let orders = world.orders_to(newcomer);
    let connected = orders.iter().find_map(|order| match order {
        Order::Answer { answer: Some(_), connected, .. } => Some(connected.number.digits.to_string()),
        _ => None,
    });
    connected.unwrap_or_else(|| panic!("no answer: {orders:?}"))
}

#[test]
fn another_telephone_of_the_number_takes_the_conversation_over() {
    for caller_moves in [false, true] {
        let mut world = World::new();
        let (caller, called) = world.pair(1, 2);
        let (old, other, device) = if caller_moves { (caller, called, 1) } else { (called, caller, 2) };
        let new = world.replace(device, old);
        assert_eq!(answer_of(&mut world, new), if caller_moves { "1002" } else { "1001" });
        world.cleared(old, Reason::Replaced);
        assert_eq!(world.engine.relayed(other), Some(new));
        assert_eq!(world.exchange.calls().count(), 1);
        world.hang_up(other);
        world.cleared(new, Reason::NormalClearing);
        world.over(Outcome::Answered, Reason::NormalClearing);
        let last = world.closed.last().unwrap();
        assert_eq!((last.key.segment, last.outcome), (1, Outcome::Answered));
        assert_eq!(world.closed.iter().filter(|record| record.reason == Reason::Replaced).count(), 2);
    }
}

#[test]
fn a_held_conversation_is_taken_over_and_the_music_ends() {
    let mut world = World::new();
    let (caller, called) = world.pair(1, 2);
    world.report(called, Report::MediaOffered(offer(Direction::SendOnly, G711)));
    assert_eq!(world.engine.played(caller), Some(PlaySource::Music));
    let new = world.replace(2, called);
    assert_eq!(world.engine.relayed(caller), Some(new));
    assert_eq!(world.engine.played(caller), None);
    world.hang_up(new);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_member_of_the_group_picks_up_a_ringing_call() {
    let mut world = World::with(with_groups(), config());
    world.terminals(2, &[20, 21]);
    let caller = world.dial(1, "1002");
    let rings: Vec<_> = world.offers().into_iter().map(|(connection, _)| connection).collect();
    world.report(rings[0], Report::Alerting);
    world.take();
    let new = world.replace(3, rings[0]);
    assert_eq!(answer_of(&mut world, new), "1001");
    assert_eq!(answer_of(&mut world, caller), "1003");
    for ring in &rings {
        world.cleared(*ring, Reason::AnsweredElsewhere);
    }
    assert_eq!(world.engine.relayed(caller), Some(new));
    world.hang_up(caller);
    world.cleared(new, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
    let record = world.closed.last().unwrap();
    assert_eq!((record.key.segment, record.dialled.digits.as_str()), (0, "1002"));
    assert_eq!(record.connected.unwrap().digits.as_str(), "1003");
}

#[test]
fn a_caller_that_waits_for_an_offer_is_picked_up() {
    for newcomer_offers in [true, false] {
        let mut world = World::with(with_groups(), config());
        let caller = world.dial_with(1, "1002", None, false);
        let ring = world.offered();
        world.report(ring, Report::Alerting);
        world.take();
        let device = CallingParty::Extension { device: ground::DeviceId(3) };
        let new = world.seize_for(device, "", newcomer_offers.then(talk), false, Some(ring));
        world.cleared(ring, Reason::AnsweredElsewhere);
        let orders = world.orders_to(caller);
        assert!(orders.iter().any(|order| matches!(order, Order::Answer { offer: Some(_), .. })), "{orders:?}");
        assert_eq!(world.orders_to(new), [], "it waits for what the caller speaks");
        world.report(caller, Report::MediaAnswered(yes()));
        let orders = world.orders_to(new);
        let [Order::Answer { answer, offer, connected }] = orders.as_slice() else { panic!("{orders:?}") };
        assert_eq!((answer.is_some(), offer.is_some()), (newcomer_offers, !newcomer_offers));
        assert_eq!(connected.number.digits.as_str(), "1001");
        if !newcomer_offers {
            world.report(new, Report::MediaAnswered(yes()));
        }
        assert_eq!(world.engine.relayed(caller), Some(new));
        assert_eq!(world.engine.sends(caller), world.engine.sends(new));
        world.hang_up(new);
        world.cleared(caller, Reason::NormalClearing);
        world.over(Outcome::Answered, Reason::NormalClearing);
    }
}

#[test]
fn a_conversation_is_taken_over_by_a_newcomer_that_makes_no_offer() {
    let mut world = World::new();
    let (caller, called) = world.pair(1, 2);
    let device = CallingParty::Extension { device: ground::DeviceId(2) };
    let new = world.seize_for(device, "", None, false, Some(called));
    world.cleared(called, Reason::Replaced);
    let orders = world.orders_to(new);
    assert!(matches!(orders.as_slice(), [Order::Answer { offer: Some(_), .. }]), "{orders:?}");
    world.report(new, Report::MediaAnswered(yes()));
    assert_eq!(world.engine.relayed(caller), Some(new));
    world.hang_up(new);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_caller_that_is_picked_up_and_answers_no_offer_ends_both() {
    let mut world = World::with(with_groups(), config());
    let caller = world.dial_with(1, "1002", None, false);
    let ring = world.offered();
    world.report(ring, Report::Alerting);
    let new = world.replace(3, ring);
    world.pass(seconds(33));
    world.cleared(caller, Reason::ProtocolTimeout);
    world.cleared(new, Reason::ProtocolTimeout);
    world.nothing_left();
}

#[test]
fn nobody_else_takes_anything() {
    let mut world = World::with(with_groups(), config());
    let caller = world.dial(1, "1002");
    let ring = world.offered();
    for (device, target, reason) in [
        (4, ring, Reason::NotAuthorized),
        (3, ConnectionId(99), Reason::NoSuchConnection),
        // A call that has not been answered is no conversation of the caller's.
        (1, caller, Reason::NoSuchConnection),
    ] {
        let new = world.replace(device, target);
        world.cleared(new, reason);
    }
    world.report(ring, answered(yes()));
    // The group may pick up what rings, and no conversation.
    let new = world.replace(3, ring);
    world.cleared(new, Reason::NotAuthorized);
    assert_eq!(world.engine.relayed(caller), Some(ring));
    world.hang_up(ring);
    world.nothing_left();
}

#[test]
fn a_trunk_replaces_its_own_connections() {
    let mut site = site::site();
    site.trunks.get_mut(&TrunkId(1)).unwrap().max_calls = None;
    let mut world = World::with(site, config());
    let old = world.arrive(1, "1002");
    let called = world.offered();
    world.report(called, answered(yes()));
    world.take();
    let seize = |world: &mut World, trunk: u32| {
        let party = exchange::Party::default();
        let caller = CallingParty::Trunk { trunk: TrunkId(trunk), party };
        world.seize_for(caller, "", Some(talk()), false, Some(old))
    };
    let foreign = seize(&mut world, 2);
    world.cleared(foreign, Reason::NotAuthorized);
    let new = seize(&mut world, 1);
    world.cleared(old, Reason::Replaced);
    assert_eq!(world.engine.relayed(called), Some(new));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn the_codecs_do_not_fit_and_the_other_party_changes() {
    let mut world = World::new();
    let (caller, called) = world.pair(1, 2);
    let device = exchange::CallingParty::Extension { device: ground::DeviceId(2) };
    let opus = offer(Direction::SendReceive, &[("opus", 111)]);
    let new = world.seize_for(device, "", Some(opus), false, Some(called));
    let orders = world.orders_to(caller);
    assert!(orders.iter().any(|order| matches!(order, Order::MediaOffer(_))), "{orders:?}");
    world.report(caller, Report::MediaAnswered(answer(Direction::SendReceive, &[("opus", 111)])));
    assert_eq!(world.engine.relayed(caller), Some(new));
    assert_eq!(world.engine.sends(new), [111]);
    world.hang_up(new);
    world.over(Outcome::Answered, Reason::NormalClearing);
}
