//! Answers with what every answer of a server has.

use crate::serve::Answer;

/// What a server calls itself.
const SERVER: &str = "resttest";

/// Makes answers of one server.
#[derive(Debug, Clone, Copy, Default)]
pub struct Maker {
    /// `--cors`.
    pub allows_any_origin: bool,
}

impl Maker {
    /// An answer with what every answer of the server has.
    pub fn answer(&self, status: u16) -> Answer {
        self.answer_of(None, status)
    }

    /// The same of a server that calls itself so.
    pub fn answer_of(&self, server: Option<&str>, status: u16) -> Answer {
        let server = server.filter(|name| !name.contains(['\r', '\n', '\0'])).unwrap_or(SERVER);
        let answer = Answer::new(status, server);
        if self.allows_any_origin {
            answer.with("Access-Control-Allow-Origin", "*").with("Access-Control-Expose-Headers", "*")
        } else {
            answer
        }
    }

    /// JSON.
    pub fn json(&self, status: u16, json: &serde_json::Value) -> Answer {
        self.answer(status).with("Content-Type", "application/json").body(json.to_string().into_bytes())
    }
}
