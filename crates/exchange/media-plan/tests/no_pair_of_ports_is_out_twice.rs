//! Whatever is taken and given back, a pair has one user, and rests in between.

use ground::{Moment, NetworkId};
use media_plan::pool::QUARANTINE;
use media_plan::{AddressFamily, PortPair, PortPool};
use proptest::prelude::*;
use std::collections::BTreeMap;

#[derive(Clone, Debug)]
enum Step {
    Add(u16),
    Take(bool),
    GiveBack(usize),
    Wait(u64),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        (0u16..12).prop_map(Step::Add),
        any::<bool>().prop_map(Step::Take),
        any::<usize>().prop_map(Step::GiveBack),
        (0u64..1500).prop_map(Step::Wait),
    ]
}

proptest! {
    #[test]
    fn no_pair_of_ports_is_out_twice(steps in proptest::collection::vec(step(), 0..200)) {
        let mut pool = PortPool::new();
        let mut now = Moment::ZERO;
        let mut out: Vec<PortPair> = Vec::new();
        let mut rested: BTreeMap<PortPair, Moment> = BTreeMap::new();
        for step in steps {
            match step {
                Step::Add(index) => {
                    let family = if index % 2 == 0 { AddressFamily::V4 } else { AddressFamily::V6 };
                    pool.add(&[PortPair { network: NetworkId(1), family, rtp_port: 20_000 + 2 * index }]);
                }
                Step::Take(v4) => {
                    let family = if v4 { AddressFamily::V4 } else { AddressFamily::V6 };
                    let ready = pool.ready(now, NetworkId(1), family);
                    let taken = pool.take(now, NetworkId(1), family);
                    prop_assert_eq!(taken.is_some(), ready > 0);
                    if let Some(pair) = taken {
                        prop_assert!(!out.contains(&pair));
                        prop_assert_eq!(pair.family, family);
                        prop_assert!(rested.get(&pair).is_none_or(|until| *until <= now));
                        out.push(pair);
                    }
                }
                Step::GiveBack(index) if !out.is_empty() => {
                    let pair = out.swap_remove(index % out.len());
                    prop_assert!(pool.give_back(now, pair));
                    prop_assert!(!pool.give_back(now, pair));
                    rested.insert(pair, now + QUARANTINE);
                }
                Step::GiveBack(_) => {}
                Step::Wait(millis) => now = now + std::time::Duration::from_millis(millis),
            }
            prop_assert_eq!(pool.taken(), out.len());
        }
        for pair in out.drain(..) {
            prop_assert!(pool.give_back(now, pair));
        }
        let later = now + QUARANTINE;
        let ready = pool.ready(later, NetworkId(1), AddressFamily::V4) + pool.ready(later, NetworkId(1), AddressFamily::V6);
        prop_assert_eq!((pool.taken(), ready), (0, pool.len()));
    }
}
