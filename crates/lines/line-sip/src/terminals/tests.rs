//! Telephones of a number: their order, what of a refresh matters, versions, and the way to the store and back.

use super::*;
use ground::{Moment, NetworkId, Utc};
use sip::registrar::BindingId;

fn address(text: &str) -> SocketAddr {
    text.parse().unwrap()
}

fn known(key: &str, q: u16, recency: u64) -> Binding {
    Binding {
        id: BindingId(recency),
        name: BindingName { aor: "1001".into(), key: key.into() },
        contact: format!("sip:bell@{key}").into(),
        q,
        call_id: "c".into(),
        sequence: 7,
        expires: Moment::from_millis(1000),
        expires_utc: Utc::from_seconds(1_700_000_600),
        instance: Some("urn:uuid:1".into()),
        reg_id: Some(1),
        path: vec!["<sip:edge.example.com;lr>".into()],
        flow: Flow {
            transport: Transport::Udp,
            listener: 4,
            local: Some(address("192.0.2.1:5060")),
            peer: address("198.51.100.4:3000"),
            connection: None,
            network: NetworkId(3),
        },
        live: true,
        nat: true,
        recency,
    }
}

fn number() -> Digits {
    "1001".parse().unwrap()
}

fn keys(terminals: &Terminals) -> Vec<String> {
    terminals.of(&number()).iter().map(|one| terminals.get(one.id).unwrap().name.key.to_string()).collect()
}

#[test]
fn the_highest_q_comes_first_and_among_equals_the_most_recent() {
    let mut terminals = Terminals::default();
    for (key, q, recency) in [("a", 500, 1), ("b", 900, 2), ("c", 900, 3)] {
        assert!(terminals.store(number(), &known(key, q, recency)));
    }
    assert_eq!(keys(&terminals), ["c", "b", "a"]);
    // A refresh makes it the most recent, which calls that are offered to all need not hear of.
    assert!(!terminals.store(number(), &known("b", 900, 4)));
    assert_eq!(keys(&terminals), ["b", "c", "a"]);
    assert_eq!((terminals.len(), terminals.numbers()), (3, vec![number()]));
}

#[test]
fn a_refresh_matters_when_it_changes_the_way() {
    let mut terminals = Terminals::default();
    terminals.store(number(), &known("a", 500, 1));
    let id = terminals.of(&number())[0].id;
    let moved = |change: fn(&mut Binding)| {
        let mut binding = known("a", 500, 2);
        change(&mut binding);
        binding
    };
    let changes: [fn(&mut Binding); 5] = [
        |binding| binding.contact = "sip:bell@elsewhere".into(),
        |binding| binding.flow.peer = address("198.51.100.5:3000"),
        |binding| binding.path.clear(),
        |binding| binding.nat = false,
        |binding| binding.q = 100,
    ];
    for change in changes {
        terminals.store(number(), &known("a", 500, 1));
        assert!(terminals.store(number(), &moved(change)));
        assert!(!terminals.store(number(), &moved(change)));
    }
    assert_eq!(terminals.of(&number())[0].id, id, "it is the same telephone");
}

#[test]
fn the_exchange_is_told_where_media_goes() {
    let mut terminals = Terminals::default();
    terminals.store(number(), &known("a", 500, 1));
    let location = terminals.of(&number())[0].location;
    assert_eq!((location.network, location.family), (NetworkId(3), AddressFamily::V4));
    assert_eq!(location.signalling, Some(address("198.51.100.4:3000").ip()));
    assert!(location.translated);
    let name = known("a", 500, 1).name;
    assert!(terminals.named(&name).is_some_and(|known| known.translated));
    assert!(terminals.named(&BindingName { aor: "bell".into(), key: "a".into() }).is_none());
}

#[test]
fn who_is_gone_is_nowhere_and_its_identifier_is_not_given_again() {
    let mut terminals = Terminals::default();
    terminals.store(number(), &known("a", 500, 1));
    let id = terminals.of(&number())[0].id;
    let name = known("a", 500, 1).name;
    let Some(RegistrationWrite::Remove { key, version }) = terminals.remove(number(), &name) else { panic!("a write") };
    assert_eq!((key.number, version), (number(), 1));
    assert!(terminals.remove(number(), &name).is_none());
    assert!(terminals.get(id).is_none() && terminals.of(&number()).is_empty());
    assert!(terminals.numbers().is_empty() && terminals.listed().is_empty() && terminals.len() == 0);
    terminals.store(number(), &known("a", 500, 2));
    assert_ne!(terminals.of(&number())[0].id, id);
}

#[test]
fn versions_rise_over_restarts() {
    let mut terminals = Terminals::default();
    terminals.resume_versions(40);
    terminals.resume_versions(7);
    terminals.store(number(), &known("a", 500, 1));
    let name = known("a", 500, 1).name;
    assert_eq!(terminals.version(number(), &name), 41);
    terminals.store(number(), &known("a", 500, 2));
    assert_eq!(terminals.version(number(), &name), 42);
    assert_eq!(terminals.version("1002".parse().unwrap(), &name), 0);
}

#[test]
fn a_registration_comes_back_from_the_store_as_it_went() {
    let stored = known("a", 500, 1).stored();
    let RegistrationWrite::Save(kept) = registration(number(), &stored, 9) else { panic!("a write") };
    assert_eq!(kept.version, 9);
    let back = binding(&kept, |transport, local| {
        (transport == Transport::Udp && local == address("192.0.2.1:5060")).then_some(4)
    });
    assert_eq!(back, Some(stored));
    assert_eq!(binding(&kept, |_, _| None), None, "its socket is gone");
}

#[test]
fn every_transport_goes_there_and_back_and_a_connection_does_not() {
    for transport in [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss] {
        assert_eq!(live_transport(stored_transport(transport)), transport);
        let mut stream = known("a", 500, 1);
        stream.flow.transport = transport;
        stream.flow.connection = Some(ground::FlowId(8));
        stream.flow.local = None;
        stream.flow.peer = address("[2001:db8::4]:3000");
        let RegistrationWrite::Save(kept) = registration(number(), &stream.stored(), 1) else { panic!("a write") };
        assert_eq!(kept.flow.local, address("[::]:0"), "an address of the same family stands for none");
        let back = binding(&kept, |_, _| Some(0)).unwrap();
        assert_eq!((back.flow.transport, back.flow.connection), (transport, None));
    }
}
