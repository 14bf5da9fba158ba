//! Attended transfer: the party in the middle brings its two other parties together, whoever had called whom.

mod support;
use support::*;

use directory::Outcome;
use exchange::{ConnectionState, EventCause, Order, Report, TransferProgress, TransferTarget};
use ground::{ConnectionId, Reason};
use media_plan::{Direction, MediaOffer, PlaySource, Tone};

fn hold(world: &mut World, party: ConnectionId) {
    world.report(party, Report::MediaOffered(offer(Direction::SendOnly, G711)));
    world.take();
}

fn transfer(world: &mut World, asks: ConnectionId, to: ConnectionId) {
    world.report(asks, Report::TransferRequested(TransferTarget::Connection(to)));
}

fn update_of(orders: &[Order]) -> String {
    let update = orders.iter().find_map(|order| match order {
        Order::UpdateParty(party) => Some(party.number.digits.to_string()),
        _ => None,
    });
    update.unwrap_or_else(|| panic!("no new party: {orders:?}"))
}

fn progress_of(orders: &[Order]) -> Vec<TransferProgress> {
    let progress = |order: &Order| match order {
        Order::Transfer(progress) => Some(*progress),
        _ => None,
    };
    orders.iter().filter_map(progress).collect()
}

/// Extension 2 in the middle, with 1 on its first connection and 3 on its second: (x, y1, y2, z).
fn consulting(world: &mut World, x_calls: bool, z_calls: bool) -> [ConnectionId; 4] {
    let (x, y1) = if x_calls {
        world.pair(1, 2)
    } else {
        let (y1, x) = world.pair(2, 1);
        (x, y1)
    };
    hold(world, y1);
    assert_eq!(world.engine.played(x), Some(PlaySource::Music));
    let (y2, z) = if z_calls {
        let (z, y2) = world.pair(3, 2);
        (y2, z)
    } else {
        world.pair(2, 3)
    };
    [x, y1, y2, z]
}

fn joined(world: &mut World, [x, y1, y2, z]: [ConnectionId; 4]) {
    let to_asker = world.orders_to(y1);
    assert_eq!(progress_of(&to_asker), [TransferProgress::Trying, TransferProgress::Done]);
    assert_eq!(update_of(&world.orders_to(x)), "1003");
    assert_eq!(update_of(&world.orders_to(z)), "1001");
    assert_eq!(world.engine.relayed(x), Some(z));
    assert_eq!((world.engine.played(x), world.engine.played(z)), (None, None));
    world.pass(seconds(3));
    world.cleared(y1, Reason::Transferred);
    world.cleared(y2, Reason::Transferred);
    assert_eq!(world.engine.relayed(x), Some(z));
    assert_eq!(world.exchange.calls().count(), 1);
}

#[test]
fn in_all_four_roles_the_two_others_talk() {
    for (x_calls, z_calls) in [(true, true), (true, false), (false, true), (false, false)] {
        for ask_on_second in [false, true] {
            let mut world = World::new();
            let [x, y1, y2, z] = consulting(&mut world, x_calls, z_calls);
            if ask_on_second {
                transfer(&mut world, y2, y1);
                let to_asker = world.orders_to(y2);
                assert_eq!(progress_of(&to_asker), [TransferProgress::Trying, TransferProgress::Done]);
                assert_eq!(world.engine.relayed(x), Some(z));
                assert_eq!(update_of(&world.orders_to(x)), "1003");
                assert_eq!(update_of(&world.orders_to(z)), "1001");
            } else {
                transfer(&mut world, y1, y2);
                joined(&mut world, [x, y1, y2, z]);
            }
            world.hang_up(x);
            world.cleared(z, Reason::NormalClearing);
            world.pass(seconds(3));
            world.over(Outcome::Answered, Reason::NormalClearing);
            let records = &world.closed;
            assert_eq!(records.len(), 3, "{records:?}");
            assert_eq!(records.iter().filter(|record| record.reason == Reason::Transferred).count(), 2);
            let last = &records[2];
            assert_eq!((last.key.segment, last.outcome), (1, Outcome::Answered));
            assert_eq!(last.transferred_by.unwrap().digits.as_str(), "1002");
            let ends = [last.caller.digits.to_string(), last.connected.unwrap().digits.to_string()];
            assert!(ends.contains(&"1001".to_owned()) && ends.contains(&"1003".to_owned()), "{ends:?}");
            assert_eq!(records.iter().filter(|record| record.key.call == last.key.call).count(), 2);
        }
    }
}

#[test]
fn the_telephone_of_the_transferor_hangs_up_at_once() {
    let mut world = World::new();
    let [x, y1, y2, z] = consulting(&mut world, true, false);
    transfer(&mut world, y1, y2);
    world.hang_up(y1);
    world.hang_up(y2);
    assert_eq!(world.engine.relayed(x), Some(z));
    world.hang_up(z);
    world.cleared(x, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn observers_hear_of_a_transfer() {
    let mut world = World::new();
    let [x, y1, y2, z] = consulting(&mut world, true, false);
    world.events.clear();
    transfer(&mut world, y1, y2);
    let told = |connection, state| {
        let mut events = world.events.iter();
        events.any(|e| e.connection == connection && e.state == state && e.cause == EventCause::Transfer)
    };
    assert!(told(x, ConnectionState::Connected) && told(z, ConnectionState::Connected), "{:?}", world.events);
    let call = world.exchange.calls().find(|(_, call)| call.connections.contains_key(&x)).unwrap();
    assert!(call.1.connections.contains_key(&z), "both are in one call");
    world.hang_up(x);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_party_that_holds_goes_on_holding() {
    let mut world = World::new();
    let [x, y1, y2, z] = consulting(&mut world, true, false);
    hold(&mut world, z);
    transfer(&mut world, y1, y2);
    assert_eq!(world.engine.relayed(x), None);
    assert_eq!((world.engine.played(x), world.engine.played(z)), (Some(PlaySource::Music), None));
    world.report(z, Report::MediaOffered(talk()));
    assert_eq!(world.engine.relayed(x), Some(z));
    world.hang_up(x);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

/// 2 talks to 1 in one codec and to 3 in another.
fn two_codecs(world: &mut World) -> [ConnectionId; 4] {
    let (alaw, mulaw) = ([("PCMA", 8)], [("PCMU", 0)]);
    let x = world.dial_with(1, "1002", Some(offer(Direction::SendReceive, &alaw)), false);
    let y1 = world.offered();
    world.report(y1, answered(answer(Direction::SendReceive, &alaw)));
    let y2 = world.dial_with(2, "1003", Some(offer(Direction::SendReceive, &mulaw)), false);
    let z = world.offered();
    world.report(z, answered(answer(Direction::SendReceive, &mulaw)));
    world.take();
    [x, y1, y2, z]
}

fn change_of(world: &mut World, connection: ConnectionId) -> MediaOffer {
    let orders = world.orders_to(connection);
    let change = orders.iter().find_map(|order| match order {
        Order::MediaOffer(offer) => Some(offer.clone()),
        _ => None,
    });
    change.unwrap_or_else(|| panic!("no change: {orders:?}"))
}

#[test]
fn one_side_is_offered_what_the_other_speaks() {
    let mut world = World::new();
    let [x, y1, y2, z] = two_codecs(&mut world);
    transfer(&mut world, y1, y2);
    assert_eq!(change_of(&mut world, x).streams[0].codecs[0].payload_type, 0);
    assert_eq!(world.engine.relayed(x), None);
    world.report(x, Report::MediaAnswered(answer(Direction::SendReceive, &[("PCMU", 0)])));
    assert_eq!(world.engine.relayed(x), Some(z));
    assert_eq!((world.engine.sends(x), world.engine.sends(z)), (vec![0], vec![0]));
    world.hang_up(x);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn when_one_side_refuses_the_other_is_asked() {
    let mut world = World::new();
    let [x, y1, y2, z] = two_codecs(&mut world);
    transfer(&mut world, y1, y2);
    change_of(&mut world, x);
    world.report(x, Report::MediaRefused(Reason::NoCommonCodec));
    assert_eq!(change_of(&mut world, z).streams[0].codecs[0].payload_type, 8);
    world.report(z, Report::MediaAnswered(answer(Direction::SendReceive, &[("PCMA", 8)])));
    assert_eq!(world.engine.relayed(x), Some(z));
    assert_eq!((world.engine.sends(x), world.engine.sends(z)), (vec![8], vec![8]));
    world.hang_up(z);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn when_both_refuse_there_is_no_common_codec() {
    let mut world = World::new();
    let [x, y1, y2, z] = two_codecs(&mut world);
    transfer(&mut world, y1, y2);
    world.report(x, Report::MediaRefused(Reason::NoCommonCodec));
    world.report(z, Report::MediaRefused(Reason::NoCommonCodec));
    world.cleared(x, Reason::NoCommonCodec);
    world.cleared(z, Reason::NoCommonCodec);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NoCommonCodec);
}

#[test]
fn silence_of_both_telephones_ends_in_bounded_time() {
    let mut world = World::new();
    let [.., y1, y2, _] = two_codecs(&mut world);
    transfer(&mut world, y1, y2);
    world.pass(seconds(32));
    world.pass(seconds(64));
    world.nothing_left();
}

#[test]
fn a_target_that_rings_goes_on_ringing_for_the_other_party() {
    let mut world = World::new();
    let (x, y1) = world.pair(1, 2);
    hold(&mut world, y1);
    let y2 = world.dial(2, "1003");
    let z = world.offered();
    world.report(z, Report::Alerting);
    world.take();
    transfer(&mut world, y1, y2);
    let to_asker = world.orders_to(y1);
    assert_eq!(progress_of(&to_asker), [TransferProgress::Trying, TransferProgress::Done]);
    world.cleared(y2, Reason::Transferred);
    assert_eq!(update_of(&world.orders_to(x)), "1003");
    assert_eq!(world.engine.played(x), Some(PlaySource::Tone(Tone::Ringing)));
    assert!(world.orders_to(z).is_empty(), "it rings on");
    world.pass(seconds(3));
    world.report(z, answered(yes()));
    assert_eq!(update_of(&world.orders_to(z)), "1001");
    assert_eq!(world.engine.relayed(x), Some(z));
    assert_eq!(world.engine.played(x), None);
    world.hang_up(x);
    world.over(Outcome::Answered, Reason::NormalClearing);
    let last = world.closed.last().unwrap();
    assert_eq!((last.key.segment, last.caller.digits.as_str()), (1, "1001"));
    assert_eq!(last.transferred_by.unwrap().digits.as_str(), "1002");
}

#[test]
fn nobody_answers_a_target_that_rang_when_the_transferor_left() {
    let mut world = World::new();
    let (x, y1) = world.pair(1, 2);
    let y2 = world.dial(2, "1003");
    let z = world.offered();
    world.report(z, Report::Alerting);
    transfer(&mut world, y1, y2);
    world.take();
    world.report(z, Report::Cleared(Reason::CallRejected));
    world.cleared(x, Reason::CallRejected);
    world.pass(seconds(3));
    world.over(Outcome::Refused, Reason::CallRejected);
}

#[test]
fn who_waits_for_a_target_hangs_up() {
    let mut world = World::new();
    let (x, y1) = world.pair(1, 2);
    let y2 = world.dial(2, "1003");
    let z = world.offered();
    transfer(&mut world, y1, y2);
    world.hang_up(x);
    world.cleared(z, Reason::Abandoned);
    world.pass(seconds(3));
    world.over(Outcome::NotAnswered, Reason::Abandoned);
}

#[test]
fn a_party_is_transferred_to_a_service_and_back_to_a_person() {
    let mut world = World::new();
    let (x, y1) = world.pair(1, 2);
    let y2 = world.dial(2, "*1");
    let z = world.offered();
    let media = exchange::AnsweredMedia::Treatment { source: PlaySource::Echo, repeat: true };
    world.report(z, Report::Answered { media, connected: None });
    world.take();
    // Asked on the connection to the service: the service is handed over as well as a person.
    transfer(&mut world, y2, y1);
    assert_eq!(world.engine.played(x), Some(PlaySource::Echo));
    world.hang_up(x);
    world.cleared(z, Reason::NormalClearing);
    world.pass(seconds(3));
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn what_cannot_be_transferred_is_refused_and_goes_on() {
    let mut world = World::new();
    let [x, y1, y2, z] = consulting(&mut world, true, false);
    let foreign = world.dial(4, "*2");
    let music = world.offered();
    let source = PlaySource::Music;
    let media = exchange::AnsweredMedia::Treatment { source, repeat: true };
    world.report(music, Report::Answered { media, connected: None });
    world.take();
    let nobody = ConnectionId(77);
    for (target, reason) in
        [(nobody, Reason::NoSuchConnection), (y1, Reason::NoSuchConnection), (foreign, Reason::NotAuthorized)]
    {
        transfer(&mut world, y1, target);
        let orders = world.orders_to(y1);
        let last = progress_of(&orders).pop();
        assert_eq!(last, Some(TransferProgress::Failed(reason)), "{orders:?}");
        assert!(world.take().is_empty(), "nobody else hears of it");
    }
    let dialling = world.dial_with(2, "10", None, true);
    world.take();
    transfer(&mut world, y1, dialling);
    let orders = world.orders_to(y1);
    assert_eq!(progress_of(&orders).pop(), Some(TransferProgress::Failed(Reason::TemporaryFailure)));
    assert_eq!(world.engine.relayed(y2), Some(z));
    assert_eq!(world.engine.played(x), Some(PlaySource::Music));
    for connection in [x, z, foreign, dialling] {
        world.hang_up(connection);
    }
    world.nothing_left();
}

#[test]
fn nobody_is_transferred_to_itself() {
    let mut world = World::new();
    let (_, y1) = world.pair(1, 2);
    let (_, y2) = world.pair(1, 2);
    transfer(&mut world, y1, y2);
    let orders = world.orders_to(y1);
    assert_eq!(progress_of(&orders).pop(), Some(TransferProgress::Failed(Reason::UserBusy)));
    world.hang_up(y1);
    world.hang_up(y2);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn who_was_transferred_transfers_on() {
    let mut world = World::new();
    let [x, y1, y2, z] = consulting(&mut world, false, true);
    transfer(&mut world, y2, y1);
    world.pass(seconds(3));
    world.take();
    // 3 consults 4 and leaves 1 with it.
    let (z2, w) = world.pair(3, 4);
    transfer(&mut world, z, z2);
    assert_eq!(world.engine.relayed(x), Some(w));
    world.pass(seconds(3));
    world.hang_up(w);
    world.cleared(x, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed.len(), 5);
    assert_eq!(world.closed.last().unwrap().key.segment, 2);
}

#[test]
fn a_party_that_came_over_a_trunk_is_transferred() {
    let mut world = World::new();
    let x = world.arrive(1, "1002");
    let y1 = world.offered();
    world.report(y1, answered(yes()));
    let (y2, z) = world.pair(2, 3);
    transfer(&mut world, y1, y2);
    assert_eq!(world.engine.relayed(x), Some(z));
    assert_eq!(update_of(&world.orders_to(z)), "4930123");
    world.pass(seconds(3));
    assert_eq!(world.exchange.tables().trunks, 1);
    // A trunk that may not transfer is refused.
    world.take();
    transfer(&mut world, x, z);
    let orders = world.orders_to(x);
    assert_eq!(progress_of(&orders), [TransferProgress::Failed(Reason::NotAuthorized)]);
    world.hang_up(z);
    world.over(Outcome::Answered, Reason::NormalClearing);
    assert_eq!(world.closed.last().unwrap().trunk_in, Some(ground::TrunkId(1)));
}
