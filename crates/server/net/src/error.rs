//! Why a socket could not be opened.

use std::fmt;
use std::io;
use std::net::SocketAddr;

/// A planned listener that could not be opened.
#[derive(Debug)]
pub enum BindError {
    /// Another program, or another Almon, has the port.
    InUse {
        /// The service of the port plan.
        service: String,
        /// The address.
        address: SocketAddr,
    },
    /// The address belongs to no interface of this machine.
    NoSuchAddress {
        /// The service of the port plan.
        service: String,
        /// The address.
        address: SocketAddr,
    },
    /// The port needs a capability that the process does not have.
    NotPermitted {
        /// The service of the port plan.
        service: String,
        /// The address.
        address: SocketAddr,
    },
    /// Anything else that the operating system answered.
    System {
        /// The service of the port plan.
        service: String,
        /// The address.
        address: SocketAddr,
        /// Its answer.
        error: io::Error,
    },
}

impl BindError {
    /// Sorts the operating system's answer to binding `address` for `service`.
    pub fn new(service: &str, address: SocketAddr, error: io::Error) -> Self {
        let service = service.to_owned();
        match error.kind() {
            io::ErrorKind::AddrInUse => BindError::InUse { service, address },
            io::ErrorKind::AddrNotAvailable => BindError::NoSuchAddress { service, address },
            io::ErrorKind::PermissionDenied => BindError::NotPermitted { service, address },
            _ => BindError::System { service, address, error },
        }
    }
}

impl fmt::Display for BindError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            BindError::InUse { service, address } => {
                write!(f, "{service}: {address} is in use by another program (see `ss -lntup`), or another Almon runs")
            }
            BindError::NoSuchAddress { service, address } => {
                write!(f, "{service}: no interface of this machine has the address {}", address.ip())
            }
            BindError::NotPermitted { service, address } => {
                write!(f, "{service}: port {} needs the capability CAP_NET_BIND_SERVICE", address.port())
            }
            BindError::System { service, address, error } => {
                write!(f, "{service}: {address} cannot be opened: {error}")
            }
        }
    }
}

impl std::error::Error for BindError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        match self {
            BindError::System { error, .. } => Some(error),
            _ => None,
        }
    }
}
