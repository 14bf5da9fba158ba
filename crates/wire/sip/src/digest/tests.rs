use super::*;
use crate::header::HeaderName;
use crate::{Builder, Message, Method, StatusCode};
use ground::Moment;
use proptest::prelude::*;
use std::time::Duration;

const REALM: &str = "exchange.example";
const URI: &str = "sip:exchange.example";

fn server(policy: Policy) -> Server {
    Server::new(policy, NonceMint::new([42; 32], Duration::from_secs(300)))
}

fn at(seconds: u64) -> Moment {
    Moment::from_millis(seconds * 1000)
}

fn challenged(lines: &[String]) -> Message {
    let mut builder = Builder::response(StatusCode::UNAUTHORIZED);
    for line in lines {
        builder.header(HeaderName::WwwAuthenticate, line);
    }
    Message::parse_datagram(builder.finish()).unwrap()
}

fn request(uri: &str, authorization: &str) -> Message {
    let mut builder = Builder::request(&Method::Register, uri);
    builder.header(HeaderName::Authorization, authorization);
    Message::parse_datagram(builder.finish()).unwrap()
}

/// The examples of RFC 7616 section 3.9.1 give the hashes; they are computed over the facts given there.
#[test]
fn the_published_examples_are_met() {
    let nonce = "7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v";
    let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
    let published = [
        (Algorithm::Md5, "8ca523f5e9506fed4657c9700eebdbec"),
        (Algorithm::Sha256, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"),
    ];
    for (algorithm, expected) in published {
        let a1 = A1::of(algorithm, "Mufasa", "http-auth@example.org", "Circle of Life");
        let quality = Some(("00000001", cnonce, "auth"));
        assert_eq!(response(&a1, &Subject { method: "GET", uri: "/dir/index.html", nonce, quality }), expected);
    }
}

#[test]
fn every_algorithm_works_from_challenge_to_success() {
    for algorithm in [Algorithm::Md5, Algorithm::Sha256, Algorithm::Sha512_256] {
        let mut server = server(Policy { algorithms: vec![algorithm], ..Policy::new(REALM) });
        let lines = server.challenges(at(1), b"flow", false);
        let mut challenge = strongest_challenge(&challenged(&lines)).unwrap();
        assert_eq!((challenge.realm(), challenge.algorithm(), challenge.is_stale()), (REALM, algorithm, false));
        let a1 = A1::of(algorithm, "strowger", REALM, "ste\"p");
        let mut seen: Option<NonceCount> = None;
        for _ in 0..3 {
            let answer = challenge.answer(&a1, "strowger", &Method::Register, URI, "c\"n").unwrap();
            let message = request(URI, &answer.value);
            let presented = server.inspect(&message, answer.name, at(2), b"flow").unwrap();
            assert_eq!((presented.username(), presented.algorithm()), ("strowger", algorithm));
            assert_eq!(presented.verify(&a1), Ok(()));
            let stored = A1::from_hex(algorithm, &a1.hex().to_uppercase()).unwrap();
            assert_eq!(presented.verify(&stored), Ok(()));
            assert_eq!(presented.verify(&A1::of(algorithm, "strowger", REALM, "step")), Err(Refusal::Wrong));
            assert_eq!(presented.verify(&A1::dummy(algorithm, b"x")), Err(Refusal::Wrong));
            let (issue, count) = presented.use_of_nonce();
            let count = count.unwrap();
            match &mut seen {
                None => seen = Some(NonceCount::new(issue, count)),
                Some(seen) => {
                    assert!(seen.accept(issue, count));
                    assert!(!seen.accept(issue, count), "a replay");
                }
            }
        }
    }
}

#[test]
fn the_strongest_challenge_is_answered() {
    let lines = [
        "Basic realm=\"x\"",
        "Digest realm=\"x\", nonce=\"1\", algorithm=MD5, qop=\"auth\"",
        "Digest realm=\"x\", nonce=\"2\", algorithm=SHA-256, qop=\"auth-int, auth\"",
        "Digest realm=\"x\", nonce=\"3\", algorithm=SHA-512-256-sess, qop=\"auth\"",
        "Digest realm=\"x\", nonce=\"4\", algorithm=SHA-512-256, qop=\"auth-int\"",
        "Digest realm=\"x\", nonce=\"5\", algorithm=SHA-256, qop=\"auth\"",
    ]
    .map(str::to_owned);
    let mut challenge = strongest_challenge(&challenged(&lines)).unwrap();
    assert_eq!(challenge.algorithm(), Algorithm::Sha256);
    let a1 = A1::of(Algorithm::Sha256, "a", "x", "b");
    let answer = challenge.answer(&a1, "a", &Method::Invite, "sip:x", "c").unwrap();
    assert!(answer.value.contains("nonce=\"2\"") && answer.value.contains("nc=00000001"), "{}", answer.value);
    assert!(challenge.answer(&A1::of(Algorithm::Md5, "a", "x", "b"), "a", &Method::Invite, "sip:x", "c").is_none());
    assert!(strongest_challenge(&challenged(&lines[..1])).is_none());
}

#[test]
fn a_client_of_rfc_2069_needs_the_policy_to_allow_it() {
    let strict = Policy { algorithms: vec![Algorithm::Md5], ..Policy::new(REALM) };
    for allow in [false, true] {
        let mut server = server(Policy { allow_without_qop: allow, ..strict.clone() });
        let line = server.challenges(at(1), b"", false)[0].replace(", qop=\"auth\"", "").replace(", algorithm=MD5", "");
        let mut challenge = strongest_challenge(&challenged(&[line])).unwrap();
        let a1 = A1::of(Algorithm::Md5, "bell", REALM, "p");
        let answer = challenge.answer(&a1, "bell", &Method::Register, URI, "unused").unwrap();
        assert!(!answer.value.contains("qop") && !answer.value.contains("algorithm"));
        let message = request(URI, &answer.value);
        let result =
            server.inspect(&message, HeaderName::Authorization, at(1), b"").map(|presented| presented.verify(&a1));
        assert_eq!(result.ok(), allow.then_some(Ok(())));
    }
}

#[test]
fn every_reason_to_refuse_is_told_apart() {
    let mut server = server(Policy::new(REALM));
    let lines = server.challenges(at(1), b"flow", false);
    let a1 = A1::of(Algorithm::Sha256, "gray", REALM, "p");
    let mut challenge = strongest_challenge(&challenged(&lines)).unwrap();
    let good = challenge.answer(&a1, "gray", &Method::Register, URI, "c").unwrap().value;
    let check = |value: &str, uri: &str, seconds: u64, flow: &[u8]| {
        let message = request(uri, value);
        server
            .inspect(&message, HeaderName::Authorization, at(seconds), flow)
            .and_then(|presented| presented.verify(&a1))
            .err()
    };
    assert_eq!(check(&good, URI, 1, b"flow"), None);
    assert_eq!(check(&good, URI, 302, b"flow"), Some(Refusal::Stale));
    assert_eq!(check(&good, URI, 1, b"other"), Some(Refusal::Foreign));
    assert_eq!(check(&good, "sip:elsewhere.example", 1, b"flow"), Some(Refusal::OtherUri));
    assert_eq!(check(&good, "sip:exchange.example;transport=tcp", 1, b"flow"), None);
    let changed = |from: &str, to: &str| {
        assert!(good.contains(from), "{good}");
        check(&good.replace(from, to), URI, 1, b"flow")
    };
    assert_eq!(changed("realm=\"exchange", "realm=\"other"), Some(Refusal::Absent));
    assert_eq!(changed("Digest ", "Bearer "), Some(Refusal::Absent));
    assert_eq!(changed("username=\"gray\"", "username=\"\""), Some(Refusal::Malformed));
    assert_eq!(changed("username=\"gray\"", "user=\"gray\""), Some(Refusal::Malformed));
    assert_eq!(changed("username=", "nonce=\"x\", username="), Some(Refusal::Malformed));
    assert_eq!(changed("nc=00000001", "nc=1"), Some(Refusal::Malformed));
    assert_eq!(changed("nc=00000001", "nc=+0000001"), Some(Refusal::Malformed));
    assert_eq!(changed(", cnonce=\"c\"", ""), Some(Refusal::Malformed));
    assert_eq!(changed("response=\"", "response=\"00"), Some(Refusal::Malformed));
    assert_eq!(changed("algorithm=SHA-256", "algorithm=SHA-512-256"), Some(Refusal::NotOffered));
    assert_eq!(changed("algorithm=SHA-256", "algorithm=SHA-256-sess"), Some(Refusal::NotOffered));
    assert_eq!(changed("qop=auth", "qop=auth-int"), Some(Refusal::NotOffered));
    assert_eq!(changed("nc=00000001", "nc=00000002"), Some(Refusal::Wrong));
    assert_eq!(changed("cnonce=\"c\"", "cnonce=\"d\""), Some(Refusal::Wrong));
    assert!(Refusal::Stale.is_stale() && Refusal::Foreign.is_stale() && !Refusal::Wrong.is_stale());
    let bare = Message::parse_datagram(Builder::request(&Method::Register, URI).finish()).unwrap();
    assert_eq!(server.inspect(&bare, HeaderName::Authorization, at(1), b"").unwrap_err(), Refusal::Absent);
}

#[test]
fn challenges_keep_the_order_of_the_policy_and_tell_staleness() {
    let mut server = server(Policy::new(REALM));
    let lines = server.challenges(at(1), b"", true);
    assert_eq!(lines.len(), 2);
    assert!(lines[0].contains("algorithm=SHA-256") && lines[1].contains("algorithm=MD5"));
    assert!(lines.iter().all(|line| line.contains("stale=true") && line.contains("qop=\"auth\"")));
    assert!(strongest_challenge(&challenged(&lines)).unwrap().is_stale());
}

#[test]
fn stored_secrets_are_checked_and_not_printed() {
    let a1 = A1::of(Algorithm::Md5, "u", "r", "p");
    assert!(!format!("{a1:?}").contains(a1.hex()));
    assert_eq!(a1.hex().len(), 32);
    assert!(A1::from_hex(Algorithm::Sha256, a1.hex()).is_none());
    assert!(A1::from_hex(Algorithm::Md5, &"g".repeat(32)).is_none());
    assert_ne!(A1::dummy(Algorithm::Md5, b"1"), A1::dummy(Algorithm::Md5, b"2"));
}

proptest! {
    #[test]
    fn hostile_credentials_never_panic_and_never_pass(value in "(Digest )?[a-z\"=, \\\\A-Z0-9]{0,120}") {
        let server = server(Policy::new(REALM));
        let message = request(URI, &value);
        let result = server.inspect(&message, HeaderName::Authorization, at(1), b"");
        prop_assert!(result.is_err());
        let _ = strongest_challenge(&challenged(&[value]));
    }
}
