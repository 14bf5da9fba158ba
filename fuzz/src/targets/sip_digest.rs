//! Digest: no credentials that were not computed from the password pass, whatever they look like.

use ground::Moment;
use sip::digest::{A1, Algorithm, NonceMint, NonceState, Policy, Server, strongest_challenge};
use sip::{Builder, HeaderName, Message, Method, StatusCode};
use std::time::Duration;

const REALM: &str = "exchange";
const SECRET: [u8; 32] = [77; 32];

/// Puts `data` in place of a nonce, of credentials and of a challenge.
///
/// # Panics
///
/// When anything is accepted, or an answer to a hostile challenge cannot be read back.
pub fn run(data: &[u8]) {
    let text = String::from_utf8_lossy(data);
    let life = Duration::from_secs(60);
    let mint = NonceMint::new(SECRET, life);
    assert_eq!(mint.check(&text, Moment::ZERO, REALM, b"flow"), NonceState::Foreign, "a nonce nobody made");

    let policy = Policy { allow_without_qop: true, check_uri: false, ..Policy::new(REALM) };
    let server = Server::new(policy, NonceMint::new(SECRET, life));
    for value in [text.clone(), format!("Digest realm=\"{REALM}\", {text}").into()] {
        let mut request = Builder::request(&Method::Register, "sip:exchange");
        request.header(HeaderName::Authorization, &value);
        let Ok(request) = Message::parse_datagram(request.finish()) else { continue };
        assert!(server.inspect(&request, HeaderName::Authorization, Moment::ZERO, b"flow").is_err());
    }

    let mut response = Builder::response(StatusCode::UNAUTHORIZED);
    response.header(HeaderName::WwwAuthenticate, format!("Digest realm=\"{REALM}\", {text}"));
    let Ok(response) = Message::parse_datagram(response.finish()) else { return };
    if let Some(mut challenge) = strongest_challenge(&response) {
        for algorithm in [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512_256] {
            let a1 = A1::of(algorithm, "gray", challenge.realm(), "p");
            let Some(answer) = challenge.answer(&a1, "gray", &Method::Register, "sip:exchange", "c") else { continue };
            let read = sip::header::AuthValue::parse(answer.name, answer.value.as_bytes());
            assert!(read.is_ok_and(|read| read.get("username").as_deref() == Some("gray")), "{}", answer.value);
        }
    }
}
