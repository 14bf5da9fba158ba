//! The plan as an aligned table for a terminal.

use std::fmt::Write;

use super::{state, who};
use crate::plan::{PlannedFlow, PortPlan};
use crate::range::list;
use crate::rows::FIRST_UNPRIVILEGED;

const HEADS: [&str; 9] = ["ROW", "SERVICE", "WHO", "PROTOCOL", "PORTS", "ROLE", "FW", "STATE", "ADDRESSES"];

/// A line for each row and flow. `*` marks a port that was moved, `!` one that needs a capability to bind.
pub fn table(plan: &PortPlan) -> String {
    let mut lines: Vec<[String; 9]> = vec![HEADS.map(str::to_owned)];
    for row in plan.rows() {
        lines.extend(plan.flows_of(row.id).map(|planned| {
            let flow = planned.flow();
            [
                row.id.to_string(),
                planned.service().to_string(),
                who(flow),
                flow.protocol.to_string(),
                ports(planned),
                flow.role.to_string(),
                row.firewall.to_string(),
                state(planned).to_owned(),
                planned.bind().iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            ]
        }));
    }
    let mut widths = [0; 9];
    for line in &lines {
        for (width, cell) in widths.iter_mut().zip(line) {
            *width = (*width).max(cell.len());
        }
    }
    let mut text = String::new();
    for line in &lines {
        let cells: Vec<String> = line.iter().zip(widths).map(|(cell, width)| format!("{cell:width$}")).collect();
        let _ = writeln!(text, "{}", cells.join("  ").trim_end());
    }
    let _ = writeln!(text, "\n* moved from its default   ! below {FIRST_UNPRIVILEGED}: binding it needs a capability");
    text
}

fn ports(planned: &PlannedFlow) -> String {
    let marks = [(planned.moved(), "*"), (planned.privileged(), "!")];
    let mut text = if planned.ports().is_empty() { "-".to_owned() } else { list(planned.ports()) };
    text.extend(marks.iter().filter(|(set, _)| *set).map(|(_, mark)| *mark));
    text
}
