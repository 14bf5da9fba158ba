//! A relay puts its Via on top, takes its Route away, counts a hop down, and changes no other byte; the answer finds its way
//! back through the Vias (RFC 3261 section 16.6, 16.7, 18.2.2).

use bytes::Bytes;
use sip::validate::{self, Capabilities};
use sip::{Editor, HeaderName, Message, Method, ResponseBuilder, StatusCode};

const BODY: &[u8] = b"v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\nx=\x00\xff\r\n\r\n--tail";

fn request() -> Message {
    let head = "INVITE sip:lamarr@exchange.example.net SIP/2.0\r\n\
        v: SIP/2.0/UDP 10.0.0.7:5070;branch=z9hG4bKfirst;rport\r\n\
        ROUTE : <sip:relay.example.net;lr> ,\r\n   <sip:next.example.net;lr>;keep=me\r\n\
        x-Odd:\t a  b \r\n   c\r\n\
        Max-forwards:70\r\n\
        f:\"Hedy\" <sip:antheil@example.net>;tag=88\r\n\
        t: <sip:lamarr@exchange.example.net>\r\n\
        i: hop@10.0.0.7\r\n\
        CSeq:     1    INVITE\r\n\
        Content-Type: application/sdp\r\n";
    let text = format!("{head}Content-Length: {}\r\n\r\n", BODY.len());
    Message::parse_datagram(Bytes::from([text.as_bytes(), BODY].concat())).unwrap()
}

/// What a relay does to a request.
fn relay(message: &Message, branch: &str) -> Message {
    let hops = message.max_forwards().unwrap().unwrap() - 1;
    let mut editor = Editor::new(message);
    editor
        .prepend(HeaderName::Via, format!("SIP/2.0/TCP relay.example.net;branch={branch}"))
        .remove_first_value(HeaderName::Route)
        .set(HeaderName::MaxForwards, hops);
    editor.finish_message().unwrap()
}

/// The lines of a message, the start line among them.
fn lines(message: &Message) -> Vec<String> {
    let head = &message.bytes()[..message.bytes().len() - message.body().len()];
    let text = String::from_utf8_lossy(head).replace("\r\n ", "\u{1}");
    text.split("\r\n").map(|line| line.replace('\u{1}', "\r\n ")).collect()
}

#[test]
fn only_the_touched_lines_differ() {
    let before = request();
    let after = relay(&before, "z9hG4bKrelay");
    assert_eq!(after.body(), BODY);
    let untouched = |line: &&String| {
        let name = line.split(':').next().unwrap_or_default().trim().to_ascii_lowercase();
        !["via", "route", "max-forwards"].contains(&name.as_str())
    };
    let (old, new) = (lines(&before), lines(&after));
    assert_eq!(old.iter().filter(untouched).collect::<Vec<_>>(), new.iter().filter(untouched).collect::<Vec<_>>());
    assert_eq!(new[1], "Via: SIP/2.0/TCP relay.example.net;branch=z9hG4bKrelay");
    assert!(new.contains(&"Route: <sip:next.example.net;lr>;keep=me".to_owned()), "{new:?}");
    assert!(new.contains(&"Max-Forwards: 69".to_owned()));
    assert_eq!(old.len() + 1, new.len());
}

#[test]
fn a_valid_request_stays_valid_over_many_hops_until_they_run_out() {
    let capabilities = Capabilities::new(Method::KNOWN, &[], &["application/sdp"], &["sip"]);
    let mut message = request();
    for hop in 0..70 {
        assert_eq!(validate::request(&message, &capabilities), Ok(()), "hop {hop}");
        assert!(validate::hops(&message).is_ok());
        message = relay(&message, &format!("z9hG4bKhop{hop}"));
        assert_eq!(message.vias().count(), hop + 2);
    }
    assert_eq!(validate::hops(&message).unwrap_err().status, StatusCode::TOO_MANY_HOPS);
    assert_eq!(message.routes().count(), 0);
    assert_eq!(message.body(), BODY);
}

#[test]
fn the_answer_goes_back_hop_by_hop() {
    let arrived = relay(&relay(&request(), "z9hG4bKone"), "z9hG4bKtwo");
    let source = "203.0.113.5:40123".parse().unwrap();
    let builder = ResponseBuilder::to(&arrived, StatusCode::OK).source(source).to_tag("answer").begin().unwrap();
    let mut answer = Message::parse_datagram(builder.finish()).unwrap();
    assert_eq!(validate::response(&answer), Err(validate::Discard::Astray), "it belongs to the relay, not to a client");
    assert_eq!(answer.top_via().unwrap().received(), Some(source.ip()));
    for expected in ["z9hG4bKtwo", "z9hG4bKone", "z9hG4bKfirst"] {
        assert_eq!(answer.top_via().unwrap().branch(), Some(expected));
        if expected != "z9hG4bKfirst" {
            answer = Editor::new(&answer).remove_first_value(HeaderName::Via).finish_message().unwrap();
        }
    }
    assert_eq!(validate::response(&answer), Ok(()));
    assert_eq!(answer.from().unwrap(), request().from().unwrap());
    assert_eq!(answer.cseq().unwrap().method(), Method::Invite);
}
