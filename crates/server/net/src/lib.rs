//! Binds and drives: sockets, TLS, clocks. The only room that opens a socket, and only for a row of the port plan.
//!
//! Two threads: the *reactor* runs the call thread's loop with every datagram socket, so that a datagram is received, handled and
//! answered without a wake-up in between; the *stream service* owns TCP and TLS connections, so that a handshake or a slow
//! sender never delays a call. The two exchange chunks of bytes over bounded queues.

pub mod clock;
pub mod datagram;
pub mod error;
pub mod reactor;
pub mod stream;

pub use clock::Clock;
pub use datagram::binding::{bind_media_pair, bind_udp};
pub use datagram::socket::{Datagram, DatagramSocket};
pub use error::BindError;
pub use reactor::{Driver, Reactor, Waker};
pub use stream::service::{StreamEvent, StreamHandle, StreamKind, StreamLimits, StreamOrder, StreamService};
pub use stream::tls::{CertificateError, TlsIdentity};
