//! `almon explain` against a real server with live telephones and calls, and against a data folder that nobody serves.

mod process;
#[path = "process/plain_telephone.rs"]
mod telephone;

use directory::change::NewExtension;
use directory::{Change, ChangeSet, Directory, ServiceKind, Store};
use ground::{Digits, Utc};
use process::Place;
use serde_json::Value;
use telephone::Telephone;

/// Extensions 1001 and 1002 (who may not call outside), two trunks, a route in office hours and one at any time, 112.
fn site(place: &Place) {
    let words = ["extension", "add", "1001", "--name", "Almon Strowger", "--password-stdin"];
    assert!(place.command(&words, "hush-a-phone\n").status.success());
    place.says(&["extension", "add", "1002", "--external-calls", "no"]);
    place.says(&["service", "add", "600", "echo"]);
    for (name, address, most) in [("carrier", "127.0.0.9:5060", "2"), ("backup", "127.0.0.8:5060", "0")] {
        place.says(&["trunk", "add", name, "--address", address, "--network", "loop", "--max-calls", most]);
    }
    let digits = ["--min-digits", "4", "--max-digits", "15"];
    let add = |words: &[&str]| place.says(&[&["route", "add"], words, &digits].concat());
    add(&["national", "--prefix", "0", "--via", "carrier,strip=1", "--via", "backup"]);
    add(&["abroad", "--prefix", "00", "--via", "backup,strip=2,prepend=99", "--hours", "mon-fri 08:00-18:00"]);
    place.says(&["emergency", "add", "112", "--route", "national"]);
}

fn line<'a>(text: &'a str, what: &str) -> &'a str {
    text.lines().find(|line| line.contains(what)).unwrap_or_else(|| panic!("{what:?} is not in:\n{text}"))
}

#[test]
fn the_tree_shows_what_won_what_lost_and_why() {
    let place = Place::new();
    let _server = place.start();
    site(&place);
    let text = place.says(&["explain", "1001", "004930123456", "--at", "wed 12:00"]);
    assert!(text.starts_with("1001 (Almon Strowger) dials 004930123456, wed 12:00, revision "), "{text}");
    assert!(line(&text, "route abroad for 00…").contains("✔"), "{text}");
    assert!(line(&text, "route national for 0…").contains("a longer prefix fits"), "{text}");
    assert!(line(&text, "trunk backup").contains("is sent 994930123456; 0 lines taken, no limit"), "{text}");
    assert!(text.trim_end().ends_with("=> leaves over trunk backup as 994930123456 (route abroad)"), "{text}");
    // The same digits at another time, on the site's clocks and as an instant.
    for time in ["sun 03:00", "2026-12-26 12:00", "2026-12-26T12:00:00+01:00"] {
        let text = place.says(&["explain", "1001", "004930123456", "--at", time]);
        assert!(line(&text, "route abroad").contains("outside its hours (mon-fri 08:00-18:00): it is s"), "{text}");
        assert!(text.contains("=> leaves over trunk carrier as 04930123456 (route national)"), "{text}");
        assert!(line(&text, "trunk backup").contains("+"), "{text}");
    }
    // Reasons stand in one column, and nothing is coloured where nobody looks on.
    let column = |reason: &str| {
        let line = line(&text, reason);
        line[..line.find(reason).unwrap()].chars().count()
    };
    assert_eq!(column("it would be call 1"), column("the number does not begin with 112"));
    assert_eq!(column("it would be call 1"), column("is sent 994930123456"));
    assert!(!text.contains('\u{1b}'));
}

#[test]
fn refusals_and_emergencies_are_told_with_their_reason() {
    let place = Place::new();
    let _server = place.start();
    site(&place);
    for (words, wanted) in [
        (vec!["1002", "030123"], "=> refused: not permitted (not-authorized, Q.850 57)"),
        (vec!["1001", "1002"], "=> refused: no telephone registered (subscriber-absent, Q.850 20)"),
        (vec!["1001", "1999"], "=> refused: number not in use (vacant-number, Q.850 1)"),
        (vec!["1001", "030"], "=> refused: number incomplete (incomplete-number, Q.850 28)"),
        (vec!["1001", "600"], "=> service 600 answers: echo"),
        (vec!["1002", "112"], "=> EMERGENCY CALL, leaves over trunk carrier as 112 (route national)"),
        (vec!["1002", "1125"], "=> EMERGENCY CALL, leaves over trunk carrier as 112 (route national)"),
        (vec!["+4930111", "030123", "--via", "carrier"], "=> refused: not permitted (not-authorized, Q.850 57)"),
        (vec!["+4930111", "600", "--via", "carrier"], "=> service 600 answers: echo"),
    ] {
        let text = place.says(&[vec!["explain"], words].concat());
        assert!(text.trim_end().ends_with(wanted), "{wanted}:\n{text}");
    }
}

#[test]
fn registered_telephones_are_seen() {
    let place = Place::new();
    let _server = place.start();
    site(&place);
    let mut telephone = Telephone::new(place.port);
    telephone.register("1001", "almon", "hush-a-phone");
    let text = place.says(&["explain", "1002", "1001"]);
    assert!(line(&text, "telephone 1 ").contains("registered at 127.0.0.1"), "{text}");
    assert!(text.contains("=> extension 1001 (Almon Strowger) rings at 1 telephone"), "{text}");
    let json: Value = serde_json::from_str(&place.says(&["--json", "explain", "1002", "1001"])).unwrap();
    assert_eq!(json["live"], true);
    let outcome = &json["explanation"]["outcome"]["extension"];
    assert_eq!((outcome["number"].as_str(), outcome["telephones"].as_u64()), (Some("1001"), Some(1)));
    let nodes = json["explanation"]["nodes"].as_array().unwrap();
    assert!(nodes.iter().all(|node| ["what", "verdict", "why", "children"].iter().all(|key| node.get(key).is_some())));
    let json: Value = serde_json::from_str(&place.says(&["--json", "explain", "1002", "030123"])).unwrap();
    assert_eq!(json["explanation"]["outcome"]["refused"]["reason"], "not-authorized");
}

#[test]
fn without_a_server_the_data_folder_answers_and_that_is_said() {
    let place = Place::new();
    assert!(place.refuses(&["explain", "1001", "1002"]).contains("no server answers"));
    let mut server = place.start();
    site(&place);
    Telephone::new(place.port).register("1001", "almon", "hush-a-phone");
    let live = place.says(&["explain", "1001", "030123", "--at", "fri 18:00"]);
    server.signal("TERM");
    server.wait();
    let text = place.says(&["explain", "1001", "030123", "--at", "fri 18:00"]);
    assert!(text.contains("No server runs here"), "{text}");
    let without_note: Vec<&str> = text.lines().filter(|line| !line.starts_with("No server")).collect();
    assert_eq!(without_note, live.lines().collect::<Vec<_>>(), "the same decision");
    let text = place.says(&["explain", "1002", "1001"]);
    assert!(text.contains("subscriber-absent"), "no telephone is known: {text}");
    let json: Value = serde_json::from_str(&place.says(&["--json", "explain", "1002", "112"])).unwrap();
    assert_eq!(json["live"], false);
    // Looking changes nothing: the server starts and has what it had.
    let _again = place.start();
    assert!(place.says(&["explain", "1002", "1001"]).contains("rings at 1 telephone"));
}

#[test]
fn what_cannot_be_explained_is_told_plainly() {
    let place = Place::new();
    let _server = place.start();
    site(&place);
    for (words, wanted) in [
        (vec!["1999", "1001"], "there is no extension 1999 to call from"),
        (vec!["1001", "1002", "--via", "nobody"], "there is no trunk \"nobody\""),
        (vec!["1001", "1002", "--at", "noon"], "\"noon\" is no time: write fri 18:00"),
        (vec!["1001", "1002", "--at", "2026-02-30 10:00"], "is no time"),
        (vec!["1001", "hello"], "\"hello\" is no number"),
        (vec!["", "1001"], "\"\" is no number"),
    ] {
        let output = place.command(&[vec!["explain"], words.clone()].concat(), "");
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(output.stdout.is_empty());
        let told = String::from_utf8(output.stderr).unwrap();
        assert!(told.starts_with("almon: ") && told.contains(wanted), "{words:?}: {told}");
    }
}

#[test]
fn a_data_folder_in_which_an_emergency_number_shadows_something_is_refused() {
    let place = Place::new();
    let digits = |text: &str| -> Digits { text.parse().unwrap() };
    let extension = NewExtension {
        number: digits("1125"),
        name: String::new(),
        max_terminals: 1,
        external_calls: false,
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
        password: Vec::new(),
    };
    let changes = vec![
        Change::AddExtension(extension),
        Change::AddService { number: digits("600"), kind: ServiceKind::Echo },
        Change::AddEmergency { number: digits("112"), route: "nowhere".to_owned() },
    ];
    let empty = Directory::default();
    let at = Utc::from_seconds(1_700_000_000);
    let set = ChangeSet { base: empty.revision, author: "by hand".to_owned(), at, changes };
    assert!(empty.apply(&set).is_err(), "no server would take it");
    let written = empty.replay(&set).unwrap();
    let mut store = store::SqliteStore::open(&place.folder.path().join("data"), &store::Options::default()).unwrap();
    store.append(&set, &written).unwrap();
    drop(store);
    let mut server = place.spawn(&[]);
    assert!(!server.wait(), "it does not start");
    for wanted in ["emergency number 112: extension 1125 begins with this number", "there is no route \"nowhere\""] {
        assert!(server.log().contains(wanted), "{}", server.log());
        assert!(place.refuses(&["explain", "1125", "112"]).contains(wanted));
    }
}
