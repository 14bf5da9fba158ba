use proptest::prelude::*;

use super::*;
use crate::check::Checks;
use crate::overrides::Overrides;

const HEAD: &str = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";

/// A line as Linux prints it on this machine.
fn line(address: SocketAddr, remote: &str, state: &str, inode: u64) -> String {
    let host: String = match address.ip() {
        IpAddr::V4(v4) => format!("{:08X}", u32::from_ne_bytes(v4.octets())),
        IpAddr::V6(v6) => v6
            .octets()
            .chunks_exact(4)
            .map(|word| format!("{:08X}", u32::from_ne_bytes(word.try_into().unwrap())))
            .collect(),
    };
    let port = address.port();
    format!(
        "   0: {host}:{port:04X} {remote} {state} 00000000:00000000 00:00000000 00000000  1000        0 {inode} 2 0\n"
    )
}

fn list(lines: &[(&str, &str, u64)]) -> String {
    let lines =
        lines.iter().map(|(address, state, inode)| line(address.parse().unwrap(), "00000000:0000", state, *inode));
    HEAD.to_owned() + &lines.collect::<String>()
}

fn state(report: &ProbeReport, service: Service) -> &ListenerState {
    report.listeners.iter().find(|state| state.service == service).unwrap()
}

#[test]
fn a_real_line_is_read() {
    if cfg!(target_endian = "little") {
        let tcp = format!(
            "{HEAD}   7: 0100007F:13C4 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4242 1 0000000000000000 100 0 0 10 0\n"
        );
        let files = ProcNet { tcp: &tcp, ..ProcNet::default() };
        let expected =
            OpenSocket { transport: Transport::Tcp, address: "127.0.0.1:5060".parse().unwrap(), inode: 4242 };
        assert_eq!(open_sockets(&files), Ok(vec![expected]));
    }
}

#[test]
fn both_families_survive_the_kernels_notation() {
    let udp = list(&[("192.0.2.1:5060", "07", 1)]);
    let udp6 = list(&[("[2001:db8::7]:5060", "07", 2)]);
    let sockets = open_sockets(&ProcNet { udp: &udp, udp6: &udp6, ..ProcNet::default() }).unwrap();
    let addresses: Vec<String> = sockets.iter().map(|socket| socket.address.to_string()).collect();
    assert_eq!(addresses, ["192.0.2.1:5060", "[2001:db8::7]:5060"]);
}

#[test]
fn a_connection_is_no_listener() {
    let tcp = list(&[("192.0.2.1:5060", "01", 1), ("192.0.2.1:5061", "0A", 2)]);
    let udp = list(&[("192.0.2.1:40000", "01", 3)]);
    let sockets = open_sockets(&ProcNet { tcp: &tcp, udp: &udp, ..ProcNet::default() }).unwrap();
    assert_eq!(sockets.len(), 1);
    assert_eq!(sockets[0].inode, 2);
}

#[test]
fn open_and_closed_listeners_are_told_apart() {
    let tcp = list(&[("0.0.0.0:5060", "0A", 1)]);
    let tcp6 = list(&[("[::]:5060", "0A", 2), ("[::]:5061", "0A", 3)]);
    let files = ProcNet { tcp: &tcp, tcp6: &tcp6, ..ProcNet::default() };
    let report = probe(&PortPlan::default(), &files, None).unwrap();
    assert!(state(&report, Service::SipTcp).is_open());
    let tls = state(&report, Service::SipTls);
    assert_eq!((tls.planned, tls.closed.as_slice()), (2, &["0.0.0.0:5061".parse().unwrap()][..]));
    assert_eq!(state(&report, Service::SipUdp).closed.len(), 2);
    assert_eq!(state(&report, Service::Media).planned, 2 * 8192);
    assert_eq!(report.unplanned, []);
}

#[test]
fn a_socket_on_an_unplanned_port_or_address_is_reported() {
    let overrides = Overrides::default().with_bind(Service::SipTcp, &["192.0.2.1".parse().unwrap()]);
    let plan = PortPlan::resolve(&overrides, &Checks::default()).unwrap();
    let tcp = list(&[("192.0.2.1:5060", "0A", 1), ("0.0.0.0:5060", "0A", 2), ("0.0.0.0:4444", "0A", 3)]);
    let report = probe(&plan, &ProcNet { tcp: &tcp, ..ProcNet::default() }, None).unwrap();
    let found: Vec<String> = report.unplanned.iter().map(|socket| socket.address.to_string()).collect();
    assert_eq!(found, ["0.0.0.0:4444", "0.0.0.0:5060"]);
}

#[test]
fn a_listener_that_is_off_explains_no_socket() {
    let overrides = Overrides::default().with_enabled(Service::SipTcp, false);
    let plan = PortPlan::resolve(&overrides, &Checks::default()).unwrap();
    let tcp = list(&[("0.0.0.0:5060", "0A", 1)]);
    let report = probe(&plan, &ProcNet { tcp: &tcp, ..ProcNet::default() }, None).unwrap();
    assert_eq!(report.unplanned.len(), 1);
    assert!(report.listeners.iter().all(|state| state.service != Service::SipTcp));
}

#[test]
fn other_processes_sockets_are_left_out() {
    let tcp = list(&[("0.0.0.0:5060", "0A", 1), ("0.0.0.0:4444", "0A", 2)]);
    let files = ProcNet { tcp: &tcp, ..ProcNet::default() };
    let report = probe(&PortPlan::default(), &files, Some(&BTreeSet::from([2]))).unwrap();
    assert!(!state(&report, Service::SipTcp).is_open() && report.unplanned.len() == 1);
    let report = probe(&PortPlan::default(), &files, Some(&BTreeSet::from([1]))).unwrap();
    assert!(report.unplanned.is_empty());
}

#[test]
fn a_line_that_is_none_is_named() {
    for bad in ["nonsense", "0: 0100007F 0 0A", "0: 0100007F:XXXX 00000000:0000 0A 0:0 0:0 0 0 0 7"] {
        let tcp = format!("{HEAD}{bad}\n");
        assert_eq!(open_sockets(&ProcNet { tcp: &tcp, ..ProcNet::default() }), Err(BadLine(bad.to_owned())));
    }
}

proptest! {
    #[test]
    fn any_address_survives(ip: IpAddr, port: u16, inode: u64) {
        let expected = SocketAddr::new(ip, port);
        let content = format!("{HEAD}{}", line(expected, "00000000:0000", "0A", inode));
        let sockets = open_sockets(&ProcNet { tcp: &content, ..ProcNet::default() }).unwrap();
        prop_assert_eq!(sockets, vec![OpenSocket { transport: Transport::Tcp, address: expected, inode }]);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC*\n(\\PC*\n){0,4}") {
        let _ = probe(&PortPlan::default(), &ProcNet { tcp: &text, udp6: &text, ..ProcNet::default() }, None);
    }
}
