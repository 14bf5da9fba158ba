//! Both sides act at once. Whatever crosses, nobody is left in a call that the other has left, and the record is one.

mod world;

use directory::Outcome;
use ground::Reason;
use sip::agent::{EndCause, Event};
use std::time::Duration;
use world::World;

fn millis(count: u64) -> Duration {
    Duration::from_millis(count)
}

/// How often a telephone's sessions ended.
fn ends(world: &World, telephone: usize) -> usize {
    world.telephones[telephone].events.iter().filter(|event| matches!(event, Event::Ended { .. })).count()
}

#[test]
fn the_caller_gives_up_as_the_called_answers() {
    for offset in 0..30u64 {
        let mut world = World::with_two_telephones(100 + offset);
        let calling = world.call(0, "1002");
        let (called, _) = world.expect_ringing(1);
        world.respond(1, called, 180);
        world.run_seconds(1);
        if offset % 2 == 0 {
            world.hang_up(0, calling);
            world.run(millis(offset / 2));
            world.respond(1, called, 200);
        } else {
            world.respond(1, called, 200);
            world.run(millis(offset / 2));
            world.hang_up(0, calling);
        }
        world.assert_empty();
        assert_eq!((ends(&world, 0), ends(&world, 1)), (1, 1), "offset {offset}");
        let record = &world.records[0];
        let expected = match record.answered_after {
            Some(_) => (Outcome::Answered, Reason::NormalClearing),
            None => (Outcome::NotAnswered, Reason::Abandoned),
        };
        assert_eq!((record.outcome, record.reason), expected, "offset {offset}");
    }
}

#[test]
fn both_hang_up_at_once() {
    for offset in 0..12 {
        let mut world = World::with_two_telephones(200 + offset);
        let (calling, called) = world.connect();
        world.hang_up(0, calling);
        world.run(millis(offset));
        world.hang_up(1, called);
        world.assert_empty();
        assert_eq!((ends(&world, 0), ends(&world, 1)), (1, 1));
        assert_eq!(world.records[0].reason, Reason::NormalClearing);
    }
}

#[test]
fn one_hangs_up_while_the_other_or_itself_changes_media() {
    for (changes, leaves) in [(0, 1), (1, 0), (0, 0), (1, 1)] {
        for offset in 0..14 {
            let mut world = World::with_two_telephones(300 + offset);
            let (calling, called) = world.connect();
            let sessions = [calling, called];
            let at = ["192.0.2.11", "192.0.2.12"][changes];
            // Another codec, so that the other side is asked and the change is long.
            world.reinvite(changes, sessions[changes], Some(&world::described_at(at, 4000, "18 101", "")));
            world.run(millis(offset));
            world.hang_up(leaves, sessions[leaves]);
            world.assert_empty();
            assert_eq!((ends(&world, 0), ends(&world, 1)), (1, 1), "{changes} {leaves} {offset}");
            assert_eq!(world.records[0].reason, Reason::NormalClearing, "{changes} {leaves} {offset}");
        }
    }
}

#[test]
fn the_answer_crosses_the_end_of_ringing() {
    // The directory's time to answer is a minute; the answer leaves the telephone around that moment.
    for offset in 0..20 {
        let mut world = World::with_two_telephones(400 + offset);
        world.call(0, "1002");
        let (called, _) = world.expect_ringing(1);
        world.respond(1, called, 180);
        world.run(millis(59_990 + offset));
        world.respond(1, called, 200);
        world.run_seconds(2);
        let answered = world.records.is_empty();
        if answered {
            world.expect_answered(0);
            world.hang_up(1, called);
        } else {
            assert_eq!(world.expect_ended(0).0, EndCause::Refused(480), "offset {offset}");
            assert_eq!(world.records[0].reason, Reason::NoAnswer);
        }
        world.assert_empty();
        assert_eq!(world.records.len(), 1);
    }
}

#[test]
fn two_telephones_answer_at_the_same_moment() {
    for offset in 0..12 {
        let mut world = World::with_two_telephones(500 + offset);
        let third = world.telephone("1002", "192.0.2.21:5060");
        world.register(third, 3600);
        let calling = world.call(0, "1002");
        let (one, _) = world.expect_ringing(1);
        let (two, _) = world.expect_ringing(third);
        world.respond(1, one, 200);
        world.run(millis(offset));
        world.respond(third, two, 200);
        world.run_seconds(3);
        assert_eq!(ends(&world, 1) + ends(&world, third), 1, "one of them talks, offset {offset}");
        assert_eq!(world.hears.len(), 2);
        world.hang_up(0, calling);
        world.assert_empty();
        assert_eq!((ends(&world, 1), ends(&world, third)), (1, 1));
    }
}

#[test]
fn an_administrator_ends_a_call_as_it_is_answered() {
    for offset in 0..12 {
        let mut world = World::with_two_telephones(600 + offset);
        world.call(0, "1002");
        let (called, _) = world.expect_ringing(1);
        world.respond(1, called, 200);
        world.run(millis(offset));
        world.clear_calls();
        world.assert_empty();
        assert_eq!((ends(&world, 0), ends(&world, 1)), (1, 1));
        assert_eq!(world.records[0].reason, Reason::ClearedByAdministrator);
    }
}

#[test]
fn an_invite_comes_twice_by_different_ways() {
    let mut world = World::with_two_telephones(700);
    world.call(0, "1002");
    world.run_seconds(1);
    let invite = world
        .log
        .iter()
        .rev()
        .find(|(from, _, text)| from.to_string() == "192.0.2.11:5060" && text.starts_with("INVITE "));
    let copy = invite.unwrap().2.clone();
    // The same branch: a repeat, which brings the last response again. Another branch: merged (RFC 3261 section 8.2.2.2).
    world.inject("192.0.2.11:5060", &copy);
    let branch = copy.split("branch=").nth(1).unwrap().split([';', '\r']).next().unwrap().to_owned();
    world.inject("192.0.2.11:5060", &copy.replace(&branch, "z9hG4bKanother"));
    world.run_seconds(1);
    let merged = world.sent_to(0).iter().filter(|text| text.starts_with("SIP/2.0 482")).count();
    assert_eq!(merged, 1);
    let (called, _) = world.expect_ringing(1);
    assert!(!world.telephones[1].events.iter().any(|event| matches!(event, Event::Invited(_))), "one call, one ring");
    world.respond(1, called, 486);
    assert_eq!(world.expect_ended(0).0, EndCause::Refused(486));
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}
