//! A reference job: the same arithmetic each time, so that a busy machine is seen. A neighbour on the same core or memory bus
//! makes it longer, and with it every other figure.

use std::hint::black_box;

use super::processes::thread_cpu_seconds;

/// Rounds of the job.
const ROUNDS: usize = 40;
/// Bytes that are mixed in each round.
const SIZE: usize = 1 << 20;

/// CPU milliseconds of the job: the shortest of three runs.
pub fn milliseconds() -> f64 {
    let block: Vec<u8> = (0..SIZE).map(|index| (index * 31) as u8).collect();
    let one = |_| {
        let before = thread_cpu_seconds();
        black_box(job(black_box(&block)));
        (thread_cpu_seconds() - before) * 1e3
    };
    (0..3).map(one).fold(f64::INFINITY, f64::min)
}

/// A chain of multiplications over a block that fits the second-level cache (FNV-1a, eight bytes at a time).
fn job(block: &[u8]) -> u64 {
    let mut hash = 0xcbf2_9ce4_8422_2325_u64;
    for _ in 0..ROUNDS {
        for word in block.chunks_exact(8) {
            let mut bytes = [0; 8];
            bytes.copy_from_slice(word);
            hash = (hash ^ u64::from_le_bytes(bytes)).wrapping_mul(0x0000_0100_0000_01b3);
        }
    }
    hash
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_job_is_always_the_same_and_takes_time() {
        let block = vec![7_u8; 4096];
        assert_eq!(job(&block), job(&block));
        assert_ne!(job(&block), job(&[8; 4096]));
        assert!(milliseconds() > 0.0);
    }
}
