//! Identifiers. All are plain numbers, so that state is data; those that the exchange or a line hands out never repeat.

use serde::de::Visitor;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident($inner:ty), $prefix:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!($prefix, "{:x}"), self.0)
            }
        }
    };
}

number_id!(
    /// A logical device of the exchange: one number with all its terminals, a trunk, a group, an internal service.
    DeviceId(u32), "d");
number_id!(
    /// A configured network: the addresses that Almon uses and advertises towards a set of peers.
    NetworkId(u16), "n");
number_id!(
    /// A trunk.
    TrunkId(u32), "t");
number_id!(
    /// A transport flow: one connection, or one pair of datagram addresses. Never reused within a process.
    FlowId(u64), "f");

/// A call, unique over restarts: the upper 32 bits are the second (UTC) at which the exchange started, the lower ones count.
///
/// In formats for people it serialises as its sixteen digits: as a number it would not survive a reader that counts in floating
/// point, as JSON's usually do.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CallId(pub u64);

impl Serialize for CallId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        if serializer.is_human_readable() { serializer.collect_str(self) } else { serializer.serialize_u64(self.0) }
    }
}

impl<'de> Deserialize<'de> for CallId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        if deserializer.is_human_readable() {
            deserializer.deserialize_any(CallIdVisitor)
        } else {
            u64::deserialize(deserializer).map(CallId)
        }
    }
}

/// Reads the sixteen digits, and the plain number as older data folders have it.
struct CallIdVisitor;

impl Visitor<'_> for CallIdVisitor {
    type Value = CallId;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a call identifier")
    }

    fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<CallId, E> {
        text.parse().map_err(E::custom)
    }

    fn visit_u64<E: serde::de::Error>(self, number: u64) -> Result<CallId, E> {
        Ok(CallId(number))
    }
}

impl fmt::Display for CallId {
    /// Sixteen hexadecimal digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

impl std::str::FromStr for CallId {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u64::from_str_radix(text, 16).map(CallId)
    }
}

/// Who hands out a connection identifier; each allocator has a number space of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[repr(u8)]
pub enum Allocator {
    /// The exchange, for connections that it sets up towards a line.
    Exchange = 0,
    /// The SIP line, for calls that arrive.
    SipLine = 1,
    /// The H.323 line, for calls that arrive.
    H323Line = 2,
    /// The voice line, for calls that it originates.
    VoiceLine = 3,
}

/// A connection (ECMA-269 section 6.1.5): the relation of one call and one device, and the media leg that belongs to it.
///
/// The upper eight bits name the [`Allocator`]; the other 56 count and start, as call identifiers do, from the start second, so
/// that no identifier is used twice over restarts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConnectionId(pub u64);

impl fmt::Display for ConnectionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:x}", self.0)
    }
}

/// Hands out call and connection identifiers in a fixed order.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identifiers {
    allocator: Allocator,
    next_call: u64,
    next_connection: u64,
}

impl Identifiers {
    /// Identifiers of `allocator` in a process that started at `start_second` (UTC, seconds since the epoch).
    pub fn new(allocator: Allocator, start_second: u32) -> Self {
        let epoch = u64::from(start_second);
        // 56 bits: 31 of the second, then 25 that count: 33 million connections a second of uptime before they could meet.
        Identifiers { allocator, next_call: epoch << 32, next_connection: (epoch & 0x7fff_ffff) << 25 }
    }

    /// Goes on with the identifiers of a later start; with an earlier one nothing changes, so that none is given again.
    pub fn start_again(&mut self, start_second: u32) {
        let fresh = Identifiers::new(self.allocator, start_second);
        self.next_call = self.next_call.max(fresh.next_call);
        self.next_connection = self.next_connection.max(fresh.next_connection);
    }

    /// The next call identifier.
    pub fn call(&mut self) -> CallId {
        self.next_call += 1;
        CallId(self.next_call)
    }

    /// The next connection identifier.
    pub fn connection(&mut self) -> ConnectionId {
        self.next_connection += 1;
        ConnectionId((self.allocator as u64) << 56 | (self.next_connection & 0x00ff_ffff_ffff_ffff))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn two_allocators_and_two_starts_never_meet() {
        let mut exchange = Identifiers::new(Allocator::Exchange, 1_700_000_000);
        let mut line = Identifiers::new(Allocator::SipLine, 1_700_000_000);
        let mut later = Identifiers::new(Allocator::Exchange, 1_700_000_001);
        let ids = [exchange.connection(), line.connection(), later.connection(), exchange.connection()];
        for (i, a) in ids.iter().enumerate() {
            assert!(ids.iter().skip(i + 1).all(|b| a != b));
        }
        assert_ne!(exchange.call(), later.call());
    }

    #[test]
    fn a_later_start_has_identifiers_of_its_own_and_an_earlier_one_gives_none_again() {
        let mut ids = Identifiers::new(Allocator::Exchange, 1_700_000_000);
        let (call, connection) = (ids.call(), ids.connection());
        ids.start_again(1_700_000_000);
        assert!(ids.call() > call && ids.connection() > connection);
        ids.start_again(1_700_000_005);
        let fresh = Identifiers::new(Allocator::Exchange, 1_700_000_005);
        assert_eq!(ids, fresh);
        ids.start_again(1_600_000_000);
        assert_eq!(ids, fresh);
    }

    #[test]
    fn a_call_identifier_reads_back_from_its_digits_and_from_a_number() {
        let id = Identifiers::new(Allocator::Exchange, 1_700_000_000).call();
        assert_eq!(id.to_string().parse(), Ok(id));
        let json = serde_json::to_string(&id).unwrap();
        assert_eq!(json, format!("\"{id}\""));
        assert_eq!(serde_json::from_str::<CallId>(&json).unwrap(), id);
        assert_eq!(serde_json::from_str::<CallId>("7").unwrap(), CallId(7));
        assert!(serde_json::from_str::<CallId>("\"xyz\"").is_err());
    }
}
