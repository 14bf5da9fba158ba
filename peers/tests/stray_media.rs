//! Media that nobody asked for: packets from strangers at the exchange's media ports reach no telephone, take no call over and
//! are answered by nothing.

mod talk;
mod translator;

use peers::{Almon, Baresip, Host, Phone, Setup, Site, audio};
use std::net::{IpAddr, SocketAddr, UdpSocket};
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::thread::{self, sleep};
use std::time::Duration;
use talk::{End, talk_meanwhile};
use translator::Translator;

/// The media range: small, because every port in it is tried.
const MEDIA: &str = "20000-20199";
/// What the stranger's packets bear as their source's identifier.
const SSRC: u32 = 0xBAD0_57A4;
/// The pause between two rounds over all ports.
const PAUSE: Duration = Duration::from_millis(40);

/// A machine that sends RTP to every media port of the exchange until it is stopped.
struct Stranger<'a> {
    host: &'a Host,
    exchange: IpAddr,
    /// It sends RTCP too.
    rtcp: bool,
    wanted: AtomicBool,
    rounds: AtomicUsize,
}

impl<'a> Stranger<'a> {
    fn new(host: &'a Host, exchange: &Host) -> Stranger<'a> {
        let (wanted, rounds) = (AtomicBool::new(true), AtomicUsize::new(0));
        Stranger { host, exchange: exchange.v4(), rtcp: true, wanted, rounds }
    }

    fn without_rtcp(mut self) -> Stranger<'a> {
        self.rtcp = false;
        self
    }

    /// Sends a loud tone in A-law, so that a telephone that hears any of it tells, and RTCP beside it.
    fn sends(&self) {
        let socket = self.host.inside(|| UdpSocket::bind((self.host.v4(), 4000)).expect("a socket"));
        socket.set_nonblocking(true).expect("a socket that does not wait");
        let sound = audio::alaw_encode(&audio::tone(1000.0, -6.0, 0.02));
        let mut sequence = 0_u16;
        while self.wanted.load(Ordering::Relaxed) {
            let mut packet = vec![0x80, 8];
            packet.extend(sequence.to_be_bytes());
            packet.extend((u32::from(sequence) * 160).to_be_bytes());
            packet.extend(SSRC.to_be_bytes());
            packet.extend(&sound);
            // An empty receiver report, RFC 3550 section 6.4.2.
            let report = [&[0x80, 201, 0, 1][..], &SSRC.to_be_bytes()].concat();
            for port in (20000..20200).filter(|port| self.rtcp || port % 2 == 0) {
                let bytes = if port % 2 == 0 { &packet } else { &report };
                // A port that is not open is told by an error at the next one.
                let _ = socket.send_to(bytes, SocketAddr::new(self.exchange, port));
            }
            sequence = sequence.wrapping_add(1);
            self.rounds.fetch_add(1, Ordering::Relaxed);
            sleep(PAUSE);
        }
        let heard = socket.recv(&mut [0; 2048]).ok();
        assert_eq!(heard, None, "the stranger was sent something");
    }

    fn stop(&self) {
        self.wanted.store(false, Ordering::Relaxed);
    }
}

/// Stops a stranger also when the test fails.
struct Stop<'a, 'b>(&'a Stranger<'b>);

impl Drop for Stop<'_, '_> {
    fn drop(&mut self) {
        self.0.stop();
    }
}

/// A call during which strangers send: those `before` begin before it is dialled, those `during` when it is established.
fn call_among<'s>(site: &Site, [here, there]: [&Host; 2], before: &[&'s Stranger<'s>], during: &[&'s Stranger<'s>]) {
    let mut almon = Almon::start(site, Setup { media: MEDIA, ..Setup::default() });
    almon.extension("1001");
    almon.extension("1002");
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let mut calling = Baresip::start(here, &Phone::new("1001", site.exchange(), &one));
    let mut called = Baresip::start(there, &Phone::new("1002", site.exchange(), &other).answering());
    thread::scope(|scope| {
        let stops: Vec<Stop<'_, '_>> = before.iter().chain(during).map(|stranger| Stop(stranger)).collect();
        for stranger in before {
            scope.spawn(|| stranger.sends());
        }
        if !before.is_empty() {
            sleep(PAUSE * 5);
        }
        talk_meanwhile(&mut calling, &mut called, "1002", End::Caller, || {
            // The sound of both has long arrived then.
            sleep(Duration::from_secs(1));
            for stranger in during {
                scope.spawn(|| stranger.sends());
            }
        });
        drop(stops);
    });
    for stranger in before.iter().chain(during) {
        let rounds = stranger.rounds.load(Ordering::Relaxed);
        assert!(rounds > 20, "the stranger sent only {rounds} rounds");
    }
    almon.wait_for_records(1);
    calling.quit();
    called.quit();
    let own = site.exchange().v4();
    let capture = almon.captured();
    let arrived = capture.rtp(&format!("ip.dst == {own} && rtp.ssrc == {SSRC}")).len();
    assert!(arrived > 1000, "only {arrived} packets of the stranger arrived");
    let passed = capture.rtp(&format!("ip.src == {own} && rtp.ssrc == {SSRC}"));
    assert!(passed.is_empty(), "{} packets of the stranger were passed on: {:?}", passed.len(), passed.first());
    // A closed port is told by ICMP, which quotes what came.
    let bytes = SSRC.to_be_bytes().map(|byte| format!("{byte:02x}")).join(":");
    let any = capture.count(&format!("ip.src == {own} && udp.srcport >= 20000 && !icmp && udp contains {bytes}"));
    assert_eq!(any, 0, "packets that tell of the stranger, RTCP included");
    almon.end();
}

#[test]
fn from_a_third_machine_before_and_during_a_call() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let [here, there, third] = [(); 3].map(|()| site.host());
    let stranger = Stranger::new(&third, site.exchange());
    call_among(&site, [&here, &there], &[&stranger], &[]);
}

#[test]
fn while_the_source_of_a_telephone_behind_a_translator_is_learned() {
    let Some(site) = Site::with(&["baresip", "nft"]) else { return };
    let translator = Translator::before_telephones(&site);
    let (here, there, third) = (site.host(), translator.host_with_a_way_out(), site.host());
    let stranger = Stranger::new(&third, site.exchange());
    call_among(&site, [&here, &there], &[&stranger], &[]);
}

#[test]
fn from_behind_the_same_translator_after_the_source_was_learned() {
    let Some(site) = Site::with(&["baresip", "nft"]) else { return };
    let translator = Translator::before_telephones(&site);
    let [here, there, third] = [(); 3].map(|()| translator.host_with_a_way_out());
    // The source of RTCP is learned apart, and baresip's first report may be seconds away.
    let stranger = Stranger::new(&third, site.exchange()).without_rtcp();
    call_among(&site, [&here, &there], &[], &[&stranger]);
}
