//! What went wrong with TLS, in words: rustls shows names of its own types.
//!
//! Owns: the words for refused certificates, for alerts, for what a peer did wrong. Does not: check anything.

use std::time::{Duration, UNIX_EPOCH};

use rustls::pki_types::UnixTime;
use rustls::{AlertDescription, CertificateError, Error};

use super::TransportError;
use crate::exchange::request::ErrorKind;
use crate::ground::timestamp::rfc3339;

const REMEDY: &str = "set SSL_CERT_FILE or curl_option_cainfo, or pass --ssl-insecure";

/// Our kind and words for an error of rustls.
pub fn explain_tls(error: &Error, host: &str) -> TransportError {
    let message = match error {
        Error::InvalidCertificate(reason) => refused(reason, host),
        Error::InvalidMessage(_) => format!("\"{host}\" does not speak TLS on this port; is it http?"),
        Error::AlertReceived(alert) => format!("\"{host}\" refused the TLS connection: {}", alert_words(*alert)),
        Error::PeerIncompatible(reason) => {
            format!("\"{host}\" and resttest have no TLS in common (1.2 and 1.3 are spoken here): {}", words(reason))
        }
        Error::PeerMisbehaved(reason) => {
            format!("TLS with \"{host}\" failed: it broke the protocol: {}", words(reason))
        }
        Error::NoCertificatesPresented => format!("\"{host}\" has no certificate"),
        Error::InappropriateMessage { .. } | Error::InappropriateHandshakeMessage { .. } => {
            format!("TLS with \"{host}\" failed: it sent a message out of turn")
        }
        Error::DecryptError => format!("TLS with \"{host}\" failed: what it sent cannot be decrypted"),
        Error::PeerSentOversizedRecord => format!("TLS with \"{host}\" failed: it sent a record that is too long"),
        Error::General(reason) => format!("TLS with \"{host}\" failed: {reason}"),
        other => format!("TLS with \"{host}\" failed: {}", words(other)),
    };
    TransportError::new(ErrorKind::Tls, message)
}

fn refused(reason: &CertificateError, host: &str) -> String {
    use CertificateError as Reason;
    let why = match reason {
        Reason::UnknownIssuer => "its issuer is not known".to_owned(),
        Reason::NotValidForName => return format!("certificate of \"{host}\" is for another name"),
        Reason::NotValidForNameContext { presented, .. } => {
            return format!("certificate of \"{host}\" is for another name: {}", names(presented));
        }
        Reason::Expired => return format!("certificate of \"{host}\" has expired"),
        Reason::ExpiredContext { not_after, .. } => {
            return format!("certificate of \"{host}\" has expired: it was valid until {}", date(*not_after));
        }
        Reason::NotValidYet => return format!("certificate of \"{host}\" is not valid yet"),
        Reason::NotValidYetContext { not_before, .. } => {
            return format!("certificate of \"{host}\" is not valid yet: it will be from {} on", date(*not_before));
        }
        Reason::BadEncoding => "it is malformed".to_owned(),
        Reason::BadSignature => "its signature is wrong".to_owned(),
        Reason::Revoked => "it was revoked".to_owned(),
        Reason::InvalidPurpose | Reason::InvalidPurposeContext { .. } => "it is not meant for servers".to_owned(),
        Reason::UnhandledCriticalExtension => "it has an extension that must be understood, and is not here".to_owned(),
        Reason::UnsupportedSignatureAlgorithmContext { .. }
        | Reason::UnsupportedSignatureAlgorithmForPublicKeyContext { .. } => {
            "it is signed in a way that is not known here".to_owned()
        }
        Reason::Other(inner) => match inner.to_string().as_str() {
            "CaUsedAsEndEntity" => "it is an authority's own, and not itself among those that are trusted".to_owned(),
            "UnsupportedCertVersion" => "it is not of X.509 version 3".to_owned(),
            name => words(&name),
        },
        other => words(other),
    };
    format!("certificate of \"{host}\" is not trusted: {why}; {REMEDY}")
}

/// What another side meant that ended a handshake.
fn alert_words(alert: AlertDescription) -> String {
    use AlertDescription as Alert;
    let words = match alert {
        Alert::CloseNotify | Alert::UserCanceled => "it closed it",
        Alert::HandshakeFailure | Alert::InsufficientSecurity => "it accepts none of the ciphers that are offered",
        Alert::ProtocolVersion | Alert::InappropriateFallback => "it speaks another version of TLS than 1.2 and 1.3",
        Alert::CertificateRequired | Alert::NoCertificate => {
            "it wants a client certificate; set curl_option_sslcert and curl_option_sslkey"
        }
        Alert::UnknownCA => "it does not know who issued the client certificate",
        Alert::BadCertificate
        | Alert::UnsupportedCertificate
        | Alert::CertificateUnknown
        | Alert::CertificateUnobtainable
        | Alert::BadCertificateStatusResponse
        | Alert::BadCertificateHashValue => "it does not accept the client certificate",
        Alert::CertificateRevoked => "the client certificate was revoked",
        Alert::CertificateExpired => "the client certificate has expired",
        Alert::AccessDenied => "it does not let this client in",
        Alert::UnrecognisedName => "it has no certificate for this name",
        Alert::NoApplicationProtocol => "it does not speak HTTP/1.1 here",
        Alert::UnknownPSKIdentity => "it does not know the key that was offered",
        Alert::InternalError => "something failed on its side",
        Alert::UnexpectedMessage
        | Alert::BadRecordMac
        | Alert::DecryptionFailed
        | Alert::RecordOverflow
        | Alert::DecompressionFailure
        | Alert::IllegalParameter
        | Alert::DecodeError
        | Alert::DecryptError => "it did not understand what it was sent",
        Alert::ExportRestriction | Alert::NoRenegotiation | Alert::MissingExtension | Alert::UnsupportedExtension => {
            "it wants something of TLS that is not offered here"
        }
        Alert::EncryptedClientHelloRequired => "it wants an encrypted hello, which is not offered here",
        other => return format!("alert {}", u8::from(other)),
    };
    words.to_owned()
}

/// The names that a certificate is for: `DnsName("a.test")` and its like.
fn names(presented: &[String]) -> String {
    let bare = |name: &String| {
        let inner = name.split_once('(').map_or(name.as_str(), |(_, inner)| inner.trim_end_matches(')'));
        inner.trim_matches('"').to_owned()
    };
    match presented {
        [] => "it names none".to_owned(),
        names => format!("it names {}", names.iter().map(bare).collect::<Vec<_>>().join(", ")),
    }
}

fn date(time: UnixTime) -> String {
    UNIX_EPOCH.checked_add(Duration::from_secs(time.as_secs())).map_or_else(String::new, rfc3339)
}

/// The name of a variant as words: `SelectedUnofferedCipherSuite` is "selected unoffered cipher suite".
fn words(variant: &impl std::fmt::Debug) -> String {
    let text = format!("{variant:?}");
    let name = text.trim_start_matches('"').split(|letter: char| !letter.is_ascii_alphanumeric()).next();
    let mut words = String::new();
    for letter in name.unwrap_or_default().chars() {
        if letter.is_ascii_uppercase() && !words.is_empty() {
            words.push(' ');
        }
        words.push(letter.to_ascii_lowercase());
    }
    words
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::pki_types::ServerName;
    use rustls::{OtherError, PeerIncompatible, PeerMisbehaved};

    use super::*;

    #[derive(Debug)]
    struct Inner(&'static str);

    impl std::fmt::Display for Inner {
        fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            f.write_str(self.0)
        }
    }

    impl std::error::Error for Inner {}

    #[test]
    fn errors_of_tls_are_words() {
        let at = |seconds| UnixTime::since_unix_epoch(Duration::from_secs(seconds));
        let other = |name| CertificateError::Other(OtherError(Arc::new(Inner(name))));
        let for_name = |presented: &[&str]| CertificateError::NotValidForNameContext {
            expected: ServerName::try_from("h").unwrap(),
            presented: presented.iter().map(|name| (*name).to_owned()).collect(),
        };
        for (reason, expected) in [
            (CertificateError::UnknownIssuer, "is not trusted: its issuer is not known; set"),
            (other("CaUsedAsEndEntity"), "is not trusted: it is an authority's own, and not itself among those"),
            (other("PathLenConstraintViolated"), "is not trusted: path len constraint violated; set"),
            (CertificateError::BadEncoding, "is not trusted: it is malformed; set"),
            (CertificateError::UnknownRevocationStatus, "is not trusted: unknown revocation status; set"),
            (for_name(&[]), "is for another name: it names none"),
            (
                for_name(&["DnsName(\"a.test\")", "IpAddress(127.0.0.1)"]),
                "is for another name: it names a.test, 127.0.0.1",
            ),
            (
                CertificateError::ExpiredContext { time: at(9), not_after: at(1) },
                "has expired: it was valid until 1970-01-01T00:00:01.000+00:00",
            ),
            (
                CertificateError::NotValidYetContext { time: at(1), not_before: at(9) },
                "is not valid yet: it will be from 1970-01-01T00:00:09.000+00:00 on",
            ),
        ] {
            let message = explain_tls(&Error::InvalidCertificate(reason), "h").message;
            assert!(message.starts_with(&format!("certificate of \"h\" {expected}")), "{message}");
        }
        for (error, expected) in [
            (Error::PeerMisbehaved(PeerMisbehaved::SelectedUnofferedCipherSuite), "selected unoffered cipher suite"),
            (Error::PeerIncompatible(PeerIncompatible::NoCipherSuitesInCommon), "no cipher suites in common"),
            (Error::AlertReceived(AlertDescription::UnknownCA), "does not know who issued the client certificate"),
            (Error::AlertReceived(AlertDescription::from(200)), "alert 200"),
            (Error::HandshakeNotComplete, "handshake not complete"),
        ] {
            let message = explain_tls(&error, "h").message;
            assert!(message.ends_with(expected), "{message}");
        }
    }

    #[test]
    fn every_alert_has_words() {
        for number in 0..=255 {
            let words = alert_words(AlertDescription::from(number));
            let is_known = !matches!(AlertDescription::from(number), AlertDescription::Unknown(_));
            assert_eq!(words.starts_with("alert "), !is_known, "{number}: {words}");
        }
    }
}
