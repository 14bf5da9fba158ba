//! Random inputs: nothing panics, every call ends with one record and empty tables, the same inputs give the same outputs, and an
//! exchange that is restored from a snapshot between any two inputs goes on as if nothing had happened.

mod support;
use support::*;

use directory::Directory;
use exchange::{AnsweredMedia, Exchange, Input, Order, Report, TransferTarget};
use ground::{ConnectionId, Reason};
use media_plan::{Direction, MediaAnswer, MediaEvent, MediaFault, MediaOffer, PlaySource};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Dial { device: u32, number: usize, media: usize, overlap: bool },
    Arrive { trunk: u32, number: usize },
    Talk { caller: u32, called: u32, media: usize },
    Report { at: usize, what: usize, media: usize },
    Engine { at: usize, what: usize },
    Fault(MediaFault),
    Pass { millis: u64 },
    Terminals { device: u32, count: u64 },
    ClearCall { at: usize },
    Mute(bool),
    Directory(bool),
    Transfer { at: usize, to: usize },
    SendTo { at: usize, number: usize },
    Redirect { at: usize, numbers: Vec<usize> },
    Replace { device: u32, at: usize },
    Referred { at: usize, well: bool },
    OwnWay { device: u32, said: Option<bool> },
    Restart,
}

const NUMBERS: &[&str] =
    &["1001", "1002", "1003", "1004", "*1", "*2", "*3", "04711", "112", "1", "999", "", "0", "+112555"];

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (1u32..6, 0..NUMBERS.len(), 0usize..6, any::<bool>())
            .prop_map(|(device, number, media, overlap)| Step::Dial { device, number, media, overlap }),
        1 => (1u32..4, 0..NUMBERS.len()).prop_map(|(trunk, number)| Step::Arrive { trunk, number }),
        4 => (1u32..5, 1u32..6, 0usize..7).prop_map(|(caller, called, media)| Step::Talk { caller, called, media }),
        12 => (0usize..12, 0usize..19, 0usize..6).prop_map(|(at, what, media)| Step::Report { at, what, media }),
        // What is common within a call.
        12 => (0usize..8, prop_oneof![3 => Just(11), 3 => Just(12), 1 => 13usize..18], 0usize..5)
            .prop_map(|(at, what, media)| Step::Report { at, what, media }),
        4 => (0usize..8, 0usize..6).prop_map(|(at, what)| Step::Engine { at, what }),
        2 => prop_oneof![
            Just(MediaFault::UnknownLeg),
            Just(MediaFault::PortsUnavailable),
            Just(MediaFault::NoCommonCodec),
            Just(MediaFault::NotCapable),
        ]
        .prop_map(Step::Fault),
        3 => (0u64..70_000).prop_map(|millis| Step::Pass { millis }),
        1 => (1u32..5, 0u64..4).prop_map(|(device, count)| Step::Terminals { device, count }),
        1 => (0usize..4).prop_map(|at| Step::ClearCall { at }),
        1 => any::<bool>().prop_map(Step::Mute),
        1 => any::<bool>().prop_map(Step::Directory),
        5 => (0usize..10, 0usize..10).prop_map(|(at, to)| Step::Transfer { at, to }),
        4 => (0usize..8, 0..NUMBERS.len()).prop_map(|(at, number)| Step::SendTo { at, number }),
        2 => (0usize..8, proptest::collection::vec(0..NUMBERS.len(), 0..7))
            .prop_map(|(at, numbers)| Step::Redirect { at, numbers }),
        3 => (1u32..5, 0usize..8).prop_map(|(device, at)| Step::Replace { device, at }),
        1 => (0usize..8, any::<bool>()).prop_map(|(at, well)| Step::Referred { at, well }),
        3 => (1u32..4, any::<Option<bool>>()).prop_map(|(device, said)| Step::OwnWay { device, said }),
        1 => Just(Step::Restart),
    ]
}

/// The site with everything permitted that a site can permit, or with less.
fn directory(whole: bool) -> Directory {
    let mut directory = site::site();
    for extension in directory.extensions.values_mut() {
        extension.pickup_group = (extension.device.0 < 4).then_some(1);
        extension.call_waiting = extension.device.0 != 3;
        extension.max_calls = Some(4);
    }
    for trunk in directory.trunks.values_mut().filter(|trunk| trunk.transit) {
        (trunk.may_transfer, trunk.follow_redirects, trunk.transfers_itself) = (true, true, true);
        trunk.max_calls = Some(3);
    }
    // So that calls go out over the one that transfers itself, as long as it has a line.
    directory.routes.values_mut().for_each(|route| route.choices.reverse());
    if !whole {
        directory.extensions.pop_first();
        directory.trunks.pop_last();
    }
    directory
}

fn description(which: usize) -> MediaOffer {
    match which {
        0 => talk(),
        1 => offer(Direction::SendOnly, G711),
        2 => offer(Direction::Inactive, &[("PCMU", 0)]),
        3 => offer(Direction::SendReceive, &[("G729", 18), ("PCMU", 0)]),
        4 => offer(Direction::ReceiveOnly, &[("opus", 111), ("PCMA", 8), ("telephone-event", 96)]),
        _ => MediaOffer::default(),
    }
}

fn report(what: usize, media: usize) -> Report {
    let offer = description(media);
    let answer = MediaAnswer { streams: offer.streams.clone() };
    let says = |media| Report::Answered { media, connected: None };
    match what {
        0 => Report::MoreDigits("02".parse().unwrap()),
        1 => Report::Offered,
        2 => Report::Alerting,
        3 => Report::Progress { media: Some(answer) },
        4 => Report::Progress { media: None },
        5..=7 => says(AnsweredMedia::Answer(answer)),
        8 => says(AnsweredMedia::Offer(offer)),
        9 => says(AnsweredMedia::AsAgreed),
        10 => says(AnsweredMedia::Treatment { source: PlaySource::Echo, repeat: media == 0 }),
        11 => Report::MediaOffered(offer),
        12 => Report::MediaAnswered(answer),
        13 => Report::MediaRefused(Reason::NoCommonCodec),
        14 => Report::Digit { digit: '5', duration: Duration::from_millis(100) },
        15 => Report::Probed,
        16 => Report::OfferRequested,
        17 => Report::MediaWithdrawn,
        _ => Report::Cleared(Reason::ALL[media % Reason::ALL.len()]),
    }
}

/// One of the connections in progress, or one of the last that there were.
fn recent(world: &World, at: usize) -> ConnectionId {
    let mut live = world.exchange.calls().flat_map(|(_, call)| call.connections.keys().copied());
    if let Some(connection) = live.nth(at) {
        return connection;
    }
    let count = world.seen.len();
    if at < count { world.seen[count - 1 - at] } else { ConnectionId(at as u64) }
}

fn take_step(world: &mut World, step: &Step) {
    match step.clone() {
        Step::Dial { device, number, media, overlap } => {
            let media = (media < 5).then(|| description(media));
            world.dial_with(device, NUMBERS[number], media, overlap);
        }
        Step::Arrive { trunk, number } => {
            world.arrive(trunk, NUMBERS[number]);
        }
        Step::Talk { caller, called, media } => {
            let offered = (media < 5).then(|| description(media));
            let late = offered.is_none();
            let number = if called == 5 { "04711".to_owned() } else { format!("100{called}") };
            let from = world.dial_with(caller, &number, offered, false);
            let Some((to, _)) = world.offers().pop() else { return };
            if late {
                let media = AnsweredMedia::Offer(description(3));
                world.report(to, Report::Answered { media, connected: None });
                world.report(from, report(12, 2));
            } else {
                let codecs = [("PCMU", 0), ("PCMA", 8), ("telephone-event", 96)];
                world.report(to, answered(answer(Direction::SendReceive, &codecs)));
            }
        }
        Step::Report { at, what, media } => {
            let connection = recent(world, at);
            world.report(connection, report(what, media));
        }
        Step::Engine { at, what } => {
            let leg = recent(world, at);
            let event = match what {
                0 => MediaEvent::Silent { leg, since: world.now },
                1 => MediaEvent::Receiving { leg, from: "192.0.2.7:4000".parse().unwrap() },
                2 => MediaEvent::PlayEnded { leg },
                3 => MediaEvent::Digit { leg, digit: '1', duration: Duration::from_millis(80) },
                4 => {
                    world.engine.no_announcement = true;
                    return;
                }
                _ => MediaEvent::Outcome { order: media_plan::OrderId(at as u64), leg, result: Ok(()) },
            };
            world.media(event);
        }
        Step::Fault(fault) => world.engine.fails = Some(fault),
        Step::Pass { millis } => world.pass(Duration::from_millis(millis)),
        Step::Terminals { device, count } => {
            let ids: Vec<u64> = (0..count).map(|n| u64::from(device) * 10 + n).collect();
            world.terminals(device, &ids);
        }
        Step::ClearCall { at } => {
            let call = world.exchange.calls().nth(at).map(|(id, _)| id);
            if let Some(call) = call {
                world.clear_call(call);
            }
        }
        Step::Mute(mute) => world.mute_clears = mute,
        Step::Restart => world.restart(world.directory.clone()),
        Step::Transfer { at, to } => {
            let (connection, target) = (recent(world, at), TransferTarget::Connection(recent(world, to)));
            world.report(connection, Report::TransferRequested(target));
        }
        Step::SendTo { at, number } => {
            let connection = recent(world, at);
            let target = TransferTarget::Number(NUMBERS[number].parse().unwrap());
            world.report(connection, Report::TransferRequested(target));
        }
        Step::Redirect { at, numbers } => {
            let connection = recent(world, at);
            let targets = numbers.iter().map(|number| NUMBERS[*number].parse().unwrap()).collect();
            world.report(connection, Report::Redirected(targets));
        }
        Step::Replace { device, at } => {
            let connection = recent(world, at);
            world.replace(device, connection);
        }
        Step::Referred { at, well } => {
            let connection = recent(world, at);
            world.report(connection, Report::Transferred(if well { Ok(()) } else { Err(Reason::CallRejected) }));
        }
        // Somebody talks over the trunk and sends the other one back to where it came from.
        Step::OwnWay { device, said } => {
            let asks = world.dial(device, "04711");
            let Some((party, _)) = world.offers().pop() else { return };
            world.report(party, answered(yes()));
            world.report(asks, Report::TransferRequested(TransferTarget::Number("04712".parse().unwrap())));
            if let Some(well) = said {
                world.report(party, Report::Transferred(if well { Ok(()) } else { Err(Reason::CallRejected) }));
            }
        }
        Step::Directory(whole) => {
            let directory = directory(whole);
            world.input(Input::Directory(Arc::new(directory)));
        }
    }
    if world.exchange.tables().calls == 0 {
        assert_eq!(world.exchange.tables().halves, 0);
    }
}

/// Runs the steps and ends every call; what came out, as text.
fn run(steps: &[Step], restore: bool) -> Vec<String> {
    let mut world = World::with(directory(true), config());
    let mut current = Arc::new(directory(true));
    for step in steps {
        take_step(&mut world, step);
        if let Step::Directory(whole) = step {
            current = Arc::new(directory(*whole));
        }
        if restore {
            let bytes = postcard::to_allocvec(&world.exchange).unwrap();
            let mut restored: Exchange = postcard::from_bytes(&bytes).unwrap();
            restored.resume(world.config.clone(), current.clone());
            world.exchange = restored;
        }
    }
    world.mute_clears = false;
    world.engine.fails = None;
    for connection in world.seen.clone() {
        world.hang_up(connection);
    }
    world.pass(Duration::from_secs(41));
    let told: usize = world.orders.iter().filter(|(_, order)| matches!(order, Order::Clear(_))).count();
    assert!(told <= world.seen.len(), "no connection is cleared twice");
    world.nothing_left();
    world.transcript
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, ..ProptestConfig::default() })]

    #[test]
    fn every_call_ends_with_one_record_and_empty_tables(steps in proptest::collection::vec(step(), 0..120)) {
        run(&steps, false);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_same_inputs_give_the_same_outputs(steps in proptest::collection::vec(step(), 0..120)) {
        prop_assert_eq!(run(&steps, false), run(&steps, false));
    }

    #[test]
    fn a_restored_exchange_goes_on_as_if_nothing_had_happened(steps in proptest::collection::vec(step(), 0..80)) {
        prop_assert_eq!(run(&steps, false), run(&steps, true));
    }
}
