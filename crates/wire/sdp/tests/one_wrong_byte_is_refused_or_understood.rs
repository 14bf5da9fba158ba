//! Every way to cut a body short, and every single byte replaced, dropped or doubled: nothing panics, what is accepted
//! survives being written, and no fault outside its own line changes the other media.

use sdp::SessionDescription;

const BODY: &str = "v=0\r\no=nyquist 1 2 IN IP4 192.0.2.1\r\ns=-\r\nc=IN IP4 192.0.2.1\r\nb=AS:64\r\nt=0 0\r\na=inactive\r\n\
                    m=audio 5004/2 RTP/SAVP 0 101\r\nc=IN IP6 2001:db8::1\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
                    a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:QUJD|2^20|1:4\r\na=rtcp:5006 IN IP4 192.0.2.1\r\na=ptime:20\r\n\
                    m=video 0 RTP/AVP 34\r\n";

/// Checks one body; true when it was accepted.
fn accepted(body: &[u8]) -> bool {
    let Ok(sdp) = SessionDescription::parse(body) else { return false };
    let written = sdp.to_bytes();
    assert_eq!(SessionDescription::parse(&written).as_ref(), Ok(&sdp), "{:?}", String::from_utf8_lossy(body));
    for media in &sdp.media {
        let _ =
            (media.codecs().count(), media.attributes.cryptos().map(|one| one.inline_keys().count()).sum::<usize>());
        let _ = (media.attributes.rtcp(), media.attributes.ptime(), sdp.direction_of(media));
    }
    true
}

#[test]
fn a_body_may_end_only_where_its_lines_make_sense() {
    assert!(accepted(BODY.as_bytes()));
    let ends: Vec<_> = (0..BODY.len()).filter(|&end| accepted(&BODY.as_bytes()[..end])).collect();
    // Nothing before the origin is complete, and every complete line after it is an end.
    let origin = BODY.find("s=").unwrap();
    assert!(ends.iter().all(|&end| end + 14 > origin), "{ends:?}");
    for (at, _) in BODY.match_indices("\r\n").filter(|(at, _)| *at > origin) {
        assert!(ends.contains(&at), "cut at {at}");
    }
    // A letter without its equals sign is no line.
    for (at, _) in BODY.match_indices("\r\na=") {
        assert!(!ends.contains(&(at + 3)) && !ends.contains(&(at + 4)), "cut at {}", at + 3);
    }
}

#[test]
fn any_byte_may_be_replaced() {
    for at in 0..BODY.len() {
        for byte in [0, b'\r', b'\n', b' ', b'=', b':', b'/', b'-', b'9', b'z', 0x7F, 0xC3, 0xFF] {
            let mut body = BODY.as_bytes().to_vec();
            body[at] = byte;
            let taken = accepted(&body);
            assert!(!taken || (byte != 0 && byte < 0x80), "byte {byte:#x} at {at}");
        }
    }
}

#[test]
fn any_byte_may_be_dropped_or_doubled() {
    for at in 0..BODY.len() {
        let (head, tail) = BODY.as_bytes().split_at(at);
        accepted(&[head, &tail[1..]].concat());
        accepted(&[head, &tail[..1], tail].concat());
    }
}

#[test]
fn a_strange_attribute_leaves_the_others_alone() {
    let clean = SessionDescription::parse(BODY).unwrap();
    for strange in
        ["a=rtpmap:", "a=rtpmap:999 X/1", "a=crypto:x", "a=ptime:-1", "a=\u{1F4DE}", "a=rtcp:99999", "a=fmtp"]
    {
        let sdp = SessionDescription::parse(BODY.replace("a=ptime", &format!("{strange}\r\na=ptime"))).unwrap();
        let (before, after) = (&clean.media[0].attributes, &sdp.media[0].attributes);
        assert_eq!(after.len(), before.len() + 1, "{strange}");
        assert_eq!(
            (after.ptime(), after.rtcp(), after.rtpmaps().count()),
            (before.ptime(), before.rtcp(), 1),
            "{strange}"
        );
        assert_eq!((after.cryptos().count(), after.fmtps().count()), (1, 1), "{strange}");
        assert_eq!(sdp.media[1], clean.media[1]);
    }
}
