//! The two requests that the transaction layer makes of an INVITE that it sent: the ACK of a failure and the CANCEL.

use crate::dialog::{ExtraHeader, finish};
use crate::header::HeaderName;
use crate::message::{Builder, Method};
use bytes::Bytes;

/// The ACK of a response of 300 to 699, RFC 3261 section 17.1.1.3: same Request-URI, top Via, Route, From, Call-ID and CSeq
/// number as the INVITE, and the To of the response.
pub fn ack_for_failure(invite: &[u8], response_to: &str) -> Bytes {
    derive(invite, &Method::Ack, Some(response_to), &[])
}

/// The CANCEL of an INVITE, RFC 3261 section 9.1: the same with the To of the INVITE, and Reason lines (RFC 3326).
pub fn cancel_for(invite: &[u8], headers: &[ExtraHeader]) -> Bytes {
    derive(invite, &Method::Cancel, None, headers)
}

/// Works on bytes that this agent wrote itself: one line a header, full names.
fn derive(invite: &[u8], method: &Method, to: Option<&str>, headers: &[ExtraHeader]) -> Bytes {
    let text = std::str::from_utf8(invite).unwrap_or_else(|error| {
        // A body need not be text; the header part is.
        std::str::from_utf8(invite.get(..error.valid_up_to()).unwrap_or_default()).unwrap_or_default()
    });
    let mut lines = text.split("\r\n");
    let uri = lines.next().and_then(|start| start.split(' ').nth(1)).unwrap_or_default();
    let mut builder = Builder::request(method, uri);
    let mut top_via = false;
    for (name, value) in lines.take_while(|line| !line.is_empty()).filter_map(|line| line.split_once(": ")) {
        match name {
            "Via" if !top_via => {
                top_via = true;
                builder.header_named(name, value);
            }
            "Max-Forwards" | "Route" | "From" | "Call-ID" => {
                builder.header_named(name, value);
            }
            "To" => {
                builder.header_named(name, to.unwrap_or(value));
            }
            "CSeq" => {
                let number = value.split(' ').next().unwrap_or_default();
                builder.header(HeaderName::CSeq, format_args!("{number} {method}"));
            }
            _ => {}
        }
    }
    finish(builder, headers, None)
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &[u8] = b"INVITE sip:bell@192.0.2.7 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
        Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:bell@b>\r\nCall-ID: c\r\nCSeq: 7 INVITE\r\n\
        Contact: <sip:a@192.0.2.1>\r\nContent-Type: x/y\r\nContent-Length: 9\r\n\r\nRoute: \xff\xfe";

    #[test]
    fn the_ack_of_a_failure_takes_the_to_of_the_response() {
        let ack = ack_for_failure(INVITE, "<sip:bell@b>;tag=9");
        assert_eq!(
            std::str::from_utf8(&ack).unwrap(),
            "ACK sip:bell@192.0.2.7 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1\r\nMax-Forwards: 70\r\n\
             Route: <sip:p1;lr>\r\nRoute: <sip:p2;lr>\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:bell@b>;tag=9\r\nCall-ID: c\r\n\
             CSeq: 7 ACK\r\nContent-Length: 0\r\n\r\n"
        );
    }

    #[test]
    fn the_cancel_equals_its_invite_and_says_why() {
        let cancel = cancel_for(INVITE, &[ExtraHeader::reason_sip(200, "Call completed elsewhere")]);
        let text = std::str::from_utf8(&cancel).unwrap();
        assert!(text.contains("To: <sip:bell@b>\r\n") && text.contains("CSeq: 7 CANCEL\r\n"));
        assert!(text.contains("Reason: SIP;cause=200;text=\"Call completed elsewhere\"\r\n"));
        assert!(!text.contains("Contact") && !text.contains("Content-Type"));
    }
}
