//! Which server certificates are accepted: what the given roots have signed, and what is itself among them.
//!
//! Owns: the verifier, and the one name that is read out of a certificate. Does not: read certificates (see `tls`), put refusals into words (see `fault`).

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
        let is_own = self.roots.own.iter().any(|own| own == certificate);
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
            Err(Error::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::Other(_))) if is_own => {}
            Err(error) => return Err(error),
        }
        match verify_server_name(&parsed, name) {
            // As curl does, and as `openssl req -x509 -subj /CN=localhost` counts on: without other names, the subject's.
            Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext { ref presented, .. }))
                if is_own
                    && presented.is_empty()
                    && common_name(certificate).is_some_and(|own| name.to_str().eq_ignore_ascii_case(&own)) => {}
            other => other?,
        }
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

/// The last common name of a certificate's subject.
fn common_name(certificate: &[u8]) -> Option<String> {
    const SEQUENCE: u8 = 0x30;
    const VERSION: u8 = 0xa0;
    const COMMON_NAME: [u8; 5] = [0x06, 3, 0x55, 4, 3];
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    if rest.first() == Some(&VERSION) {
        rest = element(rest)?.2;
    }
    // Serial number, algorithm, issuer, validity.
    for _ in 0..4 {
        rest = element(rest)?.2;
    }
    let (SEQUENCE, mut names, _) = element(rest)? else { return None };
    let mut found = None;
    while let Some((_, mut set, others)) = element(names) {
        while let Some((_, pair, more)) = element(set) {
            if let Some(value) = pair.strip_prefix(&COMMON_NAME) {
                found = element(value).and_then(|(_, text, _)| String::from_utf8(text.to_vec()).ok());
            }
            set = more;
        }
        names = others;
    }
    found
}

/// The first element of a DER text: its tag, its contents, and what follows it.
fn element(der: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = der.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (length, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (length.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)), rest)
        }
        _ => return None,
    };
    let (contents, others) = rest.split_at_checked(length)?;
    Some((*tag, contents, others))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_subjects_common_name_is_read_and_nothing_else() {
        use rcgen::{CertificateParams, DnType, KeyPair};
        let mut params = CertificateParams::new(Vec::new()).unwrap();
        params.distinguished_name.push(DnType::CommonName, "localhost");
        params.distinguished_name.push(DnType::OrganizationName, "o".repeat(200));
        let certificate = params.self_signed(&KeyPair::generate().unwrap()).unwrap();
        let der = certificate.der().as_ref();
        assert_eq!(common_name(der).as_deref(), Some("localhost"));
        // However it is cut, there is no name rather than a wrong one, and no panic.
        for end in 0..der.len() {
            assert_eq!(common_name(&der[..end]), None, "{end}");
        }
        assert_eq!(common_name(&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff, 1]), None);
    }
}
