//! How much of a body the parser takes.

/// Bounds of one description. A body beyond any of them is refused, never cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of the whole body.
    pub bytes: usize,
    /// Bytes of one line without its end.
    pub line: usize,
    /// Media sections.
    pub media: usize,
    /// Attributes in the session and all media together.
    pub attributes: usize,
    /// Formats of one media line.
    pub formats: usize,
    /// Lines of one other repeatable kind in one place: `e=`, `p=`, `b=`, `t=`, `r=`, or `c=` of one media.
    pub repeated: usize,
}

impl Default for Limits {
    /// Room for the largest offers of browsers, some ten times what telephones send.
    fn default() -> Self {
        Limits { bytes: 65_536, line: 4096, media: 32, attributes: 1024, formats: 64, repeated: 16 }
    }
}
