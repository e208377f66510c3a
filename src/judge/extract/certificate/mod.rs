//! `certificate`: what the certificate of the server says that answered.
//!
//! Owns: what can be asked, finding it in the certificate (RFC 5280). Does not: judge whether it is to be trusted (see
//! `http::trusted`), get it (see `http::session`).

mod der;
mod name;

use std::time::{SystemTime, UNIX_EPOCH};

use self::der::{BOOLEAN, Der, Element, GENERALIZED_TIME, INTEGER, OBJECT_ID, OCTETS, SEQUENCE, UTC_TIME, context};
use super::ExtractError;
use crate::exchange::response::{PeerCertificate, Response};
use crate::ground::source::did_you_mean;
use crate::ground::timestamp::{civil, days_until};
use crate::ground::value::Value;

const DAY: i64 = 86_400;

/// The alternative names among the extensions: 2.5.29.17.
const ALTERNATIVE_NAMES: &[u8] = &[0x55, 0x1d, 0x11];

/// What is asked of a certificate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CertificateQuery {
    /// Whom it is for.
    Subject,
    /// Who signed it.
    Issuer,
    /// From when on it holds.
    StartDate,
    /// Until when.
    ExpireDate,
    /// Its number with its issuer.
    SerialNumber,
    /// The hosts that it is for.
    SubjectAltName,
    /// Whole days until it ends; negative afterwards.
    DaysLeft,
}

impl CertificateQuery {
    const ALL: [(&str, CertificateQuery); 7] = [
        ("Subject", CertificateQuery::Subject),
        ("Issuer", CertificateQuery::Issuer),
        ("Start-Date", CertificateQuery::StartDate),
        ("Expire-Date", CertificateQuery::ExpireDate),
        ("Serial-Number", CertificateQuery::SerialNumber),
        ("Subject-Alt-Name", CertificateQuery::SubjectAltName),
        ("days_left", CertificateQuery::DaysLeft),
    ];

    /// Reads one of the words, in any case.
    ///
    /// # Errors
    /// There is no such word.
    pub fn parse(source: &str) -> Result<CertificateQuery, String> {
        let word = source.trim();
        let found = CertificateQuery::ALL.iter().find(|(have, _)| have.eq_ignore_ascii_case(word));
        found.map(|(_, query)| *query).ok_or_else(|| {
            let words = || CertificateQuery::ALL.iter().map(|(word, _)| *word);
            let meant = did_you_mean(word, words());
            format!("a certificate has no \"{word}\"{meant}; one of {}", words().collect::<Vec<_>>().join(", "))
        })
    }

    /// What the certificate says.
    ///
    /// # Errors
    /// There is none, it says nothing of it, or it cannot be read.
    pub fn find(self, response: &Response) -> Result<Value, ExtractError> {
        let Some(certificate) = &response.certificate else {
            let why = if response.effective_url.starts_with("http://") { "; the answer came over http" } else { "" };
            return Err(ExtractError::Missing(format!("no certificate is there{why}")));
        };
        match self.read(certificate) {
            Some(Some(value)) => Ok(value),
            Some(None) => Err(ExtractError::Missing("the certificate has no Subject-Alt-Name".to_owned())),
            None => Err(ExtractError::Failed("the server's certificate cannot be read".to_owned())),
        }
    }

    /// The value, or nothing where the certificate does without; `None` for what is no certificate.
    fn read(self, certificate: &PeerCertificate) -> Option<Option<Value>> {
        let parts = Parts::of(&certificate.der)?;
        let text = match self {
            CertificateQuery::Subject => name::distinguished(parts.subject)?,
            CertificateQuery::Issuer => name::distinguished(parts.issuer)?,
            CertificateQuery::StartDate => date(seconds(parts.start)?),
            CertificateQuery::ExpireDate => date(seconds(parts.end)?),
            CertificateQuery::SerialNumber => serial(parts.serial),
            CertificateQuery::SubjectAltName => match alternative_names(parts.rest)? {
                Some(names) => name::alternative(names)?,
                None => return Some(None),
            },
            CertificateQuery::DaysLeft => {
                let left = seconds(parts.end)?.checked_sub(since_1970(certificate.seen))?;
                return Some(Some(Value::Int(left.div_euclid(DAY).into())));
            }
        };
        Some(Some(Value::Str(text)))
    }
}

/// The parts of a certificate that are asked for.
struct Parts<'a> {
    serial: &'a [u8],
    issuer: &'a [u8],
    start: Element<'a>,
    end: Element<'a>,
    subject: &'a [u8],
    /// The key, and what stands behind it.
    rest: Der<'a>,
}

impl<'a> Parts<'a> {
    fn of(der: &'a [u8]) -> Option<Parts<'a>> {
        let mut signed = Der(Der(der).take(SEQUENCE)?);
        let mut body = Der(signed.take(SEQUENCE)?);
        // The version, which the first one does without.
        let _ = body.optional(context(0));
        let serial = body.take(INTEGER)?;
        // The algorithm of the signature.
        body.take(SEQUENCE)?;
        let issuer = body.take(SEQUENCE)?;
        let mut validity = Der(body.take(SEQUENCE)?);
        let (start, end) = (validity.next()?, validity.next()?);
        let subject = body.take(SEQUENCE)?;
        Some(Parts { serial, issuer, start, end, subject, rest: body })
    }
}

/// The content of the alternative names, if there are any.
fn alternative_names(mut rest: Der<'_>) -> Option<Option<&[u8]>> {
    // The key.
    rest.take(SEQUENCE)?;
    while !rest.0.is_empty() {
        let part = rest.next()?;
        if part.tag != context(3) {
            continue;
        }
        let mut extensions = Der(Der(part.content).take(SEQUENCE)?);
        while !extensions.0.is_empty() {
            let mut extension = Der(extensions.take(SEQUENCE)?);
            let id = extension.take(OBJECT_ID)?;
            // Whether it is critical.
            let _ = extension.optional(BOOLEAN);
            let value = extension.take(OCTETS)?;
            if id == ALTERNATIVE_NAMES {
                return Some(Some(value));
            }
        }
    }
    Some(None)
}

/// `1e:e8:b1`; the zero goes that only says that the number is positive.
fn serial(bytes: &[u8]) -> String {
    let bytes = match bytes {
        [0, rest @ ..] if !rest.is_empty() => rest,
        _ => bytes,
    };
    bytes.iter().map(|byte| format!("{byte:02x}")).collect::<Vec<_>>().join(":")
}

/// Seconds since 1970 of one of the two forms of times.
fn seconds(time: Element<'_>) -> Option<i64> {
    let digits = time.content.strip_suffix(b"Z")?;
    let (year, rest) = match (time.tag, digits.len()) {
        (UTC_TIME, 12) => {
            let year = number(&digits[..2])?;
            (if year < 50 { 2000 + year } else { 1900 + year }, &digits[2..])
        }
        (GENERALIZED_TIME, 14) => (number(&digits[..4])?, &digits[4..]),
        _ => return None,
    };
    let part = |at: usize| number(&rest[at..at + 2]);
    let (month, day, hour, minute, second) = (part(0)?, part(2)?, part(4)?, part(6)?, part(8)?);
    let days = days_until(year, month as u64, day as u64);
    // What is no day of the calendar is another day when it is counted back.
    let is_day = (1..=12).contains(&month) && civil(days) == (year, month as u64, day as u64);
    (is_day && hour < 24 && minute < 60 && second < 60).then_some(days * DAY + hour * 3600 + minute * 60 + second)
}

fn number(digits: &[u8]) -> Option<i64> {
    digits.iter().try_fold(0, |sum, digit| digit.is_ascii_digit().then(|| sum * 10 + i64::from(digit - b'0')))
}

/// `2023-01-10 08:29:52 UTC`.
fn date(seconds: i64) -> String {
    let (year, month, day) = civil(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02} UTC")
}

fn since_1970(time: SystemTime) -> i64 {
    match time.duration_since(UNIX_EPOCH) {
        Ok(since) => i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
        Err(before) => -i64::try_from(before.duration().as_secs()).unwrap_or(i64::MAX),
    }
}

#[cfg(test)]
mod tests;
