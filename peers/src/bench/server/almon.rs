//! Almon under the bench: a data folder with its extensions, a trunk and a route, made once through the admin socket.

use std::fs;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use peers::Program;
use serde_json::{Value, json};

use super::super::Bench;
use super::{FAR_PORT, FIRST_EXTENSION, Running, password};

/// The longest answer that is read.
const LONGEST: u64 = 64 << 20;
/// Where the configuration says that it listens.
pub const HOME: &str = "127.0.0.1";
/// The socket on which it says that it is ready.
const READY: &str = "ready.sock";
/// How long the admin socket is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The program under test: what `ALMON_BIN` names, or the release build.
pub fn binary(root: &Path) -> io::Result<PathBuf> {
    let named = std::env::var_os("ALMON_BIN").map(PathBuf::from);
    let path = named.unwrap_or_else(|| {
        let target = std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root.join("target"), PathBuf::from);
        target.join("release/almon")
    });
    if path.is_file() {
        return Ok(path);
    }
    Err(io::Error::other("there is no release build of almon: `./x bench` makes it"))
}

/// A fresh data folder with so many extensions, a trunk to the far side and a route for numbers that begin with 2. It is made
/// once and copied after that.
pub fn prepared(bench: &Bench, extensions: usize) -> io::Result<PathBuf> {
    let pattern = bench.folder.path().join(format!("pattern-{extensions}"));
    if !pattern.exists() {
        let making = bench.folder.path().join("making");
        let running = Running::first(|| start(bench, &making, ""))?;
        apply(&making, extensions)?;
        drop(running);
        fs::rename(&making, &pattern)?;
    }
    let data = bench.folder.path().join("almon");
    if data.exists() {
        fs::remove_dir_all(&data)?;
    }
    copy(&pattern, &data)?;
    Ok(data)
}

/// Starts it on a data folder, with more settings than all have.
pub(super) fn start(bench: &Bench, data: &Path, more: &str) -> io::Result<Vec<Program>> {
    start_at(bench, data, more, HOME)
}

/// The same at another address of the loopback, where a second one can run beside the first.
fn start_at(bench: &Bench, data: &Path, more: &str, host: &str) -> io::Result<Vec<Program>> {
    let settings = fs::read_to_string(bench.own("almon.toml"))?.replace(HOME, host);
    let file = bench.folder.path().join(format!("almon-{host}.toml"));
    fs::write(&file, format!("data = {:?}\n{settings}\n{more}", data.display().to_string()))?;
    let mut command = Command::new(&bench.almon);
    command.arg("run").arg("--config").arg(&file);
    // Where somebody waits for the word that it is ready (sd_notify).
    let ready = bench.folder.path().join(READY);
    if ready.exists() {
        command.env("NOTIFY_SOCKET", ready);
    }
    Ok(vec![Program::start("almon", &mut command, bench.folder.path())?])
}

/// Starts it on a data folder and waits for the first answer.
pub fn run(bench: &Bench, data: &Path, more: &str) -> io::Result<Running> {
    Running::first(|| start(bench, data, more))
}

/// Starts one that listens at `host`, on a copy of a data folder.
pub fn run_at(bench: &Bench, data: &Path, more: &str, host: &str) -> io::Result<Running> {
    let own = bench.folder.path().join(format!("almon-{host}"));
    if own.exists() {
        fs::remove_dir_all(&own)?;
    }
    copy(data, &own)?;
    Running::first_at(&super::at(host), || start_at(bench, &own, more, host))
}

/// The same, and how long it took until it said that it was ready.
pub fn run_until_ready(bench: &Bench, data: &Path, more: &str) -> io::Result<(Running, Duration)> {
    let path = bench.folder.path().join(READY);
    let socket = UnixDatagram::bind(&path)?;
    socket.set_read_timeout(Some(PATIENCE * 6))?;
    let begin = Instant::now();
    let waiting = std::thread::spawn(move || {
        let mut buffer = [0; 256];
        while let Ok(length) = socket.recv(&mut buffer) {
            if String::from_utf8_lossy(&buffer[..length]).lines().any(|line| line == "READY=1") {
                return Some(begin.elapsed());
            }
        }
        None
    });
    let running = run(bench, data, more);
    let ready = waiting.join().ok().flatten();
    fs::remove_file(&path)?;
    let ready = ready.ok_or_else(|| io::Error::other("it did not say that it was ready"))?;
    Ok((running?, ready))
}

/// The folder of the journal.
pub fn journal(data: &Path) -> PathBuf {
    data.join("journal")
}

/// The sizes of the files of the journal together.
pub fn journal_bytes(data: &Path) -> io::Result<u64> {
    let sizes = fs::read_dir(journal(data))?.map(|entry| Ok(entry?.metadata()?.len()));
    sizes.sum()
}

/// The number of the last file of the journal.
pub fn journal_files(data: &Path) -> io::Result<Vec<std::ffi::OsString>> {
    let mut names = fs::read_dir(journal(data))?.map(|entry| Ok(entry?.file_name())).collect::<io::Result<Vec<_>>>()?;
    names.sort();
    Ok(names)
}

/// Copies the files of a data folder; sockets and locks are made anew by the server.
pub fn copy(from: &Path, to: &Path) -> io::Result<()> {
    fs::create_dir_all(to)?;
    fs::set_permissions(to, fs::metadata(from)?.permissions())?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let kind = entry.file_type()?;
        let place = to.join(entry.file_name());
        if kind.is_dir() {
            copy(&entry.path(), &place)?;
        } else if kind.is_file() {
            fs::copy(entry.path(), place)?;
        }
    }
    Ok(())
}

/// Adds the extensions, the trunk and the route as one change set.
fn apply(data: &Path, extensions: usize) -> io::Result<()> {
    let answer = ask(data, &change_set(extensions))?;
    match answer.get("applied") {
        Some(_) => Ok(()),
        None => Err(io::Error::other(format!("the change set was not applied: {answer:.300}"))),
    }
}

fn change_set(extensions: usize) -> Value {
    let numbers = FIRST_EXTENSION..FIRST_EXTENSION + extensions;
    let extension = |number: usize| json!({"add-extension": {"number": number.to_string(), "name": "", "max_terminals": 1, "external_calls": true}});
    let mut changes: Vec<Value> = numbers.clone().map(extension).collect();
    changes.push(json!({"add-trunk": {
        "name": "far", "address": format!("127.0.0.1:{FAR_PORT}"), "transport": "udp", "network": 0, "transit": true,
    }}));
    changes.push(json!({"add-route": {
        "name": "far", "prefix": "2", "min_digits": 5, "max_digits": 5, "choices": [{"trunk": "far"}],
    }}));
    let passwords: Vec<Value> = numbers.map(|number| json!([number.to_string(), password(number)])).collect();
    json!({"apply": {"author": "bench", "changes": changes, "passwords": passwords}})
}

/// The number of call records that the store holds, counted up to `limit`.
pub fn records(data: &Path, limit: usize) -> io::Result<usize> {
    let answer = ask(data, &json!({"records": {"limit": limit}}))?;
    let records = answer.get("records").and_then(Value::as_array);
    records.map(Vec::len).ok_or_else(|| io::Error::other(format!("no records: {answer:.300}")))
}

/// One request on the admin socket: a line of JSON each way.
fn ask(data: &Path, request: &Value) -> io::Result<Value> {
    let mut stream = connect(&data.join("almon.sock"))?;
    stream.set_read_timeout(Some(Duration::from_secs(120)))?;
    stream.write_all(format!("{request}\n").as_bytes())?;
    let mut line = String::new();
    BufReader::new(stream.take(LONGEST)).read_line(&mut line)?;
    serde_json::from_str(&line).map_err(io::Error::other)
}

/// Connects to the admin socket, which a server that has just started opens a little after its telephones' ports.
fn connect(socket: &Path) -> io::Result<UnixStream> {
    let begin = Instant::now();
    loop {
        match UnixStream::connect(socket) {
            Err(_) if begin.elapsed() < PATIENCE => std::thread::sleep(Duration::from_millis(5)),
            connected => return connected,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::unix::net::UnixListener;

    #[test]
    fn a_change_set_has_every_extension_with_its_password() {
        let set = change_set(3);
        let (changes, passwords) = (&set["apply"]["changes"], &set["apply"]["passwords"]);
        assert_eq!(changes.as_array().map(Vec::len), Some(5));
        assert_eq!(changes[2]["add-extension"]["number"], "100002");
        assert_eq!(passwords[2], json!(["100002", "bench-100002"]));
        assert!(password(FIRST_EXTENSION).len() >= 8);
    }

    #[test]
    fn a_socket_that_opens_late_is_waited_for() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("almon.sock");
        let late = socket.clone();
        let server = std::thread::spawn(move || {
            std::thread::sleep(Duration::from_millis(50));
            UnixListener::bind(late).unwrap().accept().map(drop)
        });
        assert!(connect(&socket).is_ok());
        server.join().unwrap().unwrap();
    }

    #[test]
    fn a_folder_is_copied_without_sockets() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        fs::create_dir_all(from.join("inner")).unwrap();
        fs::write(from.join("inner/data"), "bell").unwrap();
        let _listener = UnixListener::bind(from.join("almon.sock")).unwrap();
        copy(&from, &to).unwrap();
        assert_eq!(fs::read_to_string(to.join("inner/data")).unwrap(), "bell");
        assert!(!to.join("almon.sock").exists());
    }

    #[test]
    fn a_refused_change_set_is_an_error_that_shows_why() {
        let folder = tempfile::tempdir().unwrap();
        let listener = UnixListener::bind(folder.path().join("almon.sock")).unwrap();
        let server = std::thread::spawn(move || {
            let (stream, _) = listener.accept().unwrap();
            let mut line = String::new();
            BufReader::new(stream.try_clone().unwrap()).read_line(&mut line).unwrap();
            (&stream).write_all(b"{\"refused\":[\"the number is taken\"]}\n").unwrap();
        });
        let error = apply(folder.path(), 1).unwrap_err().to_string();
        assert!(error.contains("the number is taken"), "{error}");
        server.join().unwrap();
    }
}
