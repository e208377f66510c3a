//! Hints: what `resttest lint` tells of a set beyond the warnings of a run.
//!
//! Owns: validators that judge nothing, names that occur twice, settings that lose or do nothing,
//! variables that nobody uses, ids that occur twice, secrets written out, habits from PyRestTest. Does not: warn in normal runs (see `advice`).

mod elements;
mod json_text;
mod literal_secrets;
mod polls;
mod retries;
mod sharing;
mod variables;

use std::collections::HashMap;

use super::document::Node;
use super::reader::ReadOptions;
use super::warnings;
use crate::ground::source::{Fault, Location, Source};
use crate::judge::validate::Validator;
use crate::test::definition::Test;
use crate::test::set::TestSet;
use crate::variables::body::Body;
use crate::variables::template::Text;

/// What is looked over: one document of one file.
pub struct Subject<'s> {
    /// The file's text.
    pub source: &'s Source,
    /// Its elements as written.
    pub items: &'s [Node],
    /// The same, understood.
    pub set: &'s TestSet,
    /// What reading depended on.
    pub options: &'s ReadOptions,
    /// The variables that its imports share.
    pub imported: &'s [String],
}

/// Looks over a set, and adds what is doubtful about it.
pub fn look_over(subject: &Subject<'_>, hints: &mut Vec<Fault>) {
    elements::look_over(subject, hints);
    variables::look_over(subject, hints);
    sharing::look_over(subject, hints);
    json_text::look_over(subject, hints);
    literal_secrets::look_over(subject, hints);
    repeated_names(subject.set, hints);
    repeated_ids(subject.set, hints);
    retries::look_over(subject.set, hints);
    for test in warnings::elements(subject.set) {
        tests_own(test, hints);
        validators(test, hints);
    }
    for benchmark in subject.set.benchmarks.iter().filter(|benchmark| benchmark.runs()) {
        let test = &benchmark.test;
        if !test.validators.is_empty() && benchmark.plan.thresholds.is_empty() {
            let message = "validators of a benchmark are counted in its summary only; they never fail the run";
            hint(hints, &test.location, message);
        }
        request(test, hints);
        validators(test, hints);
    }
}

fn hint(hints: &mut Vec<Fault>, location: &Location, message: impl Into<String>) {
    hints.push(Fault::new(location.clone(), message));
}

/// Reports key a test by its group and name: GitLab drops the second of two.
fn repeated_names(set: &TestSet, hints: &mut Vec<Fault>) {
    let mut first: HashMap<(&str, &str), &Location> = HashMap::new();
    for test in set.in_order().filter(|test| test.name != "Unnamed") {
        match first.get(&(test.group.as_str(), test.name.as_str())) {
            Some(before) => {
                let line = before.line();
                let message = format!(
                    "group \"{}\" has a test \"{}\" already, at {line}; reports cannot tell them apart",
                    test.group, test.name
                );
                hint(hints, &test.location, message);
            }
            None => {
                first.insert((&test.group, &test.name), &test.location);
            }
        }
    }
}

/// An id is there to be named, and of two that are the same neither can be.
fn repeated_ids(set: &TestSet, hints: &mut Vec<Fault>) {
    let mut first: HashMap<&str, &Location> = HashMap::new();
    for test in warnings::elements(set).filter(|test| test.id() != test.written_name().unwrap_or(&test.name)) {
        if let Some(before) = first.insert(test.id(), &test.location) {
            let message = format!(
                "id \"{}\" is that of another test already, at {}; depends_on cannot name either",
                test.id().escape_debug(),
                before.line()
            );
            hint(hints, &test.location, message);
        }
    }
}

fn tests_own(test: &Test, hints: &mut Vec<Fault>) {
    if test.expected_status.is_empty() && test.status_templates.is_empty() {
        hint(
            hints,
            &test.location,
            "expected_status is an empty list, which no answer matches; leave it out for the default",
        );
    }
    for status in test.expected_status.iter().filter(|status| !(100..=599).contains(*status)) {
        hint(hints, &test.location, format!("expected_status {status} is no HTTP status, which are 100 to 599"));
    }
    if let Some(retries) = test.layer.retry.max_retries.as_ref().filter(|retries| retries.value == 0) {
        let place = match &retries.origin {
            crate::settings::precedence::Origin::Suite(location) => location,
            _ => &test.location,
        };
        let message =
            "max_retries: 0 does not switch retries off for good: --max-retries and a runner's config win over it";
        hint(hints, place, message);
    }
    polls::look_over(test, hints);
    graphql(test, hints);
    request(test, hints);
}

/// A GraphQL server says 200, whatever it says in the body.
fn graphql(test: &Test, hints: &mut Vec<Fault>) {
    let looks_at_errors = |validator: &Validator| format!("{validator:?}").contains("errors");
    if matches!(test.body, Some(Body::Graphql(_))) && !test.validators.iter().any(looks_at_errors) {
        let message = "GraphQL answers 200 with its errors in the body, and no validator looks at them; \
                       add extract_test: {jsonpath_mini: errors, test: not_exists}";
        hint(hints, &test.location, message);
    }
}

/// What is written of a request, and not sent.
fn request(test: &Test, hints: &mut Vec<Fault>) {
    let is_given = |text: Option<&Text>| text.is_some_and(|text| !text.source().is_empty());
    let (name, password) = test.auth();
    let (name, password) = (is_given(name), is_given(password));
    // Who has it from config removes it by an empty one.
    if name != password
        && test
            .inherited
            .as_ref()
            .is_none_or(|inherited| inherited.auth.username.is_none() || inherited.auth.password.is_none())
    {
        let (have, lack) = if name { ("auth_username", "auth_password") } else { ("auth_password", "auth_username") };
        hint(hints, &test.location, format!("{have} without {lack}: no authentication is sent"));
    }
    if matches!(test.body, Some(Body::Text(_))) && matches!(test.method.as_str(), "GET" | "HEAD") {
        hint(hints, &test.location, format!("a body is not sent with {}", test.method));
    }
}

fn validators(test: &Test, hints: &mut Vec<Fault>) {
    for bind in &test.extract_binds {
        if let Some(message) = bind.extractor.doubt() {
            hint(hints, &bind.location, message);
        }
    }
    for validator in test.asserted() {
        if let Some(message) = validator.idleness() {
            hint(hints, &validator.location, message);
        }
        if let Some(message) = validator.doubt() {
            hint(hints, &validator.location, message);
        }
        if matches!(validator.comparator_name(), Some("le" | "less_than_or_equal")) {
            hint(hints, &validator.location, "le is <= here; PyRestTest took it for <");
        }
        if let (Some("regex"), Some(("raw_body", pattern))) = (validator.comparator_name(), validator.compared()) {
            let pattern = pattern.to_text();
            if pattern.trim_start_matches('^').starts_with("b'") {
                hint(
                    hints,
                    &validator.location,
                    "raw_body is the body's text here, without PyRestTest's b'…' around it",
                );
            }
        }
    }
}
