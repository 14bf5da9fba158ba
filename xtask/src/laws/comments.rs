//! A comment says what is. What was, what will be and who wanted it stand in the history and in the issues.

use super::{Law, Violation};
use crate::tree::{TextFile, Tree};

/// The law.
pub const LAW: Law =
    Law { name: "comments", demand: "no comment speaks of plans, steps, issues or history", check, figure: None };

/// Marks that are written in capitals and stand alone.
const MARKS: &[&str] = &["TODO", "FIXME", "XXX", "HACK"];

/// Phrases, in small letters. `no longer` and `used to` alone are said of calls and timers too, so only what is said of
/// code stands here.
const PHRASES: &[&str] = &[
    "for now",
    "for the time being",
    "for the moment",
    "not yet implemented",
    "not implemented yet",
    "will be implemented",
    "will be added",
    "to be implemented",
    "future work",
    "in a later issue",
    "in a later step",
    "in a later phase",
    "in a later version",
    "in a future version",
    "in the next issue",
    "in this issue",
    "see issue",
    "as of issue",
    "pull request",
    "milestone",
    "roadmap",
    "used to be",
    "used to have",
    "used to live",
    "we used to",
    "it used to",
    "previously we",
    "was previously",
    "previous implementation",
    "old implementation",
    "new implementation",
    "first version",
    "no longer needed",
    "no longer supported",
    "no longer uses",
    "simplified for",
    "design section",
    "design.md",
    "the brief",
    "the issue",
];

/// Words that name a stage when a number follows them.
const STAGES: &[&str] = &["issue", "phase", "milestone", "sprint"];

/// Finds comments that speak of the work and not of the thing.
pub fn check(tree: &Tree) -> Vec<Violation> {
    let mut found = Vec::new();
    for (_, file) in tree.files().filter(|(_, file)| !speaks_of_it(&file.path)) {
        for comment in &file.comments {
            report(&file.path, comment.line, &comment.text, &mut found);
        }
    }
    for file in tree.texts.iter().filter(|file| is_configuration(file)) {
        for (index, line) in file.text.lines().enumerate() {
            if let Some((_, comment)) = line.split_once('#') {
                report(&file.path, index + 1, comment, &mut found);
            }
        }
    }
    found
}

/// The law's own list and its test name what they refuse.
fn speaks_of_it(path: &str) -> bool {
    path == "xtask/src/laws/comments.rs" || path == "xtask/tests/laws/comments.rs"
}

fn is_configuration(file: &TextFile) -> bool {
    ["toml", "sh"].iter().any(|end| file.path.rsplit('.').next() == Some(end))
        || matches!(file.path.as_str(), "x" | ".ci/run")
}

fn report(path: &str, line: usize, text: &str, found: &mut Vec<Violation>) {
    if let Some(phrase) = offence(text) {
        found.push(Violation::new(LAW.name, path, line, format!("the comment says `{phrase}`: {}", text.trim())));
    }
}

/// The first phrase in `text` that is about the work.
fn offence(text: &str) -> Option<String> {
    let words: Vec<&str> = text.split(|sign: char| !sign.is_alphanumeric()).filter(|word| !word.is_empty()).collect();
    if let Some(mark) = words.iter().find(|word| MARKS.contains(word)) {
        return Some((*mark).to_owned());
    }
    let small = words.join(" ").to_ascii_lowercase();
    let padded = format!(" {small} ");
    if let Some(phrase) = PHRASES.iter().find(|phrase| padded.contains(&format!(" {} ", phrase.replace('.', " ")))) {
        return Some((*phrase).to_owned());
    }
    let small: Vec<&str> = small.split(' ').collect();
    let stage = small.windows(2).find(|pair| {
        STAGES.contains(&pair[0]) && !pair[1].is_empty() && pair[1].bytes().all(|byte| byte.is_ascii_digit())
    });
    stage.map(|pair| pair.join(" "))
}

#[cfg(test)]
mod tests {
    use super::offence;

    #[test]
    fn talk_of_the_work_is_found() {
        for text in ["TODO: this", "good enough for now", "see issue #4", "phase 2", "This used to be a map", "(FIXME)"]
        {
            assert!(offence(text).is_some(), "{text}");
        }
    }

    #[test]
    fn talk_of_the_thing_is_not() {
        for text in [
            "the key that is used to sign",
            "a contact no longer registered is removed",
            "RFC 3261 section 16.6 step 4",
            "the media plan and the port plan",
            "todo lists are a web page",
            "the previously sent offer",
            "a tissue 3 of paper",
        ] {
            assert_eq!(offence(text), None, "{text}");
        }
    }
}
