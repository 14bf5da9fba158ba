//! The timers as data: in the order in which they fire, so that a restored exchange fires them in the same order.

use ground::{Moment, TimerTable};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

pub(crate) fn serialize<K, S>(timers: &TimerTable<K>, serializer: S) -> Result<S::Ok, S::Error>
where
    K: Ord + Clone + Serialize,
    S: Serializer,
{
    let mut rest = timers.clone();
    let mut list: Vec<(Moment, K)> = Vec::with_capacity(rest.len());
    while let Some(due) = rest.pop_due(Moment::from_micros(u64::MAX)) {
        list.push(due);
    }
    list.serialize(serializer)
}

pub(crate) fn deserialize<'de, K, D>(deserializer: D) -> Result<TimerTable<K>, D::Error>
where
    K: Ord + Clone + Deserialize<'de>,
    D: Deserializer<'de>,
{
    let mut timers = TimerTable::new();
    for (at, key) in Vec::<(Moment, K)>::deserialize(deserializer)? {
        timers.set(key, at);
    }
    Ok(timers)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Serialize, Deserialize)]
    struct State(#[serde(with = "super")] TimerTable<u8>);

    #[test]
    fn timers_fire_in_the_same_order_afterwards() {
        let mut state = State(TimerTable::new());
        for (key, at) in [(5, 20), (1, 10), (9, 10), (2, 10)] {
            state.0.set(key, Moment::from_millis(at));
        }
        let text = serde_json::to_string(&state).unwrap();
        let mut back: State = serde_json::from_str(&text).unwrap();
        let mut order = Vec::new();
        while let Some((_, key)) = back.0.pop_due(Moment::from_millis(100)) {
            order.push(key);
        }
        assert_eq!(order, [1, 9, 2, 5]);
    }
}
