//! SIP as pure machines (RFC 3261 and the RFCs around it): bytes and time in, bytes and events out.
//!
//! A [`Message`] is the bytes that came in and spans into them. Two levels are told apart everywhere: what frames and may
//! be passed on, and what is valid to act on.

pub mod agent;
pub mod dialog;
pub mod digest;
pub mod framing;
mod grammar;
pub mod header;
mod message;
pub mod registrar;
pub mod transaction;
pub mod uri;
pub mod validate;

pub use grammar::{Param, ParamIter, Params};
pub use header::HeaderName;
pub use message::{
    Builder, Editor, Fault, HeaderLine, HeaderValues, Limits, Message, Method, ParseError, ResponseBuilder, StatusCode,
    Transport, Unanswerable, redact, sipfrag, sipfrag_status,
};
