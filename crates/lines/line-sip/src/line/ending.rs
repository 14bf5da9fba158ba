//! The end of a session, whoever ends it.

use super::LineSip;
use crate::leg::{Leg, Side};
use crate::reference::redirected_to;
use crate::status::{reason_in, reason_of, status_of};
use exchange::Report;
use ground::Reason;
use sip::Message;
use sip::agent::{Command, EndCause, SessionId};
use sip::dialog::ExtraHeader;

impl LineSip {
    /// Ends a session in the way that its state asks for, and says why.
    pub(crate) fn end(&mut self, leg: &mut Leg, reason: Reason) {
        if leg.clearing.is_some() {
            return;
        }
        leg.clearing = Some(reason);
        let mut headers = Vec::new();
        if reason == Reason::AnsweredElsewhere {
            // RFC 3326 section 3.1: the telephone then shows no missed call.
            headers.push(ExtraHeader::reason_sip(200, "Call completed elsewhere"));
        } else {
            headers.push(ExtraHeader::reason_q850(reason.q850(), reason.text()));
        }
        let status = status_of(reason);
        if status == 503 {
            headers.push(ExtraHeader::new("Retry-After", "10"));
        }
        self.command(Command::End { session: leg.session, status, headers });
    }

    pub(super) fn ended(&mut self, session: SessionId, cause: EndCause, message: Option<&Message>) {
        let Some(connection) = self.by_session.remove(&session) else { return };
        let Some(leg) = self.legs.remove(&connection) else { return };
        self.questions.retain(|_, asked| *asked != connection);
        self.snapshots.touch(connection, false);
        let told = message.and_then(reason_in);
        let mut reason = leg.clearing.unwrap_or_else(|| end_reason(&leg, cause, told));
        if let (EndCause::Refused(300..400), None, Some(response)) = (cause, leg.clearing, message) {
            let numbers = redirected_to(response, |host| self.is_ours(host));
            if !numbers.is_empty() {
                reason = Reason::Redirected;
                self.report(connection, Report::Redirected(numbers));
            }
        }
        self.report(connection, Report::Cleared(reason));
    }
}

/// Why a session ended that nobody ordered to end.
fn end_reason(leg: &Leg, cause: EndCause, told: Option<Reason>) -> Reason {
    match cause {
        EndCause::RemoteBye => told.unwrap_or(Reason::NormalClearing),
        EndCause::RemoteCancel => Reason::Abandoned,
        EndCause::Ordered => Reason::NormalClearing,
        // Some gateways write cause 16 into every message: a refusal is none.
        EndCause::Refused(status) => {
            told.filter(|reason| *reason != Reason::NormalClearing).unwrap_or_else(|| reason_of(status))
        }
        EndCause::NoResponse if leg.terminal.is_none() && leg.side == Side::Called => Reason::TrunkUnreachable,
        EndCause::NoResponse => Reason::NoUserResponding,
        EndCause::RingTimeout => Reason::NoAnswer,
        EndCause::NoAck | EndCause::NoAnswerGiven => Reason::ProtocolTimeout,
        EndCause::DialogGone(_) => Reason::MediaLost,
        EndCause::TransportFailed => Reason::TransportFailure,
        EndCause::Overload => Reason::Overload,
        EndCause::Invalid => Reason::InternalError,
    }
}
