//! Random change sets: whatever they hold, a directory stays valid, and every change can be taken back.

use directory::change::{
    CallLimit, ExtensionPatch, NewChoice, NewExtension, NewRoute, NewTrunk, RoutePatch, SettingsPatch, TrunkPatch,
    Value,
};
use directory::{
    Change, ChangeSet, Directory, Hours, Revision, ServiceKind, SiteFile, TrunkTransport, changes_between, difference,
};
use ground::{Digits, NetworkId, Utc};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeSet;

/// Few digits and few names, so that changes meet.
fn number() -> impl Strategy<Value = Digits> {
    prop_oneof![
        40 => "[0-2]{2,4}",
        1 => "[0-9*#A-D]{0,25}",
    ]
    .prop_map(|text| text.parse().unwrap_or_default())
}

fn name() -> impl Strategy<Value = String> {
    prop_oneof![40 => "[abc]", 1 => ".{0,45}"]
}

fn trunk() -> impl Strategy<Value = NewTrunk> {
    let address = prop_oneof![40 => (1_u8..20, Just(5060)), 1 => (Just(0), 0_u16..3)].prop_map(|(host, port)| {
        if host == 0 { ([0, 0, 0, 0], port).into() } else { ([192, 0, 2, host], port).into() }
    });
    let sources = vec((1_u8..40).prop_map(|host| [192, 0, 2, host].into()), 0..2);
    let switches = any::<[bool; 4]>();
    (name(), address, sources, switches, 0_u32..20).prop_map(|(name, address, sources, switches, calls)| NewTrunk {
        name,
        address,
        transport: if switches[0] { TrunkTransport::Udp } else { TrunkTransport::Tls },
        network: NetworkId(1),
        sources,
        transit: switches[0],
        follow_redirects: switches[1],
        may_transfer: switches[2],
        transfers_itself: switches[3],
        max_calls: if calls > 9 { CallLimit::Unlimited } else { CallLimit::AtMost(calls) },
    })
}

fn hours() -> impl Strategy<Value = Vec<Hours>> {
    let windows = ["mon-fri 08:00-18:00", "sat 22:00-06:00", "mon,wed 00:00-24:00"];
    vec((0..windows.len()).prop_map(move |index| windows[index].parse().unwrap()), 0..3)
}

fn choices() -> impl Strategy<Value = Vec<NewChoice>> {
    vec((name(), 0_u8..3, "[0-9]{0,3}"), 0..10).prop_map(|choices| {
        let one = |(trunk, strip, prepend): (String, u8, String)| NewChoice {
            trunk,
            strip,
            prepend: prepend.parse().unwrap(),
        };
        // Mostly one; seldom none.
        let most = choices.len().div_ceil(4);
        choices.into_iter().take(most).map(one).collect()
    })
}

fn route() -> impl Strategy<Value = NewRoute> {
    (name(), number(), 3_u8..8, 6_u8..33, choices(), hours()).prop_map(
        |(name, prefix, min_digits, max_digits, choices, hours)| NewRoute {
            name,
            prefix,
            min_digits,
            max_digits,
            choices,
            hours,
        },
    )
}

fn extension() -> impl Strategy<Value = NewExtension> {
    let limits = (option::of(0_u8..110), option::of(0_u16..9), any::<bool>());
    (number(), name(), 1_u8..10, any::<bool>(), limits).prop_map(
        |(number, name, max_terminals, external_calls, limits)| NewExtension {
            number,
            name,
            max_terminals,
            external_calls,
            call_waiting: limits.2,
            max_calls: limits.0,
            pickup_group: limits.1,
            password: vec![],
        },
    )
}

fn change() -> impl Strategy<Value = Change> {
    let group = option::of(option::of(1_u16..9).prop_map(Value::from));
    let patch = (option::of(name()), option::of(0_u8..10), group).prop_map(|(name, max_terminals, pickup_group)| {
        ExtensionPatch { name, max_terminals, pickup_group, ..ExtensionPatch::default() }
    });
    let trunk_patch = (option::of(name()), option::of(trunk())).prop_map(|(name, other)| TrunkPatch {
        name,
        address: other.as_ref().map(|other| other.address),
        may_transfer: other.as_ref().map(|other| other.may_transfer),
        sources: other.map(|other| other.sources),
        ..TrunkPatch::default()
    });
    let route_patch = (option::of(number()), option::of(choices()), option::of(hours()))
        .prop_map(|(prefix, choices, hours)| RoutePatch { prefix, choices, hours, ..RoutePatch::default() });
    prop_oneof![
        6 => extension().prop_map(Change::AddExtension),
        2 => (number(), patch).prop_map(|(number, patch)| Change::ChangeExtension { number, patch }),
        1 => number().prop_map(|number| Change::RemoveExtension { number }),
        6 => trunk().prop_map(Change::AddTrunk),
        3 => (name(), trunk_patch).prop_map(|(name, patch)| Change::ChangeTrunk { name, patch }),
        1 => name().prop_map(|name| Change::RemoveTrunk { name }),
        6 => route().prop_map(Change::AddRoute),
        3 => (name(), route_patch).prop_map(|(name, patch)| Change::ChangeRoute { name, patch }),
        1 => name().prop_map(|name| Change::RemoveRoute { name }),
        3 => number().prop_map(|number| Change::AddService { number, kind: ServiceKind::Echo }),
        1 => (number(), name()).prop_map(|(number, name)| Change::ChangeService { number, kind: ServiceKind::Announcement(name) }),
        1 => number().prop_map(|number| Change::RemoveService { number }),
        3 => (number(), name()).prop_map(|(number, route)| Change::AddEmergency { number, route }),
        1 => (number(), name()).prop_map(|(number, route)| Change::ChangeEmergency { number, route }),
        1 => number().prop_map(|number| Change::RemoveEmergency { number }),
        1 => (0_u16..700).prop_map(|seconds| {
            Change::ChangeSettings(SettingsPatch { no_answer_seconds: Some(seconds), ..SettingsPatch::default() })
        }),
    ]
}

fn set(directory: &Directory, changes: Vec<Change>) -> ChangeSet {
    ChangeSet { base: directory.revision, author: "bell".to_owned(), at: Utc::from_seconds(1), changes }
}

/// Something to begin with: three trunks, a route over each, an emergency number.
fn site() -> Directory {
    let mut changes = Vec::new();
    for (host, name) in ["a", "b", "c"].into_iter().enumerate() {
        let choices = vec![NewChoice { trunk: name.to_owned(), strip: 0, prepend: Digits::EMPTY }];
        changes.push(Change::AddTrunk(NewTrunk {
            name: name.to_owned(),
            address: ([192, 0, 2, 200 + host as u8], 5060).into(),
            transport: TrunkTransport::Udp,
            network: NetworkId(1),
            sources: vec![],
            transit: false,
            max_calls: CallLimit::Unlimited,
            follow_redirects: false,
            may_transfer: false,
            transfers_itself: false,
        }));
        let prefix = format!("2{host}").parse().unwrap();
        changes.push(Change::AddRoute(NewRoute {
            name: name.to_owned(),
            prefix,
            min_digits: 4,
            max_digits: 20,
            choices,
            hours: Vec::new(),
        }));
    }
    changes.push(Change::AddEmergency { number: "112".parse().unwrap(), route: "a".to_owned() });
    Directory::default().apply(&set(&Directory::default(), changes)).unwrap()
}

/// Every rule again, written the slow way: each item against each other.
fn assert_valid(directory: &Directory) {
    let emergency: Vec<_> = directory.emergency.keys().map(Digits::as_str).collect();
    let numbers: Vec<_> = directory.extensions.keys().chain(directory.services.keys()).map(Digits::as_str).collect();
    let prefixes: Vec<_> = directory.routes.values().map(|route| route.prefix.as_str()).collect();
    for number in &numbers {
        assert!((2..=20).contains(&number.len()) && number.bytes().all(|b| b.is_ascii_digit()), "{number}");
        assert!(emergency.iter().all(|emergency| !number.starts_with(emergency)), "{number}");
        assert!(!prefixes.contains(number), "{number}");
    }
    assert_eq!(numbers.iter().collect::<BTreeSet<_>>().len(), numbers.len());
    assert_eq!(prefixes.iter().collect::<BTreeSet<_>>().len(), prefixes.len());
    for prefix in &prefixes {
        assert!(emergency.iter().all(|emergency| !prefix.starts_with(emergency)), "{prefix}");
    }
    for one in &emergency {
        assert!(emergency.iter().all(|other| other == one || !one.starts_with(other)), "{one}");
    }
    for route in directory.routes.values() {
        assert!(!route.choices.is_empty());
        assert!(route.prefix.len() <= usize::from(route.min_digits) && route.min_digits <= route.max_digits);
        for choice in &route.choices {
            assert!(directory.trunks.contains_key(&choice.trunk));
            let sent =
                usize::from(route.max_digits) - usize::from(choice.strip.min(route.max_digits)) + choice.prepend.len();
            assert!((1..=31).contains(&sent));
        }
    }
    assert!(directory.emergency.values().all(|emergency| directory.routes.contains_key(&emergency.route)));
    let names: BTreeSet<_> = directory.trunks.values().map(|trunk| &trunk.name).collect();
    assert_eq!(names.len(), directory.trunks.len());
    for (a, b) in directory.trunks.values().flat_map(|a| directory.trunks.values().map(move |b| (a, b))) {
        let home = |trunk: &directory::Trunk| (trunk.address, trunk.transport);
        assert!(a.id == b.id || home(a) != home(b));
        let mut from = b.sources.iter().copied().chain([b.address.ip()]);
        assert!(a.id == b.id || !from.any(|source| a.sources.contains(&source)));
    }
    let mut devices: Vec<_> = directory.extensions.values().map(|e| e.device.0).collect();
    devices.extend(directory.services.values().map(|s| s.device.0));
    devices.extend(directory.trunks.values().map(|t| t.device.0));
    assert!(devices.iter().all(|device| *device > 0 && *device < directory.next_device.max(1)));
    assert_eq!(devices.iter().collect::<BTreeSet<_>>().len(), devices.len());
    for extension in directory.extensions.values() {
        assert!((1..=8).contains(&extension.max_terminals));
        assert!(extension.name.chars().count() <= 60 && !extension.name.chars().any(char::is_control));
    }
}

/// The content without revision and identifiers: routes know their trunks by name.
fn content(directory: &Directory) -> String {
    let mut text = format!("{:?}\n", directory.settings);
    for e in directory.extensions.values() {
        text += &format!("{} {:?} {} {} {:?}", e.number, e.name, e.max_terminals, e.external_calls, e.password);
        text += &format!("{} {:?} {:?}\n", e.call_waiting, e.max_calls, e.pickup_group);
    }
    let mut trunks: Vec<_> = directory.trunks.values().collect();
    trunks.sort_by_key(|trunk| &trunk.name);
    for t in trunks {
        text += &format!("{} {} {:?} {:?} {} {:?}", t.name, t.address, t.transport, t.sources, t.transit, t.max_calls);
        text += &format!(
            "{} {} {}
",
            t.follow_redirects, t.may_transfer, t.transfers_itself
        );
    }
    for r in directory.routes.values() {
        let choices: Vec<_> =
            r.choices.iter().map(|c| (&directory.trunks[&c.trunk].name, c.strip, c.prepend)).collect();
        text += &format!("{} {} {} {} {choices:?} {:?}\n", r.name, r.prefix, r.min_digits, r.max_digits, r.hours);
    }
    text += &format!("{:?}\n", directory.services.values().map(|s| (s.number, &s.kind)).collect::<Vec<_>>());
    text += &format!("{:?}", directory.emergency);
    text
}

fn network(name: &str) -> Option<NetworkId> {
    (name == "office").then_some(NetworkId(1))
}

/// The directory as a file that was written and read.
fn as_file(directory: &Directory) -> SiteFile {
    let file = SiteFile::of(directory, &|id| (id == NetworkId(1)).then(|| "office".to_owned()), true);
    let read = serde_json::from_str(&serde_json::to_string(&file).unwrap()).unwrap();
    assert_eq!(file, read);
    read
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn a_directory_stays_valid_and_every_change_can_be_taken_back(sets in vec(vec(change(), 1..4), 1..40)) {
        let mut history = vec![site()];
        for changes in sets {
            let head = history.last().unwrap().clone();
            let set = set(&head, changes);
            match head.apply(&set) {
                Ok(next) => {
                    prop_assert_eq!(next.revision, Revision(head.revision.0 + 1));
                    assert_valid(&next);
                    prop_assert_eq!(&head.clone().replay(&set).unwrap(), &next);
                    history.push(next);
                }
                Err(refusals) => {
                    prop_assert!(!refusals.is_empty());
                    for refusal in refusals {
                        prop_assert!(refusal.change.is_none_or(|index| index < set.changes.len()));
                        let said = refusal.to_string();
                        prop_assert!(!said.ends_with(": ") && !said.chars().any(char::is_control), "{}", said);
                    }
                }
            }
        }
        let head = history.last().unwrap();
        for wanted in &history {
            let changes = changes_between(head, wanted);
            if changes.is_empty() {
                prop_assert_eq!(content(head), content(wanted));
                continue;
            }
            let back = head.apply(&set(head, changes));
            let back = back.map_err(|refusals| TestCaseError::fail(format!("{refusals:?}")))?;
            assert_valid(&back);
            prop_assert_eq!(content(&back), content(wanted));
            // Trunks that had to be made anew are other trunks.
            let trunks_only = |change: &Change| {
                matches!(change, Change::RemoveTrunk { .. } | Change::AddTrunk(_) | Change::ChangeRoute { .. })
            };
            prop_assert!(changes_between(&back, wanted).iter().all(trunks_only));
            prop_assert_eq!(difference(head, &back).is_empty(), false);
            // The same by a file that names everything.
            let file = as_file(wanted);
            let changes = file.plan(head, true, &network).unwrap();
            let set = set(head, changes);
            let built = head.apply(&set).map_err(|refusals| TestCaseError::fail(format!("{refusals:?}")))?;
            prop_assert_eq!(content(&built), content(wanted));
            prop_assert_eq!(file.plan(&built, true, &network).unwrap(), vec![]);
        }
        // Nothing is removed that the file does not name.
        let nothing = SiteFile::default();
        prop_assert_eq!(nothing.plan(head, false, &network).unwrap(), vec![]);
    }
}
