use super::*;
use crate::check::Checks;
use crate::overrides::Overrides;
use crate::plan::PortPlan;
use crate::service::Service;

const WHOLE: FirewallOptions = FirewallOptions { scope: Scope::WholePlan, keep_ssh: false };
const IN_USE: FirewallOptions = FirewallOptions { scope: Scope::InUse, keep_ssh: false };

fn plan(overrides: &Overrides) -> PortPlan {
    PortPlan::resolve(overrides, &Checks::default()).unwrap()
}

fn bound(service: Service, addresses: &[&str]) -> PortPlan {
    let addresses: Vec<_> = addresses.iter().map(|text| text.parse().unwrap()).collect();
    plan(&Overrides::default().with_bind(service, &addresses))
}

#[test]
fn the_same_plan_prints_the_same_bytes() {
    let (a, b) = (PortPlan::default(), PortPlan::default());
    assert_eq!(table(&a), table(&b));
    assert_eq!(json(&a), json(&b));
    assert_eq!(markdown(&a), markdown(&b));
    assert_eq!(nftables(&a, &WHOLE), nftables(&b, &WHOLE));
    assert_eq!(firewalld(&a, Scope::WholePlan), firewalld(&b, Scope::WholePlan));
}

#[test]
fn the_tables_columns_are_aligned_and_no_row_is_missing() {
    let text = table(&PortPlan::default());
    let lines: Vec<&str> = text.lines().take_while(|line| !line.is_empty()).collect();
    let column = lines[0].find("ROLE").unwrap();
    for line in &lines[1..] {
        let cell = &line[column..];
        let known = ["listener", "client", "remote's own", "link layer"];
        assert!(known.iter().any(|role| cell.starts_with(role)), "{line}");
    }
    for number in 1..=38 {
        assert!(lines.iter().any(|line| line.starts_with(&format!("{number} "))), "row {number}");
    }
}

#[test]
fn the_table_marks_what_was_moved_and_what_needs_a_capability() {
    let text = table(&plan(&Overrides::default().with_port(Service::SipUdp, "1000".parse().unwrap())));
    assert!(text.contains(" 1000*! "), "{text}");
    assert!(!table(&PortPlan::default()).contains("5060*"));
}

#[test]
fn json_tells_rows_flows_and_what_is_planned() {
    let overrides = Overrides::default().with_port(Service::SipUdp, "5070".parse().unwrap());
    let value: serde_json::Value = serde_json::from_str(&json(&plan(&overrides))).unwrap();
    assert_eq!(value["rows"].as_array().unwrap().len(), 48);
    assert_eq!(value["flows"].as_array().unwrap().len(), Service::ALL.len());
    let sip = &value["flows"][0];
    assert_eq!(sip["default"]["service"], "sip-udp");
    assert_eq!(sip["default"]["rows"], serde_json::json!([29, 30]));
    assert_eq!(sip["default"]["ports"][0]["first"], 5060);
    assert_eq!(sip["planned_ports"][0]["first"], 5070);
    assert_eq!((&sip["moved"], &sip["enabled"]), (&true.into(), &true.into()));
    assert_eq!(sip["bind"], serde_json::json!(["0.0.0.0", "::"]));
}

#[test]
fn markdown_says_what_was_moved_and_that_nothing_was() {
    assert!(markdown(&PortPlan::default()).ends_with("on all IPv4 and IPv6 addresses.\n"));
    let overrides = Overrides::default()
        .with_port(Service::SipUdp, "5070".parse().unwrap())
        .with_enabled(Service::SipTls, false)
        .with_bind(Service::SipTcp, &["192.0.2.1".parse().unwrap()]);
    let text = markdown(&plan(&overrides));
    assert!(text.contains("- `sip-udp`: 5070 in place of 5060\n"), "{text}");
    assert!(text.contains("- `sip-tls`: switched off\n"), "{text}");
    assert!(text.contains("- `sip-tcp`: on 192.0.2.1 only\n"), "{text}");
    assert!(!text.contains("Nothing: these are the defaults"));
}

#[test]
fn every_markdown_line_of_a_table_has_its_columns() {
    let text = markdown(&PortPlan::default());
    let rows: Vec<&str> = text.lines().filter(|line| line.starts_with('|')).collect();
    assert!(rows.len() > 80);
    assert!(rows.iter().all(|line| line.matches('|').count() == 12), "a cell holds a bar");
}

#[test]
fn rules_in_use_open_what_is_built_and_nothing_else() {
    let text = nftables(&PortPlan::default(), &IN_USE);
    let (input, output) = text.split_once("chain output").unwrap();
    for open in ["udp dport 5060 ", "tcp dport 5060 ", "tcp dport 5061 ", "udp dport 20000-28191 "] {
        assert!(input.contains(open), "{open}");
    }
    for open in ["udp sport 5060 ", "tcp dport 5060 ", "tcp dport 5061 ", "udp sport 20000-28191 "] {
        assert!(output.contains(open), "{open}");
    }
    for closed in ["5062", "1719", "dport 22 ", "389", "esp", "sctp"] {
        assert!(!text.contains(closed), "{closed}");
    }
}

#[test]
fn the_administrators_ssh_stays_open_when_asked_for() {
    let plan = PortPlan::default();
    assert!(nftables(&plan, &FirewallOptions::default()).contains("tcp dport 22 accept"));
    assert!(!nftables(&plan, &IN_USE).contains("tcp dport 22 accept"));
}

#[test]
fn rules_of_the_whole_plan_name_every_service_that_has_a_port_here() {
    let text = nftables(&PortPlan::default(), &WHOLE);
    for planned in PortPlan::default().flows().iter().filter(|planned| planned.enabled()) {
        let named = text.contains(&format!("comment \"{} (", planned.service()));
        let open = matches!(planned.flow().role, Role::Listener | Role::Client);
        assert!(named || !open, "{} has no rule", planned.service());
        assert!(!named || planned.flow().role != Role::Remote, "{} is not ours", planned.service());
    }
}

#[test]
fn a_service_that_is_off_gets_no_rule() {
    let overrides = Overrides::default().with_enabled(Service::SipTls, false).with_enabled(Service::SipTrunkTls, false);
    assert!(!nftables(&plan(&overrides), &WHOLE).contains("5061"));
    assert!(nftables(&PortPlan::default(), &WHOLE).contains("5061"));
}

#[test]
fn a_moved_port_moves_its_rules() {
    let text = nftables(&plan(&Overrides::default().with_port(Service::SipUdp, "5070".parse().unwrap())), &IN_USE);
    assert!(text.contains("udp dport 5070 accept") && text.contains("udp sport 5070 accept"));
    assert!(!text.contains("udp sport 5060"));
}

#[test]
fn rules_narrow_to_the_addresses_that_are_bound() {
    let text = nftables(&bound(Service::SipTcp, &["192.0.2.1", "192.0.2.2", "::"]), &IN_USE);
    assert!(text.contains("ip daddr { 192.0.2.1, 192.0.2.2 } tcp dport 5060 accept"), "{text}");
    assert!(text.contains("meta nfproto ipv6 tcp dport 5060 accept"), "{text}");
    let text = nftables(&bound(Service::SipUdp, &["2001:db8::1"]), &IN_USE);
    assert!(text.contains("ip6 daddr 2001:db8::1 udp dport 5060 accept"), "{text}");
    assert!(text.contains("ip6 saddr 2001:db8::1 udp sport 5060 accept"), "{text}");
}

#[test]
fn a_listener_of_this_machine_alone_is_not_opened() {
    let text = nftables(&bound(Service::SipTls, &["127.0.0.1", "::1"]), &IN_USE);
    let (input, _) = text.split_once("chain output").unwrap();
    assert!(!input.contains("5061"));
    assert!(input.contains("# sip-tls (rows 29 and 30): on this machine only"));
    let text = firewalld(&bound(Service::SipTls, &["127.0.0.1"]), Scope::InUse);
    assert!(!text.contains("5061") && text.contains("sip-tls (rows 29 and 30): on this machine only"));
}

#[test]
fn h323_is_opened_for_ipv4_only() {
    let text = nftables(&PortPlan::default(), &WHOLE);
    for line in text.lines().filter(|line| line.contains("h225-") || line.contains("(row 10)")) {
        assert!(line.contains("meta nfproto ipv4"), "{line}");
    }
}

#[test]
fn no_comment_is_longer_than_nftables_takes() {
    for line in nftables(&PortPlan::default(), &WHOLE).lines() {
        let comment = line.split("comment \"").nth(1).unwrap_or_default();
        assert!(comment.len() <= 128, "{line}");
    }
}

#[test]
fn firewalld_lists_listeners_and_no_client_port() {
    let text = firewalld(&PortPlan::default(), Scope::WholePlan);
    assert!(text.contains("<port protocol=\"sctp\" port=\"5678\"/>"));
    assert!(text.contains("<port protocol=\"udp\" port=\"20000-28191\"/>"));
    assert!(text.contains("<protocol value=\"esp\"/>"));
    for client in ["\"389\"", "\"445\"", "\"162\"", "\"9042\"", "\"7001\""] {
        assert!(!text.contains(client), "{client}");
    }
    assert!(!firewalld(&PortPlan::default(), Scope::InUse).contains("5678"));
}

#[test]
fn firewalld_comments_are_comments_to_xml() {
    for comment in firewalld(&PortPlan::default(), Scope::WholePlan).split("<!--").skip(1) {
        let (inside, _) = comment.split_once("-->").unwrap();
        assert!(!inside.contains("--"), "{inside}");
    }
}

#[test]
fn rows_are_told_in_words() {
    assert_eq!(row_words(&[RowId::Row(25)]), "row 25");
    assert_eq!(row_words(&[RowId::Row(3), RowId::Row(4), RowId::Row(29)]), "rows 3, 4 and 29");
    assert_eq!(row_words(&[RowId::Beside("metrics")]), "metrics");
}
