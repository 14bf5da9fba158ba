use super::sample::Sample;
use xtask::laws::binding::LAW;

const FILE: &str = "crates/services/media/src/lib.rs";

fn places(text: &str) -> Vec<String> {
    Sample::new().room("crates/services/media", "").file(FILE, text).places(&LAW)
}

#[test]
fn a_bind_outside_net_is_found() {
    for text in [
        "//! a\nfn a() { std::net::UdpSocket::bind(x); }\n",
        "use tokio::net::TcpListener as Listener;\nfn a() { Listener::bind(x); }\n",
        "use socket2::Socket;\nfn a(s: &Socket) { s.bind(&x); }\n",
        "//! a\nfn a() { unsafe { libc::bind(fd, p, n) }; }\n",
        "//! a\nfn a() { vec![UdpSocket::bind(x)]; }\n",
    ] {
        assert_eq!(places(text), [format!("{FILE}:2")], "{text}");
    }
}

#[test]
fn net_and_tests_bind_and_other_things_have_binds_too() {
    assert!(places("#[cfg(test)]\nmod tests { fn a() { std::net::UdpSocket::bind(x); } }\n").is_empty());
    assert!(places("fn a(s: &mut Statement) { s.bind(1); let bind = 2; UnixListener::bind(p); }\n").is_empty());
    let net = Sample::new()
        .room("crates/server/net", "")
        .file("crates/server/net/src/lib.rs", "fn a() { UdpSocket::bind(x); }\n");
    assert!(net.ask(&LAW).is_empty());
}
