//! What every room stands on: identifiers, numbers, secrets, reason and alarm codes, ladder hops, the sans-IO shapes,
//! the timer table and the seeded table. Nothing here knows a protocol, and nothing here reads a clock.

mod alarm;
mod hop;
mod id;
mod machine;
mod number;
mod offsets;
mod reason;
mod secret;
mod table;
mod time;
mod timer;

pub use alarm::{AlarmCode, Severity};
pub use hop::{Hop, HopKind};
pub use id::{Allocator, CallId, ConnectionId, DeviceId, FlowId, Identifiers, NetworkId, TrunkId};
pub use machine::Machine;
pub use number::{Digits, DigitsError, Number, NumberType, NumberingPlan, Presentation, Screening};
pub use offsets::SiteOffsets;
pub use reason::Reason;
pub use secret::Secret;
pub use table::Table;
pub use time::{Moment, Now, Utc};
pub use timer::TimerTable;
