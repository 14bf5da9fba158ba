//! The resolved plan: defaults and an administrator's changes, checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use crate::check::{self, Checks};
use crate::error::{NotInPlan, PlanError, PlanErrors};
use crate::flow::{Flow, Role};
use crate::listener::{Bind, Listener, ListenerRange};
use crate::overrides::{Overrides, ServiceOverride};
use crate::range::PortRange;
use crate::row::{Row, RowId};
use crate::rows::{self, FIRST_UNPRIVILEGED};
use crate::service::Service;

/// One flow as this installation has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlannedFlow {
    flow: Flow,
    enabled: bool,
    ports: Vec<PortRange>,
    bind: Vec<IpAddr>,
}

impl PlannedFlow {
    /// What the table says of it.
    pub fn flow(&self) -> &Flow {
        &self.flow
    }

    /// Its name.
    pub fn service(&self) -> Service {
        self.flow.service
    }

    /// Whether the configuration has it on.
    pub fn enabled(&self) -> bool {
        self.enabled
    }

    /// Whether it is on and the program does it.
    pub fn in_use(&self) -> bool {
        self.enabled && self.flow.built
    }

    /// Its ports here; empty for protocols without ports.
    pub fn ports(&self) -> &[PortRange] {
        &self.ports
    }

    /// The addresses it binds; empty unless it is a listener.
    pub fn bind(&self) -> &[IpAddr] {
        &self.bind
    }

    /// Whether the ports are others than the table's.
    pub fn moved(&self) -> bool {
        self.ports != self.flow.ports
    }

    /// Whether binding it needs a capability: a listener below port 1024.
    pub fn privileged(&self) -> bool {
        self.flow.role == Role::Listener && self.ports.iter().any(|run| run.first() < FIRST_UNPRIVILEGED)
    }
}

/// Every row and flow with the ports and addresses that hold here. Only a plan without errors exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PortPlan {
    rows: Vec<Row>,
    flows: Vec<PlannedFlow>,
}

impl Default for PortPlan {
    /// The plan as published, on all addresses.
    fn default() -> PortPlan {
        let (plan, _) = PortPlan::draw(&Overrides::default());
        plan
    }
}

impl PortPlan {
    /// Draws up the plan with `overrides` and checks it. Every error is reported, not the first alone.
    pub fn resolve(overrides: &Overrides, checks: &Checks) -> Result<PortPlan, PlanErrors> {
        let (plan, mut errors) = PortPlan::draw(overrides);
        errors.extend(check::errors(&plan, checks));
        if errors.is_empty() { Ok(plan) } else { Err(PlanErrors(errors)) }
    }

    fn draw(overrides: &Overrides) -> (PortPlan, Vec<PlanError>) {
        let mut errors = check::address_errors(None, &overrides.bind);
        let default_bind = if overrides.bind.is_empty() {
            vec![IpAddr::V4(Ipv4Addr::UNSPECIFIED), IpAddr::V6(Ipv6Addr::UNSPECIFIED)]
        } else {
            overrides.bind.clone()
        };
        let unchanged = ServiceOverride::default();
        let flows = rows::flows()
            .into_iter()
            .map(|flow| {
                let change = overrides.services.get(&flow.service).unwrap_or(&unchanged);
                planned(flow, change, &default_bind, &mut errors)
            })
            .collect();
        (PortPlan { rows: rows::rows(), flows }, errors)
    }

    /// Every row: 1 to 38, then those beside the table by name.
    pub fn rows(&self) -> &[Row] {
        &self.rows
    }

    /// Every flow once, in the order of [`Service::ALL`].
    pub fn flows(&self) -> &[PlannedFlow] {
        &self.flows
    }

    /// The flows of a row; a flow that rows share is in each of them.
    pub fn flows_of(&self, row: RowId) -> impl Iterator<Item = &PlannedFlow> {
        self.flows.iter().filter(move |planned| planned.flow.rows.contains(&row))
    }

    /// One flow by its name.
    pub fn flow(&self, service: Service) -> Option<&PlannedFlow> {
        self.flows.iter().find(|planned| planned.flow.service == service)
    }

    /// Leave to open the listener of `service`.
    pub fn listener(&self, service: Service) -> Result<Listener, NotInPlan> {
        let planned = self.to_bind(service)?;
        if planned.flow.is_run() {
            return Err(NotInPlan::IsARange(service));
        }
        let Some(transport) = planned.flow.protocol.transport() else {
            return Err(NotInPlan::NotAListener(service));
        };
        let binds = planned
            .bind
            .iter()
            .flat_map(|address| planned.ports.iter().flat_map(|run| run.iter().map(|port| (*address, port))))
            .map(|address| Bind::new(service, transport, SocketAddr::from(address)))
            .collect();
        Ok(Listener::new(service, planned.flow.rows, transport, binds))
    }

    /// Leave to bind ports of a service that has a run of them: one token for each address and run.
    pub fn listener_ranges(&self, service: Service) -> Result<Vec<ListenerRange>, NotInPlan> {
        let planned = self.to_bind(service)?;
        if !planned.flow.is_run() {
            return Err(NotInPlan::IsNoRange(service));
        }
        let Some(transport) = planned.flow.protocol.transport() else {
            return Err(NotInPlan::NotAListener(service));
        };
        let of_address = |address: &IpAddr| {
            let address = *address;
            planned.ports.iter().map(move |run| ListenerRange::new(service, transport, address, *run))
        };
        Ok(planned.bind.iter().flat_map(of_address).collect())
    }

    /// The ports of RTP and RTCP (row 25).
    pub fn media_range(&self) -> Option<PortRange> {
        self.flow(Service::Media).and_then(|planned| planned.ports.first().copied())
    }

    /// Leave to bind media ports, one token for each address.
    pub fn media_ports(&self) -> Result<Vec<ListenerRange>, NotInPlan> {
        self.listener_ranges(Service::Media)
    }

    /// The services in use whose listeners need a capability.
    pub fn privileged(&self) -> impl Iterator<Item = &PlannedFlow> {
        self.flows.iter().filter(|planned| planned.in_use() && planned.privileged())
    }

    fn to_bind(&self, service: Service) -> Result<&PlannedFlow, NotInPlan> {
        match self.flow(service) {
            Some(planned) if planned.flow.role != Role::Listener => Err(NotInPlan::NotAListener(service)),
            Some(planned) if !planned.enabled => Err(NotInPlan::SwitchedOff(service)),
            Some(planned) if !planned.flow.built => Err(NotInPlan::NotBuilt(service)),
            Some(planned) => Ok(planned),
            None => Err(NotInPlan::NotAListener(service)),
        }
    }
}

fn planned(flow: Flow, change: &ServiceOverride, default_bind: &[IpAddr], errors: &mut Vec<PlanError>) -> PlannedFlow {
    let ports = match &change.port {
        None => flow.ports.to_vec(),
        Some(list) => {
            let takes = match flow.ports {
                [] => Some("no port: its protocol has none"),
                [run] if run.is_one() => {
                    (!matches!(list.runs(), [run] if run.is_one())).then_some("one port and no range")
                }
                [_] => (list.runs().len() != 1).then_some("one range of ports"),
                _ => list.runs().iter().any(|run| !run.is_one()).then_some("single ports parted by commas"),
            };
            errors.extend(takes.map(|takes| PlanError::WrongShape { service: flow.service, takes }));
            list.runs().to_vec()
        }
    };
    let enabled = change.enabled.unwrap_or(flow.on);
    let bind = match (&change.bind, flow.role) {
        (None, Role::Listener) => default_bind.iter().copied().filter(|a| flow.families.has(a)).collect(),
        (None, _) => Vec::new(),
        (Some(addresses), Role::Listener) => {
            errors.extend(check::address_errors(Some(&flow), addresses));
            addresses.clone()
        }
        (Some(_), _) => {
            errors.push(PlanError::BindsNothing { service: flow.service });
            Vec::new()
        }
    };
    if enabled && flow.role == Role::Listener && bind.is_empty() && (change.bind.is_some() || flow.built) {
        errors.push(PlanError::NoAddress { service: flow.service });
    }
    PlannedFlow { flow, enabled, ports, bind }
}
