//! A site file against a directory: what it names, what it leaves alone, what it removes, and what it gets wrong.

use directory::change::{NewExtension, Value};
use directory::{Change, ChangeSet, DigestAlgorithm, Directory, PasswordDigest, SiteFile, SiteFileFault, difference};
use ground::{Digits, NetworkId, Secret, Utc};

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn network(name: &str) -> Option<NetworkId> {
    ["inside", "outside"].iter().position(|known| *known == name).map(|index| NetworkId(index as u16))
}

fn file(json: serde_json::Value) -> SiteFile {
    serde_json::from_value(json).unwrap()
}

fn applied(directory: &Directory, changes: Vec<Change>) -> Directory {
    let set = ChangeSet { base: directory.revision, author: "gray".to_owned(), at: Utc::from_seconds(0), changes };
    directory.apply(&set).unwrap()
}

fn small() -> SiteFile {
    file(serde_json::json!({
        "trunk": [{ "name": "carrier", "address": "192.0.2.9:5060", "network": "outside" }],
        "route": [{ "name": "out", "prefix": "0", "via": [{ "trunk": "carrier", "strip": 1 }] }],
        "emergency": [{ "number": "112", "route": "out" }],
        "service": [{ "number": "600", "answers": "echo" }, { "number": "601", "answers": { "announcement": "closed" } }],
        "extension": [{ "number": "1001", "name": "Gray" }, { "number": "1002", "max-calls": 2, "pickup-group": 7 }],
    }))
}

fn site() -> Directory {
    applied(&Directory::default(), small().plan(&Directory::default(), false, &network).unwrap())
}

#[test]
fn a_new_site_gets_the_usual_values() {
    let site = site();
    let extension = &site.extensions[&digits("1001")];
    assert_eq!((extension.max_terminals, extension.external_calls, extension.call_waiting), (1, true, true));
    assert_eq!((extension.max_calls, extension.pickup_group), (None, None));
    let other = &site.extensions[&digits("1002")];
    assert_eq!((other.max_calls, other.pickup_group), (Some(2), Some(7)));
    let trunk = site.trunks.values().next().unwrap();
    assert_eq!((trunk.network, trunk.may_transfer, trunk.max_calls), (NetworkId(1), false, None));
    let route = &site.routes["out"];
    assert_eq!((route.min_digits, route.max_digits, route.hours.len()), (2, 20, 0));
    assert_eq!((site.services.len(), site.emergency.len()), (2, 1));
    assert_eq!(small().plan(&site, true, &network).unwrap(), vec![]);
}

#[test]
fn what_is_not_named_is_left_alone_and_zero_takes_a_limit_away() {
    let site = site();
    let wanted = file(serde_json::json!({
        "settings": { "longest-call-minutes": 90 },
        "route": [{ "name": "out", "hours": ["mon-fri 08:00-18:00"] }],
        "extension": [{ "number": "1002", "max-calls": 0, "call-waiting": false }, { "number": "1003" }],
    }));
    let changes = wanted.plan(&site, false, &network).unwrap();
    let next = applied(&site, changes);
    let told: Vec<_> = difference(&site, &next).iter().map(ToString::to_string).collect();
    let lines = [
        "~ the site's settings: longest_call_minutes 0 -> 90",
        "~ route out: hours always -> [mon-fri 08:00-18:00]",
        "~ extension 1002: call_waiting true -> false, max_calls 2 -> unlimited",
        "+ extension 1003",
    ];
    assert_eq!(told, lines);
    assert_eq!(next.extensions[&digits("1002")].pickup_group, Some(7));
}

#[test]
fn a_complete_file_removes_the_rest() {
    let site = site();
    let wanted = file(serde_json::json!({
        "site": { "complete": true },
        "extension": [{ "number": "1002" }],
        // The number of a service becomes an extension's.
        "service": [],
    }));
    let mut wanted = wanted;
    wanted.extension.push(serde_json::from_value(serde_json::json!({ "number": "600" })).unwrap());
    let changes = wanted.plan(&site, false, &network).unwrap();
    let next = applied(&site, changes);
    assert_eq!(next.extensions.keys().map(Digits::as_str).collect::<Vec<_>>(), ["1002", "600"]);
    assert!(next.trunks.is_empty() && next.routes.is_empty() && next.emergency.is_empty() && next.services.is_empty());
    let told: Vec<_> = difference(&site, &next).iter().map(ToString::to_string).collect();
    assert!(told.contains(&"- emergency number 112".to_owned()), "{told:?}");
}

#[test]
fn passwords_are_digests_in_a_file_and_only_when_asked_for() {
    let password = vec![PasswordDigest { algorithm: DigestAlgorithm::Md5, a1: Secret::new("0a".repeat(16)) }];
    let new = NewExtension {
        number: digits("1009"),
        name: "Tuttle".to_owned(),
        max_terminals: 1,
        external_calls: true,
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
        password: password.clone(),
    };
    let site = applied(&site(), vec![Change::AddExtension(new)]);
    let text = |secrets| serde_json::to_string(&SiteFile::of(&site, &|_| None, secrets)).unwrap();
    assert!(!text(false).contains("0a0a"));
    assert!(text(true).contains("0a0a"));
    // A file without secrets takes no password away; one with secrets gives it to another site.
    let without: SiteFile = serde_json::from_str(&text(false)).unwrap();
    assert_eq!(without.plan(&site, true, &network).unwrap(), vec![]);
    let with: SiteFile = serde_json::from_str(&text(true)).unwrap();
    let copy = applied(&Directory::default(), with.plan(&Directory::default(), false, &network).unwrap());
    assert_eq!(copy.extensions[&digits("1009")].password, password);
}

#[test]
fn every_fault_of_a_file_is_told() {
    let wanted = file(serde_json::json!({
        "trunk": [{ "name": "new" }, { "name": "carrier", "network": "nowhere" }],
        "route": [{ "name": "other" }],
        "extension": [{ "number": "1001" }, { "number": "1001" }, { "number": "1005", "password": "hush-a-phone" }],
    }));
    let faults = wanted.plan(&site(), false, &network).unwrap_err();
    let told: Vec<_> = faults.iter().map(ToString::to_string).collect();
    let lines = [
        "extension 1001: the file names it twice",
        "trunk new: it is new and needs address",
        "trunk carrier: the configuration has no network \"nowhere\"",
        "route other: it is new and needs prefix",
        "route other: it is new and needs via",
        "extension 1005: its password was not replaced by digests",
    ];
    assert_eq!(told, lines);
    assert!(matches!(faults[0], SiteFileFault::Repeated { .. }));
    let misspelt = serde_json::json!({ "extension": [{ "number": "1001", "nmae": "x" }] });
    assert!(serde_json::from_value::<SiteFile>(misspelt).unwrap_err().to_string().contains("nmae"));
    assert_eq!(Value::from(Some(1_u8)).get(), Some(1));
}

#[test]
fn ten_thousand_extensions_are_planned_at_once() {
    let entries: Vec<_> =
        (20_000..30_000).map(|number| serde_json::json!({ "number": number.to_string(), "name": "x" })).collect();
    let wanted = file(serde_json::json!({ "extension": entries }));
    let changes = wanted.plan(&site(), false, &network).unwrap();
    assert_eq!(changes.len(), 10_000);
    let next = applied(&site(), changes);
    assert_eq!(next.extensions.len(), 10_002);
    assert_eq!(wanted.plan(&next, false, &network).unwrap(), vec![]);
}
