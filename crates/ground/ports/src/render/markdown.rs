//! The plan as a Markdown page.

use std::fmt::Write;

use super::{row_words, state, who};
use crate::flow::Role;
use crate::plan::{PlannedFlow, PortPlan};
use crate::range::list;
use crate::row::{Row, RowId};

const INTRODUCTION: &str = "# The port plan

Every port that the exchange opens or uses. This page is printed from the port plan: change it there, not here.

- **Row**: the row of the published table \"IP Protocols and Ports\" that Almon follows. Rows that share a flow share its
  socket: what is sent decides which row it serves.
- **Role**: *listener*, the exchange binds the port; *client*, it opens the flow towards that port of somebody else;
  *remote's own*, the port concerns others and stands here for the firewalls between; *link layer*, no ports.
- **Firewall**: Y, it must be open where a firewall or NAT stands between the parties; (Y), only if they are on different
  sides; -, no statement.
- **State**: *built*, the program does it; *not built yet*, it is planned; *off*, it has to be switched on.
- **!**: a port below 1024, which needs a capability to bind.

Every port can be moved, every service switched off and every listener bound to IPv4 and IPv6 addresses of its own, by the
service's name in the `[ports]` part of the configuration file:

```toml
[ports]
bind = [\"192.0.2.1\", \"2001:db8::1\"]

[ports.services.sip-udp]
port = 5070

[ports.services.media]
port = \"30000-31999\"

[ports.services.sip-tls]
enabled = false
```

A plan is refused when two listeners claim the same port of the same transport and address, or when the media range has
fewer than 200 ports, fewer than two for each RTP resource, an odd first port, or a port that the system gives to outgoing
connections. IPv6 sockets carry IPv6 only, so `0.0.0.0` and `::` do not collide. The administrator's command line uses a
Unix socket, which has no port.
";

const HEAD: &str = "
| row | what | service | who opens it | protocol | ports | role | addresses | firewall | state | purpose |
|---|---|---|---|---|---|---|---|---|---|---|
";

/// A page with the rows, the ports beside the table, and what this installation moved.
pub fn markdown(plan: &PortPlan) -> String {
    let mut text = INTRODUCTION.to_owned();
    text.push_str("\n## The published table\n");
    section(&mut text, plan, |id| matches!(id, RowId::Row(_)));
    text.push_str("\n## Beside the table\n");
    section(&mut text, plan, |id| matches!(id, RowId::Beside(_)));
    text.push_str("\n## Moved or switched here\n\n");
    changes(&mut text, plan);
    text
}

fn section(text: &mut String, plan: &PortPlan, wanted: impl Fn(&RowId) -> bool) {
    text.push_str(HEAD);
    for row in plan.rows().iter().filter(|row| wanted(&row.id)) {
        for planned in plan.flows_of(row.id) {
            line(text, row, planned);
        }
    }
}

fn line(text: &mut String, row: &Row, planned: &PlannedFlow) {
    let flow = planned.flow();
    let others: Vec<RowId> = flow.rows.iter().copied().filter(|id| *id != row.id).collect();
    let shared = if others.is_empty() { String::new() } else { format!(" (shared with {})", row_words(&others)) };
    let mut ports = if planned.ports().is_empty() { "-".to_owned() } else { list(planned.ports()) };
    if planned.privileged() {
        ports.push_str(" !");
    }
    if let Some(source) = flow.source {
        let _ = write!(ports, " (from {source})");
    }
    let _ = writeln!(
        text,
        "| {} | {} | `{}`: {}{shared} | {} | {} | {ports} | {} | {} | {} | {} | {} |",
        row.id,
        row.title,
        planned.service(),
        planned.service().about(),
        who(flow),
        flow.protocol,
        flow.role,
        flow.families,
        row.firewall,
        state(planned),
        row.purpose
    );
}

fn changes(text: &mut String, plan: &PortPlan) {
    let before = text.len();
    for planned in plan.flows() {
        let flow = planned.flow();
        if planned.moved() {
            let _ = writeln!(text, "- `{}`: {} in place of {}", flow.service, list(planned.ports()), list(flow.ports));
        }
        if planned.enabled() != flow.on {
            let _ = writeln!(text, "- `{}`: switched {}", flow.service, if flow.on { "off" } else { "on" });
        }
        if flow.role == Role::Listener && planned.bind().iter().any(|address| !address.is_unspecified()) {
            let addresses: Vec<String> = planned.bind().iter().map(ToString::to_string).collect();
            let _ = writeln!(text, "- `{}`: on {} only", flow.service, addresses.join(", "));
        }
    }
    if text.len() == before {
        text.push_str("Nothing: these are the defaults, on all IPv4 and IPv6 addresses.\n");
    }
}
