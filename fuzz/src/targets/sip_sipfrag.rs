//! Reports on referrals (RFC 3420): a fragment is read or refused, and what is read is what stands there.

use sip::{sipfrag, sipfrag_status};

/// Reads `data` as a fragment.
///
/// # Panics
///
/// When a status is made up, or one that is written is not read again.
pub fn run(data: &[u8]) {
    let Some(status) = sipfrag_status(data) else { return };
    assert!((100..700).contains(&status.0), "a status that is none");
    assert!(data.get(8..).is_some_and(|rest| rest.starts_with(status.to_string().as_bytes())), "a status was made up");
    assert_eq!(sipfrag_status(sipfrag(status).as_bytes()), Some(status));
}
