//! Requests (RFC 3261 section 8.2): in the order method, headers, extensions, content.

use super::{Capabilities, Rejection, well_formed_as};
use crate::header::{HeaderError, HeaderName};
use crate::message::{Fault, Message, Method, StatusCode};
use crate::uri::{UriError, UriRef};

/// How many unknown options an answer names: a hostile list must not make it long, or the search slow.
const NAMED_OPTIONS: usize = 16;

/// Checks that a request can be acted on.
///
/// # Errors
/// The answer it gets instead. An ACK is not answered but dropped.
pub fn request(message: &Message, capabilities: &Capabilities) -> Result<(), Rejection> {
    let Some(method) = message.method() else { return Err(Rejection::bad_request("Not a Request")) };
    if !message.is_version_2() {
        return Err(Rejection::new(StatusCode::VERSION_NOT_SUPPORTED));
    }
    frame(message)?;
    well_formed_as(message, capabilities.strictness)?;
    if message.cseq()?.method != method.as_str() {
        // RFC 3261 section 8.1.1.5; RFC 4475 section 3.1.2.17.
        let reason = Rejection::bad_request("CSeq Method Does Not Match");
        return Err(Rejection { header: Some(HeaderName::CSeq), ..reason });
    }
    check_method(method, capabilities)?;
    check_uri(message, capabilities)?;
    check_register(message, method)?;
    check_extensions(message, method, capabilities)?;
    check_body(message, capabilities)?;
    check_accept(message, method)
}

/// Refuses a request that may not be passed on any further (RFC 3261 section 16.3 step 3).
///
/// # Errors
/// 483 when Max-Forwards is zero, 400 when it is malformed.
pub fn hops(message: &Message) -> Result<(), Rejection> {
    match message.max_forwards()? {
        Some(0) => Err(Rejection::new(StatusCode::TOO_MANY_HOPS)),
        _ => Ok(()),
    }
}

fn frame(message: &Message) -> Result<(), Rejection> {
    match message.fault() {
        None => Ok(()),
        Some(Fault::StartLine) => Err(Rejection::bad_request("Malformed Request-Line")),
        Some(Fault::ContentLength) => Err(HeaderError::malformed(HeaderName::ContentLength).into()),
        Some(Fault::ContentLengthRepeated) => Err(HeaderError::repeated(HeaderName::ContentLength).into()),
        // RFC 3261 section 18.3: a datagram that ends too early gets 400.
        Some(Fault::BodyShort) => Err(Rejection::bad_request("Body Shorter Than Content-Length")),
    }
}

/// RFC 3261 section 8.2.1 and 21.5.2: 405 for a method that is known and not allowed here, 501 for one that is not known.
fn check_method(method: &Method, capabilities: &Capabilities) -> Result<(), Rejection> {
    if capabilities.methods.contains(method) {
        return Ok(());
    }
    let status = if method.is_known() { StatusCode::METHOD_NOT_ALLOWED } else { StatusCode::NOT_IMPLEMENTED };
    Err(Rejection::new(status).with(HeaderName::Allow, capabilities.allow()))
}

/// RFC 3261 section 8.2.2.1.
fn check_uri(message: &Message, capabilities: &Capabilities) -> Result<(), Rejection> {
    let raw = message.request_uri_raw();
    let scheme_end = raw.iter().position(|&byte| byte == b':').unwrap_or(0);
    let scheme = std::str::from_utf8(raw.get(..scheme_end).unwrap_or_default()).unwrap_or_default();
    match UriRef::parse(raw) {
        Ok(_) if !capabilities.knows_scheme(scheme) => Err(Rejection::new(StatusCode::UNSUPPORTED_URI_SCHEME)),
        // RFC 3261 section 19.1.5: a Request-URI has no headers part (RFC 4475 section 3.1.2.11).
        Ok(uri) if uri.headers_text().is_some() => Err(Rejection::bad_request("Headers in Request-URI")),
        Ok(_) => Ok(()),
        Err(UriError::Opaque | UriError::Number) if !capabilities.knows_scheme(scheme) => {
            Err(Rejection::new(StatusCode::UNSUPPORTED_URI_SCHEME))
        }
        Err(_) => Err(Rejection::bad_request("Malformed Request-URI")),
    }
}

/// RFC 3261 section 10.2 and 10.3: the address of record is a SIP or SIPS URI (RFC 4475 section 3.3.4), and `*` comes with
/// Expires 0 alone.
fn check_register(message: &Message, method: &Method) -> Result<(), Rejection> {
    if *method != Method::Register {
        return Ok(());
    }
    if !message.to()?.uri().is_sip() {
        let reason = Rejection::bad_request("Address of Record Is Not a SIP URI");
        return Err(Rejection { header: Some(HeaderName::To), ..reason });
    }
    if message.has_contact_wildcard() && message.expires()? != Some(0) {
        return Err(HeaderError::malformed(HeaderName::Contact).into());
    }
    Ok(())
}

/// RFC 3261 section 8.2.2.3 and 16.3 step 5. ACK and CANCEL are never refused for an option.
fn check_extensions(message: &Message, method: &Method, capabilities: &Capabilities) -> Result<(), Rejection> {
    if matches!(method, Method::Ack | Method::Cancel) {
        return Ok(());
    }
    let mut unknown: Vec<&str> = Vec::new();
    for name in [HeaderName::Require, HeaderName::ProxyRequire] {
        for option in message.tokens(name) {
            let option = option?;
            if unknown.len() < NAMED_OPTIONS && !capabilities.knows_option(option) && !unknown.contains(&option) {
                unknown.push(option);
            }
        }
    }
    if unknown.is_empty() {
        return Ok(());
    }
    let rejection = Rejection::new(StatusCode::BAD_EXTENSION).with(HeaderName::Unsupported, unknown.join(", "));
    Err(Rejection { header: Some(HeaderName::Require), ..rejection })
}

/// RFC 3261 section 8.2.3. A body that its sender calls optional is passed over and not refused.
fn check_body(message: &Message, capabilities: &Capabilities) -> Result<(), Rejection> {
    if message.body().is_empty() || is_optional(message) {
        return Ok(());
    }
    if let Some(encoding) = message.header(HeaderName::ContentEncoding)
        && !encoding.eq_ignore_ascii_case(b"identity")
    {
        let rejection = Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
        let rejection = rejection.with(HeaderName::AcceptEncoding, "identity".to_owned());
        return Err(Rejection { header: Some(HeaderName::ContentEncoding), ..rejection });
    }
    match message.content_type()? {
        Some(media) if capabilities.knows_body(media.kind, media.subtype) => Ok(()),
        Some(_) => {
            let rejection = Rejection::new(StatusCode::UNSUPPORTED_MEDIA_TYPE);
            let rejection = rejection.with(HeaderName::Accept, capabilities.accept());
            Err(Rejection { header: Some(HeaderName::ContentType), ..rejection })
        }
        // A datagram without Content-Length may end with line ends that nobody meant as a body.
        None if message.declared_length().is_none() && message.body().iter().all(u8::is_ascii_whitespace) => Ok(()),
        // RFC 3261 section 20.15: the header must be there when the body is not empty.
        None => Err(HeaderError::missing(HeaderName::ContentType).into()),
    }
}

fn is_optional(message: &Message) -> bool {
    message
        .header(HeaderName::ContentDisposition)
        .and_then(|value| crate::header::TokenParams::parse(HeaderName::ContentDisposition, value).ok())
        .and_then(|disposition| disposition.params.value("handling"))
        .is_some_and(|handling| handling.eq_ignore_ascii_case("optional"))
}

/// RFC 3261 section 20.1 and 21.4.7: an INVITE whose sender takes no session description cannot be answered
/// (RFC 4475 section 3.3.15).
fn check_accept(message: &Message, method: &Method) -> Result<(), Rejection> {
    if *method != Method::Invite || message.accepts().next().is_none() || message.accepts().any(|range| range.is_err())
    {
        return Ok(());
    }
    let fits = |kind: &str| message.accepts().flatten().any(|range| range.covers(kind));
    if fits("application/sdp") || fits("multipart/mixed") {
        return Ok(());
    }
    Err(Rejection { header: Some(HeaderName::Accept), ..Rejection::new(StatusCode::NOT_ACCEPTABLE) })
}
