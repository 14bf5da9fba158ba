//! A party meets a new other party, within its conversation: after a transfer, or when somebody took another's place.
//!
//! One introduces itself by [`Message::Join`], the other answers by [`Message::Joined`]. Who is met first looks whether what the
//! newcomer speaks passes as it is; otherwise its own line is offered that. When the line refuses, it says so by describing what it
//! spoke before, and the newcomer's line is offered that; when that one refuses too, there is no common codec.

use super::{Conversation, Ending, Negotiating};
use crate::facilities::Facilities;
use crate::feature::sound::{Hearing, Sound};
use crate::half::HalfId;
use crate::half::connection::Connection;
use crate::half::message::{Join, Message, Speaks, View};
use crate::vocabulary::order::Order;
use ground::Reason;
use media_plan::{MediaAnswer, MediaOffer, MediaOrderKind, PlaySource, Tone};
use serde::{Deserialize, Serialize};
use std::sync::Arc;

/// What is to be done as soon as the line owes no answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Meeting {
    /// Introduce this party.
    Introduce(Join),
    /// Answer the other's introduction.
    Accept(View),
}

impl Conversation {
    /// Takes leave of the other party; `peer` is the one from now on.
    pub(crate) fn turn_to(&mut self, c: &mut Connection, f: &mut Facilities, peer: HalfId) {
        self.peer = peer;
        self.meeting = None;
        match self.negotiating {
            Negotiating::OtherAsked { first: false } => self.refuse(c, f, Reason::TemporaryFailure),
            Negotiating::Introduced => {
                self.done(c, f);
            }
            // The answer concerns nobody else any more.
            state if state.line_owes() => self.negotiating = Negotiating::Renewing,
            _ => {}
        }
        match self.hearing.sound {
            Sound::Relay => f.media(c.id, MediaOrderKind::Disconnect),
            Sound::Treatment => f.media(c.id, MediaOrderKind::Stop),
            // Music goes on until there is somebody to hear.
            Sound::Music | Sound::Nothing => {}
        }
        let sound = if self.hearing.sound == Sound::Music { Sound::Music } else { Sound::Nothing };
        self.hearing = Hearing { sound, holds: self.hearing.holds, ..Hearing::default() };
    }

    /// Hears the ringing tone, or another sound of the exchange, instead of the other party.
    pub(crate) fn hear_instead(&mut self, c: &Connection, f: &mut Facilities, source: PlaySource, repeat: bool) {
        self.hearing.treatment = Some((source, repeat));
        self.hear(c, f, self.connects);
    }

    /// Hears nothing any more, and asks the line for nothing.
    pub(crate) fn fall_silent(&mut self, c: &mut Connection, f: &mut Facilities) {
        let peer = self.peer;
        let music = self.hearing.sound == Sound::Music;
        self.turn_to(c, f, peer);
        if music {
            self.hearing.sound = Sound::Nothing;
            f.media(c.id, MediaOrderKind::Stop);
        }
    }

    pub(super) fn hears_tone(&self) -> bool {
        matches!(self.hearing.treatment, Some((PlaySource::Tone(Tone::Ringing), _)))
    }

    /// This party introduces itself to `peer`.
    pub(crate) fn introduce(&mut self, c: &mut Connection, f: &mut Facilities, peer: HalfId, join: Join) -> Ending {
        self.turn_to(c, f, peer);
        self.meeting = Some(Box::new(Meeting::Introduce(join)));
        self.go_on_meeting(c, f)
    }

    /// Another party has introduced itself and is the other one from now on.
    pub(crate) fn accept(&mut self, c: &mut Connection, f: &mut Facilities, peer: HalfId, view: View) -> Ending {
        self.turn_to(c, f, peer);
        self.meeting = Some(Box::new(Meeting::Accept(view)));
        self.go_on_meeting(c, f)
    }

    /// The same for the other party that there is from the beginning, as soon as the line has answered what it was offered first.
    pub(crate) fn accept_later(&mut self, view: View) {
        self.meeting = Some(Box::new(Meeting::Accept(view)));
    }

    /// What this party tells of itself, with nothing in the place of what was not described yet.
    pub(crate) fn view_so_far(&self, c: &Connection) -> View {
        let shown = c.shown.clone();
        let (connection, call, device, trunk, holds) = (c.id, c.call, c.device, c.trunk, false);
        let nothing =
            || View { connection, call, shown, device, trunk, speaks: Speaks::Media(MediaOffer::default()), holds };
        self.view(c).unwrap_or_else(nothing)
    }

    /// What this party tells of itself; none before anything was described.
    pub(crate) fn view(&self, c: &Connection) -> Option<View> {
        let speaks = match (&self.plays, &c.media) {
            (Some((source, repeat)), _) => Speaks::Plays(source.clone(), *repeat),
            (None, media) => Speaks::Media(media.as_ref()?.spoken()?),
        };
        let holds = c.media.as_ref().is_some_and(|media| !media.party_listens());
        let (connection, call, device, trunk) = (c.id, c.call, c.device, c.trunk);
        Some(View { connection, call, shown: c.shown.clone(), device, trunk, speaks, holds })
    }

    /// Does what had to wait for the line.
    pub(super) fn go_on_meeting(&mut self, c: &mut Connection, f: &mut Facilities) -> Ending {
        if self.negotiating.line_owes() || self.negotiating == Negotiating::Introduced {
            return None;
        }
        match *self.meeting.take()? {
            Meeting::Introduce(mut join) => {
                let Some(view) = self.view(c) else { return Some(Reason::NoCommonCodec) };
                join.view = view;
                self.tell(c, f, Message::Join(Box::new(join)));
                match self.negotiating {
                    Negotiating::OtherAsked { first: true } => {}
                    _ => {
                        self.negotiating = Negotiating::Introduced;
                        // The other line may need as long as a negotiation takes.
                        f.after(crate::half::input::Timer::Negotiation(c.id), f.config.waits.negotiation * 2);
                    }
                }
                None
            }
            Meeting::Accept(view) => {
                self.connects = false;
                self.get_to_know(&view);
                let wanted = self.fit(c, f, &view.speaks);
                self.accepted(c, f, wanted)
            }
        }
    }

    /// The other party is this one.
    fn get_to_know(&mut self, view: &View) {
        self.other = (view.shown.clone(), view.device);
        self.hearing.held = view.holds;
        match &view.speaks {
            Speaks::Plays(source, repeat) => self.hearing.treatment = Some((source.clone(), *repeat)),
            Speaks::Media(_) => self.hearing.other = Some(view.connection),
        }
    }

    /// Whether this line takes what the other party has to be heard: nothing more is to be done, or the line has to be offered this.
    fn fit(&mut self, c: &mut Connection, f: &mut Facilities, speaks: &Speaks) -> Result<Option<MediaOffer>, Reason> {
        let config = Arc::clone(&f.config);
        let owed = self.negotiating == Negotiating::OtherAsked { first: true };
        let Some(media) = c.media.as_mut() else {
            // This party is played by the exchange; two of that kind have nobody to hear them.
            return if matches!(speaks, Speaks::Plays(..)) { Err(Reason::NoCommonCodec) } else { Ok(None) };
        };
        if owed {
            let answer = match speaks {
                Speaks::Media(offer) => media.pass_answer(&MediaAnswer { streams: offer.streams.clone() }),
                Speaks::Plays(source, _) => media.answer_alone(&config.own_codecs, *source == PlaySource::Echo),
            };
            let answer = answer.map_err(|error| error.reason())?;
            self.done(c, f);
            c.order(f, Order::MediaAnswer(answer));
            return Ok(None);
        }
        let wanted = match speaks {
            Speaks::Media(offer) => media.follow(&MediaAnswer { streams: offer.streams.clone() }),
            Speaks::Plays(source, _) => media.follow_own(&config.own_codecs, *source == PlaySource::Echo),
        };
        wanted.map_err(|error| error.reason())
    }

    /// How the party that was met takes it.
    fn accepted(
        &mut self,
        c: &mut Connection,
        f: &mut Facilities,
        wanted: Result<Option<MediaOffer>, Reason>,
    ) -> Ending {
        match wanted {
            Ok(Some(offer)) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::Accommodating);
                None
            }
            Ok(None) => self.accommodated(c, f, true),
            Err(reason) if c.media.as_ref().is_none_or(|media| !media.is_agreed()) => Some(reason),
            Err(_) => self.accommodated(c, f, false),
        }
    }

    /// This party is ready for the new other one, or cannot change: that one hears what it speaks now.
    pub(super) fn accommodated(&mut self, c: &mut Connection, f: &mut Facilities, fits: bool) -> Ending {
        if !fits && self.hearing.treatment.is_some() {
            return Some(Reason::NoCommonCodec);
        }
        let Some(view) = self.view(c) else { return Some(Reason::NoCommonCodec) };
        if c.media.is_some() {
            // The relay is the other half's to order, perhaps only after its line has changed.
            if self.hearing.sound == Sound::Music && self.hearing.wanted() == Sound::Relay {
                f.media(c.id, MediaOrderKind::Stop);
            }
            self.agreed(c, f);
        }
        self.tell(c, f, Message::Joined(Box::new(view)));
        None
    }

    /// The other party answers the introduction: what both speak is known, and this half orders the relay.
    pub(super) fn joined(&mut self, c: &mut Connection, f: &mut Facilities, view: View) -> Ending {
        match self.negotiating {
            Negotiating::Introduced => {
                self.done(c, f);
            }
            Negotiating::OtherAsked { first: true } => {}
            _ => return None,
        }
        self.get_to_know(&view);
        self.connects = true;
        c.order(f, Order::UpdateParty(view.shown.clone()));
        match self.fit(c, f, &view.speaks) {
            Ok(Some(offer)) => {
                c.order(f, Order::MediaOffer(offer));
                self.wait(c, f, Negotiating::Adapting);
            }
            Ok(None) if c.media.is_some() => self.agreed(c, f),
            Ok(None) => {}
            Err(reason) => return Some(reason),
        }
        None
    }
}
