//! Changes of media within a call, and what is agreed at its beginning.

mod support;
use support::*;

use directory::Outcome;
use exchange::{Order, Report};
use ground::Reason;
use media_plan::{Direction, MediaKind, MediaOffer, StreamDescription};

const BOTH: Direction = Direction::SendReceive;

#[test]
fn any_codec_that_both_share_passes_untouched_in_each_sides_numbers() {
    let mut world = World::new();
    let list = [("opus", 111), ("G729", 18), ("PCMA", 8), ("telephone-event", 96)];
    let caller = world.dial_with(1, "1002", Some(offer(BOTH, &list)), false);
    let offers = world.offers();
    let names: Vec<_> = offers[0].1.media.as_ref().unwrap().streams[0].codecs.iter().map(|c| c.name.as_str()).collect();
    assert_eq!(names, ["opus", "G729", "PCMA", "telephone-event"]);
    let called = offers[0].0;
    world.report(called, answered(answer(BOTH, &[("opus", 120), ("telephone-event", 99)])));
    let orders = world.orders_to(caller);
    let [Order::Answer { answer: Some(answer), .. }] = orders.as_slice() else { panic!("{orders:?}") };
    let numbers: Vec<_> = answer.streams[0].codecs.iter().map(|c| c.payload_type).collect();
    assert_eq!(numbers, [111, 96]);
    assert_eq!(world.engine.sends(caller), [111, 96]);
    assert_eq!(world.engine.sends(called), [120, 99]);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn unknown_streams_are_refused_in_their_place() {
    let mut world = World::new();
    let video = StreamDescription { kind: MediaKind::Video, ..stream(4002, BOTH, &[("H264", 97)]) };
    let image = StreamDescription { kind: MediaKind::Other("image".into()), ..video.clone() };
    let streams = vec![video, stream(4000, BOTH, G711), image];
    let caller = world.dial_with(1, "1002", Some(MediaOffer { streams }), false);
    let called = world.offered();
    world.report(called, answered(yes()));
    let orders = world.orders_to(caller);
    let [Order::Answer { answer: Some(answer), .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(answer.streams.iter().map(|s| s.rtp.is_some()).collect::<Vec<_>>(), [false, true, false]);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_new_address_with_the_codecs_in_use_concerns_one_leg() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    let moved = MediaOffer { streams: vec![stream(4444, BOTH, &[("G729", 18), ("PCMA", 8), ("PCMU", 0)])] };
    world.report(caller, Report::MediaOffered(moved));
    assert!(matches!(world.take().as_slice(), [(to, Order::MediaAnswer(_))] if *to == caller));
    assert_eq!(world.engine.setup(caller).remote.unwrap().rtp.port(), 4444);
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_codec_that_is_not_in_use_is_asked_of_the_other_party() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(called, Report::MediaOffered(offer(BOTH, &[("PCMU", 0)])));
    let orders = world.orders_to(caller);
    let [Order::MediaOffer(asked)] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(asked.streams[0].codecs.len(), 1);
    world.report(caller, Report::MediaAnswered(answer(BOTH, &[("PCMU", 0)])));
    let orders = world.orders_to(called);
    assert!(matches!(orders.as_slice(), [Order::MediaAnswer(_)]), "{orders:?}");
    assert_eq!((world.engine.sends(caller), world.engine.sends(called)), (vec![0], vec![0]));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_change_that_the_other_refuses_leaves_all_as_it_was() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
    assert!(matches!(world.orders_to(called).as_slice(), [Order::MediaOffer(_)]));
    world.report(called, Report::MediaRefused(Reason::NoCommonCodec));
    assert_eq!(world.orders_to(caller), [Order::MediaRefuse(Reason::NoCommonCodec)]);
    assert_eq!(world.engine.sends(caller), [8, 0, 101]);
    // An answer that cannot be used counts as a refusal.
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
    world.report(called, Report::MediaAnswered(answer(BOTH, &[("PCMA", 8)])));
    assert!(world.orders_to(caller).contains(&Order::MediaRefuse(Reason::NoCommonCodec)));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn two_changes_at_once_meet_and_the_second_is_refused() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
    world.take();
    world.report(called, Report::MediaOffered(talk()));
    assert_eq!(world.orders_to(called), [Order::MediaRefuse(Reason::TemporaryFailure)]);
    world.report(caller, Report::MediaOffered(talk()));
    assert_eq!(world.orders_to(caller), [Order::MediaRefuse(Reason::TemporaryFailure)]);
    world.report(called, Report::MediaAnswered(answer(BOTH, &[("G729", 18)])));
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::MediaAnswer(_)]));
    assert_eq!(world.engine.sends(called), [18]);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_change_without_an_answer_ends_after_thirty_two_seconds() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
    world.take();
    world.pass(seconds(32));
    assert_eq!(world.orders_to(caller), [Order::MediaRefuse(Reason::ProtocolTimeout)]);
    // The late answer counts no more, and a new change is taken.
    world.report(called, Report::MediaAnswered(answer(BOTH, &[("G729", 18)])));
    assert_eq!(world.engine.sends(called), [8, 0, 101]);
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
    assert!(matches!(world.orders_to(called).as_slice(), [Order::MediaOffer(_)]));
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_change_that_is_withdrawn_leaves_all_as_it_was() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
    assert!(matches!(world.orders_to(called).as_slice(), [Order::MediaOffer(_)]));
    world.report(caller, Report::MediaWithdrawn);
    world.report(called, Report::MediaRefused(Reason::NoCommonCodec));
    assert_eq!(world.take(), [], "nothing is owed to a line that took its offer back");
    assert_eq!((world.engine.sends(caller), world.engine.sends(called)), (vec![8, 0, 101], vec![8, 0, 101]));
    assert_eq!(world.engine.relayed(caller), Some(called));
    // The next change is not in its way.
    world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
    assert!(matches!(world.orders_to(called).as_slice(), [Order::MediaOffer(_)]));
    world.report(called, Report::MediaAnswered(answer(BOTH, &[("G729", 18)])));
    assert!(matches!(world.orders_to(caller).as_slice(), [Order::MediaAnswer(_)]));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn who_took_its_change_back_follows_when_the_other_agreed_meanwhile() {
    for agrees in [true, false] {
        let mut world = World::new();
        let (caller, called) = world.connected();
        world.report(caller, Report::MediaOffered(offer(BOTH, &[("G729", 18)])));
        world.take();
        world.report(caller, Report::MediaWithdrawn);
        world.report(called, Report::MediaAnswered(answer(BOTH, &[("G729", 18)])));
        let orders = world.orders_to(caller);
        let [Order::MediaOffer(asked)] = orders.as_slice() else { panic!("{orders:?}") };
        assert_eq!(asked.streams[0].codecs.len(), 1);
        if agrees {
            world.report(caller, Report::MediaAnswered(answer(BOTH, &[("G729", 18)])));
            assert_eq!((world.engine.sends(caller), world.engine.sends(called)), (vec![18], vec![18]));
            assert_eq!(world.engine.relayed(caller), Some(called));
            world.hang_up(caller);
            world.over(Outcome::Answered, Reason::NormalClearing);
        } else {
            world.report(caller, Report::MediaRefused(Reason::NoCommonCodec));
            world.cleared(called, Reason::NoCommonCodec);
            world.over(Outcome::Answered, Reason::NoCommonCodec);
        }
    }
}

#[test]
fn an_answer_that_cannot_be_used_ends_the_attempt() {
    let mut world = World::new();
    let caller = world.dial(1, "1002");
    let called = world.offered();
    world.report(called, answered(answer(BOTH, &[("G729", 18)])));
    assert_eq!(world.orders_to(called), [Order::Clear(Reason::NoCommonCodec)]);
    world.cleared(caller, Reason::NoCommonCodec);
    world.over(Outcome::Refused, Reason::NoCommonCodec);
}

#[test]
fn an_offer_that_cannot_be_understood_is_refused_and_the_call_goes_on() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::MediaOffered(MediaOffer::default()));
    assert_eq!(world.take(), [(caller, Order::MediaRefuse(Reason::MediaNotUnderstood))]);
    let v6 = StreamDescription { rtp: Some("[2001:db8::7]:4000".parse().unwrap()), ..stream(4000, BOTH, G711) };
    world.report(caller, Report::MediaOffered(MediaOffer { streams: vec![v6] }));
    assert!(matches!(world.take().as_slice(), [(_, Order::MediaRefuse(_))]));
    assert_eq!(world.engine.relayed(caller), Some(called));
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_line_that_asks_for_an_offer_gets_what_it_has_agreed() {
    let mut world = World::new();
    let (caller, called) = world.connected();
    world.report(caller, Report::OfferRequested);
    let orders = world.take();
    let [(to, Order::MediaOffer(made))] = orders.as_slice() else { panic!("{orders:?}") };
    assert_eq!(*to, caller);
    assert_eq!(made.streams[0].codecs.iter().map(|c| c.payload_type).collect::<Vec<_>>(), [8, 0, 101]);
    world.report(caller, Report::OfferRequested);
    assert_eq!(world.take(), [(caller, Order::MediaRefuse(Reason::TemporaryFailure))]);
    // It answers from a new place, and holding.
    let moved = StreamDescription { direction: Direction::SendOnly, ..stream(4444, BOTH, G711) };
    world.report(caller, Report::MediaAnswered(media_plan::MediaAnswer { streams: vec![moved] }));
    assert_eq!(world.engine.setup(caller).remote.unwrap().rtp.port(), 4444);
    assert!(world.engine.played(called).is_some());
    // An answer that cannot be used, or none, leaves all as it was.
    world.report(caller, Report::OfferRequested);
    world.report(caller, Report::MediaAnswered(answer(BOTH, &[("G729", 18)])));
    world.report(caller, Report::OfferRequested);
    world.pass(seconds(32));
    assert_eq!(world.engine.sends(caller), [8, 0, 101]);
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}
