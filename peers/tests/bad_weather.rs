//! Packets are lost: SIP over UDP repeats itself (RFC 3261 section 17), so every call goes well and nothing is left behind.

use peers::{Host, Pair, Setup, Site};
use std::process::Command;
use std::time::Duration;

const CALLS: u32 = 25;

/// Loses one in ten of the datagrams that arrive. Those that leave are lost where they arrive: a firewall that drops them here
/// would tell the sender.
fn lose(host: &Host) {
    let lost = "meta l4proto udp numgen random mod 10 == 0 drop";
    let rules = format!("table inet weather {{\nchain inward {{\ntype filter hook input priority 0;\n{lost}\n}}\n}}\n");
    let file = host.folder("weather").join("rules");
    std::fs::write(&file, rules).expect("a file in /tmp");
    let mut command = Command::new(peers::find("nft").unwrap_or_else(|| "nft".into()));
    command.arg("-f").arg(&file);
    let mut nft = host.start("nft", command);
    let status = nft.wait(Duration::from_secs(5)).expect("nft ends");
    assert!(status.success(), "nft: {}", nft.log());
}

#[test]
fn every_tenth_packet_is_lost() {
    let Some(site) = Site::with(&["sipp", "nft"]) else { return };
    let pair = Pair::new(&site, Setup::default());
    [site.exchange(), &pair.caller, &pair.called].into_iter().for_each(lose);
    // A message that is repeated after its call has ended counts as a call with SIPp: this one answers to the end.
    let answer = pair.called("answer").calls(CALLS * 10, 1).option("-recv_timeout", "33000").start();
    let call = pair.caller("call").calls(CALLS, 10).option("-recv_timeout", "33000").hold(1000).run();
    assert!(call.retransmissions > 5, "only {} messages were repeated: nothing was lost", call.retransmissions);
    let records = pair.almon.wait_for_records(CALLS as usize);
    assert!(records.iter().all(|record| record["outcome"] == "answered"), "{records:#?}");
    drop(answer);
    pair.almon.end();
}
