//! The engine as its owner sees it: started with sockets' ports bound ahead, given orders, heard by events.

use crate::calls::{KernelCalls, PublishedCalls};
use crate::config::{EngineConfig, StartError};
use crate::homes::Homes;
use crate::mailbox::Mailbox;
use crate::outbox::Outbox;
use crate::sound::Library;
use crate::stock::Stock;
use crate::worker::{Shared, Worker};
use media_plan::{Capabilities, CodecName, MediaEvent, MediaOrder, SourceKind};
use std::sync::Arc;
use std::sync::mpsc::Receiver;
use std::thread::JoinHandle;

/// The media engine.
pub struct Engine;

/// Takes orders for an engine. Dropping it closes every leg and ends the threads.
pub struct EngineHandle {
    mailboxes: Vec<Arc<Mailbox>>,
    homes: Arc<Homes>,
    threads: Vec<JoinHandle<()>>,
    stock: Arc<Stock>,
    outbox: Outbox,
    calls: Vec<Arc<PublishedCalls>>,
    announcements: Vec<String>,
}

impl Engine {
    /// Binds the first ports, those of `resume` before any other, prepares all sounds and starts the threads. The first events
    /// are `PortsBound`.
    pub fn start(config: EngineConfig) -> Result<(EngineHandle, Receiver<MediaEvent>), StartError> {
        let library = Arc::new(Library::load(&config.sounds)?);
        let (outbox, events) = Outbox::new(config.queues.events, config.wake);
        let stock = Arc::new(Stock::new(&config.networks, &config.ports, config.stock));
        stock.bind_first(&config.resume, &*config.binder);
        stock.fill(&*config.binder, &outbox, (config.clock)().moment)?;
        let mut handle = EngineHandle {
            mailboxes: Vec::new(),
            homes: Arc::default(),
            threads: Vec::new(),
            stock: stock.clone(),
            outbox: outbox.clone(),
            calls: Vec::new(),
            announcements: library.announcements().map(str::to_owned).collect(),
        };
        for number in 0..config.threads.max(1) {
            let mailbox = Arc::new(Mailbox::new(config.queues.orders)?);
            handle.mailboxes.push(mailbox.clone());
            let calls = Arc::new(PublishedCalls::default());
            handle.calls.push(calls.clone());
            let shared = Shared {
                library: library.clone(),
                stock: stock.clone(),
                outbox: outbox.clone(),
                clock: config.clock.clone(),
                mailbox,
                calls,
                homes: handle.homes.clone(),
            };
            let seed = config.seed.wrapping_add((number as u64).wrapping_mul(0x9E37_79B9_7F4A_7C15));
            let mut worker = Worker::new(shared, seed)?;
            let thread = std::thread::Builder::new().name(format!("media-{number}"));
            handle.threads.push(thread.spawn(move || worker.run())?);
        }
        let (binder, clock) = (config.binder, config.clock);
        let keeper = std::thread::Builder::new().name("media-ports".to_owned());
        handle.threads.push(keeper.spawn(move || stock.keep(&*binder, &outbox, &clock))?);
        Ok((handle, events))
    }

    /// What this engine can do.
    pub fn capabilities() -> Capabilities {
        Capabilities {
            originate: vec![CodecName::Pcma, CodecName::Pcmu],
            convert: Vec::new(),
            play: vec![SourceKind::Tone, SourceKind::Announcement, SourceKind::Music, SourceKind::Echo],
            collect_events: true,
            send_events: true,
            send_digit_tones: true,
            relay_between_families: true,
        }
    }
}

impl EngineHandle {
    /// Gives an order. It comes back when too many wait; otherwise exactly one outcome follows.
    pub fn order(&self, order: MediaOrder) -> Result<(), MediaOrder> {
        match self.mailboxes.as_slice() {
            [only] => only.order(order),
            several => self.homes.place(several, order),
        }
    }

    /// The names of all announcements, in their order.
    pub fn announcements(&self) -> &[String] {
        &self.announcements
    }

    /// Pairs of ports that are bound and in no leg's use.
    pub fn idle_pairs(&self) -> usize {
        self.stock.len()
    }

    /// System calls of the media threads since the start.
    pub fn kernel_calls(&self) -> KernelCalls {
        let mut sum = KernelCalls::default();
        self.calls.iter().for_each(|calls| calls.add_to(&mut sum));
        sum
    }

    /// Reports (digits, silence, ends of sounds) that were dropped because nobody took events.
    pub fn lost_reports(&self) -> u64 {
        self.outbox.lost()
    }
}

impl Drop for EngineHandle {
    fn drop(&mut self) {
        self.stock.end();
        for mailbox in &self.mailboxes {
            mailbox.end();
        }
        for thread in self.threads.drain(..) {
            // A thread that panicked has said so already.
            let _ = thread.join();
        }
    }
}
