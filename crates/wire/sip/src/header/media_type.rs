//! Content-Type and Accept (RFC 3261 section 20.15 and 20.1).

use super::{HeaderError, HeaderName, List};
use crate::grammar::{Cursor, Params};

/// `type/subtype` with parameters; in Accept either may be `*`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct MediaType<'a> {
    /// The type as it was written.
    pub kind: &'a str,
    /// The subtype as it was written.
    pub subtype: &'a str,
    /// The parameters, such as `boundary` or `charset`.
    pub params: Params<'a>,
}

impl<'a> MediaType<'a> {
    /// Reads a Content-Type value.
    ///
    /// # Errors
    /// When it breaks the grammar.
    pub fn parse(value: &'a [u8]) -> Result<Self, HeaderError> {
        let malformed = HeaderError::malformed(HeaderName::ContentType);
        let mut cursor = Cursor::new(value);
        let media = MediaType::read(&mut cursor).ok_or(malformed)?;
        cursor.skip_lws();
        if cursor.is_empty() { Ok(media) } else { Err(malformed) }
    }

    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let kind = cursor.token()?;
        if !cursor.separator(b'/') {
            return None;
        }
        let subtype = cursor.token()?;
        Some(MediaType { kind, subtype, params: Params::read(cursor)? })
    }

    /// True for that type and subtype, whatever the case.
    pub fn is(&self, full: &str) -> bool {
        full.split_once('/')
            .is_some_and(|(kind, sub)| kind.eq_ignore_ascii_case(self.kind) && sub.eq_ignore_ascii_case(self.subtype))
    }

    /// True when this range of an Accept header covers that type: `*/*`, `application/*` or the type itself. A `q` of zero
    /// covers nothing.
    pub fn covers(&self, full: &str) -> bool {
        let Some((kind, sub)) = full.split_once('/') else { return false };
        let kind_fits = self.kind == "*" || self.kind.eq_ignore_ascii_case(kind);
        let sub_fits = self.subtype == "*" || self.subtype.eq_ignore_ascii_case(sub);
        kind_fits && sub_fits && self.params.value("q").and_then(super::contact::qvalue) != Some(0)
    }
}

impl crate::Message {
    /// The type of the body; `None` when none is named.
    ///
    /// # Errors
    /// When it is repeated or malformed.
    pub fn content_type(&self) -> Result<Option<MediaType<'_>>, HeaderError> {
        self.optional(HeaderName::ContentType)?.map(MediaType::parse).transpose()
    }

    /// The ranges of Accept; an empty header gives none.
    pub fn accepts(&self) -> impl Iterator<Item = Result<MediaType<'_>, HeaderError>> {
        self.headers(HeaderName::Accept)
            .filter(|value| !value.is_empty())
            .flat_map(|value| List::of_value(HeaderName::Accept, value, MediaType::read))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_compare_without_case_and_ranges_cover() {
        let media = MediaType::parse(b"Application / SDP ; charset=\"utf-8\"").unwrap();
        assert!(media.is("application/sdp") && !media.is("application/isup"));
        assert_eq!(media.params.value("charset"), Some("utf-8"));
        for (range, covers) in
            [("*/*", true), ("application/*", true), ("text/*", false), ("application/sdp;q=0", false)]
        {
            assert_eq!(MediaType::parse(range.as_bytes()).unwrap().covers("application/sdp"), covers, "{range}");
        }
        for bad in ["", "text", "text/", "text/plain;", "text/plain x"] {
            assert!(MediaType::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
