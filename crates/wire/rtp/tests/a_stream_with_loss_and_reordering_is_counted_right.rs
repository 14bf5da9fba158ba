//! Loss, duplicates and reordering of a long stream, counted against the truth.

use ground::Moment;
use proptest::prelude::*;
use rtp::{Arrival, SequenceNumber, Source, Ssrc};
use std::collections::BTreeSet;

/// What the network does with a packet.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Arrives,
    Lost,
    Twice,
    AfterTheNext,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![20 => Just(Fate::Arrives), 2 => Just(Fate::Lost), 1 => Just(Fate::Twice), 1 => Just(Fate::AfterTheNext)]
}

proptest! {
    #[test]
    fn counts_equal_the_truth(first: u16, fates in proptest::collection::vec(fate(), 0..3000)) {
        // Two packets in sequence end the probation; counting begins with the second.
        let mut source = Source::new(Ssrc(1), SequenceNumber(first), 8000, Moment::ZERO);
        let mut order = vec![0u64, 1];
        let mut held = None;
        for (number, fate) in (2u64..).zip(&fates) {
            match fate {
                Fate::Arrives => order.push(number),
                Fate::Lost => {}
                Fate::Twice => order.extend([number, number]),
                Fate::AfterTheNext if held.is_none() => {
                    held = Some(number);
                    continue;
                }
                Fate::AfterTheNext => order.push(number),
            }
            order.extend(held.take());
        }
        for &number in &order {
            let sequence = SequenceNumber(first.wrapping_add(number as u16));
            let arrival = source.receive(sequence, Some(number as u32 * 160), Moment::from_millis(number * 20));
            prop_assert!(!matches!(arrival, Arrival::Stray | Arrival::Restarted(_)), "{:?}", arrival);
            if let Arrival::Newest { sequence: extended, .. } | Arrival::Late(extended) = arrival {
                prop_assert_eq!(extended.0 as u16, sequence.0);
            }
        }
        let counted = &order[1..];
        let highest = counted.iter().max().copied().unwrap_or(1);
        let distinct: BTreeSet<_> = counted.iter().collect();
        prop_assert_eq!(source.expected(), highest);
        prop_assert_eq!(source.received(), counted.len() as u64);
        prop_assert_eq!(source.lost(), highest as i64 - counted.len() as i64);
        prop_assert!(distinct.len() as u64 <= source.expected());
        let block = source.report(Moment::ZERO).unwrap();
        prop_assert_eq!(i64::from(block.cumulative_lost), source.lost());
        let expected_fraction = (source.lost().max(0) * 256 / source.expected() as i64).min(255);
        prop_assert_eq!(i64::from(block.fraction_lost), expected_fraction);
    }
}
