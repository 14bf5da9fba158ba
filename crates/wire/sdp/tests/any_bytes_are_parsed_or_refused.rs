//! Random bodies never panic, and what is parsed is written and read alike.

use proptest::prelude::*;
use sdp::{Limits, SessionDescription};

/// Lines that are often right and sometimes not.
fn line() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]=[ -~]{0,30}",
        "[vost]=[0-9 ]{0,6}",
        "a=(rtpmap|fmtp|crypto|rtcp|ptime|group|fingerprint|setup):[ -~]{0,40}",
        "m=(audio|video|x) [0-9]{1,6}(/[0-9]{1,2})? (RTP/AVP|udptl) [0-9 ]{0,12}",
        "c=IN IP[46] [0-9a-f.:/]{1,20}",
        "b=[A-Z]{0,4}:[0-9.]{0,8}",
        "t=[0-9]{1,22} [0-9]{1,4}",
    ]
}

/// Bodies in canonical order.
fn canonical() -> impl Strategy<Value = String> {
    let attribute = "a=[a-z-]{1,12}(:[!-~][ -~]{0,30})?\r\n";
    let media = (
        "m=(audio|video|image|other) [1-9][0-9]{0,3}(/[1-9])? (RTP/S?AVPF?|udptl)( [a-z0-9]{1,4}){1,5}\r\n",
        "(i=[ -~]{0,10}\r\n)?(c=IN IP4 [1-9]\\.2\\.3\\.[1-9]\r\n){0,2}(b=AS:[1-9][0-9]{0,4}\r\n){0,2}(k=[a-z]{1,5}\r\n)?",
        proptest::collection::vec(attribute, 0..6),
    )
        .prop_map(|(line, middle, attributes)| format!("{line}{middle}{}", attributes.concat()));
    (
        "o=[a-z-]{1,8} [0-9]{1,20} [0-9]{1,20} IN IP4 [a-z0-9.]{1,12}\r\ns=[ -~]{0,20}\r\n(i=[ -~]{0,10}\r\n)?",
        "(u=[!-~]{1,10}\r\n)?(e=[!-~]{1,10}\r\n){0,2}(p=[!-~]{1,10}\r\n){0,2}(c=IN IP6 2001:DB8::[1-9a-fA-F]{1,4}\r\n)?",
        "(b=[A-Z]{1,4}:[0-9]{1,5}\r\n){0,2}(t=[1-9][0-9]{0,9} [1-9][0-9]{0,9}\r\n(r=[ -~]{1,9}\r\n){0,2}(z=[ -~]{1,9}\r\n)?){1,2}(k=[a-z]{1,5}\r\n)?",
        proptest::collection::vec(attribute, 0..4),
        proptest::collection::vec(media, 0..4),
    )
        .prop_map(|(a, b, c, attributes, media)| format!("v=0\r\n{a}{b}{c}{}{}", attributes.concat(), media.concat()))
}

/// Asks every typed question of a description.
fn look(sdp: &SessionDescription) {
    for media in &sdp.media {
        let _ = (sdp.connection_of(media).map(|c| (c.host(), c.ip(), c.is_unspecified())), sdp.direction_of(media));
        let _ = (media.codecs().count(), media.transport(), media.payload_types().count());
        let all = &media.attributes;
        let _ = (all.ptime(), all.maxptime(), all.rtcp().map(|rtcp| rtcp.ip()), all.setup(), all.ice_credentials());
        for crypto in all.cryptos() {
            assert!(crypto.inline_keys().count() <= crypto.keys.len());
        }
        for fmtp in all.fmtps() {
            let _ = (fmtp.lists_event(5), fmtp.parameter("x"));
        }
        for print in all.fingerprints() {
            assert_eq!(print.bytes().count(), print.digest.split(':').count());
        }
        let _ = all.groups().map(|group| group.tags().count()).sum::<usize>();
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn random_bytes_never_panic(body in proptest::collection::vec(any::<u8>(), 0..400)) {
        let _ = SessionDescription::parse(&body);
    }

    #[test]
    fn what_is_read_is_written_and_read_alike(lines in proptest::collection::vec(line(), 0..24), end in "(\r\n|\n)") {
        let body = format!("v=0{end}o=- 1 1 IN IP4 h{end}{}", lines.join(&end));
        if let Ok(sdp) = SessionDescription::parse(&body) {
            look(&sdp);
            let again = SessionDescription::parse(sdp.to_bytes()).unwrap();
            prop_assert_eq!(again.to_bytes(), sdp.to_bytes());
        }
    }

    #[test]
    fn canonical_bodies_pass_byte_for_byte(body in canonical()) {
        let sdp = SessionDescription::parse(&body).unwrap();
        look(&sdp);
        prop_assert_eq!(sdp.to_string(), body);
    }

    #[test]
    fn a_smaller_limit_refuses_but_never_cuts(body in canonical(), bytes in 0usize..400, line in 0usize..60) {
        let limits = Limits { bytes, line, ..Limits::default() };
        if let Ok(sdp) = SessionDescription::parse_within(&body, &limits) {
            prop_assert_eq!(sdp.to_string(), body);
        }
    }
}
