//! Orders on their way to a media thread.

use crate::kernel::Waker;
use crate::leg::Leg;
use ground::ConnectionId;
use media_plan::MediaOrder;
use std::collections::VecDeque;
use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

/// What a media thread is told.
#[derive(Debug)]
pub(crate) enum Message {
    /// An order.
    Order(MediaOrder),
    /// A leg will come from another thread: orders for it wait until then.
    Expect(ConnectionId),
    /// Hand a leg over to another thread.
    HandOver(ConnectionId, Arc<Mailbox>),
    /// A leg that was expected; none when it was not open.
    Adopt(ConnectionId, Option<Box<Leg>>),
}

/// The bounded queue of one thread.
#[derive(Debug)]
pub(crate) struct Mailbox {
    messages: Mutex<VecDeque<Message>>,
    limit: usize,
    ended: AtomicBool,
    waker: Waker,
}

impl Mailbox {
    /// An empty queue of so many orders.
    pub(crate) fn new(limit: usize) -> io::Result<Mailbox> {
        Ok(Mailbox {
            messages: Mutex::default(),
            limit: limit.max(1),
            ended: AtomicBool::new(false),
            waker: Waker::new()?,
        })
    }

    /// Queues an order and wakes the thread. The order comes back when the queue is full.
    pub(crate) fn order(&self, order: MediaOrder) -> Result<(), MediaOrder> {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        if messages.len() >= self.limit {
            return Err(order);
        }
        messages.push_back(Message::Order(order));
        drop(messages);
        self.waker.wake();
        Ok(())
    }

    /// Queues what belongs to an order that was taken already, full or not: there are at most two for each.
    pub(crate) fn put(&self, message: Message) {
        self.messages.lock().unwrap_or_else(PoisonError::into_inner).push_back(message);
        self.waker.wake();
    }

    /// Exchanges everything that waits against the empty queue `into`.
    pub(crate) fn take(&self, into: &mut VecDeque<Message>) {
        let mut messages = self.messages.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::swap(&mut *messages, into);
    }

    /// Tells the thread to close everything and end, whatever else waits.
    pub(crate) fn end(&self) {
        self.ended.store(true, Ordering::Release);
        self.waker.wake();
    }

    /// The thread was told to end.
    pub(crate) fn is_ended(&self) -> bool {
        self.ended.load(Ordering::Acquire)
    }

    /// What wakes the thread. The thread says that it woke before it takes what waits.
    pub(crate) fn waker(&self) -> &Waker {
        &self.waker
    }
}
