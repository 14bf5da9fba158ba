//! Every scenario with its telephones on two servers, in every placement: the lines see what they see with one server.

mod support;
use support::two::Two;
use support::*;

use exchange::{Report, TransferTarget};
use ground::Reason;
use media_plan::{Direction, PlaySource};

/// What the lines saw, role by role, and the records without what names or times them.
type Seen = (Vec<(usize, Vec<String>)>, Vec<String>);

fn run(homes: [u16; 4], scenario: fn(&mut Two)) -> (Seen, usize) {
    let mut two = Two::new(homes);
    scenario(&mut two);
    two.pass(seconds(60));
    assert!(two.is_empty(), "{homes:?}");
    let record = |record: &directory::CallRecord| {
        let ends = (record.caller, record.dialled, record.connected, record.transferred_by);
        format!("{} {ends:?} {:?} {:?}", record.key.segment, record.outcome, record.reason)
    };
    let mut records: Vec<_> = two.records.iter().map(record).collect();
    records.sort();
    ((two.seen.into_iter().collect(), records), two.letters)
}

fn everywhere(scenario: fn(&mut Two)) {
    let (alone, letters) = run([0; 4], scenario);
    assert_eq!(letters, 0);
    let mut most = 0;
    for placement in 1..16u16 {
        let homes = [placement & 1, placement >> 1 & 1, placement >> 2 & 1, placement >> 3 & 1];
        let (apart, letters) = run(homes, scenario);
        assert_eq!(apart, alone, "{homes:?}");
        most = most.max(letters);
    }
    assert!(most > 0, "some placement needs mail");
}

fn pair(two: &mut Two, caller: u32, called: u32) -> (usize, usize) {
    let from = two.dial(caller, &format!("100{called}"), None);
    let to = two.roles.len() - 1;
    two.report(to, Report::Alerting);
    two.report(to, answered(yes()));
    assert!(two.talk_together(from, to));
    (from, to)
}

fn hang_up(two: &mut Two, role: usize) {
    two.report(role, Report::Cleared(Reason::NormalClearing));
}

fn transfer(two: &mut Two, asks: usize, to: usize) {
    let target = TransferTarget::Connection(two.connection(to));
    two.report(asks, Report::TransferRequested(target));
}

#[test]
fn a_basic_call() {
    everywhere(|two| {
        let (from, _) = pair(two, 1, 2);
        hang_up(two, from);
    });
}

#[test]
fn hold_retrieve_and_a_change_of_codec() {
    everywhere(|two| {
        let (from, to) = pair(two, 1, 2);
        two.report(to, Report::MediaOffered(offer(Direction::SendOnly, G711)));
        assert_eq!(two.engine.played(two.connection(from)), Some(PlaySource::Music));
        two.report(to, Report::MediaOffered(talk()));
        assert!(two.talk_together(from, to));
        two.report(from, Report::MediaOffered(offer(Direction::SendReceive, &[("opus", 111)])));
        two.report(to, Report::MediaAnswered(answer(Direction::SendReceive, &[("opus", 111)])));
        hang_up(two, to);
    });
}

#[test]
fn a_busy_number_and_a_cancelled_call() {
    everywhere(|two| {
        two.dial(1, "1002", None);
        let to = two.roles.len() - 1;
        two.report(to, Report::Cleared(Reason::UserBusy));
        let from = two.dial(3, "1002", None);
        hang_up(two, from);
    });
}

#[test]
fn attended_transfers_in_all_roles() {
    everywhere(|two| {
        let (x, y1) = pair(two, 1, 2);
        let (y2, z) = pair(two, 2, 3);
        transfer(two, y1, y2);
        assert!(two.talk_together(x, z));
        // 3 is called by 4 and takes itself out.
        let (w, z2) = pair(two, 4, 3);
        transfer(two, z2, z);
        assert!(two.talk_together(x, w));
        hang_up(two, x);
    });
}

#[test]
fn a_transfer_while_the_target_rings() {
    everywhere(|two| {
        let (x, y1) = pair(two, 1, 2);
        let y2 = two.dial(2, "1003", None);
        let z = two.roles.len() - 1;
        two.report(z, Report::Alerting);
        transfer(two, y1, y2);
        two.report(z, answered(yes()));
        assert!(two.talk_together(x, z));
        hang_up(two, z);
    });
}

#[test]
fn single_step_transfers() {
    everywhere(|two| {
        let (x, y) = pair(two, 1, 2);
        let number = |digits: &str| Report::TransferRequested(TransferTarget::Number(digits.parse().unwrap()));
        two.report(y, number("1003"));
        let z = two.roles.len() - 1;
        two.report(z, Report::Cleared(Reason::UserBusy));
        two.report(y, number("1004"));
        let w = two.roles.len() - 1;
        two.report(w, Report::Alerting);
        hang_up(two, y);
        two.report(w, answered(yes()));
        assert!(two.talk_together(x, w));
        hang_up(two, x);
    });
}

#[test]
fn a_trunk_that_sends_its_party_to_a_number_itself() {
    everywhere(|two| {
        let number = |digits: &str| Report::TransferRequested(TransferTarget::Number(digits.parse().unwrap()));
        let y = two.dial(1, "04711", None);
        let x = two.roles.len() - 1;
        two.report(x, answered(yes()));
        two.report(y, number("1002"));
        let z = two.roles.len() - 1;
        two.report(z, answered(yes()));
        assert!(two.talk_together(x, z));
        two.report(z, number("04712"));
        two.report(x, Report::Transferred(Err(Reason::CallRejected)));
        let w = two.roles.len() - 1;
        two.report(w, Report::Cleared(Reason::UserBusy));
        assert!(two.talk_together(x, z));
        two.report(z, number("04713"));
        two.report(x, Report::Transferred(Ok(())));
        assert!(two.seen[&x].iter().filter(|order| order.starts_with("Refer {")).count() == 2, "{:?}", two.seen);
        assert!(two.seen[&z].iter().any(|order| order == "Transfer(Done)"), "{:?}", two.seen);
        hang_up(two, x);
    });
}

#[test]
fn a_redirection() {
    everywhere(|two| {
        let from = two.dial(1, "1002", None);
        let first = two.roles.len() - 1;
        two.report(first, Report::Redirected(vec!["1003".parse().unwrap()]));
        let second = two.roles.len() - 1;
        two.report(second, answered(yes()));
        assert!(two.talk_together(from, second));
        hang_up(two, second);
    });
}

#[test]
fn a_replacement() {
    everywhere(|two| {
        let (from, to) = pair(two, 1, 2);
        let new = two.dial(2, "", Some(to));
        assert!(two.talk_together(from, new));
        hang_up(two, new);
    });
}

#[test]
fn a_replacement_while_it_rings() {
    everywhere(|two| {
        let from = two.dial(1, "1002", None);
        let ring = two.roles.len() - 1;
        let new = two.dial(2, "", Some(ring));
        assert!(two.talk_together(from, new));
        hang_up(two, from);
    });
}

#[test]
fn a_lost_server_takes_its_halves_and_nothing_else() {
    for homes in [[0, 1, 0, 1], [1, 0, 1, 0]] {
        let mut two = Two::new(homes);
        let (from, _) = pair(&mut two, 1, 2);
        let (stays, _) = pair(&mut two, 3, 1);
        two.lose(usize::from(homes[1]));
        let cleared = |role: usize| two.seen[&role].iter().any(|order| order.starts_with("Clear("));
        assert!(cleared(from) && !cleared(stays));
    }
}
