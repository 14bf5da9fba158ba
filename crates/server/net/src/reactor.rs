//! The call thread's loop: every datagram socket, the wake-ups of other threads, and the machines' time-outs.

use crate::clock::Clock;
use crate::datagram::socket::{Datagram, DatagramSocket};
use ground::{Moment, Now};
use mio::unix::SourceFd;
use mio::{Events, Interest, Poll, Token};
use std::io;
use std::os::fd::{AsFd, AsRawFd};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

/// The token of the wake-up; sockets are numbered from 0.
const WAKE: Token = Token(usize::MAX);
/// The longest sleep: a bound, so that a lost wake-up cannot stop the exchange.
const LONGEST_SLEEP: Duration = Duration::from_millis(500);
/// How many batches one socket may be read before the others and the timers have their turn.
const BATCHES_IN_A_ROW: usize = 4;

/// What the reactor drives: wire machine, line and exchange together, on one thread.
pub trait Driver {
    /// Datagrams arrived at the socket with this index, in order. The vector is emptied by the callee or after the call.
    fn datagrams(&mut self, now: Now, socket: usize, arrived: &mut Vec<Datagram>);

    /// Another thread called [`Waker::wake`].
    fn woken(&mut self, now: Now);

    /// A time-out is due.
    fn timeout(&mut self, now: Now);

    /// When [`Driver::timeout`] wants to be called.
    fn next_timeout(&self) -> Option<Moment>;

    /// Moves what is to be sent into the sockets' queues.
    fn transmit(&mut self, sockets: &mut [DatagramSocket]);

    /// The loop ends when this is true.
    fn finished(&self) -> bool;
}

/// Wakes the reactor from another thread.
#[derive(Clone)]
pub struct Waker {
    waker: Arc<mio::Waker>,
    pending: Arc<AtomicBool>,
}

impl Waker {
    /// Makes the reactor call [`Driver::woken`]. Several calls before that are one system call and one wake-up.
    pub fn wake(&self) {
        if !self.pending.swap(true, Ordering::AcqRel) {
            // It fails only when the counter overflows, and then the reactor wakes anyway.
            let _ = self.waker.wake();
        }
    }
}

/// The loop and its sockets.
pub struct Reactor {
    poll: Poll,
    sockets: Vec<DatagramSocket>,
    waker: Waker,
    clock: Clock,
}

impl Reactor {
    /// A loop over these sockets, whose index is their place in the vector.
    pub fn new(sockets: Vec<DatagramSocket>, clock: Clock) -> io::Result<Self> {
        let poll = Poll::new()?;
        for (index, socket) in sockets.iter().enumerate() {
            let descriptor = socket.as_fd().as_raw_fd();
            poll.registry().register(
                &mut SourceFd(&descriptor),
                Token(index),
                Interest::READABLE | Interest::WRITABLE,
            )?;
        }
        let waker = Arc::new(mio::Waker::new(poll.registry(), WAKE)?);
        Ok(Reactor { poll, sockets, waker: Waker { waker, pending: Arc::new(AtomicBool::new(false)) }, clock })
    }

    /// A handle that wakes this loop.
    pub fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// Drives until the driver has finished, and sends what it left.
    pub fn run(mut self, driver: &mut impl Driver) -> io::Result<()> {
        let mut events = Events::with_capacity(64);
        let mut arrived = Vec::with_capacity(64);
        // Edge-triggered: a socket that may hold more is remembered here and read again before the next sleep.
        let mut readable = vec![true; self.sockets.len()];
        while !driver.finished() {
            let sleep = if readable.contains(&true) { Duration::ZERO } else { self.sleep(driver) };
            match self.poll.poll(&mut events, Some(sleep)) {
                Err(error) if error.kind() != io::ErrorKind::Interrupted => return Err(error),
                _ => {}
            }
            for event in &events {
                match readable.get_mut(event.token().0) {
                    Some(flag) if event.is_readable() => *flag = true,
                    _ => {}
                }
            }
            if self.waker.pending.swap(false, Ordering::AcqRel) {
                driver.woken(self.clock.now());
            }
            for (index, flag) in readable.iter_mut().enumerate() {
                if *flag {
                    *flag = Self::read(&mut self.sockets[index], index, &self.clock, driver, &mut arrived)?;
                }
            }
            let now = self.clock.now();
            if driver.next_timeout().is_some_and(|at| at <= now.moment) {
                driver.timeout(now);
            }
            driver.transmit(&mut self.sockets);
            for socket in &mut self.sockets {
                socket.flush();
            }
        }
        driver.transmit(&mut self.sockets);
        for socket in &mut self.sockets {
            socket.flush();
        }
        Ok(())
    }

    fn read(
        socket: &mut DatagramSocket,
        index: usize,
        clock: &Clock,
        driver: &mut impl Driver,
        arrived: &mut Vec<Datagram>,
    ) -> io::Result<bool> {
        for _ in 0..BATCHES_IN_A_ROW {
            let more = socket.receive(arrived)?;
            if !arrived.is_empty() {
                driver.datagrams(clock.now(), index, arrived);
                arrived.clear();
            }
            if !more {
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn sleep(&self, driver: &impl Driver) -> Duration {
        let Some(at) = driver.next_timeout() else { return LONGEST_SLEEP };
        let wait = at.since(self.clock.moment());
        if wait.is_zero() {
            return Duration::ZERO;
        }
        // epoll counts milliseconds and mio rounds up, so a timer is never early and at most a millisecond late.
        wait.min(LONGEST_SLEEP)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bytes::Bytes;
    use std::net::{SocketAddr, UdpSocket};

    /// Answers each datagram with its length, ends after a wake-up.
    struct Lengths {
        replies: Vec<(usize, SocketAddr, Bytes)>,
        ticks: u32,
        next: Option<Moment>,
        done: bool,
    }

    impl Driver for Lengths {
        fn datagrams(&mut self, _: Now, socket: usize, arrived: &mut Vec<Datagram>) {
            for datagram in arrived.drain(..) {
                self.replies.push((socket, datagram.from, Bytes::from(datagram.bytes.len().to_string())));
            }
        }
        fn woken(&mut self, _: Now) {
            self.done = true;
        }
        fn timeout(&mut self, now: Now) {
            self.ticks += 1;
            self.next = Some(now.moment + Duration::from_millis(5));
        }
        fn next_timeout(&self) -> Option<Moment> {
            self.next
        }
        fn transmit(&mut self, sockets: &mut [DatagramSocket]) {
            for (socket, to, bytes) in self.replies.drain(..) {
                sockets[socket].queue(to, bytes);
            }
        }
        fn finished(&self) -> bool {
            self.done
        }
    }

    #[test]
    fn datagrams_are_answered_timers_fire_and_a_wake_up_ends_the_loop() {
        let server = crate::datagram::socket::tests_support::loopback();
        let address = server.local();
        let reactor = Reactor::new(vec![server], Clock::start()).unwrap();
        let waker = reactor.waker();
        let thread = std::thread::spawn(move || {
            let mut driver = Lengths { replies: Vec::new(), ticks: 0, next: Some(Moment::ZERO), done: false };
            reactor.run(&mut driver).unwrap();
            driver.ticks
        });
        let client = UdpSocket::bind("127.0.0.1:0").unwrap();
        client.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        let mut buffer = [0; 16];
        for size in [1, 500, 9000] {
            client.send_to(&vec![7; size], address).unwrap();
            let (length, _) = client.recv_from(&mut buffer).unwrap();
            assert_eq!(buffer[..length], *size.to_string().as_bytes());
        }
        std::thread::sleep(Duration::from_millis(60));
        waker.wake();
        waker.wake();
        assert!(thread.join().unwrap() > 3);
    }
}
