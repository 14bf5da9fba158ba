//! What reaches a half.

use super::HalfId;
use super::message::Message;
use crate::media::legs::Ordered;
use crate::vocabulary::report::Report;
use ground::ConnectionId;
use media_plan::MediaFault;
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// One input of a half.
#[derive(Clone, Debug)]
pub enum HalfInput {
    /// Its line reports.
    Report(ConnectionId, Report),
    /// The other half speaks.
    Message(HalfId, Message),
    /// A wait is over.
    Timer(Timer),
    /// Something happened to the media of a connection.
    Media(ConnectionId, LegEvent),
    /// An administrator ends the call.
    ClearedByAdministrator,
}

/// Something that happened to a leg.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LegEvent {
    /// An order could not be carried out.
    Fault(Ordered, MediaFault),
    /// What was played has ended.
    PlayEnded,
    /// The far side sent a digit in media.
    Digit(char, Duration),
    /// No packet came for the time that was set.
    Silent,
    /// Packets come.
    Receiving,
}

/// What a half or a connection waits for. Each has a bound in [`crate::Waits`] or in the directory's settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Timer {
    /// The next digit.
    InterDigit(HalfId),
    /// The answer of a telephone that rings.
    NoAnswer(HalfId),
    /// The end of an announcement.
    Announcement(HalfId),
    /// The longest call.
    Duration(HalfId),
    /// The outcome of a transfer, or the end of a telephone that was transferred away.
    Transfer(HalfId),
    /// A line's next word after an offer.
    Response(ConnectionId),
    /// The answer to a change of media.
    Negotiation(ConnectionId),
    /// The next question to a telephone that sends no packets.
    Silence(ConnectionId),
    /// The answer to that question.
    ProbeResponse(ConnectionId),
    /// The last word of a connection.
    Clear(ConnectionId),
    /// The last word on a media leg.
    LegClose(ConnectionId),
}
