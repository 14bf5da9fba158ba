//! The port plan: every port that the exchange opens or uses, once, as typed data.
//!
//! [`PortPlan::resolve`] puts an administrator's [`Overrides`] on the published defaults and checks the result. A
//! resolved plan grants [`Listener`] and [`ListenerRange`]: tokens without which nothing is bound. [`render`] prints a
//! plan, [`probe`] compares it with what a running server has open. No other crate holds a port number.

mod check;
mod error;
mod flow;
mod listener;
mod overrides;
mod plan;
pub mod probe;
mod protocol;
mod range;
pub mod render;
mod row;
mod rows;
mod service;

pub use check::Checks;
pub use error::{Claim, NotInPlan, PlanError, PlanErrors};
pub use flow::{Families, Flow, Party, Role};
pub use listener::{Bind, Listener, ListenerRange};
pub use overrides::{Overrides, ServiceOverride};
pub use plan::{PlannedFlow, PortPlan};
pub use protocol::{Protocol, Transport};
pub use range::{NotPorts, PortList, PortRange, ephemeral_range};
pub use row::{Firewall, Row, RowId};
pub use rows::{FIRST_UNPRIVILEGED, LEAST_MEDIA_PORTS};
pub use service::{NoSuchService, Service};
