//! The state of one dialog, RFC 3261 section 12, as plain data.

use super::sequence::{OutOfOrder, SequenceRule};
use serde::{Deserialize, Serialize};

/// Which side of the INVITE this agent was.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Role {
    /// It sent the INVITE: it owns the Call-ID (RFC 3261 section 14.1).
    Caller,
    /// It received the INVITE.
    Called,
}

/// Early or confirmed, RFC 3261 section 12.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Stage {
    /// Made by a provisional response with a tag.
    Early,
    /// Made by a 2xx.
    Confirmed,
}

/// The registration through which the other side is reached: a name, never a flow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct BindingName {
    /// The address of record: the account's user part.
    pub aor: Box<str>,
    /// `+sip.instance` and `reg-id` (RFC 5626 section 6), or the Contact URI where a telephone sends neither.
    pub key: Box<str>,
}

/// One dialog.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dialog {
    /// The Call-ID.
    pub call_id: Box<str>,
    /// Our tag.
    pub local_tag: Box<str>,
    /// The other side's tag; empty with an RFC 2543 element that sends none (RFC 3261 section 12.1.1).
    pub remote_tag: Box<str>,
    /// Our address as it stands in From or To, without tag.
    pub local: Box<str>,
    /// The other side's address as it stands in From or To, without tag.
    pub remote: Box<str>,
    /// The remote target: the URI of the last Contact.
    pub target: Box<str>,
    /// The route set, first hop first.
    pub routes: Vec<Box<str>>,
    /// The number of our last request.
    pub local_sequence: u32,
    /// The number of the other side's last request.
    pub remote_sequence: Option<u32>,
    /// The dialog began with a sips URI over TLS, RFC 3261 section 12.1.1.
    pub secure: bool,
    /// Which side of the INVITE we were.
    pub role: Role,
    /// Early or confirmed.
    pub stage: Stage,
    /// The registration through which the other side is reached.
    pub binding: Option<BindingName>,
}

impl Dialog {
    /// The number for our next request, RFC 3261 section 12.2.1.1; it stops at 2^31 - 1 (section 8.1.1.5).
    pub fn next_sequence(&mut self) -> u32 {
        self.local_sequence = self.local_sequence.saturating_add(1).min(0x7fff_ffff);
        self.local_sequence
    }

    /// Judges the number of a request that came inside this dialog, RFC 3261 section 12.2.2.
    pub fn accept_sequence(&mut self, method: &str, number: u32) -> Result<(), OutOfOrder> {
        SequenceRule::for_method(method).accept(&mut self.remote_sequence, number)
    }

    /// Target refresh, RFC 3261 sections 12.2.1.2 and 12.2.2: the Contact replaces the target, the route set stays.
    pub fn refresh_target(&mut self, contact_uri: &str) {
        if !contact_uri.is_empty() && *contact_uri != *self.target {
            self.target = contact_uri.into();
        }
    }

    /// True when this dialog's identifiers are these, seen from our side.
    pub fn is(&self, call_id: &str, local_tag: &str, remote_tag: &str) -> bool {
        *self.call_id == *call_id && *self.local_tag == *local_tag && *self.remote_tag == *remote_tag
    }
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn dialog(routes: &[&str]) -> Dialog {
        Dialog {
            call_id: "c1".into(),
            local_tag: "lt".into(),
            remote_tag: "rt".into(),
            local: "<sip:strowger@example.com>".into(),
            remote: "\"Bell\" <sip:bell@example.com>".into(),
            target: "sip:bell@192.0.2.7:5062".into(),
            routes: routes.iter().map(|&route| route.into()).collect(),
            local_sequence: 10,
            remote_sequence: None,
            secure: false,
            role: Role::Caller,
            stage: Stage::Confirmed,
            binding: None,
        }
    }

    #[test]
    fn our_numbers_rise_by_one_and_never_wrap() {
        let mut dialog = dialog(&[]);
        assert_eq!((dialog.next_sequence(), dialog.next_sequence()), (11, 12));
        dialog.local_sequence = 0x7fff_ffff;
        assert_eq!(dialog.next_sequence(), 0x7fff_ffff);
    }

    #[test]
    fn a_target_refresh_leaves_the_route_set_alone() {
        let mut dialog = dialog(&["<sip:p1;lr>"]);
        dialog.refresh_target("sip:bell@192.0.2.8");
        dialog.refresh_target("");
        assert_eq!(&*dialog.target, "sip:bell@192.0.2.8");
        assert_eq!(dialog.routes.len(), 1);
    }
}
