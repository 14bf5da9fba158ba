//! The thread that brings turns to the disk.

mod sync;

use crate::buffer::{Appender, Shared, Taken};
use crate::folder::Folder;
use crate::frame::{self, Kind};
use crate::header::Header;
use crate::turn::{Chunk, each};
use std::fmt;
use std::fs::File;
use std::io::{self, Write};
use std::path::Path;
use std::sync::Arc;
use std::thread::{Builder, JoinHandle};
use std::time::Duration;
use sync::Syncer;

/// After so many pauses without anything to write the thread sleeps until it is woken.
const IDLE_AFTER: u32 = 20;
/// Given to the system at once, at most.
const BATCH: usize = 1 << 20;

/// How the writer works.
#[derive(Clone, Debug)]
pub struct WriterConfig {
    /// The name of this build, for the heads of files.
    pub build: String,
    /// Between two writes: what the death of the process can take.
    pub pause: Duration,
    /// Between two orders to the system to bring everything to the disk: what the loss of power can take. Never when zero.
    pub sync: Duration,
    /// Bytes that may wait in memory.
    pub room: usize,
    /// So many files with whole snapshots are kept.
    pub keep: usize,
    /// Creates a file.
    pub create: fn(&Path) -> io::Result<File>,
}

impl WriterConfig {
    /// The usual settings.
    pub fn new(build: &str) -> WriterConfig {
        WriterConfig {
            build: build.to_owned(),
            pause: Duration::from_millis(5),
            sync: Duration::from_secs(1),
            room: 16 << 20,
            keep: 2,
            create: Folder::create,
        }
    }
}

/// Why the journal has a hole.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Trouble {
    /// The disk does not keep up: the buffer was full.
    Full,
    /// The system refused a file or what was written to it.
    Disk(io::ErrorKind),
}

impl fmt::Display for Trouble {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Trouble::Full => write!(f, "the disk does not keep up"),
            Trouble::Disk(kind) => write!(f, "{kind}"),
        }
    }
}

/// What the writer tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Alarm {
    /// The journal has a hole; until the next snapshot nobody could go on from it.
    Broken(Trouble),
    /// It is whole again; so many turns were lost since the start.
    Healed {
        /// Turns.
        lost: u64,
    },
}

/// What was done until the end.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct WriterCounts {
    /// Files that were begun.
    pub files: u64,
    /// Bytes that were given to the system.
    pub bytes: u64,
    /// Turns that were lost.
    pub lost: u64,
    /// Orders to the disk that failed.
    pub failed_syncs: u64,
}

/// The thread.
pub struct Writer {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<WriterCounts>>,
}

impl Writer {
    /// Starts the thread. Nothing is written before the first snapshot.
    pub fn start(
        folder: Folder,
        config: WriterConfig,
        alarm: impl FnMut(Alarm) + Send + 'static,
    ) -> io::Result<(Writer, Appender)> {
        let shared = Shared::new(config.room);
        let next = folder.next_sequence()?;
        let syncer = Syncer::start(config.sync)?;
        let (alarm, counts) = (Box::new(alarm), WriterCounts::default());
        let (out, file, troubled, theirs) = (Vec::new(), None, false, shared.clone());
        let mut worker = Worker { folder, config, shared: theirs, alarm, out, file, next, troubled, syncer, counts };
        let thread = Builder::new().name("journal".to_owned()).spawn(move || worker.run())?;
        Ok((Writer { shared: shared.clone(), thread: Some(thread) }, Appender { shared }))
    }

    /// Writes what waits, and ends the thread.
    pub fn stop(mut self) -> WriterCounts {
        self.shared.stop();
        self.thread.take().and_then(|thread| thread.join().ok()).unwrap_or_default()
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.stop();
        if let Some(thread) = self.thread.take() {
            // A thread that failed has said so.
            let _ = thread.join();
        }
    }
}

struct Worker {
    folder: Folder,
    config: WriterConfig,
    shared: Arc<Shared>,
    alarm: Box<dyn FnMut(Alarm) + Send>,
    /// Frames to be written.
    out: Vec<u8>,
    /// None before the first snapshot, and after a failure until the next one.
    file: Option<File>,
    next: u64,
    /// The alarm stands.
    troubled: bool,
    syncer: Syncer,
    counts: WriterCounts,
}

impl Worker {
    fn run(&mut self) -> WriterCounts {
        let mut quiet = 0;
        loop {
            let Taken { chunks, position, stop } = self.shared.take(self.config.pause, quiet >= IDLE_AFTER);
            if self.shared.is_broken() {
                self.trouble(Trouble::Full);
            }
            quiet = if chunks.is_empty() { quiet + 1 } else { 0 };
            for chunk in chunks {
                if let Err(error) = self.chunk(chunk) {
                    self.failed(&error);
                }
            }
            match self.flush() {
                Ok(()) if self.file.is_some() => self.shared.written_to(position),
                Ok(()) => {}
                Err(error) => self.failed(&error),
            }
            if stop {
                self.counts.failed_syncs = self.syncer.stop(self.file.take());
                self.counts.lost = self.shared.lost();
                return self.counts;
            }
        }
    }

    fn chunk(&mut self, chunk: Chunk) -> io::Result<()> {
        match chunk {
            Chunk::NewFile { position, begun } => {
                self.flush()?;
                self.syncer.dirty(self.file.as_ref());
                self.file = None;
                let sequence = self.next;
                self.next += 1;
                let build = self.config.build.clone();
                self.file = Some((self.config.create)(&self.folder.file(sequence))?);
                self.counts.files += 1;
                self.out.extend_from_slice(&Header { build, sequence, position, begun }.bytes());
            }
            // Behind a hole until the next snapshot.
            _ if self.file.is_none() => {}
            Chunk::Messages(bytes) => {
                for (kind, content) in each(&bytes) {
                    self.message(kind, content)?;
                }
                self.shared.give_back(bytes);
            }
            Chunk::Later(kind, fill) => {
                let mut content = Vec::new();
                fill(&mut content);
                self.message(kind, &content)?;
            }
        }
        Ok(())
    }

    fn message(&mut self, kind: Kind, content: &[u8]) -> io::Result<()> {
        frame::write(kind, content, &mut self.out);
        match kind {
            Kind::Whole => {
                self.flush()?;
                self.folder.prune(self.config.keep)?;
                if std::mem::take(&mut self.troubled) {
                    (self.alarm)(Alarm::Healed { lost: self.shared.lost() });
                }
            }
            _ if self.out.len() >= BATCH => self.flush()?,
            _ => {}
        }
        Ok(())
    }

    fn flush(&mut self) -> io::Result<()> {
        let Some(file) = self.file.as_mut().filter(|_| !self.out.is_empty()) else {
            self.out.clear();
            return Ok(());
        };
        let written = file.write_all(&self.out);
        self.counts.bytes += self.out.len() as u64;
        self.out.clear();
        self.syncer.dirty(self.file.as_ref());
        written
    }

    fn failed(&mut self, error: &io::Error) {
        self.file = None;
        self.out.clear();
        self.shared.failed();
        self.trouble(Trouble::Disk(error.kind()));
    }

    /// What is on the disk is not what was last: nobody is to go on from it.
    fn trouble(&mut self, trouble: Trouble) {
        self.file = None;
        if !std::mem::replace(&mut self.troubled, true) {
            // Without the folder there is nothing that could mislead.
            let _ = self.folder.mark_broken();
            (self.alarm)(Alarm::Broken(trouble));
        }
    }
}
