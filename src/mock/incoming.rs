//! A request as stubs look at it.
//!
//! Owns: its query, cookies, form and the rest, each taken apart once and only if somebody asks. Does not: match.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::pairs::{Pair, Part};
use super::path::normal;
use crate::exchange::response::Response;
use crate::ground::value::decode;
use crate::serve::{Call, query_pairs};

/// A request.
pub struct Incoming<'a> {
    /// As the server hands it over.
    pub call: &'a Call<'a>,
    /// Its path in the form in which paths are compared.
    pub path: Cow<'a, str>,
    query: OnceCell<Vec<Pair>>,
    headers: OnceCell<Vec<Pair>>,
    cookies: OnceCell<Vec<Pair>>,
    answer: OnceCell<Response>,
}

impl<'a> Incoming<'a> {
    /// A request that nobody has looked into.
    pub fn new(call: &'a Call<'a>) -> Incoming<'a> {
        Incoming {
            call,
            path: normal(call.path()),
            query: OnceCell::new(),
            headers: OnceCell::new(),
            cookies: OnceCell::new(),
            answer: OnceCell::new(),
        }
    }

    /// The parameters, decoded, in order.
    pub fn query(&self) -> &[Pair] {
        self.query.get_or_init(|| query_pairs(self.call.query()))
    }

    /// The headers as they came.
    pub fn headers(&self) -> &[Pair] {
        let owned = |(name, value): (&str, Cow<'_, str>)| (name.to_owned(), value.into_owned());
        self.headers.get_or_init(|| self.call.headers().map(owned).collect())
    }

    /// The cookies.
    pub fn cookies(&self) -> &[Pair] {
        self.cookies.get_or_init(|| {
            let mut all = Vec::new();
            for line in self.call.header_values("cookie") {
                let pairs = line.split(';').filter_map(|pair| pair.split_once('='));
                all.extend(pairs.map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned())));
            }
            all
        })
    }

    /// The body as text.
    pub fn text(&self) -> Cow<'a, str> {
        decode(self.call.body)
    }

    /// The fields of a form.
    pub fn form(&self) -> Vec<Pair> {
        query_pairs(&self.text())
    }

    /// The parts of a form in parts; none where it is none.
    pub fn parts(&self) -> Vec<Part> {
        let boundary = self.call.header("content-type").and_then(|kind| parameter(&kind, "boundary"));
        boundary.map_or_else(Vec::new, |boundary| parts(self.call.body, &boundary))
    }

    /// The same as an answer, for what looks at answers.
    pub fn as_answer(&self) -> &Response {
        self.answer.get_or_init(|| {
            let mut answer = Response::new(0, self.call.body);
            answer.headers =
                self.headers().iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone())).collect();
            answer.effective_url = self.call.target.to_owned();
            answer
        })
    }
}

/// A parameter of a header: `boundary` of `multipart/form-data; boundary=x`.
fn parameter(header: &str, name: &str) -> Option<String> {
    header.split(';').skip(1).find_map(|part| {
        let (have, value) = part.split_once('=')?;
        have.trim().eq_ignore_ascii_case(name).then(|| value.trim().trim_matches('"').to_owned())
    })
}

fn parts(body: &[u8], boundary: &str) -> Vec<Part> {
    let mark = format!("--{boundary}");
    let mut all = Vec::new();
    let starts: Vec<usize> = memchr::memmem::find_iter(body, mark.as_bytes()).collect();
    for (at, start) in starts.iter().enumerate() {
        let end = starts.get(at + 1).copied().unwrap_or(body.len());
        let piece = &body[start + mark.len()..end];
        let Some(piece) = piece.strip_prefix(b"\r\n") else { continue };
        let Some(head_end) = memchr::memmem::find(piece, b"\r\n\r\n") else { continue };
        let (head, content) = (decode(&piece[..head_end]), &piece[head_end + 4..]);
        let mut part =
            Part { value: decode(content.strip_suffix(b"\r\n").unwrap_or(content)).into_owned(), ..Part::default() };
        for (name, value) in head.split("\r\n").filter_map(|line| line.split_once(':')) {
            if name.eq_ignore_ascii_case("content-disposition") {
                part.name = parameter(value, "name").unwrap_or_default();
                part.filename = parameter(value, "filename").unwrap_or_default();
            } else if name.eq_ignore_ascii_case("content-type") {
                part.content_type = value.trim().to_owned();
            }
        }
        all.push(part);
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_taken_apart() {
        let body = b"--xY\r\nContent-Disposition: form-data; name=\"a\"\r\n\r\none\r\ntwo\r\n--xY\r\n\
                     content-disposition: form-data; name=\"f\"; filename=\"x.txt\"\r\nContent-Type: text/plain\r\n\r\n\r\n--xY--\r\n";
        let found = parts(body, "xY");
        let shown: Vec<String> = found
            .iter()
            .map(|part| format!("{}|{}|{}|{}", part.name, part.value, part.filename, part.content_type))
            .collect();
        assert_eq!(shown, ["a|one\r\ntwo||", "f||x.txt|text/plain"]);
        for body in [&b""[..], b"--xY", b"--xY\r\n", b"--xY\r\nContent-Disposition", b"x--xY--"] {
            assert!(parts(body, "xY").is_empty());
        }
    }
}
