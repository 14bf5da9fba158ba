//! Random inputs on two servers whose mail is slow: whatever crosses on the way, every call ends with one closed record for each
//! that was opened, and nothing is left.

mod support;
use support::two::Two;
use support::*;

use exchange::{Report, TransferTarget};
use ground::Reason;
use media_plan::Direction;
use proptest::prelude::*;
use std::time::Duration;

#[derive(Clone, Debug)]
enum Step {
    Dial { device: u32, called: u32, replaces: Option<usize> },
    Report { role: usize, what: usize },
    Transfer { role: usize, to: usize },
    SendTo { role: usize, called: u32 },
    OwnWay { device: u32, called: u32, letters: usize, said: Option<bool> },
    Deliver(usize),
    Pass(u64),
}

fn step() -> impl Strategy<Value = Step> {
    let replaces = proptest::option::weighted(0.2, 0usize..8);
    prop_oneof![
        4 => (1u32..5, 1u32..7, replaces)
            .prop_map(|(device, called, replaces)| Step::Dial { device, called, replaces }),
        10 => (0usize..8, 0usize..11).prop_map(|(role, what)| Step::Report { role, what }),
        5 => (0usize..8, 0usize..8).prop_map(|(role, to)| Step::Transfer { role, to }),
        4 => (0usize..8, 1u32..7).prop_map(|(role, called)| Step::SendTo { role, called }),
        3 => (1u32..5, 1u32..5, 0usize..9, any::<Option<bool>>())
            .prop_map(|(device, called, letters, said)| Step::OwnWay { device, called, letters, said }),
        12 => (1usize..6).prop_map(Step::Deliver),
        2 => (0u64..40_000).prop_map(Step::Pass),
    ]
}

fn report(what: usize) -> Report {
    match what {
        0 => Report::Alerting,
        1..=3 => answered(yes()),
        4 => Report::MediaOffered(offer(Direction::SendOnly, G711)),
        5 => Report::MediaOffered(offer(Direction::SendReceive, &[("opus", 111), ("PCMU", 0)])),
        6 => Report::MediaAnswered(answer(Direction::SendReceive, &[("PCMU", 0)])),
        7 => Report::Redirected(vec!["1003".parse().unwrap(), "1004".parse().unwrap()]),
        8 => Report::Transferred(Ok(())),
        9 => Report::Transferred(Err(Reason::CallRejected)),
        _ => Report::Cleared(Reason::NormalClearing),
    }
}

/// An extension, or somebody behind a trunk.
fn number(called: u32) -> String {
    if called < 5 { format!("100{called}") } else { format!("0471{called}") }
}

/// Somebody behind a trunk is sent to an extension, and by that one to somebody else behind the trunk.
fn own_way(two: &mut Two, (device, called): (u32, u32), letters: usize, said: Option<bool>) {
    let to = |number: String| Report::TransferRequested(TransferTarget::Number(number.parse().unwrap()));
    let asks = two.dial(device, &number(5), None);
    let party = two.roles.len() - 1;
    two.report(party, answered(yes()));
    two.report(asks, to(number(called)));
    two.deliver_some(9);
    let second = two.roles.len() - 1;
    two.report(second, answered(yes()));
    two.deliver_some(9);
    two.report(second, to(number(6)));
    two.deliver_some(letters);
    if let Some(well) = said {
        two.report(party, Report::Transferred(if well { Ok(()) } else { Err(Reason::CallRejected) }));
    }
}

fn take_step(two: &mut Two, step: &Step) {
    // The last roles are the liveliest.
    let role = |two: &Two, back: usize| two.roles.len().checked_sub(1 + back);
    match *step {
        Step::Dial { device, called, replaces } => {
            let replaces = replaces.and_then(|back| role(two, back));
            two.dial(device, &number(called), replaces);
        }
        Step::Report { role: back, what } => {
            if let Some(role) = role(two, back) {
                two.report(role, report(what));
            }
        }
        Step::Transfer { role: back, to } => {
            if let (Some(role), Some(to)) = (role(two, back), role(two, to)) {
                let target = TransferTarget::Connection(two.connection(to));
                two.report(role, Report::TransferRequested(target));
            }
        }
        Step::SendTo { role: back, called } => {
            if let Some(role) = role(two, back) {
                let target = TransferTarget::Number(number(called).parse().unwrap());
                two.report(role, Report::TransferRequested(target));
            }
        }
        Step::OwnWay { device, called, letters, said } => own_way(two, (device, called), letters, said),
        Step::Deliver(count) => two.deliver_some(count),
        Step::Pass(millis) => two.pass(Duration::from_millis(millis)),
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn every_call_ends_and_every_record_is_closed_once(
        placement in 1u16..15,
        steps in proptest::collection::vec(step(), 0..100),
    ) {
        let mut two = Two::new([placement & 1, placement >> 1 & 1, placement >> 2 & 1, placement >> 3 & 1]);
        two.slow = true;
        for step in &steps {
            take_step(&mut two, step);
        }
        two.hurry();
        for role in 0..two.roles.len() {
            two.report(role, Report::Cleared(Reason::NormalClearing));
        }
        two.pass(Duration::from_secs(300));
        prop_assert!(two.is_empty(), "{:?}", two.tables());
        let mut closed: Vec<_> = two.records.iter().map(|record| record.key).collect();
        closed.sort();
        prop_assert_eq!(two.opened.into_iter().collect::<Vec<_>>(), closed);
    }
}
