//! Transfers by REFER (RFC 3515, RFC 5589): those that the far side asks for are judged by the exchange, and those that the exchange
//! asks the far side for are awaited.

use super::Leg;
use crate::identity::user_of;
use crate::line::LineSip;
use crate::reference::number_at;
use crate::status::{reason_of, status_of};
use exchange::{Report, TransferProgress, TransferTarget};
use ground::{NetworkId, Number, Presentation, Reason};
use serde::{Deserialize, Serialize};
use sip::Message;
use sip::agent::{Command, Refer, ReferId, Referred, ReplacedDialog};
use sip::dialog::ExtraHeader;
use sip::header::{HeaderName, NameAddr};
use sip::uri::Host;

/// A REFER that came in, from its report to the exchange until the exchange's last word.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub(crate) struct Referral {
    refer: ReferId,
    /// It has its 202, and hears how the transfer goes on.
    accepted: bool,
    /// Nobody listens any more; the exchange is still at it.
    closed: bool,
}

impl LineSip {
    /// A REFER came in.
    pub(crate) fn referred(&mut self, referred: &Referred) {
        let known = self.with_session(referred.session, |line, leg| line.transfer_requested(leg, referred));
        if !known {
            self.refuse_refer(referred, 481, Reason::NoSuchConnection);
        }
    }

    fn transfer_requested(&mut self, leg: &mut Leg, referred: &Referred) {
        if leg.clearing.is_some() {
            return self.refuse_refer(referred, 481, Reason::NoSuchConnection);
        }
        if let Some(open) = &mut leg.referral {
            // The same once more, after a restart that its answer did not survive.
            if open.refer == referred.refer && !open.accepted {
                open.closed = false;
                return;
            }
            // RFC 3261 section 21.4.27: one transfer of a connection at a time.
            return self.refuse_refer(referred, 491, Reason::TemporaryFailure);
        }
        let may = leg.trunk.is_none_or(|trunk| self.directory.trunks.get(&trunk).is_some_and(|one| one.may_transfer));
        if !may {
            return self.refuse_refer(referred, 403, Reason::NotAuthorized);
        }
        match self.transfer_target(leg, referred) {
            Ok(target) => {
                leg.referral = Some(Referral { refer: referred.refer, accepted: false, closed: false });
                self.report(leg.connection, Report::TransferRequested(target));
            }
            Err(reason) => self.transfer_leads_nowhere(referred, reason),
        }
    }

    fn transfer_target(&self, leg: &Leg, referred: &Referred) -> Result<TransferTarget, Reason> {
        match &referred.replaces {
            // The address beside it is the far end's Contact as the telephone knows it: the dialog says everything.
            ReplacedDialog::Session(session) => match self.connection_of(*session) {
                Some(other) if other != leg.connection => Ok(TransferTarget::Connection(other)),
                // Nobody is transferred to the end that asks for it.
                Some(_) => Err(Reason::ProtocolError),
                None => Err(Reason::NoSuchConnection),
            },
            ReplacedDialog::Unknown(_) => Err(Reason::NoSuchConnection),
            ReplacedDialog::None => {
                let ours = |host: &Host<'_>| self.is_ours(host) || names_itself(&referred.message, host);
                let number = number_at(&referred.target, ours).map_err(|fault| fault.reason())?;
                Ok(TransferTarget::Number(number))
            }
        }
    }

    /// What is wrong with the REFER itself refuses it. A target that is not there is told by the one report that follows the 202: within a
    /// dialog 404 and 481 would mean that the call itself is gone (RFC 5057 section 5.1).
    fn transfer_leads_nowhere(&mut self, referred: &Referred, reason: Reason) {
        match reason {
            Reason::NoSuchConnection | Reason::InvalidNumber if !referred.silent => {
                self.counters.refused_transfers += 1;
                let (session, refer) = (referred.session, referred.refer);
                self.command(Command::AcceptRefer { session, refer });
                self.command(Command::NotifyRefer { session, refer, status: status_of(reason), done: true });
            }
            Reason::NotAuthorized => self.refuse_refer(referred, 403, reason),
            _ => self.refuse_refer(referred, 400, reason),
        }
    }

    fn refuse_refer(&mut self, referred: &Referred, status: u16, reason: Reason) {
        self.counters.refused_transfers += 1;
        let headers = vec![ExtraHeader::reason_q850(reason.q850(), reason.text())];
        let (session, refer) = (referred.session, referred.refer);
        self.command(Command::RefuseRefer { session, refer, status, headers });
    }

    /// The exchange tells how the transfer goes on.
    pub(crate) fn transfer(&mut self, leg: &mut Leg, progress: TransferProgress) {
        let Some(mut open) = leg.referral.take() else { return };
        let (session, refer) = (leg.session, open.refer);
        let (status, done) = match progress {
            TransferProgress::Trying => (100, false),
            TransferProgress::Ringing => (180, false),
            TransferProgress::Done => (200, true),
            TransferProgress::Failed(reason) => (status_of(reason), true),
        };
        if !open.closed {
            if let (false, TransferProgress::Failed(Reason::NotAuthorized)) = (open.accepted, progress) {
                let reason = Reason::NotAuthorized;
                let headers = vec![ExtraHeader::reason_q850(reason.q850(), reason.text())];
                return self.command(Command::RefuseRefer { session, refer, status, headers });
            }
            // The 202 brings `100 Trying` with it (RFC 3515 section 2.4.4).
            if !std::mem::replace(&mut open.accepted, true) {
                self.command(Command::AcceptRefer { session, refer });
            }
            if status > 100 {
                self.command(Command::NotifyRefer { session, refer, status, done });
            }
        }
        if !done {
            leg.referral = Some(open);
        }
    }

    /// Nobody wants to hear how a transfer goes on.
    pub(crate) fn refer_closed(&mut self, leg: &mut Leg, refer: ReferId) {
        if let Some(open) = leg.referral.as_mut().filter(|open| open.refer == refer) {
            open.closed = true;
        }
    }

    /// The exchange asks the far side to transfer itself.
    pub(crate) fn refer(&mut self, leg: &mut Leg, target: TransferTarget, by: Number) {
        if leg.referring.is_some() || leg.clearing.is_some() {
            return self.report(leg.connection, Report::Transferred(Err(Reason::TemporaryFailure)));
        }
        let (refer_to, replaces) = match target {
            TransferTarget::Number(number) => (self.address_on(leg, number), None),
            TransferTarget::Connection(other) => (None, self.session_of(other)),
        };
        if refer_to.is_none() && replaces.is_none() {
            return self.report(leg.connection, Report::Transferred(Err(Reason::NoSuchConnection)));
        }
        let request = self.ask(leg.connection);
        leg.referring = Some(request);
        let network = leg.trunk.and_then(|trunk| self.directory.trunks.get(&trunk)).map(|trunk| trunk.network);
        let headers = network.and_then(|network| self.referred_by(&by, network)).into_iter().collect();
        let refer = Refer { session: leg.session, request, refer_to, replaces, headers };
        self.command(Command::Refer(Box::new(refer)));
    }

    /// Who refers (RFC 3892 section 3), as far as the far side may know.
    pub(crate) fn referred_by(&self, by: &Number, network: NetworkId) -> Option<ExtraHeader> {
        if by.digits.is_empty() || by.presentation != Presentation::Allowed {
            return None;
        }
        let realm = &self.config.agent.networks.iter().find(|known| known.id == network)?.realm;
        // A realm may be any text, and this is to be the host of an address.
        Host::parse(realm.as_bytes())?;
        Some(ExtraHeader::new("Referred-By", format!("<sip:{}@{realm}>", user_of(by))))
    }

    /// The address of a number at the far side of a connection: of its trunk, or ours.
    fn address_on(&self, leg: &Leg, number: Number) -> Option<Box<str>> {
        let user = user_of(&number);
        match leg.trunk {
            Some(trunk) => Some(format!("sip:{user}@{}", self.directory.trunks.get(&trunk)?.address).into()),
            None => Some(format!("sip:{user}@{}", leg.host).into()),
        }
    }

    /// The far side tells how our REFER goes on; the last word counts.
    pub(crate) fn refer_progressed(&mut self, leg: &mut Leg, status: u16) {
        leg.referring = None;
        let result = if (200..300).contains(&status) { Ok(()) } else { Err(reason_of(status)) };
        self.report(leg.connection, Report::Transferred(result));
    }
}

/// True for the host under which whoever asks names itself: a telephone that knows the exchange by a name of the site's own says the
/// same name in its own address (RFC 3892 section 3, RFC 3261 section 20.20).
fn names_itself(request: &Message, host: &Host<'_>) -> bool {
    let by = request.header(HeaderName::ReferredBy);
    let by = by.and_then(|value| NameAddr::parse(HeaderName::ReferredBy, value).ok());
    let own = [by, request.from().ok()].into_iter().flatten();
    own.filter_map(|address| address.uri().host()).any(|own| own.equivalent(host))
}
