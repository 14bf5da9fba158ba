//! Calls to and from another exchange over a trunk, which is known by its address.

use peers::{Almon, Host, Sipp, Site};
use std::net::SocketAddr;

struct Scene<'a> {
    almon: Almon<'a>,
    server: SocketAddr,
    extension: Host,
    carrier: Host,
}

impl<'a> Scene<'a> {
    fn new(site: &'a Site) -> Scene<'a> {
        let almon = Almon::with_extensions(site, &["1001"]);
        let (server, extension, carrier) = (site.exchange().sip(5060), site.host(), site.host());
        almon.tell(&["trunk", "add", "carrier", "--address", &carrier.sip(5060).to_string()]);
        almon.tell(&[
            "route",
            "add",
            "out",
            "--prefix",
            "2",
            "--min-digits",
            "5",
            "--max-digits",
            "5",
            "--via",
            "carrier",
        ]);
        Sipp::register(&extension, server, "1001");
        Scene { almon, server, extension, carrier }
    }

    fn caller(&self, scenario: &'static str) -> Sipp<'_> {
        Sipp::new(&self.extension, scenario).towards(self.server).user("1001").hold(400)
    }
}

#[test]
fn an_extension_calls_out() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    let answer = Sipp::new(&scene.carrier, "answer").key("user", "carrier").start();
    scene.caller("call").dial("21234").run();
    let outside = answer.finish();
    let invite = outside.received(&["INVITE sip:21234@"])[0];
    assert!(invite.contains("<sip:1001@"), "the number of the caller is shown: {invite}");
    let record = &scene.almon.wait_for_records(1)[0];
    assert!(record["outcome"] == "answered" && !record["trunk_out"].is_null(), "{record:#}");
    scene.almon.end();
}

#[test]
fn an_incomplete_number_is_not_sent_out() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.caller("call_refused").dial("2123").key("status", "484").run();
    scene.almon.end();
}

#[test]
fn the_trunk_refuses() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    let refuse = Sipp::new(&scene.carrier, "refuse_at_once").key("user", "carrier").key("status", "486").start();
    scene.caller("call_refused").dial("21234").key("status", "486").run();
    refuse.finish();
    scene.almon.end();
}

#[test]
fn a_call_comes_in_without_a_password() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    let answer = Sipp::new(&scene.extension, "answer").user("1001").start();
    let call = Sipp::new(&scene.carrier, "call").towards(scene.server).key("user", "0123456789").dial("1001").hold(300);
    call.run();
    let inside = answer.finish();
    assert!(inside.received(&["INVITE", "0123456789"]).len() == 1, "the caller is shown: {}", inside.messages);
    let record = &scene.almon.wait_for_records(1)[0];
    assert!(record["outcome"] == "answered" && !record["trunk_in"].is_null(), "{record:#}");
    scene.almon.end();
}

#[test]
fn a_call_from_a_trunk_does_not_leave_over_a_trunk() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    let call = Sipp::new(&scene.carrier, "call_refused").towards(scene.server).key("user", "0123456789").dial("21234");
    call.key("status", "403").run();
    scene.almon.end();
}

#[test]
fn an_emergency_call_leaves_though_the_extension_may_not_call_outside() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.almon.tell(&["emergency", "add", "112", "--route", "out"]);
    scene.almon.tell(&["extension", "change", "1001", "--external-calls", "no"]);
    scene.caller("call_refused").dial("21234").key("status", "403").run();
    let answer = Sipp::new(&scene.carrier, "answer").key("user", "carrier").start();
    scene.caller("call").dial("112").run();
    let outside = answer.finish();
    assert_eq!(outside.received(&["INVITE sip:112@"]).len(), 1, "{}", outside.messages);
    scene.almon.end();
}

#[test]
fn an_extension_calls_out_over_tcp() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    scene.almon.tell(&["trunk", "change", "carrier", "--transport", "tcp"]);
    let answer = Sipp::new(&scene.carrier, "answer").key("user", "carrier").tcp().start();
    scene.caller("call").dial("21234").run();
    let outside = answer.finish();
    assert_eq!(outside.received(&["INVITE sip:21234@", "SIP/2.0/TCP"]).len(), 1, "{}", outside.messages);
    scene.almon.wait_for_records(1);
    scene.almon.end();
}

#[test]
fn nobody_is_at_the_other_end_of_the_trunk() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let scene = Scene::new(&site);
    let call = scene.caller("call_refused").dial("21234").key("status", "503").option("-recv_timeout", "36000");
    let told = call.start().outcome();
    let final_status =
        ["SIP/2.0 503", "SIP/2.0 500", "SIP/2.0 480"].iter().any(|status| told.messages.contains(status));
    assert!(final_status, "{}", told.messages);
    let record = &scene.almon.wait_for_records(1)[0];
    assert_eq!(record["outcome"], "refused", "{record:#}");
    scene.almon.end();
}
