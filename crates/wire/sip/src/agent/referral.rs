//! The REFERs of a session that are not over, in both directions, and the timers of their subscriptions (RFC 3515 section 2.4.4).

use super::command::{ReferId, RequestId};
use crate::message::Message;
use crate::transaction::{Flow, TransactionId};
use ground::Moment;

/// Which way a REFER went. The two sides of a dialog count their requests apart, so a number alone does not name a REFER.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Heading {
    /// It came in: we report.
    In,
    /// It is ours: we are told.
    Out,
}

/// How far a REFER is.
#[derive(Debug)]
pub(crate) enum Progress {
    /// It came in and the owner owes an answer.
    Asked(Box<Asked>),
    /// It was accepted: we report.
    Telling {
        /// The last status on the wire.
        told: u16,
        /// It was the last report.
        done: bool,
        /// The NOTIFY that is out and has no answer: its CSeq number.
        out: Option<u32>,
        /// The report that waits for that answer, and whether it is the last.
        next: Option<(u16, bool)>,
    },
    /// It is ours.
    Listening {
        /// The order.
        request: RequestId,
        /// The last status that came.
        heard: u16,
        /// The owner was told that it is done; the subscription goes on until the other side ends it.
        done: bool,
    },
}

/// A REFER that came in and is not answered.
#[derive(Debug)]
pub(crate) struct Asked {
    pub transaction: TransactionId,
    pub flow: Flow,
    pub request: Message,
    pub silent: bool,
}

/// One REFER.
#[derive(Debug)]
pub(crate) struct Referral {
    pub refer: ReferId,
    pub heading: Heading,
    pub progress: Progress,
    /// When its wait, or its subscription, runs out.
    pub until: Moment,
}

/// The REFERs of one session.
#[derive(Debug, Default)]
pub(crate) struct Referrals {
    pub list: Vec<Referral>,
    /// The number of the first REFER that came in, and of the first that was sent: their subscriptions may go without `id`
    /// (RFC 3515 section 2.4.6).
    pub first: [Option<ReferId>; 2],
}

impl Referrals {
    /// How many of this heading are not over.
    pub fn count(&self, heading: Heading) -> usize {
        self.list.iter().filter(|referral| referral.heading == heading).count()
    }

    /// The first REFER of this heading that the dialog saw.
    pub fn first(&self, heading: Heading) -> Option<ReferId> {
        let [came, sent] = self.first;
        if heading == Heading::In { came } else { sent }
    }

    /// Adds a REFER.
    pub fn add(&mut self, referral: Referral) {
        let [came, sent] = &mut self.first;
        let first = if referral.heading == Heading::In { came } else { sent };
        first.get_or_insert(referral.refer);
        self.list.push(referral);
    }

    /// The REFER of this number.
    pub fn get(&mut self, refer: ReferId, heading: Heading) -> Option<&mut Referral> {
        self.list.iter_mut().find(|referral| referral.refer == refer && referral.heading == heading)
    }

    /// A REFER of ours is sent again under another number: the old one counts for nothing.
    pub fn withdraw(&mut self, refer: ReferId) {
        self.take(refer, Heading::Out);
        let [_, sent] = &mut self.first;
        if *sent == Some(refer) {
            *sent = None;
        }
    }

    /// Takes the REFER of this number out.
    pub fn take(&mut self, refer: ReferId, heading: Heading) -> Option<Referral> {
        let at = self.list.iter().position(|referral| referral.refer == refer && referral.heading == heading)?;
        Some(self.list.remove(at))
    }

    /// The number that an Event header means, RFC 3515 section 2.4.6: its `id`, or without one the first REFER of the dialog, or
    /// the only one that is open, since some senders never write an `id`.
    pub fn meant(&self, id: Option<&str>, heading: Heading) -> Option<ReferId> {
        let mut open = self.list.iter().filter(|referral| referral.heading == heading).map(|referral| referral.refer);
        match id {
            Some(id) => open.find(|refer| id.parse() == Ok(refer.0)),
            None => {
                let first = self.first(heading);
                let all: smallvec::SmallVec<[ReferId; 4]> = open.collect();
                match all.as_slice() {
                    [only] => Some(*only),
                    several => several.iter().copied().find(|refer| Some(*refer) == first),
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ours(refer: u32) -> Referral {
        let progress = Progress::Listening { request: RequestId(1), heard: 100, done: false };
        Referral { refer: ReferId(refer), heading: Heading::Out, progress, until: Moment::ZERO }
    }

    #[test]
    fn an_event_without_id_means_the_first_refer_or_the_only_one() {
        let mut referrals = Referrals::default();
        referrals.add(ours(2));
        referrals.add(ours(3));
        assert_eq!(referrals.meant(None, Heading::Out), Some(ReferId(2)));
        assert_eq!(referrals.meant(Some("3"), Heading::Out), Some(ReferId(3)));
        for none in [Some("4"), Some("x"), Some("")] {
            assert_eq!(referrals.meant(none, Heading::Out), None);
        }
        assert_eq!(referrals.meant(None, Heading::In), None);
        referrals.take(ReferId(2), Heading::Out);
        assert_eq!(referrals.meant(None, Heading::Out), Some(ReferId(3)));
        referrals.add(ours(4));
        assert_eq!(referrals.meant(None, Heading::Out), None, "two are open and neither is the first");
        assert_eq!(referrals.first(Heading::Out), Some(ReferId(2)));
    }
}
