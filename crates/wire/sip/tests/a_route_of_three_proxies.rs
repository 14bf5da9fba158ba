//! Record-Route of three proxies: every request inside the dialog takes them, on both sides; a strict router in front is obeyed;
//! a Contact that changes leaves the route alone (RFC 3261 sections 12.1, 12.2.1.1, 16.12).

mod world;

use sip::Transport;
use sip::agent::{Command, Event, RequestId, SessionId};
use world::*;

const FAR: &str = "203.0.113.9:5060";
const ROUTES: &str =
    "Record-Route: <sip:203.0.113.3;lr>, <sip:203.0.113.2;lr>\r\nRecord-Route: <sip:203.0.113.1;lr>\r\n";

fn routes(text: &str) -> Vec<String> {
    text.split("\r\n").filter_map(|line| line.strip_prefix("Route: ")).map(str::to_owned).collect()
}

#[test]
fn the_caller_reverses_it_for_every_request() {
    let mut world = World::empty(1);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.command(0, invite(1, address(FAR), Some(OFFER)));
    let sent = world.take_outside(FAR, "INVITE");
    let extra = format!("{ROUTES}Contact: <sip:bell@10.0.0.7:5062>\r\n");
    world.inject(FAR, 0, Transport::Udp, &answer_text(&sent, "200 OK", "t", &extra));
    world.expect_answered(0);
    let first = "203.0.113.1:5060";
    let ack = world.take_outside(first, "ACK sip:bell@10.0.0.7:5062 ");
    world.command(
        0,
        Command::InDialog {
            session: SessionId(1),
            request: RequestId(1),
            method: "INFO".into(),
            headers: Vec::new(),
            body: None,
        },
    );
    let info = world.take_outside(first, "INFO sip:bell@10.0.0.7:5062 ");
    world.inject(first, 0, Transport::Udp, &answer_text(&info, "200 OK", "", ""));
    world.command(0, change(SessionId(1)));
    let again = world.take_outside(first, "INVITE sip:bell@10.0.0.7:5062 ");
    let moved = "Record-Route: <sip:203.0.113.99;lr>\r\nContact: <sip:bell@10.0.0.8>\r\n";
    world.inject(first, 0, Transport::Udp, &answer_text(&again, "200 OK", "", moved));
    world.expect(0, "Changed", |event| matches!(event, Event::Changed { .. }).then_some(()));
    let second_ack = world.take_outside(first, "ACK sip:bell@10.0.0.8 ");
    world.command(0, end(SessionId(1)));
    let bye = world.take_outside(first, "BYE sip:bell@10.0.0.8 ");
    for text in [ack, info, again, second_ack, bye] {
        assert_eq!(routes(&text), ["<sip:203.0.113.1;lr>", "<sip:203.0.113.2;lr>", "<sip:203.0.113.3;lr>"]);
    }
    world.assert_empty();
}

#[test]
fn the_called_side_takes_it_as_it_stands_and_copies_it_into_its_answers() {
    let mut world = World::exchange(2);
    let trunk = "198.51.100.4:5060";
    let raw = |method: &'static str, to: &str| {
        Raw {
            method,
            uri: "sip:1002@192.0.2.1",
            via: &format!("SIP/2.0/UDP {trunk};branch=z9hG4bK{method}"),
            from: "<sip:bell@far.example.com>;tag=f",
            to,
            call_id: "c",
            sequence: 1,
            extra: "Record-Route: <sip:198.51.100.4;lr>, <sip:203.0.113.2;lr>\r\nContact: <sip:bell@10.1.1.1>\r\n",
            body: "",
        }
        .text()
    };
    world.inject(trunk, 0, Transport::Udp, &raw("INVITE", "<sip:1002@example.com>"));
    let (session, _) = world.expect_invited(0);
    world.command(0, respond(session, 180, None));
    world.command(0, respond(session, 200, Some(ANSWER)));
    for status in ["180", "200"] {
        let text = world.take_outside(trunk, &format!("SIP/2.0 {status}"));
        assert_eq!(header(&text, "Record-Route"), "<sip:198.51.100.4;lr>, <sip:203.0.113.2;lr>");
    }
    let to = format!("<sip:1002@example.com>;tag={}", tag(&world));
    world.inject(trunk, 0, Transport::Udp, &raw("ACK", &to));
    world.expect_acknowledged(0);
    world.command(0, end(session));
    let bye = world.take_outside(trunk, "BYE sip:bell@10.1.1.1 ");
    assert_eq!(routes(&bye), ["<sip:198.51.100.4;lr>", "<sip:203.0.113.2;lr>"]);
    world.assert_empty();
}

fn tag(world: &World) -> String {
    let answer = world.log.iter().find(|(_, _, text)| text.starts_with("SIP/2.0 200")).unwrap().2.clone();
    header(&answer, "To").split(";tag=").nth(1).unwrap().to_owned()
}

#[test]
fn a_strict_router_gets_its_own_uri() {
    let mut world = World::empty(3);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.command(0, invite(1, address(FAR), Some(OFFER)));
    let sent = world.take_outside(FAR, "INVITE");
    let extra = "Record-Route: <sip:203.0.113.2;lr>, <sip:203.0.113.1>\r\nContact: <sip:bell@10.0.0.7>\r\n";
    world.inject(FAR, 0, Transport::Udp, &answer_text(&sent, "200 OK", "t", extra));
    let ack = world.take_outside("203.0.113.1:5060", "ACK sip:203.0.113.1 ");
    assert_eq!(routes(&ack), ["<sip:203.0.113.2;lr>", "<sip:bell@10.0.0.7>"]);
    world.command(0, end(SessionId(1)));
    world.assert_empty();
}

#[test]
fn the_dialog_serialises_and_comes_back_the_same() {
    let mut world = World::pair(4);
    let (caller, called) = world.connect();
    for (node, session) in [(0, caller), (1, called)] {
        let dialog = world.nodes[node].agent.dialog(session).unwrap();
        let text = serde_json::to_string(dialog).unwrap();
        assert_eq!(*dialog, serde_json::from_str(&text).unwrap());
    }
    world.command(0, end(caller));
    world.assert_empty();
}
