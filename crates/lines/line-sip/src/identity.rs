//! Numbers and names in SIP headers: who is called, who calls, and how they are written.

use exchange::Party;
use ground::{Digits, Number, NumberType, Presentation, Screening};
use sip::header::{NameAddr, quote};
use sip::uri::UriRef;
use sip::{HeaderName, Message};

/// The longest display name that is passed on.
const LONGEST_NAME: usize = 60;

/// The number in a SIP or tel URI: its user part without visual separators (RFC 3966 section 5.1.1). None when it is no number.
pub fn number_in(uri: &UriRef<'_>) -> Option<Number> {
    let user = uri.user_unescaped()?;
    // Parameters inside the user part (RFC 3966 section 3) are no digits.
    let digits: String = user.split(';').next()?.chars().filter(|c| !matches!(c, '-' | '.' | '(' | ')')).collect();
    let number = Number::parse(&digits).ok()?;
    (!number.digits.is_empty()).then_some(number)
}

/// The number that an INVITE calls.
pub fn called_number(request: &Message) -> Option<Number> {
    number_in(&request.request_uri().ok()?)
}

/// The caller as a trunk tells it: P-Asserted-Identity before From (RFC 3325 section 5), Privacy obeyed (RFC 3323).
pub fn caller_of_trunk(request: &Message) -> Party {
    let asserted = request.headers(HeaderName::PAssertedIdentity).find_map(|value| {
        let identity = NameAddr::list(HeaderName::PAssertedIdentity, value).find_map(Result::ok)?;
        Some((party(&identity)?, Screening::NetworkProvided))
    });
    let from = || request.from().ok().and_then(|from| Some((party(&from)?, Screening::UserNotScreened)));
    let Some((mut party, screening)) = asserted.or_else(from) else { return anonymous() };
    party.number.screening = screening;
    if is_private(request) {
        party.number.presentation = Presentation::Restricted;
    }
    party
}

fn party(identity: &NameAddr<'_>) -> Option<Party> {
    let number = number_in(&identity.uri())?;
    let name = identity.display_name().map(|name| clean(&name)).unwrap_or_default();
    Some(Party { number, name })
}

fn anonymous() -> Party {
    let number = Number { presentation: Presentation::Unavailable, ..Number::default() };
    Party { number, name: String::new() }
}

fn is_private(request: &Message) -> bool {
    request.headers(HeaderName::Privacy).any(|value| {
        let values = String::from_utf8_lossy(value).to_ascii_lowercase();
        values.split([';', ',']).any(|value| matches!(value.trim(), "id" | "user" | "header" | "session"))
    })
}

/// A display name as it may be written: without control characters, cut to 60 characters.
fn clean(name: &str) -> String {
    name.chars().filter(|c| !c.is_control()).take(LONGEST_NAME).collect()
}

/// The user part of a number.
pub fn user_of(number: &Number) -> String {
    let digits = number.digits.as_str().replace('#', "%23");
    if number.kind == NumberType::International { format!("+{digits}") } else { digits }
}

/// A party as a From or To value without tag. A party that may not be shown is anonymous (RFC 3323 section 4.1.1.3).
pub fn name_address(party: &Party, host: &str) -> String {
    let shown = party.number.presentation == Presentation::Allowed && !party.number.digits.is_empty();
    if !shown {
        return "\"Anonymous\" <sip:anonymous@anonymous.invalid>".to_owned();
    }
    let user = user_of(&party.number);
    match clean(&party.name) {
        name if name.is_empty() => format!("<sip:{user}@{host}>"),
        name => format!("{} <sip:{user}@{host}>", quote(&name)),
    }
}

/// The digits of an account name, when it is a directory number.
pub fn account_number(account: &str) -> Option<Digits> {
    account.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn uri(text: &str) -> Option<String> {
        number_in(&UriRef::parse(text.as_bytes()).unwrap()).map(|number| number.to_string())
    }

    #[test]
    fn numbers_are_read_from_both_kinds_of_uri() {
        assert_eq!(uri("sip:1001@192.0.2.1").as_deref(), Some("1001"));
        assert_eq!(uri("sip:+44-20(7)946.0123;phone-context=x@192.0.2.1").as_deref(), Some("+442079460123"));
        assert_eq!(uri("tel:+44-20-79460123").as_deref(), Some("+442079460123"));
        assert_eq!(uri("sip:%2A21%231@192.0.2.1").as_deref(), Some("*21#1"));
        assert_eq!(uri("sip:strowger@192.0.2.1"), None);
        assert_eq!(uri("sip:192.0.2.1"), None);
        assert_eq!(uri("sip:12345678901234567890123456789012@192.0.2.1"), None);
    }

    #[test]
    fn a_party_is_written_so_that_no_name_can_break_the_line() {
        let party = |digits: &str, name: &str| Party { number: Number::parse(digits).unwrap(), name: name.to_owned() };
        assert_eq!(name_address(&party("1001", ""), "192.0.2.1"), "<sip:1001@192.0.2.1>");
        assert_eq!(name_address(&party("+4420", "Bell"), "[::1]"), "\"Bell\" <sip:+4420@[::1]>");
        let hostile = name_address(&party("1001", "A\"\r\nVia: x\\"), "192.0.2.1");
        assert_eq!(hostile, "\"A\\\"Via: x\\\\\" <sip:1001@192.0.2.1>");
        let mut hidden = party("1001", "Bell");
        hidden.number.presentation = Presentation::Restricted;
        assert!(!name_address(&hidden, "192.0.2.1").contains("1001"));
    }

    #[test]
    fn a_trunk_s_caller_is_asserted_before_told_and_privacy_is_kept() {
        let request = |extra: &str| {
            let text = format!(
                "INVITE sip:1001@192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP 192.0.2.9;branch=z9hG4bKa\r\n\
                 From: \"Gray\" <sip:+15550100@192.0.2.9>;tag=a\r\nTo: <sip:1001@192.0.2.1>\r\nCall-ID: a\r\nCSeq: 1 INVITE\r\n\
                 {extra}Content-Length: 0\r\n\r\n"
            );
            Message::parse_datagram(text.into_bytes().into()).unwrap()
        };
        let told = caller_of_trunk(&request(""));
        assert_eq!((told.number.to_string().as_str(), told.name.as_str()), ("+15550100", "Gray"));
        assert_eq!(told.number.screening, Screening::UserNotScreened);
        let asserted = caller_of_trunk(&request("P-Asserted-Identity: <sip:+15550199@192.0.2.9>\r\nPrivacy: id\r\n"));
        assert_eq!(asserted.number.to_string(), "+15550199");
        assert_eq!(asserted.number.screening, Screening::NetworkProvided);
        assert_eq!(asserted.number.presentation, Presentation::Restricted);
    }
}
