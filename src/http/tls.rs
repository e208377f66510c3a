//! TLS: whom to trust, who we are, and one more step in the chain of connectors.
//!
//! Owns: the certificate stores (read at the first https request, the default one once per process),
//! client certificates. Does not: judge a server's certificate (see `trusted`), open sockets (see `connect`).

use std::io::{Read, Write};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, StreamOwned};
use ureq::Error;
use ureq::unversioned::transport::{
    Buffers, ConnectionDetails, Connector, Either, NextTimeout, Transport, TransportAdapter,
};

use super::buffer::ConnectionBuffers;
use super::fault::{TransportError, explain_tls};
use super::peer::certificate_of;
use super::stopwatch;
use super::trusted::{Checked, Roots};
use crate::exchange::client_files::{ClientFile, Unread};
use crate::exchange::curl_options::ConnectionOptions;
use crate::exchange::request::ErrorKind;
use crate::ground::input::{TEXT_LIMIT, open_input};
use crate::ground::source::plain;

/// The settings for a kind of connection.
pub(super) fn settings(options: &ConnectionOptions, insecure: bool) -> Result<Arc<ClientConfig>, TransportError> {
    let insecure = insecure || options.no_verify_peer;
    if options.no_verify_host && !insecure {
        let message = "curl option ssl_verifyhost: 0 works only together with ssl_verifypeer: 0";
        return Err(TransportError::new(ErrorKind::Option, message));
    }
    let own = options.ca_file.is_some() || options.ca_folder.is_some() || options.client_cert.is_some();
    if !own && options.client_key.is_none() {
        static TRUSTING: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        static CHECKING: OnceLock<Arc<ClientConfig>> = OnceLock::new();
        // Shared by all threads: the store is read once, and sessions are resumed between clients.
        return if insecure {
            Ok(TRUSTING.get_or_init(|| offering(trusting().with_no_client_auth())).clone())
        } else {
            Ok(CHECKING.get_or_init(|| offering(checking(system_roots()).with_no_client_auth())).clone())
        };
    }
    let builder = if insecure {
        trusting()
    } else if options.ca_file.is_some() || options.ca_folder.is_some() {
        checking(own_roots(options)?)
    } else {
        checking(system_roots())
    };
    let config = match (&options.client_cert, &options.client_key) {
        (None, None) => builder.with_no_client_auth(),
        (None, Some(_)) => {
            return Err(TransportError::new(
                ErrorKind::Option,
                "curl option sslkey: there is no sslcert it belongs to",
            ));
        }
        (Some(cert), key) => {
            // libcurl also takes one file that holds both.
            let key = key.as_ref().unwrap_or(cert);
            let chain = certificates("sslcert", cert)?;
            let broken = |error: String| {
                TransportError::new(ErrorKind::Option, format!("curl option sslkey: {}: {error}", key.display()))
            };
            let text = open_input(key, TEXT_LIMIT).map_err(|error| broken(plain(&error)))?;
            let key_der = PrivateKeyDer::from_pem_slice(&text).map_err(|error| {
                let unread = Unread::of(&text, ClientFile::Key);
                broken(unread.map_or_else(|| error.to_string(), |unread| unread.remedy(key)))
            })?;
            builder.with_client_auth_cert(chain, key_der).map_err(|error| {
                let files = format!("{} and {}", cert.display(), key.display());
                let reason = match error {
                    rustls::Error::InconsistentKeys(_) => "the key is another certificate's".to_owned(),
                    other => other.to_string(),
                };
                TransportError::new(
                    ErrorKind::Option,
                    format!("curl options sslcert and sslkey: {files} do not fit: {reason}"),
                )
            })?
        }
    };
    Ok(offering(config))
}

/// The settings with what is spoken: some servers take whoever does not say so for a client of HTTP/2.
fn offering(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

/// Whom a certificate must be for, of a host as it stands in a URL.
pub(super) fn server_name(host: &str) -> Result<ServerName<'static>, TransportError> {
    let bare = host.strip_prefix('[').and_then(|host| host.strip_suffix(']')).unwrap_or(host);
    ServerName::try_from(bare.to_owned())
        .map_err(|_| TransportError::new(ErrorKind::Tls, format!("no certificate can be for \"{bare}\"")))
}

type WantsClientCert = rustls::ConfigBuilder<ClientConfig, rustls::client::WantsClientCert>;

fn provider() -> Arc<CryptoProvider> {
    static PROVIDER: OnceLock<Arc<CryptoProvider>> = OnceLock::new();
    PROVIDER.get_or_init(|| Arc::new(rustls::crypto::ring::default_provider())).clone()
}

fn versions() -> rustls::ConfigBuilder<ClientConfig, rustls::WantsVerifier> {
    ClientConfig::builder_with_provider(provider())
        .with_protocol_versions(rustls::ALL_VERSIONS)
        .expect("ring offers both versions of TLS")
}

fn checking(roots: Roots) -> WantsClientCert {
    versions().dangerous().with_custom_certificate_verifier(Arc::new(Checked::new(roots, provider())))
}

fn trusting() -> WantsClientCert {
    versions().dangerous().with_custom_certificate_verifier(Arc::new(TrustAll(provider())))
}

/// SSL_CERT_FILE and SSL_CERT_DIR, else the system's store, else the certificates built in.
fn system_roots() -> Roots {
    let mut roots = Roots::none();
    roots.add(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() { Roots::built_in() } else { roots }
}

fn own_roots(options: &ConnectionOptions) -> Result<Roots, TransportError> {
    let mut roots = Roots::none();
    if let Some(file) = &options.ca_file {
        roots.add(certificates("cainfo", file)?);
    }
    if let Some(folder) = &options.ca_folder {
        let broken = |error| {
            TransportError::new(ErrorKind::Option, format!("curl option capath: {}: {error}", folder.display()))
        };
        for entry in std::fs::read_dir(folder).map_err(broken)?.flatten() {
            if let Ok(found) = certificates("capath", &entry.path()) {
                roots.add(found);
            }
        }
    }
    if roots.is_empty() {
        return Err(TransportError::new(
            ErrorKind::Option,
            "curl options cainfo and capath name no usable certificate",
        ));
    }
    Ok(roots)
}

fn certificates(option: &str, file: &Path) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let broken = |error: String| {
        TransportError::new(ErrorKind::Option, format!("curl option {option}: {}: {error}", file.display()))
    };
    let text = open_input(file, TEXT_LIMIT).map_err(|error| broken(plain(&error)))?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| broken(error.to_string()))?;
    if found.is_empty() {
        let unread = Unread::of(&text, ClientFile::Certificate);
        return Err(broken(unread.map_or_else(|| "holds no PEM certificate".to_owned(), |unread| unread.remedy(file))));
    }
    Ok(found)
}

/// Adds TLS to a connection for https.
#[derive(Debug)]
pub(super) struct TlsConnect(pub Option<Arc<ClientConfig>>);

impl<In: Transport> Connector<In> for TlsConnect {
    type Out = Either<In, Tls>;

    fn connect(&self, details: &ConnectionDetails, chained: Option<In>) -> Result<Option<Self::Out>, Error> {
        let Some(transport) = chained else { return Ok(None) };
        let Some(config) = self.0.as_ref().filter(|_| details.needs_tls() && !transport.is_tls()) else {
            return Ok(Some(Either::A(transport)));
        };
        let host = details.uri.host().unwrap_or_default();
        let name = server_name(host)?;
        let mut connection = ClientConnection::new(config.clone(), name).map_err(|error| explain_tls(&error, host))?;
        let mut adapter = TransportAdapter::new(transport.boxed(), details.current_time.clone());
        adapter.set_timeout(details.timeout);
        connection.complete_io(&mut adapter)?;
        let stream = StreamOwned::new(connection, adapter);
        Ok(Some(Either::B(Tls { stream, buffers: ConnectionBuffers::default() })))
    }
}

/// TLS on top of another transport.
pub(super) struct Tls {
    stream: StreamOwned<ClientConnection, Adapter>,
    buffers: ConnectionBuffers,
}

type Adapter = TransportAdapter<Box<dyn Transport>>;

impl std::fmt::Debug for Tls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Tls").field(&self.stream.get_ref().get_ref()).finish()
    }
}

impl Transport for Tls {
    fn buffers(&mut self) -> &mut dyn Buffers {
        &mut self.buffers
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        self.stream.get_mut().set_timeout(timeout);
        self.stream.write_all(self.buffers.pending(amount))?;
        stopwatch::keep_certificate(|| certificate_of(&self.stream.conn));
        Ok(())
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        self.stream.get_mut().set_timeout(timeout);
        let amount = self.stream.read(self.buffers.input_append_buf())?;
        self.buffers.input_appended(amount);
        Ok(amount > 0)
    }

    fn is_open(&mut self) -> bool {
        self.stream.get_mut().get_mut().is_open()
    }

    fn is_tls(&self) -> bool {
        true
    }
}

/// Accepts every certificate: `--ssl-insecure`, `ssl_verifypeer: 0`.
#[derive(Debug)]
struct TrustAll(Arc<CryptoProvider>);

impl ServerCertVerifier for TrustAll {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<rustls::SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
