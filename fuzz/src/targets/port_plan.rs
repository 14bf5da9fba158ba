//! What the port plan reads: port lists, the kernel's socket lists and its range of outgoing ports.

use ports::probe::{ProcNet, probe};
use ports::{Checks, Overrides, PortList, PortPlan, Service, ephemeral_range};

/// Reads `data` as each of them; a port list that is taken moves two services.
///
/// # Panics
///
/// When a port list changes by being written.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let _ = ephemeral_range(&text);
    if let Ok(list) = text.parse::<PortList>() {
        assert_eq!(list.to_string().parse::<PortList>().as_ref(), Ok(&list), "a port list changed by being written");
        let overrides =
            Overrides::default().with_port(Service::Media, list.clone()).with_port(Service::Provisioning, list);
        let _ = PortPlan::resolve(&overrides, &Checks::default()).map_err(|errors| errors.to_string());
    }
    if text.lines().count() > 1 {
        let files = ProcNet { tcp: &text, tcp6: &text, udp: &text, udp6: &text };
        let _ = probe(&PortPlan::default(), &files, None);
    }
}
