//! A thousand calls of every kind, several at a time: every table is empty afterwards, and none has grown beyond the calls that
//! there were at once.

mod world;

use sip::agent::{Event, SessionId};
use world::{CARRIER, World};

/// What the telephones do with a call, by its number in the row.
fn react(world: &mut World, turn: u64) {
    for telephone in 0..world.telephones.len() {
        let events: Vec<Event> = world.telephones[telephone].events.drain(..).collect();
        for (n, event) in events.into_iter().enumerate() {
            let Event::Invited(invited) = event else { continue };
            match (turn + n as u64) % 7 {
                0 => world.respond(telephone, invited.session, 486),
                1 => world.respond(telephone, invited.session, 180),
                2 => {}
                3 => {
                    world.respond(telephone, invited.session, 183);
                    world.respond(telephone, invited.session, 200);
                }
                _ => {
                    world.respond(telephone, invited.session, 180);
                    world.respond(telephone, invited.session, 200);
                }
            }
        }
    }
}

#[test]
fn leave_nothing_behind() {
    let mut world = World::with_two_telephones(1);
    let third = world.telephone("1003", "192.0.2.13:5060");
    world.register(third, 360_000);
    world.register(0, 360_000);
    world.register(1, 360_000);
    let _carrier = world.telephone("5551234", CARRIER);
    let mut sessions: Vec<(usize, SessionId)> = Vec::new();
    let mut most = 0;
    for call in 0..1000u64 {
        let caller = (call % 3) as usize;
        let dialled = ["1002", "95551234", "600", "1003", "1999", "1001", "112", "77"][(call % 8) as usize];
        sessions.push((caller, world.call(caller, dialled)));
        for round in 0..3 {
            world.run(std::time::Duration::from_millis(300));
            react(&mut world, call + round);
        }
        // Five calls overlap; the oldest is ended in whatever state it is.
        if sessions.len() > 5 {
            let (telephone, session) = sessions.remove(0);
            world.hang_up(telephone, session);
        }
        most = most.max(world.board.exchange().tables().calls);
        assert_eq!(world.thread.live.calls(), world.board.exchange().tables().calls, "what is shown is what there is");
        world.log.clear();
        world.events.clear();
    }
    for (telephone, session) in sessions {
        world.hang_up(telephone, session);
    }
    assert!(most < 40, "calls do not pile up: {most}");
    world.assert_empty();
    assert_eq!(world.records.len(), 1000);
    let counters = world.board.exchange().counters();
    assert_eq!((counters.repeated_seizures, counters.legs_not_closed), (0, 0));
}
