//! An exchange in two networks between which nothing is routed, and one between telephones of IPv4 and IPv6: each telephone
//! sees the addresses of its own network alone, and every packet is marked as the network wants it.

mod talk;

use peers::{Almon, Baresip, Capture, Host, Phone, Setup, Site, Transport, audio};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use talk::{End, talk};

/// The exchange in the second network, and its bridge there.
const SECOND: (Ipv4Addr, Ipv6Addr) = (Ipv4Addr::new(198, 51, 100, 1), Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, 1));
const BRIDGE: &str = "second";

/// DSCP of signalling (AF43) and of media (EF).
const SIGNALLING: &str = "38";
const MEDIA: u8 = 46;

fn lay_second(site: &Site) -> Host {
    let (v4, v6) = SECOND;
    site.exchange().ip(&format!(
        "link add {BRIDGE} type bridge stp_state 0 forward_delay 0\nlink set {BRIDGE} up\n\
         address add {v4}/24 dev {BRIDGE}\naddress add {v6}/64 dev {BRIDGE} nodad\n"
    ));
    let far = |last: u16| (Ipv4Addr::new(198, 51, 100, 21), Ipv6Addr::new(0x2001, 0xdb8, 2, 0, 0, 0, 0, last));
    let (v4, v6) = far(0x21);
    site.host_elsewhere(site.exchange(), BRIDGE, v4, v6)
}

/// What must not be told there: the addresses of the other network, in any packet. The reports of telephones (RTCP) pass
/// untouched, and the name that baresip gives itself there has the address of its registrar.
fn tells_nothing_of(capture: &Capture, others: &[IpAddr]) {
    for other in others {
        let family = if other.is_ipv4() { "ip" } else { "ipv6" };
        let filter = format!("(frame contains \"{other}\" && !rtcp) || {family}.addr == {other}");
        let rows = capture.fields(&filter, &["ip.src", "ipv6.src", "_ws.col.Info"]);
        assert!(rows.is_empty(), "{other} is told in the other network: {rows:#?}");
    }
}

fn between_networks(v6_in_the_second: bool) {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let there = lay_second(&site);
    let (v4, v6) = SECOND;
    let more = format!("[[network]]\nname = \"second\"\naddresses = [\"{v4}\", \"{v6}\"]\ndigest = [\"MD5\"]\n");
    let mut almon = Almon::start(&site, Setup { more, ..Setup::default() });
    almon.extension("1001");
    almon.extension("1002");
    let mut capture = Capture::on(site.exchange(), BRIDGE);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let here = site.host();
    let mut first = Baresip::start(&here, &Phone::new("1001", site.exchange(), &one).answering());
    let mut phone = Phone::new("1002", site.exchange(), &other).answering();
    phone.server = if v6_in_the_second { v6.into() } else { v4.into() };
    let mut second = Baresip::start(&there, &phone);
    talk(&mut first, &mut second, "1002", End::Called);
    talk(&mut second, &mut first, "1001", End::Called);
    almon.wait_for_records(2);
    first.quit();
    second.quit();
    capture.stop();
    capture.judge(&[v4.into(), v6.into()]);
    tells_nothing_of(&capture, &[site.exchange().v4(), site.exchange().v6(), here.v4(), here.v6()]);
    tells_nothing_of(almon.captured(), &[v4.into(), v6.into(), there.v4(), there.v6()]);
    for (capture, own) in [(&capture, phone.server), (almon.captured(), site.exchange().v4())] {
        let media = capture.rtp(&format!("{} == {own}", if own.is_ipv4() { "ip.src" } else { "ipv6.src" }));
        assert!(media.len() > 200, "only {} packets of media from {own}", media.len());
    }
    almon.end();
}

#[test]
fn telephones_of_two_networks_call_each_other() {
    between_networks(false);
}

#[test]
fn telephones_of_two_networks_and_two_address_families() {
    between_networks(true);
}

/// A host with an address of one family only.
fn host_of(site: &Site, v6: bool) -> Host {
    let host = site.host();
    let other = if v6 { format!("{}/24", host.v4()) } else { format!("{}/64", host.v6()) };
    host.ip(&format!("address del {other} dev cable\n"));
    host
}

/// One telephone that has IPv6 alone and one that has IPv4 alone, each calling the other.
fn between_families(v6: Transport, v4: Transport) {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (host_of(&site, true), host_of(&site, false));
    let mut phone = Phone::new("1001", site.exchange(), &one).answering().over(v6);
    phone.server = site.exchange().v6();
    let mut first = Baresip::start(&here, &phone);
    let mut second = Baresip::start(&there, &Phone::new("1002", site.exchange(), &other).answering().over(v4));
    talk(&mut first, &mut second, "1002", End::Caller);
    talk(&mut second, &mut first, "1001", End::Caller);
    almon.wait_for_records(2);
    first.quit();
    second.quit();
    let (own_v4, own_v6) = (site.exchange().v4(), site.exchange().v6());
    let capture = almon.captured();
    marked(capture, &format!("ipv6.src == {own_v6}"), "ipv6.tclass.dscp", v6);
    marked(capture, &format!("ip.src == {own_v4}"), "ip.dsfield.dscp", v4);
    // In a message to one family nothing of the other is told: neither the exchange's addresses nor the telephone's.
    for (to, others) in [
        (format!("ipv6.dst == {}", here.v6()), [own_v4, there.v4()]),
        (format!("ip.dst == {}", there.v4()), [own_v6, here.v6()]),
    ] {
        for other in others {
            let rows = capture.fields(&format!("{to} && sip && frame contains \"{other}\""), &["_ws.col.Info"]);
            assert!(rows.is_empty(), "{other} is told to the other family: {rows:#?}");
        }
    }
    almon.end();
}

/// Every packet from there bears its mark: signalling on this transport one, RTP and RTCP the other.
fn marked(capture: &Capture, from: &str, field: &str, transport: Transport) {
    let port = if transport == Transport::Udp { "udp.srcport == 5060" } else { "tcp.srcport == 5060" };
    let signalling = capture.fields(&format!("{from} && {port}"), &[field, "_ws.col.Info"]);
    assert!(signalling.len() >= 10, "only {} packets of signalling", signalling.len());
    let others: Vec<_> = signalling.iter().filter(|row| row[0] != SIGNALLING).collect();
    assert!(others.is_empty(), "signalling with another mark, {from}: {others:#?}");
    let media = capture.rtp(from);
    assert!(media.len() > 200, "only {} packets of media", media.len());
    assert!(media.iter().all(|packet| packet.dscp == MEDIA), "media with another mark, {from}");
    let ports = "udp.srcport >= 20000 && udp.srcport <= 20399";
    let all = capture.fields(&format!("{from} && {ports} && !icmp && !icmpv6"), &[field, "_ws.col.Info"]);
    let others: Vec<_> = all.iter().filter(|row| row[0] != MEDIA.to_string()).collect();
    assert!(others.is_empty(), "RTCP with another mark, {from}: {others:#?}");
}

#[test]
fn ipv6_and_ipv4_call_each_other_over_udp() {
    between_families(Transport::Udp, Transport::Udp);
}

#[test]
fn ipv6_and_ipv4_call_each_other_over_tcp() {
    between_families(Transport::Tcp, Transport::Tcp);
}
