//! Finds comments in Rust text. Tokens do not carry them, so the text is scanned once, stepping over strings, characters
//! and lifetimes.

/// One comment, or one line of a block comment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Comment {
    /// Its line, from 1.
    pub line: usize,
    /// The text after the comment signs.
    pub text: String,
}

/// All comments of `text`, in order; a block comment gives one entry for each of its lines.
pub fn extract(text: &str) -> Vec<Comment> {
    Scanner { bytes: text.as_bytes(), text, at: 0, line: 1, found: Vec::new() }.run()
}

struct Scanner<'a> {
    bytes: &'a [u8],
    text: &'a str,
    at: usize,
    line: usize,
    found: Vec<Comment>,
}

impl Scanner<'_> {
    fn run(mut self) -> Vec<Comment> {
        while let Some(byte) = self.peek(0) {
            match byte {
                b'/' if self.peek(1) == Some(b'/') => self.line_comment(),
                b'/' if self.peek(1) == Some(b'*') => self.block_comment(),
                b'"' => self.string(),
                b'\'' => self.quote(),
                b'r' | b'b' | b'c' if self.starts_raw() => self.raw_string(),
                _ if is_name(byte) => self.name(),
                _ => self.step(1),
            }
        }
        self.found
    }

    fn peek(&self, ahead: usize) -> Option<u8> {
        self.bytes.get(self.at + ahead).copied()
    }

    fn step(&mut self, count: usize) {
        for _ in 0..count {
            if self.peek(0) == Some(b'\n') {
                self.line += 1;
            }
            self.at += 1;
        }
    }

    fn name(&mut self) {
        while self.peek(0).is_some_and(is_name) {
            self.at += 1;
        }
    }

    fn line_comment(&mut self) {
        let rest = self.text.get(self.at..).unwrap_or_default();
        let end = rest.find('\n').unwrap_or(rest.len());
        let text = rest.get(..end).unwrap_or_default().trim_start_matches(['/', '!']).trim().to_owned();
        self.found.push(Comment { line: self.line, text });
        self.at += end;
    }

    fn block_comment(&mut self) {
        let (start, first) = (self.at, self.line);
        let mut depth = 0usize;
        while let Some(byte) = self.peek(0) {
            match (byte, self.peek(1)) {
                (b'/', Some(b'*')) => {
                    depth += 1;
                    self.step(2);
                }
                (b'*', Some(b'/')) => {
                    depth -= 1;
                    self.step(2);
                    if depth == 0 {
                        break;
                    }
                }
                _ => self.step(1),
            }
        }
        let body = self.text.get(start..self.at).unwrap_or_default();
        for (offset, text) in body.lines().enumerate() {
            let text = text.trim().trim_start_matches(['/', '*', '!']).trim_end_matches(['*', '/']).trim().to_owned();
            self.found.push(Comment { line: first + offset, text });
        }
    }

    fn string(&mut self) {
        self.step(1);
        while let Some(byte) = self.peek(0) {
            match byte {
                b'\\' => self.step(2),
                b'"' => return self.step(1),
                _ => self.step(1),
            }
        }
    }

    /// A character, or a lifetime: only a character is closed by a second quote.
    fn quote(&mut self) {
        if self.peek(1) == Some(b'\\') {
            self.step(3);
            while self.peek(0).is_some_and(|byte| byte != b'\'') {
                self.step(1);
            }
            return self.step(1);
        }
        let width = self.text.get(self.at + 1..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
        let closed = self.peek(1 + width) == Some(b'\'');
        self.step(if closed { width + 2 } else { 1 });
    }

    /// Whether an `r"`, `r#"`, `br"`, `cr#"` begins here. An `r#name` does not.
    fn starts_raw(&self) -> bool {
        let mut ahead = 0;
        if matches!(self.peek(0), Some(b'b' | b'c')) {
            ahead += 1;
        }
        if self.peek(ahead) != Some(b'r') {
            return false;
        }
        ahead += 1;
        while self.peek(ahead) == Some(b'#') {
            ahead += 1;
        }
        self.peek(ahead) == Some(b'"')
    }

    fn raw_string(&mut self) {
        while self.peek(0).is_some_and(|byte| byte != b'#' && byte != b'"') {
            self.step(1);
        }
        let mut hashes = 0;
        while self.peek(0) == Some(b'#') {
            hashes += 1;
            self.step(1);
        }
        self.step(1);
        while self.peek(0).is_some() {
            let closes = self.peek(0) == Some(b'"') && (1..=hashes).all(|ahead| self.peek(ahead) == Some(b'#'));
            if closes {
                return self.step(1 + hashes);
            }
            self.step(1);
        }
    }
}

fn is_name(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || byte == b'_'
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(source: &str) -> Vec<(usize, String)> {
        extract(source).into_iter().map(|comment| (comment.line, comment.text)).collect()
    }

    #[test]
    fn line_and_documentation_comments() {
        let found = texts("//! top\nfn a() {} // end\n/// doc\n");
        assert_eq!(found, [(1, "top".into()), (2, "end".into()), (3, "doc".into())]);
    }

    #[test]
    fn nested_blocks_give_a_comment_a_line() {
        let found = texts("/* a\n * b /* c */\n */ let x = 1; // d");
        assert_eq!(found.len(), 4);
        assert_eq!(found[1].0, 2);
        assert_eq!(found[3], (3, "d".into()));
    }

    #[test]
    fn strings_characters_and_lifetimes_hide_nothing_and_show_nothing() {
        let source = "fn a<'a>(x: &'a str) { let y = \"// no \\\" // no\"; let z = '\"'; let q = '\\''; } // yes\n\
                      let r = r#\"// no \" // no\"#; let b = br\"// no\"; let u = 'é'; // two\n";
        assert_eq!(texts(source), [(1, "yes".into()), (2, "two".into())]);
    }

    #[test]
    fn a_raw_name_is_not_a_raw_string() {
        assert_eq!(texts("let r#type = 1; // yes"), [(1, "yes".into())]);
    }
}
