//! What the exchange orders, and who carries it out.

use super::LineSip;
use exchange::{Order, Report};
use ground::{ConnectionId, Reason};

impl LineSip {
    pub(super) fn order(&mut self, connection: ConnectionId, order: Order) {
        if let Order::Offer(call) = order {
            return self.offer(connection, &call);
        }
        self.with_leg(connection, |line, leg| match order {
            Order::Offer(_) => {}
            Order::Alert { .. } => line.provisional(leg, 180, None, None),
            Order::Progress { media, reason } => line.provisional(leg, 183, media, reason),
            Order::Answer { answer, offer, connected: _ } => line.answer_caller(leg, answer, offer),
            Order::MediaOffer(offer) => line.media_offer(leg, &offer.streams),
            Order::MediaAnswer(answer) => line.media_answer(leg, &answer.streams),
            Order::MediaRefuse(reason) => line.media_refuse(leg, reason),
            Order::SendDigit { digit, duration } => line.send_digit(leg, digit, duration),
            Order::UpdateParty(_) | Order::Transfer(_) => {}
            Order::Refer(_) => line.report(leg.connection, Report::Transferred(Err(Reason::NotImplemented))),
            Order::Probe => line.probe(leg),
            Order::Clear(reason) => line.end(leg, reason),
        });
    }
}
