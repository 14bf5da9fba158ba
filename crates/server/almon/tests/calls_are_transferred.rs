//! Transfers and redirections through every pure room, by what telephones really send: REFER, Replaces and 302.

mod world;

use ground::Reason;
use sip::HeaderName;
use sip::agent::{Answer, Command, EndCause, Event, Refer, RequestId, SessionId};
use sip::dialog::ExtraHeader;
use world::World;

/// 1001, 1002 and 1003 are registered.
fn three(seed: u64) -> World {
    let mut world = World::with_two_telephones(seed);
    let third = world.telephone("1003", "192.0.2.13:5060");
    world.register(third, 3600);
    world
}

fn refer(world: &mut World, telephone: usize, session: SessionId, to: Option<&str>, replaces: Option<SessionId>) {
    let refer_to = to.map(|number| format!("sip:{number}@192.0.2.1").into());
    let refer = Refer { session, request: RequestId(77), refer_to, replaces, headers: Vec::new() };
    world.command(telephone, Command::Refer(Box::new(refer)));
}

/// The last word on the REFER of a telephone.
fn told(world: &mut World, telephone: usize) -> u16 {
    world.expect(telephone, "the end of a transfer", |event| match event {
        Event::ReferProgress { status, done: true, .. } | Event::RequestDone { request: RequestId(77), status, .. } => {
            Some(*status)
        }
        _ => None,
    })
}

/// 1001 talks to 1002, then to 1003, who answers; the sessions of 1001, and those of the others.
fn consultation(world: &mut World) -> [SessionId; 4] {
    let (first, held) = world.connect();
    world.change(0, first, "sendonly");
    let second = world.call(0, "1003");
    let (consulted, _) = world.expect_ringing(2);
    world.respond(2, consulted, 180);
    world.respond(2, consulted, 200);
    world.expect_answered(0);
    world.run_seconds(1);
    [first, second, held, consulted]
}

/// Two hear each other and nobody else hears anything.
fn a_pair_talks(world: &World) {
    assert_eq!(world.hears.len(), 2, "{:?}", world.hears);
    for (leg, source) in &world.hears {
        assert!(world.hears.keys().any(|other| other != leg && *source == other.to_string()), "{:?}", world.hears);
    }
}

/// The names that the exchange asserted to a telephone within its calls.
fn shown(world: &World, telephone: usize) -> Vec<String> {
    let all = world.sent_to(telephone);
    all.iter()
        .filter_map(|text| text.lines().find_map(|line| line.strip_prefix("P-Asserted-Identity: ")))
        .map(str::to_owned)
        .collect()
}

#[test]
fn whoever_consulted_puts_the_two_others_together() {
    let mut world = three(1);
    let [first, second, held, _] = consultation(&mut world);
    refer(&mut world, 0, first, None, Some(second));
    assert_eq!(told(&mut world, 0), 200);
    world.run_seconds(3);
    a_pair_talks(&world);
    // Each is told who it talks to now.
    assert!(shown(&world, 1).last().is_some_and(|party| party.contains("sip:1003@")), "{:?}", shown(&world, 1));
    assert!(shown(&world, 2).last().is_some_and(|party| party.contains("sip:1002@")), "{:?}", shown(&world, 2));
    world.hang_up(0, first);
    world.hang_up(0, second);
    world.run_seconds(2);
    a_pair_talks(&world);
    world.hang_up(1, held);
    assert_eq!(world.expect_ended(2).0, EndCause::RemoteBye);
    world.assert_empty();
    let transferred = world.records.iter().filter(|record| record.reason == Reason::Transferred).count();
    assert_eq!((world.records.len(), transferred), (3, 2), "{:?}", world.records);
}

#[test]
fn a_party_is_sent_on_to_a_number() {
    let mut world = three(2);
    let (first, other) = world.connect();
    refer(&mut world, 0, first, Some("1003"), None);
    let (ringing, _) = world.expect_ringing(2);
    world.respond(2, ringing, 180);
    world.run_seconds(1);
    world.respond(2, ringing, 200);
    assert_eq!(told(&mut world, 0), 200);
    world.run_seconds(3);
    a_pair_talks(&world);
    world.hang_up(0, first);
    world.run_seconds(1);
    world.hang_up(2, ringing);
    world
        .expect(1, "the end", |event| matches!(event, Event::Ended { session, .. } if *session == other).then_some(()));
    world.assert_empty();
}

#[test]
fn a_number_that_is_busy_is_told_and_both_go_on_talking() {
    let mut world = three(3);
    let (first, other) = world.connect();
    for (number, answer, status) in [("1003", Some(486), 486), ("1999", None, 404)] {
        refer(&mut world, 0, first, Some(number), None);
        if let Some(answer) = answer {
            let (ringing, _) = world.expect_ringing(2);
            world.respond(2, ringing, answer);
        }
        assert_eq!(told(&mut world, 0), status, "{number}");
        world.run_seconds(1);
    }
    world.change(0, first, "sendrecv");
    world.run_seconds(1);
    a_pair_talks(&world);
    world.hang_up(1, other);
    world.assert_empty();
}

#[test]
fn a_telephone_that_is_called_names_another_number() {
    let mut world = three(4);
    let calling = world.call(0, "1002");
    let (called, _) = world.expect_ringing(1);
    let headers = vec![ExtraHeader::new("Contact", "<sip:1003@192.0.2.1>")];
    let answer = Answer { headers, ..Answer::status(302) };
    world.command(1, Command::Respond { session: called, answer });
    let (ringing, _) = world.expect_ringing(2);
    world.respond(2, ringing, 180);
    world.respond(2, ringing, 200);
    let ok = world.expect_answered(0);
    let connected = ok.header(HeaderName::PAssertedIdentity).map(String::from_utf8_lossy).unwrap_or_default();
    assert!(connected.contains("sip:1003@"), "{connected}");
    world.run_seconds(1);
    a_pair_talks(&world);
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
    assert_eq!(world.records[0].connected.unwrap().digits.as_str(), "1003");
}
