//! Passwords of extensions: made, and hashed for the realm.

use directory::{DigestAlgorithm, PasswordDigest};
use ground::Secret;
use sip::digest::{A1, Algorithm};

/// Letters and digits that nobody confuses on a telephone's display or on paper.
const ALPHABET: &[u8; 32] = b"abcdefghijkmnpqrstuvwxyz23456789";
/// 20 characters of 32: 100 bits.
const LENGTH: usize = 20;
/// Shorter ones are guessed.
const SHORTEST: usize = 8;

/// A new random password.
pub fn generate() -> Result<Secret, getrandom::Error> {
    let mut random = [0_u8; LENGTH];
    getrandom::fill(&mut random)?;
    Ok(Secret::new(random.iter().map(|byte| char::from(ALPHABET[usize::from(byte % 32)])).collect::<String>()))
}

/// True when a password may be used.
pub fn is_acceptable(password: &Secret) -> bool {
    let text = password.expose();
    text.len() >= SHORTEST && text.len() <= 128 && !text.chars().any(char::is_control)
}

/// The digests of a password, one for each algorithm (RFC 7616 section 3.4.2).
pub fn digests(number: &str, realm: &str, password: &Secret) -> Vec<PasswordDigest> {
    let pairs = [
        (DigestAlgorithm::Md5, Algorithm::Md5),
        (DigestAlgorithm::Sha256, Algorithm::Sha256),
        (DigestAlgorithm::Sha512_256, Algorithm::Sha512_256),
    ];
    let one = |(kept, computed): (DigestAlgorithm, Algorithm)| PasswordDigest {
        algorithm: kept,
        a1: Secret::new(A1::of(computed, number, realm, password.expose()).hex()),
    };
    pairs.into_iter().map(one).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn made_passwords_are_long_and_differ() {
        let (one, other) = (generate().unwrap(), generate().unwrap());
        assert_ne!(one.expose(), other.expose());
        assert_eq!(one.expose().len(), LENGTH);
        assert!(is_acceptable(&one));
        assert!(!is_acceptable(&Secret::new("1234567")));
        assert!(!is_acceptable(&Secret::new("12345678\n")));
    }

    #[test]
    fn digests_are_of_user_realm_and_password() {
        // The A1 of the example in RFC 2617 section 3.5.
        let digests = digests("Mufasa", "testrealm@host.com", &Secret::new("Circle Of Life"));
        assert_eq!(digests[0].a1.expose(), "939e7578ed9e3c518a452acee763bce9");
        assert!(digests[1..].iter().all(|digest| digest.a1.expose().len() == 64));
    }
}
