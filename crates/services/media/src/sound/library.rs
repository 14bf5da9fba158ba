//! All sounds of an engine, made or read once at its start.

use super::{Sound, SoundFault, melody, read_wav, tone};
use crate::config::{SoundConfig, StartError};
use media_plan::Tone;
use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

/// The most announcements of a folder.
const MOST: usize = 512;
/// The largest file: ten minutes of 16-bit samples and some more.
const LARGEST: u64 = 10_000_000;
/// The keys that have tones.
const KEYS: [char; 16] = ['0', '1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '#', 'A', 'B', 'C', 'D'];
const TONES: [Tone; 6] =
    [Tone::Dial, Tone::Ringing, Tone::Busy, Tone::Congestion, Tone::SpecialInformation, Tone::CallWaiting];
/// Announcements that are built in. How each was made stands in `sounds/README.md`.
const BUILT_IN: [(&str, &[u8]); 1] = [("number-not-in-use", include_bytes!("../../sounds/number-not-in-use.wav"))];

/// The sounds.
#[derive(Debug)]
pub(crate) struct Library {
    tones: BTreeMap<Tone, Arc<Sound>>,
    keys: BTreeMap<char, Arc<Sound>>,
    music: Arc<Sound>,
    announcements: BTreeMap<String, Arc<Sound>>,
}

impl Library {
    /// Makes the tones and reads the files.
    pub(crate) fn load(config: &SoundConfig) -> Result<Library, StartError> {
        let music = match &config.music {
            Some(path) => file(path)?,
            None => Sound::encode(&melody::samples()),
        };
        let mut announcements = BTreeMap::new();
        for (name, bytes) in BUILT_IN {
            let samples = read_wav(bytes).map_err(|fault| StartError::Sound { path: name.into(), fault })?;
            announcements.insert(name.to_owned(), Sound::encode(&samples));
        }
        if let Some(folder) = &config.announcements {
            read_folder(folder, &mut announcements)?;
        }
        let keys = KEYS.into_iter().filter_map(|key| Some((key, Sound::encode(&tone::keypad(key)?))));
        Ok(Library {
            tones: TONES.into_iter().map(|tone| (tone, Sound::encode(&tone::samples(tone)))).collect(),
            keys: keys.collect(),
            music,
            announcements,
        })
    }

    /// A call progress tone.
    pub(crate) fn tone(&self, tone: Tone) -> Option<&Arc<Sound>> {
        self.tones.get(&tone)
    }

    /// The tone of a key.
    pub(crate) fn key(&self, digit: char) -> Option<&Arc<Sound>> {
        self.keys.get(&digit)
    }

    /// Music.
    pub(crate) fn music(&self) -> &Arc<Sound> {
        &self.music
    }

    /// The names of all announcements, in their order.
    pub(crate) fn announcements(&self) -> impl Iterator<Item = &str> {
        self.announcements.keys().map(String::as_str)
    }

    /// An announcement.
    pub(crate) fn announcement(&self, name: &str) -> Option<&Arc<Sound>> {
        self.announcements.get(name)
    }
}

fn read_folder(folder: &Path, announcements: &mut BTreeMap<String, Arc<Sound>>) -> Result<(), StartError> {
    let unreadable = |error: std::io::Error| fault(folder, SoundFault::Unreadable(error.kind()));
    let mut taken = 0;
    for entry in std::fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let wav = path.extension().is_some_and(|extension| extension.eq_ignore_ascii_case("wav"));
        let Some(name) = path.file_stem().and_then(|stem| stem.to_str()).filter(|_| wav) else { continue };
        taken += 1;
        if taken > MOST {
            return Err(fault(&path, SoundFault::TooMany));
        }
        announcements.insert(name.to_owned(), file(&path)?);
    }
    Ok(())
}

fn file(path: &Path) -> Result<Arc<Sound>, StartError> {
    let unreadable = |error: std::io::Error| fault(path, SoundFault::Unreadable(error.kind()));
    if std::fs::metadata(path).map_err(unreadable)?.len() > LARGEST {
        return Err(fault(path, SoundFault::TooLong));
    }
    let bytes = std::fs::read(path).map_err(unreadable)?;
    let samples = read_wav(&bytes).map_err(|reason| fault(path, reason))?;
    Ok(Sound::encode(&samples))
}

fn fault(path: &Path, fault: SoundFault) -> StartError {
    StartError::Sound { path: path.to_owned(), fault }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_built_in_sounds_are_there_and_no_others() {
        let library = Library::load(&SoundConfig::default()).unwrap();
        let spoken = library.announcement("number-not-in-use").unwrap();
        assert!(spoken.len() > 3 * 8000, "{}", spoken.len());
        assert!(library.announcement("no such").is_none());
        assert_eq!(library.tone(Tone::Busy).map(|sound| sound.len()), Some(8000));
        assert!(KEYS.iter().all(|key| library.key(*key).is_some()));
        assert!(library.key('E').is_none());
        assert!(library.music().len() > 80_000);
    }

    #[test]
    fn a_folder_replaces_what_is_built_in_and_a_bad_file_stops_the_start() {
        let folder = tempfile::tempdir().unwrap();
        let built_in = BUILT_IN[0].1;
        std::fs::write(folder.path().join("closed.wav"), built_in).unwrap();
        std::fs::write(folder.path().join("notes.txt"), b"not a sound").unwrap();
        let config = SoundConfig { music: None, announcements: Some(folder.path().to_owned()) };
        assert!(Library::load(&config).unwrap().announcement("closed").is_some());
        std::fs::write(folder.path().join("bad.wav"), b"RIFF").unwrap();
        let error = Library::load(&config).unwrap_err();
        assert!(matches!(error, StartError::Sound { fault: SoundFault::NotWav, .. }), "{error}");
        let missing = SoundConfig { music: Some(folder.path().join("none.wav")), announcements: None };
        assert!(matches!(Library::load(&missing), Err(StartError::Sound { fault: SoundFault::Unreadable(_), .. })));
    }
}
