//! The scenarios.

use super::repointing::repointing;
use super::restart::restart;
use super::{FarPacket, Scenario, Suite, Violation, ViolationKind};
use crate::capability::SourceKind;
use crate::vocabulary::control::{Collection, MediaEvent, MediaFault, MediaOrderKind, PlaySource, Tone};
use crate::vocabulary::description::{Codec, CodecName, Direction};
use std::time::Duration;

pub(super) type Checked = Result<(), Violation>;
type Run = fn(&mut Suite<'_>) -> Checked;

/// All of them.
pub(super) fn all(suite: &mut Suite<'_>) -> Checked {
    let scenarios: [(Scenario, Run); 14] = [
        (Scenario::UnknownLegs, unknown_legs),
        (Scenario::OpenAndClose, open_and_close),
        (Scenario::Relay, relay),
        (Scenario::PayloadNumbers, payload_numbers),
        (Scenario::NoCommonCodec, no_common_codec),
        (Scenario::Hold, hold),
        (Scenario::Tone, tone),
        (Scenario::EndOfSound, end_of_sound),
        (Scenario::UnknownAnnouncement, unknown_announcement),
        (Scenario::Echo, echo),
        (Scenario::Digits, digits),
        (Scenario::Capabilities, capabilities),
        (Scenario::Repointing, repointing),
        (Scenario::Restart, restart),
    ];
    for (name, scenario) in scenarios {
        suite.scenario = name;
        scenario(suite)?;
        suite.expect_no_event()?;
    }
    Ok(())
}

pub(super) fn g711(name: CodecName) -> Vec<Codec> {
    Codec::with_static_number(name).into_iter().collect()
}

pub(super) fn pcma() -> Vec<Codec> {
    g711(CodecName::Pcma)
}

pub(super) fn speech(payload_type: u8, fill: u8) -> FarPacket {
    FarPacket {
        payload_type,
        marker: false,
        timestamp: u32::from(fill) * 160,
        payload: vec![fill; 160],
        ..FarPacket::default()
    }
}

pub(super) fn play(source: PlaySource, repeat: bool) -> MediaOrderKind {
    MediaOrderKind::Play { source, repeat }
}

fn unknown_legs(suite: &mut Suite<'_>) -> Checked {
    let (nobody, other) = (suite.name(), suite.name());
    let digit = MediaOrderKind::SendDigit { digit: '1', duration: Duration::from_millis(100) };
    for kind in [
        MediaOrderKind::Connect { with: other },
        MediaOrderKind::Disconnect,
        play(PlaySource::Music, true),
        MediaOrderKind::Stop,
        MediaOrderKind::Collect(Collection::Events),
        digit,
        MediaOrderKind::Close,
    ] {
        suite.expect(nobody, kind, Err(MediaFault::UnknownLeg))?;
    }
    let leg = suite.leg(&pcma())?;
    suite.expect(leg, MediaOrderKind::Connect { with: nobody }, Err(MediaFault::UnknownLeg))?;
    suite.close(leg)
}

fn open_and_close(suite: &mut Suite<'_>) -> Checked {
    let leg = suite.open()?;
    let ports = suite.subject.ports().ok_or_else(|| suite.violation(ViolationKind::NoPorts))?;
    suite.expect(leg, MediaOrderKind::Open { ports }, Err(MediaFault::AlreadyOpen))?;
    suite.expect(leg, MediaOrderKind::Disconnect, Ok(()))?;
    suite.expect(leg, MediaOrderKind::Stop, Ok(()))?;
    suite.close(leg)?;
    suite.expect(leg, MediaOrderKind::Close, Err(MediaFault::UnknownLeg))
}

fn relay(suite: &mut Suite<'_>) -> Checked {
    let (a, b) = (suite.leg(&pcma())?, suite.leg(&pcma())?);
    suite.expect(a, MediaOrderKind::Connect { with: b }, Ok(()))?;
    for fill in 0..5 {
        suite.subject.far_sends(a, speech(8, fill));
        suite.hears(b, 8, &[fill; 160])?;
        suite.subject.far_sends(b, speech(8, fill + 100));
        suite.hears(a, 8, &[fill + 100; 160])?;
    }
    suite.expect(b, MediaOrderKind::Disconnect, Ok(()))?;
    suite.subject.far_sends(a, speech(8, 9));
    suite.falls_silent(b)?;
    suite.expect(a, MediaOrderKind::Connect { with: b }, Ok(()))?;
    suite.close(a)?;
    suite.subject.far_sends(b, speech(8, 9));
    suite.falls_silent(b)?;
    suite.close(b)
}

fn payload_numbers(suite: &mut Suite<'_>) -> Checked {
    let events = |payload_type| Codec { payload_type, ..Codec::telephone_event() };
    let with = |event: u8| -> Vec<Codec> { pcma().into_iter().chain([events(event)]).collect() };
    let (a, b) = (suite.leg(&with(101))?, suite.leg(&with(96))?);
    suite.expect(a, MediaOrderKind::Connect { with: b }, Ok(()))?;
    for (from, to, sent, heard) in [(a, b, 101, 96), (b, a, 96, 101)] {
        let payload = vec![5, 0x0A, 0, 160];
        suite.subject.far_sends(
            from,
            FarPacket { payload_type: sent, marker: true, payload: payload.clone(), ..FarPacket::default() },
        );
        suite.hears(to, heard, &payload)?;
    }
    suite.close(a)?;
    suite.close(b)
}

fn no_common_codec(suite: &mut Suite<'_>) -> Checked {
    // Two codecs that nobody converts into one another: their licences forbid it.
    let (a, b) = (suite.leg(&g711(CodecName::G729))?, suite.leg(&g711(CodecName::Pcma))?);
    let convertible = match (g711(CodecName::G729).first(), pcma().first()) {
        (Some(one), Some(other)) => suite.subject.capabilities().converts(one, other),
        _ => true,
    };
    if !convertible {
        suite.expect(a, MediaOrderKind::Connect { with: b }, Err(MediaFault::NoCommonCodec))?;
    }
    suite.close(a)?;
    suite.close(b)
}

fn hold(suite: &mut Suite<'_>) -> Checked {
    let (a, b) = (suite.leg(&pcma())?, suite.leg(&pcma())?);
    suite.expect(a, MediaOrderKind::Connect { with: b }, Ok(()))?;
    for (direction, sends, receives) in [
        (Direction::SendOnly, true, false),
        (Direction::ReceiveOnly, false, true),
        (Direction::Inactive, false, false),
        (Direction::SendReceive, true, true),
    ] {
        suite.set_up(a, &pcma(), direction)?;
        suite.subject.far_sends(b, speech(8, 1));
        suite.subject.far_sends(a, speech(8, 2));
        for (leg, passes, fill) in [(a, sends, 1), (b, receives, 2)] {
            if passes {
                suite.hears(leg, 8, &[fill; 160])?;
            }
            suite.falls_silent(leg)?;
        }
    }
    suite.close(a)?;
    suite.close(b)
}

fn tone(suite: &mut Suite<'_>) -> Checked {
    let leg = suite.leg(&pcma())?;
    suite.expect(leg, play(PlaySource::Tone(Tone::Dial), true), Ok(()))?;
    let mut last: Option<FarPacket> = None;
    for _ in 0..10 {
        let heard = suite.subject.far_hears(leg);
        let follows = |packet: &&FarPacket| {
            let step = last.as_ref().map(|last| packet.timestamp.wrapping_sub(last.timestamp));
            packet.payload_type == 8 && packet.payload.len() == 160 && step.is_none_or(|step| step == 160)
        };
        match heard.as_ref().filter(follows) {
            Some(packet) => last = Some(packet.clone()),
            None => return Err(suite.violation(ViolationKind::Heard(heard))),
        }
    }
    suite.expect(leg, MediaOrderKind::Stop, Ok(()))?;
    suite.falls_silent(leg)?;
    suite.close(leg)
}

fn end_of_sound(suite: &mut Suite<'_>) -> Checked {
    let leg = suite.leg(&pcma())?;
    suite.expect(leg, play(PlaySource::Tone(Tone::Congestion), false), Ok(()))?;
    suite.wait(|event| matches!(event, MediaEvent::PlayEnded { leg: of } if *of == leg).then_some(()))?;
    // What was on its way is heard; then nothing more comes, and the end is told no second time.
    for _ in 0..50 {
        if suite.subject.far_hears(leg).is_none() {
            break;
        }
    }
    suite.falls_silent(leg)?;
    suite.close(leg)
}

fn unknown_announcement(suite: &mut Suite<'_>) -> Checked {
    if !suite.subject.capabilities().play.contains(&SourceKind::Announcement) {
        return Ok(());
    }
    let leg = suite.leg(&pcma())?;
    let name = "an announcement that nobody has recorded".to_owned();
    suite.expect(leg, play(PlaySource::Announcement(name), false), Err(MediaFault::UnknownAnnouncement))?;
    suite.close(leg)
}

fn echo(suite: &mut Suite<'_>) -> Checked {
    if !suite.subject.capabilities().play.contains(&SourceKind::Echo) {
        return Ok(());
    }
    let leg = suite.leg(&pcma())?;
    suite.expect(leg, play(PlaySource::Echo, true), Ok(()))?;
    for fill in 1..4 {
        suite.subject.far_sends(leg, speech(8, fill));
        suite.hears(leg, 8, &[fill; 160])?;
    }
    suite.expect(leg, MediaOrderKind::Stop, Ok(()))?;
    suite.subject.far_sends(leg, speech(8, 4));
    suite.falls_silent(leg)?;
    suite.close(leg)
}

fn digits(suite: &mut Suite<'_>) -> Checked {
    if !suite.subject.capabilities().collect_events {
        return Ok(());
    }
    let codecs: Vec<Codec> = pcma().into_iter().chain([Codec::telephone_event()]).collect();
    let leg = suite.leg(&codecs)?;
    suite.expect(leg, MediaOrderKind::Collect(Collection::Events), Ok(()))?;
    for (timestamp, code, digit) in [(1600, 3, '3'), (4800, 3, '3'), (8000, 11, '#')] {
        // Four packets of 20 ms, the last one three times (RFC 4733 section 2.5.1.4).
        for (packet, end) in [(1u8, 0u8), (2, 0), (3, 0), (4, 0x80), (4, 0x80), (4, 0x80)] {
            let duration = (u16::from(packet) * 160).to_be_bytes();
            let payload = vec![code, end | 10, duration[0], duration[1]];
            suite.subject.far_sends(
                leg,
                FarPacket { payload_type: 101, marker: packet == 1, timestamp, payload, ..FarPacket::default() },
            );
        }
        suite.wait(|event| match event {
            MediaEvent::Digit { leg: of, digit: told, duration } if *of == leg => {
                (*told == digit && *duration == Duration::from_millis(80)).then_some(())
            }
            _ => None,
        })?;
    }
    suite.expect(leg, MediaOrderKind::Collect(Collection::Off), Ok(()))?;
    suite.close(leg)
}

fn capabilities(suite: &mut Suite<'_>) -> Checked {
    let able = suite.subject.capabilities();
    let leg = suite.leg(&pcma())?;
    for source in [PlaySource::Tone(Tone::Busy), PlaySource::Music, PlaySource::Echo] {
        let kind = SourceKind::of(&source);
        let expected = if able.play.contains(&kind) { Ok(()) } else { Err(MediaFault::NotCapable) };
        suite.expect(leg, play(source, true), expected)?;
    }
    if able.play.contains(&SourceKind::Tone) {
        for tone in [Tone::Dial, Tone::Ringing, Tone::Congestion, Tone::SpecialInformation, Tone::CallWaiting] {
            suite.expect(leg, play(PlaySource::Tone(tone), true), Ok(()))?;
        }
    }
    suite.expect(leg, MediaOrderKind::Stop, Ok(()))?;
    if !able.originate.contains(&CodecName::G722) {
        let g722 = suite.leg(&g711(CodecName::G722))?;
        suite.expect(g722, play(PlaySource::Tone(Tone::Busy), true), Err(MediaFault::NoCommonCodec))?;
        suite.close(g722)?;
    }
    let digit = MediaOrderKind::SendDigit { digit: '1', duration: Duration::from_millis(60) };
    let expected = if able.send_digit_tones { Ok(()) } else { Err(MediaFault::NotCapable) };
    suite.expect(leg, digit, expected)?;
    suite.close(leg)
}
