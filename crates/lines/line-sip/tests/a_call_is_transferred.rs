//! Transfers by REFER: what telephones ask for, what the exchange hears of it, and what they are told.

mod support;
use support::*;

use directory::Directory;
use exchange::{OfferTarget, Order, Party, Report, TransferProgress, TransferTarget};
use ground::{ConnectionId, Reason, TrunkId};

/// What RFC 3515 section 2.4.5 and RFC 3420 make of a status.
fn told(notify: &str) -> (String, bool) {
    assert!(header(notify, "Event").unwrap().starts_with("refer"), "{notify}");
    assert!(header(notify, "Content-Type").unwrap().starts_with("message/sipfrag"), "{notify}");
    let state = header(notify, "Subscription-State").unwrap();
    (body(notify).lines().next().unwrap().to_owned(), state.starts_with("terminated"))
}

/// The NOTIFYs sent since the last look; each is answered.
fn notified(world: &mut World) -> Vec<(String, bool)> {
    let mut all = Vec::new();
    loop {
        let sent = world.wire();
        let mut notifies = sent.iter().filter(|text| text.starts_with("NOTIFY ")).peekable();
        if notifies.peek().is_none() {
            return all;
        }
        for notify in notifies {
            all.push(told(notify));
            world.receive(PHONE, &response(notify, "200 OK", "", "").replace(TRUNK, PHONE));
        }
    }
}

fn digits(number: &str) -> TransferTarget {
    TransferTarget::Number(number.parse().unwrap())
}

fn refer_order(target: TransferTarget) -> Order {
    Order::Refer { target, by: "1001".parse().unwrap() }
}

/// The telephone asks; the answer.
fn refer(world: &mut World, invite: &str, cseq: u32, lines: &str) -> Vec<String> {
    world.receive(PHONE, &inside(invite, "p1", "REFER", cseq, &format!("{lines}\r\n"), ""));
    world.wire()
}

fn status(sent: &[String]) -> &str {
    sent.first().and_then(|text| text.strip_prefix("SIP/2.0 ")).map_or("nothing", |text| &text[..3])
}

fn end(mut world: World, invite: &str) {
    world.telephone_hangs_up(invite, "p1");
    world.over();
}

#[test]
fn a_telephone_transfers_to_a_number_and_hears_how_it_goes_on() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    let sent = refer(&mut world, &invite, 1, "Refer-To: <sip:1003@192.0.2.1>\r\nReferred-By: <sip:1001@192.0.2.1>");
    assert_eq!(world.reported(), [Report::TransferRequested(digits("1003"))]);
    assert!(sent.is_empty(), "the exchange has not spoken: {sent:?}");
    world.order(connection, Order::Transfer(TransferProgress::Trying));
    let sent = world.wire();
    assert!(sent[0].starts_with("SIP/2.0 202 "), "{sent:?}");
    assert_eq!(told(&sent[1]), ("SIP/2.0 100 Trying".to_owned(), false));
    world.receive(PHONE, &response(&sent[1], "200 OK", "", "").replace(TRUNK, PHONE));
    world.order(connection, Order::Transfer(TransferProgress::Ringing));
    assert_eq!(notified(&mut world), [("SIP/2.0 180 Ringing".to_owned(), false)]);
    world.order(connection, Order::Transfer(TransferProgress::Done));
    assert_eq!(notified(&mut world), [("SIP/2.0 200 OK".to_owned(), true)]);
    // Another word after the last one is none.
    world.order(connection, Order::Transfer(TransferProgress::Failed(Reason::UserBusy)));
    assert_eq!(notified(&mut world), []);
    end(world, &invite);
}

#[test]
fn every_way_to_write_a_number_is_understood() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    for (at, (lines, number)) in [
        // linphone, baresip and Snom write angle brackets; older telephones leave them out.
        ("Refer-To: <sip:1003@192.0.2.1>", "1003"),
        ("Refer-To: sip:1003@192.0.2.1", "1003"),
        ("Refer-To: sip:1003@192.0.2.1;user=phone", "1003"),
        ("Refer-To: <sip:1003@192.0.2.1:5060;transport=udp;user=phone>\r\nReferred-By: <sip:1001@192.0.2.1>", "1003"),
        ("r: \"Gray\" <sip:%2A21%23@almon>\r\nb: <sip:1001@192.0.2.1>", "*21#"),
        ("Refer-To: <tel:+1-555-0100>", "+15550100"),
        ("Refer-To: <sip:5550199@198.51.100.9>", "5550199"),
        // The site's own name for the exchange, which the telephone uses for itself.
        ("Refer-To: <sip:1003@pbx.example.net>\r\nReferred-By: \"Bell\" <sip:1001@pbx.example.net>", "1003"),
    ]
    .into_iter()
    .enumerate()
    {
        refer(&mut world, &invite, at as u32 + 1, lines);
        assert_eq!(world.reported(), [Report::TransferRequested(digits(number))], "{lines}");
        world.order(connection, Order::Transfer(TransferProgress::Failed(Reason::UserBusy)));
        let sent = world.wire();
        assert_eq!(status(&sent), "202", "{lines}");
        world.receive(PHONE, &response(&sent[1], "200 OK", "", "").replace(TRUNK, PHONE));
        assert_eq!(notified(&mut world), [("SIP/2.0 486 Busy Here".to_owned(), true)], "{lines}");
    }
    end(world, &invite);
}

#[test]
fn an_attended_transfer_names_the_other_call() {
    for (at, before, after) in [
        (1, "Refer-To: <sip:1003@192.0.2.1?", ">"),
        (2, "Refer-To: \"Gray\" <sip:1003@192.0.2.1:5060;transport=udp?Require=replaces&", ">"),
        (3, "Refer-To: <sip:whoever@198.51.100.77?", ">\r\nReferred-By: <sip:1001@192.0.2.1>"),
    ] {
        let mut world = World::new();
        let (held, first) = world.talk_to_telephone("p1", "");
        let (consulted, second) = world.talk_to_telephone("p2", "");
        let lines = format!("{before}{}{after}", replaces(&second, "p2"));
        let sent = refer(&mut world, &first, at, &lines);
        let target = TransferTarget::Connection(consulted);
        assert_eq!(world.reported(), [Report::TransferRequested(target)], "{lines}: {sent:?}");
        world.order(held, Order::Transfer(TransferProgress::Done));
        let sent = world.wire();
        assert_eq!(status(&sent), "202");
        world.receive(PHONE, &response(&sent[1], "200 OK", "", "").replace(TRUNK, PHONE));
        assert_eq!(notified(&mut world), [("SIP/2.0 200 OK".to_owned(), true)]);
        world.telephone_hangs_up(&second, "p2");
        end(world, &first);
    }
}

#[test]
fn a_dialog_that_is_not_there_is_told_by_the_one_report() {
    let mut world = World::new();
    let (_, invite) = world.talk_to_telephone("p1", "");
    let (_, gone) = world.talk_to_telephone("p2", "");
    world.telephone_hangs_up(&gone, "p2");
    for (cseq, named) in [(1, "Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db".to_owned()), (2, replaces(&gone, "p2"))] {
        let sent = refer(&mut world, &invite, cseq, &format!("Refer-To: <sip:1003@192.0.2.1?{named}>"));
        assert_eq!(status(&sent), "202", "{sent:?}");
        world.receive(PHONE, &response(&sent[1], "200 OK", "", "").replace(TRUNK, PHONE));
        let told = notified(&mut world);
        assert!(told.len() == 1 && told[0].0.starts_with("SIP/2.0 481 ") && told[0].1, "{told:?}");
    }
    assert_eq!(world.reported(), []);
    assert_eq!(world.line.counters().refused_transfers, 2);
    // Who wants no reports is refused at once (RFC 4488).
    let lines = "Refer-To: <sip:1003@192.0.2.1?Replaces=x%3Bto-tag%3Da%3Bfrom-tag%3Db>\r\nRefer-Sub: false";
    let sent = refer(&mut world, &invite, 3, lines);
    assert_eq!(status(&sent), "400", "{sent:?}");
    end(world, &invite);
}

#[test]
fn nonsense_is_refused_and_the_call_goes_on() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    for (at, lines) in [
        "Subject: no target",
        "Refer-To: hello world",
        "Refer-To: <sip:1003@192.0.2.1>\r\nRefer-To: <sip:1004@192.0.2.1>",
        "Refer-To: <https://almon/>",
        "Refer-To: <sip:1003@192.0.2.1;method=BYE>",
        "Refer-To: <sip:1003@198.51.100.77>",
        "Refer-To: <sip:1003@192.0.2.1?Replaces=x>",
    ]
    .into_iter()
    .enumerate()
    {
        let sent = refer(&mut world, &invite, at as u32 + 1, lines);
        assert!(status(&sent).starts_with(['4', '5']), "{lines}: {sent:?}");
        let says_why = sent[0].contains("\r\nReason: ") || sent[0].contains("400 Bad Request - ");
        assert!(says_why, "{lines}: {sent:?}");
    }
    // The dialog of the telephone that asks.
    let own = format!("Refer-To: <sip:1003@192.0.2.1?{}>", replaces(&invite, "p1"));
    assert_eq!(status(&refer(&mut world, &invite, 20, &own)), "400");
    let sent = refer(&mut world, &invite, 21, "Refer-To: <sip:strowger@192.0.2.1>");
    assert_eq!(status(&sent), "202");
    assert_eq!(world.reported(), []);
    world.order(connection, Order::Transfer(TransferProgress::Done));
    end(world, &invite);
}

#[test]
fn one_transfer_at_a_time() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    refer(&mut world, &invite, 1, "Refer-To: <sip:1003@192.0.2.1>");
    assert_eq!(world.reported().len(), 1);
    let sent = refer(&mut world, &invite, 2, "Refer-To: <sip:1004@192.0.2.1>");
    assert!(status(&sent) == "491" && sent[0].contains("\r\nReason: Q.850;"), "{sent:?}");
    // The same once more is a repetition, not a second.
    let sent = refer(&mut world, &invite, 1, "Refer-To: <sip:1003@192.0.2.1>");
    assert!(sent.iter().all(|text| !text.contains(" 491 ")), "{sent:?}");
    assert_eq!(world.reported(), []);
    world.order(connection, Order::Transfer(TransferProgress::Failed(Reason::NotAuthorized)));
    let sent = world.wire();
    assert!(status(&sent) == "403" && sent[0].contains("\r\nReason: Q.850;cause=57"), "{sent:?}");
    refer(&mut world, &invite, 3, "Refer-To: <sip:1004@192.0.2.1>");
    assert_eq!(world.reported(), [Report::TransferRequested(digits("1004"))]);
    end(world, &invite);
}

#[test]
fn who_does_not_listen_any_more_is_told_nothing_and_asks_in_vain_until_the_first_is_over() {
    let mut world = World::new();
    let (connection, invite) = world.talk_to_telephone("p1", "");
    refer(&mut world, &invite, 1, "Refer-To: <sip:1003@192.0.2.1>");
    world.reported();
    world.order(connection, Order::Transfer(TransferProgress::Trying));
    let sent = world.wire();
    // 481: the subscription is not there any more (RFC 6665 section 4.2.2).
    world.receive(PHONE, &response(&sent[1], "481 Gone", "", "").replace(TRUNK, PHONE));
    world.order(connection, Order::Transfer(TransferProgress::Ringing));
    assert_eq!(world.wire(), Vec::<String>::new());
    assert_eq!(status(&refer(&mut world, &invite, 2, "Refer-To: <sip:1004@192.0.2.1>")), "491");
    world.order(connection, Order::Transfer(TransferProgress::Failed(Reason::NoAnswer)));
    assert_eq!(world.wire(), Vec::<String>::new());
    refer(&mut world, &invite, 3, "Refer-To: <sip:1004@192.0.2.1>");
    assert_eq!(world.reported(), [Report::TransferRequested(digits("1004"))]);
    end(world, &invite);
}

fn site_where_trunks_may_transfer() -> Directory {
    let mut site = site();
    for trunk in site.trunks.values_mut() {
        trunk.may_transfer = true;
    }
    site
}

#[test]
fn a_trunk_transfers_only_with_the_right_to() {
    for (site, may) in [(site(), false), (site_where_trunks_may_transfer(), true)] {
        let mut world = World::over_site(site);
        let (connection, invite) = world.talk(OfferTarget::Trunk(TrunkId(1)), Party::default(), "t1", "");
        world.receive(TRUNK, &inside(&invite, "t1", "REFER", 1, "Refer-To: <sip:1003@192.0.2.1>\r\n", ""));
        let sent = world.wire();
        if may {
            assert_eq!(world.reported(), [Report::TransferRequested(digits("1003"))]);
        } else {
            assert!(status(&sent) == "403" && sent[0].contains("\r\nReason: Q.850;cause=57"), "{sent:?}");
            assert_eq!(world.reported(), []);
        }
        world.order(connection, Order::Clear(Reason::NormalClearing));
        let bye = world.wire().into_iter().find(|text| text.starts_with("BYE ")).unwrap();
        world.receive(TRUNK, &response(&bye, "200 OK", "", ""));
        world.over();
    }
}

#[test]
fn a_trunk_is_asked_to_transfer_itself_and_its_last_word_is_told() {
    let talk = |world: &mut World, tag: &str| world.talk(OfferTarget::Trunk(TrunkId(1)), Party::default(), tag, "");
    let trunk_says = |world: &mut World, invite: &str, cseq, line: &str, state: &str| {
        let lines = format!("Event: refer\r\nSubscription-State: {state}\r\n");
        let fragment = format!("{line}\r\n");
        let notify = inside(invite, "t1", "NOTIFY", cseq, &lines, &fragment);
        world.receive(TRUNK, &notify.replace("application/sdp", "message/sipfrag"));
        assert!(world.sent("SIP/2.0 ").starts_with("SIP/2.0 200"));
    };
    for (answer, last, result) in [
        ("202 Accepted", Some("SIP/2.0 200 OK"), Ok(())),
        ("202 Accepted", Some("SIP/2.0 486 Busy Here"), Err(Reason::UserBusy)),
        ("202 Accepted", None, Err(Reason::NoUserResponding)),
        ("405 Method Not Allowed", None, Err(Reason::NotImplemented)),
        ("603 Decline", None, Err(Reason::CallRejected)),
    ] {
        let mut world = World::new();
        let (first, invite) = talk(&mut world, "t1");
        let (second, other) = talk(&mut world, "t2");
        world.order(first, refer_order(TransferTarget::Connection(second)));
        let request = world.sent("REFER ");
        let target = header(&request, "Refer-To").unwrap();
        let call = header(&other, "Call-ID").unwrap().replace('@', "%40");
        assert!(target.contains("?Replaces=") && target.to_ascii_lowercase().contains(&call.to_ascii_lowercase()));
        world.receive(TRUNK, &response(&request, answer, "", ""));
        assert_eq!(
            world.reported(),
            if answer.starts_with("202") { vec![] } else { vec![Report::Transferred(result)] }
        );
        if let Some(line) = last {
            trunk_says(&mut world, &invite, 1, "SIP/2.0 100 Trying", "active;expires=60");
            assert_eq!(world.reported(), []);
            trunk_says(&mut world, &invite, 2, line, "terminated;reason=noresource");
            assert_eq!(world.reported(), [Report::Transferred(result)], "{line}");
        } else if answer.starts_with("202") {
            world.pass(400);
            assert_eq!(world.reported(), [Report::Transferred(result)]);
        }
        for connection in [first, second] {
            world.order(connection, Order::Clear(Reason::NormalClearing));
        }
        world.over();
    }
}

#[test]
fn a_transfer_that_cannot_be_asked_for_is_told_at_once() {
    let mut world = World::new();
    let (connection, invite) = world.talk(OfferTarget::Trunk(TrunkId(1)), Party::default(), "t1", "");
    world.order(connection, refer_order(TransferTarget::Connection(ConnectionId(999))));
    assert_eq!(world.reported(), [Report::Transferred(Err(Reason::NoSuchConnection))]);
    world.order(connection, refer_order(digits("5550199")));
    let request = world.sent("REFER ");
    assert!(header(&request, "Refer-To").unwrap().contains("sip:5550199@198.51.100.9:5060"), "{request}");
    assert_eq!(header(&request, "Referred-By"), Some("<sip:1001@almon>"));
    world.order(connection, refer_order(digits("5550199")));
    assert_eq!(world.reported(), [Report::Transferred(Err(Reason::TemporaryFailure))]);
    // The far side hangs up instead: that is not a word on the transfer, but the end of it.
    world.receive(TRUNK, &inside(&invite, "t1", "BYE", 7, "", ""));
    let reported = world.reported();
    assert_eq!(reported.last(), Some(&Report::Cleared(Reason::NormalClearing)), "{reported:?}");
    world.over();
}
