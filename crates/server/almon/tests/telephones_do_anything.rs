//! Telephones and a trunk do whatever comes into their minds, over a network that loses, repeats and reorders: nothing is left
//! in any table, every call has one record, and each telephone hears the end of each of its calls once.

mod world;

use ground::Reason;
use sip::agent::{Command, Event, SessionId};
use sip::dialog::Body;
use std::collections::BTreeMap;
use std::time::Duration;
use world::{CARRIER, Weather, World, described_at};

struct Dice(u64);

impl Dice {
    fn roll(&mut self, sides: u64) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from((self.0 >> 33) % sides).unwrap()
    }
}

/// The sessions of each telephone that are not over: none before an answer is owed, some owe one.
type Sessions = BTreeMap<(usize, SessionId), ()>;

fn body(world: &World, telephone: usize, dice: &mut Dice) -> String {
    let ip = world.telephones[telephone].address.ip().to_string();
    let ip = if dice.roll(12) == 0 { "0.0.0.0" } else { &ip };
    let codecs = ["8 0 101", "8 101", "0 101", "8", "18 101", "0 8"][dice.roll(6)];
    let direction = ["", "", "", "a=sendonly\r\n", "a=inactive\r\n", "a=recvonly\r\n"][dice.roll(6)];
    let more = ["", "", "", "m=video 4002 RTP/AVP 31\r\n"][dice.roll(4)];
    described_at(ip, 4000 + 2 * dice.roll(50) as u16, codecs, &format!("{direction}{more}"))
}

fn answer(world: &mut World, telephone: usize, session: SessionId, dice: &mut Dice) {
    let status = [180, 183, 200, 200, 200, 200, 486, 488, 503][dice.roll(9)];
    let text = (matches!(status, 183 | 200) && dice.roll(20) > 0).then(|| body(world, telephone, dice));
    world.respond_with(telephone, session, status, text.as_deref());
}

/// What a telephone does with what it hears.
fn react(world: &mut World, sessions: &mut Sessions, dice: &mut Dice, ends: &mut BTreeMap<(usize, SessionId), usize>) {
    for telephone in 0..world.telephones.len() {
        let events: Vec<Event> = world.telephones[telephone].events.drain(..).collect();
        for event in events {
            match event {
                Event::Invited(invited) => {
                    sessions.insert((telephone, invited.session), ());
                    answer(world, telephone, invited.session, dice);
                }
                Event::ChangeRequested { session, .. } if dice.roll(10) > 0 => {
                    answer(world, telephone, session, dice);
                }
                Event::Answered { session, owes_ack: true, .. } | Event::Changed { session, owes_ack: true, .. } => {
                    let text = (dice.roll(8) > 0).then(|| body(world, telephone, dice));
                    let body = text.map(|text| Body::sdp(text.into_bytes()));
                    world.command(telephone, Command::Acknowledge { session, body });
                }
                Event::Ended { session, .. } => {
                    sessions.remove(&(telephone, session));
                    *ends.entry((telephone, session)).or_default() += 1;
                }
                _ => {}
            }
        }
    }
}

fn act(world: &mut World, sessions: &mut Sessions, dice: &mut Dice) {
    let existing = |dice: &mut Dice, sessions: &Sessions| {
        (!sessions.is_empty()).then(|| *sessions.keys().nth(dice.roll(sessions.len() as u64)).unwrap())
    };
    match dice.roll(10) {
        0..3 if sessions.len() < 14 => {
            let telephone = dice.roll(world.telephones.len() as u64);
            let dialled = ["1001", "1002", "1003", "95551234", "600", "1999", "112"][dice.roll(7)];
            let text = (dice.roll(6) > 0).then(|| body(world, telephone, dice));
            let session = world.call_with(telephone, dialled, text.map(|text| Body::sdp(text.into_bytes())));
            sessions.insert((telephone, session), ());
        }
        3..6 => {
            let Some((telephone, session)) = existing(dice, sessions) else { return };
            let text = (dice.roll(6) > 0).then(|| body(world, telephone, dice));
            world.reinvite(telephone, session, text.as_deref());
        }
        6 => {
            let Some((telephone, session)) = existing(dice, sessions) else { return };
            answer(world, telephone, session, dice);
        }
        7 => {
            let Some((telephone, session)) = existing(dice, sessions) else { return };
            world.hang_up(telephone, session);
        }
        8 if dice.roll(40) == 0 => world.clear_calls(),
        _ => {}
    }
}

fn hour(seed: u64, weather: Weather, deaths: u64) {
    let mut dice = Dice(seed);
    let mut world = World::with_two_telephones(seed);
    for at in ["192.0.2.21:5060", "192.0.2.22:5060"] {
        let telephone = world.telephone(if at.contains("21") { "1002" } else { "1003" }, at);
        world.register(telephone, 36_000);
    }
    world.telephone("5551234", CARRIER);
    world.weather = weather;
    let (mut sessions, mut ends) = (Sessions::new(), BTreeMap::new());
    for _ in 0..120 {
        act(&mut world, &mut sessions, &mut dice);
        let pause = [1, 4, 5, 6, 11, 40, 300, 2500, 9000][dice.roll(9)];
        world.run(Duration::from_millis(pause));
        react(&mut world, &mut sessions, &mut dice, &mut ends);
        if dice.roll(20) == 0 {
            world.assert_journal();
        }
        if deaths > 0 && dice.roll(deaths) == 0 {
            let absence = [0, 20, 700, 3000][dice.roll(4)];
            world.kill(Duration::from_millis(absence));
        }
    }
    let left: Vec<_> = sessions.keys().copied().collect();
    for (telephone, session) in left {
        world.hang_up(telephone, session);
    }
    world.weather = Weather::default();
    world.run_seconds(400);
    react(&mut world, &mut sessions, &mut dice, &mut ends);
    world.assert_empty();
    assert!(ends.values().all(|count| *count == 1), "seed {seed}: {ends:?}");
    let odd = |reason| reason == Reason::InternalError || deaths == 0 && reason == Reason::Interrupted;
    assert!(!world.records.iter().any(|record| odd(record.reason)), "seed {seed}: {:?}", world.records);
    let counters = world.board.exchange().counters();
    assert_eq!((counters.repeated_seizures, counters.legs_not_closed), (0, 0), "seed {seed}");
}

#[test]
fn in_good_weather() {
    for seed in 0..40 {
        hour(seed, Weather::default(), 0);
    }
}

#[test]
fn in_bad_weather() {
    for seed in 1000..1040 {
        hour(seed, Weather { loss: 120, repeat: 80, reorder: 150 }, 0);
    }
}

#[test]
fn while_the_server_dies_now_and_then() {
    for seed in 2000..2040 {
        hour(seed, Weather::default(), 12);
    }
}

#[test]
fn while_the_server_dies_in_bad_weather() {
    for seed in 3000..3040 {
        hour(seed, Weather { loss: 120, repeat: 80, reorder: 150 }, 12);
    }
}
