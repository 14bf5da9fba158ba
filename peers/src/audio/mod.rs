//! Sound for tests: made, read, and compared.

mod compare;
mod g711;
mod signal;
mod wav;

pub use compare::{Likeness, level, likeness, loudest_level, share_of};
pub use g711::{alaw_decode, alaw_encode, ulaw_decode};
pub use signal::{silence, speech, tone};
pub use wav::{read_wav, write_wav};

/// Samples a second of everything here.
pub const RATE: usize = 8000;
