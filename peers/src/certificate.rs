//! A certificate authority for one test, and a certificate of the exchange under it.

use std::path::{Path, PathBuf};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose, SanType};

use crate::namespace::Host;

/// PEM files.
#[derive(Clone, Debug)]
pub struct Certificates {
    /// The authority that vouches for the exchange.
    pub authority: PathBuf,
    /// The certificate of the exchange.
    pub certificate: PathBuf,
    /// Its key.
    pub key: PathBuf,
    /// Both in one file, as baresip wants them.
    pub both: PathBuf,
}

impl Certificates {
    /// Makes them for the addresses of `host`, as files in `folder`.
    ///
    /// # Panics
    ///
    /// When they cannot be made or written.
    pub fn new(host: &Host, folder: &Path) -> Certificates {
        let mut authority = CertificateParams::default();
        authority.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        authority.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        authority.distinguished_name.push(DnType::CommonName, "Test authority");
        let key = KeyPair::generate().expect("a key");
        let authority = CertifiedIssuer::self_signed(authority, key).expect("an authority");
        let mut own = CertificateParams::default();
        own.subject_alt_names = vec![SanType::IpAddress(host.v4()), SanType::IpAddress(host.v6())];
        own.distinguished_name.push(DnType::CommonName, host.v4().to_string());
        let key = KeyPair::generate().expect("a key");
        let certificate = own.signed_by(&key, &authority).expect("a certificate");
        let write = |name: &str, text: String| {
            let path = folder.join(name);
            std::fs::write(&path, text).expect("a file in /tmp");
            path
        };
        let (certificate, key) = (certificate.pem(), key.serialize_pem());
        Certificates {
            authority: write("authority.pem", authority.pem()),
            both: write("both.pem", format!("{certificate}{key}")),
            certificate: write("certificate.pem", certificate),
            key: write("key.pem", key),
        }
    }
}
