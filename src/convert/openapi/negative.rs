//! `--negative`: requests that the API must refuse.
//!
//! Owns: which part is missing or of a wrong type, which statuses refuse it. Does not: make the request that is right.

use serde_json::Value as Json;

use super::Conversion;
use super::requests::{Sample, SampleBody};
use crate::judge::contract::{conforms, is_json};
use crate::openapi::{Node, Operation, Parameter, Place, accepted, essence};

impl<'d> Conversion<'_, 'd> {
    /// A test without each required part, and one with a wrong type.
    pub(super) fn negative(&mut self, operation: &Operation<'d>, sample: &Sample<'d>) {
        for (at, (parameter, value)) in sample.parameters.iter().enumerate() {
            if parameter.is_required() && parameter.place != Place::Path && value.is_some() {
                let mut without = changed(sample, sample.body.clone());
                without.parameters[at].1 = None;
                self.refused(operation, &without, &format!("without {}", parameter.name));
            }
        }
        let body = sample.body.as_ref().filter(|body| is_json(&essence(&body.media_type)));
        if let Some(body) = body {
            let required = body.media.get("schema").map(required_of).unwrap_or_default();
            for name in required {
                let mut value = body.value.clone();
                if value.as_object_mut().and_then(|map| map.shift_remove(&name)).is_some() && is_wrong(body, &value) {
                    let body = SampleBody { value, ..body.clone() };
                    self.refused(operation, &changed(sample, Some(body)), &format!("without {name}"));
                }
            }
        }
        if let Some((wrong, name)) = body.and_then(wrong_body) {
            let body = body.map(|body| SampleBody { value: wrong, ..body.clone() });
            self.refused(operation, &changed(sample, body), &format!("with a wrong type of {name}"));
            return;
        }
        let wrong = sample.parameters.iter().enumerate().filter(|(_, (parameter, _))| takes_no_text(parameter));
        let wrong = wrong.min_by_key(|(_, (parameter, _))| parameter.place == Place::Path);
        if let Some((at, (parameter, _))) = wrong {
            let mut with = changed(sample, sample.body.clone());
            with.parameters[at].1 = Some("wrong".into());
            self.refused(operation, &with, &format!("with a wrong type of {}", parameter.name));
        }
    }

    fn refused(&mut self, operation: &Operation<'d>, sample: &Sample<'d>, how: &str) {
        let mut test = self.begun(operation, sample);
        test.name = format!("{} {how}", test.name);
        test.statuses = refusals(operation);
        self.suite.push(test);
    }
}

/// The same with another body, and without what was said of the right one.
fn changed<'d>(sample: &Sample<'d>, body: Option<SampleBody<'d>>) -> Sample<'d> {
    Sample { example: None, parameters: sample.parameters.clone(), body, doubts: Vec::new() }
}

/// The properties that a body must have.
fn required_of(schema: Node<'_>) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut waiting = vec![schema];
    // Circles of `allOf` end here.
    for _ in 0..100 {
        let Some(node) = waiting.pop().and_then(Node::resolved) else { break };
        let names = node.json.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str);
        for name in names {
            if !found.iter().any(|have| have == name) {
                found.push(name.to_owned());
            }
        }
        waiting.extend(node.raw("allOf").into_iter().flat_map(Node::items));
    }
    found
}

fn is_wrong(body: &SampleBody<'_>, value: &Json) -> bool {
    body.media.raw("schema").is_some_and(|schema| conforms(&accepted(schema), value).is_err())
}

/// The body with a value of a wrong type, and whose value that is.
fn wrong_body(body: &SampleBody<'_>) -> Option<(Json, String)> {
    let map = body.value.as_object()?;
    map.iter().find_map(|(name, value)| {
        let wrong = if value.is_string() { Json::from(12345) } else { Json::from("wrong") };
        let mut whole = body.value.clone();
        whole.as_object_mut()?.insert(name.clone(), wrong);
        is_wrong(body, &whole).then(|| (whole, name.clone()))
    })
}

fn takes_no_text(parameter: &Parameter<'_>) -> bool {
    let kind = parameter.schema().and_then(Node::resolved).and_then(|schema| schema.text("type"));
    parameter.place != Place::Header
        && parameter.place != Place::Cookie
        && matches!(kind, Some("integer" | "number" | "boolean"))
}

/// 400 and 422 as far as they are listed, else both, and what is listed of the 400s.
fn refusals(operation: &Operation<'_>) -> Vec<u16> {
    let listed: Vec<u16> = operation
        .responses()
        .iter()
        .filter_map(|(key, _)| key.parse().ok())
        .filter(|status| (400..500).contains(status))
        .collect();
    let usual: Vec<u16> = listed.iter().copied().filter(|status| matches!(status, 400 | 422)).collect();
    match usual.is_empty() {
        false => usual,
        true => {
            let mut all = listed;
            all.extend([400, 422]);
            all.sort_unstable();
            all
        }
    }
}
