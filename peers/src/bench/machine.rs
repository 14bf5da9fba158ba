//! What the figures were measured on.

use std::process::Command;

/// What a reader needs to know of the machine.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Machine {
    /// Processors.
    pub cores: usize,
    /// Their model, as they call themselves.
    pub processor: String,
    /// The kernel's release without what its maker appended.
    pub kernel: String,
    /// Memory in MiB.
    pub memory: u64,
}

impl Machine {
    /// Asks the system.
    pub fn here() -> Machine {
        let read = |path: &str| std::fs::read_to_string(path).unwrap_or_default();
        let processors = read("/proc/cpuinfo");
        Machine {
            cores: std::thread::available_parallelism().map_or(1, usize::from),
            processor: processor(&processors),
            kernel: kernel(&read("/proc/sys/kernel/osrelease")),
            memory: memory(&read("/proc/meminfo")),
        }
    }
}

/// The model with the nominal rate in GHz, which virtual machines leave out of the name.
fn processor(text: &str) -> String {
    let field = |name: &str| {
        let line = text.lines().find(|line| line.split(':').next().is_some_and(|key| key.trim() == name));
        line.and_then(|line| line.split_once(':')).map(|(_, value)| value.trim().to_owned())
    };
    let model = field("model name").unwrap_or_else(|| "unknown processor".to_owned());
    match field("cpu MHz").and_then(|rate| rate.parse::<f64>().ok()) {
        Some(rate) if !model.contains("GHz") => format!("{model}, {:.1} GHz", rate / 1000.0),
        _ => model,
    }
}

fn kernel(release: &str) -> String {
    release.trim().split('-').next().unwrap_or_default().to_owned()
}

fn memory(text: &str) -> u64 {
    let line = text.lines().find_map(|line| line.strip_prefix("MemTotal:"));
    line.and_then(|line| line.split_whitespace().next()?.parse::<u64>().ok()).unwrap_or(0) / 1024
}

/// The load average of the last minute.
pub fn load_average() -> f64 {
    let text = std::fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').next().and_then(|first| first.parse().ok()).unwrap_or(0.0)
}

/// The version of an installed Debian package.
pub fn package_version(name: &str) -> Option<String> {
    let output = Command::new("dpkg-query").args(["-W", "-f", "${Version}", name]).output().ok()?;
    let version = String::from_utf8(output.stdout).ok()?;
    (output.status.success() && !version.is_empty()).then_some(version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_processor_is_named_with_its_rate() {
        let text = "processor\t: 0\nmodel\t\t: 6\nmodel name\t: Strowger(R) Step Processor\ncpu MHz\t\t: 2599.998\n";
        assert_eq!(processor(text), "Strowger(R) Step Processor, 2.6 GHz");
        assert_eq!(processor("model name : Step @ 2.0GHz\ncpu MHz : 1000"), "Step @ 2.0GHz");
        assert_eq!(processor(""), "unknown processor");
    }

    #[test]
    fn a_kernel_loses_what_was_appended() {
        assert_eq!(kernel("6.1.0-31-amd64\n"), "6.1.0");
        assert_eq!(kernel("6.18\n"), "6.18");
    }

    #[test]
    fn memory_is_read_in_mebibytes() {
        assert_eq!(memory("MemTotal:       2097152 kB\nMemFree: 1 kB\n"), 2048);
        assert_eq!(memory(""), 0);
    }

    #[test]
    fn this_machine_answers() {
        let here = Machine::here();
        assert!(here.cores >= 1 && here.memory > 0 && !here.kernel.is_empty());
        assert!(package_version("no-such-package-anywhere").is_none());
    }
}
