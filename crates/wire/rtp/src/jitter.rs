//! Interarrival jitter: RFC 3550 section 6.4.1 and appendix A.8.

use ground::Moment;

/// `at` in units of a clock of `clock_rate` hertz, wrapped to 32 bits: comparable to RTP timestamps up to a constant.
pub fn rtp_units(at: Moment, clock_rate: u32) -> u32 {
    (u128::from(at.as_micros()) * u128::from(clock_rate) / 1_000_000) as u32
}

/// The running estimate of one source's jitter.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Jitter {
    transit: Option<u32>,
    /// Sixteen times the jitter, as appendix A.8 keeps it to round well.
    scaled: u32,
}

impl Jitter {
    /// Takes a packet with this timestamp that arrived at `arrival` (in the same units).
    pub fn update(&mut self, arrival: u32, timestamp: u32) {
        let transit = arrival.wrapping_sub(timestamp);
        if let Some(last) = self.transit.replace(transit) {
            let difference = transit.wrapping_sub(last).cast_signed().unsigned_abs();
            self.scaled = self.scaled.saturating_add(difference).saturating_sub((self.scaled.saturating_add(8)) >> 4);
        }
    }

    /// Forgets the last packet but not the estimate: the next packet's timestamp stands in no relation to it.
    pub fn interrupt(&mut self) {
        self.transit = None;
    }

    /// The jitter in timestamp units.
    pub fn value(&self) -> u32 {
        self.scaled >> 4
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_steady_stream_has_no_jitter() {
        let mut jitter = Jitter::default();
        for packet in 0..100u32 {
            jitter.update(1_000_000 + packet * 160, packet.wrapping_mul(160).wrapping_sub(80));
        }
        assert_eq!(jitter.value(), 0);
    }

    #[test]
    fn alternating_delay_converges_to_its_size_and_fades_again() {
        let mut jitter = Jitter::default();
        for packet in 0..500u32 {
            jitter.update(packet * 160 + (packet % 2) * 40, packet * 160);
        }
        assert!((38..=40).contains(&jitter.value()), "{}", jitter.value());
        for packet in 500..1000u32 {
            jitter.update(packet * 160, packet * 160);
        }
        assert_eq!(jitter.value(), 0);
    }

    #[test]
    fn an_interruption_is_no_jitter() {
        let mut jitter = Jitter::default();
        jitter.update(0, 0);
        jitter.interrupt();
        jitter.update(160, 5_000_000);
        assert_eq!(jitter.value(), 0);
    }

    #[test]
    fn arrival_is_counted_in_timestamp_units_without_overflow() {
        assert_eq!(rtp_units(Moment::from_millis(20), 8000), 160);
        assert_eq!(rtp_units(Moment::from_micros(125), 8000), 1);
        let late = rtp_units(Moment::from_micros(u64::MAX - 20_000), 48_000);
        assert_eq!(rtp_units(Moment::from_micros(u64::MAX), 48_000).wrapping_sub(late), 960);
    }
}
