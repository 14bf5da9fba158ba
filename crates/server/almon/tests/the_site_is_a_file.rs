//! `almon apply` and `almon export`: a file says what the site shall be; the plan is shown, applied as a whole, or refused.

mod process;

use process::Place;
use std::fmt::Write;
use std::time::{Duration, Instant};

const SITE: &str = r#"
[settings]
longest-call-minutes = 90

[[trunk]]
name = "carrier"
address = "127.0.0.9:5060"
network = "loop"
may-transfer = true

[[route]]
name = "outside"
prefix = "0"
hours = ["mon-fri 08:00-18:00", "sat 22:00-02:00"]
via = [{ trunk = "carrier", strip = 1 }]

[[emergency]]
number = "112"
route = "outside"

[[service]]
number = "600"
answers = "echo"

[[extension]]
number = "1001"
name = "Ágnes Puskás"
password = "telephone herald"

[[extension]]
number = "1002"
max-calls = 2
pickup-group = 7
"#;

fn write(place: &Place, text: &str) -> String {
    let path = place.folder.path().join("site.toml");
    std::fs::write(&path, text).unwrap();
    path.display().to_string()
}

#[test]
fn a_plan_is_shown_and_then_applied_as_it_was_shown() {
    let place = Place::new();
    let _server = place.start();
    let file = write(&place, SITE);
    let plan = place.says(&["apply", &file, "--plan"]);
    for line in ["+ trunk carrier", "+ route outside", "+ extension 1001", "longest_call_minutes 0 -> 90"] {
        assert!(plan.contains(line), "{line}: {plan}");
    }
    assert!(plan.contains("6 added, 1 changed, 0 removed") && plan.contains("--base 0"), "{plan}");
    assert!(place.says(&["extension", "list"]).contains("there are no extensions"), "a plan changes nothing");
    // Somebody else is faster: what was shown is not what would happen.
    place.says(&["extension", "add", "1009"]);
    let refused = place.refuses(&["apply", &file, "--base", "0"]);
    assert!(refused.contains("revision 1") && refused.contains("nothing was changed"), "{refused}");
    let applied = place.says(&["apply", &file, "--base", "1"]);
    assert!(applied.contains("revision 2 is in force"), "{applied}");
    assert!(place.says(&["extension", "list"]).contains("1009"), "what is not named is left alone");
    assert!(place.says(&["route", "list"]).contains("mon-fri 08:00-18:00; sat 22:00-02:00"));
    // The same file once more, its password in clear included, changes nothing and makes no revision.
    assert!(place.says(&["apply", &file]).contains("nothing to change; revision 2"));
    let changed = SITE.replace("max-calls = 2", "max-calls = 0").replace("\"echo\"", "\"music\"");
    let plan = place.says(&["apply", &write(&place, &changed), "--plan"]);
    assert!(plan.contains("~ extension 1002: max_calls 2 -> unlimited"), "{plan}");
    assert!(plan.contains("kind echo -> music") && plan.contains("0 added, 2 changed, 0 removed"), "{plan}");
}

#[test]
fn what_was_exported_changes_nothing_and_makes_another_site_the_same() {
    let place = Place::new();
    let _server = place.start();
    place.says(&["apply", &write(&place, SITE)]);
    let export = place.says(&["export"]);
    assert!(!export.contains("a1") && !export.contains("herald"), "no secret is printed: {export}");
    assert!(place.says(&["apply", &write(&place, &export), "--remove"]).contains("nothing to change"));
    let secrets = place.says(&["export", "--with-secrets"]);
    assert!(secrets.contains("a1 = ") && !secrets.contains("herald"), "{secrets}");
    let other = Place::new();
    let _other = other.start();
    other.says(&["apply", &write(&other, &secrets)]);
    assert_eq!(other.says(&["export", "--with-secrets"]), secrets);
    let piped = place.command(&["apply", "-", "--plan"], &export);
    assert!(piped.status.success(), "{}", String::from_utf8_lossy(&piped.stderr));
}

#[test]
fn a_complete_file_removes_and_a_wrong_one_does_nothing() {
    let place = Place::new();
    let _server = place.start();
    place.says(&["apply", &write(&place, SITE)]);
    let smaller = "[site]\ncomplete = true\n[[extension]]\nnumber = '1002'\n";
    let plan = place.says(&["apply", &write(&place, smaller), "--plan"]);
    for line in ["- trunk carrier", "- route outside", "- emergency number 112", "- extension 1001"] {
        assert!(plan.contains(line), "{line}: {plan}");
    }
    assert!(plan.contains("0 added, 0 changed, 5 removed"), "{plan}");
    // Every fault is told, and nothing of the file happens.
    let wrong = format!("{SITE}\n[[extension]]\nnumber = '1125'\n[[extension]]\nnumber = '0'\n");
    let refused = place.refuses(&["apply", &write(&place, &wrong)]);
    assert!(refused.contains("1125") && refused.contains("112") && refused.contains("extension 0"), "{refused}");
    let refused = place.refuses(&["apply", &write(&place, "[[trunk]]\nname = 'a'\nnetwork = 'nowhere'\n")]);
    assert!(refused.contains("needs address") && refused.contains("nowhere"), "{refused}");
    let refused = place.refuses(&["apply", &write(&place, "[[extension]]\nnumber = '1001'\nnmae = 'x'\n")]);
    assert!(refused.contains("nmae") && refused.contains("line 3"), "{refused}");
    let refused = place.refuses(&["apply", &write(&place, "[[extension]]\nnumber = '1001'\npassword = 'short'\n")]);
    assert!(refused.contains("8 to 128"), "{refused}");
    assert!(place.refuses(&["apply", "/nowhere/site.toml"]).contains("/nowhere/site.toml"));
    assert_eq!(place.says(&["history"]).lines().count(), 2, "one change set was applied");
    place.says(&["apply", &write(&place, smaller)]);
    assert!(place.says(&["emergency", "list"]).contains("there are no emergency numbers"));
}

#[test]
fn ten_thousand_extensions_in_one_go() {
    let place = Place::new();
    let mut server = place.start();
    let mut text = String::new();
    for number in 20_000..30_000 {
        write!(text, "[[extension]]\nnumber = '{number}'\nname = 'Subscriber {number}'\n").unwrap();
    }
    let start = Instant::now();
    let applied = place.says(&["apply", &write(&place, &text)]);
    let took = start.elapsed();
    assert!(applied.contains("10000 added, 0 changed, 0 removed"), "{}", &applied[..200]);
    assert!(took < Duration::from_secs(20), "{took:?}");
    assert!(
        place.says(&["apply", &write(&place, &text.replace("Subscriber", "User")), "--plan"]).contains("10000 changed")
    );
    server.signal("KILL");
    server.wait();
    let _again = place.start();
    let json = place.says(&["--json", "status"]);
    assert!(json.contains("\"extensions\": 10000"), "{json}");
}
