//! Offering a call: to all telephones of an extension at once, to a trunk, to a service.

use super::{Branch, Terminating};
use crate::facilities::Facilities;
use crate::feature::treatment::more_telling;
use crate::half::connection::Connection;
use crate::half::input::Timer;
use crate::half::message::Target;
use crate::route::decision::Rights;
use crate::route::reach::Presence;
use crate::vocabulary::event::{ConnectionState, EventCause};
use crate::vocabulary::order::{OfferTarget, OfferedCall, Order};
use crate::vocabulary::report::{LineKind, MediaLocation, Party};
use ground::{DeviceId, Number, Reason};
use media_plan::AddressFamily;

/// The most telephones of a number that ring at once.
const MOST_TELEPHONES: usize = 8;

impl Terminating {
    pub(super) fn offer_all(&mut self, f: &mut Facilities) {
        match self.setup.target.clone() {
            Target::Extension { device, number, .. } => {
                self.failure = match f.presence(device) {
                    Presence::Busy { .. } if !self.setup.emergency => Some(Reason::UserBusy),
                    Presence::Absent => Some(Reason::SubscriberAbsent),
                    Presence::Busy { .. } | Presence::Waits { .. } => {
                        self.waiting = true;
                        None
                    }
                    Presence::Idle => None,
                };
                if self.failure.is_some() {
                    return;
                }
                let rights = Rights::of_extension(device, f.site.extension(device));
                let terminals = f.reachability.get(&device).cloned().unwrap_or_default();
                for terminal in terminals.into_iter().take(MOST_TELEPHONES) {
                    let target = OfferTarget::Terminal { device, terminal: terminal.id };
                    let place = (terminal.line, Some(terminal.location));
                    self.offer(f, place, target, (device, Number::private(number), Some(rights)));
                }
            }
            Target::Trunk { trunk, number } => {
                let known = f.site.directory.trunks.get(&trunk);
                let place = known.map(|known| (known.device, known.network, known.address.ip()));
                let Some((device, network, address)) = place.filter(|_| f.take_trunk(trunk, self.setup.emergency))
                else {
                    self.failure = Some(Reason::NoRouteAvailable);
                    return;
                };
                let family = AddressFamily::of(address);
                let location = MediaLocation { network, family, signalling: Some(address), translated: false };
                let rights = Rights::of_trunk(trunk, f.site.directory.trunks.get(&trunk));
                let party = (device, Number::private(number), Some(rights));
                self.offer(f, (LineKind::Sip, Some(location)), OfferTarget::Trunk(trunk), party);
            }
            Target::Service { device, number, kind } => {
                let party = (device, Number::private(number), None);
                self.offer(f, (LineKind::Voice, None), OfferTarget::Service(kind), party);
            }
        }
    }

    /// Offers the call to one telephone, trunk or service. Without a location it has no media of its own.
    fn offer(
        &mut self,
        f: &mut Facilities,
        (line, location): (LineKind, Option<MediaLocation>),
        target: OfferTarget,
        (device, number, rights): (DeviceId, Number, Option<Rights>),
    ) {
        let id = f.identifiers.connection();
        let party = (Some(device), Party { number, ..self.called_party() }, rights);
        let mut connection = Connection::new(f, self.id, self.setup.call, (id, line), party);
        if let OfferTarget::Trunk(trunk) = target {
            connection.trunk = Some(trunk);
        }
        let mut media = None;
        if let Some(location) = location {
            match self.open(f, &mut connection, location) {
                Ok(offer) => media = offer,
                Err(reason) => {
                    self.failure = Some(self.failure.map_or(reason, |before| more_telling(before, reason)));
                    return connection.withdraw(f);
                }
            }
        }
        connection.state(f, ConnectionState::Offered, EventCause::NewCall);
        let offered = OfferedCall {
            target,
            caller: self.setup.caller.clone(),
            called: number,
            media,
            emergency: self.setup.emergency,
            hops: self.setup.hops,
            waiting: self.waiting,
            referred_by: self.setup.referred_by.clone(),
        };
        connection.order(f, Order::Offer(Box::new(offered)));
        f.after(Timer::Response(id), f.config.waits.offer_response);
        self.branches.push(Branch { connection, answer: None, offered: None });
    }

    /// Opens the leg and makes the offer for it: what the caller offered, or none when the called side has to offer.
    fn open(
        &self,
        f: &mut Facilities,
        connection: &mut Connection,
        location: MediaLocation,
    ) -> Result<Option<media_plan::MediaOffer>, Reason> {
        connection.open_leg(f, location, location.family)?;
        match (&self.setup.media, connection.media.as_mut()) {
            (Some(offer), Some(media)) => media.pass_offer(offer).map(Some).map_err(|error| error.reason()),
            _ => Ok(None),
        }
    }
}
