//! What happens to the data: a crash, a full disk, a locked database, a second server. Calls go on, nothing is lost.

use peers::{Almon, Pair, Program, Setup, Sipp, Site, binary, until};
use std::fs::File;
use std::io::Write;
use std::process::Command;
use std::time::Duration;

/// How long the store may take to notice, and to recover.
const RECOVERY: Duration = Duration::from_secs(40);
/// The size of the small file system, in KiB.
const SPACE: u32 = 6 * 1024;

fn outcome_counts(almon: &Almon<'_>, outcome: &str) -> usize {
    almon.records().iter().filter(|record| record["outcome"] == outcome).count()
}

/// How many records say that the server ended in the middle of it.
fn interrupted(almon: &Almon<'_>) -> usize {
    let reason = |record: &serde_json::Value| record["reason"].as_str().unwrap_or_default().to_lowercase();
    almon.records().iter().filter(|record| reason(record) == "interrupted").count()
}

fn alarms(almon: &Almon<'_>) -> String {
    almon.json(&["status"])["alarms"].to_string()
}

#[test]
fn killed_while_a_telephone_rings() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut pair = Pair::new(&site, Setup::default());
    pair.call();
    pair.almon.wait_for_records(1);
    let ring = pair.called("ring_until_cancelled").start();
    let call = pair.caller("call_refused").key("status", "503").start();
    pair.almon.wait_for_calls(1);
    // Registrations and open records are written behind, in batches.
    std::thread::sleep(Duration::from_millis(1500));
    pair.almon.kill();
    pair.almon.run();
    // Nobody knows any more what was under way: both sides are told that it has ended.
    ring.finish();
    call.finish();
    assert_eq!((pair.almon.telephones("1001"), pair.almon.telephones("1002")), (1, 1), "registrations survive");
    let records = pair.almon.wait_for_records(2);
    assert_eq!(outcome_counts(&pair.almon, "answered"), 1, "{records:#?}");
    assert_eq!(interrupted(&pair.almon), 1, "{records:#?}");
    // Nobody has registered again.
    pair.call();
    pair.almon.wait_for_records(3);
    pair.almon.stop();
    pair.almon.run();
    assert_eq!(interrupted(&pair.almon), 1, "an open segment is closed once");
    pair.almon.end();
}

#[test]
fn stopped_and_started_again() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut pair = Pair::new(&site, Setup::default());
    pair.call();
    pair.almon.stop();
    pair.almon.run();
    assert_eq!(pair.almon.wait_for_records(1)[0]["outcome"], "answered");
    pair.call();
    pair.almon.wait_for_records(2);
    pair.almon.end();
}

#[test]
fn the_disk_is_full() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup { space: Some(SPACE), ..Setup::default() });
    pair.call();
    pair.almon.wait_for_records(1);
    let filler = pair.almon.data().join("filler");
    let mut file = File::create(&filler).unwrap();
    while file.write_all(&[b'x'; 512]).is_ok() {}
    drop(file);
    let (_, answer) = pair.play("call", "answer");
    assert_eq!(answer.retransmissions, 0, "calls do not wait for the disk");
    until("the log says that the disk is full", RECOVERY, || pair.almon.log().contains("disk-full").then_some(()));
    assert!(alarms(&pair.almon).contains("disk-full"), "{}", alarms(&pair.almon));
    let doctor = pair.almon.command_with(&["--config", &pair.almon.config().display().to_string(), "doctor"], "");
    assert!(doctor.is_err(), "the doctor finds it: {doctor:?}");
    let added = pair.almon.command_with(&["extension", "add", "1003", "--password-stdin"], "secret-of-1003\n");
    let refusal = added.expect_err("what cannot be kept is not promised");
    assert!(
        refusal.text.contains("full") || refusal.text.contains("disk") || refusal.text.contains("space"),
        "{refusal}"
    );
    pair.call();
    std::fs::remove_file(&filler).unwrap();
    until("the store works again", RECOVERY, || (pair.almon.records().len() == 3).then_some(()));
    until("the alarm is over", RECOVERY, || (!alarms(&pair.almon).contains("disk-full")).then_some(()));
    pair.almon.extension("1003");
    pair.almon.end();
}

#[test]
fn another_program_locks_the_database() {
    let Some(site) = Site::with(&["sipp", "sqlite3"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    pair.call();
    pair.almon.wait_for_records(1);
    let mut sqlite = Command::new("sqlite3");
    sqlite.arg(pair.almon.data().join("almon.db"));
    let mut other = Program::start("sqlite3", &mut sqlite, site.folder()).unwrap();
    other.say("BEGIN IMMEDIATE;").unwrap();
    other.say("SELECT 'locked by the other';").unwrap();
    let told = until("sqlite3 answers", RECOVERY, || Some(other.log()).filter(|log| log.contains('\n')));
    if told.contains("database is locked") {
        // The server keeps everybody else out: then nobody can lock it.
        pair.call();
        pair.almon.wait_for_records(2);
        return pair.almon.end();
    }
    assert!(told.contains("locked by the other"), "{told}");
    pair.call();
    until("the log says that the store does not answer", RECOVERY, || {
        let log = pair.almon.log();
        (log.contains("store-unavailable") || log.contains("locked")).then_some(())
    });
    let (_, answer) = pair.play("call", "answer");
    assert_eq!(answer.retransmissions, 0, "calls do not wait for the database");
    other.say("ROLLBACK;").unwrap();
    until("what waited is written", RECOVERY, || (pair.almon.records().len() == 3).then_some(()));
    until("the alarm is over", RECOVERY, || (!alarms(&pair.almon).contains("store-unavailable")).then_some(()));
    pair.almon.end();
}

#[test]
fn a_second_server_on_the_same_folder() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let host = site.host();
    let config = site.folder().join("second.toml");
    std::fs::write(&config, Setup::default().configuration(&pair.almon.data(), &[host.v4()])).unwrap();
    let mut command = Command::new(binary());
    command.arg("run").arg("--config").arg(&config);
    let mut second = host.start("second", command);
    let status = second.wait(Duration::from_secs(20)).expect("the second server ends by itself");
    assert!(!status.success(), "{status}");
    let said = second.log();
    let folder = pair.almon.data().display().to_string();
    assert!(
        said.contains(&folder) && (said.contains("lock") || said.contains("use") || said.contains("another")),
        "{said}"
    );
    assert!(!said.contains("panicked"), "{said}");
    pair.call();
    pair.almon.wait_for_records(1);
    pair.almon.end();
}

#[test]
fn an_address_that_is_taken() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let data = site.folder().join("other-data");
    std::fs::create_dir_all(&data).unwrap();
    let config = site.folder().join("second.toml");
    std::fs::write(&config, Setup::default().configuration(&data, &[site.exchange().v4()])).unwrap();
    let mut command = Command::new(binary());
    command.arg("run").arg("--config").arg(&config);
    let mut second = site.exchange().start("second", command);
    let status = second.wait(Duration::from_secs(20)).expect("the second server ends by itself");
    let said = second.log();
    assert!(!status.success() && said.contains("5060") && said.contains("192.0.2.1"), "{status}: {said}");
    pair.call();
    pair.almon.end();
}

#[test]
fn changes_made_by_the_command_line_survive() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let mut almon = Almon::with_extensions(&site, &["1001"]);
    almon.tell(&["service", "add", "600", "echo"]);
    almon.kill();
    almon.run();
    let host = site.host();
    Sipp::register(&host, site.exchange().sip(5060), "1001");
    Sipp::new(&host, "call").towards(site.exchange().sip(5060)).user("1001").dial("600").hold(300).run();
    almon.wait_for_records(1);
    almon.end();
}
