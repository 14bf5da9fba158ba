//! Transfers that a telephone asks for by REFER, step by step: what the telephone that asks is told and in which order, who talks to
//! whom afterwards and is shown it, and which records there are.
//!
//! 1001 transfers, 1002 is transferred, 1003 and others are where to.

mod floor;

use floor::{Floor, assert_shown, from};
use peers::{Outcome, Script, Setup, Site};

/// How long the two that are left talk, in milliseconds.
const TALK: u32 = 700;

/// What the telephone that transfers says and hears from the REFER on.
fn reference(outcome: &Outcome) -> String {
    from(&outcome.flow(), "> REFER").join(", ")
}

fn numbers_to(address: &str, number: &str) -> String {
    format!("<sip:{number}@{address}>")
}

/// A telephone that is transferred and hung up by the other.
fn transferred() -> Script {
    Script::new("transferred", "1002").called('a').until_hung_up(1)
}

/// A telephone that is transferred to, talks, and hangs up.
fn reached() -> Script {
    Script::new("reached", "1003").called('a').stays(TALK).hangs_up_meanwhile('a')
}

/// Talks to 1002, holds it, talks to 1003, and asks for the transfer.
fn consults() -> Script {
    let script = Script::new("consults", "1001").call('a', "1002").stays(200).changes('a', "sendonly");
    let script = script.call('b', "1003").stays(200);
    let far_end = script.far_end('b');
    script.refers('a', &far_end, "").told(202)
}

const CONSULTED: [&str; 3] =
    ["1001>1002 answered transferred", "1001>1003 answered transferred", "1002>1003 answered normal-clearing by 1001"];

#[test]
fn after_a_consultation() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);

    let transferring = consults().notified(100).notified(200).hangs_up('a').hangs_up('b');
    let told = floor.play(&[transferred(), reached().without("UPDATE"), transferring]);
    let expected = "> REFER, < 202, < NOTIFY 100, > 200, < NOTIFY 200, > 200, > BYE, < 200, > BYE, < 200";
    assert_eq!(reference(&told[2]), expected);
    assert_shown(&told[0], "UPDATE", "1003");
    assert_shown(&told[1], "INVITE", "1002");
    floor.added(0, &CONSULTED);

    // It leaves the end of its two calls to the exchange.
    let transferring = consults().notified(100).notified(200).until_hung_up(2);
    let told = floor.play(&[transferred().without("UPDATE"), reached(), transferring]);
    let expected = "> REFER, < 202, < NOTIFY 100, > 200, < NOTIFY 200, > 200, < BYE, > 200, < BYE, > 200";
    assert_eq!(reference(&told[2]), expected);
    assert_shown(&told[0], "INVITE", "1003");
    assert_shown(&told[1], "UPDATE", "1002");
    floor.added(3, &CONSULTED);

    // It does not wait for what becomes of it.
    let transferring = consults().hangs_up_meanwhile('a').hangs_up_meanwhile('b');
    floor.play(&[transferred(), reached(), transferring]);
    floor.added(6, &CONSULTED);
    floor.almon.end();
}

#[test]
fn after_a_consultation_by_the_telephone_that_was_called() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let transferring =
        Script::new("is_called", "1001").called('a').stays(200).changes('a', "inactive").call('b', "1003");
    let far_end = transferring.far_end('b');
    let transferring = transferring.refers('a', &far_end, "").told(202).notified(100).notified(200);
    let calling = Script::new("calls", "1002").call('a', "1001").until_hung_up(1);
    let told = floor.play(&[reached(), transferring.hangs_up('b').hangs_up('a'), calling]);
    assert_shown(&told[2], "UPDATE", "1003");
    let records = [
        "1002>1001 answered transferred",
        "1001>1003 answered transferred",
        "1002>1003 answered normal-clearing by 1001",
    ];
    floor.added(0, &records);

    // The consulted end is asked to join the first one: the same the other way round.
    let transferring =
        Script::new("other_way", "1001").called('a').stays(200).changes('a', "inactive").call('b', "1003");
    let far_end = transferring.far_end('a');
    let transferring = transferring.refers('b', &far_end, "").told(202).notified(100).notified(200);
    let calling = Script::new("calls", "1002").call('a', "1001").stays(TALK * 2).hangs_up_meanwhile('a');
    let reached = Script::new("reached", "1003").called('a').until_hung_up(1);
    floor.play(&[reached, transferring.until_hung_up(2), calling]);
    let mut lines = floor.segments(6).split_off(3);
    lines.sort();
    assert!(lines[2].ends_with(" by 1001") && lines[2].contains("normal-clearing"), "{lines:?}");
    floor.almon.end();
}

#[test]
fn without_a_consultation() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let to = numbers_to("[remote_ip]", "1003");
    let asks = || Script::new("asks", "1001").call('a', "1002").stays(200).refers('a', &to, "").told(202);
    let records = ["1001>1002 answered transferred", "1002>1003 answered normal-clearing by 1001"];
    let rings_for = |time: u32| {
        Script::new("reached", "1003").rings('a').pause(time).answers('a').stays(TALK).hangs_up_meanwhile('a')
    };

    let told =
        floor.play(&[transferred(), rings_for(300), asks().notified(100).notified(180).notified(200).hangs_up('a')]);
    let expected = "> REFER, < 202, < NOTIFY 100, > 200, < NOTIFY 180, > 200, < NOTIFY 200, > 200, > BYE, < 200";
    assert_eq!(reference(&told[2]), expected);
    assert_shown(&told[0], "UPDATE", "1003");
    let invite = told[1].received(&["INVITE sip:"])[0];
    assert!(invite.contains("<sip:1002@"), "it is shown who is transferred to it: {invite}");
    floor.added(0, &records);

    // The exchange ends its call.
    floor.play(&[transferred(), rings_for(0), asks().until_hung_up(1)]);
    floor.added(2, &records);

    // It hangs up at once: who is transferred waits alone for the answer.
    floor.play(&[transferred(), rings_for(500), asks().hangs_up_meanwhile('a')]);
    floor.added(4, &records);

    // By the telephone that was called.
    let asked = Script::new("asks", "1001").called('a').stays(200).refers('a', &to, "").told(202).until_hung_up(1);
    let calling = Script::new("calls", "1002").call('a', "1001").until_hung_up(1);
    floor.play(&[asked, rings_for(200), calling]);
    floor.added(6, &["1002>1001 answered transferred", "1002>1003 answered normal-clearing by 1001"]);
    floor.almon.end();
}

#[test]
fn that_fail_leave_the_call_as_it_was() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003", "1004"]);
    floor.almon.extension("1005");
    floor.almon.tell(&["settings", "--announce-vacant", "no"]);
    let busy = Script::new("busy", "1003").offered('a').refuses('a', 486, "");
    let declines = Script::new("declines", "1004").rings('a').pause(100).refuses('a', 603, "");
    let to = |number: &str| numbers_to("[remote_ip]", number);
    let asks = Script::new("asks", "1001").call('a', "1002").stays(100);
    let asks = asks.refers('a', &to("1003"), "").told(202).notified(100).notified(486).stays(100);
    let asks = asks.refers('a', &to("1004"), "").told(202).notified(100).notified(180).notified(603).stays(100);
    let asks = asks.refers('a', &to("1005"), "").told(202).notified(100).notified(480).stays(100);
    let asks = asks.refers('a', &to("1999"), "").told(202).notified(100).notified(404).stays(100);
    let asks = asks.changes('a', "sendonly").stays(100).changes('a', "sendrecv").stays(300).hangs_up('a');
    let stays = Script::new("stays", "1002").called('a').until_hung_up(1);
    let told = floor.play(&[stays, busy, declines, asks]);
    assert!(
        !told[0].messages.contains("P-Asserted-Identity: <sip:1003"),
        "nobody else was shown: {}",
        told[0].messages
    );
    let lines = floor.almon.records();
    let talked: Vec<String> = lines.iter().map(floor::segment).filter(|line| line.starts_with("1001>1002")).collect();
    assert_eq!(
        talked,
        ["1001>1002 answered normal-clearing"],
        "{:?}",
        lines.iter().map(floor::segment).collect::<Vec<_>>()
    );
    floor.almon.end();
}

#[test]
fn that_fail_after_who_asked_has_hung_up_end_the_call() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let declines = Script::new("declines", "1003").rings('a').pause(500).refuses('a', 603, "");
    let to = numbers_to("[remote_ip]", "1003");
    let asks = Script::new("asks", "1001").call('a', "1002").stays(200).refers('a', &to, "").told(202);
    floor.play(&[transferred(), declines, asks.hangs_up_meanwhile('a')]);
    floor.added(0, &["1001>1002 answered transferred", "1002>1003 refused call-rejected by 1001"]);
    floor.almon.end();
}

#[test]
fn to_a_telephone_that_still_rings() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let rings = Script::new("rings", "1003").rings('a').pause(900).answers('a').stays(TALK).hangs_up_meanwhile('a');
    let script = Script::new("asks", "1001").call('a', "1002").stays(100).changes('a', "sendonly");
    let script = script.invite('b', "1003", "").hears_ringing('b').pause(200);
    let far_end = script.far_end('b');
    let asks = script.refers('a', &far_end, "").told(202).rings_on('b').until_hung_up(1);
    let told = floor.play(&[transferred(), rings, asks]);
    let expected = "> REFER, < 202, < NOTIFY 100, > 200, < 480, > ACK, < NOTIFY 200, > 200, < BYE, > 200";
    assert_eq!(reference(&told[2]), expected, "its ringing call is no call any more");
    assert_shown(&told[0], "UPDATE", "1003");
    let records = [
        "1001>1002 answered transferred",
        "1001>1003 not-answered transferred",
        "1002>1003 answered normal-clearing by 1001",
    ];
    floor.added(0, &records);
    floor.almon.end();
}
