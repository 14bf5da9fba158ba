//! What a REGISTER asks, already authenticated and parsed, and why it may be refused.

use crate::transaction::Flow;

/// One Contact of a REGISTER.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ContactRequest {
    /// The URI.
    pub uri: Box<str>,
    /// `q` in thousandths.
    pub q: Option<u16>,
    /// The `expires` parameter in seconds.
    pub expires: Option<u32>,
    /// `+sip.instance` without its quotes.
    pub instance: Option<Box<str>>,
    /// `reg-id`.
    pub reg_id: Option<u32>,
}

/// A REGISTER of an authenticated account for its own address of record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Registration {
    /// The address of record: the account's user part.
    pub aor: Box<str>,
    /// The Call-ID.
    pub call_id: Box<str>,
    /// The CSeq number.
    pub sequence: u32,
    /// The contacts; none asks for the list only (RFC 3261 section 10.2.3).
    pub contacts: Vec<ContactRequest>,
    /// `Contact: *` (RFC 3261 section 10.2.2).
    pub all: bool,
    /// The Expires header in seconds.
    pub expires: Option<u32>,
    /// The Path, RFC 3327.
    pub path: Vec<Box<str>>,
    /// The flow on which it came.
    pub flow: Flow,
    /// The top Via named another address than the packet's source.
    pub nat: bool,
    /// The most contacts of this address of record, where it has a limit of its own.
    pub limit: Option<usize>,
}

/// Why a REGISTER is refused. Nothing of it is done then, RFC 3261 section 10.3 step 7.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rejection {
    /// 423 with this Min-Expires, in seconds.
    TooBrief {
        /// The shortest interval that is accepted.
        minimum: u32,
    },
    /// 403: more contacts than one address of record may have.
    TooManyContacts {
        /// How many it may have.
        limit: usize,
    },
    /// 400: `Contact: *` with another Contact or with an Expires that is not 0 (RFC 3261 section 10.3 step 6).
    BadWildcard,
    /// 500: a lower or equal CSeq in the same Call-ID (RFC 3261 section 10.3 step 7).
    OutOfOrder,
    /// 503: the registrar's table is full.
    Full,
}

impl Rejection {
    /// The status of the answer.
    pub fn status(self) -> u16 {
        match self {
            Rejection::TooBrief { .. } => 423,
            Rejection::TooManyContacts { .. } => 403,
            Rejection::BadWildcard => 400,
            Rejection::OutOfOrder => 500,
            Rejection::Full => 503,
        }
    }
}
