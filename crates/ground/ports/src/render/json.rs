//! The plan as JSON.

use std::net::IpAddr;

use serde::Serialize;

use crate::flow::Flow;
use crate::plan::PortPlan;
use crate::range::PortRange;
use crate::row::Row;

#[derive(Serialize)]
struct Plan<'a> {
    rows: &'a [Row],
    flows: Vec<PlannedFlow<'a>>,
}

#[derive(Serialize)]
struct PlannedFlow<'a> {
    #[serde(flatten)]
    flow: Named<'a>,
    enabled: bool,
    moved: bool,
    privileged: bool,
    bind: &'a [IpAddr],
}

/// The table's flow, with its ports called defaults beside those that hold here.
#[derive(Serialize)]
struct Named<'a> {
    about: &'static str,
    planned_ports: &'a [PortRange],
    default: &'a Flow,
}

/// An object of `rows` and `flows`; a flow names its rows, and what the table says of it stands under `default`.
pub fn json(plan: &PortPlan) -> String {
    let flows = plan
        .flows()
        .iter()
        .map(|planned| PlannedFlow {
            flow: Named { about: planned.service().about(), planned_ports: planned.ports(), default: planned.flow() },
            enabled: planned.enabled(),
            moved: planned.moved(),
            privileged: planned.privileged(),
            bind: planned.bind(),
        })
        .collect();
    // Strings, numbers and lists alone: the serialiser has nothing to fail on.
    let mut text = serde_json::to_string_pretty(&Plan { rows: plan.rows(), flows }).unwrap_or_default();
    text.push('\n');
    text
}
