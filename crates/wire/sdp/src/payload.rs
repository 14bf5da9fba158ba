//! The static payload types of RFC 3551 section 6, tables 4 and 5.

/// What a payload type means without an `rtpmap`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StaticPayload {
    /// Payload type, 0 to 34.
    pub payload_type: u8,
    /// Encoding name as in an `rtpmap`.
    pub encoding: &'static str,
    /// RTP clock in hertz.
    pub clock_rate: u32,
    /// Audio channels; 0 for video.
    pub channels: u8,
}

const fn audio(payload_type: u8, encoding: &'static str, clock_rate: u32, channels: u8) -> StaticPayload {
    StaticPayload { payload_type, encoding, clock_rate, channels }
}

const fn video(payload_type: u8, encoding: &'static str) -> StaticPayload {
    StaticPayload { payload_type, encoding, clock_rate: 90_000, channels: 0 }
}

/// Every assigned static payload type, in ascending order.
///
/// G722 runs at 16 kHz but has an RTP clock of 8000 (RFC 3551 section 4.5.2).
pub const STATIC_PAYLOADS: [StaticPayload; 24] = [
    audio(0, "PCMU", 8000, 1),
    audio(3, "GSM", 8000, 1),
    audio(4, "G723", 8000, 1),
    audio(5, "DVI4", 8000, 1),
    audio(6, "DVI4", 16_000, 1),
    audio(7, "LPC", 8000, 1),
    audio(8, "PCMA", 8000, 1),
    audio(9, "G722", 8000, 1),
    audio(10, "L16", 44_100, 2),
    audio(11, "L16", 44_100, 1),
    audio(12, "QCELP", 8000, 1),
    audio(13, "CN", 8000, 1),
    audio(14, "MPA", 90_000, 1),
    audio(15, "G728", 8000, 1),
    audio(16, "DVI4", 11_025, 1),
    audio(17, "DVI4", 22_050, 1),
    audio(18, "G729", 8000, 1),
    video(25, "CelB"),
    video(26, "JPEG"),
    video(28, "nv"),
    video(31, "H261"),
    video(32, "MPV"),
    video(33, "MP2T"),
    video(34, "H263"),
];

/// The static meaning of `payload_type`, if it has one.
pub fn static_payload(payload_type: u8) -> Option<&'static StaticPayload> {
    STATIC_PAYLOADS.iter().find(|payload| payload.payload_type == payload_type)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_below_the_dynamic_range() {
        assert!(STATIC_PAYLOADS.windows(2).all(|pair| pair[0].payload_type < pair[1].payload_type));
        assert!(STATIC_PAYLOADS.iter().all(|payload| payload.payload_type < 35));
    }

    #[test]
    fn telephony_finds_its_codecs() {
        let name = |payload_type| static_payload(payload_type).map(|p| (p.encoding, p.clock_rate, p.channels));
        assert_eq!(name(0), Some(("PCMU", 8000, 1)));
        assert_eq!(name(8), Some(("PCMA", 8000, 1)));
        assert_eq!(name(9), Some(("G722", 8000, 1)));
        assert_eq!(name(13), Some(("CN", 8000, 1)));
        assert_eq!(name(18), Some(("G729", 8000, 1)));
        assert_eq!(name(34), Some(("H263", 90_000, 0)));
        assert_eq!(name(2), None);
        assert_eq!(name(96), None);
    }
}
