//! Where a 3xx sends a call (RFC 3261 sections 8.1.3.4 and 21.3).

use crate::header::{Contact, HeaderName};
use crate::message::Message;

/// How many targets of one response are read.
const TARGETS: usize = 8;

/// The URIs that the Contacts of a 3xx name, the highest q first and equal ones in their order; at most eight, and none that
/// cannot be read. A contact without q counts as q=1.
pub fn redirect_targets(response: &Message) -> Vec<Box<str>> {
    let lines = response.headers(HeaderName::Contact);
    // A malformed contact hides what follows it in its line, and not the other lines.
    let all = lines.flat_map(|line| Contact::list(line).map_while(Result::ok));
    let mut found: Vec<(u16, Box<str>)> = Vec::new();
    for contact in all.take(64) {
        found.push((contact.q().unwrap_or(1000), contact.uri().as_str().into()));
    }
    found.sort_by_key(|(q, _)| std::cmp::Reverse(*q));
    found.truncate(TARGETS);
    found.into_iter().map(|(_, uri)| uri).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;

    fn targets(contacts: &str) -> Vec<Box<str>> {
        let text = format!("SIP/2.0 302 Moved Temporarily\r\n{contacts}\r\n");
        redirect_targets(&Message::parse_datagram(Bytes::from(text)).unwrap())
    }

    #[test]
    fn the_most_wanted_comes_first_and_equal_ones_keep_their_order() {
        let found = targets(
            "Contact: <sip:a@h>;q=0.2, <sip:b@h>\r\nContact: <tel:+4132>;q=1.0, nonsense nonsense, <sip:lost@h>\r\n\
             m: \"X\" <sip:c@h?Diversion=x>;q=0.5\r\n",
        );
        let found: Vec<&str> = found.iter().map(AsRef::as_ref).collect();
        assert_eq!(found, ["sip:b@h", "tel:+4132", "sip:c@h?Diversion=x", "sip:a@h"]);
    }

    #[test]
    fn there_are_at_most_eight_and_a_star_is_none() {
        assert_eq!(targets(&"Contact: <sip:a@h>\r\n".repeat(100)).len(), 8);
        assert!(targets("Contact: *\r\n").is_empty() && targets("").is_empty());
    }
}
