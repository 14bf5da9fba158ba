//! What the exchange is told when it starts.

use crate::half::ServerId;
use ground::SiteOffsets;
use media_plan::{MediaNetwork, OwnCodecs};
use serde::{Deserialize, Serialize};
use std::time::Duration;

/// The configuration of an exchange.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct ExchangeConfig {
    /// Which server of the site this is.
    pub server: ServerId,
    /// The second (UTC, since the Unix epoch) at which this process started: the upper half of its call identifiers.
    pub start_second: u32,
    /// The addresses that media uses towards each network.
    pub media_networks: Vec<MediaNetwork>,
    /// What the exchange itself plays and is able to originate, in its order of preference.
    pub own_codecs: OwnCodecs,
    /// The site's offsets from UTC, for records and for what depends on the time of day.
    pub offsets: SiteOffsets,
    /// How many calls there may be at once, 0 for no limit; emergency calls come on top.
    pub max_calls: usize,
    /// How long things may take.
    pub waits: Waits,
}

/// Bounds of every wait. What a directory sets (no answer, inter-digit) stands in its settings.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Waits {
    /// For a line's first sign of life after an offer. A SIP peer that is there says 100 Trying within 200 ms (RFC 3261
    /// section 17.2.1); an INVITE over UDP is repeated at 0.5, 1.5 and 3.5 s, so three packets may be lost.
    pub offer_response: Duration,
    /// From that word to ringing or progress.
    pub alerting: Duration,
    /// For the answer of a trunk that rings. RFC 3261 section 16.6 asks for more than three minutes (timer C).
    pub trunk_answer: Duration,
    /// For the first digit.
    pub first_digit: Duration,
    /// For the answer to an offer of media within a call: as long as an INVITE transaction (RFC 3261 timer B, 64*T1).
    pub negotiation: Duration,
    /// For the end of an announcement before the answer.
    pub announcement: Duration,
    /// Without a packet, or between two questions to a telephone from which none is expected.
    pub silence: Duration,
    /// For the answer to such a question.
    pub probe_response: Duration,
    /// For the last word of a connection that was cleared.
    pub clear: Duration,
    /// For the last word on a media leg that was closed.
    pub leg_close: Duration,
    /// During which the source of a telephone behind a translator may be learned.
    pub learning: Duration,
    /// The longest call, when the site sets none.
    pub longest_call: Duration,
    /// For the telephone of a party that was transferred away to end its connection itself.
    pub transfer_grace: Duration,
}

impl Default for Waits {
    fn default() -> Self {
        Waits {
            offer_response: Duration::from_secs(6),
            alerting: Duration::from_secs(40),
            trunk_answer: Duration::from_secs(200),
            first_digit: Duration::from_secs(15),
            negotiation: Duration::from_secs(32),
            announcement: Duration::from_secs(60),
            silence: Duration::from_secs(60),
            probe_response: Duration::from_secs(32),
            clear: Duration::from_secs(40),
            leg_close: Duration::from_secs(32),
            learning: Duration::from_secs(10),
            longest_call: Duration::from_secs(24 * 3600),
            transfer_grace: Duration::from_secs(2),
        }
    }
}
