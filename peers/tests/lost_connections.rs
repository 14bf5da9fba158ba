//! A telephone's TCP connection is gone: who calls it is told in time, and when it is back it is reached.

use peers::{Almon, Baresip, Phone, Sipp, Site, Transport, audio};
use std::time::{Duration, Instant};

#[test]
fn the_caller_is_told_in_time_and_the_telephone_is_reached_when_it_is_back() {
    let Some(site) = Site::with(&["sipp", "baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (server, caller, called) = (site.exchange().sip(5060), site.host(), site.host());
    let says = audio::silence(20.0);
    let phone = Phone::new("1002", site.exchange(), &says).over(Transport::Tcp).answering();
    let mut telephone = Baresip::start(&called, &phone);
    Sipp::register(&caller, server, "1001");
    telephone.kill();
    let started = Instant::now();
    let call = Sipp::new(&caller, "call_refused").towards(server).user("1001").dial("1002").key("status", "480");
    let told = call.option("-recv_timeout", "20000").start().outcome();
    assert!(started.elapsed() < Duration::from_secs(15), "told after {:?}", started.elapsed());
    // RFC 3261 section 21.5.4: 503 with Retry-After would keep the caller from this exchange, which is well.
    assert!(!told.messages.contains("SIP/2.0 503"), "the exchange calls itself unavailable: {}", told.messages);
    assert_eq!(told.ok, 1, "the called party is unavailable: {}", told.messages);
    let mut telephone = Baresip::start(&called, &phone);
    Sipp::new(&caller, "call").towards(server).user("1001").dial("1002").hold(500).run();
    telephone.event("CALL_CLOSED");
    telephone.quit();
    almon.end();
}
