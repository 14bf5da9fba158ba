//! Reading and writing messages: an INVITE of 856 bytes is parsed; parsed and read by type; parsed, read by type and written.
//! sofia-sip, in the same run, reads the same bytes in a small C program that is compiled here.

use std::fs;
use std::hint::black_box;
use std::io;
use std::path::PathBuf;
use std::process::Command;

use bytes::Bytes;
use sip::{Builder, HeaderName, Message};

use super::super::Bench;
use super::super::figures::{Measure, PartResult, Server};
use super::super::processes::thread_cpu_seconds;

/// The size of the message.
const SIZE: usize = 856;
/// Names of the loads.
pub const PARSE: &str = "parse";
/// Names of the loads.
pub const TYPED: &str = "parse and type";
/// Names of the loads.
pub const WRITTEN: &str = "parse, type and serialise";

/// Runs the part. Both sides take turns, so that a busy moment hits both.
pub fn run(bench: &Bench, result: &mut PartResult) -> io::Result<()> {
    let message = invite();
    let program = sofia(bench, &message, result)?;
    let seconds = bench.pick(2.0, 0.5);
    for _ in 0..3 {
        ours(&message, seconds, result);
        if let Some(program) = &program {
            theirs(program, bench, seconds, result)?;
        }
    }
    Ok(())
}

/// The message: a call between two telephones of history through an edge proxy.
fn invite() -> Bytes {
    let body = "v=0\r\no=lamarr 1941 1 IN IP4 192.0.2.42\r\ns=-\r\nc=IN IP4 192.0.2.42\r\nt=0 0\r\n\
        m=audio 22222 RTP/AVP 9 8 0 101\r\na=rtpmap:9 G722/8000\r\na=rtpmap:101 telephone-event/8000\r\n\
        a=fmtp:101 0-15\r\na=ptime:20\r\n";
    let head = format!(
        "INVITE sip:meucci@campus.example.org;user=phone SIP/2.0\r\n\
         Via: SIP/2.0/UDP 192.0.2.42:5062;branch=z9hG4bK1a2b3c4d5e6f;rport\r\n\
         Route: <sip:edge.example.org;transport=udp;lr>\r\nMax-Forwards: 70\r\n\
         From: \"Hedy Lamarr\" <sip:lamarr@campus.example.org>;tag=hop88\r\n\
         To: \"Antonio Meucci\" <sip:meucci@campus.example.org>\r\n\
         Call-ID: 1941-spread-spectrum@192.0.2.42\r\nCSeq: 21 INVITE\r\n\
         Contact: <sip:lamarr@192.0.2.42:5062;transport=udp>\r\n\
         Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, INFO, UPDATE\r\nSupported: timer, replaces\r\n\
         Content-Type: application/sdp\r\nContent-Length: {}\r\n",
        body.len()
    );
    let fixed = head.len() + "User-Agent: \r\n\r\n".len() + body.len();
    let agent: String = "desk telephone ".chars().cycle().take(SIZE.saturating_sub(fixed)).collect();
    Bytes::from(format!("{head}User-Agent: {agent}\r\n\r\n{body}"))
}

fn parse(message: &Bytes) -> Message {
    Message::parse_datagram(black_box(message).clone()).expect("a message")
}

/// Reads the headers that every call needs; the sum depends on all of them.
fn read(message: &Message) -> usize {
    let text = |found: Option<usize>| found.expect("the header is there");
    let via = message.top_via().ok().and_then(|via| via.branch().map(str::len));
    let from = message.from().ok().and_then(|from| from.tag().map(str::len));
    let to = message.to().ok().map(|to| to.uri().host_text().len());
    let call = message.call_id().ok().map(|call| call.as_str().len());
    let sequence = message.cseq().ok().map(|sequence| sequence.number as usize);
    let contact = message.contact().ok().and_then(|contact| contact.uri().user().map(str::len));
    let routes: usize = message.routes().map(|route| route.expect("a route").uri().host_text().len()).sum();
    let hops = message.max_forwards().ok().flatten().map(usize::from);
    let length = message.declared_length();
    [via, from, to, call, sequence, contact, hops, length].into_iter().map(text).sum::<usize>() + routes
}

/// Writes the message anew, header by header, as one that passes a call on does.
fn write(message: &Message) -> Bytes {
    let (method, target) = (message.method().expect("a request"), message.request_uri().expect("a URI"));
    let mut builder = Builder::request(method, target);
    for line in message.header_lines() {
        match line.name {
            // The builder counts for itself.
            HeaderName::ContentLength => {}
            HeaderName::Other => {
                builder.header_named(line.name_text, String::from_utf8_lossy(line.value));
            }
            name => {
                builder.header_bytes(name, line.value);
            }
        }
    }
    builder.finish_with(message.body())
}

fn ours(message: &Bytes, seconds: f64, result: &mut PartResult) {
    let mut add = |load, work: &dyn Fn() -> usize| {
        result.add(Measure::MessagesPerCpuSecond, load, Server::Almon, speed(seconds, work));
    };
    add(PARSE, &|| parse(message).header_lines().count());
    add(TYPED, &|| read(&parse(message)));
    add(WRITTEN, &|| {
        let parsed = parse(message);
        read(&parsed) + write(&parsed).len()
    });
}

/// How often `work` is done in a second of processor time.
fn speed(seconds: f64, work: &dyn Fn() -> usize) -> f64 {
    let start = thread_cpu_seconds();
    let mut done = 0_u32;
    loop {
        for _ in 0..20_000 {
            black_box(work());
        }
        done += 20_000;
        let spent = thread_cpu_seconds() - start;
        if spent >= seconds {
            return f64::from(done) / spent;
        }
    }
}

/// Compiles the program for sofia-sip; none, and a loud word, when the library or a compiler is not there.
fn sofia(bench: &Bench, message: &Bytes, result: &mut PartResult) -> io::Result<Option<PathBuf>> {
    fs::write(bench.folder.path().join("invite"), message)?;
    let flags = Command::new("pkg-config").args(["--cflags", "--libs", "sofia-sip-ua"]).output();
    let flags = match flags {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        // Where Debian puts it, for a machine without pkg-config.
        _ => "-I/usr/include/sofia-sip-1.12 -lsofia-sip-ua".to_owned(),
    };
    let program = bench.folder.path().join("parse_speed");
    let mut compiler = Command::new("cc");
    compiler.arg("-O2").arg("-o").arg(&program).arg(bench.own("parse_speed.c")).args(flags.split_whitespace());
    match compiler.output() {
        Ok(output) if output.status.success() => Ok(Some(program)),
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            let first = said.lines().next().unwrap_or_default().to_owned();
            result.did_not_run(format!("sofia-sip: {first} (apt install libsofia-sip-ua-dev)"));
            Ok(None)
        }
        Err(error) => {
            result.did_not_run(format!("sofia-sip: no C compiler: {error}"));
            Ok(None)
        }
    }
}

fn theirs(program: &PathBuf, bench: &Bench, seconds: f64, result: &mut PartResult) -> io::Result<()> {
    let output = Command::new(program).arg(bench.folder.path().join("invite")).arg(seconds.to_string()).output()?;
    if !output.status.success() {
        return Err(io::Error::other(format!("sofia-sip: {}", String::from_utf8_lossy(&output.stderr))));
    }
    for (name, speed) in speeds(&String::from_utf8_lossy(&output.stdout)) {
        let load = if name == "typed" { TYPED } else { WRITTEN };
        result.add(Measure::MessagesPerCpuSecond, load, Server::Sofia, speed);
    }
    Ok(())
}

/// Reads lines of a name and a number.
fn speeds(text: &str) -> Vec<(&str, f64)> {
    text.lines()
        .filter_map(|line| line.split_once(' '))
        .filter_map(|(name, value)| Some((name, value.parse().ok()?)))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_message_has_its_size_and_is_read_and_written_whole() {
        let message = invite();
        assert_eq!(message.len(), SIZE);
        let parsed = parse(&message);
        assert!(sip::validate::well_formed(&parsed).is_ok());
        assert!(read(&parsed) > 0);
        let written = parse(&write(&parsed));
        assert_eq!(written.header_lines().count(), parsed.header_lines().count());
        assert_eq!(written.body(), parsed.body());
        assert_eq!(read(&written), read(&parsed));
    }

    #[test]
    fn speeds_are_read_line_by_line() {
        assert_eq!(speeds("typed 350000\nwritten 240000\n"), [("typed", 350_000.0), ("written", 240_000.0)]);
        assert!(speeds("nothing\n").is_empty());
    }

    #[test]
    fn a_speed_is_work_for_processor_time() {
        assert!(speed(0.02, &|| 1) > 1000.0);
    }
}
