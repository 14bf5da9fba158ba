//! Which thread each leg is on.

use crate::mailbox::{Mailbox, Message};
use ground::ConnectionId;
use media_plan::{MediaOrder, MediaOrderKind};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The threads of all legs; unused where there is one thread only.
#[derive(Debug, Default)]
pub(crate) struct Homes(Mutex<Table>);

#[derive(Debug, Default)]
struct Table {
    by_leg: BTreeMap<ConnectionId, usize>,
    next: usize,
}

impl Homes {
    fn lock(&self) -> MutexGuard<'_, Table> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Gives an order to the thread that its leg is on. A new leg goes round robin; a leg that is to be relayed moves to the
    /// thread of the other one, and its orders follow it.
    pub(crate) fn place(&self, mailboxes: &[Arc<Mailbox>], order: MediaOrder) -> Result<(), MediaOrder> {
        let mut table = self.lock();
        let leg = order.leg;
        let known = table.by_leg.get(&leg).copied();
        let mut home = known.unwrap_or(table.next % mailboxes.len().max(1));
        if let (MediaOrderKind::Connect { with }, Some(from)) = (&order.kind, known) {
            home = table.by_leg.get(with).copied().unwrap_or(home);
            if let (Some(old), Some(new)) = (mailboxes.get(from), mailboxes.get(home).filter(|_| home != from)) {
                new.put(Message::Expect(leg));
                old.put(Message::HandOver(leg, new.clone()));
                table.by_leg.insert(leg, home);
            }
        }
        let opens =
            matches!(order.kind, MediaOrderKind::Open { .. } | MediaOrderKind::Resume { .. }) && known.is_none();
        let closes = matches!(order.kind, MediaOrderKind::Close);
        let Some(mailbox) = mailboxes.get(home) else { return Err(order) };
        mailbox.order(order)?;
        if opens {
            table.by_leg.insert(leg, home);
            table.next = table.next.wrapping_add(1);
        } else if closes {
            table.by_leg.remove(&leg);
        }
        Ok(())
    }

    /// A leg could not be opened after all.
    pub(crate) fn forget(&self, leg: ConnectionId) {
        self.lock().by_leg.remove(&leg);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::NetworkId;
    use media_plan::{AddressFamily, OrderId, PortPair};
    use std::collections::VecDeque;

    fn order(leg: u64, kind: MediaOrderKind) -> MediaOrder {
        MediaOrder { id: OrderId(leg), leg: ConnectionId(leg), kind }
    }

    fn open(leg: u64) -> MediaOrder {
        let ports = PortPair { network: NetworkId(1), family: AddressFamily::V4, rtp_port: 4000 };
        order(leg, MediaOrderKind::Open { ports })
    }

    fn waiting(mailbox: &Mailbox) -> VecDeque<Message> {
        let mut messages = VecDeque::new();
        mailbox.take(&mut messages);
        messages
    }

    #[test]
    fn a_leg_moves_to_the_other_one_and_is_forgotten_when_it_closes() {
        let homes = Homes::default();
        let mailboxes = [4, 4].map(|limit| Arc::new(Mailbox::new(limit).unwrap()));
        for leg in [1, 2] {
            homes.place(&mailboxes, open(leg)).unwrap();
        }
        assert_eq!([waiting(&mailboxes[0]).len(), waiting(&mailboxes[1]).len()], [1, 1]);
        homes.place(&mailboxes, order(1, MediaOrderKind::Connect { with: ConnectionId(2) })).unwrap();
        assert!(matches!(waiting(&mailboxes[0]).pop_front(), Some(Message::HandOver(ConnectionId(1), _))));
        let mut there = waiting(&mailboxes[1]);
        assert!(matches!(there.pop_front(), Some(Message::Expect(ConnectionId(1)))));
        assert!(matches!(there.pop_front(), Some(Message::Order(_))));
        homes.place(&mailboxes, order(1, MediaOrderKind::Stop)).unwrap();
        assert_eq!([waiting(&mailboxes[0]).len(), waiting(&mailboxes[1]).len()], [0, 1]);
        homes.place(&mailboxes, order(1, MediaOrderKind::Close)).unwrap();
        homes.forget(ConnectionId(2));
        assert!(homes.lock().by_leg.is_empty());
    }

    #[test]
    fn an_order_that_does_not_fit_changes_nothing() {
        let homes = Homes::default();
        let mailboxes = [Arc::new(Mailbox::new(1).unwrap())];
        homes.place(&mailboxes, open(1)).unwrap();
        assert_eq!(homes.place(&mailboxes, open(2)), Err(open(2)));
        assert_eq!(homes.lock().by_leg.len(), 1);
        let close = || order(1, MediaOrderKind::Close);
        assert_eq!(homes.place(&mailboxes, close()), Err(close()));
        assert_eq!(homes.lock().by_leg.len(), 1);
    }
}
