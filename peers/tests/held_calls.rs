//! A held party hears music, and the voice again afterwards.

use peers::{Almon, Baresip, Phone, Site, audio};
use std::thread::sleep;
use std::time::Duration;

/// The parts of the recording that belong to each part of the call, in samples.
const TENTH: usize = audio::RATE / 10;

#[test]
fn the_held_party_hears_music_and_then_the_voice_again() {
    let Some(site) = Site::with(&["baresip"]) else { return };
    let almon = Almon::with_extensions(&site, &["1001", "1002"]);
    let (one, other) = (audio::speech(1, 30.0), audio::speech(2, 30.0));
    let (here, there) = (site.host(), site.host());
    let mut held = Baresip::start(&there, &Phone::new("1002", site.exchange(), &other).answering());
    let mut holding = Baresip::start(&here, &Phone::new("1001", site.exchange(), &one));
    holding.dial("1002");
    holding.event("CALL_ESTABLISHED");
    held.event("CALL_ESTABLISHED");
    sleep(Duration::from_millis(2000));
    let before = held.heard().concat().len();
    holding.command("hold", "");
    sleep(Duration::from_millis(3000));
    let during = held.heard().concat().len();
    let states = almon.calls()[0]["states"].to_string();
    assert!(states.contains("hold"), "the call shows that it is held: {states}");
    holding.command("resume", "");
    sleep(Duration::from_millis(2500));
    holding.hang_up();
    held.event("CALL_CLOSED");
    let heard = held.heard().concat();
    let voice = audio::likeness(&one, &heard[..before.min(heard.len())]);
    assert!(voice.correlation > 0.9 && voice.seconds > 1.0, "before: {voice:?}");
    // The recorder writes late: leave half a second at each border.
    let music = &heard[before + 5 * TENTH..during - 5 * TENTH];
    assert!(music.len() > 10 * TENTH, "{} samples came during hold", music.len());
    assert!(audio::level(music) > -45.0, "silence at {:.1} dB during hold", audio::level(music));
    let leak = audio::likeness(&one, music);
    assert!(leak.correlation < 0.6, "the voice is heard during hold: {leak:?}");
    let again = audio::likeness(&one, &heard[during + 5 * TENTH..]);
    assert!(again.correlation > 0.9 && again.seconds > 1.0, "after: {again:?}");
    almon.wait_for_records(1);
    holding.quit();
    held.quit();
    almon.end();
}
