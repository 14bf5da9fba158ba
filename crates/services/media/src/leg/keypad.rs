//! Digits that are sent to a leg: as telephone-events (RFC 4733), or as dual tones where none were agreed.

use super::outbound::Outbound;
use super::play::Play;
use crate::sound::{GRID, Library};
use rtp::telephone_event::{Event, EventSender};
use std::collections::VecDeque;
use std::time::Duration;

/// Digits that may wait.
const MOST: usize = 64;
/// Shorter ones are not recognised everywhere (Q.24 table A-1: 40 ms at least).
const SHORTEST: Duration = Duration::from_millis(50);
/// The longest that anybody holds a key.
const LONGEST: Duration = Duration::from_secs(10);
/// Silence between two digits, in grid steps.
const GAP: u64 = 6;
/// -10 dBm0, as our tones (RFC 4733 section 2.3.4: the level without its sign).
const VOLUME: u8 = 10;

/// The digits of a leg.
#[derive(Debug, Default)]
pub(crate) struct Keypad {
    waiting: VecDeque<(char, Duration)>,
    current: Option<Digit>,
    not_before: u64,
}

#[derive(Debug)]
enum Digit {
    Event(EventSender),
    /// The tone, and the grid steps that are left of it.
    Tone(Play, u64),
}

impl Keypad {
    /// Takes a digit; false when it is none, or too many wait.
    pub(crate) fn push(&mut self, digit: char, duration: Duration) -> bool {
        let fits = Event::from_digit(digit).is_some() && self.waiting.len() < MOST;
        if fits {
            self.waiting.push_back((digit.to_ascii_uppercase(), duration.clamp(SHORTEST, LONGEST)));
        }
        fits
    }

    /// True while digits are being sent: nothing else is heard then.
    pub(crate) fn is_busy(&self) -> bool {
        self.current.is_some() || !self.waiting.is_empty()
    }

    /// Writes the packet of `tick`; zero when this tick is silent.
    pub(crate) fn compose(&mut self, tick: u64, outbound: &mut Outbound, library: &Library, out: &mut [u8]) -> usize {
        let first = self.current.is_none();
        if first && !self.begin(tick, outbound, library) {
            return 0;
        }
        let Some(digit) = &mut self.current else { return 0 };
        let (length, done) = match digit {
            Digit::Event(sender) => {
                let (Some(packet), Some(payload_type)) = (sender.next_packet(), outbound.event) else {
                    self.current = None;
                    return 0;
                };
                outbound.head(payload_type, packet.timestamp, packet.marker, 4, out);
                if let Some(payload) = out.get_mut(12..16) {
                    payload.copy_from_slice(&packet.payload.to_bytes());
                }
                (16, sender.is_finished())
            }
            Digit::Tone(play, left) => {
                let Some((law, payload_type)) = outbound.law else {
                    self.current = None;
                    return 0;
                };
                let samples = outbound.samples();
                outbound.head(payload_type, outbound.timestamp(tick), first, samples, out);
                if let Some(payload) = out.get_mut(12..12 + samples) {
                    play.fill(law, payload);
                }
                *left = left.saturating_sub(outbound.steps);
                (12 + samples, *left == 0)
            }
        };
        if done {
            self.current = None;
            self.not_before = tick + outbound.steps + GAP;
            outbound.mark = true;
        }
        length
    }

    /// Takes up the next digit; false when none waits, its time has not come, or the leg takes neither form.
    fn begin(&mut self, tick: u64, outbound: &Outbound, library: &Library) -> bool {
        if tick < self.not_before {
            return false;
        }
        let Some((digit, duration)) = self.waiting.pop_front() else { return false };
        let steps = u64::try_from(duration.as_millis() / 10).unwrap_or(u64::MAX);
        let units = |steps: u64| u32::try_from(steps * GRID as u64).unwrap_or(u32::MAX);
        self.current = match (outbound.event, Event::from_digit(digit), library.key(digit)) {
            (Some(_), Some(event), _) => {
                let interval = u16::try_from(outbound.samples()).unwrap_or(u16::MAX);
                let timestamp = outbound.timestamp(tick);
                Some(Digit::Event(EventSender::new(event, VOLUME, timestamp, interval, Some(units(steps)))))
            }
            (None, _, Some(sound)) if outbound.law.is_some() => {
                Some(Digit::Tone(Play::new(sound.clone(), true), steps))
            }
            _ => None,
        };
        self.current.is_some()
    }
}
