//! Event and Subscription-State (RFC 6665 section 8.2).

use super::{HeaderError, HeaderName};
use crate::grammar::{Cursor, Params, decimal32};

/// A token with parameters: the form of Event, Subscription-State, Session-Expires, Content-Disposition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TokenParams<'a> {
    /// The token.
    pub token: &'a str,
    /// Its parameters.
    pub params: Params<'a>,
}

impl<'a> TokenParams<'a> {
    /// Reads a header value.
    ///
    /// # Errors
    /// When it breaks the grammar.
    pub fn parse(name: HeaderName, value: &'a [u8]) -> Result<Self, HeaderError> {
        let malformed = HeaderError::malformed(name);
        let mut cursor = Cursor::new(value);
        let token = cursor.token().ok_or(malformed)?;
        let params = Params::read(&mut cursor).ok_or(malformed)?;
        cursor.skip_lws();
        if cursor.is_empty() { Ok(TokenParams { token, params }) } else { Err(malformed) }
    }

    /// The value of a parameter that is a number.
    pub fn number(&self, name: &str) -> Option<u32> {
        decimal32(self.params.value(name)?.as_bytes())
    }
}

impl crate::Message {
    /// The event package with its `id` (RFC 6665 section 8.2.1); packages are compared with case.
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn event(&self) -> Result<TokenParams<'_>, HeaderError> {
        TokenParams::parse(HeaderName::Event, self.single(HeaderName::Event)?)
    }

    /// The state of a subscription: `active`, `pending` or `terminated`, with `expires`, `reason`, `retry-after`
    /// (RFC 6665 section 8.2.3).
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn subscription_state(&self) -> Result<TokenParams<'_>, HeaderError> {
        TokenParams::parse(HeaderName::SubscriptionState, self.single(HeaderName::SubscriptionState)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_has_parameters_with_numbers() {
        let state = TokenParams::parse(HeaderName::SubscriptionState, b"active ; expires=3599;reason=x").unwrap();
        assert_eq!((state.token, state.number("expires"), state.number("reason")), ("active", Some(3599), None));
        for bad in ["", ";x", "a b", "a;"] {
            assert!(TokenParams::parse(HeaderName::Event, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
