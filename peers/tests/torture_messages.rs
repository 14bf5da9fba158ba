//! The torture messages of RFC 4475, each followed by a call that works: over UDP and over TCP.
//!
//! The published messages are data and not part of this repository: `ALMON_VECTORS` names the folder that holds them, else
//! `../shared/vectors` beside the repository is tried, and when they are absent this says so loudly. The repository's own
//! messages with the same traits always run.

use peers::{Host, Pair, Setup, Site};
use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpStream, UdpSocket};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// How long an answer may take.
const WAIT: Duration = Duration::from_millis(150);
/// What is malformed beyond doubt and must be answered 400 over UDP.
const BAD_REQUESTS: [&str; 8] = ["badinv01", "clerr", "ncl", "scalar02", "mismatch01", "insuf", "multi01", "mcl01"];
/// Requests that are valid, however odd, and get an answer.
const VALID: [&str; 10] =
    ["wsinv", "intmeth", "esc01", "escnull", "esc02", "lwsdisp", "longreq", "semiuri", "transports", "mpart01"];
/// Responses, which are never answered.
const RESPONSES: [&str; 5] = ["unreason", "noreason", "scalarlg", "bigcode", "bcast"];
/// What must not be accepted.
const INVALID: [&str; 15] = [
    "badinv01",
    "clerr",
    "ncl",
    "scalar02",
    "quotbal",
    "ltgtruri",
    "lwsruri",
    "lwsstart",
    "trws",
    "regbadct",
    "badaspec",
    "badvers",
    "mismatch01",
    "mismatch02",
    "insuf",
];

/// Statuses by message.
type Answers = BTreeMap<String, Vec<u16>>;

fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).canonicalize().expect("the repository").parent().expect("its root").to_owned()
}

/// The messages of a folder by name.
fn messages(folder: &Path) -> Vec<(String, Vec<u8>)> {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let mut files: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    files.retain(|path| path.extension().is_some_and(|ending| ending == "dat" || ending == "sip"));
    files.sort();
    let name = |path: &PathBuf| path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
    files.iter().map(|path| (name(path), std::fs::read(path).expect("a file is read"))).collect()
}

fn own() -> Vec<(String, Vec<u8>)> {
    let own = messages(&Path::new(env!("CARGO_MANIFEST_DIR")).join("../crates/wire/sip/tests/torture/rfc4475"));
    let own = if own.is_empty() { messages(&repository().join("crates/wire/sip/tests/torture/rfc4475")) } else { own };
    assert_eq!(own.len(), 49, "one of the repository's own messages for each section of RFC 4475");
    own.into_iter().map(|(name, text)| (name, wire(&String::from_utf8(text).expect("text")))).collect()
}

/// The bytes of one of our own: line ends become CRLF, `\xHH` is a byte, `@LENGTH@` the length of the body.
fn wire(text: &str) -> Vec<u8> {
    let (head, body) = text.split_once("\n\n").expect("a file has an empty line");
    let body = unescape(body);
    [unescape(&head.replace("@LENGTH@", &body.len().to_string())), b"\r\n\r\n".to_vec(), body].concat()
}

fn unescape(text: &str) -> Vec<u8> {
    let text = text.replace('\n', "\r\n");
    let mut parts = text.split("\\x");
    let mut bytes = parts.next().unwrap_or_default().as_bytes().to_vec();
    for part in parts {
        match part.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok()) {
            Some(byte) => {
                bytes.push(byte);
                bytes.extend_from_slice(&part.as_bytes()[2..]);
            }
            None => bytes.extend_from_slice(format!("\\x{part}").as_bytes()),
        }
    }
    bytes
}

/// The published messages, or none, said loudly.
fn published() -> Option<Vec<(String, Vec<u8>)>> {
    let named = std::env::var_os("ALMON_VECTORS").map(PathBuf::from);
    let folder = named.unwrap_or_else(|| repository().join("../shared/vectors")).join("sip/rfc4475");
    let found = messages(&folder);
    if found.is_empty() {
        eprintln!("**********\nDID NOT RUN: the messages of RFC 4475 are not in {}\n**********", folder.display());
        return None;
    }
    assert_eq!(found.len(), 49, "RFC 4475 has 49 messages");
    Some(found)
}

/// Sends each over UDP, then calls; gives the answers, which go to the source at the port of the Via (RFC 3261 18.2.2).
fn over_udp(pair: &mut Pair<'_>, stranger: &Host, messages: &[(String, Vec<u8>)]) -> Answers {
    let socket = stranger.inside(|| UdpSocket::bind(stranger.sip(5060)).expect("a free port"));
    let seconds = || SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a clock").as_secs_f64();
    let mut times = Vec::new();
    for (name, bytes) in messages {
        times.push((seconds(), name));
        socket.send_to(bytes, pair.server).unwrap_or_else(|error| panic!("{name}: {error}"));
        std::thread::sleep(WAIT);
        pair.call();
    }
    let filter = format!("sip.Status-Code && ip.dst == {}", stranger.v4());
    let rows = pair.almon.captured().fields(&filter, &["frame.time_epoch", "sip.Status-Code"]);
    let mut answers: Answers = messages.iter().map(|(name, _)| (name.clone(), Vec::new())).collect();
    for row in rows {
        let (at, status): (f64, u16) = (row[0].parse().expect("a time"), row[1].parse().expect("a status"));
        let Some((_, name)) = times.iter().rfind(|(sent, _)| *sent <= at) else { continue };
        answers.entry((*name).clone()).or_default().push(status);
    }
    answers
}

/// Sends each over a TCP connection of its own, then calls.
fn over_tcp(pair: &Pair<'_>, stranger: &Host, messages: &[(String, Vec<u8>)]) -> Answers {
    let mut answers = Answers::new();
    for (name, bytes) in messages {
        let told = stranger.inside(|| exchange(pair.server, bytes));
        let statuses = told.lines().filter_map(|line| line.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok());
        answers.insert(name.clone(), statuses.collect());
        pair.call();
    }
    answers
}

fn exchange(server: SocketAddr, bytes: &[u8]) -> String {
    let mut stream =
        TcpStream::connect_timeout(&server, Duration::from_secs(3)).expect("the server accepts connections");
    stream.set_read_timeout(Some(WAIT)).expect("a time-out is set");
    let mut told = Vec::new();
    // It may close the connection before everything was sent.
    let _ = stream.write_all(bytes);
    let mut buffer = [0; 4096];
    while let Ok(length @ 1..) = stream.read(&mut buffer) {
        told.extend_from_slice(&buffer[..length]);
    }
    let _ = stream.shutdown(Shutdown::Both);
    String::from_utf8_lossy(&told).into_owned()
}

fn is_success(status: &u16) -> bool {
    (200..300).contains(status)
}

fn judge(answers: &Answers, datagrams: bool) {
    for (name, statuses) in answers {
        eprintln!("{name}: {statuses:?}");
    }
    let of = |name: &str| answers[name].clone();
    let mut wrong = Vec::new();
    let mut must = |holds: bool, name: &str, what: &str| {
        if !holds {
            wrong.push(format!("{name}: {:?}, {what}", of(name)));
        }
    };
    for name in INVALID {
        must(!of(name).iter().any(is_success), name, "is invalid and must not succeed");
    }
    for name in RESPONSES {
        must(of(name).is_empty(), name, "is a response and must not be answered");
    }
    for name in VALID {
        must(!of(name).is_empty(), name, "is valid and must be answered");
    }
    if datagrams {
        for name in BAD_REQUESTS {
            must(of(name).first() == Some(&400), name, "must be answered 400");
        }
        must(of("dblreq").len() == 1, "dblreq", "what follows the body of a datagram is no second request");
    }
    must(of("badvers").first() == Some(&505), "badvers", "must be answered 505");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn our_own_over_udp() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (mut pair, messages) = (Pair::new(&site, Setup::default()), own());
    let answers = over_udp(&mut pair, &site.host(), &messages);
    assert!(answers.values().filter(|statuses| !statuses.is_empty()).count() > 25, "{answers:?}");
    pair.almon.wait_for_records(messages.len());
    pair.almon.end();
}

#[test]
fn our_own_over_tcp() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let (pair, messages) = (Pair::new(&site, Setup::default()), own());
    let answers = over_tcp(&pair, &site.host(), &messages);
    assert!(answers.values().filter(|statuses| !statuses.is_empty()).count() > 20, "{answers:?}");
    pair.almon.wait_for_records(messages.len());
    pair.almon.end();
}

#[test]
fn the_published_over_udp() {
    let (Some(messages), Some(site)) = (published(), Site::with(&["sipp"])) else { return };
    let mut pair = Pair::new(&site, Setup::default());
    let answers = over_udp(&mut pair, &site.host(), &messages);
    judge(&answers, true);
    pair.almon.wait_for_records(messages.len());
    pair.almon.end();
}

#[test]
fn the_published_over_tcp() {
    let (Some(messages), Some(site)) = (published(), Site::with(&["sipp"])) else { return };
    let pair = Pair::new(&site, Setup::default());
    let answers = over_tcp(&pair, &site.host(), &messages);
    judge(&answers, false);
    pair.almon.wait_for_records(messages.len());
    pair.almon.end();
}
