//! Why a header cannot be used.

use super::HeaderName;
use std::fmt;

/// What is wrong with a header.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeaderFault {
    /// It is not there.
    Missing,
    /// It may stand only once and stands more often (RFC 4475 section 3.3.8).
    Repeated,
    /// It breaks its grammar.
    Malformed,
}

/// A header that cannot be used, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct HeaderError {
    /// The header.
    pub header: HeaderName,
    /// What is wrong with it.
    pub fault: HeaderFault,
}

impl HeaderError {
    /// The header breaks its grammar.
    pub const fn malformed(header: HeaderName) -> Self {
        HeaderError { header, fault: HeaderFault::Malformed }
    }

    /// The header is not there.
    pub const fn missing(header: HeaderName) -> Self {
        HeaderError { header, fault: HeaderFault::Missing }
    }

    /// The header stands more than once.
    pub const fn repeated(header: HeaderName) -> Self {
        HeaderError { header, fault: HeaderFault::Repeated }
    }
}

impl fmt::Display for HeaderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let what = match self.fault {
            HeaderFault::Missing => "Missing",
            HeaderFault::Repeated => "Repeated",
            HeaderFault::Malformed => "Malformed",
        };
        write!(f, "{what} {}", self.header)
    }
}

impl std::error::Error for HeaderError {}
