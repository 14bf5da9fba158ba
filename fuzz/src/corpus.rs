//! Seeds and tokens, read from the folders of this crate.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

/// The folder of this crate in the checkout.
pub fn home() -> PathBuf {
    std::env::var_os("CARGO_MANIFEST_DIR").map_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")), PathBuf::from)
}

/// The files of `home/corpus/target`, in the order of their names; none if the folder is not there.
pub fn seeds(home: &Path, target: &str) -> io::Result<Vec<Vec<u8>>> {
    let folder = home.join("corpus").join(target);
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut paths = fs::read_dir(folder)?.map(|entry| entry.map(|e| e.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.is_file());
    paths.sort();
    paths.iter().map(fs::read).collect()
}

/// The tokens of `home/dictionary/target.txt`; none if the file is not there.
pub fn tokens(home: &Path, target: &str) -> io::Result<Vec<Vec<u8>>> {
    let path = home.join("dictionary").join(format!("{target}.txt"));
    if !path.exists() {
        return Ok(Vec::new());
    }
    let text = fs::read_to_string(path)?;
    let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    lines
        .map(|line| token(line).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, format!("no token: {line}"))))
        .collect()
}

/// The bytes that a dictionary's line stands for; `None` for an escape that is none.
fn token(line: &str) -> Option<Vec<u8>> {
    let mut bytes = Vec::with_capacity(line.len());
    let mut rest = line.as_bytes().iter().copied();
    while let Some(byte) = rest.next() {
        bytes.push(match byte {
            b'\\' => match rest.next()? {
                b'r' => b'\r',
                b'n' => b'\n',
                b't' => b'\t',
                b'\\' => b'\\',
                b'x' => {
                    let high = (rest.next()? as char).to_digit(16)?;
                    let low = (rest.next()? as char).to_digit(16)?;
                    u8::try_from(high * 16 + low).ok()?
                }
                _ => return None,
            },
            plain => plain,
        });
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_stand_for_bytes() {
        assert_eq!(token(r"a\r\n\t\\\x00\xfF").unwrap(), b"a\r\n\t\\\x00\xff");
        for wrong in [r"\", r"\q", r"\x1", r"\xgg"] {
            assert_eq!(token(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn seeds_come_in_the_order_of_their_names_and_tokens_without_comments() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("corpus/sip")).unwrap();
        fs::create_dir_all(home.path().join("dictionary")).unwrap();
        fs::write(home.path().join("corpus/sip/b"), "second").unwrap();
        fs::write(home.path().join("corpus/sip/a"), "first").unwrap();
        fs::write(home.path().join("dictionary/sip.txt"), "# methods\nINVITE\n\n\\r\\n\n").unwrap();
        assert_eq!(seeds(home.path(), "sip").unwrap(), [b"first".to_vec(), b"second".to_vec()]);
        assert_eq!(tokens(home.path(), "sip").unwrap(), [b"INVITE".to_vec(), b"\r\n".to_vec()]);
        assert!(seeds(home.path(), "none").unwrap().is_empty() && tokens(home.path(), "none").unwrap().is_empty());
    }

    #[test]
    fn a_bad_token_is_an_error_and_not_left_out() {
        let home = tempfile::tempdir().unwrap();
        fs::create_dir_all(home.path().join("dictionary")).unwrap();
        fs::write(home.path().join("dictionary/sip.txt"), "\\q\n").unwrap();
        assert!(tokens(home.path(), "sip").is_err());
    }
}
