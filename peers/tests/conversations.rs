//! Two telephones call one another and hear what the other says: the recordings are compared with what was said.

use peers::{Almon, Baresip, Certificates, Host, Linphone, Phone, Setup, Site, Transport, audio};
use std::thread::sleep;
use std::time::Duration;

/// How long they talk.
const TALK: Duration = Duration::from_millis(3000);
/// How much of it must have been compared, in seconds.
const COMPARED: f64 = 2.0;

/// What one end of a conversation is.
#[derive(Clone, Copy)]
struct End {
    transport: Transport,
    v6: bool,
}

const UDP: End = End { transport: Transport::Udp, v6: false };
const TCP: End = End { transport: Transport::Tcp, v6: false };
const TLS: End = End { transport: Transport::Tls, v6: false };

impl End {
    const fn on_v6(mut self) -> End {
        self.v6 = true;
        self
    }

    fn phone<'a>(self, number: &'a str, exchange: &Host, says: &'a [i16], files: &'a Certificates) -> Phone<'a> {
        let mut phone = Phone::new(number, exchange, says).over(self.transport);
        phone.certificates = Some(files);
        if self.v6 {
            phone.server = exchange.v6();
        }
        phone
    }

    /// A host with an address of this family only.
    fn host(self, site: &Site) -> Host {
        let host = site.host();
        let other = if self.v6 { format!("{}/24", host.v4()) } else { format!("{}/64", host.v6()) };
        host.ip(&format!("address del {other} dev cable\n"));
        host
    }
}

/// Checks that what `heard` holds is what `said` was, as loud, and nothing of what the listener said itself.
fn assert_heard(who: &str, heard: &[i16], said: &[i16], own: &[i16]) {
    let found = audio::likeness(said, heard);
    eprintln!("{who} heard {found:.3?}");
    assert!(found.correlation >= 0.9, "{who} heard something else: {found:?}");
    assert!(found.gain.abs() <= 1.5, "{who} heard it at another level: {found:?}");
    assert!(found.seconds >= COMPARED, "{who} heard too little: {found:?}");
    let echo = audio::likeness(own, heard);
    assert!(echo.correlation < 0.5, "{who} hears its own voice: {echo:?}");
}

fn converse(caller: End, callee: End) {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let files = Certificates::new(site.exchange(), site.folder());
    let mut almon = Almon::start(&site, Setup::default().with_tls(&files));
    almon.extension("1001");
    almon.extension("1002");
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (caller.host(&site), callee.host(&site));
    let mut called = Baresip::start(&there, &callee.phone("1002", site.exchange(), &other, &files).answering());
    let mut calling = Baresip::start(&here, &caller.phone("1001", site.exchange(), &one, &files));
    calling.dial("1002");
    calling.event("CALL_ESTABLISHED");
    called.event("CALL_ESTABLISHED");
    sleep(TALK);
    assert_eq!(almon.calls().len(), 1);
    calling.hang_up();
    called.event("CALL_CLOSED");
    assert_heard("the caller", &calling.heard().concat(), &called.said().concat(), &calling.said().concat());
    assert_heard("the called party", &called.heard().concat(), &calling.said().concat(), &called.said().concat());
    let record = &almon.wait_for_records(1)[0];
    assert_eq!(record["outcome"], "answered", "{record:#}");
    calling.quit();
    called.quit();
    assert_media(&mut almon, &site);
    almon.end();
}

/// What Almon relayed: marked as the network wants it, each stream one source without gaps.
fn assert_media(almon: &mut Almon<'_>, site: &Site) {
    let (v4, v6) = (site.exchange().v4(), site.exchange().v6());
    let sent = almon.captured().rtp(&format!("ip.src == {v4} || ipv6.src == {v6}"));
    assert!(sent.len() > 200, "only {} packets were relayed", sent.len());
    assert!(sent.iter().all(|packet| packet.dscp == 46), "media is marked EF");
    let mut targets: Vec<_> = sent.iter().map(|packet| packet.to).collect();
    targets.sort_unstable();
    targets.dedup();
    for target in targets {
        let stream: Vec<_> = sent.iter().filter(|packet| packet.to == target).collect();
        assert!(stream.windows(2).all(|pair| pair[0].ssrc == pair[1].ssrc), "one source towards {target:?}");
        let gap = stream.windows(2).find(|pair| pair[1].sequence != pair[0].sequence + 1);
        assert!(gap.is_none(), "a gap towards {target:?}: {gap:?}");
        let step = stream.windows(2).find(|pair| pair[1].timestamp != pair[0].timestamp + 160);
        assert!(step.is_none(), "another step than 20 ms towards {target:?}: {step:?}");
    }
}

#[test]
fn over_udp() {
    converse(UDP, UDP);
}

#[test]
fn over_tcp() {
    converse(TCP, TCP);
}

#[test]
fn over_tls() {
    converse(TLS, TLS);
}

#[test]
fn over_ipv6() {
    converse(UDP.on_v6(), UDP.on_v6());
}

#[test]
fn from_ipv4_to_ipv6() {
    converse(UDP, UDP.on_v6());
}

#[test]
fn from_ipv6_over_tls_to_ipv4_over_tcp() {
    converse(TLS.on_v6(), TCP);
}

#[test]
fn baresip_calls_linphone() {
    let Some(site) = Site::with(&["baresip", "linphonec"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (site.host(), site.host());
    let mut called = Linphone::start(&there, site.exchange(), "1002", Transport::Udp, &other);
    let mut calling = Baresip::start(&here, &Phone::new("1001", site.exchange(), &one));
    calling.dial("1002");
    called.told("Receiving new incoming call");
    calling.event("CALL_RINGING");
    called.say("answer");
    calling.event("CALL_ESTABLISHED");
    sleep(TALK + Duration::from_millis(500));
    calling.hang_up();
    called.told(" ended ");
    let said = calling.said().concat();
    calling.quit();
    assert_heard("baresip", &calling.heard().concat(), &other, &said);
    assert_heard("linphone", &called.heard(), &said, &other);
    almon.wait_for_records(1);
    almon.end();
}

#[test]
fn linphone_calls_baresip_over_tcp() {
    let Some(site) = Site::with(&["baresip", "linphonec"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (site.host(), site.host());
    let mut called = Baresip::start(&there, &Phone::new("1002", site.exchange(), &other).answering());
    let mut calling = Linphone::start(&here, site.exchange(), "1001", Transport::Tcp, &one);
    calling.say("call 1002");
    called.event("CALL_ESTABLISHED");
    sleep(TALK + Duration::from_millis(500));
    called.hang_up();
    calling.told(" ended ");
    assert_heard("baresip", &called.heard().concat(), &one, &called.said().concat());
    assert_heard("linphone", &calling.heard(), &called.said().concat(), &one);
    almon.wait_for_records(1);
    called.quit();
    almon.end();
}
