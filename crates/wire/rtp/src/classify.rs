//! Telling apart what arrives on one media port: RFC 7983 section 7 (as updated by RFC 9443) and RFC 5761 section 4.

/// What a datagram on a media port is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PacketKind {
    /// STUN (RFC 8489): first byte 0 to 3.
    Stun,
    /// ZRTP (RFC 6189): first byte 16 to 19.
    Zrtp,
    /// DTLS (RFC 9147): first byte 20 to 63.
    Dtls,
    /// A TURN channel (RFC 8656): first byte 64 to 79.
    TurnChannel,
    /// RTP or SRTP.
    Rtp,
    /// RTCP or SRTCP: second byte 192 to 223.
    Rtcp,
    /// Anything else.
    Unknown,
}

/// What `datagram` is, by its first two bytes.
pub fn classify(datagram: &[u8]) -> PacketKind {
    match *datagram {
        [0..=3, ..] => PacketKind::Stun,
        [16..=19, ..] => PacketKind::Zrtp,
        [20..=63, ..] => PacketKind::Dtls,
        [64..=79, ..] => PacketKind::TurnChannel,
        [128..=191, 192..=223, ..] => PacketKind::Rtcp,
        [128..=191, _, ..] => PacketKind::Rtp,
        _ => PacketKind::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_bytes_decide() {
        assert_eq!(classify(&[0x00, 0x01, 0, 0]), PacketKind::Stun);
        assert_eq!(classify(&[16, 0]), PacketKind::Zrtp);
        assert_eq!(classify(&[22, 254, 253]), PacketKind::Dtls);
        assert_eq!(classify(&[64, 0]), PacketKind::TurnChannel);
        assert_eq!(classify(&[0x80, 0]), PacketKind::Rtp);
        assert_eq!(classify(&[0x80, 0x88]), PacketKind::Rtp);
        assert_eq!(classify(&[0x81, 201]), PacketKind::Rtcp);
        assert_eq!(classify(&[0xA0, 192]), PacketKind::Rtcp);
        assert_eq!(classify(&[0x80, 224]), PacketKind::Rtp);
    }

    #[test]
    fn what_belongs_to_nobody_is_unknown() {
        for bytes in [&[][..], &[4], &[15, 1], &[80, 0], &[127, 0], &[192, 0], &[255, 200], &[0x80]] {
            assert_eq!(classify(bytes), PacketKind::Unknown, "{bytes:?}");
        }
    }
}
