//! Who is at the other end of a TLS connection.
//!
//! Owns: the server's certificate as it showed it. Does not: judge it (see `trusted`), read it (see `judge`).

use std::time::SystemTime;

use rustls::ClientConnection;

use crate::exchange::response::PeerCertificate;

/// The certificate of the server at the other end of a connection.
pub(super) fn certificate_of(connection: &ClientConnection) -> Option<Box<PeerCertificate>> {
    let der = connection.peer_certificates()?.first()?.to_vec();
    Some(Box::new(PeerCertificate { der, seen: SystemTime::now() }))
}
