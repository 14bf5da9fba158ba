//! Answers: the headers that every response copies from its request (RFC 3261 section 8.2.6).

use super::{Builder, Message, StatusCode};
use crate::grammar::Params;
use crate::header::{HeaderName, NameAddr, Via};
use std::fmt::Write;
use std::net::SocketAddr;

/// Why a message cannot be answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Unanswerable {
    /// It is itself a response.
    Response,
    /// It is an ACK, which nothing answers (RFC 3261 section 17).
    Ack,
    /// It has no Via, which every response needs (RFC 3261 section 8.2.6.2).
    NoVia,
}

/// A response to a request, also to one that is not valid: it copies what it finds.
#[derive(Clone, Debug)]
pub struct ResponseBuilder<'a> {
    request: &'a Message,
    status: StatusCode,
    reason: Option<&'a str>,
    source: Option<SocketAddr>,
    to_tag: Option<&'a str>,
}

impl<'a> ResponseBuilder<'a> {
    /// A response of that status to the request.
    pub fn to(request: &'a Message, status: StatusCode) -> Self {
        ResponseBuilder { request, status, reason: None, source: None, to_tag: None }
    }

    /// A reason phrase of its own.
    #[must_use]
    pub fn reason(mut self, reason: &'a str) -> Self {
        self.reason = Some(reason);
        self
    }

    /// Where the request came from: the top Via gets `received` and `rport` as RFC 3261 section 18.2.1 and RFC 3581
    /// section 4 say.
    #[must_use]
    pub fn source(mut self, source: SocketAddr) -> Self {
        self.source = Some(source);
        self
    }

    /// The tag that To gets when it has none (RFC 3261 section 8.2.6.2). A 100 gets none.
    #[must_use]
    pub fn to_tag(mut self, tag: &'a str) -> Self {
        self.to_tag = Some(tag);
        self
    }

    /// Writes the status line, Via, From, To, Call-ID, CSeq, and Timestamp for a 100; the rest is the caller's.
    ///
    /// # Errors
    /// When nothing can or may be answered.
    pub fn begin(&self) -> Result<Builder, Unanswerable> {
        let request = self.request;
        match request.method() {
            None => return Err(Unanswerable::Response),
            Some(super::Method::Ack) => return Err(Unanswerable::Ack),
            Some(_) => {}
        }
        if !request.has_header(HeaderName::Via) {
            return Err(Unanswerable::NoVia);
        }
        let reason = self.reason.unwrap_or(self.status.reason_phrase());
        let mut builder = Builder::response_with_reason(self.status, reason);
        self.copy_vias(&mut builder, request.top_via().ok().as_ref());
        builder.copy(request, HeaderName::From);
        self.copy_to(&mut builder);
        builder.copy(request, HeaderName::CallId).copy(request, HeaderName::CSeq);
        if self.status == StatusCode::TRYING {
            // RFC 3261 section 8.2.6.1: a 100 carries the Timestamp of its request.
            builder.copy(request, HeaderName::Timestamp);
        }
        Ok(builder)
    }

    /// A top Via that cannot be read goes back as it came: its sender alone knows what it means.
    fn copy_vias(&self, builder: &mut Builder, top: Option<&Via<'_>>) {
        let mut lines = self.request.headers(HeaderName::Via);
        let first = lines.next().unwrap_or_default();
        match self.source.zip(top) {
            Some((source, top)) => {
                // `top` parsed, so the first line begins with it; what stands behind it is copied as it came.
                let mut cursor = crate::grammar::Cursor::new(first);
                let behind = if Via::read(&mut cursor).is_some() { cursor.rest() } else { &[] };
                let mut value = marked_via(top, source).into_bytes();
                value.extend_from_slice(behind);
                builder.header_bytes(HeaderName::Via, &value);
            }
            None => {
                builder.header_bytes(HeaderName::Via, first);
            }
        }
        for value in lines {
            builder.header_bytes(HeaderName::Via, value);
        }
    }

    fn copy_to(&self, builder: &mut Builder) {
        let Some(value) = self.request.header(HeaderName::To) else { return };
        let tag = self.to_tag.filter(|_| self.status != StatusCode::TRYING);
        let has_tag = match NameAddr::parse(HeaderName::To, value) {
            Ok(to) => to.tag().is_some(),
            // A To that cannot be read goes back as it came: a tag behind it could change what it says.
            Err(_) => true,
        };
        match tag {
            Some(tag) if !has_tag => {
                let mut tagged = value.to_vec();
                tagged.extend_from_slice(b";tag=");
                tagged.extend_from_slice(tag.as_bytes());
                builder.header_bytes(HeaderName::To, &tagged);
            }
            _ => {
                builder.header_bytes(HeaderName::To, value);
            }
        }
    }
}

/// The top Via with `received` when its host is not the source address (RFC 3261 section 18.2.1), and with both
/// `received` and the port when `rport` asks for it (RFC 3581 section 4). What a sender wrote there itself is replaced.
fn marked_via(via: &Via<'_>, source: SocketAddr) -> String {
    let mut out = format!("SIP/2.0/{} {}", via.transport_text(), via.host_text());
    if let Some(port) = via.port() {
        let _ = write!(out, ":{port}");
    }
    copy_params(&mut out, via.params());
    let address = source.ip().to_canonical();
    if via.wants_rport() {
        let _ = write!(out, ";rport={}", source.port());
    }
    if via.wants_rport() || via.host().ip().map(|ip| ip.to_canonical()) != Some(address) {
        let _ = write!(out, ";received={address}");
    }
    out
}

fn copy_params(out: &mut String, params: Params<'_>) {
    for param in params {
        if ["rport", "received"].iter().any(|name| param.name.eq_ignore_ascii_case(name)) {
            continue;
        }
        let _ = match param.value {
            Some(value) if param.quoted => write!(out, ";{}=\"{value}\"", param.name),
            Some(value) => write!(out, ";{}={value}", param.name),
            None => write!(out, ";{}", param.name),
        };
    }
}
