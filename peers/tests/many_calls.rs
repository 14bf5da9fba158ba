//! Many calls at once: nothing is repeated, and each has one record.

use peers::{Almon, Sipp, Site};
use std::collections::BTreeSet;

const CALLS: u32 = 60;

#[test]
fn each_call_has_one_record() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (server, caller, called) = (site.exchange().sip(5060), site.host(), site.host());
    Sipp::register(&caller, server, "1001");
    Sipp::register(&called, server, "1002");
    let answer = Sipp::new(&called, "answer").user("1002").calls(CALLS, 1).start();
    let call = Sipp::new(&caller, "call").towards(server).user("1001").dial("1002").hold(1500).calls(CALLS, 12).run();
    answer.finish();
    let records = almon.wait_for_records(call.ok as usize);
    assert!(records.iter().all(|record| record["outcome"] == "answered"), "{records:#?}");
    let keys: BTreeSet<String> = records.iter().map(|record| record["key"].to_string()).collect();
    assert_eq!(keys.len(), CALLS as usize);
    for record in &records {
        let talked =
            record["ended_after"]["secs"].as_f64().unwrap() + record["ended_after"]["nanos"].as_f64().unwrap() / 1e9;
        assert!((1.4..4.0).contains(&talked), "{record:#}");
    }
    assert_eq!(call.retransmissions, 0, "nothing had to be said twice");
    almon.end();
}

#[test]
fn callers_and_called_that_give_up_at_any_moment_leave_nothing_behind() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (server, caller, called) = (site.exchange().sip(5060), site.host(), site.host());
    Sipp::register(&caller, server, "1001");
    Sipp::register(&called, server, "1002");
    let ring = Sipp::new(&called, "ring_until_cancelled").user("1002").calls(30, 1).start();
    Sipp::new(&caller, "call_and_cancel").towards(server).user("1001").dial("1002").calls(30, 10).run();
    ring.finish();
    let records = almon.wait_for_records(30);
    assert!(records.iter().all(|record| record["outcome"] == "not-answered"), "{records:#?}");
    almon.end();
}
