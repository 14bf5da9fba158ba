use super::*;
use crate::{Direction, MediaKind};

const HEAD: &str = "v=0\r\no=- 1 2 IN IP4 192.0.2.1\r\ns=-\r\n";

fn read(body: &str) -> Result<SessionDescription, ParseError> {
    parse(body.as_bytes(), &Limits::default())
}

fn fault(body: &str) -> (u32, ParseErrorKind) {
    read(body).map_err(|error| (error.line, error.kind)).unwrap_err()
}

#[test]
fn a_body_with_every_line_is_written_back_byte_for_byte() {
    let body = "v=0\r\no=gray 2890844526 2890842807 IN IP4 198.51.100.2\r\ns=Harmonic telegraph\r\ni=Lecture\r\n\
                u=http://example.org/lecture\r\ne=gray@example.org (Elisha)\r\ne=other@example.org\r\np=+1 617 555 6011\r\n\
                c=IN IP4 198.51.100.2\r\nb=CT:128\r\nb=X-YZ:1\r\nt=3034423619 3042462419\r\nr=7d 1h 0 25h\r\nr=1 2 3\r\n\
                z=2882844526 -1h 2898848070 0\r\nt=0 0\r\nk=prompt\r\na=recvonly\r\na=x-unknown:some thing:else\r\n\
                m=audio 49170 RTP/AVP 0 97\r\ni=voice\r\nc=IN IP4 233.252.0.1/127/2\r\nc=IN IP4 233.252.0.9/127\r\nb=AS:64\r\n\
                k=clear:abc\r\na=rtpmap:97 iLBC/8000\r\na=mode:x\r\nm=hologram 9/3 QUIC/LIGHT beam\r\na=z\r\n";
    let sdp = read(body).unwrap();
    assert_eq!(sdp.to_string(), body);
    assert_eq!(sdp.timings.len(), 2);
    assert_eq!(sdp.timings[0].repeats.len(), 2);
    assert_eq!(sdp.media[1].kind, MediaKind::Other(Text::literal("hologram")));
    assert!(!format!("{sdp:?}").contains("clear:abc"));
}

#[test]
fn parsed_text_shares_one_allocation() {
    let sdp = read(&format!("{HEAD}t=0 0\r\na=tool:x\r\n")).unwrap();
    let one = sdp.session_name.as_ptr() as usize;
    let other = sdp.attributes.iter().next().unwrap().as_str().as_ptr() as usize;
    assert_eq!(other - one, "-\r\nt=0 0\r\na=".len());
}

#[test]
fn what_telephones_commonly_do_is_understood() {
    let lenient = "v=0\no=- -5 2 IN IP4 192.0.2.1 \ns=\na=sendonly\nc=IN IP4 192.0.2.1 \nm=audio 5004 RTP/AVP 0 \n\
                   a=ptime:20\nb=AS:64\n\n";
    let sdp = read(lenient).unwrap();
    assert_eq!(sdp.session_name, "");
    assert_eq!(sdp.direction_of(&sdp.media[0]), Direction::SendOnly);
    let written = sdp.to_string();
    assert!(
        written.contains("s=\r\nc=IN IP4 192.0.2.1\r\nt=0 0\r\na=sendonly\r\nm=audio 5004 RTP/AVP 0\r\nb=AS:64\r\n")
    );
    assert_eq!(read("v=0\no=- 1 1 IN IP4 h").map(|sdp| sdp.session_name), Ok(Text::literal("-")));
}

#[test]
fn media_inherits_from_the_session_unless_it_says_otherwise() {
    let sdp = read(&format!(
        "{HEAD}c=IN IP4 192.0.2.1\r\nt=0 0\r\na=inactive\r\nm=audio 2 RTP/AVP 0\r\nc=IN IP6 ::\r\na=recvonly\r\nm=audio 4 RTP/AVP 0\r\n"
    ))
    .unwrap();
    assert!(sdp.connection_of(&sdp.media[0]).is_some_and(Connection::is_unspecified));
    assert_eq!(sdp.direction_of(&sdp.media[0]), Direction::RecvOnly);
    assert_eq!(sdp.connection_of(&sdp.media[1]).and_then(Connection::ip), "192.0.2.1".parse().ok());
    assert_eq!(sdp.direction_of(&sdp.media[1]), Direction::Inactive);
    let bare = read(&format!("{HEAD}m=audio 2 RTP/AVP 0\r\n")).unwrap();
    assert_eq!(bare.connection_of(&bare.media[0]), None);
    assert_eq!(bare.direction_of(&bare.media[0]), Direction::SendRecv);
}

#[test]
fn faults_are_named_with_their_line() {
    assert_eq!(fault(""), (1, ParseErrorKind::Missing('v')));
    assert_eq!(fault("o=- 1 2 IN IP4 h\r\n"), (1, ParseErrorKind::Missing('v')));
    assert_eq!(fault("v=1\r\n"), (1, ParseErrorKind::Version));
    assert_eq!(fault("v=0\r\ns=-\r\n"), (0, ParseErrorKind::Missing('o')));
    assert_eq!(fault("v=0\r\no=nonsense\r\n"), (2, ParseErrorKind::Origin));
    assert_eq!(fault(&format!("{HEAD}c=IN IP4 999.1.1.1\r\n")), (4, ParseErrorKind::Connection));
    assert_eq!(fault(&format!("{HEAD}b=64\r\n")), (4, ParseErrorKind::Bandwidth));
    assert_eq!(fault(&format!("{HEAD}t=now\r\n")), (4, ParseErrorKind::Timing));
    assert_eq!(fault(&format!("{HEAD}r=7d\r\n")), (4, ParseErrorKind::Timing));
    assert_eq!(fault(&format!("{HEAD}z=0 0\r\n")), (4, ParseErrorKind::Timing));
    assert_eq!(fault(&format!("{HEAD}a=\r\n")), (4, ParseErrorKind::Attribute));
    assert_eq!(fault(&format!("{HEAD}m=audio 65536 RTP/AVP 0\r\n")), (4, ParseErrorKind::Port));
    assert_eq!(fault(&format!("{HEAD}y=1\r\n")), (4, ParseErrorKind::UnknownType('y')));
    assert_eq!(fault(&format!("{HEAD}m=audio 1 RTP/AVP 0\r\nt=0 0\r\n")), (5, ParseErrorKind::UnknownType('t')));
    assert_eq!(fault(&format!("{HEAD}s=-\r\n")), (4, ParseErrorKind::Repeated('s')));
    assert_eq!(fault(&format!("{HEAD}v=0\r\n")), (4, ParseErrorKind::Repeated('v')));
    assert_eq!(parse(b"v=0\r\ns=\xFF\r\n", &Limits::default()).map_err(|e| e.kind), Err(ParseErrorKind::NotUtf8));
    assert_eq!(ParseError { line: 4, kind: ParseErrorKind::Port }.to_string(), "SDP line 4: bad media port");
}

#[test]
fn every_limit_holds() {
    let limits = Limits { bytes: 200, line: 40, media: 2, attributes: 3, formats: 2, repeated: 2 };
    let kind = |tail: &str| parse(format!("{HEAD}{tail}").as_bytes(), &limits).map(|_| ()).map_err(|error| error.kind);
    assert_eq!(kind("m=a 1 X 0\r\na=a\r\na=b\r\nm=a 1 X 0 1\r\na=c\r\n"), Ok(()));
    assert_eq!(kind("m=a 1 X 0\r\nm=a 1 X 0\r\nm=a 1 X 0\r\n"), Err(ParseErrorKind::TooManyMedia));
    assert_eq!(kind("a=a\r\nm=a 1 X 0\r\na=b\r\na=c\r\na=d\r\n"), Err(ParseErrorKind::TooManyAttributes));
    assert_eq!(kind("m=a 1 X 0 1 2\r\n"), Err(ParseErrorKind::TooManyAttributes));
    for line in ["e=x\r\n", "p=x\r\n", "b=x:1\r\n", "t=0 0\r\n"] {
        assert_eq!(kind(&line.repeat(2)), Ok(()), "{line}");
        assert_eq!(kind(&line.repeat(3)), Err(ParseErrorKind::TooManyLines), "{line}");
    }
    assert_eq!(kind("t=0 0\r\nr=1\r\nr=2\r\nr=3\r\n"), Err(ParseErrorKind::TooManyLines));
    assert_eq!(kind(&format!("m=a 1 X 0\r\n{}", "c=IN IP4 h\r\n".repeat(3))), Err(ParseErrorKind::TooManyLines));
    assert_eq!(kind(&format!("a={}\r\n", "x".repeat(39))), Err(ParseErrorKind::LineTooLong));
    assert_eq!(kind(&"\r\n".repeat(100)), Err(ParseErrorKind::TooLarge));
}
