//! Tones, music, announcements and echo, as the far side hears them.

mod support;

use media_plan::AddressFamily::V4;
use media_plan::{Codec, CodecName, Direction, MediaEvent, MediaFault, MediaOrderKind, PlaySource, Tone};
use rtp::payload::g711;
use rtp::rtcp::{Compound, RtcpPacket};
use std::f64::consts::TAU;
use std::time::{Duration, Instant};
use support::{Phone, Rig, pcma, pcmu, receive};

/// The level in dBm0 of a sine that fills the range of A-law (G.711 section 4).
#[allow(clippy::approx_constant, reason = "this is not the number of the circle")]
const FULL_SCALE: f64 = 3.14;

/// One packet as it was heard.
struct Heard {
    marker: bool,
    payload_type: u8,
    sequence: u16,
    timestamp: u32,
    ssrc: u32,
    samples: Vec<i16>,
    at: Instant,
}

fn listen(phone: &Phone, packets: usize) -> Vec<Heard> {
    (0..packets)
        .map(|_| {
            let bytes = phone.hear().expect("something is played");
            let at = Instant::now();
            let packet = rtp::RtpPacket::parse(&bytes).expect("RTP");
            let decode = if packet.payload_type() == 0 { g711::decode_ulaw } else { g711::decode_alaw };
            Heard {
                marker: packet.marker(),
                payload_type: packet.payload_type(),
                sequence: packet.sequence().0,
                timestamp: packet.timestamp(),
                ssrc: packet.ssrc().0,
                samples: packet.payload().iter().map(|code| decode(*code)).collect(),
                at,
            }
        })
        .collect()
}

fn samples(heard: &[Heard]) -> Vec<i16> {
    heard.iter().flat_map(|packet| packet.samples.iter().copied()).collect()
}

/// The level of `frequency` in dBm0, by Goertzel's algorithm.
fn level(samples: &[i16], frequency: f64) -> f64 {
    let step = TAU * frequency / 8000.0;
    let (mut last, mut before) = (0f64, 0f64);
    for sample in samples {
        (last, before) = (f64::from(*sample) + 2.0 * step.cos() * last - before, last);
    }
    let power = last * last + before * before - 2.0 * step.cos() * last * before;
    20.0 * (2.0 * power.max(0.0).sqrt() / samples.len() as f64 / 32_256.0).max(1e-6).log10() + FULL_SCALE
}

fn check_continuity(heard: &[Heard], step: u32) {
    for pair in heard.windows(2) {
        assert_eq!(pair[1].sequence, pair[0].sequence.wrapping_add(1));
        assert_eq!(pair[1].timestamp, pair[0].timestamp.wrapping_add(step));
        assert_eq!(pair[1].ssrc, pair[0].ssrc);
        assert!(!pair[1].marker);
    }
}

fn play(source: PlaySource, repeat: bool) -> MediaOrderKind {
    MediaOrderKind::Play { source, repeat }
}

#[test]
fn the_dial_tone_has_its_frequency_its_level_and_its_pace() {
    let mut rig = Rig::new();
    for (codec, payload_type) in [(pcma(), 8), (pcmu(), 0)] {
        let phone = rig.phone(V4, &[codec]);
        rig.order(phone.leg, play(PlaySource::Tone(Tone::Dial), true)).unwrap();
        let heard = listen(&phone, 75);
        assert!(heard[0].marker && heard.iter().all(|packet| packet.payload_type == payload_type));
        assert!(heard.iter().all(|packet| packet.samples.len() == 160));
        check_continuity(&heard, 160);
        let samples = samples(&heard[..50]);
        assert!((level(&samples, 425.0) + 10.0).abs() < 0.5, "{}", level(&samples, 425.0));
        assert!(level(&samples, 850.0) < -45.0 && level(&samples, 1275.0) < -40.0);
        let took = heard[74].at - heard[0].at;
        assert!(took >= Duration::from_millis(1430) && took < Duration::from_millis(1700), "{took:?}");
        rig.close(phone.leg);
    }
}

#[test]
fn the_ringing_tone_is_one_second_in_five_and_packets_go_on_in_between() {
    let mut rig = Rig::new();
    let phone = rig.phone(V4, &[pcma()]);
    rig.order(phone.leg, play(PlaySource::Tone(Tone::Ringing), true)).unwrap();
    let heard = listen(&phone, 260);
    check_continuity(&heard, 160);
    let of = |from: usize, to: usize| level(&samples(&heard[from..to]), 425.0);
    assert!((of(2, 48) + 10.0).abs() < 0.5, "{}", of(2, 48));
    assert!(heard[50..250].iter().all(|packet| packet.samples.iter().all(|sample| sample.abs() <= 8)));
    assert!((of(252, 260) + 10.0).abs() < 0.5, "{}", of(252, 260));
}

#[test]
fn packets_leave_on_the_grid() {
    let mut rig = Rig::new();
    let phones: Vec<_> = (0..20).map(|_| rig.phone(V4, &[pcma()])).collect();
    for phone in &phones {
        rig.order(phone.leg, play(PlaySource::Music, true)).unwrap();
    }
    phones[7].clear();
    let heard = listen(&phones[7], 100);
    check_continuity(&heard, 160);
    let mut gaps: Vec<_> = heard.windows(2).map(|pair| (pair[1].at - pair[0].at).as_secs_f64() * 1000.0).collect();
    gaps.sort_by(f64::total_cmp);
    println!(
        "gaps: least {:.2} ms, median {:.2} ms, most {:.2} ms",
        gaps[0],
        gaps[gaps.len() / 2],
        gaps[gaps.len() - 1]
    );
    // The median is the grid whatever else the machine does; a quiet one keeps the outer ones within two milliseconds as well.
    assert!((gaps[gaps.len() / 2] - 20.0).abs() < 1.0, "{gaps:?}");
    let near = gaps.iter().filter(|gap| (**gap - 20.0).abs() < 5.0).count();
    assert!(near * 10 >= gaps.len() * 8, "{gaps:?}");
}

#[test]
fn the_packet_time_asked_for_is_used() {
    let mut rig = Rig::new();
    for (packet_time, samples) in [(10, 80), (30, 240), (60, 480)] {
        let phone = rig.idle_phone(V4);
        let mut setup = phone.setup(&[pcma()]);
        setup.packet_time = packet_time;
        rig.order(phone.leg, MediaOrderKind::Modify(Box::new(setup))).unwrap();
        rig.order(phone.leg, play(PlaySource::Tone(Tone::Busy), true)).unwrap();
        let heard = listen(&phone, 10);
        assert!(heard.iter().all(|packet| packet.samples.len() == samples));
        check_continuity(&heard, samples as u32);
    }
}

#[test]
fn the_busy_tone_stops_and_comes_again() {
    let mut rig = Rig::new();
    let phone = rig.phone(V4, &[pcma()]);
    rig.order(phone.leg, play(PlaySource::Tone(Tone::Busy), true)).unwrap();
    let heard = samples(&listen(&phone, 75));
    assert!(level(&heard[..4000], 425.0) > -10.5);
    // A-law has no zero: the smallest value is eight.
    assert!(heard[4000..8000].iter().all(|sample| sample.abs() <= 8));
    assert!(level(&heard[8000..], 425.0) > -10.5);
}

#[test]
fn an_announcement_is_spoken_and_its_end_is_told_once() {
    let mut rig = Rig::new();
    let phone = rig.phone(V4, &[pcma()]);
    let name = || PlaySource::Announcement("number-not-in-use".to_owned());
    let start = Instant::now();
    rig.order(phone.leg, play(name(), false)).unwrap();
    let heard = listen(&phone, 330);
    rig.wait(|event| matches!(event, MediaEvent::PlayEnded { leg } if *leg == phone.leg).then_some(()));
    assert!(start.elapsed() > Duration::from_millis(6400));
    let speech = samples(&heard);
    let power = speech.iter().map(|sample| f64::from(*sample).powi(2)).sum::<f64>() / speech.len() as f64;
    assert!(power.sqrt() > 500.0, "{}", power.sqrt());
    assert!(phone.hears_nothing());
    rig.gather();
    assert!(!rig.seen.iter().any(|event| matches!(event, MediaEvent::PlayEnded { .. })));
    let unknown = PlaySource::Announcement("no such".to_owned());
    assert_eq!(rig.order(phone.leg, play(unknown, false)), Err(MediaFault::UnknownAnnouncement));
    // Its own stream goes on where it was, with a marked packet.
    rig.order(phone.leg, play(name(), false)).unwrap();
    let again = listen(&phone, 2);
    assert!(again[0].marker && again[0].ssrc == heard[0].ssrc);
    assert_eq!(again[0].sequence, heard[329].sequence.wrapping_add(1));
    rig.order(phone.leg, MediaOrderKind::Stop).unwrap();
    phone.clear();
    assert!(phone.hears_nothing());
}

#[test]
fn music_is_heard_instead_of_the_other_leg_and_the_other_leg_afterwards() {
    let mut rig = Rig::new();
    let (a, mut b) = (rig.phone(V4, &[pcma()]), rig.phone(V4, &[pcma()]));
    rig.order(a.leg, MediaOrderKind::Connect { with: b.leg }).unwrap();
    b.speak(8, 1);
    let speech = listen(&a, 1).remove(0);
    rig.order(a.leg, play(PlaySource::Music, true)).unwrap();
    for _ in 0..5 {
        b.speak(8, 1);
    }
    let music = listen(&a, 10);
    check_continuity(&music, 160);
    assert!(music[0].marker && music[0].ssrc != speech.ssrc);
    rig.order(a.leg, MediaOrderKind::Stop).unwrap();
    a.clear();
    b.speak(8, 1);
    let back = listen(&a, 1).remove(0);
    assert!(back.marker && back.ssrc == speech.ssrc);
}

#[test]
fn nothing_is_sent_on_hold_or_before_a_destination_is_known_and_the_end_still_comes() {
    let mut rig = Rig::new();
    let phone = rig.idle_phone(V4);
    rig.order(phone.leg, play(PlaySource::Tone(Tone::Congestion), false)).unwrap();
    assert!(phone.hears_nothing());
    let mut setup = phone.setup(&[pcma()]);
    setup.direction = Direction::ReceiveOnly;
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(setup.clone()))).unwrap();
    rig.wait(|event| matches!(event, MediaEvent::PlayEnded { .. }).then_some(()));
    assert!(phone.hears_nothing());
    setup.direction = Direction::SendReceive;
    rig.order(phone.leg, MediaOrderKind::Modify(Box::new(setup))).unwrap();
    rig.order(phone.leg, play(PlaySource::Tone(Tone::Congestion), false)).unwrap();
    assert_eq!(listen(&phone, 25).len(), 25);
}

#[test]
fn echo_returns_a_legs_own_packets_in_any_codec() {
    let mut rig = Rig::new();
    let g729 = Codec::with_static_number(CodecName::G729).unwrap();
    let mut phone = rig.phone(V4, &[g729, pcma()]);
    rig.order(phone.leg, play(PlaySource::Echo, false)).unwrap();
    for (payload_type, marked) in [(18, 0x80), (8, 0), (18, 0)] {
        let mut sent = phone.speak(payload_type, payload_type);
        sent[1] |= marked;
        assert_eq!(phone.hear(), Some(sent));
    }
}

#[test]
fn a_leg_that_takes_no_g711_cannot_be_played_to() {
    let mut rig = Rig::new();
    let g729 = Codec::with_static_number(CodecName::G729).unwrap();
    let phone = rig.phone(V4, &[g729]);
    assert_eq!(rig.order(phone.leg, play(PlaySource::Music, true)), Err(MediaFault::NoCommonCodec));
}

#[test]
fn what_is_played_is_reported_by_a_sender_report() {
    let mut rig = Rig::new();
    let phone = rig.phone(V4, &[pcma()]);
    rig.order(phone.leg, play(PlaySource::Music, true)).unwrap();
    let first = listen(&phone, 1).remove(0);
    let bytes = receive(&phone.rtcp, Duration::from_secs(12)).expect("a report within 5 seconds and a half");
    let compound = Compound::parse(&bytes).expect("a valid compound packet");
    let mut packets = compound.packets();
    let Some(RtcpPacket::SenderReport(report)) = packets.next() else { panic!("a sender report comes first") };
    assert_eq!(report.ssrc.0, first.ssrc);
    assert!(report.info.packets > 50 && report.info.octets == report.info.packets * 160);
    let Some(RtcpPacket::SourceDescription(description)) = packets.next() else { panic!("a description follows") };
    assert_eq!(description.cname(report.ssrc).map(<[u8]>::len), Some(16));
}
