//! 100 Trying at once, or only when nothing else was said for 200 ms (RFC 3261 section 17.2.1); overload; the trace.

mod world;

use ground::Machine;
use sip::agent::{Command, Config, EndCause, Event, Input, Invite, Output, SessionId, Trying};
use sip::dialog::ExtraHeader;
use std::time::Duration;
use world::*;

fn pair_with(change: impl Fn(&mut Config)) -> World {
    let mut world = World::empty(1);
    world.add(config(1, address("192.0.2.1:5060")), "192.0.2.1:5060");
    let mut called = config(2, address("192.0.2.2:5060"));
    change(&mut called);
    world.add(called, "192.0.2.2:5060");
    world
}

#[test]
fn a_quick_answer_needs_no_100() {
    for (wait, expected) in [(50, 0), (300, 1)] {
        let mut world = pair_with(|config| config.trying = Trying::After(Duration::from_millis(200)));
        let to = world.nodes[1].address;
        world.command(0, invite(1, to, Some(OFFER)));
        let (called, _) = world.expect_invited(1);
        world.run_millis(wait);
        world.command(1, respond(called, 180, None));
        world.run_millis(500);
        assert_eq!(world.count_on_wire("SIP/2.0 100"), expected);
        world.command(0, end(SessionId(1)));
        world.assert_empty();
    }
}

#[test]
fn the_caller_hears_of_100_unless_it_gave_up() {
    let mut world = pair_with(|_| {});
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    world.expect(0, "Trying", |event| matches!(event, Event::Trying { session: SessionId(1) }).then_some(()));
    world.command(0, end(SessionId(1)));
    world.assert_empty();
    world.command(0, invite(2, to, Some(OFFER)));
    world.command(0, end(SessionId(2)));
    let trying = |event: &Event| matches!(event, Event::Trying { .. });
    world.run_millis(500);
    assert!(!world.nodes[0].events.iter().any(trying), "nobody waits for a sign of life any more");
    world.assert_empty();
}

#[test]
fn ringing_is_said_again_each_minute_and_not_after_the_answer() {
    let mut world = pair_with(|_| {});
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.run(Duration::from_secs(90));
    assert_eq!(world.count_on_wire("SIP/2.0 180"), 0, "nothing was said that could be repeated");
    world.command(1, respond(called, 180, None));
    world.run(Duration::from_secs(59));
    assert_eq!(world.count_on_wire("SIP/2.0 180"), 1);
    world.run(Duration::from_secs(125));
    assert_eq!(world.count_on_wire("SIP/2.0 180"), 4);
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.run(Duration::from_secs(300));
    assert_eq!(world.count_on_wire("SIP/2.0 180"), 4);
    world.command(0, end(SessionId(1)));
    world.assert_empty();
}

#[test]
fn beyond_the_limits_a_call_gets_503_with_retry_after() {
    let mut world = pair_with(|config| config.limits.sessions = 1);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    world.expect_invited(1);
    world.command(0, invite(2, to, Some(OFFER)));
    let (cause, wait) = world.expect(0, "Ended", |event| match event {
        Event::Ended { session: SessionId(2), cause, message } => {
            let message = message.as_ref()?;
            assert!(message.header_text(sip::HeaderName::Reason)?.starts_with("Q.850;cause=42;"));
            Some((*cause, message.header_text(sip::HeaderName::RetryAfter)?.to_owned()))
        }
        _ => None,
    });
    assert_eq!((cause, wait.as_str()), (EndCause::Refused(503), "10"));
    assert_eq!(world.nodes[1].agent.counters().overload, 1);
    world.command(0, end(SessionId(1)));
    world.assert_empty();
}

#[test]
fn a_full_transaction_table_answers_without_state() {
    let mut world = pair_with(|config| config.limits.transactions = 1);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    world.expect_invited(1);
    world.command(0, invite(2, to, Some(OFFER)));
    assert_eq!(world.expect_ended(0), EndCause::Refused(503));
    assert_eq!(world.nodes[1].agent.tables().transactions.servers, 1);
    world.command(0, end(SessionId(1)));
    world.run(Duration::from_secs(1));
    world.command(0, end(SessionId(1)));
    world.assert_empty();
}

#[test]
fn the_trace_shows_every_message_that_leaves_with_its_session() {
    let mut world = World::empty(3);
    let mut traced = config(1, address("192.0.2.1:5060"));
    traced.trace = true;
    world.add(traced, "192.0.2.1:5060");
    let now = world.now;
    let agent = &mut world.nodes[0].agent;
    let order = Invite {
        headers: vec![ExtraHeader::new("Subject", "x")],
        ..invite_order(4, address("203.0.113.9:5060"), None)
    };
    agent.handle(now, Input::Command(Command::Invite(Box::new(order))));
    let mut traced = 0;
    while let Some(output) = agent.poll() {
        if let Output::Trace(trace) = output {
            assert_eq!(trace.session, Some(SessionId(4)));
            assert!(trace.bytes.starts_with(b"INVITE "));
            traced += 1;
        }
    }
    assert_eq!(traced, 1);
}

#[test]
fn a_dialog_from_a_snapshot_goes_on() {
    let mut world = pair_with(|_| {});
    let (caller, called) = world.connect();
    let address = world.nodes[1].address;
    let state = world.nodes[1].agent.export(called).unwrap();
    world.nodes.remove(1);
    world.add(config(8, address), "192.0.2.2:5060");
    let now = world.now;
    assert!(world.nodes[1].agent.import(now, state.clone(), None));
    assert!(!world.nodes[1].agent.import(now, state, None));
    world.command(0, change(caller));
    world.expect(1, "ChangeRequested", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect(0, "Changed", |event| matches!(event, Event::Changed { .. }).then_some(()));
    world.expect_acknowledged(1);
    world.command(1, end(called));
    assert_eq!(world.expect_ended(0), EndCause::RemoteBye);
    world.assert_empty();
}
