//! The registrar by itself.

use super::*;
use crate::message::Transport;
use crate::transaction::Flow;
use ground::{FlowId, Moment, NetworkId, Now, Utc};

fn now(seconds: u64) -> Now {
    Now { moment: Moment::from_millis(seconds * 1000), utc: Utc::from_seconds(1_700_000_000 + seconds as i64) }
}

fn flow(port: u16, connection: Option<u64>) -> Flow {
    let transport = if connection.is_some() { Transport::Tcp } else { Transport::Udp };
    let peer = std::net::SocketAddr::new("192.0.2.9".parse().unwrap(), port);
    Flow { transport, listener: 0, local: None, peer, connection: connection.map(FlowId), network: NetworkId(1) }
}

fn contact(uri: &str) -> ContactRequest {
    ContactRequest { uri: uri.into(), q: None, expires: None, instance: None, reg_id: None }
}

fn request(call_id: &str, sequence: u32, contacts: Vec<ContactRequest>) -> Registration {
    Registration {
        aor: "bell".into(),
        call_id: call_id.into(),
        sequence,
        contacts,
        all: false,
        expires: Some(600),
        path: Vec::new(),
        flow: flow(5060, None),
        nat: false,
        limit: None,
    }
}

fn registrar() -> Registrar {
    Registrar::new(RegistrarConfig { contacts: 2, bindings: 3, ..RegistrarConfig::default() }, 1)
}

fn run_out(registrar: &mut Registrar) {
    registrar.handle_timeout(now(100_000));
    while registrar.poll().is_some() {}
    assert!(registrar.is_empty());
}

#[test]
fn a_binding_is_made_refreshed_listed_and_taken_back() {
    let mut r = registrar();
    let changes = r.register(now(0), &request("c", 1, vec![contact("sip:bell@a")])).unwrap();
    assert!(matches!(changes.as_slice(), [Change::Stored { new: true, .. }]));
    let changes = r.register(now(10), &request("c", 2, vec![contact("sip:bell@a")])).unwrap();
    assert!(matches!(changes.as_slice(), [Change::Stored { new: false, .. }]));
    assert!(r.register(now(10), &request("c", 3, Vec::new())).unwrap().is_empty());
    assert_eq!(r.bindings("bell")[0].remaining(now(10).moment), 600);
    let mut gone = request("c", 4, vec![contact("sip:bell@a")]);
    gone.expires = Some(0);
    assert!(matches!(r.register(now(20), &gone).unwrap().as_slice(), [Change::Gone { why: Gone::Removed, .. }]));
    assert!(r.is_empty());
}

#[test]
fn a_binding_expires_and_is_told() {
    let mut r = registrar();
    r.register(now(0), &request("c", 1, vec![contact("sip:bell@a")])).unwrap();
    assert_eq!(r.next_timeout(), Some(now(600).moment));
    r.handle_timeout(now(599));
    assert_eq!(r.poll(), None);
    r.handle_timeout(now(600));
    assert!(matches!(r.poll(), Some(RegistrarOutput::Changed(Change::Gone { why: Gone::Expired, .. }))));
    assert!(r.is_empty());
}

#[test]
fn intervals_are_bounded_from_both_sides() {
    let mut r = registrar();
    let mut brief = request("c", 1, vec![contact("sip:bell@a")]);
    brief.expires = Some(59);
    assert_eq!(r.register(now(0), &brief), Err(Rejection::TooBrief { minimum: 60 }));
    let mut long = contact("sip:bell@a");
    long.expires = Some(u32::MAX);
    r.register(now(0), &request("c", 1, vec![long])).unwrap();
    assert_eq!(r.bindings("bell")[0].remaining(now(0).moment), 7200);
    run_out(&mut r);
}

#[test]
fn old_numbers_of_one_call_id_are_refused_and_nothing_is_done() {
    let mut r = registrar();
    r.register(now(0), &request("c", 5, vec![contact("sip:bell@a")])).unwrap();
    let both = request("c", 5, vec![contact("sip:bell@b"), contact("sip:bell@a")]);
    assert_eq!(r.register(now(1), &both), Err(Rejection::OutOfOrder));
    assert_eq!(r.len(), 1);
    let mut all = request("c", 5, Vec::new());
    (all.all, all.expires) = (true, Some(0));
    assert_eq!(r.register(now(1), &all), Err(Rejection::OutOfOrder));
    all.call_id = "other".into();
    assert_eq!(r.register(now(1), &all).unwrap().len(), 1);
    assert!(r.is_empty());
}

#[test]
fn a_wildcard_needs_expires_0_and_stands_alone() {
    let mut r = registrar();
    let mut all = request("c", 1, Vec::new());
    all.all = true;
    assert_eq!(r.register(now(0), &all), Err(Rejection::BadWildcard));
    all.expires = Some(0);
    assert_eq!(r.register(now(0), &all), Ok(Vec::new()));
    all.contacts = vec![contact("sip:bell@a")];
    assert_eq!(r.register(now(0), &all), Err(Rejection::BadWildcard));
}

#[test]
fn contacts_and_bindings_have_limits() {
    let mut r = registrar();
    let three = ["sip:1@a", "sip:2@a", "sip:3@a"].map(contact).to_vec();
    assert_eq!(r.register(now(0), &request("c", 1, three)), Err(Rejection::TooManyContacts { limit: 2 }));
    r.register(now(0), &request("c", 1, ["sip:1@a", "sip:2@a"].map(contact).to_vec())).unwrap();
    let mut other = request("c", 1, ["sip:1@b", "sip:2@b"].map(contact).to_vec());
    other.aor = "meucci".into();
    assert_eq!(r.register(now(0), &other), Err(Rejection::Full));
    run_out(&mut r);
}

#[test]
fn a_limit_of_its_own_holds_back_new_contacts_and_nothing_else() {
    let mut r = registrar();
    r.register(now(0), &request("c", 1, ["sip:1@a", "sip:2@a"].map(contact).to_vec())).unwrap();
    let with = |sequence, uri: &str, expires| Registration {
        limit: Some(1),
        expires: Some(expires),
        ..request("c", sequence, vec![contact(uri)])
    };
    assert_eq!(r.register(now(1), &with(2, "sip:3@a", 600)), Err(Rejection::TooManyContacts { limit: 1 }));
    r.register(now(2), &with(3, "sip:1@a", 600)).unwrap();
    r.register(now(3), &with(4, "sip:2@a", 0)).unwrap();
    assert_eq!(r.bindings("bell").len(), 1);
    assert_eq!(r.register(now(4), &with(5, "sip:2@a", 600)), Err(Rejection::TooManyContacts { limit: 1 }));
    run_out(&mut r);
}

#[test]
fn the_highest_q_comes_first_and_then_the_most_recent() {
    let mut r = Registrar::new(RegistrarConfig::default(), 1);
    for (at, (uri, q)) in [("sip:a@h", 500), ("sip:b@h", 900), ("sip:c@h", 900)].into_iter().enumerate() {
        let mut wish = contact(uri);
        wish.q = Some(q);
        r.register(now(at as u64), &request("c", 1 + at as u32, vec![wish])).unwrap();
    }
    let order: Vec<&str> = r.bindings("bell").iter().map(|binding| &*binding.contact).collect();
    assert_eq!(order, ["sip:c@h", "sip:b@h", "sip:a@h"]);
    run_out(&mut r);
}

#[test]
fn a_restarted_telephone_replaces_its_binding() {
    let mut r = registrar();
    let mut before = contact("sip:bell@192.0.2.9:1000");
    before.instance = Some("urn:uuid:1".into());
    let mut after = before.clone();
    after.uri = "sip:bell@192.0.2.9:2000".into();
    r.register(now(0), &request("boot-1", 1, vec![before])).unwrap();
    r.register(now(9), &request("boot-2", 1, vec![after])).unwrap();
    assert_eq!(r.len(), 1, "the instance names it");
    let mut r = registrar();
    let mut first = request("boot-1", 1, vec![contact("sip:bell@192.0.2.9:1000;transport=tcp")]);
    first.flow = flow(1000, Some(1));
    r.register(now(0), &first).unwrap();
    r.flow_closed(FlowId(1));
    let mut second = request("boot-2", 1, vec![contact("sip:bell@192.0.2.9:2000;transport=tcp")]);
    second.flow = flow(2000, Some(2));
    let changes = r.register(now(9), &second).unwrap();
    assert!(matches!(changes.first(), Some(Change::Gone { why: Gone::Replaced, .. })));
    assert_eq!(r.len(), 1, "its old connection is dead");
    run_out(&mut r);
}

#[test]
fn a_lost_connection_keeps_its_binding_waiting() {
    let mut r = registrar();
    let mut on_stream = request("c", 1, vec![contact("sip:bell@a")]);
    on_stream.flow = flow(4000, Some(8));
    r.register(now(0), &on_stream).unwrap();
    assert!(r.is_on(&on_stream.flow, "bell"));
    assert_eq!(r.accounts_on(&on_stream.flow), ["bell"]);
    assert_eq!(r.flow_closed(FlowId(8)).len(), 1);
    assert!(!r.bindings("bell")[0].live && !r.is_on(&on_stream.flow, "bell"));
    run_out(&mut r);
}

#[test]
fn behind_an_edge_proxy_the_source_proves_nobody() {
    let mut r = registrar();
    let mut through = request("c", 1, vec![contact("sip:bell@a")]);
    through.path = vec!["<sip:edge.example.com;lr>".into()];
    r.register(now(0), &through).unwrap();
    assert!(!r.is_on(&through.flow, "bell"));
    assert_eq!(r.bindings("bell")[0].path.len(), 1);
    run_out(&mut r);
}

#[test]
fn a_telephone_behind_a_translator_is_kept_alive() {
    let mut r = registrar();
    let mut behind = request("c", 1, vec![contact("sip:bell@10.0.0.5")]);
    behind.nat = true;
    r.register(now(0), &behind).unwrap();
    let mut pings = 0;
    for second in 0..100 {
        r.handle_timeout(now(second));
        while let Some(output) = r.poll() {
            assert_eq!(output, RegistrarOutput::KeepAlive(behind.flow));
            pings += 1;
        }
    }
    assert_eq!(pings, 3, "at 25, 50 and 75 s");
    run_out(&mut r);
}

#[test]
fn bindings_survive_a_restart_as_data() {
    let mut r = registrar();
    r.register(now(0), &request("c", 1, vec![contact("sip:bell@a")])).unwrap();
    let mut on_stream = request("c", 2, vec![contact("sip:bell@b")]);
    on_stream.flow = flow(4000, Some(8));
    r.register(now(0), &on_stream).unwrap();
    let text = serde_json::to_string(&r.export()).unwrap();
    let stored: Vec<StoredBinding> = serde_json::from_str(&text).unwrap();
    let mut again = registrar();
    for binding in stored.clone() {
        assert!(again.import(now(100), binding));
    }
    assert_eq!(again.bindings("bell").iter().filter(|binding| binding.live).count(), 1);
    assert!(again.bindings("bell").iter().all(|binding| binding.remaining(now(100).moment) == 500));
    assert!(stored.into_iter().all(|binding| !again.import(now(700), binding)), "expired ones are not taken");
    run_out(&mut again);
}
