//! One target a file. To add one: the file, and its name in the list below.

use crate::run::Target;

macro_rules! targets {
    ($($name:ident,)*) => {
        $(pub mod $name;)*

        /// Every target, in the order of their names.
        pub const ALL: &[Target] = &[$(Target { name: stringify!($name), run: $name::run },)*];
    };
}

targets! {
    journal,
    port_plan,
    record_line,
    rtcp,
    rtp,
    sdp,
    sip_agent,
    sip_digest,
    sip_message,
    sip_sipfrag,
    sip_stream,
    sip_uri,
    site_file,
    wav,
    whole_exchange,
}
