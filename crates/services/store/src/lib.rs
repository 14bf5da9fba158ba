//! Where a site's data is kept: backends of the directory's `Store` trait, a folder each, and the writer that stands between
//! the calls and the disk; and call records in the forms in which other programs read them.

pub mod output;
pub mod sqlite;
pub mod writer;

pub use output::{OutputCounts, RecordFiles};
pub use sqlite::{Options, SqliteStore};
pub use writer::{JobRefused, Shutdown, StoreAlarm, Writer, WriterConfig, WriterCounts};
