//! Events on their way to whoever ordered.

use crate::config::Wake;
use media_plan::MediaEvent;
use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

/// The bounded channel of events, and what does not fit it yet.
///
/// Outcomes are never lost: while events wait here no order is taken, so that no more outcomes can arise. Reports are dropped
/// and counted when too many wait.
#[derive(Clone)]
pub(crate) struct Outbox {
    sender: SyncSender<MediaEvent>,
    backlog: Arc<Mutex<VecDeque<MediaEvent>>>,
    limit: usize,
    lost: Arc<AtomicU64>,
    wake: Wake,
}

impl Outbox {
    /// A channel of so many events.
    pub(crate) fn new(limit: usize, wake: Wake) -> (Outbox, Receiver<MediaEvent>) {
        let (sender, receiver) = sync_channel(limit.max(1));
        let (backlog, lost) = (Arc::default(), Arc::default());
        (Outbox { sender, backlog, limit: limit.max(1), lost, wake }, receiver)
    }

    /// Queues an event without waking anybody. True when somebody is to be woken.
    pub(crate) fn put(&self, event: MediaEvent) -> bool {
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        if !backlog.is_empty() {
            self.keep(&mut backlog, event);
            return false;
        }
        match self.sender.try_send(event) {
            Ok(()) => true,
            Err(TrySendError::Full(event)) => {
                self.keep(&mut backlog, event);
                false
            }
            // Nobody listens any more.
            Err(TrySendError::Disconnected(_)) => false,
        }
    }

    fn keep(&self, backlog: &mut VecDeque<MediaEvent>, event: MediaEvent) {
        let report = matches!(
            event,
            MediaEvent::Digit { .. }
                | MediaEvent::Silent { .. }
                | MediaEvent::Receiving { .. }
                | MediaEvent::Playing { .. }
                | MediaEvent::PlayEnded { .. }
        );
        if report && backlog.len() >= self.limit {
            self.lost.fetch_add(1, Ordering::Relaxed);
        } else {
            backlog.push_back(event);
        }
    }

    /// Queues an event and wakes whoever takes it.
    pub(crate) fn tell(&self, event: MediaEvent) {
        if self.put(event) {
            self.ring();
        }
    }

    /// Wakes whoever takes events.
    pub(crate) fn ring(&self) {
        (self.wake)();
    }

    /// Moves what waits into the channel. True when nothing waits any more.
    pub(crate) fn flush(&self) -> bool {
        let mut backlog = self.backlog.lock().unwrap_or_else(PoisonError::into_inner);
        let mut moved = false;
        while let Some(event) = backlog.pop_front() {
            match self.sender.try_send(event) {
                Ok(()) => moved = true,
                Err(TrySendError::Full(event)) => {
                    backlog.push_front(event);
                    break;
                }
                Err(TrySendError::Disconnected(_)) => backlog.clear(),
            }
        }
        if moved {
            self.ring();
        }
        backlog.is_empty()
    }

    /// Reports that were dropped because nobody took them.
    pub(crate) fn lost(&self) -> u64 {
        self.lost.load(Ordering::Relaxed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::ConnectionId;
    use media_plan::OrderId;

    #[test]
    fn outcomes_wait_and_reports_are_counted_when_they_do_not_fit() {
        let (outbox, receiver) = Outbox::new(2, Arc::new(|| ()));
        let leg = ConnectionId(1);
        for number in 0..5 {
            outbox.put(MediaEvent::Outcome { order: OrderId(number), leg, result: Ok(()) });
        }
        outbox.put(MediaEvent::PlayEnded { leg });
        assert_eq!(outbox.lost(), 1);
        assert!(!outbox.flush());
        let mut seen = Vec::new();
        while let Ok(MediaEvent::Outcome { order, .. }) = receiver.try_recv() {
            seen.push(order.0);
            outbox.flush();
        }
        assert_eq!(seen, [0, 1, 2, 3, 4]);
        assert!(outbox.flush());
    }
}
