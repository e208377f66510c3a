//! Requests and answers as the sample API's routes have them.
//!
//! Owns: their parts, the server's name. Does not: read or write a connection (see `serve`).

use std::borrow::Cow;

use serde::Serialize;

use crate::serve;

/// Statuses that the sample API has never had a phrase for; what it sends stays as it is.
const UNNAMED: [u16; 14] = [203, 205, 206, 300, 402, 406, 408, 410, 411, 412, 416, 422, 423, 428];

/// A request as it arrived.
#[derive(Debug, Default)]
pub(super) struct Call {
    pub method: String,
    /// The target as written, with its query.
    pub target: String,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

impl Call {
    /// The same as the server hands it over.
    pub fn of(call: &serve::Call<'_>) -> Call {
        Call {
            method: call.method.to_owned(),
            target: call.target.to_owned(),
            headers: call.headers().map(|(name, value)| (name.to_owned(), value.into_owned())).collect(),
            body: call.body.to_vec(),
        }
    }

    /// The first header of that name, whatever its case.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }
}

/// What goes back.
#[derive(Debug)]
pub(super) struct Answer {
    pub status: u16,
    pub headers: Vec<(&'static str, Cow<'static, str>)>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Without a body.
    pub fn empty(status: u16) -> Self {
        Answer { status, headers: Vec::new(), body: Vec::new() }
    }

    pub fn json(status: u16, body: &impl Serialize) -> Self {
        let body = serde_json::to_vec(body).unwrap_or_default();
        Answer { status, headers: vec![("Content-Type", "application/json".into())], body }
    }

    /// A JSON object that says what was wrong.
    pub fn error(status: u16, reason: &str) -> Self {
        Self::json(status, &serde_json::json!({ "error": reason }))
    }

    pub fn with(mut self, name: &'static str, value: impl Into<Cow<'static, str>>) -> Self {
        self.headers.push((name, value.into()));
        self
    }

    /// The same as the server sends it.
    pub fn written(self) -> serve::Answer {
        let phrase = if UNNAMED.contains(&self.status) { "Status" } else { serve::reason(self.status) };
        let answer = serve::Answer::named((self.status, phrase), "resttest-sample");
        let answer = self.headers.iter().fold(answer, |answer, (name, value)| answer.with(name, value));
        answer.body(self.body)
    }
}
