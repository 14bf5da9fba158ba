//! Data for the cases.

use super::Failure;
use crate::change::{Change, ChangeSet, ExtensionPatch, NewChoice, NewExtension, NewRoute, NewTrunk};
use crate::store::{
    BindingName, FlowTransport, OpenRecord, RegistrationKey, Store, StoredFlow, StoredRegistration, StoredRequest,
};
use crate::{CallRecord, DigestAlgorithm, Directory, Outcome, PasswordDigest, RecordKey, Revision, TrunkTransport};
use ground::{CallId, Digits, NetworkId, Number, Reason, Secret, TrunkId, Utc};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

/// A digit string; all callers give digits.
pub(super) fn digits(text: &str) -> Digits {
    text.parse().unwrap_or_default()
}

pub(super) fn extension(number: u32) -> Change {
    let a1 = format!("{number:064x}");
    Change::AddExtension(NewExtension {
        number: digits(&number.to_string()),
        name: format!("Almon {number}"),
        max_terminals: 2,
        external_calls: number.is_multiple_of(2),
        password: vec![
            PasswordDigest { algorithm: DigestAlgorithm::Sha256, a1: Secret::new(a1.clone()) },
            PasswordDigest { algorithm: DigestAlgorithm::Md5, a1: Secret::new(a1.get(32..).unwrap_or_default()) },
        ],
        call_waiting: true,
        max_calls: None,
        pickup_group: None,
    })
}

pub(super) fn rename(number: u32, name: &str) -> Change {
    let patch = ExtensionPatch { name: Some(name.to_owned()), ..ExtensionPatch::default() };
    Change::ChangeExtension { number: digits(&number.to_string()), patch }
}

pub(super) fn way_out() -> Vec<Change> {
    vec![
        Change::AddTrunk(NewTrunk {
            name: "carrier".to_owned(),
            address: SocketAddr::from((Ipv4Addr::new(192, 0, 2, 9), 5060)),
            transport: TrunkTransport::Tls,
            network: NetworkId(1),
            sources: vec![IpAddr::V6(Ipv6Addr::LOCALHOST)],
            transit: false,
            max_calls: Some(30).into(),
            follow_redirects: false,
            may_transfer: false,
            transfers_itself: false,
        }),
        Change::AddRoute(NewRoute {
            name: "out".to_owned(),
            prefix: digits("0"),
            min_digits: 3,
            max_digits: 20,
            choices: vec![NewChoice { trunk: "carrier".to_owned(), strip: 1, prepend: digits("00") }],
            hours: Vec::new(),
        }),
        Change::AddEmergency { number: digits("112"), route: "out".to_owned() },
    ]
}

pub(super) fn set(base: Revision, changes: Vec<Change>) -> ChangeSet {
    let at = Utc::from_seconds(1_772_355_900).as_micros().saturating_add_unsigned(base.0);
    ChangeSet { base, author: "strowger".to_owned(), at: Utc::from_micros(at), changes }
}

/// Applies and appends; returns the new head.
pub(super) fn commit(store: &mut dyn Store, directory: &Directory, changes: Vec<Change>) -> Result<Directory, Failure> {
    let set = set(directory.revision, changes);
    let next = directory.apply(&set).map_err(|refusals| Failure::Differs {
        rule: "the sample can be applied",
        seen: refusals.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
    })?;
    let head = store.append(&set, &next)?;
    super::same("append returns the new head", head, next.revision)?;
    Ok(next)
}

pub(super) fn key(call: u64, segment: u16) -> RecordKey {
    RecordKey { call: CallId(call), segment }
}

/// The record of a call that began in that second.
pub(super) fn record(call: u64, second: i64) -> CallRecord {
    CallRecord {
        key: key(call, 0),
        caller: Number::private(digits("1001")),
        dialled: Number::private(digits("1002")),
        connected: Some(Number::private(digits("1002"))),
        trunk_in: None,
        trunk_out: Some(TrunkId(3)),
        started: Utc::from_seconds(second),
        offset_minutes: 60,
        answered_after: Some(Duration::from_millis(4_250)),
        ended_after: Duration::from_micros(63_000_001),
        outcome: Outcome::Answered,
        reason: Reason::NormalClearing,
        transferred_by: None,
    }
}

pub(super) fn open(call: u64, second: i64) -> OpenRecord {
    let record = record(call, second);
    OpenRecord {
        key: record.key,
        caller: record.caller,
        dialled: record.dialled,
        connected: None,
        trunk_in: record.trunk_in,
        trunk_out: record.trunk_out,
        started: record.started,
        offset_minutes: record.offset_minutes,
        answered_after: None,
        transferred_by: None,
    }
}

pub(super) fn registration(number: &str, version: u64) -> StoredRegistration {
    let binding = BindingName::Contact(format!("sip:{number}@192.0.2.17:5062;ob"));
    StoredRegistration {
        key: RegistrationKey { number: digits(number), binding },
        version,
        contact: format!("sip:{number}@192.0.2.17:5062;ob"),
        q: 700,
        path: vec!["<sip:edge.example;lr>".to_owned()],
        expires_at: Utc::from_seconds(1_772_359_500),
        flow: StoredFlow {
            transport: FlowTransport::Udp,
            network: NetworkId(1),
            local: SocketAddr::from((Ipv4Addr::new(192, 0, 2, 1), 5060)),
            peer: SocketAddr::from((Ipv6Addr::LOCALHOST, 40_001)),
        },
        request: StoredRequest { call_id: "a84b4c76e66710".to_owned(), cseq: 1826 },
        instance: Some("urn:uuid:0001".to_owned()),
        reg_id: Some(2),
        translated: true,
        user_agent: "Kellogg \"set\" 1.0 \u{e9}".to_owned(),
    }
}
