//! What is kept of an exchange: secrets become `(redacted)`, and what belongs to the connection goes.
//!
//! Owns: the way from an exchange to what is recorded of it. Does not: know which values are secret (see `secrets`),
//! write (see `writing`).

use super::bodies::with_fixed_boundary;
use super::exchange::{Answer, Asked, Recorded};
use super::links::origin;
use crate::exchange::secret_places::{Mark, of_answer, of_body};
use crate::exchange::url::{Treatment, target_with};
use crate::ground::value::decode;
use crate::secrets::{REDACTED, Secrets, shown_url};
use crate::serve::query_pairs;

/// Headers that do not go from one connection to another, and those that are written anew.
const OF_THE_CONNECTION: [&str; 12] = [
    "connection",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "content-length",
    "content-encoding",
    "date",
];

/// Whether a header is about one connection, one moment, or the form of the bytes on their way.
pub fn is_of_the_connection(name: &str) -> bool {
    OF_THE_CONNECTION.iter().any(|have| have.eq_ignore_ascii_case(name))
}

/// An exchange as it was.
#[derive(Debug, Clone, Copy, Default)]
pub struct Exchanged<'e> {
    /// The method.
    pub method: &'e str,
    /// Where it went.
    pub url: &'e str,
    /// The headers that went along.
    pub headers: &'e [(String, String)],
    /// The body that went along.
    pub body: &'e [u8],
    /// The status of the answer.
    pub status: u16,
    /// Its headers.
    pub answer_headers: &'e [(String, String)],
    /// Its body, decoded.
    pub answer_body: &'e [u8],
    /// What the body is still encoded with.
    pub encoding: Option<&'e str>,
}

/// What secrets are taken out of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// Requests and answers.
    All,
    /// Requests, and the values of cookies that are set: whoever replays it needs the tokens of answers.
    RequestsAndCookies,
    /// Requests alone.
    Requests,
}

/// Takes secrets out.
#[derive(Debug, Clone, Copy)]
pub struct Hider<'h> {
    /// What is known to be secret.
    pub known: &'h Secrets,
    /// What this exchange brought.
    pub own: &'h Secrets,
    /// Where it is taken out.
    pub extent: Extent,
    /// Headers that say which request it is.
    pub headers: &'h [String],
}

/// What is kept of an exchange, with its one answer; nothing where its URL is none.
pub fn recorded(exchanged: &Exchanged<'_>, hider: &Hider<'_>) -> Option<Recorded> {
    let origin = origin(exchanged.url)?;
    let mut headers = hider.headers(exchanged.answer_headers);
    headers.extend(exchanged.encoding.map(|encoding| ("content-encoding".to_owned(), encoding.to_owned())));
    let body = hider.answer(exchanged.answer_body);
    let answer = Answer { status: exchanged.status, headers, body, ..Answer::default() };
    Some(Recorded { request: hider.asked(exchanged)?, answers: vec![answer], origin, base_url: String::new() })
}

impl Hider<'_> {
    /// A request without its secrets; nothing where its URL is none.
    pub fn asked(&self, exchanged: &Exchanged<'_>) -> Option<Asked> {
        let shown = shown_url(exchanged.url);
        let target = target_with(&shown, Treatment { path_as_is: true, encode_spaces: true }).ok()?;
        let (path, query) = target.path_and_query().split_once('?').unwrap_or((target.path_and_query(), ""));
        let mut query = query_pairs(query);
        query.iter_mut().for_each(|(_, value)| *value = self.text(value));
        query.sort();
        let is_named = |name: &str| self.headers.iter().any(|have| have.eq_ignore_ascii_case(name));
        let headers = exchanged.headers.iter().filter(|(name, _)| is_named(name));
        let mut headers: Vec<(String, String)> = headers
            .map(|(name, value)| (name.to_ascii_lowercase(), self.known.redact_header(self.own, name, value)))
            .collect();
        headers.sort();
        let body = with_fixed_boundary(exchanged.body);
        Some(Asked {
            method: exchanged.method.to_owned(),
            path: self.text(path),
            query,
            headers,
            body: self.bytes(&body, of_body(&body)),
        })
    }

    fn text(&self, text: &str) -> String {
        self.known.redact_with(self.own, text).into_owned()
    }

    fn bytes(&self, bytes: &[u8], marks: Vec<Mark>) -> Vec<u8> {
        let places: Vec<(usize, usize)> = marks.iter().map(|mark| (mark.place.start, mark.place.end)).collect();
        if let Ok(text) = std::str::from_utf8(bytes) {
            return self.known.redact_at(self.own, &places, text).into_owned().into_bytes();
        }
        // Each byte is a letter, and each letter a byte again.
        let text: String = bytes.iter().map(|byte| char::from(*byte)).collect();
        let at = |place: usize| text.char_indices().nth(place).map_or(text.len(), |(at, _)| at);
        let places: Vec<(usize, usize)> = places.into_iter().map(|(start, end)| (at(start), at(end))).collect();
        let hidden = self.known.redact_at(self.own, &places, &text);
        hidden.chars().map(|letter| u32::from(letter) as u8).collect()
    }

    fn headers(&self, headers: &[(String, String)]) -> Vec<(String, String)> {
        let kept = headers.iter().filter(|(name, _)| !is_of_the_connection(name));
        let shown = kept.map(|(name, value)| {
            let is_cookie = name.eq_ignore_ascii_case("set-cookie");
            let value = match self.extent {
                Extent::All | Extent::RequestsAndCookies if is_cookie => without_value(value),
                Extent::All => self.known.redact_header(self.own, name, value),
                _ => value.clone(),
            };
            (name.clone(), value)
        });
        shown.collect()
    }

    fn answer(&self, body: &[u8]) -> Vec<u8> {
        if self.extent == Extent::All { self.bytes(body, of_answer(body)) } else { body.to_vec() }
    }
}

/// A cookie that is set, without its value.
fn without_value(cookie: &str) -> String {
    let (pair, rest) = cookie.split_at(cookie.find(';').unwrap_or(cookie.len()));
    let name = pair.split_once('=').map_or(pair, |(name, _)| name);
    format!("{name}={REDACTED}{rest}")
}

/// Adds what a request carries by the names that it has there.
pub fn tell_named(exchanged: &Exchanged<'_>, secrets: &mut Secrets) {
    exchanged.headers.iter().for_each(|(name, value)| secrets.add_header(name, value));
    secrets.add_url(exchanged.url);
    let marks = of_body(&decode(exchanged.body).into_owned().into_bytes());
    for mark in marks.iter().filter(|mark| mark.value.len() >= crate::exchange::secret_places::SHORTEST_CALLED) {
        secrets.add_named(Some(&mark.name), &mark.value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn owned(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn secrets_are_no_part_of_what_is_kept() {
        let headers =
            owned(&[("Authorization", "Bearer t0ken-of-ann"), ("Accept", "a/b"), ("X-Api-Key", "k3y-of-ann")]);
        let answer_headers = owned(&[
            ("set-cookie", "sid=abcdef; Path=/"),
            ("date", "now"),
            ("content-encoding", "gzip"),
            ("x-auth-token", "minted-99"),
            ("etag", "1"),
        ]);
        let exchanged = Exchanged {
            method: "POST",
            url: "https://u:p@Api.test/t0ken-of-ann/x?z=1&api_key=abcdefghi&a=%20b",
            headers: &headers,
            body: br#"{"password": "pw", "note": "t0ken-of-ann"}"#,
            status: 200,
            answer_headers: &answer_headers,
            answer_body: br#"{"access_token": "minted-1", "echo": "k3y-of-ann"}"#,
            encoding: None,
        };
        let mut own = Secrets::default();
        tell_named(&exchanged, &mut own);
        let wanted = vec!["accept".to_owned(), "x-api-key".to_owned()];
        let kept = |extent| {
            let hider = Hider { known: &Secrets::default(), own: &own, extent, headers: &wanted };
            recorded(&exchanged, &hider).unwrap()
        };
        let all = kept(Extent::All);
        assert_eq!((all.origin.as_str(), all.request.path.as_str()), ("https://Api.test", "/(redacted)/x"));
        assert_eq!(all.request.query, owned(&[("a", " b"), ("api_key", REDACTED), ("z", "1")]));
        assert_eq!(all.request.headers, owned(&[("accept", "a/b"), ("x-api-key", REDACTED)]));
        assert_eq!(all.request.body, br#"{"password": "(redacted)", "note": "(redacted)"}"#);
        let shown = owned(&[("set-cookie", "sid=(redacted); Path=/"), ("x-auth-token", REDACTED), ("etag", "1")]);
        assert_eq!(all.answers[0].headers, shown);
        assert_eq!(all.answers[0].body, br#"{"access_token": "(redacted)", "echo": "(redacted)"}"#);
        let cookies = kept(Extent::RequestsAndCookies);
        assert_eq!(cookies.request, all.request);
        assert_eq!(cookies.answers[0].body, exchanged.answer_body);
        assert_eq!(
            cookies.answers[0].headers[..2],
            owned(&[("set-cookie", "sid=(redacted); Path=/"), ("x-auth-token", "minted-99")])
        );
        assert_eq!(kept(Extent::Requests).answers[0].headers[0].1, "sid=abcdef; Path=/");
        let binary = Exchanged { body: b"\xfft0ken-of-ann\xfe", ..exchanged };
        let hider = Hider { known: &Secrets::default(), own: &own, extent: Extent::All, headers: &[] };
        assert_eq!(hider.asked(&binary).unwrap().body, b"\xff(redacted)\xfe");
    }
}
