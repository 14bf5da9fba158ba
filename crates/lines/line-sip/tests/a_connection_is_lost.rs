//! Telephones on stream connections that break: nobody is called on a connection that is gone, a call waits for its telephone to
//! come back for a bounded time, and whoever comes back is called again.

mod support;
use support::*;

use exchange::{OfferTarget, Order, Party, Report, TerminalId};
use ground::{DeviceId, FlowId, Reason};
use line_sip::Input;
use sip::transaction::Flow;
use sip::{Transport, agent};

fn connection(id: u64, port: u16) -> Flow {
    let peer = std::net::SocketAddr::new(address(PHONE).ip(), port);
    Flow { transport: Transport::Tcp, connection: Some(FlowId(id)), peer, ..flow(PHONE) }
}

/// The telephone of 1001 registers over a connection; its terminal.
fn register(world: &mut World, over: Flow, sequence: u32) -> TerminalId {
    let from = over.peer;
    let text = format!(
        "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/TCP {from};branch=z9hG4bKr{sequence}\r\n\
         From: <sip:1001@192.0.2.1>;tag=r\r\nTo: <sip:1001@192.0.2.1>\r\nCall-ID: r\r\nCSeq: {sequence} REGISTER\r\n\
         Contact: <sip:bell@{0}:5070;transport=tcp>;expires=600\r\nContent-Length: 0\r\n\r\n",
        from.ip()
    );
    world.receive_on(over, &text);
    world.reachable.last().unwrap().terminals[0].id
}

fn offer(world: &mut World, terminal: TerminalId) -> ground::ConnectionId {
    let target = OfferTarget::Terminal { device: DeviceId(1), terminal };
    world.offer_to(target, Party::default(), Some(&sdp(20_000, "8", "")))
}

#[test]
fn who_has_no_connection_is_absent_until_it_comes_back() {
    let mut world = World::new();
    let terminal = register(&mut world, connection(1, 40_000), 1);
    world.wire();
    world.input(Input::Wire(agent::Input::FlowClosed { connection: FlowId(1) }));
    offer(&mut world, terminal);
    assert_eq!(world.reported(), [Report::Cleared(Reason::SubscriberAbsent)]);
    assert_eq!(world.wire(), Vec::<String>::new());
    let terminal = register(&mut world, connection(2, 40_001), 2);
    let connection = offer(&mut world, terminal);
    assert!(world.sent("INVITE ").contains("Via: SIP/2.0/TCP"));
    world.order(connection, Order::Clear(Reason::NormalClearing));
    world.over();
}

#[test]
fn the_end_of_a_call_waits_for_the_telephone_to_come_back() {
    for comes_back in [true, false] {
        let mut world = World::new();
        let terminal = register(&mut world, connection(1, 40_000), 1);
        world.wire();
        let call = offer(&mut world, terminal);
        let invite = world.sent("INVITE ");
        world.receive_on(connection(1, 40_000), &response(&invite, "200 OK", "a", &sdp(4000, "8", "")));
        world.reported();
        world.wire();
        world.input(Input::Wire(agent::Input::FlowClosed { connection: FlowId(1) }));
        assert_eq!(world.reported(), [], "nothing ends for a connection alone");
        world.order(call, Order::Clear(Reason::NormalClearing));
        assert_eq!(world.wire(), Vec::<String>::new());
        if comes_back {
            register(&mut world, connection(2, 40_001), 2);
            assert_eq!(world.sent.last().unwrap().0.port(), 40_001);
            let bye = world.sent("BYE ");
            assert!(header(&bye, "Reason").unwrap().starts_with("Q.850;cause=16;"));
            world.receive_on(connection(2, 40_001), &response(&bye, "200 OK", "a", ""));
            assert_eq!(world.reported(), [Report::Cleared(Reason::NormalClearing)]);
            world.over();
            continue;
        }
        world.pass(80);
        assert_eq!(world.reported(), [Report::Cleared(Reason::NormalClearing)], "the wait has a bound");
        world.over();
    }
}

#[test]
fn a_message_that_could_not_be_delivered_clears_the_offer() {
    let mut world = World::new();
    let connection = world.offer_to(OfferTarget::Trunk(ground::TrunkId(2)), Party::default(), None);
    assert!(world.sent("INVITE ").contains("SIP/2.0/TLS"));
    let failed = world.failed.pop().expect("a send that is followed");
    world.input(failed);
    assert_eq!(world.reported(), [Report::Cleared(Reason::TransportFailure)]);
    world.order(connection, Order::Clear(Reason::TransportFailure));
    world.over();
}
