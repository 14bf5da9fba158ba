//! Numbers that lead nowhere: an announcement before the answer where the site wants it, else the refusal at once.

mod support;
use support::*;

use directory::Outcome;
use exchange::{ConnectionState, Order, Report};
use ground::Reason;
use media_plan::{Direction, MediaEvent, PlaySource};

#[test]
fn an_announcement_is_played_once_and_costs_nothing() {
    let mut world = World::new();
    let caller = world.dial(1, "1999");
    let orders = world.orders_to(caller);
    let [Order::Progress { media: Some(answer), reason: Some(Reason::VacantNumber) }] = orders.as_slice() else {
        panic!("{orders:?}");
    };
    assert_eq!(answer.streams[0].codecs[0].payload_type, 8);
    assert_eq!(world.engine.played(caller), Some(PlaySource::Announcement("number-not-in-use".into())));
    assert!(!world.engine.legs[&caller].play.as_ref().unwrap().1, "once");
    assert!(world.events.iter().any(|event| event.state == ConnectionState::Fail));
    world.pass(seconds(4));
    world.media(MediaEvent::PlayEnded { leg: caller });
    world.cleared(caller, Reason::VacantNumber);
    world.over(Outcome::Refused, Reason::VacantNumber);
    assert_eq!(world.closed[0].answered_after, None);
    assert_eq!(world.refused[0].reason, Reason::VacantNumber);
}

#[test]
fn the_caller_hangs_up_during_the_announcement() {
    let mut world = World::new();
    let caller = world.dial(1, "1999");
    world.hang_up(caller);
    world.over(Outcome::Refused, Reason::VacantNumber);
}

#[test]
fn an_announcement_that_never_ends_is_bounded() {
    let mut world = World::new();
    let caller = world.dial(1, "1999");
    world.pass(seconds(60));
    world.cleared(caller, Reason::VacantNumber);
    world.over(Outcome::Refused, Reason::VacantNumber);
}

#[test]
fn an_announcement_that_does_not_exist_ends_in_the_refusal() {
    let mut world = World::new();
    world.engine.no_announcement = true;
    let caller = world.dial(1, "1999");
    world.cleared(caller, Reason::VacantNumber);
    world.over(Outcome::Refused, Reason::VacantNumber);
}

#[test]
fn a_site_without_announcements_refuses_at_once() {
    let mut directory = site::site();
    directory.settings.announce_vacant = false;
    let mut world = World::with(directory, config());
    let caller = world.dial(1, "1999");
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::VacantNumber))]);
    world.over(Outcome::Refused, Reason::VacantNumber);
}

#[test]
fn a_caller_who_cannot_hear_it_is_refused_at_once() {
    let mut world = World::new();
    let delayed = world.dial_with(1, "1999", None, false);
    assert_eq!(world.take(), [(delayed, Order::Clear(Reason::VacantNumber))]);
    let foreign = world.dial_with(1, "1999", Some(offer(Direction::SendReceive, &[("G729", 18)])), false);
    assert_eq!(world.take(), [(foreign, Order::Clear(Reason::VacantNumber))]);
    world.over(Outcome::Refused, Reason::VacantNumber);
}

#[test]
fn an_offer_without_audio_is_refused_before_anything_else() {
    let mut world = World::new();
    let mut media = talk();
    media.streams[0].kind = media_plan::MediaKind::Video;
    let caller = world.dial_with(1, "1002", Some(media), false);
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::NoCommonCodec))]);
    world.over(Outcome::Refused, Reason::NoCommonCodec);
    let caller = world.dial_with(1, "1002", Some(media_plan::MediaOffer::default()), false);
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::NoCommonCodec))]);
    world.nothing_left();
}

#[test]
fn an_incomplete_number_is_told_as_such() {
    let mut world = World::new();
    let caller = world.dial(1, "100");
    assert_eq!(world.take(), [(caller, Order::Clear(Reason::IncompleteNumber))]);
    world.report(caller, Report::Alerting);
    assert_eq!(world.exchange.counters().unknown_connections, 1);
    world.over(Outcome::Refused, Reason::IncompleteNumber);
}
