//! Validators that cannot do their work: those that never fail, and those that never pass.
//!
//! Owns: what can be reported of a validator without a response. Does not: judge responses.

use super::comparator::Comparator;
use super::types::{TYPES, is_of_type};
use super::validator::{Check, Expected, Validator};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::judge::extract::Extractor;
use crate::judge::python_regex::Pattern;
use crate::variables::content::Content;
use crate::variables::context::Context;

/// Texts of which a pattern finds something in all only if it finds something everywhere.
const PROBES: [&str; 6] = ["", "a", "7", "\n", "{\"k\": []}", "-é-"];

impl Validator {
    /// Why it judges nothing: a lowercase sentence without a full stop; `None` if it does judge.
    pub fn idleness(&self) -> Option<String> {
        match &*self.check {
            Check::Compare { extractor, comparator, expected } => {
                broken(extractor).or_else(|| compare(extractor, comparator, expected))
            }
            Check::ExtractTest { extractor, test } => broken(extractor).or_else(|| {
                match (extractor.name(), test.name()) {
                    ("raw_body", "exists") => {
                        Some("raw_body exists never fails: there is always a body, if an empty one")
                    }
                    ("raw_body", "not_exists") => {
                        Some("raw_body not_exists never passes: there is always a body, if an empty one")
                    }
                    _ => None,
                }
                .map(str::to_owned)
            }),
            Check::JsonSchema(schema) => schema.idleness(),
            Check::JsonEquals(equals) => equals.idleness(),
            Check::Snapshot(_) | Check::Custom { .. } => None,
        }
    }

    /// What is doubtful about the queries of its extractors.
    pub fn doubt(&self) -> Option<String> {
        match &*self.check {
            Check::Compare { extractor, expected: Expected::Extractor(other), .. } => {
                extractor.doubt().or_else(|| other.doubt())
            }
            Check::Compare { extractor, .. } | Check::ExtractTest { extractor, .. } => extractor.doubt(),
            Check::JsonSchema(_) | Check::JsonEquals(_) | Check::Snapshot(_) | Check::Custom { .. } => None,
        }
    }

    /// The text of its schema, if it has one that is not written as a mapping.
    pub fn schema_content(&self) -> Option<&Content> {
        match &*self.check {
            Check::JsonSchema(schema) => schema.content(),
            Check::JsonEquals(equals) => equals.content(),
            _ => None,
        }
    }

    /// The name of its comparator, if it compares.
    pub fn comparator_name(&self) -> Option<&str> {
        match &*self.check {
            Check::Compare { comparator, .. } => Some(comparator.name()),
            _ => None,
        }
    }

    /// The name of its extractor and the literal that it expects, if it compares with one.
    pub fn compared(&self) -> Option<(&str, &Value)> {
        match &*self.check {
            Check::Compare { extractor, expected: Expected::Value(value), .. } => Some((extractor.name(), value)),
            _ => None,
        }
    }
}

fn broken(extractor: &Extractor) -> Option<String> {
    extractor.mistake().map(|reason| format!("{} never extracts anything: {reason}", extractor.name()))
}

fn compare(extractor: &Extractor, comparator: &Comparator, expected: &Expected) -> Option<String> {
    let name = comparator.name();
    let never_fails = |why: &str| Some(format!("{} {name} never fails: {why}", extractor.name()));
    let never_passes = |why: &str| Some(format!("{} {name} never passes: {why}", extractor.name()));
    let is_text = extractor.name() == "raw_body";
    let value = match expected {
        Expected::Value(value) => value,
        Expected::Template(_) => {
            let is_order =
                ["lt", "less_than", "le", "less_than_or_equal", "gt", "greater_than", "ge", "greater_than_or_equal"]
                    .contains(&name);
            let is_equality = matches!(name, "eq" | "equals");
            return if (is_order || is_equality) && extractor.is_number() {
                let remedy = if is_equality { "use str_eq" } else { "bind a variable, and expect {variable: NAME}" };
                never_passes(&format!("{} is always a number, and a template always text; {remedy}", extractor.name()))
            } else {
                None
            };
        }
        Expected::Extractor(other) => {
            let context = Context::new();
            let is_same = other.readable_config(&context) == extractor.readable_config(&context);
            return match name {
                "eq" | "equals" | "str_eq" | "le" | "less_than_or_equal" | "ge" | "greater_than_or_equal"
                    if is_same =>
                {
                    never_fails("a value is compared with itself")
                }
                "ne" | "not_equals" | "lt" | "less_than" | "gt" | "greater_than" if is_same => {
                    never_passes("a value is compared with itself")
                }
                _ => None,
            };
        }
    };
    let is_number = matches!(value, Value::Int(_) | Value::Huge(_) | Value::Float(_) | Value::Bool(_));
    match name {
        "contains" if matches!(value, Value::Str(text) if text.is_empty()) => {
            never_fails("the empty text is in every text that is not empty")
        }
        "not_contains" if matches!(value, Value::Str(text) if text.is_empty()) => {
            never_passes("the empty text is in every text that is not empty")
        }
        "starts_with" | "ends_with" if matches!(value, Value::Str(text) if text.is_empty()) => {
            never_fails("every text begins and ends with the empty one")
        }
        "starts_with" | "ends_with" if extractor.is_number() => {
            never_passes(&format!("{} is always a number, which begins and ends with no text", extractor.name()))
        }
        "lt" | "less_than" | "le" | "less_than_or_equal" | "gt" | "greater_than" | "ge" | "greater_than_or_equal"
            if extractor.is_number() && matches!(value, Value::Str(_)) =>
        {
            never_passes(&format!("{} is always a number, and numbers and text have no order", extractor.name()))
        }
        "eq" | "equals" if extractor.is_number() && matches!(value, Value::Str(_)) => {
            never_passes(&format!("{} is always a number; write it without quotes", extractor.name()))
        }
        "one_of" if !value.is_truthy() => never_passes("nothing is in an empty list"),
        "contained_by" if !value.is_truthy() => never_passes("nothing is in an empty value"),
        "regex" => {
            let pattern = Pattern::default();
            let text = value.to_text();
            let found: Vec<Result<bool, String>> = PROBES.iter().map(|probe| pattern.is_found(&text, probe)).collect();
            match found.first() {
                Some(Err(reason)) => never_passes(reason),
                _ if found.iter().all(|found| *found == Ok(true)) => {
                    never_fails("the pattern finds something in every text, the empty one too")
                }
                _ => None,
            }
        }
        "type" => match value {
            Value::Str(name) => match is_of_type(&Value::Null, name) {
                Err(_) => {
                    let meant = did_you_mean(name, TYPES.iter().copied());
                    never_passes(&format!("there is no type \"{name}\"{meant}; one of {}", TYPES.join(", ")))
                }
                Ok(_) if is_text && is_of_type(&Value::Str(String::new()), name) == Ok(true) => {
                    never_fails("a body is always text")
                }
                Ok(_) if is_text => never_passes("a body is always text; jsonpath_mini \".\" is what is in it"),
                Ok(_) => None,
            },
            Value::Null => never_passes("a plain null is no type name; write 'null'"),
            _ => never_passes("the name of a type is text"),
        },
        "count_eq" | "length_eq" if matches!(value, Value::Str(_)) => {
            never_passes("a length is a number; write it without quotes")
        }
        "eq" | "equals" if is_number && matches!(extractor.name(), "raw_body" | "header") => {
            never_passes("what is extracted is text; put the number in quotes, or use str_eq")
        }
        "ne" | "not_equals" if is_number && matches!(extractor.name(), "raw_body" | "header") => {
            never_fails("what is extracted is text, which no number equals; put the number in quotes")
        }
        "lt" | "less_than" | "le" | "less_than_or_equal" | "gt" | "greater_than" | "ge" | "greater_than_or_equal"
            if is_number && matches!(extractor.name(), "raw_body" | "header") =>
        {
            never_passes("what is extracted is text, and text and numbers have no order")
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::ValueTest;
    use super::*;
    use crate::ground::source::Location;
    use crate::variables::template::{Template, Text};

    fn reported(extractor: &str, comparator: &str, expected: impl Into<Value>) -> Option<String> {
        let extractor = Extractor::new(extractor, Text::Plain("a".to_owned())).unwrap();
        let comparator = Comparator::by_name(comparator).unwrap();
        Validator::compare(extractor, comparator, Expected::Value(expected.into()), Location::default()).idleness()
    }

    #[test]
    fn comparisons_that_never_fail_are_found() {
        for (extractor, comparator, expected) in [
            ("raw_body", "contains", ""),
            ("jsonpath_mini", "regex", ".*"),
            ("jsonpath_mini", "regex", "x?"),
            ("header", "regex", ""),
            ("raw_body", "type", "string"),
        ] {
            let reported = reported(extractor, comparator, expected).unwrap_or_default();
            assert!(reported.contains("never fails"), "{extractor} {comparator} {expected}: {reported}");
        }
        assert!(reported("header", "ne", 5).is_some_and(|reported| reported.contains("never fails")));
    }

    #[test]
    fn comparisons_that_never_pass_are_found() {
        for (extractor, comparator, expected) in [
            ("jsonpath_mini", "regex", "(".into()),
            ("jsonpath_mini", "type", "strnig".into()),
            ("jsonpath_mini", "type", Value::Null),
            ("jsonpath_mini", "contained_by", "".into()),
            ("jsonpath_mini", "count_eq", "3".into()),
            ("header", "eq", 12.into()),
            ("raw_body", "gt", 12.into()),
            ("raw_body", "type", "dict".into()),
        ] as [(&str, &str, Value); 8]
        {
            let reported = reported(extractor, comparator, expected).unwrap_or_default();
            assert!(reported.contains("never passes"), "{extractor} {comparator}: {reported}");
        }
        let jmespath = Extractor::new("jmespath", Text::Plain("a[".to_owned())).unwrap();
        let test = ValueTest::by_name("exists").unwrap();
        assert!(Validator::extract_test(jmespath, test, Location::default()).idleness().is_some());
    }

    #[test]
    fn what_can_go_either_way_is_left_alone() {
        for (extractor, comparator, expected) in [
            ("raw_body", "contains", "ok"),
            ("jsonpath_mini", "regex", "^$"),
            ("jsonpath_mini", "regex", "^[0-9]+$"),
            ("jsonpath_mini", "type", "NULL"),
            ("header", "eq", "12"),
        ] {
            assert_eq!(reported(extractor, comparator, expected), None, "{extractor} {comparator} {expected}");
        }
        assert_eq!(reported("jsonpath_mini", "eq", 12), None);
        let path = |text: &str| Extractor::new("jsonpath_mini", Text::Plain(text.to_owned())).unwrap();
        let compare = |other: Extractor| {
            Validator::compare(path("a"), Comparator::default(), Expected::Extractor(other), Location::default())
                .idleness()
        };
        assert!(compare(path("a")).is_some() && compare(path("b")).is_none());
        let template = Expected::Template(Template::parse("$a"));
        assert_eq!(
            Validator::compare(path("a"), Comparator::default(), template, Location::default()).idleness(),
            None
        );
    }
}
