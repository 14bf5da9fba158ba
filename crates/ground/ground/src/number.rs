//! Directory and public numbers: digits with their type, plan, presentation and screening.

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::str::FromStr;

/// The longest digit string: 15 digits of E.164, access codes and service codes in front, and a sub-address behind.
pub const MAX_DIGITS: usize = 31;

/// A dialled or dialable string of `0`-`9`, `*`, `#` and `A`-`D`, at most 31 long; stored inline.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Digits {
    bytes: [u8; MAX_DIGITS],
    length: u8,
}

/// Why a text is not a digit string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DigitsError {
    /// Longer than 31 digits.
    TooLong {
        /// Its length in characters.
        length: usize,
    },
    /// Holds something that no telephone can dial.
    NotADigit {
        /// The first such character.
        character: char,
    },
}

impl fmt::Display for DigitsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            DigitsError::TooLong { length } => write!(f, "{length} digits are more than {MAX_DIGITS}"),
            DigitsError::NotADigit { character } => write!(f, "{character:?} is not one of 0-9, *, #, A-D"),
        }
    }
}

impl std::error::Error for DigitsError {}

impl Digits {
    /// No digits.
    pub const EMPTY: Digits = Digits { bytes: [0; MAX_DIGITS], length: 0 };

    /// The digits as text.
    pub fn as_str(&self) -> &str {
        // Only ASCII digits get in, see `push`.
        std::str::from_utf8(&self.bytes[..usize::from(self.length)]).unwrap_or_default()
    }

    /// How many digits there are.
    pub fn len(&self) -> usize {
        usize::from(self.length)
    }

    /// True when there is no digit.
    pub fn is_empty(&self) -> bool {
        self.length == 0
    }

    /// Appends one digit; lower-case letters become capitals.
    pub fn push(&mut self, character: char) -> Result<(), DigitsError> {
        let upper = character.to_ascii_uppercase();
        if !matches!(upper, '0'..='9' | '*' | '#' | 'A'..='D') {
            return Err(DigitsError::NotADigit { character });
        }
        let at = self.len();
        match self.bytes.get_mut(at) {
            Some(slot) => *slot = upper as u8,
            None => return Err(DigitsError::TooLong { length: at + 1 }),
        }
        self.length += 1;
        Ok(())
    }

    /// True when these digits begin with `prefix`.
    pub fn starts_with(&self, prefix: &Digits) -> bool {
        self.as_str().starts_with(prefix.as_str())
    }

    /// The digits behind the first `count`; empty when there are not so many.
    pub fn skip(&self, count: usize) -> Digits {
        self.as_str().get(count..).unwrap_or_default().parse().unwrap_or_default()
    }
}

impl FromStr for Digits {
    type Err = DigitsError;

    fn from_str(text: &str) -> Result<Self, DigitsError> {
        let mut digits = Digits::EMPTY;
        for character in text.chars() {
            digits.push(character).map_err(|error| match error {
                DigitsError::TooLong { .. } => DigitsError::TooLong { length: text.chars().count() },
                other => other,
            })?;
        }
        Ok(digits)
    }
}

impl fmt::Display for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Digits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digits({})", self.as_str())
    }
}

impl Serialize for Digits {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> Deserialize<'de> for Digits {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// What a number is, numbered 0 to 7 as in the route data of large exchanges; 6 and 7 name the upper levels of a private
/// numbering plan (ISO/IEC 11571).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[repr(u8)]
pub enum NumberType {
    /// 0: public, its form unknown: as dialled.
    UnknownPublic = 0,
    /// 1: with country code.
    International = 1,
    /// 2: with area code.
    National = 2,
    /// 3: a number of the serving network.
    NetworkSpecific = 3,
    /// 4: without area code.
    LocalPublic = 4,
    /// 5: private, its form unknown: an extension number as dialled.
    #[default]
    UnknownPrivate = 5,
    /// 6: private, complete within the local exchange (level 0).
    LocalPrivate = 6,
    /// 7: private, with a regional prefix (level 1 and above).
    RegionalPrivate = 7,
}

/// The numbering plan (Q.931 section 4.5.8).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum NumberingPlan {
    /// Not told.
    Unknown,
    /// E.164.
    Isdn,
    /// A private plan.
    #[default]
    Private,
}

/// Whether a number may be shown (Q.931 section 4.5.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Presentation {
    /// May be shown.
    #[default]
    Allowed,
    /// Must not be shown (CLIR).
    Restricted,
    /// There is none because of interworking.
    Unavailable,
}

/// Who says that a number is right (Q.931 section 4.5.10).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub enum Screening {
    /// The user, and nobody checked it.
    #[default]
    UserNotScreened,
    /// The user, checked and passed.
    UserVerified,
    /// The user, checked and failed.
    UserFailed,
    /// The network: for an extension, the exchange itself after authentication.
    NetworkProvided,
}

/// A number as a party to a call has it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Number {
    /// The digits, without a leading `+` (that is [`NumberType::International`]).
    pub digits: Digits,
    /// The type.
    pub kind: NumberType,
    /// The plan.
    pub plan: NumberingPlan,
    /// Whether it may be shown.
    pub presentation: Presentation,
    /// Who vouches for it.
    pub screening: Screening,
}

impl Number {
    /// A private number as dialled, its form unknown.
    pub fn private(digits: Digits) -> Self {
        Number { digits, ..Number::default() }
    }

    /// Reads `+49…` as international and anything else as dialled.
    pub fn parse(text: &str) -> Result<Self, DigitsError> {
        match text.strip_prefix('+') {
            Some(rest) => Ok(Number {
                digits: rest.parse()?,
                kind: NumberType::International,
                plan: NumberingPlan::Isdn,
                ..Number::default()
            }),
            None => Ok(Number::private(text.parse()?)),
        }
    }
}

impl FromStr for Number {
    type Err = DigitsError;

    /// As [`Number::parse`].
    fn from_str(text: &str) -> Result<Self, DigitsError> {
        Number::parse(text)
    }
}

impl fmt::Display for Number {
    /// The digits, with `+` in front of an international number.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.kind == NumberType::International {
            f.write_str("+")?;
        }
        f.write_str(self.digits.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_keep_what_a_telephone_can_dial() {
        let digits: Digits = "*21*1001#".parse().unwrap();
        assert_eq!(digits.as_str(), "*21*1001#");
        assert_eq!("12a4".parse::<Digits>().unwrap().as_str(), "12A4");
        assert_eq!("12-4".parse::<Digits>(), Err(DigitsError::NotADigit { character: '-' }));
        assert_eq!("1".repeat(32).parse::<Digits>(), Err(DigitsError::TooLong { length: 32 }));
        assert!(digits.starts_with(&"*21".parse().unwrap()));
        assert_eq!(digits.skip(4).as_str(), "1001#");
    }

    #[test]
    fn a_plus_means_international() {
        let number = Number::parse("+4420").unwrap();
        assert_eq!(number.kind, NumberType::International);
        assert_eq!(number.digits.as_str(), "4420");
        assert_eq!(number.to_string(), "+4420");
        assert_eq!("+4420".parse(), Ok(number));
        assert_eq!(Number::parse("1001").unwrap().kind, NumberType::UnknownPrivate);
    }
}
