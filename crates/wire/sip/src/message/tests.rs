use super::*;
use proptest::prelude::*;

const INVITE: &str = "INVITE sip:nyquist@exchange.example.net SIP/2.0\r\n\
    Via: SIP/2.0/TCP relay.example.net;branch=z9hG4bKr, SIP/2.0/UDP 192.0.2.4:5070;rport;branch=z9hG4bK4;received=9.9.9.9\r\n\
    v:  SIP/2.0/UDP [2001:db8::4]\r\n\
    X-Kept:  as \r\n\tit is\r\n\
    Route: <sip:p1;lr>, <sip:p2;lr>\r\n\
    Route: <sip:p3;lr>\r\n\
    f: <sip:shannon@lab.example.net>;tag=1948\r\n\
    To: <sip:nyquist@exchange.example.net>\r\n\
    i: 1@lab\r\nCSeq: 7 INVITE\r\nTimestamp: 54\r\nContent-Type: text/plain\r\nl: 5\r\n\r\nhello";

fn message(text: &str) -> Message {
    Message::parse_datagram(Bytes::copy_from_slice(text.as_bytes())).unwrap_or_else(|error| panic!("{error}: {text}"))
}

fn text(bytes: &Bytes) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn an_edit_touches_only_its_lines() {
    let original = message(INVITE);
    let mut editor = Editor::new(&original);
    assert_eq!(editor.finish(), INVITE.as_bytes());
    editor
        .request_uri("sip:nyquist@192.0.2.77")
        .remove_first_value(HeaderName::Route)
        .prepend(HeaderName::Via, "SIP/2.0/UDP new;branch=z9hG4bKn")
        .prepend(HeaderName::RecordRoute, "<sip:new;lr>")
        .set(HeaderName::MaxForwards, 69)
        .append(HeaderName::Reason, "SIP;cause=200\r\nX-Smuggled: yes");
    let edited = text(&editor.finish());
    let expected = INVITE
        .replace("INVITE sip:nyquist@exchange.example.net", "INVITE sip:nyquist@192.0.2.77")
        .replace("SIP/2.0\r\nVia", "SIP/2.0\r\nVia: SIP/2.0/UDP new;branch=z9hG4bKn\r\nVia")
        .replace("<sip:p1;lr>, ", "")
        .replace(
            "\r\n\r\n",
            "\r\nRecord-Route: <sip:new;lr>\r\nMax-Forwards: 69\r\nReason: SIP;cause=200  X-Smuggled: yes\r\n\r\n",
        );
    assert_eq!(edited, expected);
    assert!(edited.contains("X-Kept:  as \r\n\tit is\r\n"));
    assert_eq!(editor.finish_message().unwrap().body(), b"hello");
}

#[test]
fn the_first_values_of_a_list_go_one_by_one() {
    let mut current = message(INVITE);
    for left in [["p2", "p3"].as_slice(), &["p3"], &[], &[]] {
        current = Editor::new(&current).remove_first_value(HeaderName::Route).finish_message().unwrap();
        let hosts: Vec<_> = current.routes().map(|route| route.unwrap().uri().host_text().to_owned()).collect();
        assert_eq!(hosts, left);
    }
    let original = message(INVITE);
    let mut editor = Editor::new(&original);
    editor.remove_first_value(HeaderName::Via);
    let popped = editor.finish_message().unwrap();
    assert_eq!(popped.vias().count(), 2);
    assert_eq!(popped.top_via().unwrap().branch(), Some("z9hG4bK4"));
}

#[test]
fn a_new_body_brings_its_length() {
    let original = message(INVITE);
    let changed = Editor::new(&original).body("application/sdp", Bytes::from_static(b"v=0")).finish_message().unwrap();
    assert_eq!((changed.body(), changed.declared_length()), (&b"v=0"[..], Some(3)));
    assert_eq!(changed.count(HeaderName::ContentLength), 1);
    assert!(changed.content_type().unwrap().unwrap().is("application/sdp"));
    let twice = message("BYE sip:a SIP/2.0\r\nTo: a\r\nX: y\r\nt: b\r\n\r\n");
    let set = Editor::new(&twice).set(HeaderName::To, "<sip:c>").finish();
    assert_eq!(text(&set), "BYE sip:a SIP/2.0\r\nTo: <sip:c>\r\nX: y\r\n\r\n");
    assert_eq!(text(&Editor::new(&twice).remove(HeaderName::To).finish()), "BYE sip:a SIP/2.0\r\nX: y\r\n\r\n");
}

#[test]
fn a_built_message_reads_back() {
    let mut builder = Builder::request(&Method::Notify, "sip:bell@192.0.2.1");
    builder.header(HeaderName::Subject, "two\r\nlines").header_named("X-Ring", 3).header_named("bad name", "lost");
    builder.header_bytes(HeaderName::Organization, b"a\r\n b\xff").copy(&message(INVITE), HeaderName::Via);
    let built = Message::parse_datagram(builder.body("text/plain", b"ring")).unwrap();
    assert_eq!((built.method(), built.body()), (Some(&Method::Notify), &b"ring"[..]));
    assert_eq!(built.header(HeaderName::Subject), Some(&b"two  lines"[..]));
    assert_eq!(built.header(HeaderName::Organization), Some(&b"a   b\xff"[..]));
    assert_eq!((built.header_named("x-ring"), built.vias().count()), (Some(&b"3"[..]), 3));
    assert_eq!((built.fault(), built.declared_length()), (None, Some(4)));
    let odd = Builder::response_with_reason(StatusCode(499), "no\r\nX: y").finish();
    assert_eq!(text(&odd), "SIP/2.0 499 no  X: y\r\nContent-Length: 0\r\n\r\n");
}

#[test]
fn a_response_copies_what_it_must() {
    let request = message(INVITE);
    let source = "192.0.2.4:41000".parse().unwrap();
    let ringing =
        ResponseBuilder::to(&request, StatusCode::RINGING).source(source).to_tag("r1").begin().unwrap().finish();
    let answer = message(&text(&ringing));
    let vias: Vec<_> = answer.vias().map(Result::unwrap).collect();
    assert_eq!((vias.len(), vias[0].received()), (3, Some("192.0.2.4".parse().unwrap())), "a name is not the address");
    assert_eq!((vias[0].rport(), vias[1].branch(), vias[2].host_text()), (None, Some("z9hG4bK4"), "[2001:db8::4]"));
    assert_eq!(answer.to().unwrap().tag(), Some("r1"));
    assert_eq!(answer.from().unwrap(), request.from().unwrap());
    assert_eq!((answer.cseq(), answer.call_id()), (request.cseq(), request.call_id()));
    assert!(!answer.has_header(HeaderName::Timestamp));
    let trying = ResponseBuilder::to(&request, StatusCode::TRYING).to_tag("r1").begin().unwrap().finish();
    let trying = message(&text(&trying));
    assert_eq!((trying.to().unwrap().tag(), trying.header(HeaderName::Timestamp)), (None, Some(&b"54"[..])));
    assert_eq!(trying.header(HeaderName::Via), request.header(HeaderName::Via));
    assert_eq!(ResponseBuilder::to(&trying, StatusCode::OK).begin().unwrap_err(), Unanswerable::Response);
    let ack = message("ACK sip:a SIP/2.0\r\nVia: SIP/2.0/UDP b\r\n\r\n");
    assert_eq!(ResponseBuilder::to(&ack, StatusCode::OK).begin().unwrap_err(), Unanswerable::Ack);
    let lost = message("BYE sip:a SIP/2.0\r\n\r\n");
    assert_eq!(ResponseBuilder::to(&lost, StatusCode::OK).begin().unwrap_err(), Unanswerable::NoVia);
}

#[test]
fn the_source_is_written_into_the_top_via_alone() {
    let via = |value: &str, source: &str| {
        let request = message(&format!("BYE sip:a SIP/2.0\r\nVia: {value}\r\nVia: SIP/2.0/UDP last;rport\r\n\r\n"));
        let built =
            ResponseBuilder::to(&request, StatusCode::OK).source(source.parse().unwrap()).begin().unwrap().finish();
        let answer = message(&text(&built));
        let values: Vec<String> =
            answer.headers(HeaderName::Via).map(|v| String::from_utf8(v.to_vec()).unwrap()).collect();
        assert_eq!(values[1], "SIP/2.0/UDP last;rport");
        values[0].clone()
    };
    assert_eq!(via("SIP/2.0/UDP 192.0.2.1;branch=b", "192.0.2.1:9"), "SIP/2.0/UDP 192.0.2.1;branch=b");
    assert_eq!(via("SIP/2.0/UDP 192.0.2.1;branch=b", "[::ffff:192.0.2.1]:9"), "SIP/2.0/UDP 192.0.2.1;branch=b");
    let both = "SIP/2.0/UDP 192.0.2.1:5070;branch=b;rport=9;received=192.0.2.1";
    assert_eq!(via("SIP/2.0/UDP 192.0.2.1:5070;rport;branch=b", "192.0.2.1:9"), both);
    assert_eq!(via("SIP/2.0/UDP 192.0.2.1:5070;branch=b;rport=1;received=6.6.6.6", "192.0.2.1:9"), both);
    assert_eq!(
        via("SIP/2.0/TLS [2001:db8::1];branch=b", "[2001:db8::2]:9"),
        "SIP/2.0/TLS [2001:db8::1];branch=b;received=2001:db8::2"
    );
    assert_eq!(
        via("SIP/2.0/TCP h;x=\"q;\" , SIP/2.0/UDP n", "192.0.2.1:9"),
        "SIP/2.0/TCP h;x=\"q;\";received=192.0.2.1 , SIP/2.0/UDP n"
    );
}

#[test]
fn a_clone_shares_and_nothing_is_shown_by_accident() {
    let original = message(INVITE);
    let copy = original.clone();
    assert_eq!(copy, original);
    assert_eq!(copy.bytes().as_ptr(), original.bytes().as_ptr());
    assert_eq!(
        format!("{copy:?}"),
        format!("Message(INVITE sip:nyquist@exchange.example.net, 12 headers, {} bytes)", INVITE.len())
    );
    assert_eq!(format!("{:?}", message("SIP/2.0 200 OK\r\n\r\n")), "Message(200, 0 headers, 18 bytes)");
    assert_eq!(original.transaction_method(), Some(Method::Invite));
    assert!(std::mem::size_of::<Message>() <= 128, "{}", std::mem::size_of::<Message>());
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _ = Message::parse_datagram(Bytes::from(bytes.clone()));
        let _ = Message::salvage(Bytes::from(bytes));
    }

    #[test]
    fn a_damaged_message_never_panics_and_is_never_changed(
        at in 0usize..INVITE.len(), with in proptest::collection::vec(any::<u8>(), 0..4), cut in 0usize..4
    ) {
        let mut bytes = INVITE.as_bytes().to_vec();
        bytes.splice(at..(at + cut).min(INVITE.len()), with);
        if let Ok(message) = Message::parse_datagram(Bytes::from(bytes.clone())) {
            prop_assert!(bytes.starts_with(message.bytes()) || bytes.starts_with(b"\r\n"));
            prop_assert_eq!(&Editor::new(&message).finish(), message.bytes());
            let mut editor = Editor::new(&message);
            editor.remove_first_value(HeaderName::Via).prepend(HeaderName::Via, "SIP/2.0/UDP x;branch=z9hG4bKx");
            let again = editor.finish_message();
            prop_assert!(again.is_ok(), "{:?}", again);
            let _ = redact(&message);
            let _ = crate::validate::well_formed(&message);
            if let Ok(builder) = ResponseBuilder::to(&message, StatusCode::BAD_REQUEST).to_tag("t").begin() {
                prop_assert!(Message::parse_datagram(builder.finish()).is_ok());
            }
        }
    }

    #[test]
    fn what_is_built_is_read(name in "[!-~]{1,12}", value in "\\PC{0,40}", body in proptest::collection::vec(any::<u8>(), 0..60)) {
        let mut builder = Builder::request(&Method::Info, "sip:a@b");
        builder.header(HeaderName::Subject, &value).header_named(&name, &value);
        let built = Message::parse_datagram(builder.body("text/plain", &body)).unwrap();
        prop_assert_eq!(built.body(), &body[..]);
        prop_assert_eq!(built.header(HeaderName::Subject), Some(crate::grammar::trim(value.as_bytes())));
        prop_assert_eq!(built.fault(), None);
    }
}
