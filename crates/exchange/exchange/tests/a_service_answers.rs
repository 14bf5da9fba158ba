//! Devices that live in the exchange: what they play is heard by the caller, on hold as well as off it.

mod support;
use support::*;

use directory::{Outcome, ServiceKind};
use exchange::{AnsweredMedia, OfferTarget, Order, Report};
use ground::{ConnectionId, Reason};
use media_plan::{Direction, MediaEvent, PlaySource};

fn reached(world: &mut World, source: PlaySource, repeat: bool, kind: ServiceKind) -> ConnectionId {
    let offers = world.offers();
    assert_eq!(offers[0].1.target, OfferTarget::Service(kind));
    let media = AnsweredMedia::Treatment { source, repeat };
    world.report(offers[0].0, Report::Answered { media, connected: None });
    offers[0].0
}

#[test]
fn echo_returns_any_codec() {
    let mut world = World::new();
    let caller = world.dial_with(1, "*1", Some(offer(Direction::SendReceive, &[("opus", 111)])), false);
    reached(&mut world, PlaySource::Echo, true, ServiceKind::Echo);
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::Answer { answer: Some(_), .. }]));
    assert_eq!(world.engine.played(caller), Some(PlaySource::Echo));
    assert_eq!(world.engine.legs.len(), 1);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn music_stops_while_the_caller_holds() {
    let mut world = World::new();
    let caller = world.dial(1, "*2");
    reached(&mut world, PlaySource::Music, true, ServiceKind::Music);
    world.report(caller, Report::MediaOffered(offer(Direction::SendOnly, G711)));
    assert_eq!(world.engine.played(caller), None);
    world.report(caller, Report::MediaOffered(talk()));
    assert_eq!(world.engine.played(caller), Some(PlaySource::Music));
    world.media(MediaEvent::PlayEnded { leg: caller });
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn an_announcement_ends_the_call_when_it_ends() {
    let mut world = World::new();
    let caller = world.dial(1, "*3");
    let source = PlaySource::Announcement("welcome".into());
    let device = reached(&mut world, source.clone(), false, ServiceKind::Announcement("welcome".into()));
    assert_eq!(world.engine.played(caller), Some(source));
    world.media(MediaEvent::PlayEnded { leg: caller });
    assert!(world.orders_to(caller).contains(&Order::Clear(Reason::NormalClearing)));
    world.cleared(device, Reason::NormalClearing);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_caller_without_an_offer_is_offered_what_the_exchange_plays_in() {
    let mut world = World::new();
    let caller = world.dial_with(1, "*2", None, false);
    reached(&mut world, PlaySource::Music, true, ServiceKind::Music);
    let orders = world.orders_to(caller);
    let [Order::Answer { answer: None, offer: Some(offer), .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(offer.streams[0].codecs[0].payload_type, 8);
    world.report(caller, Report::MediaAnswered(answer(Direction::SendReceive, G711)));
    assert_eq!(world.engine.played(caller), Some(PlaySource::Music));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn music_needs_a_codec_that_the_exchange_can_make() {
    let mut world = World::new();
    let caller = world.dial_with(1, "*2", Some(offer(Direction::SendReceive, &[("G729", 18)])), false);
    reached(&mut world, PlaySource::Music, true, ServiceKind::Music);
    world.cleared(caller, Reason::NoCommonCodec);
    // Who was not answered is not billed, although the device had answered.
    world.over(Outcome::Refused, Reason::NoCommonCodec);
}
