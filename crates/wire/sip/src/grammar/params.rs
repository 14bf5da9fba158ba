//! `*(SEMI generic-param)` after a header value (RFC 3261 section 25.1).

use super::chars::VALUE;
use super::{Cursor, text};

/// The parameters of a header value: checked once, read on demand, borrowed from the message.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Params<'a> {
    raw: &'a [u8],
}

/// One parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Param<'a> {
    /// The name as it was sent; compare it without case.
    pub name: &'a str,
    /// The value without its quotes; escapes inside quotes are still there. `None` for a flag such as `lr`.
    pub value: Option<&'a str>,
    /// True when the value stood in quotes.
    pub quoted: bool,
}

impl<'a> Params<'a> {
    /// Reads parameters up to the first thing that is none; `None` when one of them is malformed.
    pub(crate) fn read(cursor: &mut Cursor<'a>) -> Option<Self> {
        let start = cursor.position();
        let mut end = start;
        while cursor.separator(b';') {
            read_one(cursor)?;
            end = cursor.position();
        }
        Some(Params { raw: cursor.between(start, end) })
    }

    /// The parameters as they were sent, with their leading semicolon; empty when there are none.
    pub fn raw(&self) -> &'a [u8] {
        self.raw
    }

    /// True when there is no parameter.
    pub fn is_empty(&self) -> bool {
        self.raw.is_empty()
    }

    /// All parameters in their order.
    pub fn iter(&self) -> ParamIter<'a> {
        ParamIter { cursor: Cursor::new(self.raw) }
    }

    /// The first parameter of that name, whatever the case.
    pub fn get(&self, name: &str) -> Option<Param<'a>> {
        self.iter().find(|param| param.name.eq_ignore_ascii_case(name))
    }

    /// The value of the first parameter of that name; `None` also for a flag without a value.
    pub fn value(&self, name: &str) -> Option<&'a str> {
        self.get(name)?.value
    }

    /// True when a parameter of that name is there, with or without a value.
    pub fn has(&self, name: &str) -> bool {
        self.get(name).is_some()
    }
}

impl<'a> IntoIterator for Params<'a> {
    type Item = Param<'a>;
    type IntoIter = ParamIter<'a>;

    fn into_iter(self) -> ParamIter<'a> {
        self.iter()
    }
}

/// Walks over parameters.
#[derive(Clone, Debug)]
pub struct ParamIter<'a> {
    cursor: Cursor<'a>,
}

impl<'a> Iterator for ParamIter<'a> {
    type Item = Param<'a>;

    fn next(&mut self) -> Option<Param<'a>> {
        if !self.cursor.separator(b';') {
            return None;
        }
        read_one(&mut self.cursor)
    }
}

/// `generic-param = token [ EQUAL gen-value ]`.
fn read_one<'a>(cursor: &mut Cursor<'a>) -> Option<Param<'a>> {
    let name = cursor.token()?;
    if !cursor.separator(b'=') {
        return Some(Param { name, value: None, quoted: false });
    }
    if cursor.peek() == Some(b'"') {
        let quoted = cursor.quoted()?;
        let inner = quoted.get(1..quoted.len().saturating_sub(1)).unwrap_or_default();
        return Some(Param { name, value: Some(std::str::from_utf8(inner).ok()?), quoted: true });
    }
    let run = cursor.run(VALUE);
    if run.is_empty() {
        return None;
    }
    Some(Param { name, value: Some(text(run)), quoted: false })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(value: &str) -> Option<(Params<'_>, usize)> {
        let mut cursor = Cursor::new(value.as_bytes());
        let params = Params::read(&mut cursor)?;
        Some((params, cursor.position()))
    }

    #[test]
    fn parameters_are_found_without_case_and_with_folds_between() {
        let text = ";LR ; tag = a9\r\n ;q=0.5;+sip.instance=\"<urn:uuid:1>\" , next";
        let (params, _) = read(text).unwrap();
        assert!(params.has("lr"));
        assert_eq!(params.value("lr"), None);
        assert_eq!(params.value("Tag"), Some("a9"));
        assert_eq!(
            params.get("+sip.instance"),
            Some(Param { name: "+sip.instance", value: Some("<urn:uuid:1>"), quoted: true })
        );
        assert_eq!(params.iter().count(), 4);
        assert!(params.raw().ends_with(b"\""));
    }

    #[test]
    fn empty_parameters_are_refused() {
        for bad in [";;", ";", ";a=", ";a=;b", ";=b", ";a=\"open"] {
            assert!(read(bad).is_none(), "{bad}");
        }
        assert!(read("").unwrap().0.is_empty());
    }
}
