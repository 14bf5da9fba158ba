//! Two legs that speak to each other, and what the engine is told.

use super::*;
use crate::vocabulary::control::Learning;
use crate::vocabulary::description::{MediaKind, TransportProfile};
use std::time::Duration;

fn codec(payload_type: u8, name: &str) -> Codec {
    Codec { payload_type, name: CodecName::parse(name), clock_rate: 8000, channels: 1, parameters: None }
}

fn stream(address: &str, codecs: &[Codec]) -> StreamDescription {
    StreamDescription {
        kind: MediaKind::Audio,
        transport: TransportProfile::RtpAvp,
        rtp: Some(address.parse().unwrap()),
        rtcp: None,
        direction: Direction::SendReceive,
        codecs: codecs.to_vec(),
        packet_time: None,
        max_packet_time: None,
    }
}

fn leg(port: u16) -> Negotiation {
    Negotiation::new(SocketAddr::new("198.51.100.1".parse().unwrap(), port))
}

fn numbers(stream: &StreamDescription) -> Vec<u8> {
    stream.codecs.iter().map(|codec| codec.payload_type).collect()
}

fn policy() -> SourcePolicy {
    SourcePolicy { learning: Learning::Locked, silence_after: Some(Duration::from_secs(60)) }
}

const BOTH: Direction = Direction::SendReceive;

/// Strowger calls Callender: offer through, answer back.
fn agreed_call() -> (Negotiation, Negotiation) {
    let (mut a, mut b) = (leg(20_000), leg(20_002));
    let offer = [codec(9, "G722"), codec(8, "PCMA"), codec(0, "PCMU"), codec(101, "telephone-event")];
    a.receive_offer(MediaOffer { streams: vec![stream("192.0.2.1:4000", &offer)] }).unwrap();
    b.offer_from(&a, a.far_direction()).unwrap();
    let answer = [codec(0, "PCMU"), codec(8, "PCMA"), codec(96, "telephone-event")];
    b.receive_answer(MediaAnswer { streams: vec![stream("192.0.2.2:5000", &answer)] }).unwrap();
    a.answer_from(&b, b.far_direction()).unwrap();
    (a, b)
}

#[test]
fn an_answer_comes_back_in_the_callers_numbers_and_the_answerers_order() {
    let (a, b) = agreed_call();
    let (to_a, to_b) = (a.setup(&policy()).unwrap(), b.setup(&policy()).unwrap());
    let list = |codecs: &[Codec]| codecs.iter().map(|codec| codec.payload_type).collect::<Vec<_>>();
    assert_eq!(list(&to_a.send), [0, 8, 101]);
    assert_eq!(list(&to_a.receive), [0, 8, 101]);
    // Callender receives events under 96 and sends them under the number of our offer (RFC 3264 section 5.1).
    assert_eq!(list(&to_b.send), [0, 8, 96]);
    assert_eq!(list(&to_b.receive), [0, 8, 101]);
    assert_eq!(payload_map(&to_a.receive, &to_b.send)[101], Some(96));
    assert_eq!(payload_map(&to_b.receive, &to_a.send)[101], Some(101));
    assert_eq!(payload_map(&to_b.receive, &to_a.send)[9], None);
    assert_eq!(fit(&to_a, &to_b), Fit::Full);
    assert_eq!(to_a.remote.unwrap().rtp, "192.0.2.1:4000".parse().unwrap());
    assert_eq!(to_a.remote.unwrap().rtcp, "192.0.2.1:4001".parse().unwrap());
    assert_eq!(to_a.direction, Direction::SendReceive);
    assert!(a.has_telephone_event() && b.has_telephone_event());
    assert_eq!((a.phase(), b.phase()), (Phase::Stable, Phase::Stable));
}

#[test]
fn streams_that_are_not_taken_are_refused_in_their_places() {
    let mut video = stream("192.0.2.1:4002", &[codec(96, "H264")]);
    video.kind = MediaKind::Video;
    let pcma = [codec(8, "PCMA")];
    let streams = vec![video, stream("192.0.2.1:4000", &pcma), stream("192.0.2.1:4004", &pcma)];
    let mut a = leg(20_000);
    a.receive_offer(MediaOffer { streams }).unwrap();
    let mut b = leg(20_002);
    let offer = b.offer_from(&a, BOTH).unwrap();
    assert_eq!(offer.streams.len(), 1);
    let answer = a.answer_own(&OwnCodecs::default(), BOTH).unwrap();
    let open: Vec<_> = answer.streams.iter().map(|stream| stream.rtp.is_some()).collect();
    assert_eq!(open, [false, true, false]);
    assert_eq!(answer.streams[0].kind, MediaKind::Video);
    assert!(answer.streams.iter().all(|stream| !stream.codecs.is_empty()));
    // A later offer of ours keeps the three places.
    let later = a.offer_own(&OwnCodecs::default(), BOTH).unwrap();
    assert_eq!(later.streams.iter().map(|stream| stream.rtp.is_some()).collect::<Vec<_>>(), [false, true, false]);
}

#[test]
fn secure_media_alone_is_refused_and_leaves_nothing_behind() {
    let mut secure = stream("192.0.2.1:4000", &[codec(8, "PCMA")]);
    secure.transport = TransportProfile::RtpSavp;
    let mut a = leg(20_000);
    let error = a.receive_offer(MediaOffer { streams: vec![secure] }).unwrap_err();
    assert_eq!(error, NegotiationError::UnsupportedTransport(TransportProfile::RtpSavp));
    assert_eq!(error.reason(), ground::Reason::NoCommonCodec);
    assert_eq!(a.phase(), Phase::Idle);
}

#[test]
fn events_alone_are_no_common_codec() {
    let mut a = leg(20_000);
    let offer = [codec(18, "G729"), codec(101, "telephone-event")];
    a.receive_offer(MediaOffer { streams: vec![stream("192.0.2.1:4000", &offer)] }).unwrap();
    assert_eq!(a.answer_own(&OwnCodecs::default(), BOTH), Err(NegotiationError::NoCommonCodec));
    assert_eq!(a.phase(), Phase::OfferReceived);
    let mut b = leg(20_002);
    b.offer_from(&a, BOTH).unwrap();
    let answer = MediaAnswer { streams: vec![stream("192.0.2.2:5000", &[codec(101, "telephone-event")])] };
    assert_eq!(b.receive_answer(answer), Err(NegotiationError::NoCommonCodec));
    assert_eq!(b.phase(), Phase::Idle);
}

#[test]
fn hold_is_answered_alone_with_what_the_other_side_still_takes() {
    let (mut a, b) = agreed_call();
    let offer = [codec(9, "G722"), codec(8, "PCMA"), codec(0, "PCMU")];
    for (address, direction) in [
        ("192.0.2.1:4000", Direction::SendOnly),
        ("0.0.0.0:4000", Direction::SendReceive),
        ("0.0.0.0:4000", Direction::Inactive),
    ] {
        let held = StreamDescription { direction, ..stream(address, &offer) };
        a.receive_offer(MediaOffer { streams: vec![held] }).unwrap();
        let expected = direction.and(Direction::SendOnly);
        assert_eq!(a.far_direction(), expected);
        let answer = a.answer_from(&b, BOTH).unwrap();
        assert_eq!(answer.streams[0].direction, expected.reversed());
        assert_eq!(numbers(&answer.streams[0]), [0, 8]);
        let setup = a.setup(&policy()).unwrap();
        assert!(!setup.direction.sends());
        assert_eq!(setup.remote.is_some(), address.starts_with("192"));
        assert_eq!(setup.silence_after.is_some(), expected.sends());
    }
}

#[test]
fn a_delayed_offer_passes_the_called_sides_codecs_on() {
    let (mut a, mut b) = (leg(20_000), leg(20_002));
    b.receive_offer(MediaOffer { streams: vec![stream("192.0.2.2:5000", &[codec(0, "PCMU"), codec(8, "PCMA")])] })
        .unwrap();
    let offer = a.offer_from(&b, b.far_direction()).unwrap();
    assert_eq!(numbers(&offer.streams[0]), [0, 8]);
    a.receive_answer(MediaAnswer { streams: vec![stream("192.0.2.1:4000", &[codec(8, "PCMA")])] }).unwrap();
    let answer = b.answer_from(&a, a.far_direction()).unwrap();
    assert_eq!(numbers(&answer.streams[0]), [8]);
    // The legs are agreed; a third one is offered what Strowger's telephone takes now, and not what it once offered.
    let third = leg(20_004).offer_from(&a, BOTH).unwrap();
    assert_eq!(numbers(&third.streams[0]), [8]);
    assert!(a.takes(&codec(8, "PCMA")) && !a.takes(&codec(0, "PCMU")));
}

#[test]
fn glare_and_answers_out_of_place_change_nothing() {
    let (mut a, b) = agreed_call();
    let before = a.clone();
    let again = MediaAnswer { streams: vec![stream("192.0.2.1:4000", &[codec(8, "PCMA")])] };
    assert_eq!(a.receive_answer(again), Err(NegotiationError::NoOfferPending));
    assert_eq!(a.answer_own(&OwnCodecs::default(), BOTH), Err(NegotiationError::NoOfferPending));
    assert_eq!(a, before);
    a.offer_from(&b, BOTH).unwrap();
    let offer = MediaOffer { streams: vec![stream("192.0.2.1:4000", &[codec(8, "PCMA")])] };
    assert_eq!(a.receive_offer(offer.clone()), Err(NegotiationError::OfferPending));
    assert_eq!(a.offer_from(&b, BOTH), Err(NegotiationError::OfferPending));
    a.offer_refused();
    assert_eq!(a.setup(&policy()), before.setup(&policy()));
    assert_eq!(a.receive_offer(MediaOffer::default()), Err(NegotiationError::StreamsVanished { before: 1, now: 0 }));
    a.receive_offer(offer).unwrap();
    a.refuse_offer();
    assert_eq!(a.setup(&policy()), before.setup(&policy()));
}

#[test]
fn an_answer_of_the_wrong_length_or_without_audio_is_refused() {
    let mut b = leg(20_002);
    b.offer_own(&OwnCodecs::default(), BOTH).unwrap();
    let error = b.receive_answer(MediaAnswer::default()).unwrap_err();
    assert_eq!(error, NegotiationError::StreamCount { offered: 1, answered: 0 });
    b.offer_own(&OwnCodecs::default(), BOTH).unwrap();
    let refused = StreamDescription { rtp: None, ..stream("192.0.2.2:5000", &[codec(8, "PCMA")]) };
    assert_eq!(b.receive_answer(MediaAnswer { streams: vec![refused] }), Err(NegotiationError::AudioRefused));
}

#[test]
fn legs_that_were_agreed_apart_tell_how_they_fit() {
    let with = |codecs: &[Codec]| {
        let mut leg = leg(20_000);
        leg.receive_offer(MediaOffer { streams: vec![stream("192.0.2.1:4000", codecs)] }).unwrap();
        leg.answer_own(&OwnCodecs::default(), BOTH).unwrap();
        leg.setup(&policy()).unwrap()
    };
    let (pcma, pcmu) = (with(&[codec(8, "PCMA")]), with(&[codec(0, "PCMU")]));
    let both = with(&[codec(8, "PCMA"), codec(0, "PCMU")]);
    assert_eq!(fit(&pcma, &pcmu), Fit::None);
    assert_eq!(fit(&pcma, &both), Fit::Partial);
    assert_eq!(fit(&both, &both), Fit::Full);
}

#[test]
fn the_packet_time_asked_for_is_what_we_send() {
    let mut a = leg(20_000);
    let asked = StreamDescription { packet_time: Some(30), ..stream("192.0.2.1:4000", &[codec(8, "PCMA")]) };
    a.receive_offer(MediaOffer { streams: vec![asked] }).unwrap();
    let answer = a.answer_own(&OwnCodecs::default(), BOTH).unwrap();
    assert_eq!(answer.streams[0].packet_time, Some(30));
    assert_eq!(a.setup(&policy()).unwrap().packet_time, 30);
}

#[test]
fn the_family_of_an_offer_is_that_of_its_audio() {
    let pcma = [codec(8, "PCMA")];
    let offer = MediaOffer { streams: vec![stream("[2001:db8::1]:4000", &pcma)] };
    assert_eq!(audio_family(&offer), Some(AddressFamily::V6));
    assert_eq!(audio_family(&MediaOffer::default()), None);
}
