//! Measures Almon beside other people's programs: the same work at the same rates in the same run. See `docs/performance.md`,
//! which is its output.

#[path = "../bench/mod.rs"]
mod bench;

fn main() -> std::process::ExitCode {
    bench::main()
}
