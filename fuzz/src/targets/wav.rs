//! WAV files: no bytes may panic, and no file may give more samples than it has bytes.

/// Takes `data` as a file.
///
/// # Panics
///
/// When more samples come out than bytes went in, or none without an error.
pub fn run(data: &[u8]) {
    if let Ok(samples) = media::read_wav(data) {
        assert!(!samples.is_empty() && samples.len() <= data.len(), "samples from nowhere");
    }
}
