//! An INVITE that a proxy forked: early dialogs by To tag, the first 2xx wins, a later one is acknowledged and ended with BYE,
//! also when the call is over (RFC 3261 sections 12.1.2, 13.2.2.4; RFC 6026).

mod world;

use sip::Transport;
use sip::agent::{EndCause, Event, SessionId};
use world::*;

const PROXY: &str = "203.0.113.9:5060";

fn two_forks_ring(world: &mut World) -> String {
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    world.command(0, invite(1, address(PROXY), Some(OFFER)));
    let sent = world.take_outside(PROXY, "INVITE");
    for tag in ["red", "blue"] {
        let contact = format!("Contact: <sip:{tag}@203.0.113.{}:5060>\r\n", tag.len());
        world.inject(PROXY, 0, Transport::Udp, &answer_text(&sent, "180 Ringing", tag, &contact));
        let fork = world.expect(0, "Provisional", |event| match event {
            Event::Provisional { fork, .. } => Some(fork.clone()),
            _ => None,
        });
        assert_eq!(&*fork, tag);
    }
    sent
}

#[test]
fn the_first_2xx_wins_and_a_late_one_is_ended() {
    let mut world = World::empty(1);
    let sent = two_forks_ring(&mut world);
    let red = answer_text(&sent, "200 OK", "red", "Contact: <sip:red@203.0.113.3:5060>\r\n");
    let blue = answer_text(&sent, "200 OK", "blue", "Contact: <sip:blue@203.0.113.4:5060>\r\n");
    world.inject(PROXY, 0, Transport::Udp, &red);
    world.expect_answered(0);
    let ack = world.take_outside("203.0.113.3:5060", "ACK sip:red@203.0.113.3:5060");
    assert_eq!(header(&ack, "CSeq"), "1 ACK");
    world.inject(PROXY, 0, Transport::Udp, &blue);
    let ack = world.take_outside("203.0.113.4:5060", "ACK sip:blue@203.0.113.4:5060");
    assert!(header(&ack, "To").ends_with(";tag=blue"));
    let bye = world.take_outside("203.0.113.4:5060", "BYE sip:blue@203.0.113.4:5060");
    assert_eq!(header(&bye, "CSeq"), "2 BYE");
    world.inject("203.0.113.4:5060", 0, Transport::Udp, &answer_text(&bye, "200 OK", "", ""));
    // The 2xx of both come again: each gets its own ACK again and no second BYE.
    world.outside.clear();
    world.inject(PROXY, 0, Transport::Udp, &blue);
    world.inject(PROXY, 0, Transport::Udp, &red);
    world.take_outside("203.0.113.4:5060", "ACK");
    world.take_outside("203.0.113.3:5060", "ACK");
    assert!(world.outside.is_empty());
    world.command(0, end(SessionId(1)));
    let bye = world.take_outside("203.0.113.3:5060", "BYE");
    world.inject("203.0.113.3:5060", 0, Transport::Udp, &answer_text(&bye, "200 OK", "", ""));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    world.assert_empty();
}

#[test]
fn a_late_2xx_after_the_call_ended_leaves_no_ghost() {
    let mut world = World::empty(2);
    let sent = two_forks_ring(&mut world);
    world.inject(
        PROXY,
        0,
        Transport::Udp,
        &answer_text(&sent, "200 OK", "red", "Contact: <sip:red@203.0.113.3:5060>\r\n"),
    );
    world.expect_answered(0);
    world.command(0, end(SessionId(1)));
    let bye = world.take_outside("203.0.113.3:5060", "BYE");
    world.inject("203.0.113.3:5060", 0, Transport::Udp, &answer_text(&bye, "200 OK", "", ""));
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    world.inject(
        PROXY,
        0,
        Transport::Udp,
        &answer_text(&sent, "200 OK", "blue", "Contact: <sip:blue@203.0.113.4:5060>\r\n"),
    );
    world.take_outside("203.0.113.4:5060", "ACK");
    world.take_outside("203.0.113.4:5060", "BYE");
    world.assert_empty();
}

#[test]
fn a_flood_of_forks_is_bounded() {
    let mut world = World::empty(3);
    let sent = two_forks_ring(&mut world);
    for at in 0..100 {
        let text = answer_text(&sent, "180 Ringing", &format!("t{at}"), "Contact: <sip:x@203.0.113.9>\r\n");
        world.inject(PROXY, 0, Transport::Udp, &text);
    }
    world.run_millis(500);
    let heard = world.nodes[0].events.len();
    assert_eq!(heard, 14, "16 early dialogs at most, two of which were there");
    assert_eq!(world.nodes[0].agent.counters().forks, 86);
    world.command(0, end(SessionId(1)));
    world.assert_empty();
}
