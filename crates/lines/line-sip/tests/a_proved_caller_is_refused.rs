//! INVITEs that never become a session: of whoever is proved the exchange keeps a record, of strangers the log a line.

mod support;
use support::*;

use exchange::{CallingParty, Report};
use ground::{Reason, TrunkId};

fn invite(from: &str, call: &str, branch: &str, more: &str) -> String {
    let text = request("INVITE", "sip:1001@192.0.2.1", from, call, 1, more, &sdp(4000, "8", ""));
    text.replace("branch=z9hG4bK", &format!("branch=z9hG4bK{branch}"))
}

/// The one seizure that was reported, which is over already.
fn refused(world: &mut World) -> Reason {
    let reported = std::mem::take(&mut world.reports);
    let [(first, Report::Unacceptable(seizure, reason)), (second, Report::Cleared(last))] = reported.as_slice() else {
        panic!("{reported:?}");
    };
    assert_eq!((first, reason), (second, last));
    assert!(matches!(seizure.caller, CallingParty::Trunk { trunk: TrunkId(1), .. }), "{seizure:?}");
    assert_eq!(seizure.dialled.digits.as_str(), "1001");
    assert!(seizure.media.is_none() && seizure.replaces.is_none());
    *reason
}

#[test]
fn a_demand_that_is_not_supported_is_reported_once() {
    let mut world = World::new();
    let text = invite(TRUNK, "u", "", "Require: teleportation\r\n");
    world.receive(TRUNK, &text);
    assert!(world.sent("SIP/2.0 420").contains("\r\nReason: Q.850;cause=79"));
    assert_eq!(refused(&mut world), Reason::NotImplemented);
    // The same once more is answered once more, and is no second call.
    world.receive(TRUNK, &text);
    assert!(world.sent("SIP/2.0 420").starts_with("SIP/2.0 420"));
    assert!(world.reports.is_empty(), "{:?}", world.reports);
    assert!(world.line.is_idle());
    world.over();
}

#[test]
fn a_replaced_dialog_that_is_not_there_is_reported() {
    let mut world = World::new();
    world.receive(TRUNK, &invite(TRUNK, "r", "", "Replaces: x;to-tag=a;from-tag=b\r\n"));
    let answer = world.sent("SIP/2.0 481");
    // The header and the record say the same.
    let reason = refused(&mut world);
    assert!(answer.contains(&format!("\r\nReason: Q.850;cause={};", reason.q850())), "{answer}");
    world.over();
}

#[test]
fn the_same_call_over_two_ways_is_one_call() {
    let mut world = World::new();
    world.receive(TRUNK, &invite(TRUNK, "m", "a", ""));
    let (connection, _) = world.reports.pop().unwrap();
    world.wire();
    // RFC 3261 section 8.2.2.2.
    world.receive(TRUNK, &invite(TRUNK, "m", "b", ""));
    assert!(world.sent("SIP/2.0 482").contains("\r\nReason: "));
    assert!(world.reports.is_empty(), "{:?}", world.reports);
    world.order(connection, exchange::Order::Clear(Reason::UserBusy));
    world.over();
}

#[test]
fn a_change_of_a_call_that_is_gone_is_no_call() {
    let mut world = World::new();
    let more = "To: <sip:1001@192.0.2.1>;tag=gone\r\n";
    world.receive(TRUNK, &request("INVITE", "sip:1001@192.0.2.1", TRUNK, "g", 2, more, &sdp(4000, "8", "")));
    assert!(world.sent("SIP/2.0 481").starts_with("SIP/2.0 481"));
    assert!(world.reports.is_empty(), "{:?}", world.reports);
    world.over();
}

#[test]
fn a_stranger_is_told_why_and_makes_no_call() {
    let mut world = World::new();
    for (call, more) in [("s1", "Require: teleportation\r\n"), ("s2", "")] {
        world.receive("203.0.113.99:5060", &invite("203.0.113.99:5060", call, "", more));
        let sent = world.wire().into_iter().find(|text| !text.starts_with("SIP/2.0 100")).unwrap();
        assert!(sent.contains("\r\nReason: "), "{sent}");
    }
    assert!(world.reports.is_empty(), "{:?}", world.reports);
    assert_eq!(world.refused, [Reason::NotImplemented, Reason::NotAuthenticated]);
    world.over();
}
