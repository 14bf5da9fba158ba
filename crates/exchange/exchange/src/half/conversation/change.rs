//! Changes of media within a conversation: what a line offers, what the other half's line offers, and the answers.

use super::{Conversation, Ending, Negotiating};
use crate::facilities::Facilities;
use crate::half::connection::Connection;
use crate::half::message::Message;
use crate::media::agreement::OfferVerdict;
use crate::vocabulary::order::Order;
use ground::Reason;
use media_plan::{MediaAnswer, MediaOffer, PlaySource};
use std::sync::Arc;

impl Conversation {
    /// The line offers a change.
    pub(super) fn line_offers(&mut self, c: &mut Connection, f: &mut Facilities, offer: MediaOffer) {
        let treatment = self.hearing.treatment.as_ref().map(|(source, _)| *source == PlaySource::Echo);
        let config = Arc::clone(&f.config);
        let Some(media) = c.media.as_mut() else {
            return c.order(f, Order::MediaRefuse(Reason::NotImplemented));
        };
        let verdict = match treatment {
            // What the exchange plays itself needs nobody else's consent.
            Some(returns) => media
                .take_offer(offer)
                .and_then(|()| media.answer_alone(&config.own_codecs, returns))
                .map(OfferVerdict::Answered),
            None => media.take_change(offer),
        };
        match verdict {
            Ok(OfferVerdict::Answered(answer)) => {
                c.order(f, Order::MediaAnswer(answer));
                self.agreed(c, f);
            }
            Ok(OfferVerdict::Ask(offer)) => {
                self.tell(c, f, Message::MediaOffer(offer));
                self.wait(c, f, Negotiating::OtherAsked { first: false });
            }
            Err(error) => self.refuse(c, f, error.reason()),
        }
    }

    /// The line wants an offer (RFC 3261 section 14.2): it gets what its leg has agreed, which concerns nobody else.
    pub(super) fn renew(&mut self, c: &mut Connection, f: &mut Facilities) {
        match c.media.as_mut().map(|media| media.renew().map_err(|error| error.reason())) {
            Some(Ok(offer)) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::Renewing);
            }
            Some(Err(reason)) => c.order(f, Order::MediaRefuse(reason)),
            None => c.order(f, Order::MediaRefuse(Reason::NotImplemented)),
        }
    }

    /// The other half's line offers a change.
    pub(super) fn other_offers(&mut self, c: &mut Connection, f: &mut Facilities, offer: &MediaOffer) {
        let made = match c.media.as_mut() {
            Some(media) => media.pass_offer(offer).map_err(|error| error.reason()),
            None => Err(Reason::NotImplemented),
        };
        match made {
            Ok(offer) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::LineAsked { first: false });
            }
            Err(reason) => self.tell(c, f, Message::MediaRefuse(reason)),
        }
    }

    /// The line answers what it was offered.
    pub(super) fn line_answers(&mut self, c: &mut Connection, f: &mut Facilities, answer: MediaAnswer) -> Ending {
        let before = self.done(c, f);
        let result = match c.media.as_mut() {
            Some(media) => media.take_answer(answer.clone()).map_err(|error| error.reason()),
            None => Err(Reason::InternalError),
        };
        match (before, result) {
            (Negotiating::LineAsked { first }, Ok(())) => {
                // The other half relays after the first agreement: its leg is the last to be set up.
                self.connects = self.connects && !(first && self.hearing.treatment.is_none());
                self.agreed(c, f);
                self.connects |= first;
                // After hold, if there is any: the other half then knows what its party is to hear.
                if self.hearing.treatment.is_none() {
                    self.tell(c, f, Message::MediaAnswer(answer));
                }
                None
            }
            (Negotiating::Accommodating, result) => self.accommodated(c, f, result.is_ok()),
            (Negotiating::Adapting, Ok(())) => {
                self.agreed(c, f);
                self.tell(c, f, Message::MediaAnswer(answer));
                None
            }
            (_, Ok(())) => {
                self.agreed(c, f);
                None
            }
            (Negotiating::LineAsked { first: false }, Err(reason)) => {
                self.tell(c, f, Message::MediaRefuse(reason));
                None
            }
            // What was agreed before goes on.
            (Negotiating::Renewing, Err(_)) => None,
            (_, Err(reason)) => Some(reason),
        }
    }

    /// The line refuses what it was offered, or says nothing.
    pub(super) fn line_refuses(&mut self, c: &mut Connection, f: &mut Facilities, reason: Reason) -> Ending {
        let before = self.done(c, f);
        if let Some(media) = c.media.as_mut() {
            media.offer_refused();
        }
        match before {
            Negotiating::LineAsked { first: false } => {
                self.tell(c, f, Message::MediaRefuse(reason));
                None
            }
            Negotiating::LineAsked { first: true } => Some(reason),
            Negotiating::Renewing => None,
            Negotiating::Accommodating => self.accommodated(c, f, false),
            // The other line has changed already: without this one there is no sound.
            _ if matches!(reason, Reason::NoUserResponding | Reason::ProtocolTimeout) => Some(reason),
            _ => Some(Reason::NoCommonCodec),
        }
    }

    /// The other line answers what this one offered.
    pub(super) fn other_answers(
        &mut self,
        c: &mut Connection,
        f: &mut Facilities,
        answer: &MediaAnswer,
        first: bool,
    ) -> Ending {
        self.done(c, f);
        let made = match c.media.as_mut() {
            Some(media) => media.pass_answer(answer).map_err(|error| error.reason()),
            None => Err(Reason::InternalError),
        };
        match made {
            Ok(answer) => {
                c.order(f, Order::MediaAnswer(answer));
                self.connects |= first;
                self.agreed(c, f);
                self.connects &= !first;
                None
            }
            Err(reason) if first => Some(reason),
            Err(reason) => {
                self.refuse(c, f, reason);
                None
            }
        }
    }

    /// This line's offer is refused; what was agreed goes on.
    pub(super) fn refuse(&mut self, c: &mut Connection, f: &mut Facilities, reason: Reason) {
        self.done(c, f);
        if let Some(media) = c.media.as_mut() {
            media.refuse_offer();
        }
        c.order(f, Order::MediaRefuse(reason));
    }

    /// This line takes its offer back; what was agreed goes on.
    pub(super) fn withdraw(&mut self, c: &mut Connection, f: &mut Facilities) {
        self.done(c, f);
        if let Some(media) = c.media.as_mut() {
            media.refuse_offer();
        }
    }

    /// The other line agreed to a change that this line offered and has taken back, or for which it did not wait: this line is
    /// asked to follow, unless what it uses is still possible.
    pub(super) fn other_changed(&mut self, c: &mut Connection, f: &mut Facilities, answer: &MediaAnswer) -> Ending {
        match c.media.as_mut()?.follow(answer) {
            Ok(None) => self.agreed(c, f),
            Ok(Some(offer)) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::Following);
            }
            Err(error) => return Some(error.reason()),
        }
        None
    }
}
