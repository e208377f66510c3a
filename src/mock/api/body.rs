//! A described answer made: its body and its headers.
//!
//! Owns: examples before what is made of schemas, seeds, headers that must be there. Does not: choose the answer (see
//! `choice`).

use serde_json::Value as Json;

use super::choice::{Chosen, Preference};
use super::{Made, xml};
use crate::exchange::token::{is_token, is_value};
use crate::judge::contract::{Schema, is_json};
use crate::mock::problem::problem;
use crate::openapi::{Direction, Node, Wish, essence, translate};
use crate::serve::Answer;

/// Headers that the server writes itself, or that would say what is not so.
const NOT_MADE: [&str; 8] = [
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "date",
    "keep-alive",
    "transfer-encoding",
    "upgrade",
];

/// The answer that is chosen, with further headers.
pub fn answer(made: &Made<'_>, chosen: &Chosen<'_>, wish: &Preference, more: &[(String, String)]) -> Answer {
    let maker = made.way.maker;
    let mut bytes = Vec::new();
    let mut answer = maker.answer(chosen.status);
    if let Some((kind, media)) = &chosen.media {
        let value = match value(made, chosen, wish) {
            Ok(value) => value,
            Err(known) => {
                let name = wish.example.as_deref().unwrap_or_default();
                let message = format!("{} has no example {name:?} for {}", made.operation.line(), chosen.status);
                return problem(maker, 404, &message, vec![("described", known.into())]);
            }
        };
        bytes = written(kind, &value, media.raw("schema"));
        answer = answer.with("Content-Type", kind);
    }
    let headers = chosen.answer.and_then(|answer| answer.get("headers"));
    for (name, header) in headers.into_iter().flat_map(Node::entries) {
        let is_made = is_token(name) && !NOT_MADE.iter().any(|have| have.eq_ignore_ascii_case(name));
        let value = header_value(made, wish, (name, header)).filter(|value| is_made && is_value(value));
        if let Some(value) = value {
            answer = answer.with(name, &value);
        }
    }
    for (name, value) in more {
        answer = answer.with(name, value);
    }
    answer.body(bytes)
}

/// The value of a body; without one, the names of the examples that there are.
fn value(made: &Made<'_>, chosen: &Chosen<'_>, wish: &Preference) -> Result<Json, Vec<String>> {
    let Some((kind, media)) = &chosen.media else { return Ok(Json::Null) };
    let named = || media.get("examples").into_iter().flat_map(Node::entries);
    if let Some(name) = &wish.example {
        let found = named().find(|(have, _)| have == name).and_then(|(_, example)| example.json.get("value"));
        return found.cloned().ok_or_else(|| named().map(|(name, _)| name.to_owned()).collect());
    }
    let schema = media.raw("schema");
    let is_json = is_json(&essence(kind));
    let compiled = schema.filter(|_| is_json).map(|schema| Schema::new(&translate(schema, Direction::Response).schema));
    let compiled = compiled.and_then(Result::ok);
    let wrong = |value: &Json| compiled.as_ref().and_then(|schema| schema.violations(value).into_iter().next());
    let place = format!("{}, status {}", made.operation.line(), chosen.status);
    let mut doubt = None;
    if !wish.is_dynamic {
        let examples = media.json.get("example").into_iter();
        for example in examples.chain(named().filter_map(|(_, example)| example.json.get("value"))) {
            let Some(why) = wrong(example) else { return Ok(example.clone()) };
            // Some write the text of JSON in its place.
            let parsed = example.as_str().and_then(|text| serde_json::from_str(text).ok());
            if let Some(parsed) = parsed.filter(|parsed| wrong(parsed).is_none()) {
                return Ok(parsed);
            }
            doubt.get_or_insert_with(|| {
                format!("{place}: the example is not as its schema wants it, so another is made: {why}")
            });
        }
    }
    let Some(schema) = schema else {
        return Ok(if is_json { Json::Object(serde_json::Map::new()) } else { Json::Null });
    };
    let seed = Some(seed(made, wish, "body"));
    let drawn = Wish { seed, takes_examples: !wish.is_dynamic, ..Wish::simple(Direction::Response) };
    let found = drawn.fitting(schema, &wrong);
    if !found.fits {
        doubt = found.first_wrong.map(|why| format!("{place}: what is made is not as its schema wants it: {why}"));
    }
    if let Some(doubt) = doubt.filter(|_| !wish.is_dynamic) {
        (made.way.told)(&doubt);
    }
    Ok(found.made.value)
}

/// A header that must be there, or has an example.
fn header_value(made: &Made<'_>, wish: &Preference, (name, header): (&str, Node<'_>)) -> Option<String> {
    let example = header.json.get("example").cloned();
    let examples = || header.get("examples")?.entries().find_map(|(_, example)| example.json.get("value").cloned());
    let of_schema = || {
        let schema = header.raw("schema").or_else(|| header.get("content")?.entries().next()?.1.raw("schema"))?;
        let has_example = || ["example", "examples"].iter().any(|key| schema.json.get(key).is_some());
        let seed = Some(seed(made, wish, name));
        let drawn = Wish { seed, ..Wish::simple(Direction::Response) };
        (header.is("required") || has_example()).then(|| drawn.of(schema).value)
    };
    let value = example.or_else(examples).or_else(of_schema)?;
    let text = |value: &Json| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    Some(match &value {
        Json::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(","),
        value => text(value),
    })
}

/// The same for the same method, path and seed, unless a new value is wished for.
fn seed(made: &Made<'_>, wish: &Preference, what: &str) -> u64 {
    let call = made.incoming.call;
    let mut hash = made.way.seed ^ 0xcbf2_9ce4_8422_2325;
    for byte in [made.operation.method, call.path(), what].iter().flat_map(|text| text.bytes().chain([0])) {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    }
    if wish.is_dynamic { hash ^ made.way.count.wrapping_mul(0x9e37_79b9_7f4a_7c15) } else { hash }
}

/// A value as a media type has it.
fn written(kind: &str, value: &Json, schema: Option<Node<'_>>) -> Vec<u8> {
    let kind = essence(kind);
    match value {
        value if is_json(&kind) => value.to_string().into_bytes(),
        Json::String(text) => text.clone().into_bytes(),
        Json::Null => Vec::new(),
        value if kind.ends_with("/xml") || kind.ends_with("+xml") => xml::document(value, schema).into_bytes(),
        value => value.to_string().into_bytes(),
    }
}
