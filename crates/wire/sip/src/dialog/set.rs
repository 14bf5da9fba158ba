//! The dialog set of one outgoing INVITE: forking makes several dialogs of one request, RFC 3261 sections 12.1.2 and 13.2.2.

use super::state::{BindingName, Dialog, Role, Stage};
use std::collections::BTreeMap;

/// What all dialogs of a set share: what the INVITE said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prototype {
    /// The Call-ID.
    pub call_id: Box<str>,
    /// Our tag: the From tag of the INVITE.
    pub local_tag: Box<str>,
    /// The From value without tag.
    pub local: Box<str>,
    /// The To value.
    pub remote: Box<str>,
    /// The CSeq number of the INVITE.
    pub sequence: u32,
    /// The Request-URI was sips and the transport TLS.
    pub secure: bool,
    /// The registration to which the INVITE went.
    pub binding: Option<BindingName>,
}

/// More early dialogs than a set may hold: the response's dialog is not made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetLimit;

/// The early dialogs of one INVITE by To tag; the first 2xx wins and takes its dialog out.
#[derive(Clone, Debug)]
pub struct DialogSet {
    prototype: Prototype,
    early: BTreeMap<Box<str>, Dialog>,
    limit: usize,
}

impl DialogSet {
    /// An empty set with room for `limit` early dialogs.
    pub fn new(prototype: Prototype, limit: usize) -> Self {
        DialogSet { prototype, early: BTreeMap::new(), limit }
    }

    /// What the INVITE said.
    pub fn prototype(&self) -> &Prototype {
        &self.prototype
    }

    /// A provisional response with a To tag: finds or makes its early dialog and refreshes its target.
    ///
    /// `routes` is the response's Record-Route in message order; the route set of an early dialog is that of its first response.
    pub fn provisional(
        &mut self,
        to_tag: &str,
        contact_uri: &str,
        routes: impl FnOnce() -> Vec<Box<str>>,
    ) -> Result<&mut Dialog, SetLimit> {
        if !self.early.contains_key(to_tag) {
            if self.early.len() >= self.limit {
                return Err(SetLimit);
            }
            let dialog = self.make(to_tag, contact_uri, routes(), Stage::Early);
            self.early.insert(to_tag.into(), dialog);
        }
        let dialog = self.early.get_mut(to_tag).ok_or(SetLimit)?;
        dialog.refresh_target(contact_uri);
        Ok(dialog)
    }

    /// A 2xx: takes the early dialog of this tag out of the set, or makes a new one, confirmed.
    ///
    /// The route set is computed anew from the 2xx, RFC 3261 section 13.2.2.4: an early dialog may have been made by a
    /// response that lost the Record-Route.
    pub fn confirm(&mut self, to_tag: &str, contact_uri: &str, routes: Vec<Box<str>>) -> Dialog {
        match self.early.remove(to_tag) {
            Some(mut dialog) => {
                dialog.stage = Stage::Confirmed;
                dialog.routes = super::reversed(routes);
                dialog.refresh_target(contact_uri);
                dialog
            }
            None => self.make(to_tag, contact_uri, routes, Stage::Confirmed),
        }
    }

    /// The early dialog of this tag.
    pub fn get_mut(&mut self, to_tag: &str) -> Option<&mut Dialog> {
        self.early.get_mut(to_tag)
    }

    /// The early dialogs in the order of their tags.
    pub fn early(&self) -> impl Iterator<Item = &Dialog> {
        self.early.values()
    }

    /// How many early dialogs stand in the set.
    pub fn len(&self) -> usize {
        self.early.len()
    }

    /// True when no early dialog stands in the set.
    pub fn is_empty(&self) -> bool {
        self.early.is_empty()
    }

    fn make(&self, to_tag: &str, contact_uri: &str, routes: Vec<Box<str>>, stage: Stage) -> Dialog {
        let shared = &self.prototype;
        Dialog {
            call_id: shared.call_id.clone(),
            local_tag: shared.local_tag.clone(),
            remote_tag: to_tag.into(),
            local: shared.local.clone(),
            remote: shared.remote.clone(),
            target: contact_uri.into(),
            routes: super::reversed(routes),
            local_sequence: shared.sequence,
            remote_sequence: None,
            secure: shared.secure,
            role: Role::Caller,
            stage,
            binding: shared.binding.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set() -> DialogSet {
        let prototype = Prototype {
            call_id: "c1".into(),
            local_tag: "lt".into(),
            local: "<sip:a@example.com>".into(),
            remote: "<sip:b@example.com>".into(),
            sequence: 1,
            secure: false,
            binding: None,
        };
        DialogSet::new(prototype, 2)
    }

    #[test]
    fn forks_are_kept_apart_by_their_tags() {
        let mut set = set();
        set.provisional("x", "sip:x@h", || vec!["<sip:p1;lr>".into(), "<sip:p2;lr>".into()]).unwrap();
        set.provisional("y", "sip:y@h", Vec::new).unwrap();
        set.provisional("x", "sip:x2@h", Vec::new).unwrap();
        assert_eq!(set.len(), 2);
        let winner = set.confirm("x", "sip:x3@h", vec!["<sip:p1;lr>".into(), "<sip:p2;lr>".into()]);
        assert_eq!(&*winner.target, "sip:x3@h");
        assert_eq!(winner.routes.iter().map(AsRef::as_ref).collect::<Vec<&str>>(), ["<sip:p2;lr>", "<sip:p1;lr>"]);
        assert_eq!(winner.stage, Stage::Confirmed);
        let other = set.early().next().unwrap();
        assert_eq!((&*other.remote_tag, &*other.target), ("y", "sip:y@h"));
    }

    #[test]
    fn a_2xx_without_a_provisional_response_makes_its_dialog() {
        let mut set = set();
        let dialog = set.confirm("z", "sip:z@h", Vec::new());
        assert_eq!((&*dialog.remote_tag, dialog.local_sequence, dialog.role), ("z", 1, Role::Caller));
        assert!(set.is_empty());
    }

    #[test]
    fn a_set_has_a_limit() {
        let mut set = set();
        assert!(set.provisional("1", "sip:1@h", Vec::new).is_ok());
        assert!(set.provisional("2", "sip:2@h", Vec::new).is_ok());
        assert_eq!(set.provisional("3", "sip:3@h", Vec::new).err(), Some(SetLimit));
        assert!(set.provisional("2", "sip:2@h", Vec::new).is_ok());
    }
}
