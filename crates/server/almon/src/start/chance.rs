//! Randomness of the system.

use super::{StartError, system};

/// Random bytes.
pub(super) fn bytes<const N: usize>() -> Result<[u8; N], StartError> {
    let mut drawn = [0; N];
    getrandom::fill(&mut drawn).map_err(|error| system("randomness")(std::io::Error::other(error.to_string())))?;
    Ok(drawn)
}

/// A random number.
pub(super) fn number() -> Result<u64, StartError> {
    bytes::<8>().map(u64::from_le_bytes)
}
