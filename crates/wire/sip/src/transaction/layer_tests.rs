//! The layer: matching, repeats, CANCEL, ACK, merged requests, limits, the way over a stream and back.

use super::key::tests::head;
use super::{Destination, Flow, Intervals, LayerOutput, Outgoing, RequestMatch, TransactionId, TransactionLayer};
use crate::message::Transport;
use bytes::Bytes;
use ground::{FlowId, Moment, NetworkId};
use std::time::Duration;

const INVITE: &[u8] =
    b"INVITE sip:bell@192.0.2.7 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
    From: <sip:a@b>;tag=1\r\nTo: <sip:bell@b>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\nContent-Length: 0\r\n\r\n";

fn way(transport: Transport) -> Destination {
    let connection = transport.is_reliable().then_some(FlowId(1));
    let peer = "192.0.2.7:5060".parse().unwrap();
    Destination::Flow(Flow { transport, listener: 0, local: None, peer, connection, network: NetworkId(1) })
}

fn layer(limit: usize) -> TransactionLayer {
    TransactionLayer::new(Intervals::default(), limit, 1)
}

fn sent(layer: &mut TransactionLayer) -> Vec<String> {
    let mut all = Vec::new();
    while let Some(output) = layer.poll() {
        match output {
            LayerOutput::Send { bytes, .. } => {
                all.push(String::from_utf8_lossy(&bytes).split(' ').take(2).collect::<Vec<_>>().join(" "));
            }
            other => all.push(format!("{other:?}")),
        }
    }
    all
}

fn outgoing(method: &'static str, bytes: &'static [u8], transport: Transport) -> Outgoing<'static> {
    Outgoing { method, branch: "z9hG4bK1", bytes: Bytes::from_static(bytes), to: way(transport), fallback: None }
}

fn run_to_the_end(layer: &mut TransactionLayer) {
    while let Some(next) = layer.next_timeout() {
        layer.handle_timeout(next);
        while layer.poll().is_some() {}
    }
    assert!(layer.is_empty(), "{:?}", layer.counts());
}

#[test]
fn a_response_is_matched_by_branch_and_method() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    let id = layer.send(now, outgoing("INVITE", INVITE, Transport::Udp));
    assert!(layer.receive_response(now, "z9hG4bK2", "INVITE", 180, "<x>").is_none());
    assert!(layer.receive_response(now, "z9hG4bK1", "BYE", 180, "<x>").is_none());
    let found = layer.receive_response(now, "z9hG4bK1", "INVITE", 180, "<x>").unwrap();
    assert_eq!(found.transaction, id);
    assert!(layer.is_proceeding(id));
    layer.receive_response(now, "z9hG4bK1", "INVITE", 200, "<x>;tag=1");
    run_to_the_end(&mut layer);
}

#[test]
fn a_failure_is_acknowledged_with_its_own_to_and_a_repeat_is_not_delivered() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    layer.send(now, outgoing("INVITE", INVITE, Transport::Udp));
    assert!(layer.receive_response(now, "z9hG4bK1", "INVITE", 486, "<sip:bell@b>;tag=9").is_some());
    assert!(layer.receive_response(now, "z9hG4bK1", "INVITE", 486, "<sip:bell@b>;tag=9").is_none());
    assert_eq!(sent(&mut layer), ["INVITE sip:bell@192.0.2.7", "ACK sip:bell@192.0.2.7", "ACK sip:bell@192.0.2.7"]);
    run_to_the_end(&mut layer);
}

#[test]
fn a_cancel_has_a_transaction_of_its_own_and_comes_too_late_after_a_final_response() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    let invite = layer.send(now, outgoing("INVITE", INVITE, Transport::Udp));
    layer.receive_response(now, "z9hG4bK1", "INVITE", 180, "<x>");
    let cancel = layer.cancel(now, invite, &[]).unwrap();
    assert_ne!(cancel, invite);
    let found = layer.receive_response(now, "z9hG4bK1", "CANCEL", 200, "<x>").unwrap();
    assert_eq!(found.transaction, cancel);
    layer.receive_response(now, "z9hG4bK1", "INVITE", 487, "<x>");
    assert_eq!(layer.cancel(now, invite, &[]), None);
    run_to_the_end(&mut layer);
}

#[test]
fn repeats_of_a_request_bring_the_last_response_and_no_second_transaction() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    let invite = head("INVITE", Some("z9hG4bK1"));
    let RequestMatch::New(id) = layer.receive_request(now, &invite, way(Transport::Udp)) else { panic!() };
    assert_eq!(layer.receive_request(now, &invite, way(Transport::Udp)), RequestMatch::Absorbed);
    assert!(sent(&mut layer).is_empty(), "nothing was said yet");
    layer.respond(now, id, 180, Bytes::from_static(b"SIP/2.0 180 Ringing"));
    layer.receive_request(now, &invite, way(Transport::Udp));
    assert_eq!(sent(&mut layer), ["SIP/2.0 180", "SIP/2.0 180"]);
    layer.respond(now, id, 486, Bytes::from_static(b"SIP/2.0 486 Busy"));
    let ack = head("ACK", Some("z9hG4bK1"));
    assert_eq!(layer.receive_request(now, &ack, way(Transport::Udp)), RequestMatch::Absorbed);
    assert!(!layer.respond(now, id, 200, Bytes::from_static(b"SIP/2.0 200 OK")), "the answer is out");
    run_to_the_end(&mut layer);
}

#[test]
fn the_ack_of_a_2xx_is_not_absorbed_whatever_its_branch() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    let RequestMatch::New(id) = layer.receive_request(now, &head("INVITE", Some("old")), way(Transport::Udp)) else {
        panic!()
    };
    layer.respond(now, id, 200, Bytes::from_static(b"SIP/2.0 200 OK"));
    let mut ack = head("ACK", Some("old"));
    ack.to_tag = "ours";
    assert_eq!(layer.receive_request(now, &ack, way(Transport::Udp)), RequestMatch::Ack);
    let other = head("ACK", Some("z9hG4bKother"));
    assert_eq!(layer.receive_request(now, &other, way(Transport::Udp)), RequestMatch::Ack);
    run_to_the_end(&mut layer);
}

#[test]
fn a_cancel_finds_its_invite() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    let cancel = head("CANCEL", Some("z9hG4bK1"));
    assert_eq!(layer.receive_request(now, &cancel, way(Transport::Udp)), RequestMatch::StrayCancel);
    let RequestMatch::New(id) = layer.receive_request(now, &head("INVITE", Some("z9hG4bK1")), way(Transport::Udp))
    else {
        panic!()
    };
    let RequestMatch::Cancel { cancel: own, invite } = layer.receive_request(now, &cancel, way(Transport::Udp)) else {
        panic!()
    };
    assert_eq!(invite, id);
    layer.respond(now, own, 200, Bytes::from_static(b"SIP/2.0 200 OK"));
    layer.respond(now, id, 487, Bytes::from_static(b"SIP/2.0 487 Terminated"));
    run_to_the_end(&mut layer);
}

#[test]
fn the_same_request_on_another_way_is_merged_and_a_full_table_says_so() {
    let mut layer = layer(2);
    let now = Moment::ZERO;
    assert!(matches!(
        layer.receive_request(now, &head("INVITE", Some("z9hG4bK1")), way(Transport::Udp)),
        RequestMatch::New(_)
    ));
    let other_way = head("INVITE", Some("z9hG4bK2"));
    assert_eq!(layer.receive_request(now, &other_way, way(Transport::Udp)), RequestMatch::Merged);
    let mut next = head("INVITE", Some("z9hG4bK3"));
    next.call_id = "c2";
    assert!(matches!(layer.receive_request(now, &next, way(Transport::Udp)), RequestMatch::New(_)));
    next.call_id = "c3";
    next.branch = Some("z9hG4bK4");
    assert_eq!(layer.receive_request(now, &next, way(Transport::Udp)), RequestMatch::Full);
    assert_eq!(layer.counts().servers, 2);
}

#[test]
fn a_stream_that_cannot_be_had_falls_back_to_a_datagram_once() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    let mut request = outgoing("INVITE", INVITE, Transport::Tcp);
    request.fallback = Some((way(Transport::Udp), Bytes::from_static(b"INVITE again-as-datagram SIP/2.0")));
    let id = layer.send(now, request);
    layer.transport_failed(now, id);
    assert_eq!(sent(&mut layer), ["INVITE sip:bell@192.0.2.7", "INVITE again-as-datagram"]);
    layer.handle_timeout(now + Duration::from_millis(500));
    assert_eq!(sent(&mut layer), ["INVITE again-as-datagram"], "timer A runs now");
    layer.transport_failed(now, id);
    assert_eq!(
        sent(&mut layer),
        [
            format!("{:?}", LayerOutput::TransportError(TransactionId(1))),
            format!("{:?}", LayerOutput::Gone(TransactionId(1)))
        ]
    );
    assert!(layer.is_empty());
}

#[test]
fn a_hundred_is_due_only_while_nothing_else_was_sent() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    for (branch, answered) in [("z9hG4bKa", false), ("z9hG4bKb", true)] {
        let mut invite = head("INVITE", Some(branch));
        invite.call_id = branch;
        let RequestMatch::New(id) = layer.receive_request(now, &invite, way(Transport::Udp)) else { panic!() };
        layer.schedule_trying(now, id, Duration::from_millis(200));
        if answered {
            layer.respond(now, id, 180, Bytes::from_static(b"SIP/2.0 180 Ringing"));
        }
        sent(&mut layer);
        layer.handle_timeout(now + Duration::from_millis(200));
        assert_eq!(sent(&mut layer).len(), usize::from(!answered));
        layer.respond(now, id, 200, Bytes::from_static(b"SIP/2.0 200 OK"));
    }
    run_to_the_end(&mut layer);
}

#[test]
fn a_response_whose_connection_is_gone_goes_over_a_new_one_to_sent_by() {
    let mut layer = layer(10);
    let now = Moment::ZERO;
    let invite = head("INVITE", Some("z9hG4bK1"));
    let RequestMatch::New(id) = layer.receive_request(now, &invite, way(Transport::Tcp)) else { panic!() };
    layer.respond(now, id, 486, Bytes::from_static(b"SIP/2.0 486 Busy"));
    sent(&mut layer);
    layer.transport_failed(now, id);
    let Some(LayerOutput::Send { to, bytes, .. }) = layer.poll() else { panic!() };
    assert_eq!((to.connection(), to.peer().port(), to.transport()), (None, 5060, Transport::Tcp));
    assert!(bytes.starts_with(b"SIP/2.0 486"));
    layer.transport_failed(now, id);
    assert_eq!(sent(&mut layer), [format!("{:?}", LayerOutput::TransportError(id))], "once only");
    run_to_the_end(&mut layer);
}
