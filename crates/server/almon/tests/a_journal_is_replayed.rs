//! A journal says the same when it is replayed, wherever it is cut; what is changed in it is found; and the gate keeps back what the
//! journal's other holder has not acknowledged.

mod world;

use almon::journal::gate::{Acknowledged, Gate};
use almon::journal::replay::{ReplayError, replay};
use ground::Utc;
use journal::{Header, HeaderError, Kind, Position, Reader, frame};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use world::World;

/// A journal of some calls.
fn written() -> Vec<u8> {
    let mut world = World::with_two_telephones(5);
    for _ in 0..3 {
        let (calling, _) = world.connect();
        world.change(0, calling, "sendonly");
        world.hang_up(0, calling);
        world.expect_ended(1);
    }
    world.connect();
    world.kept.journal.bytes()
}

#[test]
fn the_same_comes_out_up_to_any_record() {
    let bytes = written();
    let (_, whole) = replay(&bytes, None, |_, _| {}).unwrap();
    assert!(whole.records > 50 && whole.outputs > 50, "{whole:?}");
    assert_eq!((whole.different, whole.cut, whole.calls, whole.ended), (0, None, 1, false));
    for until in [0, 1, whole.records / 2, whole.records] {
        let mut seen = 0;
        let (_, report) = replay(&bytes, Some(until), |number, _| seen = number).unwrap();
        assert_eq!((report.records, seen, report.different), (until, until, 0));
    }
}

#[test]
fn a_cut_anywhere_is_named_and_what_is_before_it_is_replayed() {
    let bytes = written();
    let records = |bytes: &[u8]| replay(bytes, None, |_, _| {}).map(|(_, report)| report);
    let whole = records(&bytes).unwrap().records;
    let mut last = 0;
    for end in (1..bytes.len()).step_by(97) {
        match records(&bytes[..end]) {
            Ok(report) => {
                assert!(report.cut.is_none_or(|at| at < end) && report.different == 0);
                assert!(report.records >= last && report.records <= whole);
                last = report.records;
            }
            Err(error) => assert_eq!(error, ReplayError::Head(HeaderError::Cut)),
        }
    }
    assert!(last > whole / 2);
}

#[test]
fn a_record_that_says_something_else_is_found() {
    let bytes = written();
    let mut reader = Reader::new(&bytes).unwrap();
    let mut changed = reader.header().bytes();
    let mut at = 0;
    for (number, message) in reader.by_ref().enumerate() {
        let mut content = message.content.into_owned();
        // An input of the exchange has the tag 16.
        if at == 0 && number > 40 && content.first() == Some(&16) {
            at = changed.len();
            // The digest of what came out stands at the end of a record.
            *content.last_mut().unwrap() ^= 1;
        }
        frame::write(message.kind, &content, &mut changed);
    }
    let (_, report) = replay(&changed, None, |_, _| {}).unwrap();
    let first = report.first.unwrap();
    assert_eq!((report.different, first.at), (1, at));
    assert_eq!(first.outputs.0, first.outputs.1);
}

#[test]
fn what_is_none_of_ours_is_refused_with_the_reason() {
    let refused = |bytes: &[u8]| replay(bytes, None, |_, _| {}).map(|_| ()).unwrap_err();
    assert_eq!(refused(b"[network]\nname = 'x'"), ReplayError::Head(HeaderError::NotAJournal));
    let header = Header { build: "0.0.9".into(), sequence: 1, position: 0, begun: Utc::default() };
    assert_eq!(refused(&header.bytes()), ReplayError::OtherBuild { build: "0.0.9".into() });
    // A record that no build of ours writes, whole and with a right checksum.
    let bytes = written();
    let whole = Reader::new(&bytes).unwrap().count();
    let mut more = bytes.clone();
    frame::write(Kind::Record, &[250, 1, 2, 3], &mut more);
    assert!(matches!(refused(&more), ReplayError::Unplayable { at, .. } if at == bytes.len()), "{whole}");
    let mut early = Reader::new(&bytes).unwrap().header().bytes();
    frame::write(Kind::Whole, &[], &mut early);
    assert!(matches!(refused(&early), ReplayError::Unplayable { .. }));
}

#[test]
fn no_damage_makes_it_panic() {
    let bytes = written();
    for at in (0..bytes.len()).step_by(61) {
        let mut bad = bytes.clone();
        bad[at] ^= 0x10;
        // Damage is found by checksums; the last message may count as cut.
        let found = match replay(&bad, None, |_, _| {}) {
            Err(ReplayError::Head(_) | ReplayError::Damaged { .. }) => true,
            Ok((_, report)) => report.cut.is_some(),
            Err(_) => false,
        };
        assert!(found, "byte {at}");
    }
    // And records that are whole and senseless.
    let mut seed = 7_u64;
    for round in 0..200 {
        let mut reader = Reader::new(&bytes).unwrap();
        let mut bad = reader.header().bytes();
        for message in reader.by_ref() {
            let mut content = message.content.into_owned();
            seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(round);
            if seed >> 60 == 0 && !content.is_empty() {
                let place = (seed >> 20) as usize % content.len();
                content[place] = (seed >> 40) as u8;
            }
            frame::write(message.kind, &content, &mut bad);
        }
        let _ = replay(&bad, None, |_, _| {});
    }
}

/// A second holder of the journal, played by the test.
#[derive(Clone, Default)]
struct Standby(Arc<AtomicU64>);

impl Acknowledged for Standby {
    fn acknowledged(&self) -> Position {
        Position(self.0.load(Relaxed))
    }
}

#[test]
fn nothing_leaves_before_it_is_acknowledged_and_then_everything_in_order() {
    let mut world = World::with_two_telephones(6);
    let standby = Standby::default();
    standby.0.store(u64::MAX, Relaxed);
    world.kept.gate = Gate::held_by(Box::new(standby.clone()), 1000);
    let (calling, _) = world.connect();
    standby.0.store(world.board.position().0, Relaxed);
    world.telephones.iter_mut().for_each(|telephone| telephone.events.clear());
    let sent = world.sent_to(1).len();
    world.hang_up(0, calling);
    world.run_seconds(2);
    assert_eq!(world.sent_to(1).len(), sent, "no BYE leaves");
    assert!(world.kept.gate.waiting() > 2 && world.records.is_empty());
    standby.0.store(world.board.position().0, Relaxed);
    world.effects();
    standby.0.store(u64::MAX, Relaxed);
    world.expect_ended(1);
    assert_eq!(world.kept.gate.unacknowledged(), 0);
    world.assert_empty();
    assert_eq!(world.records.len(), 1);
}
