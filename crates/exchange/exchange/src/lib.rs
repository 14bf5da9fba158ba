//! The call core, on the abstract model of ECMA-269: calls with connections to devices. It knows no wire protocol.

pub mod route;
pub mod vocabulary;

pub use vocabulary::event::{CallEvent, ConnectionState, EventCause};
pub use vocabulary::input::{Input, Output, Reachability, RefusalNote, Terminal, TerminalId};
pub use vocabulary::order::{OfferTarget, OfferedCall, Order};
pub use vocabulary::report::{AnsweredMedia, CallingParty, LineKind, MediaLocation, Party, Report, Seizure};
