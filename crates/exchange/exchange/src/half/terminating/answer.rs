//! The answer of a telephone, a trunk or a service: what was agreed, and the other telephones.

use super::{Next, Terminating};
use crate::facilities::Facilities;
use crate::feature::sound::Hearing;
use crate::half::conversation::{Conversation, Negotiating};
use crate::half::input::Timer;
use crate::half::message::{Answered, Message, PeerMedia};
use crate::vocabulary::report::{AnsweredMedia, Party};
use ground::{ConnectionId, Reason};
use media_plan::MediaAnswer;

impl Terminating {
    pub(super) fn answered(
        &mut self,
        f: &mut Facilities,
        at: ConnectionId,
        media: AnsweredMedia,
        connected: Option<Party>,
    ) -> Next {
        let made = match media {
            AnsweredMedia::Answer(answer) => self.take_final_answer(at, answer),
            AnsweredMedia::AsAgreed => self.agreed_answer(at),
            AnsweredMedia::Offer(offer) => self.take_offer(at, offer),
            AnsweredMedia::Treatment { source, repeat } => {
                match self.branch(at).map(|b| b.connection.media.is_some()) {
                    Some(false) => Ok(PeerMedia::Treatment(source, repeat)),
                    _ => Err(Reason::ProtocolError),
                }
            }
        };
        let media = match made {
            Ok(media) => media,
            Err(reason) => return self.branch_fails(f, at, reason),
        };
        f.timers.cancel(&Timer::NoAnswer(self.id));
        f.timers.cancel(&Timer::Response(at));
        let connected = connected.unwrap_or_else(|| self.called_party());
        let peer = self.peer;
        let first = matches!(media, PeerMedia::Offer(_));
        let other = Some(self.setup.leg).filter(|_| !matches!(media, PeerMedia::Treatment(..)));
        let hearing = Hearing { other, ..Hearing::default() };
        let talk = Conversation::new(peer, hearing, false, Negotiating::Idle);
        let mut talk = talk.with(self.setup.caller.clone(), self.setup.device);
        if let PeerMedia::Treatment(source, repeat) = &media {
            talk.plays = Some((source.clone(), *repeat));
        }
        let Some(mut branch) = self.take_branch(at) else { return Next::Stay };
        branch.connection.shown = connected.clone();
        let leg = branch.connection.media.as_ref().map(|_| at);
        let holds = branch.connection.media.as_ref().is_some_and(|media| !media.party_listens());
        let answered = Answered { media, leg, connected, device: branch.connection.device, holds };
        f.send(self.id, peer, Message::Answered(Box::new(answered)));
        if first {
            talk.wait(&branch.connection, f, Negotiating::OtherAsked { first: true });
        }
        talk.begin(&branch.connection, f);
        for other in std::mem::take(&mut self.branches) {
            other.connection.clear(f, Reason::AnsweredElsewhere);
        }
        Next::Talk(Box::new(branch.connection), Box::new(talk))
    }

    /// Takes the answer that comes with the answer of the call. It counts also when another one came before.
    fn take_final_answer(&mut self, at: ConnectionId, answer: MediaAnswer) -> Result<PeerMedia, Reason> {
        let branch = self.branch(at).ok_or(Reason::InternalError)?;
        if branch.answer.as_ref().is_some_and(|before| *before != answer) {
            branch.answer = None;
            branch.connection.media = branch.offered.take().map(|offered| *offered);
        }
        self.take_answer(at, answer)?;
        self.agreed_answer(at)
    }

    /// The answer that a telephone has given to our offer, now or before.
    fn agreed_answer(&mut self, at: ConnectionId) -> Result<PeerMedia, Reason> {
        let answer = self.branch(at).and_then(|branch| branch.answer.clone());
        answer.map(PeerMedia::Answer).ok_or(Reason::ProtocolError)
    }

    /// The telephone's own offer, which it owes when we made none.
    fn take_offer(&mut self, at: ConnectionId, offer: media_plan::MediaOffer) -> Result<PeerMedia, Reason> {
        let asked = self.setup.media.is_none();
        let media = self.branch(at).and_then(|branch| branch.connection.media.as_mut());
        let media = media.filter(|_| asked).ok_or(Reason::ProtocolError)?;
        media.take_offer(offer.clone()).map_err(|error| error.reason())?;
        Ok(PeerMedia::Offer(offer))
    }
}
