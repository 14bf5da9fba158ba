//! Telephones behind a translator of addresses (NAT): what they say of themselves is of no use outside, so everything has to go
//! back to where their packets come from.

mod talk;
mod translator;

use peers::{Almon, Baresip, Capture, Certificates, Host, Phone, Setup, Site, Transport, audio};
use std::io::ErrorKind;
use std::net::{SocketAddr, UdpSocket};
use std::thread::sleep;
use std::time::Duration;
use talk::{End, arrived_last, talk};
use translator::Translator;

/// What the server is told: seconds between keep-alives. The least that it takes.
const KEEP_ALIVE: u32 = 5;
/// After how many seconds of silence the translator forgets.
const FORGETS: u32 = 10;
/// How many packets of media may leave before a telephone's own have arrived: a tenth of a second for each of two legs in each
/// of two calls.
const LED_ASTRAY: usize = 20;

fn site() -> Option<Site> {
    Site::with(&["baresip", "nft"])
}

/// A server whose machine sends what is meant for private addresses out to the site, where nobody takes it and the capture
/// sees it.
fn start<'a>(site: &'a Site, files: &Certificates) -> Almon<'a> {
    let setup = Setup { more: format!("[sip]\nkeep-alive = {KEEP_ALIVE}\n"), ..Setup::default() };
    let almon = Almon::start(site, setup.with_tls(files));
    // A bridge that takes the address of its newest port forgets its neighbours.
    site.exchange().ip("link set hub address 02:00:00:00:00:01\n\
         route add 10.7.0.0/24 dev hub\n\
         neigh add 10.7.0.21 lladdr 02:00:00:00:00:21 dev hub\n\
         neigh add 10.7.0.22 lladdr 02:00:00:00:00:22 dev hub\n");
    almon.extension("1001");
    almon.extension("1002");
    almon
}

fn phone<'a>(number: &'a str, site: &Site, says: &'a [i16], files: &'a Certificates) -> Phone<'a> {
    let mut phone = Phone::new(number, site.exchange(), says).answering();
    phone.certificates = Some(files);
    phone
}

/// Ends the telephones and the server. No message may have been sent to an address that only the far side of the translator
/// knows. Media may have been, but only until the telephone's own media had shown the way.
fn end(mut almon: Almon<'_>, phones: [Baresip; 2]) {
    phones.into_iter().for_each(|mut phone| phone.quit());
    let fields = ["frame.time_relative", "ip.dst", "udp.srcport", "_ws.col.Info"];
    let astray = almon.captured().fields("ip.dst == 10.0.0.0/8", &fields);
    let (media, messages): (Vec<_>, Vec<_>) = astray.into_iter().partition(|row| row[2].starts_with("20"));
    assert!(messages.is_empty(), "sent to a private address: {messages:#?}");
    assert!(media.len() <= LED_ASTRAY, "media sent to a private address: {media:#?}");
    almon.end();
}

#[test]
fn two_behind_one_translator_call_each_other() {
    let Some(site) = site() else { return };
    let files = Certificates::new(site.exchange(), site.folder());
    let almon = start(&site, &files);
    let translator = Translator::before_telephones(&site);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (translator.host_with_a_way_out(), translator.host_with_a_way_out());
    let mut first = Baresip::start(&here, &phone("1001", &site, &one, &files));
    let mut second = Baresip::start(&there, &phone("1002", &site, &other, &files));
    talk(&mut first, &mut second, "1002", End::Caller);
    talk(&mut second, &mut first, "1001", End::Called);
    almon.wait_for_records(2);
    end(almon, [first, second]);
}

#[test]
fn two_with_the_same_private_address_behind_two_translators() {
    let Some(site) = site() else { return };
    let files = Certificates::new(site.exchange(), site.folder());
    let almon = start(&site, &files);
    let translators = [Translator::before_telephones(&site), Translator::before_telephones(&site)];
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let [here, there] = translators.each_ref().map(Translator::host_with_a_way_out);
    assert_eq!(here.v4(), there.v4());
    let mut first = Baresip::start(&here, &phone("1001", &site, &one, &files));
    let mut second = Baresip::start(&there, &phone("1002", &site, &other, &files));
    talk(&mut first, &mut second, "1002", End::Called);
    talk(&mut second, &mut first, "1001", End::Caller);
    almon.wait_for_records(2);
    end(almon, [first, second]);
}

/// A telephone in the site calls one behind the translator and hangs up; then it is called and hangs up again: each BYE, as each
/// INVITE, ACK and response, must find the way in.
fn in_and_out(transport: Transport) {
    let Some(site) = site() else { return };
    let files = Certificates::new(site.exchange(), site.folder());
    let mut almon = start(&site, &files);
    let translator = Translator::before_telephones(&site);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (site.host(), translator.host_with_a_way_out());
    let mut open = Baresip::start(&here, &phone("1001", &site, &one, &files));
    let mut hidden = Baresip::start(&there, &phone("1002", &site, &other, &files).over(transport));
    talk(&mut open, &mut hidden, "1002", End::Caller);
    talk(&mut hidden, &mut open, "1001", End::Called);
    almon.wait_for_records(2);
    let (outside, hidden_port) = (translator.machine().v4(), 5060);
    let layer = if transport == Transport::Udp { "udp" } else { "tcp" };
    let capture = almon.captured();
    let towards = format!("ip.dst == {outside} && {layer}");
    assert!(capture.count(&towards) > 0);
    let untranslated = format!("{towards} && {layer}.dstport == {hidden_port} && !icmp");
    assert_eq!(capture.count(&untranslated), 0, "sent to the telephone's own port, which is another outside");
    let translated = capture.rtp(&format!("ip.dst == {outside}"));
    assert!(translated.len() > 200, "only {} packets of media for {outside}", translated.len());
    end(almon, [open, hidden]);
}

#[test]
fn in_and_out_over_udp() {
    in_and_out(Transport::Udp);
}

#[test]
fn in_and_out_over_tcp() {
    in_and_out(Transport::Tcp);
}

#[test]
fn in_and_out_over_tls() {
    in_and_out(Transport::Tls);
}

/// A conversation of datagrams through the translator that nobody keeps alive: the proof that it forgets.
struct Control {
    inside: UdpSocket,
    outside: UdpSocket,
    seen: SocketAddr,
}

impl Control {
    fn new(behind: &Host, exchange: &Host) -> Control {
        let bind = |host: &Host, port: u16| {
            host.inside(|| {
                let socket = UdpSocket::bind((host.v4(), port)).expect("a socket");
                socket.set_read_timeout(Some(Duration::from_secs(1))).expect("a time-out");
                socket
            })
        };
        let (inside, outside) = (bind(behind, 0), bind(exchange, 7));
        inside.send_to(b"there", outside.local_addr().expect("an address")).expect("a way");
        let (_, seen) = outside.recv_from(&mut [0; 8]).expect("the translator lets it out");
        outside.send_to(b"back", seen).expect("a way");
        assert_eq!(inside.recv(&mut [0; 8]).expect("the translator lets the answer in"), 4);
        Control { inside, outside, seen }
    }

    fn is_forgotten(&self) -> bool {
        self.outside.send_to(b"back", self.seen).expect("a way");
        self.inside.recv(&mut [0; 8]).is_err_and(|error| matches!(error.kind(), ErrorKind::WouldBlock))
    }
}

/// A telephone waits longer than its translator remembers; then it is called.
fn waits_for_a_call(restart: bool) {
    let Some(site) = site() else { return };
    let files = Certificates::new(site.exchange(), site.folder());
    let mut almon = start(&site, &files);
    let translator = Translator::before_telephones(&site);
    translator.forgets_after(FORGETS);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (site.host(), translator.host_with_a_way_out());
    let mut open = Baresip::start(&here, &phone("1001", &site, &one, &files));
    let mut hidden = Baresip::start(&there, &phone("1002", &site, &other, &files));
    if restart {
        almon.stop();
        almon.run();
        assert_eq!(almon.telephones("1002"), 1, "the registration is kept");
    }
    let control = Control::new(&there, site.exchange());
    sleep(Duration::from_secs((FORGETS + 5).into()));
    assert!(control.is_forgotten(), "the translator was to forget what nobody keeps alive");
    talk(&mut open, &mut hidden, "1002", End::Caller);
    assert_eq!(count_registrations(&hidden), 1, "it has not registered again meanwhile");
    almon.wait_for_records(1);
    // Nothing but two line ends, RFC 5626 section 4.4.1: eight octets of UDP header and four.
    let (exchange, outside) = (site.exchange().v4(), translator.machine().v4());
    let filter = format!("ip.src == {exchange} && udp.srcport == 5060 && udp.length == 12 && ip.dst == {outside}");
    let rows = almon.captured().fields(&filter, &["frame.time_epoch", "udp.dstport", "udp.payload"]);
    assert!(rows.iter().all(|row| row[2].replace(':', "") == "0d0a0d0a"), "{rows:?}");
    assert!(rows.iter().all(|row| row[1] == rows[0][1]), "all on one flow: {rows:?}");
    let times: Vec<f64> = rows.iter().map(|row| row[0].parse().expect("a time")).collect();
    let pauses: Vec<f64> = times.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let most = f64::from(KEEP_ALIVE) + 0.7;
    assert!(pauses.len() >= 2 && pauses.iter().all(|pause| *pause <= most), "pauses between keep-alives: {pauses:?}");
    end(almon, [open, hidden]);
}

fn count_registrations(phone: &Baresip) -> usize {
    phone.log().matches(" 200 OK (").count()
}

#[test]
fn keep_alives_hold_the_way_open() {
    waits_for_a_call(false);
}

#[test]
fn keep_alives_go_on_after_a_restart() {
    waits_for_a_call(true);
}

/// One of them holds the other for longer than the translator remembers the way of its media: after that its media comes from
/// another port, and must be learned again.
fn held_longer_than_the_translator_remembers(by_the_hidden: bool) {
    let Some(site) = site() else { return };
    let files = Certificates::new(site.exchange(), site.folder());
    let almon = start(&site, &files);
    let translator = Translator::before_telephones(&site);
    translator.forgets_after(FORGETS);
    let (one, other) = (audio::speech(1, 40.0), audio::speech(2, 40.0));
    let (here, there) = (site.host(), translator.host_with_a_way_out());
    let mut open = Baresip::start(&here, &phone("1001", &site, &one, &files));
    let mut hidden = Baresip::start(&there, &phone("1002", &site, &other, &files));
    let mut captures = [&here, &there].map(|host| Capture::on(host, "cable"));
    open.dial("1002");
    open.event("CALL_ESTABLISHED");
    hidden.event("CALL_ESTABLISHED");
    sleep(Duration::from_secs(2));
    let holder = if by_the_hidden { &mut hidden } else { &mut open };
    holder.command("hold", "");
    sleep(Duration::from_secs((FORGETS + 3).into()));
    holder.command("resume", "");
    sleep(Duration::from_secs(4));
    open.hang_up();
    hidden.event("CALL_CLOSED");
    for capture in &mut captures {
        capture.stop();
    }
    arrived_last("the telephone in the site", &captures[0], &here, &other);
    arrived_last("the telephone behind the translator", &captures[1], &there, &one);
    almon.wait_for_records(1);
    end(almon, [open, hidden]);
}

#[test]
fn holds_longer_than_its_translator_remembers() {
    held_longer_than_the_translator_remembers(true);
}

#[test]
fn is_held_longer_than_its_translator_remembers() {
    held_longer_than_the_translator_remembers(false);
}
