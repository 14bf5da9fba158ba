//! A real server is killed with SIGKILL during a call and started again: the call goes on, on the same ports, can be held and hung up,
//! and has one record. So it is when the call thread hangs and the server ends itself.

mod process;

use nix::sys::ptrace;
use nix::sys::wait::{WaitPidFlag, waitpid};
use nix::unistd::Pid;
use process::telephone::Telephone;
use process::{Place, Server};
use sip::agent::SessionId;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

struct Call {
    one: Telephone,
    other: Telephone,
    calling: SessionId,
    called: SessionId,
    /// Where each sends its packets.
    ports: [SocketAddr; 2],
}

/// Adds an extension; its password.
fn add(place: &Place, number: &str) -> String {
    let password = format!("kennwort-{number}");
    let output = place.command(&["extension", "add", number, "--password-stdin"], &format!("{password}\n"));
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    password
}

impl Call {
    fn begin(place: &Place) -> Call {
        let [first, second] = ["1001", "1002"].map(|number| add(place, number));
        let mut one = Telephone::new("1001", &first, place.port, 1);
        let mut other = Telephone::new("1002", &second, place.port, 2);
        one.register();
        other.register();
        let calling = one.call("1002");
        // The challenge is answered before the other telephone rings.
        let (called, at_other) = loop {
            one.turn();
            other.turn();
            if !other.events.is_empty() {
                break other.expect_call();
            }
        };
        other.answer(called);
        let at_one = one.expect_answer();
        let mut call = Call { one, other, calling, called, ports: [at_one, at_other] };
        call.turns(Duration::from_millis(300));
        call.events_forgotten();
        call
    }

    fn turns(&mut self, time: Duration) {
        let until = Instant::now() + time;
        while Instant::now() < until {
            self.one.turn();
            self.other.turn();
        }
    }

    fn events_forgotten(&mut self) {
        self.one.events.clear();
        self.other.events.clear();
    }

    /// How long it takes until both hear each other, each from the port to which it speaks.
    fn both_hear(&mut self) -> Duration {
        let begin = Instant::now();
        let mut heard = [false; 2];
        while heard != [true; 2] {
            assert!(begin.elapsed() < Duration::from_secs(10), "heard: {heard:?}");
            self.one.say(self.ports[0]);
            self.other.say(self.ports[1]);
            heard[0] |= self.one.hear() == Some(self.ports[0]);
            heard[1] |= self.other.hear() == Some(self.ports[1]);
        }
        begin.elapsed()
    }
}

fn records(place: &Place) -> Vec<serde_json::Value> {
    serde_json::from_str(&place.says(&["--json", "calls", "records"])).unwrap()
}

fn wait_for_record(place: &Place) -> Vec<serde_json::Value> {
    let until = Instant::now() + Duration::from_secs(10);
    loop {
        let records = records(place);
        if !records.is_empty() || Instant::now() > until {
            return records;
        }
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// What a call can do after the server came back.
fn goes_on(place: &Place, server: &Server, mut call: Call) {
    server.wait_for("the calls of the last run go on");
    let silence = call.both_hear();
    assert!(silence < Duration::from_secs(3), "{silence:?}");
    assert!(place.says(&["calls"]).contains("1002"));
    call.one.change(call.calling, "sendonly");
    call.turns(Duration::from_millis(200));
    call.one.change(call.calling, "sendrecv");
    call.both_hear();
    call.other.hang_up(call.called);
    call.one.expect_end();
    let records = wait_for_record(place);
    assert_eq!(records.len(), 1, "{records:?}");
    assert_eq!((&records[0]["outcome"], &records[0]["reason"]), (&"answered".into(), &"NormalClearing".into()));
    assert!(place.says(&["calls"]).contains("no call"), "{}", place.says(&["calls"]));
}

#[test]
fn a_call_goes_on_after_a_kill() {
    let place = Place::new();
    let mut server = place.start();
    let mut call = Call::begin(&place);
    call.both_hear();
    server.signal("KILL");
    server.wait();
    let report = place.says(&["replay"]);
    assert!(report.contains("the same came out") && report.contains("1 calls in progress"), "{report}");
    let begin = Instant::now();
    let server = place.start();
    assert!(begin.elapsed() < Duration::from_secs(5));
    goes_on(&place, &server, call);
}

#[test]
fn a_server_whose_call_thread_hangs_ends_itself_and_its_calls_go_on() {
    let place = Place::new();
    place.configure("[limits]\nwatchdog = 2\n");
    let mut server = place.start();
    let mut call = Call::begin(&place);
    call.both_hear();
    // This test holds the call thread, and no other, as a debugger does.
    let thread = thread_named(server.child.id(), "calls");
    ptrace::attach(thread).expect("a parent may trace its child");
    waitpid(thread, Some(WaitPidFlag::__WALL)).unwrap();
    server.wait_for("the call thread does not answer");
    let _ = waitpid(thread, Some(WaitPidFlag::__WALL));
    assert!(!server.wait(), "it did not end well");
    let server = place.start();
    goes_on(&place, &server, call);
}

fn thread_named(process: u32, name: &str) -> Pid {
    for entry in std::fs::read_dir(format!("/proc/{process}/task")).unwrap().flatten() {
        let comm = std::fs::read_to_string(entry.path().join("comm")).unwrap_or_default();
        if comm.trim() == name {
            return Pid::from_raw(entry.file_name().to_str().unwrap().parse().unwrap());
        }
    }
    panic!("no thread {name}");
}

#[test]
fn an_orderly_end_leaves_nothing_to_go_on_from() {
    let place = Place::new();
    place.configure("[limits]\ndrain = 0\n");
    let mut server = place.start();
    let mut call = Call::begin(&place);
    server.signal("TERM");
    call.one.expect_end();
    call.other.expect_end();
    assert!(server.wait(), "{}", server.log());
    assert!(place.says(&["replay"]).contains("the server ended in order"));
    let server = place.start();
    assert!(!server.log().contains("go on") && !server.log().contains("interrupted"), "{}", server.log());
    assert!(place.says(&["calls"]).contains("no call"));
    assert_eq!(records(&place).len(), 1);
}

#[test]
fn a_journal_of_another_build_or_a_damaged_one_is_set_aside_and_the_record_is_closed() {
    for damage in ["build", "middle"] {
        let place = Place::new();
        let mut server = place.start();
        let mut call = Call::begin(&place);
        call.turns(Duration::from_millis(100));
        // Records are written behind: the store has the open one before the kill.
        std::thread::sleep(Duration::from_millis(1500));
        server.signal("KILL");
        server.wait();
        let folder = place.folder.path().join("data/journal");
        let file = std::fs::read_dir(&folder).unwrap().flatten().next().unwrap().path();
        let mut bytes = std::fs::read(&file).unwrap();
        let whole = journal::Reader::new(&bytes).unwrap();
        match damage {
            "build" => {
                let mut header = whole.header().clone();
                let old = header.bytes().len();
                header.build = "0.0.9+older".into();
                let mut other = header.bytes();
                other.extend_from_slice(&bytes[old..]);
                bytes = other;
            }
            _ => {
                let middle = whole.map(|message| message.at).nth(8).unwrap();
                bytes[middle + 20] ^= 1;
            }
        }
        std::fs::write(&file, bytes).unwrap();
        let said = place.refuses(&["replay"]);
        assert!(said.contains(if damage == "build" { "0.0.9+older" } else { "damaged at byte" }), "{said}");
        let server = place.start();
        server.wait_for("its journal cannot be used");
        server.wait_for("marked interrupted");
        let [record] = &records(&place)[..] else { panic!("one record") };
        assert_eq!(record["reason"], "Interrupted");
        assert!(
            std::fs::read_dir(&folder).unwrap().flatten().any(|entry| entry.path().extension().unwrap() == "aside")
        );
        assert!(place.says(&["registrations"]).contains("1001"), "nothing else is lost");
    }
}

#[test]
fn the_configuration_is_read_again_and_nothing_is_lost() {
    let place = Place::new();
    let server = place.start();
    let mut call = Call::begin(&place);
    assert_eq!(place.says(&["reload"]).trim(), "nothing changed");
    place.configure("[log]\nfilter = 'debug'\n[limits]\ndrain = 7\n[sip]\nkeep-alive = 30\n");
    let said = place.says(&["reload"]);
    for line in ["[log] filter: changed", "[limits] drain: changed", "[sip] keep-alive: needs a restart"] {
        assert!(said.contains(line), "{said}");
    }
    place.configure("[log]\nfilter = 'info'\n[sip]\nkeep-alive = 4\n");
    assert!(place.refuses(&["reload"]).contains("keep-alive"));
    place.configure("[log]\nfilter = 'info'\n");
    server.signal("HUP");
    server.wait_for("[limits] drain: changed");
    call.both_hear();
    assert!(place.says(&["registrations"]).contains("1002"));
    call.one.hang_up(call.calling);
    call.other.expect_end();
}
