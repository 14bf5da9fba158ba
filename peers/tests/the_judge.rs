//! The judge itself: tshark finds a packet that is wrong, and nothing where nothing is.

use peers::{Capture, Site};
use std::net::UdpSocket;

#[test]
fn a_packet_that_is_cut_short_is_found() {
    let Some(site) = Site::with(&[]) else { return };
    let (exchange, host) = (site.exchange(), site.host());
    let mut capture = Capture::start(exchange);
    let own = exchange.inside(|| UdpSocket::bind(exchange.sip(5060)).unwrap());
    let others = host.inside(|| UdpSocket::bind(host.sip(5060)).unwrap());
    let good = b"OPTIONS sip:192.0.2.11 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
        From: <sip:192.0.2.1>;tag=a\r\nTo: <sip:192.0.2.11>\r\nCall-ID: a\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n";
    own.send_to(good, host.sip(5060)).unwrap();
    // A name server's answer that ends after two bytes, from the other side and then from ours.
    others.send_to(&[0, 1], exchange.sip(53)).unwrap();
    own.send_to(&[0, 1], host.sip(53)).unwrap();
    capture.stop();
    assert_eq!(capture.count("sip"), 1, "the good one was captured");
    let faults = capture.faults(&[exchange.v4()]);
    assert_eq!(faults.len(), 1, "{faults:?}");
    assert!(std::panic::catch_unwind(|| capture.judge(&[exchange.v4()])).is_err());
}

#[test]
fn what_is_in_order_passes() {
    let Some(site) = Site::with(&[]) else { return };
    let (exchange, host) = (site.exchange(), site.host());
    let mut capture = Capture::start(exchange);
    let own = exchange.inside(|| UdpSocket::bind(exchange.sip(5060)).unwrap());
    own.send_to(b"\r\n\r\n", host.sip(5060)).unwrap();
    capture.stop();
    capture.judge(&[exchange.v4()]);
}
