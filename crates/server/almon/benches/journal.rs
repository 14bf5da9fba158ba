//! What the journal costs a call, a snapshot the call thread, and a restart the telephones. `cargo bench -p almon --bench journal`.
//!
//! Calls run in virtual time, telephones included: the difference of two runs, all threads together, is the journal.

#[path = "../tests/world/mod.rs"]
mod world;

use almon::journal::BUILD;
use almon::journal::recorder::{Policy, Recorder, Tape};
use almon::journal::replay::replay;
use almon::journal::restore;
use ground::Now;
use journal::{Folder, Position, Stored, Turn, Writer, WriterConfig};
use nix::sys::resource::{UsageWho, getrusage};
use std::time::{Duration, Instant};
use world::{CARRIER, World};

const CALLS: u32 = 2500;
const AT_ONCE: usize = 2000;
const EXTENSIONS: u32 = 15_000;

/// What this process has computed so far, all threads together.
fn computed() -> Duration {
    let usage = getrusage(UsageWho::RUSAGE_SELF).unwrap();
    let time = |value: nix::sys::time::TimeVal| {
        Duration::from_secs(value.tv_sec() as u64) + Duration::from_micros(value.tv_usec() as u64)
    };
    time(usage.user_time()) + time(usage.system_time())
}

fn world() -> World {
    let mut world = World::unjournalled(1, |_, exchange| exchange.max_calls = 10_000);
    world.bind_ports(4096);
    for (number, at) in [("1001", "192.0.2.11:5060"), ("1002", "192.0.2.12:5060")] {
        let telephone = world.telephone(number, at);
        world.register(telephone, 36_000);
    }
    world.telephone("5551234", CARRIER);
    world
}

fn journalling(world: &mut World, folder: &std::path::Path) -> Writer {
    let folder = Folder::open(folder).unwrap();
    let (writer, appender) = Writer::start(folder, WriterConfig::new(BUILD), |alarm| panic!("{alarm:?}")).unwrap();
    world.board.record_to(world.now, Recorder::new(Box::new(appender), Policy::default()));
    writer
}

/// Takes everything and keeps nothing: what is left is the call thread's part.
struct Nowhere(u64);

impl Tape for Nowhere {
    fn append(&mut self, turn: &mut Turn) -> Position {
        turn.clear();
        self.0 += 1;
        Position(self.0)
    }

    fn snapshot(&mut self, _: Turn, _: Now) -> Position {
        self.0 += 1;
        Position(self.0)
    }

    fn is_broken(&self) -> bool {
        false
    }

    fn lost(&self) -> u64 {
        0
    }
}

/// How a run journals.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Mode {
    Not,
    Nowhere,
    Files,
}

/// The CPU of one call, and the bytes of the journal.
fn calls(mode: Mode) -> (Duration, u64) {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    let writer = (mode == Mode::Files).then(|| journalling(&mut world, folder.path()));
    if mode == Mode::Nowhere {
        world.board.record_to(world.now, Recorder::new(Box::new(Nowhere(0)), Policy::default()));
    }
    let begin = computed();
    for _ in 0..CALLS {
        let (calling, _) = world.connect();
        world.hang_up(0, calling);
        world.expect_ended(1);
        world.run(Duration::from_millis(100));
        world.log.clear();
        world.events.clear();
        world.telephones.iter_mut().for_each(|telephone| telephone.events.clear());
    }
    let bytes = writer.map_or(0, |writer| writer.stop().bytes);
    ((computed() - begin) / CALLS, bytes / u64::from(CALLS))
}

fn cost_of_a_call() {
    const MODES: [Mode; 3] = [Mode::Not, Mode::Nowhere, Mode::Files];
    let mut best = [Duration::MAX; MODES.len()];
    let mut bytes = 0;
    for _ in 0..4 {
        for (best, mode) in best.iter_mut().zip(MODES) {
            let (each, written) = calls(mode);
            *best = each.min(*best);
            bytes = bytes.max(written);
        }
    }
    let [without, nowhere, with] = best;
    println!("a call with both its telephones, without journal: {without:?}");
    println!("a call with both its telephones, with journal:    {with:?}");
    println!("the journal of a call, on all threads: {:?}, {bytes} bytes", with.saturating_sub(without));
    println!("of that, on the call thread: {:?}", nowhere.saturating_sub(without));
}

fn restart_of_many() {
    let folder = tempfile::tempdir().unwrap();
    let mut world = world();
    world.apply((20_000..20_000 + EXTENSIONS).map(world::new_extension).collect());
    let writer = journalling(&mut world, folder.path());
    for _ in 0..AT_ONCE {
        world.call(0, "95551234");
        let (called, _) = world.expect_ringing(2);
        world.respond(2, called, 200);
        world.expect_answered(0);
        world.log.clear();
        world.events.clear();
    }
    world.run_seconds(1);
    println!("{} calls, {} legs", world.board.exchange().tables().calls, world.board.exchange().tables().legs);
    let begin = Instant::now();
    world.board.snapshot(world.now);
    println!("a snapshot of them on the call thread: {:?}", begin.elapsed());
    writer.stop();
    let begin = Instant::now();
    let Stored::File(complete) = Folder::open(folder.path()).unwrap().latest().unwrap() else { panic!("no journal") };
    let (player, report) = replay(&complete.bytes, None, |_, _| {}).unwrap();
    let read = begin.elapsed();
    let (sip, config) = world::configuration();
    let state = player.into_state().unwrap();
    let kept = world.kept.registrations.values().cloned().collect();
    let (_, reconciled) = restore::restore(world.now, (sip, config), state, (world.directory.clone(), kept), None);
    println!("{} bytes are read in {read:?}, and all goes on after {:?}", complete.bytes.len(), begin.elapsed());
    println!("{report:?} {reconciled:?}");
}

fn main() {
    restart_of_many();
    cost_of_a_call();
}
