//! What an administrator changes: the `[ports]` part of the configuration file.

use std::collections::BTreeMap;
use std::net::IpAddr;

use serde::{Deserialize, Serialize};

use crate::range::PortList;
use crate::service::Service;

/// The differences between an installation and the default plan.
///
/// ```toml
/// bind = ["192.0.2.1", "2001:db8::1"]
/// [services.sip-udp]
/// port = 5070
/// [services.media]
/// port = "30000-31999"
/// [services.sip-tls]
/// enabled = false
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct Overrides {
    /// The addresses that listeners bind where their service names none; empty for all: `0.0.0.0` and `::`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bind: Vec<IpAddr>,
    /// Changes by service name.
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    pub services: BTreeMap<Service, ServiceOverride>,
}

/// The changes of one service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ServiceOverride {
    /// Switches the service on or off.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// Its port (5070), run ("30000-31999") or ports ("8088, 9000"); the remote's port for services that dial out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub port: Option<PortList>,
    /// The addresses it binds, IPv4 or IPv6; listeners only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bind: Option<Vec<IpAddr>>,
}

impl Overrides {
    /// The same with `service` on `ports`.
    pub fn with_port(mut self, service: Service, ports: PortList) -> Overrides {
        self.services.entry(service).or_default().port = Some(ports);
        self
    }

    /// The same with `service` bound to `addresses` only.
    pub fn with_bind(mut self, service: Service, addresses: &[IpAddr]) -> Overrides {
        self.services.entry(service).or_default().bind = Some(addresses.to_vec());
        self
    }

    /// The same with `service` on or off.
    pub fn with_enabled(mut self, service: Service, enabled: bool) -> Overrides {
        self.services.entry(service).or_default().enabled = Some(enabled);
        self
    }
}
