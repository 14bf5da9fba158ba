//! The plan as text. Every output is the same for the same plan, byte for byte.

mod firewalld;
mod json;
mod markdown;
mod nftables;
mod table;

pub use firewalld::firewalld;
pub use json::json;
pub use markdown::markdown;
pub use nftables::{FirewallOptions, nftables};
pub use table::table;

use crate::flow::{Flow, Role};
use crate::plan::PlannedFlow;
use crate::row::RowId;

/// Which flows firewall rules open.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Scope {
    /// Those that are on and that the program does.
    #[default]
    InUse,
    /// All that are on, those not built yet included.
    WholePlan,
}

impl Scope {
    fn has(self, planned: &PlannedFlow) -> bool {
        match self {
            Scope::InUse => planned.in_use(),
            Scope::WholePlan => planned.enabled(),
        }
    }
}

/// Built or not, on or off.
fn state(planned: &PlannedFlow) -> &'static str {
    match (planned.flow().role, planned.flow().built, planned.enabled()) {
        (Role::Remote, _, _) => "-",
        (_, true, true) => "built",
        (_, true, false) => "built, off",
        (_, false, true) => "not built yet",
        (_, false, false) => "not built yet, off",
    }
}

fn who(flow: &Flow) -> String {
    format!("{} {} {}", flow.opener, if flow.both_ways { "<->" } else { "->" }, flow.towards)
}

/// "row 25", "rows 29 and 30", or the names of ports beside the table.
fn row_words(rows: &[RowId]) -> String {
    let names: Vec<String> = rows.iter().map(RowId::to_string).collect();
    let word = match rows {
        [RowId::Row(_)] => "row ",
        [RowId::Row(_), ..] => "rows ",
        _ => "",
    };
    match names.split_last() {
        Some((last, [])) => format!("{word}{last}"),
        Some((last, head)) => format!("{word}{} and {last}", head.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests;
