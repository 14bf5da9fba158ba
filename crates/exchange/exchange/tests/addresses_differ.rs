//! Telephones in different address families, and behind translators of addresses.

mod support;
use support::*;

use directory::Outcome;
use exchange::{CallingParty, Input, LineKind, MediaLocation, Reachability, Report, Seizure, Terminal, TerminalId};
use ground::{ConnectionId, DeviceId, Number, Reason};
use media_plan::{AddressFamily, Direction, Learning, MediaAnswer, MediaEvent, PortPair};
use std::net::IpAddr;

fn world() -> World {
    let mut settings = config();
    let address: IpAddr = "2001:db8::1".parse().unwrap();
    settings.media_networks[0].v6 = Some((address, address));
    let mut world = World::with(site::site(), settings);
    let pair = |n: u16| PortPair { network: NETWORK, family: AddressFamily::V6, rtp_port: 20_000 + 2 * n };
    let pairs: Vec<_> = (0..2).map(pair).collect();
    world.engine.pairs.extend(pairs.iter().copied());
    world.media(MediaEvent::PortsBound { pairs });
    world
}

fn reach(world: &mut World, location: MediaLocation) {
    let terminals = vec![Terminal { id: TerminalId(60), line: LineKind::Sip, location }];
    world.input(Input::Reachability(Reachability { device: DeviceId(2), terminals }));
}

#[test]
fn a_telephone_with_ipv6_is_called_from_one_with_ipv4() {
    let mut world = world();
    reach(&mut world, MediaLocation { family: AddressFamily::V6, ..location() });
    let caller = world.dial(1, "1002");
    let offers = world.offers();
    let ours = offers[0].1.media.as_ref().unwrap().streams[0].rtp.unwrap();
    assert!(ours.is_ipv6(), "{ours}");
    let mut media = stream(0, Direction::SendReceive, G711);
    media.rtp = Some("[2001:db8::7]:5000".parse().unwrap());
    world.report(offers[0].0, answered(MediaAnswer { streams: vec![media] }));
    assert_eq!(world.engine.relayed(caller), Some(offers[0].0));
    assert!(world.engine.setup(caller).remote.unwrap().rtp.is_ipv4());
    assert!(world.engine.setup(offers[0].0).remote.unwrap().rtp.is_ipv6());
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn a_caller_that_signals_over_ipv4_and_wants_media_over_ipv6_gets_it() {
    let mut world = world();
    let mut media = talk();
    media.streams[0].rtp = Some("[2001:db8::7]:4000".parse().unwrap());
    let caller = world.dial_with(1, "1002", Some(media), false);
    let called = world.offered();
    world.report(called, answered(yes()));
    let orders = world.orders_to(caller);
    let [exchange::Order::Answer { answer: Some(answer), .. }] = orders.as_slice() else { panic!("{orders:?}") };
    assert!(answer.streams[0].rtp.unwrap().is_ipv6());
    world.hang_up(called);
    world.over(Outcome::Answered, Reason::NormalClearing);
}

#[test]
fn behind_a_translator_the_source_is_learned_for_a_bounded_time() {
    let mut world = world();
    let signalling: Option<IpAddr> = Some("203.0.113.9".parse().unwrap());
    let translated = MediaLocation { signalling, translated: true, ..location() };
    reach(&mut world, translated);
    let caller = ConnectionId(99);
    let seizure = Seizure {
        line: LineKind::Sip,
        caller: CallingParty::Extension { device: DeviceId(1) },
        dialled: Number::parse("1002").unwrap(),
        overlap: false,
        media: Some(talk()),
        location: location(),
        hops: 70,
        replaces: None,
    };
    world.report(caller, Report::Seized(Box::new(seizure)));
    let called = world.offered();
    world.report(called, answered(yes()));
    let learning = |world: &World, leg| world.engine.setup(leg).remote.unwrap().learning;
    assert_eq!(learning(&world, caller), Learning::Locked);
    assert_eq!(learning(&world, called), Learning::Window { window: seconds(10), expected: signalling });
    world.hang_up(caller);
    world.over(Outcome::Answered, Reason::NormalClearing);
}
