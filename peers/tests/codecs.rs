//! Any codec that both sides share passes untouched, also one that the exchange cannot make itself.

use peers::{Almon, Baresip, Pair, Phone, Setup, Site, audio};
use std::time::Duration;

const G729: &str = "v=0\n      o=- 1 1 IN IP4 [media_ip]\n      s=-\n      c=IN IP4 [media_ip]\n      t=0 0\n      \
                    m=audio [media_port] RTP/AVP 18 96\n      a=rtpmap:18 G729/8000\n      a=fmtp:18 annexb=no\n      \
                    a=rtpmap:96 telephone-event/8000\n      a=ptime:20";

#[test]
fn g729_passes_untouched() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut pair = Pair::new(&site, Setup::default());
    let said = audio::speech(9, 4.0);
    let answer = pair.called("answer_with_codec").key("sdp", G729).start();
    let call = pair.caller("call_with_codec").key("sdp", G729).key("payload", "18").says(&said).hold(2000).run();
    answer.finish();
    let accepted = call.received(&["SIP/2.0 200 OK", "INVITE"])[0];
    assert!(accepted.contains("RTP/AVP 18") && accepted.contains("a=fmtp:18 annexb=no"), "{accepted}");
    pair.almon.wait_for_records(1);
    let (caller, called, exchange) = (pair.caller.v4(), pair.called.v4(), site.exchange().v4());
    let payloads = |filter: String| -> Vec<u8> {
        let packets = pair.almon.captured().rtp(&filter);
        assert!(packets.iter().all(|packet| packet.kind == 18));
        packets.into_iter().flat_map(|packet| packet.payload).collect()
    };
    let mut payloads = payloads;
    let sent = payloads(format!("ip.src == {caller}"));
    let relayed = payloads(format!("ip.src == {exchange} && ip.dst == {called}"));
    assert!(sent.len() > 1000 && sent == relayed, "{} bytes were sent and {} relayed", sent.len(), relayed.len());
    pair.almon.end();
}

#[test]
fn the_only_codec_of_the_caller_is_the_second_of_the_called_party() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (one, other) = (audio::speech(1, 20.0), audio::speech(2, 20.0));
    let (here, there) = (site.host(), site.host());
    let mut called = Baresip::start(&there, &Phone::new("1002", site.exchange(), &other).answering());
    let mut caller = Phone::new("1001", site.exchange(), &one);
    caller.codecs = "pcmu";
    let mut calling = Baresip::start(&here, &caller);
    calling.dial("1002");
    calling.event("CALL_ESTABLISHED");
    std::thread::sleep(Duration::from_millis(2500));
    calling.hang_up();
    called.event("CALL_CLOSED");
    assert!(called.log().contains("PCMU"), "{}", called.log());
    for (heard, said) in [(calling.heard(), called.said()), (called.heard(), calling.said())] {
        let found = audio::likeness(&said.concat(), &heard.concat());
        assert!(found.correlation > 0.95 && found.gain.abs() < 1.0 && found.seconds > 1.5, "{found:?}");
    }
    almon.wait_for_records(1);
    calling.quit();
    called.quit();
    almon.end();
}
