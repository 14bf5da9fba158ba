//! The media engine: relays, plays, collects digits. It carries out the orders of `media_plan`'s `MediaControl` vocabulary
//! and answers with its events.
//!
//! It has threads and sockets of its own and never waits for signalling. Somebody else binds its ports ([`PortBinder`]).
//!
//! # A packet's way
//!
//! A thread waits in `epoll_wait` for all its sockets. For each packet there is one `recvfrom` and one `sendto`; the wait is
//! shared by all packets that came in the meantime. One socket a leg means that a batched receive would find one packet, so
//! none is used. A relayed packet costs two system calls and its share of a wait: three at most. Nothing is allocated for a
//! packet, and the bytes stay in the buffer into which they came: only the payload type and, after a change of source, the
//! marker bit are written.
//!
//! `benches/relay_load.rs` measures it. On a virtual machine with two processors, 100 calls of G.711 over loopback:
//!
//! | packets come | system calls a packet | of a core | delay p50 / p99 |
//! |---|---|---|---|
//! | one by one, evenly | 2.98 | 10.1 % | 27 / 169 µs |
//! | ten together | 2.11 | 2.1 % | 35 / 110 µs |
//!
//! Packets that come one by one cost mostly wake-ups: this thread's for each of them and, over loopback, the listener's, which
//! the sender pays.
//!
//! # What changes for the listener when the source changes
//!
//! Relayed streams keep their sender's SSRC, numbers and timestamps, and RTCP passes between the legs untouched. What the
//! engine plays has an SSRC of its own for each leg. The first packet of speech after each change has the marker bit set.

mod binder;
mod calls;
mod config;
mod engine;
mod homes;
mod kernel;
mod leg;
mod mailbox;
mod outbox;
mod sound;
mod stock;
mod worker;

pub use binder::PortBinder;
pub use calls::KernelCalls;
pub use config::{Clock, EngineConfig, QueueLimits, SoundConfig, StartError, Wake};
pub use engine::{Engine, EngineHandle};
pub use sound::{SoundFault, read_wav};
