//! The published torture messages of RFC 4475 and RFC 5118, where they are at hand. They are data and not part of this
//! repository: `ALMON_VECTORS` names the folder that holds them, else `../shared/vectors` beside the repository is tried.
//! When they are absent this test says so loudly; our own messages with the same traits always run.

mod torture;

use std::path::PathBuf;
use torture::{Verdict, judge};

const VALID: &[&str] = &[
    "wsinv",
    "intmeth",
    "esc01",
    "escnull",
    "esc02",
    "lwsdisp",
    "longreq",
    "dblreq",
    "semiuri",
    "transports",
    "mpart01",
    "unreason",
    "noreason",
];

const INVALID: &[&str] = &[
    "badinv01",
    "clerr",
    "ncl",
    "scalar02",
    "scalarlg",
    "quotbal",
    "ltgtruri",
    "lwsruri",
    "lwsstart",
    "trws",
    "escruri",
    "baddate",
    "regbadct",
    "badaspec",
    "baddn",
    "badvers",
    "mismatch01",
    "mismatch02",
    "bigcode",
];

/// What RFC 4475 sections 3.2 to 3.4 ask of an element like this one.
const ODD: &[(&str, Verdict)] = &[
    ("badbranch", Verdict::Valid),
    ("insuf", Verdict::Refused(400)),
    ("unkscm", Verdict::Refused(416)),
    ("novelsc", Verdict::Refused(416)),
    ("unksm2", Verdict::Refused(400)),
    ("bext01", Verdict::Refused(420)),
    ("invut", Verdict::Refused(415)),
    ("regaut01", Verdict::Valid),
    ("multi01", Verdict::Refused(400)),
    ("mcl01", Verdict::Refused(400)),
    ("bcast", Verdict::Discarded),
    ("zeromf", Verdict::Valid),
    ("cparam01", Verdict::Valid),
    ("cparam02", Verdict::Valid),
    ("regescrt", Verdict::Valid),
    ("sdp01", Verdict::Refused(406)),
    ("inv2543", Verdict::Valid),
];

/// RFC 5118 by subject: three of the public copies have a Content-Length that is too long, which alone would be 400, and the
/// three colons of section 4.10 are refused since RFC 5954 mended the grammar.
const IPV6: &[(&str, bool)] = &[
    ("ipv6-good", true),
    ("ipv6-bad", false),
    ("port-ambiguous", true),
    ("port-unambiguous", true),
    ("via-received-param-with-delim", true),
    ("via-received-param-no-delim", true),
    ("ipv6-in-sdp", true),
    ("mult-ip-in-header", true),
    ("mult-ip-in-sdp", true),
    ("ipv4-mapped-ipv6", true),
    ("ipv6-bug-abnf-3-colons", false),
    ("ipv6-correct-abnf-2-colons", true),
];

#[allow(
    clippy::disallowed_methods,
    reason = "a test finds its data; the crate itself has neither files nor environment"
)]
fn folder() -> Option<PathBuf> {
    let beside = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../../../shared/vectors");
    let folder = std::env::var("ALMON_VECTORS").map_or(beside, PathBuf::from).join("sip");
    if folder.is_dir() {
        return Some(folder);
    }
    eprintln!("NOT RUN: the published SIP torture messages are not at {}; set ALMON_VECTORS", folder.display());
    None
}

#[allow(clippy::disallowed_methods, reason = "as above")]
fn read(folder: &std::path::Path, name: &str) -> Vec<u8> {
    let path = folder.join(name);
    std::fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn rfc_4475() {
    let Some(folder) = folder() else { return };
    let verdict = |name: &str| judge(&read(&folder, &format!("rfc4475/{name}.dat")));
    for name in VALID {
        assert_eq!(verdict(name), Verdict::Valid, "{name}");
    }
    for name in INVALID {
        assert!(matches!(verdict(name), Verdict::Refused(_) | Verdict::Discarded | Verdict::Unframed), "{name}");
    }
    for (name, expected) in ODD {
        assert_eq!(verdict(name), *expected, "{name}");
    }
    assert_eq!((VALID.len(), INVALID.len(), ODD.len()), (13, 19, 17));
}

#[test]
fn rfc_5118() {
    let Some(folder) = folder() else { return };
    for (name, valid) in IPV6 {
        let bytes = read(&folder, &format!("rfc5118/{name}.sip"));
        let message = sip::Message::parse_datagram(bytes.into()).unwrap_or_else(|error| panic!("{name}: {error}"));
        let fits =
            sip::validate::well_formed(&message).is_ok() && (message.is_response() || message.request_uri().is_ok());
        assert_eq!(fits, *valid, "{name}");
    }
    assert_eq!(IPV6.len(), 12);
}
