//! RTP packets and telephone events: no bytes may panic, and lengths must add up.

use ground::Moment;
use rtp::telephone_event::EventReceiver;
use rtp::{Heard, RtpPacket, RtpPacketMut, SourceTable, Ssrc, classify};

/// Takes `data` as datagrams, each after a byte that says how long it is, and hands them to a session.
///
/// # Panics
///
/// When the parts of a packet do not make up the packet, or a table outgrows its bound.
pub fn run(data: &[u8]) {
    let mut events = EventReceiver::default();
    let mut table = SourceTable::new(Ssrc(0), 4);
    let mut rest = data;
    let mut now = Moment::ZERO;
    while let Some((&length, after)) = rest.split_first() {
        let (datagram, next) = after.split_at(after.len().min(usize::from(length)));
        rest = next;
        now = now + std::time::Duration::from_millis(u64::from(length));
        let _ = classify(datagram);
        let _ = events.handle_timeout(now);
        let encrypted = RtpPacket::parse_encrypted(datagram);
        let Ok(packet) = RtpPacket::parse(datagram) else { continue };
        let extension = packet.extension().map_or(0, |extension| extension.data.len() + 4);
        let parts = 12 + packet.csrcs().len() * 4 + extension + packet.payload().len() + usize::from(packet.padding());
        assert!(encrypted.is_ok(), "a header is refused that is valid");
        assert_eq!(parts, datagram.len(), "the parts are not the packet");
        let _ = events.receive(&packet, now).count();
        if let Heard::Source(source) = table.hear(packet.ssrc(), packet.sequence(), 8000, now) {
            let _ = source.receive(packet.sequence(), Some(packet.timestamp()), now);
            let _ = source.report(now);
        }
        assert!(table.len() <= 4, "the table has outgrown its bound");
        let mut copy = datagram.to_vec();
        if let Ok(mut packet) = RtpPacketMut::parse(&mut copy) {
            packet.set_payload_type(length);
            packet.set_marker(length & 1 == 1);
            assert!(packet.view().is_ok(), "a changed packet became invalid");
        }
    }
    let _ = events.flush();
    assert!(events.next_timeout().is_none(), "an event is left behind");
}
