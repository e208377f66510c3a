//! Values that JSON text gets as Python writes them: `True` is no JSON, and neither is `['a']`.
//!
//! Owns: templates of bodies that look like JSON, and what is known of the variables in them before a run. Does not:
//! know what a test extracts.

use std::sync::Arc;

use super::{Subject, hint};
use crate::ground::source::{Fault, Location};
use crate::ground::value::Value;
use crate::suite::warnings;
use crate::test::definition::Test;
use crate::variables::body::Body;

/// Looks over the bodies of a set.
pub fn look_over(subject: &Subject<'_>, hints: &mut Vec<Fault>) {
    for test in warnings::requests(subject.set) {
        let Some(Body::Text(content)) = &test.body else { continue };
        let Some(template) = content.template() else { continue };
        if !template.source().trim_start().starts_with(['{', '[']) {
            continue;
        }
        let mut told: Vec<&str> = Vec::new();
        for name in template.variables() {
            if told.contains(&name) {
                continue;
            }
            told.push(name);
            if let Some((kind, written)) = known_values(subject, test, name).iter().find_map(foreign) {
                let message = format!(
                    "${name} is {kind}, which goes into this JSON text as Python writes it: {written}; \
                     write body: {{json: {{template: …}}}}, where \"${name}\" stays {kind}"
                );
                // A body that all tests have from one place is told of once.
                let place = body_of_defaults(test).unwrap_or(&test.location);
                if !hints.iter().any(|told| told.location == *place && told.message == message) {
                    hint(hints, place, message);
                }
            }
        }
    }
}

/// Where the body of a test is written, if `defaults` gave it.
fn body_of_defaults(test: &Test) -> Option<&Location> {
    let from_defaults = test.from_defaults.as_ref()?;
    from_defaults.keys.iter().find(|(key, _)| key == "body").map(|(_, place)| place)
}

/// What JSON writes otherwise: in words, and how Python writes it.
fn foreign(value: &Value) -> Option<(&'static str, &'static str)> {
    match value {
        Value::Bool(_) => Some(("a boolean", "True or False")),
        Value::Null => Some(("null", "None")),
        Value::List(_) => Some(("a list", "['a', 'b']")),
        Value::Dict(_) => Some(("a mapping", "{'a': 'b'}")),
        _ => None,
    }
}

/// The values that a variable has when the test is sent, as far as they are written in the file.
fn known_values(subject: &Subject<'_>, test: &Test, name: &str) -> Vec<Value> {
    let named = |(own, _): &&(String, Value)| own == name;
    if let Some((_, generator)) = test.generator_binds.iter().rfind(|(own, _)| own == name) {
        let generators = &subject.set.config.generators;
        let found = generators.iter().rfind(|known| known.name == *generator);
        return found.map_or_else(Vec::new, |known| known.generator.foretold());
    }
    if let Some((_, value)) = test.variable_binds.iter().rfind(named) {
        return vec![value.clone()];
    }
    if test.row_variables().any(|own| own == name) {
        let Some(first) = test.row() else { return Vec::new() };
        let rows = subject.set.requests().filter_map(Test::row);
        let rows = rows.filter(|row| Arc::ptr_eq(&row.columns, &first.columns));
        return rows.filter_map(|row| row.variables().find(|(own, _)| *own == name)?.1).collect();
    }
    let is_extracted = subject.set.requests().any(|other| other.extract_binds.iter().any(|bind| bind.variable == name));
    if is_extracted || subject.options.given_names().any(|given| given == name) {
        return Vec::new();
    }
    let last = subject.set.config.variable_binds.iter().rfind(named);
    last.map(|(_, value)| value.clone()).into_iter().collect()
}
