//! Requests for transfers that lead nowhere: each is refused clearly, and the call goes on.

mod floor;

use floor::{Floor, from};
use peers::{Script, Setup, Site};

#[test]
fn are_refused_and_the_call_goes_on() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002"]);
    floor.almon.extension("1003");
    // What is wrong with the request itself refuses it.
    let refused = [
        ("nonsense", 400),
        ("<sip:1003@>", 400),
        ("<tel:letters>", 400),
        ("<mailto:1003@[remote_ip]>", 416),
        ("<sip:1003@[remote_ip];method=SUBSCRIBE>", 501),
        ("<sip:1003@[remote_ip]>, <sip:1002@[remote_ip]>", 400),
        ("<sip:1003@[remote_ip]>\nRefer-To: <sip:1002@[remote_ip]>", 400),
        ("<sip:1003@[remote_ip]?Replaces=only-a-name>", 400),
        ("<sip:1003@192.0.2.99>", 403),
        ("<sip:1003@elsewhere.example.test>", 403),
    ];
    // A target that is not there is told by the notification (RFC 5057 section 5.1).
    let told = [
        ("<sip:letters@[remote_ip]>", 404),
        ("<sip:1003@[remote_ip]?Replaces=nobody%3Bto-tag%3Da%3Bfrom-tag%3Db>", 481),
    ];
    let mut script = Script::new("asks", "1001").call('a', "1002").stays(100);
    for (refer_to, status) in refused {
        script = script.refers('a', refer_to, "").told(status);
    }
    for (refer_to, status) in told {
        script = script.refers('a', refer_to, "").told(202).notified(100).notified(status);
    }
    let own = script.far_end('a');
    let script = script.refers('a', &own, "").told(400);
    // RFC 3515 section 2.4.1: exactly one Refer-To.
    let script = script.refers_to_nobody('a').told(400);
    let script = script.changes('a', "sendonly").changes('a', "sendrecv").stays(200).hangs_up('a');
    let stays = Script::new("stays", "1002").called('a').until_hung_up(1);
    let told = floor.play(&[stays, script]);
    let quiet = !told[0].messages.contains("Refer-To") && !told[0].messages.contains("1003");
    assert!(quiet, "the other party hears nothing of it: {}", told[0].messages);
    floor.added(0, &["1001>1002 answered normal-clearing"]);
    floor.almon.end();
}

#[test]
fn outside_of_a_call_are_refused() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002"]);
    let script = Script::new("asks", "1001").refers_outside('a', "1002", "<sip:1002@[remote_ip]>");
    let told = floor.play(&[script]);
    let flow = told[0].flow();
    assert!(flow.len() == 2 && flow[1].starts_with("< 4") || flow[1].starts_with("< 5"), "{flow:?}");
    assert_eq!(from(&flow, "< NOTIFY 100").len(), 0);
    assert_eq!(floor.almon.records().len(), 0);
    floor.almon.end();
}

#[test]
fn while_another_is_under_way_are_refused() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002", "1003"]);
    let to = "<sip:1003@[remote_ip]>";
    let script = Script::new("asks", "1001").call('a', "1002").stays(100).refers('a', to, "").told(202);
    let script = script.notified(100).notified(180).refers('a', to, "").told(491).notified(200).hangs_up('a');
    let rings = Script::new("reached", "1003").rings('a').pause(600).answers('a').stays(400).hangs_up_meanwhile('a');
    floor.play(&[Script::new("transferred", "1002").called('a').until_hung_up(1), rings, script]);
    floor.added(0, &["1001>1002 answered transferred", "1002>1003 answered normal-clearing by 1001"]);
    floor.almon.end();
}
