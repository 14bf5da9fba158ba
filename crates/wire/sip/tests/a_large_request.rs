//! A request above 1300 bytes goes over TCP, and as a datagram after all when there is no TCP (RFC 3261 section 18.1.1).

mod world;

use sip::Transport;
use sip::agent::{Command, EndCause, Invite, SessionId};
use sip::dialog::ExtraHeader;
use world::*;

fn large(world: &World) -> Command {
    let order = invite_order(1, world.nodes[1].address, Some(OFFER));
    Command::Invite(Box::new(Invite { headers: vec![ExtraHeader::new("Subject", "x".repeat(1500))], ..order }))
}

fn transports_of_invites(world: &World) -> Vec<String> {
    let invites = world.log.iter().filter(|(_, _, text)| text.starts_with("INVITE"));
    invites.map(|(_, _, text)| header(text, "Via").split(' ').next().unwrap_or_default().to_owned()).collect()
}

#[test]
fn it_goes_over_a_stream_and_the_call_stays_there() {
    let mut world = World::pair(1);
    let command = large(&world);
    world.command(0, command);
    let (called, request) = world.expect_invited(1);
    assert_eq!(request.top_via().unwrap().transport(), Some(Transport::Tcp));
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect_answered(0);
    world.expect_acknowledged(1);
    world.command(1, end(called));
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    assert_eq!(transports_of_invites(&world), ["SIP/2.0/TCP"]);
    world.assert_empty();
}

#[test]
fn without_a_stream_it_goes_as_a_datagram() {
    let mut world = World::pair(2);
    world.no_streams = true;
    let command = large(&world);
    world.command(0, command);
    let (called, request) = world.expect_invited(1);
    assert_eq!(request.top_via().unwrap().transport(), Some(Transport::Udp));
    assert!(request.contact().unwrap().uri().param("transport").is_none());
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect_answered(0);
    world.expect_acknowledged(1);
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    assert_eq!(transports_of_invites(&world), ["SIP/2.0/UDP"]);
    world.assert_empty();
}

#[test]
fn a_small_request_stays_a_datagram() {
    let mut world = World::pair(3);
    world.connect();
    assert_eq!(transports_of_invites(&world), ["SIP/2.0/UDP"]);
    world.command(0, end(SessionId(1)));
    world.assert_empty();
}
