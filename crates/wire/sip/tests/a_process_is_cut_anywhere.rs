//! The process ends between any two messages of a call that is made, changed, referred and updated: whatever stood there is ended
//! or goes on, once (RFC 3261 sections 9.1, 12.2, 13.2.2.4, 13.3.1.4).

mod world;

use sip::agent::{Command, Event, Refer, RequestId, SessionId, StageState};
use std::collections::BTreeMap;
use std::time::Duration;
use world::*;

/// Both owners: they answer what comes, and count the ends.
#[derive(Default)]
struct Owners {
    up: [Option<SessionId>; 2],
    ends: [BTreeMap<SessionId, usize>; 2],
    changes: [usize; 2],
}

impl Owners {
    fn work(&mut self, world: &mut World, time: u64) {
        let end = world.now.moment + Duration::from_millis(time);
        while world.now.moment < end {
            // People take longer as the call goes on.
            world.run_millis(if time > 1000 { 50 } else { 1 });
            for node in [0, 1] {
                for event in std::mem::take(&mut world.nodes[node].events) {
                    self.hear(world, node, event);
                }
            }
        }
    }

    fn hear(&mut self, world: &mut World, node: usize, event: Event) {
        match event {
            Event::Invited(invited) => {
                self.up[node] = Some(invited.session);
                world.command(node, respond(invited.session, 180, None));
                world.command(node, respond(invited.session, 200, Some(ANSWER)));
            }
            Event::Answered { session, .. } => self.up[node] = Some(session),
            Event::ChangeRequested { session, .. } => world.command(node, respond(session, 200, Some(ANSWER))),
            Event::Changed { .. } => self.changes[node] += 1,
            Event::Referred(referred) => {
                let (session, refer) = (referred.session, referred.refer);
                world.command(node, Command::AcceptRefer { session, refer });
                world.command(node, Command::NotifyRefer { session, refer, status: 200, done: true });
            }
            Event::Ended { session, .. } => *self.ends[node].entry(session).or_default() += 1,
            _ => {}
        }
    }

    /// What the owner does after a restart: calls that are not up are ended.
    fn after_restart(&mut self, world: &mut World, node: usize) {
        for session in world.nodes[node].agent.sessions() {
            let state = world.nodes[node].agent.export(session).unwrap();
            if !matches!(state.stage, StageState::Confirmed(_)) {
                world.command(node, Command::End { session, status: 503, headers: Vec::new() });
            }
        }
    }
}

fn orders(world: &mut World, owners: &Owners, second: u64) {
    let to = world.nodes[1].address;
    let (ours, theirs) = (owners.up[0].unwrap_or(SessionId(1)), owners.up[1].unwrap_or(SessionId(77)));
    match second {
        0 => world.command(0, invite(1, to, Some(OFFER))),
        1 => world.command(1, change(theirs)),
        2 => world.command(0, change(ours)),
        3 => {
            let (request, refer_to) = (RequestId(9), Some("sip:erlang@example.com".into()));
            let order = Refer { session: theirs, request, refer_to, replaces: None, headers: Vec::new() };
            world.command(1, Command::Refer(Box::new(order)));
        }
        4 => world.command(0, Command::Update { session: ours, request: RequestId(8), headers: Vec::new() }),
        _ => world.command(1, end(theirs)),
    }
}

/// A life of six orders, each 120 ms behind the other; the process of `node` is cut after `cut` ms.
fn live(node: usize, cut: u64, loss: u64) {
    let mut world = World::pair(cut);
    world.weather.loss = loss;
    let mut owners = Owners::default();
    for second in 0..6 {
        orders(&mut world, &owners, second);
        let here = second * 120..(second + 1) * 120;
        if here.contains(&cut) {
            owners.work(&mut world, cut - here.start);
            world.restart(node, 99);
            owners.after_restart(&mut world, node);
            owners.work(&mut world, here.end - cut);
        } else {
            owners.work(&mut world, 120);
        }
    }
    world.weather.loss = 0;
    owners.work(&mut world, 40_000);
    for node in [0, 1] {
        for session in world.nodes[node].agent.sessions() {
            world.command(node, end(session));
        }
    }
    owners.work(&mut world, 5_000);
    world.assert_empty();
    for node in [0, 1] {
        for event in std::mem::take(&mut world.nodes[node].events) {
            owners.hear(&mut world, node, event);
        }
        let ends = &owners.ends[node];
        assert!(ends.values().all(|&ends| ends == 1), "node {node}, cut {cut}: {ends:?}");
        // An INVITE that was lost and is cancelled by the next process never was a call for the other side.
        let never_came = loss > 0 && node == 1 && ends.is_empty();
        assert!(ends.len() == 1 || never_came, "node {node}, cut {cut}: {ends:?}");
    }
    if loss == 0 && cut >= 120 {
        assert!(owners.changes[0] + owners.changes[1] >= 1, "the call went on, cut {cut}");
    }
}

#[test]
fn wherever_a_process_is_cut_each_session_ends_once() {
    for node in [0, 1] {
        for cut in (0..720).step_by(3) {
            live(node, cut, 0);
        }
    }
}

#[test]
fn and_so_it_is_when_messages_are_lost() {
    for node in [0, 1] {
        for cut in (0..720).step_by(11) {
            live(node, cut, 150);
        }
    }
}
