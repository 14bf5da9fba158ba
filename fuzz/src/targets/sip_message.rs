//! SIP messages: nothing that frames is changed, and whatever is answered or edited frames again.

use bytes::Bytes;
use sip::validate::{self, Capabilities};
use sip::{Editor, HeaderName, Message, Method, ResponseBuilder, StatusCode};

/// Reads `data` as a datagram, asks every typed question, and writes it in every way there is.
///
/// # Panics
///
/// When a message does not survive an edit that changes nothing, or something written does not frame.
pub fn run(data: &[u8]) {
    let bytes = Bytes::copy_from_slice(data);
    if let Some(salvaged) = Message::salvage(bytes.clone()) {
        answer(&salvaged);
    }
    let Ok(message) = Message::parse_datagram(bytes) else { return };
    assert!(data.ends_with(message.bytes()) || data.windows(message.bytes().len()).any(|part| part == message.bytes()));
    assert_eq!(Editor::new(&message).finish(), *message.bytes(), "an edit that changes nothing changed the message");
    questions(&message);
    answer(&message);
    let _ = sip::redact(&message);
    let mut editor = Editor::new(&message);
    editor.remove_first_value(HeaderName::Route).prepend(HeaderName::Via, "SIP/2.0/UDP fuzz;branch=z9hG4bKfuzz");
    if let Ok(edited) = editor.finish_message() {
        assert_eq!(edited.body(), message.body(), "an edit of the headers changed the body");
        assert_eq!(edited.top_via().ok().and_then(|via| via.branch()), Some("z9hG4bKfuzz"));
    }
}

fn questions(message: &Message) {
    let _ =
        (message.vias().count(), message.contacts().count(), message.routes().count(), message.record_routes().count());
    let _ = (message.from().is_ok(), message.to().is_ok(), message.cseq().is_ok(), message.call_id().is_ok());
    let _ = (message.reasons().count(), message.accepts().count(), message.content_type().is_ok());
    let _ = (
        message.replaces().is_ok(),
        message.refer_to().is_ok(),
        message.rack().is_ok(),
        message.session_expires().is_ok(),
    );
    for address in message.addresses(HeaderName::From).chain(message.addresses(HeaderName::PAssertedIdentity)).flatten()
    {
        let _ = (address.display_name(), address.uri().user_unescaped(), address.uri().telephone_number().is_some());
    }
    let capabilities = Capabilities::new(Method::KNOWN, &["timer"], &["application/sdp"], &["sip", "tel"]);
    if message.is_request() {
        if validate::request(message, &capabilities).is_ok() {
            assert!(
                message.top_via().is_ok() && message.from().is_ok() && message.to().is_ok(),
                "valid, yet not readable"
            );
            assert!(message.cseq().is_ok() && message.call_id().is_ok() && message.request_uri().is_ok());
        }
    } else if validate::response(message).is_ok() {
        assert!(message.top_via().is_ok() && message.cseq().is_ok(), "valid, yet not readable");
    }
}

fn answer(message: &Message) {
    let response = ResponseBuilder::to(message, StatusCode::BAD_REQUEST).to_tag("t").source(([192, 0, 2, 1], 9).into());
    if let Ok(builder) = response.begin() {
        let written = builder.finish();
        // Many Vias can outgrow the limits of a reader; within them the answer must frame and go back the same way.
        if written.len() < 60_000
            && let Ok(read) = Message::parse_datagram(written)
        {
            assert_eq!(read.status(), Some(StatusCode::BAD_REQUEST));
            assert_eq!(
                read.top_via().ok().and_then(|via| via.branch()),
                message.top_via().ok().and_then(|via| via.branch())
            );
        }
    }
}
