//! Reason (RFC 3326 section 2): why a request was sent, such as the cause of a clearing.

use super::{HeaderError, HeaderName, List};
use crate::grammar::{Cursor, Params, decimal32};

/// One reason.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Reason<'a> {
    /// The protocol: `SIP` for a status code, `Q.850` for a cause value, or another.
    pub protocol: &'a str,
    /// All parameters.
    pub params: Params<'a>,
}

impl<'a> Reason<'a> {
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let protocol = cursor.token()?;
        let reason = Reason { protocol, params: Params::read(cursor)? };
        let cause_fits = reason.params.get("cause").is_none_or(|_| reason.cause().is_some());
        cause_fits.then_some(reason)
    }

    /// The cause: a status code for `SIP`, 1 to 127 for `Q.850`.
    pub fn cause(&self) -> Option<u32> {
        decimal32(self.params.value("cause")?.as_bytes())
    }

    /// The text for people.
    pub fn text(&self) -> Option<&'a str> {
        self.params.value("text")
    }
}

impl crate::Message {
    /// The reasons in their order.
    pub fn reasons(&self) -> List<'_, Reason<'_>> {
        List::new(HeaderName::Reason, self.headers(HeaderName::Reason), Reason::read)
    }

    /// The cause of the first well-formed reason of that protocol.
    pub fn reason_cause(&self, protocol: &str) -> Option<u32> {
        self.reasons()
            .filter_map(Result::<_, HeaderError>::ok)
            .find(|r| r.protocol.eq_ignore_ascii_case(protocol))?
            .cause()
    }
}

#[cfg(test)]
mod tests {
    use crate::Message;
    use bytes::Bytes;

    #[test]
    fn each_protocol_has_its_cause() {
        let text = "BYE sip:a SIP/2.0\r\nReason: Q.850 ;cause=16;text=\"Normal, clearing\", SIP;cause=200\r\nReason: x\r\n\r\n";
        let message = Message::parse_datagram(Bytes::from_static(text.as_bytes())).unwrap();
        assert_eq!(message.reason_cause("q.850"), Some(16));
        assert_eq!(message.reason_cause("SIP"), Some(200));
        assert_eq!(message.reason_cause("x"), None);
        assert_eq!(message.reasons().next().unwrap().unwrap().text(), Some("Normal, clearing"));
        let bad = text.replace("cause=16", "cause=sixteen");
        assert!(Message::parse_datagram(Bytes::from(bad)).unwrap().reasons().next().unwrap().is_err());
    }
}
