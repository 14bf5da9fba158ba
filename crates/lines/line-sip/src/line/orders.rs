//! What the exchange orders, and who carries it out.

use super::LineSip;
use exchange::Order;
use ground::ConnectionId;

impl LineSip {
    pub(super) fn order(&mut self, connection: ConnectionId, order: Order) {
        if let Order::Offer(call) = order {
            return self.offer(connection, &call);
        }
        self.with_leg(connection, |line, leg| match order {
            Order::Offer(_) => {}
            Order::Alert { waiting } => line.alert_caller(leg, waiting),
            Order::Progress { media, reason } => line.progress_caller(leg, media, reason),
            Order::Answer { answer, offer, connected } => line.answer_caller(leg, answer, offer, connected),
            Order::MediaOffer(offer) => line.media_offer(leg, &offer.streams),
            Order::MediaAnswer(answer) => line.media_answer(leg, &answer.streams),
            Order::MediaRefuse(reason) => line.media_refuse(leg, reason),
            Order::SendDigit { digit, duration } => line.send_digit(leg, digit, duration),
            Order::UpdateParty(party) => line.update_party(leg, party),
            Order::Transfer(progress) => line.transfer(leg, progress),
            Order::Refer { target, by } => line.refer(leg, target, by),
            Order::Probe => line.probe(leg),
            Order::Clear(reason) => line.end(leg, reason),
        });
    }
}
