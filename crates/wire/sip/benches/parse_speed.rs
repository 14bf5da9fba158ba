//! How many messages a second of CPU time the message half handles: an INVITE of 856 bytes is parsed; parsed and read by
//! type; parsed, read by type and written again.
//!
//! `cargo run --release -p sip --example parse_speed [SECONDS]`

use bytes::Bytes;
use sip::{Builder, HeaderName, Message};
use std::hint::black_box;

/// The size that other stacks were measured with.
const SIZE: usize = 856;

fn invite() -> Bytes {
    let head = "INVITE sip:nyquist@exchange.example.net;user=phone SIP/2.0\r\n\
        Via: SIP/2.0/UDP 192.0.2.4:15060;rport;branch=z9hG4bK-524287-1---b6f2a8c1d3e4\r\n\
        Max-Forwards: 70\r\n\
        Route: <sip:edge.example.net:15060;transport=udp;lr>\r\n\
        Contact: <sip:shannon@192.0.2.4:15060;transport=udp>\r\n\
        To: \"Harry Nyquist\" <sip:nyquist@exchange.example.net>\r\n\
        From: \"Claude Shannon\" <sip:shannon@exchange.example.net>;tag=1948c0de\r\n\
        Call-ID: 84731ZTc3NjY5ODA2MDk1NWQ2@192.0.2.4\r\n\
        CSeq: 2 INVITE\r\n\
        Allow: INVITE, ACK, CANCEL, BYE, NOTIFY, REFER, OPTIONS, UPDATE, INFO\r\n\
        Supported: replaces, timer\r\n\
        Content-Type: application/sdp\r\n";
    let sdp = "v=0\r\no=shannon 1948 1 IN IP4 192.0.2.4\r\ns=-\r\nc=IN IP4 192.0.2.4\r\nt=0 0\r\n\
        m=audio 20188 RTP/AVP 8 0 101\r\na=rtpmap:101 telephone-event/8000\r\n";
    let fixed = head.len() + "Content-Length: 000\r\nX: \r\n\r\n".len() + sdp.len();
    let filler = "x".repeat(SIZE.saturating_sub(fixed));
    Bytes::from(format!("{head}Content-Length: {:03}\r\nX: {filler}\r\n\r\n{sdp}", sdp.len()))
}

/// Reads the nine headers that every call needs; the sum keeps the compiler from leaving any of it out.
fn read_types(message: &Message) -> usize {
    let via = message.top_via().expect("Via");
    let (from, to) = (message.from().expect("From"), message.to().expect("To"));
    let cseq = message.cseq().expect("CSeq");
    let call_id = message.call_id().expect("Call-ID");
    let contact = message.contact().expect("Contact");
    let routes = message.routes().map(|route| route.expect("Route").uri().host_text().len()).sum::<usize>();
    let hops = message.max_forwards().expect("Max-Forwards").unwrap_or(70);
    let length = message.declared_length().unwrap_or(0);
    via.branch().map_or(0, str::len)
        + from.tag().map_or(0, str::len)
        + to.uri().host_text().len()
        + cseq.number as usize
        + call_id.as_str().len()
        + contact.uri().user().map_or(0, str::len)
        + routes
        + usize::from(hops)
        + length
}

/// Writes the message anew, as a user agent that sends one on does: every header line through the builder.
fn write(message: &Message) -> Bytes {
    let method = message.method().expect("a request");
    let mut builder = Builder::request(method, message.request_uri().expect("a URI"));
    for line in message.header_lines() {
        match line.name {
            HeaderName::ContentLength => {}
            HeaderName::Other => {
                builder.header_named(line.name_text, String::from_utf8_lossy(line.value));
            }
            name => {
                builder.header_bytes(name, line.value);
            }
        }
    }
    builder.finish_with(message.body())
}

/// CPU time of this process in seconds, from the kernel's account in ticks of 10 ms.
fn cpu_seconds() -> f64 {
    let stat = std::fs::File::open("/proc/self/stat").and_then(std::io::read_to_string).expect("/proc/self/stat");
    let after_name = stat.rsplit(')').next().expect("fields");
    let ticks: f64 =
        after_name.split_whitespace().skip(11).take(2).map(|field| field.parse::<f64>().expect("ticks")).sum();
    ticks / 100.0
}

fn measure(name: &str, seconds: f64, mut work: impl FnMut() -> usize) {
    let start = cpu_seconds();
    let mut count = 0u64;
    let spent = loop {
        for _ in 0..10_000 {
            black_box(work());
        }
        count += 10_000;
        let spent = cpu_seconds() - start;
        if spent >= seconds {
            break spent;
        }
    };
    println!("{name:32} {:>10.0} messages per CPU second", count as f64 / spent);
}

fn main() {
    let seconds = std::env::args().nth(1).and_then(|text| text.parse().ok()).unwrap_or(2.0);
    let bytes = invite();
    assert_eq!(bytes.len(), SIZE);
    let parse = || Message::parse_datagram(black_box(&bytes).clone()).expect("a message");
    assert_eq!(
        Message::parse_datagram(write(&parse())).expect("a message").header_lines().count(),
        parse().header_lines().count()
    );
    measure("parse", seconds, || parse().header_lines().count());
    measure("parse + typed", seconds, || read_types(&parse()));
    measure("parse + typed + serialise", seconds, || {
        let message = parse();
        read_types(&message) + write(&message).len()
    });
    measure("parse + strict validation", seconds, || usize::from(sip::validate::well_formed(&parse()).is_ok()));
}
