//! A telephone or trunk that calls: from its INVITE to the answer.

use super::{Leg, Side, described};
use crate::identity::{account_number, called_number, caller_of_trunk};
use crate::line::LineSip;
use crate::media::stands_behind_translator;
use crate::status::status_of;
use exchange::{CallingParty, LineKind, MediaLocation, Report, Seizure};
use ground::Reason;
use media_plan::{AddressFamily, MediaAnswer, MediaOffer, StreamDescription};
use sip::Message;
use sip::agent::{Answer, Command, Invited, Peer};
use sip::dialog::{Body, ExtraHeader};

/// What RFC 3261 section 8.1.1.6 recommends.
const MOST_HOPS: u8 = 70;

impl LineSip {
    /// An INVITE that begins a session, past authentication.
    pub(crate) fn invited(&mut self, invited: &Invited) {
        let Some((caller, trunk)) = self.calling_party(invited) else {
            self.refuse_unknown(invited);
            return;
        };
        let connection = self.identifiers.connection();
        self.add_leg(Leg::new(connection, invited.session, Side::Caller));
        let called = called_number(&invited.request);
        let offer = described(&invited.request);
        let streams = offer.as_ref().ok().and_then(Option::as_deref).unwrap_or_default();
        let location = self.location(invited, trunk, streams);
        let media = offer.clone().ok().flatten().map(|streams| MediaOffer { streams });
        let dialled = called.unwrap_or_default();
        let hops = hops_of(&invited.request);
        let seizure =
            Seizure { line: LineKind::Sip, caller, dialled, overlap: false, media, location, hops, replaces: None };
        let fault = match (&offer, called) {
            (Err(reason), _) => Some(*reason),
            (_, None) => Some(Reason::InvalidNumber),
            _ => None,
        };
        let report = match fault {
            Some(reason) => Report::Unacceptable(Box::new(seizure), reason),
            None => Report::Seized(Box::new(seizure)),
        };
        self.report(connection, report);
    }

    fn calling_party(&self, invited: &Invited) -> Option<(CallingParty, bool)> {
        match &invited.peer {
            Peer::Account(account) => {
                let extension = self.directory.extensions.get(&account_number(account)?)?;
                Some((CallingParty::Extension { device: extension.device }, false))
            }
            Peer::Trunk(trunk) => {
                let known = self.directory.trunks.get(trunk)?;
                let party = caller_of_trunk(&invited.request);
                Some((CallingParty::Trunk { trunk: known.id, party }, true))
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

    fn location(&self, invited: &Invited, trunk: bool, streams: &[StreamDescription]) -> MediaLocation {
        let source = invited.flow.peer.ip();
        let registered = invited.binding.as_ref().is_some_and(|binding| self.is_translated(binding));
        MediaLocation {
            network: invited.flow.network,
            family: AddressFamily::of(source),
            signalling: Some(source),
            translated: !trunk && (registered || stands_behind_translator(streams, source)),
        }
    }

    /// 180 or 183 for a caller (RFC 3261 section 21.1).
    pub(crate) fn provisional(
        &mut self,
        leg: &mut Leg,
        status: u16,
        answer: Option<MediaAnswer>,
        reason: Option<Reason>,
    ) {
        if leg.side != Side::Caller || leg.answered {
            return;
        }
        let body = answer.map(|answer| Body::sdp(leg.local.write(&answer.streams)));
        let headers = reason.map(|reason| ExtraHeader::reason_q850(reason.q850(), reason.text())).into_iter().collect();
        let answer = Answer { status, phrase: None, headers, body };
        self.command(Command::Respond { session: leg.session, answer });
    }

    /// 200 for a caller. What a 183 answered already is repeated (RFC 3261 section 13.2.1: the 2xx carries the answer).
    pub(crate) fn answer_caller(&mut self, leg: &mut Leg, answer: Option<MediaAnswer>, offer: Option<MediaOffer>) {
        if leg.side != Side::Caller || leg.answered {
            return;
        }
        leg.answered = true;
        leg.answer_in_ack = offer.is_some();
        let streams = answer.map(|answer| answer.streams).or(offer.map(|offer| offer.streams));
        let body = match streams {
            Some(streams) => Some(leg.local.write(&streams)),
            None => leg.local.last(),
        };
        let answer = Answer { status: 200, phrase: None, headers: Vec::new(), body: body.map(Body::sdp) };
        self.command(Command::Respond { session: leg.session, answer });
    }
}

/// The hops that a request may still take. Elements of RFC 2543 send no Max-Forwards: they get what RFC 3261 section 8.1.1.6
/// would have them write, and nobody gets more.
fn hops_of(request: &Message) -> u8 {
    request.max_forwards().ok().flatten().map_or(MOST_HOPS, |hops| hops.min(MOST_HOPS))
}
