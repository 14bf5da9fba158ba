//! URIs: what is read is kept, equals itself, and its parts are where they say.

use sip::uri::{EscapeSet, Uri, UriRef, escape, host_and_port, unescape};

/// Reads `data` as a URI, a host and an escaped text.
///
/// # Panics
///
/// When a URI does not equal itself or loses a part, or when escaping loses text.
pub fn run(data: &[u8]) {
    let _ = host_and_port(data);
    if let Ok(text) = std::str::from_utf8(data) {
        for set in [EscapeSet::User, EscapeSet::Param, EscapeSet::Header] {
            assert_eq!(unescape(&escape(text, set)), text, "escaping lost text");
        }
    }
    // The first half against the second: equivalence has no order.
    let (first, second) = data.split_at(data.len() / 2);
    if let (Ok(a), Ok(b)) = (UriRef::parse(first), UriRef::parse(second)) {
        assert_eq!(a.equivalent(&b), b.equivalent(&a), "equivalence depends on the order");
    }
    let Ok(uri) = UriRef::parse(data) else { return };
    assert_eq!(uri.as_str().as_bytes(), data);
    assert!(uri.equivalent(&uri), "a URI differs from itself");
    assert!(uri.params().all(|(name, _)| uri.has_param(name)));
    let _ = (uri.headers().count(), uri.telephone_number().map(|number| number.to_string()));
    if uri.is_sip() {
        assert!(uri.host().is_some(), "a SIP URI without a host");
        let owned = uri.to_owned();
        if let Ok(with) = owned.with_param("fuzz", Some("a b")) {
            assert_eq!(with.param("fuzz"), uri.param("fuzz").or(Some("a%20b")));
            assert_eq!(Uri::parse(with.as_str()).as_ref(), Ok(&with));
        }
    }
}
