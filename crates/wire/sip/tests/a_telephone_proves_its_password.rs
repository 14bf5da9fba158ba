//! A telephone registers: it is challenged, answers, is let in, is re-challenged when its nonce is old, and what somebody
//! recorded on the way lets nobody in (RFC 3261 section 22, RFC 7616 section 5.4 and 5.12, RFC 8760).

use bytes::Bytes;
use ground::Moment;
use sip::digest::{
    A1, Algorithm, ClientChallenge, NonceCount, NonceMint, Policy, Refusal, Server, strongest_challenge,
};
use sip::{Builder, HeaderName, Message, Method, ResponseBuilder, StatusCode};
use std::time::Duration;

const REALM: &str = "hospital.example";
const URI: &str = "sip:hospital.example";
const FLOW: &[u8] = b"internal 192.0.2.50:5062";

/// The serving side as a registrar holds it: stored A1 values of one account, a dummy for all others, and the count of the
/// client that has proved itself.
struct Exchange {
    server: Server,
    stored: Vec<A1>,
    count: Option<NonceCount>,
}

impl Exchange {
    fn new(order: &[Algorithm]) -> Self {
        let policy = Policy { algorithms: order.to_vec(), ..Policy::new(REALM) };
        Exchange {
            server: Server::new(policy, NonceMint::new([9; 32], Duration::from_secs(120))),
            stored: order.iter().map(|algorithm| A1::of(*algorithm, "201", REALM, "switchhook")).collect(),
            count: None,
        }
    }

    fn judge(&mut self, request: &Message, second: u64, flow: &[u8]) -> Result<(), Refusal> {
        let now = Moment::from_millis(second * 1000);
        let presented = self.server.inspect(request, HeaderName::Authorization, now, flow)?;
        let algorithm = presented.algorithm();
        let dummy = A1::dummy(algorithm, b"not the wire's business");
        let known = self.stored.iter().find(|a1| a1.algorithm() == algorithm && presented.username() == "201");
        presented.verify(known.unwrap_or(&dummy))?;
        let (issue, count) = presented.use_of_nonce();
        let count = count.ok_or(Refusal::NotOffered)?;
        let fresh = match &mut self.count {
            Some(seen) => seen.accept(issue, count),
            None => {
                self.count = Some(NonceCount::new(issue, count));
                true
            }
        };
        if fresh { Ok(()) } else { Err(Refusal::Stale) }
    }

    fn answer(&mut self, request: &Message, second: u64, flow: &[u8]) -> Message {
        let now = Moment::from_millis(second * 1000);
        let response = match self.judge(request, second, flow) {
            Ok(()) => ResponseBuilder::to(request, StatusCode::OK).to_tag("x").begin().unwrap(),
            Err(refusal) => {
                let mut builder = ResponseBuilder::to(request, StatusCode::UNAUTHORIZED).to_tag("x").begin().unwrap();
                for line in self.server.challenges(now, flow, refusal.is_stale()) {
                    builder.header(HeaderName::WwwAuthenticate, line);
                }
                builder
            }
        };
        Message::parse_datagram(response.finish()).unwrap()
    }
}

fn register(cseq: u32, authorization: Option<&str>) -> Message {
    let mut builder = Builder::request(&Method::Register, URI);
    builder
        .header(HeaderName::Via, format!("SIP/2.0/UDP 192.0.2.50:5062;branch=z9hG4bK{cseq}"))
        .header(HeaderName::From, "<sip:201@hospital.example>;tag=1")
        .header(HeaderName::To, "<sip:201@hospital.example>")
        .header(HeaderName::CallId, "r@192.0.2.50")
        .header(HeaderName::CSeq, format!("{cseq} REGISTER"));
    if let Some(value) = authorization {
        builder.header(HeaderName::Authorization, value);
    }
    Message::parse_datagram(builder.finish()).unwrap()
}

fn prove(challenge: &mut ClientChallenge, user: &str, password: &str) -> String {
    let a1 = A1::of(challenge.algorithm(), user, challenge.realm(), password);
    challenge.answer(&a1, user, &Method::Register, URI, "0a4f113b").unwrap().value
}

#[test]
fn it_is_let_in_with_every_order_of_algorithms() {
    let orders: [&[Algorithm]; 3] =
        [&[Algorithm::Sha256, Algorithm::Md5], &[Algorithm::Md5], &[Algorithm::Md5, Algorithm::Sha512_256]];
    for order in orders {
        let mut exchange = Exchange::new(order);
        let first = exchange.answer(&register(1, None), 10, FLOW);
        assert_eq!((first.status(), first.count(HeaderName::WwwAuthenticate)), (Some(StatusCode(401)), order.len()));
        let mut challenge = strongest_challenge(&first).unwrap();
        assert_eq!(Some(challenge.algorithm()), order.iter().copied().max());
        assert!(!challenge.is_stale());
        for cseq in 2..6 {
            let value = prove(&mut challenge, "201", "switchhook");
            assert_eq!(exchange.answer(&register(cseq, Some(&value)), 11, FLOW).status(), Some(StatusCode::OK));
        }
    }
}

#[test]
fn an_old_nonce_leads_to_a_stale_challenge_and_the_next_answer_passes() {
    let mut exchange = Exchange::new(&[Algorithm::Sha256]);
    let mut challenge = strongest_challenge(&exchange.answer(&register(1, None), 0, FLOW)).unwrap();
    let value = prove(&mut challenge, "201", "switchhook");
    let late = exchange.answer(&register(2, Some(&value)), 121, FLOW);
    let mut again = strongest_challenge(&late).unwrap();
    assert!(again.is_stale(), "the telephone need not ask its user");
    let value = prove(&mut again, "201", "switchhook");
    assert_eq!(exchange.answer(&register(3, Some(&value)), 122, FLOW).status(), Some(StatusCode::OK));
}

#[test]
fn a_wrong_password_and_an_unknown_user_get_the_same_answer() {
    let mut exchange = Exchange::new(&[Algorithm::Sha256]);
    let mut challenge = strongest_challenge(&exchange.answer(&register(1, None), 0, FLOW)).unwrap();
    let shape = |answer: &Message| {
        let lines: Vec<String> = answer.header_lines().map(|line| line.name_text.to_owned()).collect();
        (answer.status(), lines, strongest_challenge(answer).unwrap().is_stale(), answer.bytes().len())
    };
    let wrong = prove(&mut challenge, "201", "guess");
    let unknown = prove(&mut challenge, "999", "switchhook");
    let wrong = exchange.answer(&register(2, Some(&wrong)), 1, FLOW);
    let unknown = exchange.answer(&register(2, Some(&unknown)), 1, FLOW);
    assert_eq!(shape(&wrong), shape(&unknown));
    assert_eq!(wrong.status(), Some(StatusCode::UNAUTHORIZED));
    assert!(exchange.count.is_none(), "nothing is kept for a client that has not proved itself");
}

#[test]
fn a_recording_lets_nobody_in() {
    let mut exchange = Exchange::new(&[Algorithm::Sha256]);
    let mut challenge = strongest_challenge(&exchange.answer(&register(1, None), 0, FLOW)).unwrap();
    let value = prove(&mut challenge, "201", "switchhook");
    assert_eq!(exchange.judge(&register(2, Some(&value)), 1, FLOW), Ok(()));
    assert_eq!(exchange.judge(&register(3, Some(&value)), 1, FLOW), Err(Refusal::Stale), "the count was used");
    assert_eq!(exchange.judge(&register(3, Some(&value)), 1, b"elsewhere"), Err(Refusal::Foreign));
    let mut other = Builder::request(&Method::Invite, URI);
    other.header(HeaderName::Authorization, &value);
    let other = Message::parse_datagram(other.finish()).unwrap();
    assert_eq!(exchange.judge(&other, 1, FLOW), Err(Refusal::Wrong), "another method");
    let newer = exchange.answer(&register(4, None), 2, FLOW);
    let mut newer = strongest_challenge(&newer).unwrap();
    let next = prove(&mut newer, "201", "switchhook");
    assert_eq!(exchange.judge(&register(5, Some(&next)), 3, FLOW), Ok(()));
    let old = prove(&mut challenge, "201", "switchhook");
    assert_eq!(exchange.judge(&register(6, Some(&old)), 3, FLOW), Err(Refusal::Stale), "a newer nonce is in use");
}

#[test]
fn a_trace_of_it_shows_no_proof() {
    let mut exchange = Exchange::new(&[Algorithm::Sha256]);
    let first = exchange.answer(&register(1, None), 0, FLOW);
    let mut challenge = strongest_challenge(&first).unwrap();
    let value = prove(&mut challenge, "201", "switchhook");
    let shown = |message: &Message| -> Bytes { sip::redact(message) };
    let texts =
        [shown(&first), shown(&register(2, Some(&value)))].map(|bytes| String::from_utf8(bytes.to_vec()).unwrap());
    for secret in value.split('"').filter(|part| part.len() >= 32 && part.bytes().all(|b| b.is_ascii_hexdigit())) {
        assert!(texts.iter().all(|text| !text.contains(secret)), "{secret}");
    }
    assert!(
        texts[1].contains("username=\"201\"") && texts[1].contains("response=***") && texts[0].contains("nonce=***")
    );
}
