//! Re-INVITEs of every kind from either side: without an offer, at the same time, hold in each form, new addresses and codecs,
//! more and fewer media lines; and changes that are taken back.

mod world;

use exchange::ConnectionState;
use ground::Reason;
use sip::agent::{Command, SessionId};
use sip::dialog::Body;
use world::{World, described_at};

/// Two who talk, and their sessions.
fn talking(seed: u64) -> (World, [SessionId; 2]) {
    let mut world = World::with_two_telephones(seed);
    let (calling, called) = world.connect();
    (world, [calling, called])
}

fn ip(telephone: usize) -> &'static str {
    ["192.0.2.11", "192.0.2.12"][telephone]
}

fn music(world: &World) -> usize {
    world.hears.values().filter(|what| what.contains("Music")).count()
}

/// The call goes on with sound both ways and ends as calls do.
fn goes_on(mut world: World, sessions: [SessionId; 2]) {
    world.run_seconds(5);
    assert_eq!((world.hears.len(), music(&world)), (2, 0), "{:?}", world.hears);
    world.hang_up(0, sessions[0]);
    world.assert_empty();
    assert_eq!((world.records.len(), world.records[0].reason), (1, Reason::NormalClearing));
}

#[test]
fn either_side_asks_for_an_offer() {
    for asks in [0, 1] {
        let (mut world, sessions) = talking(1);
        world.reinvite(asks, sessions[asks], None);
        let offer = world.expect_changed(asks).unwrap();
        assert!(String::from_utf8_lossy(offer.body()).contains("m=audio"), "{offer:?}");
        let body = Some(Body::sdp(described_at(ip(asks), 4444, "8 0 101", "").into_bytes()));
        world.command(asks, Command::Acknowledge { session: sessions[asks], body });
        world.run_seconds(1);
        let ports: Vec<_> = world.setups.values().filter_map(|s| Some(s.remote.as_ref()?.rtp.port())).collect();
        assert!(ports.contains(&4444), "the answer in the ACK counts: {ports:?}");
        goes_on(world, sessions);
    }
}

#[test]
fn who_asked_for_an_offer_does_not_answer_it() {
    let (mut world, sessions) = talking(2);
    world.reinvite(0, sessions[0], None);
    world.expect_changed(0).unwrap();
    world.command(0, Command::Acknowledge { session: sessions[0], body: None });
    goes_on(world, sessions);
}

#[test]
fn an_offer_is_asked_for_while_the_other_side_changes_its_codec() {
    let (mut world, sessions) = talking(3);
    world.reinvite(1, sessions[1], Some(&described_at(ip(1), 4000, "0 101", "")));
    world.expect_reinvite(0);
    world.reinvite(0, sessions[0], None);
    world.run_seconds(1);
    world.respond_with(0, sessions[0], 200, Some(&described_at(ip(0), 4000, "0 101", "")));
    world.expect_changed(1).unwrap();
    let offer = world.expect_changed(0).unwrap();
    assert!(String::from_utf8_lossy(offer.body()).contains("RTP/AVP 0 101"), "what is agreed by then is offered");
    let body = Some(Body::sdp(described_at(ip(0), 4000, "0 101", "").into_bytes()));
    world.command(0, Command::Acknowledge { session: sessions[0], body });
    goes_on(world, sessions);
}

#[test]
fn both_change_at_the_same_moment() {
    for seed in 10..20 {
        let (mut world, sessions) = talking(seed);
        world.reinvite(0, sessions[0], Some(&described_at(ip(0), 4000, "0 101", "")));
        world.run(std::time::Duration::from_millis(seed - 10));
        world.reinvite(1, sessions[1], Some(&described_at(ip(1), 4000, "8 101", "")));
        for _ in 0..30 {
            world.run_seconds(1);
            for telephone in [0, 1] {
                let events: Vec<_> = world.telephones[telephone].events.drain(..).collect();
                for event in events {
                    if let sip::agent::Event::ChangeRequested { request, .. } = event {
                        let codec =
                            if String::from_utf8_lossy(request.body()).contains("RTP/AVP 0") { "0" } else { "8" };
                        let body = described_at(ip(telephone), 4000, &format!("{codec} 101"), "");
                        world.respond_with(telephone, sessions[telephone], 200, Some(&body));
                    }
                }
            }
        }
        let codecs: Vec<Vec<u8>> =
            world.setups.values().map(|setup| setup.send.iter().map(|codec| codec.payload_type).collect()).collect();
        assert_eq!(codecs[0], codecs[1], "seed {seed}: both legs speak the same codec");
        goes_on(world, sessions);
    }
}

#[test]
fn every_form_of_hold_gives_the_other_music() {
    for (holds, form) in [(0, "a=sendonly"), (0, "a=inactive"), (1, "a=sendonly"), (1, "a=inactive"), (0, "0.0.0.0")] {
        let (mut world, sessions) = talking(4);
        let body = match form {
            "0.0.0.0" => described_at("0.0.0.0", 4000, "8 0 101", ""),
            direction => described_at(ip(holds), 4000, "8 0 101", &format!("{direction}\r\n")),
        };
        world.reinvite(holds, sessions[holds], Some(&body));
        world.expect_changed(holds).unwrap();
        world.run_seconds(1);
        assert_eq!(music(&world), 1, "{form}: {:?}", world.hears);
        assert!(world.events.iter().any(|event| event.state == ConnectionState::Hold), "{form}");
        world.reinvite(holds, sessions[holds], Some(&described_at(ip(holds), 4000, "8 0 101", "")));
        world.expect_changed(holds).unwrap();
        goes_on(world, sessions);
    }
}

#[test]
fn both_hold_and_come_back_in_either_order() {
    for first in [0, 1] {
        let (mut world, sessions) = talking(5);
        for telephone in [0, 1] {
            world.change(telephone, sessions[telephone], "sendonly");
        }
        world.run_seconds(1);
        assert_eq!(world.hears.len(), 0, "nobody listens: {:?}", world.hears);
        world.change(first, sessions[first], "sendrecv");
        world.run_seconds(1);
        assert_eq!(music(&world), 1, "who is back hears that the other holds");
        world.change(1 - first, sessions[1 - first], "sendrecv");
        goes_on(world, sessions);
    }
}

#[test]
fn a_new_address_port_and_order_of_codecs() {
    let (mut world, sessions) = talking(6);
    world.reinvite(1, sessions[1], Some(&described_at("192.0.2.99", 7000, "0 8 101", "")));
    world.expect_changed(1).unwrap();
    world.run_seconds(1);
    let places: Vec<_> = world.setups.values().filter_map(|s| Some(s.remote.as_ref()?.rtp.to_string())).collect();
    assert!(places.contains(&"192.0.2.99:7000".to_owned()), "{places:?}");
    goes_on(world, sessions);
}

#[test]
fn a_codec_that_the_other_side_refuses_leaves_the_call_as_it_was() {
    let (mut world, sessions) = talking(7);
    world.reinvite(0, sessions[0], Some(&described_at(ip(0), 4000, "18 101", "")));
    world.expect_reinvite(1);
    world.respond_with(1, sessions[1], 488, None);
    assert_eq!(world.expect_changed(0).unwrap_err(), 488);
    goes_on(world, sessions);
}

#[test]
fn video_is_added_and_refused_in_its_place() {
    let (mut world, sessions) = talking(8);
    let body = described_at(ip(0), 4000, "8 0 101", "m=video 4002 RTP/AVP 31\r\n");
    world.reinvite(0, sessions[0], Some(&body));
    let answer = world.expect_changed(0).unwrap();
    let text = String::from_utf8_lossy(answer.body()).into_owned();
    assert!(text.contains("m=video 0 ") && !text.contains("m=audio 0 "), "{text}");
    // From now on there are two lines: one is a fault (RFC 3264 section 8), and the call survives it.
    world.reinvite(0, sessions[0], Some(&described_at(ip(0), 4000, "8 0 101", "")));
    assert_eq!(world.expect_changed(0).unwrap_err(), 488);
    world.reinvite(0, sessions[0], Some(&body));
    world.expect_changed(0).unwrap();
    goes_on(world, sessions);
}

#[test]
fn what_is_no_description_is_refused_and_the_call_goes_on() {
    let (mut world, sessions) = talking(9);
    for nonsense in ["v=0\r\nm=audio nonsense\r\n", "hello", "v=0\r\no=- 1 1 IN IP4 1.2.3.4\r\ns=-\r\nt=0 0\r\n"] {
        world.reinvite(1, sessions[1], Some(nonsense));
        assert_eq!(world.expect_changed(1).unwrap_err(), 488, "{nonsense}");
    }
    goes_on(world, sessions);
}

/// Two who talk, at telephones where people may think for a minute about a change.
fn patient(seed: u64) -> (World, [SessionId; 2]) {
    let mut world = World::new(seed);
    for (number, at) in [("1001", "192.0.2.11:5060"), ("1002", "192.0.2.12:5060")] {
        let telephone = world.telephone_with(number, at, |config| config.waits.order *= 3);
        world.register(telephone, 3600);
    }
    let (calling, called) = world.connect();
    (world, [calling, called])
}

#[test]
fn a_change_whose_answer_takes_too_long_is_refused_and_the_late_answer_is_followed() {
    let (mut world, sessions) = patient(20);
    world.reinvite(0, sessions[0], Some(&described_at(ip(0), 4000, "18 101", "")));
    world.expect_reinvite(1);
    // The agent waits 20 s for an answer from inside; a person may think longer about a change. The 500 says when to try once more, and
    // then the other side still thinks.
    assert_eq!(world.expect_changed(0).unwrap_err(), 491);
    world.respond_with(1, sessions[1], 200, Some(&described_at(ip(1), 4000, "18 101", "")));
    let asked = world.expect_reinvite(0);
    assert!(String::from_utf8_lossy(asked.body()).contains("RTP/AVP 18"), "{asked:?}");
    world.respond_with(0, sessions[0], 200, Some(&described_at(ip(0), 4000, "18 101", "")));
    world.run_seconds(1);
    assert!(world.setups.values().all(|setup| setup.send[0].payload_type == 18), "{:?}", world.setups);
    goes_on(world, sessions);
}

#[test]
fn a_change_is_given_up_and_the_next_one_is_taken() {
    let (mut world, sessions) = patient(21);
    world.reinvite(0, sessions[0], Some(&described_at(ip(0), 4000, "18 101", "")));
    world.expect_reinvite(1);
    assert_eq!(world.expect_changed(0).unwrap_err(), 491);
    // The other side has not answered yet; holding concerns this side alone.
    world.change(0, sessions[0], "sendonly");
    world.run_seconds(1);
    assert_eq!(music(&world), 1);
    world.respond_with(1, sessions[1], 488, None);
    world.change(0, sessions[0], "sendrecv");
    goes_on(world, sessions);
}
