//! What a test against a real program needs on this machine.

use std::io::Write;
use std::path::PathBuf;

/// Programs and the Debian packages they are in, where the names differ.
const PACKAGES: &[(&str, &str)] =
    &[("nft", "nftables"), ("ip", "iproute2"), ("ss", "iproute2"), ("sipp", "sip-tester"), ("initdb", "postgresql")];

/// Folders that hold system programs and are not in every user's PATH.
const SYSTEM_FOLDERS: &[&str] = &["/usr/local/sbin", "/usr/sbin", "/sbin"];

/// Whether all `programs` are installed. If not, says loudly that the test did not run, with the packages to install.
///
/// # Panics
///
/// When a program is missing and the environment has `CI=true` or `ALMON_PEERS=required`.
pub fn require(programs: &[&str]) -> bool {
    let missing: Vec<String> = programs.iter().filter(|program| find(program).is_none()).map(|p| wanted(p)).collect();
    missing.is_empty() || did_not_run(&missing.join(", "), required())
}

/// Whether the test runs as root, which network namespaces need. If not, says loudly that it did not run.
///
/// # Panics
///
/// When it does not and the environment has `CI=true` or `ALMON_PEERS=required`.
pub fn require_root() -> bool {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    is_root(&status) || did_not_run("it must be run as root, to make network namespaces", required())
}

/// Reads the effective user from the content of `/proc/self/status`.
fn is_root(status: &str) -> bool {
    let uids = status.lines().find_map(|line| line.strip_prefix("Uid:"));
    uids.and_then(|uids| uids.split_ascii_whitespace().nth(1)) == Some("0")
}

/// Where a program is: in PATH, or in a folder of system programs.
pub fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = std::env::split_paths(&path).chain(SYSTEM_FOLDERS.iter().map(PathBuf::from));
    folders.map(|folder| folder.join(program)).find(|file| file.is_file())
}

fn wanted(program: &str) -> String {
    let package = PACKAGES.iter().find(|(name, _)| *name == program).map_or(program, |(_, package)| package);
    format!("{program} is missing (apt install {package})")
}

fn required() -> bool {
    let is = |name: &str, value: &str| std::env::var(name).is_ok_and(|found| found == value);
    is("CI", "true") || is("ALMON_PEERS", "required")
}

/// Prints the banner; false, so that the test can end.
fn did_not_run(what: &str, required: bool) -> bool {
    // The test's own thread bears its name.
    let test = std::thread::current().name().unwrap_or("a test").to_owned();
    tell(&banner(&test, what), required, &mut std::io::stderr())
}

fn banner(test: &str, what: &str) -> String {
    format!("DID NOT RUN: {test}: {what}")
}

fn tell(banner: &str, required: bool, out: &mut impl Write) -> bool {
    assert!(!required, "{banner}");
    let line = "*".repeat(banner.len());
    // Where not even standard error can be written there is nobody to tell.
    let _ = writeln!(out, "{line}\n{banner}\n{line}");
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_that_is_there_is_found_and_another_is_not() {
        assert!(find("sh").is_some());
        assert_eq!(find("no-such-program"), None);
    }

    #[test]
    fn what_is_missing_is_named_with_its_package() {
        assert_eq!(wanted("nft"), "nft is missing (apt install nftables)");
        assert_eq!(wanted("baresip"), "baresip is missing (apt install baresip)");
    }

    #[test]
    fn the_effective_user_decides() {
        assert!(is_root("Name:\tx\nUid:\t1000\t0\t0\t0\n"));
        assert!(!is_root("Name:\tx\nUid:\t0\t1000\t0\t0\n"));
        assert!(!is_root(""));
    }

    #[test]
    fn a_test_that_cannot_run_says_so_and_goes_on() {
        let mut out = Vec::new();
        let banner = banner("calls", "sipp is missing (apt install sip-tester)");
        assert!(!tell(&banner, false, &mut out));
        let told = String::from_utf8(out).unwrap();
        let expected = ["DID", "NOT RUN: calls: sipp is missing (apt install sip-tester)"].join(" ");
        assert_eq!(told.lines().nth(1), Some(expected.as_str()));
    }

    #[test]
    #[should_panic(expected = "nothing is there")]
    fn where_peers_are_required_it_fails() {
        tell("nothing is there", true, &mut Vec::new());
    }
}
