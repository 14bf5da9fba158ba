//! A REFER that came in: judged, told to the owner, accepted or refused (RFC 3515 section 2.4.2, RFC 4488).

use super::Agent;
use super::answer::Say;
use super::calling::contact_uri;
use super::command::{ReferId, SessionId};
use super::event::{Event, Referred, ReplacedDialog};
use super::reference::{Refusal, reference};
use super::referral::{Asked, Heading, Progress, Referral};
use super::replaces::Named;
use super::session::{AgentTimer, Phase, Session};
use crate::dialog::ExtraHeader;
use crate::header::{DialogName, HeaderName};
use crate::message::Message;
use crate::transaction::{Destination, Flow, TransactionId};

impl Agent {
    /// A REFER inside a dialog.
    pub(crate) fn refer_received(&mut self, session: &mut Session, id: TransactionId, flow: &Flow, request: Message) {
        if session.ending.is_some() || matches!(session.phase, Phase::Leaving(_)) {
            self.reply(id, flow, &request, Say::tagged(481, &session.local_tag));
            return;
        }
        if session.referrals.count(Heading::In) >= self.config.limits.referrals {
            self.busy_with_another(id, flow, &request);
            return;
        }
        match self.judged(session, &request) {
            Ok(referred) => self.ask(session, (id, *flow), referred),
            Err(refusal) => self.refuse_refer_as(id, flow, &request, &session.local_tag, refusal),
        }
    }

    /// RFC 3515 section 2.4.2 leaves a REFER outside of a dialog to policy: calls are referred by those who are in one.
    pub(crate) fn refer_of_a_stranger(&mut self, flow: &Flow, request: &Message) {
        let headers = [ExtraHeader::reason_sip(403, "REFER outside of a call")];
        self.reply_stateless(flow, request, Say { headers: &headers, ..Say::status(403) });
    }

    fn refuse_refer_as(&mut self, id: TransactionId, flow: &Flow, request: &Message, tag: &str, refusal: Refusal) {
        let headers = [ExtraHeader::reason_sip(refusal.status, refusal.text)];
        self.reply(id, flow, request, Say { headers: &headers, ..Say::tagged(refusal.status, tag) });
    }

    /// What the owner is told of it, or why it is refused.
    fn judged(&self, session: &Session, request: &Message) -> Result<Referred, Refusal> {
        if !matches!(session.phase, Phase::Confirmed(_)) {
            return Err(Refusal { status: 403, text: "the call is not answered" });
        }
        let reference = reference(request)?;
        let replaces = match &reference.replaces {
            None => ReplacedDialog::None,
            Some(value) => match DialogName::parse(HeaderName::Replaces, value.as_bytes()) {
                Ok(name) if session.dialog().is_some_and(|own| own.is(name.call_id, name.to_tag, name.from_tag)) => {
                    return Err(Refusal { status: 400, text: "a call cannot replace itself" });
                }
                Ok(name) => match self.named(&name) {
                    Named::Called(id) | Named::Calling(id) | Named::Confirmed(id) => ReplacedDialog::Session(id),
                    Named::Unknown | Named::Over => ReplacedDialog::Unknown(value.as_ref().into()),
                },
                Err(_) => return Err(Refusal { status: 400, text: "Replaces in Refer-To cannot be read" }),
            },
        };
        let sequence = request.cseq().map_or(0, |cseq| cseq.number);
        Ok(Referred {
            session: session.id,
            refer: ReferId(sequence),
            target: reference.target.into(),
            replaces,
            referred_by: request.header_text(HeaderName::ReferredBy).map(Into::into),
            silent: wants_no_reports(request),
            message: request.clone(),
        })
    }

    fn ask(&mut self, session: &mut Session, (transaction, flow): (TransactionId, Flow), referred: Referred) {
        let asked = Asked { transaction, flow, request: referred.message.clone(), silent: referred.silent };
        let until = self.now.moment + self.config.waits.order;
        let progress = Progress::Asked(Box::new(asked));
        session.referrals.add(Referral { refer: referred.refer, heading: Heading::In, progress, until });
        self.timers.set(AgentTimer::Refer(session.id, Heading::In, referred.refer), until);
        self.report(Event::Referred(Box::new(referred)));
    }

    /// Carries out [`super::Command::AcceptRefer`].
    pub(crate) fn accept_refer(&mut self, session: &mut Session, refer: ReferId) {
        let Some(asked) = take_asked(session, refer) else { return };
        // RFC 5057 section 5.2: REFER refreshes the target.
        if let Some(dialog) = session.dialog_mut() {
            dialog.refresh_target(contact_uri(&asked.request));
        }
        let secure = session.dialog().is_some_and(|dialog| dialog.secure);
        let contact = self.contact(&session.contact_user, &Destination::Flow(asked.flow), secure);
        let silent = [ExtraHeader::new(HeaderName::ReferSub.as_str(), "false")];
        let headers: &[ExtraHeader] = if asked.silent { &silent } else { &[] };
        let say = Say { contact: contact.as_deref(), headers, ..Say::tagged(202, &session.local_tag) };
        self.reply(asked.transaction, &asked.flow, &asked.request, say);
        if asked.silent {
            self.stop_refer(session.id, Heading::In, refer);
            return;
        }
        let until = self.now.moment + self.config.waits.referral;
        self.timers.set(AgentTimer::Refer(session.id, Heading::In, refer), until);
        let progress = Progress::Telling { told: 100, done: false, out: None, next: None };
        session.referrals.add(Referral { refer, heading: Heading::In, progress, until });
        self.tell(session, refer, 100, false);
    }

    /// Carries out [`super::Command::RefuseRefer`].
    pub(crate) fn refuse_refer(&mut self, session: &mut Session, refer: ReferId, status: u16, headers: &[ExtraHeader]) {
        let Some(asked) = take_asked(session, refer) else { return };
        self.stop_refer(session.id, Heading::In, refer);
        session.mark();
        let status = if (300..700).contains(&status) { status } else { 603 };
        let say = Say { headers, ..Say::tagged(status, &session.local_tag) };
        self.reply(asked.transaction, &asked.flow, &asked.request, say);
    }

    pub(crate) fn stop_refer(&mut self, session: SessionId, heading: Heading, refer: ReferId) {
        self.timers.cancel(&AgentTimer::Refer(session, heading, refer));
    }
}

/// Takes a REFER out that waits for the owner's answer.
fn take_asked(session: &mut Session, refer: ReferId) -> Option<Asked> {
    let waits = session.referrals.get(refer, Heading::In).is_some_and(|r| matches!(r.progress, Progress::Asked(_)));
    let taken = if waits { session.referrals.take(refer, Heading::In) } else { None };
    match taken?.progress {
        Progress::Asked(asked) => Some(*asked),
        Progress::Telling { .. } | Progress::Listening { .. } => None,
    }
}

/// `Refer-Sub: false`, RFC 4488 section 4.
pub(crate) fn wants_no_reports(message: &Message) -> bool {
    let value = message.header_text(HeaderName::ReferSub).unwrap_or_default();
    value.split(';').next().unwrap_or_default().trim().eq_ignore_ascii_case("false")
}
