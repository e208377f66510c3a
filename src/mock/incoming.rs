//! A request as stubs look at it.
//!
//! Owns: its query, cookies, form and the rest, each taken apart once and only if somebody asks. Does not: match.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::pairs::{Pair, Part};
use super::path::normal;
use crate::exchange::form_parts::{FormPart, form_parts};
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
        let kind = self.call.header("content-type").unwrap_or_default();
        let owned = |part: FormPart<'_>| Part {
            value: decode(part.content).into_owned(),
            name: part.name,
            filename: part.filename,
            content_type: part.content_type,
        };
        form_parts(self.call.body, &kind).into_iter().map(owned).collect()
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
