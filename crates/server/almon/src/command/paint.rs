//! Colours, where a person looks on: on a terminal, and when nobody has asked for none (<https://no-color.org>).

use std::io::{IsTerminal, stdout};

/// What a text is printed in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Colour {
    /// As the terminal has it.
    None,
    Green,
    Red,
    Yellow,
    Grey,
}

/// Whether colours are printed.
#[derive(Clone, Copy, Debug)]
pub(super) struct Paint(bool);

impl Paint {
    /// Colours when standard output is a terminal that shows some.
    pub(super) fn for_terminal() -> Paint {
        let unwanted = std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        let dumb = std::env::var_os("TERM").is_some_and(|value| value == "dumb");
        Paint(stdout().is_terminal() && !unwanted && !dumb)
    }

    /// No colours.
    #[cfg(test)]
    pub(super) fn plain() -> Paint {
        Paint(false)
    }

    pub(super) fn in_colour(self, colour: Colour, text: &str) -> String {
        // ECMA-48 section 8.3.117, select graphic rendition.
        let code = match colour {
            Colour::None => return text.to_owned(),
            Colour::Green => "32",
            Colour::Red => "31",
            Colour::Yellow => "33",
            Colour::Grey => "90",
        };
        self.wrap(code, text)
    }

    pub(super) fn bold(self, text: &str) -> String {
        self.wrap("1", text)
    }

    fn wrap(self, code: &str, text: &str) -> String {
        if self.0 { format!("\u{1b}[{code}m{text}\u{1b}[0m") } else { text.to_owned() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn without_a_terminal_text_stays_as_it_is() {
        assert_eq!(Paint::plain().in_colour(Colour::Red, "x"), "x");
        assert_eq!(Paint::plain().bold("x"), "x");
        assert_eq!(Paint(true).in_colour(Colour::Green, "x"), "\u{1b}[32mx\u{1b}[0m");
        assert_eq!(Paint(true).in_colour(Colour::None, "x"), "x");
    }
}
