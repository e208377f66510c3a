//! What an answer is besides its headers and its body: the extractors that ask for nothing.
//!
//! Owns: which there are, and their values. Does not: measure anything.

use std::time::Duration;

use crate::exchange::response::Response;
use crate::ground::hex::hex;
use crate::ground::value::Value;

/// A fact about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    Status,
    Duration,
    Ttfb,
    Connect,
    Tls,
    Size,
    Url,
    Redirects,
    Version,
}

impl Fact {
    const ALL: [(&str, Fact); 9] = [
        ("status", Fact::Status),
        ("duration", Fact::Duration),
        ("ttfb", Fact::Ttfb),
        ("connect", Fact::Connect),
        ("tls", Fact::Tls),
        ("size", Fact::Size),
        ("url", Fact::Url),
        ("redirects", Fact::Redirects),
        ("version", Fact::Version),
    ];

    /// The fact of a name.
    pub fn by_name(name: &str) -> Option<Fact> {
        Fact::ALL.iter().find(|(have, _)| *have == name).map(|(_, fact)| *fact)
    }

    /// Whether it is a number, whatever the answer.
    pub fn is_number(self) -> bool {
        !matches!(self, Fact::Url | Fact::Version)
    }

    /// Its value.
    pub fn of(self, response: &Response) -> Value {
        let timing = &response.timing;
        match self {
            Fact::Status => Value::Int(response.status.into()),
            Fact::Duration => milliseconds(timing.total),
            Fact::Ttfb => milliseconds(timing.starttransfer),
            Fact::Connect => milliseconds(timing.connect),
            Fact::Tls => milliseconds(timing.appconnect),
            Fact::Size => Value::Int(response.body.len() as i128),
            Fact::Url => response.effective_url.as_str().into(),
            Fact::Redirects => Value::Int(timing.redirect_count.into()),
            Fact::Version => response.version.into(),
        }
    }
}

fn milliseconds(time: Duration) -> Value {
    Value::Float(time.as_secs_f64() * 1000.0)
}

/// The SHA-256 of bytes, in lower-case hexadecimal digits.
pub fn sha256(bytes: &[u8]) -> Value {
    hex(ring::digest::digest(&ring::digest::SHA256, bytes).as_ref()).into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn facts_are_what_the_answer_is() {
        let mut response = Response::new(404, "héllo");
        response.effective_url = "http://a.test/".to_owned();
        response.timing.total = Duration::from_micros(1_500);
        response.timing.redirect_count = 2;
        response.version = "HTTP/1.1";
        for (name, expected) in [
            ("status", "404"),
            ("duration", "1.5"),
            ("ttfb", "0.0"),
            ("connect", "0.0"),
            ("tls", "0.0"),
            ("size", "6"),
            ("url", "'http://a.test/'"),
            ("redirects", "2"),
            ("version", "'HTTP/1.1'"),
        ] {
            assert_eq!(Fact::by_name(name).unwrap().of(&response).repr(), expected, "{name}");
        }
        assert_eq!(Fact::by_name("body"), None);
    }

    #[test]
    fn sha256_is_the_standards() {
        let empty = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855";
        assert_eq!(sha256(b"").to_text(), empty);
    }
}
