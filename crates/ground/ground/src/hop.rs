//! What a ladder shows: one arrow between two parties of a call.

use crate::{CallId, Now};
use bytes::Bytes;

/// One step of a call's ladder: a message on the wire or an event inside the exchange.
#[derive(Clone, Debug)]
pub struct Hop {
    /// When it happened.
    pub at: Now,
    /// The call, when it is known.
    pub call: Option<CallId>,
    /// Who sent it: an address such as `192.0.2.7:5060`, or a room such as `exchange`.
    pub from: String,
    /// Who received it.
    pub to: String,
    /// What it was.
    pub kind: HopKind,
}

/// The content of a hop.
#[derive(Clone, Debug)]
pub enum HopKind {
    /// A protocol message as it was on the wire, with secrets already replaced.
    Message {
        /// The protocol's short name, for example `SIP`.
        protocol: &'static str,
        /// One line for the arrow, for example `INVITE sip:1001@example.com` or `200 OK (INVITE)`.
        summary: String,
        /// The redacted message.
        bytes: Bytes,
    },
    /// An event of the exchange, in ECMA-269 words.
    Event {
        /// One line, for example `Delivered 1002 cause newCall`.
        summary: String,
    },
}
