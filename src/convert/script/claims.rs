//! What a script claims of the answer without `pm.expect`: `pm.response.to.be.ok`, `a === 1 && b.has("x")`.
//!
//! Owns: words behind `pm.response.to`, the signs of conditions. Does not: know statements (see `mod`), the words of
//! `pm.expect` (see `chai`).

use serde_json::Value as Json;

use super::Effect;
use super::chai;
use super::comparisons::{CLIENT_ERRORS, REDIRECTION, SERVER_ERRORS, SUCCESS, check, compare, exists, schema, truthy};
use super::statements::{Link, Part, between, chain, closing};
use super::subject::Subject;
use super::values::{Scope, Value, compared};

/// `a === b` and the like: the comparator, and that for `b === a`.
const SIGNS: [(&str, &str, &str); 8] = [
    ("===", "eq", "eq"),
    ("==", "eq", "eq"),
    ("!==", "ne", "ne"),
    ("!=", "ne", "ne"),
    ("<", "lt", "gt"),
    ("<=", "le", "ge"),
    (">", "gt", "lt"),
    (">=", "ge", "le"),
];

/// Words behind `pm.response.to.be` that stand for statuses.
const STATUS_WORDS: [(&str, &[u16]); 14] = [
    ("ok", SUCCESS),
    ("success", SUCCESS),
    ("accepted", &[202]),
    ("redirection", REDIRECTION),
    ("badRequest", &[400]),
    ("unauthorized", &[401]),
    ("unauthorised", &[401]),
    ("forbidden", &[403]),
    ("notFound", &[404]),
    ("notAcceptable", &[406]),
    ("rateLimited", &[429]),
    ("clientError", CLIENT_ERRORS),
    ("serverError", SERVER_ERRORS),
    ("internalServerError", &[500]),
];

/// `pm.response.to.have.status(200)` and the like: the links behind `pm.response.to`.
pub fn response(scope: &Scope, links: &[Link<'_, '_>]) -> Option<Vec<Effect>> {
    let words: Vec<&str> = links
        .iter()
        .filter_map(|link| match link {
            Link::Name(name) => Some(*name),
            _ => None,
        })
        .filter(|word| !matches!(*word, "have" | "be" | "has" | "is" | "and" | "that"))
        .collect();
    let arguments: Vec<Value> = match links.last() {
        Some(Link::Call(arguments)) => arguments.iter().map(|part| scope.value(part)).collect::<Option<_>>()?,
        _ => Vec::new(),
    };
    let (is_not, word) = match words.as_slice() {
        ["not", word] => (true, *word),
        [word] => (false, *word),
        _ => return None,
    };
    let body = Value::Subject(Subject::Json(Vec::new()));
    let text = |value: &Value| match value {
        Value::Literal(Json::String(text)) => Some(text.clone()),
        _ => None,
    };
    let one = |effect: Option<Effect>| effect.map(|effect| vec![effect]);
    match (word, arguments.as_slice()) {
        ("property", [name, code]) if !is_not && text(name).as_deref() == Some("code") => {
            compare(&Value::Subject(Subject::Status), "eq", code)
        }
        ("error", []) => {
            let codes = if is_not { [SUCCESS, REDIRECTION] } else { [CLIENT_ERRORS, SERVER_ERRORS] };
            Some(vec![Effect::Status(codes.concat())])
        }
        ("status", [code]) if !is_not => compare(&Value::Subject(Subject::Status), "eq", code),
        ("header", [name]) => one(exists(&Subject::Header(text(name)?), !is_not)),
        ("header", [name, value]) => {
            compare(&Value::Subject(Subject::Header(text(name)?)), if is_not { "ne" } else { "eq" }, value)
        }
        ("body", [of]) => compare(&Value::Subject(Subject::Text), if is_not { "ne" } else { "eq" }, of),
        ("body" | "withBody", []) if !is_not => {
            compare(&Value::Subject(Subject::Size), "gt", &Value::Literal(0.into()))
        }
        ("jsonBody", []) if !is_not => one(exists(&Subject::Json(Vec::new()), true)),
        ("json", []) if !is_not => compare(
            &Value::Subject(Subject::Header("Content-Type".to_owned())),
            "contains",
            &Value::Literal("json".into()),
        ),
        ("jsonSchema", [of, ..]) if !is_not => one(schema(of.clone(), &body)),
        (word, []) if !is_not => {
            let (_, codes) = STATUS_WORDS.iter().find(|(have, _)| *have == word)?;
            Some(vec![Effect::Status(codes.to_vec())])
        }
        _ => None,
    }
}

/// What a condition claims: `a === 1 && b.has("x")`.
pub fn condition(scope: &Scope, part: Part<'_, '_>) -> Option<Vec<Effect>> {
    let mut found = Vec::new();
    let part = without_brackets(part);
    if between(part, "?").len() > 1 {
        return None;
    }
    let either = between(part, "||");
    if either.len() > 1 {
        // Of statuses any may come.
        let mut codes = Vec::new();
        for one in either {
            let found = condition(scope, one)?;
            let [Effect::Status(some)] = found.as_slice() else { return None };
            codes.extend_from_slice(some);
        }
        return Some(vec![Effect::Status(codes)]);
    }
    for claim in between(part, "&&") {
        let claim = without_brackets(claim);
        if let Some((left, sign, right)) = compared(claim) {
            let (_, comparator, turned) = SIGNS.iter().find(|(have, ..)| *have == sign)?;
            let (left, right) = (scope.value(left)?, scope.value(right)?);
            found.extend(match (&left, &right) {
                (Value::Subject(_), _) => compared_values(&left, comparator, &right),
                _ => compared_values(&right, turned, &left),
            }?);
            continue;
        }
        match scope.value(claim) {
            Some(Value::Subject(subject)) => found.extend(truthy(&subject, true)?),
            _ => found.extend(called(scope, claim)?),
        }
    }
    Some(found)
}

fn compared_values(value: &Value, comparator: &str, expected: &Value) -> Option<Vec<Effect>> {
    let (Value::Subject(Subject::Length(steps)), "eq") = (value, comparator) else {
        return compare(value, comparator, expected);
    };
    compare(&Value::Subject(Subject::Json(steps.clone())), "count_eq", expected)
}

/// `x.has("y")`, `x.includes("y")`, `tv4.validate(x, schema)`.
fn called(scope: &Scope, claim: Part<'_, '_>) -> Option<Vec<Effect>> {
    let links = chain(claim)?;
    if let [Link::Name("tv4"), Link::Name("validate"), Link::Call(arguments)] = links.as_slice() {
        let (of, by) = (arguments.first()?, arguments.get(1)?);
        return Some(vec![schema(scope.value(by)?, &scope.value(of)?)?]);
    }
    if let [Link::Name("Array"), Link::Name("isArray"), Link::Call(arguments)] = links.as_slice() {
        let Value::Subject(subject) = scope.value(arguments.first()?)? else { return None };
        return Some(vec![Effect::Check(check(&subject, "type", "array".into())?)]);
    }
    let [.., Link::Name(method), Link::Call(arguments)] = links.as_slice() else { return None };
    let [argument] = arguments.as_slice() else { return None };
    if *method == "hasOwnProperty" {
        return chai::expected(
            scope,
            of_method(scope, claim, argument)?,
            &[Link::Name("property"), links.last()?.clone()],
        );
    }
    let comparator = match *method {
        "has" | "includes" | "contains" => "contains",
        "startsWith" => "starts_with",
        "endsWith" => "ends_with",
        _ => return None,
    };
    compare(&of_method(scope, claim, argument)?, comparator, &scope.value(argument)?)
}

/// What a method with one argument is called on.
fn of_method(scope: &Scope, claim: Part<'_, '_>, argument: Part<'_, '_>) -> Option<Value> {
    // The method, its dot, and its call.
    let length = claim.len().checked_sub(4 + argument.len())?;
    scope.value(&claim[..length])
}

fn without_brackets<'t, 's>(mut part: Part<'t, 's>) -> Part<'t, 's> {
    while part.first().is_some_and(|first| first.is("(")) && closing(part, 0).is_some_and(|end| end + 1 == part.len()) {
        part = &part[1..part.len() - 1];
    }
    part
}
