use super::*;

fn attributes(lines: &[&'static str]) -> Attributes {
    lines.iter().filter_map(|line| Attribute::literal(line)).collect()
}

#[test]
fn name_and_value_are_split_at_the_first_colon() {
    let flag = Attribute::literal("recvonly").unwrap();
    assert_eq!((flag.name(), flag.value()), ("recvonly", None));
    let valued = Attribute::literal("ssrc:1 cname:reis").unwrap();
    assert_eq!((valued.name(), valued.value()), ("ssrc", Some("1 cname:reis")));
    let empty = Attribute::literal("x:").unwrap();
    assert_eq!((empty.name(), empty.value()), ("x", Some("")));
    assert_eq!(Attribute::literal(":x"), None);
    assert_eq!(Attribute::literal(""), None);
    assert_eq!(Attribute::with_value("a:b", 1), None);
    assert_eq!(Attribute::with_value("ptime", "20\r\nm=evil"), None);
    assert_eq!(Attribute::with_value("ptime", 20).map(|a| a.to_string()), Some("ptime:20".to_owned()));
}

#[test]
fn lookups_skip_what_is_malformed_and_take_the_first() {
    let all = attributes(&[
        "rtpmap:nonsense",
        "rtpmap:0 PCMU/8000",
        "rtpmap:101 telephone-event/8000",
        "fmtp:101 0-15",
        "ptime:x",
        "ptime:20",
        "ptime:40",
        "maxptime:150.5",
        "sendonly",
        "recvonly",
        "rtcp-mux",
        "label:10",
        "mid:audio",
        "setup:passive",
    ]);
    assert_eq!(all.rtpmaps().count(), 2);
    assert_eq!(all.rtpmap(101).map(|rtpmap| rtpmap.encoding), Some("telephone-event"));
    assert_eq!(all.fmtp(101).map(|fmtp| fmtp.parameters), Some("0-15"));
    assert_eq!(all.fmtp(0), None);
    assert_eq!((all.ptime(), all.maxptime()), (Some(20), Some(150)));
    assert_eq!(all.direction(), Some(Direction::SendOnly));
    assert!(all.rtcp_mux());
    assert_eq!((all.label(), all.mid()), (Some("10"), Some("audio")));
    assert_eq!(all.setup(), Some(Setup::Passive));
}

#[test]
fn a_packet_time_of_zero_or_beyond_reason_is_no_packet_time() {
    for bad in ["ptime:0", "ptime:", "ptime:-20", "ptime:70000", "ptime:.5"] {
        assert_eq!(attributes(&[bad]).ptime(), None, "{bad}");
    }
}

#[test]
fn ice_and_source_attributes_are_handed_out_as_written() {
    let all = attributes(&[
        "ice-ufrag:8hhY",
        "ice-pwd:asd88fgpdd777uzjYhagZg",
        "candidate:1 1 UDP 2130706431 192.0.2.1 3478 typ host",
        "candidate:2 1 UDP 1694498815 198.51.100.3 45664 typ srflx",
        "ssrc:314159 cname:callender",
    ]);
    assert_eq!(all.ice_credentials(), Some(("8hhY", "asd88fgpdd777uzjYhagZg")));
    assert_eq!(all.candidates().count(), 2);
    assert_eq!(all.ssrcs().collect::<Vec<_>>(), ["314159 cname:callender"]);
    assert_eq!(attributes(&["ice-ufrag:8hhY"]).ice_credentials(), None);
}

#[test]
fn secrets_are_not_printed_by_debug_but_written_to_the_wire() {
    let all = attributes(&[
        "crypto:1 AES_CM_128_HMAC_SHA1_80 inline:PS1uQCVeeCFCanVmcjkpPywjNWhcYD0mXXtxaVBR",
        "ice-pwd:asd88fgpdd777uzjYhagZg",
        "ptime:20",
    ]);
    let printed = format!("{all:?}");
    assert!(!printed.contains("PS1u") && !printed.contains("asd88"), "{printed}");
    assert!(printed.contains("ptime:20") && printed.contains("crypto"), "{printed}");
    assert!(all.iter().next().unwrap().to_string().contains("PS1u"));
    let crypto = format!("{:?}", all.cryptos().next().unwrap());
    assert!(!crypto.contains("PS1u") && crypto.contains("AES_CM_128"), "{crypto}");
}

#[test]
fn retain_keeps_the_order() {
    let mut all = attributes(&["a", "b", "c", "d"]);
    all.retain(|attribute| attribute.name() != "b");
    all.push(Attribute::literal("e").unwrap());
    let names: Vec<_> = (&all).into_iter().map(Attribute::name).collect();
    assert_eq!(names, ["a", "c", "d", "e"]);
    assert_eq!(all.len(), 4);
    assert!(Attributes::new().is_empty());
}
