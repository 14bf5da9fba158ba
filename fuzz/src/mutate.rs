//! Mutations: what turns a seed into an input.

use crate::random::Random;

/// Bytes at which text and binary protocols change their minds.
const TURNING_BYTES: &[u8] = b"\x00\x01\x7f\x80\xff\r\n\t :;,=\"'<>()[]{}@%&/\\?*+-.0";

/// Numbers at the edges of the types that parsers read into.
const EDGES: &[&str] = &[
    "0",
    "-1",
    "1",
    "255",
    "256",
    "65535",
    "65536",
    "2147483647",
    "2147483648",
    "4294967295",
    "4294967296",
    "9223372036854775808",
    "18446744073709551616",
    "99999999999999999999999999",
    "00000000000000000000001",
    "1.5",
    "",
];

/// Makes inputs from seeds and tokens.
pub struct Mutator<'a> {
    seeds: &'a [Vec<u8>],
    tokens: &'a [Vec<u8>],
    longest: usize,
}

impl<'a> Mutator<'a> {
    /// A mutator whose inputs have at most `longest` bytes.
    pub fn new(seeds: &'a [Vec<u8>], tokens: &'a [Vec<u8>], longest: usize) -> Mutator<'a> {
        Mutator { seeds, tokens, longest }
    }

    /// The next input, written over `input`.
    pub fn next(&self, random: &mut Random, input: &mut Vec<u8>) {
        input.clear();
        if let Some(seed) = random.pick(self.seeds) {
            input.extend_from_slice(seed);
        }
        if input.is_empty() || random.once_in(50) {
            let length = random.below(200);
            input.extend((0..length).map(|_| random.byte()));
        }
        for _ in 0..=random.below(8) {
            self.change(random, input);
        }
        input.truncate(self.longest);
    }

    fn change(&self, random: &mut Random, input: &mut Vec<u8>) {
        match random.below(12) {
            0 => flip_bit(random, input),
            1 => overwrite(random, input, |random| random.byte()),
            2 => overwrite(random, input, |random| *random.pick(TURNING_BYTES).unwrap_or(&0)),
            3 => {
                let (from, to) = chunk(random, input);
                input.drain(from..to);
            }
            4 => self.duplicate(random, input),
            5 => input.truncate(random.below(input.len() + 1)),
            6 => {
                let at = random.below(input.len() + 1);
                let token = random.pick(self.tokens).cloned().unwrap_or_else(|| vec![random.byte()]);
                input.splice(at..at, token);
            }
            7 => {
                let (from, to) = chunk(random, input);
                let token = random.pick(self.tokens).cloned().unwrap_or_default();
                input.splice(from..to, token);
            }
            8 => self.splice(random, input),
            9 => number(random, input),
            10 => word(random, input),
            _ => swap(random, input),
        }
    }

    /// Repeats a chunk, now and then often: parsers that copy or count show it.
    fn duplicate(&self, random: &mut Random, input: &mut Vec<u8>) {
        let (from, to) = chunk(random, input);
        let times = if random.once_in(8) { random.below(300) } else { 1 };
        let room = self.longest.saturating_sub(input.len());
        let fits = room.checked_div(to - from).unwrap_or(0).min(times);
        let copies = input[from..to].repeat(fits);
        input.splice(to..to, copies);
    }

    /// The head of this input and the tail of a seed.
    fn splice(&self, random: &mut Random, input: &mut Vec<u8>) {
        let Some(other) = random.pick(self.seeds) else { return };
        input.truncate(random.below(input.len() + 1));
        input.extend_from_slice(&other[random.below(other.len() + 1)..]);
    }
}

/// The ends of a piece of the input, most often a short one.
fn chunk(random: &mut Random, input: &[u8]) -> (usize, usize) {
    let from = random.below(input.len() + 1);
    let rest = input.len() - from;
    let longest = if random.once_in(4) { rest } else { rest.min(16) };
    (from, from + random.below(longest + 1))
}

fn flip_bit(random: &mut Random, input: &mut [u8]) {
    let (at, bit) = (random.below(input.len()), random.below(8));
    if let Some(byte) = input.get_mut(at) {
        *byte ^= 1 << bit;
    }
}

fn overwrite(random: &mut Random, input: &mut [u8], value: impl Fn(&mut Random) -> u8) {
    let at = random.below(input.len());
    if let Some(byte) = input.get_mut(at) {
        *byte = value(random);
    }
}

/// Puts an edge in place of a decimal number of the text.
fn number(random: &mut Random, input: &mut Vec<u8>) {
    let start = random.below(input.len() + 1);
    let Some(first) = (start..input.len()).find(|at| input[*at].is_ascii_digit()) else { return };
    let end = (first..input.len()).find(|at| !input[*at].is_ascii_digit()).unwrap_or(input.len());
    let edge = random.pick(EDGES).copied().unwrap_or_default();
    input.splice(first..end, edge.bytes());
}

/// Puts an edge in place of a binary number of two or four bytes in network order.
fn word(random: &mut Random, input: &mut [u8]) {
    let edge = [0u32, 1, 0x7FFF, 0x8000, 0xFFFF, 0x7FFF_FFFF, 0x8000_0000, u32::MAX][random.below(8)];
    let bytes = edge.to_be_bytes();
    let bytes = if random.once_in(2) { &bytes[..] } else { &bytes[2..] };
    let at = random.below(input.len());
    for (byte, new) in input.iter_mut().skip(at).zip(bytes) {
        *byte = *new;
    }
}

/// Exchanges two halves of a chunk: lines change their order.
fn swap(random: &mut Random, input: &mut [u8]) {
    let (from, to) = chunk(random, input);
    let middle = random.below(to - from + 1);
    input[from..to].rotate_left(middle);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inputs(seeds: &[Vec<u8>], tokens: &[Vec<u8>], longest: usize, count: usize) -> Vec<Vec<u8>> {
        let mutator = Mutator::new(seeds, tokens, longest);
        let mut random = Random::new(3);
        let mut input = Vec::new();
        let next = |_| {
            mutator.next(&mut random, &mut input);
            input.clone()
        };
        (0..count).map(next).collect()
    }

    #[test]
    fn no_input_is_longer_than_asked() {
        let seeds = vec![vec![b'a'; 90], b"b".to_vec()];
        assert!(inputs(&seeds, &[b"token".to_vec()], 100, 5000).iter().all(|input| input.len() <= 100));
    }

    #[test]
    fn inputs_differ_and_most_keep_something_of_the_seed() {
        let seeds = vec![b"INVITE sip:reis@example.com SIP/2.0\r\n".to_vec()];
        let made = inputs(&seeds, &[], 4096, 1000);
        let kept = made.iter().filter(|input| input.windows(8).any(|w| seeds[0].windows(8).any(|s| s == w))).count();
        let mut unique = made.clone();
        unique.sort();
        unique.dedup();
        assert!(kept > 500, "{kept} of 1000 keep something");
        assert!(unique.len() > 900, "{} of 1000 are unique", unique.len());
    }

    #[test]
    fn tokens_and_edges_get_in() {
        let made = inputs(&[b"Content-Length: 42 ".to_vec()], &[b"<TOKEN>".to_vec()], 4096, 5000);
        let with = |needle: &[u8]| made.iter().any(|input| input.windows(needle.len()).any(|w| w == needle));
        assert!(with(b"<TOKEN>"));
        assert!(with(b": 4294967296"));
        assert!(with(b"\xff\xff\xff\xff"));
    }

    #[test]
    fn without_seeds_there_are_inputs_too() {
        let made = inputs(&[], &[], 4096, 200);
        assert!(made.iter().any(|input| input.len() > 50));
    }
}
