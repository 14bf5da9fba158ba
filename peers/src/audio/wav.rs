//! WAV files of 16-bit PCM, mono, 8 kHz.

use std::io;
use std::path::Path;

use super::RATE;

/// Writes a file.
pub fn write_wav(path: &Path, samples: &[i16]) -> io::Result<()> {
    let length = (samples.len() * 2) as u32;
    let rate = RATE as u32;
    let mut file = Vec::with_capacity(samples.len() * 2 + 44);
    file.extend(b"RIFF");
    file.extend((36 + length).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16_u32.to_le_bytes());
    // PCM, one channel.
    file.extend([1, 0, 1, 0]);
    file.extend(rate.to_le_bytes());
    file.extend((rate * 2).to_le_bytes());
    file.extend([2, 0, 16, 0]);
    file.extend(b"data");
    file.extend(length.to_le_bytes());
    samples.iter().for_each(|sample| file.extend(sample.to_le_bytes()));
    std::fs::write(path, file)
}

/// Reads a file of any rate: gives the rate and the samples. A length that was never filled in, because the recorder was
/// killed, means up to the end of the file.
pub fn read_wav(path: &Path) -> io::Result<(usize, Vec<i16>)> {
    parse(&std::fs::read(path)?).ok_or_else(|| io::Error::other(format!("{}: no 16-bit mono WAV", path.display())))
}

fn parse(file: &[u8]) -> Option<(usize, Vec<i16>)> {
    if file.get(..4)? != b"RIFF" || file.get(8..12)? != b"WAVE" {
        return None;
    }
    let (mut rest, mut rate) = (&file[12..], None);
    loop {
        let (kind, length) = (rest.get(..4)?, u32::from_le_bytes(rest.get(4..8)?.try_into().ok()?) as usize);
        let body = &rest[8..];
        match kind {
            b"fmt " => {
                let (channels, bits) = (body.get(2..4)?, body.get(14..16)?);
                rate = Some(u32::from_le_bytes(body.get(4..8)?.try_into().ok()?) as usize);
                if channels != [1, 0] || bits != [16, 0] {
                    return None;
                }
            }
            b"data" => {
                let length = if length == 0 || length > body.len() { body.len() } else { length };
                let samples = body[..length].chunks_exact(2).map(|pair| i16::from_le_bytes([pair[0], pair[1]]));
                return Some((rate?, samples.collect()));
            }
            _ => {}
        }
        rest = body.get(length + length % 2..)?;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.wav");
        let samples = [0, 1, -1, i16::MAX, i16::MIN];
        write_wav(&path, &samples).unwrap();
        assert_eq!(read_wav(&path).unwrap(), (8000, samples.to_vec()));
        let mut cut = std::fs::read(&path).unwrap();
        cut[40..44].fill(0);
        std::fs::write(&path, &cut).unwrap();
        assert_eq!(read_wav(&path).unwrap().1, samples, "the recorder was killed");
        std::fs::write(&path, &cut[..30]).unwrap();
        assert!(read_wav(&path).is_err());
    }
}
