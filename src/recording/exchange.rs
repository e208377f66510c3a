//! An exchange as it is kept: what was asked, and what was answered to it, in order.
//!
//! Owns: the data, and which requests are alike. Does not: know files (see `reading` and `writing`).

use std::fmt::Write as _;

use super::bodies::is_like_body;
use crate::exchange::request::{ErrorKind, ExchangeError};
use crate::exchange::response::Response;
use crate::exchange::url::percent_decode;
use crate::secrets::is_like;

/// Requests that are alike, and what was answered to them.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Recorded {
    /// What was asked.
    pub request: Asked,
    /// What was answered, in order; at least one.
    pub answers: Vec<Answer>,
    /// `scheme://host[:port]` of the server that answered.
    pub origin: String,
    /// What URLs of the suite were joined with; empty where nobody knows.
    pub base_url: String,
}

/// A request, as far as it says which one it is. `(redacted)` in it stands for anything.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Asked {
    /// The method.
    pub method: String,
    /// The path as it was sent, without the query.
    pub path: String,
    /// The parameters, decoded, in the order of their names and values.
    pub query: Vec<(String, String)>,
    /// The headers that are part of it.
    pub headers: Vec<(String, String)>,
    /// The body; empty without one.
    pub body: Vec<u8>,
}

/// An answer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// The headers, but for those of the connection.
    pub headers: Vec<(String, String)>,
    /// The body, decoded.
    pub body: Vec<u8>,
    /// Why there was none, where there was none.
    pub lost: Option<Lost>,
    /// Whether the request was sent again because of it: it was not the last attempt.
    pub retried: bool,
}

/// Why no answer came, as far as a mock server can play it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lost {
    /// There was no connection, or it ended.
    Reset,
    /// Time ran out.
    Timeout,
}

impl Lost {
    /// All of them, by their words.
    pub const WORDS: [(&str, Lost); 2] = [("reset", Lost::Reset), ("timeout", Lost::Timeout)];

    /// Its word.
    pub fn word(self) -> &'static str {
        Lost::WORDS[self as usize].0
    }

    /// The same as an exchange gives it.
    pub fn to_error(self) -> ExchangeError {
        let (kind, why) = match self {
            Lost::Reset => (ErrorKind::Disconnected, "the connection failed"),
            Lost::Timeout => (ErrorKind::Timeout, "time ran out"),
        };
        let message = format!("no answer came when it was recorded: {why}");
        ExchangeError { kind, message, timing: Box::default() }
    }
}

impl Asked {
    /// Whether a request is this one.
    pub fn is_for(&self, other: &Asked) -> bool {
        let is_like_pair = |(kept, given): (&(String, String), &(String, String))| {
            is_like(&kept.0, &given.0) && is_like(&kept.1, &given.1)
        };
        self.method.eq_ignore_ascii_case(&other.method)
            && is_like(&normal(&self.path), &normal(&other.path))
            && self.query.len() == other.query.len()
            && self.query.iter().zip(&other.query).all(is_like_pair)
            && is_like_body(&self.body, &other.body)
    }

    /// The same for equal requests, and for those alone.
    pub fn key(&self) -> Vec<u8> {
        let mut head = format!("{}\n{}\n", self.method, normal(&self.path));
        for (name, value) in self.query.iter().chain(&self.headers) {
            // Writing into a String cannot fail.
            let _ = writeln!(head, "{name:?}={value:?}");
        }
        let mut key = head.into_bytes();
        key.extend_from_slice(ring::digest::digest(&ring::digest::SHA256, &self.body).as_ref());
        key
    }

    /// The method and the path, for people.
    pub fn line(&self) -> String {
        format!("{} {}", self.method, self.path)
    }
}

impl Answer {
    /// Whether it came, and the request was not sent again because of it.
    pub fn is_last(&self) -> bool {
        self.lost.is_none() && !self.retried
    }

    /// Whether a server can answer so.
    pub fn can_be_played(&self) -> bool {
        self.lost.is_some() || (200..1000).contains(&self.status)
    }

    /// The same as an exchange gives it; `url` is what was asked.
    pub fn to_response(&self, url: &str) -> Response {
        let mut response = Response::new(self.status, self.body.clone());
        response.headers =
            self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
        response.effective_url = url.to_owned();
        response.version = "HTTP/1.1";
        response.timing.size_download = self.body.len() as u64;
        response
    }
}

/// A path in the form in which paths are compared.
fn normal(path: &str) -> String {
    path.split('/').map(|part| percent_decode(part).replace('/', "%2F")).collect::<Vec<_>>().join("/")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(path: &str, query: &[(&str, &str)], body: &str) -> Asked {
        let query = query.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
        Asked { method: "POST".to_owned(), path: path.to_owned(), query, body: body.into(), ..Asked::default() }
    }

    #[test]
    fn requests_are_alike_but_for_their_secrets() {
        let kept = asked("/a%20b/(redacted)", &[("q", "1"), ("token", "(redacted)")], r#"{"p": "(redacted)", "n": 1}"#);
        let given = |path, query: &[(&str, &str)], body| kept.is_for(&asked(path, query, body));
        assert!(given("/a b/7", &[("q", "1"), ("token", "x")], r#"{"n":1,"p":"y"}"#));
        assert!(given("/a%20b/7", &[("q", "1"), ("token", "")], r#"{"n":1,"p":{}}"#));
        assert!(!given("/a b", &[("q", "1"), ("token", "x")], r#"{"n":1,"p":"y"}"#));
        assert!(!given("/a b/7", &[("q", "2"), ("token", "x")], r#"{"n":1,"p":"y"}"#));
        assert!(!given("/a b/7", &[("q", "1")], r#"{"n":1,"p":"y"}"#));
        assert!(!given("/a b/7", &[("q", "1"), ("token", "x")], r#"{"n":2,"p":"y"}"#));
        assert!(!given("/a b/7", &[("q", "1"), ("token", "x")], ""));
    }
}
