//! The bandwidth line: RFC 8866 section 5.8.

use crate::Text;
use std::fmt;

/// A bandwidth: a type and a figure, kept as one text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bandwidth {
    text: Text,
}

impl Bandwidth {
    /// `kind` is for example `AS` (kilobits a second); nothing when it contains a colon or is empty.
    pub fn new(kind: &str, value: u64) -> Option<Bandwidth> {
        if kind.is_empty() || kind.contains(':') {
            return None;
        }
        Text::new(&format!("{kind}:{value}")).ok().map(|text| Bandwidth { text })
    }

    /// The type: `CT` and `AS` in kilobits a second (RFC 8866), `TIAS`, `RS` and `RR` in bits a second (RFC 3890, RFC 3556).
    pub fn kind(&self) -> &str {
        self.text.split_once(':').map_or("", |(kind, _)| kind)
    }

    /// The figure, if it is a number.
    pub fn value(&self) -> Option<u64> {
        self.text.split_once(':').and_then(|(_, value)| value.parse().ok())
    }

    /// Reads the value of a `b=` line.
    pub(crate) fn parse(value: &str, keep: impl Fn(&str) -> Text) -> Option<Bandwidth> {
        let value = value.trim_end_matches(' ');
        value.split_once(':').filter(|(kind, _)| !kind.is_empty())?;
        Some(Bandwidth { text: keep(value) })
    }
}

impl fmt::Display for Bandwidth {
    /// The value of the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn type_and_figure() {
        let keep = |part: &str| Text::new(part).unwrap();
        let known = Bandwidth::parse("AS:64", keep).unwrap();
        assert_eq!((known.kind(), known.value()), ("AS", Some(64)));
        let odd = Bandwidth::parse("X-YZ:12.5", keep).unwrap();
        assert_eq!((odd.kind(), odd.value(), odd.to_string().as_str()), ("X-YZ", None, "X-YZ:12.5"));
        assert_eq!(Bandwidth::parse("64", keep), None);
        assert_eq!(Bandwidth::parse(":64", keep), None);
        assert_eq!(Bandwidth::new("TIAS", 64_000).map(|b| b.to_string()), Some("TIAS:64000".to_owned()));
        assert_eq!(Bandwidth::new("A:S", 1), None);
        assert_eq!(Bandwidth::new("A\nS", 1), None);
    }
}
