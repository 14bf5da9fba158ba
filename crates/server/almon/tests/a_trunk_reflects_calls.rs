//! A trunk that sends calls straight back: the hops run out, every call in the circle is refused with the reason, and nothing is
//! left.

mod world;

use ground::Reason;
use sip::agent::{EndCause, Event};
use world::{CARRIER, World};

/// Lets the carrier send back whatever it gets, with one hop less as a proxy does, and refuse as it was refused.
fn reflect(world: &mut World, carrier: usize, seconds: u64) -> usize {
    let mut pairs = Vec::new();
    let mut reflected = 0;
    for _ in 0..seconds * 10 {
        world.run(std::time::Duration::from_millis(100));
        let events: Vec<Event> = world.telephones[carrier].events.drain(..).collect();
        for event in events {
            match event {
                Event::Invited(invited) => {
                    let hops = invited.request.max_forwards().unwrap().unwrap();
                    let number = invited.request.request_uri().unwrap().user().unwrap().to_owned();
                    let prefix = if number == "112" { "" } else { "9" };
                    let back = world.call_as_trunk(carrier, &format!("{prefix}{number}"), hops.saturating_sub(1));
                    pairs.push((back, invited.session));
                    reflected += 1;
                }
                Event::Ended { session, cause: EndCause::Refused(status), .. } => {
                    if let Some((_, origin)) = pairs.iter().find(|(back, _)| *back == session).copied() {
                        world.respond(carrier, origin, status);
                    }
                }
                _ => {}
            }
        }
    }
    reflected
}

#[test]
fn a_circle_ends_when_the_hops_are_used_up() {
    for (seed, dialled) in [(1, "95551234"), (2, "112")] {
        let mut world = World::with_two_telephones(seed);
        // Without the right of transit only an emergency call could go round.
        world.add_second_trunk(dialled != "112");
        let carrier = world.telephone("5551234", CARRIER);
        world.call(0, dialled);
        let reflected = reflect(&mut world, carrier, 30);
        // Two hops a round: the exchange and the one who reflects.
        assert_eq!(reflected, 35, "{dialled}");
        let (ended, message) = world.expect_ended(0);
        assert_eq!(ended, EndCause::Refused(483), "{dialled}");
        assert_eq!(world::q850(&message.unwrap()), Some(Reason::LoopDetected.q850()));
        world.assert_empty();
        assert_eq!(world.records.len(), 36);
        assert!(world.records.iter().all(|record| record.reason == Reason::LoopDetected), "{:?}", world.records);
        assert_eq!(world.refused.len(), 36);
    }
}

#[test]
fn a_trunk_without_the_right_of_transit_is_refused_at_once() {
    let mut world = World::with_two_telephones(3);
    let carrier = world.telephone("5551234", CARRIER);
    world.call(0, "95551234");
    assert_eq!(reflect(&mut world, carrier, 2), 1);
    // The refusal of the far side, as the caller hears it (RFC 3398 section 7.2.4.1: cause 21).
    let (ended, message) = world.expect_ended(0);
    assert_eq!(ended, EndCause::Refused(603));
    assert_eq!(world::q850(&message.unwrap()), Some(21));
    world.assert_empty();
}

#[test]
fn a_call_with_no_hop_left_reaches_only_what_is_in_the_exchange() {
    let mut world = World::with_two_telephones(4);
    let carrier = world.telephone("5551234", CARRIER);
    world.call_as_trunk(carrier, "1002", 0);
    assert_eq!(world.expect_ended(carrier).0, EndCause::Refused(483));
    let session = world.call_as_trunk(carrier, "600", 0);
    world.expect_answered(carrier);
    world.hang_up(carrier, session);
    world.call_as_trunk(carrier, "1002", 1);
    let (called, invite) = world.expect_ringing(1);
    assert_eq!(invite.max_forwards().unwrap(), Some(0));
    world.respond(1, called, 486);
    world.expect_ended(carrier);
    world.assert_empty();
}

/// A proxy that sends everything straight back: requests with its Via and one hop less, responses to where their request came
/// from. Call-ID and tags stay as they are, so that each round looks like the one before.
fn proxy(world: &mut World, seen: &mut usize) {
    let carrier = world::address(CARRIER);
    let new: Vec<String> =
        world.log[*seen..].iter().filter(|(_, to, _)| *to == carrier).map(|(.., text)| text.clone()).collect();
    *seen = world.log.len();
    for text in new {
        let (first, rest) = text.split_once("\r\n").unwrap();
        if first.starts_with("SIP/2.0") {
            // Its own Via is the first line; what is below goes back.
            let (_, below) = rest.split_once("\r\n").unwrap();
            if first.starts_with("SIP/2.0 100") {
                continue;
            }
            world.inject(CARRIER, &format!("{first}\r\n{below}"));
            continue;
        }
        let branch = rest.split("branch=").nth(1).unwrap().split([';', '\r']).next().unwrap();
        let via = format!("Via: SIP/2.0/UDP {CARRIER};branch={branch}p\r\n");
        let first = first.replace("sip:5551234@198.51.100.9:5060", "sip:95551234@192.0.2.1");
        let lines: Vec<String> = rest
            .split("\r\n")
            .map(|line| match line.strip_prefix("Max-Forwards: ") {
                Some(hops) => format!("Max-Forwards: {}", hops.parse::<u8>().unwrap().saturating_sub(1)),
                None => line.to_owned(),
            })
            .collect();
        world.inject(CARRIER, &format!("{first}\r\n{via}{}", lines.join("\r\n")));
    }
}

#[test]
fn a_proxy_that_sends_everything_back_is_found_out_by_the_hops() {
    let mut world = World::with_two_telephones(5);
    world.add_second_trunk(true);
    world.call(0, "95551234");
    let mut seen = 0;
    for _ in 0..4000 {
        proxy(&mut world, &mut seen);
        world.run(std::time::Duration::from_millis(5));
    }
    let (ended, message) = world.expect_ended(0);
    assert_eq!(ended, EndCause::Refused(483));
    assert_eq!(world::q850(&message.unwrap()), Some(Reason::LoopDetected.q850()));
    world.assert_empty();
    assert_eq!(world.records.len(), 36, "the first call and one for each round of two hops");
    assert!(world.records.iter().all(|record| record.reason == Reason::LoopDetected));
}
