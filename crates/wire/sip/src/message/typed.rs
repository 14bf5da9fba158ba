//! The headers of a message by type: parsed at each call, borrowed from the message.

use super::{Message, Method};
use crate::header::{CSeq, CallId, HeaderError, HeaderName, List, NameAddr, Tokens, Via, delta_seconds, max_forwards};

impl Message {
    /// The value of a header that must stand exactly once.
    ///
    /// # Errors
    /// When it is missing or stands more than once.
    pub fn single(&self, name: HeaderName) -> Result<&[u8], HeaderError> {
        self.optional(name)?.ok_or(HeaderError::missing(name))
    }

    /// The value of a header that may stand once.
    ///
    /// # Errors
    /// When it stands more than once.
    pub fn optional(&self, name: HeaderName) -> Result<Option<&[u8]>, HeaderError> {
        let mut values = self.headers(name);
        let first = values.next();
        if values.next().is_some() { Err(HeaderError::repeated(name)) } else { Ok(first) }
    }

    /// All Via hops, the newest first.
    pub fn vias(&self) -> List<'_, Via<'_>> {
        List::new(HeaderName::Via, self.headers(HeaderName::Via), Via::read)
    }

    /// The newest Via hop.
    ///
    /// # Errors
    /// When there is none or it is malformed.
    pub fn top_via(&self) -> Result<Via<'_>, HeaderError> {
        self.vias().next().ok_or(HeaderError::missing(HeaderName::Via))?
    }

    /// From (RFC 3261 section 20.20).
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn from(&self) -> Result<NameAddr<'_>, HeaderError> {
        NameAddr::parse(HeaderName::From, self.single(HeaderName::From)?)
    }

    /// To (RFC 3261 section 20.39).
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn to(&self) -> Result<NameAddr<'_>, HeaderError> {
        NameAddr::parse(HeaderName::To, self.single(HeaderName::To)?)
    }

    /// Call-ID (RFC 3261 section 20.8).
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn call_id(&self) -> Result<CallId<'_>, HeaderError> {
        CallId::parse(self.single(HeaderName::CallId)?)
    }

    /// CSeq (RFC 3261 section 20.16).
    ///
    /// # Errors
    /// When it is missing, repeated or malformed.
    pub fn cseq(&self) -> Result<CSeq<'_>, HeaderError> {
        CSeq::parse(self.single(HeaderName::CSeq)?)
    }

    /// The method of the request, or of the request that a response answers.
    pub fn transaction_method(&self) -> Option<Method> {
        match self.method() {
            Some(method) => Some(method.clone()),
            None => self.cseq().ok().map(|cseq| cseq.method()),
        }
    }

    /// Max-Forwards; `None` when it is absent, as in requests of RFC 2543 (RFC 4475 section 3.4.1).
    ///
    /// # Errors
    /// When it is repeated or no number from 0 to 255.
    pub fn max_forwards(&self) -> Result<Option<u8>, HeaderError> {
        self.optional(HeaderName::MaxForwards)?.map(max_forwards).transpose()
    }

    /// Expires, in seconds.
    ///
    /// # Errors
    /// When it is repeated or no number below 2^32.
    pub fn expires(&self) -> Result<Option<u32>, HeaderError> {
        self.seconds(HeaderName::Expires)
    }

    /// Min-Expires, in seconds.
    ///
    /// # Errors
    /// When it is repeated or no number below 2^32.
    pub fn min_expires(&self) -> Result<Option<u32>, HeaderError> {
        self.seconds(HeaderName::MinExpires)
    }

    fn seconds(&self, name: HeaderName) -> Result<Option<u32>, HeaderError> {
        self.optional(name)?.map(|value| delta_seconds(name, value)).transpose()
    }

    /// The route set of a request (RFC 3261 section 20.34).
    pub fn routes(&self) -> List<'_, NameAddr<'_>> {
        self.bracketed(HeaderName::Route)
    }

    /// Record-Route, the newest first (RFC 3261 section 20.30).
    pub fn record_routes(&self) -> List<'_, NameAddr<'_>> {
        self.bracketed(HeaderName::RecordRoute)
    }

    /// Path (RFC 3327 section 4).
    pub fn paths(&self) -> List<'_, NameAddr<'_>> {
        self.bracketed(HeaderName::Path)
    }

    /// Service-Route (RFC 3608 section 5).
    pub fn service_routes(&self) -> List<'_, NameAddr<'_>> {
        self.bracketed(HeaderName::ServiceRoute)
    }

    fn bracketed(&self, name: HeaderName) -> List<'_, NameAddr<'_>> {
        List::new(name, self.headers(name), NameAddr::read_bracketed)
    }

    /// The addresses of any header that lists some: P-Asserted-Identity, P-Preferred-Identity, Diversion, History-Info.
    pub fn addresses(&self, name: HeaderName) -> List<'_, NameAddr<'_>> {
        List::new(name, self.headers(name), NameAddr::read)
    }

    /// The tokens of a header that lists some with commas: Require, Supported, Allow, Unsupported, Allow-Events.
    pub fn tokens(&self, name: HeaderName) -> Tokens<'_> {
        Tokens::new(name, self.headers(name), b',')
    }

    /// True when Require or Supported names the option tag.
    pub fn supports(&self, option: &str) -> bool {
        self.tokens(HeaderName::Supported).contains(option) || self.tokens(HeaderName::Require).contains(option)
    }

    /// The privacy that is asked for; its values are separated by semicolons (RFC 3323 section 4.2).
    pub fn privacy(&self) -> Tokens<'_> {
        Tokens::new(HeaderName::Privacy, self.headers(HeaderName::Privacy), b';')
    }
}
