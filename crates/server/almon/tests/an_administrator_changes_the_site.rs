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
fn limits_hours_redirections_and_transfers() {
    let place = Place::new();
    let _server = place.start();
    place.says(&["extension", "add", "1001", "--call-waiting", "no", "--max-calls", "2", "--pickup-group", "7"]);
    let list = place.says(&["--json", "extension", "list"]);
    for field in ["\"call_waiting\": false", "\"max_calls\": 2", "\"pickup_group\": 7"] {
        assert!(list.contains(field), "{field}: {list}");
    }
    let text = place.says(&["extension", "change", "1001", "--max-calls", "0", "--pickup-group", "0"]);
    assert!(text.contains("max_calls 2 -> unlimited, pickup_group 7 -> none"), "{text}");
    assert!(place.refuses(&["extension", "change", "1001", "--max-calls", "101"]).contains("1 to 100"));
    place.says(&["trunk", "add", "carrier", "--address", "127.0.0.9:5060"]);
    assert!(place.says(&["trunk", "list"]).contains("refused"), "a trunk may neither redirect nor transfer");
    let words = [
        "trunk",
        "change",
        "carrier",
        "--follow-redirects",
        "yes",
        "--may-transfer",
        "yes",
        "--transfers-itself",
        "yes",
    ];
    let text = place.says(&words);
    assert!(text.contains("follow_redirects false -> true, may_transfer false -> true"), "{text}");
    let hours = "fri-mon 22:00-06:00";
    place.says(&[
        "route",
        "add",
        "out",
        "--prefix",
        "0",
        "--via",
        "carrier",
        "--hours",
        hours,
        "--hours",
        "wed 08:00-12:00",
    ]);
    assert!(place.says(&["route", "list"]).contains("mon,fri-sun 22:00-06:00; wed 08:00-12:00"));
    assert!(place.refuses(&["route", "change", "out", "--hours", "mon 8-9"]).contains("00:00 to 23:59"));
    let text = place.says(&["route", "change", "out", "--hours", "always"]);
    assert!(text.contains("-> always"), "{text}");
    assert!(place.says(&["settings", "--longest-call", "90"]).contains("longest_call_minutes 0 -> 90"));
    assert!(place.says(&["settings"]).contains("90 min"));
    assert!(place.refuses(&["settings", "--longest-call", "20000"]).contains("0 to 10080"));
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
