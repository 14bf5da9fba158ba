//! Callers on the near side of a trunk and callees on its far side: they set calls up gently, keep them, and hang up.

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::net::{SocketAddrV4, UdpSocket};
use std::time::{Duration, Instant};

use super::message::{Text, description, with_body};
use super::streams::Destinations;

/// How long a request waits for its answer before it is sent again (RFC 3261 section 17.1.1.2, timer A).
const AGAIN: Duration = Duration::from_millis(500);
/// How long set-up and end may take beyond their rate.
const GRACE: Duration = Duration::from_secs(10);
/// Between two looks at a socket.
const GLANCE: Duration = Duration::from_millis(1);
/// The first number that is called.
const FIRST_NUMBER: usize = 20_000;

/// Where the telephones and the server are.
#[derive(Clone, Copy, Debug)]
pub struct Places {
    /// The server.
    pub server: SocketAddrV4,
    /// The callers' signalling.
    pub near: SocketAddrV4,
    /// The callees' signalling.
    pub far: SocketAddrV4,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    New,
    Calling,
    Up,
    Ending,
    Over,
}

/// A call as its caller sees it.
struct Call {
    state: State,
    asked: Instant,
    /// What goes into every request of the dialog, and its target.
    dialog: String,
    target: String,
}

/// All calls of a load.
pub struct Telephones<'a> {
    places: Places,
    near: UdpSocket,
    far: UdpSocket,
    calls: Vec<Call>,
    /// The audio sockets of a call: near and far.
    audio: Vec<(SocketAddrV4, SocketAddrV4)>,
    destinations: &'a Destinations,
    /// Calls of which the BYE was answered 200, and those whose far side was told.
    well_ended: BTreeSet<usize>,
    told: BTreeSet<String>,
    /// Calls of which a BYE came to the caller, and the reason that it gave (RFC 3326).
    cut: BTreeMap<String, String>,
}

impl<'a> Telephones<'a> {
    /// Opens the signalling sockets; `audio` names the sockets of every call.
    pub fn open(
        places: Places,
        audio: Vec<(SocketAddrV4, SocketAddrV4)>,
        destinations: &'a Destinations,
    ) -> io::Result<Telephones<'a>> {
        let (near, far) = (UdpSocket::bind(places.near)?, UdpSocket::bind(places.far)?);
        for socket in [&near, &far] {
            socket.set_nonblocking(true)?;
        }
        let fresh = |_| Call { state: State::New, asked: Instant::now(), dialog: String::new(), target: String::new() };
        let calls = (0..audio.len()).map(fresh).collect();
        let (well_ended, told, cut) = (BTreeSet::new(), BTreeSet::new(), BTreeMap::new());
        Ok(Telephones { places, near, far, calls, audio, destinations, well_ended, told, cut })
    }

    /// Sets all calls up, so many a second; the number that is up then.
    pub fn set_up(&mut self, rate: f64) -> io::Result<usize> {
        self.set_up_to(self.calls.len(), rate)
    }

    /// Sets the first `count` calls up, those that are not yet, so many a second; the number of all that are up then.
    pub fn set_up_to(&mut self, count: usize, rate: f64) -> io::Result<usize> {
        let (begin, before) = (Instant::now(), self.up());
        let count = count.min(self.calls.len());
        let bound = Duration::from_secs_f64(count.saturating_sub(before) as f64 / rate) + GRACE;
        while self.up() < count && begin.elapsed() < bound {
            let due = (before + (begin.elapsed().as_secs_f64() * rate) as usize + 1).min(count);
            for index in 0..due {
                let call = &self.calls[index];
                if call.state == State::New || (call.state == State::Calling && call.asked.elapsed() > AGAIN) {
                    self.invite(index)?;
                }
            }
            self.listen()?;
            std::thread::sleep(GLANCE);
        }
        Ok(self.up())
    }

    /// Answers what comes, for a time.
    pub fn keep(&mut self, time: Duration) -> io::Result<()> {
        let begin = Instant::now();
        while begin.elapsed() < time {
            self.listen()?;
            std::thread::sleep(GLANCE * 20);
        }
        Ok(())
    }

    /// Ends all calls, so many a second.
    pub fn hang_up(&mut self, rate: f64) -> io::Result<()> {
        let begin = Instant::now();
        let bound = Duration::from_secs_f64(self.calls.len() as f64 / rate) + GRACE;
        let open = |call: &Call| matches!(call.state, State::Up | State::Ending);
        while self.calls.iter().any(open) && begin.elapsed() < bound {
            let due = ((begin.elapsed().as_secs_f64() * rate) as usize + 1).min(self.calls.len());
            for index in 0..due {
                let call = &mut self.calls[index];
                if call.state == State::Up || (call.state == State::Ending && call.asked.elapsed() > AGAIN) {
                    (call.state, call.asked) = (State::Ending, Instant::now());
                    self.in_dialog(index, "BYE", 2)?;
                }
            }
            self.listen()?;
            std::thread::sleep(GLANCE);
        }
        Ok(())
    }

    /// Calls of which the BYE was answered 200, and those whose far side was told of the end.
    pub fn well_ended(&self) -> (usize, usize) {
        (self.well_ended.len(), self.told.len())
    }

    /// Calls that the server ended, and the reasons that it gave.
    pub fn cut(&self) -> (usize, BTreeSet<&str>) {
        (self.cut.len(), self.cut.values().map(String::as_str).collect())
    }

    fn up(&self) -> usize {
        self.calls.iter().filter(|call| call.state == State::Up).count()
    }

    fn invite(&mut self, index: usize) -> io::Result<()> {
        let (server, near) = (self.places.server, self.places.near);
        let number = FIRST_NUMBER + index;
        let text = format!(
            "INVITE sip:{number}@{server} SIP/2.0\r\nVia: SIP/2.0/UDP {near};branch=z9hG4bKinvite{index};rport\r\n\
             From: <sip:3001@{near}>;tag=near{index}\r\nTo: <sip:{number}@{server}>\r\nCall-ID: {index}@bench\r\n\
             CSeq: 1 INVITE\r\nMax-Forwards: 70\r\nContact: <sip:3001@{near}>\r\n{}",
            with_body(&description(self.audio[index].0))
        );
        let call = &mut self.calls[index];
        (call.state, call.asked) = (State::Calling, Instant::now());
        self.near.send_to(text.as_bytes(), server).map(drop)
    }

    /// Sends a request inside the dialog of a call.
    fn in_dialog(&self, index: usize, method: &str, sequence: u32) -> io::Result<()> {
        let call = &self.calls[index];
        let text = format!(
            "{method} {} SIP/2.0\r\nVia: SIP/2.0/UDP {};branch=z9hG4bK{method}{index};rport\r\n{}CSeq: {sequence} {method}\r\n\
             Max-Forwards: 70\r\n{}",
            call.target,
            self.places.near,
            call.dialog,
            with_body("")
        );
        self.near.send_to(text.as_bytes(), self.places.server).map(drop)
    }

    /// Handles everything that has come.
    fn listen(&mut self) -> io::Result<()> {
        let mut buffer = [0; 8192];
        for near in [true, false] {
            loop {
                let socket = if near { &self.near } else { &self.far };
                let (length, from) = match socket.recv_from(&mut buffer) {
                    Ok(received) => received,
                    Err(error) if error.kind() == io::ErrorKind::WouldBlock => break,
                    Err(error) => return Err(error),
                };
                let Some(text) = Text::read(&buffer[..length]) else { continue };
                match text.status() {
                    Some(status) if near => self.answered(&text, status)?,
                    Some(_) => {}
                    None => {
                        if let Some(answer) = self.asked(&text, near) {
                            let socket = if near { &self.near } else { &self.far };
                            socket.send_to(answer.as_bytes(), from)?;
                        }
                    }
                }
            }
        }
        Ok(())
    }

    /// A caller hears an answer.
    fn answered(&mut self, text: &Text, status: u16) -> io::Result<()> {
        let index = text.header("Call-ID").split('@').next().and_then(|index| index.parse::<usize>().ok());
        let Some(index) = index.filter(|index| *index < self.calls.len()) else { return Ok(()) };
        let call = &mut self.calls[index];
        match (text.method(), status) {
            ("INVITE", 100..200) => call.asked = Instant::now() + GRACE,
            ("INVITE", 200..300) => {
                if call.state == State::Calling {
                    call.state = State::Up;
                    call.target = text.contact().to_owned();
                    let routes: String =
                        text.all("Record-Route").rev().map(|route| format!("Route: {route}\r\n")).collect();
                    let (from, to) = (text.header("From"), text.header("To"));
                    call.dialog = format!("{routes}From: {from}\r\nTo: {to}\r\nCall-ID: {index}@bench\r\n");
                    self.destinations.set(index, true, text.audio());
                }
                self.in_dialog(index, "ACK", 1)?;
            }
            ("INVITE", _) => call.state = State::Over,
            ("BYE", 200..) => {
                call.state = State::Over;
                if status < 300 {
                    self.well_ended.insert(index);
                }
            }
            _ => {}
        }
        Ok(())
    }

    /// Somebody is asked: a callee for a call, anybody for anything else.
    fn asked(&mut self, text: &Text, near: bool) -> Option<String> {
        let own = if near { self.places.near } else { self.places.far };
        let contact = format!("sip:bench@{own}");
        let answer = |body: &str| Some(text.response("200 OK", "far", &contact, body));
        match text.method() {
            "ACK" => None,
            "INVITE" if !near => {
                let index = text.target_user().parse::<usize>().ok()?.checked_sub(FIRST_NUMBER)?;
                let audio = self.audio.get(index)?.1;
                self.destinations.set(index, false, text.audio());
                answer(&description(audio))
            }
            "BYE" if !near => {
                self.told.insert(text.header("Call-ID").to_owned());
                answer("")
            }
            "BYE" => {
                self.cut.insert(text.header("Call-ID").to_owned(), text.header("Reason").to_owned());
                answer("")
            }
            "INVITE" => Some(text.response("488 Not Acceptable Here", "near", &contact, "")),
            _ => answer(""),
        }
    }
}
