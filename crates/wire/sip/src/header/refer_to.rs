//! Refer-To and Referred-By (RFC 3515 section 2.1, RFC 3892 section 3), and the addresses that trusted neighbours assert
//! (RFC 3325 section 9.1 and 9.2).

use super::{HeaderError, HeaderName, List, NameAddr};

impl crate::Message {
    /// Where a REFER refers to.
    ///
    /// # Errors
    /// When it is missing, repeated or malformed: then 400 (RFC 3515 section 2.4.2).
    pub fn refer_to(&self) -> Result<NameAddr<'_>, HeaderError> {
        NameAddr::parse(HeaderName::ReferTo, self.single(HeaderName::ReferTo)?)
    }

    /// Who referred; it is not proof of anything.
    ///
    /// # Errors
    /// When it is repeated or malformed.
    pub fn referred_by(&self) -> Result<Option<NameAddr<'_>>, HeaderError> {
        let value = self.optional(HeaderName::ReferredBy)?;
        value.map(|value| NameAddr::parse(HeaderName::ReferredBy, value)).transpose()
    }

    /// The identities that a neighbour asserts; to be believed from trusted networks alone.
    pub fn asserted_identities(&self) -> List<'_, NameAddr<'_>> {
        self.addresses(HeaderName::PAssertedIdentity)
    }

    /// The identities that a telephone would like to show.
    pub fn preferred_identities(&self) -> List<'_, NameAddr<'_>> {
        self.addresses(HeaderName::PPreferredIdentity)
    }
}

#[cfg(test)]
mod tests {
    use crate::Message;
    use bytes::Bytes;

    #[test]
    fn a_reference_may_carry_replaces() {
        let text = "REFER sip:a SIP/2.0\r\nr: <sip:callender@example.net?Replaces=1%40a%3Bto-tag%3Dx>\r\nb: sip:gray@b\r\n\
            P-Asserted-Identity: \"E. Gray\" <sip:201@example.net>, <tel:+41326553201>\r\n\r\n";
        let message = Message::parse_datagram(Bytes::from_static(text.as_bytes())).unwrap();
        let target = message.refer_to().unwrap().uri();
        assert_eq!(target.headers().next(), Some(("Replaces", "1%40a%3Bto-tag%3Dx")));
        assert_eq!(message.referred_by().unwrap().unwrap().uri().user(), Some("gray"));
        assert_eq!(message.asserted_identities().filter_map(Result::ok).count(), 2);
        assert_eq!(message.preferred_identities().count(), 0);
    }
}
