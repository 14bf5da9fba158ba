//! The names of header fields, their compact forms, and a look-up without allocation.

use std::fmt;

macro_rules! header_names {
    ($($(#[$doc:meta])* $variant:ident = $text:literal $(, $compact:literal)?;)*) => {
        /// The name of a header field; RFC 3261 section 20 unless said otherwise.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(u8)]
        pub enum HeaderName {
            $($(#[$doc])* $variant,)*
            /// Any other header; ask for it by its text.
            Other,
        }

        const ALL: &[(HeaderName, &str, u8)] = &[$((HeaderName::$variant, $text, header_names!(@compact $($compact)?)),)*];
    };
    (@compact) => { 0 };
    (@compact $compact:literal) => { $compact };
}

header_names! {
    /// `Via`.
    Via = "Via", b'v';
    /// `From`.
    From = "From", b'f';
    /// `To`.
    To = "To", b't';
    /// `Call-ID`.
    CallId = "Call-ID", b'i';
    /// `CSeq`.
    CSeq = "CSeq";
    /// `Max-Forwards`.
    MaxForwards = "Max-Forwards";
    /// `Contact`.
    Contact = "Contact", b'm';
    /// `Route`.
    Route = "Route";
    /// `Record-Route`.
    RecordRoute = "Record-Route";
    /// `Path` (RFC 3327).
    Path = "Path";
    /// `Service-Route` (RFC 3608).
    ServiceRoute = "Service-Route";
    /// `Content-Length`.
    ContentLength = "Content-Length", b'l';
    /// `Content-Type`.
    ContentType = "Content-Type", b'c';
    /// `Content-Encoding`.
    ContentEncoding = "Content-Encoding", b'e';
    /// `Content-Disposition`.
    ContentDisposition = "Content-Disposition";
    /// `Content-Language`.
    ContentLanguage = "Content-Language";
    /// `Content-ID` (RFC 8262).
    ContentId = "Content-ID";
    /// `MIME-Version`.
    MimeVersion = "MIME-Version";
    /// `Expires`.
    Expires = "Expires";
    /// `Min-Expires`.
    MinExpires = "Min-Expires";
    /// `Require`.
    Require = "Require";
    /// `Proxy-Require`.
    ProxyRequire = "Proxy-Require";
    /// `Supported`.
    Supported = "Supported", b'k';
    /// `Unsupported`.
    Unsupported = "Unsupported";
    /// `Allow`.
    Allow = "Allow";
    /// `Allow-Events` (RFC 6665).
    AllowEvents = "Allow-Events", b'u';
    /// `Accept`.
    Accept = "Accept";
    /// `Accept-Encoding`.
    AcceptEncoding = "Accept-Encoding";
    /// `Accept-Language`.
    AcceptLanguage = "Accept-Language";
    /// `Accept-Contact` (RFC 3841).
    AcceptContact = "Accept-Contact", b'a';
    /// `Reject-Contact` (RFC 3841).
    RejectContact = "Reject-Contact", b'j';
    /// `Request-Disposition` (RFC 3841).
    RequestDisposition = "Request-Disposition", b'd';
    /// `Authorization`.
    Authorization = "Authorization";
    /// `Proxy-Authorization`.
    ProxyAuthorization = "Proxy-Authorization";
    /// `WWW-Authenticate`.
    WwwAuthenticate = "WWW-Authenticate";
    /// `Proxy-Authenticate`.
    ProxyAuthenticate = "Proxy-Authenticate";
    /// `Authentication-Info`.
    AuthenticationInfo = "Authentication-Info";
    /// `P-Asserted-Identity` (RFC 3325).
    PAssertedIdentity = "P-Asserted-Identity";
    /// `P-Preferred-Identity` (RFC 3325).
    PPreferredIdentity = "P-Preferred-Identity";
    /// `P-Associated-URI` (RFC 7315).
    PAssociatedUri = "P-Associated-URI";
    /// `Privacy` (RFC 3323).
    Privacy = "Privacy";
    /// `Reason` (RFC 3326).
    Reason = "Reason";
    /// `Date`.
    Date = "Date";
    /// `Timestamp`.
    Timestamp = "Timestamp";
    /// `Warning`.
    Warning = "Warning";
    /// `Retry-After`.
    RetryAfter = "Retry-After";
    /// `Alert-Info`.
    AlertInfo = "Alert-Info";
    /// `Call-Info`.
    CallInfo = "Call-Info";
    /// `Error-Info`.
    ErrorInfo = "Error-Info";
    /// `User-Agent`.
    UserAgent = "User-Agent";
    /// `Server`.
    Server = "Server";
    /// `Subject`.
    Subject = "Subject", b's';
    /// `Organization`.
    Organization = "Organization";
    /// `Priority`.
    Priority = "Priority";
    /// `Reply-To`.
    ReplyTo = "Reply-To";
    /// `In-Reply-To`.
    InReplyTo = "In-Reply-To";
    /// `Session-Expires` (RFC 4028).
    SessionExpires = "Session-Expires", b'x';
    /// `Min-SE` (RFC 4028).
    MinSe = "Min-SE";
    /// `Event` (RFC 6665).
    Event = "Event", b'o';
    /// `Subscription-State` (RFC 6665).
    SubscriptionState = "Subscription-State";
    /// `SIP-ETag` (RFC 3903).
    SipEtag = "SIP-ETag";
    /// `SIP-If-Match` (RFC 3903).
    SipIfMatch = "SIP-If-Match";
    /// `Refer-To` (RFC 3515).
    ReferTo = "Refer-To", b'r';
    /// `Referred-By` (RFC 3892).
    ReferredBy = "Referred-By", b'b';
    /// `Refer-Sub` (RFC 4488).
    ReferSub = "Refer-Sub";
    /// `Replaces` (RFC 3891).
    Replaces = "Replaces";
    /// `Join` (RFC 3911).
    Join = "Join";
    /// `Target-Dialog` (RFC 4538).
    TargetDialog = "Target-Dialog";
    /// `RSeq` (RFC 3262).
    RSeq = "RSeq";
    /// `RAck` (RFC 3262).
    RAck = "RAck";
    /// `Diversion` (RFC 5806).
    Diversion = "Diversion";
    /// `History-Info` (RFC 7044).
    HistoryInfo = "History-Info";
    /// `User-to-User` (RFC 7433).
    UserToUser = "User-to-User";
    /// `Info-Package` (RFC 6086).
    InfoPackage = "Info-Package";
    /// `Recv-Info` (RFC 6086).
    RecvInfo = "Recv-Info";
    /// `Geolocation` (RFC 6442).
    Geolocation = "Geolocation";
    /// `Max-Breadth` (RFC 5393).
    MaxBreadth = "Max-Breadth";
    /// `Flow-Timer` (RFC 5626).
    FlowTimer = "Flow-Timer";
    /// `Identity` (RFC 8224).
    Identity = "Identity", b'y';
    /// `Remote-Party-ID`, an old draft that many telephones and gateways still read.
    RemotePartyId = "Remote-Party-ID";
}

const SLOTS: usize = 512;

/// Open addressing over a hash of the length and three letters; filled at compile time.
static INDEX: [u8; SLOTS] = build();
/// The names by compact letter.
static COMPACT: [u8; 26] = build_compact();

const EMPTY: u8 = u8::MAX;

const fn slot(name: &[u8]) -> usize {
    let length = name.len();
    if length == 0 {
        return 0;
    }
    let first = (name[0] | 0x20) as usize;
    let middle = (name[length / 2] | 0x20) as usize;
    let last = (name[length - 1] | 0x20) as usize;
    (first * 5 + middle * 29 + last * 83 + length * 131) % SLOTS
}

const fn build() -> [u8; SLOTS] {
    let mut table = [EMPTY; SLOTS];
    let mut at = 0;
    while at < ALL.len() {
        let mut place = slot(ALL[at].1.as_bytes());
        while table[place] != EMPTY {
            place = (place + 1) % SLOTS;
        }
        table[place] = at as u8;
        at += 1;
    }
    table
}

const fn build_compact() -> [u8; 26] {
    let mut table = [EMPTY; 26];
    let mut at = 0;
    while at < ALL.len() {
        if ALL[at].2 != 0 {
            table[(ALL[at].2 - b'a') as usize] = at as u8;
        }
        at += 1;
    }
    table
}

impl HeaderName {
    /// The name for a text in any case, compact forms included (RFC 3261 section 7.3.3).
    pub fn from_bytes(name: &[u8]) -> HeaderName {
        if let [letter] = name {
            let at = usize::from(letter.to_ascii_lowercase().wrapping_sub(b'a'));
            let entry = COMPACT.get(at).copied().unwrap_or(EMPTY);
            return ALL.get(usize::from(entry)).map_or(HeaderName::Other, |known| known.0);
        }
        if name.is_empty() {
            return HeaderName::Other;
        }
        let mut place = slot(name);
        loop {
            let Some(known) = INDEX.get(place).and_then(|&entry| ALL.get(usize::from(entry))) else {
                return HeaderName::Other;
            };
            if known.1.as_bytes().eq_ignore_ascii_case(name) {
                return known.0;
            }
            place = (place + 1) % SLOTS;
        }
    }

    /// The long form as the standard writes it; empty for [`HeaderName::Other`].
    pub fn as_str(self) -> &'static str {
        ALL.get(self as usize).map_or("", |known| known.1)
    }

    /// The compact letter, where there is one.
    pub fn compact(self) -> Option<char> {
        ALL.get(self as usize).map(|known| known.2).filter(|&letter| letter != 0).map(char::from)
    }

    /// True for headers that may stand only once, hold one value (RFC 3261 section 7.3.1 and table 2), and decide something
    /// here: two of them are a fault, as in RFC 4475 section 3.3.8. A second User-Agent or Subject harms nobody.
    pub fn is_single(self) -> bool {
        use HeaderName::*;
        matches!(
            self,
            From | To
                | CallId
                | CSeq
                | MaxForwards
                | ContentLength
                | ContentType
                | ContentDisposition
                | MimeVersion
                | Expires
                | MinExpires
                | Date
                | Timestamp
                | RetryAfter
                | ReplyTo
                | SessionExpires
                | MinSe
                | Event
                | SubscriptionState
                | SipEtag
                | SipIfMatch
                | ReferTo
                | ReferredBy
                | ReferSub
                | Replaces
                | Join
                | TargetDialog
                | RSeq
                | RAck
                | MaxBreadth
                | FlowTimer
                | ContentId
        )
    }
}

impl fmt::Display for HeaderName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_name_is_found_in_every_case_and_in_its_compact_form() {
        for &(name, text, compact) in ALL {
            assert_eq!(HeaderName::from_bytes(text.as_bytes()), name);
            assert_eq!(HeaderName::from_bytes(text.to_ascii_uppercase().as_bytes()), name);
            assert_eq!(HeaderName::from_bytes(text.to_ascii_lowercase().as_bytes()), name);
            assert_eq!(name.as_str(), text);
            if compact != 0 {
                assert_eq!(HeaderName::from_bytes(&[compact]), name);
                assert_eq!(HeaderName::from_bytes(&[compact.to_ascii_uppercase()]), name);
                assert_eq!(name.compact(), Some(char::from(compact)));
            }
        }
    }

    #[test]
    fn what_is_unknown_is_other() {
        for text in ["", "g", "X-Bell", "Viab", "Vi", "Content-Lengthy", "\u{e9}", "1", "\0", "Content_Length"] {
            assert_eq!(HeaderName::from_bytes(text.as_bytes()), HeaderName::Other, "{text:?}");
        }
        assert_eq!(HeaderName::Other.as_str(), "");
        assert_eq!(HeaderName::Other.compact(), None);
    }

    #[test]
    fn the_table_has_room_so_that_a_miss_ends_soon() {
        assert!(ALL.len() < usize::from(EMPTY) && ALL.len() * 4 < SLOTS);
        let longest =
            (0..SLOTS).map(|start| (0..SLOTS).take_while(|i| INDEX[(start + i) % SLOTS] != EMPTY).count()).max();
        assert!(longest.unwrap() < 12, "{longest:?}");
    }
}
