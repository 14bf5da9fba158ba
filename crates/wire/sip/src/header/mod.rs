//! Header fields, one a file: borrowed from the message, parsed when asked for.

mod auth;
mod call_id;
mod contact;
mod cseq;
mod date;
mod error;
mod event;
mod list;
mod media_type;
mod name;
mod name_addr;
mod numbers;
mod rack;
mod reason;
mod refer_to;
mod replaces;
mod retry_after;
mod session_expires;
mod tokens;
mod via;

pub use auth::{AuthParams, AuthValue};
pub use call_id::CallId;
pub use contact::Contact;
pub use cseq::CSeq;
pub use date::Date;
pub use error::{HeaderError, HeaderFault};
pub use event::TokenParams;
pub use list::List;
pub use media_type::MediaType;
pub use name::HeaderName;
pub use name_addr::{NameAddr, quote};
pub use numbers::{delta_seconds, max_forwards};
pub use rack::RAck;
pub use reason::Reason;
pub use replaces::DialogName;
pub use retry_after::{is_timestamp, retry_after};
pub use session_expires::{Refresher, SessionExpires};
pub use tokens::Tokens;
pub use via::{MAGIC_COOKIE, Via};

#[cfg(test)]
mod tests;
