//! Which server certificates are accepted: what the given roots have signed, and what is itself among them.
//!
//! Owns: the verifier. Does not: read certificates (see `tls`), put refusals into words (see `fault`).

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{verify_server_cert_signed_by_trust_anchor, verify_server_name};
use rustls::crypto::{CryptoProvider, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Certificates that are trusted, as authorities and as themselves.
#[derive(Debug)]
pub(super) struct Roots {
    authorities: RootCertStore,
    own: Vec<CertificateDer<'static>>,
}

impl Roots {
    pub fn none() -> Roots {
        Roots { authorities: RootCertStore::empty(), own: Vec::new() }
    }

    /// Adds those that can be read: large collections hold some that cannot.
    pub fn add(&mut self, certificates: Vec<CertificateDer<'static>>) {
        let borrowed = certificates.iter().map(|certificate| CertificateDer::from(certificate.as_ref()));
        self.authorities.add_parsable_certificates(borrowed);
        self.own.extend(certificates);
    }

    /// Roots that are built in.
    pub fn built_in() -> Roots {
        let mut roots = Roots::none();
        roots.authorities.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        roots
    }

    /// Whether nothing is trusted.
    pub fn is_empty(&self) -> bool {
        self.authorities.is_empty()
    }
}

/// Checks a server's certificate, as curl does with OpenSSL's partial chains.
///
/// webpki alone refuses a certificate that may sign others (`CA:TRUE`, as `openssl req -x509` makes them) as a
/// server's own, even where it was given to be trusted.
#[derive(Debug)]
pub(super) struct Checked {
    roots: Roots,
    provider: Arc<CryptoProvider>,
}

impl Checked {
    pub fn new(roots: Roots, provider: Arc<CryptoProvider>) -> Checked {
        Checked { roots, provider }
    }
}

impl ServerCertVerifier for Checked {
    fn verify_server_cert(
        &self,
        certificate: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        _: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let parsed = ParsedCertificate::try_from(certificate)?;
        let algorithms = self.provider.signature_verification_algorithms.all;
        match verify_server_cert_signed_by_trust_anchor(
            &parsed,
            &self.roots.authorities,
            intermediates,
            now,
            algorithms,
        ) {
            Ok(()) => {}
            // The times of a certificate are looked at before anything else of it, so they are right here.
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_)))
                if self.roots.own.iter().any(|own| own == certificate) => {}
            Err(error) => return Err(error),
        }
        verify_server_name(&parsed, name)?;
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.provider.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}
