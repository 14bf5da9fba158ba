//! The exchange behind a translator of addresses (NAT): it binds a private address and tells everybody the public one.

mod talk;
mod translator;

use peers::{Almon, Baresip, Capture, Phone, Setup, Site, Transport, audio};
use talk::{End, talk};
use translator::Translator;

/// The media range, which the translator forwards.
const MEDIA: &str = "20000-20399";

/// Two telephones on the public side call each other through an exchange of which they know the public address alone. It listens
/// on these addresses, or on those of its machine when there are none.
fn call_through(addresses: Vec<&'static str>, caller: Transport, called: Transport) {
    let Some(site) = Site::with(&["baresip", "nft"]) else { return };
    let translator = Translator::before_the_exchange(&site, site.exchange().v4(), MEDIA);
    let public = translator.far();
    let setup = Setup { media: MEDIA, addresses, advertise: vec!["198.51.100.1"], ..Setup::default() };
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

/// In everything but the reports of telephones (RTCP), which pass untouched: the name that baresip gives itself there has the
/// address of its registrar.
fn shows_the_public_address_alone(capture: &Capture, site: &Site, public: &str) {
    let inner = site.exchange().v4().to_string();
    let telling = [inner.as_str(), &site.exchange().v6().to_string()]
        .map(|address| capture.fields(&format!("frame contains \"{address}\" && !rtcp"), &["ip.src", "_ws.col.Info"]));
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
    call_through(vec![], Transport::Udp, Transport::Udp);
}

#[test]
fn between_tcp_and_udp_when_it_listens_on_every_address() {
    call_through(vec!["0.0.0.0"], Transport::Tcp, Transport::Udp);
}

/// Telephones on both sides of the translator: the exchange has an address for each side, in a network of its own.
#[test]
fn telephones_inside_and_outside_call_each_other() {
    let Some(site) = Site::with(&["baresip", "nft"]) else { return };
    // In a network of its own, so that nothing inside is within its reach by accident.
    site.exchange().ip("address add 192.0.2.2/24 dev hub\n");
    let translator = Translator::before_the_exchange(&site, "192.0.2.2".parse().expect("an address"), MEDIA);
    let public = translator.far();
    let more = format!(
        "[[network]]\nname = \"outside\"\naddresses = [\"192.0.2.2\"]\nadvertise = [\"{public}\"]\ndigest = [\"MD5\"]\n"
    );
    let mut almon = Almon::start(&site, Setup { media: MEDIA, more, ..Setup::default() });
    almon.extension("1001");
    almon.extension("1002");
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (site.host(), translator.host());
    let mut capture = Capture::on(&there, "cable");
    let mut inside = Baresip::start(&here, &Phone::new("1001", site.exchange(), &one).answering());
    let mut phone = Phone::new("1002", site.exchange(), &other).answering();
    phone.server = public;
    let mut outside = Baresip::start(&there, &phone);
    talk(&mut inside, &mut outside, "1002", End::Called);
    talk(&mut outside, &mut inside, "1001", End::Called);
    almon.wait_for_records(2);
    inside.quit();
    outside.quit();
    capture.stop();
    shows_the_public_address_alone(&capture, &site, &public.to_string());
    let told = almon.captured().count(&format!("ip.dst == {} && frame contains \"{public}\" && !rtcp", here.v4()));
    assert_eq!(told, 0, "the telephone inside is told the public address");
    almon.end();
}
