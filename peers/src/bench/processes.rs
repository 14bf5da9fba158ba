//! What a server costs: processor time and memory of its process and all of that one's children.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::process::Command;
use std::sync::OnceLock;

/// What one line of `/proc/PID/stat` says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Stat {
    process: u32,
    parent: u32,
    /// User and system time, in ticks.
    ticks: u64,
}

/// Reads `/proc/PID/stat`. The name in parentheses may itself hold spaces and parentheses.
fn stat(text: &str) -> Option<Stat> {
    let process = text.split(' ').next()?.parse().ok()?;
    let (_, after) = text.rsplit_once(')')?;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let number = |index: usize| fields.get(index)?.parse::<u64>().ok();
    Some(Stat { process, parent: number(1)? as u32, ticks: number(11)? + number(12)? })
}

/// All processes.
fn all() -> Vec<Stat> {
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let names = entries.flatten().filter_map(|entry| entry.file_name().into_string().ok());
    let processes = names.filter(|name| name.bytes().all(|byte| byte.is_ascii_digit()));
    processes.filter_map(|name| stat(&fs::read_to_string(format!("/proc/{name}/stat")).ok()?)).collect()
}

/// Those of `all` that stem from `roots`, the roots included.
fn tree(roots: &[u32], all: &[Stat]) -> Vec<Stat> {
    let mut children: BTreeMap<u32, Vec<Stat>> = BTreeMap::new();
    for process in all {
        children.entry(process.parent).or_default().push(*process);
    }
    let mut found = BTreeSet::new();
    let mut members: Vec<Stat> = all.iter().copied().filter(|process| roots.contains(&process.process)).collect();
    let mut at = 0;
    while let Some(member) = members.get(at).copied() {
        at += 1;
        if found.insert(member.process) {
            members.extend(children.get(&member.process).into_iter().flatten());
        }
    }
    members.retain(|member| found.remove(&member.process));
    members
}

/// Ticks a second, as `getconf` says.
fn ticks_per_second() -> f64 {
    static TICKS: OnceLock<f64> = OnceLock::new();
    *TICKS.get_or_init(|| {
        let output = Command::new("getconf").arg("CLK_TCK").output().ok();
        let text = output.and_then(|output| String::from_utf8(output.stdout).ok());
        text.and_then(|text| text.trim().parse().ok()).unwrap_or(100.0)
    })
}

/// Processor seconds, user and system, that the processes and their children have used so far.
pub fn cpu_seconds(roots: &[u32]) -> f64 {
    let ticks: u64 = tree(roots, &all()).iter().map(|process| process.ticks).sum();
    ticks as f64 / ticks_per_second()
}

/// Processor seconds that each thread of a process has used so far, by its name, from the scheduler's account in nanoseconds.
/// Threads of one name are added up; one that has ended is not there any more.
pub fn threads(process: u32) -> BTreeMap<String, f64> {
    let mut threads = BTreeMap::new();
    let Ok(tasks) = fs::read_dir(format!("/proc/{process}/task")) else { return threads };
    for task in tasks.flatten() {
        let read = |name: &str| fs::read_to_string(task.path().join(name)).unwrap_or_default();
        if let Some(spent) = read("schedstat").split_whitespace().next().and_then(|text| text.parse::<f64>().ok()) {
            *threads.entry(read("comm").trim().to_owned()).or_default() += spent / 1e9;
        }
    }
    threads
}

/// Processor seconds of the calling thread so far, from the scheduler's account in nanoseconds.
pub fn thread_cpu_seconds() -> f64 {
    let account = fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    account.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

/// Memory of the processes and their children in KiB: proportional set size, in which shared memory counts once.
pub fn memory(roots: &[u32]) -> f64 {
    let rollups = tree(roots, &all()).into_iter().map(|process| format!("/proc/{}/smaps_rollup", process.process));
    rollups.filter_map(|path| proportional(&fs::read_to_string(path).ok()?)).sum()
}

/// Reads the proportional set size out of `smaps_rollup`.
fn proportional(text: &str) -> Option<f64> {
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:"))?;
    line.split_whitespace().next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stat_line_is_read_behind_the_last_parenthesis() {
        let line = "42 (a) (b c) S 7 42 42 0 -1 4194304 1 0 0 0 250 17 9 9 20 0 1 0 5 6 7";
        assert_eq!(stat(line), Some(Stat { process: 42, parent: 7, ticks: 267 }));
        assert_eq!(stat("42 (cut"), None);
        assert_eq!(stat(""), None);
    }

    #[test]
    fn a_tree_is_the_roots_and_what_stems_from_them() {
        let process = |process, parent| Stat { process, parent, ticks: 1 };
        let all = [process(1, 0), process(10, 1), process(11, 10), process(12, 11), process(20, 1), process(13, 10)];
        let members = |roots: &[u32]| {
            let mut found: Vec<u32> = tree(roots, &all).iter().map(|member| member.process).collect();
            found.sort_unstable();
            found
        };
        assert_eq!(members(&[10]), [10, 11, 12, 13]);
        // A root that stems from another root counts once.
        assert_eq!(members(&[10, 11, 20]), [10, 11, 12, 13, 20]);
        assert_eq!(members(&[99]), [0; 0]);
    }

    #[test]
    fn a_process_that_is_its_own_ancestor_does_not_turn_in_circles() {
        let all = [Stat { process: 5, parent: 6, ticks: 1 }, Stat { process: 6, parent: 5, ticks: 1 }];
        assert_eq!(tree(&[5], &all).len(), 2);
    }

    #[test]
    fn memory_is_read_from_the_rollup() {
        let text = "55d0-7ffd ---p 00000000 00:00 0 [rollup]\nRss:   900 kB\nPss:   512 kB\nPss_Dirty: 3 kB\n";
        assert_eq!(proportional(text), Some(512.0));
        assert_eq!(proportional("Rss: 1 kB\n"), None);
    }

    #[test]
    fn threads_are_known_by_their_names() {
        let (tell, told) = std::sync::mpsc::sync_channel::<()>(1);
        let work = move || {
            let begin = std::time::Instant::now();
            while begin.elapsed().as_millis() < 30 {
                std::hint::black_box(begin);
            }
            told.recv()
        };
        let thread = std::thread::Builder::new().name("strowger".to_owned()).spawn(work).unwrap();
        std::thread::sleep(std::time::Duration::from_millis(60));
        let found = threads(std::process::id());
        assert!(found.get("strowger").is_some_and(|spent| *spent > 0.0), "{found:?}");
        drop(tell);
        assert!(thread.join().unwrap().is_err());
        assert!(threads(u32::MAX).is_empty());
    }

    #[test]
    fn this_process_costs_something() {
        let own = [std::process::id()];
        let before = cpu_seconds(&own);
        let begin = std::time::Instant::now();
        while begin.elapsed().as_millis() < 60 {
            std::hint::black_box(begin);
        }
        assert!(cpu_seconds(&own) > before);
        assert!(memory(&own) > 100.0);
    }
}
