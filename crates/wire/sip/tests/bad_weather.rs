//! Whole calls over a network that loses, repeats and reorders, by seed: each ends on both sides, and nothing is left.

mod world;

use sip::agent::{Command, Event, RequestId, SessionId};
use sip::dialog::Body;
use std::time::Duration;
use world::*;

/// Answers whatever a node is asked, as an exchange would.
fn serve(world: &mut World, node: usize, ended: &mut [usize; 2]) {
    for event in std::mem::take(&mut world.nodes[node].events) {
        match event {
            Event::Invited(invited) => {
                world.command(node, respond(invited.session, 180, None));
                world.command(node, respond(invited.session, 200, Some(ANSWER)));
            }
            Event::Answered { session, owes_ack: true, .. } | Event::Changed { session, owes_ack: true, .. } => {
                world.command(node, Command::Acknowledge { session, body: Some(Body::sdp(ANSWER)) });
            }
            Event::ChangeRequested { session, .. } => world.command(node, respond(session, 200, Some(ANSWER))),
            Event::Ended { .. } => ended[node] += 1,
            _ => {}
        }
    }
}

fn one_call(seed: u64, weather: Weather) -> World {
    let mut world = World::pair(seed);
    world.weather = weather;
    let to = world.nodes[1].address;
    let offer = if seed.is_multiple_of(3) { None } else { Some(OFFER) };
    world.command(0, invite(1, to, offer));
    let mut ended = [0, 0];
    for step in 0..600 {
        world.run_millis(100);
        serve(&mut world, 0, &mut ended);
        serve(&mut world, 1, &mut ended);
        let theirs = SessionId(SessionId::INCOMING);
        match step {
            60 => world.command(0, change(SessionId(1))),
            61 => world.command(1, change(theirs)),
            120 => world.command(
                (seed % 2) as usize,
                Command::InDialog {
                    session: if seed.is_multiple_of(2) { SessionId(1) } else { theirs },
                    request: RequestId(1),
                    method: "INFO".into(),
                    headers: Vec::new(),
                    body: None,
                },
            ),
            250 if seed.is_multiple_of(5) => {
                world.command(0, end(SessionId(1)));
                world.command(1, end(theirs));
            }
            250 if seed.is_multiple_of(2) => world.command(0, end(SessionId(1))),
            250 => world.command(1, end(theirs)),
            _ => {}
        }
    }
    world.weather = Weather::default();
    world.run(Duration::from_secs(100));
    serve(&mut world, 0, &mut ended);
    serve(&mut world, 1, &mut ended);
    assert_eq!(ended[0], 1, "seed {seed}: the caller hears one end");
    assert!(ended[1] <= 1, "seed {seed}: the called side hears at most one end");
    world
}

#[test]
fn every_call_ends_once_and_leaves_nothing() {
    for seed in 0..150 {
        let weather = Weather { loss: 50 + seed % 4 * 80, repeat: seed % 3 * 100, reorder: seed % 5 * 80 };
        one_call(seed, weather).assert_empty();
    }
}

#[test]
fn the_same_seed_gives_the_same_messages() {
    let weather = Weather { loss: 200, repeat: 200, reorder: 200 };
    let (first, second) = (one_call(42, weather), one_call(42, weather));
    assert_eq!(first.log, second.log);
    assert!(first.log.len() > 10);
}
