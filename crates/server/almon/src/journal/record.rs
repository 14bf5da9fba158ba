//! What stands in the journal: a tag, and behind it postcard.

use directory::Directory;
use exchange::{Exchange, ExchangeConfig, Input};
use ground::{ConnectionId, Now};
use journal::{Digest, Kind, Message};
use line_sip::DialogSnapshot;
use line_voice::VoiceLine;
use postcard::ser_flavors::Flavor;
use serde::Serialize;
use serde::de::DeserializeOwned;
use std::fmt;
use std::sync::Arc;

use crate::desk::Desk;

/// Tags of sections and records. A number is never given again.
pub(super) mod tag {
    pub const SITE: u8 = 1;
    pub const DIRECTORY: u8 = 2;
    pub const EXCHANGE: u8 = 3;
    pub const VOICE: u8 = 4;
    pub const DESK: u8 = 5;
    pub const DIALOG: u8 = 6;
    pub const INPUT: u8 = 16;
    pub const TIMEOUT: u8 = 17;
    pub const DIRECTORY_INPUT: u8 = 18;
    pub const DIALOG_GONE: u8 = 19;
    pub const ENDED: u8 = 20;
}

/// What came out of one input: how much, and the digest of it all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Outputs.
    pub count: u32,
    /// Over the postcard of each, in order.
    pub digest: Digest,
}

/// One section of a snapshot.
#[derive(Debug)]
pub enum Section {
    /// What the exchange was told when it started, and when the snapshot was taken.
    Site(Box<(Now, ExchangeConfig)>),
    /// The directory in force.
    Directory(Box<Directory>),
    /// The exchange.
    Exchange(Box<Exchange>),
    /// The voice line.
    Voice(Box<VoiceLine>),
    /// What the switchboard notes beside.
    Desk(Box<Desk>),
    /// A dialog of the SIP line.
    Dialog(Box<DialogSnapshot>),
}

/// One record of the tail.
#[derive(Debug)]
pub enum Record {
    /// Something went into the exchange.
    Input(Now, Box<Input>, Outcome),
    /// Timers of the exchange were due.
    Timeout(Now, Outcome),
    /// A dialog of the SIP line is new or changed.
    Dialog(Box<DialogSnapshot>),
    /// A dialog of the SIP line is over.
    DialogGone(ConnectionId),
    /// The process ended in order: nobody goes on from here.
    Ended(Now),
}

/// Why a message cannot be read: it is of another build, or not ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Unreadable {
    /// Its tag; none when it is empty.
    pub tag: Option<u8>,
}

impl fmt::Display for Unreadable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.tag {
            Some(tag) => write!(f, "a record with the tag {tag} that cannot be read"),
            None => write!(f, "an empty record"),
        }
    }
}

impl std::error::Error for Unreadable {}

/// Appends to a vector.
struct Into<'a>(&'a mut Vec<u8>);

impl Flavor for Into<'_> {
    type Output = ();

    fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
        self.0.extend_from_slice(data);
        Ok(())
    }

    fn try_push(&mut self, data: u8) -> postcard::Result<()> {
        self.0.push(data);
        Ok(())
    }

    fn finalize(self) -> postcard::Result<()> {
        Ok(())
    }
}

/// Appends the postcard of a value.
pub(super) fn append<T: Serialize + ?Sized>(value: &T, bytes: &mut Vec<u8>) {
    let length = bytes.len();
    if postcard::serialize_with_flavor(value, Into(bytes)).is_err() {
        // No type of ours refuses; what cannot be written is missing, and whoever reads says so.
        bytes.truncate(length);
        debug_assert!(false, "a type that postcard cannot write");
    }
}

pub(super) fn tagged<T: Serialize + ?Sized>(tag: u8, value: &T, bytes: &mut Vec<u8>) {
    bytes.push(tag);
    append(value, bytes);
}

/// A directory input: what is known now, and the directory itself, which is written later.
pub(super) fn directory_input(
    now: Now,
    outcome: Outcome,
    directory: &Arc<Directory>,
) -> impl FnOnce(&mut Vec<u8>) + Send + use<> {
    let directory = directory.clone();
    move |bytes| tagged(tag::DIRECTORY_INPUT, &(now, outcome.count, outcome.digest.0, &*directory), bytes)
}

/// Reads a value, or the beginning of one with the rest.
fn read<T: DeserializeOwned>(bytes: &[u8]) -> Option<(T, &[u8])> {
    postcard::take_from_bytes(bytes).ok()
}

/// Reads a value and nothing behind it.
fn whole<T: DeserializeOwned>(bytes: &[u8]) -> Option<T> {
    read(bytes).filter(|(_, rest)| rest.is_empty()).map(|(value, _)| value)
}

fn split(message: &Message<'_>) -> Result<(u8, Unreadable), Unreadable> {
    let tag = message.content.first().copied();
    let bad = Unreadable { tag };
    tag.map(|tag| (tag, bad)).ok_or(bad)
}

/// Reads a section of a snapshot.
pub fn section(message: &Message<'_>) -> Result<Section, Unreadable> {
    let (tag, bad) = split(message)?;
    let rest = message.content.get(1..).unwrap_or_default();
    let section = match tag {
        tag::SITE => whole(rest).map(Section::Site),
        tag::DIRECTORY => whole(rest).map(Section::Directory),
        tag::EXCHANGE => whole(rest).map(Section::Exchange),
        tag::VOICE => whole(rest).map(Section::Voice),
        tag::DESK => whole(rest).map(Section::Desk),
        tag::DIALOG => whole(rest).map(Section::Dialog),
        _ => None,
    };
    section.filter(|_| message.kind == Kind::Section).ok_or(bad)
}

/// Reads a record of the tail.
pub fn record(message: &Message<'_>) -> Result<Record, Unreadable> {
    let (tag, bad) = split(message)?;
    let rest = message.content.get(1..).unwrap_or_default();
    let outcome = |(count, digest)| Outcome { count, digest: Digest(digest) };
    let record = match tag {
        tag::INPUT => whole::<(Now, Box<Input>, (u32, u64))>(rest)
            .map(|(now, input, out)| Record::Input(now, input, outcome(out))),
        tag::DIRECTORY_INPUT => whole::<(Now, u32, u64, Directory)>(rest).map(|(now, count, digest, directory)| {
            Record::Input(now, Box::new(Input::Directory(Arc::new(directory))), outcome((count, digest)))
        }),
        tag::TIMEOUT => whole::<(Now, (u32, u64))>(rest).map(|(now, out)| Record::Timeout(now, outcome(out))),
        tag::DIALOG => whole(rest).map(Record::Dialog),
        tag::DIALOG_GONE => whole(rest).map(Record::DialogGone),
        tag::ENDED => whole(rest).map(Record::Ended),
        _ => None,
    };
    record.filter(|_| message.kind == Kind::Record).ok_or(bad)
}
