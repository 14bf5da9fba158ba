//! A far side that should send and does not.

mod support;

use media_plan::AddressFamily::V4;
use media_plan::{Direction, MediaEvent, MediaOrderKind};
use std::time::Duration;
use support::{Rig, pcma};

#[test]
fn silence_is_told_once_and_its_end_too() {
    let mut rig = Rig::new();
    let mut phone = rig.phone(V4, &[pcma()]);
    let mut setup = phone.setup(&[pcma()]);
    setup.silence_after = Some(Duration::from_millis(300));
    let before = rig.moment();
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(setup.clone()))).unwrap();
    let silent = |event: &MediaEvent| match event {
        MediaEvent::Silent { since, .. } => Some(*since),
        _ => None,
    };
    let receiving = |event: &MediaEvent| match event {
        MediaEvent::Receiving { from, .. } => Some(*from),
        _ => None,
    };
    let since = rig.wait(silent);
    assert!(since.moment >= before && rig.moment().since(since.moment) >= Duration::from_millis(300));
    assert_eq!(since.utc.as_micros() - 1_700_000_000_000_000, since.moment.as_micros() as i64);
    std::thread::sleep(Duration::from_millis(500));
    rig.gather();
    assert!(rig.seen.is_empty(), "{:?}", rig.seen);
    phone.speak(8, 1);
    assert_eq!(rig.wait(receiving), phone.rtp.local_addr().unwrap());
    let last = rig.moment();
    phone.speak(8, 1);
    let since = rig.wait(silent);
    assert!(since.moment >= last);
    phone.speak(8, 1);
    rig.wait(receiving);
    // On hold nobody waits for packets.
    setup.direction = Direction::SendOnly;
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(setup))).unwrap();
    std::thread::sleep(Duration::from_millis(600));
    rig.gather();
    assert!(rig.seen.is_empty(), "{:?}", rig.seen);
}
