//! The call thread: the switchboard with its sockets, streams, media engine, store writer and ladder.

mod answers;
pub mod driver;
pub mod flows;
pub mod ladder;
pub mod live;
pub mod request;
