//! As much SIP text as a load needs (RFC 3261 section 7, RFC 8866).

use std::net::{Ipv4Addr, SocketAddrV4};

/// A message taken apart.
#[derive(Debug)]
pub struct Text<'a> {
    /// The first line.
    pub start: &'a str,
    headers: Vec<(&'a str, &'a str)>,
    body: &'a str,
}

impl<'a> Text<'a> {
    /// Takes a datagram apart; none when it is no text with a first line.
    pub fn read(bytes: &'a [u8]) -> Option<Text<'a>> {
        let text = std::str::from_utf8(bytes).ok()?;
        let (head, body) = text.split_once("\r\n\r\n")?;
        let mut lines = head.split("\r\n");
        let start = lines.next().filter(|line| line.contains("SIP/2.0"))?;
        let headers = lines.filter_map(|line| line.split_once(':')).map(|(name, value)| (name.trim(), value.trim()));
        Some(Text { start, headers: headers.collect(), body })
    }

    /// The status of a response, none for a request.
    pub fn status(&self) -> Option<u16> {
        self.start.strip_prefix("SIP/2.0 ")?.get(..3)?.parse().ok()
    }

    /// The method: that of a request, or the one that a response answers.
    pub fn method(&self) -> &'a str {
        let line =
            if self.status().is_some() { self.header("CSeq").rsplit(' ').next() } else { self.start.split(' ').next() };
        line.unwrap_or_default()
    }

    /// The user of a request's target.
    pub fn target_user(&self) -> &'a str {
        let uri = self.start.split(' ').nth(1).unwrap_or_default();
        uri.split_once(':').and_then(|(_, rest)| rest.split_once('@')).map_or("", |(user, _)| user)
    }

    /// The first value of a header, empty when there is none.
    pub fn header(&self, name: &str) -> &'a str {
        self.all(name).next().unwrap_or_default()
    }

    /// All values of a header.
    pub fn all(&self, name: &str) -> impl DoubleEndedIterator<Item = &'a str> {
        let same = move |header: &&(&str, &str)| header.0.eq_ignore_ascii_case(name) || Some(header.0) == compact(name);
        self.headers.iter().filter(same).map(|header| header.1).collect::<Vec<_>>().into_iter()
    }

    /// The URI of the first contact, without brackets.
    pub fn contact(&self) -> &'a str {
        let contact = self.header("Contact");
        let inside = contact.split_once('<').and_then(|(_, rest)| rest.split_once('>'));
        inside.map_or(contact, |(uri, _)| uri)
    }

    /// Where its session description wants audio.
    pub fn audio(&self) -> Option<SocketAddrV4> {
        let line = |prefix: &str| self.body.lines().find_map(|line| line.trim().strip_prefix(prefix));
        let address: Ipv4Addr = line("c=IN IP4 ")?.split('/').next()?.parse().ok()?;
        let port: u16 = line("m=audio ")?.split(' ').next()?.parse().ok()?;
        (port != 0).then(|| SocketAddrV4::new(address, port))
    }

    /// A response to this request: its own headers go back (RFC 3261 section 8.2.6.2).
    pub fn response(&self, status: &str, tag: &str, contact: &str, body: &str) -> String {
        let mut text = format!("SIP/2.0 {status}\r\n");
        for name in ["Via", "Record-Route", "From"] {
            self.all(name).for_each(|value| text += &format!("{name}: {value}\r\n"));
        }
        let to = self.header("To");
        let tag = if to.contains(";tag=") { String::new() } else { format!(";tag={tag}") };
        text += &format!("To: {to}{tag}\r\nCall-ID: {}\r\nCSeq: {}\r\n", self.header("Call-ID"), self.header("CSeq"));
        text + &format!("Contact: <{contact}>\r\n{}", with_body(body))
    }
}

/// The compact form of a name (RFC 3261 section 7.3.3).
fn compact(name: &str) -> Option<&'static str> {
    Some(match name {
        "Via" => "v",
        "From" => "f",
        "To" => "t",
        "Call-ID" => "i",
        "Contact" => "m",
        _ => return None,
    })
}

/// The end of a message: headers of the body, the empty line, the body.
pub fn with_body(body: &str) -> String {
    let kind = if body.is_empty() { "" } else { "Content-Type: application/sdp\r\n" };
    format!("{kind}Content-Length: {}\r\n\r\n{body}", body.len())
}

/// A session description: G.711 A-law in packets of 20 ms.
pub fn description(audio: SocketAddrV4) -> String {
    format!(
        "v=0\r\no=- 1 1 IN IP4 {ip}\r\ns=-\r\nc=IN IP4 {ip}\r\nt=0 0\r\nm=audio {port} RTP/AVP 8\r\na=rtpmap:8 PCMA/8000\r\n\
         a=ptime:20\r\n",
        ip = audio.ip(),
        port = audio.port()
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const INVITE: &str = "INVITE sip:20007@127.0.0.1:7060 SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n\
        v: SIP/2.0/UDP b;branch=z9hG4bK2\r\nf: <sip:x@a>;tag=1\r\nTo: <sip:20007@b>\r\nCall-ID: c\r\nCSeq: 3 INVITE\r\n\
        m: \"Bell\" <sip:bell@127.0.0.1:9>;q=1\r\nContent-Length: 44\r\n\r\n\
        v=0\r\nc=IN IP4 127.0.0.2\r\nm=audio 4000 RTP/AVP 8\r\n";

    #[test]
    fn a_request_is_taken_apart() {
        let text = Text::read(INVITE.as_bytes()).unwrap();
        assert_eq!((text.status(), text.method(), text.target_user()), (None, "INVITE", "20007"));
        assert_eq!(text.all("Via").count(), 2);
        assert_eq!(text.contact(), "sip:bell@127.0.0.1:9");
        assert_eq!(text.audio(), Some("127.0.0.2:4000".parse().unwrap()));
    }

    #[test]
    fn a_response_takes_the_request_s_headers_back() {
        let text = Text::read(INVITE.as_bytes()).unwrap();
        let response =
            text.response("200 OK", "far", "sip:far@127.0.0.1:7060", &description("127.0.0.1:5000".parse().unwrap()));
        let answer = Text::read(response.as_bytes()).unwrap();
        assert_eq!((answer.status(), answer.method()), (Some(200), "INVITE"));
        assert_eq!(answer.header("To"), "<sip:20007@b>;tag=far");
        assert_eq!(answer.all("Via").collect::<Vec<_>>(), text.all("Via").collect::<Vec<_>>());
        assert_eq!(answer.audio(), Some("127.0.0.1:5000".parse().unwrap()));
        // A tag that is there stays the only one.
        assert_eq!(answer.response("200 OK", "other", "sip:a", "").matches("tag=").count(), 2);
    }

    #[test]
    fn what_is_no_sip_is_nothing() {
        assert!(Text::read(b"hello").is_none());
        assert!(Text::read(b"\xff\r\n\r\n").is_none());
        assert!(Text::read(b"GET / HTTP/1.1\r\n\r\n").is_none());
    }
}
