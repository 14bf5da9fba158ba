//! Active Directory, where administrators are checked: rows 2, 5, 16, 17, 18, 24, 28, 32 and 33.

use super::{port, row};
use crate::flow::{Flow, Party};
use crate::protocol::Protocol;
use crate::row::{Firewall, Row};
use crate::service::Service;

pub(super) const ROWS: &[Row] = &[
    Row::new(2, "CLDAP", Firewall::Open, "finds a domain controller"),
    Row::new(5, "DCERPC", Firewall::Open, "remote procedure calls, over SMB named pipes"),
    Row::new(16, "Kerberos 5", Firewall::Open, "tickets"),
    Row::new(17, "LDAP", Firewall::Open, "searches and changes directory data"),
    Row::new(18, "LSARPC", Firewall::Open, "local security authority calls"),
    Row::new(24, "RPC NETLOGON", Firewall::Open, "the machine's relation to its domain"),
    Row::new(28, "SAMR", Firewall::Open, "account database calls"),
    Row::new(32, "SMB", Firewall::Open, "remote protocol transport; SMB 1 is unsafe and refused"),
    Row::new(33, "SMB2", Firewall::Open, "SMB 2 and 3, which is what is spoken"),
];

/// Rows 5, 18, 24, 28, 32 and 33 are calls on one SMB connection: one flow.
pub(super) const FLOWS: &[Flow] = &[
    Flow::client(Service::Cldap, &[row(2)], Party::DomainController, Protocol::Udp, &[port(389)]),
    Flow::client(
        Service::Smb,
        &[row(5), row(18), row(24), row(28), row(32), row(33)],
        Party::DomainController,
        Protocol::Tcp,
        &[port(445)],
    ),
    Flow::client(Service::KerberosUdp, &[row(16)], Party::DomainController, Protocol::Udp, &[port(88)]),
    Flow::client(Service::KerberosTcp, &[row(16)], Party::DomainController, Protocol::Tcp, &[port(88)]),
    Flow::client(Service::Ldap, &[row(17)], Party::DomainController, Protocol::Tcp, &[port(389)]),
];
