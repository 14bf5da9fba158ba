//! A tree over digits: what a dialled number begins with is found in one walk along its digits.

use ground::Digits;

/// The children of a node: the ten digits, `*`, `#` and `A` to `D`.
const FAN_OUT: usize = 16;
/// Marks a missing child; node 0 is the root and never a child.
const NONE: u32 = 0;

/// A map from digit strings to values that is walked digit by digit.
#[derive(Clone, Debug)]
pub struct PrefixTree<T> {
    nodes: Vec<Node<T>>,
}

#[derive(Clone, Debug)]
struct Node<T> {
    children: [u32; FAN_OUT],
    value: Option<T>,
}

/// What stands at one place of a walk.
#[derive(Clone, Copy, Debug)]
pub struct Place<'a, T> {
    /// How many digits lead here.
    pub depth: usize,
    /// The value here.
    pub value: Option<&'a T>,
    /// Longer strings than this exist in the tree.
    pub deeper: bool,
}

impl<T> Default for PrefixTree<T> {
    fn default() -> Self {
        PrefixTree { nodes: vec![Node::empty()] }
    }
}

impl<T> Node<T> {
    fn empty() -> Self {
        Node { children: [NONE; FAN_OUT], value: None }
    }
}

fn slot(digit: char) -> Option<usize> {
    match digit {
        '0'..='9' => Some(digit as usize - '0' as usize),
        '*' => Some(10),
        '#' => Some(11),
        'A'..='D' => Some(12 + (digit as usize - 'A' as usize)),
        _ => None,
    }
}

impl<T> PrefixTree<T> {
    /// The value stored for exactly these digits, made with `make` when there is none.
    ///
    /// Returns none only when the tree would need more than four thousand million nodes.
    pub fn entry(&mut self, digits: &Digits, make: impl FnOnce() -> T) -> Option<&mut T> {
        let mut at = 0usize;
        for digit in digits.as_str().chars() {
            let slot = slot(digit)?;
            let next = *self.nodes.get(at)?.children.get(slot)?;
            at = if next == NONE {
                let fresh = u32::try_from(self.nodes.len()).ok()?;
                self.nodes.push(Node::empty());
                *self.nodes.get_mut(at)?.children.get_mut(slot)? = fresh;
                fresh as usize
            } else {
                next as usize
            };
        }
        Some(self.nodes.get_mut(at)?.value.get_or_insert_with(make))
    }

    /// The places along `digits`, from the root on, as far as the tree goes.
    pub fn walk<'a>(&'a self, digits: &Digits) -> impl Iterator<Item = Place<'a, T>> {
        let mut at = Some(0usize);
        let mut rest = digits.as_str().chars();
        let mut depth = 0;
        std::iter::from_fn(move || {
            let node = self.nodes.get(at?)?;
            let place = Place { depth, value: node.value.as_ref(), deeper: node.children.iter().any(|c| *c != NONE) };
            at = rest
                .next()
                .and_then(slot)
                .and_then(|slot| node.children.get(slot).copied())
                .filter(|c| *c != NONE)
                .map(|c| c as usize);
            depth += 1;
            Some(place)
        })
        .fuse()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::collections::BTreeMap;

    #[test]
    fn a_walk_ends_where_the_tree_ends() {
        let mut tree = PrefixTree::default();
        tree.entry(&"12".parse().unwrap(), || 'x');
        let digits = "1299".parse().unwrap();
        let places: Vec<_> = tree.walk(&digits).map(|p| (p.depth, p.value.copied(), p.deeper)).collect();
        assert_eq!(places, [(0, None, true), (1, None, true), (2, Some('x'), false)]);
    }

    proptest! {
        #[test]
        fn a_walk_meets_every_prefix_that_was_stored_and_no_other(
            stored in proptest::collection::btree_map("[0-9*#A-D]{0,6}", 0u32..100, 0..40),
            dialled in "[0-9*#A-D]{0,8}",
        ) {
            let mut tree = PrefixTree::default();
            for (digits, value) in &stored {
                tree.entry(&digits.parse().unwrap(), || *value);
            }
            let digits: Digits = dialled.parse().unwrap();
            let met: BTreeMap<usize, u32> =
                tree.walk(&digits).filter_map(|p| Some((p.depth, *p.value?))).collect();
            let expected: BTreeMap<usize, u32> =
                stored.iter().filter(|(k, _)| dialled.starts_with(*k)).map(|(k, v)| (k.len(), *v)).collect();
            prop_assert_eq!(met, expected);
            if let Some(last) = tree.walk(&digits).last().filter(|p| p.depth == digits.len()) {
                let longer = stored.keys().any(|k| k.len() > dialled.len() && k.starts_with(&dialled));
                prop_assert_eq!(last.deeper, longer);
            }
        }
    }
}
