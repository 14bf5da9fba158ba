//! TLS with one provider, versions 1.2 and 1.3 only (RFC 5246, RFC 8446).

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore, ServerConfig};
use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, PoisonError, RwLock};

/// Why a certificate or key cannot be used.
#[derive(Debug)]
pub enum CertificateError {
    /// The file cannot be read or holds no PEM of the kind wanted.
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        error: rustls::pki_types::pem::Error,
    },
    /// Certificate and key do not belong together, or the key's kind is not supported.
    Unusable(rustls::Error),
}

impl fmt::Display for CertificateError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            CertificateError::Unreadable { path, error } => write!(f, "{}: {error}", path.display()),
            CertificateError::Unusable(error) => write!(f, "certificate or key cannot be used: {error}"),
        }
    }
}

impl std::error::Error for CertificateError {}

/// Our certificate chain and key, and whom we trust when we connect. Copies are one identity: what replaces it replaces it in all.
#[derive(Clone)]
pub struct TlsIdentity {
    both: Arc<RwLock<Both>>,
}

#[derive(Clone)]
struct Both {
    server: Arc<ServerConfig>,
    client: Arc<ClientConfig>,
}

impl TlsIdentity {
    fn both(&self) -> Both {
        self.both.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn server(&self) -> Arc<ServerConfig> {
        self.both().server
    }

    pub(super) fn client(&self) -> Arc<ClientConfig> {
        self.both().client
    }

    /// Takes over another identity for every connection that begins from now on. Those that stand keep theirs.
    pub fn replace(&self, by: &TlsIdentity) {
        let by = by.both();
        *self.both.write().unwrap_or_else(PoisonError::into_inner) = by;
    }

    /// Reads the certificate chain and key; servers that we connect to must be vouched for by `authorities`.
    pub fn load(chain: &Path, key: &Path, authorities: Option<&Path>) -> Result<Self, CertificateError> {
        let unreadable = |path: &Path| {
            let path = path.to_owned();
            move |error| CertificateError::Unreadable { path, error }
        };
        let certificates = read_certificates(chain)?;
        let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable(key))?;
        let mut roots = RootCertStore::empty();
        if let Some(path) = authorities {
            roots.add_parsable_certificates(read_certificates(path)?);
        }
        Self::new(certificates, key, roots)
    }

    /// Takes certificate chain and key as they are.
    pub fn new(
        chain: Vec<CertificateDer<'static>>,
        key: PrivateKeyDer<'static>,
        roots: RootCertStore,
    ) -> Result<Self, CertificateError> {
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let versions = [&rustls::version::TLS13, &rustls::version::TLS12];
        let server = ServerConfig::builder_with_provider(provider.clone())
            .with_protocol_versions(&versions)
            .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
            .map_err(CertificateError::Unusable)?;
        let client = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(&versions)
            .map_err(CertificateError::Unusable)?
            .with_root_certificates(roots)
            .with_no_client_auth();
        let both = Both { server: Arc::new(server), client: Arc::new(client) };
        Ok(TlsIdentity { both: Arc::new(RwLock::new(both)) })
    }
}

fn read_certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, CertificateError> {
    let unreadable = |error| CertificateError::Unreadable { path: path.to_owned(), error };
    let found: Result<Vec<_>, _> = CertificateDer::pem_file_iter(path).map_err(unreadable)?.collect();
    let found = found.map_err(unreadable)?;
    if found.is_empty() { Err(unreadable(rustls::pki_types::pem::Error::NoItemsFound)) } else { Ok(found) }
}
