//! PORTS.md at the root of the repository is the plan's own output.

use std::path::Path;

use ports::PortPlan;
use ports::render::markdown;

#[test]
fn ports_md_is_fresh() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../PORTS.md");
    let found = std::fs::read_to_string(path).unwrap_or_default();
    assert!(
        found == markdown(&PortPlan::default()),
        "PORTS.md is stale: run `cargo run -q -p ports --example print -- markdown > PORTS.md`"
    );
}
