//! A journal in files: what happened, record after record, so that another process can go on from it. It knows nothing of what the
//! records say.
//!
//! A [`Folder`] holds files with numbers that count up. Each file is a [`Header`] and then messages: the sections of a snapshot of
//! the whole state, its end, and the records since ([`Kind`]). So the last file whose snapshot is whole suffices, and those before
//! it only matter when the last one is not. Messages are cut into frames with checksums of their own ([`frame`]); the
//! [`Reader`] tells a cut tail, which is the normal end after a kill, from damage.
//!
//! The [`Writer`] is a thread. Whoever journals puts [`Turn`]s into memory and never waits for a disk. What was given to the
//! system survives the death of the process (it stands in the page cache); [`WriterConfig::sync`] bounds what the loss of power takes.

mod buffer;
mod checksum;
mod digest;
mod folder;
pub mod frame;
mod header;
mod reader;
mod turn;
mod writer;

pub use buffer::{Appender, Position};
pub use checksum::crc32c;
pub use digest::{Digest, digest};
pub use folder::{Complete, Folder, Stored};
pub use frame::Kind;
pub use header::{FORMAT, Header, HeaderError, LONGEST_BUILD};
pub use reader::{End, Message, Reader};
pub use turn::Turn;
pub use writer::{Alarm, Trouble, Writer, WriterConfig, WriterCounts};
