//! Calls over a trunk that are transferred: within the exchange, out over the trunk again, and by the trunk itself.

mod floor;

use floor::{Floor, assert_shown, from};
use peers::{Host, Outcome, Script, Setup, Sipp, SippRun, Site};
use std::time::Duration;

const TALK: u32 = 700;

/// Extensions 1001 to 1003, and a carrier behind the numbers that begin with 2.
struct Scene<'a> {
    floor: Floor<'a>,
    carrier: Host,
}

impl<'a> Scene<'a> {
    fn new(site: &'a Site) -> Scene<'a> {
        let floor = Floor::new(site, Setup::default(), &["1001", "1002"]);
        let carrier = site.host();
        floor.almon.tell(&["trunk", "add", "carrier", "--address", &carrier.sip(5060).to_string()]);
        let route =
            ["route", "add", "out", "--prefix", "2", "--min-digits", "5", "--max-digits", "5", "--via", "carrier"];
        floor.almon.tell(&route);
        Scene { floor, carrier }
    }

    /// What the carrier does.
    fn carrier(&self, script: &Script, calls: u32) -> SippRun {
        Sipp::script(&self.carrier, self.floor.server, script).calls(calls, 1).start()
    }

    fn start(&self, script: &Script) -> SippRun {
        self.floor.sipp(script).start()
    }
}

fn carrier() -> Script {
    Script::new("carrier", "carrier")
}

fn asks(first: &str, to: &str) -> Script {
    let to = format!("<sip:{to}@[remote_ip]>");
    Script::new("asks", "1001").call('a', first).stays(200).refers('a', &to, "").told(202)
}

#[test]
fn a_call_to_the_trunk_goes_to_another_extension() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    // Without asking.
    let outside = scene.carrier(&carrier().called('a').until_hung_up(1), 1);
    let reached = scene.start(&Script::new("reached", "1002").called('a').stays(TALK).hangs_up_meanwhile('a'));
    scene.floor.sipp(&asks("21234", "1002").until_hung_up(1)).run();
    let reached = reached.finish();
    assert_shown(&outside.finish(), "UPDATE", "1002");
    assert!(reached.received(&["INVITE sip:", "<sip:21234@"]).len() == 1, "{}", reached.messages);
    scene.floor.added(0, &["1001>21234 answered transferred", "21234>1002 answered normal-clearing by 1001"]);
    // A call from the trunk, after a consultation.
    let asked = Script::new("asked", "1001").called('a').changes('a', "sendonly").call('b', "1002").stays(200);
    let far_end = asked.far_end('b');
    let asked = asked.refers('a', &far_end, "").told(202).notified(100).notified(200).hangs_up('a').hangs_up('b');
    let asked = scene.start(&asked);
    let reached = scene.start(&Script::new("reached", "1002").called('a').stays(TALK).hangs_up_meanwhile('a'));
    let outside = scene.carrier(&carrier().call('a', "1001").until_hung_up(1), 1);
    asked.finish();
    reached.finish();
    assert_shown(&outside.finish(), "UPDATE", "1002");
    let lines = scene.floor.segments(5).split_off(2);
    assert!(lines.iter().any(|line| line.ends_with(">1002 answered normal-clearing by 1001")), "{lines:#?}");
    scene.floor.almon.end();
}

/// Ends the one call that is left by hand, after it has lasted a little.
fn clear_the_call(scene: &Scene<'_>) {
    scene.floor.almon.wait_for_calls(1);
    std::thread::sleep(Duration::from_millis(400));
    let table = scene.floor.almon.tell(&["calls"]);
    let call = table.lines().nth(1).and_then(|line| line.split_whitespace().next()).unwrap_or_default().to_owned();
    scene.floor.almon.tell(&["calls", "clear", &call]);
}

#[test]
fn a_call_goes_from_the_trunk_to_the_trunk() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    // Both ends are on the carrier: the exchange stays between them.
    let script = carrier().called('a').until_hung_up(1);
    let first = scene.carrier(&script, 2);
    let asks = asks("21234", "25678").notified(100).notified(180).notified(200).hangs_up('a');
    scene.floor.sipp(&asks).run();
    clear_the_call(&scene);
    let told = first.finish();
    assert!(told.received(&["REFER sip:"]).is_empty(), "nobody asked the carrier to do it: {:?}", told.flow());
    assert_eq!(told.received(&["BYE sip:"]).len(), 2);
    let lines = scene.floor.segments(2);
    assert_eq!(lines[0], "1001>21234 answered transferred");
    assert!(lines[1].starts_with("21234>25678 answered") && lines[1].ends_with(" by 1001"), "{lines:#?}");
    scene.floor.almon.end();
}

const JOINED: [&str; 3] = [
    "1001>21234 answered transferred",
    "1001>25678 answered transferred",
    "21234>25678 answered normal-clearing by 1001",
];

/// Two calls to the carrier, joined by the telephone that made them.
fn joins(scene: &Scene<'_>, carrier: &Script) -> (Outcome, SippRun) {
    let outside = scene.carrier(carrier, 2);
    let asks = Script::new("asks", "1001").call('a', "21234").changes('a', "sendonly").call('b', "25678").stays(200);
    let far_end = asks.far_end('b');
    let asks = scene.start(&asks.refers('a', &far_end, "").told(202).until_hung_up(2));
    (asks.finish(), outside)
}

#[test]
fn the_trunk_joins_its_two_ends_itself_when_its_profile_says_so() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.floor.almon.tell(&["trunk", "change", "carrier", "--transfers-itself", "yes"]);
    // Asked or not, it ends both calls soon: as a carrier does that joins them.
    let script = carrier().called('a').joins_when_asked('a');
    let (asks, outside) = joins(&scene, &script);
    let outside = outside.finish();
    let refer = outside.received(&["REFER sip:"]);
    assert_eq!(refer.len(), 1, "{:?}", outside.flow());
    assert!(refer[0].contains("Replaces="), "it names the other call: {}", refer[0]);
    assert!(from(&asks.flow(), "< 202").contains(&"< NOTIFY 200"), "{:?}", asks.flow());
    scene.floor.added(0, &JOINED);
    scene.floor.almon.end();
}

#[test]
fn a_trunk_that_does_not_join_them_leaves_them_joined_here() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.floor.almon.tell(&["trunk", "change", "carrier", "--transfers-itself", "yes"]);
    let script = carrier().called('a').declines_to_join();
    let (asks, outside) = joins(&scene, &script);
    clear_the_call(&scene);
    let outside = outside.finish();
    assert_eq!(outside.received(&["REFER sip:"]).len(), 1, "{:?}", outside.flow());
    assert!(from(&asks.flow(), "< 202").contains(&"< NOTIFY 200"), "the transfer works either way: {:?}", asks.flow());
    let mut records = JOINED;
    records[2] = "21234>25678 answered cleared-by-administrator by 1001";
    scene.floor.added(0, &records);
    scene.floor.almon.end();
}

#[test]
fn a_trunk_may_transfer_when_its_profile_says_so() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    let to = "<sip:1002@[remote_ip]>";
    let called = || Script::new("called", "1001").called('a').until_hung_up(1);
    let inside = scene.start(&called());
    let outside = carrier().call('a', "1001").stays(100).refers('a', to, "").told(403).stays(300).hangs_up('a');
    scene.carrier(&outside, 1).finish();
    inside.finish();
    assert_eq!(scene.floor.segments(1).len(), 1);
    scene.floor.almon.tell(&["trunk", "change", "carrier", "--may-transfer", "yes"]);
    let inside = scene.start(&called());
    let reached = scene.start(&Script::new("reached", "1002").called('a').stays(TALK).hangs_up_meanwhile('a'));
    let outside = carrier().call('a', "1001").stays(100).refers('a', to, "").told(202).until_hung_up(1);
    scene.carrier(&outside, 1).finish();
    inside.finish();
    reached.finish();
    let lines = scene.floor.segments(3).split_off(1);
    assert!(lines.iter().any(|line| line.starts_with("1001>1002 answered normal-clearing")), "{lines:#?}");
    scene.floor.almon.end();
}

/// A trunk that leads back to the exchange itself.
#[test]
fn a_loop_through_a_trunk_ends() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let floor = Floor::new(&site, Setup::default(), &["1001", "1002"]);
    let own = floor.server.to_string();
    floor.almon.tell(&["trunk", "add", "loop", "--address", &own, "--transit", "yes"]);
    let route = ["route", "add", "round", "--prefix", "2", "--min-digits", "5", "--max-digits", "5", "--via", "loop"];
    floor.almon.tell(&route);
    let call = Script::new("calls", "1001").invite('a', "21234", "").refused_somehow('a');
    let told = floor.sipp(&call).option("-recv_timeout", "20000").run();
    let refusal = told.flow().into_iter().rfind(|line| line.starts_with("< ")).unwrap_or_default();
    assert!(["< 482", "< 483"].contains(&refusal.as_str()), "{:?}", told.flow());
    // Each pass is a call of its own, refused; and other calls go on.
    let records = floor.almon.records();
    assert!(!records.is_empty() && records.len() < 100, "{} records", records.len());
    assert!(records.iter().all(|record| record["outcome"] == "refused"), "{records:#?}");
    floor.play(&[
        Script::new("a", "1002").called('a').until_hung_up(1),
        Script::new("b", "1001").call('a', "1002").hangs_up('a'),
    ]);
    floor.almon.end();
}

#[test]
fn one_call_too_many_for_the_trunk_is_refused() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.floor.almon.tell(&["trunk", "change", "carrier", "--max-calls", "1"]);
    let outside = scene.carrier(&carrier().called('a').until_hung_up(1), 1);
    let first = scene.start(&Script::new("talks", "1001").call('a', "21234").stays(1200).hangs_up('a'));
    scene.floor.almon.wait_for_calls(1);
    let refused = Script::new("refused", "1002").invite('a', "25678", "").refused('a', 503);
    scene.floor.sipp(&refused).run();
    first.finish();
    outside.finish();
    let lines = scene.floor.segments(2);
    assert!(lines.iter().any(|line| line.contains(" refused ")), "{lines:#?}");
    scene.floor.almon.end();
}
