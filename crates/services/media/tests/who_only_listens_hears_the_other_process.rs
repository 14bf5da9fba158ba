//! A telephone on hold sends nothing: all that another process knows of it is what was told of it before.

mod support;

use media_plan::AddressFamily::V4;
use media_plan::{Learning, MediaEvent, MediaOrderKind, PlaySource};
use rtp::rtcp::{Compound, RtcpPacket};
use std::net::SocketAddr;
use std::time::Duration;
use support::{Phone, Rig, pcma, receive};

const MUSIC: MediaOrderKind = MediaOrderKind::Play { source: PlaySource::Music, repeat: true };

fn behind_a_translator(phone: &Phone, known: SocketAddr) -> MediaOrderKind {
    let mut setup = phone.setup(&[pcma()]);
    let remote = setup.remote.as_mut().unwrap();
    remote.rtp = known;
    remote.learning =
        Learning::Window { window: Duration::from_secs(30), expected: Some("127.0.0.1".parse().unwrap()) };
    MediaOrderKind::Modify(Box::new(setup))
}

fn heard_from(rig: &mut Rig, phone: &Phone) -> SocketAddr {
    rig.wait(|event| match event {
        MediaEvent::Receiving { leg, from } if *leg == phone.leg => Some(*from),
        _ => None,
    })
}

#[test]
fn a_telephone_behind_a_translator_that_only_listens_is_sent_to_where_it_was_heard_before() {
    let mut rig = Rig::apart(13);
    let described: SocketAddr = "127.0.0.9:9".parse().unwrap();
    let mut phone = rig.idle_phone(V4);
    rig.order(phone.leg, behind_a_translator(&phone, described)).unwrap();
    phone.speak(8, 1);
    let known = heard_from(&mut rig, &phone);
    assert_eq!(known, phone.rtp.local_addr().unwrap());
    rig.order(phone.leg, MUSIC).unwrap();
    assert!(phone.hear().is_some());
    let base = rig.base_of(phone.leg);
    let mut rig = rig.restarted(|_| ());
    phone.clear();
    rig.resume(phone.leg, Some(base)).unwrap();
    rig.order(phone.leg, behind_a_translator(&phone, known)).unwrap();
    rig.order(phone.leg, MUSIC).unwrap();
    let heard = phone.hear().expect("music, though it has sent nothing");
    assert_eq!(rtp::RtpPacket::parse(&heard).unwrap().ssrc().0, base.ssrc);
    // When it speaks again, from another port of its translator, it is followed there.
    let moved = Phone::listening(phone.leg, phone.engine);
    let bytes = phone.packet(8, false, &[1; 160]);
    moved.rtp.send_to(&bytes, phone.engine).unwrap();
    assert!(moved.hear().is_some());
}

#[test]
fn reports_on_a_stream_that_goes_on_carry_the_name_that_they_had() {
    let mut rig = Rig::apart(14);
    let phone = rig.phone(V4, &[pcma()]);
    rig.order(phone.leg, MUSIC).unwrap();
    let report = |rig: &mut Rig| {
        let base = rig.base_of(phone.leg);
        let bytes = receive(&phone.rtcp, Duration::from_secs(12)).expect("a report within 5 seconds");
        let compound = Compound::parse(&bytes).expect("a valid compound packet");
        let name = compound.packets().find_map(|packet| match packet {
            RtcpPacket::SourceDescription(description) => description.cname(rtp::Ssrc(base.ssrc)).map(<[u8]>::to_vec),
            _ => None,
        });
        (base, name.expect("the stream has a name"))
    };
    let (base, name) = report(&mut rig);
    let mut rig = rig.restarted(|_| ());
    phone.clear();
    rig.resume(phone.leg, Some(base)).unwrap();
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(phone.setup(&[pcma()])))).unwrap();
    rig.order(phone.leg, MUSIC).unwrap();
    let (after, same) = report(&mut rig);
    assert_eq!((after.ssrc, same), (base.ssrc, name));
}
