//! Taking secrets out of a message before people or files see it: a trace shows the call, never a way to make one.

use super::Message;
use crate::grammar::Cursor;
use crate::header::HeaderName;
use bytes::Bytes;

/// What stands in place of a secret.
const HIDDEN: &[u8] = b"***";

/// A copy of the message's bytes without its secrets: the responses and nonces of Digest (RFC 7616), the key material of
/// `a=crypto`, `a=ice-pwd`, `a=ice-ufrag` and `k=` in session descriptions (RFC 4568, RFC 8839, RFC 4566 section 5.12), and
/// the passwords in URIs. Lengths change, so Content-Length may not fit the copy.
pub fn redact(message: &Message) -> Bytes {
    let bytes = message.bytes();
    let body_start = bytes.len() - message.body().len();
    let mut hidden: Vec<(usize, usize)> = Vec::new();
    for entry in message.entries() {
        use HeaderName::*;
        let secret = [Authorization, ProxyAuthorization, WwwAuthenticate, ProxyAuthenticate, AuthenticationInfo];
        if secret.contains(&entry.name) {
            credentials(bytes, entry.value.start as usize, entry.value.end as usize, &mut hidden);
        }
    }
    passwords(bytes, &mut hidden);
    session_keys(bytes, body_start, &mut hidden);
    hidden.sort_unstable();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    for (start, end) in hidden {
        if start < at || end < start {
            // Inside of what is hidden already; it may still reach further.
            at = at.max(end);
            continue;
        }
        out.extend_from_slice(bytes.get(at..start).unwrap_or_default());
        out.extend_from_slice(HIDDEN);
        at = end;
    }
    out.extend_from_slice(bytes.get(at..).unwrap_or_default());
    Bytes::from(out)
}

/// The parameters that prove something. What is no `name=value` any more hides the rest of the line: a malformed header may
/// still hold a true secret.
fn credentials(bytes: &[u8], start: usize, end: usize, hidden: &mut Vec<(usize, usize)>) {
    let mut cursor = Cursor::new(bytes.get(..end).unwrap_or_default());
    cursor.advance(start);
    // The scheme, unless the header has none (Authentication-Info).
    let mut ahead = cursor;
    if let Some(scheme) = ahead.token()
        && !ahead.separator(b'=')
    {
        cursor = ahead;
        cursor.skip_lws();
        if !scheme.eq_ignore_ascii_case("Digest") {
            // Another scheme, such as Basic, may be nothing but its secret.
            hidden.push((cursor.position(), end));
            return;
        }
    }
    loop {
        let name_start = cursor.position();
        let name = cursor.token();
        let (Some(name), true) = (name, cursor.separator(b'=')) else {
            if !cursor.is_empty() || cursor.position() > name_start {
                hidden.push((name_start, end));
            }
            return;
        };
        let value_start = cursor.position();
        if cursor.quoted().is_none() && cursor.token().is_none() {
            hidden.push((value_start, end));
            return;
        }
        let open = ["realm", "algorithm", "qop", "stale", "uri", "nc", "username", "domain"];
        if !open.iter().any(|known| name.eq_ignore_ascii_case(known)) {
            hidden.push((value_start, cursor.position()));
        }
        cursor.skip_lws();
        if cursor.is_empty() {
            return;
        }
        if !cursor.separator(b',') {
            hidden.push((cursor.position(), end));
            return;
        }
    }
}

/// `user:password@` behind every `sip:` and `sips:`, wherever it stands, bodies included.
fn passwords(bytes: &[u8], hidden: &mut Vec<(usize, usize)>) {
    let mut at = 0;
    while let Some(colon) = memchr::memchr(b':', bytes.get(at..).unwrap_or_default()).map(|found| at + found) {
        at = colon + 1;
        let before = bytes.get(colon.saturating_sub(4)..colon).unwrap_or_default().to_ascii_lowercase();
        if !before.ends_with(b"sip") && !before.ends_with(b"sips") {
            continue;
        }
        let rest = bytes.get(at..).unwrap_or_default();
        let stop = rest.iter().position(|byte| byte.is_ascii_whitespace() || b"<>\"@".contains(byte));
        let user = rest.get(..stop.unwrap_or(rest.len())).unwrap_or_default();
        let sign = stop.filter(|&stop| rest.get(stop) == Some(&b'@'));
        if let (Some(sign), Some(password)) = (sign, memchr::memchr(b':', user)) {
            hidden.push((at + password + 1, at + sign));
        }
        // No `@` stands before the stop, so nothing in between is a password: each byte is looked at once.
        at += user.len();
    }
}

/// The lines of a body that hold keys; the tag and suite of `a=crypto` stay readable.
fn session_keys(bytes: &[u8], body_start: usize, hidden: &mut Vec<(usize, usize)>) {
    let mut start = body_start;
    while start < bytes.len() {
        let rest = bytes.get(start..).unwrap_or_default();
        let length = memchr::memchr2(b'\r', b'\n', rest).unwrap_or(rest.len());
        let line = rest.get(..length).unwrap_or_default();
        let is = |prefix: &[u8]| line.get(..prefix.len()).is_some_and(|begin| begin.eq_ignore_ascii_case(prefix));
        let kept = if is(b"a=crypto:") {
            // `a=crypto:` tag suite: two words; a line with fewer is hidden behind the colon.
            let mut words = line.iter().enumerate().filter(|(_, byte)| **byte == b' ').map(|(at, _)| at + 1);
            Some(words.nth(1).unwrap_or(b"a=crypto:".len()))
        } else if is(b"a=ice-pwd:") || is(b"a=ice-ufrag:") {
            memchr::memchr(b':', line).map(|colon| colon + 1)
        } else if is(b"k=") {
            Some(2)
        } else {
            None
        };
        if let Some(kept) = kept {
            hidden.push((start + kept, start + length));
        }
        start += length + 1;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn redacted(text: &str) -> String {
        let message = Message::parse_datagram(Bytes::copy_from_slice(text.as_bytes())).unwrap();
        String::from_utf8(redact(&message).to_vec()).unwrap()
    }

    #[test]
    fn no_secret_is_left_and_the_rest_is() {
        let text = "INVITE sip:a:PASS1@b SIP/2.0\r\n\
            Authorization: Digest username=\"gray\", realm=\"r\",nonce=\"NONCE\",\r\n response=\"RESP\", cnonce=CNONCE , qop=auth, opaque=\"OPQ\"\r\n\
            Proxy-Authorization: Basic TOKEN==\r\n\
            WWW-Authenticate: Digest realm=\"r\", nonce=\"NONCE2\", algorithm=MD5\r\n\
            Authentication-Info: nextnonce=\"NEXT\", qop=auth, rspauth=\"RSP\"\r\n\
            Contact: \"x:y@z\" <SIPS:a;x:PASS2@b:5061>, <sip:c@d:5062>\r\n\
            Authorization: Digest username=\"open RESP3\r\n\r\n\
            v=0\r\nk=base64:KEY0\r\na=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:KEY1\r\na=Crypto:2\r\na=ice-pwd:KEY2\r\na=ice-ufrag:KEY3\na=sendrecv\r\n";
        let shown = redacted(text);
        for secret in ["PASS", "NONCE", "RESP", "CNONCE", "OPQ", "TOKEN", "NEXT", "RSP", "KEY"] {
            assert!(!shown.contains(secret), "{secret} in {shown}");
        }
        for open in [
            "username=\"gray\"",
            "qop=auth",
            "a=crypto:1 AES_CM_128_HMAC_SHA1_80 ***",
            "<sip:c@d:5062>",
            "a=sendrecv",
            "\"x:y@z\"",
            "SIPS:a;x:***@b:5061",
            "sip:a:***@b SIP/2.0",
            "algorithm=MD5",
        ] {
            assert!(shown.contains(open), "{open} not in {shown}");
        }
    }

    #[test]
    fn a_message_without_secrets_stays_as_it_is() {
        let text = "BYE sip:a@b:5060 SIP/2.0\r\nVia: SIP/2.0/UDP c:5060\r\nTo: <sip:d@e:5070>;tag=1\r\n\r\n";
        assert_eq!(redacted(text), text);
    }

    proptest! {
        #[test]
        fn a_response_never_shows(before in "[ ,=\"a-z:@<>;]{0,20}", response in "[A-Z]{12}", after in "[ ,=\"a-z:@<>;]{0,20}") {
            let text = format!("BYE sip:a SIP/2.0\r\nAuthorization: Digest {before}, response=\"{response}\"{after}\r\n\r\n");
            let quotes = before.matches('"').count();
            // Inside an open quote the text belongs to another parameter, which may be one that stays.
            prop_assume!(quotes == 0);
            prop_assert!(!redacted(&text).contains(&response));
        }
    }
}
