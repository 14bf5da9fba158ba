//! What the store costs: CPU per record and registration at a steady rate through the writer, and the time of a start.
//!
//! `cargo run --release -p store --example cost_of_the_store [SECONDS] [CALLS A SECOND] [REGISTRATIONS A SECOND]`

use directory::change::NewExtension;
use directory::store::{
    BindingName, FlowTransport, OpenRecord, RecordQuery, RegistrationKey, RegistrationWrite, StoredFlow,
    StoredRegistration, StoredRequest,
};
use directory::{
    CallRecord, Change, ChangeSet, DigestAlgorithm, Directory, Outcome, PasswordDigest, RecordKey, Store, difference,
};
use ground::{CallId, NetworkId, Number, Reason, Secret, Utc};
use std::error::Error;
use std::net::SocketAddr;
use std::time::{Duration, Instant};
use store::{Options, SqliteStore, Writer, WriterConfig};

/// The extensions of the site.
const EXTENSIONS: u32 = 15_000;

/// CPU time of this process in seconds, user and system (proc(5), fields 14 and 15 of stat, in hundredths of a second).
fn cpu() -> Result<f64, Box<dyn Error>> {
    let stat = std::fs::read_to_string("/proc/self/stat")?;
    let fields: Vec<_> = stat.rsplit(") ").next().unwrap_or_default().split(' ').collect();
    let ticks = |index: usize| fields.get(index).and_then(|field| field.parse::<f64>().ok()).unwrap_or_default();
    Ok((ticks(11) + ticks(12)) / 100.0)
}

fn record(call: u64) -> CallRecord {
    let number =
        |last: u64| Number::private(format!("{}", 30_000 + last % u64::from(EXTENSIONS)).parse().unwrap_or_default());
    CallRecord {
        key: RecordKey { call: CallId(1_772_355_900 << 32 | call), segment: 0 },
        caller: number(call),
        dialled: number(call * 7),
        connected: Some(number(call * 7)),
        trunk_in: None,
        trunk_out: None,
        started: Utc::from_micros(1_772_355_900_000_000 + call as i64 * 2_500),
        offset_minutes: 60,
        answered_after: Some(Duration::from_millis(2_345)),
        ended_after: Duration::from_millis(93_456),
        outcome: Outcome::Answered,
        reason: Reason::NormalClearing,
        transferred_by: None,
    }
}

fn open(record: &CallRecord) -> OpenRecord {
    OpenRecord {
        key: record.key,
        caller: record.caller,
        dialled: record.dialled,
        connected: None,
        trunk_in: None,
        trunk_out: None,
        started: record.started,
        offset_minutes: record.offset_minutes,
        answered_after: None,
        transferred_by: None,
    }
}

fn registration(number: u32, version: u64) -> RegistrationWrite {
    let binding =
        BindingName::Instance { instance: format!("urn:uuid:00000000-0000-1000-8000-0000{number:08}"), reg_id: 1 };
    RegistrationWrite::Save(StoredRegistration {
        key: RegistrationKey { number: format!("{}", 30_000 + number).parse().unwrap_or_default(), binding },
        version,
        contact: format!("sip:{}@192.0.2.17:40017;transport=udp", 30_000 + number),
        q: 1000,
        path: vec![],
        expires_at: Utc::from_seconds(1_772_359_500),
        flow: StoredFlow {
            transport: FlowTransport::Udp,
            network: NetworkId(1),
            local: SocketAddr::from(([192, 0, 2, 1], 40_001)),
            peer: SocketAddr::from(([192, 0, 2, 17], 40_017)),
        },
        request: StoredRequest { call_id: format!("{number}-a84b4c76e66710"), cseq: version as u32 },
        instance: None,
        reg_id: None,
        translated: false,
        user_agent: "Kellogg 1000 release 6.3.0.1020".to_owned(),
    })
}

fn site(store: &mut dyn Store) -> Result<(), Box<dyn Error>> {
    let digest = |algorithm, length: usize| PasswordDigest {
        algorithm,
        a1: Secret::new("0123456789abcdef".repeat(length / 16)),
    };
    let extension = |number: u32| {
        Change::AddExtension(NewExtension {
            number: number.to_string().parse().unwrap_or_default(),
            name: format!("Extension {number}"),
            max_terminals: 2,
            external_calls: true,
            password: vec![digest(DigestAlgorithm::Md5, 32), digest(DigestAlgorithm::Sha256, 64)],
            call_waiting: true,
            max_calls: None,
            pickup_group: None,
        })
    };
    let empty = Directory::default();
    let changes = (30_000..30_000 + EXTENSIONS).map(extension).collect();
    let set = ChangeSet { base: empty.revision, author: "bench".to_owned(), at: Utc::from_seconds(1), changes };
    let start = Instant::now();
    let head = empty.apply(&set).map_err(|refusals| format!("{refusals:?}"))?;
    println!("apply {EXTENSIONS} new extensions: {:?}", start.elapsed());
    let start = Instant::now();
    store.append(&set, &head)?;
    println!("append them, with a checkpoint: {:?}", start.elapsed());
    let change = Change::RemoveExtension { number: "30001".parse()? };
    let one =
        ChangeSet { base: head.revision, author: "bench".to_owned(), at: Utc::from_seconds(2), changes: vec![change] };
    let start = Instant::now();
    let next = head.apply(&one).map_err(|refusals| format!("{refusals:?}"))?;
    println!("apply one change at {EXTENSIONS} extensions: {:?}", start.elapsed());
    let start = Instant::now();
    let plan = difference(&head, &next);
    println!("plan of it, {} item: {:?}", plan.len(), start.elapsed());
    let start = Instant::now();
    store.append(&one, &next)?;
    println!("append it: {:?}", start.elapsed());
    let all: Vec<_> = (0..EXTENSIONS).map(|number| registration(number, 1)).collect();
    let start = Instant::now();
    store.save_registrations(&all)?;
    println!("save {EXTENSIONS} registrations in one batch: {:?}", start.elapsed());
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let mut argument = |default: u64| arguments.next().and_then(|text| text.parse().ok()).unwrap_or(default);
    let (seconds, calls, refreshes) = (argument(10), argument(400), argument(4_000));
    let folder = std::env::temp_dir().join(format!("almon-cost-{}", std::process::id()));

    let mut store = SqliteStore::open(&folder, &Options::default())?;
    site(&mut store)?;
    drop(store);
    let start = Instant::now();
    let mut store = SqliteStore::open(&folder, &Options::default())?;
    let opened = start.elapsed();
    let extensions = store.load()?.extensions.len();
    let loaded = start.elapsed();
    let registrations = store.load_registrations()?.len();
    drop(store);
    println!(
        "start: open {opened:?}, {extensions} extensions {:?}, {registrations} registrations {:?}, all {:?}",
        loaded - opened,
        start.elapsed() - loaded,
        start.elapsed()
    );

    // What making the items costs, without the store.
    let total_calls = calls * seconds;
    let total_refreshes = refreshes * seconds;
    let before = cpu()?;
    let mut bytes = 0;
    for call in 0..total_calls {
        bytes += std::mem::size_of_val(&open(&record(call)));
    }
    for refresh in 0..total_refreshes {
        bytes += std::mem::size_of_val(&registration(refresh as u32 % EXTENSIONS, 2 + refresh));
    }
    let making = cpu()? - before;
    assert!(bytes > 0);

    for (name, calls, refreshes) in
        [("calls alone", calls, 0), ("registrations alone", 0, refreshes), ("both", calls, refreshes)]
    {
        let writer = Writer::start(
            Box::new(SqliteStore::open(&folder, &Options::default())?),
            WriterConfig::default(),
            |alarm| println!("alarm: {alarm:?}"),
        )?;
        let (before, start) = (cpu()?, Instant::now());
        let base = name.len() as u64 * 100_000_000;
        // Ten milliseconds at a time; a call ends two seconds after it began.
        for tick in 0..seconds * 100 {
            for call in tick * calls / 100..(tick + 1) * calls / 100 {
                writer.open(open(&record(base + call)));
                if call >= calls * 2 {
                    writer.close(record(base + call - calls * 2));
                }
            }
            for refresh in tick * refreshes / 100..(tick + 1) * refreshes / 100 {
                writer.register(registration(refresh as u32 % EXTENSIONS, base + refresh));
            }
            std::thread::sleep(
                (start + Duration::from_millis(10 * (tick + 1))).saturating_duration_since(Instant::now()),
            );
        }
        let shutdown = writer.shut_down(Duration::from_secs(10));
        let used = cpu()? - before;
        let items = shutdown.counts.records + shutdown.counts.registrations;
        println!(
            "{name}: {used:.2} s CPU in {:.1} s for {} records (and {} beginnings), {} registrations, {} transactions: {:.1} us an item",
            start.elapsed().as_secs_f64(),
            shutdown.counts.records,
            shutdown.counts.opens,
            shutdown.counts.registrations,
            shutdown.counts.transactions,
            used * 1e6 / items.max(1) as f64
        );
    }
    println!("making the items themselves: {making:.2} s CPU for {} items", total_calls + total_refreshes);
    let mut store = SqliteStore::open(&folder, &Options::default())?;
    let start = Instant::now();
    let newest = store.records(&RecordQuery::newest(100))?.len();
    println!("the newest {newest} records: {:?}", start.elapsed());
    drop(store);
    std::fs::remove_dir_all(&folder)?;
    Ok(())
}
