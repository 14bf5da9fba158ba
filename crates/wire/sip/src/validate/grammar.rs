//! The strict grammar of every header this element uses (RFC 3261 section 20 and 25.1).

use crate::grammar::{Cursor, decimal};
use crate::header::{
    AuthParams, AuthValue, CSeq, CallId, Contact, Date, DialogName, HeaderError, HeaderName, MediaType, NameAddr, RAck,
    Reason, SessionExpires, TokenParams, Via, delta_seconds, is_timestamp, max_forwards, retry_after,
};
use crate::message::{HeaderLine, Message};

/// Which headers must keep their grammar.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// The ones that are needed to act on a message. RFC 3261 section 8.2.2: malformed headers that are not necessary are
    /// ignored, or a BYE with an odd Reason would leave its call standing.
    #[default]
    Needed,
    /// Every header this crate knows: what RFC 4475 section 3.1.2 is measured with.
    All,
}

/// Checks that every header this crate knows keeps its grammar, that the ones that may stand once do, and that Via, From,
/// To, Call-ID and CSeq are there (RFC 3261 section 8.1.1).
///
/// # Errors
/// The first header that does not.
pub fn well_formed(message: &Message) -> Result<(), HeaderError> {
    well_formed_as(message, Strictness::All)
}

/// As [`well_formed`], for the headers that the strictness names.
///
/// # Errors
/// The first header that does not keep its grammar, stands too often, or is missing.
pub fn well_formed_as(message: &Message, strictness: Strictness) -> Result<(), HeaderError> {
    let mut seen: u128 = 0;
    // The Contact of a refusal is advice: whoever follows it passes over what it cannot read (RFC 3261 section 21.3), and a refusal that
    // was discarded for it would be repeated in vain.
    let refuses = message.status().is_some_and(|status| status.code() >= 300);
    for line in message.header_lines() {
        if strictness == Strictness::Needed
            && (is_dispensable(line.name) || (refuses && line.name == HeaderName::Contact))
        {
            continue;
        }
        let bit = 1u128.checked_shl(line.name as u32).unwrap_or(0);
        if line.name.is_single() && seen & bit != 0 {
            return Err(HeaderError::repeated(line.name));
        }
        seen |= bit;
        check(&line)?;
    }
    for name in [HeaderName::Via, HeaderName::From, HeaderName::To, HeaderName::CallId, HeaderName::CSeq] {
        if seen & (1u128 << name as u32) == 0 {
            return Err(HeaderError::missing(name));
        }
    }
    check_wildcard(message)
}

/// Headers that inform: whoever reads one of them finds it malformed and goes on as if it were absent.
fn is_dispensable(name: HeaderName) -> bool {
    use HeaderName::*;
    matches!(
        name,
        Date | Reason
            | Timestamp
            | RetryAfter
            | Accept
            | Allow
            | AllowEvents
            | Supported
            | Unsupported
            | ReplyTo
            | ReferredBy
            | PAssertedIdentity
            | PPreferredIdentity
            | AuthenticationInfo
            | ContentDisposition
            | MimeVersion
            | ContentId
    )
}

/// `*` is the only contact where it stands (RFC 3261 section 20.10).
fn check_wildcard(message: &Message) -> Result<(), HeaderError> {
    if message.has_contact_wildcard() && message.count(HeaderName::Contact) > 1 {
        return Err(HeaderError::malformed(HeaderName::Contact));
    }
    Ok(())
}

fn check(line: &HeaderLine<'_>) -> Result<(), HeaderError> {
    use HeaderName::*;
    let (name, value) = (line.name, line.value);
    let fits = |fits: bool| if fits { Ok(()) } else { Err(HeaderError::malformed(name)) };
    match name {
        Via => all(name, value, self::Via::read),
        ReferTo => NameAddr::of_refer_to(value).map(|_| ()),
        From | To | ReplyTo | ReferredBy => NameAddr::parse(name, value).map(|_| ()),
        CallId => self::CallId::parse(value).map(|_| ()),
        CSeq => self::CSeq::parse(value).map(|_| ()),
        MaxForwards => max_forwards(value).map(|_| ()),
        Contact if value == b"*" => Ok(()),
        Contact => all(name, value, self::Contact::read),
        Route | RecordRoute | Path | ServiceRoute => all(name, value, NameAddr::read_bracketed),
        PAssertedIdentity | PPreferredIdentity => all(name, value, NameAddr::read),
        ContentLength => fits(decimal(value, 10).is_some()),
        ContentType => MediaType::parse(value).map(|_| ()),
        Accept if value.is_empty() => Ok(()),
        Accept => all(name, value, MediaType::read),
        Expires | MinExpires | RSeq => delta_seconds(name, value).map(|_| ()),
        Require | ProxyRequire | Unsupported => fits(tokens(value, b',')),
        Supported | Allow | AllowEvents => fits(value.is_empty() || tokens(value, b',')),
        Privacy => fits(tokens(value, b';') || tokens(value, b',')),
        Date => self::Date::parse(value).map(|_| ()),
        Timestamp => fits(is_timestamp(value)),
        RetryAfter => retry_after(value).map(|_| ()),
        Reason => all(name, value, self::Reason::read),
        Authorization | ProxyAuthorization | WwwAuthenticate | ProxyAuthenticate => {
            AuthValue::parse(name, value).map(|_| ())
        }
        AuthenticationInfo => AuthParams::parse(name, value).map(|_| ()),
        SessionExpires => self::SessionExpires::parse(value).map(|_| ()),
        MinSe | Event | SubscriptionState | ContentDisposition => TokenParams::parse(name, value).map(|_| ()),
        Replaces | Join => DialogName::parse(name, value).map(|_| ()),
        TargetDialog => DialogName::parse_target_dialog(value).map(|_| ()),
        RAck => self::RAck::parse(value).map(|_| ()),
        _ => Ok(()),
    }
}

/// One or more values separated by commas.
fn all<'a, T>(name: HeaderName, value: &'a [u8], read: fn(&mut Cursor<'a>) -> Option<T>) -> Result<(), HeaderError> {
    let malformed = HeaderError::malformed(name);
    let mut cursor = Cursor::new(value);
    loop {
        cursor.skip_lws();
        read(&mut cursor).ok_or(malformed)?;
        cursor.skip_lws();
        if cursor.is_empty() {
            return Ok(());
        }
        if !cursor.eat(b',') {
            return Err(malformed);
        }
    }
}

fn tokens(value: &[u8], separator: u8) -> bool {
    let mut cursor = Cursor::new(value);
    loop {
        cursor.skip_lws();
        if cursor.token().is_none() {
            return false;
        }
        cursor.skip_lws();
        if cursor.is_empty() {
            return true;
        }
        if !cursor.eat(separator) {
            return false;
        }
    }
}
