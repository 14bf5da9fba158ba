//! The site's time zone, looked up once: the pure rooms get its offsets as a table.

use ground::{SiteOffsets, Utc};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

/// So far back, because a time of the past may be asked about.
const BACK: SignedDuration = SignedDuration::from_hours(2 * 366 * 24);
/// So far ahead; a server that runs longer without a restart keeps the last offset.
const AHEAD: SignedDuration = SignedDuration::from_hours(20 * 366 * 24);

/// True when the name is empty or one of the IANA time zone database.
pub fn is_known(name: &str) -> bool {
    name.is_empty() || TimeZone::get(name).is_ok()
}

/// The offsets of a zone around a time; of the machine's own zone when the name is empty, and UTC when that is unknown.
pub fn offsets(name: &str, around: Utc) -> SiteOffsets {
    let zone = match name {
        "" => TimeZone::try_system().unwrap_or(TimeZone::UTC),
        name => TimeZone::get(name).unwrap_or(TimeZone::UTC),
    };
    let around = Timestamp::from_microsecond(around.as_micros()).unwrap_or(Timestamp::UNIX_EPOCH);
    let from = around.checked_sub(BACK).unwrap_or(Timestamp::UNIX_EPOCH);
    let until = around.checked_add(AHEAD).unwrap_or(Timestamp::MAX);
    let minutes = |offset: jiff::tz::Offset| i16::try_from(offset.seconds().div_euclid(60)).unwrap_or(0);
    let changes = zone.following(from).take_while(|change| change.timestamp() < until);
    let changes =
        changes.map(|change| (Utc::from_micros(change.timestamp().as_microsecond()), minutes(change.offset())));
    SiteOffsets::new(minutes(zone.to_offset(from)), changes.collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn summer_time_begins_and_ends() {
        // 2026-01-15, 2026-07-15; the clocks of Central Europe go forward at 01:00 UTC on 2026-03-29.
        let (winter, summer) = (Utc::from_seconds(1_768_478_400), Utc::from_seconds(1_784_116_800));
        let offsets = offsets("Europe/Stockholm", winter);
        assert_eq!((offsets.at(winter), offsets.at(summer)), (60, 120));
        let change = 1_774_746_000;
        assert_eq!((offsets.at(Utc::from_seconds(change - 1)), offsets.at(Utc::from_seconds(change))), (60, 120));
    }

    #[test]
    fn zones_without_summer_time_and_unknown_ones() {
        let now = Utc::from_seconds(1_768_478_400);
        assert_eq!(offsets("Asia/Kolkata", now).at(now), 330);
        assert_eq!(offsets("America/St_Johns", now).at(now), -210);
        assert!(is_known("") && is_known("UTC") && !is_known("Europe/Atlantis"));
    }
}
