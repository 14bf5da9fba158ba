//! The one negotiator: offers and answers of one leg (RFC 3264), for every line.
//!
//! A [`Negotiation`] is one leg's agreement and whatever is on its way to the next one. The exchange holds one for each leg and
//! lets them speak to each other: an offer of one leg is passed on by [`Negotiation::offer_from`] of the other, and its answer
//! comes back by [`Negotiation::answer_from`]. Audio over RTP/AVP is taken; every other stream is refused in its place.
//! SRTP is not terminated here: an offer of nothing but RTP/SAVP is refused as having no common codec.

mod codec;
mod error;
mod setup;
mod stream;
#[cfg(test)]
mod tests;

pub use codec::OwnCodecs;
pub use error::NegotiationError;
pub use setup::{Fit, SourcePolicy, fit, payload_map};
pub use stream::{DEFAULT_PACKET_TIME, LONGEST_PACKET_TIME, SHORTEST_PACKET_TIME};

use crate::vocabulary::control::StreamSetup;
use crate::vocabulary::description::{Codec, CodecName, Direction, MediaAnswer, MediaOffer, StreamDescription};
use crate::vocabulary::resource::AddressFamily;
use codec::{Numbering, find, shared, usable};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use stream::{audio, choose_audio, effective_direction, switched_off};

/// Where a negotiation stands (RFC 3264 section 4: one offer at a time).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// Nothing was described yet.
    Idle,
    /// Our offer awaits an answer.
    OfferSent,
    /// The far side's offer awaits our answer.
    OfferReceived,
    /// Both sides agree.
    Stable,
}

/// A leg's offers and answers. Plain data: it can be stored and go on elsewhere.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Negotiation {
    local: SocketAddr,
    pending: Option<Pending>,
    agreed: Option<Agreement>,
    numbering: Numbering,
}

/// An offer without its answer.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum Pending {
    Sent { offer: MediaOffer, audio: usize },
    Received { offer: MediaOffer, audio: usize },
}

/// The last descriptions of both sides, and which stream carries the sound.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Agreement {
    ours: Vec<StreamDescription>,
    theirs: Vec<StreamDescription>,
    audio: usize,
    /// Ours was the answer: its order of codecs counts.
    answered: bool,
}

impl Agreement {
    /// Both descriptions of the audio stream.
    fn audio(&self) -> Option<(&StreamDescription, &StreamDescription)> {
        Some((self.ours.get(self.audio)?, self.theirs.get(self.audio)?))
    }

    /// The codecs of both sides in the order of the answer: pairs of (our entry, their entry).
    fn codecs(&self) -> Vec<(&Codec, &Codec)> {
        match self.audio() {
            Some((ours, theirs)) if self.answered => shared(&ours.codecs, &theirs.codecs),
            Some((ours, theirs)) => {
                shared(&theirs.codecs, &ours.codecs).into_iter().map(|(far, near)| (near, far)).collect()
            }
            None => Vec::new(),
        }
    }
}

/// The family of the address at which an offer wants its audio; none when it has no audio that could be taken.
pub fn audio_family(offer: &MediaOffer) -> Option<AddressFamily> {
    let audio = offer.streams.get(choose_audio(&offer.streams, None).ok()?)?;
    audio.rtp.map(|address| AddressFamily::of(address.ip()))
}

impl Negotiation {
    /// A leg whose packets we want at `local`: the advertised address and the RTP port; RTCP on the port above.
    pub fn new(local: SocketAddr) -> Self {
        Negotiation { local, pending: None, agreed: None, numbering: Numbering::default() }
    }

    /// Where it stands.
    pub fn phase(&self) -> Phase {
        match (&self.pending, &self.agreed) {
            (Some(Pending::Sent { .. }), _) => Phase::OfferSent,
            (Some(Pending::Received { .. }), _) => Phase::OfferReceived,
            (None, Some(_)) => Phase::Stable,
            (None, None) => Phase::Idle,
        }
    }

    /// True when there was an agreement, even if a new one is on its way.
    pub fn is_agreed(&self) -> bool {
        self.agreed.is_some()
    }

    /// What the far side does according to its last description, from its point of view: its offer when one is pending, else
    /// the agreement. An address of zeros counts as hold (RFC 3264 section 8.4). `SendReceive` before it described anything.
    pub fn far_direction(&self) -> Direction {
        self.far_audio().map(effective_direction).unwrap_or_default()
    }

    /// Takes an offer of the far side. After an error everything is as before.
    pub fn receive_offer(&mut self, offer: MediaOffer) -> Result<(), NegotiationError> {
        if self.pending.is_some() {
            return Err(NegotiationError::OfferPending);
        }
        let before = self.agreed.as_ref().map(|agreed| (agreed.theirs.len(), agreed.audio));
        if let Some((count, _)) = before.filter(|(count, _)| offer.streams.len() < *count) {
            return Err(NegotiationError::StreamsVanished { before: count, now: offer.streams.len() });
        }
        let audio = choose_audio(&offer.streams, before.map(|(_, audio)| audio))?;
        self.pending = Some(Pending::Received { offer: cleaned(offer), audio });
        Ok(())
    }

    /// Takes the far side's answer to our offer. After an error the offer is gone and what was agreed before goes on.
    pub fn receive_answer(&mut self, answer: MediaAnswer) -> Result<(), NegotiationError> {
        let (offer, audio) = match self.pending.take() {
            Some(Pending::Sent { offer, audio }) => (offer, audio),
            other => {
                self.pending = other;
                return Err(NegotiationError::NoOfferPending);
            }
        };
        if answer.streams.len() != offer.streams.len() {
            let (offered, answered) = (offer.streams.len(), answer.streams.len());
            return Err(NegotiationError::StreamCount { offered, answered });
        }
        let theirs: Vec<_> = answer.streams.into_iter().map(cleaned_stream).collect();
        let (Some(ours), Some(accepted)) = (offer.streams.get(audio), theirs.get(audio)) else {
            return Err(NegotiationError::AudioRefused);
        };
        if accepted.rtp.is_none() || accepted.kind != ours.kind || accepted.transport != ours.transport {
            return Err(NegotiationError::AudioRefused);
        }
        if !shared(&accepted.codecs, &ours.codecs).iter().any(|(codec, _)| codec.is_audio()) {
            return Err(NegotiationError::NoCommonCodec);
        }
        self.agreed = Some(Agreement { ours: offer.streams, theirs, audio, answered: false });
        Ok(())
    }

    /// Our offer was refused, or will not be answered: what was agreed before goes on (RFC 3264 section 8).
    pub fn offer_refused(&mut self) {
        if matches!(self.pending, Some(Pending::Sent { .. })) {
            self.pending = None;
        }
    }

    /// The far side's offer is refused: what was agreed before goes on.
    pub fn refuse_offer(&mut self) {
        if matches!(self.pending, Some(Pending::Received { .. })) {
            self.pending = None;
        }
    }

    /// Offers this leg what `other` has described: its offer when one is pending, else what was agreed with it. Payload
    /// numbers are those of the other leg, as far as they do not contradict this leg's earlier ones.
    ///
    /// `direction` is from our point of view; [`Negotiation::far_direction`] of the other leg passes its wish through.
    pub fn offer_from(&mut self, other: &Negotiation, direction: Direction) -> Result<MediaOffer, NegotiationError> {
        let source = other.far_audio().ok_or(NegotiationError::NothingToPass)?;
        let codecs = other.passable();
        let stream = StreamDescription {
            packet_time: source.packet_time,
            max_packet_time: source.max_packet_time,
            ..audio(self.local, direction, codecs)
        };
        self.offer(stream)
    }

    /// Offers this leg what we can originate ourselves.
    pub fn offer_own(&mut self, own: &OwnCodecs, direction: Direction) -> Result<MediaOffer, NegotiationError> {
        let stream = audio(self.local, direction, usable(&own.0));
        self.offer(stream)
    }

    /// Answers the pending offer with what both this leg's far side and the other leg's take, in this leg's payload numbers and
    /// in the other side's order of preference (RFC 3264 section 6.1).
    ///
    /// `direction` is what we permit from our point of view; the answer never goes beyond what the offer permits.
    pub fn answer_from(&mut self, other: &Negotiation, direction: Direction) -> Result<MediaAnswer, NegotiationError> {
        let (offer, _) = self.offered()?;
        let source = other.far_audio().ok_or(NegotiationError::NothingToPass)?;
        let (asked, most) = (source.packet_time, source.max_packet_time);
        let passable = other.passable();
        let pairs = shared(&passable, &offer.codecs);
        let codecs =
            pairs.iter().map(|(far, offered)| Codec { payload_type: offered.payload_type, ..(*far).clone() }).collect();
        self.answer(codecs, direction, (asked, most))
    }

    /// Answers the pending offer with what we can originate ourselves, in the order of the offer.
    pub fn answer_own(&mut self, own: &OwnCodecs, direction: Direction) -> Result<MediaAnswer, NegotiationError> {
        let (offer, _) = self.offered()?;
        let asked = Some(stream::packet_time(offer));
        let codecs = shared(&offer.codecs, &own.0)
            .iter()
            .map(|(offered, own)| Codec { payload_type: offered.payload_type, ..(*own).clone() })
            .collect();
        self.answer(codecs, direction, (asked, None))
    }

    /// What was agreed, for whoever handles media; none before the first agreement.
    pub fn setup(&self, policy: &SourcePolicy) -> Option<StreamSetup> {
        let agreed = self.agreed.as_ref()?;
        let (ours, theirs) = agreed.audio()?;
        Some(setup::setup(ours, theirs, &agreed.codecs(), policy))
    }

    /// True when both sides agreed to send keypad events (RFC 4733) in media; otherwise digits go by signalling.
    pub fn has_telephone_event(&self) -> bool {
        let codecs = self.agreed.iter().flat_map(Agreement::codecs);
        codecs.into_iter().any(|(near, _)| near.name == CodecName::TelephoneEvent)
    }

    /// The far side's audio stream as it described it last.
    fn far_audio(&self) -> Option<&StreamDescription> {
        match (&self.pending, &self.agreed) {
            (Some(Pending::Received { offer, audio }), _) => offer.streams.get(*audio),
            (_, Some(agreed)) => agreed.theirs.get(agreed.audio),
            _ => None,
        }
    }

    /// The codecs of this leg's far side that another leg may use: all of a pending offer, else what was agreed.
    fn passable(&self) -> Vec<Codec> {
        match (&self.pending, &self.agreed) {
            (Some(Pending::Received { .. }), _) | (_, None) => {
                self.far_audio().map(|stream| stream.codecs.clone()).unwrap_or_default()
            }
            (_, Some(agreed)) => agreed.codecs().into_iter().map(|(_, far)| far.clone()).collect(),
        }
    }

    /// The audio stream of the far side's pending offer and its index.
    fn offered(&self) -> Result<(&StreamDescription, usize), NegotiationError> {
        let Some(Pending::Received { offer, audio }) = &self.pending else {
            return Err(NegotiationError::NoOfferPending);
        };
        offer.streams.get(*audio).map(|stream| (stream, *audio)).ok_or(NegotiationError::NoAudio)
    }

    /// Sends `stream` as an offer: in its place among the streams that this leg already has, the others switched off
    /// (RFC 3264 section 8: streams are never taken away or moved).
    fn offer(&mut self, mut stream: StreamDescription) -> Result<MediaOffer, NegotiationError> {
        if self.pending.is_some() {
            return Err(NegotiationError::OfferPending);
        }
        stream.codecs = self.numbering.assign(&usable(&stream.codecs));
        if !stream.codecs.iter().any(Codec::is_audio) {
            return Err(NegotiationError::NoCommonCodec);
        }
        self.numbering.remember(&stream.codecs);
        let (mut streams, audio): (Vec<_>, usize) = match &self.agreed {
            Some(agreed) => (agreed.theirs.iter().map(switched_off).collect(), agreed.audio),
            None => (vec![stream.clone()], 0),
        };
        if let Some(slot) = streams.get_mut(audio) {
            *slot = stream;
        }
        let offer = MediaOffer { streams };
        self.pending = Some(Pending::Sent { offer: offer.clone(), audio });
        Ok(offer)
    }

    /// Answers the pending offer with these codecs, every other stream refused in its place.
    fn answer(
        &mut self,
        codecs: Vec<Codec>,
        permitted: Direction,
        (packet_time, max_packet_time): (Option<u16>, Option<u16>),
    ) -> Result<MediaAnswer, NegotiationError> {
        let (offered, audio_index) = self.offered()?;
        if !codecs.iter().any(Codec::is_audio) {
            return Err(NegotiationError::NoCommonCodec);
        }
        // RFC 3264 section 6.1: sendonly is answered by recvonly, recvonly by sendonly, inactive by inactive.
        let direction = effective_direction(offered).reversed().and(permitted);
        let accepted = StreamDescription { packet_time, max_packet_time, ..audio(self.local, direction, codecs) };
        let Some(Pending::Received { offer, .. }) = self.pending.take() else {
            return Err(NegotiationError::NoOfferPending);
        };
        let mut ours: Vec<_> = offer.streams.iter().map(switched_off).collect();
        self.numbering.remember(&accepted.codecs);
        if let Some(slot) = ours.get_mut(audio_index) {
            *slot = accepted;
        }
        self.agreed = Some(Agreement { ours: ours.clone(), theirs: offer.streams, audio: audio_index, answered: true });
        Ok(MediaAnswer { streams: ours })
    }

    /// True when this leg's far side takes `codec` according to what was agreed.
    pub fn takes(&self, codec: &Codec) -> bool {
        find(&self.passable(), codec).is_some()
    }
}

fn cleaned(offer: MediaOffer) -> MediaOffer {
    MediaOffer { streams: offer.streams.into_iter().map(cleaned_stream).collect() }
}

/// The stream without payload numbers that cannot be, when it travels over RTP at all.
fn cleaned_stream(mut stream: StreamDescription) -> StreamDescription {
    if stream.rtp.is_some() {
        stream.codecs = usable(&stream.codecs);
    }
    stream
}
