//! Offers as desk telephones, softphones, door stations and fax adapters write them: every part is found, and each body
//! is written back byte for byte.

use sdp::{Direction, MediaKind, SessionDescription, Setup, Transport};

fn read(lines: &[&str]) -> SessionDescription {
    let body: String = lines.iter().flat_map(|line| [*line, "\r\n"]).collect();
    let sdp = SessionDescription::parse(&body).unwrap();
    assert_eq!(sdp.to_string(), body);
    sdp
}

/// Payload types with encoding, clock and channels.
fn codecs(sdp: &SessionDescription, media: usize) -> Vec<(u8, String, u32, u8)> {
    let one = |codec: sdp::Codec<'_>| {
        let rtpmap = codec.rtpmap;
        (rtpmap.payload_type, rtpmap.encoding.to_owned(), rtpmap.clock_rate, rtpmap.channels())
    };
    sdp.media[media].codecs().map(one).collect()
}

#[test]
fn a_desk_telephone_with_dynamic_and_static_codecs() {
    let sdp = read(&[
        "v=0",
        "o=MxSIP 0 1 IN IP4 192.0.2.50",
        "s=SIP Call",
        "c=IN IP4 192.0.2.50",
        "t=0 0",
        "m=audio 3000 RTP/AVP 9 0 8 18 101",
        "a=rtpmap:9 G722/8000",
        "a=rtpmap:0 PCMU/8000",
        "a=rtpmap:18 G729/8000",
        "a=fmtp:18 annexb=no",
        "a=rtpmap:101 telephone-event/8000",
        "a=fmtp:101 0-15",
        "a=ptime:30",
        "a=sendrecv",
    ]);
    assert_eq!(sdp.origin.username, "MxSIP");
    assert_eq!(sdp.origin.version(), Some(1));
    assert_eq!(sdp.session_name, "SIP Call");
    let audio = &sdp.media[0];
    assert_eq!((&audio.kind, audio.port, audio.transport()), (&MediaKind::Audio, 3000, Transport::RtpAvp));
    assert_eq!(
        codecs(&sdp, 0),
        [
            (9, "G722".to_owned(), 8000, 1),
            (0, "PCMU".to_owned(), 8000, 1),
            // Without a map of its own: type 8 is static.
            (8, "PCMA".to_owned(), 8000, 1),
            (18, "G729".to_owned(), 8000, 1),
            (101, "telephone-event".to_owned(), 8000, 1),
        ]
    );
    assert_eq!(audio.attributes.fmtp(18).and_then(|fmtp| fmtp.parameter("annexb")), Some("no"));
    assert!(audio.attributes.fmtp(101).is_some_and(|fmtp| fmtp.lists_event(11) && !fmtp.lists_event(16)));
    assert_eq!(audio.attributes.ptime(), Some(30));
}

#[test]
fn a_softphone_with_wide_band_video_and_rtcp_of_its_own() {
    let sdp = read(&[
        "v=0",
        "o=lamarr 3906 2 IN IP6 2001:db8::7",
        "s=-",
        "c=IN IP6 2001:db8::7",
        "b=AS:512",
        "t=0 0",
        "a=tool:test",
        "m=audio 7078 RTP/AVPF 96 97",
        "a=rtpmap:96 opus/48000/2",
        "a=fmtp:96 useinbandfec=1;stereo=0",
        "a=rtpmap:97 telephone-event/48000",
        "a=rtcp:7080 IN IP6 2001:db8::8",
        "a=rtcp-fb:* trr-int 5000",
        "m=video 9078 RTP/AVPF 99",
        "b=TIAS:256000",
        "a=rtpmap:99 H264/90000",
        "a=fmtp:99 profile-level-id=42801F",
        "a=label:door",
    ]);
    assert_eq!(codecs(&sdp, 0), [(96, "opus".to_owned(), 48_000, 2), (97, "telephone-event".to_owned(), 48_000, 1)]);
    let audio = &sdp.media[0].attributes;
    let rtcp = audio.rtcp().unwrap();
    assert_eq!((rtcp.port, rtcp.ip()), (7080, "2001:db8::8".parse().ok()));
    assert!(!audio.rtcp_mux() && sdp.media[0].transport().has_feedback());
    let video = &sdp.media[1];
    assert_eq!(
        video.bandwidths.first().map(|b| (b.kind().to_owned(), b.value())),
        Some(("TIAS".to_owned(), Some(256_000)))
    );
    assert_eq!(video.attributes.label(), Some("door"));
    assert_eq!(sdp.direction_of(video), Direction::SendRecv);
    assert_eq!(sdp.connection_of(video).and_then(|c| c.ip()), "2001:db8::7".parse().ok());
}

#[test]
fn a_browser_with_ice_dtls_and_a_bundle() {
    let sdp = read(&[
        "v=0",
        "o=- 4611731400430051336 2 IN IP4 127.0.0.1",
        "s=-",
        "t=0 0",
        "a=group:BUNDLE 0 1",
        "a=extmap-allow-mixed",
        "a=msid-semantic: WMS",
        "m=audio 9 UDP/TLS/RTP/SAVPF 111 0",
        "c=IN IP4 0.0.0.0",
        "a=rtcp:9 IN IP4 0.0.0.0",
        "a=candidate:1 1 udp 2122260223 192.0.2.30 54321 typ host generation 0",
        "a=ice-ufrag:Ab3d",
        "a=ice-pwd:0123456789abcdefghijklmn",
        "a=fingerprint:sha-256 00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
        "a=setup:actpass",
        "a=mid:0",
        "a=sendrecv",
        "a=rtcp-mux",
        "a=rtpmap:111 opus/48000/2",
        "a=ssrc:1001 cname:hamming",
        "m=application 9 UDP/DTLS/SCTP webrtc-datachannel",
        "c=IN IP4 0.0.0.0",
        "a=mid:1",
        "a=sctp-port:5000",
    ]);
    let group = sdp.attributes.groups().next().unwrap();
    let members: Vec<_> = sdp.media.iter().filter_map(|media| media.attributes.mid()).collect();
    assert_eq!((group.semantics, group.tags().collect::<Vec<_>>()), ("BUNDLE", members));
    let audio = &sdp.media[0].attributes;
    assert_eq!(sdp.media[0].transport(), Transport::DtlsSavpf);
    assert!(sdp.media[0].transport().is_secure() && audio.rtcp_mux());
    assert_eq!(audio.setup(), Some(Setup::ActPass));
    assert_eq!(
        audio.fingerprints().next().map(|print| (print.hash.to_owned(), print.bytes().count())),
        Some(("sha-256".to_owned(), 32))
    );
    assert_eq!(audio.ice_credentials().map(|(name, _)| name), Some("Ab3d"));
    assert_eq!((audio.candidates().count(), audio.ssrcs().count()), (1, 1));
    assert!(sdp.connection_of(&sdp.media[0]).is_some_and(|connection| connection.is_unspecified()));
    let data = &sdp.media[1];
    assert_eq!((&data.kind, data.transport(), data.formats.len()), (&MediaKind::Application, Transport::Other, 1));
    assert_eq!((data.payload_types().count(), data.attributes.value("sctp-port")), (0, Some("5000")));
}

#[test]
fn a_secure_offer_with_three_suites_in_order() {
    let key = "inline:d0RmdmcmVCspeEc3QGZiNWpVLFJhQX1cfHAwJSoj";
    let lines = [
        format!("a=crypto:1 AEAD_AES_256_GCM {key}"),
        format!("a=crypto:2 AES_CM_128_HMAC_SHA1_80 {key}|2^31|1:1"),
        format!("a=crypto:3 AES_CM_128_HMAC_SHA1_32 {key} UNENCRYPTED_SRTCP"),
    ];
    let sdp = read(&[
        "v=0",
        "o=- 1 1 IN IP4 192.0.2.9",
        "s=-",
        "c=IN IP4 192.0.2.9",
        "t=0 0",
        "m=audio 4000 RTP/SAVP 8",
        &lines[0],
        &lines[1],
        &lines[2],
    ]);
    let cryptos: Vec<_> = sdp.media[0].attributes.cryptos().collect();
    let suites: Vec<_> = cryptos.iter().map(|crypto| (crypto.tag, crypto.suite)).collect();
    assert_eq!(suites, [(1, "AEAD_AES_256_GCM"), (2, "AES_CM_128_HMAC_SHA1_80"), (3, "AES_CM_128_HMAC_SHA1_32")]);
    let second = cryptos[1].inline_keys().next().unwrap();
    assert_eq!((second.lifetime, second.key_identifier), (Some("2^31"), Some(("1", 1))));
    assert_eq!(cryptos[2].parameters().collect::<Vec<_>>(), ["UNENCRYPTED_SRTCP"]);
}

#[test]
fn a_fax_adapter_that_offers_t38_and_refuses_sound() {
    let sdp = read(&[
        "v=0",
        "o=- 20 21 IN IP4 198.51.100.4",
        "s=fax",
        "c=IN IP4 198.51.100.4",
        "t=0 0",
        "m=audio 0 RTP/AVP 0",
        "m=image 4100 udptl t38",
        "a=T38FaxVersion:0",
        "a=T38MaxBitRate:14400",
        "a=T38FaxRateManagement:transferredTCF",
    ]);
    assert!(sdp.media[0].is_disabled() && !sdp.media[1].is_disabled());
    let image = &sdp.media[1];
    assert_eq!(
        (&image.kind, image.transport(), image.transport().is_rtp()),
        (&MediaKind::Image, Transport::Udptl, false)
    );
    assert_eq!(image.attributes.value("T38MaxBitRate"), Some("14400"));
    // Names of attributes are case-sensitive.
    assert_eq!(image.attributes.value("t38maxbitrate"), None);
}

#[test]
fn both_ways_to_hold_are_seen() {
    let head = ["v=0", "o=- 5 6 IN IP4 192.0.2.9", "s=-"];
    let old = read(&[&head[..], &["c=IN IP4 0.0.0.0", "t=0 0", "m=audio 4000 RTP/AVP 8"]].concat());
    assert!(old.connection_of(&old.media[0]).is_some_and(|connection| connection.is_unspecified()));
    let new = read(&[&head[..], &["c=IN IP4 192.0.2.9", "t=0 0", "m=audio 4000 RTP/AVP 8", "a=sendonly"]].concat());
    assert!(new.connection_of(&new.media[0]).is_some_and(|connection| !connection.is_unspecified()));
    assert_eq!(new.direction_of(&new.media[0]).reversed(), Direction::RecvOnly);
    assert!(old.origin.same_session(&new.origin));
}
