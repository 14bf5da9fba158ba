//! Carrying out orders. Each has exactly one outcome.

use super::legs::Port;
use super::{Legs, Worker};
use crate::leg::{Leg, OwnStream, Play, Relay};
use ground::ConnectionId;
use media_plan::{
    Collection, Fit, MediaEvent, MediaFault, MediaOrder, MediaOrderKind, PlaySource, PortPair, StreamBase, StreamSetup,
    fit, payload_map,
};
use rtp::telephone_event::EventReceiver;
use std::io;
use std::sync::Arc;

type Done = Result<(), MediaFault>;

impl Worker {
    pub(super) fn carry_out(&mut self, order: MediaOrder) {
        let MediaOrder { id, leg, kind } = order;
        let slot = self.legs.find(leg).ok_or(MediaFault::UnknownLeg);
        let mut closed = None;
        let result = match kind {
            MediaOrderKind::Open { ports } => self.open(leg, ports, None),
            MediaOrderKind::Resume { ports, base } => self.open(leg, ports, base),
            MediaOrderKind::Modify(setup) => slot.map(|slot| self.modify(slot, *setup)),
            MediaOrderKind::Connect { with } => slot.and_then(|slot| self.connect(slot, with)),
            MediaOrderKind::Disconnect => slot.map(|slot| self.disconnect(slot)),
            MediaOrderKind::Play { source, repeat } => slot.and_then(|slot| self.play(slot, &source, repeat)),
            MediaOrderKind::Stop => slot.map(|slot| self.stop(slot)),
            MediaOrderKind::Collect(collection) => slot.map(|slot| self.collect(slot, collection)),
            MediaOrderKind::SendDigit { digit, duration } => {
                slot.and_then(|slot| self.send_digit(slot, digit, duration))
            }
            MediaOrderKind::Close => slot.map(|slot| closed = self.close(slot)),
        };
        self.tell(MediaEvent::Outcome { order: id, leg, result });
        if let Some(event) = closed {
            self.tell(event);
        }
    }

    /// Opens a leg, which is played what goes on from `base`.
    fn open(&mut self, id: ConnectionId, ports: PortPair, base: Option<StreamBase>) -> Done {
        if self.legs.find(id).is_some() {
            return Err(MediaFault::AlreadyOpen);
        }
        let now = self.now.moment;
        let Some(sockets) = self.shared.stock.take(ports, now) else {
            self.shared.homes.forget(id);
            return Err(MediaFault::PortsUnavailable);
        };
        let random = [self.draw(), self.draw()];
        let own = base.map_or_else(|| OwnStream::new(random), |base| OwnStream::go_on(&base, random, self.now));
        self.watch(Box::new(Leg::new(id, sockets, now, own))).map_err(|(error, leg)| {
            tracing::error!(%error, "a leg's sockets cannot be watched");
            self.shared.stock.give_back(leg.sockets, now);
            self.shared.homes.forget(id);
            MediaFault::PortsUnavailable
        })
    }

    /// Puts a leg into a slot and watches its sockets.
    pub(super) fn watch(&mut self, leg: Box<Leg>) -> Result<(), (io::Error, Box<Leg>)> {
        if self.legs.len() == 0 {
            self.next_round = self.now.moment + super::ROUND;
        }
        let slot = self.legs.insert(leg);
        let tokens = (self.legs.token(slot, Port::Rtp), self.legs.token(slot, Port::Rtcp));
        let Some(leg) = self.legs.get(slot) else { return Ok(()) };
        let watched =
            self.epoll.add(&leg.sockets.rtp, tokens.0).and_then(|()| self.epoll.add(&leg.sockets.rtcp, tokens.1));
        match watched {
            Ok(()) => Ok(()),
            Err(error) => match self.take_out(slot) {
                Some(leg) => Err((error, leg)),
                None => Ok(()),
            },
        }
    }

    /// Takes a leg out of its slot; nothing reaches it any more, and its relay ends.
    pub(super) fn take_out(&mut self, slot: usize) -> Option<Box<Leg>> {
        self.disconnect(slot);
        self.unschedule(slot);
        let leg = self.legs.remove(slot)?;
        // A socket that was not watched cannot be taken from the set; nothing is to be done about it.
        let _ = self.epoll.remove(&leg.sockets.rtp);
        let _ = self.epoll.remove(&leg.sockets.rtcp);
        Some(leg)
    }

    /// Closes a leg and gives its ports back; what is to be told of it.
    pub(super) fn close(&mut self, slot: usize) -> Option<MediaEvent> {
        let leg = self.take_out(slot)?;
        let event = MediaEvent::Closed { leg: leg.id, statistics: leg.statistics() };
        self.shared.stock.give_back(leg.sockets, self.now.moment);
        Some(event)
    }

    fn modify(&mut self, slot: usize, setup: StreamSetup) {
        let now = self.now.moment;
        let Some(leg) = self.legs.get_mut(slot) else { return };
        leg.set_up(setup, now);
        if let Some(other) = leg.relay.as_ref().map(|relay| relay.slot) {
            link(&mut self.legs, slot, other);
            link(&mut self.legs, other, slot);
        }
        self.schedule(slot);
    }

    fn connect(&mut self, slot: usize, with: ConnectionId) -> Done {
        let connected = self.try_connect(slot, with);
        if connected.is_err() {
            // A new partner was named: the old one hears nothing more.
            self.disconnect(slot);
        }
        connected
    }

    fn try_connect(&mut self, slot: usize, with: ConnectionId) -> Done {
        let other = self.legs.find(with).filter(|other| *other != slot).ok_or(MediaFault::UnknownLeg)?;
        let setups = [slot, other].map(|slot| self.legs.get(slot).and_then(|leg| leg.setup.as_ref()));
        if let [Some(one), Some(two)] = setups
            && fit(one, two) == Fit::None
        {
            return Err(MediaFault::NoCommonCodec);
        }
        for (from, to) in [(slot, other), (other, slot)] {
            let before = self.legs.get(from).and_then(|leg| leg.relay.as_ref()).map(|relay| relay.slot);
            if before.is_some_and(|before| before != to) {
                self.disconnect(from);
            }
        }
        for (from, to) in [(slot, other), (other, slot)] {
            self.stop(from);
            link(&mut self.legs, from, to);
        }
        Ok(())
    }

    fn disconnect(&mut self, slot: usize) {
        let Some(relay) = self.legs.get_mut(slot).and_then(|leg| leg.relay.take()) else { return };
        if let Some(other) = self.legs.get_mut(relay.slot) {
            other.relay = None;
        }
    }

    fn play(&mut self, slot: usize, source: &PlaySource, repeat: bool) -> Done {
        let library = Arc::clone(&self.shared.library);
        let leg = self.legs.get_mut(slot).ok_or(MediaFault::UnknownLeg)?;
        let sound = match source {
            PlaySource::Tone(tone) => library.tone(*tone).ok_or(MediaFault::NotCapable)?,
            PlaySource::Announcement(name) => library.announcement(name).ok_or(MediaFault::UnknownAnnouncement)?,
            PlaySource::Music => library.music(),
            PlaySource::Echo => {
                let map = leg.setup.as_ref().map_or([None; 128], |setup| payload_map(&setup.receive, &setup.send));
                leg.play = None;
                leg.echo = Some(Box::new(map));
                leg.outbound.mark = true;
                return Ok(());
            }
        };
        if leg.setup.is_some() && leg.outbound.law.is_none() {
            return Err(MediaFault::NoCommonCodec);
        }
        leg.echo = None;
        leg.play = Some(Play::new(sound.clone(), repeat));
        leg.outbound.mark = true;
        self.schedule(slot);
        Ok(())
    }

    fn stop(&mut self, slot: usize) {
        if let Some(leg) = self.legs.get_mut(slot) {
            let played = leg.play.take().is_some() | leg.echo.take().is_some();
            leg.outbound.mark |= played;
        }
    }

    fn collect(&mut self, slot: usize, collection: Collection) {
        if let Some(leg) = self.legs.get_mut(slot) {
            match collection {
                Collection::Events => {
                    leg.inbound.events.get_or_insert_with(EventReceiver::default);
                }
                Collection::Off => leg.inbound.events = None,
            }
        }
    }

    fn send_digit(&mut self, slot: usize, digit: char, duration: std::time::Duration) -> Done {
        let leg = self.legs.get_mut(slot).ok_or(MediaFault::UnknownLeg)?;
        let able = leg.outbound.event.is_some() || leg.outbound.law.is_some();
        if !able || !leg.keypad.push(digit, duration) {
            return Err(MediaFault::NotCapable);
        }
        self.schedule(slot);
        Ok(())
    }
}

/// Lets the packets of one leg go to another, under the payload types that the other takes.
fn link(legs: &mut Legs, from: usize, to: usize) {
    let send = legs.get(to).and_then(|leg| leg.setup.as_ref()).map(|setup| setup.send.as_slice());
    let receive = legs.get(from).and_then(|leg| leg.setup.as_ref()).map(|setup| setup.receive.as_slice());
    let map = payload_map(receive.unwrap_or_default(), send.unwrap_or_default());
    let Some(leg) = legs.get_mut(from) else { return };
    let before = leg.relay.replace(Relay { slot: to, map }).map(|relay| relay.slot);
    // A relay that goes on under new conditions is nothing new to the listener.
    if let Some(leg) = legs.get_mut(to).filter(|_| before != Some(to)) {
        leg.outbound.mark = true;
    }
}
