//! What a REFER refers to (RFC 3515 section 2.1 and 2.4.2), and whether that can be carried out.

use crate::header::{DialogName, HeaderName};
use crate::message::Message;
use crate::uri::{Scheme, UriRef, unescape};
use std::borrow::Cow;

/// The reference of a REFER that can be carried out.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Reference<'a> {
    /// The URI without its headers part.
    pub target: &'a str,
    /// The Replaces value without escapes; it keeps the grammar.
    pub replaces: Option<Cow<'a, str>>,
}

/// Why a REFER is refused: the status and what its Reason says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub status: u16,
    pub text: &'static str,
}

impl Refusal {
    const fn new(status: u16, text: &'static str) -> Self {
        Refusal { status, text }
    }
}

/// Reads the reference of a REFER.
pub(crate) fn reference(request: &Message) -> Result<Reference<'_>, Refusal> {
    // RFC 3515 section 2.4.2: none, or more than one, is a bad request.
    let address = request.refer_to().map_err(|_| Refusal::new(400, "one Refer-To is needed"))?;
    let uri = address.uri();
    if !matches!(uri.scheme(), Scheme::Sip | Scheme::Sips | Scheme::Tel) {
        return Err(Refusal::new(416, "Refer-To is no address of a call"));
    }
    if uri.param("method").is_some_and(|method| unescape(method) != "INVITE") {
        return Err(Refusal::new(501, "only calls can be referred"));
    }
    Ok(Reference { target: without_headers(&uri), replaces: replaces_in(&uri)? })
}

/// The one Replaces in the URI's headers part (RFC 3891 section 4, RFC 3515 section 2.1).
fn replaces_in<'a>(uri: &UriRef<'a>) -> Result<Option<Cow<'a, str>>, Refusal> {
    const MALFORMED: Refusal = Refusal::new(400, "Replaces in Refer-To cannot be read");
    let mut found = None;
    for (name, value) in uri.headers() {
        let name = unescape(name);
        if name.eq_ignore_ascii_case("Join") {
            return Err(Refusal::new(501, "Join is not carried out"));
        }
        if name.eq_ignore_ascii_case("Replaces") && found.replace(unescape(value)).is_some() {
            return Err(MALFORMED);
        }
    }
    match found {
        Some(value) if DialogName::parse(HeaderName::Replaces, value.as_bytes()).is_err() => Err(MALFORMED),
        found => Ok(found),
    }
}

fn without_headers<'a>(uri: &UriRef<'a>) -> &'a str {
    let text = uri.as_str();
    let headers = uri.headers_text().map_or(0, |headers| headers.len() + 1);
    text.get(..text.len().saturating_sub(headers)).unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use proptest::prelude::*;

    fn refer(lines: &str) -> Message {
        let text = format!("REFER sip:a@b SIP/2.0\r\n{lines}\r\n");
        Message::parse_datagram(Bytes::from(text)).unwrap()
    }

    #[test]
    fn the_target_and_the_dialog_are_read_apart() {
        let request =
            refer("Refer-To: \"B\" <sip:b@h;user=phone?Replaces=1%40h%3Bto-tag%3Dx%3Bfrom-tag%3Dy&Subject=z>\r\n");
        let found = reference(&request).unwrap();
        assert_eq!(found.target, "sip:b@h;user=phone");
        assert_eq!(found.replaces.as_deref(), Some("1@h;to-tag=x;from-tag=y"));
        let request = refer("r: tel:+41326553201\r\n");
        assert_eq!(reference(&request), Ok(Reference { target: "tel:+41326553201", replaces: None }));
        let request = refer("r: <sip:b@h;method=INVITE>\r\n");
        assert_eq!(reference(&request).map(|found| found.target), Ok("sip:b@h;method=INVITE"));
    }

    #[test]
    fn nonsense_gets_the_answer_that_fits() {
        for (lines, status) in [
            ("", 400),
            ("Refer-To: <sip:b@h>\r\nr: <sip:c@h>\r\n", 400),
            ("Refer-To: <sip:b@h>, <sip:c@h>\r\n", 400),
            ("Refer-To: bell\r\n", 400),
            ("Refer-To: <sip:@>\r\n", 400),
            ("Refer-To: <http://example.com/>\r\n", 416),
            ("Refer-To: <mailto:bell@example.com>\r\n", 416),
            ("Refer-To: <sip:b@h;method=BYE>\r\n", 501),
            ("Refer-To: <sip:b@h;method=invite>\r\n", 501),
            ("Refer-To: <sip:b@h?Join=1%3Bto-tag%3Dx%3Bfrom-tag%3Dy>\r\n", 501),
            ("Refer-To: <sip:b@h?Replaces=1>\r\n", 400),
            ("Refer-To: <sip:b@h?Replaces=1%3Bto-tag%3Dx>\r\n", 400),
            (
                "Refer-To: <sip:b@h?Replaces=1%3Bto-tag%3Dx%3Bfrom-tag%3Dy&replaces=1%3Bto-tag%3Dx%3Bfrom-tag%3Dy>\r\n",
                400,
            ),
            ("Refer-To: <sip:b@h?Replaces=%ff%00>\r\n", 400),
        ] {
            assert_eq!(reference(&refer(lines)).map_err(|refusal| refusal.status), Err(status), "{lines}");
        }
    }

    proptest! {
        #[test]
        fn any_refer_to_is_read_without_panic(value in "(<?(sip|tel|x):)?[a-z0-9@;?=&%<>\"]{0,50}") {
            let request = refer(&format!("Refer-To: {value}\r\n"));
            if let Ok(found) = reference(&request) {
                prop_assert!(value.contains(found.target));
            }
        }
    }
}
