//! SPDX licence expressions: `OR`, `AND`, `WITH`, brackets, and the old `/` for `OR`.

use std::fmt;

/// A licence expression, ready to be asked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expression {
    /// One licence by its identifier, with its exception where it has one.
    Licence {
        /// The SPDX identifier.
        id: String,
        /// What stands after `WITH`.
        exception: Option<String>,
    },
    /// Either will do.
    Or(Box<Expression>, Box<Expression>),
    /// Both hold.
    And(Box<Expression>, Box<Expression>),
}

/// Why an expression cannot be read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExpressionError {
    /// It ends where a licence should stand.
    Ends,
    /// A word stands where it makes no sense.
    Unexpected(String),
}

impl fmt::Display for ExpressionError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ends => write!(out, "the licence expression ends too early"),
            Self::Unexpected(word) => write!(out, "unexpected `{word}` in the licence expression"),
        }
    }
}

impl std::error::Error for ExpressionError {}

impl Expression {
    /// Reads an expression. `AND` binds tighter than `OR` (SPDX specification 2.3, annex D.4.5).
    pub fn parse(text: &str) -> Result<Self, ExpressionError> {
        let spaced = text.replace('(', " ( ").replace(')', " ) ").replace('/', " OR ");
        let words: Vec<&str> = spaced.split_whitespace().collect();
        let mut reader = Reader { words: &words, at: 0 };
        let expression = reader.or()?;
        match reader.peek() {
            None => Ok(expression),
            Some(word) => Err(ExpressionError::Unexpected(word.to_owned())),
        }
    }

    /// Whether the work may be used when `allows` says which licences (with their exceptions) are allowed.
    pub fn is_met(&self, allows: &dyn Fn(&str, Option<&str>) -> bool) -> bool {
        match self {
            Self::Licence { id, exception } => allows(id, exception.as_deref()),
            Self::Or(a, b) => a.is_met(allows) || b.is_met(allows),
            Self::And(a, b) => a.is_met(allows) && b.is_met(allows),
        }
    }
}

struct Reader<'a> {
    words: &'a [&'a str],
    at: usize,
}

impl<'a> Reader<'a> {
    fn peek(&self) -> Option<&'a str> {
        self.words.get(self.at).copied()
    }

    fn take(&mut self, word: &str) -> bool {
        let matches = self.peek().is_some_and(|next| next.eq_ignore_ascii_case(word));
        self.at += usize::from(matches);
        matches
    }

    fn or(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.and()?;
        while self.take("OR") {
            left = Expression::Or(Box::new(left), Box::new(self.and()?));
        }
        Ok(left)
    }

    fn and(&mut self) -> Result<Expression, ExpressionError> {
        let mut left = self.licence()?;
        while self.take("AND") {
            left = Expression::And(Box::new(left), Box::new(self.licence()?));
        }
        Ok(left)
    }

    fn licence(&mut self) -> Result<Expression, ExpressionError> {
        if self.take("(") {
            let inner = self.or()?;
            return match self.peek() {
                Some(")") => {
                    self.at += 1;
                    Ok(inner)
                }
                Some(word) => Err(ExpressionError::Unexpected(word.to_owned())),
                None => Err(ExpressionError::Ends),
            };
        }
        let id = self.word()?;
        let exception = if self.take("WITH") { Some(self.word()?) } else { None };
        Ok(Expression::Licence { id, exception })
    }

    fn word(&mut self) -> Result<String, ExpressionError> {
        let word = self.peek().ok_or(ExpressionError::Ends)?;
        if matches!(word.to_ascii_uppercase().as_str(), "OR" | "AND" | "WITH" | "(" | ")") {
            return Err(ExpressionError::Unexpected(word.to_owned()));
        }
        self.at += 1;
        Ok(word.to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn met(text: &str, allowed: &[&str]) -> bool {
        let expression = Expression::parse(text).expect("an expression");
        expression.is_met(&|id, exception| exception.is_none() && allowed.contains(&id))
    }

    #[test]
    fn either_and_both() {
        assert!(met("MIT OR GPL-3.0", &["MIT"]));
        assert!(!met("MIT AND GPL-3.0", &["MIT"]));
        assert!(met("MIT/Apache-2.0", &["Apache-2.0"]));
        assert!(met("(MIT OR Apache-2.0) AND Unicode-3.0", &["MIT", "Unicode-3.0"]));
        assert!(!met("(MIT OR Apache-2.0) AND Unicode-3.0", &["MIT"]));
    }

    #[test]
    fn both_binds_tighter_than_either() {
        assert!(met("MIT OR ISC AND GPL-3.0", &["MIT"]));
        assert!(!met("MIT OR ISC AND GPL-3.0", &["ISC"]));
    }

    #[test]
    fn an_exception_is_asked_for() {
        assert!(!met("Apache-2.0 WITH LLVM-exception", &["Apache-2.0"]));
        let expression = Expression::parse("Apache-2.0 WITH LLVM-exception").expect("an expression");
        assert!(expression.is_met(&|id, exception| id == "Apache-2.0" && exception == Some("LLVM-exception")));
    }

    #[test]
    fn nonsense_is_refused() {
        assert_eq!(Expression::parse(""), Err(ExpressionError::Ends));
        assert_eq!(Expression::parse("MIT OR"), Err(ExpressionError::Ends));
        assert_eq!(Expression::parse("MIT Apache-2.0"), Err(ExpressionError::Unexpected("Apache-2.0".to_owned())));
        assert_eq!(Expression::parse("(MIT"), Err(ExpressionError::Ends));
        assert_eq!(Expression::parse("AND MIT"), Err(ExpressionError::Unexpected("AND".to_owned())));
    }
}
