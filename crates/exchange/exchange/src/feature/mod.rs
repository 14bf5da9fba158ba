//! Features of the basic call that are policy: what a caller whose call fails hears, and who hears music.

pub mod sound;
pub mod treatment;
