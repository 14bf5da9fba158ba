//! Where the session description stands in a message: it is the body, or one part of several (RFC 2046 section 5.1, RFC 5621).
//! Carriers put ISUP beside it, emergency callers their location.

use sip::{HeaderName, Message};

/// RFC 2046 section 5.1.1.
const LONGEST_BOUNDARY: usize = 70;
/// Parts behind these are not looked at.
const MOST_PARTS: usize = 16;
const DESCRIPTION: &[u8] = b"application/sdp";

/// The session description in a message; none when it has none. Bodies of other types are passed over: whoever insists on one
/// says so, and was refused with 415 before (RFC 3261 section 20.11, `handling=required`).
pub fn description_in(message: &Message) -> Option<&[u8]> {
    part_in(message.header(HeaderName::ContentType), message.body())
}

/// The same, of a body and its type. A body without a type is a description: INVITEs of RFC 2543 could carry nothing else.
pub fn part_in<'a>(content_type: Option<&[u8]>, body: &'a [u8]) -> Option<&'a [u8]> {
    let text = match content_type {
        None => Some(body),
        Some(value) if kind(value).eq_ignore_ascii_case(DESCRIPTION) => Some(body),
        Some(value) if is_multipart(value) => described_part(&boundary(value)?, body),
        Some(_) => None,
    };
    text.filter(|text| !text.is_empty())
}

fn kind(value: &[u8]) -> &[u8] {
    value.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii()
}

fn is_multipart(value: &[u8]) -> bool {
    kind(value).get(..10).is_some_and(|start| start.eq_ignore_ascii_case(b"multipart/"))
}

/// The boundary parameter of a Content-Type, with the two hyphens that stand before it in the body.
fn boundary(value: &[u8]) -> Option<Vec<u8>> {
    let value = value.split(|byte| *byte == b';').skip(1).find_map(|parameter| {
        let at = parameter.iter().position(|byte| *byte == b'=')?;
        let (name, value) = (parameter.get(..at)?, parameter.get(at + 1..)?);
        name.trim_ascii().eq_ignore_ascii_case(b"boundary").then(|| value.trim_ascii())
    })?;
    let value = value.strip_prefix(b"\"").and_then(|value| value.strip_suffix(b"\"")).unwrap_or(value);
    let fits = (1..=LONGEST_BOUNDARY).contains(&value.len());
    fits.then(|| [b"--", value].concat())
}

/// The first part that is a description.
fn described_part<'a>(delimiter: &[u8], body: &'a [u8]) -> Option<&'a [u8]> {
    // Where the part that is being read begins; none before the first delimiter.
    let (mut begins, mut at, mut parts) = (None, 0, 0);
    for line in body.split_inclusive(|byte| *byte == b'\n') {
        let ends = at;
        at += line.len();
        let Some(rest) = line.strip_prefix(delimiter) else { continue };
        let last = match rest.trim_ascii() {
            b"" => false,
            b"--" => true,
            // The boundary of this body may begin another one's.
            _ => continue,
        };
        let part = begins.and_then(|begins| body.get(begins..ends));
        if let Some(found) = part.and_then(description_of_part) {
            return Some(found);
        }
        parts += 1;
        if last || parts > MOST_PARTS {
            return None;
        }
        begins = Some(at);
    }
    // A body that was cut off: its last part has no delimiter behind it and is not trusted.
    None
}

/// The content of a part when it is a description as it stands.
fn description_of_part(part: &[u8]) -> Option<&[u8]> {
    let (mut at, mut described, mut encoded) = (0, false, false);
    for line in part.split_inclusive(|byte| *byte == b'\n') {
        at += line.len();
        let line = line.trim_ascii();
        if line.is_empty() {
            break;
        }
        let colon = line.iter().position(|byte| *byte == b':')?;
        let (name, value) = (line.get(..colon)?.trim_ascii(), line.get(colon + 1..)?.trim_ascii());
        if name.eq_ignore_ascii_case(b"content-type") {
            described = kind(value).eq_ignore_ascii_case(DESCRIPTION);
        } else if name.eq_ignore_ascii_case(b"content-transfer-encoding") {
            let plain: [&[u8]; 3] = [b"7bit", b"8bit", b"binary"];
            encoded = !plain.iter().any(|known| value.eq_ignore_ascii_case(known));
        }
    }
    // The line end before a delimiter belongs to it; a description keeps the one of its last line where there are two.
    let text = part.get(at..)?;
    let text = text.strip_suffix(b"\r\n\r\n").and_then(|_| text.get(..text.len() - 2)).unwrap_or(text);
    (described && !encoded).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SDP: &str =
        "v=0\r\no=- 1 1 IN IP4 192.0.2.7\r\ns=-\r\nc=IN IP4 192.0.2.7\r\nt=0 0\r\nm=audio 4000 RTP/AVP 8\r\n";

    fn part(content_type: &str, body: &str) -> Option<String> {
        part_in(Some(content_type.as_bytes()), body.as_bytes()).map(|part| String::from_utf8_lossy(part).into_owned())
    }

    fn mixed(before: &str, after: &str) -> String {
        format!(
            "preamble\r\n--b1\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b1\r\n{before}\r\n{SDP}{after}--b1--\r\n"
        )
    }

    #[test]
    fn a_description_is_found_among_other_parts() {
        let typed = "Content-Type: application/SDP; charset=utf-8\r\nContent-Disposition: session\r\n";
        for content_type in ["multipart/mixed;boundary=b1", "Multipart/Mixed ; x=y; Boundary = \"b1\""] {
            for after in ["", "\r\n"] {
                let found = part(content_type, &mixed(typed, after)).unwrap();
                assert_eq!(found, SDP, "{content_type}");
                assert!(crate::media::read_description(found.as_bytes()).is_ok());
            }
        }
    }

    #[test]
    fn what_is_no_description_is_passed_over() {
        assert_eq!(part("multipart/mixed;boundary=b1", &mixed("Content-Type: application/isup\r\n", "")), None);
        let encoded = "Content-Type: application/sdp\r\nContent-Transfer-Encoding: base64\r\n";
        assert_eq!(part("multipart/mixed;boundary=b1", &mixed(encoded, "")), None);
        assert_eq!(part("multipart/mixed", &mixed("Content-Type: application/sdp\r\n", "")), None);
        assert_eq!(part("multipart/mixed;boundary=other", &mixed("Content-Type: application/sdp\r\n", "")), None);
        assert_eq!(part("application/pidf+xml", "<presence/>"), None);
        assert_eq!(part("application/sdp", ""), None);
        assert_eq!(part_in(None, SDP.as_bytes()), Some(SDP.as_bytes()));
    }

    #[test]
    fn a_body_that_was_cut_off_is_not_trusted() {
        let whole = mixed("Content-Type: application/sdp\r\n", "");
        let cut = whole.strip_suffix("--b1--\r\n").unwrap();
        assert_eq!(part("multipart/mixed;boundary=b1", cut), None);
    }

    #[test]
    fn parts_without_end_are_not_looked_at() {
        let many = format!("{}--b\r\nContent-Type: application/sdp\r\n\r\n{SDP}--b--\r\n", "--b\r\n\r\n".repeat(1000));
        assert_eq!(part("multipart/mixed;boundary=b", &many), None);
    }

    proptest! {
        #[test]
        fn whatever_comes_a_part_lies_within_its_body(
            kind in "(multipart/mixed;boundary=\"?[a-z-]{0,3}\"?|application/sdp|[ -~]{0,30})",
            pieces in proptest::collection::vec(
                prop_oneof![
                    Just("--a"), Just("--"), Just("\r\n"), Just("\n"), Just("Content-Type: application/sdp"), Just(":"), Just("v=0")
                ],
                0..30,
            ),
        ) {
            let body = pieces.concat();
            if let Some(found) = part_in(Some(kind.as_bytes()), body.as_bytes()) {
                prop_assert!(!found.is_empty() && body.contains(std::str::from_utf8(found).unwrap()));
            }
        }

        #[test]
        fn bytes_of_any_kind_do_no_harm(kind in proptest::collection::vec(any::<u8>(), 0..60), body in proptest::collection::vec(any::<u8>(), 0..200)) {
            let _ = part_in(Some(&kind), &body);
            let _ = part_in(Some(b"multipart/x;boundary=\x80"), &body);
        }
    }
}
