//! Transports (RFC 3261 section 18, RFC 7118 for WebSocket).

use serde::{Deserialize, Serialize};
use std::fmt;

/// How a message travels.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Transport {
    /// UDP.
    Udp,
    /// TCP.
    Tcp,
    /// TLS over TCP.
    Tls,
    /// WebSocket (RFC 7118).
    Ws,
    /// WebSocket over TLS (RFC 7118).
    Wss,
}

impl Transport {
    /// The transport of that name, whatever its case.
    pub fn parse(name: &str) -> Option<Transport> {
        [Transport::Udp, Transport::Tcp, Transport::Tls, Transport::Ws, Transport::Wss]
            .into_iter()
            .find(|transport| transport.as_str().eq_ignore_ascii_case(name))
    }

    /// The name as it stands in a Via header.
    pub const fn as_str(self) -> &'static str {
        match self {
            Transport::Udp => "UDP",
            Transport::Tcp => "TCP",
            Transport::Tls => "TLS",
            Transport::Ws => "WS",
            Transport::Wss => "WSS",
        }
    }

    /// True when the transport delivers in order and without loss: then retransmissions are left out
    /// (RFC 3261 section 17).
    pub const fn is_reliable(self) -> bool {
        !matches!(self, Transport::Udp)
    }

    /// True when the hop is encrypted.
    pub const fn is_secure(self) -> bool {
        matches!(self, Transport::Tls | Transport::Wss)
    }

    /// True when messages are framed by Content-Length in a stream of bytes (RFC 3261 section 18.3).
    pub const fn is_stream(self) -> bool {
        matches!(self, Transport::Tcp | Transport::Tls)
    }
}

impl fmt::Display for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_have_no_case() {
        assert_eq!(Transport::parse("wSs"), Some(Transport::Wss));
        assert_eq!(Transport::parse("SCTP"), None);
        assert!(Transport::Tcp.is_reliable() && Transport::Tcp.is_stream() && !Transport::Ws.is_stream());
        assert!(!Transport::Udp.is_reliable() && Transport::Wss.is_secure() && !Transport::Tcp.is_secure());
    }
}
