//! The life of a server process: ready, told to the service manager, drained by a signal, alone on its data folder.

mod process;

use process::Place;
use std::net::UdpSocket;
use std::os::unix::net::UnixDatagram;
use std::time::Duration;

#[test]
fn the_service_manager_is_told_and_a_signal_ends_it() {
    let place = Place::new();
    let path = place.folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(Duration::from_secs(20))).unwrap();
    let mut server = place.spawn(&[("NOTIFY_SOCKET", &path)]);
    let mut buffer = [0; 200];
    let length = manager.recv(&mut buffer).unwrap();
    assert!(buffer[..length].starts_with(b"READY=1"));
    server.signal("TERM");
    assert!(server.wait(), "{}", server.log());
    let mut told = String::new();
    while !told.contains("STOPPING=1") {
        let length = manager.recv(&mut buffer).expect("the manager is told of the end");
        told.push_str(&String::from_utf8_lossy(&buffer[..length]));
    }
}

#[test]
fn a_second_server_on_the_same_folder_is_refused() {
    let place = Place::new();
    let first = place.start();
    let other = process::free_port();
    place.configure(&format!("[ports.services.media]\nport='21000-21399'\n[log]\nfilter='info'\n# {other}\n"));
    let mut second = place.spawn(&[]);
    assert!(!second.wait());
    assert!(second.log().contains(&format!("process {}", first.child.id())), "{}", second.log());
}

#[test]
fn a_port_in_use_is_named() {
    let place = Place::new();
    let taken = UdpSocket::bind(("127.0.0.1", place.port)).unwrap();
    let mut server = place.spawn(&[]);
    assert!(!server.wait());
    assert!(server.log().contains("in use"), "{}", server.log());
    drop(taken);
}

#[test]
fn it_answers_options_as_soon_as_it_is_ready_and_drains_on_order() {
    let place = Place::new();
    let mut server = place.start();
    let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
    let local = socket.local_addr().unwrap();
    let request = format!(
        "OPTIONS sip:127.0.0.1 SIP/2.0\r\nVia: SIP/2.0/UDP {local};branch=z9hG4bKo1;rport\r\nMax-Forwards: 70\r\n\
         From: <sip:erlang@127.0.0.1>;tag=1\r\nTo: <sip:127.0.0.1>\r\nCall-ID: o1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n"
    );
    socket.send_to(request.as_bytes(), ("127.0.0.1", place.port)).unwrap();
    let mut buffer = [0; 2000];
    let length = socket.recv(&mut buffer).unwrap();
    let answer = String::from_utf8_lossy(&buffer[..length]).into_owned();
    assert!(answer.starts_with("SIP/2.0 200 "), "{answer}");
    assert!(!answer.to_ascii_lowercase().contains("almon/"), "no version is told: {answer}");
    assert!(place.says(&["drain"]).contains("stops"));
    assert!(server.wait());
}

#[test]
fn the_ports_that_are_open_are_those_of_the_plan() {
    let place = Place::new();
    let _server = place.start();
    let text = place.says(&["ports", "check"]);
    assert!(text.contains("sip-udp") && text.contains("no socket open that the plan does not have"), "{text}");
}

#[test]
fn the_demo_moves_off_a_port_in_use_and_its_commands_find_it() {
    let folder = tempfile::tempdir().unwrap();
    // The usual port is taken, by this test or by somebody else.
    let _taken = UdpSocket::bind(("127.0.0.1", 5060));
    let mut demo = std::process::Command::new(process::ALMON)
        .args(["demo", "--address", "127.0.0.1", "--data"])
        .arg(folder.path())
        .stdout(std::process::Stdio::null())
        .stderr(std::process::Stdio::null())
        .spawn()
        .unwrap();
    let status = || {
        let output = std::process::Command::new(process::ALMON).arg("--data").arg(folder.path()).arg("status").output();
        String::from_utf8(output.unwrap().stdout).unwrap()
    };
    let until = std::time::Instant::now() + Duration::from_secs(20);
    while !status().contains("sip-udp on 127.0.0.1:50") && std::time::Instant::now() < until {
        std::thread::sleep(Duration::from_millis(100));
    }
    let text = status();
    let _ = demo.kill();
    let _ = demo.wait();
    assert!(text.contains("sip-udp on 127.0.0.1:50") && !text.contains("sip-udp on 127.0.0.1:5060"), "{text}");
}
