//! What a half knows of the media on its leg: the negotiation with its own line, and a copy of what the other half's line has
//! described. Halves tell each other descriptions in messages and never look into one another.

use crate::vocabulary::report::MediaLocation;
use media_plan::{
    AddressFamily, Direction, Learning, MediaAnswer, MediaKind, MediaOffer, Negotiation, NegotiationError, OwnCodecs,
    SourcePolicy, StreamDescription, StreamSetup, TransportProfile, audio_family,
};
use serde::{Deserialize, Serialize};
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

/// What the exchange itself permits: everything. Hold is a wish of the parties.
const BOTH: Direction = Direction::SendReceive;

/// The agreement on one leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agreement {
    /// The negotiation with the line.
    own: Negotiation,
    /// The other half's line, as far as it was told: from it this leg's offers and answers are made.
    other: Option<Negotiation>,
    /// The same while a change is under way.
    proposed: Option<Negotiation>,
    /// The family of our own address.
    family: AddressFamily,
    location: MediaLocation,
}

/// What to do with an offer that a line made within the conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OfferVerdict {
    /// Answered here: what is in use remains possible.
    Answered(MediaAnswer),
    /// The other side has to be asked, with this.
    Ask(MediaOffer),
}

/// The description with nothing but the stream that carries the call's sound: that is what halves tell one another. The
/// whole description when no stream can carry it, so that the refusal says why.
fn audio_only(streams: &[StreamDescription]) -> Vec<StreamDescription> {
    let carries = |stream: &&StreamDescription| {
        stream.kind == MediaKind::Audio
            && stream.transport == TransportProfile::RtpAvp
            && stream.rtp.is_some()
            && stream.codecs.iter().any(|codec| codec.is_audio())
    };
    match streams.iter().find(carries) {
        Some(stream) => vec![stream.clone()],
        None => streams.to_vec(),
    }
}

/// A negotiation that stands for the other half's leg; its own address is never used.
fn stand_in() -> Negotiation {
    Negotiation::new(SocketAddr::new(IpAddr::V4(Ipv4Addr::UNSPECIFIED), 0))
}

impl Agreement {
    /// A leg whose packets are wanted at `local`.
    pub fn new(local: SocketAddr, location: MediaLocation) -> Self {
        let family = AddressFamily::of(local.ip());
        Agreement { own: Negotiation::new(local), other: None, proposed: None, family, location }
    }

    /// Makes the offer to the line from what the other side offered: all its codecs, and nothing that it has not.
    pub fn pass_offer(&mut self, offered: &MediaOffer) -> Result<MediaOffer, NegotiationError> {
        let mut other = stand_in();
        other.receive_offer(MediaOffer { streams: audio_only(&offered.streams) })?;
        let offer = self.own.offer_from(&other, BOTH)?;
        self.proposed = Some(other);
        Ok(offer)
    }

    /// Makes an offer of what the exchange itself can originate.
    pub fn offer_own(&mut self, own: &OwnCodecs) -> Result<MediaOffer, NegotiationError> {
        self.own.offer_own(own, BOTH)
    }

    /// Offers the line what it has agreed already.
    pub fn renew(&mut self) -> Result<MediaOffer, NegotiationError> {
        let same = self.own.clone();
        self.own.offer_from(&same, BOTH)
    }

    /// Takes the line's answer to an offer made by one of those above.
    pub fn take_answer(&mut self, answer: MediaAnswer) -> Result<(), NegotiationError> {
        let proposed = self.proposed.take();
        self.own.receive_answer(answer)?;
        if let Some(mut other) = proposed {
            other.answer_from(&self.own, BOTH)?;
            self.other = Some(other);
        }
        Ok(())
    }

    /// The line refused an offer, or did not answer it.
    pub fn offer_refused(&mut self) {
        self.own.offer_refused();
        self.proposed = None;
    }

    /// Takes an offer of the line. After an error all is as before.
    pub fn take_offer(&mut self, offer: MediaOffer) -> Result<(), NegotiationError> {
        self.own.receive_offer(offer)
    }

    /// Answers the line's offer with the other side's answer to what was passed on, in the line's own payload numbers.
    pub fn pass_answer(&mut self, answered: &MediaAnswer) -> Result<MediaAnswer, NegotiationError> {
        let mut other = stand_in();
        other.offer_from(&self.own, BOTH)?;
        other.receive_answer(MediaAnswer { streams: audio_only(&answered.streams) })?;
        let answer = self.own.answer_from(&other, BOTH)?;
        self.other = Some(other);
        Ok(answer)
    }

    /// Answers the line's offer with what the exchange itself plays in: its own codecs, or any when it only returns what comes.
    pub fn answer_alone(&mut self, own: &OwnCodecs, returns: bool) -> Result<MediaAnswer, NegotiationError> {
        if returns {
            let same = self.own.clone();
            self.own.answer_from(&same, BOTH)
        } else {
            self.own.answer_own(own, BOTH)
        }
    }

    /// What this leg's line speaks, for another half: its offer when one is pending, else what was agreed. None before anything
    /// was described.
    pub fn spoken(&self) -> Option<MediaOffer> {
        stand_in().offer_from(&self.own, BOTH).ok()
    }

    /// What the other half's line speaks, as far as it was told.
    pub fn spoken_by_other(&self) -> Option<MediaOffer> {
        stand_in().offer_from(self.other.as_ref()?, BOTH).ok()
    }

    /// Whether this leg's line takes what the exchange itself plays in; otherwise the offer that asks it to.
    pub fn follow_own(&mut self, own: &OwnCodecs, returns: bool) -> Result<Option<MediaOffer>, NegotiationError> {
        self.other = None;
        let in_use = self.setup(None, Duration::ZERO).map(|setup| setup.send).unwrap_or_default();
        let first = in_use.iter().find(|codec| codec.is_audio());
        if returns || first.is_some_and(|codec| own.0.iter().any(|other| other.same_format(codec))) {
            return Ok(None);
        }
        self.own.offer_own(own, BOTH).map(Some)
    }

    /// Refuses the line's offer.
    pub fn refuse_offer(&mut self) {
        self.own.refuse_offer();
    }

    /// Decides on an offer within the conversation with another party. When the codecs in use are still offered, the change
    /// concerns this leg alone (hold, a new address, another order) and is answered here; otherwise the other side is asked.
    pub fn take_change(&mut self, offer: MediaOffer) -> Result<OfferVerdict, NegotiationError> {
        let in_use = self.setup(None, Duration::ZERO).map(|setup| setup.send).unwrap_or_default();
        let asked = MediaOffer { streams: audio_only(&offer.streams) };
        // The ports of this leg have one family; a description in the other one could never be served.
        let moved = |at: &SocketAddr| !at.ip().is_unspecified() && AddressFamily::of(at.ip()) != self.family;
        if asked.streams.iter().filter_map(|stream| stream.rtp.as_ref()).any(moved) {
            return Err(NegotiationError::NoAudio);
        }
        self.own.receive_offer(offer)?;
        let offered = asked.streams.first().map(|stream| stream.codecs.as_slice()).unwrap_or_default();
        let kept = in_use.iter().filter(|codec| codec.is_audio());
        let remains = kept.clone().next().is_some()
            && kept.clone().all(|codec| offered.iter().any(|other| other.same_format(codec)));
        if let Some(other) = self.other.as_ref().filter(|_| remains)
            && let Ok(answer) = self.own.answer_from(other, BOTH)
        {
            return Ok(OfferVerdict::Answered(answer));
        }
        Ok(OfferVerdict::Ask(asked))
    }

    /// The line's party wants to hear: it does not hold.
    pub fn party_listens(&self) -> bool {
        self.own.far_direction().receives()
    }

    /// Both sides have described their media.
    pub fn is_agreed(&self) -> bool {
        self.own.is_agreed()
    }

    /// Keypad events travel in the media of this leg.
    pub fn has_telephone_event(&self) -> bool {
        self.own.has_telephone_event()
    }

    /// What the engine has to be told; none before the first agreement.
    pub fn setup(&self, silence_after: Option<Duration>, window: Duration) -> Option<StreamSetup> {
        let learning = match self.location.translated {
            true => Learning::Window { window, expected: self.location.signalling },
            false => Learning::Locked,
        };
        self.own.setup(&SourcePolicy { learning, silence_after })
    }

    /// After the other side was replaced by one that answered `answered`: whether the sound of both can pass as agreed. When it
    /// cannot, the offer that asks this leg's line to change.
    pub fn follow(&mut self, answered: &MediaAnswer) -> Result<Option<MediaOffer>, NegotiationError> {
        let mut other = stand_in();
        other.receive_offer(MediaOffer { streams: audio_only(&answered.streams) })?;
        let before = self.setup(None, Duration::ZERO).map(|setup| setup.send).unwrap_or_default();
        let now = answered_codecs(answered);
        let same = |one: &media_plan::Codec| now.iter().any(|two| two.same_format(one));
        if before.iter().filter(|codec| codec.is_audio()).all(same) {
            self.other = Some(other);
            return Ok(None);
        }
        let offer = self.own.offer_from(&other, BOTH)?;
        self.proposed = Some(other);
        Ok(Some(offer))
    }
}

fn answered_codecs(answer: &MediaAnswer) -> Vec<media_plan::Codec> {
    audio_only(&answer.streams).into_iter().next().map(|stream| stream.codecs).unwrap_or_default()
}

/// An offer of what the exchange itself plays in, for a half that has no line to ask.
pub fn own_offer(own: &OwnCodecs) -> Option<MediaOffer> {
    stand_in().offer_own(own, BOTH).ok()
}

/// The family in which a leg towards `location` has to run.
pub fn family_for(offer: Option<&MediaOffer>, location: &MediaLocation) -> AddressFamily {
    offer.and_then(audio_family).unwrap_or(location.family)
}
