//! Contact (RFC 3261 section 20.10; RFC 5626 for `+sip.instance` and `reg-id`).

use super::{HeaderError, HeaderName, List, NameAddr};
use crate::grammar::{Cursor, Params, decimal32};
use crate::uri::UriRef;

/// One address of a Contact header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Contact<'a>(NameAddr<'a>);

impl<'a> Contact<'a> {
    /// All contacts of one header value.
    pub fn list(value: &'a [u8]) -> List<'a, Contact<'a>> {
        List::of_value(HeaderName::Contact, value, Contact::read)
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let contact = Contact(NameAddr::read(cursor)?);
        let params = contact.params();
        // RFC 3261 section 25.1: q and expires have a grammar of their own.
        let q_fits = params.get("q").is_none_or(|param| param.value.and_then(qvalue).is_some());
        let expires_fits = params.get("expires").is_none_or(|param| param.value.is_some());
        (q_fits && expires_fits).then_some(contact)
    }

    /// The address with its display name.
    pub fn address(&self) -> NameAddr<'a> {
        self.0
    }

    /// The URI.
    pub fn uri(&self) -> UriRef<'a> {
        self.0.uri()
    }

    /// The header parameters.
    pub fn params(&self) -> Params<'a> {
        self.0.params()
    }

    /// The preference in thousandths, 0 to 1000 (RFC 3261 section 20.10).
    pub fn q(&self) -> Option<u16> {
        self.params().value("q").and_then(qvalue)
    }

    /// The life in seconds that this contact asks for. A number too large counts as the largest, and a value that is no
    /// number as 3600 (RFC 3261 section 10.2.1.1 and 20.10).
    pub fn expires(&self) -> Option<u32> {
        self.params().value("expires").map(|value| match decimal32(value.as_bytes()) {
            Some(seconds) => seconds,
            None if value.bytes().all(|byte| byte.is_ascii_digit()) => u32::MAX,
            None => 3600,
        })
    }

    /// The instance of the telephone, without quotes and angle brackets (RFC 5626 section 4.1). Telephones that write
    /// `instance` instead of `+sip.instance` are understood.
    pub fn instance(&self) -> Option<&'a str> {
        let value = self.params().value("+sip.instance").or_else(|| self.params().value("instance"))?;
        Some(value.strip_prefix('<').and_then(|rest| rest.strip_suffix('>')).unwrap_or(value))
    }

    /// The flow of the telephone, 1 or more (RFC 5626 section 4.2).
    pub fn reg_id(&self) -> Option<u32> {
        decimal32(self.params().value("reg-id")?.as_bytes()).filter(|&id| id != 0)
    }
}

/// `qvalue = ( "0" [ "." 0*3DIGIT ] ) / ( "1" [ "." 0*3("0") ] )`, in thousandths.
pub(crate) fn qvalue(text: &str) -> Option<u16> {
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    if fraction.len() > 3 || !fraction.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let thousandths = format!("{fraction:0<3}").parse::<u16>().ok()?;
    match whole {
        "0" => Some(thousandths),
        "1" if thousandths == 0 => Some(1000),
        _ => None,
    }
}

impl crate::Message {
    /// True when Contact is `*`: all bindings are meant (RFC 3261 section 10.2.2).
    pub fn has_contact_wildcard(&self) -> bool {
        self.headers(HeaderName::Contact).any(|value| value == b"*")
    }

    /// The contacts in their order. `*` is no address and gives an error here; see [`crate::Message::has_contact_wildcard`].
    pub fn contacts(&self) -> List<'_, Contact<'_>> {
        List::new(HeaderName::Contact, self.headers(HeaderName::Contact), Contact::read)
    }

    /// The one contact of a request or response that makes a dialog (RFC 3261 section 8.1.1.8 and 12.1).
    ///
    /// # Errors
    /// When there is none, or more than one, or it is malformed.
    pub fn contact(&self) -> Result<Contact<'_>, HeaderError> {
        let mut contacts = self.contacts();
        let first = contacts.next().ok_or(HeaderError::missing(HeaderName::Contact))??;
        if contacts.next().is_some() { Err(HeaderError::repeated(HeaderName::Contact)) } else { Ok(first) }
    }
}
