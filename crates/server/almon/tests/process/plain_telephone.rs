//! One socket that speaks just enough SIP: it registers an extension, and calls as a trunk does.

#![allow(dead_code, reason = "each scenario uses its part")]

use bytes::Bytes;
use sip::digest::{A1, strongest_challenge};
use sip::{Message, Method};
use std::net::{SocketAddr, UdpSocket};
use std::time::Duration;

pub struct Telephone {
    socket: UdpSocket,
    server: SocketAddr,
    count: u32,
}

impl Telephone {
    pub fn new(server_port: u16) -> Telephone {
        let socket = UdpSocket::bind("127.0.0.1:0").unwrap();
        socket.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Telephone { socket, server: ([127, 0, 0, 1], server_port).into(), count: 0 }
    }

    pub fn address(&self) -> SocketAddr {
        self.socket.local_addr().unwrap()
    }

    /// Sends a request and returns its final response.
    fn ask(&mut self, method: &str, uri: &str, from: &str, to: &str, call: &str, more: &str) -> Message {
        self.count += 1;
        let (at, count) = (self.address(), self.count);
        let request = format!(
            "{method} {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {at};rport;branch=z9hG4bK-{call}-{count}\r\nMax-Forwards: 70\r\n\
             From: <{from}>;tag=t{call}\r\nTo: <{to}>\r\nCall-ID: {call}\r\nCSeq: {count} {method}\r\n\
             Contact: <sip:x@{at}>\r\n{more}Content-Length: 0\r\n\r\n"
        );
        self.socket.send_to(request.as_bytes(), self.server).unwrap();
        let mut buffer = [0; 4096];
        loop {
            let length = self.socket.recv(&mut buffer).unwrap();
            let answer = Message::parse_datagram(Bytes::copy_from_slice(&buffer[..length])).unwrap();
            if answer.status().is_some_and(|status| status.0 >= 200) {
                return answer;
            }
        }
    }

    /// Registers for an hour.
    pub fn register(&mut self, number: &str, realm: &str, password: &str) {
        let uri = format!("sip:{}", self.server);
        let who = format!("sip:{number}@{}", self.server);
        // Two sockets are two telephones: each has its own Call-ID.
        let call = format!("{number}-{}", self.address().port());
        let challenged = self.ask("REGISTER", &uri, &who, &who, &call, "Expires: 3600\r\n");
        assert_eq!(challenged.status().unwrap().0, 401);
        let mut challenge = strongest_challenge(&challenged).unwrap();
        let a1 = A1::of(challenge.algorithm(), number, realm, password);
        let answer = challenge.answer(&a1, number, &Method::Register, &uri, "cnonce-of-a-test").unwrap();
        let more = format!("Expires: 3600\r\nAuthorization: {}\r\n", answer.value);
        let answer = self.ask("REGISTER", &uri, &who, &who, &call, &more);
        assert_eq!(answer.status().unwrap().0, 200);
    }

    /// Calls a number from outside and returns the status of the refusal, after the ACK that it wants.
    pub fn is_refused(&mut self, dialled: &str, call: &str) -> u16 {
        let uri = format!("sip:{dialled}@{}", self.server);
        let from = format!("sip:5550100@{}", self.address());
        let answer = self.ask("INVITE", &uri, &from, &uri, call, "");
        let text = String::from_utf8_lossy(answer.bytes());
        let to = text.lines().find(|line| line.starts_with("To:")).unwrap();
        let (at, count) = (self.address(), self.count);
        let ack = format!(
            "ACK {uri} SIP/2.0\r\nVia: SIP/2.0/UDP {at};rport;branch=z9hG4bK-{call}-{count}\r\nMax-Forwards: 70\r\n\
             From: <{from}>;tag=t{call}\r\n{to}\r\nCall-ID: {call}\r\nCSeq: {count} ACK\r\nContent-Length: 0\r\n\r\n"
        );
        self.socket.send_to(ack.as_bytes(), self.server).unwrap();
        answer.status().unwrap().0
    }
}
