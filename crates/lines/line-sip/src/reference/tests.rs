use super::*;
use proptest::prelude::*;

fn response(status: u16, headers: &str) -> Message {
    let text = format!(
        "SIP/2.0 {status} Moved\r\nVia: SIP/2.0/UDP 192.0.2.7;branch=z9hG4bKa\r\nFrom: <sip:1001@192.0.2.1>;tag=a\r\n\
         To: <sip:1002@192.0.2.1>;tag=b\r\nCall-ID: a\r\nCSeq: 2 INVITE\r\n{headers}Content-Length: 0\r\n\r\n"
    );
    Message::parse_datagram(text.into_bytes().into()).unwrap()
}

fn ours(host: &Host<'_>) -> bool {
    ["192.0.2.1", "almon", "[2001:db8::1]"].iter().any(|known| Host::parse(known.as_bytes()).unwrap().equivalent(host))
}

fn number(address: &str) -> Result<String, ReferenceFault> {
    number_at(address, ours).map(|digits| digits.to_string())
}

#[test]
fn a_number_is_read_as_telephones_write_it() {
    for address in [
        "sip:1003@192.0.2.1",
        "sip:1003@192.0.2.1:5062",
        "sips:1003@Almon",
        "sip:1003@almon;user=phone",
        "sip:1003@192.0.2.1:5060;transport=udp",
        "sip:1003@192.0.2.1;method=INVITE",
        "tel:1003;phone-context=almon",
        "tel:10-03;phone-context=elsewhere",
        "sip:10-03;phone-context=almon@192.0.2.1;user=phone",
        "sip:1003:secret@192.0.2.1",
        "sip:1003@[2001:0db8::1]",
    ] {
        assert_eq!(number(address).as_deref(), Ok("1003"), "{address}");
    }
    assert_eq!(number("sip:%2A21%23@almon").as_deref(), Ok("*21#"));
}

#[test]
fn nonsense_is_told_apart_by_its_kind() {
    use ReferenceFault::*;
    for (address, fault) in [
        ("hello world", Malformed),
        ("", Malformed),
        ("https://almon/", Unsupported),
        ("urn:service:sos", Unsupported),
        ("sip:1003@192.0.2.1;method=BYE", Unsupported),
        ("sip:1003@198.51.100.77", Foreign),
        ("sip:1003@almon.example.net", Foreign),
        ("sip:strowger@192.0.2.1", NoNumber),
        ("sip:192.0.2.1", NoNumber),
        ("sip:12345678901234567890123456789012345@192.0.2.1", NoNumber),
    ] {
        assert_eq!(number(address), Err(fault), "{address}");
    }
}

#[test]
fn redirections_keep_their_order_and_lose_what_leads_elsewhere() {
    let contacts = "Contact: <sip:1004@192.0.2.1>;q=0.3, <sip:1003@almon>, <sip:1005@198.51.100.77>, <tel:+15550100>;q=0.5\r\n\
         Contact: <sip:strowger@192.0.2.1>, <sip:1003@192.0.2.1>;q=0.1, <mailto:gray@almon>\r\n";
    let numbers: Vec<_> = redirected_to(&response(302, contacts), ours).iter().map(ToString::to_string).collect();
    assert_eq!(numbers, ["1003", "+15550100", "1004"]);
    assert!(redirected_to(&response(300, ""), ours).is_empty());
    for other in [305, 380, 404] {
        assert!(redirected_to(&response(other, contacts), ours).is_empty(), "{other}");
    }
}

proptest! {
    #[test]
    fn whatever_stands_there_is_a_number_or_a_fault(address in "((sip|tel|x):)?[ -~]{0,80}") {
        if let Ok(number) = number(&address) {
            prop_assert!(number.parse::<Number>().is_ok());
        }
        let _ = redirected_to(&response(302, &format!("Contact: <{address}>\r\nContact: {address}\r\n")), ours);
    }

    #[test]
    fn no_foreign_host_is_ever_called(user in "[0-9]{1,6}", host in "[a-z]{1,8}\\.[a-z]{2,5}") {
        prop_assert_eq!(number(&format!("sip:{user}@{host}")), Err(ReferenceFault::Foreign));
    }
}
