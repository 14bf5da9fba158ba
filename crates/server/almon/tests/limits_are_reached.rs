//! As much as there may be, and one more: calls, ports, telephones of a number. Calls in progress go on, the reason is told, the
//! alarm comes and goes, and afterwards all is as before.

mod world;

use ground::{AlarmCode, Machine, Reason};
use sip::agent::{EndCause, SessionId};
use world::World;

/// Callers 1001 to `1000 + count`, all registered.
fn with_telephones(mut world: World, count: u8) -> World {
    for n in 1..=count {
        let telephone = world.telephone(&format!("100{n}"), &format!("192.0.2.{}:5060", 10 + n));
        assert_eq!(world.register(telephone, 3600), 200);
    }
    world
}

fn echo(world: &mut World, telephone: usize) -> SessionId {
    let session = world.call(telephone, "600");
    world.expect_answered(telephone);
    session
}

#[test]
fn more_calls_than_there_may_be() {
    let mut world = with_telephones(World::configured(1, |_, exchange| exchange.max_calls = 2), 3);
    let one = echo(&mut world, 0);
    let two = echo(&mut world, 1);
    world.call(2, "600");
    let (ended, message) = world.expect_ended(2);
    assert_eq!(ended, EndCause::Refused(503));
    assert_eq!(world::q850(&message.unwrap()), Some(Reason::Overload.q850()));
    assert_eq!(world.alarms, [(AlarmCode::Overload, true)]);
    world.hang_up(0, one);
    world.run_seconds(1);
    assert_eq!(world.alarms.last(), Some(&(AlarmCode::Overload, false)));
    let three = echo(&mut world, 2);
    world.hang_up(1, two);
    world.hang_up(2, three);
    world.assert_empty();
}

#[test]
fn the_ports_run_out_and_come_back() {
    let mut world = with_telephones(World::configured_with_ports(2, 3, |_, _| {}), 4);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 200);
    world.expect_answered(0);
    // One pair is left: enough for the caller and not for the called.
    for _ in 0..5 {
        world.call(2, "1004");
        let (ended, message) = world.expect_ended(2);
        assert_eq!(ended, EndCause::Refused(503));
        assert_eq!(world::q850(&message.unwrap()), Some(Reason::NoMediaResource.q850()));
        assert_eq!(world.records.last().unwrap().reason, Reason::NoMediaResource);
        world.run_seconds(1);
    }
    assert_eq!(world.alarms.first(), Some(&(AlarmCode::MediaPortsExhausted, true)));
    world.hang_up(0, calling);
    world.run_seconds(60);
    assert_eq!(world.alarms.last(), Some(&(AlarmCode::MediaPortsExhausted, false)));
    let again = world.call(2, "1004");
    let (called, _) = world.expect_ringing(3);
    world.respond(3, called, 200);
    world.expect_answered(2);
    world.hang_up(2, again);
    world.assert_empty();
}

#[test]
fn the_media_engine_hangs_and_comes_back() {
    let mut world = with_telephones(World::configured_with_ports(7, 4, |_, _| {}), 4);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 200);
    world.expect_answered(0);
    world.run_seconds(1);
    world.thread.engine_hangs = true;
    for number in ["1004", "600", "1999"] {
        world.call(2, number);
        let (ended, message) = world.expect_ended(2);
        // A service answers before the engine could say anything; its call ends at once all the same.
        assert!(matches!(ended, EndCause::Refused(503 | 404) | EndCause::RemoteBye), "{number}: {ended:?}");
        let cause = world::q850(&message.unwrap()).unwrap();
        assert!([Reason::NoMediaResource.q850(), Reason::VacantNumber.q850()].contains(&cause), "{number}: {cause}");
        // Ports that may still be in use come back when the wait for the engine's last word is over.
        world.run_seconds(40);
    }
    world.thread.engine_hangs = false;
    // It was offered the first of them for a moment.
    world.telephones[3].events.clear();
    let again = world.call(2, "1004");
    let (ringing, _) = world.expect_ringing(3);
    world.respond(3, ringing, 200);
    world.expect_answered(2);
    world.hang_up(2, again);
    world.hang_up(0, calling);
    world.assert_empty();
}

#[test]
fn eight_telephones_of_one_number_ring_and_a_ninth_is_not_taken() {
    let mut world = with_telephones(World::new(3), 1);
    world.allow_telephones("1002", 8);
    let phones: Vec<usize> = (0..8).map(|n| world.telephone("1002", &format!("192.0.2.{}:5060", 100 + n))).collect();
    for phone in &phones {
        assert_eq!(world.register(*phone, 3600), 200);
    }
    let ninth = world.telephone("1002", "192.0.2.120:5060");
    assert_eq!(world.register(ninth, 3600), 403);
    let calling = world.call(0, "1002");
    let ringing: Vec<SessionId> = phones.iter().map(|phone| world.expect_ringing(*phone).0).collect();
    for (phone, session) in phones.iter().zip(&ringing) {
        world.respond(*phone, *session, 180);
    }
    // Seven drop out in different ways; the last one takes the call.
    world.run_seconds(1);
    for (n, (phone, session)) in phones.iter().zip(&ringing).enumerate().take(7) {
        world.respond(*phone, *session, [486, 603, 480, 500, 404, 488, 503][n]);
    }
    world.run_seconds(1);
    world.respond(phones[7], ringing[7], 200);
    world.expect_answered(0);
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}

#[test]
fn an_extension_has_as_many_telephones_as_its_administrator_allows() {
    let mut world = with_telephones(World::new(6), 1);
    world.allow_telephones("1002", 2);
    let phones: Vec<usize> = (0..3).map(|n| world.telephone("1002", &format!("192.0.2.{}:5060", 100 + n))).collect();
    let answers: Vec<u16> = phones.iter().map(|phone| world.register(*phone, 3600)).collect();
    assert_eq!(answers, [200, 200, 403]);
    // Fewer from now on: who is in stays and may go, and then no other comes.
    world.allow_telephones("1002", 1);
    assert_eq!(world.register(phones[0], 3600), 200);
    assert_eq!(world.register(phones[1], 0), 200);
    assert_eq!(world.register(phones[1], 3600), 403);
    assert_eq!(world.board.sip().tables().terminals, 2);
    world.assert_empty();
}

#[test]
fn when_all_eight_refuse_what_a_person_said_counts() {
    let mut world = with_telephones(World::new(4), 1);
    world.allow_telephones("1002", 8);
    let phones: Vec<usize> = (0..8).map(|n| world.telephone("1002", &format!("192.0.2.{}:5060", 100 + n))).collect();
    for phone in &phones {
        assert_eq!(world.register(*phone, 3600), 200);
    }
    world.call(0, "1002");
    for (n, phone) in phones.iter().enumerate() {
        let (session, _) = world.expect_ringing(*phone);
        world.respond(*phone, session, [480, 500, 486, 404, 503, 488, 480, 500][n]);
    }
    assert_eq!(world.expect_ended(0).0, EndCause::Refused(486));
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::UserBusy);
}

#[test]
fn the_agent_s_own_limit_of_sessions_refuses_and_recovers() {
    let mut world = with_telephones(World::configured(5, |sip, _| sip.agent.limits.sessions = 3), 4);
    let one = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    world.respond(1, called, 200);
    world.expect_answered(0);
    // The third session is the caller's; there is none for the called side.
    world.call(2, "1004");
    let (ended, message) = world.expect_ended(2);
    assert_eq!(ended, EndCause::Refused(503));
    assert_eq!(world::q850(&message.unwrap()), Some(Reason::Overload.q850()));
    world.hang_up(0, one);
    world.run_seconds(60);
    world.call(2, "1004");
    world.expect_ringing(3);
    world.hang_up(2, SessionId(3));
    world.assert_empty();
    assert!(world.board.next_timeout().is_none_or(|at| at > world.now.moment));
}
