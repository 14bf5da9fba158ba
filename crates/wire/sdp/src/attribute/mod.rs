//! Attributes: RFC 8866 sections 5.13 and 6. Each is kept as its text; typed views are made on demand.

mod crypto;
mod direction;
mod fingerprint;
mod fmtp;
mod group;
mod rtcp;
mod rtpmap;
mod setup;

pub use crypto::{Crypto, InlineKey};
pub use direction::Direction;
pub use fingerprint::Fingerprint;
pub use fmtp::Fmtp;
pub use group::Group;
pub use rtcp::RtcpAddress;
pub use rtpmap::Rtpmap;
pub(crate) use rtpmap::payload_type_of;
pub use setup::Setup;

use crate::Text;
use crate::timing::digits;
use std::fmt;

/// One attribute: `name` or `name:value`.
#[derive(Clone, PartialEq, Eq)]
pub struct Attribute {
    text: Text,
    name_length: usize,
}

impl Attribute {
    /// The attribute with this text; nothing when its name is empty.
    pub fn new(text: Text) -> Option<Attribute> {
        let name_length = text.find(':').unwrap_or(text.len());
        (name_length > 0).then_some(Attribute { text, name_length })
    }

    /// An attribute of the program's own, for example `sendrecv` or `ptime:20`.
    pub fn literal(text: &'static str) -> Option<Attribute> {
        Attribute::new(Text::literal(text))
    }

    /// An attribute with a value; nothing when the name is empty or has a colon, or when either would break the line.
    pub fn with_value(name: &str, value: impl fmt::Display) -> Option<Attribute> {
        if name.contains(':') {
            return None;
        }
        Text::new(&format!("{name}:{value}")).ok().and_then(Attribute::new)
    }

    /// The name. Names are case-sensitive (RFC 8866 section 6).
    pub fn name(&self) -> &str {
        self.text.get(..self.name_length).unwrap_or("")
    }

    /// What follows the colon, if there is one.
    pub fn value(&self) -> Option<&str> {
        self.text.get(self.name_length + 1..)
    }

    /// The whole text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// True for the attributes that carry keys or passwords: they are never to be printed.
    pub fn is_secret(&self) -> bool {
        matches!(self.name(), "crypto" | "ice-pwd" | "key-mgmt")
    }
}

impl fmt::Display for Attribute {
    /// The value of the line, secrets included: this is what goes on the wire.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl fmt::Debug for Attribute {
    /// The text without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_secret() { write!(f, "\"{}:(secret)\"", self.name()) } else { fmt::Debug::fmt(&self.text, f) }
    }
}

/// The attributes of a session or of one media, in their order.
///
/// Lookups take the first attribute of a name, and skip values that are malformed.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Attributes(Vec<Attribute>);

impl Attributes {
    /// No attributes.
    pub const fn new() -> Attributes {
        Attributes(Vec::new())
    }

    /// Adds one at the end.
    pub fn push(&mut self, attribute: Attribute) {
        self.0.push(attribute);
    }

    /// Removes all for which `keep` is false.
    pub fn retain(&mut self, keep: impl FnMut(&Attribute) -> bool) {
        self.0.retain(keep);
    }

    /// All, in order.
    pub fn iter(&self) -> std::slice::Iter<'_, Attribute> {
        self.0.iter()
    }

    /// How many.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// True when there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// True when one is called `name`.
    pub fn has(&self, name: &str) -> bool {
        self.iter().any(|attribute| attribute.name() == name)
    }

    /// The value of the first one called `name`.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.iter().find(|attribute| attribute.name() == name).and_then(Attribute::value)
    }

    /// The values of all called `name`.
    pub fn values<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.iter().filter(move |attribute| attribute.name() == name).filter_map(Attribute::value)
    }

    /// All `rtpmap` (RFC 8866 section 6.6).
    pub fn rtpmaps(&self) -> impl Iterator<Item = Rtpmap<'_>> {
        self.values("rtpmap").filter_map(Rtpmap::parse)
    }

    /// The `rtpmap` of `payload_type`.
    pub fn rtpmap(&self, payload_type: u8) -> Option<Rtpmap<'_>> {
        self.rtpmaps().find(|rtpmap| rtpmap.payload_type == payload_type)
    }

    /// All `fmtp` (RFC 8866 section 6.15).
    pub fn fmtps(&self) -> impl Iterator<Item = Fmtp<'_>> {
        self.values("fmtp").filter_map(Fmtp::parse)
    }

    /// The parameters of `payload_type`.
    pub fn fmtp(&self, payload_type: u8) -> Option<Fmtp<'_>> {
        self.fmtps().find(|fmtp| fmtp.payload_type() == Some(payload_type))
    }

    /// Milliseconds of sound wanted in one packet (RFC 8866 section 6.4).
    ///
    /// A fraction, which some telephones send, is cut off.
    pub fn ptime(&self) -> Option<u16> {
        self.values("ptime").find_map(milliseconds)
    }

    /// The most milliseconds of sound in one packet (RFC 8866 section 6.5).
    pub fn maxptime(&self) -> Option<u16> {
        self.values("maxptime").find_map(milliseconds)
    }

    /// The direction, if one is stated (RFC 8866 section 6.7).
    pub fn direction(&self) -> Option<Direction> {
        self.iter().find_map(|attribute| Direction::of(attribute.as_str()))
    }

    /// Where RTCP goes, if not to the next port (RFC 3605).
    pub fn rtcp(&self) -> Option<RtcpAddress<'_>> {
        self.values("rtcp").find_map(RtcpAddress::parse)
    }

    /// True when RTP and RTCP may share one port (RFC 5761 section 5.1.1).
    pub fn rtcp_mux(&self) -> bool {
        self.has("rtcp-mux")
    }

    /// All well-formed SRTP key offers in order (RFC 4568).
    pub fn cryptos(&self) -> impl Iterator<Item = Crypto<'_>> {
        self.values("crypto").filter_map(Crypto::parse)
    }

    /// Identification tag of a media (RFC 5888 section 4).
    pub fn mid(&self) -> Option<&str> {
        self.value("mid")
    }

    /// Groups of media (RFC 5888 section 5).
    pub fn groups(&self) -> impl Iterator<Item = Group<'_>> {
        self.values("group").filter_map(Group::parse)
    }

    /// Who opens the connection (RFC 4145 section 4; RFC 5763 section 5 for DTLS).
    pub fn setup(&self) -> Option<Setup> {
        self.values("setup").find_map(Setup::of)
    }

    /// Fingerprints of the certificates (RFC 8122 section 5).
    pub fn fingerprints(&self) -> impl Iterator<Item = Fingerprint<'_>> {
        self.values("fingerprint").filter_map(Fingerprint::parse)
    }

    /// ICE candidates as written (RFC 8839 section 5.1).
    pub fn candidates(&self) -> impl Iterator<Item = &str> {
        self.values("candidate")
    }

    /// ICE user name fragment and password (RFC 8839 section 5.4), when both are there.
    pub fn ice_credentials(&self) -> Option<(&str, &str)> {
        self.value("ice-ufrag").zip(self.value("ice-pwd"))
    }

    /// Source descriptions as written (RFC 5576 section 4.1).
    pub fn ssrcs(&self) -> impl Iterator<Item = &str> {
        self.values("ssrc")
    }

    /// The label by which others name this media (RFC 4574).
    pub fn label(&self) -> Option<&str> {
        self.value("label")
    }
}

impl FromIterator<Attribute> for Attributes {
    fn from_iter<I: IntoIterator<Item = Attribute>>(attributes: I) -> Attributes {
        Attributes(attributes.into_iter().collect())
    }
}

impl<'a> IntoIterator for &'a Attributes {
    type Item = &'a Attribute;
    type IntoIter = std::slice::Iter<'a, Attribute>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl fmt::Debug for Attributes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.iter()).finish()
    }
}

/// Whole milliseconds, above zero.
fn milliseconds(text: &str) -> Option<u16> {
    let whole = text.trim().split('.').next().unwrap_or("");
    if whole.is_empty() { None } else { digits(whole).filter(|&value| value > 0) }
}

#[cfg(test)]
mod tests;
