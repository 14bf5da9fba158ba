//! The command line against a running server: change sets are applied as a whole or refused with every reason.

mod process;

use process::Place;

#[test]
fn extensions_are_added_changed_listed_and_removed() {
    let place = Place::new();
    let _server = place.start();
    let text = place.says(&["extension", "add", "1001", "--name", "Agner Erlang"]);
    assert!(text.contains("+ extension 1001") && text.contains("password of 1001: "), "{text}");
    let text = place.says(&["extension", "change", "1001", "--name", "A. K. Erlang", "--max-terminals", "3"]);
    assert!(text.contains("~ extension 1001") && text.contains("revision 2 is in force"), "{text}");
    let text = place.says(&["extension", "list"]);
    assert!(text.contains("A. K. Erlang") && text.contains("0 of 3"), "{text}");
    let json = place.says(&["--json", "extension", "list"]);
    assert!(!json.contains("a1\":\""), "no digest is shown: {json}");
    place.says(&["extension", "remove", "1001"]);
    assert!(place.says(&["extension", "list"]).contains("there are no extensions"));
    assert!(place.says(&["history"]).lines().count() == 4);
}

#[test]
fn trunks_routes_services_and_emergency_numbers() {
    let place = Place::new();
    let _server = place.start();
    place.says(&["trunk", "add", "carrier", "--address", "127.0.0.9:5060", "--network", "loop"]);
    place.says(&["route", "add", "outside", "--prefix", "0", "--via", "carrier,strip=1"]);
    place.says(&["emergency", "add", "112", "--route", "outside"]);
    place.says(&["service", "add", "600", "echo"]);
    assert!(place.says(&["route", "list"]).contains("carrier (strip 1)"));
    assert!(place.says(&["service", "list"]).contains("echo"));
    assert!(place.refuses(&["service", "add", "603", "announcement:nonsense"]).contains("number-not-in-use"));
    place.says(&["service", "add", "603", "announcement:number-not-in-use"]);
    // What others still need stays, and nothing may begin with an emergency number.
    assert!(place.refuses(&["trunk", "remove", "carrier"]).contains("outside"));
    assert!(place.refuses(&["extension", "add", "1121"]).contains("112"));
    assert!(place.refuses(&["route", "add", "other", "--prefix", "7", "--via", "nobody"]).contains("nobody"));
    assert!(place.says(&["emergency", "list"]).contains("outside"));
}

#[test]
fn nothing_invalid_is_applied_and_the_reason_is_told() {
    let place = Place::new();
    let _server = place.start();
    assert!(place.refuses(&["extension", "add", "1"]).contains("refused, nothing was changed"));
    assert!(place.refuses(&["extension", "add", "10x1"]).contains("is no number"));
    let short = place.command(&["extension", "add", "1001", "--password-stdin"], "short\n");
    assert!(!short.status.success());
    place.says(&["extension", "add", "1001"]);
    assert!(place.refuses(&["extension", "add", "1001"]).contains("1001"));
    assert!(place.refuses(&["extension", "change", "1002", "--name", "x"]).contains("1002"));
    assert!(place.refuses(&["calls", "clear", "0000000000000001"]).contains("there is no call"));
    assert_eq!(place.says(&["history"]).lines().count(), 2);
}

#[test]
fn what_was_changed_is_there_after_a_restart() {
    let place = Place::new();
    let mut server = place.start();
    place.says(&["extension", "add", "1001", "--name", "Hedy Lamarr"]);
    server.signal("KILL");
    server.wait();
    let _again = place.start();
    assert!(place.says(&["extension", "list"]).contains("Hedy Lamarr"));
}

#[test]
fn a_stopped_server_and_a_bad_configuration_are_told_plainly() {
    let place = Place::new();
    assert!(place.refuses(&["status"]).contains("no server answers"));
    place.configure("[sip]\nrealmm = 'x'\n");
    let text = place.refuses(&["config", "check"]);
    assert!(text.contains("realmm") && text.contains("line"), "{text}");
    place.configure("[media]\ncodecs = ['G729']\n[tls]\ncertificate = 'a.pem'\n");
    let text = place.refuses(&["config", "check"]);
    assert!(text.contains("2 problem(s)") && text.contains("G729") && text.contains("[tls]"), "{text}");
    let mut server = place.spawn(&[]);
    assert!(!server.wait());
    assert!(server.log().contains("G729"), "{}", server.log());
}

#[test]
fn the_doctor_finds_what_is_wrong() {
    let place = Place::new();
    let output = place.command(&["doctor"], "");
    assert!(!output.status.success());
    assert!(String::from_utf8_lossy(&output.stdout).contains("FAULT"));
    let _server = place.start();
    let text = place.says(&["doctor"]);
    assert!(text.contains("the server runs") && text.contains("there are no extensions"), "{text}");
}
