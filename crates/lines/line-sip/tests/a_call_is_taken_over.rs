//! INVITEs that want to take the place of a connection (RFC 3891): the line finds it, the exchange decides.

mod support;
use support::*;

use exchange::{OfferTarget, Order, Party, Report};
use ground::{ConnectionId, Reason, TrunkId};
use media_plan::MediaAnswer;

/// The Replaces header of a new INVITE for the dialog that the called side of `invite` has under this tag.
fn replaces_header(invite: &str, tag: &str, more: &str) -> String {
    let ours = header(invite, "From").unwrap().split(";tag=").nth(1).unwrap();
    format!("Replaces: {};to-tag={ours};from-tag={tag}{more}\r\n", header(invite, "Call-ID").unwrap())
}

fn seized(world: &mut World, call: &str, lines: &str) -> (ConnectionId, Option<ConnectionId>) {
    world.receive(TRUNK, &request("INVITE", "sip:1001@192.0.2.1", TRUNK, call, 1, lines, &sdp(4002, "8", "")));
    match world.reports.pop() {
        Some((connection, Report::Seized(seizure))) => (connection, seizure.replaces),
        other => panic!("{other:?} {:?}", world.sent),
    }
}

#[test]
fn a_talking_connection_is_found_and_replaced() {
    let mut world = World::new();
    let (old, invite) = world.talk(OfferTarget::Trunk(TrunkId(1)), Party::default(), "t1", "");
    let (new, replaces) =
        seized(&mut world, "n", &format!("Require: replaces\r\n{}", replaces_header(&invite, "t1", "")));
    assert_eq!(replaces, Some(old));
    let answer = Some(MediaAnswer { streams: streams(&sdp(20_002, "8", "")) });
    world.order(new, Order::Answer { answer, offer: None, connected: Party::default() });
    world.order(old, Order::Clear(Reason::Replaced));
    let sent = world.wire();
    assert!(sent.iter().any(|text| text.starts_with("SIP/2.0 200 ")), "{sent:?}");
    let bye = sent.iter().find(|text| text.starts_with("BYE ")).unwrap();
    assert_eq!(header(bye, "Call-ID"), header(&invite, "Call-ID"));
    world.receive(TRUNK, &response(bye, "200 OK", "", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::Replaced)]);
    world.order(new, Order::Clear(Reason::NormalClearing));
    world.over();
}

#[test]
fn a_ringing_connection_is_found_for_a_pickup() {
    let mut world = World::new();
    let (ringing, invite) = world.offer(Some(&sdp(20_000, "8", "")));
    world.receive(TRUNK, &response(&invite, "180 Ringing", "t1", ""));
    world.reported();
    world.wire();
    let (new, replaces) = seized(&mut world, "n", &replaces_header(&invite, "t1", ";early-only"));
    assert_eq!(replaces, Some(ringing));
    for connection in [new, ringing] {
        world.order(connection, Order::Clear(Reason::CallRejected));
    }
    world.over();
}

#[test]
fn a_call_without_such_a_wish_replaces_nothing() {
    let mut world = World::new();
    let (connection, replaces) = seized(&mut world, "n", "");
    assert_eq!(replaces, None);
    world.order(connection, Order::Clear(Reason::UserBusy));
    world.over();
}

#[test]
fn a_dead_or_foreign_dialog_is_refused_and_nothing_else_ends() {
    let mut world = World::new();
    let (alive, living) = world.talk(OfferTarget::Trunk(TrunkId(1)), Party::default(), "t1", "");
    let (dead, gone) = world.talk(OfferTarget::Trunk(TrunkId(1)), Party::default(), "t2", "");
    world.receive(TRUNK, &inside(&gone, "t2", "BYE", 5, "", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::NormalClearing)]);
    world.wire();
    for (call, lines, cause) in [
        ("n1", replaces_header(&gone, "t2", ""), Reason::CallRejected),
        ("n2", replaces_header(&living, "another", ""), Reason::NoSuchConnection),
        ("n3", replaces_header(&living, "t1", ";early-only"), Reason::UserBusy),
        ("n4", "Replaces: nobody@nowhere;to-tag=a;from-tag=b\r\n".to_owned(), Reason::NoSuchConnection),
        ("n5", "Replaces: nonsense\r\n".to_owned(), Reason::ProtocolError),
    ] {
        world.receive(TRUNK, &request("INVITE", "sip:1001@192.0.2.1", TRUNK, call, 1, &lines, &sdp(4002, "8", "")));
        let sent = world.wire();
        let refusal = sent.iter().find(|text| !text.starts_with("SIP/2.0 100")).unwrap();
        assert!(refusal.starts_with("SIP/2.0 4") || refusal.starts_with("SIP/2.0 6"), "{lines}: {refusal}");
        let told = header(refusal, "Reason").unwrap();
        assert!(told.starts_with(&format!("Q.850;cause={};", cause.q850())), "{lines}: {told}");
        let reported = world.reported();
        assert!(
            matches!(reported.as_slice(), [Report::Unacceptable(_, why), Report::Cleared(last)] if (*why, *last) == (cause, cause)),
            "{lines}: {refusal} {reported:?}"
        );
    }
    assert_eq!(world.line.connections().collect::<Vec<_>>(), [alive]);
    assert_ne!(alive, dead);
    world.order(alive, Order::Clear(Reason::NormalClearing));
    world.over();
}
