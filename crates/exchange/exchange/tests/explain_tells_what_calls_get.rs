//! An explanation is what a call gets: at the same place, or refused for the same reason, whatever the state.

mod support;

use directory::Directory;
use exchange::route::explanation::{Explanation, Inquiry, Mark, Node, Origin, Outcome, Unexplained};
use exchange::route::local_time::LocalTime;
use exchange::route::number_plan::Dialling;
use exchange::{CallingParty, Input, OfferTarget, Order, Party, Report};
use ground::{DeviceId, Number, Reason, TrunkId};
use proptest::prelude::*;
use support::{World, answered, config, site, talk, yes};

fn inquiry(origin: Origin, dialled: &str) -> Inquiry {
    Inquiry { origin, dialled: dialled.parse().unwrap(), dialling: Dialling::Ended, time: None, hops: 70 }
}

fn from(number: &str, dialled: &str) -> Inquiry {
    inquiry(Origin::Extension(site::digits(number)), dialled)
}

fn over(trunk: &str, dialled: &str) -> Inquiry {
    inquiry(Origin::Trunk { name: trunk.to_owned(), caller: "+4930123".to_owned() }, dialled)
}

fn explain(world: &World, inquiry: &Inquiry) -> Explanation {
    world.exchange.explain(world.now.utc, inquiry).unwrap()
}

/// Every node in the order of printing, as `what: verdict`.
fn lines(nodes: &[Node]) -> Vec<String> {
    let mut all = Vec::new();
    for node in nodes {
        all.push(format!("{}: {:?}", node.what, node.verdict));
        all.extend(lines(&node.children));
    }
    all
}

fn refused(reason: Reason) -> Outcome {
    Outcome::Refused { reason }
}

#[test]
fn a_call_outside_names_the_route_and_each_trunk() {
    let mut world = World::new();
    let told = explain(&world, &from("1001", "0123456"));
    let expected = Outcome::Trunk {
        route: "city".to_owned(),
        trunk: "first".to_owned(),
        number: site::digits("123456"),
        emergency: false,
    };
    assert_eq!(told.outcome, expected);
    assert_eq!((told.question.from.as_str(), told.question.name.as_str()), ("1001", "Strowger"));
    assert_eq!(
        lines(&told.nodes),
        [
            "emergency numbers: Lost",
            "exact numbers: Lost",
            "routes: Won",
            "route city for 0…: Won",
            "admission: Passed",
            "permission: Passed",
            "hops: Passed",
            "external calls: Passed",
            "trunks of route city: Won",
            "trunk first: Won",
            "trunk second: Next",
        ]
    );
    // The first trunk has one line.
    world.dial(2, "0987654");
    let told = explain(&world, &from("1001", "0123456"));
    assert!(matches!(&told.outcome, Outcome::Trunk { trunk, .. } if trunk == "second"), "{:?}", told.outcome);
    let trunks = &told.nodes.last().unwrap().children;
    assert_eq!((trunks[0].verdict, trunks[1].verdict), (Mark::Lost, Mark::Won));
    assert_eq!(trunks[0].why, "is sent 123456; full: 1 of 1 lines taken");
    world.dial(3, "0987654");
    assert_eq!(explain(&world, &from("1001", "0123456")).outcome, refused(Reason::NoRouteAvailable));
    // An emergency call needs no free line.
    let told = explain(&world, &from("1004", "112"));
    assert!(matches!(&told.outcome, Outcome::Trunk { trunk, emergency: true, .. } if trunk == "first"));
}

#[test]
fn who_may_not_is_told_so() {
    let mut world = World::new();
    let told = explain(&world, &from("1004", "0123456"));
    assert_eq!(told.outcome, refused(Reason::NotAuthorized));
    let permission = told.nodes.last().unwrap();
    assert_eq!((permission.what.as_str(), permission.verdict), ("permission", Mark::Failed));
    assert!(permission.children[1].why.contains("not-authorized"));
    assert_eq!(explain(&world, &from("1001", "1001")).outcome, refused(Reason::UserBusy));
    assert_eq!(explain(&world, &over("first", "0123456")).outcome, refused(Reason::NotAuthorized));
    let looped = Inquiry { hops: 0, ..from("1001", "1002") };
    assert_eq!(explain(&world, &looped).outcome, refused(Reason::LoopDetected));
    assert_eq!(explain(&world, &from("1001", "77")).outcome, refused(Reason::VacantNumber));
    assert_eq!(explain(&world, &from("1001", "012")).outcome, refused(Reason::IncompleteNumber));
    world.input(Input::Drain);
    assert_eq!(explain(&world, &from("1001", "1002")).outcome, refused(Reason::Draining));
    assert!(matches!(explain(&world, &from("1001", "112")).outcome, Outcome::Trunk { emergency: true, .. }));
}

#[test]
fn a_trunk_without_a_free_line_takes_no_call_but_for_an_emergency() {
    let mut world = World::new();
    world.arrive(2, "1001");
    let told = explain(&world, &over("second", "1001"));
    assert_eq!(told.outcome, refused(Reason::NoRouteAvailable));
    assert_eq!(lines(&told.nodes), ["incoming line of second: Failed"]);
    assert!(matches!(explain(&world, &over("second", "112")).outcome, Outcome::Trunk { emergency: true, .. }));
    assert!(matches!(explain(&world, &over("first", "1001")).outcome, Outcome::Extension { .. }));
}

#[test]
fn an_extension_rings_or_is_absent_or_unknown() {
    let mut world = World::new();
    world.terminals(2, &[21, 22]);
    let told = explain(&world, &from("1001", "1002"));
    assert!(matches!(told.outcome, Outcome::Extension { telephones: 2, waits: false, .. }), "{:?}", told.outcome);
    assert_eq!(told.nodes.last().unwrap().children.len(), 2);
    world.terminals(2, &[]);
    assert_eq!(explain(&world, &from("1001", "1002")).outcome, refused(Reason::SubscriberAbsent));
    let told = explain(&world, &from("1001", "*1"));
    assert!(matches!(told.outcome, Outcome::Service { .. }));
    let nobody = site::digits("1999");
    let unknown = world.exchange.explain(world.now.utc, &from("1999", "1001"));
    assert_eq!(unknown, Err(Unexplained::UnknownExtension(nobody)));
    let unknown = world.exchange.explain(world.now.utc, &over("third", "1001"));
    assert_eq!(unknown, Err(Unexplained::UnknownTrunk("third".to_owned())));
}

#[test]
fn a_route_outside_its_hours_is_told_with_them() {
    let mut site = site::site();
    site.routes.get_mut("city").unwrap().hours = vec!["mon-fri 08:00-18:00".parse().unwrap()];
    let world = World::with(site, config());
    // 2027-01-15 08:00 UTC, a Friday; the site is an hour ahead.
    assert!(matches!(explain(&world, &from("1001", "0123456")).outcome, Outcome::Trunk { .. }));
    let saturday = LocalTime { weekday: directory::Weekday::Saturday, minute: 540 };
    let told = explain(&world, &Inquiry { time: Some(saturday), ..from("1001", "0123456") });
    assert_eq!(told.outcome, refused(Reason::NoRouteAvailable));
    let route = &told.nodes[2].children[0];
    assert_eq!(route.verdict, Mark::Lost);
    assert_eq!(route.why, "outside its hours (mon-fri 08:00-18:00): it is sat 09:00");
    assert!(matches!(
        explain(&world, &Inquiry { time: Some(saturday), ..from("1001", "112") }).outcome,
        Outcome::Trunk { emergency: true, .. }
    ));
}

#[test]
fn explaining_changes_nothing() {
    let mut world = World::new();
    world.connected();
    let (before, tables) = (postcard::to_allocvec(&world.exchange).unwrap(), world.exchange.tables());
    explain(&world, &from("1003", "0123456"));
    explain(&world, &over("first", "1002"));
    assert_eq!(postcard::to_allocvec(&world.exchange).unwrap(), before);
    assert_eq!(world.exchange.tables(), tables);
}

/// What a call that was just made came to: where it was offered, or why it was cleared.
#[derive(Debug, PartialEq)]
enum Came {
    /// A device, how many of its telephones, and whether the call waits there.
    Terminals(DeviceId, usize, bool),
    Trunk(TrunkId, Number, bool),
    Service,
    Refused(Reason),
}

fn came(world: &mut World, caller: ground::ConnectionId) -> Came {
    let offers = world.offers();
    if let Some((_, first)) = offers.first() {
        return match first.target {
            OfferTarget::Terminal { device, .. } => Came::Terminals(device, offers.len(), first.waiting),
            OfferTarget::Trunk(trunk) => Came::Trunk(trunk, first.called, first.emergency),
            OfferTarget::Service(_) => Came::Service,
        };
    }
    let orders = world.orders_to(caller);
    let reason = orders.iter().find_map(|order| match order {
        Order::Clear(reason) | Order::Progress { reason: Some(reason), .. } => Some(*reason),
        _ => None,
    });
    Came::Refused(reason.expect("offered or refused"))
}

fn expected(directory: &Directory, outcome: &Outcome) -> Came {
    match outcome {
        Outcome::Extension { number, telephones, waits, .. } => {
            Came::Terminals(directory.extensions[number].device, *telephones, *waits)
        }
        Outcome::Service { .. } => Came::Service,
        Outcome::Trunk { trunk, number, emergency, .. } => {
            let trunk = directory.trunks.values().find(|known| known.name == *trunk).unwrap().id;
            Came::Trunk(trunk, Number::private(*number), *emergency)
        }
        Outcome::Refused { reason } => Came::Refused(*reason),
        Outcome::MoreDigits => panic!("everything was dialled"),
    }
}

/// The standard site with limits, hours and a trunk that cannot be reached.
fn varied(limits: &[Option<u8>], waiting: u8, hours: &str) -> Directory {
    let mut site = site::site();
    for (index, extension) in site.extensions.values_mut().enumerate() {
        extension.max_calls = limits[index % limits.len()];
        extension.call_waiting = waiting & (1 << index) != 0;
    }
    let city = site.routes.get_mut("city").unwrap();
    city.hours = hours.split(';').filter(|text| !text.is_empty()).map(|text| text.parse().unwrap()).collect();
    let mut night = city.clone();
    (night.name, night.prefix, night.hours) = ("night".to_owned(), site::digits("01"), Vec::new());
    night.choices.reverse();
    site.routes.insert(night.name.clone(), night);
    site.trunks.get_mut(&TrunkId(1)).unwrap().network = ground::NetworkId(if waiting & 16 == 0 { 1 } else { 9 });
    site
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_exchange_does_what_is_explained(
        limits in proptest::collection::vec(prop_oneof![Just(None), (1_u8..3).prop_map(Some)], 4),
        waiting in 0_u8..32,
        hours in prop_oneof![Just(""), Just("mon-fri 08:00-18:00"), Just("sat,sun 00:00-24:00")],
        drained in prop_oneof![9 => Just(false), 1 => Just(true)],
        most in 3_usize..20,
        steps in proptest::collection::vec((0_u8..8, 1_u32..5, "(100[1-5]|[*][1-3]|0[0-9]{2,8}|112[0-9]?|[0-9]{1,4})", 0_u8..3, 0_u64..40_000), 1..14),
    ) {
        let directory = varied(&limits, waiting, hours);
        let mut world = World::with(directory.clone(), exchange::ExchangeConfig { max_calls: most, ..config() });
        let mut callers = Vec::new();
        for (index, (kind, who, dialled, hops, wait)) in steps.iter().enumerate() {
            world.pass(std::time::Duration::from_secs(*wait));
            callers.retain(|caller| world.exchange.calls().any(|(_, call)| call.connections.contains_key(caller)));
            world.hops = if *hops == 0 { 0 } else { 70 };
            match kind {
                0 => world.terminals(*who, &[]),
                1 => world.terminals(*who, &[u64::from(*who) * 10, u64::from(*who) * 10 + 1]),
                2 => if let Some(caller) = callers.pop() { world.hang_up(caller) },
                3 if drained && index > steps.len() / 2 => world.input(Input::Drain),
                _ => {
                    let number: Number = dialled.parse().unwrap();
                    let (origin, party) = if *kind == 4 {
                        let trunk = TrunkId(1 + who % 2);
                        let party = Party { number: Number::parse("+4930123").unwrap(), name: String::new() };
                        let name = directory.trunks[&trunk].name.clone();
                        (Origin::Trunk { name, caller: "+4930123".into() }, CallingParty::Trunk { trunk, party })
                    } else {
                        let number = site::digits(&format!("100{who}"));
                        (Origin::Extension(number), CallingParty::Extension { device: DeviceId(*who) })
                    };
                    let asked = Inquiry { origin, dialled: number, dialling: Dialling::Ended, time: None, hops: world.hops };
                    let told = explain(&world, &asked);
                    world.take();
                    let caller = world.seize(party, dialled, Some(talk()), false);
                    let offers = world.orders.iter().filter(|(_, order)| matches!(order, Order::Offer(_)));
                    let called: Vec<_> = offers.map(|(connection, _)| *connection).collect();
                    let came = came(&mut world, caller);
                    // Ports are nothing that routing knows of.
                    if came != Came::Refused(Reason::NoMediaResource) {
                        prop_assert_eq!(came, expected(&directory, &told.outcome), "{:?}\n{:#?}", asked, told);
                    }
                    if let (Some(first), true) = (called.first(), hops % 2 == 1) {
                        world.report(*first, Report::Alerting);
                        world.report(*first, answered(yes()));
                    }
                    callers.push(caller);
                }
            }
        }
    }
}
