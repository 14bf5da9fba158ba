//! NTP timestamps: RFC 3550 section 4, and the round trip of section 6.4.1.

use ground::Utc;
use std::time::Duration;

/// Seconds from 1900-01-01 to 1970-01-01.
const EPOCHS: i64 = 2_208_988_800;

/// Seconds since 1900 in 32 bits before and 32 bits after the point. It wraps in 2036.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct NtpTimestamp(pub u64);

/// The middle 32 bits of an [`NtpTimestamp`], or a duration: units of 1/65536 second.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub struct ShortNtp(pub u32);

impl NtpTimestamp {
    /// The timestamp of `utc`, in its 136-year era.
    pub fn from_utc(utc: Utc) -> NtpTimestamp {
        let micros = utc.as_micros();
        let seconds = micros.div_euclid(1_000_000).wrapping_add(EPOCHS) as u32;
        let fraction = (micros.rem_euclid(1_000_000) as u64).wrapping_shl(32).div_ceil(1_000_000);
        NtpTimestamp(u64::from(seconds) << 32 | fraction)
    }

    /// The time nearest to `near`, which settles the era.
    pub fn to_utc(self, near: Utc) -> Utc {
        let reference = near.as_seconds().wrapping_add(EPOCHS);
        let ahead = ((self.0 >> 32) as u32).wrapping_sub(reference as u32).cast_signed();
        let seconds = near.as_seconds().saturating_add(i64::from(ahead));
        let micros = ((self.0 & 0xFFFF_FFFF) * 1_000_000) >> 32;
        Utc::from_micros(seconds.saturating_mul(1_000_000).saturating_add(micros as i64))
    }

    /// The middle 32 bits, which reports carry as the last sender report's time.
    pub fn short(self) -> ShortNtp {
        ShortNtp((self.0 >> 16) as u32)
    }
}

impl ShortNtp {
    /// `duration` in units of 1/65536 second; the longest that fits when it is above 18 hours.
    pub fn from_duration(duration: Duration) -> ShortNtp {
        let units = (duration.as_micros() << 16) / 1_000_000;
        ShortNtp(u32::try_from(units).unwrap_or(u32::MAX))
    }

    /// As a duration.
    pub fn as_duration(self) -> Duration {
        Duration::from_micros((u64::from(self.0) * 1_000_000) >> 16)
    }
}

/// The round trip between the sender of a report and us: arrival minus last sender report minus delay since
/// (RFC 3550 section 6.4.1). Nothing when the other side has had no report from us, or its figures are impossible.
pub fn round_trip(arrival: NtpTimestamp, last_report: ShortNtp, delay: ShortNtp) -> Option<Duration> {
    if last_report == ShortNtp(0) {
        return None;
    }
    let elapsed = arrival.short().0.wrapping_sub(last_report.0);
    elapsed.checked_sub(delay.0).map(|units| ShortNtp(units).as_duration())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_instants() {
        assert_eq!(NtpTimestamp::from_utc(Utc::from_seconds(0)).0, 0x83AA_7E80_0000_0000);
        assert_eq!(NtpTimestamp::from_utc(Utc::from_micros(500_000)).0, 0x83AA_7E80_8000_0000);
        assert_eq!(NtpTimestamp::from_utc(Utc::from_micros(-250_000)).0, 0x83AA_7E7F_C000_0000);
    }

    #[test]
    fn conversion_is_exact_to_the_microsecond_over_the_era_of_2036() {
        for seconds in [0i64, 1_767_225_600, 2_085_978_495, 2_085_978_496, 2_085_978_497, 4_000_000_000] {
            for micros in [0, 1, 333_333, 999_999] {
                let utc = Utc::from_micros(seconds * 1_000_000 + micros);
                let near = Utc::from_seconds(seconds - 1000);
                assert_eq!(NtpTimestamp::from_utc(utc).to_utc(near), utc);
            }
        }
    }

    #[test]
    fn the_round_trip_of_the_standards_example() {
        // RFC 3550 figure 2: A = 0xb710:8000, LSR = 0xb705:2000, DLSR = 0x0005.4000, delay 6.125 s.
        let arrival = NtpTimestamp(0xB710_8000 << 16);
        assert_eq!(
            round_trip(arrival, ShortNtp(0xB705_2000), ShortNtp(0x0005_4000)),
            Some(Duration::from_millis(6125))
        );
        assert_eq!(round_trip(arrival, ShortNtp(0), ShortNtp(0)), None);
        assert_eq!(round_trip(arrival, ShortNtp(0xB710_0000), ShortNtp(0x0001_0000)), None);
    }

    #[test]
    fn durations_saturate() {
        assert_eq!(ShortNtp::from_duration(Duration::from_millis(5250)), ShortNtp(0x0005_4000));
        assert_eq!(ShortNtp::from_duration(Duration::from_secs(70_000)), ShortNtp(u32::MAX));
    }
}
