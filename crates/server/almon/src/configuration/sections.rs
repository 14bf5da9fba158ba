//! The sections of the configuration file.

use super::documented::section;
use std::net::IpAddr;
use std::path::PathBuf;

section! {
    /// A network: addresses of this machine, and how its telephones and trunks reach and prove themselves there.
    /// With several interfaces, or both behind and before a translator of addresses, write one `[[network]]` for each.
    pub struct NetworkSection {
        /// The name by which trunks and messages call it.
        pub name: String = "local".to_owned(),
        /// The addresses of this machine to listen on, IPv4 and IPv6. Nothing else is opened.
        pub addresses: Vec<IpAddr> = vec![IpAddr::from([127, 0, 0, 1])],
        /// The address that peers use instead of the ones above, at most one of each family: for a server behind NAT.
        pub advertise: Vec<IpAddr> = Vec::new(),
        /// The digest algorithms offered to telephones, in this order. Many telephones read only the first.
        pub digest: Vec<DigestName> = vec![DigestName::Sha256, DigestName::Md5],
    }
}

/// A digest algorithm as the configuration names it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub enum DigestName {
    /// RFC 7616.
    #[serde(rename = "SHA-512-256")]
    Sha512_256,
    /// RFC 7616.
    #[serde(rename = "SHA-256")]
    Sha256,
    /// For telephones that know nothing else.
    #[serde(rename = "MD5")]
    Md5,
}

section! {
    /// The site.
    pub struct SiteSection {
        /// The time zone of the site's clocks by its IANA name, for example "Europe/Stockholm", for routes with hours and for local
        /// times in records. Empty: that of the machine.
        pub time_zone: String = String::new(),
    }
}

section! {
    /// SIP telephones and trunks.
    pub struct SipSection {
        /// The realm of passwords. It is fixed when the data folder is made, because passwords are kept hashed with it.
        pub realm: String = "almon".to_owned(),
        /// The shortest registration in seconds; shorter ones are answered 423.
        pub min_expires: u32 = 60,
        /// The longest registration in seconds; longer ones are shortened.
        pub max_expires: u32 = 3600,
        /// Seconds between keep-alives to telephones behind a translator of addresses.
        pub keep_alive: u16 = 25,
        /// The DSCP of signalling packets.
        pub dscp: u8 = 38,
        /// The longest time, in minutes, that a call may last.
        pub longest_call: u32 = 1440,
    }
}

section! {
    /// Media.
    pub struct MediaSection {
        /// Threads of the media engine.
        pub threads: u8 = 1,
        /// The DSCP of media packets.
        pub dscp: u8 = 46,
        /// The codecs that Almon offers by itself, best first: PCMA and PCMU.
        pub codecs: Vec<String> = vec!["PCMA".to_owned(), "PCMU".to_owned()],
        /// A WAV file (8 kHz, mono) played to callers on hold; empty for the built-in melody.
        pub music: PathBuf = PathBuf::new(),
        /// A folder of WAV files (8 kHz, mono) that replace the built-in announcements of the same name; empty for none.
        pub announcements: PathBuf = PathBuf::new(),
        /// Seconds without a packet after which a telephone is asked whether it is still there.
        pub silence: u16 = 60,
    }
}

section! {
    /// TLS. Without a certificate the TLS listeners stay closed.
    pub struct TlsSection {
        /// The certificate chain, PEM, own certificate first.
        pub certificate: PathBuf = PathBuf::new(),
        /// Its key, PEM.
        pub key: PathBuf = PathBuf::new(),
        /// The authorities that vouch for servers Almon connects to, PEM.
        pub authorities: PathBuf = PathBuf::new(),
    }
}

section! {
    /// Bounds: what exceeds them is refused with a reason. Emergency calls are not.
    pub struct LimitsSection {
        /// Calls at once.
        pub calls: u32 = 4000,
        /// Stream connections at once, and from one address.
        pub connections: u32 = 40000,
        /// Stream connections at once from one address.
        pub connections_per_address: u32 = 2000,
        /// Requests a second without a proven account that one address may send; more are dropped unread.
        pub unproven_per_address: u32 = 2000,
        /// Seconds that a stop waits for the last call; then the calls that are left are ended.
        pub drain: u32 = 60,
        /// Seconds without a sign of life of the call thread after which the process ends, so that the service manager starts it anew and
        /// its calls go on; 0 for never.
        pub watchdog: u16 = 10,
        /// Bytes of recent messages kept for `almon trace`.
        pub trace_bytes: u64 = 8388608,
    }
}

section! {
    /// Call records for other programs. `almon calls records` prints them at any time.
    pub struct RecordsSection {
        /// A folder for one CSV file a weekday (`lim1.0.dat` is Sunday's), a line for each call segment that ended; a week later the
        /// file begins anew. Empty for none.
        pub csv: PathBuf = PathBuf::new(),
    }
}

section! {
    /// The journal of calls: after a crash, calls in progress go on from it. It holds secrets of calls and is readable by its owner alone.
    pub struct JournalSection {
        /// Keep a journal.
        pub enabled: bool = true,
        /// Its folder; empty for `journal` in the data folder.
        pub folder: PathBuf = PathBuf::new(),
        /// Milliseconds between two writes: what the death of the process can take.
        pub pause_milliseconds: u16 = 10,
        /// Seconds between two orders to the disk: what the loss of power can take; 0 leaves it to the system.
        pub sync_seconds: u16 = 1,
        /// A snapshot of the whole state, and with it a new file, after so many minutes.
        pub snapshot_minutes: u16 = 5,
        /// The same after so many MiB.
        pub snapshot_mebibytes: u16 = 32,
        /// Calls do not go on when the server was away for more than so many seconds.
        pub longest_absence: u32 = 600,
    }
}

section! {
    /// The log, on standard error.
    pub struct LogSection {
        /// What is logged: error, warn, info, debug or trace, also for single rooms: `info,sip=debug`.
        pub filter: String = "info".to_owned(),
        /// `text`, or `json` for one object a line.
        pub format: LogFormat = LogFormat::Text,
    }
}

/// How the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogFormat {
    /// For people.
    Text,
    /// For programs.
    Json,
}
