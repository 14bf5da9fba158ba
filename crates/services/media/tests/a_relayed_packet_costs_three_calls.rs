//! The count of system calls: one receive, one send, and at most one wait for a relayed packet; none when nothing happens.

mod support;

use media_plan::AddressFamily::V4;
use media_plan::MediaOrderKind;
use std::time::Duration;
use support::{Rig, pcma};

#[test]
fn a_packet_costs_one_receive_and_one_send_and_silence_costs_next_to_nothing() {
    let mut rig = Rig::new();
    let (mut a, b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    let settle = || std::thread::sleep(Duration::from_millis(250));
    settle();
    let before = rig.handle.kernel_calls();
    for fill in 0..200 {
        a.speak(8, fill);
        assert!(b.hear().is_some());
    }
    settle();
    let calls = rig.handle.kernel_calls().since(before);
    assert_eq!((calls.receives, calls.sends), (200, 200));
    // Each of these packets came alone; a few waits are those of the rounds for silence.
    assert!(calls.total() <= 3 * 200 + 20, "{calls:?}");
    // Packets that come together share a wait.
    let before = rig.handle.kernel_calls();
    for _ in 0..50 {
        a.speak(8, 0);
    }
    settle();
    let calls = rig.handle.kernel_calls().since(before);
    assert_eq!((calls.receives, calls.sends), (50, 50));
    let before = rig.handle.kernel_calls();
    std::thread::sleep(Duration::from_millis(500));
    let calls = rig.handle.kernel_calls().since(before);
    assert!(calls.total() <= 10 && calls.receives == 0, "{calls:?}");
    // Without legs there is nothing to wait for but orders.
    rig.close(a.leg);
    rig.close(b.leg);
    settle();
    let before = rig.handle.kernel_calls();
    std::thread::sleep(Duration::from_millis(500));
    assert_eq!(rig.handle.kernel_calls().since(before).total(), 0);
}
