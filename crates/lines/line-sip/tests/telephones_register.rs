//! Registrations as the exchange and the store see them, over a restart and over changes of the directory.

mod support;
use support::*;

use directory::store::RegistrationWrite;
use ground::{DeviceId, Utc};
use line_sip::Input;
use std::sync::Arc;

const CONTACT: &str = "sip:bell@192.0.2.7:5062";

#[test]
fn a_new_telephone_is_reachable_and_kept_and_a_refresh_is_only_kept() {
    let mut world = World::new();
    world.register(CONTACT, 600).unwrap();
    assert_eq!((world.reachable.len(), world.writes.len()), (1, 1));
    let known = &world.reachable[0];
    assert_eq!((known.device, known.terminals.len()), (DeviceId(1), 1));
    assert_eq!(known.terminals[0].location.signalling, Some(address(PHONE).ip()));
    world.register(CONTACT, 600);
    assert_eq!((world.reachable.len(), world.writes.len()), (1, 2), "nothing is new for a call");
    let versions: Vec<u64> = world.writes.iter().map(version).collect();
    assert!(versions[0] < versions[1]);
    let shown = world.line.registered();
    assert_eq!((shown[0].number.as_str(), shown[0].contact.as_str()), ("1001", CONTACT));
}

fn version(write: &RegistrationWrite) -> u64 {
    match write {
        RegistrationWrite::Save(stored) => stored.version,
        RegistrationWrite::Remove { version, .. } => *version,
    }
}

#[test]
fn a_telephone_leaves_by_itself_or_by_its_time() {
    for seconds in [0, 700] {
        let mut world = World::new();
        world.register(CONTACT, 600);
        if seconds == 0 {
            world.register(CONTACT, 0);
        } else {
            world.pass(seconds);
        }
        assert!(world.reachable.last().unwrap().terminals.is_empty());
        assert!(matches!(world.writes.last(), Some(RegistrationWrite::Remove { .. })));
        assert_eq!(world.line.tables().terminals, 0);
    }
}

#[test]
fn no_more_telephones_than_the_directory_allows() {
    let mut world = World::new();
    for port in [5062, 5063, 5064] {
        world.now = world.now.plus(std::time::Duration::from_secs(1));
        // Each from a place of its own, or it would be one telephone that has moved.
        let from = format!("192.0.2.{}:5060", port - 5000);
        let text = format!(
            "REGISTER sip:192.0.2.1 SIP/2.0\r\nVia: SIP/2.0/UDP {from};branch=z9hG4bKr{port};rport\r\n\
             From: <sip:1001@192.0.2.1>;tag=r\r\nTo: <sip:1001@192.0.2.1>\r\nCall-ID: r{port}\r\nCSeq: 1 REGISTER\r\n\
             Contact: <sip:bell@{from}>\r\nContent-Length: 0\r\n\r\n"
        );
        world.receive(&from, &text);
    }
    let answers: Vec<String> = world.wire().iter().map(|text| text[8..11].to_owned()).collect();
    assert_eq!(answers, ["200", "200", "403"]);
    assert_eq!(world.line.tables().terminals, 2);
}

#[test]
fn registrations_come_back_after_a_restart() {
    let mut before = World::new();
    before.register(CONTACT, 600);
    let Some(RegistrationWrite::Save(stored)) = before.writes.pop() else { panic!("{:?}", before.writes) };
    let mut world = World::new();
    let mut stranger = stored.clone();
    stranger.key.number = "1999".parse().unwrap();
    let mut elsewhere = stored.clone();
    elsewhere.flow.local = address("192.0.2.99:5060");
    elsewhere.key.binding = directory::store::BindingName::Contact("other".into());
    let mut late = stored.clone();
    late.key.number = "1002".parse().unwrap();
    late.expires_at = Utc::from_seconds(1_600_000_000);
    world.restore(vec![stored.clone(), stranger, elsewhere, late]);
    assert_eq!(world.line.tables().terminals, 1, "who is no extension, on no socket of ours or too old is not");
    assert_eq!(world.reachable.len(), 1);
    assert_eq!(world.line.registered()[0].flow.peer, address(PHONE));
    // Versions go on above what the store holds.
    world.now = world.now.plus(std::time::Duration::from_secs(5));
    world.register(CONTACT, 600);
    assert!(world.writes.last().is_none_or(|write| version(write) > stored.version));
}

#[test]
fn a_number_that_is_taken_away_or_given_to_another_loses_its_telephones() {
    for new in [None, Some(extension("1001", 77))] {
        let mut world = World::new();
        world.register(CONTACT, 600);
        let mut changed = site();
        changed.extensions.remove(&"1001".parse().unwrap());
        let given = new.is_some();
        changed.extensions.extend(new.map(|one| (one.number, one)));
        world.input(Input::Directory(Arc::new(changed)));
        assert_eq!(world.line.tables().terminals, 0);
        let left = world.reachable.iter().rfind(|known| known.device == DeviceId(1)).unwrap();
        assert!(left.terminals.is_empty(), "the exchange forgets where the old device was");
        assert!(matches!(world.writes.last(), Some(RegistrationWrite::Remove { .. })));
        if given {
            world.register(CONTACT, 600);
            let last = world.reachable.last().unwrap();
            assert_eq!((last.device, last.terminals.len()), (DeviceId(77), 1));
        }
    }
}

#[test]
fn a_directory_that_says_the_same_changes_nothing() {
    let mut world = World::new();
    world.register(CONTACT, 600);
    world.input(Input::Directory(Arc::new(site())));
    assert_eq!((world.line.tables().terminals, world.reachable.len(), world.writes.len()), (1, 1, 1));
}

#[test]
fn a_trunk_is_known_from_the_revision_on_that_names_it() {
    let mut world = World::new();
    let mut without = site();
    without.trunks.clear();
    world.input(Input::Directory(Arc::new(without)));
    let invite = request("INVITE", "sip:1001@192.0.2.1", TRUNK, "a", 1, "", &sdp(4000, "8", ""));
    world.receive(TRUNK, &invite);
    assert_eq!((world.reports.len(), world.refused.len()), (0, 1));
    let mut moved = site();
    for trunk in moved.trunks.values_mut() {
        trunk.address = address("203.0.113.77:5060");
        trunk.sources = vec![address(TRUNK).ip()];
    }
    world.input(Input::Directory(Arc::new(moved)));
    let (_, seizure) = world.arrive("1001", "", &sdp(4000, "8", ""));
    assert!(seizure.is_ok(), "its calls come from one of its sources");
}
