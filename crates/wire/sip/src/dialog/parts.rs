//! What the owner of the agent adds to a message: header lines and a body.

use crate::message::Builder;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// A header line that the caller of the agent adds to a message; the agent writes its own lines and these behind them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExtraHeader {
    /// The header's name, for example `P-Asserted-Identity`.
    pub name: Box<str>,
    /// Its value, without a line end: a value that holds CR or LF is not sent.
    pub value: Box<str>,
}

impl ExtraHeader {
    /// A header line of `name` and `value`.
    pub fn new(name: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        ExtraHeader { name: name.into(), value: value.into() }
    }

    /// A Reason header with a Q.850 cause, RFC 3326 section 2: `Q.850;cause=16;text="hung up"`.
    pub fn reason_q850(cause: u8, text: &str) -> Self {
        let text: String = text.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').collect();
        ExtraHeader::new("Reason", format!("Q.850;cause={cause};text=\"{text}\""))
    }

    /// A Reason header with a SIP status, RFC 3326 section 2, as a CANCEL carries it: `SIP;cause=200;text="..."`.
    pub fn reason_sip(status: u16, text: &str) -> Self {
        let text: String = text.chars().filter(|c| !c.is_control() && *c != '"' && *c != '\\').collect();
        ExtraHeader::new("Reason", format!("SIP;cause={status};text=\"{text}\""))
    }
}

/// A message body and what it is.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Body {
    /// The Content-Type value, for example `application/sdp`.
    pub content_type: Box<str>,
    /// The body.
    pub bytes: Bytes,
}

impl Body {
    /// A session description, RFC 3264.
    pub fn sdp(bytes: impl Into<Bytes>) -> Self {
        Body { content_type: "application/sdp".into(), bytes: bytes.into() }
    }

    /// True when the body is a session description.
    pub fn is_sdp(&self) -> bool {
        let kind = self.content_type.split(';').next().unwrap_or_default().trim();
        kind.eq_ignore_ascii_case("application/sdp")
    }
}

/// Writes the owner's lines and body behind the agent's lines; Content-Length is written always, RFC 3261 section 20.14.
pub(crate) fn finish(mut builder: Builder, headers: &[ExtraHeader], body: Option<&Body>) -> Bytes {
    for line in headers.iter().filter(|line| !has_line_end(&line.value)) {
        builder.header_named(&line.name, &line.value);
    }
    match body.filter(|body| !body.bytes.is_empty()) {
        Some(body) => builder.body(&body.content_type, &body.bytes),
        None => builder.finish(),
    }
}

fn has_line_end(value: &str) -> bool {
    value.contains(['\r', '\n'])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::StatusCode;

    #[test]
    fn nothing_can_smuggle_a_second_line_in() {
        let lines = [
            ExtraHeader::new("Subject", "a\r\nX: b"),
            ExtraHeader::new("X\r\nY", "1"),
            ExtraHeader::new("A:B", "1"),
            ExtraHeader::new("", "1"),
            ExtraHeader::new("X-Good", "1"),
        ];
        let bytes = finish(Builder::response(StatusCode::OK), &lines, None);
        assert_eq!(bytes.as_ref(), b"SIP/2.0 200 OK\r\nX-Good: 1\r\nContent-Length: 0\r\n\r\n");
    }

    #[test]
    fn a_body_brings_its_type_and_length() {
        let body = Body { content_type: "text/plain".into(), bytes: Bytes::from_static(b"hello") };
        let bytes = finish(Builder::response(StatusCode::OK), &[], Some(&body));
        assert!(bytes.ends_with(b"Content-Type: text/plain\r\nContent-Length: 5\r\n\r\nhello"));
        assert!(Body::sdp("v=0").is_sdp() && !body.is_sdp());
    }

    #[test]
    fn a_reason_header_quotes_its_text() {
        let line = ExtraHeader::reason_q850(26, "answered \"else\\where\r\n");
        assert_eq!(&*line.value, "Q.850;cause=26;text=\"answered elsewhere\"");
        assert_eq!(&*ExtraHeader::reason_sip(200, "Call completed").value, "SIP;cause=200;text=\"Call completed\"");
    }
}
