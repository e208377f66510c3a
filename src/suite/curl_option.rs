//! A `curl_option_…` key of a test.
//!
//! Owns: what can be said of client certificates and keys before anything is sent. Does not: know the options (see
//! `exchange::curl_options`).

use std::path::{Path, PathBuf};

use super::document::Entry;
use super::fields::Field;
use super::reader::{FileReader, Read};
use crate::exchange::client_files::{ClientFile, Unread};
use crate::exchange::curl_options::{self, CurlOptions};
use crate::ground::input::{TEXT_LIMIT, open_input};
use crate::ground::value::Value;

/// The prefix of options that are passed to the transport.
pub const CURL_OPTION: &str = "curl_option_";

/// Sets an option; `keys` are all of the test's.
pub(super) fn read(reader: &FileReader<'_>, entry: &Entry, keys: &[Field<'_>], options: &mut CurlOptions) -> Read<()> {
    let option = &entry.name[CURL_OPTION.len()..];
    let value = entry.value.to_value();
    let refused = unread(&option.to_ascii_lowercase(), &value, keys);
    let set = refused.map_or_else(|| curl_options::set(options, option, &value), Err);
    set.map_err(|message| reader.fault(entry.at, message))
}

/// What is wrong with an option that names a certificate or a key in a form that is not read, or asks for one.
fn unread(option: &str, value: &Value, keys: &[Field<'_>]) -> Option<String> {
    let path_of = |option: &str| {
        let key = keys
            .iter()
            .find(|key| key.name.strip_prefix(CURL_OPTION).is_some_and(|name| name.eq_ignore_ascii_case(option)))?;
        match key.value.to_value() {
            Value::Str(path) => Some(PathBuf::from(path)),
            _ => None,
        }
    };
    let said = |path: &Path, form: Unread| format!("curl option {option}: {}", form.remedy(path));
    match (option, value) {
        (_, Value::Null) => None,
        ("sslcert" | "sslkey", Value::Str(path)) => {
            let path = Path::new(path);
            // What is not there may be made by then.
            let bytes = open_input(path, TEXT_LIMIT).ok()?;
            let is_key = option == "sslkey" || path_of("sslkey").is_none();
            let as_key = || Unread::of(&bytes, ClientFile::Key).filter(|_| is_key);
            let as_certificate = || Unread::of(&bytes, ClientFile::Certificate).filter(|_| option == "sslcert");
            as_certificate().or_else(as_key).map(|form| said(path, form))
        }
        _ => {
            let mut form = Unread::asked_for(option, &value.to_text())?;
            let (own, other) = match option {
                "sslcerttype" | "sslcertpasswd" => ("sslcert", "sslkey"),
                _ => ("sslkey", "sslcert"),
            };
            let path = path_of(own).or_else(|| path_of(other)).unwrap_or_else(|| match form {
                Unread::Pkcs12 => "CERTIFICATE.p12".into(),
                Unread::DerCertificate => "CERTIFICATE.der".into(),
                Unread::DerKey => "KEY.der".into(),
                Unread::EncryptedKey => "KEY.pem".into(),
            });
            let is_store = path
                .extension()
                .is_some_and(|ending| ["p12", "pfx"].iter().any(|name| ending.eq_ignore_ascii_case(name)));
            if form == Unread::EncryptedKey && is_store {
                form = Unread::Pkcs12;
            }
            Some(said(&path, form))
        }
    }
}
