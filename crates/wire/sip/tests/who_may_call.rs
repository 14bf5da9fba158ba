//! Who stands behind an INVITE: a registered telephone's flow, digest, a trunk's address, or nobody (RFC 3261 section 22).

mod world;

use ground::TrunkId;
use sip::Transport;
use sip::agent::{EndCause, Event, Peer, SessionId};
use world::*;

fn raw(from: &str, source: &str, branch: &str) -> String {
    Raw {
        method: "INVITE",
        uri: "sip:1002@example.com",
        via: &format!("SIP/2.0/UDP {source};branch=z9hG4bK{branch};rport"),
        from: &format!("<sip:{from}@example.com>;tag={branch}"),
        to: "<sip:1002@example.com>",
        call_id: branch,
        sequence: 1,
        extra: &format!("Contact: <sip:{from}@{source}>\r\n"),
        body: "",
    }
    .text()
}

fn peer(world: &mut World) -> (SessionId, Peer) {
    world.expect(0, "Invited", |event| match event {
        Event::Invited(invited) => Some((invited.session, invited.peer.clone())),
        _ => None,
    })
}

#[test]
fn a_trunk_is_not_challenged_and_everybody_else_is() {
    let mut world = World::exchange(1);
    world.inject("198.51.100.4:5060", 0, Transport::Udp, &raw("anyone", "198.51.100.4:5060", "t"));
    let (session, who) = peer(&mut world);
    assert_eq!(who, Peer::Trunk(TrunkId(7)));
    world.command(0, end(session));
    world.inject("203.0.113.4:5060", 0, Transport::Udp, &raw("bell", "203.0.113.4:5060", "s"));
    world.take_outside("203.0.113.4:5060", "SIP/2.0 401");
    assert_eq!(world.nodes[0].agent.tables().transactions.servers, 1, "only the trunk's");
    world.inject("198.51.100.4:5060", 0, Transport::Udp, &raw("x", "198.51.100.4:5060", "t").replace("INVITE", "ACK"));
    world.assert_empty();
}

#[test]
fn a_call_with_credentials_comes_from_the_account_whatever_from_says() {
    let mut world = World::exchange(2);
    world.add(config(9, address("192.0.2.9:5060")), "192.0.2.9:5060");
    let mut order = invite_order(1, world.nodes[0].address, Some(OFFER));
    order.address.from = "\"Erlang\" <sip:erlang@example.com>".into();
    order.credentials = Some(credentials("bell", "secret-bell"));
    world.command(1, sip::agent::Command::Invite(Box::new(order)));
    let (session, who) = peer(&mut world);
    assert_eq!(who, Peer::Account("bell".into()));
    let second = world.log.iter().filter(|(_, _, text)| text.starts_with("INVITE")).nth(1).unwrap().2.clone();
    assert_eq!(header(&second, "CSeq"), "2 INVITE");
    world.command(0, end(session));
    assert_eq!(world.expect_ended(1), EndCause::Refused(486));
    world.assert_empty();
}

#[test]
fn wrong_credentials_are_tried_once() {
    let mut world = World::exchange(3);
    world.add(config(9, address("192.0.2.9:5060")), "192.0.2.9:5060");
    let mut order = invite_order(1, world.nodes[0].address, Some(OFFER));
    order.credentials = Some(credentials("bell", "wrong"));
    world.command(1, sip::agent::Command::Invite(Box::new(order)));
    assert_eq!(world.expect_ended(1), EndCause::Refused(401));
    assert_eq!((world.count_on_wire("INVITE"), world.count_on_wire("SIP/2.0 401")), (2, 2));
    world.assert_empty();
}

#[test]
fn a_registered_telephone_calls_without_a_challenge_and_only_as_itself() {
    let mut world = World::exchange(4);
    world.add(config(9, address("192.0.2.9:5060")), "192.0.2.9:5060");
    let to = udp(world.nodes[0].address);
    world.command(1, register(1, "bell", "secret-bell", to, "<sip:bell@192.0.2.9:5060>", None));
    world.expect(1, "RequestDone", |event| matches!(event, Event::RequestDone { status: 200, .. }).then_some(()));
    let mut order = invite_order(1, world.nodes[0].address, Some(OFFER));
    order.address.from = "<sip:bell@example.com>".into();
    order.address.contact_user = "bell".into();
    world.command(1, sip::agent::Command::Invite(Box::new(order.clone())));
    let binding = world.expect(0, "Invited", |event| match event {
        Event::Invited(invited) => {
            assert_eq!(invited.peer, Peer::Account("bell".into()));
            Some(invited.binding.clone())
        }
        _ => None,
    });
    assert_eq!(binding.map(|name| name.aor), Some("bell".into()));
    assert_eq!(world.count_on_wire("SIP/2.0 401"), 1, "only the REGISTER was challenged");
    world.command(1, end(SessionId(1)));
    world.expect_ended(0);
    order.session = SessionId(2);
    order.address.from = "<sip:erlang@example.com>".into();
    world.command(1, sip::agent::Command::Invite(Box::new(order)));
    assert_eq!(
        world.expect(1, "Refused", |event| match event {
            Event::Ended { session: SessionId(2), cause, .. } => Some(*cause),
            _ => None,
        }),
        EndCause::Refused(401)
    );
    world.assert_empty();
}

#[test]
fn a_flood_of_strangers_costs_no_memory_and_is_held_to_a_rate() {
    let mut world = World::exchange(5);
    for at in 0..2000 {
        world.inject("203.0.113.4:5060", 0, Transport::Udp, &raw("bell", "203.0.113.4:5060", &format!("b{at}")));
    }
    world.run_millis(100);
    let answers = world.outside.len();
    assert!((500..600).contains(&answers), "{answers} answers");
    assert!(world.nodes[0].agent.tables().is_empty());
    assert_eq!(world.nodes[0].agent.counters().rate_limited as usize, 2000 - answers);
    world.assert_empty();
}

#[test]
fn options_is_answered_without_state_and_strange_things_as_the_standards_say() {
    let mut world = World::exchange(6);
    let ask = |method: &str, extra: &str, to: &str| {
        let branch = format!("z9hG4bK{method}{}", extra.len());
        Raw {
            method,
            uri: "sip:example.com",
            via: &format!("SIP/2.0/UDP 203.0.113.4:5060;branch={branch};rport"),
            from: "<sip:a@example.com>;tag=1",
            to,
            call_id: "c",
            sequence: 1,
            extra: &format!("Contact: <sip:a@203.0.113.4>\r\n{extra}"),
            body: "",
        }
        .text()
    };
    for (method, extra, to, status) in [
        ("OPTIONS", "", "<sip:example.com>", "200"),
        ("INVITE", "Require: 100rel\r\n", "<sip:example.com>", "420"),
        ("INVITE", "", "<sip:example.com>;tag=none", "481"),
        ("BYE", "", "<sip:example.com>;tag=none", "481"),
        ("INFO", "", "<sip:example.com>", "481"),
        ("NOTIFY", "Event: presence\r\nSubscription-State: active\r\n", "<sip:example.com>", "481"),
        ("SUBSCRIBE", "Event: presence\r\n", "<sip:example.com>", "405"),
        ("MESSAGE", "", "<sip:example.com>", "405"),
        ("PUBLISH", "Event: presence\r\n", "<sip:example.com>", "405"),
        ("BREAKFAST", "", "<sip:example.com>", "501"),
    ] {
        world.inject("203.0.113.4:5060", 0, Transport::Udp, &ask(method, extra, to));
        world.take_outside("203.0.113.4:5060", &format!("SIP/2.0 {status}"));
    }
    let bad = world.log.iter().find(|(_, _, text)| text.starts_with("SIP/2.0 420")).unwrap();
    assert_eq!(header(&bad.2, "Unsupported"), "100rel");
    world.inject(
        "203.0.113.4:5060",
        0,
        Transport::Udp,
        "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP 203.0.113.4\r\n\r\n",
    );
    world.take_outside("203.0.113.4:5060", "SIP/2.0 400");
    let banners = world.log.iter().any(|(from, _, text)| {
        from.ip() == world.nodes[0].address.ip() && (text.contains("\r\nServer:") || text.contains("\r\nUser-Agent:"))
    });
    assert!(!banners, "no message says what we are");
    assert!(world.nodes[0].agent.is_empty());
}
