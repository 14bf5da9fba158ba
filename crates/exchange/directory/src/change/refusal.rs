//! Why a change set is refused: data for programs, a sentence for administrators.

use crate::{DigestAlgorithm, Revision};
use ground::Digits;
use std::fmt;
use std::net::IpAddr;

/// Something in a directory that a change or a conflict names.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Item {
    /// The extension with this number.
    Extension(Digits),
    /// The service number.
    Service(Digits),
    /// The trunk with this name.
    Trunk(String),
    /// The route with this name.
    Route(String),
    /// The emergency number.
    Emergency(Digits),
    /// The settings of the site.
    Settings,
}

impl fmt::Display for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Item::Extension(number) => write!(f, "extension {number}"),
            Item::Service(number) => write!(f, "service number {number}"),
            Item::Trunk(name) => write!(f, "trunk {}", name.escape_debug()),
            Item::Route(name) => write!(f, "route {}", name.escape_debug()),
            Item::Emergency(number) => write!(f, "emergency number {number}"),
            Item::Settings => f.write_str("the site's settings"),
        }
    }
}

/// One thing that is wrong with a change set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeRefusal {
    /// The position of the change in the set, counted from 0; none when it concerns the set as a whole.
    pub change: Option<usize>,
    /// The item that the change is about; none when it concerns the set as a whole.
    pub item: Option<Item>,
    /// What is wrong.
    pub fault: Fault,
}

/// What is wrong with a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TextFault {
    /// It is empty and must not be.
    Empty,
    /// It has more characters than it may have.
    TooLong {
        /// How many it has.
        length: usize,
        /// How many it may have.
        most: usize,
    },
    /// It holds a character that has no place there: not printable, or misread on its way to a telephone.
    Character {
        /// The first such character.
        character: char,
    },
    /// It begins or ends with a space.
    OuterSpace,
}

/// What is wrong with a change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The set was made for another revision than the present one.
    BaseMoved {
        /// The revision that the set was made for.
        base: Revision,
        /// The present one.
        head: Revision,
    },
    /// The set holds no change.
    NoChanges,
    /// The set holds more changes than one set may.
    TooManyChanges {
        /// How many it holds.
        count: usize,
        /// How many it may hold.
        most: usize,
    },
    /// The author's name cannot be taken.
    Author(TextFault),
    /// The item exists already.
    Exists,
    /// The item does not exist.
    Unknown,
    /// The number belongs to something else already.
    NumberTaken {
        /// To what.
        by: Item,
    },
    /// The number has too few or too many digits.
    NumberLength {
        /// How many digits it has.
        length: usize,
        /// The fewest.
        least: usize,
        /// The most.
        most: usize,
    },
    /// The number holds something else than 0-9; `*` and `#` are kept for service codes.
    NumberCharacter {
        /// The first such character.
        character: char,
    },
    /// The number begins with an emergency number, so it could never be reached.
    BeginsWithEmergency {
        /// The emergency number.
        emergency: Digits,
    },
    /// Something else begins with the emergency number and could not be reached any more.
    ShadowedByEmergency {
        /// What.
        shadowed: Item,
    },
    /// A number and a route's prefix are equal: the same digits would mean both.
    SameAsPrefix {
        /// The item with the same digits.
        other: Item,
    },
    /// The name, or the announcement's name, cannot be taken.
    Name(TextFault),
    /// Another trunk has this name.
    NameTaken {
        /// The name.
        name: String,
    },
    /// Not 1 to 8.
    Terminals {
        /// The number of terminals asked for.
        count: u8,
    },
    /// A digest is not lower-case hexadecimal of the algorithm's length.
    DigestMalformed {
        /// The algorithm.
        algorithm: DigestAlgorithm,
        /// How many hexadecimal digits it needs.
        digits: usize,
    },
    /// Two digests are for one algorithm.
    DigestRepeated {
        /// The algorithm.
        algorithm: DigestAlgorithm,
    },
    /// Nothing can be sent to the address, or no call can come from it.
    AddressUnusable {
        /// The address.
        address: IpAddr,
    },
    /// The port is 0.
    PortZero,
    /// A call from this address could belong to either trunk.
    AddressShared {
        /// The address.
        address: IpAddr,
        /// The other trunk.
        other: Item,
    },
    /// There are more source addresses than a trunk may have.
    TooManySources {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A trunk that may carry no call at all.
    NoCallsPermitted,
    /// Fewest and most digits do not fit the prefix or one another.
    DigitRange {
        /// The prefix's length.
        prefix: usize,
        /// The fewest digits.
        least: u8,
        /// The most digits.
        most: u8,
    },
    /// A route without a choice.
    NoChoices,
    /// A route with more choices than it may have.
    TooManyChoices {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A route with more windows of the week than it may have.
    TooManyHours {
        /// How many there are.
        count: usize,
        /// How many there may be.
        most: usize,
    },
    /// A choice names a trunk that does not exist.
    UnknownTrunk {
        /// The name.
        name: String,
    },
    /// A choice takes off so many digits that none may remain.
    StripsAll {
        /// The choice, counted from 0.
        choice: usize,
    },
    /// What a choice would send may be longer than a number can be.
    SendsTooMany {
        /// The choice, counted from 0.
        choice: usize,
        /// How many digits it could send.
        digits: usize,
    },
    /// The emergency number's route does not exist.
    UnknownRoute {
        /// The name.
        name: String,
    },
    /// The item cannot be removed while another uses it.
    InUse {
        /// One that uses it.
        by: Item,
    },
    /// A setting is outside its range.
    OutOfRange {
        /// The setting's name.
        setting: &'static str,
        /// What was asked for.
        value: u16,
        /// The lowest value.
        least: u16,
        /// The highest value.
        most: u16,
    },
    /// The directory would hold more of a kind than it may.
    TooManyItems {
        /// Of what.
        kind: &'static str,
        /// How many it would hold.
        count: usize,
        /// How many it may hold.
        most: usize,
    },
    /// No identifier is left.
    IdentifiersExhausted,
}

impl fmt::Display for TextFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            TextFault::Empty => f.write_str("is empty"),
            TextFault::TooLong { length, most } => write!(f, "has {length} characters, at most {most} are possible"),
            TextFault::Character { character } => {
                write!(f, "holds the character {character:?}, which is not possible there")
            }
            TextFault::OuterSpace => f.write_str("begins or ends with a space"),
        }
    }
}

impl fmt::Display for ChangeRefusal {
    /// One line, for example `change 3 (extension 1120): it begins with the emergency number 112 and could never be reached`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(index) = self.change {
            write!(f, "change {}", index + 1)?;
            if let Some(item) = &self.item {
                write!(f, " ({item})")?;
            }
            f.write_str(": ")?;
        }
        self.fault.fmt(f)
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fault::BaseMoved { base, head } => {
                write!(f, "made for revision {}, but the site is at revision {}; look again and repeat", base.0, head.0)
            }
            Fault::NoChanges => f.write_str("there is nothing to change"),
            Fault::TooManyChanges { count, most } => write!(f, "{count} changes at once, at most {most} are possible"),
            Fault::Author(fault) => write!(f, "the author's name {fault}"),
            Fault::Exists => f.write_str("it exists already"),
            Fault::Unknown => f.write_str("it does not exist"),
            Fault::NumberTaken { by } => write!(f, "the number belongs to {by} already"),
            Fault::NumberLength { length, least, most } => {
                write!(f, "it has {length} digits, {least} to {most} are possible")
            }
            Fault::NumberCharacter { character } => {
                write!(f, "it holds {character:?}, only 0-9 are possible; * and # are kept for service codes")
            }
            Fault::BeginsWithEmergency { emergency } => {
                write!(f, "it begins with the emergency number {emergency} and could never be reached")
            }
            Fault::ShadowedByEmergency { shadowed } => {
                write!(f, "{shadowed} begins with this number and could not be reached any more")
            }
            Fault::SameAsPrefix { other } => write!(f, "the same digits belong to {other}"),
            Fault::Name(fault) => write!(f, "the name {fault}"),
            Fault::NameTaken { name } => write!(f, "another trunk has the name {name:?} already"),
            Fault::Terminals { count } => write!(f, "{count} terminals are not possible, 1 to 8 are"),
            other => fmt_more(other, f),
        }
    }
}

/// The second half of the sentences.
fn fmt_more(fault: &Fault, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    match fault {
        Fault::DigestMalformed { algorithm, digits } => {
            write!(f, "the {algorithm:?} digest of the password is not {digits} lower-case hexadecimal digits")
        }
        Fault::DigestRepeated { algorithm } => write!(f, "the password has two {algorithm:?} digests"),
        Fault::AddressUnusable { address } => write!(f, "{address} is not the address of one host"),
        Fault::PortZero => f.write_str("the port is 0"),
        Fault::AddressShared { address, other } => write!(f, "a call from {address} could also be one of {other}"),
        Fault::TooManySources { count, most } => write!(f, "{count} source addresses, at most {most} are possible"),
        Fault::NoCallsPermitted => f.write_str("a limit of 0 calls; at least 1 is needed"),
        Fault::DigitRange { prefix, least, most } => {
            write!(
                f,
                "{least} to {most} digits do not fit: at least the prefix's {prefix}, at most 31, and the fewest first"
            )
        }
        Fault::NoChoices => f.write_str("it leads over no trunk"),
        Fault::TooManyChoices { count, most } => write!(f, "{count} choices, at most {most} are possible"),
        Fault::TooManyHours { count, most } => write!(f, "{count} windows of hours, at most {most} are possible"),
        Fault::UnknownTrunk { name } => write!(f, "there is no trunk {name:?}"),
        Fault::StripsAll { choice } => write!(f, "choice {} can take off every digit", choice + 1),
        Fault::SendsTooMany { choice, digits } => {
            write!(f, "choice {} could send {digits} digits, 31 are possible", choice + 1)
        }
        Fault::UnknownRoute { name } => write!(f, "there is no route {name:?}"),
        Fault::InUse { by } => write!(f, "{by} uses it"),
        Fault::OutOfRange { setting, value, least, most } => {
            write!(f, "{setting} is {value}, {least} to {most} are possible")
        }
        Fault::TooManyItems { kind, count, most } => {
            write!(f, "there would be {count} {kind}, at most {most} are possible")
        }
        Fault::IdentifiersExhausted => f.write_str("no identifier is left to give out"),
        // The sentences of the first half.
        _ => Ok(()),
    }
}

impl std::error::Error for ChangeRefusal {}
