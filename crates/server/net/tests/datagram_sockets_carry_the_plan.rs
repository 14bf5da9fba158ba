//! Datagram sockets are bound where the plan says, marked with their DSCP, and media pairs stay inside the range.

use net::{BindError, bind_media_pair, bind_udp};
use ports::{Checks, Overrides, PortList, PortPlan, Service};
use socket2::SockRef;
use std::net::{IpAddr, UdpSocket};

fn plan(port: u16, address: IpAddr) -> PortPlan {
    let overrides = Overrides { bind: vec![address], ..Overrides::default() }
        .with_port(Service::SipUdp, PortList::one(port).unwrap());
    PortPlan::resolve(&overrides, &Checks::default()).unwrap()
}

#[test]
fn a_media_pair_is_an_even_port_and_the_one_above_with_its_mark() {
    let plan = plan(15_060, IpAddr::from([127, 0, 0, 1]));
    let range = plan.media_ports().unwrap()[0];
    let (rtp, rtcp) = bind_media_pair(&range, 20_400, 46).unwrap();
    assert_eq!(rtp.local_addr().unwrap().port(), 20_400);
    assert_eq!(rtcp.local_addr().unwrap().port(), 20_401);
    assert_eq!(SockRef::from(&rtp).tos_v4().unwrap(), 0xb8);
    let outside = bind_media_pair(&range, 9_000, 46).unwrap_err();
    assert!(matches!(outside, BindError::System { .. }), "{outside}");
}

#[test]
fn a_port_in_use_and_an_address_that_is_not_ours_are_named() {
    let taken = UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let bind = plan(port, IpAddr::from([127, 0, 0, 1])).listener(Service::SipUdp).unwrap().binds()[0];
    assert!(matches!(bind_udp(&bind, 38), Err(BindError::InUse { .. })));
    let bind = plan(port, IpAddr::from([192, 0, 2, 77])).listener(Service::SipUdp).unwrap().binds()[0];
    assert!(matches!(bind_udp(&bind, 38), Err(BindError::NoSuchAddress { .. })));
}
