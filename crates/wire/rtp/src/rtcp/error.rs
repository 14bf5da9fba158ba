//! Why bytes are no RTCP.

use std::fmt;

/// A fault of a compound packet (RFC 3550 appendix A.2).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RtcpError {
    /// A packet ends before its header or its length says.
    Truncated,
    /// The version is not 2.
    Version(u8),
    /// Padding before the last packet, or more padding than packet.
    Padding,
    /// The first packet is no report.
    FirstPacket(u8),
    /// The contents of a packet of this type do not fit its length.
    Malformed(u8),
}

impl fmt::Display for RtcpError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            RtcpError::Truncated => f.write_str("RTCP is truncated"),
            RtcpError::Version(version) => write!(f, "RTCP version is {version}"),
            RtcpError::Padding => f.write_str("RTCP padding is wrong"),
            RtcpError::FirstPacket(kind) => write!(f, "RTCP begins with type {kind}"),
            RtcpError::Malformed(kind) => write!(f, "RTCP type {kind} is malformed"),
        }
    }
}

impl std::error::Error for RtcpError {}
