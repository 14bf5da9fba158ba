//! `almon history`: what was changed is shown, and an earlier revision comes back; what telephones did meanwhile stays.

mod process;
#[path = "process/plain_telephone.rs"]
mod telephone;

use process::Place;
use telephone::Telephone;

#[test]
fn a_revision_is_shown_and_comes_back() {
    let place = Place::new();
    let _server = place.start();
    place.says(&["extension", "add", "1001", "--name", "Emile Berliner"]);
    place.says(&["service", "add", "600", "echo"]);
    place.says(&["extension", "change", "1001", "--name", "E. Berliner", "--call-waiting", "no", "--max-calls", "3"]);
    place.says(&["extension", "remove", "1001"]);
    let shown = place.says(&["history", "show", "3"]);
    assert!(shown.contains("revision 3 by ") && shown.contains("call_waiting true -> false"), "{shown}");
    assert!(shown.contains("max_calls unlimited -> 3") && shown.contains("0 added, 1 changed, 0 removed"), "{shown}");
    assert!(place.refuses(&["history", "show", "9"]).contains("there is no revision 9"));
    assert!(place.refuses(&["history", "show", "0"]).contains("empty site"));
    let plan = place.says(&["history", "rollback", "2", "--plan"]);
    assert!(plan.contains("+ extension 1001") && plan.contains("nothing was changed"), "{plan}");
    assert!(place.refuses(&["history", "rollback", "2", "--base", "3"]).contains("at revision 4, not at 3"));
    assert!(place.refuses(&["history", "rollback", "9"]).contains("there is no revision 9"));
    let done = place.says(&["history", "rollback", "2", "--base", "4"]);
    assert!(done.contains("revision 5 is in force"), "{done}");
    let list = place.says(&["extension", "list"]);
    assert!(list.contains("Emile Berliner"), "{list}");
    assert!(place.says(&["history", "rollback", "2"]).contains("nothing to change; revision 5"));
    // Back to the empty site, and forth again: the way back is a revision like any other.
    place.says(&["history", "rollback", "0"]);
    assert!(place.says(&["service", "list"]).contains("there are no service numbers"));
    place.says(&["history", "rollback", "5"]);
    assert!(place.says(&["service", "list"]).contains("600"));
    let history = place.says(&["--json", "history"]);
    assert!(history.contains("add-extension") && !history.contains("\"a1\""), "no digest is shown: {history}");
}

#[test]
fn a_password_comes_back_and_a_registration_stays() {
    let place = Place::new();
    let mut server = place.start();
    let add = |number: &str, password: &str| {
        let output = place.command(&["extension", "add", number, "--password-stdin"], password);
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    add("1001", "hush-a-phone\n");
    add("1002", "carterfone 1968\n");
    let mut first = Telephone::new(place.port);
    first.register("1001", "almon", "hush-a-phone");
    place.says(&["extension", "change", "1001", "--name", "Tuttle"]);
    let output = place.command(&["extension", "change", "1001", "--password-stdin"], "another secret\n");
    assert!(output.status.success());
    // This telephone comes after every revision to which the site goes back.
    let mut second = Telephone::new(place.port);
    second.register("1002", "almon", "carterfone 1968");
    let done = place.says(&["history", "rollback", "2"]);
    assert!(done.contains("password set -> set anew") && done.contains("name \"Tuttle\" -> \"\""), "{done}");
    let addresses = [first.address(), second.address()];
    let registered = |place: &Place| {
        let list = place.says(&["registrations"]);
        addresses.map(|address| list.contains(&address.to_string()))
    };
    assert_eq!(registered(&place), [true, true], "registrations are not the configuration's");
    // The password of revision 2 is the one that counts.
    first.register("1001", "almon", "hush-a-phone");
    server.signal("KILL");
    server.wait();
    let _again = place.start();
    assert_eq!(registered(&place), [true, true]);
}
