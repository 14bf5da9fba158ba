//! Replaces, Join and Target-Dialog (RFC 3891 section 6.1, RFC 3911 section 7.1, RFC 4538 section 7).

use super::{CallId, HeaderError, HeaderName};
use crate::grammar::{Cursor, Params};

/// Names a dialog by its Call-ID and tags.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DialogName<'a> {
    /// The Call-ID.
    pub call_id: &'a str,
    /// The tag of the side that receives the message (for Target-Dialog `remote-tag` of the sender).
    pub to_tag: &'a str,
    /// The tag of the other side.
    pub from_tag: &'a str,
    /// The dialog must still be early (RFC 3891 section 3).
    pub early_only: bool,
}

impl<'a> DialogName<'a> {
    /// Reads the value of Replaces or Join.
    ///
    /// # Errors
    /// When it breaks the grammar, or a tag is missing or stands twice.
    pub fn parse(name: HeaderName, value: &'a [u8]) -> Result<Self, HeaderError> {
        DialogName::read(value, ["to-tag", "from-tag"]).ok_or(HeaderError::malformed(name))
    }

    /// Reads the value of Target-Dialog.
    ///
    /// # Errors
    /// When it breaks the grammar, or a tag is missing or stands twice.
    pub fn parse_target_dialog(value: &'a [u8]) -> Result<Self, HeaderError> {
        let names = ["local-tag", "remote-tag"];
        DialogName::read(value, names).ok_or(HeaderError::malformed(HeaderName::TargetDialog))
    }

    fn read(value: &'a [u8], [to, from]: [&str; 2]) -> Option<Self> {
        let end = value.iter().position(|&byte| byte == b';')?;
        let call_id = CallId::parse(crate::grammar::trim(value.get(..end)?)).ok()?.as_str();
        let mut cursor = Cursor::new(value.get(end..)?);
        let params = Params::read(&mut cursor)?;
        let once = |name: &str| {
            let mut found = params.iter().filter(|param| param.name.eq_ignore_ascii_case(name));
            let first = found.next()?.value?;
            found.next().is_none().then_some(first)
        };
        if !cursor.is_empty() {
            return None;
        }
        Some(DialogName { call_id, to_tag: once(to)?, from_tag: once(from)?, early_only: params.has("early-only") })
    }
}

impl crate::Message {
    /// The dialog that a new INVITE replaces.
    ///
    /// # Errors
    /// When it is repeated or malformed: then 400 (RFC 3891 section 3).
    pub fn replaces(&self) -> Result<Option<DialogName<'_>>, HeaderError> {
        self.optional(HeaderName::Replaces)?.map(|value| DialogName::parse(HeaderName::Replaces, value)).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_tags_are_needed_once() {
        let name = DialogName::parse(HeaderName::Replaces, b"98@host ; to-tag=a;from-tag=b;early-only").unwrap();
        assert_eq!(name, DialogName { call_id: "98@host", to_tag: "a", from_tag: "b", early_only: true });
        let target = DialogName::parse_target_dialog(b"x;local-tag=1;remote-tag=2").unwrap();
        assert_eq!((target.to_tag, target.from_tag), ("1", "2"));
        for bad in
            ["", "x", "x;to-tag=a", "x;to-tag=a;from-tag=b;to-tag=c", ";to-tag=a;from-tag=b", "x;to-tag;from-tag=b"]
        {
            assert!(DialogName::parse(HeaderName::Replaces, bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
