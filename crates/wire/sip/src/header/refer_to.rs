//! Refer-To and Referred-By (RFC 3515 section 2.1, RFC 3892 section 3), and the addresses that trusted neighbours assert
//! (RFC 3325 section 9.1 and 9.2).

use super::{HeaderError, HeaderName, List, NameAddr};

impl crate::Message {
    /// Where a REFER refers to.
    ///
    /// # Errors
    /// When it is missing, repeated or malformed: then 400 (RFC 3515 section 2.4.2).
    pub fn refer_to(&self) -> Result<NameAddr<'_>, HeaderError> {
        NameAddr::of_refer_to(self.single(HeaderName::ReferTo)?)
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

impl<'a> NameAddr<'a> {
    /// The value of Refer-To. An address with a headers part belongs into angle brackets (RFC 3261 section 20), which some telephones
    /// leave out: when the whole value is one such URI, all of it is the URI.
    ///
    /// # Errors
    /// When it is neither.
    pub(crate) fn of_refer_to(value: &'a [u8]) -> Result<Self, HeaderError> {
        let strict = NameAddr::parse(HeaderName::ReferTo, value);
        strict.or_else(|error| NameAddr::bare(value).filter(|one| one.uri().headers_text().is_some()).ok_or(error))
    }
}

#[cfg(test)]
mod tests {
    use crate::Message;
    use crate::header::NameAddr;
    use bytes::Bytes;

    #[test]
    fn a_reference_without_angle_brackets_is_one_address_with_all_that_follows() {
        for text in [
            "sip:callender@example.net?Replaces=1%40a%3Bto-tag%3Dx",
            " sip:callender@example.net;transport=tcp?Replaces=1%40a%3Bto-tag%3Dx&Subject=y ",
        ] {
            let address = NameAddr::of_refer_to(text.as_bytes()).unwrap();
            assert_eq!(address.uri().headers().next(), Some(("Replaces", "1%40a%3Bto-tag%3Dx")), "{text}");
            assert!(!address.is_bracketed() && address.params().iter().next().is_none());
        }
        // Without a headers part what follows the semicolon belongs to the header (RFC 3261 section 20.10).
        let address = NameAddr::of_refer_to(b"sip:callender@example.net;user=phone").unwrap();
        assert_eq!((address.uri().as_str(), address.params().has("user")), ("sip:callender@example.net", true));
        for bad in [
            "sip:a@h?Replaces=1, sip:b@h",
            "sip:a@h?Replaces=1,sip:b@h?Replaces=2",
            "\"A\" sip:a@h?Replaces=1",
            "sip:a@h?Replaces=1>",
            "sip:a@h?",
            "bell?Replaces=1",
        ] {
            assert!(NameAddr::of_refer_to(bad.as_bytes()).is_err(), "{bad}");
        }
    }

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
