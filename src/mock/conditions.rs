//! Conditions on parts of a request.
//!
//! Owns: what holds of parameters, headers, cookies, form fields and bodies, and what is said where it does not.
//! Does not: read them out of a stub, or out of a request (see `incoming`).

use super::incoming::Incoming;
use super::pairs::{Pair, Part};
use crate::ground::value::{Value, decode};
use crate::judge::validate::{Comparator, Validator};
use crate::judge::wording::{shown, shown_text};
use crate::recording::is_like_body;
use crate::secrets::is_like;
use crate::variables::context::Context;

/// So much of a value is shown.
const SHOWN: usize = 60;

/// A condition on what has a name.
#[derive(Clone)]
pub struct Condition {
    /// The name.
    pub name: String,
    /// What must hold, all of it of one value.
    pub tests: Vec<Test>,
}

/// What must hold of a value.
#[derive(Clone)]
pub enum Test {
    /// It is this text, in which `(redacted)` stands for anything.
    Equal(String),
    /// There is none.
    Absent,
    /// There is one.
    Present,
    /// It stands to this one as the comparator says.
    Compare(Comparator, Value),
}

/// A check of a body.
#[derive(Clone)]
pub enum BodyCheck {
    /// As of an answer.
    Validator(Validator),
    /// It is this one, but for the layout of JSON and what was redacted.
    Equals(Vec<u8>),
    /// Fields of a form.
    Form(Vec<Condition>),
    /// Parts of a form.
    Multipart(Vec<PartCheck>),
}

/// A part that a form must have.
#[derive(Clone, Default)]
pub struct PartCheck {
    /// Its field.
    pub name: String,
    /// Its bytes as text.
    pub value: Option<Condition>,
    /// The name of its file.
    pub filename: Option<Condition>,
    /// Its content type.
    pub content_type: Option<Condition>,
}

impl Condition {
    /// What differs, if anything does; `what` is what the values are: `query`. Of repeated ones, one is enough.
    pub fn differs(&self, what: &str, pairs: &[Pair]) -> Option<String> {
        let is_header = what == "header";
        let is_it = |have: &str| if is_header { have.eq_ignore_ascii_case(&self.name) } else { have == self.name };
        let values: Vec<&str> = pairs.iter().filter(|(name, _)| is_it(name)).map(|(_, value)| value.as_str()).collect();
        if self.tests.iter().any(|test| matches!(test, Test::Absent)) {
            let first = values.first()?;
            return Some(format!("{what} {}: expected none, got {}", self.name, quoted(first)));
        }
        if values.iter().any(|value| self.tests.iter().all(|test| test.holds(value))) {
            return None;
        }
        let test = self.tests.iter().find(|test| !values.iter().any(|value| test.holds(value)));
        let expected = test.or(self.tests.first()).map(Test::described).unwrap_or_default();
        let got = match values.as_slice() {
            [] => "none".to_owned(),
            values => values.iter().map(|value| quoted(value)).collect::<Vec<_>>().join(" and "),
        };
        Some(format!("{what} {}: expected {expected}, got {got}", self.name))
    }
}

impl Test {
    fn holds(&self, value: &str) -> bool {
        match self {
            Test::Equal(text) => is_like(text, value),
            Test::Absent => false,
            Test::Present => true,
            Test::Compare(comparator, expected) => {
                let numbers = Value::integer(value).or_else(|| value.parse().ok().map(Value::Float));
                let value = match numbers.filter(|_| is_numeric(expected)) {
                    Some(number) => number,
                    None => Value::Str(value.to_owned()),
                };
                comparator.compare(&value, expected).unwrap_or(false)
            }
        }
    }

    fn described(&self) -> String {
        match self {
            Test::Equal(text) => quoted(text),
            Test::Absent => "none".to_owned(),
            Test::Present => "any".to_owned(),
            Test::Compare(comparator, expected) => format!("{} {}", comparator.name(), shown(expected)),
        }
    }
}

/// Whether a text is compared with it as a number.
fn is_numeric(expected: &Value) -> bool {
    match expected {
        Value::Int(_) | Value::Huge(_) | Value::Float(_) => true,
        Value::List(items) => items.first().is_some_and(is_numeric),
        _ => false,
    }
}

fn quoted(text: &str) -> String {
    shown_text(text, SHOWN)
}

impl BodyCheck {
    /// What differs, if anything does.
    pub fn differs(&self, incoming: &Incoming<'_>, context: &Context) -> Option<String> {
        match self {
            BodyCheck::Validator(validator) => {
                validator.check(incoming.as_answer(), context).err().map(|failure| format!("body: {}", failure.message))
            }
            BodyCheck::Equals(kept) if is_like_body(kept, incoming.call.body) => None,
            BodyCheck::Equals(kept) => {
                let (expected, got) = (decode(kept), incoming.text());
                let none_or = |text: &str| if text.is_empty() { "none".to_owned() } else { quoted(text) };
                Some(format!("body: expected {}, got {}", none_or(&expected), none_or(&got)))
            }
            BodyCheck::Form(conditions) => {
                let fields = incoming.form();
                conditions.iter().find_map(|condition| condition.differs("form field", &fields))
            }
            BodyCheck::Multipart(checks) => {
                let parts = incoming.parts();
                checks.iter().find_map(|check| check.differs(&parts))
            }
        }
    }
}

impl PartCheck {
    fn differs(&self, parts: &[Part]) -> Option<String> {
        let named: Vec<&Part> = parts.iter().filter(|part| part.name == self.name).collect();
        if named.is_empty() {
            return Some(format!("part {}: expected one, got none", self.name));
        }
        let mut first = None;
        for part in named {
            let checks = [
                (&self.value, "value", &part.value),
                (&self.filename, "filename", &part.filename),
                (&self.content_type, "type", &part.content_type),
            ];
            let differs = checks.into_iter().find_map(|(condition, what, value)| {
                let pair = [(what.to_owned(), value.clone())];
                condition.as_ref()?.differs(&format!("part {},", self.name), &pair)
            });
            match differs {
                None => return None,
                Some(differs) => first = first.or(Some(differs)),
            }
        }
        first
    }
}
