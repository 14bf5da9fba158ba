//! The directory as the registrar and the challenge see it.

use directory::{DigestAlgorithm, Directory};
use sip::agent::Accounts;
use sip::digest::{A1, Algorithm};
use std::sync::Arc;

/// Digests of extensions' passwords at one revision.
pub(crate) struct DirectoryAccounts {
    pub(crate) directory: Arc<Directory>,
    /// The realm with which the digests were made.
    pub(crate) realm: Box<str>,
}

impl Accounts for DirectoryAccounts {
    fn a1(&self, username: &str, realm: &str, algorithm: Algorithm) -> Option<A1> {
        if realm != &*self.realm {
            return None;
        }
        let extension = self.directory.extensions.get(&username.parse().ok()?)?;
        // Digits are kept in capitals; another spelling of the name has another digest.
        if extension.number.as_str() != username {
            return None;
        }
        let wanted = match algorithm {
            Algorithm::Md5 => DigestAlgorithm::Md5,
            Algorithm::Sha256 => DigestAlgorithm::Sha256,
            Algorithm::Sha512_256 => DigestAlgorithm::Sha512_256,
        };
        let digest = extension.password.iter().find(|digest| digest.algorithm == wanted)?;
        A1::from_hex(algorithm, digest.a1.expose())
    }

    fn contacts(&self, account: &str) -> Option<usize> {
        let extension = self.directory.extensions.get(&account.parse().ok()?)?;
        Some(extension.max_terminals.into())
    }
}
