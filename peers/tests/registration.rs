//! Telephones register, refresh, go, and are refused.

use peers::{Almon, Baresip, Certificates, Linphone, Phone, Setup, Sipp, Site, Transport, audio};
use std::net::SocketAddr;

#[test]
fn a_telephone_registers_refreshes_and_goes() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let (server, host) = (site.exchange().sip(5060), site.host());
    Sipp::new(&host, "register_and_refresh").towards(server).user("1001").key("expires", "600").run();
    assert_eq!(almon.telephones("1001"), 1);
    let registration = &almon.list(&["registrations"])[0];
    assert_eq!(registration["peer"], host.sip(5060).to_string());
    Sipp::new(&host, "register").towards(server).user("1001").key("expires", "0").run();
    assert_eq!(almon.telephones("1001"), 0);
    almon.end();
}

#[test]
fn a_telephone_registers_over_tcp() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let host = site.host();
    let register = Sipp::new(&host, "register_and_refresh").towards(site.exchange().sip(5060)).user("1001");
    let done = register.key("expires", "600").tcp().run();
    assert!(done.messages.contains("SIP/2.0/TCP"));
    almon.end();
}

#[test]
fn a_telephone_registers_over_ipv6() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let host = site.host();
    Sipp::register(&host, SocketAddr::new(site.exchange().v6(), 5060), "1001");
    assert_eq!(almon.list(&["registrations"])[0]["peer"], SocketAddr::new(host.v6(), 5060).to_string());
    almon.end();
}

#[test]
fn a_wrong_password_and_an_unknown_number_get_the_same_answer() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let (server, host) = (site.exchange().sip(5060), site.host());
    let refused = |number: &str| {
        let scenario = Sipp::new(&host, "register_refused").towards(server).key("user", number).key("expires", "600");
        scenario.key("status", "401").option("-au", number).option("-ap", "not-the-password").run()
    };
    let (wrong, unknown) = (refused("1001"), refused("1999"));
    assert_eq!(answer_lines(&wrong.messages, "1001"), answer_lines(&unknown.messages, "1999"));
    assert_eq!(almon.list(&["registrations"]).len(), 0);
    almon.end();
}

/// The lines of the responses, without what differs in any two of them.
fn answer_lines(messages: &str, number: &str) -> Vec<String> {
    let varies = ["via:", "call-id:", "from:", "to:", "date:", "www-authenticate:", "cseq:", "message"];
    let shown = |line: &&str| {
        let lower = line.to_lowercase();
        !varies.iter().any(|name| lower.contains(name)) && !line.starts_with("---")
    };
    let answers = messages.split("----").filter(|part| part.contains("message received"));
    let lines = answers.flat_map(|answer| answer.lines().filter(shown).map(|line| line.replace(number, "NUMBER")));
    let lines: Vec<String> = lines.collect();
    assert!(lines.iter().any(|line| line.starts_with("SIP/2.0 40")), "{lines:?}");
    lines
}

#[test]
fn a_registration_that_is_too_short_is_told_the_least() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let host = site.host();
    let done = Sipp::new(&host, "register_briefly").towards(site.exchange().sip(5060)).user("1001").run();
    assert!(done.messages.contains("Min-Expires: 60"));
    almon.end();
}

#[test]
fn nothing_that_is_answered_names_the_server() {
    let Some(site) = Site::with(&["sipp"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001"]);
    let done = Sipp::register(&site.host(), site.exchange().sip(5060), "1001");
    let lower = done.messages.to_lowercase();
    assert!(!lower.contains("\nserver:") && !lower.contains("\nuser-agent: almon"), "{lower}");
    almon.end();
}

#[test]
fn baresip_registers_over_every_transport() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let files = Certificates::new(site.exchange(), site.folder());
    let almon = Almon::start(&site, Setup::default().with_tls(&files));
    let says = audio::silence(1.0);
    let numbers = ["1001", "1002", "1003"];
    numbers.iter().for_each(|number| almon.extension(number));
    for (number, transport) in numbers.into_iter().zip([Transport::Udp, Transport::Tcp, Transport::Tls]) {
        let host = site.host();
        let mut phone = Phone::new(number, site.exchange(), &says).over(transport);
        phone.certificates = Some(&files);
        let mut telephone = Baresip::start(&host, &phone);
        assert_eq!(almon.telephones(number), 1);
        telephone.quit();
        almon.wait_for_telephones(number, 0);
    }
    almon.end();
}

#[test]
fn linphone_registers_where_sha256_is_offered_first() {
    let Some(site) = Site::with(&["linphonec"]) else { return };
    let almon = Almon::start(&site, Setup { digest: vec!["SHA-256", "MD5"], ..Setup::default() });
    almon.extension("1001");
    let host = site.host();
    let telephone = Linphone::start(&host, site.exchange(), "1001", Transport::Udp, &audio::silence(1.0));
    assert_eq!(almon.telephones("1001"), 1);
    drop(telephone);
    almon.end();
}
