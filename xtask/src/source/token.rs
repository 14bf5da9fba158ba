//! The tokens of a file in one flat row, so that a law sees inside macros as it sees outside.

use proc_macro2::{Delimiter, Group, TokenStream, TokenTree};

/// What a token is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kind {
    /// A name or a keyword.
    Ident(String),
    /// One sign of punctuation.
    Punct(char),
    /// A literal as it is written, quotes and suffix included.
    Literal(String),
    /// An opening bracket of any sort.
    Open(char),
    /// A closing bracket of any sort.
    Close(char),
}

/// A token and the line it stands on.
#[derive(Debug, Clone)]
pub struct Token {
    /// What it is.
    pub kind: Kind,
    /// Its line, from 1.
    pub line: usize,
}

impl Token {
    /// The name, when the token is one.
    pub fn ident(&self) -> Option<&str> {
        match &self.kind {
            Kind::Ident(name) => Some(name),
            _ => None,
        }
    }

    /// Whether the token is the sign `sign`.
    pub fn is_punct(&self, sign: char) -> bool {
        self.kind == Kind::Punct(sign)
    }

    /// Whether the token opens the bracket `sign`.
    pub fn is_open(&self, sign: char) -> bool {
        self.kind == Kind::Open(sign)
    }
}

/// Flattens a stream; documentation attributes are left out, they are comments.
pub fn flatten(stream: TokenStream) -> Vec<Token> {
    let mut row = Vec::new();
    walk(stream, &mut row);
    row
}

fn walk(stream: TokenStream, row: &mut Vec<Token>) {
    let mut trees = stream.into_iter().peekable();
    while let Some(tree) = trees.next() {
        let line = tree.span().start().line;
        match tree {
            TokenTree::Punct(punct) if punct.as_char() == '#' => {
                let bang = matches!(trees.peek(), Some(TokenTree::Punct(next)) if next.as_char() == '!');
                if bang {
                    trees.next();
                }
                if matches!(trees.peek(), Some(TokenTree::Group(group)) if is_documentation(group)) {
                    trees.next();
                    continue;
                }
                row.push(Token { kind: Kind::Punct('#'), line });
                if bang {
                    row.push(Token { kind: Kind::Punct('!'), line });
                }
            }
            TokenTree::Punct(punct) => row.push(Token { kind: Kind::Punct(punct.as_char()), line }),
            TokenTree::Ident(ident) => row.push(Token { kind: Kind::Ident(ident.to_string()), line }),
            TokenTree::Literal(literal) => row.push(Token { kind: Kind::Literal(literal.to_string()), line }),
            TokenTree::Group(group) => {
                let end = group.span_close().start().line;
                let (open, close) = match group.delimiter() {
                    Delimiter::Parenthesis => ('(', ')'),
                    Delimiter::Brace => ('{', '}'),
                    Delimiter::Bracket => ('[', ']'),
                    Delimiter::None => (' ', ' '),
                };
                row.push(Token { kind: Kind::Open(open), line });
                walk(group.stream(), row);
                row.push(Token { kind: Kind::Close(close), line: end });
            }
        }
    }
}

fn is_documentation(group: &Group) -> bool {
    let mut inner = group.stream().into_iter();
    group.delimiter() == Delimiter::Bracket
        && matches!(inner.next(), Some(TokenTree::Ident(name)) if name == "doc")
        && matches!(inner.next(), Some(TokenTree::Punct(sign)) if sign.as_char() == '=')
}

/// The value of an integer literal (`5060`, `5_060u16`, `0x13c4`); `None` for anything else.
pub fn integer(literal: &str) -> Option<u64> {
    let lit = syn::parse_str::<syn::LitInt>(literal).ok()?;
    lit.base10_parse().ok()
}

/// The text of a string literal, byte and raw strings included; `None` for anything else.
pub fn string(literal: &str) -> Option<String> {
    match syn::parse_str::<syn::Lit>(literal).ok()? {
        syn::Lit::Str(text) => Some(text.value()),
        syn::Lit::ByteStr(bytes) => Some(String::from_utf8_lossy(&bytes.value()).into_owned()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::str::FromStr;

    fn row(text: &str) -> Vec<Token> {
        flatten(TokenStream::from_str(text).expect("tokens"))
    }

    #[test]
    fn documentation_is_left_out_and_attributes_stay() {
        let tokens = row("//! top\n/// doc\n#[inline]\nfn a() {}\n");
        assert!(tokens.iter().all(|token| !matches!(&token.kind, Kind::Literal(_))));
        assert!(tokens.iter().any(|token| token.ident() == Some("inline")));
    }

    #[test]
    fn macros_are_flattened_with_their_lines() {
        let tokens = row("fn a() {\n vec![\n b.unwrap()\n ];\n}\n");
        let unwrap = tokens.iter().find(|token| token.ident() == Some("unwrap")).expect("seen");
        assert_eq!(unwrap.line, 3);
    }

    #[test]
    fn literals_have_values() {
        assert_eq!(integer("5_060u16"), Some(5060));
        assert_eq!(integer("0x13c4"), Some(5060));
        assert_eq!(integer("1.5"), None);
        assert_eq!(string("r#\"a:5060\"#").as_deref(), Some("a:5060"));
        assert_eq!(string("b\"x\"").as_deref(), Some("x"));
        assert_eq!(string("'x'"), None);
    }
}
