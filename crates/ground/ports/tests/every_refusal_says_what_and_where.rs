//! The words of errors: each names the service, the rows, the port or the address that it is about.

use std::net::IpAddr;

use ports::{
    Checks, Claim, NoSuchService, NotInPlan, Overrides, PlanError, PlanErrors, PortPlan, PortRange, RowId, Service,
    Transport,
};

fn ip(text: &str) -> IpAddr {
    text.parse().unwrap()
}

fn claim(service: Service, rows: &'static [RowId]) -> Claim {
    Claim { service, rows, address: ip("192.0.2.1") }
}

fn says(error: PlanError, words: &[&str]) {
    let text = error.to_string();
    for word in words {
        assert!(text.contains(word), "{text:?} does not say {word:?}");
    }
    assert!(!text.contains('\n'), "one line an error");
}

#[test]
fn a_collision_names_both_services_their_rows_and_the_port() {
    let first = claim(Service::SipTcp, &[RowId::Row(29), RowId::Row(30)]);
    let second = claim(Service::Tr87, &[RowId::Row(3)]);
    let error = PlanError::Collision { transport: Transport::Tcp, port: 5062, first, second };
    says(error, &["tcp port 5062", "sip-tcp (rows 29 and 30)", "tr87 (row 3)", "192.0.2.1"]);
}

#[test]
fn a_collision_with_media_names_the_other() {
    let media = claim(Service::Media, &[RowId::Row(25)]);
    let other = claim(Service::Snmp, &[RowId::Row(35)]);
    says(PlanError::MediaCollision { port: 20161, media, other }, &["20161", "media (row 25)", "snmp (row 35)"]);
}

#[test]
fn the_media_ranges_errors_name_row_and_figures() {
    let run = |first, last| PortRange::new(first, last).unwrap();
    says(PlanError::MediaTooSmall { have: 100, need: 400 }, &["row 25", "100", "400"]);
    says(PlanError::MediaBeginsOdd { port: 20001 }, &["row 25", "20001", "even"]);
    let error = PlanError::MediaEphemeral { media: run(32000, 33000), ephemeral: run(32768, 60999) };
    says(error, &["row 25", "32000-33000", "32768-60999"]);
}

#[test]
fn errors_of_one_service_name_it() {
    let (service, address) = (Service::Ras, ip("2001:db8::1"));
    says(PlanError::WrongShape { service, takes: "one port and no range" }, &["ras", "one port and no range"]);
    says(PlanError::BindsNothing { service }, &["ras", "binds no address"]);
    says(PlanError::WrongFamily { service, address }, &["ras", "2001:db8::1"]);
    says(PlanError::NoAddress { service }, &["ras", "no address"]);
    says(PlanError::AddressTwice { service: Some(service), address }, &["ras", "2001:db8::1", "twice"]);
    says(PlanError::AddressTwice { service: None, address }, &["default", "2001:db8::1", "twice"]);
    says(PlanError::MappedAddress { address: ip("::ffff:192.0.2.1") }, &["192.0.2.1", "IPv4"]);
}

#[test]
fn several_errors_are_a_line_each() {
    let overrides = Overrides::default()
        .with_port(Service::SipTls, "5060".parse().unwrap())
        .with_port(Service::Media, "30001-30020".parse().unwrap());
    let errors: PlanErrors = PortPlan::resolve(&overrides, &Checks::default()).unwrap_err();
    assert_eq!(errors.0.len(), 3);
    assert_eq!(errors.to_string().lines().count(), 3);
}

#[test]
fn a_refused_token_says_why() {
    let told = [
        (NotInPlan::SwitchedOff(Service::SipTls), "sip-tls is switched off"),
        (NotInPlan::NotBuilt(Service::Wap), "wap is in the port plan as not built yet"),
        (NotInPlan::NotAListener(Service::Ldap), "ldap is no listener"),
        (NotInPlan::IsARange(Service::Media), "media is a range of ports"),
        (NotInPlan::IsNoRange(Service::SipUdp), "sip-udp is no range of ports"),
    ];
    for (error, words) in told {
        assert!(error.to_string().contains(words), "{error}");
    }
    let unknown = NoSuchService("sip-pigeon".to_owned());
    assert!(unknown.to_string().contains("sip-pigeon"));
}

#[test]
fn a_port_that_is_none_is_answered_with_how_to_write_one() {
    let error = "65536".parse::<ports::PortList>().unwrap_err();
    let text = error.to_string();
    assert!(text.contains("65536") && text.contains("20000-28191"), "{text}");
}
