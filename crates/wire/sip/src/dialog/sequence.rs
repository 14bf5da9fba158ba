//! The order of requests inside a dialog, RFC 3261 section 12.2.2.

/// The request came out of order: answered 500, RFC 3261 section 12.2.2.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct OutOfOrder {
    /// The highest number seen before.
    pub highest: u32,
    /// The number that came.
    pub received: u32,
}

/// How the number of a request is judged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SequenceRule {
    /// ACK and CANCEL carry the number of their INVITE and never move the sequence (RFC 3261 sections 9.1 and 13.2.2.4).
    OfItsInvite,
    /// Every other request must be higher than what came before; gaps are allowed.
    Rising,
}

impl SequenceRule {
    /// The rule for `method`.
    pub fn for_method(method: &str) -> Self {
        match method {
            "ACK" | "CANCEL" => SequenceRule::OfItsInvite,
            _ => SequenceRule::Rising,
        }
    }

    /// Judges `received` against the highest number seen and moves that up.
    pub fn accept(self, highest: &mut Option<u32>, received: u32) -> Result<(), OutOfOrder> {
        match (self, *highest) {
            (SequenceRule::OfItsInvite, _) => Ok(()),
            // Repeats are absorbed by their transaction: an equal number here is another request.
            (SequenceRule::Rising, Some(before)) if received <= before => Err(OutOfOrder { highest: before, received }),
            (SequenceRule::Rising, _) => {
                *highest = Some(received);
                Ok(())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_must_rise_and_may_have_gaps() {
        let mut highest = None;
        let rule = SequenceRule::for_method("INFO");
        assert_eq!(rule.accept(&mut highest, 7), Ok(()));
        assert_eq!(rule.accept(&mut highest, 90), Ok(()));
        assert_eq!(rule.accept(&mut highest, 90), Err(OutOfOrder { highest: 90, received: 90 }));
        assert_eq!(rule.accept(&mut highest, 8), Err(OutOfOrder { highest: 90, received: 8 }));
        assert_eq!(highest, Some(90));
    }

    #[test]
    fn ack_and_cancel_do_not_move_the_sequence() {
        let mut highest = Some(5);
        assert_eq!(SequenceRule::for_method("ACK").accept(&mut highest, 3), Ok(()));
        assert_eq!(SequenceRule::for_method("CANCEL").accept(&mut highest, 9), Ok(()));
        assert_eq!(highest, Some(5));
    }
}
