use super::*;
use crate::error::PlanErrors;
use crate::overrides::Overrides;
use crate::range::PortList;
use crate::row::RowId;

fn ports(text: &str) -> PortList {
    text.parse().unwrap()
}

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn resolve(overrides: Overrides) -> Result<PortPlan, Vec<PlanError>> {
    PortPlan::resolve(&overrides, &Checks::default()).map_err(|PlanErrors(errors)| errors)
}

fn changed() -> Overrides {
    Overrides::default()
}

#[test]
fn the_default_plan_has_no_error() {
    let checks = Checks { rtp_resources: 4096, ..Checks::default() };
    assert_eq!(PortPlan::resolve(&changed(), &checks), Ok(PortPlan::default()));
}

#[test]
fn every_service_can_be_on_at_once() {
    let all = Service::ALL.iter().fold(changed(), |overrides, service| overrides.with_enabled(*service, true));
    assert!(resolve(all).is_ok());
}

#[test]
fn two_listeners_on_one_port_are_named_with_rows_and_port() {
    let errors = resolve(changed().with_port(Service::SipTls, ports("5060"))).unwrap_err();
    let [PlanError::Collision { transport: Transport::Tcp, port: 5060, first, second }] = errors.as_slice() else {
        panic!("{errors:?}");
    };
    assert_eq!((first.service, second.service), (Service::SipTcp, Service::SipTls));
    assert_eq!(first.rows, [RowId::Row(29), RowId::Row(30)]);
    let words = errors[0].to_string();
    assert!(words.contains("5060") && words.contains("sip-tcp (rows 29 and 30)"), "{words}");
}

#[test]
fn one_port_of_two_transports_is_no_collision() {
    assert!(resolve(changed().with_port(Service::SipTcp, ports("1719"))).is_ok());
}

#[test]
fn a_service_that_is_off_claims_nothing() {
    let overrides = changed().with_port(Service::SipTls, ports("5060")).with_enabled(Service::SipTcp, false);
    assert!(resolve(overrides).is_ok());
}

#[test]
fn a_port_towards_others_is_no_bind() {
    // Row 17's client port, and the telephones' own ports of row 9.
    assert!(resolve(changed().with_port(Service::SipTcp, ports("389"))).is_ok());
    assert!(resolve(changed().with_port(Service::SipTcp, ports("4999"))).is_ok());
}

#[test]
fn different_addresses_of_one_port_are_no_collision() {
    let overrides = changed()
        .with_port(Service::SipTls, ports("5060"))
        .with_bind(Service::SipTcp, &[ip("192.0.2.1")])
        .with_bind(Service::SipTls, &[ip("192.0.2.2")]);
    assert!(resolve(overrides).is_ok());
}

#[test]
fn a_wildcard_overlaps_each_address_of_its_family() {
    for (wildcard, specific) in [("0.0.0.0", "192.0.2.1"), ("::", "2001:db8::1")] {
        let overrides = changed()
            .with_port(Service::SipTls, ports("5060"))
            .with_bind(Service::SipTcp, &[ip(wildcard)])
            .with_bind(Service::SipTls, &[ip(specific)]);
        let errors = resolve(overrides).unwrap_err();
        assert!(matches!(errors.as_slice(), [PlanError::Collision { port: 5060, .. }]), "{errors:?}");
    }
}

#[test]
fn the_wildcards_of_the_two_families_do_not_overlap() {
    let overrides = changed()
        .with_port(Service::SipTls, ports("5060"))
        .with_bind(Service::SipTcp, &[ip("0.0.0.0")])
        .with_bind(Service::SipTls, &[ip("::")]);
    assert!(resolve(overrides).is_ok());
}

#[test]
fn the_media_range_collides_with_any_listener_inside_it() {
    let errors = resolve(changed().with_port(Service::SipUdp, ports("20100"))).unwrap_err();
    let [PlanError::MediaCollision { port: 20100, media, other }] = errors.as_slice() else { panic!("{errors:?}") };
    assert_eq!((media.service, other.service), (Service::Media, Service::SipUdp));
    // The stream transports have port numbers of their own.
    assert!(resolve(changed().with_port(Service::SipTcp, ports("20100"))).is_ok());
}

#[test]
fn the_media_range_on_another_address_does_not_collide() {
    let overrides = changed()
        .with_port(Service::SipUdp, ports("20100"))
        .with_bind(Service::SipUdp, &[ip("192.0.2.1")])
        .with_bind(Service::Media, &[ip("192.0.2.2")]);
    assert!(resolve(overrides).is_ok());
}

#[test]
fn the_media_range_has_at_least_200_ports() {
    assert!(resolve(changed().with_port(Service::Media, ports("30000-30199"))).is_ok());
    let errors = resolve(changed().with_port(Service::Media, ports("30000-30198"))).unwrap_err();
    assert_eq!(errors, [PlanError::MediaTooSmall { have: 199, need: 200 }]);
}

#[test]
fn the_media_range_has_two_ports_for_each_resource() {
    let plan = changed().with_port(Service::Media, ports("30000-30999"));
    let with = |rtp_resources| PortPlan::resolve(&plan, &Checks { rtp_resources, ..Checks::default() });
    assert!(with(500).is_ok());
    assert_eq!(with(501).unwrap_err().0, [PlanError::MediaTooSmall { have: 1000, need: 1002 }]);
    assert!(with(u32::MAX).is_err());
}

#[test]
fn the_media_range_begins_at_an_even_port() {
    let errors = resolve(changed().with_port(Service::Media, ports("30001-30400"))).unwrap_err();
    assert_eq!(errors, [PlanError::MediaBeginsOdd { port: 30001 }]);
}

#[test]
fn the_media_range_stays_out_of_the_systems_range() {
    let plan = changed().with_port(Service::Media, ports("32600-33000"));
    assert!(matches!(
        resolve(plan.clone()).unwrap_err().as_slice(),
        [PlanError::MediaEphemeral { ephemeral, .. }] if ephemeral.first() == 32768
    ));
    let elsewhere = Checks { ephemeral: vec![PortRange::fixed(49152, 65535)], ..Checks::default() };
    assert!(PortPlan::resolve(&plan, &elsewhere).is_ok());
}

#[test]
fn media_that_is_off_is_not_checked() {
    let plan = changed().with_port(Service::Media, ports("40001")).with_enabled(Service::Media, false);
    assert!(resolve(plan).is_ok());
}

#[test]
fn a_service_takes_the_shape_of_its_port() {
    let wrong = [
        (Service::SipUdp, "5060-5061"),
        (Service::SipUdp, "5060,5070"),
        (Service::Arp, "1"),
        (Service::Media, "30000-30999,31000-31999"),
    ];
    for (service, text) in wrong {
        let errors = resolve(changed().with_port(service, ports(text))).unwrap_err();
        assert!(
            matches!(errors.first(), Some(PlanError::WrongShape { service: s, .. }) if *s == service),
            "{errors:?}"
        );
    }
    assert!(resolve(changed().with_port(Service::Provisioning, ports("8088,8761"))).is_ok());
}

#[test]
fn a_list_names_a_port_once() {
    let errors = resolve(changed().with_port(Service::Provisioning, ports("8088,8761,8088"))).unwrap_err();
    assert!(matches!(errors.as_slice(), [PlanError::Collision { port: 8088, .. }]), "{errors:?}");
}

#[test]
fn only_listeners_bind() {
    let errors = resolve(changed().with_bind(Service::Ldap, &[ip("192.0.2.1")])).unwrap_err();
    assert_eq!(errors, [PlanError::BindsNothing { service: Service::Ldap }]);
}

#[test]
fn h323_binds_no_ipv6_address() {
    let address = ip("2001:db8::1");
    let errors = resolve(changed().with_bind(Service::Ras, &[address])).unwrap_err();
    assert_eq!(errors, [PlanError::WrongFamily { service: Service::Ras, address }]);
    // The plan's own list is filtered by family instead.
    assert!(resolve(Overrides { bind: vec![address], ..changed() }).is_ok());
}

#[test]
fn a_listener_without_an_address_is_refused() {
    let errors = resolve(changed().with_bind(Service::SipUdp, &[])).unwrap_err();
    assert_eq!(errors, [PlanError::NoAddress { service: Service::SipUdp }]);
    assert!(resolve(changed().with_bind(Service::SipUdp, &[]).with_enabled(Service::SipUdp, false)).is_ok());
}

#[test]
fn an_address_stands_once_in_a_list() {
    for twice in [["192.0.2.1", "192.0.2.1"], ["0.0.0.0", "192.0.2.1"], ["2001:db8::1", "::"]] {
        let addresses = twice.map(ip);
        let errors = resolve(changed().with_bind(Service::SipUdp, &addresses)).unwrap_err();
        let expected = PlanError::AddressTwice { service: Some(Service::SipUdp), address: addresses[1] };
        assert_eq!(errors, [expected]);
        let errors = resolve(Overrides { bind: addresses.to_vec(), ..changed() }).unwrap_err();
        assert!(errors.contains(&PlanError::AddressTwice { service: None, address: addresses[1] }), "{errors:?}");
    }
    assert!(resolve(changed().with_bind(Service::SipUdp, &[ip("192.0.2.1"), ip("::")])).is_ok());
}

#[test]
fn an_ipv4_address_in_ipv6_form_is_refused() {
    let address = ip("::ffff:192.0.2.1");
    let errors = resolve(changed().with_bind(Service::SipUdp, &[address])).unwrap_err();
    assert_eq!(errors, [PlanError::MappedAddress { address }]);
}

#[test]
fn every_error_is_reported_and_not_the_first_alone() {
    let overrides = changed()
        .with_port(Service::SipTls, ports("5060"))
        .with_port(Service::Media, ports("30001-30100"))
        .with_bind(Service::Ldap, &[ip("192.0.2.1")]);
    let errors = resolve(overrides).unwrap_err();
    assert_eq!(errors.len(), 4, "{errors:?}");
    assert_eq!(PlanErrors(errors).to_string().lines().count(), 4);
}
