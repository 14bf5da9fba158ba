use super::*;
use crate::message::{Fault, Message};
use bytes::Bytes;

fn parse(text: &str) -> Result<Message, ParseError> {
    Message::parse_datagram(Bytes::copy_from_slice(text.as_bytes()))
}

#[test]
fn start_lines_are_told_apart() {
    let request = parse("INVITE sip:bell@exchange.example.net SIP/2.0\r\n\r\n").unwrap();
    assert!(request.is_request() && !request.is_response() && request.is_method(&Method::Invite));
    assert_eq!((request.request_uri().unwrap().user(), request.status()), (Some("bell"), None));
    let response = parse("sip/2.0 486 Busy  Here \r\n\r\n").unwrap();
    assert_eq!((response.status(), response.reason_phrase()), (Some(StatusCode::BUSY_HERE), &b"Busy  Here "[..]));
    assert!(response.is_version_2() && response.method().is_none() && response.fault().is_none());
    assert!(response.request_uri().is_err());
    assert!(!parse("BYE sip:a SIP/02.0\r\n\r\n").unwrap().is_version_2());
}

#[test]
fn what_is_no_start_line_is_refused() {
    for (line, error) in [
        ("GET / HTTP/1.1", ParseError::NotSip),
        ("INVITE", ParseError::NotSip),
        ("INVITE SIP/2.0", ParseError::NotSip),
        ("INVITE  SIP/2.0", ParseError::NotSip),
        ("INVITE sip:a", ParseError::NotSip),
        ("INVITE sip:a SIP/2", ParseError::NotSip),
        ("INVITE sip:a SIP/.0", ParseError::NotSip),
        ("INVITE sip:a SIP/2.x", ParseError::NotSip),
        (" INVITE sip:a SIP/2.0", ParseError::NotSip),
        ("INV@TE sip:a SIP/2.0", ParseError::NotSip),
        ("INVITE\tsip:a SIP/2.0", ParseError::NotSip),
        ("SIP/2.0", ParseError::NotSip),
        ("SIP/2.0 99 x", ParseError::Status),
        ("SIP/2.0 700 x", ParseError::Status),
        ("SIP/2.0 099 x", ParseError::Status),
        ("SIP/2.0 2000 x", ParseError::Status),
        ("SIP/2.0 2OO x", ParseError::Status),
        ("SIP/2.0  200 x", ParseError::Status),
    ] {
        assert_eq!(parse(&format!("{line}\r\n\r\n")), Err(error), "{line:?}");
    }
}

#[test]
fn spaces_in_the_start_line_are_a_fault_and_kept() {
    for line in [
        "BYE  sip:a SIP/2.0",
        "BYE sip:a  SIP/2.0",
        "BYE sip:a\tSIP/2.0",
        "BYE sip:a SIP/2.0 ",
        "BYE sip:a; lr SIP/2.0",
    ] {
        let message = parse(&format!("{line}\r\n\r\n")).unwrap();
        assert_eq!(message.fault(), Some(Fault::StartLine), "{line:?}");
        assert!(message.request_uri_raw().starts_with(b"sip:a"));
        assert_eq!(message.bytes(), format!("{line}\r\n\r\n").as_bytes());
    }
    assert_eq!(parse("SIP/2.0 200\r\n\r\n").unwrap().fault(), Some(Fault::StartLine));
}

#[test]
fn header_lines_keep_their_names_folds_and_order() {
    let text = "BYE sip:a SIP/2.0\r\nx-Bell : 1\r\nv:\r\n SIP/2.0/UDP h\r\n\t;branch=z\r\nVIA: \t \r\nX-BELL:2\r\n\r\n";
    let message = parse(text).unwrap();
    let lines: Vec<_> = message.header_lines().map(|line| (line.name, line.name_text, line.value)).collect();
    assert_eq!(lines[0], (HeaderName::Other, "x-Bell", &b"1"[..]));
    assert_eq!(lines[1], (HeaderName::Via, "v", &b"SIP/2.0/UDP h\r\n\t;branch=z"[..]));
    assert_eq!(lines[2], (HeaderName::Via, "VIA", &b""[..]));
    assert_eq!(message.header_named("X-Bell"), Some(&b"1"[..]));
    assert_eq!((message.count(HeaderName::Via), message.has_header(HeaderName::To)), (2, false));
    assert_eq!(message.header_text(HeaderName::Via), Some("SIP/2.0/UDP h\r\n\t;branch=z"));
    assert_eq!(message.line(3), b"X-BELL:2\r\n");
    assert_eq!(message.bytes(), text.as_bytes());
}

#[test]
fn ambiguous_lines_are_errors_and_never_repaired() {
    for (lines, error) in [
        ("To sip:a\r\n", ParseError::HeaderName),
        (": x\r\n", ParseError::HeaderName),
        ("T o: x\r\n", ParseError::HeaderName),
        ("To\r\n : x\r\n", ParseError::HeaderName),
        (" folded: x\r\n", ParseError::Continuation),
        ("To: a\nFrom: b\r\n", ParseError::LineEnd),
        ("To: a\rFrom: b\r\n", ParseError::LineEnd),
        ("To: a\r\r\n", ParseError::LineEnd),
    ] {
        let text = format!("BYE sip:a SIP/2.0\r\n{lines}\r\n");
        assert_eq!(parse(&text), Err(error), "{lines:?}");
        assert!(Message::salvage(Bytes::from(text)).is_some());
    }
    for end in ["", "\r", "\r\n", "\r\nTo: a", "\r\nTo: a\r\n", "\r\nTo: a\r\n "] {
        assert_eq!(parse(&format!("BYE sip:a SIP/2.0{end}")), Err(ParseError::Unterminated), "{end:?}");
    }
    assert_eq!(parse(""), Err(ParseError::Empty));
    assert_eq!(parse("\r\n\r\n"), Err(ParseError::Empty));
}

#[test]
fn the_body_ends_where_content_length_says() {
    let with = |lines: &str, body: &str| parse(&format!("BYE sip:a SIP/2.0\r\n{lines}\r\n{body}")).unwrap();
    assert_eq!(with("", "abc").body(), b"abc");
    let surplus = with("l: 2\r\n", "abc");
    assert_eq!((surplus.body(), surplus.fault(), surplus.declared_length()), (&b"ab"[..], None, Some(2)));
    assert_eq!(surplus.body_bytes(), surplus.body());
    let short = with("l: 4\r\n", "abc");
    assert_eq!((short.body(), short.fault()), (&b"abc"[..], Some(Fault::BodyShort)));
    assert_eq!(with("l: 4x\r\n", "abcdef").fault(), Some(Fault::ContentLength));
    assert_eq!(with("l: 3\r\nContent-Length: 3\r\n", "abc").fault(), Some(Fault::ContentLengthRepeated));
    assert_eq!(with("l: 3\r\nContent-Length: 3\r\n", "abc").declared_length(), None);
}

#[test]
fn every_size_has_a_bound_with_its_status() {
    let limits =
        Limits { max_message: 300, max_start_line: 60, max_header_lines: 3, max_header_length: 50, max_body: 20 };
    let status = |text: String| Message::parse_datagram_within(text.into(), &limits).map_err(|error| error.status().0);
    let head = "BYE sip:a SIP/2.0\r\n";
    assert!(status(format!("{head}X: 1\r\nX: 2\r\nX: {}\r\n\r\n{}", "3".repeat(47), "b".repeat(20))).is_ok());
    assert_eq!(status(format!("BYE sip:{} SIP/2.0\r\n\r\n", "a".repeat(60))), Err(414));
    assert_eq!(status("B".repeat(200)), Err(414));
    assert_eq!(status(format!("{head}{}\r\n", "X: 1\r\n".repeat(4))), Err(513));
    assert_eq!(status(format!("{head}X: {}\r\n\r\n", "1".repeat(48))), Err(513));
    assert_eq!(status(format!("{head}X: a\r\n {}\r\n\r\n", "1".repeat(48))), Err(513));
    assert_eq!(status(format!("{head}\r\n{}", "b".repeat(21))), Err(413));
    assert_eq!(status(format!("{head}\r\n{}", "b".repeat(300))), Err(513));
}
