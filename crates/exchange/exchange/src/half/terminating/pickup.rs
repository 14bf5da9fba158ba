//! Somebody takes the place of the telephones that ring (RFC 3891 section 3, the early dialog; group pickup).

use super::{Next, Terminating};
use crate::facilities::Facilities;
use crate::half::HalfId;
use crate::half::message::{Message, Newcomer, Partner, Target, Why};
use ground::Reason;

impl Terminating {
    pub(super) fn replace(&mut self, f: &mut Facilities, from: HalfId, newcomer: Newcomer) -> Next {
        if let Err(reason) = self.may_take(f, &newcomer) {
            f.send(self.id, from, Message::Release(reason));
            return Next::Stay;
        }
        let partner = Partner {
            half: self.peer,
            instead_of: vec![self.id],
            call: self.setup.call,
            shown: self.setup.caller.clone(),
            device: self.setup.device,
            leg: Some(self.setup.leg),
            media: self.setup.media.clone(),
            segment: None,
            by: newcomer.shown.number,
            why: Why::PickedUp,
        };
        f.send(self.id, from, Message::Take(Box::new(partner)));
        Next::Over(Reason::AnsweredElsewhere)
    }

    /// The own device, the same trunk, or the same pickup group.
    fn may_take(&self, f: &Facilities, newcomer: &Newcomer) -> Result<(), Reason> {
        let permitted = match &self.setup.target {
            Target::Extension { device, .. } => {
                let group = f.site.extension(*device).and_then(|extension| extension.pickup_group);
                newcomer.device == Some(*device) || (group.is_some() && group == newcomer.group)
            }
            Target::Trunk { trunk, .. } => newcomer.trunk == Some(*trunk),
            Target::Service { .. } => false,
        };
        if permitted { Ok(()) } else { Err(Reason::NotAuthorized) }
    }
}
