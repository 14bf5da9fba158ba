//! The exchange behind a translator of addresses (NAT): it binds a private address and tells everybody the public one.

mod talk;
mod translator;

use peers::{Almon, Baresip, Capture, Phone, Setup, Site, Transport, audio};
use talk::{End, talk};
use translator::Translator;

/// The media range, which the translator forwards.
const MEDIA: &str = "20000-20399";

/// Two telephones on the public side call each other through an exchange of which they know the public address alone.
fn call_through(caller: Transport, called: Transport) {
    let Some(site) = Site::with(&["baresip", "nft"]) else { return };
    let translator = Translator::before_the_exchange(&site, MEDIA);
    let public = translator.far();
    let setup = Setup { media: MEDIA, advertise: vec!["198.51.100.1"], ..Setup::default() };
    assert_eq!(setup.advertise[0], public.to_string());
    let almon = Almon::start(&site, setup);
    almon.extension("1001");
    almon.extension("1002");
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    // These have no way to the network in which the exchange really is.
    let (here, there) = (translator.host(), translator.host());
    let mut captures = [&here, &there].map(|host| Capture::on(host, "cable"));
    let phone = |number, says, transport| {
        let mut phone = Phone::new(number, site.exchange(), says).answering().over(transport);
        phone.server = public;
        phone
    };
    let mut calling = Baresip::start(&here, &phone("1001", &one, caller));
    let mut answering = Baresip::start(&there, &phone("1002", &other, called));
    talk(&mut calling, &mut answering, "1002", End::Caller);
    talk(&mut answering, &mut calling, "1001", End::Caller);
    almon.wait_for_records(2);
    calling.quit();
    answering.quit();
    for capture in &mut captures {
        capture.stop();
        capture.judge(&[public]);
        shows_the_public_address_alone(capture, &site, &public.to_string());
    }
    almon.end();
}

fn shows_the_public_address_alone(capture: &Capture, site: &Site, public: &str) {
    let inner = site.exchange().v4().to_string();
    let telling = [inner.as_str(), &site.exchange().v6().to_string()]
        .map(|address| capture.fields(&format!("frame contains \"{address}\""), &["ip.src", "_ws.col.Info"]));
    assert!(telling.iter().all(Vec::is_empty), "a message tells the inner address: {telling:#?}");
    let addressed = capture.fields(&format!("ip.addr == {inner}"), &["ip.src", "ip.dst", "_ws.col.Info"]);
    assert!(addressed.is_empty(), "a packet carries the inner address: {addressed:#?}");
    let sent = |filter: &str, field: &str| {
        let rows = capture.fields(&format!("ip.src == {public} && {filter}"), &[field]);
        let mut found: Vec<String> = rows.into_iter().map(|mut row| row.remove(0)).collect();
        found.sort_unstable();
        found.dedup();
        found
    };
    assert_eq!(sent("sdp", "sdp.connection_info.address"), [public], "SDP");
    assert_eq!(sent("sip.Method", "sip.Via.sent-by.address"), [public], "Via");
    assert_eq!(sent("sip.Method == \"INVITE\"", "sip.contact.host"), [public], "Contact of an INVITE");
    assert_eq!(
        sent("sip.Status-Code == 200 && sip.CSeq.method == \"INVITE\"", "sip.contact.host"),
        [public],
        "and of its answer"
    );
    let media = capture.rtp(&format!("ip.src == {public}"));
    assert!(media.len() > 200, "only {} packets of media", media.len());
    assert!(media.iter().all(|packet| (20000..20400).contains(&packet.from.1)), "each from the port that SDP says");
}

#[test]
fn over_udp() {
    call_through(Transport::Udp, Transport::Udp);
}

#[test]
fn between_tcp_and_udp() {
    call_through(Transport::Tcp, Transport::Udp);
}
