//! AWS Signature Version 4 of a request that goes out.
//!
//! Owns: the canonical request, the text that is signed, the derived key, the headers that a signature brings. Does
//! not: find credentials, choose a region, read a clock.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::{SystemTime, UNIX_EPOCH};

use percent_encoding::{AsciiSet, percent_decode_str, percent_encode, utf8_percent_encode};
use ring::{digest, hmac};

use crate::exchange::url::UNRESERVED;
use crate::ground::hex::hex;
use crate::ground::timestamp::civil;
use crate::secrets::Secret;

/// What stands for the hash of a body that is not signed.
pub const UNSIGNED: &str = "UNSIGNED-PAYLOAD";

const ALGORITHM: &str = "AWS4-HMAC-SHA256";

/// What a path is encoded by: the slash stays.
const IN_PATH: &AsciiSet = &UNRESERVED.remove(b'/');

/// Who signs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Keys {
    /// `AKIA…`.
    pub access_key_id: String,
    /// The key that signs.
    pub secret_access_key: Secret,
    /// Sent along, with temporary keys.
    pub session_token: Option<Secret>,
}

/// For what a signature holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scope {
    /// `eu-central-1`.
    pub region: String,
    /// `s3`, `execute-api`.
    pub service: String,
}

impl Scope {
    /// Whether paths are those of objects: encoded once, with nothing removed, and bodies always signed.
    pub fn is_s3(&self) -> bool {
        matches!(self.service.as_str(), "s3" | "s3express" | "s3-outposts" | "s3-object-lambda")
    }
}

/// What a path is signed as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PathRule {
    /// Encoded once, with nothing removed: the name of an object (S3).
    Object,
    /// Without dot segments and empty ones, and what is sent is encoded once more.
    Normalized,
    /// The same, with nothing removed, as some of the official cases have it.
    #[cfg(test)]
    AsSent,
}

/// What becomes of the body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Payload {
    /// Its hash is signed.
    Signed,
    /// Its hash is signed, and sent in a header.
    Named,
    /// It is not signed, and a header says so.
    Unsigned,
}

/// What is signed.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method as it is sent.
    pub method: &'a str,
    /// Path and query as they are sent.
    pub target: &'a str,
    /// What its path is signed as.
    pub path_rule: PathRule,
    /// The headers to sign, `Host` among them, as they are sent.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body as it is sent.
    pub body: &'a [u8],
    /// What becomes of it.
    pub payload: Payload,
    /// When it is sent.
    pub date: SystemTime,
}

/// The headers that a signature consists of, in the order in which they are sent.
pub fn sign(keys: &Keys, scope: &Scope, asked: &Asked<'_>) -> Vec<(&'static str, String)> {
    let date = stamp(asked.date);
    let hash = match asked.payload {
        Payload::Unsigned => UNSIGNED.to_owned(),
        Payload::Signed | Payload::Named => sha256(asked.body),
    };
    let mut added = vec![("x-amz-date", date.clone())];
    if asked.payload != Payload::Signed {
        added.push(("x-amz-content-sha256", hash.clone()));
    }
    if let Some(token) = &keys.session_token {
        added.push(("x-amz-security-token", token.0.clone()));
    }
    let canonical = canonical_request(asked, &added, &hash);
    let signature = signature(keys, scope, &date, &canonical.text);
    let (id, day, Scope { region, service }) = (&keys.access_key_id, &date[..8], scope);
    let authorization = format!(
        "{ALGORITHM} Credential={id}/{day}/{region}/{service}/aws4_request, SignedHeaders={}, Signature={signature}",
        canonical.signed_headers
    );
    added.push(("authorization", authorization));
    added
}

struct Canonical {
    text: String,
    signed_headers: String,
}

fn canonical_request(asked: &Asked<'_>, added: &[(&str, String)], hash: &str) -> Canonical {
    let (path, query) = asked.target.split_once('?').unwrap_or((asked.target, ""));
    let mut headers: BTreeMap<String, String> = BTreeMap::new();
    let own = asked.headers.iter().map(|(name, value)| (*name, String::from_utf8_lossy(value)));
    for (name, value) in own.chain(added.iter().map(|(name, value)| (*name, Cow::Borrowed(value.as_str())))) {
        let value = value.split_ascii_whitespace().collect::<Vec<_>>().join(" ");
        let joined = headers.entry(name.to_ascii_lowercase()).or_default();
        if !joined.is_empty() {
            joined.push(',');
        }
        joined.push_str(&value);
    }
    let lines: String = headers.iter().map(|(name, value)| format!("{name}:{value}\n")).collect();
    let signed_headers = headers.into_keys().collect::<Vec<_>>().join(";");
    let (path, query) = (canonical_path(path, asked.path_rule), canonical_query(query));
    let text = format!("{}\n{path}\n{query}\n{lines}\n{signed_headers}\n{hash}", asked.method);
    Canonical { text, signed_headers }
}

/// Triplets that need not be written as such are resolved first: whatever way a path is written, it is signed the same.
fn canonical_path(path: &str, rule: PathRule) -> String {
    if rule == PathRule::Object {
        let decoded: Vec<u8> = percent_decode_str(path).collect();
        return percent_encode(&decoded, IN_PATH).to_string();
    }
    let path = without_needless_triplets(path);
    let path = if rule == PathRule::Normalized { Cow::Owned(normalized(&path)) } else { path };
    utf8_percent_encode(&path, IN_PATH).to_string()
}

fn normalized(path: &str) -> String {
    let mut kept: Vec<&str> = Vec::new();
    for segment in path.split('/') {
        match segment {
            "" | "." => {}
            ".." => {
                kept.pop();
            }
            other => kept.push(other),
        }
    }
    let end = if path.ends_with('/') && !kept.is_empty() { "/" } else { "" };
    format!("/{}{end}", kept.join("/"))
}

/// `%7E` is `~`: letters, digits and `-_.~` are the same, written either way.
fn without_needless_triplets(path: &str) -> Cow<'_, str> {
    if !path.contains('%') {
        return Cow::Borrowed(path);
    }
    let mut pieces = path.split('%');
    let mut out = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let byte = piece.get(..2).and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match byte.filter(|byte| byte.is_ascii_alphanumeric() || b"-_.~".contains(byte)) {
            Some(byte) => {
                out.push(char::from(byte));
                out.push_str(&piece[2..]);
            }
            None => {
                out.push('%');
                out.push_str(piece);
            }
        }
    }
    Cow::Owned(out)
}

/// Sorted as it is encoded; a name alone has an empty value, and `+` is a plus.
fn canonical_query(query: &str) -> String {
    let encoded = |text: &str| {
        let decoded: Vec<u8> = percent_decode_str(text).collect();
        percent_encode(&decoded, UNRESERVED).to_string()
    };
    let mut pairs: Vec<(String, String)> = query
        .split('&')
        .filter(|pair| !pair.is_empty())
        .map(|pair| pair.split_once('=').unwrap_or((pair, "")))
        .map(|(name, value)| (encoded(name), encoded(value)))
        .collect();
    pairs.sort();
    pairs.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("&")
}

/// The text that is signed.
fn to_sign(scope: &Scope, date: &str, canonical: &str) -> String {
    let (day, Scope { region, service }) = (&date[..8], scope);
    format!("{ALGORITHM}\n{date}\n{day}/{region}/{service}/aws4_request\n{}", sha256(canonical.as_bytes()))
}

fn signature(keys: &Keys, scope: &Scope, date: &str, canonical: &str) -> String {
    let with = |key: &[u8], text: &str| hmac::sign(&hmac::Key::new(hmac::HMAC_SHA256, key), text.as_bytes());
    let mut tag = with(format!("AWS4{}", keys.secret_access_key.0).as_bytes(), &date[..8]);
    for text in [&scope.region, &scope.service, "aws4_request", &to_sign(scope, date, canonical)] {
        tag = with(tag.as_ref(), text);
    }
    hex(tag.as_ref())
}

fn sha256(bytes: &[u8]) -> String {
    hex(digest::digest(&digest::SHA256, bytes).as_ref())
}

/// `20260102T030405Z`; what is before 1970 is 1970.
fn stamp(date: SystemTime) -> String {
    let seconds = date.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    let (year, month, day) = civil((seconds / 86_400) as i64);
    let (hour, minute, second) = (seconds / 3600 % 24, seconds / 60 % 60, seconds % 60);
    format!("{year:04}{month:02}{day:02}T{hour:02}{minute:02}{second:02}Z")
}

#[cfg(test)]
mod tests;
