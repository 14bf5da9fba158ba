//! The script `./x`, with every program it calls replaced by one that writes down how it was called.

mod stage;

use stage::Stage;

#[test]
fn alone_it_says_what_it_does() {
    let stage = Stage::new();
    let end = stage.run(&[]);
    assert_eq!(end.code, 0);
    for command in ["run", "test", "check", "bench", "fuzz", "peers"] {
        assert!(end.out.contains(&format!("./x {command} ")), "{command}");
    }
    assert!(end.out.lines().count() < 24, "one screen");
    assert_eq!(stage.calls(), Vec::<String>::new());
}

#[test]
fn an_unknown_command_is_refused_with_the_usage() {
    let end = Stage::new().run(&["dance"]);
    assert_eq!(end.code, 2);
    assert!(end.err.contains("there is no `dance`") && end.err.contains("./x run"));
}

#[test]
fn without_rust_one_line_says_how_to_get_it() {
    let stage = Stage::new().without("cargo").without("rustc");
    for command in ["run", "test", "check"] {
        let end = stage.run(&[command]);
        assert_eq!((end.code, end.err.lines().count()), (1, 1), "{}", end.err);
        assert!(end.err.contains("this machine has none") && end.err.contains("rustup.rs"), "{}", end.err);
    }
}

#[test]
fn a_rust_that_is_too_old_is_named_with_the_one_that_is_wanted() {
    let end = Stage::new().program("rustc", "echo 'rustc 1.63.0 (x 2022)'").run(&["run"]);
    assert_eq!((end.code, end.err.lines().count()), (1, 1), "{}", end.err);
    assert!(end.err.contains("1.63.0") && end.err.contains(env!("CARGO_PKG_RUST_VERSION")), "{}", end.err);
}

#[test]
fn without_a_c_compiler_and_without_root_one_line_says_what_to_install() {
    let end = Stage::new().program("cc", "exit 1").run(&["run"]);
    assert_eq!((end.code, end.err.lines().count()), (1, 1), "{}", end.err);
    assert!(end.err.contains("apt install build-essential"), "{}", end.err);
}

#[test]
fn run_builds_the_release_and_becomes_the_demo_with_its_arguments() {
    let stage = Stage::new().built("release/almon", "echo almon \"$@\"");
    let end = stage.run(&["run", "--address", "192.0.2.1"]);
    assert_eq!((end.code, end.out.as_str()), (0, "almon demo --data ./data --address 192.0.2.1\n"), "{}", end.err);
    assert_eq!(stage.calls(), ["cargo build --quiet --release --package almon"]);
    for arguments in [["--data", "here with a space"].as_slice(), &["--data=here"]] {
        let end = stage.run(&[&["run"], arguments].concat());
        assert_eq!(end.out, format!("almon demo {}\n", arguments.join(" ")));
    }
}

#[test]
fn run_ends_when_the_build_fails() {
    let end = Stage::new().program("cargo", "exit 101").built("release/almon", "echo old").run(&["run"]);
    assert_eq!((end.code, end.out.as_str()), (1, ""));
    assert!(end.err.contains("the build failed"));
}

#[test]
fn test_names_what_it_cannot_install_and_goes_on_to_all_tests() {
    let stage = Stage::new();
    let end = stage.run(&["test"]);
    assert_eq!(end.code, 0, "{}", end.err);
    assert!(
        end.err.contains("NOT INSTALLED: ") && end.err.contains("sip-tester") && end.err.contains("tshark"),
        "{}",
        end.err
    );
    assert!(end.err.lines().last().is_some_and(|line| line.starts_with("DID NOT RUN: ")), "{}", end.err);
    let almon = stage.target("debug/almon");
    assert_eq!(
        stage.calls(),
        [
            "cargo build --quiet --workspace --bins --tests --examples".to_owned(),
            format!("cargo nextest --version with {almon}"),
            format!("cargo nextest run --workspace with {almon}"),
            format!("cargo test --quiet --workspace --doc with {almon}"),
        ]
    );
}

#[test]
fn test_installs_as_root_only_what_is_missing_and_keeps_services_from_starting() {
    let stage = Stage::new()
        .with_root()
        .program("dpkg-query", "case \"$*\" in *tshark*|*sqlite3*) ;; *) printf installed ;; esac");
    let end = stage.run(&["test"]);
    assert_eq!(end.code, 0, "{}", end.err);
    let calls = stage.calls();
    let install = calls.iter().position(|call| call.starts_with("apt-get install")).expect("an installation");
    assert!(calls[install].ends_with(" tshark sqlite3"), "{}", calls[install]);
    assert!(calls[..install].iter().any(|call| call == "tee /usr/sbin/policy-rc.d"), "{calls:?}");
    assert!(calls[install..].iter().any(|call| call == "rm -f /usr/sbin/policy-rc.d"), "{calls:?}");
    assert!(calls[..install].iter().any(|call| call == "debconf-set-selections"));
}

#[test]
fn flags_after_test_choose_among_tests() {
    let stage = Stage::new();
    assert_eq!(stage.run(&["test", "-E", "package(sip)"]).code, 0);
    let last = stage.calls().pop().expect("a call");
    assert!(last.starts_with("cargo nextest run --workspace -E package(sip)"), "{last}");
}

#[test]
fn without_nextest_cargo_runs_the_tests() {
    let stage = Stage::new().program("cargo", "[ \"$1\" != nextest ]");
    assert_eq!(stage.run(&["test"]).code, 0);
    assert!(stage.calls().iter().any(|call| call.starts_with("cargo test --workspace --lib --bins --tests")));
}

#[test]
fn a_failing_test_fails() {
    let end = Stage::new().program("cargo", "[ \"$2\" != run ]").run(&["test"]);
    assert_eq!(end.code, 1);
    assert!(end.err.contains("tests failed"));
}

#[test]
fn an_unattended_run_takes_the_lock_file_as_it_is_and_builds_once() {
    let stage = Stage::new().unattended().built("debug/xtask", "echo xtask \"$@\"");
    let end = stage.run(&["check"]);
    assert_eq!(end.code, 0, "{}", end.err);
    assert_eq!(end.out, "xtask laws --built\nxtask documents --built\n");
    let calls = stage.calls();
    assert!(
        calls.contains(&"cargo build --quiet --workspace --bins --tests --examples --locked".to_owned()),
        "{calls:?}"
    );
    assert!(
        calls.contains(&"cargo clippy --quiet --workspace --all-targets --locked -- -D warnings".to_owned()),
        "{calls:?}"
    );
}

#[test]
fn check_goes_on_after_a_failure_and_names_every_one() {
    let stage = Stage::new().program("cargo", "[ \"$1\" != fmt ] && [ \"$1\" != clippy ]");
    let end = stage.run(&["check"]);
    assert_eq!(end.code, 1);
    assert!(end.err.ends_with("x: failed: format, clippy\n"), "{}", end.err);
    assert!(stage.calls().contains(&"cargo run --quiet --package xtask -- laws".to_owned()));
}

#[test]
fn fuzz_takes_a_target_and_seconds() {
    let stage = Stage::new().built("release/fuzz", "echo fuzz \"$@\"");
    assert_eq!(stage.run(&["fuzz", "sip_message", "5"]).out, "fuzz sip_message 5\n");
    assert_eq!(stage.run(&["fuzz", "sip_message"]).out, "fuzz sip_message 60\n");
    assert_eq!(stage.run(&["fuzz", "sip_message", "5", "77"]).out, "fuzz sip_message 5 77\n");
    assert_eq!(stage.run(&["fuzz", "replay", "sdp", "a file"]).out, "fuzz replay sdp a file\n");
}

#[test]
fn fuzz_alone_tries_every_target_and_names_those_that_found_something() {
    let body = "[ \"$1\" = list ] && { echo rtp; echo sdp; exit 0; }; echo fuzz \"$@\"; [ \"$1\" = sdp ]";
    let end = Stage::new().built("release/fuzz", body).run(&["fuzz"]);
    assert_eq!((end.code, end.out.as_str()), (1, "fuzz rtp 60\nfuzz sdp 60\n"), "{}", end.err);
    assert!(end.err.ends_with("x: failed: fuzz rtp\n"), "{}", end.err);
}

#[test]
fn peers_chooses_by_name() {
    let stage = Stage::new();
    assert_eq!(stage.run(&["peers", "baresip"]).code, 0);
    let last = stage.calls().pop().expect("a call");
    assert!(last.contains("--filterset package(peers) & (test(baresip) | binary(~baresip))"), "{last}");
}
