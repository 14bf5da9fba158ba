//! Packets pass between two legs, untouched, both ways, RTP and RTCP, within a family and between the families.

mod support;

use media_plan::AddressFamily::{V4, V6};
use media_plan::{Codec, CodecName, Direction, MediaFault, MediaOrderKind};
use support::{PATIENCE, Rig, events_as, pcma, pcmu, receive};

#[test]
fn speech_passes_byte_for_byte_in_and_between_the_families() {
    let mut rig = Rig::new();
    for (one, two) in [(V4, V4), (V4, V6), (V6, V6)] {
        let (mut a, mut b) = (rig.phone(one, &[pcma()]), rig.phone(two, &[pcma()]));
        rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
        for fill in 0..20 {
            let mut sent = a.speak(8, fill);
            // The first packet after the change of source is marked; nothing else is touched.
            sent[1] |= if fill == 0 { 0x80 } else { 0 };
            assert_eq!(b.hear(), Some(sent));
            let mut sent = b.speak(8, 255 - fill);
            sent[1] |= if fill == 0 { 0x80 } else { 0 };
            assert_eq!(a.hear(), Some(sent));
        }
        let statistics = rig.close(a.leg);
        assert_eq!((statistics.packets_received, statistics.packets_sent), (20, 20));
        assert_eq!((statistics.packets_lost, statistics.packets_refused), (0, 0));
        // The other leg is alone now.
        b.speak(8, 1);
        assert!(a.hears_nothing());
        assert_eq!(rig.close(b.leg).packets_received, 21);
    }
}

#[test]
fn reports_pass_untouched() {
    let mut rig = Rig::new();
    let (a, b) = (rig.phone(V4, &[pcma()]), rig.phone(V6, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let report = [0x80, 200, 0, 6, 1, 2, 3, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    a.rtcp.send_to(&report, a.engine_rtcp()).unwrap();
    assert_eq!(receive(&b.rtcp, PATIENCE), Some(report.to_vec()));
    b.rtcp.send_to(&report, b.engine_rtcp()).unwrap();
    assert_eq!(receive(&a.rtcp, PATIENCE), Some(report.to_vec()));
    // What is no RTCP does not pass.
    a.rtcp.send_to(&[0; 28], a.engine_rtcp()).unwrap();
    a.rtcp.send_to(&report, a.engine_rtcp()).unwrap();
    assert_eq!(receive(&b.rtcp, PATIENCE), Some(report.to_vec()));
}

#[test]
fn payload_numbers_are_those_of_each_side_and_what_was_not_agreed_is_refused() {
    let mut rig = Rig::new();
    let opus =
        |payload_type| Codec { payload_type, name: CodecName::Opus, clock_rate: 48_000, channels: 2, parameters: None };
    let mut a = rig.phone(V4, &[opus(96), pcma(), events_as(101)]);
    let b = rig.phone(V4, &[opus(111), events_as(96)]);
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    for (sent, expected) in [(96, 111 | 0x80), (101, 96), (96, 111)] {
        let mut bytes = a.speak(sent, 3);
        bytes[1] = expected;
        assert_eq!(b.hear(), Some(bytes));
    }
    // PCMA is not taken at the other side, 55 was never agreed.
    a.speak(8, 3);
    a.speak(55, 3);
    a.rtp.send_to(b"not RTP at all", a.engine).unwrap();
    a.speak(96, 4);
    assert_eq!(b.hear().map(|bytes| bytes[20]), Some(4));
    assert_eq!(rig.close(a.leg).packets_refused, 3);
}

#[test]
fn a_relay_that_goes_on_is_marked_once() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    a.speak(8, 1);
    assert_eq!(b.hear().map(|bytes| bytes[1]), Some(0x88));
    // A refresh of the session, and orders that change nothing.
    rig.order(b.leg, MediaOrderKind::Modify(Box::new(b.setup(&[pcma()])))).unwrap();
    rig.order(b.leg, MediaOrderKind::Stop).unwrap();
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let sent = a.speak(8, 2);
    assert_eq!(b.hear(), Some(sent));
}

#[test]
fn a_direction_that_forbids_it_lets_nothing_through() {
    let mut rig = Rig::new();
    let (mut a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let mut held = a.setup(&[pcma()]);
    held.direction = Direction::SendOnly;
    rig.order(a.leg, MediaOrderKind::Modify(Box::new(held.clone()))).unwrap();
    a.speak(8, 1);
    assert!(b.hears_nothing());
    b.speak(8, 2);
    assert!(a.hear().is_some());
    held.direction = Direction::ReceiveOnly;
    rig.order(a.leg, MediaOrderKind::Modify(Box::new(held))).unwrap();
    a.speak(8, 3);
    assert!(b.hear().is_some());
    b.speak(8, 4);
    assert!(a.hears_nothing());
}

#[test]
fn legs_without_a_common_codec_or_without_each_other_are_refused() {
    let mut rig = Rig::new();
    let (a, b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcmu()]));
    assert_eq!(rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }), Err(MediaFault::NoCommonCodec));
    assert_eq!(rig.order(a.leg, MediaOrderKind::Connect { with: a.leg }), Err(MediaFault::UnknownLeg));
    let nobody = ground::ConnectionId(999);
    assert_eq!(rig.order(a.leg, MediaOrderKind::Connect { with: nobody }), Err(MediaFault::UnknownLeg));
    assert_eq!(rig.order(nobody, MediaOrderKind::Disconnect), Err(MediaFault::UnknownLeg));
    let pair = rig.pairs[&a.leg];
    assert_eq!(rig.order(a.leg, MediaOrderKind::Open { ports: pair }), Err(MediaFault::AlreadyOpen));
    assert_eq!(rig.order(nobody, MediaOrderKind::Open { ports: pair }), Err(MediaFault::PortsUnavailable));
}

#[test]
fn a_third_leg_takes_the_place_of_the_second() {
    let mut rig = Rig::new();
    let (mut a, b, mut c) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    a.speak(8, 1);
    assert!(b.hear().is_some());
    rig.order(c.leg, MediaOrderKind::Connect { with: a.leg }).unwrap();
    c.speak(8, 2);
    assert_eq!(a.hear().map(|bytes| bytes[1]), Some(0x88));
    a.speak(8, 3);
    assert!(c.hear().is_some() && b.hears_nothing());
    rig.order(a.leg, MediaOrderKind::Disconnect).unwrap();
    a.speak(8, 4);
    c.speak(8, 4);
    assert!(c.hears_nothing() && a.hears_nothing());
}

#[test]
fn a_new_partner_is_a_new_source_that_begins_with_a_marker() {
    let mut rig = Rig::new();
    let mut phones: Vec<_> = (0..3).map(|_| rig.phone(V4, &[pcma()])).collect();
    let legs: Vec<_> = phones.iter().map(|phone| phone.leg).collect();
    // Each in turn is the partner of the first, ordered from either side, and comes back with the numbers that it had.
    for (turn, partner) in [1, 2, 1, 2].into_iter().enumerate() {
        let (leg, with) = if turn % 2 == 0 { (0, partner) } else { (partner, 0) };
        rig.order(legs[leg], MediaOrderKind::Connect { with: legs[with] }).unwrap();
        for (from, to) in [(partner, 0), (0, partner)] {
            let mut first = phones[from].speak(8, 1);
            first[1] |= 0x80;
            assert_eq!(phones[to].hear(), Some(first));
            let second = phones[from].speak(8, 2);
            assert_eq!(phones[to].hear(), Some(second));
        }
        let left = 3 - partner;
        phones[left].speak(8, 3);
        assert!(phones[0].hears_nothing() && phones[left].hears_nothing());
    }
}
