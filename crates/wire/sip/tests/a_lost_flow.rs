//! A connection is lost: it is told, the call stays, its requests wait for the telephone to register again, within a bound
//! (RFC 5626 section 4; RFC 3261 section 18.4).

mod world;

use sip::Transport;
use sip::agent::{Command, EndCause, Event, Input, RequestId, SessionId};
use sip::dialog::BindingName;
use sip::transaction::Destination;
use std::time::Duration;
use world::*;

/// An exchange with a telephone registered over TCP and a call of that telephone, connected. The telephone's side is written by
/// hand, so that its connection can go away. Gives the session on the exchange.
fn telephone_calls(world: &mut World) -> SessionId {
    let to = Destination::Address { transport: Transport::Tcp, network: NETWORK, address: world.nodes[0].address };
    world.command(
        1,
        register(
            1,
            "bell",
            "secret-bell",
            to,
            "<sip:bell@192.0.2.9:5060;transport=tcp>;+sip.instance=\"<urn:uuid:7>\"",
            None,
        ),
    );
    world.expect(1, "RequestDone", |event| matches!(event, Event::RequestDone { status: 200, .. }).then_some(()));
    let mut order = invite_order(1, world.nodes[0].address, Some(OFFER));
    order.to = to;
    order.pinned = true;
    order.address.from = "<sip:bell@example.com>".into();
    order.address.contact_user = "bell".into();
    world.command(1, Command::Invite(Box::new(order)));
    let (session, _) = world.expect_invited(0);
    world.command(0, respond(session, 200, Some(ANSWER)));
    world.expect_answered(1);
    world.expect_acknowledged(0);
    session
}

fn office() -> World {
    let mut world = World::exchange(1);
    world.add(config(9, address("192.0.2.9:5060")), "192.0.2.9:5060");
    world
}

fn lose_the_connection(world: &mut World) {
    let (exchange, telephone) = (world.nodes[0].address, world.nodes[1].address);
    let connection = world.connection(exchange, telephone);
    world.input(0, Input::FlowClosed { connection });
    let (bindings, sessions) = world.expect(0, "FlowLost", |event| match event {
        Event::FlowLost { bindings, sessions, .. } => Some((bindings.clone(), sessions.clone())),
        _ => None,
    });
    assert_eq!(bindings, [BindingName { aor: "bell".into(), key: "urn:uuid:7;0".into() }]);
    assert_eq!(sessions.len(), 1);
}

#[test]
fn a_request_waits_for_the_telephone_to_register_again() {
    let mut world = office();
    let session = telephone_calls(&mut world);
    lose_the_connection(&mut world);
    let info =
        Command::InDialog { session, request: RequestId(8), method: "OPTIONS".into(), headers: Vec::new(), body: None };
    world.command(0, info);
    world.run(Duration::from_secs(5));
    assert_eq!(world.count_on_wire("OPTIONS"), 0);
    assert_eq!(world.nodes[0].agent.tables().waiting, 1);
    let to = Destination::Address { transport: Transport::Tcp, network: NETWORK, address: world.nodes[0].address };
    world.command(
        1,
        register(
            2,
            "bell",
            "secret-bell",
            to,
            "<sip:bell@192.0.2.9:5060;transport=tcp>;+sip.instance=\"<urn:uuid:7>\"",
            None,
        ),
    );
    let status = world.expect(0, "RequestDone", |event| match event {
        Event::RequestDone { request: RequestId(8), status, .. } => Some(*status),
        _ => None,
    });
    assert_eq!(status, 200);
    world.command(0, end(session));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    let (exchange, telephone) = (world.nodes[0].address, world.nodes[1].address);
    let connection = world.connection(exchange, telephone);
    world.run(Duration::from_secs(60));
    world.input(0, Input::FlowClosed { connection });
    world.assert_empty();
}

#[test]
fn a_telephone_that_does_not_come_back_ends_the_call_within_the_bound() {
    let mut world = office();
    let session = telephone_calls(&mut world);
    lose_the_connection(&mut world);
    world.command(0, end(session));
    let before = world.now.moment;
    assert_eq!(world.expect_ended(0), EndCause::Ordered);
    assert!(world.now.moment.since(before) <= Duration::from_secs(33));
    world.command(1, end(SessionId(1)));
    world.assert_empty();
}

#[test]
fn a_2xx_that_owes_repeats_goes_on_over_another_flow() {
    let mut world = office();
    let to = Destination::Address { transport: Transport::Tcp, network: NETWORK, address: world.nodes[0].address };
    let mut order = invite_order(1, world.nodes[0].address, Some(OFFER));
    order.to = to;
    order.credentials = Some(credentials("bell", "secret-bell"));
    world.command(1, Command::Invite(Box::new(order)));
    let (session, _) = world.expect_invited(0);
    world.filter = Some(Box::new(|_, _, text| text.starts_with("SIP/2.0 200")));
    world.command(0, respond(session, 200, Some(ANSWER)));
    let (exchange, telephone) = (world.nodes[0].address, world.nodes[1].address);
    let connection = world.connection(exchange, telephone);
    world.input(0, Input::FlowClosed { connection });
    world.filter = None;
    world.expect_answered(1);
    world.expect_acknowledged(0);
    world.command(1, end(SessionId(1)));
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    world.assert_empty();
}

#[test]
fn a_ping_on_a_stream_is_answered_and_a_datagram_is_not() {
    let mut world = office();
    for (transport, answers) in [(Transport::Tcp, 1), (Transport::Udp, 0)] {
        world.outside.clear();
        let flow = world.flow(0, address("203.0.113.5:9"), transport);
        world.input(0, Input::Ping { flow });
        world.run_millis(50);
        assert_eq!(world.outside.len(), answers);
        assert!(world.outside.iter().all(|message| message.text == "\r\n"));
    }
    world.assert_empty();
}
