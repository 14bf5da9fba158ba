//! Dialogs, RFC 3261 section 12: plain data that serialises, a set of them for each INVITE, and the one builder of every
//! request inside a dialog.

mod parts;
mod request;
mod route;
mod sequence;
mod set;
mod state;

pub(crate) use parts::finish;
pub use parts::{Body, ExtraHeader};
pub use request::{InDialog, build_request};
pub use route::{is_loose, next_hop, record_route_of, reversed, uri_of};
pub use sequence::{OutOfOrder, SequenceRule};
pub use set::{DialogSet, Prototype, SetLimit};
pub use state::{BindingName, Dialog, Role, Stage};
