//! What an event costs the exchange when the directory has 15,000 extensions, a telephone at each, and 2,000 calls are up: whole
//! calls, hold, both transfers, calls that are given up, vacant numbers, trunks. `cargo bench -p exchange --bench many_calls`.
//!
//! The telephones first do it all with one exchange, and everything that goes in is written down. Other exchanges get the same
//! inputs, one after the other, and only this is measured, in processor time of the thread: it has nothing of the telephones in it,
//! and no reading of clocks. Outputs are taken and dropped. An event is an input, be it from a line or from the media engine, or a
//! moment at which timers are due.

#![allow(clippy::disallowed_types, reason = "a measurement reads the clock; the exchange does not")]
#![allow(clippy::disallowed_methods, reason = "a measurement reads the clock; the exchange does not")]

#[allow(dead_code, reason = "the scenarios use more of it")]
#[path = "../../tests/support/site.rs"]
mod site;
mod telephones;

use exchange::{CallingParty, Exchange, Input, Report};
use ground::{ConnectionId, Machine};
use telephones::{Step, Telephones, config, extension, number, outside};

const EXTENSIONS: u32 = 15_000;
const CALLS: usize = 2_000;
/// Things that are done while the calls are up, and how often they are measured.
const DEEDS: usize = 6_000;
const ROUNDS: usize = 5;

/// A seeded generator (xorshift64*): the same deeds each time.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        (self.0.wrapping_mul(0x2545_F491_4F6C_DD1D) >> 33) as usize % bound
    }

    fn extension(&mut self) -> u32 {
        self.below(EXTENSIONS as usize) as u32
    }
}

/// Who dials what: mostly one extension another, sometimes over a trunk, in or out.
fn parties(dice: &mut Dice) -> (CallingParty, String) {
    match dice.below(10) {
        0 => (extension(dice.extension()), format!("0{}", 100_000 + dice.below(900_000))),
        1 => (outside(), number(dice.extension())),
        _ => {
            let from = dice.extension();
            (extension(from), number((from + 1 + dice.below(1000) as u32) % EXTENSIONS))
        }
    }
}

/// Does one thing. The number of calls that are up is the same before and after.
fn deed(telephones: &mut Telephones, up: &mut [(ConnectionId, ConnectionId)], dice: &mut Dice) {
    let at = dice.below(up.len());
    let (one, other) = up[at];
    match dice.below(100) {
        0..55 => {
            telephones.hang_up(one);
            let (caller, dialled) = parties(dice);
            up[at] = telephones.call(caller, &dialled);
        }
        55..70 => {
            telephones.hold(one, true);
            telephones.hold(one, false);
        }
        70..77 => {
            // The one who was called by `one` cannot be known by its device here: both calls are made by the same extension.
            telephones.hang_up(one);
            let from = dice.extension();
            let far = |way: u32| number((from + way) % EXTENSIONS);
            let (first, x) = telephones.call(extension(from), &far(1));
            telephones.hold(first, true);
            let (second, z) = telephones.call(extension(from), &far(2));
            telephones.transfer(first, second);
            up[at] = (x, z);
        }
        77..82 => {
            if let Some(reached) = telephones.send_to(other, &number(dice.extension())) {
                up[at] = (one, reached);
            }
        }
        82..92 => {
            let (caller, dialled) = parties(dice);
            let (calling, called) = telephones.dial(caller, &dialled);
            telephones.rings(called.expect("somebody is offered the call"), false);
            telephones.hang_up(calling);
        }
        _ => {
            let (calling, _) = telephones.dial(extension(dice.extension()), "77");
            telephones.hang_up(calling);
        }
    }
}

/// Gives steps to an exchange and takes what comes out.
fn play(exchange: &mut Exchange, steps: Vec<Step>) -> u64 {
    let mut outputs = 0;
    for step in steps {
        match step {
            Step::Input(now, input) => exchange.handle(now, *input),
            Step::Timeout(now) => exchange.handle_timeout(now),
        }
        while exchange.poll().is_some() {
            outputs += 1;
        }
    }
    outputs
}

/// Processor seconds of this thread, from the scheduler's account in nanoseconds.
fn cpu() -> f64 {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    account.split_whitespace().next().and_then(|text| text.parse::<f64>().ok()).unwrap_or(0.0) / 1e9
}

fn from_lines(steps: &[Step]) -> usize {
    let line = |step: &&Step| matches!(step, Step::Input(_, input) if matches!(**input, Input::Report { .. }));
    steps.iter().filter(line).count()
}

fn main() {
    let mut dice = Dice(1889);
    let mut telephones = Telephones::new(EXTENSIONS);
    let mut up = Vec::new();
    while up.len() < CALLS {
        let (caller, dialled) = parties(&mut dice);
        up.push(telephones.call(caller, &dialled));
    }
    assert_eq!(telephones.exchange.calls().count(), CALLS);
    let (before, outputs_before) = (telephones.history.len(), telephones.outputs);
    for _ in 0..DEEDS {
        deed(&mut telephones, &mut up, &mut dice);
    }
    assert_eq!(telephones.exchange.calls().count(), CALLS, "as many calls are up as before");
    let outputs = telephones.outputs - outputs_before;
    let history = telephones.history.clone();
    for (one, _) in up {
        telephones.report(one, Report::Cleared(ground::Reason::NormalClearing));
    }
    assert!(telephones.exchange.is_empty(), "{:?}", telephones.exchange.tables());

    let (setting_up, measured) = history.split_at(before);
    let events = measured.len();
    let mut each = Vec::new();
    for _ in 0..ROUNDS {
        let mut exchange = Exchange::new(config());
        play(&mut exchange, setting_up.to_vec());
        let steps = measured.to_vec();
        let begin = cpu();
        let came = play(&mut exchange, steps);
        each.push((cpu() - begin) * 1e6 / events as f64);
        assert_eq!(came, outputs, "another exchange says as much");
    }
    let lines = from_lines(measured);
    let timers = measured.iter().filter(|step| matches!(step, Step::Timeout(_))).count();
    eprintln!(
        "{EXTENSIONS} extensions, {CALLS} calls up, {DEEDS} deeds: {events} events ({lines} from lines, {} from the engine, {timers} \
         of timers), {outputs} outputs",
        events - lines - timers
    );
    for micros in each {
        println!("microseconds-an-event {micros:.3}");
    }
    println!("events-a-deed {:.2}", events as f64 / DEEDS as f64);
}
