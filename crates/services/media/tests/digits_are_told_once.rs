//! Keypad events (RFC 4733): relayed, reported, and sent.

mod support;

use media_plan::AddressFamily::V4;
use media_plan::{Collection, MediaEvent, MediaFault, MediaOrderKind};
use rtp::RtpPacket;
use rtp::payload::g711;
use rtp::telephone_event::{Event, EventPayload, EventReceiver, EventSender};
use std::f64::consts::TAU;
use std::time::Duration;
use support::{Phone, Rig, events_as, pcma};

/// Presses a key for 100 ms, as a telephone sends it; `lost` packets from the end are not sent.
fn press(phone: &mut Phone, payload_type: u8, digit: char, lost: usize) -> Vec<Vec<u8>> {
    let event = Event::from_digit(digit).unwrap();
    let mut sender = EventSender::new(event, 10, phone.timestamp, 160, Some(800));
    let mut packets = Vec::new();
    while let Some(packet) = sender.next_packet() {
        packets.push(phone.packet(payload_type, packet.marker, &packet.payload.to_bytes()));
    }
    phone.timestamp = phone.timestamp.wrapping_add(1600);
    packets.truncate(packets.len() - lost);
    for packet in &packets {
        phone.rtp.send_to(packet, phone.engine).unwrap();
    }
    packets
}

fn next_digit(rig: &mut Rig, phone: &Phone) -> (char, Duration) {
    rig.wait(|event| match event {
        MediaEvent::Digit { leg, digit, duration } if *leg == phone.leg => Some((*digit, *duration)),
        _ => None,
    })
}

#[test]
fn digits_pass_and_each_is_told_once_though_it_is_sent_often() {
    let mut rig = Rig::new();
    let mut a = rig.phone(V4, &[pcma(), events_as(101)]);
    let b = rig.phone(V4, &[pcma(), events_as(96)]);
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    rig.order(a.leg, MediaOrderKind::Collect(Collection::Events)).unwrap();
    for digit in "1*#D1".chars() {
        for mut packet in press(&mut a, 101, digit, 0) {
            packet[1] = packet[1] & 0x80 | 96;
            assert_eq!(b.hear(), Some(packet));
        }
        assert_eq!(next_digit(&mut rig, &a), (digit, Duration::from_millis(100)));
    }
    // The end was lost: it is told when nothing more comes.
    press(&mut a, 101, '7', 3);
    let (digit, duration) = next_digit(&mut rig, &a);
    assert_eq!(digit, '7');
    assert!(duration <= Duration::from_millis(100));
    rig.order(a.leg, MediaOrderKind::Collect(Collection::Off)).unwrap();
    press(&mut a, 101, '8', 0);
    b.clear();
    rig.gather();
    assert!(!rig.seen.iter().any(|event| matches!(event, MediaEvent::Digit { .. })), "{:?}", rig.seen);
}

#[test]
fn a_digit_is_sent_as_an_event_and_speech_waits_for_it() {
    let mut rig = Rig::new();
    let a = rig.phone(V4, &[pcma(), events_as(101)]);
    let mut b = rig.phone(V4, &[pcma(), events_as(101)]);
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    for digit in ['5', '#'] {
        let duration = Duration::from_millis(120);
        rig.order(a.leg, MediaOrderKind::SendDigit { digit, duration }).unwrap();
    }
    b.speak(8, 1);
    let (mut receiver, mut reports, mut ends) = (EventReceiver::default(), Vec::new(), 0);
    while reports.len() < 2 || ends < 6 {
        let bytes = a.hear().expect("an event");
        let packet = RtpPacket::parse(&bytes).unwrap();
        assert_eq!(packet.payload_type(), 101, "speech passes while digits are sent");
        ends += usize::from(EventPayload::parse(packet.payload()).unwrap().end);
        reports.extend(receiver.receive(&packet, rig.moment()));
    }
    let seen: Vec<_> = reports.iter().map(|report| (report.digit(), report.duration)).collect();
    assert_eq!(seen, [(Some('5'), 960), (Some('#'), 960)]);
    b.speak(8, 2);
    let back = a.hear().unwrap();
    assert_eq!((back[1], back[20]), (0x88, 2));
    let wrong = MediaOrderKind::SendDigit { digit: 'x', duration: Duration::from_millis(100) };
    assert_eq!(rig.order(a.leg, wrong), Err(MediaFault::NotCapable));
}

#[test]
fn a_digit_is_heard_as_two_tones_where_no_events_were_agreed() {
    let mut rig = Rig::new();
    let phone = rig.phone(V4, &[pcma()]);
    let duration = Duration::from_millis(200);
    rig.order(phone.leg, MediaOrderKind::SendDigit { digit: '9', duration }).unwrap();
    let mut samples = Vec::new();
    for _ in 0..10 {
        let bytes = phone.hear().expect("a tone");
        samples.extend(RtpPacket::parse(&bytes).unwrap().payload().iter().map(|code| g711::decode_alaw(*code)));
    }
    assert!(phone.hears_nothing());
    let level = |frequency: f64| {
        let (mut real, mut imaginary) = (0f64, 0f64);
        for (at, sample) in samples.iter().enumerate() {
            let (sine, cosine) = (TAU * frequency * at as f64 / 8000.0).sin_cos();
            (real, imaginary) = (real + f64::from(*sample) * cosine, imaginary + f64::from(*sample) * sine);
        }
        2.0 * real.hypot(imaginary) / samples.len() as f64
    };
    assert!((6000.0..10_000.0).contains(&level(1477.0)) && (5000.0..8000.0).contains(&level(852.0)));
    assert!(level(1209.0) < 600.0 && level(697.0) < 600.0);
}
