//! Whole calls over a network that loses, repeats and reorders: however it goes, in the end nothing is left and every call has
//! its one record.

mod world;

use sip::agent::Event;
use world::{Weather, World};

/// One call in bad weather; both sides do what people do, and some of it gets lost.
fn one_call(seed: u64) {
    let mut world = World::with_two_telephones(seed);
    world.weather = Weather { loss: 150, repeat: 100, reorder: 200 };
    let calling = world.call(0, "1002");
    let mut rounds = 0;
    while rounds < 60 {
        rounds += 1;
        world.run_seconds(1);
        let events: Vec<Event> = world.telephones[1].events.drain(..).collect();
        for event in events {
            if let Event::Invited(invited) = event {
                world.respond(1, invited.session, 180);
                if !seed.is_multiple_of(4) {
                    world.respond(1, invited.session, 200);
                }
            }
        }
        if rounds == 20 + seed % 10 && seed.is_multiple_of(3) {
            let body = world::description(world.telephones[0].address, "a=sendonly\r\n");
            let body = Some(sip::dialog::Body::sdp(body));
            world.command(0, sip::agent::Command::Change { session: calling, body, headers: Vec::new() });
        }
    }
    world.hang_up(0, calling);
    world.assert_empty();
    assert_eq!(world.records.len(), 1, "seed {seed}");
}

#[test]
fn a_hundred_calls_leave_nothing_behind() {
    for seed in 100..200 {
        one_call(seed);
    }
}
