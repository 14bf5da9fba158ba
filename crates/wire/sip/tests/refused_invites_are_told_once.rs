//! INVITEs that never become a call: the owner gets the INVITE of who is proved, once (RFC 3261 sections 8.2.2 and 8.2.7).

mod world;

use ground::TrunkId;
use sip::Transport;
use sip::agent::{Event, Peer};
use std::time::Duration;
use world::*;

fn invite_text(branch: &str, lines: &str) -> String {
    Raw {
        method: "INVITE",
        uri: "sip:bell@192.0.2.1",
        via: &format!("SIP/2.0/UDP 198.51.100.4:5060;branch=z9hG4bK{branch};rport"),
        from: "<sip:shannon@example.com>;tag=s",
        to: "<sip:bell@example.com>",
        call_id: "refused",
        sequence: 1,
        extra: &format!("Contact: <sip:shannon@198.51.100.4:5060>\r\n{lines}"),
        body: "",
    }
    .text()
}

/// The statuses of refusals and the peers whose INVITEs were handed over.
fn refusals(world: &mut World) -> Vec<(u16, Option<Peer>)> {
    let events = std::mem::take(&mut world.nodes[0].events);
    let told = |event| match event {
        Event::Refused { status, refused, .. } => Some((status, refused.map(|refused| refused.peer))),
        _ => None,
    };
    events.into_iter().filter_map(told).collect()
}

#[test]
fn a_trunk_is_told_of_once_and_a_stranger_never() {
    let mut world = World::exchange(1);
    for _ in 0..3 {
        world.inject("198.51.100.4:5060", 0, Transport::Udp, &invite_text("a", "Require: odd\r\n"));
        world.run_millis(500);
    }
    let trunk = Some(Peer::Trunk(TrunkId(7)));
    assert_eq!(refusals(&mut world), [(420, trunk.clone())]);
    assert_eq!(world.nodes[0].agent.tables().recent, 1);
    world.inject("203.0.113.9:5060", 0, Transport::Udp, &invite_text("b", "Require: odd\r\n"));
    world.run_millis(100);
    assert_eq!(refusals(&mut world), [(420, None)]);
    assert_eq!(world.nodes[0].agent.tables().recent, 1, "strangers leave nothing");
    world.run(Duration::from_secs(33));
    assert_eq!(world.nodes[0].agent.tables().recent, 0);
    world.assert_empty();
}

#[test]
fn a_merged_invite_is_none_and_a_dead_replacement_is_one() {
    let mut world = World::exchange(2);
    world.inject("198.51.100.4:5060", 0, Transport::Udp, &invite_text("a", ""));
    world.inject("198.51.100.4:5060", 0, Transport::Udp, &invite_text("b", ""));
    let (session, _) = world.expect_invited(0);
    world.run_millis(50);
    assert_eq!(refusals(&mut world), [(482, None)]);
    world.command(0, end(session));
    let text = invite_text("c", "Replaces: x;to-tag=a;from-tag=b\r\n").replace("refused", "other");
    for _ in 0..2 {
        world.inject("198.51.100.4:5060", 0, Transport::Udp, &text);
        world.run_millis(50);
    }
    assert_eq!(refusals(&mut world), [(481, Some(Peer::Trunk(TrunkId(7))))]);
    let answer = world.take_outside("198.51.100.4:5060", "SIP/2.0 481");
    assert!(header(&answer, "Reason").starts_with("Q.850"));
    world.assert_empty();
}
