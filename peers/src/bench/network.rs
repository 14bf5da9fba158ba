//! A network of the bench's own: a namespace with nothing but the loopback, so that the usual ports are free and nobody listens.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;
use std::process::Command;

use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};

/// What the names of our namespaces begin with; the process follows.
const PREFIX: &str = "almon-bench-";

/// The namespace, removed when dropped.
pub struct Network {
    name: String,
}

impl Network {
    /// Makes a namespace and enters it with the calling thread: threads and programs started from now on are inside.
    pub fn enter() -> io::Result<Network> {
        sweep();
        let network = Network { name: format!("{PREFIX}{}", std::process::id()) };
        ip(&["netns", "add", &network.name])
            .map_err(|error| io::Error::other(format!("no network of its own: {error} (the bench runs as root)")))?;
        let file = File::open(format!("/run/netns/{}", network.name))?;
        move_into_link_name_space(file.as_fd(), Some(LinkNameSpaceType::Network))?;
        ip(&["link", "set", "lo", "up"])?;
        Ok(network)
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // The process ends: a namespace that stays is removed by the next run.
        let _ = ip(&["netns", "del", &self.name]);
    }
}

/// Removes the namespaces of runs that were killed.
fn sweep() {
    let Ok(entries) = std::fs::read_dir("/run/netns") else { return };
    for name in entries.flatten().filter_map(|entry| entry.file_name().into_string().ok()) {
        if left_behind(&name, |process| std::path::Path::new("/proc").join(process).exists()) {
            let _ = ip(&["netns", "del", &name]);
        }
    }
}

fn left_behind(name: &str, runs: impl Fn(&str) -> bool) -> bool {
    name.strip_prefix(PREFIX).is_some_and(|process| !runs(process))
}

fn ip(words: &[&str]) -> io::Result<()> {
    let program = peers::find("ip").ok_or_else(|| io::Error::other("ip is missing (apt install iproute2)"))?;
    let output = Command::new(program).args(words).output()?;
    if output.status.success() {
        return Ok(());
    }
    Err(io::Error::other(format!("ip {}: {}", words.join(" "), String::from_utf8_lossy(&output.stderr).trim())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_our_dead_left_is_removed() {
        let runs = |process: &str| process == "7";
        assert!(left_behind("almon-bench-8", runs));
        assert!(!left_behind("almon-bench-7", runs));
        assert!(!left_behind("somebody-else", runs));
    }
}
