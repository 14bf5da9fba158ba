//! Methods (RFC 3261 section 7.1 and the RFCs that add to them).

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::Arc;

macro_rules! methods {
    ($($(#[$doc:meta])* $variant:ident = $text:literal;)*) => {
        /// The method of a request. Methods are compared with case (RFC 3261 section 7.1).
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Method {
            $($(#[$doc])* $variant,)*
            /// A method this crate does not know.
            Extension(Arc<str>),
        }

        impl Method {
            /// All methods this crate knows.
            pub const KNOWN: &'static [Method] = &[$(Method::$variant),*];

            /// The method of that name; the name must be a token.
            pub fn parse(name: &str) -> Option<Method> {
                match name {
                    $($text => Some(Method::$variant),)*
                    "" => None,
                    other if crate::grammar::chars::all(other.as_bytes(), crate::grammar::chars::TOKEN) => {
                        Some(Method::Extension(Arc::from(other)))
                    }
                    _ => None,
                }
            }

            /// The name as it stands on the wire.
            pub fn as_str(&self) -> &str {
                match self {
                    $(Method::$variant => $text,)*
                    Method::Extension(name) => name,
                }
            }
        }
    };
}

methods! {
    /// `INVITE` (RFC 3261 section 13).
    Invite = "INVITE";
    /// `ACK` (RFC 3261 section 13.2.2.4, 17.1.1.3).
    Ack = "ACK";
    /// `BYE` (RFC 3261 section 15).
    Bye = "BYE";
    /// `CANCEL` (RFC 3261 section 9).
    Cancel = "CANCEL";
    /// `OPTIONS` (RFC 3261 section 11).
    Options = "OPTIONS";
    /// `REGISTER` (RFC 3261 section 10).
    Register = "REGISTER";
    /// `INFO` (RFC 6086).
    Info = "INFO";
    /// `PRACK` (RFC 3262).
    Prack = "PRACK";
    /// `UPDATE` (RFC 3311).
    Update = "UPDATE";
    /// `SUBSCRIBE` (RFC 6665).
    Subscribe = "SUBSCRIBE";
    /// `NOTIFY` (RFC 6665).
    Notify = "NOTIFY";
    /// `REFER` (RFC 3515).
    Refer = "REFER";
    /// `MESSAGE` (RFC 3428).
    Message = "MESSAGE";
    /// `PUBLISH` (RFC 3903).
    Publish = "PUBLISH";
}

impl Method {
    /// True when this crate knows the method.
    pub fn is_known(&self) -> bool {
        !matches!(self, Method::Extension(_))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Serialize for Method {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Method {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        Method::parse(&name).ok_or_else(|| serde::de::Error::custom("not a method"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_round_trip_and_case_matters() {
        for method in Method::KNOWN {
            assert_eq!(Method::parse(method.as_str()).as_ref(), Some(method));
            assert!(method.is_known());
        }
        assert_eq!(Method::parse("invite").unwrap().to_string(), "invite");
        assert_ne!(Method::parse("invite").unwrap(), Method::Invite);
        // RFC 4475 section 3.1.1.2: every token is a method.
        assert!(Method::parse("!ring-my.bell%*_+`'~0").is_some());
        for bad in ["", "IN VITE", "INVITE:", "é"] {
            assert_eq!(Method::parse(bad), None);
        }
    }
}
