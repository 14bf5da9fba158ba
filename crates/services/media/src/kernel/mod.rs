//! The three things that the standard library does not offer and a media thread needs: readiness of many sockets, a timer
//! on a fixed grid, and a way to be woken. Each call into the kernel is wrapped here and nowhere else.

mod epoll;
mod ticker;
mod waker;

pub(crate) use epoll::{Epoll, Ready};
pub(crate) use ticker::Ticker;
pub(crate) use waker::Waker;

use std::io;

/// The result of a call that returns -1 on failure.
fn checked(result: libc::c_int) -> io::Result<libc::c_int> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
