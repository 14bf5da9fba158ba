//! REGISTER: from the message to the registrar and back (RFC 3261 section 10.3, RFC 3327 section 5.3).

use super::Agent;
use super::answer::Say;
use super::called::behind_translator;
use super::event::Peer;
use crate::dialog::ExtraHeader;
use crate::header::{HeaderError, HeaderName};
use crate::message::Message;
use crate::registrar::{ContactRequest, Registration, Rejection};
use crate::transaction::{Flow, TransactionId};

impl Agent {
    /// A REGISTER whose sender is known.
    pub(crate) fn register(&mut self, flow: &Flow, request: &Message, peer: Peer, id: TransactionId) {
        let named = request.to().ok().and_then(|to| to.uri().user_unescaped()).map(|user| Box::<str>::from(&*user));
        let aor = match (peer, named) {
            // RFC 3261 section 10.3 steps 4 and 5: only the account itself may register its address of record.
            (Peer::Account(account), Some(aor)) if account == aor => aor,
            (Peer::Unproved, Some(aor)) => aor,
            _ => {
                self.reply(id, flow, request, Say::status(403));
                return;
            }
        };
        let limit = self.accounts.contacts(&aor);
        let Ok(registration) = registration((aor, limit), flow, request) else {
            self.reply(id, flow, request, Say { phrase: Some("Bad Contact"), ..Say::status(400) });
            return;
        };
        match self.registrar.register(self.now, &registration) {
            Ok(changes) => {
                self.registered(flow, request, id, &registration);
                for change in changes {
                    self.report_change(change);
                }
            }
            Err(rejection) => {
                let mut headers = Vec::new();
                match rejection {
                    Rejection::TooBrief { minimum } => {
                        headers.push(ExtraHeader::new("Min-Expires", minimum.to_string()));
                    }
                    Rejection::Full => headers.push(self.retry_after(self.config.limits.retry_after)),
                    _ => {}
                }
                self.reply(id, flow, request, Say { headers: &headers, ..Say::status(rejection.status()) });
            }
        }
    }

    /// The 200 lists every binding of the address of record, RFC 3261 section 10.3 step 8.
    fn registered(&mut self, flow: &Flow, request: &Message, id: TransactionId, registration: &Registration) {
        let now = self.now.moment;
        let mut headers: Vec<ExtraHeader> = self
            .registrar
            .bindings(&registration.aor)
            .into_iter()
            .map(|binding| {
                let mut value = format!("<{}>;expires={}", binding.contact, binding.remaining(now));
                if binding.q < 1000 {
                    value.push_str(&format!(";q=0.{:03}", binding.q));
                }
                if let Some(instance) = &binding.instance {
                    value.push_str(&format!(";+sip.instance=\"<{instance}>\""));
                }
                if let Some(reg_id) = binding.reg_id {
                    value.push_str(&format!(";reg-id={reg_id}"));
                }
                ExtraHeader::new("Contact", value)
            })
            .collect();
        // RFC 3327 section 5.3: the Path goes back to the telephone.
        headers.extend(registration.path.iter().map(|path| ExtraHeader::new("Path", path.clone())));
        headers.push(ExtraHeader::new("Supported", "path"));
        headers.push(ExtraHeader::new("Date", date(self.now.utc)));
        self.reply(id, flow, request, Say { headers: &headers, ..Say::status(200) });
    }
}

/// Reads what the registrar needs.
fn registration(
    (aor, limit): (Box<str>, Option<usize>),
    flow: &Flow,
    request: &Message,
) -> Result<Registration, HeaderError> {
    let all = request.has_contact_wildcard();
    let mut contacts = Vec::new();
    if !all {
        for contact in request.contacts() {
            let contact = contact?;
            contacts.push(ContactRequest {
                uri: contact.uri().as_str().into(),
                q: contact.q(),
                expires: contact.expires(),
                instance: contact.instance().map(Into::into),
                reg_id: contact.reg_id(),
            });
        }
    }
    let mut path = Vec::new();
    for entry in request.paths() {
        entry?;
    }
    let values = request.headers(HeaderName::Path).filter_map(|value| std::str::from_utf8(value).ok());
    path.extend(crate::dialog::record_route_of(values));
    let cseq = request.cseq()?;
    Ok(Registration {
        aor,
        call_id: request.call_id()?.as_str().into(),
        sequence: cseq.number,
        contacts,
        all,
        expires: request.expires()?,
        path,
        flow: *flow,
        nat: behind_translator(flow, request),
        limit,
    })
}

/// SIP-date, RFC 3261 section 20.17: telephones set their clocks by it.
fn date(utc: ground::Utc) -> String {
    const DAYS: [&str; 7] = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"];
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (year, month, day, hour, minute, second) = utc.civil();
    // 1970-01-01 was a Thursday.
    let weekday = utc.as_seconds().div_euclid(86_400).rem_euclid(7) as usize;
    let weekday = DAYS.get(weekday).copied().unwrap_or("Thu");
    let month = MONTHS.get(month.saturating_sub(1) as usize).copied().unwrap_or("Jan");
    format!("{weekday}, {day:02} {month} {year:04} {hour:02}:{minute:02}:{second:02} GMT")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_date_is_written_as_the_standard_shows_it() {
        assert_eq!(date(ground::Utc::from_seconds(1_289_689_740)), "Sat, 13 Nov 2010 23:09:00 GMT");
        assert_eq!(date(ground::Utc::from_seconds(0)), "Thu, 01 Jan 1970 00:00:00 GMT");
    }
}
