//! The session description of RFC 8866: text to structure and back. Nothing is decided here; offers and answers
//! (RFC 3264) are other rooms' business.
//!
//! [`SessionDescription::parse`] reads a body within [`Limits`] and keeps every line that the grammar allows, unknown
//! attributes and unknown media included, in its order. Writing an unchanged description gives the same bytes, if the
//! body was in the order of RFC 8866 section 5 with CRLF line ends. [`Writer`] writes a new description straight into
//! one buffer.
//!
//! Where telephones commonly deviate from the standard, the parser gives way; these are all such places:
//!
//! - lines may end in LF alone, the last line end may be missing, and empty lines may follow the last line;
//! - the lines of one section (session or one media) may come in any order, except that `v=` is the first line;
//! - `s=` may be empty or absent (read as `s=-`), `t=` may be absent (read as `t=0 0`);
//! - `o=`, `c=`, `b=`, `t=` and `m=` may end in spaces, and formats may be separated by several;
//! - the identifier and the version in `o=` may carry a minus sign, and the address in `o=` is any text;
//! - a media line with port 0, which stands for nothing, may lack its formats;
//! - a multicast address may lack its time to live;
//! - the figure in `b=` may be any text;
//! - `z=` may follow a `t=` without `r=`;
//! - an attribute's name is any text without a colon.
//!
//! Refused are: no `v=0` in the first line, no `o=`, malformed `o=`, `c=`, `b=`, `t=` or `m=`, ports above 65535, type
//! letters that RFC 8866 does not know (its section 5 demands that), text that is not UTF-8, and whatever exceeds a limit.

mod attribute;
mod bandwidth;
mod connection;
mod description;
mod error;
mod limits;
mod line;
mod media;
mod origin;
mod parse;
mod payload;
mod text;
mod timing;
mod transport;
mod writer;

pub use attribute::{
    Attribute, Attributes, Crypto, Direction, Fingerprint, Fmtp, Group, InlineKey, RtcpAddress, Rtpmap, Setup,
};
pub use bandwidth::Bandwidth;
pub use connection::{Connection, Host};
pub use description::{Key, SessionDescription};
pub use error::{ParseError, ParseErrorKind};
pub use limits::Limits;
pub use media::{Codec, Media, MediaKind};
pub use origin::Origin;
pub use payload::{STATIC_PAYLOADS, StaticPayload, static_payload};
pub use text::{Text, TextError};
pub use timing::Timing;
pub use transport::Transport;
pub use writer::{WriteError, Writer};
