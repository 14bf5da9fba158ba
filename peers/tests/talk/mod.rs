//! A call between two telephones that both speak: who hears what, and whom the end reaches.

#![allow(dead_code, reason = "each test file needs another part of it")]

use peers::{Baresip, Capture, Host, audio, until};
use std::thread::sleep;
use std::time::Duration;

/// How long they talk.
const TALK: Duration = Duration::from_millis(3000);
/// How much of it must have been compared, in seconds.
const COMPARED: f64 = 2.0;
/// How many packets of 20 ms at the end of a call are compared.
const LAST: usize = 130;
/// How long an event may take.
const BOUND: Duration = Duration::from_secs(10);

/// Who hangs up.
#[derive(Clone, Copy, Debug)]
pub enum End {
    Caller,
    Called,
}

/// One telephone calls another, which answers by itself. They talk, one hangs up, the other is told; each must have heard what
/// the other said, as loud, and nothing else.
pub fn talk(calling: &mut Baresip, called: &mut Baresip, number: &str, end: End) {
    talk_meanwhile(calling, called, number, end, || ());
}

/// The same, while something else happens.
pub fn talk_meanwhile(calling: &mut Baresip, called: &mut Baresip, number: &str, end: End, meanwhile: impl FnOnce()) {
    let before = [calling.heard().len(), calling.said().len(), called.heard().len(), called.said().len()];
    let established = [count(calling, "CALL_ESTABLISHED"), count(called, "CALL_ESTABLISHED")];
    calling.dial(number);
    more(calling, "the caller", "CALL_ESTABLISHED", established[0]);
    more(called, "the called party", "CALL_ESTABLISHED", established[1]);
    meanwhile();
    sleep(TALK);
    let closed = [count(calling, "CALL_CLOSED"), count(called, "CALL_CLOSED")];
    assert_eq!(closed, established, "nobody has hung up yet");
    match end {
        End::Caller => calling.hang_up(),
        End::Called => called.hang_up(),
    }
    more(calling, "the caller", "CALL_CLOSED", closed[0]);
    more(called, "the called party", "CALL_CLOSED", closed[1]);
    let [caller_heard, caller_said] = [calling.heard()[before[0]..].concat(), calling.said()[before[1]..].concat()];
    let [called_heard, called_said] = [called.heard()[before[2]..].concat(), called.said()[before[3]..].concat()];
    assert_heard("the caller", &caller_heard, &called_said, &caller_said);
    assert_heard("the called party", &called_heard, &caller_said, &called_said);
}

fn count(phone: &Baresip, kind: &str) -> usize {
    phone.events(kind).len()
}

fn more(phone: &Baresip, who: &str, kind: &str, before: usize) {
    until(&format!("{who}'s telephone tells {kind}"), BOUND, || (count(phone, kind) > before).then_some(()));
}

/// Checks that the last seconds of the media that arrived at a telephone are what the other said. For calls in which the
/// telephone stops its sound: its recordings end there.
pub fn arrived_last(who: &str, capture: &Capture, listener: &Host, said: &[i16]) {
    let packets = capture.rtp(&format!("ip.dst == {}", listener.v4()));
    let last = packets.len().saturating_sub(LAST);
    let sound: Vec<u8> = packets[last..].iter().flat_map(|packet| packet.payload.clone()).collect();
    assert_heard(who, &audio::alaw_decode(&sound), said, &[]);
}

/// Checks that what `heard` holds is what `said` was, as loud, and nothing of what the listener said itself.
fn assert_heard(who: &str, heard: &[i16], said: &[i16], own: &[i16]) {
    let found = audio::likeness(said, heard);
    eprintln!("{who} heard {found:.3?}");
    assert!(found.correlation >= 0.9, "{who} heard something else: {found:?}");
    assert!(found.gain.abs() <= 1.5, "{who} heard it at another level: {found:?}");
    assert!(found.seconds >= COMPARED, "{who} heard too little: {found:?}");
    let echo = audio::likeness(own, heard);
    assert!(echo.correlation < 0.5, "{who} hears its own voice: {echo:?}");
}
