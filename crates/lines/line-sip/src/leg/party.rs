//! Who the other party is, told within the session: P-Asserted-Identity (RFC 3325 section 5) and the address in From (RFC 4916), in an
//! UPDATE (RFC 3311) or in a re-INVITE that changes nothing else.

use super::{Awaited, Change, Leg, Owed, Side};
use crate::identity::name_address;
use crate::line::LineSip;
use exchange::Party;
use ground::Presentation;
use sip::Method;
use sip::agent::Command;
use sip::dialog::{Body, ExtraHeader};

/// The lines that tell who a party is. A number that must not be shown is told to nobody: the far side only learns that there is one that it
/// is not told (RFC 3323 section 4.2, RFC 3325 section 7).
pub(crate) fn identity_headers(party: &Party, host: &str) -> Vec<ExtraHeader> {
    let number = &party.number;
    match number.presentation {
        Presentation::Allowed if number.digits.is_empty() => Vec::new(),
        Presentation::Allowed => vec![ExtraHeader::new("P-Asserted-Identity", name_address(party, host))],
        Presentation::Restricted => vec![ExtraHeader::new("Privacy", "id")],
        Presentation::Unavailable => Vec::new(),
    }
}

/// True when the far side sees no difference.
fn looks_same(one: &Party, other: &Party) -> bool {
    let hidden = |party: &Party| party.number.presentation == Presentation::Restricted;
    hidden(one) == hidden(other) && name_address(one, "") == name_address(other, "")
}

impl LineSip {
    /// The other party is another one from now on.
    pub(crate) fn update_party(&mut self, leg: &mut Leg, party: Party) {
        if leg.clearing.is_some() {
            return;
        }
        if leg.shown.party.as_ref().is_some_and(|shown| looks_same(shown, &party)) {
            // What waits is older than this.
            leg.shown.next = None;
        } else if leg.side == Side::Caller && !leg.answered {
            // The next response tells it.
            leg.shown.party = Some(party);
        } else {
            leg.shown.next = Some(party);
            self.tell_party(leg);
        }
    }

    /// Tells who waits to be told, when no negotiation runs: an offer of the far side, or of ours, comes first, and its end calls this
    /// again. Only the newest is kept.
    pub(crate) fn tell_party(&mut self, leg: &mut Leg) {
        if leg.shown.next.is_none() || leg.clearing.is_some() || !is_free(leg) {
            return;
        }
        let Some(party) = leg.shown.next.take() else { return };
        let headers = identity_headers(&party, &leg.host);
        let session = leg.session;
        let update = self.agent().allows(session, &Method::Update);
        // Without UPDATE only a re-INVITE with the description that stands can tell; without a description there is none.
        let body = leg.local.last().map(Body::sdp);
        if update || body.is_some() {
            // Carried out when the far side can bear another address in From (RFC 4916 section 4.4).
            let local = name_address(&party, &leg.host).into();
            self.command(Command::Identify { session, local });
        }
        if update {
            let request = self.ask(leg.connection);
            leg.shown.update = Some(request);
            self.command(Command::Update { session, request, headers });
        } else if body.is_some() {
            leg.changes.push(Change::Party);
            self.command(Command::Change { session, body, headers });
        }
        leg.shown.party = Some(party);
    }
}

/// True when nobody owes anybody an answer in this session.
fn is_free(leg: &Leg) -> bool {
    leg.answered
        && leg.owed == Owed::Nothing
        && leg.awaited == Awaited::Nothing
        && leg.changes.is_empty()
        && leg.shown.update.is_none()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ground::Number;

    fn party(number: &str, name: &str, presentation: Presentation) -> Party {
        Party { number: Number { presentation, ..Number::parse(number).unwrap() }, name: name.to_owned() }
    }

    #[test]
    fn a_number_that_must_not_be_shown_is_told_to_nobody() {
        let told = |party: &Party| {
            let lines = identity_headers(party, "192.0.2.1");
            lines.iter().map(|line| format!("{}: {}", line.name, line.value)).collect::<Vec<_>>().join("|")
        };
        let open = told(&party("1003", "Gray", Presentation::Allowed));
        assert_eq!(open, "P-Asserted-Identity: \"Gray\" <sip:1003@192.0.2.1>");
        assert_eq!(told(&party("1003", "Gray", Presentation::Restricted)), "Privacy: id");
        assert_eq!(told(&party("1003", "Gray", Presentation::Unavailable)), "");
        assert_eq!(told(&Party { name: "Gray".to_owned(), ..Party::default() }), "");
    }

    #[test]
    fn what_cannot_be_seen_makes_no_difference() {
        let bell = party("1002", "Bell", Presentation::Allowed);
        let mut screened = bell.clone();
        screened.number.screening = ground::Screening::NetworkProvided;
        assert!(looks_same(&bell, &screened));
        assert!(!looks_same(&bell, &party("1003", "Bell", Presentation::Allowed)));
        assert!(!looks_same(&bell, &party("1002", "Gray", Presentation::Allowed)));
        assert!(!looks_same(&bell, &party("1002", "Bell", Presentation::Restricted)));
        let hidden = |number| party(number, "", Presentation::Restricted);
        assert!(looks_same(&hidden("1002"), &hidden("1003")));
        assert!(!looks_same(&hidden("1002"), &party("1002", "", Presentation::Unavailable)));
    }
}
