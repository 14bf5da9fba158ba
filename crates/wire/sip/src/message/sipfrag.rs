//! `message/sipfrag` (RFC 3420) as the report on a REFER: a body that begins with a status line (RFC 3515 section 2.4.5).

use super::StatusCode;
use crate::grammar::chars::{self, TOKEN};

/// The longest fragment that is read.
const LONGEST: usize = 16 * 1024;

/// The status that a fragment reports.
///
/// None for anything that is not a status line, with header lines behind it if any. The last line may lack its end.
pub fn sipfrag_status(body: &[u8]) -> Option<StatusCode> {
    let text = std::str::from_utf8(body.get(..body.len().min(LONGEST))?).ok()?;
    let mut lines = text.split("\r\n");
    let status = status_line(lines.next()?)?;
    for line in lines.take_while(|line| !line.is_empty()) {
        let folded = line.starts_with([' ', '\t']);
        if has_control(line) || !(folded || is_header(line)) {
            return None;
        }
    }
    Some(status)
}

/// The fragment that reports a status.
pub fn sipfrag(status: StatusCode) -> String {
    format!("SIP/2.0 {status} {}\r\n", status.reason_phrase())
}

/// `Status-Line` of RFC 3261 section 25.1. The space before an empty phrase may be missing, as many senders leave it out.
fn status_line(line: &str) -> Option<StatusCode> {
    let rest = line.get(..8).filter(|version| version.eq_ignore_ascii_case("SIP/2.0 ")).and_then(|_| line.get(8..))?;
    let code = rest.get(..3).filter(|code| code.bytes().all(|byte| byte.is_ascii_digit()))?;
    let phrase = rest.get(3..)?;
    let code: u16 = code.parse().ok()?;
    let fits = (phrase.is_empty() || phrase.starts_with(' ')) && !has_control(phrase) && (100..700).contains(&code);
    fits.then_some(StatusCode(code))
}

fn is_header(line: &str) -> bool {
    let name = line.split_once(':').map(|(name, _)| name.trim_end_matches([' ', '\t']));
    name.is_some_and(|name| !name.is_empty() && chars::all(name.as_bytes(), TOKEN))
}

fn has_control(line: &str) -> bool {
    line.bytes().any(|byte| (byte < 0x20 && byte != b'\t') || byte == 0x7f)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_status_is_read_with_and_without_headers() {
        for good in [
            "SIP/2.0 200 OK\r\n",
            "SIP/2.0 200 OK",
            "sip/2.0 200",
            "SIP/2.0 200 \r\n",
            "SIP/2.0 200 OK\r\nTo: <sip:a@b>;tag=1\r\n ;x=y\r\nContent-Length: 4\r\n\r\n\u{1}\u{2}",
        ] {
            assert_eq!(sipfrag_status(good.as_bytes()), Some(StatusCode::OK), "{good:?}");
        }
    }

    #[test]
    fn nonsense_is_no_fragment() {
        for bad in [
            "",
            "\r\n",
            "200 OK",
            "SIP/2.0 2000 OK",
            "SIP/2.0 099 No",
            "SIP/2.0 700 No",
            "SIP/2.0  200 OK",
            "SIP/2.0 200OK",
            "SIP/1.0 200 OK",
            "SIP/2.0 200 OK\nTo: x\r\n",
            "SIP/2.0 200 OK\r\nno header\r\n",
            "SIP/2.0 200 OK\r\n: x\r\n",
            "INVITE sip:a SIP/2.0\r\n",
            "SIP/2.0 +20 OK",
            "SIP/2.0 20é",
        ] {
            assert_eq!(sipfrag_status(bad.as_bytes()), None, "{bad:?}");
        }
        assert_eq!(sipfrag_status(b"SIP/2.0 200 \xff\r\n"), None);
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..80)) {
            let _ = sipfrag_status(&bytes);
        }

        #[test]
        fn what_is_written_is_read(code in 100u16..700, noise in "(SIP/2.0 )?[0-9]{0,4}[ -~]{0,20}(\r\n[!-~]{0,8}[: ][ -~]{0,9}){0,3}") {
            prop_assert_eq!(sipfrag_status(sipfrag(StatusCode(code)).as_bytes()), Some(StatusCode(code)));
            if let Some(status) = sipfrag_status(noise.as_bytes()) {
                prop_assert!(noise[8..].starts_with(&status.to_string()));
            }
        }
    }
}
