//! `a=setup`: RFC 4145 section 4, for DTLS RFC 5763 section 5.

use std::fmt;

/// Which side opens the connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Setup {
    /// The writer opens it.
    Active,
    /// The writer waits for it.
    Passive,
    /// The writer takes either part.
    ActPass,
    /// Not now.
    HoldConn,
}

impl Setup {
    /// The role that a value names.
    pub fn of(value: &str) -> Option<Setup> {
        [Setup::Active, Setup::Passive, Setup::ActPass, Setup::HoldConn]
            .into_iter()
            .find(|setup| setup.as_str().eq_ignore_ascii_case(value.trim()))
    }

    /// The attribute's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Setup::Active => "active",
            Setup::Passive => "passive",
            Setup::ActPass => "actpass",
            Setup::HoldConn => "holdconn",
        }
    }
}

impl fmt::Display for Setup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn roles_are_named() {
        assert_eq!(Setup::of("actpass"), Some(Setup::ActPass));
        assert_eq!(Setup::of("holdconn ").map(|setup| setup.to_string()), Some("holdconn".to_owned()));
        assert_eq!(Setup::of("both"), None);
    }
}
