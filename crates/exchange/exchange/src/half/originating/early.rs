//! Media before the answer.

use super::{Next, Originating, OriginatingState};
use crate::facilities::Facilities;
use crate::half::message::Message;
use crate::vocabulary::order::Order;
use ground::ConnectionId;
use media_plan::{MediaAnswer, MediaOrderKind};
use std::time::Duration;

impl Originating {
    /// The first media before the answer wins: it is connected through to the caller.
    pub(super) fn early_media(&mut self, f: &mut Facilities, answered: &MediaAnswer, leg: ConnectionId) -> Next {
        let answer = match self.connection.media.as_mut().filter(|_| self.caller.offer.is_some()) {
            Some(media) => media.pass_answer(answered),
            None => return Next::Stay,
        };
        match answer {
            Ok(answer) => {
                self.state = OriginatingState::Delivered;
                self.early = Some((leg, answered.clone()));
                self.connection.modify(f, false);
                f.media(self.connection.id, MediaOrderKind::Connect { with: leg });
                self.connection.order(f, Order::Progress { media: Some(answer), reason: None });
                Next::Stay
            }
            Err(error) => Next::End(error.reason()),
        }
    }

    /// A digit in signalling before the answer goes on in media, as far as there is any: SIP has no INFO towards a side that has
    /// not answered (RFC 6086 section 4.2.1 needs a dialog that both sides know). Without media nobody could ask for digits.
    pub(super) fn early_digit(&self, f: &mut Facilities, digit: char, duration: Duration) {
        if let (Some(peer), Some(_)) = (self.way.peer, &self.early) {
            f.send(self.id, peer, Message::Digit { digit, duration, in_media: false });
        }
    }
}
