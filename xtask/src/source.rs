//! One Rust file, read three ways: as syntax, as a flat row of tokens, and as comments.

pub mod comment;
pub mod test_lines;
pub mod token;

#[cfg(test)]
mod tests;

use comment::Comment;
use proc_macro2::TokenStream;
use std::str::FromStr;
use token::Token;

/// A Rust file of the tree.
pub struct RustFile {
    /// Path from the root of the tree, with `/` between the parts.
    pub path: String,
    /// The text as it stands on disk.
    pub text: String,
    /// The syntax tree; `None` when the text is not Rust.
    pub syntax: Option<syn::File>,
    /// Where and why parsing failed.
    pub error: Option<(usize, String)>,
    /// All tokens in order, documentation left out.
    pub tokens: Vec<Token>,
    /// All comments, documentation included.
    pub comments: Vec<Comment>,
    /// For each line (index 0 is line 1), whether it belongs to tests.
    pub test_lines: Vec<bool>,
}

impl RustFile {
    /// Reads `text`; `whole_test` says that the place of the file alone makes it a test.
    pub fn read(path: String, text: String, whole_test: bool) -> Self {
        let lines = text.lines().count();
        let (syntax, tokens, error) = match TokenStream::from_str(&text) {
            Ok(stream) => {
                let tokens = token::flatten(stream.clone());
                match syn::parse2::<syn::File>(stream) {
                    Ok(file) => (Some(file), tokens, None),
                    Err(error) => (None, tokens, Some((error.span().start().line, error.to_string()))),
                }
            }
            Err(error) => (None, Vec::new(), Some((error.span().start().line, error.to_string()))),
        };
        let mut test_lines = vec![whole_test; lines];
        if let Some(file) = &syntax
            && !whole_test
        {
            test_lines::mark(file, &mut test_lines);
        }
        let comments = comment::extract(&text);
        Self { path, text, syntax, error, tokens, comments, test_lines }
    }

    /// Whether `line` (from 1) belongs to tests.
    pub fn is_test(&self, line: usize) -> bool {
        line.checked_sub(1).and_then(|index| self.test_lines.get(index)).copied().unwrap_or(false)
    }

    /// Makes every line a test line.
    pub fn make_test(&mut self) {
        self.test_lines.fill(true);
    }

    /// Whether the file holds tables that a command writes; lengths and shares leave it out.
    pub fn is_generated(&self) -> bool {
        self.path.contains("/src/generated/")
    }

    /// The name of the module the file is: its stem, or its folder for `mod.rs`.
    pub fn module(&self) -> &str {
        let mut parts = self.path.rsplit('/');
        let stem = parts.next().unwrap_or_default().trim_end_matches(".rs");
        if stem == "mod" { parts.next().unwrap_or_default() } else { stem }
    }

    /// Lines that are not blank: (in tests, elsewhere).
    pub fn counted_lines(&self) -> (usize, usize) {
        let mut counts = (0, 0);
        for (line, is_test) in self.text.lines().zip(&self.test_lines) {
            match (line.trim().is_empty(), is_test) {
                (true, _) => {}
                (false, true) => counts.0 += 1,
                (false, false) => counts.1 += 1,
            }
        }
        counts
    }
}
