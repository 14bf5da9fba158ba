use super::sample::Sample;
use xtask::laws::parsers::LAW;

const MESSAGE: &str = "//! a\nuse crate::header::Via;\npub struct Message;\nimpl Message {\n pub fn parse(bytes: &[u8]) -> Self { Via::parse(bytes) }\n}\n";
const VIA: &str = "//! a\npub struct Via;\nimpl Via {\n pub fn parse(bytes: &[u8]) -> Self { Via }\n}\n";
const PROPERTY: &str = "proptest! { #[test] fn survives(bytes: Vec<u8>) { sip::Message::parse(&bytes); } }\n";
const TARGET: &str = "//! a\npub fn fuzz(data: &[u8]) { sip::message::Message::parse(data); }\n";

fn sample() -> Sample {
    Sample::new()
        .room("crates/wire/sip", "")
        .file("crates/wire/sip/src/lib.rs", "//! a\npub mod message;\npub mod via;\npub mod date;\n")
        .file("crates/wire/sip/src/message.rs", MESSAGE)
        .file("crates/wire/sip/src/via.rs", VIA)
        .room("fuzz", "")
        .file("fuzz/src/targets.rs", "//! a\npub mod message;\n")
}

fn messages(sample: &Sample) -> Vec<String> {
    sample.ask(&LAW).into_iter().map(|found| found.message).collect()
}

#[test]
fn parsers_that_names_lead_to_are_covered() {
    let sample = sample()
        .file("crates/wire/sip/tests/messages_survive.rs", PROPERTY)
        .file("fuzz/src/targets/message.rs", TARGET);
    assert_eq!(messages(&sample), Vec::<String>::new());
}

#[test]
fn without_a_fuzz_target_every_parser_is_found() {
    let sample = sample().file("crates/wire/sip/tests/messages_survive.rs", PROPERTY);
    assert_eq!(
        messages(&sample),
        ["no fuzz target leads to the parser `Message::parse`", "no fuzz target leads to the parser `Via::parse`"]
    );
}

#[test]
fn without_a_property_test_every_parser_is_found() {
    let sample = sample().file("fuzz/src/targets/message.rs", TARGET);
    assert_eq!(
        messages(&sample),
        ["no property test leads to the parser `Message::parse`", "no property test leads to the parser `Via::parse`"]
    );
}

#[test]
fn a_new_parser_that_nobody_calls_is_found_in_each_shape() {
    for text in [
        "//! a\npub fn parse_date(text: &str) -> Option<u8> { None }\n",
        "//! a\npub(crate) fn read(cursor: &mut Cursor) -> Date { Date }\n",
        "//! a\npub struct Date;\nimpl std::str::FromStr for Date {}\n",
        "//! a\npub struct Date;\nimpl TryFrom<&[u8]> for Date {}\n",
        "//! a\npub struct Date;\nimpl Date { pub fn decode(bytes: &[u8]) -> Self { Date } }\n",
    ] {
        let sample = sample()
            .file("crates/wire/sip/src/date.rs", text)
            .file("crates/wire/sip/tests/messages_survive.rs", PROPERTY)
            .file("fuzz/src/targets/message.rs", TARGET);
        let found = sample.ask(&LAW);
        assert_eq!(found.len(), 2, "{text}");
        assert!(found.iter().all(|found| found.file == "crates/wire/sip/src/date.rs"), "{text}");
    }
}

#[test]
fn an_import_alone_leads_nowhere() {
    let idle = MESSAGE.replace("Via::parse(bytes)", "Message");
    let sample = sample()
        .file("crates/wire/sip/src/message.rs", &idle)
        .file("crates/wire/sip/tests/messages_survive.rs", PROPERTY)
        .file("fuzz/src/targets/message.rs", TARGET);
    assert!(sample.ask(&LAW).iter().all(|found| found.file == "crates/wire/sip/src/via.rs"));
    assert_eq!(sample.ask(&LAW).len(), 2);
}

#[test]
fn a_codec_is_no_parser_and_a_private_step_is_its_caller_s() {
    let sample = sample()
        .file("crates/wire/sip/src/date.rs", "//! a\npub fn decode(law: u8, bytes: &[u8], out: &mut [i16]) -> usize { 1 }\nfn parse_step(text: &str) -> Option<u8> { None }\n")
        .file("crates/wire/sip/tests/messages_survive.rs", PROPERTY)
        .file("fuzz/src/targets/message.rs", TARGET);
    assert!(sample.ask(&LAW).is_empty());
}

#[test]
fn a_field_of_the_same_name_does_not_lead_into_a_module() {
    let message = MESSAGE.replace("Via::parse(bytes)", "Message { date: 1 }.date");
    let sample = sample()
        .file("crates/wire/sip/src/message.rs", &message)
        .file("crates/wire/sip/src/via.rs", "//! a\n")
        .file("crates/wire/sip/src/date.rs", "//! a\npub fn parse(text: &str) -> Option<u8> { None }\n")
        .file("crates/wire/sip/tests/messages_survive.rs", PROPERTY)
        .file("fuzz/src/targets/message.rs", TARGET);
    assert_eq!(sample.ask(&LAW).len(), 2);
}

#[test]
fn a_target_for_another_crate_leads_nowhere() {
    let other = "//! a\npub fn fuzz(data: &[u8]) { sdp::Message::parse(data); }\n";
    let sample =
        sample().file("crates/wire/sip/tests/messages_survive.rs", PROPERTY).file("fuzz/src/targets/message.rs", other);
    assert_eq!(sample.ask(&LAW).len(), 2);
}
