//! The journal of calls: what goes into the exchange and what came out of it, the dialogs of lines, the directory, and snapshots of the
//! whole; and the way back from there.
//!
//! Records are postcard with a tag before them ([`record`]). They can be read by the build that wrote them and by no other:
//! [`BUILD`] is a digest of all sources, and stands in every file.

pub mod gate;
pub mod player;
pub mod record;
pub mod recorder;
pub mod replay;
pub mod restore;

/// This build: the version, and a digest of the sources it is made from.
pub const BUILD: &str = env!("ALMON_BUILD");
