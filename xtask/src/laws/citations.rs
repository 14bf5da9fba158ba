//! Every message, timer and state of the wire floor says where the standard defines it.

use super::{Law, Violation};
use crate::tree::{Floor, Room, Tree};

/// Citations for each thousand lines that are neither blank nor tests, crate by crate.
pub const PER_THOUSAND: usize = 3;

/// The law.
pub const LAW: Law = Law {
    name: "citations",
    demand: "a crate of wire cites its standards by section (`RFC 3261 section 17.1.1.2`), at least 3 times a thousand lines",
    check,
    figure: Some(figure),
};

/// What may stand between a standard's name and the number of the place.
const PLACES: &[&str] =
    &["section", "sections", "clause", "clauses", "appendix", "annex", "table", "figure", "chapter", "item", "§"];

/// Finds crates that cite too little.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for room in tree.rooms.iter().filter(|room| room.floor == Some(Floor::Wire)) {
        let (lines, cited) = count(room);
        let needed = lines * PER_THOUSAND / 1000;
        if cited < needed {
            let message = format!("{cited} citations in {lines} lines; {needed} are needed");
            found.push(Violation::new(LAW.name, &room.manifest_path(), 0, message));
        }
    }
    found
}

fn figure(tree: &Tree) -> String {
    let wire = tree.rooms.iter().filter(|room| room.floor == Some(Floor::Wire));
    let parts: Vec<String> = wire
        .map(|room| {
            let (lines, cited) = count(room);
            format!("{} {cited} in {lines}", room.name)
        })
        .collect();
    format!("citations in lines: {}", parts.join(", "))
}

fn count(room: &Room) -> (usize, usize) {
    let (mut lines, mut cited) = (0, 0);
    for file in room.files.iter().filter(|file| !file.is_generated()) {
        lines += file.counted_lines().1;
        let comments = file.comments.iter().filter(|comment| !file.is_test(comment.line));
        let text: Vec<&str> = comments.map(|comment| comment.text.as_str()).collect();
        cited += citations(&text.join(" "));
    }
    (lines, cited)
}

/// How often `text` names a standard together with a place in it.
pub fn citations(text: &str) -> usize {
    let words: Vec<&str> = text.split_whitespace().map(bare).collect();
    (0..words.len()).filter(|at| names_place(&words, *at)).count()
}

/// Whether a standard is named at `at` and a place in it follows at once.
fn names_place(words: &[&str], at: usize) -> bool {
    let word = words.get(at).copied().unwrap_or_default();
    let next = |ahead: usize| words.get(at + ahead).copied().unwrap_or_default();
    let rest = match word {
        "RFC" | "RFCs" if is_number(next(1)) => 2,
        "ITU-T" | "ISO" | "ISO/IEC" | "IEEE" | "ETSI" | "TS" | "TR" | "3GPP" | "W3C" => return false,
        _ if is_standard(word) => 1,
        _ => return false,
    };
    let place = next(rest);
    if PLACES.contains(&place.to_ascii_lowercase().as_str()) {
        return !next(rest + 1).is_empty();
    }
    place.strip_prefix('§').is_some_and(|number| !number.is_empty()) || is_section(place)
}

fn bare(word: &str) -> &str {
    word.trim_matches(|sign: char| {
        matches!(sign, ',' | ';' | ':' | '(' | ')' | '`' | '"' | '[' | ']' | '.' | '\'' | '*')
    })
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

/// `17.1.1.2`: at least two numbers.
fn is_section(word: &str) -> bool {
    word.contains('.') && word.split('.').all(is_number)
}

/// `RFC3261`, `H.225.0`, `X.691`, `Q.931`, `ECMA-269`, and the numbers that ISO, IEEE, ETSI and 3GPP give.
fn is_standard(word: &str) -> bool {
    if let Some(number) = word.strip_prefix("RFC").or_else(|| word.strip_prefix("ECMA-")) {
        return is_number(number);
    }
    if let Some((series, number)) = word.split_once('.')
        && series.len() == 1
        && "EGHIPQTVX".contains(series)
    {
        return number.split('.').all(is_number);
    }
    ["FIPS-", "ISO-", "IEEE-", "TS-"].iter().any(|prefix| word.starts_with(prefix))
        || word.split_once('.').is_some_and(|(a, b)| a.len() == 2 && b.len() == 3 && is_number(a) && is_number(b))
}

#[cfg(test)]
mod tests {
    use super::citations;

    #[test]
    fn a_standard_with_a_place_counts() {
        for text in [
            "RFC 3261 section 17.1.1.2",
            "(RFC 3261 17.1.1)",
            "RFC 3550, section 6.4.1: the",
            "RFC3261 section 8",
            "RFC 3711 appendix B.3",
            "ITU-T H.225.0 section 7.2.2",
            "Q.931 table 4-5",
            "ECMA-269 clause 12.2.3",
            "3GPP TS 24.229 section 5.1",
            "RFC 4733 §2.3",
        ] {
            assert_eq!(citations(text), 1, "{text}");
        }
    }

    #[test]
    fn a_standard_alone_and_a_place_alone_do_not() {
        for text in
            ["RFC 3261", "section 17.1.1.2", "see RFC 3261 and section 4", "version 1.2.3", "H.323 is", "at 12.50"]
        {
            assert_eq!(citations(text), 0, "{text}");
        }
    }

    #[test]
    fn each_mention_counts() {
        assert_eq!(citations("RFC 3261 section 8.1 and RFC 3263 section 4"), 2);
    }
}
