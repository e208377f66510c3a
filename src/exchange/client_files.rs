//! Client certificates and keys in forms that are not read here, and the command that makes PEM of them.
//!
//! Owns: telling the forms apart, by a file's bytes and by the names that libcurl's options have. Does not: read files.

use std::path::Path;

use crate::exchange::curl_command::shell::{Layout, Text, word};

/// A form that is not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unread {
    /// A key in PEM that a password protects.
    EncryptedKey,
    /// PKCS#12: certificate and key in one file.
    Pkcs12,
    /// A certificate in DER.
    DerCertificate,
    /// A key in DER.
    DerKey,
}

/// What a file is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientFile {
    /// `sslcert`.
    Certificate,
    /// `sslkey`.
    Key,
}

impl Unread {
    /// The form of a file with these bytes; nothing where it is not one of these.
    pub fn of(bytes: &[u8], file: ClientFile) -> Option<Unread> {
        let has = |text: &str| bytes.windows(text.len()).any(|window| window == text.as_bytes());
        if has("-----BEGIN ") {
            let is_encrypted = has("BEGIN ENCRYPTED PRIVATE KEY") || has("Proc-Type: 4,ENCRYPTED");
            // A certificate is read from a file whose key is encrypted, as long as that key is not asked for.
            return (is_encrypted && file == ClientFile::Key).then_some(Unread::EncryptedKey);
        }
        // A sequence in DER, behind its length.
        let inside = match bytes {
            [0x30, length, rest @ ..] if *length < 0x80 => rest,
            [0x30, length, rest @ ..] => rest.get(usize::from(length & 0x7f)..)?,
            _ => return None,
        };
        match (inside, file) {
            ([0x02, 0x01, 0x03, ..], _) => Some(Unread::Pkcs12),
            (_, ClientFile::Certificate) => Some(Unread::DerCertificate),
            (_, ClientFile::Key) => Some(Unread::DerKey),
        }
    }

    /// The form that an option of libcurl asks for: `sslcerttype`, `sslkeytype`, or a password for a key.
    pub fn asked_for(option: &str, value: &str) -> Option<Unread> {
        let is = |kind: &str| value.eq_ignore_ascii_case(kind);
        match option {
            "keypasswd" | "sslcertpasswd" | "sslkeypasswd" => Some(Unread::EncryptedKey),
            "sslcerttype" | "sslkeytype" if is("p12") || is("pfx") || is("pkcs12") => Some(Unread::Pkcs12),
            "sslcerttype" if is("der") => Some(Unread::DerCertificate),
            "sslkeytype" if is("der") => Some(Unread::DerKey),
            _ => None,
        }
    }

    /// What it is, and the command that makes PEM of it once.
    pub fn remedy(self, path: &Path) -> String {
        // Never over a file that is there: a certificate is often named as its key is.
        let target = path.with_extension("plain.pem");
        let quoted = |path: &Path| word(&Text::plain(path.to_string_lossy()), Layout::OneLine);
        let (from, to) = (quoted(path), quoted(&target));
        let (what, command, option) = match self {
            Unread::EncryptedKey => ("an encrypted key", format!("openssl pkey -in {from} -out {to}"), "sslkey"),
            Unread::Pkcs12 => ("PKCS#12", format!("openssl pkcs12 -in {from} -out {to} -nodes"), "sslcert"),
            Unread::DerCertificate => {
                ("a certificate in DER", format!("openssl x509 -inform DER -in {from} -out {to}"), "sslcert")
            }
            Unread::DerKey => ("a key in DER", format!("openssl pkey -inform DER -in {from} -out {to}"), "sslkey"),
        };
        format!(
            "{what} is not read, only PEM without a password; convert it once with `{command}` and use {to} as {option}"
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn forms_are_told_apart() {
        use ClientFile::{Certificate, Key};
        let rows: [(&[u8], ClientFile, Option<Unread>); 11] = [
            (b"-----BEGIN ENCRYPTED PRIVATE KEY-----\n", Key, Some(Unread::EncryptedKey)),
            (b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n", Key, Some(Unread::EncryptedKey)),
            (b"-----BEGIN CERTIFICATE-----\n-----BEGIN ENCRYPTED PRIVATE KEY-----\n", Certificate, None),
            (b"-----BEGIN PRIVATE KEY-----\n", Key, None),
            (b"\x30\x82\x0a\x11\x02\x01\x03\x30", Certificate, Some(Unread::Pkcs12)),
            (b"\x30\x03\x02\x01\x03", Key, Some(Unread::Pkcs12)),
            (b"\x30\x82\x0a\x11\x30\x82", Certificate, Some(Unread::DerCertificate)),
            (b"\x30\x81\x0a\x02\x01\x00", Key, Some(Unread::DerKey)),
            (b"\x30\xff", Key, None),
            (b"", Key, None),
            (b"hello", Certificate, None),
        ];
        for (bytes, file, wanted) in rows {
            assert_eq!(Unread::of(bytes, file), wanted, "{}", String::from_utf8_lossy(bytes));
        }
    }

    #[test]
    fn each_form_has_its_command() {
        let remedy = |form: Unread, path: &str| form.remedy(Path::new(path));
        for (text, part) in [
            (remedy(Unread::EncryptedKey, "a/key.pem"), "`openssl pkey -in 'a/key.pem' -out 'a/key.plain.pem'`"),
            (remedy(Unread::Pkcs12, "my id.p12"), "`openssl pkcs12 -in 'my id.p12' -out 'my id.plain.pem' -nodes`"),
            (remedy(Unread::DerCertificate, "c.crt"), "`openssl x509 -inform DER -in c.crt -out c.plain.pem`"),
            (
                remedy(Unread::DerKey, "k"),
                "`openssl pkey -inform DER -in k -out k.plain.pem` and use k.plain.pem as sslkey",
            ),
        ] {
            assert!(text.contains(part), "{text}");
        }
        assert_eq!(Unread::asked_for("sslcerttype", "P12"), Some(Unread::Pkcs12));
        assert_eq!(Unread::asked_for("sslkeytype", "PEM"), None);
        assert_eq!(Unread::asked_for("sslcert", "x.p12"), None);
    }
}
