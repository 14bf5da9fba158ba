//! What an element can do, as far as it decides about requests.

use super::Strictness;
use crate::Method;

/// What is supported; everything else is refused as RFC 3261 section 8.2 says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Capabilities {
    /// Methods; the others get 405, or 501 when nobody here knows them.
    pub methods: Vec<Method>,
    /// Option tags that Require and Proxy-Require may name.
    pub options: Vec<String>,
    /// Body types, as `type/subtype` in lower case; `type/*` and `*/*` are understood.
    pub body_types: Vec<String>,
    /// Schemes of the Request-URI, in lower case.
    pub schemes: Vec<String>,
    /// Which headers must keep their grammar.
    pub strictness: Strictness,
}

impl Capabilities {
    /// Capabilities from lists of names; an unknown method name becomes an extension method.
    pub fn new(methods: &[Method], options: &[&str], body_types: &[&str], schemes: &[&str]) -> Self {
        let lower = |names: &[&str]| names.iter().map(|name| name.to_ascii_lowercase()).collect();
        Capabilities {
            methods: methods.to_vec(),
            options: lower(options),
            body_types: lower(body_types),
            schemes: lower(schemes),
            strictness: Strictness::Needed,
        }
    }

    /// The same, with every known header held to its grammar.
    #[must_use]
    pub fn strict(self) -> Self {
        Capabilities { strictness: Strictness::All, ..self }
    }

    /// The value of an Allow header.
    pub fn allow(&self) -> String {
        self.methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ")
    }

    /// The value of a Supported header.
    pub fn supported(&self) -> String {
        self.options.join(", ")
    }

    /// The value of an Accept header.
    pub fn accept(&self) -> String {
        self.body_types.join(", ")
    }

    pub(super) fn knows_option(&self, option: &str) -> bool {
        self.options.iter().any(|known| known.eq_ignore_ascii_case(option))
    }

    pub(super) fn knows_scheme(&self, scheme: &str) -> bool {
        self.schemes.iter().any(|known| known.eq_ignore_ascii_case(scheme))
    }

    pub(super) fn knows_body(&self, kind: &str, subtype: &str) -> bool {
        self.body_types.iter().any(|known| match known.split_once('/') {
            Some(("*", "*")) => true,
            Some((k, "*")) => k.eq_ignore_ascii_case(kind),
            Some((k, s)) => k.eq_ignore_ascii_case(kind) && s.eq_ignore_ascii_case(subtype),
            None => false,
        })
    }
}
