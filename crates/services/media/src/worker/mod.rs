//! A media thread: waits for packets, ticks and orders, and does what is due.

mod legs;
mod orders;
mod parked;
mod playing;
mod receive;
mod reports;

use crate::calls::{KernelCalls, PublishedCalls};
use crate::config::Clock;
use crate::homes::Homes;
use crate::kernel::{Epoll, Ready, Ticker};
use crate::mailbox::{Mailbox, Message};
use crate::outbox::Outbox;
use crate::sound::Library;
use crate::stock::Stock;
use ground::{Moment, Now};
use legs::{Legs, Port};
use media_plan::MediaEvent;
use parked::Parked;
use std::collections::VecDeque;
use std::io;
use std::sync::Arc;
use std::time::Duration;

/// The token of the mailbox.
const MAILBOX: u64 = u64::MAX;
/// The token of the timer.
const TIMER: u64 = u64::MAX - 1;
/// The grid of everything that is played.
const GRID: Duration = Duration::from_millis(10);
/// How often silence and unfinished digits are looked for, and allowances are renewed.
const ROUND: Duration = Duration::from_millis(100);
/// How soon events that did not fit are offered again, in milliseconds.
const RETRY: i32 = 5;
/// The largest datagram that is relayed.
const LARGEST: usize = 4096;

/// What a thread shares with the engine.
pub(crate) struct Shared {
    pub(crate) library: Arc<Library>,
    pub(crate) stock: Arc<Stock>,
    pub(crate) outbox: Outbox,
    pub(crate) clock: Clock,
    pub(crate) mailbox: Arc<Mailbox>,
    pub(crate) calls: Arc<PublishedCalls>,
    pub(crate) homes: Arc<Homes>,
}

/// The state of a thread.
pub(crate) struct Worker {
    shared: Shared,
    epoll: Epoll,
    ticker: Ticker,
    legs: Legs,
    /// Slots of the legs that are played to.
    playing: Vec<usize>,
    inbox: VecDeque<Message>,
    /// What has been taken and waits for legs that come from another thread.
    parked: Parked,
    buffer: Box<[u8; LARGEST]>,
    /// Sender reports are written here.
    report: Vec<u8>,
    random: u64,
    calls: KernelCalls,
    now: Now,
    next_round: Moment,
    /// Orders wait in the mailbox.
    letters: bool,
    /// Events wait that did not fit the channel.
    blocked: bool,
    /// Events were queued and nobody was woken yet.
    told: bool,
    ended: bool,
}

impl Worker {
    /// A thread's state, without legs.
    pub(crate) fn new(shared: Shared, seed: u64) -> io::Result<Worker> {
        let (epoll, ticker) = (Epoll::new()?, Ticker::new(GRID)?);
        epoll.add(shared.mailbox.waker(), MAILBOX)?;
        epoll.add(&ticker, TIMER)?;
        let now = (shared.clock)();
        Ok(Worker {
            shared,
            epoll,
            ticker,
            legs: Legs::new(seed),
            playing: Vec::new(),
            inbox: VecDeque::new(),
            parked: Parked::default(),
            buffer: Box::new([0; LARGEST]),
            report: Vec::with_capacity(128),
            random: seed,
            calls: KernelCalls::default(),
            now,
            next_round: now.moment,
            letters: false,
            blocked: false,
            told: false,
            ended: false,
        })
    }

    /// Runs until told to end. Every leg is closed then.
    pub(crate) fn run(&mut self) {
        let mut ready = Ready::new();
        while !self.ended {
            if let Err(error) = self.epoll.wait(&mut ready, self.patience()) {
                tracing::error!(%error, "a media thread cannot wait for packets");
                break;
            }
            self.calls.waits += 1;
            self.now = (self.shared.clock)();
            self.serve(&ready);
            // Events that nobody takes hold back the orders, and these whoever gives them.
            if self.letters && !self.blocked {
                self.letters = false;
                self.take_orders();
            }
            if self.now.moment >= self.next_round && self.legs.len() > 0 {
                self.next_round = self.now.moment + ROUND;
                self.make_round();
            }
            self.blocked = !self.shared.outbox.flush();
            if std::mem::take(&mut self.told) {
                self.shared.outbox.ring();
            }
            self.shared.calls.publish(&self.calls);
        }
        for slot in 0..self.legs.slots() {
            self.close(slot);
        }
    }

    /// Milliseconds until something is due without a packet; negative for never.
    fn patience(&self) -> i32 {
        if self.blocked {
            return RETRY;
        }
        if self.letters {
            return 0;
        }
        if self.legs.len() == 0 {
            return -1;
        }
        let left = self.next_round.since(self.now.moment).as_millis();
        i32::try_from(left).unwrap_or(i32::MAX).saturating_add(1)
    }

    fn serve(&mut self, ready: &Ready) {
        let tokens = || (0..ready.len()).map(|index| ready.token(index));
        // What is played leaves on time, and relayed packets a moment later.
        if tokens().any(|token| token == TIMER) {
            self.calls.others += 1;
            self.tick();
        }
        for token in tokens() {
            match token {
                TIMER => {}
                MAILBOX => {
                    self.calls.others += 1;
                    self.shared.mailbox.waker().woken();
                    self.letters = true;
                    self.ended = self.shared.mailbox.is_ended();
                }
                _ => match self.legs.resolve(token) {
                    Some((slot, Port::Rtp)) => self.receive_rtp(slot),
                    Some((slot, Port::Rtcp)) => self.receive_rtcp(slot),
                    None => {}
                },
            }
        }
    }

    /// Queues an event.
    fn tell(&mut self, event: MediaEvent) {
        self.told |= self.shared.outbox.put(event);
    }

    /// The next number of the sequence from which our streams' first numbers are made.
    fn draw(&mut self) -> u64 {
        self.random = self.random.wrapping_add(0x9E37_79B9_7F4A_7C15);
        splitmix(self.random)
    }
}

/// Mixes all bits of a number into all bits (the finisher of splitmix64).
fn splitmix(number: u64) -> u64 {
    let mixed = (number ^ (number >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}
