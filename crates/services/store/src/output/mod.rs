//! Call records for other programs: as lines of CSV, as SQL, and as one file a weekday that grows while calls end.

mod condition_code;
mod csv;
mod field;
mod follow;
mod sql;
mod weekday_file;

pub use condition_code::condition_code;
pub use csv::{COLUMNS, VERSION, fields, header, line};
pub use field::LocalDate;
pub use follow::{OutputCounts, RecordFiles};
pub use sql::{insert, table};
pub use weekday_file::{FileFault, WeekdayFiles, file_name};
