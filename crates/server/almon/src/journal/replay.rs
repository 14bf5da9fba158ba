//! Feeds a journal to an exchange and compares what comes out with what came out then.

use super::BUILD;
use super::player::{PlayError, Played, Player, Step};
use ground::{Now, Utc};
use journal::{End, HeaderError, Reader};
use serde::Serialize;
use std::fmt;

/// Why a file is not replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReplayError {
    /// Its head cannot be read.
    Head(HeaderError),
    /// Another build wrote it.
    OtherBuild {
        /// That build.
        build: String,
    },
    /// It is damaged.
    Damaged {
        /// Where, in bytes.
        at: usize,
    },
    /// A message in it cannot be played.
    Unplayable {
        /// Where it begins, in bytes.
        at: usize,
        /// Why.
        error: PlayError,
    },
}

impl fmt::Display for ReplayError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ReplayError::Head(error) => write!(f, "{error}"),
            ReplayError::OtherBuild { build } => write!(f, "written by build {build}; this is build {BUILD}"),
            ReplayError::Damaged { at } => write!(f, "damaged at byte {at}"),
            ReplayError::Unplayable { at, error } => write!(f, "at byte {at}: {error}"),
        }
    }
}

impl std::error::Error for ReplayError {}

/// The first record of which something else came out.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Difference {
    /// Its number among the records that were played, from 1.
    pub record: u64,
    /// Where it begins in the file, in bytes.
    pub at: usize,
    /// How many outputs stand in the journal, and how many came out.
    pub outputs: (u32, u32),
}

/// What was replayed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// Inputs and times at which timers were due.
    pub records: u64,
    /// What came out of them.
    pub outputs: u64,
    /// Records of which something else came out.
    pub different: u64,
    /// The first of them.
    pub first: Option<Difference>,
    /// Where a message begins that is not whole: the normal end after a kill.
    pub cut: Option<usize>,
    /// The process ended in order.
    pub ended: bool,
    /// The calls in progress at the end.
    pub calls: usize,
}

/// Opens a file that this build wrote.
pub fn open(bytes: &[u8]) -> Result<Reader<'_>, ReplayError> {
    let reader = Reader::new(bytes).map_err(ReplayError::Head)?;
    let build = &reader.header().build;
    if build != BUILD {
        return Err(ReplayError::OtherBuild { build: build.clone() });
    }
    Ok(reader)
}

/// Replays a file, at most `until` records; `each` is shown every record that the exchange saw, with its number.
pub fn replay(
    bytes: &[u8],
    until: Option<u64>,
    mut each: impl FnMut(u64, &Played),
) -> Result<(Player, Report), ReplayError> {
    let mut reader = open(bytes)?;
    let (mut player, mut report) = (Player::new(), Report::default());
    for message in reader.by_ref() {
        if until.is_some_and(|until| report.records >= until) {
            break;
        }
        let step = player.play(&message).map_err(|error| ReplayError::Unplayable { at: message.at, error })?;
        let Step::Played(played) = step else { continue };
        report.records += 1;
        report.outputs += u64::from(played.replayed.count);
        if !played.agrees() {
            report.different += 1;
            let outputs = (played.recorded.count, played.replayed.count);
            report.first.get_or_insert(Difference { record: report.records, at: message.at, outputs });
        }
        each(report.records, &played);
    }
    match reader.end() {
        Some(End::Damaged { at }) => return Err(ReplayError::Damaged { at }),
        Some(End::Cut { at }) => report.cut = Some(at),
        Some(End::Clean) | None => {}
    }
    if let Some(state) = player.state() {
        report.ended = state.ended;
        report.calls = state.desk.live().calls();
    }
    Ok((player, report))
}

/// The time to go on with: that of the last record, and what passed since by the wall clock. The clock of the machine may have been
/// set back meanwhile, but time never goes back here.
pub fn moment_after(last: Now, utc: Utc) -> ground::Moment {
    let passed = utc.as_micros().saturating_sub(last.utc.as_micros());
    last.moment + std::time::Duration::from_micros(u64::try_from(passed).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::Moment;

    #[test]
    fn time_goes_on_by_the_wall_clock_and_never_back() {
        let last = Now { moment: Moment::from_millis(5000), utc: Utc::from_seconds(1000) };
        assert_eq!(moment_after(last, Utc::from_seconds(1003)), Moment::from_millis(8000));
        assert_eq!(moment_after(last, Utc::from_seconds(900)), Moment::from_millis(5000));
    }
}
