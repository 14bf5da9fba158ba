//! Our own torture messages: one with the traits of each section of RFC 4475 (49) and RFC 5118 (12), in texts of our own.
//!
//! The files are text: line ends become CRLF, `\xHH` is a byte, and `@LENGTH@` is the length of the body.

mod torture;

use bytes::Bytes;
use sip::framing::{StreamEvent, StreamFramer};
use sip::{HeaderName, Limits, Message, Method, ParseError, ResponseBuilder, StatusCode, validate};
use torture::{Verdict, capabilities, judge};

macro_rules! table {
    ($($file:literal $frames:literal $verdict:expr;)*) => {
        &[$(Row {
            name: $file,
            text: include_str!(concat!("torture/", $file, ".sip")),
            frames: $frames,
            verdict: $verdict,
        }),*]
    };
}

struct Row {
    name: &'static str,
    text: &'static str,
    /// Level 1 takes it as a datagram.
    frames: bool,
    /// What level 2 says.
    verdict: Verdict,
}

use Verdict::{Discarded, Refused, Unframed, Valid};

const RFC_4475: &[Row] = table! {
    "rfc4475/3.1.1.1-odd-spacing" true Valid;
    "rfc4475/3.1.1.2-every-character" true Valid;
    "rfc4475/3.1.1.3-escapes-in-uris" true Valid;
    "rfc4475/3.1.1.4-escaped-nulls" true Valid;
    "rfc4475/3.1.1.5-percent-that-escapes-nothing" true Valid;
    "rfc4475/3.1.1.6-no-space-before-angle" true Valid;
    "rfc4475/3.1.1.7-long-values" true Valid;
    "rfc4475/3.1.1.8-octets-behind-the-body" true Valid;
    "rfc4475/3.1.1.9-semicolons-in-the-user-part" true Valid;
    "rfc4475/3.1.1.10-many-transports" true Valid;
    "rfc4475/3.1.1.11-multipart-body" true Valid;
    "rfc4475/3.1.1.12-reason-phrase-in-another-alphabet" true Valid;
    "rfc4475/3.1.1.13-empty-reason-phrase" true Valid;
    "rfc4475/3.1.2.1-stray-separators" true Refused(400);
    "rfc4475/3.1.2.2-length-beyond-the-body" true Refused(400);
    "rfc4475/3.1.2.3-negative-length" true Refused(400);
    "rfc4475/3.1.2.4-numbers-out-of-range" true Refused(400);
    "rfc4475/3.1.2.5-numbers-out-of-range-in-a-response" true Discarded;
    "rfc4475/3.1.2.6-quote-without-end" true Refused(400);
    "rfc4475/3.1.2.7-angles-around-the-request-uri" true Refused(400);
    "rfc4475/3.1.2.8-space-inside-the-request-uri" true Refused(400);
    "rfc4475/3.1.2.9-spaces-between-start-line-parts" true Refused(400);
    "rfc4475/3.1.2.10-space-behind-the-start-line" true Refused(400);
    "rfc4475/3.1.2.11-headers-in-the-request-uri" true Refused(400);
    "rfc4475/3.1.2.12-date-in-another-zone" true Refused(400);
    "rfc4475/3.1.2.13-bare-contact-with-headers" true Refused(400);
    "rfc4475/3.1.2.14-spaces-inside-angles" true Refused(400);
    "rfc4475/3.1.2.15-comma-in-an-unquoted-name" true Refused(400);
    "rfc4475/3.1.2.16-unknown-version" true Refused(505);
    "rfc4475/3.1.2.17-cseq-of-another-method" true Refused(400);
    "rfc4475/3.1.2.18-cseq-of-another-method-than-an-unknown-one" true Refused(400);
    "rfc4475/3.1.2.19-status-beyond-three-digits" false Unframed;
    "rfc4475/3.2.1-branch-of-the-cookie-alone" true Valid;
    "rfc4475/3.3.1-headers-missing" true Refused(400);
    "rfc4475/3.3.2-unknown-scheme" true Refused(416);
    "rfc4475/3.3.3-known-scheme-of-another-protocol" true Refused(416);
    "rfc4475/3.3.4-other-schemes-in-headers" true Refused(400);
    "rfc4475/3.3.5-unknown-extensions-required" true Refused(420);
    "rfc4475/3.3.6-unknown-body-type" true Refused(415);
    "rfc4475/3.3.7-unknown-authentication-scheme" true Valid;
    "rfc4475/3.3.8-single-headers-twice" true Refused(400);
    "rfc4475/3.3.9-two-lengths" true Refused(400);
    "rfc4475/3.3.10-response-with-a-broadcast-via" true Discarded;
    "rfc4475/3.3.11-no-hops-left" true Valid;
    "rfc4475/3.3.12-contact-with-a-header-parameter" true Valid;
    "rfc4475/3.3.13-contact-with-a-uri-parameter" true Valid;
    "rfc4475/3.3.14-contact-with-a-route-inside" true Valid;
    "rfc4475/3.3.15-no-acceptable-answer" true Refused(406);
    "rfc4475/3.4.1-old-style-invite" true Valid;
};

const RFC_5118: &[Row] = table! {
    "rfc5118/4.1-address-in-brackets" true Valid;
    "rfc5118/4.2-address-without-brackets" true Refused(400);
    "rfc5118/4.3-port-that-is-part-of-the-address" true Valid;
    "rfc5118/4.4-port-behind-the-brackets" true Valid;
    "rfc5118/4.5-received-in-brackets" true Valid;
    "rfc5118/4.5-received-without-brackets" true Valid;
    "rfc5118/4.6-addresses-in-a-session-description" true Valid;
    "rfc5118/4.7-both-families-in-headers" true Valid;
    "rfc5118/4.8-both-families-in-a-session-description" true Valid;
    "rfc5118/4.9-mapped-addresses" true Valid;
    "rfc5118/4.10-three-colons" true Refused(400);
    "rfc5118/4.10-two-colons" true Valid;
};

/// The bytes that a file stands for.
fn wire(text: &str) -> Vec<u8> {
    let resolve = |text: &str| {
        let text = text.replace('\n', "\r\n");
        let bytes = text.as_bytes();
        let mut out = Vec::with_capacity(bytes.len());
        let mut at = 0;
        while at < bytes.len() {
            let digits = bytes.get(at..at + 4).filter(|escape| escape.starts_with(b"\\x"));
            match digits.and_then(|e| u8::from_str_radix(std::str::from_utf8(&e[2..]).ok()?, 16).ok()) {
                Some(byte) => {
                    out.push(byte);
                    at += 4;
                }
                None => {
                    out.push(bytes[at]);
                    at += 1;
                }
            }
        }
        out
    };
    let (head, body) = text.split_once("\n\n").expect("a file has an empty line");
    let body = resolve(body);
    let head = head.replace("@LENGTH@", &body.len().to_string());
    [resolve(&head), b"\r\n\r\n".to_vec(), body].concat()
}

fn row(name: &str) -> Message {
    let row = RFC_4475.iter().chain(RFC_5118).find(|row| row.name.ends_with(name)).expect("a row of that name");
    Message::parse_datagram(wire(row.text).into()).expect("it frames")
}

#[test]
fn every_message_gets_its_verdict() {
    assert_eq!((RFC_4475.len(), RFC_5118.len()), (49, 12));
    for row in RFC_4475.iter().chain(RFC_5118) {
        let bytes = wire(row.text);
        assert_eq!(Message::parse_datagram(Bytes::from(bytes.clone())).is_ok(), row.frames, "{}", row.name);
        assert_eq!(judge(&bytes), row.verdict, "{}", row.name);
    }
}

#[test]
fn every_refused_request_can_be_answered() {
    for row in RFC_4475.iter().chain(RFC_5118) {
        let Refused(status) = row.verdict else { continue };
        let message = Message::parse_datagram(wire(row.text).into()).unwrap();
        let rejection = validate::request(&message, &capabilities(message.method())).unwrap_err();
        let answer = rejection.answer(&message, "198.51.100.9:5099".parse().unwrap(), "tag9");
        let answer =
            Message::parse_datagram(answer.unwrap_or_else(|e| panic!("{}: {e:?}", row.name)).finish()).unwrap();
        assert_eq!(answer.status(), Some(StatusCode(status)));
        for name in [HeaderName::From, HeaderName::CallId, HeaderName::CSeq] {
            let unfolded =
                |value: &[u8]| String::from_utf8_lossy(value).split_whitespace().collect::<Vec<_>>().join(" ");
            let of = |m: &Message| m.headers(name).map(unfolded).collect::<Vec<_>>();
            assert_eq!(of(&answer), of(&message), "{}", row.name);
        }
        assert_eq!(answer.vias().count(), message.vias().count(), "{}", row.name);
    }
}

#[test]
fn odd_but_valid_messages_are_understood() {
    let spacing = row("odd-spacing");
    assert_eq!(spacing.to().unwrap().tag(), Some("parity7e"));
    assert_eq!(spacing.from().unwrap().display_name().unwrap(), "R W \\\"");
    assert_eq!((spacing.max_forwards(), spacing.cseq().unwrap().number), (Ok(Some(42)), 31));
    let branches: Vec<_> = spacing.vias().map(|via| via.unwrap().branch().unwrap()).collect();
    assert_eq!(branches, ["old-style-branch", "z9hG4bKfold1", "z9hG4bKfold2"]);
    assert_eq!(spacing.contact().unwrap().q(), Some(250));
    assert_eq!(spacing.routes().next().unwrap().unwrap().uri().param("colour"), Some("blue"));

    let characters = row("every-character");
    assert_eq!(characters.to().unwrap().display_name().unwrap(), "BEL:\u{7} NUL:\0 DEL:\u{7f}");
    assert_eq!(characters.request_uri().unwrap().password(), Some("&pass=+$,word"));
    assert_eq!(characters.header_named("EXTENSION-header_!*%`'+~").unwrap(), "\u{feff}大".as_bytes());

    let escapes = row("escapes-in-uris");
    assert_eq!(escapes.request_uri().unwrap().user_unescaped().unwrap(), "trunk:gray@lab.example.org");
    assert_eq!(escapes.to().unwrap().uri().user_unescaped().unwrap(), "gray");

    let percent = row("percent-that-escapes-nothing");
    assert_ne!(percent.method(), Some(&Method::parse("DIAL.").unwrap()));
    assert_eq!(percent.contacts().count(), 2, "an escaped header name is another name");
    assert_eq!(percent.from().unwrap().tag(), Some("%67%68"));

    let tail = row("octets-behind-the-body");
    assert_eq!((tail.body().len(), tail.method()), (0, Some(&Method::Register)));
    let semicolons = row("semicolons-in-the-user-part");
    let uri = semicolons.request_uri().unwrap();
    assert_eq!((uri.user(), uri.params_text()), (Some("line;ring=a%40lab.example.net;x?y/z"), ""));
    assert_eq!(row("many-transports").vias().flatten().filter(|via| via.transport().is_some()).count(), 3);
    assert!(row("multipart-body").body().windows(2).any(|pair| pair == b"\n\r"));
    assert!(row("empty-reason-phrase").reason_phrase().is_empty());
    assert_eq!(row("branch-of-the-cookie-alone").top_via().unwrap().rfc3261_branch(), None);
    assert_eq!(validate::hops(&row("no-hops-left")).unwrap_err().status, StatusCode::TOO_MANY_HOPS);
}

#[test]
fn parameters_belong_to_the_header_or_to_the_uri() {
    let contact = |name: &str| row(name);
    let (header, uri) = (contact("contact-with-a-header-parameter"), contact("contact-with-a-uri-parameter"));
    let (of_header, of_uri) = (header.contact().unwrap(), uri.contact().unwrap());
    assert!(of_header.params().has("unheard") && !of_header.uri().has_param("unheard"));
    assert!(!of_uri.params().has("unheard") && of_uri.uri().has_param("unheard"));
    let inside = contact("contact-with-a-route-inside");
    assert_eq!(inside.contact().unwrap().uri().headers().next(), Some(("Route", "%3Csip:elsewhere.example.net%3E")));
}

#[test]
fn ipv6_forms_mean_what_the_standard_says() {
    let part = row("port-that-is-part-of-the-address");
    assert_eq!(part.request_uri().unwrap().port(), None);
    let behind = row("port-behind-the-brackets");
    assert_eq!(behind.request_uri().unwrap().port(), Some(5080));
    let expected = Some("2001:db8:7::99".parse().unwrap());
    for name in ["received-in-brackets", "received-without-brackets"] {
        assert_eq!(row(name).top_via().unwrap().received(), expected, "{name}");
    }
}

#[test]
fn a_stream_waits_for_a_body_and_closes_on_a_length_it_cannot_trust() {
    let fate = |name: &str| {
        let row = RFC_4475.iter().find(|row| row.name.ends_with(name)).unwrap();
        let mut framer = StreamFramer::new(Limits::default());
        framer.push(&wire(row.text));
        framer.poll()
    };
    assert!(fate("length-beyond-the-body").is_none());
    for name in ["negative-length", "two-lengths", "old-style-invite"] {
        let event = fate(name);
        let Some(StreamEvent::Refused { error: ParseError::ContentLength, salvaged: Some(request) }) = event else {
            panic!("{name}: {event:?}")
        };
        assert!(ResponseBuilder::to(&request, StatusCode::BAD_REQUEST).begin().is_ok(), "{name}");
    }
}
