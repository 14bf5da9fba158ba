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

#[cfg(test)]
mod tests {
    use super::*;
    use directory::{Extension, PasswordDigest};
    use ground::{DeviceId, Secret};

    /// Extension 1001 with the digests that its password makes in the realm `almon`, but for SHA-512/256.
    fn accounts() -> DirectoryAccounts {
        let digest = |algorithm, computed| PasswordDigest {
            algorithm,
            a1: Secret::new(A1::of(computed, "1001", "almon", "tone ringing").hex()),
        };
        let extension = Extension {
            number: "1001".parse().unwrap(),
            device: DeviceId(1),
            name: "Bell".into(),
            max_terminals: 3,
            external_calls: false,
            password: vec![
                digest(DigestAlgorithm::Md5, Algorithm::Md5),
                digest(DigestAlgorithm::Sha256, Algorithm::Sha256),
            ],
            call_waiting: true,
            max_calls: None,
            pickup_group: None,
        };
        let directory = Directory { extensions: [(extension.number, extension)].into(), ..Directory::default() };
        DirectoryAccounts { directory: Arc::new(directory), realm: "almon".into() }
    }

    #[test]
    fn an_extension_proves_itself_by_each_digest_that_it_has() {
        let accounts = accounts();
        for algorithm in [Algorithm::Md5, Algorithm::Sha256] {
            let known = accounts.a1("1001", "almon", algorithm).unwrap();
            assert_eq!(known.hex(), A1::of(algorithm, "1001", "almon", "tone ringing").hex());
        }
        assert!(accounts.a1("1001", "almon", Algorithm::Sha512_256).is_none());
    }

    #[test]
    fn nobody_else_does() {
        let accounts = accounts();
        for (user, realm) in
            [("1002", "almon"), ("1001", "other"), ("bell", "almon"), ("", "almon"), ("1001 ", "almon")]
        {
            assert!(accounts.a1(user, realm, Algorithm::Sha256).is_none(), "{user}@{realm}");
        }
    }

    #[test]
    fn a_digest_that_is_no_hash_proves_nothing() {
        let mut accounts = accounts();
        let directory = Arc::make_mut(&mut accounts.directory);
        for extension in directory.extensions.values_mut() {
            for digest in &mut extension.password {
                digest.a1 = Secret::new("not hexadecimal".to_owned());
            }
        }
        assert!(accounts.a1("1001", "almon", Algorithm::Sha256).is_none());
    }

    #[test]
    fn an_extension_has_as_many_telephones_as_its_entry_says() {
        assert_eq!(accounts().contacts("1001"), Some(3));
        assert_eq!(accounts().contacts("1002"), None);
        assert_eq!(accounts().contacts("bell"), None);
    }
}
