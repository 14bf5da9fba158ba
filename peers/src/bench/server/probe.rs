//! Asks a server whether it is there: OPTIONS until the first answer (RFC 3261 section 11).

use std::io;
use std::net::UdpSocket;
use std::thread;
use std::time::{Duration, Instant};

/// Between two questions.
const PAUSE: Duration = Duration::from_millis(2);

/// Asks until somebody answers 200; false when `bound` is over or `alive` says that nobody will.
pub fn until_answer(server: &str, bound: Duration, mut alive: impl FnMut() -> bool) -> bool {
    let begin = Instant::now();
    let Ok(socket) = socket(server) else { return false };
    for count in 0_u64.. {
        if begin.elapsed() > bound || (count % 50 == 49 && !alive()) {
            return false;
        }
        match ask(&socket, server, count) {
            Ok(true) => return true,
            // Nobody listens yet: the kernel says so at once.
            Ok(false) => {}
            Err(_) => thread::sleep(PAUSE),
        }
    }
    false
}

fn socket(server: &str) -> io::Result<UdpSocket> {
    let socket = UdpSocket::bind("127.0.0.1:0")?;
    socket.connect(server)?;
    socket.set_read_timeout(Some(PAUSE))?;
    Ok(socket)
}

/// Asks once; true when the answer is 200.
pub fn ask(socket: &UdpSocket, server: &str, count: u64) -> io::Result<bool> {
    let own = socket.local_addr()?;
    socket.send(request(&own.to_string(), server, count).as_bytes())?;
    let mut buffer = [0; 4096];
    let length = socket.recv(&mut buffer)?;
    Ok(buffer[..length].starts_with(b"SIP/2.0 200 "))
}

fn request(own: &str, server: &str, count: u64) -> String {
    format!(
        "OPTIONS sip:{server} SIP/2.0\r\nVia: SIP/2.0/UDP {own};branch=z9hG4bKprobe{count};rport\r\n\
         From: <sip:probe@{own}>;tag=probe\r\nTo: <sip:{server}>\r\nCall-ID: probe-{count}@{own}\r\nCSeq: 1 OPTIONS\r\n\
         Max-Forwards: 70\r\nContent-Length: 0\r\n\r\n"
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_answer_of_success_ends_the_asking() {
        let server = UdpSocket::bind("127.0.0.1:0").unwrap();
        let address = server.local_addr().unwrap().to_string();
        let answering = thread::spawn(move || {
            let mut buffer = [0; 4096];
            for answer in ["SIP/2.0 503 Later\r\n\r\n", "SIP/2.0 200 OK\r\n\r\n"] {
                let (length, from) = server.recv_from(&mut buffer).unwrap();
                assert!(sip::Message::parse_datagram(buffer[..length].to_vec().into()).is_ok());
                server.send_to(answer.as_bytes(), from).unwrap();
            }
        });
        assert!(until_answer(&address, Duration::from_secs(5), || true));
        answering.join().unwrap();
    }

    #[test]
    fn nobody_answers_for_ever() {
        assert!(!until_answer("127.0.0.1:9", Duration::from_millis(20), || true));
        assert!(!until_answer("127.0.0.1:9", Duration::from_secs(60), || false));
    }
}
