use super::*;
use crate::SessionDescription;

fn origin() -> Origin {
    Origin::new(4711, 1, "192.0.2.10".parse().unwrap())
}

fn started() -> Writer {
    let mut writer = Writer::new();
    writer.origin(&origin()).session_name("-").connection("192.0.2.10".parse().unwrap()).timing(0, 0);
    writer
}

#[test]
fn an_audio_offer_is_written_line_by_line() {
    let body = started()
        .media("audio", 20_000, "RTP/AVP", [8, 0, 101])
        .rtpmap(&Rtpmap { payload_type: 101, encoding: "telephone-event", clock_rate: 8000, parameters: None })
        .fmtp(&Fmtp { format: "101", parameters: "0-15" })
        .ptime(20)
        .direction(Direction::SendRecv)
        .finish()
        .unwrap();
    let text = "v=0\r\no=- 4711 1 IN IP4 192.0.2.10\r\ns=-\r\nc=IN IP4 192.0.2.10\r\nt=0 0\r\n\
                m=audio 20000 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\na=fmtp:101 0-15\r\n\
                a=ptime:20\r\na=sendrecv\r\n";
    assert_eq!(body, text);
    assert_eq!(SessionDescription::parse(&body).map(|sdp| sdp.to_bytes()), Ok(body));
}

#[test]
fn an_own_origin_is_written_without_an_origin() {
    for address in ["192.0.2.10", "2001:db8::10"] {
        let address = address.parse().unwrap();
        let one = Writer::new().own_origin(4711, 3, address).session_name("-").timing(0, 0).finish();
        let other = Writer::new().origin(&Origin::new(4711, 3, address)).session_name("-").timing(0, 0).finish();
        assert!(one.is_ok());
        assert_eq!(one, other);
    }
}

#[test]
fn a_refusal_repeats_the_offer_with_port_zero() {
    let offer = SessionDescription::parse(
        "v=0\no=- 1 1 IN IP4 h\ns=-\nt=0 0\nm=video 5006 RTP/AVP 34 99\na=rtpmap:99 H264/90000\nm=x 0 Y\n",
    )
    .unwrap();
    let body = started().refused(&offer.media[0]).refused(&offer.media[1]).finish().unwrap();
    let text = String::from_utf8(body.to_vec()).unwrap();
    assert!(text.ends_with("t=0 0\r\nm=video 0 RTP/AVP 34 99\r\nm=x 0 Y 0\r\n"), "{text}");
}

#[test]
fn nothing_can_be_smuggled_into_a_line() {
    assert_eq!(started().flag("x\r\na=y").finish(), Err(WriteError::LineBreak));
    assert_eq!(started().attribute("", 1).finish(), Err(WriteError::LineBreak));
    assert_eq!(started().media("audio", 1, "RTP/AVP", ["0\n"]).finish(), Err(WriteError::LineBreak));
    assert_eq!(started().media("au\rdio", 1, "RTP/AVP", ["0"]).finish(), Err(WriteError::LineBreak));
    assert_eq!(Writer::new().origin(&origin()).session_name("a\0").timing(0, 0).finish(), Err(WriteError::LineBreak));
}

#[test]
fn the_order_of_the_standard_is_kept() {
    assert_eq!(Writer::new().finish(), Err(WriteError::Order));
    assert_eq!(Writer::new().origin(&origin()).timing(0, 0).finish(), Err(WriteError::Order));
    assert_eq!(Writer::new().origin(&origin()).session_name("-").finish(), Err(WriteError::Order));
    assert_eq!(Writer::new().origin(&origin()).session_name("-").flag("recvonly").finish(), Err(WriteError::Order));
    assert_eq!(started().connection("::1".parse().unwrap()).finish(), Err(WriteError::Order));
    assert_eq!(started().media("audio", 1, "RTP/AVP", [0]).timing(0, 0).finish(), Err(WriteError::Order));
    assert_eq!(
        started().media("audio", 1, "RTP/AVP", [0]).ptime(20).bandwidth("AS", 64).finish(),
        Err(WriteError::Order)
    );
}

#[test]
fn every_media_may_have_its_own_lines_and_the_writer_can_be_used_again() {
    let mut writer = started();
    writer.bandwidth("AS", 1);
    assert_eq!(writer.finish(), Err(WriteError::Order));
    writer.origin(&origin()).session_name("-").information("ward 7").bandwidth("CT", 128).timing(0, 0).flag("ice-lite");
    writer.media("audio", 2, "RTP/AVP", [0]).connection("2001:db8::1".parse().unwrap()).bandwidth("AS", 64).ptime(20);
    writer.media("video", 4, "RTP/AVP", [34]).information("door").flag("inactive");
    let body = writer.finish().unwrap();
    let sdp = SessionDescription::parse(&body).unwrap();
    assert_eq!(sdp.media.len(), 2);
    assert_eq!(sdp.connection_of(&sdp.media[0]).and_then(|c| c.ip()), "2001:db8::1".parse().ok());
    assert_eq!(sdp.to_bytes(), body);
}
