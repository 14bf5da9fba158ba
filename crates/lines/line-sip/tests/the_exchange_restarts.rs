//! The server dies at any moment, and another one goes on with what was handed out: calls that were answered go on, those that were not
//! are ended on the wire.

mod support;
use support::*;

use exchange::{Order, Party, Report, TransferProgress, TransferTarget};
use ground::{ConnectionId, Number, Reason};
use media_plan::{MediaAnswer, MediaOffer};

fn held(direction: &str) -> MediaOffer {
    MediaOffer { streams: streams(&sdp(20_000, "8", &format!("a={direction}\r\n"))) }
}

/// The version of our description.
fn version(text: &str) -> u64 {
    let origin = body(text).lines().find_map(|line| line.strip_prefix("o=")).unwrap();
    origin.split(' ').nth(2).unwrap().parse().unwrap()
}

fn answer(world: &mut World, request: &str, body: &str) {
    world.receive(PHONE, &response(request, "200 OK", "", body).replace(TRUNK, PHONE));
}

#[test]
fn an_answered_call_goes_on_and_can_be_held_transferred_and_ended() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    world.restart();
    assert_eq!(world.line.connections().collect::<Vec<_>>(), [connection]);
    assert_eq!((world.wire(), world.reported()), (vec![], vec![]));
    // Ours: the version goes on, and the number of the request too.
    world.order(connection, Order::MediaOffer(held("sendonly")));
    let change = world.sent("INVITE ");
    assert_eq!(version(&change), version(&invite) + 1);
    assert_eq!(
        header(&change, "CSeq"),
        Some("18 INVITE"),
        "numbers that the earlier process may have used are passed over"
    );
    answer(&mut world, &change, &sdp(4000, "8", "a=recvonly\r\n"));
    assert!(matches!(world.reported().as_slice(), [Report::MediaAnswered(_)]));
    world.wire();
    // Theirs.
    world.receive(PHONE, &inside(&invite, "p1", "INVITE", 1, "", &sdp(4000, "8", "a=sendonly\r\n")));
    assert!(matches!(world.reported().as_slice(), [Report::MediaOffered(_)]));
    world.order(connection, Order::MediaAnswer(MediaAnswer { streams: held("recvonly").streams }));
    let ok = world.wire().into_iter().find(|text| text.starts_with("SIP/2.0 200")).unwrap();
    assert_eq!(version(&ok), version(&change) + 1);
    world.receive(PHONE, &inside(&invite, "p1", "ACK", 1, "", ""));
    world.receive(PHONE, &inside(&invite, "p1", "REFER", 2, "Refer-To: <sip:1003@192.0.2.1>\r\n", ""));
    let target = TransferTarget::Number("1003".parse().unwrap());
    assert_eq!(world.reported(), [Report::TransferRequested(target)]);
    world.wire();
    world.restart();
    world.telephone_hangs_up(&invite, "p1");
    world.over();
}

#[test]
fn a_caller_that_was_answered_goes_on_and_is_cleared() {
    let mut world = World::new();
    let (connection, _) = world.arrive("1001", "", &sdp(4000, "8", ""));
    let media = Some(MediaAnswer { streams: streams(&sdp(20_000, "8", "")) });
    world.order(connection, Order::Answer { answer: media, offer: None, connected: Party::default() });
    let sent = world.wire();
    let ok = sent.iter().find(|text| text.starts_with("SIP/2.0 200")).unwrap();
    // The ACK comes to the next process.
    world.restart();
    let more = format!("To: {}\r\n", header(ok, "To").unwrap());
    world.receive(TRUNK, &request("ACK", "sip:1001@192.0.2.1", TRUNK, "in1", 1, &more, ""));
    assert_eq!(world.reported(), []);
    world.pass(100);
    world.wire();
    world.order(connection, Order::Clear(Reason::NormalClearing));
    let bye = world.sent("BYE ");
    world.receive(TRUNK, &response(&bye, "200 OK", "", ""));
    assert_eq!(world.reported(), [Report::Cleared(Reason::NormalClearing)]);
    world.over();
}

#[test]
fn calls_that_were_not_answered_are_ended_on_the_wire() {
    let mut world = World::new();
    let (calling, _) = world.arrive("1001", "", &sdp(4000, "8", ""));
    world.order(calling, Order::Alert { waiting: false });
    let (called, invite) = world.offer(Some(&sdp(20_000, "8", "")));
    world.receive(TRUNK, &response(&invite, "180 Ringing", "t1", ""));
    world.reported();
    world.wire();
    world.restart();
    let sent = world.wire();
    let refusal = sent.iter().find(|text| text.starts_with("SIP/2.0 503")).unwrap_or_else(|| panic!("{sent:#?}"));
    assert!(refusal.contains("\r\nReason: Q.850;cause=41"), "{refusal}");
    assert!(header(refusal, "Call-ID") == Some("in1"), "{refusal}");
    let cancel = sent.iter().find(|text| text.starts_with("CANCEL ")).unwrap_or_else(|| panic!("{sent:#?}"));
    assert_eq!(header(cancel, "Via").unwrap().split(';').nth(1), header(&invite, "Via").unwrap().split(';').nth(1));
    world.receive(TRUNK, &response(cancel, "200 OK", "", ""));
    world.receive(TRUNK, &response(&invite, "487 Request Terminated", "t1", ""));
    world.pass(64);
    let mut cleared: Vec<_> = std::mem::take(&mut world.reports);
    cleared.sort_by_key(|(connection, _)| *connection);
    assert_eq!(
        cleared,
        [(called, Report::Cleared(Reason::Interrupted)), (calling, Report::Cleared(Reason::Interrupted))]
    );
    world.over();
}

#[test]
fn a_change_that_was_under_way_is_offered_again() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    world.order(connection, Order::MediaOffer(held("sendonly")));
    let change = world.sent("INVITE ");
    world.restart();
    let again = world.sent("INVITE ");
    assert_eq!(body(&again), body(&change), "the same offer with the same version");
    assert_ne!(header(&again, "CSeq"), header(&change, "CSeq"));
    answer(&mut world, &again, &sdp(4000, "8", "a=recvonly\r\n"));
    assert!(matches!(world.reported().as_slice(), [Report::MediaAnswered(_)]));
    world.telephone_hangs_up(&invite, "p1");
    world.over();
}

#[test]
fn an_offer_that_had_no_answer_is_taken_back_and_comes_again() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    let offer = inside(&invite, "p1", "INVITE", 1, "", &sdp(4000, "8", "a=sendonly\r\n"));
    world.receive(PHONE, &offer);
    world.reported();
    world.restart();
    assert_eq!(world.reported(), [Report::MediaWithdrawn]);
    world.wire();
    world.receive(PHONE, &offer);
    assert!(matches!(world.reported().as_slice(), [Report::MediaOffered(_)]));
    world.order(connection, Order::MediaAnswer(MediaAnswer { streams: held("recvonly").streams }));
    assert!(world.wire().iter().any(|text| text.starts_with("SIP/2.0 200")));
    world.receive(PHONE, &inside(&invite, "p1", "ACK", 1, "", ""));
    world.telephone_hangs_up(&invite, "p1");
    world.over();
}

#[test]
fn a_telephone_that_was_asked_is_asked_again() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    world.order(connection, Order::Probe);
    world.sent("OPTIONS ");
    world.restart();
    let options = world.sent("OPTIONS ");
    answer(&mut world, &options, "");
    assert_eq!(world.reported(), [Report::Probed]);
    world.telephone_hangs_up(&invite, "p1");
    world.over();
}

#[test]
fn who_waits_for_the_end_of_a_transfer_hears_it_from_the_next_process() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    world.receive(PHONE, &inside(&invite, "p1", "REFER", 1, "Refer-To: <sip:1003@192.0.2.1>\r\n", ""));
    world.reported();
    world.order(connection, Order::Transfer(TransferProgress::Trying));
    let notify = world.wire().into_iter().find(|text| text.starts_with("NOTIFY ")).unwrap();
    answer(&mut world, &notify, "");
    world.restart();
    world.wire();
    world.order(connection, Order::Transfer(TransferProgress::Done));
    let notify = world.sent("NOTIFY ");
    assert!(
        body(&notify).starts_with("SIP/2.0 200") && notify.contains("\r\nSubscription-State: terminated"),
        "{notify}"
    );
    answer(&mut world, &notify, "");
    world.telephone_hangs_up(&invite, "p1");
    world.over();
}

#[test]
fn a_party_that_was_being_told_is_told_again() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "Allow: INVITE, UPDATE, BYE, ACK\r\n");
    let gray = Party { number: Number::parse("1003").unwrap(), name: "Gray".to_owned() };
    world.order(connection, Order::UpdateParty(gray.clone()));
    world.sent("UPDATE ");
    world.restart();
    let update = world.sent("UPDATE ");
    assert!(update.contains("\r\nP-Asserted-Identity: \"Gray\" <sip:1003@"), "{update}");
    answer(&mut world, &update, "");
    world.restart();
    world.order(connection, Order::UpdateParty(gray));
    assert_eq!(world.wire(), Vec::<String>::new(), "told already");
    world.telephone_hangs_up(&invite, "p1");
    world.over();
}

#[test]
fn no_number_comes_again() {
    let mut world = World::new();
    let (first, _) = world.talk_to_telephone("p1", "");
    let sessions = world.line.agent().sessions();
    let terminals: Vec<_> = world.reachable.iter().flat_map(|known| &known.terminals).map(|one| one.id).collect();
    world.reachable.clear();
    world.restart();
    assert_eq!(world.line.agent().sessions(), sessions);
    let (second, _) = world.talk_to_telephone("p2", "");
    assert_ne!(first, second);
    assert!(world.line.agent().sessions().iter().filter(|one| !sessions.contains(one)).count() == 1);
    let later = world.reachable.iter().flat_map(|known| &known.terminals);
    assert!(later.clone().count() > 0 && later.clone().all(|one| !terminals.contains(&one.id)));
    for connection in [first, second] {
        world.order(connection, Order::Clear(Reason::NormalClearing));
    }
    world.over();
}

#[test]
fn a_dialog_that_cannot_go_on_is_told_and_forgotten() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    let twice = world.dialogs[&connection].clone();
    assert!(twice.is_answered() && twice.connection() == connection);
    world.restart();
    // The same dialog once more is the one that goes on already.
    world.input(line_sip::Input::RestoreDialogs(vec![twice]));
    assert_eq!(world.reported(), []);
    assert_eq!(world.line.counters().lost_dialogs, 1);
    world.telephone_hangs_up(&invite, "p1");
    world.over();
}

#[test]
fn little_is_handed_out_and_nothing_for_what_changes_nothing() {
    let mut world = World::new();
    let (connection, invite) = world.offer(Some(&sdp(20_000, "8", "")));
    let begun = world.handed_out;
    for status in ["180 Ringing", "183 Session Progress", "180 Ringing", "180 Ringing"] {
        world.receive(TRUNK, &response(&invite, status, "t1", ""));
    }
    assert_eq!(world.handed_out, begun, "ringing changes nothing");
    world.receive(TRUNK, &response(&invite, "200 OK", "t1", &sdp(4000, "8", "")));
    assert_eq!(world.handed_out, begun + 1);
    world.order(connection, Order::UpdateParty(Party::default()));
    assert_eq!(world.handed_out, begun + 1);
    world.order(connection, Order::Clear(Reason::NormalClearing));
    assert_eq!(world.handed_out, begun + 2);
    let bye = world.wire().into_iter().find(|text| text.starts_with("BYE ")).unwrap();
    world.receive(TRUNK, &response(&bye, "200 OK", "", ""));
    assert!(world.dialogs.is_empty());
    world.over();
    let written = postcard::to_allocvec(&{
        let mut world = World::new();
        let (connection, _) = world.talk_to_telephone("p1", "");
        world.dialogs.remove(&connection).unwrap()
    })
    .unwrap();
    assert!(written.len() < 1024, "{} bytes", written.len());
}

#[test]
fn a_snapshot_of_the_whole_state_is_what_was_handed_out() {
    let mut world = World::new();
    let known: Vec<ConnectionId> = ["p1", "p2", "p3"].map(|tag| world.talk_to_telephone(tag, "").0).to_vec();
    world.order(known[0], Order::MediaOffer(held("sendonly")));
    world.wire();
    let whole: Vec<_> = world.line.dialogs().collect();
    assert_eq!(whole, world.dialogs.values().cloned().collect::<Vec<_>>());
    for connection in known {
        world.order(connection, Order::Clear(Reason::NormalClearing));
    }
    world.over();
}
