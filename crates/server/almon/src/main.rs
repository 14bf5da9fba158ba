//! almon
fn main() {}
