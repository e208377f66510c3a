//! The server's side of TLS: its certificate.
//!
//! Owns: reading certificate and key. Does not: handle connections (see `channel`).

use std::path::Path;
use std::sync::Arc;

use rustls::ServerConfig;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::exchange::client_files::{ClientFile, Unread};
use crate::ground::input::{TEXT_LIMIT, open_input};
use crate::ground::source::plain;

/// The settings of a server with this certificate, chain and all, and its key; PEM without a password.
///
/// # Errors
/// A file cannot be read, is something else, or the two do not belong together.
pub fn tls_settings(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, String> {
    let read = |path: &Path, file: ClientFile| {
        let bytes = open_input(path, TEXT_LIMIT)
            .map_err(|error| format!("{} cannot be read: {}", path.display(), plain(&error)))?;
        match Unread::of(&bytes, file) {
            Some(unread) => Err(format!("{}: {}", path.display(), unread.remedy(path))),
            None => Ok(bytes),
        }
    };
    let chain = CertificateDer::pem_slice_iter(&read(certificate, ClientFile::Certificate)?)
        .collect::<Result<Vec<_>, _>>()
        .map_err(|error| format!("{}: {error}", certificate.display()))?;
    if chain.is_empty() {
        return Err(format!("{} holds no certificate in PEM", certificate.display()));
    }
    let key_der = PrivateKeyDer::from_pem_slice(&read(key, ClientFile::Key)?)
        .map_err(|error| format!("{} holds no private key in PEM: {error}", key.display()))?;
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut settings = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| error.to_string())?
        .with_no_client_auth()
        .with_single_cert(chain, key_der)
        .map_err(|error| format!("{} and {} do not work together: {error}", certificate.display(), key.display()))?;
    settings.alpn_protocols = vec![b"http/1.1".to_vec()];
    Ok(Arc::new(settings))
}
