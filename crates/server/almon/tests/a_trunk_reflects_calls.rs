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
