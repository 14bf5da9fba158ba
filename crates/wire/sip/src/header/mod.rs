//! Header fields, one a file: borrowed from the message, parsed when asked for.

mod auth;
mod call_id;
mod contact;
mod cseq;
mod error;
mod list;
mod name;
mod name_addr;
mod numbers;
mod tokens;
mod via;

pub use auth::{AuthParams, AuthValue};
pub use call_id::CallId;
pub use contact::Contact;
pub use cseq::CSeq;
pub use error::{HeaderError, HeaderFault};
pub use list::List;
pub use name::HeaderName;
pub use name_addr::{NameAddr, quote};
pub use numbers::{delta_seconds, max_forwards};
pub use tokens::Tokens;
pub use via::{MAGIC_COOKIE, Via};
