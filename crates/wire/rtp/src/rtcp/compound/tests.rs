use super::*;
use crate::rtcp::{CompoundWriter, ReportBlock, SdesKind, SenderInfo};
use crate::{NtpTimestamp, ShortNtp, Ssrc, WriteError};

fn block(ssrc: u32) -> ReportBlock {
    ReportBlock {
        ssrc: Ssrc(ssrc),
        fraction_lost: 64,
        cumulative_lost: -3,
        highest_sequence: 0x0001_0005,
        jitter: 12,
        last_sender_report: ShortNtp(0x1234_5678),
        delay: ShortNtp(0x1_0000),
    }
}

fn written(write: impl FnOnce(&mut CompoundWriter<'_>) -> Result<(), WriteError>) -> Vec<u8> {
    let mut out = vec![0xAA; 3];
    write(&mut CompoundWriter::new(&mut out)).unwrap();
    out
}

#[test]
fn a_report_is_laid_out_as_in_the_standard() {
    let info = SenderInfo { ntp: NtpTimestamp(0x0102_0304_0506_0708), rtp_timestamp: 9, packets: 10, octets: 11 };
    let bytes = written(|writer| {
        writer.sender_report(Ssrc(0xAABB_CCDD), &info, &[block(1)])?;
        writer.cname(Ssrc(0xAABB_CCDD), "a@b")
    });
    let expected = [
        0x81, 200, 0, 12, 0xAA, 0xBB, 0xCC, 0xDD, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 9, 0, 0, 0, 10, 0, 0, 0, 11, 0, 0,
        0, 1, 64, 0xFF, 0xFF, 0xFD, 0, 1, 0, 5, 0, 0, 0, 12, 0x12, 0x34, 0x56, 0x78, 0, 1, 0, 0, 0x81, 202, 0, 3, 0xAA,
        0xBB, 0xCC, 0xDD, 1, 3, b'a', b'@', b'b', 0, 0, 0,
    ];
    assert_eq!(bytes, expected);
    let packets: Vec<_> = Compound::parse(&bytes).unwrap().packets().collect();
    let [RtcpPacket::SenderReport(report), RtcpPacket::SourceDescription(names)] = packets[..] else {
        panic!("{packets:?}")
    };
    assert_eq!((report.ssrc, report.info), (Ssrc(0xAABB_CCDD), info));
    assert_eq!(report.blocks().collect::<Vec<_>>(), [block(1)]);
    assert_eq!(names.cname(Ssrc(0xAABB_CCDD)), Some(&b"a@b"[..]));
    assert_eq!(names.cname(Ssrc(1)), None);
}

#[test]
fn more_than_31_blocks_take_more_packets() {
    let blocks: Vec<_> = (0..70).map(block).collect();
    let bytes = written(|writer| writer.sender_report(Ssrc(1), &SenderInfo::default(), &blocks));
    let counts: Vec<_> = Compound::parse(&bytes)
        .unwrap()
        .packets()
        .map(|packet| match packet {
            RtcpPacket::SenderReport(report) => (200, report.blocks().len()),
            RtcpPacket::ReceiverReport(report) => (201, report.blocks().len()),
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(counts, [(200, 31), (201, 31), (201, 8)]);
    let empty = written(|writer| writer.receiver_report(Ssrc(5), &[]));
    assert_eq!(empty, [0x80, 201, 0, 1, 0, 0, 0, 5]);
}

#[test]
fn every_kind_of_packet_is_written_and_read_alike() {
    let application = Application { subtype: 5, ssrc: Ssrc(2), name: *b"test", data: &[1, 2, 3, 4] };
    let feedback = Feedback {
        kind: FeedbackKind::Payload,
        format: 1,
        sender: Ssrc(2),
        media: Ssrc(3),
        information: &[9, 9, 9, 9],
    };
    let bytes = written(|writer| {
        writer.receiver_report(Ssrc(2), &[block(3), block(4)])?;
        writer.source_description(
            Ssrc(2),
            &[(SdesKind::Cname, "reis"), (SdesKind::Other(15), ""), (SdesKind::Tool, "x")],
        )?;
        writer.application(&application)?;
        writer.feedback(&feedback)?;
        writer.goodbye(&[Ssrc(2), Ssrc(3)], "done")
    });
    let packets: Vec<_> = Compound::parse(&bytes).unwrap().packets().collect();
    assert_eq!(packets.len(), 5);
    let RtcpPacket::SourceDescription(names) = packets[1] else { panic!() };
    let items: Vec<_> = names.chunks().flat_map(|chunk| chunk.items()).map(|item| (item.kind, item.text)).collect();
    assert_eq!(items, [(SdesKind::Cname, &b"reis"[..]), (SdesKind::Other(15), b""), (SdesKind::Tool, b"x")]);
    assert_eq!(packets[2], RtcpPacket::Application(application));
    assert_eq!(packets[3], RtcpPacket::Feedback(feedback));
    let RtcpPacket::Goodbye(goodbye) = packets[4] else { panic!() };
    assert_eq!((goodbye.sources().collect::<Vec<_>>(), goodbye.reason), (vec![Ssrc(2), Ssrc(3)], &b"done"[..]));
}

#[test]
fn unknown_types_are_handed_out_whole() {
    let bytes = [0x80, 201, 0, 1, 0, 0, 0, 5, 0x9F, 207, 0, 1, 1, 2, 3, 4];
    let last = Compound::parse(&bytes).unwrap().packets().last();
    assert_eq!(last, Some(RtcpPacket::Other { packet_type: 207, count: 31, body: &[1, 2, 3, 4] }));
}

#[test]
fn padding_belongs_to_the_last_packet() {
    let padded = [0xA0, 201, 0, 2, 0, 0, 0, 5, 0, 0, 0, 4];
    assert!(Compound::parse(&padded).is_ok());
    let mut twice = padded.to_vec();
    twice.extend_from_slice(&padded);
    assert_eq!(Compound::parse(&twice), Err(RtcpError::Padding));
    for padding in [0, 3, 12, 255] {
        let mut bytes = padded;
        bytes[11] = padding;
        assert_eq!(Compound::parse(&bytes), Err(RtcpError::Padding), "{padding}");
    }
    // Padding that swallows the sender leaves a malformed report.
    let mut bytes = padded;
    bytes[11] = 8;
    assert_eq!(Compound::parse(&bytes), Err(RtcpError::Malformed(201)));
}

#[test]
fn invalid_compounds_are_refused() {
    assert_eq!(Compound::parse(&[]), Err(RtcpError::Truncated));
    assert_eq!(Compound::parse(&[0x80, 201, 0]), Err(RtcpError::Truncated));
    assert_eq!(Compound::parse(&[0x80, 201, 0, 1]), Err(RtcpError::Truncated));
    assert_eq!(Compound::parse(&[0x40, 201, 0, 1, 0, 0, 0, 5]), Err(RtcpError::Version(1)));
    assert_eq!(Compound::parse(&[0x80, 201, 0, 0]), Err(RtcpError::Malformed(201)));
    assert_eq!(Compound::parse(&[0x81, 201, 0, 1, 0, 0, 0, 5]), Err(RtcpError::Malformed(201)));
    assert_eq!(Compound::parse(&[0x81, 203, 0, 1, 0, 0, 0, 5]), Err(RtcpError::FirstPacket(203)));
    assert!(Compound::parse_reduced_size(&[0x81, 203, 0, 1, 0, 0, 0, 5]).is_ok());
    assert_eq!(Compound::parse_reduced_size(&[0x82, 203, 0, 1, 0, 0, 0, 5]), Err(RtcpError::Malformed(203)));
    assert_eq!(Compound::parse_reduced_size(&[0x80, 203, 0, 1, 4, b'a', b'b', b'c']), Err(RtcpError::Malformed(203)));
    // A description whose items do not end, one whose item is longer than the packet, one chunk too few.
    assert_eq!(
        Compound::parse_reduced_size(&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 2, 3, 4]),
        Err(RtcpError::Malformed(202))
    );
    assert_eq!(
        Compound::parse_reduced_size(&[0x81, 202, 0, 2, 0, 0, 0, 1, 1, 9, 3, 0]),
        Err(RtcpError::Malformed(202))
    );
    assert_eq!(
        Compound::parse_reduced_size(&[0x82, 202, 0, 2, 0, 0, 0, 1, 1, 1, 3, 0]),
        Err(RtcpError::Malformed(202))
    );
    assert_eq!(Compound::parse_reduced_size(&[0x80, 205, 0, 1, 0, 0, 0, 1]), Err(RtcpError::Malformed(205)));
    assert_eq!(Compound::parse_reduced_size(&[0x80, 204, 0, 1, 0, 0, 0, 1]), Err(RtcpError::Malformed(204)));
}

#[test]
fn what_no_packet_can_hold_is_not_written() {
    let mut out = Vec::new();
    let mut writer = CompoundWriter::new(&mut out);
    assert_eq!(writer.goodbye(&[Ssrc(0); 32], ""), Err(WriteError::TooMany));
    assert_eq!(writer.goodbye(&[], &"x".repeat(256)), Err(WriteError::TooMany));
    assert_eq!(writer.cname(Ssrc(0), &"x".repeat(256)), Err(WriteError::TooMany));
    assert_eq!(writer.source_description(Ssrc(0), &[(SdesKind::Other(0), "")]), Err(WriteError::TooMany));
    let huge = vec![0; 300_000];
    let packet = Application { subtype: 0, ssrc: Ssrc(0), name: *b"huge", data: &huge };
    assert_eq!(writer.application(&packet), Err(WriteError::TooMany));
    assert_eq!(writer.application(&Application { subtype: 32, data: &[], ..packet }), Err(WriteError::TooMany));
    assert!(out.is_empty());
}
