//! The command line of the bench.

use super::figures::Part;

/// What is to be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Command {
    /// Measure, then write the page.
    Measure,
    /// Write the page of what was measured before.
    Page,
}

/// The command line, read.
#[derive(Debug, PartialEq, Eq)]
pub struct Arguments {
    /// What is to be done.
    pub command: Command,
    /// In the short form.
    pub short: bool,
    /// Which parts, in the order of the page.
    pub parts: Vec<Part>,
}

/// The words that the command line takes.
pub fn usage() -> String {
    let names: Vec<&str> = Part::ALL.iter().map(|part| part.name()).collect();
    format!(
        "bench [--short] [PART...]   measure (all parts when none is named) and write docs/performance.md; the short form takes\n\
         {:28}some minutes, shows that everything runs, and writes target/bench/short/performance.md instead\n\
         bench --page                write the page of what was measured before\n\
         parts: {}",
        "",
        names.join(", ")
    )
}

impl Arguments {
    /// Reads the words after the program's name; the error is what to tell the user.
    pub fn read(words: impl Iterator<Item = String>) -> Result<Arguments, String> {
        let mut arguments = Arguments { command: Command::Measure, short: false, parts: Vec::new() };
        for word in words {
            match word.as_str() {
                "--short" => arguments.short = true,
                "--page" => arguments.command = Command::Page,
                name => match Part::named(name) {
                    Some(part) => arguments.parts.push(part),
                    None => return Err(usage()),
                },
            }
        }
        arguments.parts.sort_unstable();
        arguments.parts.dedup();
        if arguments.parts.is_empty() {
            arguments.parts = Part::ALL.to_vec();
        }
        Ok(arguments)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str]) -> Result<Arguments, String> {
        Arguments::read(words.iter().map(|word| (*word).to_owned()))
    }

    #[test]
    fn without_words_everything_is_measured() {
        let arguments = read(&[]).unwrap();
        assert_eq!(arguments, Arguments { command: Command::Measure, short: false, parts: Part::ALL.to_vec() });
    }

    #[test]
    fn parts_come_in_the_order_of_the_page_and_once() {
        let arguments = read(&["relay", "parse", "relay", "--short"]).unwrap();
        assert_eq!(arguments.parts, [Part::Parse, Part::Relay]);
        assert!(arguments.short);
    }

    #[test]
    fn what_is_unknown_is_answered_with_the_usage() {
        let said = read(&["faster"]).unwrap_err();
        assert!(Part::ALL.iter().all(|part| said.contains(part.name())), "{said}");
    }
}
