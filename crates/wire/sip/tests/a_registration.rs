//! REGISTER with digest: challenge, success, refresh, list, unregister, expiry, wrong password, stale nonce, replay, foreign
//! account, unknown account (RFC 3261 sections 10 and 22, RFC 8760).

mod world;

use sip::agent::{Event, RequestId};
use sip::digest::Algorithm;
use sip::registrar::Gone;
use sip::{Message, Transport};
use std::time::Duration;
use world::*;

/// An exchange, and a telephone at 192.0.2.9.
fn office(seed: u64) -> World {
    let mut world = World::exchange(seed);
    world.add(config(9, address("192.0.2.9:5060")), "192.0.2.9:5060");
    world
}

fn register_at(
    world: &mut World,
    request: u64,
    user: &str,
    password: &str,
    contact: &str,
    series: (&str, u32),
) -> (u16, Option<Message>) {
    let to = udp(world.nodes[0].address);
    world.command(1, register(request, user, password, to, contact, Some(series)));
    world.expect(1, "RequestDone", |event| match event {
        Event::RequestDone { request: id, status, response } if *id == RequestId(request) => {
            Some((*status, response.clone()))
        }
        _ => None,
    })
}

const CONTACT: &str = "<sip:bell@192.0.2.9:5060>";

#[test]
fn a_telephone_registers_refreshes_and_leaves() {
    let mut world = office(1);
    let (status, response) = register_at(&mut world, 1, "bell", "secret-bell", CONTACT, ("series", 1));
    let response = response.unwrap();
    assert_eq!(status, 200);
    assert_eq!(response.contact().unwrap().expires(), Some(600));
    let challenge = world.log.iter().find(|(_, _, text)| text.starts_with("SIP/2.0 401")).unwrap().2.clone();
    let order: Vec<bool> = challenge
        .split("\r\n")
        .filter(|line| line.starts_with("WWW-Authenticate: "))
        .map(|line| line.contains(Algorithm::Sha256.as_str()))
        .collect();
    assert_eq!(order, [true, false], "one challenge an algorithm, in the network's order");
    world.expect(0, "Registered", |event| match event {
        Event::Registered { binding, new } => {
            assert!(*new && &*binding.name.aor == "bell");
            Some(())
        }
        _ => None,
    });
    assert_eq!(register_at(&mut world, 2, "bell", "secret-bell", CONTACT, ("series", 3)).0, 200);
    assert_eq!(world.nodes[0].agent.registrar().len(), 1);
    let (status, response) =
        register_at(&mut world, 3, "bell", "secret-bell", "<sip:bell@192.0.2.9:5060>;expires=0", ("series", 5));
    assert_eq!((status, response.unwrap().contacts().count()), (200, 0));
    world.expect(0, "Unregistered", |event| match event {
        Event::Unregistered { why, .. } => {
            assert_eq!(*why, Gone::Removed);
            Some(())
        }
        _ => None,
    });
    world.assert_empty();
}

#[test]
fn a_registration_that_is_not_refreshed_expires() {
    let mut world = office(2);
    assert_eq!(register_at(&mut world, 1, "bell", "secret-bell", CONTACT, ("s", 1)).0, 200);
    world.run(Duration::from_secs(601));
    let gone =
        world.nodes[0].events.iter().any(|event| matches!(event, Event::Unregistered { why: Gone::Expired, .. }));
    assert!(gone);
    world.assert_empty();
}

#[test]
fn a_wrong_password_and_an_unknown_account_get_the_same_answer() {
    let mut world = office(3);
    let mut answers = Vec::new();
    for (at, (user, password)) in [("bell", "wrong"), ("nobody", "wrong")].into_iter().enumerate() {
        let (status, response) = register_at(&mut world, at as u64, user, password, CONTACT, (user, 1));
        assert_eq!(status, 401);
        let names: Vec<String> = response.unwrap().header_lines().map(|line| line.name_text.to_owned()).collect();
        answers.push(names);
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(world.nodes[0].agent.counters().wrong_credentials, 2);
    assert_eq!(world.nodes[0].agent.tables().transactions.servers, 0, "nothing is stored for who has proved nothing");
    world.assert_empty();
}

#[test]
fn an_account_cannot_register_another() {
    let mut world = office(4);
    let to = udp(world.nodes[0].address);
    let sip::agent::Command::Request(mut order) = register(1, "bell", "secret-bell", to, CONTACT, None) else {
        panic!()
    };
    order.address.to = "<sip:erlang@example.com>".into();
    world.command(1, sip::agent::Command::Request(order));
    let status = world.expect(1, "RequestDone", |event| match event {
        Event::RequestDone { status, .. } => Some(*status),
        _ => None,
    });
    assert_eq!(status, 403);
    world.assert_empty();
}

/// The authorised REGISTER of a telephone, as it went over the wire.
fn authorised(world: &World) -> String {
    let found = world.log.iter().rev().find(|(_, _, t)| t.starts_with("REGISTER") && t.contains("Authorization"));
    found.unwrap().2.clone()
}

#[test]
fn a_replayed_registration_is_challenged_and_an_old_nonce_is_stale() {
    let mut world = office(5);
    assert_eq!(register_at(&mut world, 1, "bell", "secret-bell", CONTACT, ("s", 1)).0, 200);
    let text = authorised(&world);
    let branch = header(&text, "Via").split("branch=").nth(1).unwrap().split(';').next().unwrap().to_owned();
    let replay = text.replace(&branch, "z9hG4bKreplay").replace("CSeq: 2", "CSeq: 9").replace(":5060>", ":6666>");
    let replay = replay.replace("192.0.2.9:5060;branch", "192.0.2.9:7000;branch");
    world.inject("192.0.2.9:7000", 0, Transport::Udp, &replay);
    let answer = world.take_outside("192.0.2.9:7000", "SIP/2.0 401");
    assert!(header(&answer, "WWW-Authenticate").contains("stale=true"));
    assert_eq!(world.nodes[0].agent.counters().replays, 1);
    assert_eq!(world.nodes[0].agent.registrar().len(), 1);
    world.run(Duration::from_secs(400));
    world.inject("192.0.2.9:7000", 0, Transport::Udp, &replay.replace("z9hG4bKreplay", "z9hG4bKlater"));
    let answer = world.take_outside("192.0.2.9:7000", "SIP/2.0 401");
    assert!(header(&answer, "WWW-Authenticate").contains("stale=true"));
    world.assert_empty();
}

#[test]
fn a_stolen_nonce_is_of_no_use_from_another_address() {
    let mut world = office(6);
    assert_eq!(register_at(&mut world, 1, "bell", "secret-bell", CONTACT, ("s", 1)).0, 200);
    let text = authorised(&world).replace("branch=z9hG4bK", "branch=z9hG4bKx").replace("nc=00000001", "nc=00000002");
    world.inject("203.0.113.66:5060", 0, Transport::Udp, &text);
    world.take_outside("203.0.113.66:5060", "SIP/2.0 401");
    world.assert_empty();
}

#[test]
fn an_interval_that_is_too_brief_is_told_the_shortest() {
    let mut world = office(7);
    let (status, response) =
        register_at(&mut world, 1, "bell", "secret-bell", "<sip:bell@192.0.2.9>;expires=20", ("s", 1));
    assert_eq!((status, response.unwrap().min_expires().unwrap()), (423, Some(60)));
    world.assert_empty();
}

#[test]
fn registrations_survive_a_network_that_loses_repeats_and_reorders() {
    for seed in 0..20 {
        let mut world = office(seed);
        world.weather = Weather { loss: 250, repeat: 200, reorder: 300 };
        let mut status = 0;
        // A lost 401 of a challenge without state is brought by the repeat of the request.
        for attempt in 0..3 {
            status = register_at(&mut world, attempt, "bell", "secret-bell", CONTACT, ("s", 1 + 10 * attempt as u32)).0;
            if status == 200 {
                break;
            }
        }
        assert_eq!(status, 200, "seed {seed}");
        assert_eq!(world.nodes[0].agent.registrar().len(), 1);
        world.assert_empty();
    }
}
