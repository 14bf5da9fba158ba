//! Prints the default port plan: `cargo run -p ports --example print -- markdown > PORTS.md`.

use ports::PortPlan;
use ports::render::{self, FirewallOptions, Scope};

fn main() -> std::process::ExitCode {
    let plan = PortPlan::default();
    let whole = FirewallOptions { scope: Scope::WholePlan, keep_ssh: false };
    let text = match std::env::args().nth(1).as_deref() {
        Some("table") => render::table(&plan),
        Some("json") => render::json(&plan),
        Some("markdown") => render::markdown(&plan),
        Some("nftables") => render::nftables(&plan, &FirewallOptions::default()),
        Some("nftables-whole-plan") => render::nftables(&plan, &whole),
        Some("firewalld") => render::firewalld(&plan, Scope::InUse),
        Some("firewalld-whole-plan") => render::firewalld(&plan, Scope::WholePlan),
        _ => {
            eprintln!(
                "which form? table, json, markdown, nftables, nftables-whole-plan, firewalld, firewalld-whole-plan"
            );
            return std::process::ExitCode::from(2);
        }
    };
    print!("{text}");
    std::process::ExitCode::SUCCESS
}
