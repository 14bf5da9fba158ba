//! Call records in the hands of other programs: Python's csv module, SQLite's and PostgreSQL's own programs read the same calls.

use peers::{Pair, Program, Setup, Site, until};
use serde_json::Value;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

/// What is asked of each database about its records, one line each.
const QUESTION: &str = "SELECT call_id || ' ' || caller || ' ' || dialled || ' ' || condition_code || ' ' || reason || ' ' || \
                        CAST(round(ended_after * 1000000) AS BIGINT) FROM call_record ORDER BY call_id, segment";

/// Calls that are answered, given up and refused, and the program's words for them.
fn calls(pair: &Pair<'_>) -> Vec<Value> {
    pair.call();
    pair.call();
    pair.play("call_and_cancel", "ring_until_cancelled");
    pair.almon.wait_for_records(3)
}

fn say(output: Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

/// What the records say in the words of the question, from the JSON of the command line.
fn wanted(pair: &Pair<'_>) -> Vec<String> {
    let csv = pair.almon.tell(&["calls", "records", "--format", "csv"]);
    let mut lines: Vec<String> = csv
        .lines()
        .filter(|line| !line.starts_with('#'))
        .map(|line| {
            let values: Vec<&str> = line.split(',').collect();
            let micros = values[16].replace('.', "").trim_start_matches('0').to_owned();
            format!("{} {} {} {} {} {micros}", values[0], values[5], values[6], values[4], values[12])
        })
        .collect();
    lines.sort();
    lines
}

#[test]
fn python_and_sqlite_read_every_call() {
    let Some(site) = Site::with(&["sipp", "sqlite3", "python3"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    let records = calls(&pair);
    let wanted = wanted(&pair);
    assert_eq!(wanted.len(), records.len());
    let folder = tempfile::tempdir().unwrap();
    let csv = folder.path().join("records.csv");
    std::fs::write(&csv, pair.almon.tell(&["calls", "records", "--format", "csv"])).unwrap();
    let script = "import csv,sys\n\
        lines=open(sys.argv[1],newline='').read().splitlines(keepends=True)\n\
        names=lines[6][2:].strip().split(', ')\n\
        for r in csv.DictReader(lines[7:],fieldnames=names):\n\
        \x20   assert None not in r and None not in r.values(), r\n\
        \x20   micros=int(r['ended_after'].replace('.',''))\n\
        \x20   print(r['call'],r['caller'],r['dialled'],r['condition_code'],r['reason'],micros)\n";
    let read = say(Command::new("python3").arg("-c").arg(script).arg(&csv).output().unwrap());
    let mut read: Vec<&str> = read.lines().collect();
    read.sort_unstable();
    assert_eq!(read, wanted, "Python's csv");

    let sql = folder.path().join("records.sql");
    std::fs::write(&sql, pair.almon.tell(&["calls", "records", "--format", "sql"])).unwrap();
    let database = folder.path().join("records.db");
    let load = format!(".bail on\n.read {}\n.read {}\n{QUESTION};\n", sql.display(), sql.display());
    let read = say(Command::new("sqlite3")
        .arg(&database)
        .arg("-batch")
        .arg(load_as_argument(&load, folder.path()))
        .output()
        .unwrap());
    assert_eq!(read.lines().collect::<Vec<_>>(), wanted, "SQLite, loaded twice");
    pair.almon.end();
}

/// SQLite's program takes a script as one `.read`.
fn load_as_argument(script: &str, folder: &Path) -> String {
    let path = folder.join("load.txt");
    std::fs::write(&path, script).unwrap();
    format!(".read {}", path.display())
}

/// A PostgreSQL server on a socket in a folder of its own.
struct Postgres {
    folder: tempfile::TempDir,
    programs: PathBuf,
    user: Option<(u32, u32)>,
    server: Option<Program>,
}

impl Postgres {
    /// None, said loudly, where it is not installed.
    fn start() -> Option<Postgres> {
        let versions = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut programs: Vec<PathBuf> = versions.map(|version| version.path().join("bin")).collect();
        programs.retain(|folder| folder.join("initdb").is_file());
        programs.sort();
        let Some(programs) = programs.pop() else {
            peers::require(&["initdb"]);
            return None;
        };
        let folder = tempfile::tempdir().unwrap();
        let mut postgres = Postgres { folder, programs, user: server_user(), server: None };
        if let Some((user, group)) = postgres.user {
            std::os::unix::fs::chown(postgres.folder.path(), Some(user), Some(group)).unwrap();
        }
        let data = postgres.folder.path().join("data");
        say(postgres
            .program("initdb")
            .args(["--no-sync", "--auth=trust", "--username=almon", "-D"])
            .arg(&data)
            .output()
            .unwrap());
        let mut command = postgres.program("postgres");
        command
            .arg("-D")
            .arg(&data)
            .args(["-c", "listen_addresses=", "-c", "fsync=off", "-k"])
            .arg(postgres.folder.path());
        let log = tempfile::tempdir().unwrap();
        postgres.server = Some(Program::start("postgres", &mut command, log.path()).unwrap());
        until("PostgreSQL", Duration::from_secs(30), || postgres.psql("SELECT 1").status.success().then_some(()));
        Some(postgres)
    }

    /// A program of the server, as a user that it accepts.
    fn program(&self, name: &str) -> Command {
        let mut command = Command::new(self.programs.join(name));
        command.current_dir(self.folder.path());
        if let Some((user, group)) = self.user {
            command.uid(user).gid(group);
        }
        command
    }

    fn psql(&self, sql: &str) -> Output {
        let path = self.folder.path().join("question.sql");
        std::fs::write(&path, sql).unwrap();
        let mut command = self.program("psql");
        command.arg("-h").arg(self.folder.path()).args([
            "-U",
            "almon",
            "-d",
            "postgres",
            "-qAt",
            "-v",
            "ON_ERROR_STOP=1",
            "-f",
        ]);
        command.arg(&path).output().unwrap()
    }
}

/// The server refuses to run as root; then the account of its package is used, else this one.
fn server_user() -> Option<(u32, u32)> {
    let users = std::fs::read_to_string("/etc/passwd").unwrap_or_default();
    let root = std::fs::metadata("/proc/self").is_ok_and(|own| std::os::unix::fs::MetadataExt::uid(&own) == 0);
    let line = users.lines().find(|line| line.starts_with("postgres:")).filter(|_| root)?;
    let mut parts = line.split(':').skip(2).map(|part| part.parse().ok());
    Some((parts.next()??, parts.next()??))
}

#[test]
fn postgresql_reads_every_call_and_reads_it_again() {
    let Some(postgres) = Postgres::start() else { return };
    let Some(site) = Site::with(&["sipp"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    calls(&pair);
    let sql = pair.almon.tell(&["calls", "records", "--format", "sql"]);
    say(postgres.psql(&sql));
    say(postgres.psql(&sql));
    let read = say(postgres.psql(QUESTION));
    assert_eq!(read.lines().collect::<Vec<_>>(), wanted(&pair));
    let types =
        say(postgres
            .psql("SELECT count(*), max(utc_start - local_start) IS NOT NULL, sum(duration) > 0 FROM call_record"));
    assert_eq!(types.trim(), "3|t|t", "times are times, durations are numbers");
    pair.almon.end();
}
