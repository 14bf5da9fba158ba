//! What is wrong with one item on its own, whatever else the directory holds.

use super::apply::limits;
use super::refusal::{Fault, TextFault};
use crate::{DigestAlgorithm, Extension, PasswordDigest, Route, RouteChoice, ServiceKind, SiteSettings, Trunk};
use ground::Digits;
use std::net::IpAddr;

/// The longest number that can be dialled or sent (ground's digit strings).
const LONGEST_NUMBER: usize = 31;

/// A text that people read: display names and authors.
///
/// Control characters would end a header line, quotation marks and backslashes need escapes that telephones get wrong
/// (RFC 3261 section 25.1, quoted-string), and characters that turn the direction of writing let a name pose as another.
pub(super) fn printable(text: &str, most: usize) -> Option<TextFault> {
    let length = text.chars().count();
    if length > most {
        return Some(TextFault::TooLong { length, most });
    }
    let misread = |c: &char| {
        c.is_control()
            || matches!(c, '"' | '\\' | '\u{feff}' | '\u{fffe}' | '\u{ffff}')
            || matches!(c, '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    if let Some(character) = text.chars().find(misread) {
        return Some(TextFault::Character { character });
    }
    (text != text.trim()).then_some(TextFault::OuterSpace)
}

/// A name that commands use: trunks, routes, announcements.
pub(super) fn identifier(text: &str) -> Option<TextFault> {
    if text.is_empty() {
        return Some(TextFault::Empty);
    }
    let length = text.chars().count();
    if length > limits::NAME_CHARACTERS {
        return Some(TextFault::TooLong { length, most: limits::NAME_CHARACTERS });
    }
    // A first `-` reads as an option of a command, a first `.` as a hidden or parent folder.
    let first = text.chars().next().filter(|c| !c.is_ascii_alphanumeric());
    let wrong = |c: &char| !(c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    first.or_else(|| text.chars().find(wrong)).map(|character| TextFault::Character { character })
}

/// A number that is dialled: only 0-9, so many digits.
pub(super) fn number(digits: &Digits, least: usize, most: usize) -> Option<Fault> {
    if let Some(character) = digits.as_str().chars().find(|c| !c.is_ascii_digit()) {
        return Some(Fault::NumberCharacter { character });
    }
    let length = digits.len();
    (!(least..=most).contains(&length)).then_some(Fault::NumberLength { length, least, most })
}

/// How many hexadecimal digits a digest of the algorithm has (RFC 8760 section 2.3: SHA-512/256 gives 256 bits).
fn digest_length(algorithm: DigestAlgorithm) -> usize {
    match algorithm {
        DigestAlgorithm::Md5 => 32,
        DigestAlgorithm::Sha256 | DigestAlgorithm::Sha512_256 => 64,
    }
}

fn password(digests: &[PasswordDigest], faults: &mut Vec<Fault>) {
    let mut seen = Vec::with_capacity(digests.len().min(4));
    for digest in digests {
        let (algorithm, digits) = (digest.algorithm, digest_length(digest.algorithm));
        let text = digest.a1.expose().as_bytes();
        if text.len() != digits || !text.iter().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')) {
            faults.push(Fault::DigestMalformed { algorithm, digits });
        }
        if seen.contains(&algorithm) {
            faults.push(Fault::DigestRepeated { algorithm });
            // Three algorithms exist: whatever follows repeats, too.
            return;
        }
        seen.push(algorithm);
    }
}

/// An extension on its own.
pub(super) fn extension(extension: &Extension) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(number(&extension.number, 2, 20));
    faults.extend(printable(&extension.name, limits::DISPLAY_NAME_CHARACTERS).map(Fault::Name));
    if !(1..=8).contains(&extension.max_terminals) {
        faults.push(Fault::Terminals { count: extension.max_terminals });
    }
    let outside = |setting, value: Option<u16>, most| {
        let value = value.filter(|value| !(1..=most).contains(value))?;
        Some(Fault::OutOfRange { setting, value, least: 1, most })
    };
    faults.extend(outside("max_calls", extension.max_calls.map(u16::from), 100));
    faults.extend(outside("pickup_group", extension.pickup_group, u16::MAX));
    password(&extension.password, &mut faults);
    faults
}

/// A service on its own.
pub(super) fn service(digits: &Digits, kind: &ServiceKind) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(number(digits, 2, 20));
    if let ServiceKind::Announcement(name) = kind {
        faults.extend(identifier(name).map(Fault::Name));
    }
    faults
}

/// True for the address of one host: something can be sent there, and something can come from there.
fn is_host(address: IpAddr) -> bool {
    let address = address.to_canonical();
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    !(address.is_unspecified() || address.is_multicast() || broadcast)
}

/// A trunk on its own.
pub(super) fn trunk(trunk: &Trunk) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(identifier(&trunk.name).map(Fault::Name));
    if trunk.address.port() == 0 {
        faults.push(Fault::PortZero);
    }
    if trunk.sources.len() > limits::SOURCES {
        faults.push(Fault::TooManySources { count: trunk.sources.len(), most: limits::SOURCES });
    }
    let addresses = std::iter::once(trunk.address.ip()).chain(trunk.sources.iter().copied().take(limits::SOURCES));
    for address in addresses.filter(|address| !is_host(*address)) {
        faults.push(Fault::AddressUnusable { address });
    }
    if trunk.max_calls == Some(0) {
        faults.push(Fault::NoCallsPermitted);
    }
    faults
}

/// One choice of a route.
fn choice(index: usize, choice: &RouteChoice, route: &Route) -> Option<Fault> {
    // The shortest complete number must leave something to send.
    if choice.strip >= route.min_digits && choice.prepend.is_empty() {
        return Some(Fault::StripsAll { choice: index });
    }
    let digits = usize::from(route.max_digits.saturating_sub(choice.strip)) + choice.prepend.len();
    if digits > LONGEST_NUMBER {
        return Some(Fault::SendsTooMany { choice: index, digits });
    }
    let letter = choice.prepend.as_str().chars().find(char::is_ascii_alphabetic);
    letter.map(|character| Fault::NumberCharacter { character })
}

/// A route on its own.
pub(super) fn route(route: &Route) -> Vec<Fault> {
    let mut faults = Vec::new();
    faults.extend(identifier(&route.name).map(Fault::Name));
    faults.extend(number(&route.prefix, 1, 20));
    let (prefix, least, most) = (route.prefix.len(), route.min_digits, route.max_digits);
    if usize::from(least) < prefix.max(1) || least > most || usize::from(most) > LONGEST_NUMBER {
        faults.push(Fault::DigitRange { prefix, least, most });
    }
    if route.choices.is_empty() {
        faults.push(Fault::NoChoices);
    }
    if route.choices.len() > limits::CHOICES {
        faults.push(Fault::TooManyChoices { count: route.choices.len(), most: limits::CHOICES });
    }
    if route.hours.len() > limits::HOURS {
        faults.push(Fault::TooManyHours { count: route.hours.len(), most: limits::HOURS });
    }
    let choices = route.choices.iter().take(limits::CHOICES).enumerate();
    faults.extend(choices.filter_map(|(index, item)| choice(index, item, route)));
    faults
}

/// Settings on their own.
pub(super) fn settings(settings: &SiteSettings) -> Vec<Fault> {
    let ranges = [
        ("no_answer_seconds", settings.no_answer_seconds, 5, 600),
        ("inter_digit_seconds", settings.inter_digit_seconds, 1, 60),
        ("longest_call_minutes", settings.longest_call_minutes, 0, 7 * 24 * 60),
    ];
    let outside = ranges.into_iter().filter(|(_, value, least, most)| !(least..=most).contains(&value));
    outside.map(|(setting, value, least, most)| Fault::OutOfRange { setting, value, least, most }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_display_name_cannot_break_a_header_or_pose_as_another() {
        assert_eq!(printable("Grete Hermann, 3. Etage", 60), None);
        assert_eq!(printable("", 60), None);
        for bad in ["a\r\nVia: x", "a\0b", "a\"b", "a\\b", "a\u{202e}b", "a\u{2028}b", "a\u{85}b", "a\tb"] {
            assert!(matches!(printable(bad, 60), Some(TextFault::Character { .. })), "{bad:?}");
        }
        assert_eq!(printable(" a", 60), Some(TextFault::OuterSpace));
        assert_eq!(printable("äöü", 2), Some(TextFault::TooLong { length: 3, most: 2 }));
    }

    #[test]
    fn a_command_name_is_no_option_and_no_path() {
        for good in ["carrier-1", "0_a.b", "X"] {
            assert_eq!(identifier(good), None, "{good}");
        }
        for bad in ["-v", "..", ".x", "a/b", "a b", "ä", "a\n"] {
            assert!(matches!(identifier(bad), Some(TextFault::Character { .. })), "{bad:?}");
        }
        assert_eq!(identifier(""), Some(TextFault::Empty));
        assert_eq!(identifier(&"a".repeat(41)), Some(TextFault::TooLong { length: 41, most: 40 }));
    }

    #[test]
    fn an_address_is_that_of_one_host() {
        for good in ["192.0.2.1", "127.0.0.1", "2001:db8::1", "::1", "fe80::1"] {
            assert!(is_host(good.parse().unwrap()), "{good}");
        }
        for bad in ["0.0.0.0", "::", "224.0.0.1", "255.255.255.255", "ff02::1", "::ffff:224.0.0.1", "::ffff:0.0.0.0"] {
            assert!(!is_host(bad.parse().unwrap()), "{bad}");
        }
    }
}
