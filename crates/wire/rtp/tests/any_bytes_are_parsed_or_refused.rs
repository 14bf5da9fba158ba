//! Random datagrams never panic, and what is written is read alike.

use ground::{Moment, Utc};
use proptest::prelude::*;
use rtp::rtcp::{Application, Compound, CompoundWriter, ReportBlock, RtcpPacket, SdesKind, SenderInfo};
use rtp::telephone_event::{EventPayload, EventReceiver};
use rtp::{
    Extension, NtpTimestamp, PacketKind, RtpHeader, RtpPacket, RtpPacketMut, SequenceNumber, ShortNtp, Ssrc, classify,
};

/// Bytes that often look like RTP or RTCP.
fn datagram() -> impl Strategy<Value = Vec<u8>> {
    let head = (0x80u8..=0xBF, prop_oneof![any::<u8>(), 200u8..=207]).prop_map(|(first, second)| vec![first, second]);
    let body = proptest::collection::vec(prop_oneof![Just(0u8), Just(1), Just(4), any::<u8>()], 0..120);
    prop_oneof![
        proptest::collection::vec(any::<u8>(), 0..60),
        (head, body.clone()).prop_map(|(head, body)| [head, body].concat()),
        // A length that fits, so that the contents are looked at.
        (0x80u8..=0xBF, 200u8..=207, body).prop_map(|(first, kind, mut body)| {
            body.resize(body.len().next_multiple_of(4), 0);
            [vec![first, kind, 0, (body.len() / 4) as u8], body].concat()
        }),
    ]
}

fn block() -> impl Strategy<Value = ReportBlock> {
    (any::<[u32; 5]>(), any::<u8>(), -0x80_0000i32..=0x7F_FFFF).prop_map(|(words, fraction_lost, cumulative_lost)| {
        ReportBlock {
            ssrc: Ssrc(words[0]),
            fraction_lost,
            cumulative_lost,
            highest_sequence: words[1],
            jitter: words[2],
            last_sender_report: ShortNtp(words[3]),
            delay: ShortNtp(words[4]),
        }
    })
}

/// Reads everything that a compound packet offers; returns how many parts it had.
fn look(compound: &Compound<'_>) -> usize {
    let parts = |packet| match packet {
        RtcpPacket::SenderReport(report) => report.blocks().len(),
        RtcpPacket::ReceiverReport(report) => report.blocks().len(),
        RtcpPacket::SourceDescription(names) => names.chunks().map(|chunk| chunk.items().count()).sum(),
        RtcpPacket::Goodbye(goodbye) => goodbye.sources().len() + goodbye.reason.len(),
        RtcpPacket::Application(packet) => packet.data.len(),
        RtcpPacket::Feedback(packet) => packet.information.len(),
        RtcpPacket::Other { body, .. } => body.len(),
    };
    compound.packets().map(parts).sum()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1024))]

    #[test]
    fn random_datagrams_never_panic(bytes in datagram()) {
        let kind = classify(&bytes);
        if let Ok(packet) = RtpPacket::parse_encrypted(&bytes) {
            prop_assert_eq!((kind, packet.padding()), (PacketKind::Rtp, 0));
            prop_assert!(bytes.ends_with(packet.payload()));
        }
        if let Ok(packet) = RtpPacket::parse(&bytes) {
            prop_assert!(RtpPacket::parse_encrypted(&bytes).is_ok());
            prop_assert_eq!(kind, PacketKind::Rtp);
            prop_assert!(packet.csrcs().len() <= 15);
            let extension = packet.extension().map_or(0, |extension| extension.data.len() + 4);
            let header = 12 + packet.csrcs().len() * 4 + extension;
            prop_assert_eq!(header + packet.payload().len() + usize::from(packet.padding()), bytes.len());
        }
        if let Ok(compound) = Compound::parse_reduced_size(&bytes) {
            prop_assert!(look(&compound) <= bytes.len());
            prop_assert!(compound.packets().count() > 0);
            if Compound::parse(&bytes).is_ok() {
                prop_assert_eq!(kind, PacketKind::Rtcp);
            }
        }
    }

    #[test]
    fn rtp_is_written_and_read_alike(
        numbers in any::<(u16, u32, u32)>(), marker: bool, payload_type in 0u8..128,
        csrcs in proptest::collection::vec(any::<u32>().prop_map(Ssrc), 0..=15),
        extension in proptest::option::of((any::<u16>(), proptest::collection::vec(any::<[u8; 4]>(), 0..8))),
        payload in proptest::collection::vec(any::<u8>(), 0..200), padding: u8,
    ) {
        let data = extension.as_ref().map(|(profile, words)| (*profile, words.concat()));
        let header = RtpHeader {
            marker: marker && !(64..96).contains(&payload_type),
            payload_type,
            sequence: SequenceNumber(numbers.0),
            timestamp: numbers.1,
            ssrc: Ssrc(numbers.2),
            csrcs: &csrcs,
            extension: data.as_ref().map(|(profile, data)| Extension { profile: *profile, data }),
        };
        let mut out = vec![0; 1000];
        let length = header.write_padded(&payload, padding, &mut out).unwrap();
        let packet = RtpPacket::parse(&out[..length]).unwrap();
        let read = RtpHeader {
            marker: packet.marker(),
            payload_type: packet.payload_type(),
            sequence: packet.sequence(),
            timestamp: packet.timestamp(),
            ssrc: packet.ssrc(),
            csrcs: &packet.csrcs().collect::<Vec<_>>(),
            extension: packet.extension(),
        };
        prop_assert_eq!(read, header);
        prop_assert_eq!((packet.payload(), packet.padding()), (&payload[..], padding));
    }

    #[test]
    fn changing_a_header_leaves_the_rest(mut bytes in datagram(), numbers in any::<(u16, u32, u32)>(), payload_type: u8, marker: bool) {
        let before = bytes.clone();
        if let Ok(mut packet) = RtpPacketMut::parse(&mut bytes) {
            packet.set_payload_type(payload_type);
            packet.set_marker(marker);
            packet.set_sequence(SequenceNumber(numbers.0));
            packet.set_timestamp(numbers.1);
            packet.set_ssrc(Ssrc(numbers.2));
            let view = packet.view().unwrap();
            prop_assert_eq!((view.sequence().0, view.timestamp(), view.ssrc().0), numbers);
            prop_assert_eq!(view.payload_type(), payload_type & 0x7F);
            prop_assert_eq!(&packet.as_bytes()[12..], &before[12..]);
        }
    }

    #[test]
    fn rtcp_is_written_and_read_alike(
        ssrc: u32, ntp: u64, counts in any::<(u32, u32, u32)>(), blocks in proptest::collection::vec(block(), 0..70),
        cname in "[ -~]{0,255}", reason in "[ -~]{0,255}", data in proptest::collection::vec(any::<[u8; 4]>(), 0..20),
    ) {
        let info = SenderInfo { ntp: NtpTimestamp(ntp), rtp_timestamp: counts.0, packets: counts.1, octets: counts.2 };
        let data = data.concat();
        let mut out = Vec::new();
        let mut writer = CompoundWriter::new(&mut out);
        writer.sender_report(Ssrc(ssrc), &info, &blocks).unwrap();
        writer.source_description(Ssrc(ssrc), &[(SdesKind::Cname, &cname)]).unwrap();
        writer.application(&Application { subtype: 1, ssrc: Ssrc(ssrc), name: *b"puls", data: &data }).unwrap();
        writer.goodbye(&[Ssrc(ssrc)], &reason).unwrap();
        let mut read = Vec::new();
        let mut last = None;
        for packet in Compound::parse(&out).unwrap().packets() {
            match packet {
                RtcpPacket::SenderReport(report) => {
                    prop_assert_eq!((report.ssrc, report.info), (Ssrc(ssrc), info));
                    read.extend(report.blocks());
                }
                RtcpPacket::ReceiverReport(report) => read.extend(report.blocks()),
                RtcpPacket::SourceDescription(names) => prop_assert_eq!(names.cname(Ssrc(ssrc)), Some(cname.as_bytes())),
                RtcpPacket::Application(packet) => prop_assert_eq!(packet.data, &data[..]),
                RtcpPacket::Goodbye(goodbye) => last = Some(goodbye.reason.to_vec()),
                other => prop_assert!(false, "{:?}", other),
            }
        }
        prop_assert_eq!(read, blocks);
        prop_assert_eq!(last, Some(reason.into_bytes()));
    }

    #[test]
    fn event_payloads_are_written_and_read_alike(bytes: [u8; 4]) {
        let read = EventPayload::parse(&bytes).unwrap();
        prop_assert_eq!(EventPayload::parse(&read.to_bytes()), Some(read));
    }

    #[test]
    fn any_events_keep_the_receiver_bounded(packets in proptest::collection::vec((any::<(bool, u8, bool)>(), 0u16..300, 0u32..2000, any::<u16>()), 0..80)) {
        let mut receiver = EventReceiver::default();
        let (mut reports, mut now) = (0, Moment::ZERO);
        for &((marker, event, end), sequence, timestamp, duration) in &packets {
            let payload = EventPayload { event: rtp::telephone_event::Event(event % 4), end, volume: 0, duration };
            let header = RtpHeader { marker, sequence: SequenceNumber(sequence), timestamp, ..RtpHeader::default() };
            let mut out = [0; 16];
            header.write(&payload.to_bytes(), &mut out).unwrap();
            reports += receiver.receive(&RtpPacket::parse(&out).unwrap(), now).count();
            now = now + std::time::Duration::from_millis(30);
        }
        reports += receiver.flush().iter().count();
        // No event without a packet, and none left behind.
        prop_assert!(reports <= packets.len());
        prop_assert!(packets.is_empty() || reports > 0);
        prop_assert_eq!(receiver.next_timeout(), None);
    }

    #[test]
    fn ntp_is_exact_to_the_microsecond(seconds in -1_000_000_000i64..6_000_000_000, micros in 0i64..1_000_000, off in -1_000_000_000i64..1_000_000_000) {
        let utc = Utc::from_micros(seconds * 1_000_000 + micros);
        prop_assert_eq!(NtpTimestamp::from_utc(utc).to_utc(Utc::from_seconds(seconds + off)), utc);
    }
}
