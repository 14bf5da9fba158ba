//! A telephone or trunk that calls: from its INVITE to the answer.

use super::called::call_waiting;
use super::{Awaited, Leg, Side, described, identity_headers};
use crate::identity::{account_number, called_number, caller_of_trunk};
use crate::line::LineSip;
use crate::media::stands_behind_translator;
use crate::status::{reason_of_own, status_of};
use exchange::{CallingParty, LineKind, MediaLocation, Party, Report, Seizure};
use ground::{Reason, TrunkId};
use media_plan::{AddressFamily, MediaAnswer, MediaOffer, StreamDescription};
use sip::Message;
use sip::agent::{Answer, Command, Invited, Peer, RefusedInvite};
use sip::dialog::{BindingName, Body, ExtraHeader};
use sip::transaction::Flow;

/// What RFC 3261 section 8.1.1.6 recommends.
const MOST_HOPS: u8 = 70;

impl LineSip {
    /// An INVITE that begins a session, past authentication.
    pub(crate) fn invited(&mut self, invited: &Invited) {
        let Some(caller) = self.calling_party(&invited.peer, &invited.request) else {
            self.refuse_unknown(invited);
            return;
        };
        let connection = self.identifiers.connection();
        let host = self.config.host(invited.flow.network, invited.flow.peer.ip());
        let mut leg = Leg::new(connection, invited.session, Side::Caller, host);
        leg.trunk = trunk_of(&caller);
        self.add_leg(leg);
        let replaces = invited.replaces.and_then(|session| self.connection_of(session));
        let (seizure, fault) = self.seizure(caller, &invited.request, invited.flow, invited.binding.as_ref());
        let seizure = Seizure { replaces, ..seizure };
        let report = match fault {
            Some(reason) => Report::Unacceptable(Box::new(seizure), reason),
            None => Report::Seized(Box::new(seizure)),
        };
        self.report(connection, report);
    }

    /// An INVITE that its agent refused before it became a session (RFC 3261 section 8.2), of somebody who is proved: the exchange keeps
    /// the record of it, and its connection is over at once.
    pub(crate) fn invite_refused(&mut self, flow: Flow, status: u16, refused: &RefusedInvite) {
        let reason = reason_of_own(status);
        // With a tag in To it is a change of a call that is gone, and no call (RFC 3261 section 12.2.2).
        let begins = !refused.request.to().is_ok_and(|to| to.tag().is_some());
        let caller = self.calling_party(&refused.peer, &refused.request).filter(|_| begins);
        let Some(caller) = caller else {
            return self.refused(flow, reason);
        };
        let connection = self.identifiers.connection();
        let (seizure, _) = self.seizure(caller, &refused.request, flow, None);
        self.report(connection, Report::Unacceptable(Box::new(Seizure { media: None, ..seizure }), reason));
        self.report(connection, Report::Cleared(reason));
    }

    /// What an INVITE tells the exchange, and why it cannot be accepted.
    fn seizure(
        &self,
        caller: CallingParty,
        request: &Message,
        flow: Flow,
        binding: Option<&BindingName>,
    ) -> (Seizure, Option<Reason>) {
        let called = called_number(request);
        let offer = described(request);
        let fault = match (&offer, called) {
            (Err(reason), _) => Some(*reason),
            (_, None) => Some(Reason::InvalidNumber),
            _ => None,
        };
        let streams = offer.ok().flatten();
        let trunk = trunk_of(&caller).is_some();
        let location = self.location(flow, binding, trunk, streams.as_deref().unwrap_or_default());
        let media = streams.map(|streams| MediaOffer { streams });
        let (dialled, hops) = (called.unwrap_or_default(), hops_of(request));
        let (line, overlap, replaces) = (LineKind::Sip, false, None);
        (Seizure { line, caller, dialled, overlap, media, location, hops, replaces }, fault)
    }

    fn calling_party(&self, peer: &Peer, request: &Message) -> Option<CallingParty> {
        match peer {
            Peer::Account(account) => {
                let extension = self.directory.extensions.get(&account_number(account)?)?;
                Some(CallingParty::Extension { device: extension.device })
            }
            Peer::Trunk(trunk) => {
                let known = self.directory.trunks.get(trunk)?;
                Some(CallingParty::Trunk { trunk: known.id, party: caller_of_trunk(request) })
            }
            Peer::Unproved => None,
        }
    }

    /// The account or trunk was taken away between its proof and its call, or the network proves nobody.
    fn refuse_unknown(&mut self, invited: &Invited) {
        let reason = Reason::NotAuthenticated;
        let headers = vec![ExtraHeader::reason_q850(reason.q850(), reason.text())];
        self.command(Command::End { session: invited.session, status: status_of(reason), headers });
        self.refused(invited.flow, reason);
    }

    fn location(
        &self,
        flow: Flow,
        binding: Option<&BindingName>,
        trunk: bool,
        streams: &[StreamDescription],
    ) -> MediaLocation {
        let source = flow.peer.ip();
        let registered = binding.is_some_and(|binding| self.is_translated(binding));
        MediaLocation {
            network: flow.network,
            family: AddressFamily::of(source),
            signalling: Some(source),
            translated: !trunk && (registered || stands_behind_translator(streams, source)),
        }
    }

    /// 180 for a caller: it rings, or knocks.
    pub(crate) fn alert_caller(&mut self, leg: &mut Leg, waiting: bool) {
        let headers = if waiting { vec![call_waiting()] } else { Vec::new() };
        self.provisional(leg, 180, None, headers);
    }

    /// 183 for a caller: it hears something, or is told why it soon will.
    pub(crate) fn progress_caller(&mut self, leg: &mut Leg, answer: Option<MediaAnswer>, reason: Option<Reason>) {
        let headers = reason.map(|reason| ExtraHeader::reason_q850(reason.q850(), reason.text())).into_iter().collect();
        self.provisional(leg, 183, answer, headers);
    }

    /// 180 or 183 for a caller (RFC 3261 section 21.1).
    fn provisional(&mut self, leg: &mut Leg, status: u16, answer: Option<MediaAnswer>, mut headers: Vec<ExtraHeader>) {
        if leg.side != Side::Caller || leg.answered {
            return;
        }
        let body = answer.map(|answer| Body::sdp(leg.local.write(&answer.streams)));
        // RFC 3325 section 5: who rings, as far as that was told.
        headers.extend(leg.shown.party.iter().flat_map(|party| identity_headers(party, &leg.host)));
        let answer = Answer { status, phrase: None, headers, body };
        self.command(Command::Respond { session: leg.session, answer });
    }

    /// 200 for a caller. What a 183 answered already is repeated (RFC 3261 section 13.2.1: the 2xx carries the answer).
    pub(crate) fn answer_caller(
        &mut self,
        leg: &mut Leg,
        answer: Option<MediaAnswer>,
        offer: Option<MediaOffer>,
        connected: Party,
    ) {
        if leg.side != Side::Caller || leg.answered {
            return;
        }
        leg.answered = true;
        leg.awaited = if offer.is_some() { Awaited::Answer } else { Awaited::Ack };
        let streams = answer.map(|answer| answer.streams).or(offer.map(|offer| offer.streams));
        let body = match streams {
            Some(streams) => Some(leg.local.write(&streams)),
            None => leg.local.last(),
        };
        let headers = identity_headers(&connected, &leg.host);
        leg.shown.party = Some(connected);
        let answer = Answer { status: 200, phrase: None, headers, body: body.map(Body::sdp) };
        self.command(Command::Respond { session: leg.session, answer });
    }
}

fn trunk_of(caller: &CallingParty) -> Option<TrunkId> {
    match caller {
        CallingParty::Extension { .. } => None,
        CallingParty::Trunk { trunk, .. } => Some(*trunk),
    }
}

/// The hops that a request may still take. Elements of RFC 2543 send no Max-Forwards: they get what RFC 3261 section 8.1.1.6
/// would have them write, and nobody gets more.
fn hops_of(request: &Message) -> u8 {
    request.max_forwards().ok().flatten().map_or(MOST_HOPS, |hops| hops.min(MOST_HOPS))
}
