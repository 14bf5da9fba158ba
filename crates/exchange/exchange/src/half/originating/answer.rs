//! The answer: what the caller's line is told, and what both agree on.

use super::{Next, Originating, OriginatingState};
use crate::facilities::Facilities;
use crate::feature::sound::{Hearing, Sound};
use crate::half::conversation::{Conversation, Negotiating};
use crate::half::message::{Answered, PeerMedia};
use crate::vocabulary::input::Output;
use crate::vocabulary::order::Order;
use ground::Reason;
use media_plan::{MediaAnswer, MediaOffer, MediaOrderKind, PlaySource};
use std::sync::Arc;

impl Originating {
    /// Somebody answered. `connects`: this half orders the relay.
    pub(super) fn answered(&mut self, f: &mut Facilities, answered: Answered, connects: bool) -> Next {
        let Some(peer) = self.way.peer else { return Next::Stay };
        let mut hearing = Hearing { held: answered.holds, other: answered.leg, ..Hearing::default() };
        if let PeerMedia::Treatment(source, repeat) = &answered.media {
            hearing.treatment = Some((source.clone(), *repeat));
        }
        let leg = answered.leg;
        let made = match (answered.media, self.early.take()) {
            (PeerMedia::Answer(same), Some((early, heard))) if leg == Some(early) && same == heard => {
                // The relay is there already; who answers holding ends it.
                if answered.holds {
                    f.media(self.connection.id, MediaOrderKind::Disconnect);
                } else {
                    hearing.sound = Sound::Relay;
                }
                Ok(Opening::default())
            }
            (PeerMedia::Answer(other), Some(_)) => self.follow(f, &other),
            (media, _) => self.first_agreement(f, media),
        };
        let opening = match made {
            Ok(opening) => opening,
            Err(reason) => return Next::End(reason),
        };
        // Not before: a caller that cannot be answered has no call to pay for.
        if !self.record.is_closed() {
            self.record.answered(f.now, answered.connected.number);
            f.outputs.push_back(Output::RecordOpened(self.record.record().clone()));
        }
        let talk = Conversation::new(peer, hearing, connects, Negotiating::Idle);
        let mut talk = talk.with(answered.connected.clone(), answered.device);
        if opening.offer.is_some() {
            // Who is met by taking a place is ready already: this half's leg is the last to be set up.
            let taking = self.state == OriginatingState::Taking;
            let asked = if taking { Negotiating::Adapting } else { Negotiating::LineAsked { first: true } };
            talk.wait(&self.connection, f, asked);
        } else if opening.change.is_some() {
            talk.wait(&self.connection, f, Negotiating::Following);
        }
        talk.begin(&self.connection, f);
        let Opening { answer, offer, change } = opening;
        self.connection.order(f, Order::Answer { answer, offer, connected: answered.connected });
        if let Some(change) = change {
            self.connection.order(f, Order::MediaOffer(change));
        }
        Next::Talk(Box::new(talk))
    }

    /// Another device answered than the one whose media the caller heard before. The caller has its one answer already; when
    /// the new one takes other codecs, the caller is offered a change.
    fn follow(&mut self, f: &mut Facilities, answered: &MediaAnswer) -> Result<Opening, Reason> {
        f.media(self.connection.id, MediaOrderKind::Disconnect);
        let media = self.connection.media.as_mut().ok_or(Reason::InternalError)?;
        let change = media.follow(answered).map_err(|error| error.reason())?;
        Ok(Opening { change, ..Opening::default() })
    }

    /// The answer to the caller's offer, or the offer to a caller who made none.
    fn first_agreement(&mut self, f: &mut Facilities, media: PeerMedia) -> Result<Opening, Reason> {
        let config = Arc::clone(&f.config);
        let offered = self.caller.offer.is_some();
        let agreement = self.connection.media.as_mut().ok_or(Reason::InternalError)?;
        let answer = |answer| Opening { answer: Some(answer), ..Opening::default() };
        let offer = |offer| Opening { offer: Some(offer), ..Opening::default() };
        let made = match media {
            PeerMedia::Answer(other) => agreement.pass_answer(&other).map(answer),
            PeerMedia::Offer(other) => agreement.pass_offer(&other).map(offer),
            PeerMedia::Treatment(source, _) if offered => {
                agreement.answer_alone(&config.own_codecs, source == PlaySource::Echo).map(answer)
            }
            PeerMedia::Treatment(..) => agreement.offer_own(&config.own_codecs).map(offer),
        };
        made.map_err(|error| error.reason())
    }
}

/// What the caller is told of media with the answer.
#[derive(Default)]
struct Opening {
    /// The answer to its offer.
    answer: Option<MediaAnswer>,
    /// An offer, since it made none.
    offer: Option<MediaOffer>,
    /// A change of what it agreed to before.
    change: Option<MediaOffer>,
}
