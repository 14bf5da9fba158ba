use super::*;
use std::time::Duration;

/// A valid source whose packets `first` and `first + 1` have come.
fn valid(first: u16) -> Source {
    let mut source = Source::new(Ssrc(9), SequenceNumber(first), 8000, Moment::ZERO);
    assert_eq!(source.receive(SequenceNumber(first), Some(0), Moment::ZERO), Arrival::Probation);
    let second = source.receive(SequenceNumber(first.wrapping_add(1)), Some(160), Moment::from_millis(20));
    assert!(matches!(second, Arrival::Newest { lost: 0, .. }));
    source
}

fn receive(source: &mut Source, sequence: u16) -> Arrival {
    source.receive(SequenceNumber(sequence), None, Moment::from_millis(100))
}

fn newest(sequence: u64, lost: u16) -> Arrival {
    Arrival::Newest { sequence: ExtendedSequence(sequence), lost }
}

#[test]
fn a_source_is_on_probation_until_two_packets_come_in_sequence() {
    let mut source = Source::new(Ssrc(9), SequenceNumber(10), 8000, Moment::ZERO);
    assert_eq!(receive(&mut source, 10), Arrival::Probation);
    assert_eq!(receive(&mut source, 500), Arrival::Probation);
    assert_eq!(source.report(Moment::ZERO), None);
    assert!(!source.is_valid());
    assert_eq!(receive(&mut source, 501), newest(501, 0));
    assert!(source.is_valid());
    assert_eq!((source.expected(), source.received()), (1, 1));
}

#[test]
fn numbers_wrap_without_loss() {
    let mut source = valid(65_533);
    assert_eq!(receive(&mut source, 65_535), newest(65_535, 0));
    assert_eq!(receive(&mut source, 0), newest(65_536, 0));
    assert_eq!(receive(&mut source, 1), newest(65_537, 0));
    assert_eq!((source.lost(), source.expected()), (0, 4));
    for sequence in (2..=u16::MAX).chain(0..=9) {
        receive(&mut source, sequence);
    }
    assert_eq!(source.extended_highest(), ExtendedSequence(2 * 65_536 + 9));
    assert_eq!(source.lost(), 0);
}

#[test]
fn reordered_packets_are_late_also_across_the_wrap() {
    let mut source = valid(65_533);
    assert_eq!(receive(&mut source, 1), newest(65_537, 2));
    assert_eq!(source.lost(), 2);
    assert_eq!(receive(&mut source, 65_535), Arrival::Late(ExtendedSequence(65_535)));
    assert_eq!(receive(&mut source, 0), Arrival::Late(ExtendedSequence(65_536)));
    assert_eq!(source.lost(), 0);
    assert_eq!(receive(&mut source, 1), Arrival::Late(ExtendedSequence(65_537)));
    assert_eq!(source.lost(), -1);
}

#[test]
fn one_stray_packet_is_not_counted_and_two_in_sequence_are_a_restart() {
    let mut source = valid(100);
    assert_eq!(receive(&mut source, 40_000), Arrival::Stray);
    assert_eq!(receive(&mut source, 102), newest(102, 0));
    assert_eq!(receive(&mut source, 40_001), Arrival::Stray);
    assert_eq!(receive(&mut source, 40_002), Arrival::Restarted(ExtendedSequence(40_002)));
    assert_eq!((source.expected(), source.received(), source.lost()), (1, 1, 0));
    assert_eq!(receive(&mut source, 40_003), newest(40_003, 0));
}

#[test]
fn the_bounds_between_late_lost_and_stray() {
    assert_eq!(receive(&mut valid(9_999), 12_999), newest(12_999, 2998));
    assert_eq!(receive(&mut valid(9_999), 13_000), Arrival::Stray);
    assert_eq!(receive(&mut valid(9_999), 9_901), Arrival::Late(ExtendedSequence(9_901)));
    assert_eq!(receive(&mut valid(9_999), 9_900), Arrival::Stray);
}

#[test]
fn fraction_lost_is_that_of_the_interval() {
    let mut source = valid(0);
    for sequence in 2..=100 {
        // Every fourth packet is lost.
        if sequence % 4 != 0 {
            receive(&mut source, sequence);
        }
    }
    receive(&mut source, 101);
    let block = source.report(Moment::ZERO).unwrap();
    // 101 expected from packet 1 to packet 101, 25 lost: 25 / 101 of 256.
    assert_eq!((block.fraction_lost, block.cumulative_lost, block.highest_sequence), (63, 25, 101));
    for sequence in 102..200 {
        receive(&mut source, sequence);
    }
    let block = source.report(Moment::ZERO).unwrap();
    assert_eq!((block.fraction_lost, block.cumulative_lost), (0, 25));
    let block = source.report(Moment::ZERO).unwrap();
    assert_eq!(block.fraction_lost, 0, "an interval without packets has no fraction");
}

#[test]
fn duplicates_make_loss_negative_but_never_the_fraction() {
    let mut source = valid(0);
    for _ in 0..10 {
        receive(&mut source, 1);
    }
    let block = source.report(Moment::ZERO).unwrap();
    assert_eq!((block.fraction_lost, block.cumulative_lost), (0, -10));
}

#[test]
fn the_block_names_the_last_sender_report_and_the_delay_since() {
    let mut source = valid(0);
    let block = source.report(Moment::ZERO).unwrap();
    assert_eq!((block.last_sender_report, block.delay), (ShortNtp(0), ShortNtp(0)));
    source.sender_report(NtpTimestamp(0x1234_5678_9ABC_DEF0), Moment::from_millis(1000));
    let block = source.report(Moment::from_millis(1000) + Duration::from_millis(500)).unwrap();
    assert_eq!((block.last_sender_report, block.delay), (ShortNtp(0x5678_9ABC), ShortNtp(0x8000)));
}

#[test]
fn jitter_is_measured_in_the_clock_of_the_payload_and_survives_a_restart() {
    let mut source = valid(0);
    for packet in 2u16..400 {
        let late = u64::from(packet % 2) * 5;
        source.receive(
            SequenceNumber(packet),
            Some(u32::from(packet) * 160),
            Moment::from_millis(u64::from(packet) * 20 + late),
        );
    }
    // Five milliseconds are forty units of 8000 hertz.
    assert!((38..=40).contains(&source.jitter()), "{}", source.jitter());
    let before = source.jitter();
    source.receive(SequenceNumber(30_000), Some(77), Moment::from_millis(9000));
    source.receive(SequenceNumber(30_001), Some(900_000_000), Moment::from_millis(9020));
    assert_eq!(source.jitter(), before);
    source.set_clock_rate(48_000);
    source.receive(SequenceNumber(30_002), Some(5), Moment::from_millis(9040));
    assert_eq!(source.jitter(), before);
}
