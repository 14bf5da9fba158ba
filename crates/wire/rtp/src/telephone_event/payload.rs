//! The payload of an event packet: RFC 4733 section 2.3.

/// An event code; those of digits are in RFC 4733 section 3.2, table 3.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Event(pub u8);

impl Event {
    /// Hook flash.
    pub const FLASH: Event = Event(16);

    const DIGITS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];

    /// The event of a DTMF digit: 0 to 9, `*`, `#`, A to D in either case.
    pub fn from_digit(digit: char) -> Option<Event> {
        let place = Event::DIGITS.iter().position(|&known| known == digit.to_ascii_uppercase())?;
        u8::try_from(place).ok().map(Event)
    }

    /// The DTMF digit of this event, if it is one.
    pub fn digit(self) -> Option<char> {
        Event::DIGITS.get(usize::from(self.0)).copied()
    }
}

/// One report of an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EventPayload {
    /// The event.
    pub event: Event,
    /// True in the last report, which is sent three times.
    pub end: bool,
    /// Power of the tone in dBm0 without its minus sign, 0 to 63; digits only.
    pub volume: u8,
    /// How long the event has lasted since the packet's timestamp, in timestamp units.
    pub duration: u16,
}

impl EventPayload {
    /// Reads the first report of a payload. What follows its four bytes is ignored, also further events that RFC 4733
    /// section 2.5.1.5 lets a sender pack into one packet: digits are not sent so, and trailing bytes must not become any.
    pub fn parse(payload: &[u8]) -> Option<EventPayload> {
        let &[event, flags, high, low] = payload.first_chunk::<4>()?;
        Some(EventPayload {
            event: Event(event),
            end: flags & 0x80 != 0,
            volume: flags & 0x3F,
            duration: u16::from_be_bytes([high, low]),
        })
    }

    /// The four bytes; the volume is at most 63.
    pub fn to_bytes(self) -> [u8; 4] {
        let [high, low] = self.duration.to_be_bytes();
        [self.event.0, u8::from(self.end) << 7 | self.volume.min(0x3F), high, low]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sixteen_digits_have_codes() {
        for (code, digit) in "0123456789*#ABCD".chars().enumerate() {
            assert_eq!(Event::from_digit(digit), Some(Event(code as u8)));
            assert_eq!(Event(code as u8).digit(), Some(digit));
        }
        assert_eq!(Event::from_digit('d'), Some(Event(15)));
        assert_eq!((Event::from_digit('E'), Event::FLASH.digit()), (None, None));
    }

    #[test]
    fn four_bytes_make_a_report() {
        let report = EventPayload { event: Event(11), end: true, volume: 10, duration: 800 };
        assert_eq!(report.to_bytes(), [11, 0x8A, 3, 32]);
        assert_eq!(EventPayload::parse(&[11, 0x8A, 3, 32]), Some(report));
        // The reserved bit and what follows are ignored.
        assert_eq!(EventPayload::parse(&[11, 0xCA, 3, 32, 1, 2]), Some(report));
        assert_eq!(EventPayload::parse(&[11, 0x8A, 3]), None);
        assert_eq!(EventPayload { volume: 255, ..report }.to_bytes()[1], 0xBF);
    }
}
