//! Session-Expires and Min-SE (RFC 4028 section 4 and 5).

use super::{HeaderError, HeaderName, TokenParams, delta_seconds};
use crate::grammar::decimal32;

/// Who refreshes a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Refresher {
    /// The side that sent the request.
    Uac,
    /// The side that answers it.
    Uas,
}

/// The interval of a session timer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionExpires {
    /// Seconds.
    pub interval: u32,
    /// Who refreshes, when it is said.
    pub refresher: Option<Refresher>,
}

impl SessionExpires {
    /// Reads a header value.
    ///
    /// # Errors
    /// When it breaks the grammar.
    pub fn parse(value: &[u8]) -> Result<Self, HeaderError> {
        let malformed = HeaderError::malformed(HeaderName::SessionExpires);
        let parsed = TokenParams::parse(HeaderName::SessionExpires, value)?;
        let interval = decimal32(parsed.token.as_bytes()).ok_or(malformed)?;
        let refresher = match parsed.params.value("refresher") {
            None => None,
            Some(side) if side.eq_ignore_ascii_case("uac") => Some(Refresher::Uac),
            Some(side) if side.eq_ignore_ascii_case("uas") => Some(Refresher::Uas),
            Some(_) => return Err(malformed),
        };
        Ok(SessionExpires { interval, refresher })
    }
}

impl crate::Message {
    /// The session timer that is asked for or agreed.
    ///
    /// # Errors
    /// When it is repeated or malformed.
    pub fn session_expires(&self) -> Result<Option<SessionExpires>, HeaderError> {
        self.optional(HeaderName::SessionExpires)?.map(SessionExpires::parse).transpose()
    }

    /// The shortest session timer that every hop accepts, in seconds.
    ///
    /// # Errors
    /// When it is repeated or malformed.
    pub fn min_se(&self) -> Result<Option<u32>, HeaderError> {
        let Some(value) = self.optional(HeaderName::MinSe)? else { return Ok(None) };
        let parsed = TokenParams::parse(HeaderName::MinSe, value)?;
        delta_seconds(HeaderName::MinSe, parsed.token.as_bytes()).map(Some)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_refresher_is_one_of_two() {
        let parsed = SessionExpires::parse(b"1800;Refresher=UAS").unwrap();
        assert_eq!(parsed, SessionExpires { interval: 1800, refresher: Some(Refresher::Uas) });
        assert_eq!(SessionExpires::parse(b"90").unwrap().refresher, None);
        for bad in ["", "x", "90;refresher=me", "-1", "4294967296"] {
            assert!(SessionExpires::parse(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
