//! The plan as a firewalld service: a file for `/etc/firewalld/services/almon.xml`.
//!
//! firewalld guards what comes in and lets out what goes out, and a service of it knows no addresses: so the file lists
//! the listeners' ports, for IPv4 and IPv6 alike, and which of them a zone opens is the administrator's choice.

use std::fmt::Write;

use super::{Scope, row_words};
use crate::flow::Role;
use crate::plan::PortPlan;
use crate::protocol::Protocol;

/// One `<service>` of every listener in `scope` that other machines reach.
pub fn firewalld(plan: &PortPlan, scope: Scope) -> String {
    let mut text = "<?xml version=\"1.0\" encoding=\"utf-8\"?>
<!-- Almon's port plan. Copy to /etc/firewalld/services/almon.xml, reload firewalld, add the service almon to the
     zone that the telephones are in, and reload again. -->
<service>
  <short>Almon</short>
  <description>The listeners of the Almon telephone exchange.</description>
"
    .to_owned();
    for planned in plan.flows().iter().filter(|planned| scope.has(planned)) {
        let flow = planned.flow();
        let words = format!("{} ({})", planned.service(), row_words(flow.rows));
        match (flow.role, flow.protocol.transport()) {
            (Role::Listener, Some(_)) if planned.bind().iter().all(|address| address.is_loopback()) => {
                let _ = writeln!(text, "  <!-- {words}: on this machine only -->");
            }
            (Role::Listener, Some(transport)) => {
                let _ = writeln!(text, "  <!-- {words} -->");
                for run in planned.ports() {
                    let _ = writeln!(text, "  <port protocol=\"{transport}\" port=\"{run}\"/>");
                }
            }
            (Role::Link, None) if flow.protocol == Protocol::Esp => {
                let _ = writeln!(text, "  <!-- {words} -->\n  <protocol value=\"esp\"/>");
            }
            _ => {}
        }
    }
    text.push_str("</service>\n");
    text
}
