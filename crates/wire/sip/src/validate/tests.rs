use super::*;
use crate::{HeaderName, Message, Method, StatusCode};
use bytes::Bytes;
use proptest::prelude::*;

const START: &str = "Via: SIP/2.0/UDP a;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: x\r\n";

fn capabilities() -> Capabilities {
    let methods = [Method::Invite, Method::Ack, Method::Cancel, Method::Options, Method::Register];
    Capabilities::new(&methods, &["timer"], &["application/sdp", "message/*"], &["sip", "sips", "tel"])
}

fn verdict(line: &str, rest: &str) -> Result<(), Rejection> {
    let method = line.split(' ').next().unwrap();
    let text = format!("{line}\r\n{START}CSeq: 1 {method}\r\n{rest}");
    request(&Message::parse_datagram(Bytes::from(text)).unwrap(), &capabilities())
}

fn status(line: &str, rest: &str) -> u16 {
    verdict(line, rest).map_or_else(|rejection| rejection.status.0, |()| 0)
}

#[test]
fn what_is_supported_passes() {
    assert_eq!(status("INVITE sip:c@d SIP/2.0", "Require: Timer\r\nContent-Type: application/SDP\r\n\r\nv=0"), 0);
    assert_eq!(status("INVITE tel:+1 sip/2.0", "Content-Type: message/sipfrag\r\n\r\nx"), 0);
    assert_eq!(status("ACK sip:c@d SIP/2.0", "Require: unheard-of\r\n\r\n"), 0);
    assert_eq!(status("OPTIONS sip:c@d SIP/2.0", "\r\n\r\n\r\n"), 0);
    assert_eq!(status("REGISTER sip:d SIP/2.0", "Contact: *\r\nExpires: 0\r\n\r\n"), 0);
    assert_eq!(
        status("OPTIONS sip:c@d SIP/2.0", "Content-Type: a/b\r\nContent-Disposition: x;handling=optional\r\n\r\nx"),
        0
    );
}

#[test]
fn each_fault_has_its_answer() {
    for (line, rest, expected) in [
        ("OPTIONS sip:c@d SIP/3.0", "\r\n", 505),
        ("OPTIONS  sip:c@d SIP/2.0", "\r\n", 400),
        ("OPTIONS sip:c@d SIP/2.0 ", "\r\n", 400),
        ("OPTIONS sip:c@d;x y SIP/2.0", "\r\n", 400),
        ("OPTIONS <sip:c@d> SIP/2.0", "\r\n", 400),
        ("OPTIONS sip:c@d?a=b SIP/2.0", "\r\n", 400),
        ("OPTIONS sip:2001:db8::1 SIP/2.0", "\r\n", 400),
        ("OPTIONS fax:1 SIP/2.0", "\r\n", 416),
        ("OPTIONS fax: SIP/2.0", "\r\n", 416),
        ("MESSAGE sip:c@d SIP/2.0", "\r\n", 405),
        ("DIAL sip:c@d SIP/2.0", "\r\n", 501),
        ("OPTIONS sip:c@d SIP/2.0", "Content-Length: 5\r\n\r\nabcd", 400),
        ("OPTIONS sip:c@d SIP/2.0", "Content-Length: x\r\n\r\n", 400),
        ("OPTIONS sip:c@d SIP/2.0", "Content-Length: 0\r\nl: 0\r\n\r\n", 400),
        ("OPTIONS sip:c@d SIP/2.0", "Max-Forwards: 300\r\n\r\n", 400),
        ("OPTIONS sip:c@d SIP/2.0", "Call-ID: y\r\n\r\n", 400),
        ("OPTIONS sip:c@d SIP/2.0", "Content-Length: 1\r\n\r\nx", 400),
        ("OPTIONS sip:c@d SIP/2.0", "Content-Type: text/plain\r\n\r\nx", 415),
        ("OPTIONS sip:c@d SIP/2.0", "Content-Type: application/sdp\r\nContent-Encoding: gzip\r\n\r\nx", 415),
        ("INVITE sip:c@d SIP/2.0", "Accept: text/plain\r\n\r\n", 406),
        ("REGISTER sip:d SIP/2.0", "Contact: *\r\n\r\n", 400),
        ("REGISTER sip:d SIP/2.0", "Contact: *\r\nContact: <sip:a@b>\r\nExpires: 0\r\n\r\n", 400),
    ] {
        assert_eq!(status(line, rest), expected, "{line:?} {rest:?}");
    }
}

#[test]
fn an_answer_says_what_would_have_been_understood() {
    let lines = |line: &str, rest: &str| verdict(line, rest).unwrap_err().lines;
    let unsupported = lines("INVITE sip:c@d SIP/2.0", "Require: a, timer\r\nProxy-Require: b, a\r\n\r\n");
    assert_eq!(unsupported, [(HeaderName::Unsupported, "a, b".to_owned())]);
    let allow = lines("BYE sip:c@d SIP/2.0", "\r\n");
    assert_eq!(allow, [(HeaderName::Allow, "INVITE, ACK, CANCEL, OPTIONS, REGISTER".to_owned())]);
    let accept = lines("INVITE sip:c@d SIP/2.0", "Content-Type: a/b\r\n\r\nx");
    assert_eq!(accept, [(HeaderName::Accept, "application/sdp, message/*".to_owned())]);
    let missing = verdict("INVITE sip:c@d SIP/2.0", "Expires: soon\r\n\r\n").unwrap_err();
    assert_eq!(
        (missing.header, missing.to_string().as_str()),
        (Some(HeaderName::Expires), "400 Bad Request - Malformed Expires")
    );
}

#[test]
fn a_rejection_is_answered_to_its_source() {
    let text = format!("BYE sip:c@d SIP/2.0\r\n{START}CSeq: 7 BYE\r\n\r\n");
    let message = Message::parse_datagram(Bytes::from(text)).unwrap();
    let rejection = request(&message, &capabilities()).unwrap_err();
    let bytes = rejection.answer(&message, "192.0.2.9:5060".parse().unwrap(), "t1").unwrap().finish();
    let answer = Message::parse_datagram(bytes).unwrap();
    assert_eq!(answer.status(), Some(StatusCode::METHOD_NOT_ALLOWED));
    assert!(answer.has_header(HeaderName::Allow));
    assert_eq!(answer.top_via().unwrap().received(), Some("192.0.2.9".parse().unwrap()));
    assert_eq!((answer.to().unwrap().tag(), answer.cseq().unwrap().number), (Some("t1"), 7));
    assert_eq!(response(&answer), Ok(()));
}

#[test]
fn what_is_not_needed_may_be_malformed_unless_we_are_strict() {
    let lines =
        "Reason: Q.850;cause=16;text=Normal Clearing\r\nDate: yesterday\r\nAccept: ?\r\nTimestamp: now\r\nDate: x\r\n";
    let of = |start: &str| {
        Message::parse_datagram(Bytes::from(format!("{start}\r\n{START}CSeq: 1 INVITE\r\n{lines}\r\n"))).unwrap()
    };
    let (call, answer) = (of("INVITE sip:c@d SIP/2.0"), of("SIP/2.0 200 OK"));
    assert_eq!(request(&call, &capabilities()), Ok(()));
    assert_eq!(request(&call, &capabilities().strict()).unwrap_err().header, Some(HeaderName::Reason));
    assert_eq!(response(&answer), Ok(()));
    assert!(matches!(response_as(&answer, Strictness::All), Err(Discard::Header(_))));
    assert!(well_formed(&answer).is_err());
    for needed in ["Privacy: ;", "Route: x", "Session-Expires: soon", "Expires: soon", "Contact: <>", "Require: ,"] {
        assert_eq!(status("INVITE sip:c@d SIP/2.0", &format!("{needed}\r\n\r\n")), 400, "{needed}");
    }
}

#[test]
fn hops_run_out() {
    let with =
        |hops: &str| Message::parse_datagram(Bytes::from(format!("OPTIONS sip:a SIP/2.0\r\n{hops}\r\n"))).unwrap();
    assert_eq!(super::hops(&with("Max-Forwards: 0\r\n")).unwrap_err().status, StatusCode::TOO_MANY_HOPS);
    assert!(super::hops(&with("Max-Forwards: 1\r\n")).is_ok() && super::hops(&with("")).is_ok());
}

#[test]
fn malformed_responses_are_discarded() {
    let judge = |line: &str, rest: &str| {
        let text = format!("{line}\r\n{START}CSeq: 1 INVITE\r\n{rest}\r\n");
        response(&Message::parse_datagram(Bytes::from(text)).unwrap())
    };
    assert_eq!(judge("SIP/2.0 200 OK", ""), Ok(()));
    assert_eq!(judge("SIP/2.0 100 ", ""), Ok(()));
    assert_eq!(judge("SIP/2.1 200 OK", ""), Err(Discard::Version));
    assert_eq!(judge("SIP/2.0 200", ""), Err(Discard::Frame(crate::Fault::StartLine)));
    assert_eq!(judge("SIP/2.0 200 OK", "Via: SIP/2.0/UDP b\r\n"), Err(Discard::Astray));
    assert!(matches!(judge("SIP/2.0 200 OK", "CSeq: 2 INVITE\r\n"), Err(Discard::Header(_))));
    assert_eq!(judge("INVITE sip:a SIP/2.0", ""), Err(Discard::NotAResponse));
}

proptest! {
    #[test]
    fn no_header_makes_validation_panic(name in 0usize..80, value in "[ -~\\t]{0,60}") {
        let names = ["Via", "From", "To", "Contact", "Route", "CSeq", "Date", "Reason", "Accept", "Require", "Authorization",
            "Timestamp", "Retry-After", "Replaces", "RAck", "Session-Expires", "Content-Type", "Privacy"];
        let _ = status("INVITE sip:c@d SIP/2.0", &format!("{}: {value}\r\n\r\n", names[name % names.len()]));
    }
}
