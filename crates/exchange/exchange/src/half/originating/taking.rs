//! A caller that takes the place of another connection (RFC 3891): in a conversation, or at a telephone that rings.

use super::{Next, Originating, OriginatingState};
use crate::facilities::Facilities;
use crate::half::HalfId;
use crate::half::input::Timer;
use crate::half::message::{Answered, Join, Message, Newcomer, Partner, PeerMedia, Speaks, View};
use crate::media::agreement::own_offer;
use crate::vocabulary::event::{ConnectionState, EventCause};
use ground::{ConnectionId, Reason};
use media_plan::MediaAnswer;

impl Originating {
    /// Asks the half of the connection whether this caller may take its place.
    pub(super) fn replace(&mut self, f: &mut Facilities, replaced: ConnectionId) -> Next {
        let Some(half) = f.owners.get(&replaced).copied() else { return Next::End(Reason::NoSuchConnection) };
        // Once the other half has said yes, nothing may go wrong here any more.
        if let Err(reason) = self.prepare_leg(f) {
            return Next::End(reason);
        }
        self.state = OriginatingState::Taking;
        self.way.peer = Some(half);
        let group = self.connection.device.and_then(|device| f.site.extension(device)?.pickup_group);
        let newcomer = Newcomer {
            shown: self.connection.shown.clone(),
            device: self.connection.device,
            trunk: self.connection.trunk,
            group,
        };
        f.send(self.id, half, Message::Replace(Box::new(newcomer)));
        f.after(Timer::Transfer(self.id), f.config.waits.negotiation * 2);
        Next::Stay
    }

    pub(super) fn taking(&mut self, f: &mut Facilities, message: Message) -> Next {
        match message {
            Message::Take(partner) => match self.take_place(f, *partner) {
                Ok(()) => Next::Stay,
                Err(reason) => Next::End(reason),
            },
            Message::Joined(view) => self.joined(f, *view),
            Message::Release(reason) => {
                self.way.peer = None;
                Next::End(reason)
            }
            _ => Next::Stay,
        }
    }

    /// It may: the other party hears who is there now.
    fn take_place(&mut self, f: &mut Facilities, partner: Partner) -> Result<(), Reason> {
        self.way.peer = Some(partner.half);
        self.connection.state(f, ConnectionState::Connected, EventCause::CallPickup);
        let media = self.connection.media.as_ref().and_then(|media| media.spoken());
        let media = media.or_else(|| own_offer(&f.config.own_codecs)).ok_or(Reason::NoCommonCodec)?;
        let view = self.view(media);
        let Partner { instead_of, segment, by, why, .. } = partner;
        f.send(self.id, partner.half, Message::Join(Box::new(Join { view, instead_of, segment, by, why })));
        Ok(())
    }

    fn view(&self, media: media_plan::MediaOffer) -> View {
        let c = &self.connection;
        let (connection, call, device, trunk) = (c.id, c.call, c.device, c.trunk);
        let holds = c.media.as_ref().is_some_and(|media| !media.party_listens());
        View { connection, call, shown: c.shown.clone(), device, trunk, speaks: Speaks::Media(media), holds }
    }

    /// The other party is ready: this caller is answered. Its own record ends; the conversation has one already.
    fn joined(&mut self, f: &mut Facilities, view: View) -> Next {
        self.record.end(f, Reason::Replaced);
        f.timers.cancel(&Timer::Duration(self.id));
        let (id, call) = (self.id, view.call);
        self.connection.move_to(f, id, call, EventCause::CallPickup);
        let answered = self.answer_of(view);
        self.answered(f, answered, true)
    }

    /// Somebody took the place of the telephones that ring: an answer. A caller that made no offer is offered what the newcomer speaks,
    /// and the newcomer waits for its answer.
    pub(super) fn picked_up(&mut self, f: &mut Facilities, from: HalfId, join: Join) -> Next {
        self.way.peer = Some(from);
        let later = self.caller.offer.is_none().then(|| join.view.clone());
        let answered = self.answer_of(join.view);
        let mut next = self.answered(f, answered, false);
        if let (Next::Talk(talk), Some(view)) = (&mut next, later) {
            talk.accept_later(view);
        } else if let Next::Talk(talk) = &next {
            match talk.view(&self.connection) {
                Some(view) => f.send(self.id, from, Message::Joined(Box::new(view))),
                None => return Next::End(Reason::NoCommonCodec),
            }
        }
        next
    }

    /// What another party has to be heard, as an answer to this caller.
    fn answer_of(&self, view: View) -> Answered {
        let (connected, device, holds) = (view.shown, view.device, view.holds);
        let (media, leg) = match view.speaks {
            Speaks::Plays(source, repeat) => (PeerMedia::Treatment(source, repeat), None),
            Speaks::Media(media) if self.caller.offer.is_none() => (PeerMedia::Offer(media), Some(view.connection)),
            Speaks::Media(media) => (PeerMedia::Answer(MediaAnswer { streams: media.streams }), Some(view.connection)),
        };
        Answered { media, leg, connected, device, holds }
    }
}
