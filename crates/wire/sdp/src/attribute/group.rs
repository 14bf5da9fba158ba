//! `a=group`: RFC 5888 section 5.

use std::fmt;

/// Media that belong together.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Group<'a> {
    /// What joins them, for example `BUNDLE` (RFC 9143) or `LS`.
    pub semantics: &'a str,
    tags: &'a str,
}

impl<'a> Group<'a> {
    /// Reads a value such as `BUNDLE 0 1`.
    pub fn parse(value: &'a str) -> Option<Group<'a>> {
        let value = value.trim();
        let (semantics, tags) = value.split_once(' ').unwrap_or((value, ""));
        (!semantics.is_empty()).then_some(Group { semantics, tags })
    }

    /// The identification tags (`a=mid`) of the media.
    pub fn tags(&self) -> impl Iterator<Item = &'a str> + use<'a> {
        self.tags.split_ascii_whitespace()
    }
}

impl fmt::Display for Group<'_> {
    /// The attribute's value.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.semantics)?;
        self.tags().try_for_each(|tag| write!(f, " {tag}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn semantics_and_tags() {
        let group = Group::parse("BUNDLE audio  video").unwrap();
        assert_eq!((group.semantics, group.tags().collect::<Vec<_>>()), ("BUNDLE", vec!["audio", "video"]));
        assert_eq!(group.to_string(), "BUNDLE audio video");
        assert_eq!(Group::parse("LS").map(|group| group.tags().count()), Some(0));
        assert_eq!(Group::parse(" "), None);
    }
}
