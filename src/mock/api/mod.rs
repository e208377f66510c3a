//! Answers that an OpenAPI document describes.
//!
//! Owns: a document with what is made of it once, the order of the checks of a request. Does not: check (see `checks`,
//! `security`), choose an answer (see `choice`), make its body (see `body`).

mod body;
mod checks;
mod choice;
mod media;
mod security;
mod xml;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

use serde_json::json;

use self::checks::{Compiled, Finding};
use self::choice::{Preference, Unmet};
use super::incoming::Incoming;
use super::maker::Maker;
use super::path::PathPattern;
use super::problem::problem;
use crate::openapi::{Document, Operation};
use crate::serve::Answer;

/// So many bytes of answers are kept ready.
const MOST_READY: usize = 8 << 20;

/// About what one takes besides its bytes.
const OF_ONE: usize = 512;

/// So much of what is wrong with a request stands in a header.
const LONGEST_HEADER: usize = 8 << 10;

/// What becomes of a request that is not as the document describes it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Checks {
    /// Nobody looks.
    Off,
    /// It is answered, and what is wrong stands in a header.
    Warn,
    /// It is refused.
    #[default]
    Refuse,
}

impl Checks {
    /// The words for `--validate`.
    pub const WORDS: &'static [&'static str] = &["off", "warn", "error"];

    /// What a word says.
    pub fn of(word: &str) -> Option<Checks> {
        let all = [Checks::Off, Checks::Warn, Checks::Refuse];
        Self::WORDS.iter().position(|known| *known == word).map(|at| all[at])
    }
}

/// An API as its document describes it.
pub struct Api {
    document: Document,
    operations: Vec<Described>,
    ready: Mutex<Ready>,
}

/// Answers by all that they depend on.
#[derive(Default)]
struct Ready {
    answers: HashMap<String, Answer>,
    /// How many bytes they take, about.
    bytes: usize,
}

/// An operation, with what is made of it once.
struct Described {
    method: &'static str,
    path: String,
    compiled: Compiled,
}

impl Described {
    fn of(operation: &Operation<'_>) -> Described {
        Described { method: operation.method, path: operation.path.to_owned(), compiled: Compiled::of(operation) }
    }
}

/// What an answer depends on besides the request.
pub struct Way<'w> {
    /// Makes answers.
    pub maker: &'w Maker,
    /// What becomes of a request that is wrong.
    pub checks: Checks,
    /// What values are drawn from.
    pub seed: u64,
    /// Which request of its operation it is.
    pub count: u64,
    /// Hears what is doubtful.
    pub told: &'w dyn Fn(&str),
}

impl Api {
    /// The API of a document.
    pub fn new(document: Document) -> Api {
        let described = document.operations().iter().map(Described::of).collect();
        Api { operations: described, ready: Mutex::default(), document }
    }

    /// Its document.
    pub fn document(&self) -> &Document {
        &self.document
    }

    /// What is answered to a request of the operation of this number, whose path is this one.
    pub fn answer(&self, number: usize, route: &PathPattern, incoming: &Incoming<'_>, way: &Way<'_>) -> Answer {
        let described = &self.operations[number];
        let Some(operation) = self.document.operation(described.method, &described.path) else {
            return problem(way.maker, 500, "the document does not describe it", Vec::new());
        };
        let wish = match Preference::of(incoming) {
            Ok(wish) => wish,
            Err(message) => return problem(way.maker, 400, &message, Vec::new()),
        };
        let made = Made { api: self, operation: &operation, incoming, way };
        if let Some(missing) = security::missing(&operation, incoming) {
            let more = [("WWW-Authenticate".to_owned(), missing.challenge)];
            let detail = format!("credentials are missing: {}", missing.wanted);
            return made.refused(&[401], &more).unwrap_or_else(|| {
                let [(name, value)] = &more;
                let answer = way.maker.answer(401).with(name, value);
                super::problem::with_problem(answer, &detail, Vec::new())
            });
        }
        let findings = match way.checks {
            Checks::Off => Vec::new(),
            _ => checks::findings(&operation, &described.compiled, route, incoming),
        };
        if findings.is_empty() {
            return made.ready(number, &wish);
        }
        let more = [("X-Mock-Violations".to_owned(), in_a_header(&findings))];
        if way.checks == Checks::Warn {
            return made.wished(&wish, &more);
        }
        made.refused(&[400, 422], &more).unwrap_or_else(|| {
            let detail = format!("the request is not as {} describes it", operation.line());
            let listed = findings.iter().map(Finding::json).collect();
            problem(way.maker, 422, &detail, vec![("violations", listed)])
        })
    }
}

/// An answer that is being made.
struct Made<'m> {
    api: &'m Api,
    operation: &'m Operation<'m>,
    incoming: &'m Incoming<'m>,
    way: &'m Way<'m>,
}

impl Made<'_> {
    /// The answer that is wished for, made once for all requests that are alike.
    fn ready(&self, number: usize, wish: &Preference) -> Answer {
        if wish.is_dynamic {
            return self.wished(wish, &[]);
        }
        let call = self.incoming.call;
        let mut key = format!("{number} {}", call.path());
        for accept in call.header_values("accept") {
            let _ = write!(key, "\n{accept}");
        }
        let _ = write!(key, "\n{:?} {:?}", wish.code, wish.example);
        let ready = || self.api.ready.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(answer) = ready().answers.get(&key) {
            return answer.clone();
        }
        let answer = self.wished(wish, &[]);
        let mut ready = ready();
        let size = OF_ONE + key.len() + answer.size();
        if ready.bytes + size > MOST_READY {
            *ready = Ready::default();
        }
        if size <= MOST_READY {
            ready.bytes += size;
            ready.answers.insert(key, answer.clone());
        }
        answer
    }

    /// The answer that is wished for, with further headers.
    fn wished(&self, wish: &Preference, more: &[(String, String)]) -> Answer {
        match choice::chosen(self.operation, wish, self.incoming) {
            Ok(chosen) => body::answer(self, &chosen, wish, more),
            Err(Unmet { status, message, known }) => {
                problem(self.way.maker, status, &message, vec![("described", json!(known))])
            }
        }
    }

    /// The answer of the first of these statuses that is described by itself.
    fn refused(&self, statuses: &[u16], more: &[(String, String)]) -> Option<Answer> {
        let chosen = choice::described(self.operation, statuses)?;
        Some(body::answer(self, &chosen, &Preference::default(), more))
    }
}

/// What is wrong, on one line.
fn in_a_header(findings: &[Finding]) -> String {
    let all: Vec<String> = findings.iter().map(Finding::line).collect();
    let mut line = all.join("; ").replace(|c: char| c.is_control(), " ");
    let mut end = line.len().min(LONGEST_HEADER);
    while !line.is_char_boundary(end) {
        end -= 1;
    }
    line.truncate(end);
    line
}
