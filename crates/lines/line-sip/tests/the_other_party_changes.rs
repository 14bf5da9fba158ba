//! The other party is another one from now on: whoever talks is told (RFC 3325, RFC 4916).

mod support;
use support::*;

use exchange::{OfferTarget, Order, Party, Report};
use ground::{Number, Presentation, Reason, TrunkId};
use media_plan::{MediaAnswer, MediaOffer};

const UPDATE: &str = "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n";
const GRAY: Option<&str> = Some("\"Gray\" <sip:1003@192.0.2.1>");

fn party(number: &str, name: &str) -> Party {
    Party { number: Number::parse(number).unwrap(), name: name.to_owned() }
}

fn hidden(number: &str) -> Party {
    let mut party = party(number, "Nobody");
    party.number.presentation = Presentation::Restricted;
    party
}

fn talk(world: &mut World, lines: &str) -> (ground::ConnectionId, String) {
    world.talk(OfferTarget::Trunk(TrunkId(1)), party("1002", "Bell"), "t1", lines)
}

fn over(mut world: World, connection: ground::ConnectionId) {
    world.order(connection, Order::Clear(Reason::NormalClearing));
    world.over();
}

#[test]
fn an_update_tells_it_where_updates_are_taken() {
    let mut world = World::new();
    let (connection, _) = talk(&mut world, UPDATE);
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    let update = world.sent("UPDATE ");
    assert_eq!(header(&update, "P-Asserted-Identity"), GRAY);
    assert!(body(&update).is_empty());
    assert!(header(&update, "From").unwrap().contains("sip:1002@"), "{update}");
    world.receive(TRUNK, &response(&update, "200 OK", "", ""));
    assert_eq!(world.reported(), []);
    over(world, connection);
}

#[test]
fn the_address_in_from_changes_only_for_who_can_bear_it() {
    let mut world = World::new();
    let (connection, _) = talk(&mut world, &format!("{UPDATE}Supported: from-change, timer\r\n"));
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    let update = world.sent("UPDATE ");
    assert!(header(&update, "From").unwrap().starts_with("\"Gray\" <sip:1003@192.0.2.1>;tag="), "{update}");
    world.receive(TRUNK, &response(&update, "200 OK", "", ""));
    world.order(connection, Order::UpdateParty(hidden("1004")));
    let update = world.sent("UPDATE ");
    assert!(header(&update, "From").unwrap().starts_with("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag="));
    world.receive(TRUNK, &response(&update, "200 OK", "", ""));
    over(world, connection);
}

#[test]
fn a_re_invite_with_the_description_that_stands_tells_it_elsewhere() {
    let mut world = World::new();
    let (connection, invite) = talk(&mut world, "");
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    let change = world.sent("INVITE ");
    assert_eq!(header(&change, "P-Asserted-Identity"), GRAY);
    assert_eq!(body(&change), body(&invite), "the same description with the same version");
    world.receive(TRUNK, &response(&change, "200 OK", "", &sdp(4000, "8", "")));
    assert!(world.sent("ACK ").starts_with("ACK "));
    assert_eq!(world.reported(), [], "nothing about the media is new");
    // Who refuses keeps showing what it shows.
    world.order(connection, Order::UpdateParty(party("1004", "Reis")));
    let change = world.sent("INVITE ");
    world.receive(TRUNK, &response(&change, "488 Not Acceptable Here", "", ""));
    assert_eq!(world.reported(), []);
    over(world, connection);
}

#[test]
fn a_party_that_did_not_change_is_not_told_again() {
    let mut world = World::new();
    let (connection, _) = talk(&mut world, UPDATE);
    world.order(connection, Order::UpdateParty(party("1002", "Bell")));
    assert_eq!(world.wire(), Vec::<String>::new());
    world.order(connection, Order::UpdateParty(hidden("1003")));
    let update = world.sent("UPDATE ");
    world.receive(TRUNK, &response(&update, "200 OK", "", ""));
    // Another one that may not be shown looks the same.
    world.order(connection, Order::UpdateParty(hidden("1004")));
    assert_eq!(world.wire(), Vec::<String>::new());
    over(world, connection);
}

#[test]
fn a_number_that_must_not_be_shown_is_nowhere() {
    for lines in [UPDATE, ""] {
        let mut world = World::new();
        let (connection, _) = talk(&mut world, lines);
        world.order(connection, Order::UpdateParty(hidden("1003")));
        let told = world.wire().remove(0);
        assert_eq!(header(&told, "Privacy"), Some("id"), "{told}");
        assert!(!told.contains("1003") && !told.contains("Nobody"), "{told}");
        over(world, connection);
    }
}

#[test]
fn only_the_newest_is_told_when_the_negotiation_is_over() {
    let mut world = World::new();
    let (connection, invite) = talk(&mut world, UPDATE);
    world.receive(TRUNK, &inside(&invite, "t1", "INVITE", 1, "", &sdp(4000, "8", "a=sendonly\r\n")));
    let reported = world.reported();
    assert!(matches!(reported.as_slice(), [Report::MediaOffered(_)]), "{reported:?}");
    world.wire();
    for newest in [party("1004", "Reis"), party("1005", "Meucci"), party("1003", "Gray")] {
        world.order(connection, Order::UpdateParty(newest));
        assert_eq!(world.wire(), Vec::<String>::new());
    }
    let answer = MediaAnswer { streams: streams(&sdp(20_000, "8", "a=recvonly\r\n")) };
    world.order(connection, Order::MediaAnswer(answer));
    let sent = world.wire();
    assert!(sent[0].starts_with("SIP/2.0 200 "), "{sent:?}");
    let update = sent.iter().find(|text| text.starts_with("UPDATE ")).unwrap_or_else(|| panic!("{sent:?}"));
    assert_eq!(header(update, "P-Asserted-Identity"), GRAY);
    world.receive(TRUNK, &response(update, "200 OK", "", ""));
    over(world, connection);
}

#[test]
fn our_own_offer_comes_first_and_the_way_back_needs_no_word() {
    let mut world = World::new();
    let (connection, _) = talk(&mut world, "");
    world.order(connection, Order::MediaOffer(MediaOffer { streams: streams(&sdp(20_000, "8", "a=sendonly\r\n")) }));
    let change = world.sent("INVITE ");
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    world.order(connection, Order::UpdateParty(party("1002", "Bell")));
    assert_eq!(world.wire(), Vec::<String>::new());
    world.receive(TRUNK, &response(&change, "200 OK", "", &sdp(4000, "8", "a=recvonly\r\n")));
    let sent = world.wire();
    assert!(sent.len() == 1 && sent[0].starts_with("ACK "), "{sent:?}");
    assert!(matches!(world.reported().as_slice(), [Report::MediaAnswered(_)]));
    over(world, connection);
}

#[test]
fn an_offer_of_ours_behind_a_word_on_the_party_keeps_its_own_answer() {
    let mut world = World::new();
    let (connection, _) = talk(&mut world, "");
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    let first = world.sent("INVITE ");
    world.order(connection, Order::MediaOffer(MediaOffer { streams: streams(&sdp(20_000, "8", "a=sendonly\r\n")) }));
    assert_eq!(world.wire(), Vec::<String>::new());
    world.receive(TRUNK, &response(&first, "200 OK", "", &sdp(4000, "8", "")));
    let sent = world.wire();
    let second = sent.iter().find(|text| text.starts_with("INVITE ")).unwrap();
    assert!(body(second).contains("a=sendonly"));
    assert_eq!(world.reported(), []);
    world.receive(TRUNK, &response(second, "200 OK", "", &sdp(4000, "8", "a=recvonly\r\n")));
    assert!(matches!(world.reported().as_slice(), [Report::MediaAnswered(_)]));
    over(world, connection);
}

#[test]
fn who_answers_and_who_rings_is_told_in_the_response() {
    let mut world = World::new();
    let (connection, _) = world.arrive("1001", "", &sdp(4000, "8", ""));
    world.wire();
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    world.order(connection, Order::Alert { waiting: false });
    assert_eq!(header(&world.sent("SIP/2.0 180"), "P-Asserted-Identity"), GRAY);
    let answer = Some(MediaAnswer { streams: streams(&sdp(20_000, "8", "")) });
    world.order(connection, Order::Answer { answer, offer: None, connected: party("1004", "Reis") });
    let ok = world.sent("SIP/2.0 200");
    assert_eq!(header(&ok, "P-Asserted-Identity"), Some("\"Reis\" <sip:1004@192.0.2.1>"));
    // Before the ACK nothing more is said about it.
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    assert_eq!(world.wire(), Vec::<String>::new());
    let more = format!("To: {}\r\n", header(&ok, "To").unwrap());
    world.receive(TRUNK, &request("ACK", "sip:1001@192.0.2.1", TRUNK, "in1", 1, &more, ""));
    assert_eq!(header(&world.sent("INVITE "), "P-Asserted-Identity"), GRAY);
    over(world, connection);
}

#[test]
fn who_is_hidden_rings_and_answers_without_a_number() {
    let mut world = World::new();
    let (connection, _) = world.arrive("1001", "", &sdp(4000, "8", ""));
    world.wire();
    let answer = Some(MediaAnswer { streams: streams(&sdp(20_000, "8", "")) });
    world.order(connection, Order::Answer { answer, offer: None, connected: hidden("1004") });
    let ok = world.sent("SIP/2.0 200");
    assert_eq!(header(&ok, "Privacy"), Some("id"));
    assert!(!ok.contains("1004") && header(&ok, "P-Asserted-Identity").is_none(), "{ok}");
    over(world, connection);
}

#[test]
fn a_telephone_that_rings_is_told_when_it_answers() {
    let mut world = World::new();
    let (connection, invite) = world.offer(Some(&sdp(20_000, "8", "")));
    world.order(connection, Order::UpdateParty(party("1003", "Gray")));
    assert_eq!(world.wire(), Vec::<String>::new());
    let ok = response(&invite, "200 OK", "t1", &sdp(4000, "8", "")).replace("Contact:", &format!("{UPDATE}Contact:"));
    world.receive(TRUNK, &ok);
    let sent = world.wire();
    assert!(sent[0].starts_with("ACK "), "{sent:?}");
    assert_eq!(header(&sent[1], "P-Asserted-Identity"), GRAY);
    over(world, connection);
}
