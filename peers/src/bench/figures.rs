//! What is measured: a figure has a measure, a load, a server and one value a round.

use serde_json::{Value, json};

use super::calibration;
use super::statistics::{median, spread};

/// A part of the bench; each can be run alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Part {
    /// Reading and writing messages.
    Parse,
    /// Registrations with digest.
    Registrations,
    /// Calls, set up and ended.
    Calls,
    /// Memory that calls take, and what is left of it.
    Memory,
    /// Relayed media.
    Relay,
    /// From nothing to the first answer.
    Start,
    /// The exchange alone, on a large site.
    Exchange,
    /// What the journal costs.
    Journal,
    /// Killed and started again with calls up.
    Restart,
    /// Random interactions in virtual time.
    Random,
}

impl Part {
    /// All, in the order of the page.
    pub const ALL: [Part; 10] = [
        Part::Parse,
        Part::Registrations,
        Part::Calls,
        Part::Memory,
        Part::Relay,
        Part::Start,
        Part::Exchange,
        Part::Journal,
        Part::Restart,
        Part::Random,
    ];

    /// The name on the command line and in files.
    pub fn name(self) -> &'static str {
        match self {
            Part::Parse => "parse",
            Part::Registrations => "registrations",
            Part::Calls => "calls",
            Part::Memory => "memory",
            Part::Relay => "relay",
            Part::Start => "start",
            Part::Exchange => "exchange",
            Part::Journal => "journal",
            Part::Restart => "restart",
            Part::Random => "random",
        }
    }

    /// The part of this name.
    pub fn named(name: &str) -> Option<Part> {
        Part::ALL.into_iter().find(|part| part.name() == name)
    }
}

/// Whose figure it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Server {
    /// The exchange under test.
    Almon,
    /// Kamailio as registrar and proxy, without media.
    Kamailio,
    /// Kamailio, with rtpengine for the media.
    KamailioRtpengine,
    /// The parser of sofia-sip.
    Sofia,
}

impl Server {
    /// All, in the order of columns.
    pub const ALL: [Server; 4] = [Server::Almon, Server::Kamailio, Server::KamailioRtpengine, Server::Sofia];

    /// The name in tables and files.
    pub fn name(self) -> &'static str {
        match self {
            Server::Almon => "Almon",
            Server::Kamailio => "Kamailio",
            Server::KamailioRtpengine => "Kamailio + rtpengine",
            Server::Sofia => "sofia-sip",
        }
    }
}

/// What was measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Measure {
    /// Messages for each second of processor time.
    MessagesPerCpuSecond,
    /// Processor time for each registration or call, in milliseconds.
    CpuEach,
    /// Mean time from the first request to the final answer, in milliseconds; SIPp counts whole ones.
    ResponseTime,
    /// The highest rate that was held, a second.
    HighestRate,
    /// Memory for each registration or call, in KiB.
    MemoryEach,
    /// Memory of all processes, in MiB.
    Memory,
    /// Memory after something, for each of what there was before it.
    MemoryKept,
    /// Processor time in per cent of one core for 100 calls.
    CpuPerHundred,
    /// Packets that did not arrive, in per cent.
    Loss,
    /// Half of the packets took no longer through the server, in milliseconds.
    DelayHalf,
    /// 99 of 100 packets took no longer, in milliseconds.
    DelayNinetyNine,
    /// From the start of the program to its first answer, in seconds.
    FirstAnswer,
    /// The size of the program, in MiB.
    ProgramSize,
    /// Processor time of an event in the exchange, in microseconds.
    EventCost,
    /// Processor time that something adds, in per cent.
    CpuAdded,
    /// What is written to the journal for each call, in KiB.
    JournalEach,
    /// For how long the call thread answers nobody, in milliseconds.
    Pause,
    /// From the start of the program to its word that it is ready, in seconds.
    Ready,
    /// The longest time between two packets that a party of a call hears, in seconds.
    Silence,
    /// Calls of which something is true, in per cent.
    CallsShare,
    /// Random interactions that were tried.
    Interactions,
}

impl Measure {
    /// All.
    pub const ALL: [Measure; 21] = [
        Measure::MessagesPerCpuSecond,
        Measure::CpuEach,
        Measure::ResponseTime,
        Measure::HighestRate,
        Measure::MemoryEach,
        Measure::Memory,
        Measure::MemoryKept,
        Measure::CpuPerHundred,
        Measure::Loss,
        Measure::DelayHalf,
        Measure::DelayNinetyNine,
        Measure::FirstAnswer,
        Measure::ProgramSize,
        Measure::EventCost,
        Measure::CpuAdded,
        Measure::JournalEach,
        Measure::Pause,
        Measure::Ready,
        Measure::Silence,
        Measure::CallsShare,
        Measure::Interactions,
    ];

    /// The name in tables and files, with the unit.
    pub fn name(self) -> &'static str {
        match self {
            Measure::MessagesPerCpuSecond => "messages a CPU second",
            Measure::CpuEach => "CPU ms each",
            Measure::ResponseTime => "request to final answer, whole ms",
            Measure::HighestRate => "highest rate held, a second",
            Measure::MemoryEach => "memory each, KiB",
            Measure::Memory => "memory, MiB",
            Measure::MemoryKept => "memory after for memory before",
            Measure::CpuPerHundred => "CPU-% per 100 calls",
            Measure::Loss => "loss, %",
            Measure::DelayHalf => "delay p50, ms",
            Measure::DelayNinetyNine => "delay p99, ms",
            Measure::FirstAnswer => "start to first answer, s",
            Measure::ProgramSize => "size of the program, MiB",
            Measure::EventCost => "CPU µs an event",
            Measure::CpuAdded => "CPU added, %",
            Measure::JournalEach => "journal each, KiB",
            Measure::Pause => "pause of the call thread, ms",
            Measure::Ready => "start to ready, s",
            Measure::Silence => "longest silence, s",
            Measure::CallsShare => "calls, %",
            Measure::Interactions => "random interactions",
        }
    }

    /// Digits behind the point that the measure is good for.
    pub fn decimals(self) -> usize {
        match self {
            Measure::MessagesPerCpuSecond | Measure::HighestRate | Measure::ResponseTime | Measure::Interactions => 0,
            Measure::Memory
            | Measure::CpuPerHundred
            | Measure::ProgramSize
            | Measure::MemoryEach
            | Measure::CpuAdded
            | Measure::JournalEach
            | Measure::CallsShare => 1,
            Measure::MemoryKept | Measure::EventCost | Measure::Pause => 2,
            Measure::CpuEach
            | Measure::Loss
            | Measure::DelayHalf
            | Measure::DelayNinetyNine
            | Measure::FirstAnswer
            | Measure::Ready
            | Measure::Silence => 3,
        }
    }
}

/// One figure.
#[derive(Clone, Debug, PartialEq)]
pub struct Figure {
    /// What.
    pub measure: Measure,
    /// Under which load, for people.
    pub load: String,
    /// Whose.
    pub server: Server,
    /// A value a round.
    pub values: Vec<f64>,
}

impl Figure {
    /// The middle of its rounds.
    pub fn value(&self) -> f64 {
        median(&self.values)
    }

    /// The lowest and the highest of its rounds.
    pub fn spread(&self) -> (f64, f64) {
        spread(&self.values)
    }
}

/// What a part found.
#[derive(Clone, Debug, PartialEq)]
pub struct PartResult {
    /// Which part.
    pub part: Part,
    /// When it began, UTC.
    pub at: String,
    /// The load average of the last minute when it began.
    pub load_average: f64,
    /// CPU milliseconds of the reference job, at several moments of the part.
    pub calibration: Vec<f64>,
    /// The figures.
    pub figures: Vec<Figure>,
    /// What a reader has to know about this run.
    pub notes: Vec<String>,
    /// False when something that belongs to the part did not run.
    pub complete: bool,
}

impl PartResult {
    /// Nothing found yet.
    pub fn new(part: Part, at: String, load_average: f64) -> PartResult {
        let (calibration, figures, notes) = (Vec::new(), Vec::new(), Vec::new());
        PartResult { part, at, load_average, calibration, figures, notes, complete: true }
    }

    /// Does the reference job once more.
    pub fn calibrate(&mut self) {
        self.calibration.push(calibration::milliseconds());
    }

    /// Adds the value of one round, and prints it.
    pub fn add(&mut self, measure: Measure, load: &str, server: Server, value: f64) {
        eprintln!("   {:22} {load:40} {} {value:.*}", server.name(), measure.name(), measure.decimals(), value = value);
        let same = |figure: &&mut Figure| figure.measure == measure && figure.load == load && figure.server == server;
        match self.figures.iter_mut().find(same) {
            Some(figure) => figure.values.push(value),
            None => self.figures.push(Figure { measure, load: load.to_owned(), server, values: vec![value] }),
        }
    }

    /// Adds a remark.
    pub fn note(&mut self, text: String) {
        eprintln!("   NOTE: {text}");
        if !self.notes.contains(&text) {
            self.notes.push(text);
        }
    }

    /// Says loudly that something did not run.
    pub fn did_not_run(&mut self, text: String) {
        self.complete = false;
        self.note(format!("DID NOT RUN: {text}"));
    }

    /// The value of a figure.
    pub fn value(&self, measure: Measure, load: &str, server: Server) -> Option<f64> {
        let same = |figure: &&Figure| figure.measure == measure && figure.load == load && figure.server == server;
        self.figures.iter().find(same).map(Figure::value)
    }

    /// As JSON.
    pub fn to_json(&self) -> Value {
        let figure = |figure: &Figure| {
            json!({
                "measure": figure.measure.name(),
                "load": figure.load,
                "server": figure.server.name(),
                "values": figure.values,
            })
        };
        json!({
            "part": self.part.name(),
            "at": self.at,
            "load_average": self.load_average,
            "calibration": self.calibration,
            "figures": self.figures.iter().map(figure).collect::<Vec<Value>>(),
            "notes": self.notes,
            "complete": self.complete,
        })
    }

    /// From JSON; none when it is of another shape.
    pub fn from_json(value: &Value) -> Option<PartResult> {
        let numbers = |value: &Value| value.as_array()?.iter().map(Value::as_f64).collect::<Option<Vec<f64>>>();
        let figure = |value: &Value| {
            let (measure, server) = (value["measure"].as_str()?, value["server"].as_str()?);
            Some(Figure {
                measure: Measure::ALL.into_iter().find(|known| known.name() == measure)?,
                load: value["load"].as_str()?.to_owned(),
                server: Server::ALL.into_iter().find(|known| known.name() == server)?,
                values: numbers(&value["values"])?,
            })
        };
        Some(PartResult {
            part: Part::named(value["part"].as_str()?)?,
            at: value["at"].as_str()?.to_owned(),
            load_average: value["load_average"].as_f64()?,
            calibration: numbers(&value["calibration"])?,
            figures: value["figures"].as_array()?.iter().map(figure).collect::<Option<Vec<Figure>>>()?,
            notes: value["notes"]
                .as_array()?
                .iter()
                .map(|note| note.as_str().map(str::to_owned))
                .collect::<Option<_>>()?,
            complete: value["complete"].as_bool()?,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn result() -> PartResult {
        let mut result = PartResult::new(Part::Calls, "2026-01-02 03:04".into(), 0.5);
        result.calibration = vec![80.0, 81.5];
        result.add(Measure::CpuEach, "100 a second", Server::Almon, 0.25);
        result.add(Measure::CpuEach, "100 a second", Server::Almon, 0.75);
        result.add(Measure::CpuEach, "100 a second", Server::Almon, 0.5);
        result.add(Measure::CpuEach, "100 a second", Server::Kamailio, 1.0);
        result.note("a remark".into());
        result
    }

    #[test]
    fn rounds_are_kept_together_and_the_middle_one_counts() {
        let result = result();
        assert_eq!(result.figures.len(), 2);
        assert_eq!(result.value(Measure::CpuEach, "100 a second", Server::Almon), Some(0.5));
        assert_eq!(result.figures[0].spread(), (0.25, 0.75));
        assert_eq!(result.value(Measure::CpuEach, "200 a second", Server::Almon), None);
    }

    #[test]
    fn a_result_survives_its_file() {
        let result = result();
        assert_eq!(PartResult::from_json(&result.to_json()), Some(result));
    }

    #[test]
    fn a_file_of_another_shape_is_none() {
        let mut value = result().to_json();
        value["figures"][0]["measure"] = json!("miles a gallon");
        assert_eq!(PartResult::from_json(&value), None);
    }

    #[test]
    fn what_did_not_run_is_said_and_remembered() {
        let mut result = result();
        result.did_not_run("sipp is missing".into());
        assert!(!result.complete && result.notes.iter().any(|note| note.contains("sipp is missing")));
    }

    #[test]
    fn names_are_unique() {
        let mut names: Vec<&str> = Measure::ALL.iter().map(|measure| measure.name()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), Measure::ALL.len());
    }
}
