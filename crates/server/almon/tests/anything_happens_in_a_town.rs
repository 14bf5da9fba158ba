//! Thirty extensions, two trunks and a server that dies now and then: whatever people do, every table is empty at the end of the day, no port
//! is left over, every segment has one record, nobody hears somebody else's call, and a replay says the same as the original.
//! `benches/random_interactions.rs` does the same a million times.

mod town;

use town::{Plan, Town};

fn day(seed: u64, interactions: u64) {
    let without = std::env::var("TOWN_WITHOUT").unwrap_or_default();
    let without = without.split(',').map(str::to_owned).collect();
    let tally = Town::new(Plan { seed, interactions, ladder: true, without }).live();
    assert!(tally.interactions() >= interactions);
    println!("seed {seed}: {tally}");
}

#[test]
fn and_nothing_is_left() {
    let first = std::env::var("TOWN_SEED").ok().and_then(|seed| seed.parse().ok()).unwrap_or(1);
    let days = std::env::var("TOWN_DAYS").ok().and_then(|days| days.parse().ok()).unwrap_or(4);
    let interactions = std::env::var("TOWN_STEPS").ok().and_then(|steps| steps.parse().ok()).unwrap_or(2000);
    for seed in first..first + days {
        day(seed, interactions);
    }
}
