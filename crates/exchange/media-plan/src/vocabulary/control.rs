//! `MediaControl`: what the exchange orders from whoever handles media, and what it hears back.
//!
//! A connection has at most one media leg, named by its [`ConnectionId`]. Each order with an [`OrderId`] gets exactly one
//! [`MediaEvent::Outcome`]; other events are about a leg as long as it is open. Orders for one leg are carried out in order.

use super::description::{Codec, Direction};
use super::resource::PortPair;
use ground::{ConnectionId, Now};
use serde::{Deserialize, Serialize};
use std::net::SocketAddr;
use std::time::Duration;

/// Names one order, so that its outcome finds back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct OrderId(pub u64);

/// An order to whoever handles media.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaOrder {
    /// Names the order.
    pub id: OrderId,
    /// The leg it is about.
    pub leg: ConnectionId,
    /// What to do.
    pub kind: MediaOrderKind,
}

/// What to do with a leg.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaOrderKind {
    /// Take a pair of ports into use for this leg. Nothing is sent before [`MediaOrderKind::Modify`] tells where to.
    Open {
        /// The ports, from the pool.
        ports: PortPair,
    },
    /// Take up a leg again that another process had open. The rest is ordered as for a new leg: `Modify`, then `Connect` or
    /// `Play`. Other ports than these are never taken instead: [`MediaFault::PortsUnavailable`] when they cannot be had.
    ///
    /// What was learned of the far side's source is learned again. A telephone behind a translator of addresses that only
    /// listens, as on hold, would hear nothing until it sends: it is set up with the address that
    /// [`MediaEvent::Receiving`] told last in the place of the described one.
    Resume {
        /// The ports, which no pool has given out since.
        ports: PortPair,
        /// The latest that [`MediaEvent::Playing`] told of the stream that was played to this leg, when there was one. What
        /// is played goes on with its SSRC, a later sequence number and a timestamp that followed the clock meanwhile; as a
        /// new stream when so much time has passed that the listener could not tell late packets from new ones
        /// (RFC 3550 appendix A.1).
        base: Option<StreamBase>,
    },
    /// Tell what was negotiated, or that it changed.
    Modify(Box<StreamSetup>),
    /// Relay between this leg and `with`, both ways, as far as their directions permit. Ends whatever was played to either,
    /// and every other relay of either: the legs that they leave behind fall silent. When it cannot be done, this leg is
    /// relayed to nobody any more, because whoever names a new partner is done with the old one; nothing else changes.
    Connect {
        /// The other leg.
        with: ConnectionId,
    },
    /// End the relay of this leg; the other leg of it falls silent too.
    Disconnect,
    /// Play to this leg until the source ends or something else is ordered. Replaces what was played before.
    Play {
        /// What.
        source: PlaySource,
        /// Give the source from its beginning again when it ends.
        repeat: bool,
    },
    /// Stop playing.
    Stop,
    /// Report digits that this leg sends, until told otherwise.
    Collect(Collection),
    /// Send one digit to this leg as a telephone-event, or as tones when none was negotiated.
    SendDigit {
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long.
        duration: Duration,
    },
    /// Give the ports back and forget the leg.
    Close,
}

/// What was negotiated for a leg's audio stream.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamSetup {
    /// Where the far side wants packets; none while nothing may be sent.
    pub remote: Option<RemoteMedia>,
    /// Who sends, from the engine's point of view: `SendOnly` plays and relays towards the leg and drops what it sends.
    pub direction: Direction,
    /// The codecs that the far side accepts from us, in its numbering; the first is what we send when we originate media.
    pub send: Vec<Codec>,
    /// The codecs that we accept from the far side, in our numbering.
    pub receive: Vec<Codec>,
    /// Milliseconds of media a packet when we originate media.
    pub packet_time: u16,
    /// Report [`MediaEvent::Silent`] when no packet arrived for so long; none when silence is expected (hold).
    pub silence_after: Option<Duration>,
}

/// Where a leg's packets go, and from where they may come.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct RemoteMedia {
    /// The far side's RTP address as it was described.
    pub rtp: SocketAddr,
    /// The far side's RTCP address.
    pub rtcp: SocketAddr,
    /// Whether another source may be learned.
    pub learning: Learning,
}

/// From which source packets are taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Learning {
    /// Only from the described address; another port of the same IP address is learned once when the first packet comes
    /// from there (symmetric RTP, RFC 4961).
    Locked,
    /// The telephone stands behind a translator of addresses: the first source within the window is taken, from the
    /// `expected` address when it is known (the one its signalling comes from), then locked.
    Window {
        /// How long after the leg was set up the source may still be learned.
        window: Duration,
        /// The only IP address that may be learned, when it is known.
        expected: Option<std::net::IpAddr>,
    },
}

/// Something that can be played.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlaySource {
    /// A call progress tone of the market (E.180).
    Tone(Tone),
    /// A recorded announcement by its name, for example `number-not-in-use`.
    Announcement(String),
    /// Music for waiting callers.
    Music,
    /// What the leg itself sends, back to it.
    Echo,
}

/// Call progress tones (ITU-T E.180, E.182).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Tone {
    /// Dial.
    Dial,
    /// The called party is being rung.
    Ringing,
    /// The called party is busy.
    Busy,
    /// The network has no way.
    Congestion,
    /// The number cannot be reached (special information tone).
    SpecialInformation,
    /// A second call waits.
    CallWaiting,
}

/// Which digits to report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Collection {
    /// Each telephone-event as it ends; nothing when the far side sends none.
    Events,
    /// None.
    Off,
}

/// Why an order could not be carried out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum MediaFault {
    /// No such leg is open.
    UnknownLeg,
    /// The leg is open already.
    AlreadyOpen,
    /// The ports are not bound, or another leg has them.
    PortsUnavailable,
    /// The two legs share no codec, and this engine cannot convert between theirs.
    NoCommonCodec,
    /// There is no such announcement.
    UnknownAnnouncement,
    /// This engine cannot do it.
    NotCapable,
}

/// What is heard back.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum MediaEvent {
    /// The one outcome of an order.
    Outcome {
        /// The order.
        order: OrderId,
        /// Its leg.
        leg: ConnectionId,
        /// Done, or why not.
        result: Result<(), MediaFault>,
    },
    /// Ports were bound for the pool.
    PortsBound {
        /// The pairs that may be used from now on.
        pairs: Vec<PortPair>,
    },
    /// What was played has ended by itself.
    PlayEnded {
        /// The leg.
        leg: ConnectionId,
    },
    /// The far side sent a digit.
    Digit {
        /// The leg.
        leg: ConnectionId,
        /// `0`-`9`, `*`, `#`, `A`-`D`.
        digit: char,
        /// How long it was held.
        duration: Duration,
    },
    /// No packet arrived for the time that [`StreamSetup::silence_after`] set. Told once, until packets arrive again.
    Silent {
        /// The leg.
        leg: ConnectionId,
        /// When the last packet arrived, or when waiting began.
        since: Now,
    },
    /// Packets arrive (again).
    Receiving {
        /// The leg.
        leg: ConnectionId,
        /// The source that was locked.
        from: SocketAddr,
    },
    /// What is played to this leg began, so that another process can go on with it (RFC 3550 section 5.1). Told with the first
    /// packet of the stream and, as long as packets are sent, again at intervals of some seconds: the older a base is, the
    /// less it says about where the stream stands. May be lost when nobody takes events.
    Playing {
        /// The leg.
        leg: ConnectionId,
        /// The stream.
        base: StreamBase,
    },
    /// The last word on a leg, after its `Close`.
    Closed {
        /// The leg.
        leg: ConnectionId,
        /// What passed.
        statistics: LegStatistics,
    },
}

/// A stream that the engine originates, as it stood at one moment. The timestamp that it has come to since follows from the
/// clock; of the sequence number only a limit is known, that of sending the shortest packets all the time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct StreamBase {
    /// Its source (RFC 3550 section 5.1).
    pub ssrc: u32,
    /// The sequence number of the next packet.
    pub sequence: u16,
    /// The timestamp of the next packet.
    pub timestamp: u32,
    /// Timestamp units a second.
    pub clock_rate: u32,
    /// When the timestamp was right.
    pub at: Now,
}

/// What passed over a leg.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegStatistics {
    /// RTP packets taken from the far side.
    pub packets_received: u64,
    /// RTP packets sent to it.
    pub packets_sent: u64,
    /// Packets missing in the sequence numbers received.
    pub packets_lost: u64,
    /// Packets dropped because of a wrong source, form or payload type.
    pub packets_refused: u64,
    /// Interarrival jitter at the end, in microseconds.
    pub jitter_micros: u64,
}
