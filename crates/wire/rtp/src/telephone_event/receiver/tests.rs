use super::*;
use crate::RtpHeader;
use crate::telephone_event::EventSender;

/// A packet of event `code` with a marker, a duration and perhaps the end.
fn packet(sequence: u16, timestamp: u32, code: u8, marker: bool, duration: u16, end: bool) -> Vec<u8> {
    let payload = EventPayload { event: Event(code), end, volume: 10, duration };
    let header = RtpHeader {
        marker,
        payload_type: 101,
        sequence: SequenceNumber(sequence),
        timestamp,
        ssrc: Ssrc(1),
        ..RtpHeader::default()
    };
    let mut out = vec![0; 16];
    header.write(&payload.to_bytes(), &mut out).unwrap();
    out
}

/// The seven packets of a digit of 640 units.
fn digit(sequence: u16, timestamp: u32, code: u8) -> Vec<Vec<u8>> {
    let mut packets = Vec::new();
    for (step, (duration, end)) in
        [(160, false), (320, false), (480, false), (640, false), (640, true), (640, true), (640, true)]
            .into_iter()
            .enumerate()
    {
        packets.push(packet(sequence.wrapping_add(step as u16), timestamp, code, step == 0, duration, end));
    }
    packets
}

/// Feeds packets 20 ms apart, timeouts included; returns what was reported as (digit, duration, end seen).
fn reported(packets: &[Vec<u8>]) -> Vec<(char, u32, bool)> {
    let mut receiver = EventReceiver::default();
    let mut reports = Vec::new();
    let mut now = Moment::ZERO;
    for bytes in packets {
        now = now + Duration::from_millis(20);
        reports.extend(receiver.handle_timeout(now));
        reports.extend(receiver.receive(&RtpPacket::parse(bytes).unwrap(), now));
    }
    if let Some(due) = receiver.next_timeout() {
        assert_eq!(receiver.handle_timeout(Moment::from_micros(due.as_micros() - 1)), None);
        reports.extend(receiver.handle_timeout(due));
    }
    assert_eq!(receiver.next_timeout(), None);
    reports.iter().map(|report| (report.digit().unwrap(), report.duration, report.end_seen)).collect()
}

#[test]
fn a_digit_with_all_its_packets_is_reported_once_at_its_first_end() {
    assert_eq!(reported(&digit(1, 1000, 5)), [('5', 640, true)]);
    assert_eq!(reported(&digit(1, 1000, 5)[..5]), [('5', 640, true)]);
}

#[test]
fn any_subset_of_a_digits_packets_is_one_digit() {
    let all = digit(65_533, u32::MAX - 100, 11);
    for chosen in 1u32..128 {
        let some: Vec<_> =
            all.iter().enumerate().filter(|(at, _)| chosen >> at & 1 == 1).map(|(_, p)| p.clone()).collect();
        let reports = reported(&some);
        assert_eq!(reports.len(), 1, "{chosen:b}");
        assert_eq!((reports[0].0, reports[0].2), ('#', chosen >> 4 != 0), "{chosen:b}");
    }
}

#[test]
fn duplicates_of_every_packet_change_nothing() {
    let doubled: Vec<_> = digit(1, 1000, 0).into_iter().flat_map(|packet| [packet.clone(), packet]).collect();
    assert_eq!(reported(&doubled), [('0', 640, true)]);
}

#[test]
fn equal_digits_in_a_row_are_told_apart_even_without_their_marks_and_ends() {
    let (first, second) = (digit(1, 1000, 7), digit(8, 2600, 7));
    let both: Vec<_> = first.iter().chain(&second).cloned().collect();
    assert_eq!(reported(&both), [('7', 640, true), ('7', 640, true)]);
    // The first loses its ends, the second its beginning.
    let poor: Vec<_> = first[..4].iter().chain(&second[2..]).cloned().collect();
    assert_eq!(reported(&poor), [('7', 640, false), ('7', 640, true)]);
    // Of the second only an end is left: one packet ends two events.
    let poorer: Vec<_> = first[..4].iter().chain(&second[6..]).cloned().collect();
    assert_eq!(reported(&poorer), [('7', 640, false), ('7', 640, true)]);
}

#[test]
fn a_late_packet_of_an_old_digit_is_not_a_new_one() {
    let (first, second) = (digit(1, 1000, 7), digit(8, 2600, 8));
    let mixed = [&first[..6], &second[..2], &first[6..], &second[2..]].concat();
    assert_eq!(reported(&mixed), [('7', 640, true), ('8', 640, true)]);
}

#[test]
fn reordering_within_a_digit_keeps_the_longest_duration() {
    let all = digit(1, 1000, 9);
    let order = [1, 0, 3, 2].map(|at| all[at].clone());
    assert_eq!(reported(&order), [('9', 640, false)]);
    let order = [0, 5, 1, 2, 4, 3].map(|at| all[at].clone());
    assert_eq!(reported(&order), [('9', 640, true)]);
}

#[test]
fn a_long_digit_in_segments_is_one_digit() {
    let mut sender = EventSender::new(Event(3), 10, 5000, 1600, Some(150_000));
    let mut packets = Vec::new();
    while let Some(sent) = sender.next_packet() {
        let sequence = packets.len() as u16;
        packets.push(packet(sequence, sent.timestamp, 3, sent.marker, sent.payload.duration, sent.payload.end));
    }
    assert_eq!(reported(&packets), [('3', 150_000, true)]);
    // Also when the last packet of every segment is lost.
    let lossy: Vec<_> = packets.iter().filter(|bytes| bytes[14..] != [0xFF, 0xFF]).cloned().collect();
    assert!(lossy.len() < packets.len());
    assert_eq!(reported(&lossy), [('3', 150_000, true)]);
}

#[test]
fn what_goes_on_after_its_timeout_is_not_reported_again() {
    let mut receiver = EventReceiver::default();
    let all = digit(1, 1000, 4);
    let receive = |receiver: &mut EventReceiver, at: usize, millis| {
        receiver.receive(&RtpPacket::parse(&all[at]).unwrap(), Moment::from_millis(millis)).count()
    };
    assert_eq!(receive(&mut receiver, 0, 0), 0);
    let report = receiver.handle_timeout(Moment::from_millis(200)).unwrap();
    assert_eq!((report.digit(), report.duration, report.end_seen, report.timestamp), (Some('4'), 160, false, 1000));
    assert_eq!(receive(&mut receiver, 1, 500), 0);
    assert_eq!(receive(&mut receiver, 5, 600), 0);
    assert_eq!(receiver.flush(), None);
}

#[test]
fn senders_with_faulty_timestamps_still_send_one_digit_each() {
    // The timestamp moves with every packet, the ends included.
    let moving: Vec<_> = (0u16..8)
        .map(|step| packet(step, 1000 + u32::from(step) * 160, 6, step == 0, (step.min(5) + 1) * 160, step >= 5))
        .collect();
    assert_eq!(reported(&moving), [('6', 960, true)]);
    // The timestamp never moves.
    let still = [digit(1, 0, 2), digit(8, 0, 2), digit(15, 0, 3)].concat();
    assert_eq!(reported(&still), [('2', 640, true), ('2', 640, true), ('3', 640, true)]);
    // The marker is set on every packet.
    let marked: Vec<_> = (0u16..7).map(|step| packet(step, 50, 1, true, (step.min(4) + 1) * 160, step >= 4)).collect();
    assert_eq!(reported(&marked), [('1', 800, true)]);
}

#[test]
fn another_source_begins_anew_and_a_restart_of_numbers_too() {
    let mut receiver = EventReceiver::default();
    let first = packet(5000, 1000, 1, true, 160, false);
    assert_eq!(receiver.receive(&RtpPacket::parse(&first).unwrap(), Moment::ZERO).count(), 0);
    let mut other = packet(4990, 1000, 1, true, 160, true);
    other[8] = 0xEE;
    let digits: Vec<_> =
        receiver.receive(&RtpPacket::parse(&other).unwrap(), Moment::ZERO).map(|r| r.end_seen).collect();
    assert_eq!(digits, [false, true]);
    let restart = [digit(5000, 90_000, 1), digit(4000, 10, 2)].concat();
    assert_eq!(reported(&restart), [('1', 640, true), ('2', 640, true)]);
}

#[test]
fn a_digit_after_all_numbers_have_passed_is_not_late() {
    let mut receiver = EventReceiver::default();
    let mut count = |bytes: Vec<u8>, seconds: u64| {
        receiver.receive(&RtpPacket::parse(&bytes).unwrap(), Moment::from_millis(seconds * 1000)).count()
    };
    assert_eq!(count(packet(500, 1000, 1, true, 160, true), 0), 1);
    assert_eq!(count(packet(499, 900, 2, true, 160, true), 1), 0);
    // 65,530 packets of 20 ms later the numbers are again where they were.
    assert_eq!(count(packet(494, 1000 + 65_530 * 160, 2, true, 160, true), 1311), 1);
}

#[test]
fn a_malformed_payload_is_ignored() {
    let mut receiver = EventReceiver::default();
    let bytes = packet(1, 1, 1, true, 160, true);
    assert_eq!(receiver.receive(&RtpPacket::parse(&bytes[..15]).unwrap(), Moment::ZERO).count(), 0);
    assert_eq!(receiver.next_timeout(), None);
}
