//! The page `docs/performance.md`, printed from what is kept.

mod aims;
mod tables;

use std::fmt::Write;
use std::fs;
use std::io;

use super::figures::{Part, PartResult};
use super::keep::Keep;
use super::machine::{Machine, package_version};
use super::statistics::spread;

/// What stands before the figures.
const HEAD: &str = "# Performance\n\n\
    This page is the output of `./x bench`: figures of Almon, and of other people's programs that did the same work at the same\n\
    rates in the same run on the same machine.\n\n";

/// How a part is introduced.
fn about(part: Part) -> (&'static str, &'static str) {
    match part {
        Part::Parse => (
            "Messages",
            "An INVITE of 856 bytes is parsed; parsed and its nine most needed headers read by type; then also written again,\n\
             header by header. sofia-sip reads all headers by type when it parses, and writes from the texts that it kept.",
        ),
        Part::Registrations => (
            "Registrations",
            "SIPp registers telephones over UDP, each with a challenge and MD5 (which is all that Debian's SIPp knows): two\n\
             requests and two answers. Almon writes registrations to its store; Kamailio keeps them in memory alone. Memory is\n\
             that of the first registration of each telephone.",
        ),
        Part::Calls => (
            "Calls",
            "SIPp calls SIPp through the server, over UDP, and hangs up at once: INVITE, 180, 200, ACK, BYE, 200 on each side.\n\
             Almon is in both dialogs, takes ports for the media of every call and keeps its record in the store. (Its ports rest\n\
             for two seconds after a call; the bench gives it 19,400, by default there are 8,192.) Kamailio alone relays the\n\
             signalling; with rtpengine it takes ports too. A rate is held when at most one of 200 calls fails, at most one\n\
             message for each 50 calls is sent again, and the load comes to its end in time.",
        ),
        Part::Memory => (
            "Memory and idle calls",
            "Calls are set up at 100 a second and stay while memory is measured, first in a server that has just started, then as\n\
             many again; nobody speaks. In the first round Almon's ring of recent messages fills too (8 MiB by default). Memory\n\
             before and after the burst is compared in the server that had those calls before.",
        ),
        Part::Relay => (
            "Relayed media",
            "100 two-legged calls in G.711: 10,000 packets a second come in and as many go out. The bench speaks and listens\n\
             itself and counts every packet; the delay is from before its sending to after its receiving and includes the\n\
             wake-up of the listener. Packets that leave together let a server receive several at once; those of real telephones\n\
             come one by one. rtpengine runs in user space.",
        ),
        Part::Start => (
            "Start",
            "From the start of the program to its first answer to OPTIONS, asked every 2 ms. Kamailio has no extensions here: it\n\
             computes passwords. With rtpengine, the time includes 0.3 s that Kamailio is started later.",
        ),
        Part::Exchange => (
            "The exchange alone",
            "Whole calls, hold, both transfers, calls that are given up, vacant numbers and trunk calls, all inputs recorded first\n\
             and then given to a fresh exchange: no sockets, no lines, no engine. An event is one input, from a line or from the media\n\
             engine. Nothing else runs in between, so that its memory stays in the caches more than it does in a server.",
        ),
        Part::Journal => (
            "Journal and records",
            "The same load as under Calls, against servers with and without a journal, which take turns. CPU is that of all threads, from\n\
             the scheduler's account. Records cannot be switched off: what their thread computes is counted as theirs. What the call thread\n\
             does to hand over records and dialogs, it does in both cases; it is not in what is added. These calls have no media and\n\
             end at once: one that is talked through costs more, and journal and records are a smaller part of it.",
        ),
        Part::Restart => (
            "Killed and started again",
            "kill -9 with calls up, and a start on the same data folder at once. The 200 calls have sound both ways all the time, from\n\
             before the kill until after it; what each of the 400 parties hears is timed, and has to come from the port that it sends to.\n\
             Ready is the moment at which the service manager is told so. The pause of the call thread is the longest answer to OPTIONS,\n\
             asked more than a thousand times a second, around the moment of a snapshot.",
        ),
        Part::Random => (
            "Random interactions",
            "Calls, hold, transfers, cancels, lost messages and restarts at random, in virtual time. The run fails when anything is left in a\n\
             table, a port is not back, a segment has no or two records, or a replay of the journal says something else.",
        ),
    }
}

/// Writes the page of everything that is kept.
pub fn write(keep: &Keep) -> io::Result<()> {
    let results = keep.all();
    if let Some(folder) = keep.page().parent() {
        fs::create_dir_all(folder)?;
    }
    fs::write(keep.page(), text(&results, &Machine::here(), &programs()))?;
    eprintln!("== {}", keep.page().display());
    Ok(())
}

/// The others with their versions, as far as they are installed.
fn programs() -> Vec<String> {
    let packages = ["kamailio", "rtpengine-daemon", "libsofia-sip-ua-dev", "sip-tester"];
    let named = |name: &str| package_version(name).map(|version| format!("{name} {version}"));
    packages.into_iter().filter_map(named).collect()
}

fn text(results: &[PartResult], machine: &Machine, programs: &[String]) -> String {
    let mut page = HEAD.to_owned();
    let _ = writeln!(
        page,
        "Machine: {} cores ({}), {} GiB of memory, Linux {}. Others: {}.\n",
        machine.cores,
        machine.processor,
        (machine.memory + 512) / 1024,
        machine.kernel,
        if programs.is_empty() { "none installed".to_owned() } else { programs.join(", ") }
    );
    page += "## Aims\n\n";
    page += &aims::table(results);
    for result in results {
        part(&mut page, result);
    }
    page += "## How it is measured\n\n";
    page += HOW;
    page
}

fn part(page: &mut String, result: &PartResult) {
    let (title, words) = about(result.part);
    let (lowest, highest) = spread(&result.calibration);
    let _ = writeln!(page, "## {title}\n\n{words}\n");
    page.push_str(&tables::of(result));
    for note in &result.notes {
        let _ = writeln!(page, "- {note}");
    }
    if !result.notes.is_empty() {
        page.push('\n');
    }
    let _ = writeln!(
        page,
        "Measured {} UTC; load average before it {:.1}; reference job {lowest:.1} to {highest:.1} ms.\n",
        result.at, result.load_average
    );
}

/// The end of the page.
const HOW: &str = "\
- Everything runs in a network namespace that has only a loopback; the load runs on the same machine and is not counted.\n\
  Servers and load have a higher priority (nice -15) than whatever else runs there.\n\
- CPU is user and system time of the server's process and all its children, from `/proc/PID/stat` unless another source is named. On a loopback the kernel\n\
  charges the delivery of a packet to its sender: a relay pays for the delivery to the far end, and the load for that to the relay.\n\
- Memory is the proportional set size from `/proc/PID/smaps_rollup`, in which shared pages count once.\n\
- Where a part has several rounds, a figure is the middle one, with the lowest and highest in brackets where they differ by\n\
  more than a tenth. The ratio is Almon's figure for the other's.\n\
- The reference job is a fixed piece of arithmetic, measured several times in each part. When its times differ much the machine\n\
  was busy with something else and the figures are worth less; between machines it tells how fast a core is.\n\
- At low rates every server pays for wake-ups: compare at equal rates alone.\n\
- `./x bench PART` measures one part anew, `./x bench --short` shows in some minutes that everything runs. The servers'\n\
  configurations and the load's scenarios are in `peers/bench/`; every result is a line in `target/bench/results.jsonl`.\n";

#[cfg(test)]
mod tests {
    use super::super::figures::{Measure, Server};
    use super::*;

    fn machine() -> Machine {
        Machine { cores: 2, processor: "Step, 2.6 GHz".into(), kernel: "6.1.0".into(), memory: 24_000 }
    }

    #[test]
    fn the_page_has_machine_aims_tables_and_remarks() {
        let mut result = PartResult::new(Part::Calls, "2026-01-02 03:04".into(), 0.25);
        result.calibration = vec![50.0, 60.0];
        result.add(Measure::CpuEach, "1600 a second", Server::Almon, 0.2);
        result.add(Measure::CpuEach, "1600 a second", Server::Kamailio, 0.4);
        result.did_not_run("Kamailio + rtpengine: it is not installed".into());
        let page = text(&[result], &machine(), &["kamailio 5.6".to_owned()]);
        for wanted in [
            "2 cores (Step, 2.6 GHz), 23 GiB of memory, Linux 6.1.0",
            "kamailio 5.6",
            "## Calls",
            "- DID NOT RUN: Kamailio + rtpengine",
            "load average before it 0.2",
            "reference job 50.0 to 60.0 ms",
        ] {
            assert!(page.contains(wanted), "{wanted} is not in {page}");
        }
    }

    #[test]
    fn a_page_without_results_says_that_nothing_was_measured() {
        let page = text(&[], &machine(), &[]);
        assert!(page.contains("none installed") && page.contains("not measured"), "{page}");
    }
}
