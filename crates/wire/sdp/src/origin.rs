//! The origin line: RFC 8866 section 5.2.

use crate::Text;
use std::fmt;
use std::net::IpAddr;

/// Who wrote a description, and which version of it this is.
///
/// The six fields are kept as text: all but the version only serve as a globally unique name of the session.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Origin {
    /// User at the originating host, `-` where hosts have none.
    pub username: Text,
    /// Identifier of the session, digits.
    pub session_id: Text,
    /// Version of the description, digits; RFC 3264 section 8 lets it rise by one for each change.
    pub session_version: Text,
    /// Network, `IN` for the Internet.
    pub network: Text,
    /// Kind of address, `IP4` or `IP6`.
    pub address_type: Text,
    /// Address or name of the originating host.
    pub address: Text,
}

impl Origin {
    /// The origin `- id version IN IP4|IP6 address`.
    pub fn new(session_id: u64, session_version: u64, address: IpAddr) -> Origin {
        Origin {
            username: Text::literal("-"),
            session_id: number(session_id),
            session_version: number(session_version),
            network: Text::literal("IN"),
            address_type: Text::literal(address_type(address)),
            address: Text::new(&address.to_string()).unwrap_or_default(),
        }
    }

    /// The version as a number, unless it is negative or above 64 bits.
    pub fn version(&self) -> Option<u64> {
        self.session_version.parse().ok()
    }

    /// True when both descriptions are of one session: all fields but the version are equal (RFC 8866 section 5.2).
    pub fn same_session(&self, other: &Origin) -> bool {
        self.username == other.username
            && self.session_id == other.session_id
            && self.network == other.network
            && self.address_type == other.address_type
            && self.address == other.address
    }

    /// Reads the value of an `o=` line; `keep` turns its parts into text.
    pub(crate) fn parse(value: &str, keep: impl Fn(&str) -> Text) -> Option<Origin> {
        let mut fields = value.trim_end_matches(' ').split(' ');
        let mut field = || fields.next().filter(|field| !field.is_empty());
        let origin = Origin {
            username: keep(field()?),
            session_id: keep(field().filter(|text| numeric(text))?),
            session_version: keep(field().filter(|text| numeric(text))?),
            network: keep(field()?),
            address_type: keep(field()?),
            address: keep(field()?),
        };
        fields.next().is_none().then_some(origin)
    }
}

impl fmt::Display for Origin {
    /// The value of the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Origin { username, session_id, session_version, network, address_type, address } = self;
        write!(f, "{username} {session_id} {session_version} {network} {address_type} {address}")
    }
}

/// `IP4` or `IP6`.
pub(crate) fn address_type(address: IpAddr) -> &'static str {
    if address.is_ipv4() { "IP4" } else { "IP6" }
}

/// Digits with at most a minus sign: some telephones print their identifiers as signed numbers.
fn numeric(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
}

fn number(value: u64) -> Text {
    Text::new(&value.to_string()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(value: &str) -> Option<Origin> {
        Origin::parse(value, |part| Text::new(part).unwrap())
    }

    #[test]
    fn six_fields_make_an_origin() {
        let origin = parse("meucci 3724394400 3724394405 IN IP4 198.51.100.1").unwrap();
        assert_eq!(origin.username, "meucci");
        assert_eq!(origin.version(), Some(3_724_394_405));
        assert_eq!(origin.to_string(), "meucci 3724394400 3724394405 IN IP4 198.51.100.1");
        assert!(parse("- 1 1 IN IP4 host ").is_some());
        for bad in [
            "",
            "- 1 1 IN IP4",
            "- x 1 IN IP4 h",
            "- 1 - IN IP4 h",
            "- 1 1 IN IP4 h h",
            "-  1 1 IN IP4 h",
            "- 1 1  IP4 h",
        ] {
            assert_eq!(parse(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn versions_that_are_no_number_are_kept_as_text() {
        let origin = parse("- -17 99999999999999999999999 IN IP6 ::1").unwrap();
        assert_eq!(origin.version(), None);
        assert_eq!(origin.session_version, "99999999999999999999999");
    }

    #[test]
    fn only_the_version_may_differ_within_a_session() {
        let one = Origin::new(7, 1, "192.0.2.1".parse().unwrap());
        let two = Origin::new(7, 2, "192.0.2.1".parse().unwrap());
        let other = Origin::new(8, 2, "192.0.2.1".parse().unwrap());
        assert!(one.same_session(&two));
        assert!(!two.same_session(&other));
        assert_eq!(Origin::new(7, 1, "2001:db8::5".parse().unwrap()).to_string(), "- 7 1 IN IP6 2001:db8::5");
    }
}
