//! What the exchange knows about its site: extensions, trunks, routes, service and emergency numbers; the change sets that
//! alter them; the records of calls; and the `Store` trait, in which all of it is kept.

pub mod change;
pub mod model;
pub mod site_file;
pub mod store;

pub use change::{Change, ChangeRefusal, ChangeSet, changes_between, difference};
pub use model::extension::{DigestAlgorithm, Extension, PasswordDigest};
pub use model::hours::{Hours, HoursError, Weekday, Weekdays, is_open, local_time};
pub use model::record::{CallRecord, Outcome, RecordKey};
pub use model::route::{Route, RouteChoice};
pub use model::service_number::{ServiceKind, ServiceNumber};
pub use model::site::{Directory, EmergencyNumber, Revision, SiteSettings};
pub use model::trunk::{Trunk, TrunkTransport};
pub use site_file::{SiteFile, SiteFileFault};
pub use store::{Store, StoreError};
