//! The keys of `validators`.
//!
//! Owns: which validator it is, what it compares with. Does not: read extractors (see `extractors`).

use std::path::PathBuf;

use super::comparison;
use super::content;
use super::document::{Entry, Kind, Node};
use super::extractors::{expected_extractor, find_extractor, is_option, unknown_extractor};
use super::faults::{Collector, Faults, both};
use super::fields::{Field, entry};
use super::keys::Element;
use super::reader::{FileReader, Read};
use crate::ground::source::{Position, did_you_mean};
use crate::ground::value::Value;
use crate::judge::extract::{Extractor, extractor_names, is_extractor};
use crate::judge::validate::{
    Comparator, Expected, JsonSchema, SchemaSource, Tolerance, Validator, ValueTest, comparator_names,
    registered_validator, test_names, validator_names,
};
use crate::judge::wording::shown;
use crate::variables::template::Template;

/// Reads `validators`: a list of `{validator: config}`.
pub fn validators(reader: &mut FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<Vec<Validator>> {
    let Kind::List(items) = &node.kind else {
        return Err(reader.wrong(node, "validators", "a list of validators (- compare: {…})"));
    };
    let mut validators = Vec::new();
    let mut faults = Collector::default();
    for item in items {
        let Kind::Map(entries) = &item.kind else {
            let allowed = "a mapping such as compare: {jsonpath_mini: path, expected: 1}";
            faults.take::<()>(Err(reader.wrong(item, "a validator", allowed)));
            continue;
        };
        for entry in entries {
            validators.extend(faults.take(validator(reader, entry, folders)));
        }
    }
    faults.finish(validators)
}

/// Reads one validator, by its name.
pub fn validator(reader: &mut FileReader<'_>, element: &Entry, folders: &[PathBuf]) -> Read<Validator> {
    let location = reader.location(element.at);
    let name = element.name.to_lowercase();
    if let Some(custom) = registered_validator(&name, &element.value.to_value(), location.clone()) {
        return custom.map_err(|message| reader.fault(element.at, format!("{name}: {message}")));
    }
    match name.as_str() {
        "compare" | "comparator" | "assertequal" => compare(reader, element),
        "extract_test" | "asserttrue" => extract_test(reader, element),
        "json_schema" => {
            let Kind::Map(_) = element.value.kind else {
                return Err(reader.wrong(&element.value, "json_schema", "a mapping such as {schema: {file: path}}"));
            };
            let keys = reader.fields(&element.value, "json_schema")?;
            let Some(schema) = entry(&keys, "schema") else {
                return Err(reader.fault(element.at, "json_schema needs schema: text, {file: path} or a mapping"));
            };
            Ok(Validator::json_schema(read_schema(reader, &schema.value, folders)?, location))
        }
        "json_equals" => comparison::json_equals(reader, element, folders),
        "snapshot" => comparison::snapshot(reader, element, folders),
        other => {
            let names = validator_names();
            let meant = did_you_mean(other, names.iter().map(String::as_str));
            let message = format!("unknown validator \"{}\"{meant}; one of {}", element.name, names.join(", "));
            Err(reader.fault(element.at, message))
        }
    }
}

fn missing_extractor(reader: &FileReader<'_>, at: Position, keys: &[Field<'_>], own: &[&str]) -> Faults {
    let unknown = keys.iter().find(|key| !own.contains(&key.name.as_str()));
    let message = match unknown {
        Some(key) => unknown_extractor(&key.name),
        None => format!("the validator names no extractor; one of {}", extractor_names().join(", ")),
    };
    reader.fault(unknown.map_or(at, |key| key.at), message)
}

fn compare(reader: &mut FileReader<'_>, element: &Entry) -> Read<Validator> {
    let keys = reader.fields(&element.value, &element.name)?;
    reader.warn_of_repeated(element);
    let extractor = the_extractor(reader, element, &keys, Element::Compare);
    let comparator = match entry(&keys, "comparator") {
        Some(comparator) => read_comparator(reader, &comparator.value),
        None => Ok(Comparator::default()),
    };
    let comparator = comparator.and_then(|comparator| with_tolerance(reader, &keys, comparator, element.at));
    let by_itself = comparator.as_ref().ok().and_then(Comparator::expected_by_itself);
    let expected = match (entry(&keys, "expected"), by_itself) {
        (Some(expected), _) => {
            let read = read_expected(reader, &expected.value);
            read.and_then(|read| is_fit(reader, &comparator, &expected.value, read)).map(|value| (value, expected.at))
        }
        (None, Some(value)) => Ok((Expected::Value(value), element.at)),
        (None, None) => {
            let message = format!("{} needs expected: a value, {{template: …}} or an extractor", element.name);
            Err(reader.fault(element.at, message))
        }
    };
    let (extractor, (comparator, (expected, meant))) = both(extractor, both(comparator, expected))?;
    Ok(Validator::compare(extractor, comparator, expected, reader.location(element.at)).pointing_at(meant))
}

/// The extractor that a validator must have; of keys that are unknown beside one, it is warned.
fn the_extractor(reader: &mut FileReader<'_>, element: &Entry, keys: &[Field<'_>], own: Element) -> Read<Extractor> {
    match find_extractor(reader, keys)? {
        Some(extractor) => {
            look_for_unknown_keys(reader, keys, &element.name, own)?;
            Ok(extractor)
        }
        None => Err(missing_extractor(reader, element.at, keys, &own.names())),
    }
}

fn read_comparator(reader: &FileReader<'_>, node: &Node) -> Read<Comparator> {
    let name = reader.text(node, "comparator")?;
    Comparator::by_name(name).ok_or_else(|| {
        let names = comparator_names();
        let meant = did_you_mean(name, names.iter().map(String::as_str));
        reader.fault(node.at, format!("unknown comparator \"{name}\"{meant}; one of {}", names.join(", ")))
    })
}

/// A literal that can never be right for its comparator is refused.
fn is_fit(reader: &FileReader<'_>, comparator: &Read<Comparator>, node: &Node, expected: Expected) -> Read<Expected> {
    match (comparator, &expected) {
        (Ok(comparator), Expected::Value(value)) => match (comparator.needs(value), comparator.mistake(value)) {
            // That it is a list says nothing to who wrote one.
            (Some(needed), _) if matches!(value, Value::List(_)) => {
                let message = format!("expected of {} must be {needed}, not {}", comparator.name(), shown(value));
                Err(reader.fault(node.at, message))
            }
            (Some(needed), _) => Err(reader.wrong(node, &format!("expected of {}", comparator.name()), needed)),
            (None, Some(mistake)) => Err(reader.fault(node.at, mistake)),
            (None, None) => Ok(expected),
        },
        _ => Ok(expected),
    }
}

/// `tolerance` goes with `close_to`, which needs it.
fn with_tolerance(
    reader: &FileReader<'_>,
    keys: &[Field<'_>],
    comparator: Comparator,
    at: Position,
) -> Read<Comparator> {
    match entry(keys, "tolerance") {
        None if comparator.takes_tolerance() => {
            Err(reader.fault(at, format!("{} needs tolerance: a number, 0 or more", comparator.name())))
        }
        None => Ok(comparator),
        Some(tolerance) if !comparator.takes_tolerance() => {
            Err(reader.fault(tolerance.at, format!("{} takes no tolerance; it goes with close_to", comparator.name())))
        }
        Some(tolerance) => {
            let wrong = || reader.wrong(&tolerance.value, "tolerance", "a number, 0 or more, or {template: …}");
            let read = match &tolerance.value.kind {
                Kind::Scalar(value @ (Value::Int(_) | Value::Huge(_) | Value::Float(_))) => {
                    value.to_float().and_then(Tolerance::of)
                }
                Kind::Map(_) | Kind::List(_) => {
                    let keys = reader.fields(&tolerance.value, "tolerance")?;
                    let [key] = keys.as_slice() else { return Err(wrong()) };
                    if key.name != "template" {
                        return Err(wrong());
                    }
                    let template = reader.text_or_integer(&key.value, "the template of tolerance")?;
                    Some(Tolerance::Template(Box::new(Template::parse(&template))))
                }
                _ => None,
            };
            read.map(|read| comparator.with_tolerance(read)).ok_or_else(wrong)
        }
    }
}

fn read_expected(reader: &FileReader<'_>, node: &Node) -> Read<Expected> {
    if let Kind::Map(_) = node.kind {
        let keys = reader.fields(node, "expected")?;
        if let Some(template) = entry(&keys, "template") {
            let template = reader.text(&template.value, "the template of expected")?;
            return Ok(Expected::Template(Template::parse(template)));
        }
        if let Some(extractor) = expected_extractor(reader, &keys)? {
            return Ok(Expected::Extractor(extractor));
        }
    }
    Ok(Expected::Value(node.to_value()))
}

fn extract_test(reader: &mut FileReader<'_>, element: &Entry) -> Read<Validator> {
    let keys = reader.fields(&element.value, &element.name)?;
    reader.warn_of_repeated(element);
    let extractor = the_extractor(reader, element, &keys, Element::ExtractTest);
    let test = match entry(&keys, "test") {
        Some(test) => read_value_test(reader, &test.value),
        None => {
            let message = format!("{} needs test: one of {}", element.name, test_names().join(", "));
            Err(reader.fault(element.at, message))
        }
    };
    let (extractor, test) = both(extractor, test)?;
    Ok(Validator::extract_test(extractor, test, reader.location(element.at)))
}

fn read_value_test(reader: &FileReader<'_>, node: &Node) -> Read<ValueTest> {
    let name = reader.text(node, "test")?;
    ValueTest::by_name(name).ok_or_else(|| {
        let names = test_names();
        let meant = did_you_mean(name, names.iter().map(String::as_str));
        reader.fault(node.at, format!("unknown test \"{name}\"{meant}; one of {}", names.join(", ")))
    })
}

fn look_for_unknown_keys(reader: &mut FileReader<'_>, keys: &[Field<'_>], place: &str, element: Element) -> Read<()> {
    let is_own = |name: &str| element.keys().iter().any(|key| key.name == name) || is_option(name);
    for key in keys.iter().filter(|key| !is_own(&key.name) && !is_extractor(&key.name)) {
        let extractors = extractor_names();
        let options = Element::ExtractorOption.names();
        let known: Vec<&str> =
            element.names().into_iter().chain(options).chain(extractors.iter().map(String::as_str)).collect();
        reader.unknown_key(key, place, &known)?;
    }
    Ok(())
}

/// A schema: one of the six content forms, or the schema itself as a mapping.
fn read_schema(reader: &FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<JsonSchema> {
    let is_content = match &node.kind {
        Kind::Scalar(Value::Str(text)) if text.is_empty() => {
            return Err(reader.wrong(node, "schema", "JSON or YAML text, {file: path} or a mapping"));
        }
        // The schemas that everything and nothing is right for.
        Kind::Scalar(Value::Bool(_)) => false,
        Kind::Scalar(_) | Kind::List(_) => true,
        Kind::Map(_) => {
            reader.fields(node, "schema")?.iter().any(|key| matches!(key.name.as_str(), "template" | "file"))
        }
    };
    if !is_content {
        return Ok(JsonSchema::new(SchemaSource::Inline(node.to_value())));
    }
    if !matches!(node.kind, Kind::Scalar(Value::Str(_)) | Kind::Map(_) | Kind::List(_)) {
        return Err(reader.wrong(node, "schema", "a mapping, true, false, JSON or YAML text, or {file: path}"));
    }
    let content = content::read(reader, node, "schema", folders)?;
    Ok(JsonSchema::with_parser(SchemaSource::Text(content), comparison::read_json_or_yaml))
}
