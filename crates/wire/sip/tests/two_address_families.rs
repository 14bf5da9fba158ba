//! One network with IPv4 and IPv6: Via and Contact show the address of the peer's family (RFC 3261 section 18.1.1, RFC 5118).

mod world;

use sip::Transport;
use sip::agent::{Advertised, EndCause, SessionId};
use world::*;

fn both(seed: u8) -> sip::agent::Config {
    let mut config = config(seed, address("192.0.2.1:5060"));
    config.networks[0].advertised.push(Advertised {
        transport: Transport::Udp,
        host: "[2001:db8::1]".into(),
        port: Some(5060),
    });
    config
}

#[test]
fn each_peer_sees_its_own_family() {
    let mut world = World::empty(1);
    world.add(both(1), "192.0.2.1:5060");
    for (session, peer, ours) in
        [(1, "203.0.113.9:5060", "192.0.2.1:5060"), (2, "[2001:db8::9]:5060", "[2001:db8::1]:5060")]
    {
        world.command(0, invite(session, address(peer), Some(OFFER)));
        let text = world.take_outside(peer, "INVITE");
        assert!(header(&text, "Via").starts_with(&format!("SIP/2.0/UDP {ours};branch=")));
        assert!(header(&text, "Contact").contains(&format!("@{ours};")));
        world.inject(peer, 0, Transport::Udp, &answer_text(&text, "486 Busy Here", "t", ""));
        assert_eq!(world.expect_ended(0), EndCause::Refused(486));
    }
    world.assert_empty();
}

#[test]
fn a_call_over_ipv6_goes_through() {
    let mut world = World::empty(2);
    for (seed, at) in [(1, "[2001:db8::1]:5060"), (2, "[2001:db8::2]:5060")] {
        let mut config = config(seed, address(at));
        for ours in &mut config.networks[0].advertised {
            ours.host = format!("[{}]", address(at).ip()).into();
        }
        world.add(config, at);
    }
    world.connect();
    world.command(0, end(SessionId(1)));
    assert_eq!(world.expect_ended(1), EndCause::RemoteBye);
    world.assert_empty();
}
