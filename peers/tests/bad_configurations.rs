//! A configuration that cannot be right is refused with one clear message that names what is wrong.

use peers::{Site, binary};
use std::process::Command;
use std::time::Duration;

/// What is wrong with the file, and the words that must stand in the message.
const WRONG: [(&str, &[&str]); 12] = [
    ("data = \"/tmp\"\n[[network]]\nadresses = [\"192.0.2.1\"]\n", &["line 3", "adresses"]),
    ("data = \"/tmp\"\nthis is no TOML\n", &["line 2"]),
    ("data = 5\n", &["line 1", "data"]),
    ("network = []\n", &["network"]),
    ("[[network]]\nname = \"a\"\naddresses = []\n", &["network", "a", "addresses"]),
    ("[[network]]\nname = \"a\"\naddresses = [\"192.0.2.300\"]\n", &["line 3"]),
    ("[[network]]\nname = \"a\"\naddresses = [\"192.0.2.1\"]\ndigest = [\"SHA-1\"]\n", &["line 4", "SHA-1"]),
    ("[sip]\nmin-expires = 5\n", &["min-expires", "60"]),
    ("[ports.services.media]\nport = \"20000-20010\"\n", &["media"]),
    ("[ports.services.sip-udp]\nport = 70000\n", &["70000"]),
    ("[ports.services.sip-telepathy]\nport = 7000\n", &["sip-telepathy"]),
    ("[tls]\ncertificate = \"a.pem\"\n", &["certificate", "key"]),
];

/// Runs the server with this file; its exit code and what it printed.
fn run(site: &Site, text: &str) -> (Option<i32>, String) {
    let config = site.folder().join("almon.toml");
    std::fs::write(&config, text).unwrap();
    let mut command = Command::new(binary());
    command.arg("run").arg("--config").arg(&config).arg("--data").arg(site.folder().join("data"));
    let mut program = site.exchange().start("run", command);
    let status = program.wait(Duration::from_secs(15));
    // The log of the next run is its own.
    let said = program.log();
    std::fs::remove_file(site.exchange().folder("logs").join("run.log")).unwrap();
    (status.map(|status| status.code().unwrap_or(-1)), said)
}

#[test]
fn each_is_refused_by_name() {
    let Some(site) = Site::with(&[]) else { return };
    for (text, words) in WRONG {
        let (code, said) = run(&site, text);
        assert!(code.is_some_and(|code| code != 0), "started with {text:?}: {said}");
        assert!(said.contains("almon.toml") || words[0] == "network", "the file is named: {said}");
        let missing: Vec<&&str> = words.iter().filter(|word| !said.contains(**word)).collect();
        assert!(missing.is_empty(), "{missing:?} is not in the message about {text:?}: {said}");
        assert!(!said.contains("panicked") && said.lines().count() < 12, "one clear message: {said}");
    }
}

#[test]
fn what_is_not_on_this_machine_is_refused_by_name() {
    let Some(site) = Site::with(&[]) else { return };
    let missing = "[tls]\ncertificate = \"/nowhere/a.pem\"\nkey = \"/nowhere/b.pem\"\n";
    let wrong = [
        ("[[network]]\nname = \"a\"\naddresses = [\"198.51.100.77\"]\n".to_owned(), "198.51.100.77"),
        (format!("[[network]]\nname = \"a\"\naddresses = [\"192.0.2.1\"]\n{missing}"), "/nowhere/a.pem"),
        ("[log]\nfilter = \"=loud=\"\n".to_owned(), "filter"),
        ("[media]\nmusic = \"/nowhere/music.wav\"\n".to_owned(), "/nowhere/music.wav"),
    ];
    for (text, word) in wrong {
        let (code, said) = run(&site, &text);
        assert!(code.is_some_and(|code| code != 0), "started with {text:?}: {said}");
        assert!(said.contains(word) && !said.contains("panicked"), "{word} is not in {said}");
    }
}

#[test]
fn the_example_is_a_good_configuration() {
    let Some(site) = Site::with(&[]) else { return };
    let example = Command::new(binary()).args(["config", "example"]).output().unwrap();
    assert!(example.status.success());
    let file = site.folder().join("example.toml");
    std::fs::write(&file, &example.stdout).unwrap();
    let check =
        Command::new(binary()).args(["--config", &file.display().to_string(), "config", "check"]).output().unwrap();
    assert!(check.status.success(), "{}", String::from_utf8_lossy(&check.stderr));
}
