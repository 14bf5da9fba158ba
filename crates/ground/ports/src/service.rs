//! The name of every flow of the plan.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! services {
    ($($name:literal $variant:ident $about:literal,)*) => {
        /// One flow of the plan, named as in the configuration file.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Service {
            $(#[doc = $about] $variant,)*
        }

        impl Service {
            /// Every service, in the plan's order.
            pub const ALL: &'static [Service] = &[$(Service::$variant,)*];

            /// The name in the configuration file; it never changes once released.
            pub const fn name(self) -> &'static str {
                match self { $(Service::$variant => $name,)* }
            }

            /// What the flow is, in a few words.
            pub const fn about(self) -> &'static str {
                match self { $(Service::$variant => $about,)* }
            }
        }
    };
}

services! {
    "sip-udp" SipUdp "SIP over UDP, extensions and trunks",
    "sip-tcp" SipTcp "SIP over TCP, extensions and trunks",
    "sip-tls" SipTls "SIP over TLS, extensions and trunks",
    "sip-trunk-tcp" SipTrunkTcp "SIP over TCP towards a trunk",
    "sip-trunk-tls" SipTrunkTls "SIP over TLS towards a trunk",
    "sip-trunk-udp" SipTrunkUdp "SIP over UDP towards a trunk",
    "sip-phone-tls-source" SipPhoneTlsSource "source ports of telephones that connect by TLS",
    "sip-ws" SipWs "SIP over WebSocket",
    "sip-wss" SipWss "SIP over WebSocket and TLS",
    "tr87" Tr87 "CSTA carried in SIP (TR/87)",
    "media" Media "RTP and RTCP of the media gateway",
    "idle-streaming" IdleStreaming "audio to an idle SIP telephone",
    "phone-rtp-base" PhoneRtpBase "the telephones' own RTP base port",
    "mscml" Mscml "SIP with MSCML towards a media server",
    "mscml-server" MscmlServer "SIP with MSCML when this server is the media server",
    "multicast-paging" MulticastPaging "RTP to telephones' paging groups",
    "ras-discovery" RasDiscovery "gatekeeper discovery, multicast 224.0.1.41",
    "ras" Ras "registration, admission and status",
    "ras-tcp" RasTcp "registration, admission and status on TCP or TLS",
    "h225-trunk" H225Trunk "call signalling of IP trunks",
    "h225-extension" H225Extension "call signalling of IP extensions",
    "h225-extension-tls" H225ExtensionTls "call signalling of IP extensions over TLS",
    "h225-trunk-tls" H225TrunkTls "call signalling of IP trunks over TLS",
    "h225-outgoing" H225Outgoing "call signalling that the gateway opens",
    "h225-outgoing-tls" H225OutgoingTls "call signalling over TLS that the gateway opens towards a trunk",
    "h225-phone-source" H225PhoneSource "source ports of telephones that open call signalling",
    "h245-extension" H245Extension "media control of IP extensions",
    "h245-trunk" H245Trunk "media control of IP trunks",
    "h245-outgoing" H245Outgoing "media control that the gateway opens towards a telephone",
    "h245-outgoing-trunk" H245OutgoingTrunk "media control that the gateway opens towards a trunk",
    "h323-phone-rtp" H323PhoneRtp "RTP ports of H.323 telephones",
    "h323-phone-rtcp" H323PhoneRtcp "RTCP ports of H.323 telephones",
    "wap" Wap "displays of H.323 and DECT telephones, server side",
    "wap-push" WapPush "WAP push towards the telephone",
    "csta-web" CstaWeb "CSTA web service, plain or TLS as configured",
    "csta-xml" CstaXml "CSTA XML",
    "csta-xml-tls" CstaXmlTls "CSTA XML over TLS",
    "operator" Operator "operator workstation",
    "http" Http "configuration and firmware of telephones",
    "https" Https "the same over TLS, and the management pages",
    "provisioning" Provisioning "end-user portal and its services, plain or TLS as configured",
    "mobile-client" MobileClient "calls that a mobile client asks for",
    "smtp" Smtp "licence and usage report by mail",
    "snmp" Snmp "management information",
    "snmp-trap" SnmpTrap "alarms",
    "ssh" Ssh "remote command line",
    "metrics" Metrics "figures for a monitoring system",
    "xml-logon" XmlLogon "XML logon of telephones",
    "xml-logon-tls" XmlLogonTls "XML logon of telephones over TLS",
    "phone-configuration" PhoneConfiguration "configuration server of telephones",
    "phone-configuration-tls" PhoneConfigurationTls "configuration server of telephones over TLS",
    "rest" Rest "REST: call history",
    "rest-tls" RestTls "REST over TLS: call history",
    "cldap" Cldap "search for a domain controller",
    "smb" Smb "SMB 2 and 3 with the remote procedure calls on its named pipes",
    "kerberos-udp" KerberosUdp "Kerberos tickets over UDP",
    "kerberos-tcp" KerberosTcp "Kerberos tickets over TCP",
    "ldap" Ldap "directory search and change",
    "arp" Arp "gratuitous ARP",
    "dhcp" Dhcp "addresses of telephones, from a DHCP server",
    "dns-udp" DnsUdp "DNS queries over UDP",
    "dns-tcp" DnsTcp "DNS queries over TCP",
    "dns-server-udp" DnsServerUdp "the exchange's own zone over UDP",
    "dns-server-tcp" DnsServerTcp "the exchange's own zone over TCP",
    "icmpv6" Icmpv6 "router discovery (SLAAC)",
    "ike" Ike "key exchange",
    "ike-nat" IkeNat "key exchange and ESP through NAT",
    "esp" Esp "encrypted packets",
    "ndp" Ndp "neighbour discovery",
    "ntp-udp" NtpUdp "time",
    "ntp-tcp" NtpTcp "time over TCP",
    "cassandra" Cassandra "queries to the system database",
    "cassandra-nodes" CassandraNodes "database to database, TLS",
    "postgresql" Postgresql "call records and the Provisioning Manager's data",
    "inter-server" InterServer "signalling between servers",
    "inter-server-udp" InterServerUdp "signalling between servers, SCTP in UDP (RFC 6951)",
    "file-copy" FileCopy "files between servers",
}

impl fmt::Display for Service {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A name that no service of the plan bears.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoSuchService(
    /// The name as it was given.
    pub String,
);

impl fmt::Display for NoSuchService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the port plan has no service {:?}", self.0)
    }
}

impl std::error::Error for NoSuchService {}

impl FromStr for Service {
    type Err = NoSuchService;

    fn from_str(name: &str) -> Result<Service, NoSuchService> {
        Service::ALL
            .iter()
            .copied()
            .find(|service| service.name() == name)
            .ok_or_else(|| NoSuchService(name.to_owned()))
    }
}

impl Serialize for Service {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Service {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Service, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn every_name_is_unique_and_finds_its_service() {
        let names: BTreeSet<_> = Service::ALL.iter().map(|service| service.name()).collect();
        assert_eq!(names.len(), Service::ALL.len());
        for service in Service::ALL {
            assert_eq!(service.name().parse(), Ok(*service));
        }
    }

    #[test]
    fn an_unknown_name_is_refused_by_name() {
        assert_eq!("sip-pigeon".parse::<Service>(), Err(NoSuchService("sip-pigeon".to_owned())));
    }
}
