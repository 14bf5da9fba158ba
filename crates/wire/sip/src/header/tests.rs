use super::*;
use crate::{Message, Method, Transport};
use bytes::Bytes;
use proptest::prelude::*;

fn message(lines: &str) -> Message {
    Message::parse_datagram(Bytes::from(format!("OPTIONS sip:a SIP/2.0\r\n{lines}\r\n"))).unwrap()
}

#[test]
fn vias_are_read_across_lines_and_odd_spaces() {
    let message = message(
        "v: SIP / 2.0 / tcp  [2001:db8::1] : 5061 ; branch = z9hG4bKa ;rport;received=192.0.2.7 ,\r\n \
         SIP/2.0/SCTP relay.example;maddr=192.0.2.9;ttl=16;hidden\r\nX: y\r\nVia: SIP/2.0/UDP last;branch=old;rport=99\r\n",
    );
    let vias: Vec<Via<'_>> = message.vias().map(Result::unwrap).collect();
    assert_eq!(vias.len(), 3);
    assert_eq!(
        (vias[0].transport(), vias[0].port(), vias[0].branch()),
        (Some(Transport::Tcp), Some(5061), Some("z9hG4bKa"))
    );
    assert!(vias[0].is_sip_2() && vias[0].wants_rport() && vias[0].rport().is_none());
    assert_eq!(vias[0].received(), Some("192.0.2.7".parse().unwrap()));
    assert_eq!((vias[1].transport(), vias[1].transport_text(), vias[1].ttl()), (None, "SCTP", Some(16)));
    assert_eq!((vias[1].maddr(), vias[1].branch()), (Some("192.0.2.9"), None));
    assert_eq!((vias[2].rport(), vias[2].rfc3261_branch(), vias[2].host_text()), (Some(99), None, "last"));
    assert_eq!(vias[0].rfc3261_branch(), Some("z9hG4bKa"));
}

#[test]
fn broken_vias_are_refused() {
    for bad in [
        "",
        "SIP/2.0 host",
        "SIP/2.0/UDP",
        "SIP/2.0/UDPhost",
        "SIP/2.0/UDP host;;",
        "SIP/2.0/UDP host;branch=",
        "SIP/2.0/UDP host;branch",
        "SIP/2.0/UDP host,",
        "SIP/2.0/UDP ,host",
        "SIP/2.0/UDP host:0",
        "SIP/2.0/UDP host:",
        "SIP/2.0/UDP 2001:db8::1",
        "SIP/2.0/UDP [2001:db8::1",
        "SIP/2.0/UDP host;ttl=256",
        "SIP/2.0/UDP host;received=x",
        "SIP/2.0/UDP host;rport=0",
        "SIP/2.0/UDP host x",
    ] {
        let results: Vec<_> = Via::list(bad.as_bytes()).collect();
        assert!(results.last().unwrap().is_err(), "{bad}");
    }
    let both = "SIP/2.0/UDP [2001:db8::9:1];received=[2001:db8::9:255];branch=z9hG4bKa";
    for form in [both.to_owned(), both.replace("=[2001:db8::9:255]", "=2001:db8::9:255")] {
        let via = Via::list(form.as_bytes()).next().unwrap().unwrap();
        assert_eq!(via.received(), Some("2001:db8::9:255".parse().unwrap()), "RFC 5118 section 4.5");
    }
}

#[test]
fn addresses_stand_with_and_without_brackets_and_names() {
    let parse = |value: &'static str| NameAddr::parse(HeaderName::From, value.as_bytes());
    let quoted = parse("\"A. \\\"Toni\\\" Meucci, sen.\" <sip:k;p@a;lr>;tag=1;x=\"y;z\"").unwrap();
    assert_eq!(quoted.display_name().unwrap(), "A. \"Toni\" Meucci, sen.");
    assert_eq!((quoted.tag(), quoted.uri().user(), quoted.uri().is_loose_router()), (Some("1"), Some("k;p"), true));
    assert_eq!(quoted.params().value("x"), Some("y;z"));
    let tight = parse("caller<sip:caller@a>;tag=323").unwrap();
    assert_eq!(tight.display_name().unwrap(), "caller");
    let bare = parse("sip:reis@example.net;tag=a").unwrap();
    assert_eq!((bare.uri().as_str(), bare.tag(), bare.display_name()), ("sip:reis@example.net", Some("a"), None));
    assert!(!bare.is_bracketed() && tight.is_bracketed());
    let tokens = parse("Philipp  Reis <sip:a@b>").unwrap();
    assert_eq!(tokens.display_name().unwrap(), "Philipp  Reis");
    assert_eq!(parse("Puskás <sip:a@b>").unwrap().display_name().unwrap(), "Puskás");
    for bad in [
        "",
        "<sip:a@b",
        "sip:a@b>",
        "\"open <sip:a@b>",
        "Bell, Alexander <sip:a@b>",
        "\"W\" < sip:a@b >",
        "<a@b>",
        "a@b",
        "<sip:a@b>;",
        "<sip:a@b>;;tag=1",
        "<sip:a@b> x",
        "sip:a@b?x=y",
        "\"x\" sip:a@b",
        "<sip:a@b>, <sip:c@d>",
    ] {
        assert!(NameAddr::parse(HeaderName::From, bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn contacts_have_preference_expiry_and_instance() {
    let message = message(
        "m: \"A\" <sip:a@192.0.2.4:5062;ob>;q=0.75;expires=60;+sip.instance=\"<urn:uuid:1-2>\";reg-id=2,\r\n sip:b@c;q=1\r\n\
         Contact: <sips:d@e>;expires=99999999999;instance=urn:uuid:9\r\n",
    );
    let contacts: Vec<Contact<'_>> = message.contacts().map(Result::unwrap).collect();
    assert_eq!((contacts[0].q(), contacts[0].expires(), contacts[0].reg_id()), (Some(750), Some(60), Some(2)));
    assert_eq!(contacts[0].instance(), Some("urn:uuid:1-2"));
    assert_eq!((contacts[1].q(), contacts[1].expires(), contacts[1].instance()), (Some(1000), None, None));
    assert_eq!((contacts[2].expires(), contacts[2].instance()), (Some(u32::MAX), Some("urn:uuid:9")));
    assert!(message.contact().is_err());
    assert!(!message.has_contact_wildcard());
    for bad in ["<sip:a>;q=2", "<sip:a>;q=0.1234", "<sip:a>;q=x", "<sip:a>;expires", "*", "<sip:a>,"] {
        assert!(Contact::list(bad.as_bytes()).any(|contact| contact.is_err()), "{bad}");
    }
}

#[test]
fn sequence_numbers_and_call_ids_keep_their_grammar() {
    let cseq = CSeq::parse(b"0009\r\n INVITE").unwrap();
    assert_eq!((cseq.number, cseq.method()), (9, Method::Invite));
    assert_eq!(CSeq::parse(b"1 Dial").unwrap().method().as_str(), "Dial");
    assert_eq!(CSeq::parse(b"2147483647 ACK").unwrap().number, 2_147_483_647);
    for bad in ["", "1", "INVITE 1", "2147483648 INVITE", "-1 INVITE", "1 INVITE x", "1INVITE", "1 IN/VITE"] {
        assert!(CSeq::parse(bad.as_bytes()).is_err(), "{bad}");
    }
    assert_eq!(CallId::parse(b"a.%-!*_+'@b`~)(><:\\/\"][?}{").unwrap().as_str().len(), 26);
    for bad in ["", "@", "a@", "@b", "a@b@c", "a b", "é", "a;b", "a,b"] {
        assert!(CallId::parse(bad.as_bytes()).is_err(), "{bad}");
    }
}

#[test]
fn lists_of_tokens_may_be_empty_but_not_broken() {
    let message = message(
        "Supported:\r\nk: timer , path\r\nAllow: INVITE,ACK\r\nRequire: a,,b\r\nPrivacy: id;critical\r\nPrivacy: header,user\r\n",
    );
    assert_eq!(message.tokens(HeaderName::Supported).map(Result::unwrap).collect::<Vec<_>>(), ["timer", "path"]);
    assert!(message.supports("PATH") && !message.supports("gruu"));
    assert_eq!(message.tokens(HeaderName::Require).filter(Result::is_err).count(), 1);
    assert_eq!(message.tokens(HeaderName::Allow).count(), 2);
    assert_eq!(message.privacy().map(Result::unwrap).collect::<Vec<_>>(), ["id", "critical", "header", "user"]);
}

#[test]
fn routes_need_their_brackets_and_keep_their_order() {
    let good = message("Route: <sip:p1;lr>,<sip:p2>\r\nRoute: \"x\" <sip:p3;lr>;p=1\r\nPath: <sip:q>\r\n");
    let hosts: Vec<&str> = good.routes().map(|route| route.unwrap().uri().host_text()).collect();
    assert_eq!(hosts, ["p1", "p2", "p3"]);
    assert_eq!(good.paths().count(), 1);
    assert_eq!(good.record_routes().count() + good.service_routes().count(), 0);
    assert!(message("Route: sip:p1\r\n").routes().next().unwrap().is_err());
    assert!(message("Route:\r\n").routes().next().unwrap().is_err());
}

#[test]
fn headers_that_stand_once_are_refused_twice() {
    let twice =
        message("From: <sip:a>;tag=1\r\nf: <sip:b>;tag=2\r\nExpires: 7\r\nMax-Forwards: 0068\r\nMin-Expires: 60\r\n");
    assert_eq!(twice.from().unwrap_err(), HeaderError::repeated(HeaderName::From));
    assert_eq!(twice.to().unwrap_err(), HeaderError::missing(HeaderName::To));
    assert_eq!(twice.to().unwrap_err().to_string(), "Missing To");
    assert_eq!((twice.expires(), twice.max_forwards(), twice.min_expires()), (Ok(Some(7)), Ok(Some(68)), Ok(Some(60))));
    assert!(message("Max-Forwards: 256\r\n").max_forwards().is_err());
    assert_eq!(message("").max_forwards(), Ok(None));
}

#[test]
fn a_quoted_display_name_cannot_break_out() {
    assert_eq!(quote("A \"B\" \\ \r\nX: y"), "\"A \\\"B\\\" \\\\   X: y\"");
    let written = format!("{} <sip:a@b>", quote("Tuttle, \"Hush\" \\o/"));
    let read = NameAddr::parse(HeaderName::To, written.as_bytes()).unwrap();
    assert_eq!(read.display_name().unwrap(), "Tuttle, \"Hush\" \\o/");
}

proptest! {
    #[test]
    fn random_values_never_panic(value in proptest::collection::vec(any::<u8>(), 0..120)) {
        let _ = Via::list(&value).count();
        let _ = NameAddr::list(HeaderName::Route, &value).count();
        for contact in Contact::list(&value).flatten() {
            let _ = (contact.q(), contact.expires(), contact.instance(), contact.reg_id());
        }
        let _ = (CSeq::parse(&value).is_ok(), CallId::parse(&value).is_ok(), Date::parse(&value).is_ok());
        let _ = (MediaType::parse(&value).is_ok(), AuthValue::parse(HeaderName::Authorization, &value).is_ok());
        let _ = (RAck::parse(&value).is_ok(), retry_after(&value).is_ok(), is_timestamp(&value));
        let _ = (DialogName::parse(HeaderName::Replaces, &value).is_ok(), SessionExpires::parse(&value).is_ok());
    }

    #[test]
    fn any_name_survives_quoting(name in "[^\\p{Cc}]{1,40}") {
        let written = format!("{} <sip:a@b>", quote(&name));
        let read = NameAddr::parse(HeaderName::To, written.as_bytes());
        prop_assert_eq!(read.unwrap().display_name().unwrap_or_default().into_owned(), name);
    }
}
