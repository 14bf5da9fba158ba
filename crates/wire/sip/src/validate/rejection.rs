//! The answer to a request that is not acted on.

use crate::header::{HeaderError, HeaderFault, HeaderName};
use crate::message::{Builder, Message, ResponseBuilder, StatusCode, Unanswerable};
use std::fmt;
use std::net::SocketAddr;

/// Why a request is refused, and with what. An ACK is never answered: it is dropped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rejection {
    /// The status.
    pub status: StatusCode,
    /// The reason phrase, which says more than the status alone (RFC 3261 section 21.4.1).
    pub reason: String,
    /// The header that is to blame, where one is.
    pub header: Option<HeaderName>,
    /// Lines that belong into the answer: Allow, Unsupported, Accept, Accept-Encoding.
    pub lines: Vec<(HeaderName, String)>,
}

impl Rejection {
    /// A rejection with the usual phrase.
    pub fn new(status: StatusCode) -> Self {
        Rejection { status, reason: status.reason_phrase().to_owned(), header: None, lines: Vec::new() }
    }

    /// A 400 with a phrase of its own.
    pub fn bad_request(reason: &str) -> Self {
        Rejection { reason: format!("Bad Request - {reason}"), ..Rejection::new(StatusCode::BAD_REQUEST) }
    }

    pub(super) fn with(mut self, name: HeaderName, value: String) -> Self {
        self.lines.push((name, value));
        self
    }

    /// Begins the answer with the lines that belong into it; see [`ResponseBuilder`].
    ///
    /// # Errors
    /// When nothing can or may be answered.
    pub fn answer(&self, request: &Message, source: SocketAddr, to_tag: &str) -> Result<Builder, Unanswerable> {
        let response = ResponseBuilder::to(request, self.status).reason(&self.reason).source(source).to_tag(to_tag);
        let mut builder = response.begin()?;
        for (name, value) in &self.lines {
            builder.header(*name, value);
        }
        Ok(builder)
    }
}

impl From<HeaderError> for Rejection {
    fn from(error: HeaderError) -> Self {
        let what = match error.fault {
            HeaderFault::Missing => "Missing",
            HeaderFault::Repeated => "Repeated",
            HeaderFault::Malformed => "Malformed",
        };
        let header = error.header;
        Rejection { header: Some(header), ..Rejection::bad_request(&format!("{what} {header}")) }
    }
}

impl fmt::Display for Rejection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.status, self.reason)
    }
}
