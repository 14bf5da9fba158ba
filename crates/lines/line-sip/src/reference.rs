//! Where other people's messages send a call: the target of a REFER (RFC 3515 section 2.1) and the contacts of a redirection (RFC 3261
//! section 21.3) as numbers of this exchange.

use crate::identity::number_in;
use ground::{Number, Reason};
use sip::Message;
use sip::agent::redirect_targets;
use sip::uri::{Host, UriRef};

/// Why an address is nothing that this exchange calls.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ReferenceFault {
    /// It cannot be read.
    Malformed,
    /// Neither a SIP nor a telephone address, or another method than INVITE is asked for (RFC 3515 section 2.1).
    Unsupported,
    /// It leads to a host that is none of ours.
    Foreign,
    /// Its user part is no number.
    NoNumber,
}

impl ReferenceFault {
    /// The reason that the refusal tells.
    pub(crate) fn reason(self) -> Reason {
        match self {
            ReferenceFault::Malformed => Reason::ProtocolError,
            ReferenceFault::Unsupported => Reason::NotImplemented,
            ReferenceFault::Foreign => Reason::NotAuthorized,
            ReferenceFault::NoNumber => Reason::InvalidNumber,
        }
    }
}

/// The number that an address calls, by the rules of an INVITE's Request-URI. `is_ours` knows the hosts whose numbers are ours to call.
pub(crate) fn number_at(address: &str, is_ours: impl Fn(&Host<'_>) -> bool) -> Result<Number, ReferenceFault> {
    let uri = UriRef::parse(address.as_bytes()).map_err(|_| ReferenceFault::Malformed)?;
    let another_method = uri.param("method").is_some_and(|method| !method.eq_ignore_ascii_case("INVITE"));
    if another_method || (!uri.is_sip() && uri.telephone_number().is_none()) {
        return Err(ReferenceFault::Unsupported);
    }
    // A telephone number belongs to no host.
    if uri.is_sip() && !uri.host().is_some_and(|host| is_ours(&host)) {
        return Err(ReferenceFault::Foreign);
    }
    number_in(&uri).ok_or(ReferenceFault::NoNumber)
}

/// The numbers that a redirection names, the most preferred first (RFC 3261 section 8.1.3.4). Targets that lead elsewhere, and those that
/// are no numbers, are passed over. 305 names a proxy and 380 another service: neither is a number to call instead.
pub(crate) fn redirected_to(response: &Message, is_ours: impl Fn(&Host<'_>) -> bool) -> Vec<Number> {
    let mut numbers: Vec<Number> = Vec::new();
    if !matches!(response.status().map(|status| status.code()), Some(300..=302)) {
        return numbers;
    }
    for target in redirect_targets(response) {
        match number_at(&target, &is_ours) {
            Ok(number) if !numbers.contains(&number) => numbers.push(number),
            _ => {}
        }
    }
    numbers
}

#[cfg(test)]
mod tests;
