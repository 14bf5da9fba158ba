//! Legs that move from one thread to another, and what waits for them.
//!
//! Both legs of a relay are on one thread, so that a leg that is connected to another one moves to the other's thread. It is
//! under way for a moment, and messages about it come meanwhile. All of them have their effect in the order in which they
//! were given: what concerns a leg under way waits for it, and of two legs that are to be connected each waits for the other,
//! with all that follows for it.
//!
//! Nothing waits for ever. Messages are placed one after the other for all threads, and each waits for such only as were placed
//! before it; a leg that turns out to be closed arrives as none.

use super::Worker;
use crate::leg::Leg;
use crate::mailbox::{Mailbox, Message};
use ground::ConnectionId;
use media_plan::{MediaOrder, MediaOrderKind};
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// What waits, by the leg that it concerns and in its order; all of it has come through the mailbox, which bounds it.
#[derive(Default)]
pub(super) struct Parked {
    queues: BTreeMap<ConnectionId, VecDeque<Letter>>,
    tickets: u64,
}

/// Something that concerns a leg.
enum Letter {
    /// The leg comes from another thread: nothing behind this goes on before.
    Expect,
    /// The leg is to be connected to one that something waits for, or that waits itself: nothing behind this goes on before
    /// a `Release` of the same number.
    Await(u64),
    /// What another leg awaits has been done.
    Release(u64, ConnectionId),
    /// The leg goes to another thread.
    HandOver(Arc<Mailbox>),
    Order(MediaOrder),
}

impl Parked {
    /// True when something waits for a leg or with it.
    fn holds(&self, leg: ConnectionId) -> bool {
        self.queues.contains_key(&leg)
    }

    /// A number that no two letters have in common but a pair that belongs together.
    fn ticket(&mut self) -> u64 {
        self.tickets += 1;
        self.tickets
    }

    fn push(&mut self, leg: ConnectionId, letter: Letter) {
        self.queues.entry(leg).or_default().push_back(letter);
    }

    /// The next letter for a leg, unless it has to wait.
    fn next(&mut self, leg: ConnectionId) -> Option<Letter> {
        let queue = self.queues.get_mut(&leg)?;
        let waits = matches!(queue.front(), Some(Letter::Expect | Letter::Await(_)));
        let letter = if waits { None } else { queue.pop_front() };
        if queue.is_empty() {
            self.queues.remove(&leg);
        }
        letter
    }

    /// Takes away the first letter of a leg that `meant` picks.
    fn strike(&mut self, leg: ConnectionId, meant: impl Fn(&Letter) -> bool) {
        let Some(queue) = self.queues.get_mut(&leg) else { return };
        if let Some(index) = queue.iter().position(meant) {
            queue.remove(index);
        }
        if queue.is_empty() {
            self.queues.remove(&leg);
        }
    }
}

impl Worker {
    /// Takes the orders that wait.
    pub(super) fn take_orders(&mut self) {
        let mut inbox = std::mem::take(&mut self.inbox);
        self.shared.mailbox.take(&mut inbox);
        for message in inbox.drain(..) {
            match message {
                Message::Order(order) => self.accept(order),
                Message::Expect(leg) => self.parked.push(leg, Letter::Expect),
                Message::HandOver(leg, to) if self.parked.holds(leg) => self.parked.push(leg, Letter::HandOver(to)),
                Message::HandOver(leg, to) => self.hand_over(leg, &to),
                Message::Adopt(leg, handed) => self.adopt(leg, handed),
            }
        }
        self.inbox = inbox;
    }

    /// Carries out an order, now or when what it depends on is there.
    fn accept(&mut self, order: MediaOrder) {
        let leg = order.leg;
        let with = match order.kind {
            MediaOrderKind::Connect { with } if with != leg => Some(with),
            _ => None,
        };
        let Some(with) = with.filter(|with| self.parked.holds(leg) || self.parked.holds(*with)) else {
            if self.parked.holds(leg) {
                self.parked.push(leg, Letter::Order(order));
            } else {
                self.carry_out(order);
            }
            return;
        };
        if self.parked.holds(with) {
            let ticket = self.parked.ticket();
            self.parked.push(with, Letter::Release(ticket, leg));
            self.parked.push(leg, Letter::Await(ticket));
        }
        // What is ordered for the other leg afterwards finds it connected.
        let ticket = self.parked.ticket();
        self.parked.push(leg, Letter::Order(order));
        self.parked.push(leg, Letter::Release(ticket, with));
        self.parked.push(with, Letter::Await(ticket));
    }

    /// Goes on with what waits for a leg, as far as it can.
    fn go_on(&mut self, leg: ConnectionId) {
        while let Some(letter) = self.parked.next(leg) {
            match letter {
                Letter::Order(order) => self.carry_out(order),
                Letter::HandOver(to) => self.hand_over(leg, &to),
                Letter::Release(ticket, other) => {
                    self.parked.strike(other, |letter| matches!(letter, Letter::Await(number) if *number == ticket));
                    self.go_on(other);
                }
                // These wait; `next` does not take them.
                Letter::Expect | Letter::Await(_) => {}
            }
        }
    }

    fn hand_over(&mut self, leg: ConnectionId, to: &Mailbox) {
        let handed = self.legs.find(leg).and_then(|slot| self.take_out(slot));
        to.put(Message::Adopt(leg, handed));
    }

    /// A leg has come from another thread.
    fn adopt(&mut self, id: ConnectionId, handed: Option<Box<Leg>>) {
        if let Some(leg) = handed {
            if let Err((error, leg)) = self.watch(leg) {
                tracing::error!(%error, "a leg's sockets cannot be watched");
                self.shared.stock.give_back(leg.sockets, self.now.moment);
            } else if let Some(slot) = self.legs.find(id) {
                self.schedule(slot);
            }
        }
        self.parked.strike(id, |letter| matches!(letter, Letter::Expect));
        self.go_on(id);
    }
}
