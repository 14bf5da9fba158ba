//! The transport protocol of a media line: RFC 8866 sections 5.14 and 8.2.2.

/// A protocol field's meaning.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    /// `RTP/AVP` (RFC 3551).
    RtpAvp,
    /// `RTP/AVPF`, with early feedback (RFC 4585).
    RtpAvpf,
    /// `RTP/SAVP`, SRTP (RFC 3711).
    RtpSavp,
    /// `RTP/SAVPF`, SRTP with early feedback (RFC 5124).
    RtpSavpf,
    /// `UDP/TLS/RTP/SAVP`, SRTP keyed by DTLS (RFC 5764).
    DtlsSavp,
    /// `UDP/TLS/RTP/SAVPF`, SRTP keyed by DTLS with early feedback (RFC 5764).
    DtlsSavpf,
    /// `udptl`, fax (ITU-T T.38 annex D).
    Udptl,
    /// Anything else.
    Other,
}

impl Transport {
    /// What `protocol` means. Letters' case does not matter, since `udptl` is seen in both.
    pub fn of(protocol: &str) -> Transport {
        const ALL: [Transport; 7] = [
            Transport::RtpAvp,
            Transport::RtpAvpf,
            Transport::RtpSavp,
            Transport::RtpSavpf,
            Transport::DtlsSavp,
            Transport::DtlsSavpf,
            Transport::Udptl,
        ];
        ALL.into_iter().find(|one| one.as_str().eq_ignore_ascii_case(protocol)).unwrap_or(Transport::Other)
    }

    /// The protocol field; empty for [`Transport::Other`].
    pub fn as_str(self) -> &'static str {
        match self {
            Transport::RtpAvp => "RTP/AVP",
            Transport::RtpAvpf => "RTP/AVPF",
            Transport::RtpSavp => "RTP/SAVP",
            Transport::RtpSavpf => "RTP/SAVPF",
            Transport::DtlsSavp => "UDP/TLS/RTP/SAVP",
            Transport::DtlsSavpf => "UDP/TLS/RTP/SAVPF",
            Transport::Udptl => "udptl",
            Transport::Other => "",
        }
    }

    /// True when media travels as RTP or SRTP.
    pub fn is_rtp(self) -> bool {
        !matches!(self, Transport::Udptl | Transport::Other)
    }

    /// True when media travels as SRTP.
    pub fn is_secure(self) -> bool {
        matches!(self, Transport::RtpSavp | Transport::RtpSavpf | Transport::DtlsSavp | Transport::DtlsSavpf)
    }

    /// True when the profile has early feedback (RFC 4585).
    pub fn has_feedback(self) -> bool {
        matches!(self, Transport::RtpAvpf | Transport::RtpSavpf | Transport::DtlsSavpf)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn protocols_are_recognised_by_their_whole_text() {
        assert_eq!(Transport::of("RTP/AVP"), Transport::RtpAvp);
        assert_eq!(Transport::of("UDPTL"), Transport::Udptl);
        assert_eq!(Transport::of("UDP/TLS/RTP/SAVPF"), Transport::DtlsSavpf);
        assert_eq!(Transport::of("RTP/AVPX"), Transport::Other);
        assert_eq!(Transport::of(""), Transport::Other);
        assert!(Transport::of("RTP/SAVP").is_secure() && Transport::of("RTP/SAVP").is_rtp());
        assert!(!Transport::Udptl.is_rtp() && !Transport::RtpAvp.is_secure());
        assert!(Transport::DtlsSavpf.has_feedback() && !Transport::DtlsSavp.has_feedback());
    }
}
