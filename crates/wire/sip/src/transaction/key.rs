//! The keys by which requests are matched to server transactions, RFC 3261 sections 17.2.3 and 8.2.2.2.

use std::fmt::Write;

/// The magic cookie of RFC 3261 section 8.1.1.7.
const COOKIE: &str = "z9hG4bK";

/// What of a request matters for matching.
#[derive(Clone, Copy, Debug)]
pub struct RequestHead<'a> {
    /// The method.
    pub method: &'a str,
    /// The Request-URI.
    pub uri: &'a str,
    /// The branch of the top Via; none from an RFC 2543 element.
    pub branch: Option<&'a str>,
    /// The sent-by of the top Via, host and port.
    pub sent_by: (&'a str, Option<u16>),
    /// The From tag; empty from an RFC 2543 element that sends none.
    pub from_tag: &'a str,
    /// The To tag; empty when there is none.
    pub to_tag: &'a str,
    /// The Call-ID.
    pub call_id: &'a str,
    /// The CSeq number.
    pub sequence: u32,
}

impl RequestHead<'_> {
    /// Writes the key of the server transaction to which a request of this head and `method` belongs.
    ///
    /// With the cookie: branch, sent-by, and the method, where ACK counts as INVITE. Without it the rules of RFC 2543: the
    /// Request-URI, From tag, Call-ID, CSeq number and top Via, and the To tag unless the request is an INVITE or its ACK,
    /// since the ACK carries the tag that the response added.
    pub(crate) fn transaction_key(&self, method: &str, out: &mut String) {
        out.clear();
        let method = if method == "ACK" { "INVITE" } else { method };
        let (host, port) = self.sent_by;
        let written = match self.branch {
            Some(branch) if branch.get(..COOKIE.len()).is_some_and(|c| c.eq_ignore_ascii_case(COOKIE)) => {
                write!(out, "{method} {branch} {host}:{}", port.unwrap_or(0))
            }
            branch => {
                let tag = if matches!(method, "INVITE" | "CANCEL") { "" } else { self.to_tag };
                let port = port.unwrap_or(0);
                write!(
                    out,
                    "{method}\n{}\n{}\n{tag}\n{}\n{}\n{}\n{host}:{port}",
                    self.uri,
                    self.from_tag,
                    self.call_id,
                    self.sequence,
                    branch.unwrap_or_default(),
                )
            }
        };
        // Writing to a String cannot fail.
        debug_assert!(written.is_ok());
    }

    /// Writes the key by which a merged request is known, RFC 3261 section 8.2.2.2; false for a request with a To tag or an
    /// ACK or CANCEL, which cannot be one.
    pub(crate) fn merge_key(&self, out: &mut String) -> bool {
        if !self.to_tag.is_empty() || matches!(self.method, "ACK" | "CANCEL") {
            return false;
        }
        out.clear();
        let written = write!(out, "{} {}\n{}\n{}", self.method, self.sequence, self.from_tag, self.call_id);
        written.is_ok()
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn head(method: &'static str, branch: Option<&'static str>) -> RequestHead<'static> {
        RequestHead {
            method,
            uri: "sip:bell@example.com",
            branch,
            sent_by: ("192.0.2.1", Some(5060)),
            from_tag: "ft",
            to_tag: "",
            call_id: "c1",
            sequence: 1,
        }
    }

    fn key(head: &RequestHead<'_>) -> String {
        let mut out = String::new();
        head.transaction_key(head.method, &mut out);
        out
    }

    #[test]
    fn an_ack_has_the_key_of_its_invite_and_a_cancel_its_own() {
        for branch in [Some("z9hG4bK77"), Some("1"), None] {
            let invite = key(&head("INVITE", branch));
            let mut ack = head("ACK", branch);
            ack.to_tag = "added by the response";
            assert_eq!(key(&ack), invite);
            assert_ne!(key(&head("CANCEL", branch)), invite);
            let mut other_host = head("INVITE", branch);
            other_host.sent_by.0 = "192.0.2.2";
            assert_ne!(key(&other_host), invite);
        }
    }

    #[test]
    fn without_the_cookie_the_old_rules_tell_requests_apart() {
        let mut other = head("INFO", Some("1"));
        other.sequence = 2;
        assert_ne!(key(&other), key(&head("INFO", Some("1"))));
        let mut cookie = head("INFO", Some("Z9HG4BKa"));
        let first = key(&cookie);
        cookie.sequence = 2;
        assert_eq!(key(&cookie), first, "with the cookie, in any case of letters, the branch alone counts");
    }

    #[test]
    fn only_requests_without_to_tag_can_be_merged() {
        let mut out = String::new();
        assert!(head("INVITE", None).merge_key(&mut out));
        assert!(!head("ACK", None).merge_key(&mut out));
        let mut inside = head("INVITE", None);
        inside.to_tag = "t";
        assert!(!inside.merge_key(&mut out));
    }
}
