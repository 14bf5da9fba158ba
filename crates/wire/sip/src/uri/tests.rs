use super::*;
use proptest::prelude::*;

fn uri(text: &str) -> UriRef<'_> {
    UriRef::parse(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn every_part_of_a_sip_uri_is_found() {
    let all =
        uri("sips:strowger;tone=a?b/c:s%20ecret@[2001:db8::9]:5071;transport=tcp;lr;x=%41?subject=hello&priority=");
    assert_eq!(all.scheme(), Scheme::Sips);
    assert_eq!(all.user(), Some("strowger;tone=a?b/c"));
    assert_eq!(all.password(), Some("s%20ecret"));
    assert_eq!(all.host().unwrap().to_string(), "[2001:db8::9]");
    assert_eq!(all.host_text(), "[2001:db8::9]");
    assert_eq!(all.port(), Some(5071));
    assert_eq!(all.param("Transport"), Some("tcp"));
    assert!(all.is_loose_router());
    assert_eq!(all.headers().collect::<Vec<_>>(), [("subject", "hello"), ("priority", "")]);
    let plain = uri("SIP:exchange.example");
    assert_eq!((plain.user(), plain.port(), plain.params_text(), plain.headers_text()), (None, None, "", None));
}

#[test]
fn other_schemes_are_kept_as_they_came() {
    let other = uri("soap.beep://192.0.2.103:3002?x=<>".trim_end_matches("?x=<>"));
    assert_eq!(other.scheme(), Scheme::Other);
    assert_eq!(other.scheme_text(), "soap.beep");
    assert!(other.host().is_none());
    let tel = uri("tel:+41-32-655;ext=12");
    assert_eq!(tel.telephone_number().unwrap().to_string(), "+4132655");
    assert_eq!(tel.telephone_number().unwrap().param("ext"), Some("12"));
    let phone = uri("sip:+41326553000;phone-context=x@example.net;user=phone");
    assert_eq!(phone.telephone_number().unwrap().to_string(), "+41326553000");
    assert!(uri("sip:+41326553000@example.net").telephone_number().is_none());
}

#[test]
fn malformed_uris_name_their_fault() {
    let bad = [
        ("", UriError::Scheme),
        ("example.net", UriError::Scheme),
        ("1x:y", UriError::Scheme),
        ("sip:", UriError::Host),
        ("sip:@example.net", UriError::User),
        ("sip:a b@example.net", UriError::User),
        ("sip:a%4@example.net", UriError::User),
        ("sip:a:p;x@example.net", UriError::User),
        ("sip:a@b@c", UriError::Host),
        ("sip:2001:db8::10", UriError::Host),
        ("sip:a@2001:db8::10", UriError::Host),
        ("sip:a@example.net:99999", UriError::Port),
        ("sip:a@example.net:", UriError::Port),
        ("sip:a@example.net;", UriError::Parameter),
        ("sip:a@example.net;;lr", UriError::Parameter),
        ("sip:a@example.net;x=", UriError::Parameter),
        ("sip:a@example.net;lr;LR", UriError::Parameter),
        ("sip:a@example.net;x=1;y;%78=2", UriError::Parameter),
        ("sip:a@example.net; lr", UriError::Parameter),
        ("sip:a@example.net?", UriError::Headers),
        ("sip:a@example.net?x", UriError::Headers),
        ("sip:a@example.net?x=a b", UriError::Headers),
        ("tel:", UriError::Number),
        ("tel:bell", UriError::Number),
        ("http:", UriError::Opaque),
        ("http:a b", UriError::Opaque),
        ("<sip:a@example.net>", UriError::Scheme),
    ];
    for (text, error) in bad {
        assert_eq!(UriRef::parse(text.as_bytes()), Err(error), "{text}");
    }
}

#[test]
fn equivalence_follows_the_standard() {
    let same = [
        ("sip:%61lamarr@example.net;transport=TCP", "sip:alamarr@EXAMPLE.net;Transport=tcp"),
        ("sip:meucci@example.net", "sip:meucci@example.net;newparam=5"),
        ("sip:meucci@example.net;security=on", "sip:meucci@example.net;newparam=5"),
        ("sip:reis@example.net;transport=tcp?a=1&b=2", "sip:reis@example.net;transport=tcp?b=2&A=1"),
        ("sip:gray@[::1]", "sip:gray@[0::1]"),
        ("tel:+1-201-555", "tel:+1201555"),
        ("sip:*21#@example.net", "sip:*21%23@example.net"),
        ("HTTP://example.net/a", "http://example.net/a"),
    ];
    for (a, b) in same {
        assert!(uri(a).equivalent(&uri(b)), "{a} {b}");
        assert!(uri(b).equivalent(&uri(a)), "{b} {a}");
    }
    let different = [
        ("sip:MEUCCI@example.net", "sip:meucci@example.net"),
        ("sip:meucci@example.net", "sip:meucci@example.net:5060"),
        ("sip:meucci@example.net", "sip:meucci@example.net;transport=udp"),
        ("sip:meucci@example.net;transport=tcp", "sip:meucci@example.net;transport=udp"),
        ("sip:meucci@example.net", "sips:meucci@example.net"),
        ("sip:meucci@example.net", "sip:meucci@example.net?subject=x"),
        ("sip:a%3Bb@example.net", "sip:a;b@example.net"),
        ("sip:meucci@example.net;security=on", "sip:meucci@example.net;security=off"),
        ("sip:meucci@example.net", "sip:example.net"),
        ("sip:meucci:x@example.net", "sip:meucci@example.net"),
        ("sip:a@example.net?x=1&x=1&y=2", "sip:a@example.net?x=1&y=2&y=2"),
    ];
    for (a, b) in different {
        assert!(!uri(a).equivalent(&uri(b)), "{a} {b}");
        assert!(!uri(b).equivalent(&uri(a)), "{b} {a}");
    }
}

#[test]
fn uris_are_built_with_escapes_and_brackets() {
    let built = Uri::sip(Some("bell & co"), "2001:db8::1", Some(5070)).unwrap();
    assert_eq!(built.as_str(), "sip:bell%20&%20co@[2001:db8::1]:5070");
    assert_eq!(built.as_ref().user_unescaped().unwrap(), "bell & co");
    let with = built.with_param("transport", Some("tcp")).unwrap().with_param("lr", None).unwrap();
    assert_eq!(with.as_str(), "sip:bell%20&%20co@[2001:db8::1]:5070;transport=tcp;lr");
    let headers = Uri::parse("sip:a@b?x=1").unwrap().with_param("ob", None).unwrap();
    assert_eq!(headers.as_str(), "sip:a@b;ob?x=1");
    assert!(Uri::sip(None, "not a host", None).is_err());
}

proptest! {
    #[test]
    fn random_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
        let _ = UriRef::parse(&bytes);
    }

    #[test]
    fn a_uri_equals_itself_and_its_parts_cover_it(
        user in "[a-z0-9&=+$,;?/%]{0,6}", host in "[a-z0-9.\\-:\\[\\]]{1,12}", rest in "[;?&=a-z%41]{0,12}"
    ) {
        let text = format!("sip:{user}@{host}{rest}");
        if let Ok(uri) = UriRef::parse(text.as_bytes()) {
            prop_assert!(uri.equivalent(&uri));
            let port = uri.port().map(|_| text.len());
            let headers = uri.headers_text().map(|h| format!("?{h}")).unwrap_or_default();
            if port.is_none() {
                let again = format!("sip:{}@{}{}{}", uri.user().unwrap(), uri.host_text(), uri.params_text(), headers);
                let password = uri.password().is_some();
                prop_assert!(password || again == text);
            }
            let owned = uri.to_owned();
            prop_assert_eq!(owned.as_str(), text);
        }
    }
}
