//! INVITE with Replaces (RFC 3891): a call is continued on another telephone of the number, a ringing one is picked up in the group, and
//! what is not the caller's to take is refused.

mod floor;

use floor::{DialogName, Floor};
use peers::{Script, Setup, Sipp, Site};

const TALK: u32 = 500;

#[test]
fn go_on_at_another_telephone_of_the_number() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002"]);
    floor.almon.tell(&["extension", "change", "1002", "--max-terminals", "2"]);
    let second = site.host();
    Sipp::register(&second, floor.server, "1002");
    // The first telephone has been answered, the second rings and is cancelled: then it takes the call.
    let first = floor.sipp(&Script::new("first", "1002").called('a').until_hung_up(1)).start();
    let ring = Sipp::script(&second, floor.server, &Script::new("rings", "1002").rings('a').is_cancelled('a')).start();
    let caller = floor.sipp(&Script::new("calls", "1001").call('a', "1002").until_hung_up(1)).start();
    ring.finish();
    let replaces = DialogName::of(&first, true, 200).replaces();
    let takes = Script::new("takes", "1002").invite('a', "1002", &replaces).answered('a').stays(TALK).hangs_up('a');
    Sipp::script(&second, floor.server, &takes).run();
    let first = first.finish();
    assert_eq!(first.flow().last().map(String::as_str), Some("> 200"), "{:?}", first.flow());
    assert_eq!(first.received(&["BYE sip:"]).len(), 1);
    caller.finish();
    // The call that takes it over has a record of its own, which ends where it joins the other.
    let records =
        ["1001>1002 answered replaced", "1001>1002 answered normal-clearing by 1002", "1002>- not-answered replaced"];
    floor.added(0, &records);

    // Only if it still rings: it does not.
    let first = floor.sipp(&Script::new("first", "1002").called('a').until_hung_up(1)).start();
    let ring = Sipp::script(&second, floor.server, &Script::new("rings", "1002").rings('a').is_cancelled('a')).start();
    let caller = floor.sipp(&Script::new("calls", "1001").call('a', "1002").stays(3 * TALK).hangs_up('a')).start();
    ring.finish();
    let early = DialogName::of(&first, true, 200).replaces() + ";early-only";
    let takes = Script::new("takes", "1002").invite('a', "1002", &early).refused('a', 486);
    Sipp::script(&second, floor.server, &takes).run();
    caller.finish();
    let replaces = DialogName::of(&first, true, 200).replaces();
    first.finish();
    // RFC 3891 section 3: it has ended already.
    let takes = Script::new("takes", "1002").invite('a', "1002", &replaces).refused('a', 603);
    Sipp::script(&second, floor.server, &takes).run();
    let nobody =
        Script::new("takes", "1002").invite('a', "1002", "Replaces: nobody;to-tag=a;from-tag=b").refused('a', 481);
    Sipp::script(&second, floor.server, &nobody).run();
    let lines: Vec<String> = floor.almon.records().iter().map(floor::segment).collect();
    let talked = lines.iter().filter(|line| line.contains(" answered ")).count();
    assert_eq!(talked, 3, "{lines:#?}");
    floor.almon.end();
}

#[test]
fn are_picked_up_in_the_group_while_they_ring() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003", "1004"]);
    for number in ["1002", "1003"] {
        floor.almon.tell(&["extension", "change", number, "--pickup-group", "1"]);
    }
    let rings = floor.sipp(&Script::new("rings", "1002").rings('a').is_cancelled('a')).start();
    let caller = floor.sipp(&Script::new("calls", "1001").call('a', "1002").until_hung_up(1)).start();
    let replaces = DialogName::of(&rings, true, 180).replaces();
    // Who is not in the group may not.
    let foreign = Script::new("foreign", "1004").invite('a', "1002", &replaces).refused('a', 403);
    floor.sipp(&foreign).run();
    let takes = Script::new("takes", "1003").invite('a', "1002", &replaces).answered('a').stays(TALK).hangs_up('a');
    floor.sipp(&takes).run();
    let rings = rings.finish();
    let cancel = rings.received(&["CANCEL sip:"])[0];
    assert!(cancel.contains("Reason: ") && cancel.contains("cause=200"), "answered elsewhere: {cancel}");
    let caller = caller.finish();
    let shown = caller.received(&["P-Asserted-Identity: ", "<sip:1003@"]);
    assert!(!shown.is_empty(), "the caller is not shown who picked up: {}", caller.messages);
    let answered: Vec<String> = floor.almon.records().iter().map(floor::segment).collect();
    assert!(answered.contains(&"1001>1003 answered normal-clearing".to_owned()), "{answered:#?}");
    floor.almon.end();
}

#[test]
fn of_others_are_refused_and_go_on() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let called = floor.sipp(&Script::new("called", "1002").called('a').until_hung_up(1)).start();
    let caller = floor.sipp(&Script::new("calls", "1001").call('a', "1002").stays(1500).hangs_up('a')).start();
    let replaces = DialogName::of(&called, true, 200).replaces();
    let takes = Script::new("takes", "1003").invite('a', "1002", &replaces).refused('a', 403);
    floor.sipp(&takes).run();
    // Halves of a name, and two of them, are nonsense (RFC 3891 section 3).
    for nonsense in ["Replaces: only-a-name", &format!("{replaces}\n{replaces}")] {
        let takes = Script::new("takes", "1003").invite('a', "1002", nonsense).refused('a', 400);
        floor.sipp(&takes).run();
    }
    let caller = caller.finish();
    called.finish();
    assert!(!caller.messages.contains("<sip:1003@"), "{}", caller.messages);
    let lines: Vec<String> = floor.almon.records().iter().map(floor::segment).collect();
    assert!(lines.contains(&"1001>1002 answered normal-clearing".to_owned()), "{lines:#?}");
    floor.almon.end();
}

#[test]
fn by_the_caller_itself_at_another_place() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002"]);
    floor.almon.tell(&["extension", "change", "1001", "--max-terminals", "2"]);
    let second = site.host();
    Sipp::register(&second, floor.server, "1001");
    let called = floor.sipp(&Script::new("called", "1002").called('a').until_hung_up(1)).start();
    let caller = floor.sipp(&Script::new("calls", "1001").call('a', "1002").until_hung_up(1)).start();
    let replaces = DialogName::of(&caller, false, 200).replaces();
    let takes = Script::new("takes", "1001").invite('a', "1001", &replaces).answered('a').stays(TALK).hangs_up('a');
    let takes = Sipp::script(&second, floor.server, &takes).run();
    let shown = takes.received(&["SIP/2.0 200", "<sip:1002@"]);
    assert!(!shown.is_empty(), "it is shown whom it talks to: {}", takes.messages);
    caller.finish();
    let called = called.finish();
    assert!(called.received(&["P-Asserted-Identity"]).len() <= 2, "{:?}", called.flow());
    let records =
        ["1001>1002 answered replaced", "1002>1001 answered normal-clearing by 1001", "1001>- not-answered replaced"];
    floor.added(0, &records);
    floor.almon.end();
}
