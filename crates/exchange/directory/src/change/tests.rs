use super::*;
use crate::{DigestAlgorithm, Directory, EmergencyNumber};
use ground::Secret;

fn digits(text: &str) -> Digits {
    text.parse().unwrap()
}

fn extension(number: &str) -> NewExtension {
    let password = vec![PasswordDigest { algorithm: DigestAlgorithm::Md5, a1: Secret::new("0".repeat(32)) }];
    NewExtension {
        number: digits(number),
        name: "Gray".to_owned(),
        max_terminals: 1,
        external_calls: true,
        password,
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
    }
}

fn add(number: &str) -> Change {
    Change::AddExtension(extension(number))
}

fn trunk(name: &str, address: &str) -> NewTrunk {
    NewTrunk {
        name: name.to_owned(),
        address: address.parse().unwrap(),
        transport: TrunkTransport::Udp,
        network: NetworkId(1),
        sources: Vec::new(),
        transit: false,
        max_calls: CallLimit::Unlimited,
        follow_redirects: false,
        may_transfer: false,
        transfers_itself: false,
    }
}

fn route(name: &str, prefix: &str, trunk: &str) -> NewRoute {
    let choices = vec![NewChoice { trunk: trunk.to_owned(), strip: 1, prepend: Digits::EMPTY }];
    NewRoute {
        name: name.to_owned(),
        prefix: digits(prefix),
        min_digits: prefix.len().max(4) as u8,
        max_digits: 20,
        choices,
        hours: Vec::new(),
    }
}

fn set(directory: &Directory, changes: Vec<Change>) -> ChangeSet {
    ChangeSet { base: directory.revision, author: "strowger".to_owned(), at: Utc::from_seconds(0), changes }
}

fn applied(directory: &Directory, changes: Vec<Change>) -> Directory {
    directory.apply(&set(directory, changes)).unwrap()
}

/// The faults with the positions of their changes.
fn refused(directory: &Directory, changes: Vec<Change>) -> Vec<(Option<usize>, Fault)> {
    let refusals = directory.apply(&set(directory, changes)).unwrap_err();
    for refusal in &refusals {
        let text = refusal.to_string();
        assert!(!text.is_empty() && !text.ends_with(": ") && !text.contains('\n'), "{text:?}");
    }
    refusals.into_iter().map(|refusal| (refusal.change, refusal.fault)).collect()
}

/// A site with two extensions, a trunk, a route 0 over it and the emergency number 112.
fn site() -> Directory {
    applied(
        &Directory::default(),
        vec![
            add("1001"),
            add("1002"),
            Change::AddTrunk(trunk("carrier", "192.0.2.1:5060")),
            Change::AddRoute(route("out", "0", "carrier")),
            Change::AddEmergency { number: digits("112"), route: "out".to_owned() },
            Change::AddService { number: digits("1900"), kind: ServiceKind::Echo },
        ],
    )
}

#[test]
fn identifiers_are_given_once_and_never_again() {
    let first = site();
    assert_eq!(first.revision, Revision(1));
    let device = first.extensions[&digits("1002")].device;
    let gone = applied(&first, vec![Change::RemoveExtension { number: digits("1002") }]);
    let back = applied(&gone, vec![add("1002")]);
    assert_ne!(back.extensions[&digits("1002")].device, device);
    let mut devices: Vec<_> = back.extensions.values().map(|e| e.device).collect();
    devices.extend(back.services.values().map(|s| s.device));
    devices.extend(back.trunks.values().map(|t| t.device));
    devices.sort();
    devices.dedup();
    assert_eq!(devices.len(), 4);
    assert!(devices.iter().all(|device| device.0 != 0 && device.0 < back.next_device));
}

#[test]
fn a_set_is_applied_as_a_whole_or_not_at_all() {
    let site = site();
    let faults = refused(&site, vec![add("1003"), add("1001"), Change::RemoveExtension { number: digits("7777") }]);
    assert_eq!(faults, vec![(Some(1), Fault::Exists), (Some(2), Fault::Unknown)]);
    let moved = ChangeSet { base: Revision(9), ..set(&site, vec![add("1003")]) };
    let faults: Vec<_> = site.apply(&moved).unwrap_err().into_iter().map(|refusal| refusal.fault).collect();
    assert_eq!(faults, vec![Fault::BaseMoved { base: Revision(9), head: Revision(1) }]);
    assert_eq!(refused(&site, vec![]), vec![(None, Fault::NoChanges)]);
    let nameless = ChangeSet { author: "a\nb".to_owned(), ..set(&site, vec![add("1003")]) };
    let fault = Fault::Author(TextFault::Character { character: '\n' });
    assert_eq!(site.apply(&nameless).unwrap_err().first().map(|refusal| refusal.fault.clone()), Some(fault));
}

#[test]
fn numbers_have_the_form_that_telephones_dial() {
    let one = |number: &str| refused(&site(), vec![add(number)]);
    let length = |length| Fault::NumberLength { length, least: 2, most: 20 };
    assert_eq!(one("1"), vec![(Some(0), length(1))]);
    assert_eq!(one(&"2".repeat(21)), vec![(Some(0), length(21))]);
    assert_eq!(one(""), vec![(Some(0), length(0))]);
    assert_eq!(one("*21"), vec![(Some(0), Fault::NumberCharacter { character: '*' })]);
    assert_eq!(one("10A"), vec![(Some(0), Fault::NumberCharacter { character: 'A' })]);
    applied(&site(), vec![add(&"2".repeat(20)), add("22")]);
}

#[test]
fn an_extension_is_refused_for_everything_that_is_wrong_with_it() {
    let mut wrong = extension("2001");
    wrong.max_terminals = 9;
    wrong.name = "a\"b".to_owned();
    let a1 = |text: &str| PasswordDigest { algorithm: DigestAlgorithm::Sha256, a1: Secret::new(text) };
    wrong.password = vec![a1(&"A".repeat(64)), a1(&"a".repeat(64))];
    let faults: Vec<_> = refused(&site(), vec![Change::AddExtension(wrong)]).into_iter().map(|fault| fault.1).collect();
    let algorithm = DigestAlgorithm::Sha256;
    let wanted = vec![
        Fault::Name(TextFault::Character { character: '"' }),
        Fault::Terminals { count: 9 },
        Fault::DigestMalformed { algorithm, digits: 64 },
        Fault::DigestRepeated { algorithm },
    ];
    assert_eq!(faults, wanted);
    let short = ExtensionPatch { password: Some(vec![a1("00")]), ..ExtensionPatch::default() };
    let change = Change::ChangeExtension { number: digits("1001"), patch: short };
    assert_eq!(refused(&site(), vec![change]), vec![(Some(0), Fault::DigestMalformed { algorithm, digits: 64 })]);
}

#[test]
fn nothing_may_begin_with_an_emergency_number() {
    let begins = Fault::BeginsWithEmergency { emergency: digits("112") };
    assert_eq!(refused(&site(), vec![add("1120")]), vec![(Some(0), begins.clone())]);
    assert_eq!(refused(&site(), vec![add("112")]), vec![(Some(0), begins.clone())]);
    let service = Change::AddService { number: digits("11299"), kind: ServiceKind::Music };
    assert_eq!(refused(&site(), vec![service]), vec![(Some(0), begins.clone())]);
    let wide = Change::AddRoute(route("wide", "1121", "carrier"));
    assert_eq!(refused(&site(), vec![wide]), vec![(Some(0), begins.clone())]);
    let emergency = |number: &str| Change::AddEmergency { number: digits(number), route: "out".to_owned() };
    assert_eq!(refused(&site(), vec![emergency("1125")]), vec![(Some(0), begins)]);
    let shadows = |shadowed| Fault::ShadowedByEmergency { shadowed };
    assert_eq!(refused(&site(), vec![emergency("100")]), vec![(Some(0), shadows(Item::Extension(digits("1001"))))]);
    assert_eq!(refused(&site(), vec![emergency("19")]), vec![(Some(0), shadows(Item::Service(digits("1900"))))]);
    assert_eq!(refused(&site(), vec![emergency("11")]), vec![(Some(0), shadows(Item::Emergency(digits("112"))))]);
    // Neighbours in the order of numbers are no beginnings.
    applied(&site(), vec![add("111"), add("113"), add("11"), emergency("110"), emergency("1190")]);
    // Both in one set: each side is told.
    let both = refused(&site(), vec![add("9119"), emergency("911")]);
    assert_eq!(both.iter().map(|fault| fault.0).collect::<Vec<_>>(), vec![Some(0), Some(1)]);
}

#[test]
fn a_directory_from_elsewhere_that_shadows_something_is_found_out() {
    assert_eq!(site().emergency_faults(), []);
    let mut damaged = site();
    let mut extension = damaged.extensions[&digits("1001")].clone();
    extension.number = digits("1125");
    damaged.extensions.insert(extension.number, extension);
    damaged.emergency.insert(digits("19"), EmergencyNumber { number: digits("19"), route: "nowhere".to_owned() });
    let faults: Vec<_> = damaged.emergency_faults().into_iter().map(|fault| (fault.item, fault.fault)).collect();
    let shadowed = |item| Fault::ShadowedByEmergency { shadowed: item };
    assert_eq!(
        faults,
        [
            (Some(Item::Emergency(digits("112"))), shadowed(Item::Extension(digits("1125")))),
            (Some(Item::Emergency(digits("19"))), shadowed(Item::Service(digits("1900")))),
            (Some(Item::Emergency(digits("19"))), Fault::UnknownRoute { name: "nowhere".to_owned() }),
        ]
    );
}

#[test]
fn an_emergency_number_that_lies_in_a_routes_prefix_is_refused_only_when_it_shadows_the_route() {
    let emergency = |number: &str| Change::AddEmergency { number: digits(number), route: "out".to_owned() };
    // 0112 begins with the prefix 0: the emergency number wins, and the rest of the route is still there.
    applied(&site(), vec![emergency("0112")]);
    let narrow = applied(&site(), vec![Change::AddRoute(route("narrow", "0800", "carrier"))]);
    let shadowed = Item::Route("narrow".to_owned());
    assert_eq!(refused(&narrow, vec![emergency("080")]), vec![(Some(0), Fault::ShadowedByEmergency { shadowed })]);
}

#[test]
fn what_no_rule_could_decide_is_refused_and_the_longer_match_is_not() {
    let same = |other| Fault::SameAsPrefix { other };
    let twin = Change::AddRoute(route("twin", "0", "carrier"));
    assert_eq!(refused(&site(), vec![twin]), vec![(Some(0), same(Item::Route("out".to_owned())))]);
    let prefix = Change::AddRoute(route("over", "1001", "carrier"));
    assert_eq!(refused(&site(), vec![prefix]), vec![(Some(0), same(Item::Extension(digits("1001"))))]);
    let prefix = Change::AddRoute(route("over", "1900", "carrier"));
    assert_eq!(refused(&site(), vec![prefix]), vec![(Some(0), same(Item::Service(digits("1900"))))]);
    let with = applied(&site(), vec![Change::AddRoute(route("inner", "20", "carrier"))]);
    assert_eq!(refused(&with, vec![add("20")]), vec![(Some(0), same(Item::Route("inner".to_owned())))]);
    // An extension in a route's prefix, one in another extension, a prefix in an extension.
    applied(&with, vec![add("2012"), add("20123"), Change::AddRoute(route("deep", "201299", "carrier"))]);
    let service = Change::AddService { number: digits("1001"), kind: ServiceKind::Music };
    let taken = Fault::NumberTaken { by: Item::Extension(digits("1001")) };
    assert_eq!(refused(&site(), vec![service]), vec![(Some(0), taken)]);
}

#[test]
fn a_number_and_a_prefix_can_change_hands_in_one_set() {
    let two = applied(&site(), vec![Change::AddRoute(route("far", "9", "carrier"))]);
    let patch = |prefix: &str| RoutePatch { prefix: Some(digits(prefix)), ..RoutePatch::default() };
    let swapped = applied(
        &two,
        vec![
            Change::ChangeRoute { name: "out".to_owned(), patch: patch("9") },
            Change::ChangeRoute { name: "far".to_owned(), patch: patch("0") },
            Change::AddService { number: digits("1001"), kind: ServiceKind::Echo },
            Change::RemoveExtension { number: digits("1001") },
        ],
    );
    assert_eq!(swapped.routes["out"].prefix, digits("9"));
    assert!(swapped.services.contains_key(&digits("1001")));
}

#[test]
fn trunks_are_refused_for_what_no_call_could_use() {
    let one = |new: NewTrunk| {
        refused(&site(), vec![Change::AddTrunk(new)]).into_iter().map(|fault| fault.1).collect::<Vec<_>>()
    };
    let unusable = |address: &str| Fault::AddressUnusable { address: address.parse().unwrap() };
    assert_eq!(one(trunk("a", "0.0.0.0:5060")), vec![unusable("0.0.0.0")]);
    assert_eq!(one(trunk("a", "[ff02::1]:5060")), vec![unusable("ff02::1")]);
    assert_eq!(one(trunk("a", "192.0.2.7:0")), vec![Fault::PortZero]);
    assert_eq!(
        one(NewTrunk { max_calls: CallLimit::AtMost(0), ..trunk("a", "192.0.2.7:5060") }),
        vec![Fault::NoCallsPermitted]
    );
    let sources = vec!["192.0.2.50".parse().unwrap(); 65];
    let many = NewTrunk { sources, ..trunk("a", "192.0.2.7:5060") };
    assert_eq!(one(many), vec![Fault::TooManySources { count: 65, most: 64 }]);
    assert_eq!(one(trunk("a b", "192.0.2.7:5060")), vec![Fault::Name(TextFault::Character { character: ' ' })]);
    assert_eq!(one(trunk("carrier", "192.0.2.7:5060")), vec![Fault::Exists]);
}

#[test]
fn two_trunks_whose_calls_cannot_be_told_apart_are_refused() {
    let other = Item::Trunk("carrier".to_owned());
    let shared = |address: &str| Fault::AddressShared { address: address.parse().unwrap(), other: other.clone() };
    let one = |new: NewTrunk| refused(&site(), vec![Change::AddTrunk(new)]);
    assert_eq!(one(trunk("b", "192.0.2.1:5060")), vec![(Some(0), shared("192.0.2.1"))]);
    assert_eq!(one(trunk("b", "[::ffff:192.0.2.1]:5060")), vec![(Some(0), shared("192.0.2.1"))]);
    let from = NewTrunk { sources: vec!["192.0.2.1".parse().unwrap()], ..trunk("b", "192.0.2.2:5060") };
    assert_eq!(one(from), vec![(Some(0), shared("192.0.2.1"))]);
    // Another port, another transport, another network.
    let tcp = NewTrunk { transport: TrunkTransport::Tcp, ..trunk("c", "192.0.2.1:5060") };
    let far = NewTrunk { network: NetworkId(2), ..trunk("d", "192.0.2.1:5060") };
    let port = trunk("e", "192.0.2.1:5070");
    let four = applied(&site(), vec![Change::AddTrunk(tcp), Change::AddTrunk(far), Change::AddTrunk(port)]);
    // A later change can bring the conflict, too.
    let patch = TrunkPatch { network: Some(NetworkId(1)), ..TrunkPatch::default() };
    let faults = refused(&four, vec![Change::ChangeTrunk { name: "d".to_owned(), patch }]);
    assert_eq!(faults, vec![(Some(0), shared("192.0.2.1"))]);
}

#[test]
fn what_is_used_cannot_be_removed() {
    let by = Item::Route("out".to_owned());
    let gone = Change::RemoveTrunk { name: "carrier".to_owned() };
    assert_eq!(refused(&site(), vec![gone.clone()]), vec![(Some(0), Fault::InUse { by })]);
    let by = Item::Emergency(digits("112"));
    let route_gone = Change::RemoveRoute { name: "out".to_owned() };
    assert_eq!(refused(&site(), vec![route_gone.clone()]), vec![(Some(0), Fault::InUse { by })]);
    // All of it, in any order.
    let emergency = Change::RemoveEmergency { number: digits("112") };
    let none = applied(&site(), vec![gone, route_gone, emergency]);
    assert!(none.trunks.is_empty() && none.routes.is_empty() && none.emergency.is_empty());
    let nowhere = Change::AddEmergency { number: digits("118"), route: "none".to_owned() };
    assert_eq!(refused(&site(), vec![nowhere]), vec![(Some(0), Fault::UnknownRoute { name: "none".to_owned() })]);
}

#[test]
fn routes_are_refused_for_what_could_never_be_dialled_or_sent() {
    let with = |change: &dyn Fn(&mut NewRoute)| {
        let mut new = route("new", "9", "carrier");
        change(&mut new);
        refused(&site(), vec![Change::AddRoute(new)]).into_iter().map(|fault| fault.1).collect::<Vec<_>>()
    };
    let range = |prefix, least, most| Fault::DigitRange { prefix, least, most };
    assert_eq!(with(&|r| (r.min_digits, r.max_digits) = (5, 4)), vec![range(1, 5, 4)]);
    assert_eq!(with(&|r| r.max_digits = 32), vec![range(1, 4, 32)]);
    assert_eq!(with(&|r| (r.prefix, r.min_digits) = (digits("999"), 2)), vec![range(3, 2, 20)]);
    assert_eq!(with(&|r| r.choices.clear()), vec![Fault::NoChoices]);
    assert_eq!(with(&|r| r.choices[0].trunk = "x".to_owned()), vec![Fault::UnknownTrunk { name: "x".to_owned() }]);
    assert_eq!(with(&|r| r.choices[0].strip = 4), vec![Fault::StripsAll { choice: 0 }]);
    assert_eq!(
        with(&|r| r.choices[0].prepend = digits(&"1".repeat(13))),
        vec![Fault::SendsTooMany { choice: 0, digits: 32 }]
    );
    assert_eq!(
        with(&|r| r.choices = vec![r.choices[0].clone(); 17]),
        vec![Fault::TooManyChoices { count: 17, most: 16 }]
    );
    assert_eq!(with(&|r| r.prefix = digits("*9")), vec![Fault::NumberCharacter { character: '*' }]);
}

#[test]
fn settings_stay_in_their_ranges() {
    let patch = SettingsPatch {
        no_answer_seconds: Some(4),
        inter_digit_seconds: Some(61),
        announce_vacant: Some(false),
        ..SettingsPatch::default()
    };
    let faults = refused(&site(), vec![Change::ChangeSettings(patch)]);
    let no_answer = Fault::OutOfRange { setting: "no_answer_seconds", value: 4, least: 5, most: 600 };
    let inter_digit = Fault::OutOfRange { setting: "inter_digit_seconds", value: 61, least: 1, most: 60 };
    assert_eq!(faults, vec![(Some(0), no_answer), (Some(0), inter_digit)]);
}

#[test]
fn a_directory_and_a_set_have_an_end() {
    let many =
        |from: u32, count: usize| (from..).take(count).map(|number| add(&number.to_string())).collect::<Vec<_>>();
    let full = applied(&Directory::default(), many(200_000, limits::EXTENSIONS));
    let faults = refused(&full, vec![add("99")]);
    let count = limits::EXTENSIONS + 1;
    assert_eq!(faults, vec![(None, Fault::TooManyItems { kind: "extensions", count, most: limits::EXTENSIONS })]);
    let mut spent = site();
    spent.next_device = u32::MAX;
    assert_eq!(refused(&spent, vec![add("2001")]), vec![(Some(0), Fault::IdentifiersExhausted)]);
    let faults = refused(&Directory::default(), many(200_000, limits::CHANGES + 1));
    assert_eq!(faults, vec![(None, Fault::TooManyChanges { count: limits::CHANGES + 1, most: limits::CHANGES })]);
}

#[test]
fn a_plan_tells_what_changes_and_no_secret() {
    let old = site();
    let patch = ExtensionPatch {
        name: Some("Callender".to_owned()),
        password: Some(vec![PasswordDigest { algorithm: DigestAlgorithm::Md5, a1: Secret::new("f".repeat(32)) }]),
        ..ExtensionPatch::default()
    };
    let rename = TrunkPatch { name: Some("telco".to_owned()), ..TrunkPatch::default() };
    let new = applied(
        &old,
        vec![
            Change::ChangeExtension { number: digits("1001"), patch },
            Change::RemoveExtension { number: digits("1002") },
            add("1003"),
            Change::ChangeTrunk { name: "carrier".to_owned(), patch: rename },
        ],
    );
    let plan = difference(&old, &new);
    let text: Vec<_> = plan.iter().map(ToString::to_string).collect();
    let wanted = [
        "~ trunk carrier: name carrier -> telco",
        "~ extension 1001: name \"Gray\" -> \"Callender\", password set -> set anew",
        "- extension 1002",
        "+ extension 1003",
    ];
    assert_eq!(text, wanted);
    assert_eq!(counts(&plan).to_string(), "1 to add, 2 to change, 1 to remove");
    assert!(difference(&new, &new).is_empty());
    let shown = format!("{:?}", set(&old, vec![add("1004")]));
    assert!(!shown.contains("0000"), "{shown}");
}

#[test]
fn a_set_reads_back_from_json_and_a_wrong_word_is_noticed() {
    let written = set(
        &site(),
        vec![
            add("1001"),
            Change::AddTrunk(NewTrunk { max_calls: CallLimit::AtMost(3), ..trunk("t", "[2001:db8::1]:5060") }),
            Change::AddRoute(route("out", "0", "t")),
            Change::ChangeSettings(SettingsPatch { announce_vacant: Some(false), ..SettingsPatch::default() }),
            Change::RemoveTrunk { name: "t".to_owned() },
        ],
    );
    let text = serde_json::to_string(&written).unwrap();
    assert_eq!(serde_json::from_str::<ChangeSet>(&text).unwrap(), written);
    let patch = r#"{"change-extension":{"number":"1001","patch":{"nmae":"x"}}}"#;
    assert!(serde_json::from_str::<Change>(patch).unwrap_err().to_string().contains("nmae"));
}

#[test]
fn what_was_accepted_once_is_replayed_whatever_the_rules_are() {
    let site = site();
    // 1120 would be refused today; the log holds it.
    let accepted = set(&site, vec![add("1120")]);
    assert!(site.apply(&accepted).is_err());
    assert!(site.clone().replay(&accepted).unwrap().extensions.contains_key(&digits("1120")));
    // A log with a hole is damaged.
    assert!(site.clone().replay(&set(&site, vec![Change::RemoveExtension { number: digits("55") }])).is_err());
    let ahead = ChangeSet { base: Revision(5), ..accepted };
    assert!(site.replay(&ahead).is_err());
}
