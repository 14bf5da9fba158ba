//! Text of a description: a part of the body it was read from, or a literal. Cloning copies no bytes.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::ops::Deref;
use std::sync::Arc;

/// A piece of one line: UTF-8 without NUL, CR or LF (the `byte-string` of RFC 8866 section 9).
///
/// Text that was parsed shares the body's one allocation and keeps it alive.
#[derive(Clone)]
pub struct Text(Repr);

#[derive(Clone)]
enum Repr {
    Literal(&'static str),
    Part { source: Arc<str>, start: u32, end: u32 },
}

/// Why a string is no [`Text`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextError {
    /// It contains NUL, CR or LF, which would end or break the line.
    LineBreak,
    /// It is longer than 4 GiB.
    TooLong,
}

impl fmt::Display for TextError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TextError::LineBreak => "text contains NUL, CR or LF",
            TextError::TooLong => "text is too long",
        })
    }
}

impl std::error::Error for TextError {}

/// True for the bytes that no line contains (RFC 8866 section 9, `byte-string`).
pub(crate) fn breaks_line(byte: u8) -> bool {
    matches!(byte, 0 | b'\r' | b'\n')
}

impl Text {
    /// No text.
    pub const EMPTY: Text = Text(Repr::Literal(""));

    /// Copies `text`.
    pub fn new(text: &str) -> Result<Text, TextError> {
        if text.bytes().any(breaks_line) {
            return Err(TextError::LineBreak);
        }
        let end = u32::try_from(text.len()).map_err(|_| TextError::TooLong)?;
        Ok(Text(Repr::Part { source: Arc::from(text), start: 0, end }))
    }

    /// A literal of the program; nothing is copied. From the first NUL, CR or LF on it is cut off.
    pub fn literal(text: &'static str) -> Text {
        let end = text.bytes().position(breaks_line).unwrap_or(text.len());
        Text(Repr::Literal(text.get(..end).unwrap_or("")))
    }

    /// `part`, which lies inside `source` and holds no byte that breaks a line.
    pub(crate) fn part(source: &Arc<str>, part: &str) -> Text {
        let start = (part.as_ptr() as usize).wrapping_sub(source.as_ptr() as usize);
        let end = start.wrapping_add(part.len());
        match (u32::try_from(start), u32::try_from(end)) {
            (Ok(start), Ok(end)) if end as usize <= source.len() => {
                Text(Repr::Part { source: Arc::clone(source), start, end })
            }
            // Not inside `source`: the text is right all the same, at the price of a copy.
            _ => Text::new(part).unwrap_or(Text::EMPTY),
        }
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        match &self.0 {
            Repr::Literal(text) => text,
            Repr::Part { source, start, end } => source.get(*start as usize..*end as usize).unwrap_or(""),
        }
    }
}

impl Default for Text {
    fn default() -> Self {
        Text::EMPTY
    }
}

impl Deref for Text {
    type Target = str;

    fn deref(&self) -> &str {
        self.as_str()
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        self.as_str()
    }
}

impl PartialEq for Text {
    fn eq(&self, other: &Text) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Eq for Text {}

impl PartialEq<str> for Text {
    fn eq(&self, other: &str) -> bool {
        self.as_str() == other
    }
}

impl PartialEq<&str> for Text {
    fn eq(&self, other: &&str) -> bool {
        self.as_str() == *other
    }
}

impl Hash for Text {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.as_str().hash(state);
    }
}

impl fmt::Debug for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(self.as_str(), f)
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_never_breaks_a_line() {
        assert_eq!(Text::new("a\r\nb"), Err(TextError::LineBreak));
        assert_eq!(Text::new("a\0b"), Err(TextError::LineBreak));
        assert_eq!(Text::literal("a\nb"), "a");
        assert_eq!(Text::new("Grüße").map(|t| t.to_string()), Ok("Grüße".to_owned()));
    }

    #[test]
    fn a_part_shares_its_source_and_anything_else_is_copied() {
        let source: Arc<str> = Arc::from("v=0 and more");
        let part = Text::part(&source, &source[4..7]);
        assert_eq!(part, "and");
        assert_eq!(Arc::strong_count(&source), 2);
        assert_eq!(Text::part(&source, "elsewhere"), "elsewhere");
        assert_eq!(Arc::strong_count(&source), 2);
        assert_eq!(Text::part(&source, &source[12..]), "");
    }
}
