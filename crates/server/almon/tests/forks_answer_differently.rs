//! One INVITE, several devices behind it: early media of one, the answer of another, and 2xx responses without the answer that
//! they owe. Responses are written by hand, since one telephone is one device.

mod world;

use exchange::ConnectionState;
use ground::Reason;
use sip::agent::{EndCause, SessionId};
use world::{CARRIER, World, described_at, response};

const OTHER: &str = "198.51.100.77";

/// 1001 has called over the trunk; the INVITE that left.
fn calling(seed: u64) -> (World, SessionId, String) {
    let mut world = World::with_two_telephones(seed);
    let session = world.call(0, "95551234");
    world.run_seconds(1);
    let invite = last(&world, "INVITE ").expect("an INVITE to the trunk");
    (world, session, invite)
}

/// The last request of a kind that the exchange sent to the trunk or its forks.
fn last(world: &World, start: &str) -> Option<String> {
    let away = |to: &std::net::SocketAddr| to.ip().to_string().starts_with("198.51.100.");
    world.log.iter().rev().find(|(_, to, text)| away(to) && text.starts_with(start)).map(|(_, _, text)| text.clone())
}

fn count(world: &World, start: &str, tag: &str) -> usize {
    world.log.iter().filter(|(_, _, text)| text.starts_with(start) && text.contains(&format!("tag={tag}\r\n"))).count()
}

fn first_fork() -> String {
    described_at("198.51.100.9", 4600, "8 0 101", "")
}

/// Where the exchange sends the sound of the call that leaves.
fn heard_port(world: &World) -> Vec<u16> {
    world.setups.values().filter_map(|setup| setup.remote.as_ref()).map(|remote| remote.rtp.port()).collect()
}

/// Hangs up, answers the BYEs of the exchange, and looks that nothing is left.
fn over(mut world: World, session: SessionId, reason: Reason) {
    world.hang_up(0, session);
    world.run_seconds(1);
    if let Some(bye) = last(&world, "BYE ") {
        world.inject(CARRIER, &response(&bye, "200 OK", "x", ""));
    }
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
    assert_eq!(world.records[0].reason, reason);
}

#[test]
fn ringing_with_media_rings_and_is_heard() {
    let (mut world, session, invite) = calling(1);
    world.inject(CARRIER, &response(&invite, "180 Ringing", "a", &first_fork()));
    assert_eq!(world.expect_provisional(0), 183, "the media is passed on, and the telephone makes no tone of its own");
    assert!(world.events.iter().any(|event| event.state == ConnectionState::Alerting), "{:?}", world.events);
    assert_eq!(world.hears.len(), 2);
    // Ringing again without media changes nothing.
    world.inject(CARRIER, &response(&invite, "180 Ringing", "a", ""));
    world.run_seconds(1);
    let to_caller = world.sent_to(0).iter().filter(|text| text.starts_with("SIP/2.0 18")).count();
    assert_eq!(to_caller, 1);
    over(world, session, Reason::Abandoned);
}

#[test]
fn the_answer_repeats_the_early_description() {
    let (mut world, session, invite) = calling(2);
    world.inject(CARRIER, &response(&invite, "183 Session Progress", "a", &first_fork()));
    assert_eq!(world.expect_provisional(0), 183);
    world.inject(CARRIER, &response(&invite, "200 OK", "a", &first_fork()));
    let answered = world.expect_answered(0);
    assert!(!answered.body().is_empty(), "the 2xx carries the answer (RFC 3261 section 13.2.1)");
    world.run_seconds(1);
    assert_eq!(world.hears.len(), 2);
    over(world, session, Reason::NormalClearing);
}

#[test]
fn the_answer_has_no_description_but_the_early_response_had() {
    let (mut world, session, invite) = calling(3);
    world.inject(CARRIER, &response(&invite, "183 Session Progress", "a", &first_fork()));
    assert_eq!(world.expect_provisional(0), 183);
    world.inject(CARRIER, &response(&invite, "200 OK", "a", ""));
    world.expect_answered(0);
    world.run_seconds(1);
    assert_eq!(world.hears.len(), 2);
    over(world, session, Reason::NormalClearing);
}

#[test]
fn another_fork_answers_from_another_place() {
    let (mut world, session, invite) = calling(4);
    let early = described_at("198.51.100.9", 4600, "8 101", "");
    world.inject(CARRIER, &response(&invite, "183 Session Progress", "a", &early));
    assert_eq!(world.expect_provisional(0), 183);
    world.inject(CARRIER, &response(&invite, "183 Session Progress", "b", &described_at(OTHER, 6000, "8 101", "")));
    world.run_seconds(1);
    assert!(heard_port(&world).contains(&4600), "the first one with media is heard");
    world.inject(CARRIER, &response(&invite, "200 OK", "b", &described_at(OTHER, 6000, "8 101", "")));
    world.expect_answered(0);
    world.run_seconds(1);
    assert!(heard_port(&world).contains(&6000) && !heard_port(&world).contains(&4600), "{:?}", heard_port(&world));
    assert_eq!(world.hears.len(), 2);
    over(world, session, Reason::NormalClearing);
}

#[test]
fn another_fork_answers_in_a_codec_that_the_caller_has_not_agreed_to_yet() {
    let (mut world, session, invite) = calling(5);
    let early = described_at("198.51.100.9", 4600, "8 101", "");
    world.inject(CARRIER, &response(&invite, "183 Session Progress", "a", &early));
    assert_eq!(world.expect_provisional(0), 183);
    world.inject(CARRIER, &response(&invite, "200 OK", "b", &described_at(OTHER, 6000, "0 101", "")));
    world.expect_answered(0);
    let asked = world.expect_reinvite(0);
    assert!(String::from_utf8_lossy(asked.body()).contains("RTP/AVP 0 101"), "{asked:?}");
    let body = described_at("192.0.2.11", 4000, "0 101", "");
    world.respond_with(0, session, 200, Some(&body));
    world.run_seconds(1);
    assert_eq!(world.hears.len(), 2);
    over(world, session, Reason::NormalClearing);
}

#[test]
fn the_caller_hangs_up_while_it_is_asked_to_follow_another_fork() {
    let (mut world, session, invite) = calling(6);
    let early = described_at("198.51.100.9", 4600, "8 101", "");
    world.inject(CARRIER, &response(&invite, "183 Session Progress", "a", &early));
    assert_eq!(world.expect_provisional(0), 183);
    world.inject(CARRIER, &response(&invite, "200 OK", "b", &described_at(OTHER, 6000, "0 101", "")));
    world.expect_answered(0);
    world.expect_reinvite(0);
    // The record says that it hung up, and not that the change failed which fell with the call.
    over(world, session, Reason::NormalClearing);
}

#[test]
fn both_forks_answer_and_the_second_is_acknowledged_and_ended() {
    let (mut world, session, invite) = calling(7);
    world.inject(CARRIER, &response(&invite, "200 OK", "a", &first_fork()));
    world.expect_answered(0);
    world.inject(CARRIER, &response(&invite, "200 OK", "b", &described_at(OTHER, 6000, "8 101", "")));
    world.run_seconds(1);
    assert!(count(&world, "ACK ", "b") >= 1 && count(&world, "BYE ", "b") >= 1);
    assert_eq!(count(&world, "BYE ", "a"), 0);
    assert!(heard_port(&world).contains(&4600), "the call is with the first");
    over(world, session, Reason::NormalClearing);
}

#[test]
fn an_answer_without_any_description_ends_the_call_and_says_why() {
    for (seed, body) in [(8, ""), (9, "v=0\r\nnonsense\r\n")] {
        let (mut world, _, invite) = calling(seed);
        world.inject(CARRIER, &response(&invite, "200 OK", "a", body));
        world.run_seconds(1);
        assert!(count(&world, "ACK ", "a") >= 1, "a 2xx is acknowledged whatever it carries");
        let bye = last(&world, "BYE ").expect("and the dialog ended");
        assert!(bye.contains("Reason: Q.850;cause=88"), "{bye}");
        world.inject(CARRIER, &response(&bye, "200 OK", "a", ""));
        let (ended, message) = world.expect_ended(0);
        assert_eq!(ended, EndCause::Refused(488));
        assert_eq!(world::q850(&message.unwrap()), Some(88));
        world.assert_empty();
        assert_eq!(world.records[0].reason, Reason::MediaNotUnderstood);
    }
}

#[test]
fn a_fork_answers_and_says_nothing_to_the_end_of_its_call() {
    let (mut world, session, invite) = calling(10);
    world.inject(CARRIER, &response(&invite, "200 OK", "a", &first_fork()));
    world.expect_answered(0);
    world.hang_up(0, session);
    world.assert_empty();
    assert_eq!(world.records[0].reason, Reason::NormalClearing);
}
