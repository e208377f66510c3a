//! One comparison of a part of the answer, as a validator or as the statuses that are expected.
//!
//! Owns: their forms, words for statuses, what cannot be compared. Does not: know how a script says it (see `chai`,
//! `claims`).

use serde_json::{Map, Value as Json, json};

use super::Effect;
use super::subject::Subject;
use super::values::Value;

/// Words behind statuses.
const REASONS: [(&str, u16); 16] = [
    ("OK", 200),
    ("Created", 201),
    ("Accepted", 202),
    ("No Content", 204),
    ("Moved Permanently", 301),
    ("Found", 302),
    ("Not Modified", 304),
    ("Bad Request", 400),
    ("Unauthorized", 401),
    ("Forbidden", 403),
    ("Not Found", 404),
    ("Method Not Allowed", 405),
    ("Conflict", 409),
    ("Unprocessable Entity", 422),
    ("Too Many Requests", 429),
    ("Internal Server Error", 500),
];

pub const SUCCESS: &[u16] = &[200, 201, 202, 203, 204, 205, 206, 207, 208, 226];

pub const REDIRECTION: &[u16] = &[300, 301, 302, 303, 304, 305, 307, 308];

pub const CLIENT_ERRORS: &[u16] = &[
    400, 401, 402, 403, 404, 405, 406, 407, 408, 409, 410, 411, 412, 413, 414, 415, 416, 417, 418, 421, 422, 423, 424,
    425, 426, 428, 429, 431, 451,
];

pub const SERVER_ERRORS: &[u16] = &[500, 501, 502, 503, 504, 505, 506, 507, 508, 510, 511];

/// Mappings with one such member would be read as something else where a value is expected.
const EXTRACTORS: [&str; 10] =
    ["jsonpath_mini", "jsonpath", "jmespath", "header", "cookie", "raw_body", "regex", "variable", "env", "template"];

pub fn member(subject: &Subject) -> Option<Map<String, Json>> {
    let (name, of) = subject.extractor()?;
    Some(Map::from_iter([(name.to_owned(), of.into())]))
}

pub fn check(subject: &Subject, comparator: &str, expected: Json) -> Option<Json> {
    let mut compare = member(subject)?;
    compare.insert("comparator".to_owned(), comparator.into());
    compare.insert("expected".to_owned(), expected);
    Some(json!({ "compare": compare }))
}

pub fn exists(subject: &Subject, is_there: bool) -> Option<Effect> {
    let mut test = member(subject)?;
    test.insert("test".to_owned(), if is_there { "exists" } else { "not_exists" }.into());
    Some(Effect::Check(json!({ "extract_test": test })))
}

/// Whether a literal is read as itself where a value is expected.
pub fn is_value(json: &Json) -> bool {
    match json {
        Json::Object(members) => members.len() != 1 || !members.keys().any(|key| EXTRACTORS.contains(&key.as_str())),
        _ => true,
    }
}

/// Names that JavaScript has for types, and what they are called here; lists are objects there, too.
const TYPES: [(&str, &str); 3] = [("string", "string"), ("number", "number"), ("boolean", "boolean")];

/// One comparison.
pub fn compare(value: &Value, comparator: &str, expected: &Value) -> Option<Vec<Effect>> {
    let subject = match (value, expected) {
        (Value::Subject(subject), _) => subject,
        (Value::TypeOf(subject), Value::Literal(Json::String(name))) if comparator == "eq" => {
            let (_, kind) = TYPES.iter().find(|(have, _)| have == name)?;
            return Some(vec![Effect::Check(check(subject, "type", (*kind).into())?)]);
        }
        _ => return None,
    };
    if let Some(statuses) = statuses(subject, comparator, expected) {
        return statuses.map(|found| vec![Effect::Status(found)]);
    }
    // Parameters follow it.
    let comparator = if *subject == Subject::MediaType && comparator == "eq" { "starts_with" } else { comparator };
    let found = match expected {
        Value::Literal(json) if comparator == "regex" || comparator == "not_regex" => {
            check(subject, comparator, json.as_str()?.into())
        }
        Value::Literal(json) if is_value(json) => check(subject, comparator, json.clone()),
        Value::Pattern(pattern) if comparator.ends_with("regex") => check(subject, comparator, pattern.as_str().into()),
        // What an environment holds is text.
        Value::Variable(name) => {
            let comparator = match comparator {
                "eq" => "str_eq",
                "contains" | "not_contains" => comparator,
                _ => return None,
            };
            check(subject, comparator, json!({ "variable": name }))
        }
        Value::Subject(other) => check(subject, comparator, Json::Object(member(other)?)),
        Value::Undefined if comparator == "eq" => return Some(vec![exists(subject, false)?]),
        Value::Undefined if comparator == "ne" => return Some(vec![exists(subject, true)?]),
        _ => None,
    };
    found.map(|check| vec![Effect::Check(check)])
}

/// What JavaScript takes for true: all but null, false, 0 and the empty text.
pub fn truthy(subject: &Subject, is_true: bool) -> Option<Vec<Effect>> {
    if is_true {
        // `ne 0` is `ne false`, too.
        let falsy = [Json::Null, 0.into(), "".into()];
        return falsy.into_iter().map(|value| check(subject, "ne", value).map(Effect::Check)).collect();
    }
    let mut compare = member(subject)?;
    compare.insert("default".to_owned(), Json::Null);
    compare.insert("comparator".to_owned(), "one_of".into());
    compare.insert("expected".to_owned(), json!([null, false, 0, ""]));
    Some(vec![Effect::Check(json!({ "compare": compare }))])
}

/// Claims of the status: what is expected of it, or nothing where that cannot be said.
fn statuses(subject: &Subject, comparator: &str, expected: &Value) -> Option<Option<Vec<u16>>> {
    if !matches!(subject, Subject::Status | Subject::Reason) {
        return None;
    }
    let literals = match expected {
        Value::Literal(Json::Array(all)) if comparator == "one_of" => all.clone(),
        Value::Literal(one) if comparator == "eq" => vec![one.clone()],
        Value::Literal(bounds) => return Some(codes_within(comparator, bounds)),
        _ => return Some(None),
    };
    Some(literals.iter().map(status).collect())
}

/// The statuses that are in use and fit a bound.
fn codes_within(comparator: &str, bounds: &Json) -> Option<Vec<u16>> {
    let number = |json: &Json| json.as_u64().and_then(|number| u16::try_from(number).ok());
    let (from, to) = match (comparator, bounds) {
        ("lt", bound) => (0, number(bound)?.checked_sub(1)?),
        ("le", bound) => (0, number(bound)?),
        ("gt", bound) => (number(bound)?.checked_add(1)?, u16::MAX),
        ("ge", bound) => (number(bound)?, u16::MAX),
        ("between", Json::Array(both)) => (number(both.first()?)?, number(both.get(1)?)?),
        _ => return None,
    };
    let all = [SUCCESS, REDIRECTION, CLIENT_ERRORS, SERVER_ERRORS].concat();
    let codes: Vec<u16> = all.into_iter().filter(|code| (from..=to).contains(code)).collect();
    (!codes.is_empty()).then_some(codes)
}

fn status(literal: &Json) -> Option<u16> {
    match literal {
        Json::Number(number) => number.as_u64().and_then(|number| u16::try_from(number).ok()),
        Json::String(text) => {
            let by_words = REASONS.iter().find(|(words, _)| words.eq_ignore_ascii_case(text)).map(|(_, code)| *code);
            by_words.or_else(|| text.parse().ok())
        }
        _ => None,
    }
    .filter(|code| (100..1000).contains(code))
}

/// The schema of the whole body; scripts mean the draft that their library knows.
pub fn schema(schema: Value, of: &Value) -> Option<Effect> {
    let is_whole = matches!(of, Value::Subject(Subject::Json(steps)) if steps.is_empty());
    let Value::Literal(Json::Object(mut members)) = schema else { return None };
    if !members.contains_key("$schema") {
        members.insert("$schema".to_owned(), "http://json-schema.org/draft-07/schema#".into());
    }
    is_whole.then(|| Effect::Check(json!({ "json_schema": { "schema": members } })))
}
