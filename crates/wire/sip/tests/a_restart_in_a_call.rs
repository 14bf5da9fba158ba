//! The process ends and another one takes its sessions over: what was up goes on, what was under way is ended
//! (RFC 3261 sections 9.1, 12.2, 13.2.2.4, 13.3.1.4, 15).

mod world;

use proptest::prelude::*;
use sip::Transport;
use sip::agent::{Command, EndCause, Event, Refer, ReferId, RequestId, SessionId, StageState};
use sip::dialog::{Body, ExtraHeader};
use std::time::Duration;
use world::*;

/// One side changes the call and the other agrees.
fn hold(world: &mut World, by: usize, sessions: [SessionId; 2]) {
    world.command(by, change(sessions[by]));
    world.expect(1 - by, "ChangeRequested", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.command(1 - by, respond(sessions[1 - by], 200, Some(ANSWER)));
    world.expect(by, "Changed", |event| matches!(event, Event::Changed { .. }).then_some(()));
    world.expect_acknowledged(1 - by);
}

/// One side refers the other, which accepts and reports the end.
fn transfer(world: &mut World, by: usize, sessions: [SessionId; 2]) {
    let (session, request) = (sessions[by], RequestId(70));
    let refer_to = Some("sip:erlang@example.com".into());
    let headers = Vec::new();
    world.command(by, Command::Refer(Box::new(Refer { session, request, refer_to, replaces: None, headers })));
    let refer = referred(world, 1 - by);
    let session = sessions[1 - by];
    world.command(1 - by, Command::AcceptRefer { session, refer });
    world.command(1 - by, Command::NotifyRefer { session, refer, status: 200, done: true });
    assert_eq!(reported(world, by), 200);
}

fn referred(world: &mut World, node: usize) -> ReferId {
    world.expect(node, "Referred", |event| match event {
        Event::Referred(referred) => Some(referred.refer),
        _ => None,
    })
}

fn reported(world: &mut World, node: usize) -> u16 {
    world.expect(node, "the last ReferProgress", |event| match event {
        Event::ReferProgress { status, done: true, .. } => Some(*status),
        _ => None,
    })
}

fn hang_up(world: &mut World, by: usize, sessions: [SessionId; 2]) {
    world.command(by, end(sessions[by]));
    assert_eq!(world.expect_ended(1 - by), EndCause::RemoteBye);
    assert_eq!(world.expect_ended(by), EndCause::Ordered);
    world.assert_empty();
}

#[test]
fn a_call_goes_on_in_every_way_after_a_restart_of_either_side() {
    for restarted in [0, 1] {
        for by in [0, 1] {
            let mut world = World::pair(1);
            let (caller, called) = world.connect();
            let sessions = [caller, called];
            hold(&mut world, 1 - by, sessions);
            world.run(Duration::from_secs(1));
            world.restart(restarted, 9);
            hold(&mut world, by, sessions);
            transfer(&mut world, by, sessions);
            world.restart(restarted, 10);
            world.command(by, Command::Update { session: sessions[by], request: RequestId(3), headers: Vec::new() });
            world.expect(1 - by, "Updated", |event| matches!(event, Event::Updated { .. }).then_some(()));
            hang_up(&mut world, by, sessions);
        }
    }
}

#[test]
fn a_2xx_without_ack_is_repeated_by_the_next_process() {
    let mut world = World::pair(2);
    let to = world.nodes[1].address;
    world.filter = Some(Box::new(|_, _, text| text.starts_with("SIP/2.0 200") || text.starts_with("ACK")));
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.run_millis(700);
    world.restart(1, 9);
    world.filter = None;
    world.expect_answered(0);
    world.expect_acknowledged(1);
    assert!(!world.nodes[1].events.iter().any(|event| matches!(event, Event::Invited(_))), "no call came twice");
    hang_up(&mut world, 1, [SessionId(1), called]);
}

#[test]
fn a_repeated_invite_is_known_by_the_next_process() {
    let mut world = World::pair(3);
    let to = world.nodes[1].address;
    // The caller hears nothing and repeats its INVITE.
    world.filter = Some(Box::new(move |from, _, text| from == to && text.starts_with("SIP/2.0")));
    world.command(0, invite(1, to, Some(OFFER)));
    let (called, _) = world.expect_invited(1);
    world.restart(1, 9);
    world.run(Duration::from_secs(3));
    world.filter = None;
    assert_eq!(world.nodes[1].agent.tables().sessions, 1);
    let state = world.nodes[1].agent.export(called).unwrap();
    assert!(matches!(state.stage, StageState::Invited { .. }));
    let headers = vec![ExtraHeader::reason_q850(41, "interrupted")];
    world.command(1, Command::End { session: called, status: 503, headers });
    assert_eq!(world.expect_ended(0), EndCause::Refused(503));
    let (_, _, refusal) = world.log.iter().find(|(_, _, text)| text.starts_with("SIP/2.0 503")).unwrap();
    assert_eq!(header(refusal, "Reason"), "Q.850;cause=41;text=\"interrupted\"");
    world.assert_empty();
}

#[test]
fn a_call_of_ours_that_rings_is_cancelled_by_the_next_process() {
    for answered_meanwhile in [false, true] {
        let mut world = World::pair(4);
        let to = world.nodes[1].address;
        world.command(0, invite(1, to, Some(OFFER)));
        let (called, _) = world.expect_invited(1);
        world.command(1, respond(called, 180, None));
        world.run_millis(100);
        world.restart(0, 9);
        let state = world.nodes[0].agent.export(SessionId(1)).unwrap();
        assert!(matches!(state.stage, StageState::Calling { .. }));
        if answered_meanwhile {
            world.command(1, respond(called, 200, Some(ANSWER)));
        }
        world.command(0, end(SessionId(1)));
        world.expect_ended(0);
        let cause = world.expect_ended(1);
        assert_eq!(cause, if answered_meanwhile { EndCause::RemoteBye } else { EndCause::RemoteCancel });
        world.assert_empty();
    }
}

#[test]
fn sessions_that_nobody_ends_after_a_restart_end_by_themselves() {
    let mut world = World::pair(5);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, Some(OFFER)));
    world.expect_invited(1);
    world.restart(0, 9);
    world.restart(1, 9);
    world.assert_empty();
}

#[test]
fn a_lost_ack_is_sent_again_by_the_next_process() {
    for delayed in [false, true] {
        let mut world = World::pair(6);
        let to = world.nodes[1].address;
        world.filter = Some(Box::new(|_, _, text| text.starts_with("ACK")));
        world.command(0, invite(1, to, (!delayed).then_some(OFFER)));
        let (called, _) = world.expect_invited(1);
        world.command(1, respond(called, 200, Some(if delayed { OFFER } else { ANSWER })));
        world.expect_answered(0);
        if delayed {
            world.command(0, Command::Acknowledge { session: SessionId(1), body: Some(Body::sdp(ANSWER)) });
        }
        world.restart(0, 9);
        world.filter = None;
        let ack = world.expect_acknowledged(1);
        assert_eq!(ack.body(), if delayed { ANSWER.as_bytes() } else { b"" });
        hang_up(&mut world, 0, [SessionId(1), called]);
    }
}

#[test]
fn an_ack_that_the_owner_owed_can_still_be_paid() {
    let mut world = World::pair(7);
    let to = world.nodes[1].address;
    world.command(0, invite(1, to, None));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 200, Some(OFFER)));
    world.expect_answered(0);
    world.restart(0, 9);
    world.run(Duration::from_secs(2));
    world.command(0, Command::Acknowledge { session: SessionId(1), body: Some(Body::sdp(ANSWER)) });
    assert_eq!(world.expect_acknowledged(1).body(), ANSWER.as_bytes());
    hang_up(&mut world, 1, [SessionId(1), called]);
}

#[test]
fn an_unanswered_change_and_refer_of_the_other_side_come_anew() {
    let mut world = World::pair(8);
    let (caller, called) = world.connect();
    let quiet = world.nodes[1].address;
    world.filter = Some(Box::new(move |from, _, text| from == quiet && text.starts_with("SIP/2.0 100")));
    world.command(0, change(caller));
    world.expect(1, "ChangeRequested", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.restart(1, 9);
    world.expect(1, "ChangeRequested again", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect(0, "Changed", |event| matches!(event, Event::Changed { .. }).then_some(()));
    world.expect_acknowledged(1);
    let order = Refer {
        session: caller,
        request: RequestId(1),
        refer_to: Some("sip:erlang@example.com".into()),
        replaces: None,
        headers: Vec::new(),
    };
    world.command(0, Command::Refer(Box::new(order)));
    referred(&mut world, 1);
    world.restart(1, 10);
    let refer = referred(&mut world, 1);
    world.command(1, Command::AcceptRefer { session: called, refer });
    world.run(Duration::from_secs(1));
    // Both sides restart with a subscription that is open.
    world.restart(1, 11);
    world.restart(0, 11);
    world.command(1, Command::NotifyRefer { session: called, refer, status: 486, done: true });
    assert_eq!(reported(&mut world, 0), 486);
    hang_up(&mut world, 0, [caller, called]);
}

#[test]
fn a_change_of_ours_that_was_open_counts_as_failed_and_its_2xx_is_acknowledged() {
    let mut world = World::pair(9);
    let (caller, called) = world.connect();
    world.command(0, change(caller));
    world.expect(1, "ChangeRequested", |event| matches!(event, Event::ChangeRequested { .. }).then_some(()));
    world.restart(0, 9);
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect_acknowledged(1);
    hold(&mut world, 0, [caller, called]);
    hang_up(&mut world, 1, [caller, called]);
}

#[test]
fn an_end_that_was_under_way_is_finished() {
    for by in [0, 1] {
        let mut world = World::pair(10);
        let (caller, called) = world.connect();
        world.filter = Some(Box::new(|_, _, text| text.starts_with("BYE")));
        world.command(by, end([caller, called][by]));
        world.run_millis(100);
        world.filter = None;
        world.restart(by, 9);
        assert_eq!(world.expect_ended(1 - by), EndCause::RemoteBye);
        assert_eq!(world.expect_ended(by), EndCause::Ordered);
        let (_, _, bye) = world.log.iter().rfind(|(_, _, text)| text.starts_with("BYE")).unwrap();
        assert!(header(bye, "Reason").contains("hung up"));
        world.assert_empty();
    }
}

#[test]
fn numbers_and_tags_are_new_after_a_restart() {
    let mut world = World::pair(11);
    let (_, called) = world.connect();
    world.restart(1, 9);
    let to = world.nodes[1].address;
    world.command(0, invite(2, to, Some(OFFER)));
    let (second, _) = world.expect_invited(1);
    assert!(second.0 > called.0);
    world.command(1, end(second));
    world.command(1, end(called));
    world.assert_empty();
}

#[test]
fn a_connection_of_an_earlier_process_is_never_used() {
    let mut world = World::pair(12);
    let to = world.nodes[1].address;
    let mut order = invite_order(1, to, Some(OFFER));
    order.to = sip::transaction::Destination::Address { transport: Transport::Tcp, network: NETWORK, address: to };
    order.pinned = true;
    world.command(0, Command::Invite(Box::new(order)));
    let (called, _) = world.expect_invited(1);
    world.command(1, respond(called, 200, Some(ANSWER)));
    world.expect_answered(0);
    world.expect_acknowledged(1);
    world.restart(1, 9);
    let state = world.nodes[1].agent.export(called).unwrap();
    assert_eq!(state.way.to.connection(), None);
    hang_up(&mut world, 1, [SessionId(1), called]);
}

#[test]
fn each_change_is_told_once_a_call_and_behind_everything_else() {
    use ground::Machine;
    use sip::agent::{Input, Output};
    let mut world = World::pair(13);
    let (caller, called) = world.connect();
    let now = world.now;
    let agent = &mut world.nodes[1].agent;
    agent.handle(now, Input::Command(change(called)));
    agent.handle(now, Input::Command(Command::End { session: called, status: 480, headers: Vec::new() }));
    let outputs: Vec<Output> = std::iter::from_fn(|| agent.poll()).collect();
    let told: Vec<usize> = outputs
        .iter()
        .enumerate()
        .filter_map(|(at, output)| {
            matches!(output, Output::SessionChanged { session } if *session == called).then_some(at)
        })
        .collect();
    assert_eq!(told.len(), 2, "one for each of the two: {outputs:?}");
    assert_eq!(told[1], outputs.len() - 1);
    // What is only heard and changes nothing is not told.
    agent.handle(
        now,
        Input::Command(Command::NotifyRefer { session: called, refer: ReferId(1), status: 200, done: true }),
    );
    assert!(agent.poll().is_none());
    let _ = caller;
    world.assert_empty();
}

#[derive(Clone, Copy, Debug)]
enum Act {
    Hold(usize),
    Transfer(usize),
    Update(usize),
    Wait(u64),
    Restart(usize),
}

fn act() -> impl Strategy<Value = Act> {
    prop_oneof![
        (0..2usize).prop_map(Act::Hold),
        (0..2usize).prop_map(Act::Transfer),
        (0..2usize).prop_map(Act::Update),
        prop_oneof![Just(5u64), Just(300), Just(40_000)].prop_map(Act::Wait),
        (0..2usize).prop_map(Act::Restart),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 150, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn after_any_life_and_a_restart_the_rest_of_it_works(
        acts in proptest::collection::vec(act(), 0..10),
        last in 0..2usize,
        by in 0..2usize,
        loss in prop_oneof![Just(0u64), Just(100)],
    ) {
        let mut world = World::pair(acts.len() as u64);
        world.weather.loss = loss;
        world.weather.reorder = loss;
        let (caller, called) = world.connect();
        let sessions = [caller, called];
        let mut seed = 20;
        for act in acts {
            match act {
                Act::Hold(by) => hold(&mut world, by, sessions),
                Act::Transfer(by) => transfer(&mut world, by, sessions),
                Act::Update(by) => {
                    let session = sessions[by];
                    world.command(by, Command::Update { session, request: RequestId(3), headers: Vec::new() });
                }
                Act::Wait(millis) => world.run_millis(millis),
                Act::Restart(node) => {
                    seed += 1;
                    world.restart(node, seed);
                }
            }
        }
        world.restart(last, 99);
        hold(&mut world, by, sessions);
        transfer(&mut world, 1 - by, sessions);
        world.command(by, end(sessions[by]));
        prop_assert_eq!(world.expect_ended(by), EndCause::Ordered);
        prop_assert_eq!(world.expect_ended(1 - by), EndCause::RemoteBye);
        world.assert_empty();
    }
}
