//! Runs a target on its corpus and on mutations of it, for a bounded time.

use std::cell::RefCell;
use std::panic::{self, AssertUnwindSafe};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crate::mutate::Mutator;
use crate::random::Random;
use crate::shrink::shrink;

/// A function that takes any bytes and must neither panic nor dawdle.
#[derive(Clone, Copy)]
pub struct Target {
    /// Its name: the file, the corpus folder and the dictionary bear it.
    pub name: &'static str,
    /// The function.
    pub run: fn(&[u8]),
}

/// How a run goes.
#[derive(Clone, Debug)]
pub struct Options {
    /// The seed of the mutations.
    pub seed: u64,
    /// For how long; the corpus is run once in any case.
    pub time: Duration,
    /// What a single input may take. An input that takes longer is run again: it is a finding if it is slow three times
    /// in a row, so that a busy machine makes none.
    pub input_limit: Duration,
    /// After which time an input that has not ended is a finding. The thread that runs it cannot be ended.
    pub hang_limit: Duration,
    /// The longest input, in bytes.
    pub longest: usize,
    /// Inputs to start from.
    pub seeds: Vec<Vec<u8>>,
    /// Pieces to put in.
    pub tokens: Vec<Vec<u8>>,
}

impl Default for Options {
    fn default() -> Options {
        Options {
            seed: 1,
            time: Duration::from_secs(1),
            input_limit: Duration::from_secs(1),
            hang_limit: Duration::from_secs(10),
            longest: 64 * 1024,
            seeds: Vec::new(),
            tokens: Vec::new(),
        }
    }
}

/// What is wrong with an input.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The target panicked, with this message and place.
    Panic(String),
    /// The target took this long.
    Slow(Duration),
    /// The target had not ended after this time.
    Hang(Duration),
}

/// An input that the target does not stand.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub fault: Fault,
    /// The input, made smaller if it panics.
    pub input: Vec<u8>,
}

/// What a run did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// How many inputs were run.
    pub executions: u64,
    /// For how long.
    pub elapsed: Duration,
    /// The first finding, which ends the run.
    pub finding: Option<Finding>,
}

impl Outcome {
    /// Inputs a second.
    pub fn rate(&self) -> f64 {
        self.executions as f64 / self.elapsed.as_secs_f64().max(1e-9)
    }
}

/// Runs every seed once, then mutations until the time is over or an input fails.
pub fn run(target: Target, options: &Options) -> Outcome {
    keep_panics_quiet();
    let begin = Instant::now();
    let current = Arc::new(Mutex::new(Current { input: Vec::new(), since: None, executions: 0 }));
    let (sender, receiver) = mpsc::sync_channel(1);
    let (shared, own_options) = (Arc::clone(&current), options.clone());
    thread::spawn(move || {
        let finding = work(target, &own_options, &shared);
        // The receiver is gone only when this thread was given up as hanging.
        let _ = sender.send(finding);
    });
    let finding = loop {
        match receiver.recv_timeout(options.hang_limit.min(Duration::from_millis(100))) {
            Ok(finding) => break finding,
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => {
                break Some(Finding { fault: Fault::Panic("the run itself ended".to_owned()), input: Vec::new() });
            }
        }
        let current = lock(&current);
        if let Some(since) = current.since.filter(|since| since.elapsed() > options.hang_limit) {
            break Some(Finding { fault: Fault::Hang(since.elapsed()), input: current.input.clone() });
        }
    };
    Outcome { executions: lock(&current).executions, elapsed: begin.elapsed(), finding }
}

/// What the working thread is at; the watching thread reads it.
struct Current {
    input: Vec<u8>,
    since: Option<Instant>,
    executions: u64,
}

fn lock(current: &Mutex<Current>) -> std::sync::MutexGuard<'_, Current> {
    current.lock().unwrap_or_else(PoisonError::into_inner)
}

fn work(target: Target, options: &Options, current: &Mutex<Current>) -> Option<Finding> {
    for seed in &options.seeds {
        if let Some(finding) = try_input(target, options, current, seed) {
            return Some(finding);
        }
    }
    let begin = Instant::now();
    let mutator = Mutator::new(&options.seeds, &options.tokens, options.longest);
    let mut random = Random::new(options.seed);
    let mut input = Vec::new();
    while begin.elapsed() < options.time {
        mutator.next(&mut random, &mut input);
        if let Some(finding) = try_input(target, options, current, &input) {
            return Some(finding);
        }
    }
    None
}

fn try_input(target: Target, options: &Options, current: &Mutex<Current>, input: &[u8]) -> Option<Finding> {
    let attempt = || {
        let begin = Instant::now();
        {
            let mut current = lock(current);
            current.input.clear();
            current.input.extend_from_slice(input);
            current.since = Some(begin);
            current.executions += 1;
        }
        let panic = caught(target, input);
        lock(current).since = None;
        (panic, begin.elapsed())
    };
    let mut fastest = Duration::MAX;
    for _ in 0..3 {
        let (panic, elapsed) = attempt();
        if let Some(message) = panic {
            let still = |data: &[u8]| caught(target, data).is_some();
            let input = shrink(input, Duration::from_secs(2), still);
            let fault = Fault::Panic(caught(target, &input).unwrap_or(message));
            return Some(Finding { fault, input });
        }
        if elapsed <= options.input_limit {
            return None;
        }
        fastest = fastest.min(elapsed);
    }
    Some(Finding { fault: Fault::Slow(fastest), input: input.to_vec() })
}

thread_local! {
    /// The last panic of this thread inside a target: message and place.
    static LAST_PANIC: RefCell<Option<String>> = const { RefCell::new(None) };
    /// Whether this thread is inside a target.
    static IN_TARGET: RefCell<bool> = const { RefCell::new(false) };
}

/// A target's panics are kept and not printed: shrinking would print thousands. Others print as ever.
fn keep_panics_quiet() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let before = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if IN_TARGET.with_borrow(|inside| *inside) {
                LAST_PANIC.set(Some(info.to_string()));
            } else {
                before(info);
            }
        }));
    });
}

/// Runs the target; its panic's message if it panicked.
fn caught(target: Target, input: &[u8]) -> Option<String> {
    IN_TARGET.set(true);
    let result = panic::catch_unwind(AssertUnwindSafe(|| (target.run)(input)));
    IN_TARGET.set(false);
    result.is_err().then(|| LAST_PANIC.take().unwrap_or_else(|| "a panic without a message".to_owned()))
}
