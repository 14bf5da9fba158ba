//! What a leg receives: which payload types mean what, and the statistics of reception (RFC 3550 section 6.4.1).

use ground::Moment;
use media_plan::{Codec, CodecName};
use rtp::telephone_event::EventReceiver;
use rtp::{RtpPacket, Source};

/// What a payload type means to a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Payload {
    /// Nothing that was agreed: refused.
    #[default]
    Unknown,
    /// Speech, or comfort noise.
    Audio,
    /// Keypad events (RFC 4733).
    Event,
}

/// The most packets that are taken from a leg between two rounds of the thread: twenty times what speech in packets of 10 ms
/// needs. A description that leads back to our own ports would otherwise turn two legs into a circle that never rests.
const ALLOWANCE: u16 = 200;

/// The receiving half of a leg.
#[derive(Debug)]
pub(crate) struct Inbound {
    payloads: [Payload; 128],
    clock_rate: u32,
    source: Option<Source>,
    /// Lost of sources that were replaced.
    lost_before: u64,
    /// Packets that may still be taken before the next round.
    allowance: u16,
    /// Packets taken.
    pub(crate) received: u64,
    /// Packets dropped because of source, form or payload type.
    pub(crate) refused: u64,
    /// When the last packet was taken, or when waiting began.
    pub(crate) last: Moment,
    /// Silence was reported.
    pub(crate) silence_told: bool,
    /// Reads keypad events while digits are collected.
    pub(crate) events: Option<EventReceiver>,
}

impl Inbound {
    /// Nothing agreed, nothing received.
    pub(crate) fn new(now: Moment) -> Self {
        Inbound {
            payloads: [Payload::Unknown; 128],
            clock_rate: 8000,
            source: None,
            lost_before: 0,
            allowance: ALLOWANCE,
            received: 0,
            refused: 0,
            last: now,
            silence_told: false,
            events: None,
        }
    }

    /// These codecs were agreed.
    pub(crate) fn agree(&mut self, codecs: &[Codec]) {
        self.payloads = [Payload::Unknown; 128];
        for codec in codecs {
            if let Some(slot) = self.payloads.get_mut(usize::from(codec.payload_type)) {
                *slot = match codec.name {
                    CodecName::TelephoneEvent => Payload::Event,
                    _ => Payload::Audio,
                };
            }
        }
        if let Some(first) = codecs.iter().find(|codec| codec.is_audio()) {
            self.clock_rate = first.clock_rate.max(1);
        }
    }

    /// What a payload type means.
    pub(crate) fn payload(&self, payload_type: u8) -> Payload {
        self.payloads.get(usize::from(payload_type)).copied().unwrap_or_default()
    }

    /// The payload type of keypad events; 128, which no packet has, when there is none.
    pub(crate) fn event_number(&self) -> u8 {
        let place = self.payloads.iter().position(|payload| *payload == Payload::Event);
        place.and_then(|place| u8::try_from(place).ok()).unwrap_or(128)
    }

    /// Takes one packet from the allowance; false when it is used up, and then the packet is counted as refused.
    pub(crate) fn admit(&mut self) -> bool {
        let admitted = self.allowance > 0;
        self.allowance = self.allowance.saturating_sub(1);
        self.refused += u64::from(!admitted);
        admitted
    }

    /// A round has passed.
    pub(crate) fn renew(&mut self) {
        self.allowance = ALLOWANCE;
    }

    /// Counts a packet that is taken.
    pub(crate) fn count(&mut self, packet: &RtpPacket<'_>, payload: Payload, now: Moment) {
        self.received += 1;
        self.last = now;
        if self.source.as_ref().is_none_or(|source| source.ssrc() != packet.ssrc()) {
            self.lost_before += self.lost_now();
            self.source = Some(Source::new(packet.ssrc(), packet.sequence(), self.clock_rate, now));
        }
        // The timestamp of an event is that of its beginning (RFC 4733 section 2.2.2): it says nothing about delay.
        let timestamp = (payload == Payload::Audio).then(|| packet.timestamp());
        if let Some(source) = &mut self.source {
            source.receive(packet.sequence(), timestamp, now);
        }
    }

    fn lost_now(&self) -> u64 {
        self.source.as_ref().map_or(0, |source| u64::try_from(source.lost()).unwrap_or(0))
    }

    /// Packets missing in the numbers received.
    pub(crate) fn lost(&self) -> u64 {
        self.lost_before + self.lost_now()
    }

    /// Interarrival jitter in microseconds.
    pub(crate) fn jitter_micros(&self) -> u64 {
        let units = self.source.as_ref().map_or(0, |source| u64::from(source.jitter()));
        units * 1_000_000 / u64::from(self.clock_rate)
    }
}
