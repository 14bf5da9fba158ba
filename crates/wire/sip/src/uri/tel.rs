//! Telephone numbers in URIs (RFC 3966).

use std::fmt;

/// The number of a `tel` URI, or of the user part of a `sip` URI with `user=phone`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TelNumber<'a> {
    number: &'a str,
    params: &'a str,
}

impl<'a> TelNumber<'a> {
    /// Reads a number and its parameters (`;name=value...`, or empty).
    ///
    /// RFC 3966 section 3: a global number is `+` and digits with visual separators; a local one may also have
    /// `*`, `#` and A to F. Section 5.1.5 wants a `phone-context` for local numbers; telephones seldom send it, so its
    /// absence is left to the caller, who knows the numbering plan.
    pub(super) fn parse(number: &'a str, params: &'a str) -> Option<Self> {
        let (digits, global) = match number.strip_prefix('+') {
            Some(digits) => (digits, true),
            None => (number, false),
        };
        let legal = |c: char| {
            c.is_ascii_digit() || "-.()".contains(c) || (!global && (c.is_ascii_hexdigit() || c == '*' || c == '#'))
        };
        let any = digits.chars().any(|c| !"-.()".contains(c));
        (any && digits.chars().all(legal)).then_some(TelNumber { number, params })
    }

    /// The number as it was written.
    pub fn as_written(&self) -> &'a str {
        self.number
    }

    /// True for an E.164 number, written with `+`.
    pub fn is_global(&self) -> bool {
        self.number.starts_with('+')
    }

    /// The digits without `+` and visual separators.
    pub fn digits(&self) -> impl Iterator<Item = char> + use<'a> {
        self.number.chars().filter(|c| !"+-.()".contains(*c))
    }

    /// A parameter of the number: `phone-context`, `ext`, `isub`, `tgrp`, `trunk-context` (RFC 3966, RFC 4904).
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params.split(';').skip(1).find_map(|param| {
            let (key, value) = param.split_once('=').unwrap_or((param, ""));
            key.eq_ignore_ascii_case(name).then_some(value)
        })
    }

    /// True when both numbers are the same (RFC 3966 section 4): separators do not count, the kind and the context do.
    pub fn equivalent(&self, other: &TelNumber<'_>) -> bool {
        let context = |n: &TelNumber<'_>| n.param("phone-context").map(str::to_ascii_lowercase);
        self.is_global() == other.is_global()
            && self.digits().map(|c| c.to_ascii_lowercase()).eq(other.digits().map(|c| c.to_ascii_lowercase()))
            && context(self) == context(other)
            && self.param("ext") == other.param("ext")
            && self.param("isub") == other.param("isub")
    }
}

impl fmt::Display for TelNumber<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_global() {
            f.write_str("+")?;
        }
        self.digits().try_for_each(|c| write!(f, "{c}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_do_not_count() {
        let a = TelNumber::parse("+41-(32)-655.30.00", "").unwrap();
        let b = TelNumber::parse("+41326553000", "").unwrap();
        assert!(a.is_global());
        assert_eq!(a.to_string(), "+41326553000");
        assert!(a.equivalent(&b));
        let local = TelNumber::parse("41326553000", ";phone-context=+41").unwrap();
        assert!(!a.equivalent(&local));
        assert_eq!(local.param("Phone-Context"), Some("+41"));
    }

    #[test]
    fn only_numbers_are_numbers() {
        for bad in ["", "+", "()", "+12a", "12 3", "bell", "+1*2"] {
            assert!(TelNumber::parse(bad, "").is_none(), "{bad}");
        }
        for good in ["*21#", "1A", "+1", "0-0"] {
            assert!(TelNumber::parse(good, "").is_some(), "{good}");
        }
    }
}
