//! Numbers that the exchange answers itself: echo, music, and a voice that says that a number is not in use.

use peers::{Almon, Baresip, Phone, Sipp, Site, audio};
use std::thread::sleep;
use std::time::Duration;

#[test]
fn the_echo_gives_back_what_was_said() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    almon.tell(&["service", "add", "600", "echo"]);
    let (says, host) = (audio::speech(1, 20.0), site.host());
    let mut telephone = Baresip::start(&host, &Phone::new("1001", site.exchange(), &says));
    telephone.dial("600");
    telephone.event("CALL_ESTABLISHED");
    sleep(Duration::from_secs(3));
    telephone.hang_up();
    telephone.event("CALL_CLOSED");
    let found = audio::likeness(&telephone.said().concat(), &telephone.heard().concat());
    assert!(found.correlation > 0.95 && found.gain.abs() < 1.0 && found.seconds > 2.0, "{found:?}");
    let record = &almon.wait_for_records(1)[0];
    assert_eq!(record["outcome"], "answered", "{record:#}");
    telephone.quit();
    almon.end();
}

#[test]
fn music_plays() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    almon.tell(&["service", "add", "601", "music"]);
    let (says, host) = (audio::silence(20.0), site.host());
    let mut telephone = Baresip::start(&host, &Phone::new("1001", site.exchange(), &says));
    telephone.dial("601");
    telephone.event("CALL_ESTABLISHED");
    sleep(Duration::from_secs(3));
    telephone.hang_up();
    telephone.event("CALL_CLOSED");
    let heard = telephone.heard().concat();
    assert!(heard.len() > 2 * audio::RATE, "only {} samples came", heard.len());
    let level = audio::level(&heard);
    assert!((-45.0..-9.0).contains(&level), "music at {level:.1} dB");
    // No second of it is silent.
    for (second, part) in heard.chunks_exact(audio::RATE).enumerate() {
        assert!(audio::level(part) > -50.0, "second {second} of the music is silent");
    }
    almon.wait_for_records(1);
    telephone.quit();
    almon.end();
}

#[test]
fn a_voice_says_that_a_number_is_not_in_use() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001"]);
    let (says, host) = (audio::silence(60.0), site.host());
    let mut telephone = Baresip::start(&host, &Phone::new("1001", site.exchange(), &says));
    telephone.dial("1777");
    telephone.event("CALL_PROGRESS");
    let closed =
        peers::until("the announcement ends", Duration::from_secs(30), || telephone.events("CALL_CLOSED").pop());
    assert!(closed["param"].as_str().is_some_and(|why| why.contains("404")), "{closed}");
    assert!(telephone.events("CALL_ESTABLISHED").is_empty(), "an announcement before the answer costs nothing");
    let heard = telephone.heard().concat();
    let loud = heard.chunks_exact(audio::RATE / 10).filter(|part| audio::level(part) > -40.0).count();
    assert!(loud > 10, "{loud} tenths of a second of {} samples are audible", heard.len());
    let record = &almon.wait_for_records(1)[0];
    assert!(record["outcome"] == "refused" && record["answered_after"].is_null(), "{record:#}");
    telephone.quit();
    let statuses = almon.captured().fields("sip.Status-Code && sip.CSeq.method == \"INVITE\"", &["sip.Status-Code"]);
    let statuses: Vec<&str> = statuses.iter().map(|row| row[0].as_str()).collect();
    let without: Vec<&str> = statuses.into_iter().filter(|status| !["100", "401"].contains(status)).collect();
    assert_eq!(without, ["183", "404"]);
    almon.end();
}

#[test]
fn a_music_call_that_hears_nothing_back_is_still_one_clean_stream() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001"]);
    almon.tell(&["service", "add", "601", "music"]);
    let (server, host) = (site.exchange().sip(5060), site.host());
    Sipp::register(&host, server, "1001");
    Sipp::new(&host, "call").towards(server).user("1001").dial("601").hold(3000).run();
    almon.wait_for_records(1);
    let packets = almon.captured().rtp(&format!("ip.src == {}", site.exchange().v4()));
    assert!((130..170).contains(&packets.len()), "{} packets in 3 s", packets.len());
    let even = packets.windows(2).all(|pair| {
        pair[1].sequence == pair[0].sequence + 1
            && pair[1].timestamp == pair[0].timestamp + 160
            && pair[1].ssrc == pair[0].ssrc
    });
    assert!(even, "sequence numbers and timestamps rise evenly");
    let gaps: Vec<f64> = packets.windows(2).map(|pair| pair[1].at - pair[0].at).collect();
    let mean = gaps.iter().sum::<f64>() / gaps.len() as f64;
    let late = gaps.iter().filter(|gap| **gap > 0.035 || **gap < 0.005).count();
    assert!(
        (mean - 0.020).abs() < 0.0005 && late < gaps.len() / 20,
        "mean {mean:.4} s, {late} of {} uneven",
        gaps.len()
    );
    almon.end();
}
