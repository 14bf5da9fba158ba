//! Tokens: what a plan grants, and why it refuses.

use std::net::{IpAddr, SocketAddr};

use ports::{Checks, NotInPlan, Overrides, PortPlan, Service, Transport};

fn plan(overrides: &Overrides) -> PortPlan {
    PortPlan::resolve(overrides, &Checks::default()).unwrap()
}

fn sockets(texts: &[&str]) -> Vec<SocketAddr> {
    texts.iter().map(|text| text.parse().unwrap()).collect()
}

#[test]
fn a_listener_names_service_rows_transport_and_addresses() {
    let listener = PortPlan::default().listener(Service::SipTls).unwrap();
    assert_eq!(listener.service(), Service::SipTls);
    assert_eq!(listener.transport(), Transport::Tcp);
    assert_eq!(listener.rows().iter().map(ToString::to_string).collect::<Vec<_>>(), ["29", "30"]);
    assert_eq!(listener.addresses().collect::<Vec<_>>(), sockets(&["0.0.0.0:5061", "[::]:5061"]));
    assert!(listener.binds().iter().all(|bind| bind.service() == Service::SipTls));
}

#[test]
fn the_default_addresses_hold_where_a_service_names_none() {
    let overrides = Overrides { bind: vec!["192.0.2.1".parse().unwrap()], ..Overrides::default() }
        .with_bind(Service::SipTcp, &["2001:db8::1".parse().unwrap()]);
    let plan = plan(&overrides);
    let of = |service| plan.listener(service).unwrap().addresses().collect::<Vec<_>>();
    assert_eq!(of(Service::SipUdp), sockets(&["192.0.2.1:5060"]));
    assert_eq!(of(Service::SipTcp), sockets(&["[2001:db8::1]:5060"]));
}

#[test]
fn what_is_off_not_built_or_no_listener_is_refused() {
    let plan = plan(&Overrides::default().with_enabled(Service::SipTcp, false));
    assert_eq!(plan.listener(Service::SipTcp), Err(NotInPlan::SwitchedOff(Service::SipTcp)));
    assert_eq!(plan.listener(Service::Snmp), Err(NotInPlan::NotBuilt(Service::Snmp)));
    assert_eq!(plan.listener(Service::Ldap), Err(NotInPlan::NotAListener(Service::Ldap)));
    assert_eq!(plan.listener(Service::Arp), Err(NotInPlan::NotAListener(Service::Arp)));
    assert_eq!(plan.listener(Service::Media), Err(NotInPlan::IsARange(Service::Media)));
    assert_eq!(plan.listener_ranges(Service::SipUdp), Err(NotInPlan::IsNoRange(Service::SipUdp)));
}

#[test]
fn media_ports_are_granted_by_address_and_inside_the_range_alone() {
    let ports = PortPlan::default().media_ports().unwrap();
    assert_eq!(ports.iter().map(|range| range.address().is_ipv4()).collect::<Vec<_>>(), [true, false]);
    let range = PortPlan::default().media_range().unwrap();
    assert_eq!((range.first(), range.last()), (20000, 28191));
    for granted in &ports {
        let bind = granted.bind(range.last()).unwrap();
        assert_eq!((bind.transport(), bind.address().port()), (Transport::Udp, 28191));
        assert_eq!(granted.bind(range.first() - 1), None);
        assert_eq!(granted.bind(range.last() + 1), None);
    }
}

#[test]
fn a_capability_is_needed_below_1024_and_only_for_what_is_in_use() {
    assert_eq!(PortPlan::default().privileged().count(), 0);
    let plan = plan(
        &Overrides::default().with_port(Service::SipTls, "443".parse().unwrap()).with_enabled(Service::Https, false),
    );
    assert_eq!(plan.privileged().map(|planned| planned.service()).collect::<Vec<_>>(), [Service::SipTls]);
}

#[test]
fn the_configuration_file_moves_ports() {
    let text = "
        bind = [\"192.0.2.1\", \"2001:db8::1\"]
        [services.sip-udp]
        port = 5070
        [services.media]
        port = \"30000-31999\"
        bind = [\"192.0.2.9\"]
        [services.sip-tls]
        enabled = false
    ";
    let overrides: Overrides = toml::from_str(text).unwrap();
    let plan = plan(&overrides);
    let addresses: Vec<_> = plan.listener(Service::SipUdp).unwrap().addresses().collect();
    assert_eq!(addresses, sockets(&["192.0.2.1:5070", "[2001:db8::1]:5070"]));
    let media = plan.media_ports().unwrap();
    assert_eq!(media.len(), 1);
    assert_eq!((media[0].address(), media[0].ports().count()), ("192.0.2.9".parse::<IpAddr>().unwrap(), 2000));
    assert!(plan.listener(Service::SipTls).is_err());
    assert_eq!(toml::from_str::<Overrides>(&toml::to_string(&overrides).unwrap()).unwrap(), overrides);
}

#[test]
fn the_configuration_file_is_refused_where_it_says_nothing_known() {
    for wrong in [
        "[services.sip-pigeon]\nport = 5",
        "[services.sip-udp]\nport = 0",
        "[services.sip-udp]\nport = 70000",
        "[services.sip-udp]\nports = 5060",
        "bind = [\"localhost\"]",
        "binds = []",
    ] {
        assert!(toml::from_str::<Overrides>(wrong).is_err(), "{wrong}");
    }
}
