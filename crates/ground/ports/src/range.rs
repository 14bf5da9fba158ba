//! Runs of port numbers and the way they are written.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A run of consecutive ports, both ends included. Never empty, never port 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct PortRange {
    first: u16,
    last: u16,
}

impl PortRange {
    /// The ports `first..=last`; `None` if the run is empty or starts at 0.
    pub const fn new(first: u16, last: u16) -> Option<PortRange> {
        if first == 0 || last < first { None } else { Some(PortRange { first, last }) }
    }

    /// For the plan's own tables: a run known to be right when the program is compiled.
    pub(crate) const fn fixed(first: u16, last: u16) -> PortRange {
        assert!(first != 0 && first <= last, "a run of ports starts above 0 and does not run backwards");
        PortRange { first, last }
    }

    /// The lowest port.
    pub const fn first(self) -> u16 {
        self.first
    }

    /// The highest port.
    pub const fn last(self) -> u16 {
        self.last
    }

    /// How many ports there are: 1 to 65535.
    pub const fn count(self) -> u32 {
        (self.last - self.first) as u32 + 1
    }

    /// Whether it is a single port.
    pub const fn is_one(self) -> bool {
        self.first == self.last
    }

    /// Whether `port` is one of them.
    pub const fn contains(self, port: u16) -> bool {
        self.first <= port && port <= self.last
    }

    /// The lowest port that both runs have.
    pub fn meets(self, other: PortRange) -> Option<u16> {
        let first = self.first.max(other.first);
        (first <= self.last.min(other.last)).then_some(first)
    }

    /// Every port, in order.
    pub fn iter(self) -> impl Iterator<Item = u16> {
        self.first..=self.last
    }
}

impl fmt::Display for PortRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_one() { write!(f, "{}", self.first) } else { write!(f, "{}-{}", self.first, self.last) }
    }
}

/// Why a text does not name ports.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NotPorts(
    /// The text as it was given.
    pub String,
);

impl fmt::Display for NotPorts {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{:?} names no ports: write 5060, \"20000-28191\" or \"8088,9000-9013\", each from 1 to 65535",
            self.0
        )
    }
}

impl std::error::Error for NotPorts {}

impl FromStr for PortRange {
    type Err = NotPorts;

    fn from_str(text: &str) -> Result<PortRange, NotPorts> {
        let refuse = || NotPorts(text.to_owned());
        let number = |digits: &str| {
            let digits = digits.trim();
            if digits.is_empty() || !digits.bytes().all(|b| b.is_ascii_digit()) {
                return Err(refuse());
            }
            digits.parse::<u16>().map_err(|_| refuse())
        };
        let (first, last) = match text.split_once('-') {
            Some((first, last)) => (number(first)?, number(last)?),
            None => (number(text)?, number(text)?),
        };
        PortRange::new(first, last).ok_or_else(refuse)
    }
}

/// Ports as an administrator writes them: the number 5060, or a text of ports and runs parted by commas.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortList(Vec<PortRange>);

impl PortList {
    /// One port; `None` for 0.
    pub fn one(port: u16) -> Option<PortList> {
        PortRange::new(port, port).map(|run| PortList(vec![run]))
    }

    /// One run.
    pub fn run(run: PortRange) -> PortList {
        PortList(vec![run])
    }

    /// The runs in the order they were written.
    pub fn runs(&self) -> &[PortRange] {
        &self.0
    }
}

impl FromStr for PortList {
    type Err = NotPorts;

    fn from_str(text: &str) -> Result<PortList, NotPorts> {
        text.split(',').map(|part| part.trim().parse()).collect::<Result<Vec<_>, _>>().map(PortList)
    }
}

impl fmt::Display for PortList {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&list(&self.0))
    }
}

impl Serialize for PortList {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.as_slice() {
            [run] if run.is_one() => serializer.serialize_u16(run.first),
            _ => serializer.collect_str(self),
        }
    }
}

impl<'de> Deserialize<'de> for PortList {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<PortList, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged)]
        enum Written {
            Number(i64),
            Text(String),
        }
        let text = match Written::deserialize(deserializer)? {
            Written::Number(number) => number.to_string(),
            Written::Text(text) => text,
        };
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// The runs parted by a comma and a blank; nothing for none.
pub fn list(runs: &[PortRange]) -> String {
    runs.iter().map(PortRange::to_string).collect::<Vec<_>>().join(", ")
}

/// Reads the content of Linux's `ip_local_port_range`: two numbers, the first and last port that the system gives to
/// outgoing connections (Linux kernel documentation, ip-sysctl).
pub fn ephemeral_range(content: &str) -> Result<PortRange, NotPorts> {
    let refuse = || NotPorts(content.trim().to_owned());
    let mut numbers = content.split_ascii_whitespace().map(|text| text.parse::<u16>().map_err(|_| refuse()));
    let (Some(first), Some(last), None) = (numbers.next(), numbers.next(), numbers.next()) else {
        return Err(refuse());
    };
    PortRange::new(first?, last?).ok_or_else(refuse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_is_never_empty_and_never_port_zero() {
        assert_eq!(PortRange::new(0, 5), None);
        assert_eq!(PortRange::new(6, 5), None);
        assert_eq!(PortRange::new(1, 65535).map(PortRange::count), Some(65535));
    }

    #[test]
    fn two_runs_meet_at_their_lowest_shared_port() {
        let run = |a, b| PortRange::new(a, b).unwrap();
        assert_eq!(run(10, 20).meets(run(20, 30)), Some(20));
        assert_eq!(run(10, 20).meets(run(5, 15)), Some(10));
        assert_eq!(run(10, 20).meets(run(21, 30)), None);
    }

    #[test]
    fn ports_read_as_numbers_runs_and_lists() {
        assert_eq!("5060".parse::<PortList>().unwrap().to_string(), "5060");
        assert_eq!("8088,9000-9013".parse::<PortList>().unwrap().to_string(), "8088, 9000-9013");
        for wrong in ["", "0", "65536", "-5", "+5", "5-", "9-8", "5060,", "sip"] {
            assert!(wrong.parse::<PortList>().is_err(), "{wrong:?} was taken");
        }
    }

    #[test]
    fn a_port_list_survives_json_and_refuses_what_is_none() {
        for text in ["5060", "\"20000-28191\"", "\"8088, 9000\""] {
            let list: PortList = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&list).unwrap(), text);
        }
        for wrong in ["-1", "0", "70000", "true", "\"\""] {
            assert!(serde_json::from_str::<PortList>(wrong).is_err(), "{wrong} was taken");
        }
    }

    #[test]
    fn the_kernels_ephemeral_range_is_read() {
        assert_eq!(ephemeral_range("32768\t60999\n").unwrap(), PortRange::new(32768, 60999).unwrap());
        for wrong in ["", "32768", "1 2 3", "60999 32768", "x y"] {
            assert!(ephemeral_range(wrong).is_err(), "{wrong:?} was taken");
        }
    }
}
