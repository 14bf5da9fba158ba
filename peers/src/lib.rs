//! Tests of the exchange against real programs that nobody here wrote.
//!
//! A [`Site`] is a network of its own for one test: the exchange and every telephone get a network namespace with IPv4 and
//! IPv6 addresses, so each uses its usual ports and tests run side by side. [`Almon`] is a real server in it, [`Sipp`],
//! [`Baresip`] and [`Linphone`] are the others, and [`Capture`] has tshark judge every packet that the server sent.

mod almon;
pub mod audio;
mod baresip;
mod certificate;
mod linphone;
mod namespace;
mod pair;
mod program;
mod requirement;
mod script;
mod setup;
mod sipp;
mod tshark;

pub use almon::{Almon, Refusal, binary, password};
pub use baresip::{Baresip, Phone, Transport};
pub use certificate::Certificates;
pub use linphone::Linphone;
pub use namespace::{Host, Site};
pub use pair::Pair;
pub use program::{Program, until};
pub use requirement::{find, require, require_root};
pub use script::Script;
pub use setup::Setup;
pub use sipp::{Outcome, Sipp, SippRun};
pub use tshark::{Capture, Packet};
