//! A telephone or trunk that is called: from our INVITE to its answer.

use super::{Leg, Owed, Side, described, seeded};
use crate::identity::{name_address, user_of};
use crate::line::LineSip;
use crate::media::description_in;
use directory::TrunkTransport;
use exchange::{AnsweredMedia, OfferTarget, OfferedCall, Party, Report, TerminalId};
use ground::{ConnectionId, Presentation, Reason, TrunkId};
use media_plan::{MediaAnswer, MediaOffer};
use sip::agent::{Addressing, Command, Invite, SessionId};
use sip::dialog::{BindingName, Body, ExtraHeader};
use sip::transaction::Destination;
use sip::{Message, Transport};
use std::hash::Hasher;

/// Where an INVITE goes and how it is addressed there.
struct Way {
    to: Destination,
    target: Box<str>,
    routes: Vec<Box<str>>,
    binding: Option<BindingName>,
    pinned: bool,
}

impl LineSip {
    /// The exchange offers a call.
    pub(crate) fn offer(&mut self, connection: ConnectionId, call: &OfferedCall) {
        let way = match &call.target {
            OfferTarget::Terminal { terminal, .. } => self.way_to_terminal(*terminal).ok_or(Reason::SubscriberAbsent),
            OfferTarget::Trunk(trunk) => self.way_to_trunk(*trunk, call).ok_or(Reason::TrunkUnreachable),
            OfferTarget::Service(_) => Err(Reason::InternalError),
        };
        let way = match way {
            Ok(way) => way,
            Err(reason) => return self.report(connection, Report::Cleared(reason)),
        };
        let session = self.next_session();
        let host = self.config.host(way.to.network(), way.to.peer().ip()).to_owned();
        let mut leg = Leg::new(connection, session, Side::Called, &host);
        match call.target {
            OfferTarget::Terminal { terminal, .. } => leg.terminal = Some(terminal),
            OfferTarget::Trunk(trunk) => leg.trunk = Some(trunk),
            OfferTarget::Service(_) => {}
        }
        leg.shown.party = Some(call.caller.clone());
        let body = call.media.as_ref().map(|offer| Body::sdp(leg.local.write(&offer.streams)));
        self.add_leg(leg);
        let network = way.to.network();
        let mut invite = invite(session, way, call, &host, body);
        let by = call.referred_by.as_ref();
        invite.headers.extend(by.and_then(|party| self.referred_by(&party.number, network)));
        self.command(Command::Invite(Box::new(invite)));
    }

    fn way_to_terminal(&self, terminal: TerminalId) -> Option<Way> {
        let binding = self.binding_of(terminal)?;
        // Its connection is gone and it has not come back yet (RFC 5626 section 5.3.1: flow failed).
        self.agent().registrar().binding(&binding.name).filter(|known| known.live)?;
        Some(Way {
            to: Destination::Flow(binding.flow),
            target: binding.contact.clone(),
            routes: binding.path.clone(),
            binding: Some(binding.name.clone()),
            pinned: true,
        })
    }

    fn way_to_trunk(&self, trunk: TrunkId, call: &OfferedCall) -> Option<Way> {
        let trunk = self.directory.trunks.get(&trunk)?;
        let (transport, parameter) = match trunk.transport {
            TrunkTransport::Udp => (Transport::Udp, ""),
            TrunkTransport::Tcp => (Transport::Tcp, ";transport=tcp"),
            TrunkTransport::Tls => (Transport::Tls, ";transport=tls"),
        };
        let to = Destination::Address { transport, network: trunk.network, address: trunk.address };
        let target = format!("sip:{}@{}{parameter}", user_of(&call.called), trunk.address).into();
        Some(Way { to, target, routes: Vec::new(), binding: None, pinned: false })
    }

    /// 100 Trying: the first sign of life (RFC 3261 section 21.1.1).
    pub(crate) fn tried(&mut self, leg: &Leg) {
        if leg.clearing.is_none() && !leg.answered {
            self.report(leg.connection, Report::Offered);
        }
    }

    /// A provisional response to our INVITE (RFC 3261 section 21.1): 180 rings, a description in any of them is early media.
    pub(crate) fn progressed(&mut self, leg: &mut Leg, fork: &str, response: &Message) {
        if leg.clearing.is_some() || leg.answered {
            return;
        }
        let early = described(response);
        let status = response.status().map_or(0, |status| status.0);
        match early {
            // The first fork with media is heard; what the others say before the answer is not.
            Ok(Some(streams)) if leg.early.is_none() => {
                leg.early = Some((fork.into(), mark(description_in(response).unwrap_or_default())));
                self.report(leg.connection, Report::Progress { media: Some(MediaAnswer { streams }) });
                // Its own tone comes in that media; the telephone rings all the same.
                if status == 180 {
                    self.report(leg.connection, Report::Alerting);
                }
            }
            _ if status == 180 => self.report(leg.connection, Report::Alerting),
            _ => self.report(leg.connection, Report::Progress { media: None }),
        }
    }

    /// The 2xx to our INVITE.
    pub(crate) fn answered(&mut self, leg: &mut Leg, fork: &str, response: &Message, owes_ack: bool) {
        leg.answered = true;
        if leg.clearing.is_some() {
            return;
        }
        let known = leg.early.as_ref().is_some_and(|(early, last)| {
            **early == *fork && *last == mark(description_in(response).unwrap_or_default())
        });
        let same_fork = leg.early.as_ref().is_some_and(|(early, _)| **early == *fork);
        let media = match described(response) {
            Ok(Some(streams)) if owes_ack => {
                leg.owed = Owed::AnswerInAck;
                Some(AnsweredMedia::Offer(MediaOffer { streams }))
            }
            Ok(Some(_)) if known => Some(AnsweredMedia::AsAgreed),
            Ok(Some(streams)) => Some(AnsweredMedia::Answer(MediaAnswer { streams })),
            Ok(None) if same_fork && !owes_ack => Some(AnsweredMedia::AsAgreed),
            _ => None,
        };
        match media {
            Some(media) => self.report(leg.connection, Report::Answered { media, connected: None }),
            // RFC 3261 section 13.2.1: a 2xx without the answer it owes. The call cannot be heard, so it ends.
            None => self.end(leg, Reason::MediaNotUnderstood),
        }
    }
}

fn invite(session: SessionId, way: Way, call: &OfferedCall, host: &str, body: Option<Body>) -> Invite {
    let called = Party { number: call.called, name: String::new() };
    // RFC 7332 section 4: what comes back to us over a trunk has one hop less each time.
    let mut headers = vec![ExtraHeader::new("Max-Forwards", call.hops.to_string())];
    if call.caller.number.presentation == Presentation::Restricted {
        headers.push(ExtraHeader::new("Privacy", "id"));
    }
    if call.waiting {
        headers.push(call_waiting());
    }
    let address = Addressing {
        target: way.target,
        routes: way.routes,
        from: name_address(&call.caller, host).into(),
        to: name_address(&called, host).into(),
        contact_user: if call.caller.number.presentation == Presentation::Allowed {
            user_of(&call.caller.number).into()
        } else {
            "anonymous".into()
        },
    };
    let (to, binding, pinned) = (way.to, way.binding, way.pinned);
    Invite { session, to, address, headers, body, credentials: None, binding, pinned }
}

/// The call knocks: the called party is talking to somebody else (RFC 7462 section 4.2.1).
pub(super) fn call_waiting() -> ExtraHeader {
    ExtraHeader::new("Alert-Info", "<urn:alert:service:call-waiting>")
}

/// A mark by which a repeated description is known.
fn mark(body: &[u8]) -> u64 {
    let mut hasher = seeded();
    hasher.write(body);
    hasher.finish()
}
