//! What Almon has to reach, and whether it does.

use std::fmt::Write;

use super::super::figures::{Figure, Measure, Part, PartResult, Server};

/// An aim: a figure of Almon and its bound.
struct Aim {
    /// For people.
    what: &'static str,
    part: Part,
    measure: Measure,
    load: Load,
    bound: Bound,
}

/// Which loads an aim speaks of.
#[derive(Clone, Copy)]
enum Load {
    /// The one of this name.
    Named(&'static str),
    /// The one whose name begins so.
    Beginning(&'static str),
    /// The highest rate at which Kamailio was measured too.
    HighestShared,
    /// The worst of all.
    Worst,
}

/// The bound of an aim.
#[derive(Clone, Copy)]
enum Bound {
    Most(f64),
    Least(f64),
    /// At most what another server needs in the same run.
    OfPeer(Server),
}

const AIMS: &[Aim] = &[
    Aim {
        what: "an INVITE parsed, read by type and written",
        part: Part::Parse,
        measure: Measure::MessagesPerCpuSecond,
        load: Load::Named(super::super::part::parse::WRITTEN),
        bound: Bound::Least(250_000.0),
    },
    Aim {
        what: "a registration at 4000 a second",
        part: Part::Registrations,
        measure: Measure::CpuEach,
        load: Load::Named("4000 a second"),
        bound: Bound::Most(0.09),
    },
    Aim {
        what: "a registration at any rate measured",
        part: Part::Registrations,
        measure: Measure::CpuEach,
        load: Load::Worst,
        bound: Bound::Most(0.2),
    },
    Aim {
        what: "memory of a registration",
        part: Part::Registrations,
        measure: Measure::MemoryEach,
        load: Load::Worst,
        bound: Bound::Most(2.0),
    },
    Aim {
        what: "a call at the highest rate that Kamailio holds too",
        part: Part::Calls,
        measure: Measure::CpuEach,
        load: Load::HighestShared,
        bound: Bound::Most(0.4),
    },
    Aim {
        what: "a call at any rate measured",
        part: Part::Calls,
        measure: Measure::CpuEach,
        load: Load::Worst,
        bound: Bound::Most(1.0),
    },
    Aim {
        what: "memory of a call, the first after a start",
        part: Part::Memory,
        measure: Measure::MemoryEach,
        load: Load::Named(super::super::part::memory::FIRST),
        bound: Bound::Most(16.0),
    },
    Aim {
        what: "memory after a burst for that before it",
        part: Part::Memory,
        measure: Measure::MemoryKept,
        load: Load::Worst,
        bound: Bound::Most(1.2),
    },
    Aim {
        what: "relay, packets ten together",
        part: Part::Relay,
        measure: Measure::CpuPerHundred,
        load: Load::Named(super::super::part::relay::TOGETHER.0),
        bound: Bound::Most(7.0),
    },
    Aim {
        what: "relay, packets one by one",
        part: Part::Relay,
        measure: Measure::CpuPerHundred,
        load: Load::Named(super::super::part::relay::APART.0),
        bound: Bound::Most(15.0),
    },
    Aim {
        what: "relay delay p99, packets ten together",
        part: Part::Relay,
        measure: Measure::DelayNinetyNine,
        load: Load::Named(super::super::part::relay::TOGETHER.0),
        bound: Bound::OfPeer(Server::KamailioRtpengine),
    },
    Aim {
        what: "relay delay p99, packets one by one",
        part: Part::Relay,
        measure: Measure::DelayNinetyNine,
        load: Load::Named(super::super::part::relay::APART.0),
        bound: Bound::OfPeer(Server::KamailioRtpengine),
    },
    Aim {
        what: "first answer with 2,000 extensions",
        part: Part::Start,
        measure: Measure::FirstAnswer,
        load: Load::Beginning("2000 "),
        bound: Bound::Most(0.1),
    },
    Aim {
        what: "first answer with 15,000 extensions",
        part: Part::Start,
        measure: Measure::FirstAnswer,
        load: Load::Beginning("15000 "),
        bound: Bound::Most(1.0),
    },
    Aim {
        what: "the program",
        part: Part::Start,
        measure: Measure::ProgramSize,
        load: Load::Worst,
        bound: Bound::Most(40.0),
    },
    Aim {
        what: "an event in the exchange, with 15,000 extensions and 2,000 calls",
        part: Part::Exchange,
        measure: Measure::EventCost,
        load: Load::Worst,
        bound: Bound::Most(5.0),
    },
    Aim {
        what: "journal and records, at the worst rate measured",
        part: Part::Journal,
        measure: Measure::CpuAdded,
        load: Load::Worst,
        bound: Bound::Most(15.0),
    },
    Aim {
        what: "calls that go on after a kill",
        part: Part::Restart,
        measure: Measure::CallsShare,
        load: Load::Named(super::super::part::restart::GOING_ON),
        bound: Bound::Least(100.0),
    },
    Aim {
        what: "calls that are ended in order after a kill",
        part: Part::Restart,
        measure: Measure::CallsShare,
        load: Load::Named(super::super::part::restart::ENDED),
        bound: Bound::Least(100.0),
    },
    Aim {
        what: "the same of 2,000 calls after several kills",
        part: Part::Restart,
        measure: Measure::CallsShare,
        load: Load::Named(super::super::part::restart::MANY_ENDED),
        bound: Bound::Least(100.0),
    },
    Aim {
        what: "silence after a kill beyond the time of the start",
        part: Part::Restart,
        measure: Measure::Silence,
        load: Load::Named(super::super::part::restart::SILENCE_BEYOND),
        bound: Bound::Most(0.1),
    },
    Aim {
        what: "start with 15,000 extensions and 2,000 calls to go on with",
        part: Part::Restart,
        measure: Measure::FirstAnswer,
        load: Load::Named(super::super::part::restart::AT_LAST),
        bound: Bound::Most(1.0),
    },
    Aim {
        what: "random interactions after which nothing is left",
        part: Part::Random,
        measure: Measure::Interactions,
        load: Load::Worst,
        bound: Bound::Least(1_000_000.0),
    },
];

/// The table of aims.
pub fn table(results: &[PartResult]) -> String {
    let mut text = "| what | figure | Almon | aim | met |\n|---|---|---:|---:|---|\n".to_owned();
    for aim in AIMS {
        let (value, bound, met) = match results.iter().find(|result| result.part == aim.part) {
            Some(result) => judge(aim, result),
            None => judge(aim, &PartResult::new(aim.part, String::new(), 0.0)),
        };
        let _ = writeln!(text, "| {} | {} | {value} | {bound} | {met} |", aim.what, aim.measure.name());
    }
    text.push('\n');
    text
}

/// Almon's figure, the bound, and whether it is met, as text.
fn judge(aim: &Aim, result: &PartResult) -> (String, String, &'static str) {
    let decimals = aim.measure.decimals();
    let found = figure(aim, result);
    let theirs = |server| {
        let load = &found?.load;
        result.value(aim.measure, load, server)
    };
    let (sign, bound) = match aim.bound {
        Bound::Most(bound) => ("≤", Some(bound)),
        Bound::Least(bound) => ("≥", Some(bound)),
        Bound::OfPeer(server) => ("≤", theirs(server)),
    };
    let bound_text = bound.map_or("the peer's".to_owned(), |bound| format!("{sign} {bound:.decimals$}"));
    let Some((value, bound)) = found.map(Figure::value).zip(bound) else {
        return ("-".to_owned(), bound_text, "not measured");
    };
    let met = if matches!(aim.bound, Bound::Least(_)) { value >= bound } else { value <= bound };
    (format!("{value:.decimals$}"), bound_text, if met { "yes" } else { "NO" })
}

/// The figure of Almon that an aim speaks of.
fn figure<'a>(aim: &Aim, result: &'a PartResult) -> Option<&'a Figure> {
    let own = || {
        let same = |figure: &&Figure| figure.measure == aim.measure && figure.server == Server::Almon;
        result.figures.iter().filter(same)
    };
    match aim.load {
        Load::Named(name) => own().find(|figure| figure.load == name),
        Load::Beginning(name) => own().find(|figure| figure.load.starts_with(name)),
        Load::HighestShared => {
            own().rfind(|figure| result.value(aim.measure, &figure.load, Server::Kamailio).is_some())
        }
        Load::Worst => own().max_by(|one, other| one.value().total_cmp(&other.value())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(part: Part, what: &str, results: &[PartResult]) -> String {
        let wanted = AIMS.iter().find(|aim| aim.part == part && aim.what.contains(what)).expect("an aim").what;
        table(results).lines().find(|line| line.contains(wanted)).expect("a line").to_owned()
    }

    #[test]
    fn a_call_is_judged_at_the_highest_rate_of_both_and_at_its_worst() {
        let mut result = PartResult::new(Part::Calls, String::new(), 0.0);
        for (rate, ours) in [("100 a second", 1.4), ("1600 a second", 0.39), ("3200 a second", 0.2)] {
            result.add(Measure::CpuEach, rate, Server::Almon, ours);
        }
        for rate in ["100 a second", "1600 a second"] {
            result.add(Measure::CpuEach, rate, Server::Kamailio, 0.4);
        }
        let results = [result];
        assert!(of(Part::Calls, "Kamailio holds", &results).ends_with("| 0.390 | ≤ 0.400 | yes |"));
        assert!(of(Part::Calls, "any rate", &results).ends_with("| 1.400 | ≤ 1.000 | NO |"));
    }

    #[test]
    fn a_delay_is_judged_by_the_peer_s_in_the_same_run() {
        let load = super::super::super::part::relay::TOGETHER.0;
        let mut result = PartResult::new(Part::Relay, String::new(), 0.0);
        result.add(Measure::DelayNinetyNine, load, Server::Almon, 0.2);
        assert!(of(Part::Relay, "p99, packets ten", std::slice::from_ref(&result)).ends_with("not measured |"));
        result.add(Measure::DelayNinetyNine, load, Server::KamailioRtpengine, 0.15);
        assert!(of(Part::Relay, "p99, packets ten", &[result]).ends_with("| 0.200 | ≤ 0.150 | NO |"));
    }

    #[test]
    fn more_messages_are_better() {
        let mut result = PartResult::new(Part::Parse, String::new(), 0.0);
        result.add(Measure::MessagesPerCpuSecond, super::super::super::part::parse::WRITTEN, Server::Almon, 300_000.0);
        assert!(of(Part::Parse, "INVITE", &[result]).ends_with("| 300000 | ≥ 250000 | yes |"));
    }

    #[test]
    fn what_was_not_measured_is_not_met() {
        assert_eq!(table(&[]).matches("not measured").count(), AIMS.len());
    }
}
