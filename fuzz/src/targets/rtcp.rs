//! RTCP compound packets: no bytes may panic, and the parts must lie within the datagram.

use rtp::rtcp::{Compound, RtcpPacket};

/// Reads every part of every packet in `data`.
///
/// # Panics
///
/// When a packet yields more than it holds, or a valid compound yields nothing.
pub fn run(data: &[u8]) {
    let strict = Compound::parse(data);
    let Ok(compound) = Compound::parse_reduced_size(data) else {
        assert!(strict.is_err(), "the strict check accepts what the reduced one refuses");
        return;
    };
    let mut bytes = 0;
    let mut packets = 0;
    for packet in compound.packets() {
        packets += 1;
        bytes += 4 + match packet {
            RtcpPacket::SenderReport(report) => 24 + report.blocks().count() * 24,
            RtcpPacket::ReceiverReport(report) => 4 + report.blocks().count() * 24,
            RtcpPacket::SourceDescription(names) => {
                names.chunks().map(|chunk| 5 + chunk.items().map(|item| 2 + item.text.len()).sum::<usize>()).sum()
            }
            RtcpPacket::Goodbye(goodbye) => goodbye.sources().count() * 4 + goodbye.reason.len(),
            RtcpPacket::Application(packet) => 8 + packet.data.len(),
            RtcpPacket::Feedback(packet) => 8 + packet.information.len(),
            RtcpPacket::Other { body, .. } => body.len(),
        };
    }
    assert!(packets > 0 && bytes <= data.len(), "{packets} packets of {bytes} bytes in {} bytes", data.len());
}
