//! `application/problem+json`, RFC 9457.

use serde_json::{Map, Value as Json};

use super::maker::Maker;
use crate::serve::Answer;

/// An answer that says what is wrong; `more` are further members.
pub fn problem(maker: &Maker, status: u16, detail: &str, more: Vec<(&str, Json)>) -> Answer {
    with_problem(maker.answer(status), detail, more)
}

/// The same with an answer that has headers already.
pub fn with_problem(answer: Answer, detail: &str, more: Vec<(&str, Json)>) -> Answer {
    let status = answer.status;
    let mut members = Map::new();
    members.insert("type".to_owned(), "about:blank".into());
    members.insert("title".to_owned(), title(status).into());
    members.insert("status".to_owned(), status.into());
    members.insert("detail".to_owned(), detail.into());
    members.extend(more.into_iter().map(|(name, value)| (name.to_owned(), value)));
    let body = Json::Object(members).to_string().into_bytes();
    answer.with("Content-Type", "application/problem+json").body(body)
}

fn title(status: u16) -> &'static str {
    crate::serve::reason(status)
}
