//! Why a plan is refused.

use std::fmt;
use std::net::IpAddr;

use crate::protocol::Transport;
use crate::range::PortRange;
use crate::row::RowId;
use crate::service::Service;

/// A service with the rows that claim it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Claim {
    /// The service.
    pub service: Service,
    /// Its rows.
    pub rows: &'static [RowId],
    /// The address it binds.
    pub address: IpAddr,
}

impl fmt::Display for Claim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let rows: Vec<String> = self.rows.iter().map(RowId::to_string).collect();
        let word = if rows.len() == 1 { "row" } else { "rows" };
        write!(f, "{} ({word} {}) on {}", self.service, rows.join(" and "), self.address)
    }
}

/// One thing that is wrong with a plan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum PlanError {
    /// Two local binds of one transport claim the same port of the same address.
    Collision {
        /// The port space.
        transport: Transport,
        /// The lowest port that both claim.
        port: u16,
        /// The service that stands first in the plan.
        first: Claim,
        /// The other one.
        second: Claim,
    },
    /// The media range claims the port of another local bind.
    MediaCollision {
        /// The lowest port that both claim.
        port: u16,
        /// The media range.
        media: Claim,
        /// The other one.
        other: Claim,
    },
    /// The media range is shorter than row 25 allows, or than the RTP resources need.
    MediaTooSmall {
        /// Ports of the range.
        have: u32,
        /// Ports that it must have.
        need: u32,
    },
    /// The media range begins at an odd port: RTP takes the even one of a pair (RFC 3550 section 11).
    MediaBeginsOdd {
        /// The first port.
        port: u16,
    },
    /// The media range meets a range that the system gives to outgoing connections.
    MediaEphemeral {
        /// The media range.
        media: PortRange,
        /// The system's range.
        ephemeral: PortRange,
    },
    /// The service has no port that could be moved, or bears one port (or one run) only.
    WrongShape {
        /// The service.
        service: Service,
        /// What it takes: a text that completes "takes ...".
        takes: &'static str,
    },
    /// A service that dials out, or is somebody else's, binds nothing.
    BindsNothing {
        /// The service.
        service: Service,
    },
    /// The address is of a family that the service does not exist in.
    WrongFamily {
        /// The service.
        service: Service,
        /// The address.
        address: IpAddr,
    },
    /// No address is left to bind.
    NoAddress {
        /// The service.
        service: Service,
    },
    /// An IPv4 address written in IPv6 form: IPv6 sockets carry IPv6 only, so write the IPv4 address.
    MappedAddress {
        /// The address.
        address: IpAddr,
    },
    /// The same address twice in one list, or one that another of the list contains.
    AddressTwice {
        /// The service; `None` for the plan's own list.
        service: Option<Service>,
        /// The address.
        address: IpAddr,
    },
}

impl fmt::Display for PlanError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PlanError::Collision { transport, port, first, second } => {
                write!(f, "{transport} port {port} is claimed twice: by {first}, and by {second}")
            }
            PlanError::MediaCollision { port, media, other } => {
                write!(f, "udp port {port} of {media} is claimed by {other} too")
            }
            PlanError::MediaTooSmall { have, need } => {
                write!(f, "the media range (row 25) has {have} ports and needs {need}")
            }
            PlanError::MediaBeginsOdd { port } => {
                write!(f, "the media range (row 25) begins at {port}; RTP needs an even port first")
            }
            PlanError::MediaEphemeral { media, ephemeral } => {
                write!(f, "the media range {media} (row 25) meets {ephemeral}, which the system gives away")
            }
            PlanError::WrongShape { service, takes } => write!(f, "{service} takes {takes}"),
            PlanError::BindsNothing { service } => write!(f, "{service} opens no port here, so it binds no address"),
            PlanError::WrongFamily { service, address } => {
                write!(f, "{service} does not exist on addresses like {address}")
            }
            PlanError::NoAddress { service } => write!(f, "{service} has no address left to bind"),
            PlanError::MappedAddress { address } => {
                write!(f, "{address} is an IPv4 address in IPv6 form: write it as IPv4")
            }
            PlanError::AddressTwice { service: Some(service), address } => {
                write!(f, "{address} is listed or contained twice in the addresses of {service}")
            }
            PlanError::AddressTwice { service: None, address } => {
                write!(f, "{address} is listed or contained twice in the default addresses")
            }
        }
    }
}

/// Everything that is wrong with a plan, at least one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlanErrors(
    /// In the plan's order.
    pub Vec<PlanError>,
);

impl fmt::Display for PlanErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (n, error) in self.0.iter().enumerate() {
            if n > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{error}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PlanErrors {}

/// Why the plan gives no token to bind with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotInPlan {
    /// The configuration has it off.
    SwitchedOff(Service),
    /// The plan says that the program does not do it yet.
    NotBuilt(Service),
    /// The flow is opened towards others: nothing to bind.
    NotAListener(Service),
    /// The service has a run of ports: ask for [`crate::PortPlan::listener_ranges`].
    IsARange(Service),
    /// The service has single ports: ask for [`crate::PortPlan::listener`].
    IsNoRange(Service),
}

impl fmt::Display for NotInPlan {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            NotInPlan::SwitchedOff(service) => write!(f, "{service} is switched off in the port plan"),
            NotInPlan::NotBuilt(service) => write!(f, "{service} is in the port plan as not built yet"),
            NotInPlan::NotAListener(service) => write!(f, "{service} is no listener of the port plan"),
            NotInPlan::IsARange(service) => write!(f, "{service} is a range of ports"),
            NotInPlan::IsNoRange(service) => write!(f, "{service} is no range of ports"),
        }
    }
}

impl std::error::Error for NotInPlan {}
