//! The one builder of every request inside a dialog, RFC 3261 section 12.2.1.1: ACK, BYE, re-INVITE, UPDATE, INFO, OPTIONS,
//! PRACK and NOTIFY differ in what they carry, never in how they are addressed.

use super::parts::{Body, ExtraHeader, finish};
use super::route::{is_loose, uri_of};
use super::state::Dialog;
use crate::header::HeaderName;
use crate::message::{Builder, Method};
use bytes::Bytes;

/// What a request adds to its dialog.
#[derive(Clone, Copy, Debug)]
pub struct InDialog<'a> {
    /// The method.
    pub method: &'a Method,
    /// The CSeq number: a new one, or for ACK that of its INVITE.
    pub sequence: u32,
    /// The whole Via value, with its branch.
    pub via: &'a str,
    /// Our Contact value, for requests that refresh the target (RFC 3261 section 12.2.1.1).
    pub contact: Option<&'a str>,
    /// What we allow, for requests that say so (RFC 3261 section 13.2.1).
    pub allow: Option<&'a str>,
    /// The extensions that we support, beside `allow`.
    pub supported: Option<&'a str>,
    /// Lines written behind ours. A Max-Forwards among them stands for ours of 70, for requests that continue a way
    /// (RFC 7332 section 4).
    pub headers: &'a [ExtraHeader],
    /// The body.
    pub body: Option<&'a Body>,
}

/// Writes the request.
pub fn build_request(dialog: &Dialog, request: &InDialog<'_>) -> Bytes {
    let strict = dialog.routes.first().filter(|first| !is_loose(uri_of(first)));
    // RFC 3261 section 12.2.1.1: a strict first router gets its own URI as Request-URI, and the target ends the Route.
    let uri = strict.map_or(&*dialog.target, |first| uri_of(first));
    let mut builder = Builder::request(request.method, uri);
    builder.header(HeaderName::Via, request.via);
    if !request.headers.iter().any(|line| line.name.eq_ignore_ascii_case(HeaderName::MaxForwards.as_str())) {
        builder.header(HeaderName::MaxForwards, 70);
    }
    let skip = usize::from(strict.is_some());
    for route in dialog.routes.iter().skip(skip) {
        builder.header(HeaderName::Route, route);
    }
    if strict.is_some() {
        builder.header(HeaderName::Route, format_args!("<{}>", dialog.target));
    }
    builder.header(HeaderName::From, format_args!("{};tag={}", dialog.local, dialog.local_tag));
    if dialog.remote_tag.is_empty() {
        builder.header(HeaderName::To, &dialog.remote);
    } else {
        builder.header(HeaderName::To, format_args!("{};tag={}", dialog.remote, dialog.remote_tag));
    }
    builder.header(HeaderName::CallId, &dialog.call_id);
    builder.header(HeaderName::CSeq, format_args!("{} {}", request.sequence, request.method));
    if let Some(contact) = request.contact {
        builder.header(HeaderName::Contact, contact);
    }
    if let Some(allow) = request.allow {
        builder.header(HeaderName::Allow, allow);
    }
    if let Some(supported) = request.supported {
        builder.header(HeaderName::Supported, supported);
    }
    finish(builder, request.headers, request.body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialog::state::tests::dialog;

    fn text(routes: &[&str], method: Method) -> String {
        let request = InDialog {
            method: &method,
            sequence: 11,
            via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx;rport",
            contact: None,
            allow: None,
            supported: None,
            headers: &[],
            body: None,
        };
        String::from_utf8(build_request(&dialog(routes), &request).to_vec()).unwrap()
    }

    #[test]
    fn a_request_without_routes_goes_to_the_target() {
        assert_eq!(
            text(&[], Method::Bye),
            "BYE sip:bell@192.0.2.7:5062 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx;rport\r\nMax-Forwards: 70\r\n\
             From: <sip:strowger@example.com>;tag=lt\r\nTo: \"Bell\" <sip:bell@example.com>;tag=rt\r\nCall-ID: c1\r\n\
             CSeq: 11 BYE\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn loose_routers_stand_in_route_and_the_target_in_the_request_uri() {
        let text = text(&["<sip:p1;lr>", "<sip:p2;lr>", "<sip:p3;lr>"], Method::Ack);
        assert!(text.starts_with("ACK sip:bell@192.0.2.7:5062 SIP/2.0\r\n"));
        assert!(text.contains("Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nRoute: <sip:p3;lr>\r\n"));
    }

    #[test]
    fn a_strict_first_router_gets_its_own_uri_and_the_target_ends_the_route() {
        let text = text(&["<sip:p1.example.com>", "<sip:p2;lr>"], Method::Info);
        assert!(text.starts_with("INFO sip:p1.example.com SIP/2.0\r\n"));
        assert!(text.contains("Route: <sip:p2;lr>\r\nRoute: <sip:bell@192.0.2.7:5062>\r\n"));
        assert!(!text.contains("Route: <sip:p1"));
    }

    #[test]
    fn hops_that_the_owner_writes_stand_alone() {
        let request = InDialog {
            method: &Method::Invite,
            sequence: 1,
            via: "SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKx",
            contact: None,
            allow: None,
            supported: None,
            headers: &[ExtraHeader::new("max-forwards", "7")],
            body: None,
        };
        let text = String::from_utf8(build_request(&dialog(&[]), &request).to_vec()).unwrap();
        assert_eq!(text.to_ascii_lowercase().matches("max-forwards:").count(), 1, "{text}");
        assert!(text.contains("max-forwards: 7\r\n"), "{text}");
    }
}
