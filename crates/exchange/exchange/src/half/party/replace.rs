//! Somebody takes this party's place in its conversation (RFC 3891).

use super::{Next, Party, PartyState, Why};
use crate::facilities::Facilities;
use crate::half::HalfId;
use crate::half::message::{Message, Newcomer};
use ground::Reason;

impl Party {
    /// The own device and the same trunk may; a pickup group only while it rings.
    pub(super) fn replaced(&mut self, f: &mut Facilities, from: HalfId, newcomer: Newcomer) -> Next {
        let same = newcomer.device.is_some() && newcomer.device == self.connection.device;
        let refusal = if !same || newcomer.trunk != self.connection.trunk {
            Some(Reason::NotAuthorized)
        } else if self.state != PartyState::Talking || self.asked.is_some() {
            Some(Reason::NoSuchConnection)
        } else {
            None
        };
        if let Some(reason) = refusal {
            f.send(self.id, from, Message::Release(reason));
            return Next::Stay;
        }
        let partner = self.partner(Why::Replaced, newcomer.shown.number);
        f.send(self.id, from, Message::Take(Box::new(partner)));
        self.leave(f, Reason::Replaced);
        Next::End(Reason::Replaced)
    }
}
