//! The keys of `validators` and `extract_binds`.

use std::path::PathBuf;

use super::content;
use super::document::{self, Entry, Kind, Node};
use super::fields::{Field, Read, entry, fault, flatten, table, text, unknown_key, wrong};
use super::keys::Element;
use super::reader::FileReader;
use crate::ground::source::{Position, Source, did_you_mean};
use crate::ground::value::Value;
use crate::judge::extract::{EXTRACTORS, Extractor, extractor_names, is_extractor, registered_extractor};
use crate::judge::validate::{
    Comparator, Expected, JsonSchema, SchemaSource, Validator, ValueTest, comparator_names, registered_validator,
    test_names, validator_names,
};
use crate::test::definition::ExtractBind;
use crate::variables::template::{Template, Text};

/// Reads `extract_binds`: variable to one extractor.
pub fn extract_binds(reader: &FileReader<'_>, node: &Node) -> Read<Vec<ExtractBind>> {
    let source = &reader.source;
    let mut binds = Vec::new();
    for variable in flatten(source, node, "extract_binds")? {
        let Kind::Map(extractors) = &variable.value.kind else {
            let what = format!("the extractor of \"{}\"", variable.name);
            return Err(wrong(source, &variable.value, &what, "a mapping such as {jsonpath_mini: path}"));
        };
        let [extractor] = extractors.as_slice() else {
            let message =
                format!("\"{}\" has {} extractors; it must have exactly one", variable.name, extractors.len());
            return Err(fault(source, variable.at, message));
        };
        let name = extractor.name.to_lowercase();
        let Some(extractor) = read_extractor(source, &name, &extractor.value)? else {
            return Err(fault(source, extractor.at, unknown_extractor(&extractor.name)));
        };
        binds.push(ExtractBind { variable: variable.name.clone(), extractor, location: source.location(variable.at) });
    }
    Ok(binds)
}

fn unknown_extractor(name: &str) -> String {
    let names = extractor_names();
    let meant = did_you_mean(name, names.iter().map(String::as_str));
    format!("unknown extractor \"{name}\"{meant}; one of {}", names.join(", "))
}

/// An extractor by its lower-case name; `None` if there is none of that name.
fn read_extractor(source: &Source, name: &str, node: &Node) -> Read<Option<Extractor>> {
    if !is_extractor(name) {
        return Ok(None);
    }
    if name == "raw_body" {
        return Ok(Extractor::new(name, Text::Plain(String::new())));
    }
    if !EXTRACTORS.contains(&name) {
        let custom = registered_extractor(name, &node.to_value());
        return custom.transpose().map_err(|message| fault(source, node.at, format!("{name}: {message}")));
    }
    let query = match &node.kind {
        Kind::Scalar(Value::Str(query)) => Text::Plain(query.clone()),
        Kind::Map(_) => {
            let keys = table(source, node, name)?;
            let Some(template) = entry(&keys, "template") else {
                return Err(fault(
                    source,
                    node.at,
                    format!("{name} is a mapping without template; write text or {{template: …}}"),
                ));
            };
            Text::Template(Template::parse(text(source, &template.value, &format!("the template of {name}"))?))
        }
        _ => return Err(wrong(source, node, &format!("the query of {name}"), "text or {template: …}")),
    };
    Ok(Extractor::new(name, query))
}

/// The first key, in order, that names an extractor.
fn find_extractor(source: &Source, keys: &[Field<'_>]) -> Read<Option<Extractor>> {
    for key in keys {
        if let Some(extractor) = read_extractor(source, &key.name, &key.value)? {
            return Ok(Some(extractor));
        }
    }
    Ok(None)
}

/// Reads `validators`: a list of `{validator: config}`.
pub fn validators(reader: &mut FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<Vec<Validator>> {
    let source = reader.source.clone();
    let Kind::List(items) = &node.kind else {
        return Err(wrong(&source, node, "validators", "a list of validators (- compare: {…})"));
    };
    let mut validators = Vec::new();
    for item in items {
        let Kind::Map(entries) = &item.kind else {
            return Err(wrong(
                &source,
                item,
                "a validator",
                "a mapping such as compare: {jsonpath_mini: path, expected: 1}",
            ));
        };
        for entry in entries {
            validators.push(validator(reader, entry, folders)?);
        }
    }
    Ok(validators)
}

fn validator(reader: &mut FileReader<'_>, element: &Entry, folders: &[PathBuf]) -> Read<Validator> {
    let source = reader.source.clone();
    let location = source.location(element.at);
    let name = element.name.to_lowercase();
    match name.as_str() {
        "compare" | "comparator" | "assertequal" => compare(reader, element),
        "extract_test" | "asserttrue" => extract_test(reader, element),
        "json_schema" => {
            let Kind::Map(_) = element.value.kind else {
                return Err(wrong(&source, &element.value, "json_schema", "a mapping such as {schema: {file: path}}"));
            };
            let keys = table(&source, &element.value, "json_schema")?;
            let Some(schema) = entry(&keys, "schema") else {
                return Err(fault(&source, element.at, "json_schema needs schema: text, {file: path} or a mapping"));
            };
            Ok(Validator::json_schema(read_schema(&source, &schema.value, folders)?, location))
        }
        other => match registered_validator(other, &element.value.to_value(), location) {
            Some(custom) => custom.map_err(|message| fault(&source, element.at, format!("{other}: {message}"))),
            None => {
                let names = validator_names();
                let meant = did_you_mean(other, names.iter().map(String::as_str));
                Err(fault(
                    &source,
                    element.at,
                    format!("unknown validator \"{}\"{meant}; one of {}", element.name, names.join(", ")),
                ))
            }
        },
    }
}

fn missing_extractor(source: &Source, at: Position, keys: &[Field<'_>], own: &[&str]) -> crate::ground::source::Fault {
    let odd = keys.iter().find(|key| !own.contains(&key.name.as_str()));
    let message = match odd {
        Some(key) => unknown_extractor(&key.name),
        None => format!("the validator names no extractor; one of {}", extractor_names().join(", ")),
    };
    fault(source, odd.map_or(at, |key| key.at), message)
}

fn compare(reader: &mut FileReader<'_>, element: &Entry) -> Read<Validator> {
    let source = reader.source.clone();
    let keys = table(&source, &element.value, &element.name)?;
    let Some(extractor) = find_extractor(&source, &keys)? else {
        return Err(missing_extractor(&source, element.at, &keys, &Element::Compare.names()));
    };
    warn_of_odd_keys(reader, &keys, &element.name, Element::Compare);
    let comparator = match entry(&keys, "comparator") {
        Some(comparator) => {
            let name = text(&source, &comparator.value, "comparator")?;
            Comparator::by_name(name).ok_or_else(|| {
                let names = comparator_names();
                let meant = did_you_mean(name, names.iter().map(String::as_str));
                let message = format!("unknown comparator \"{name}\"{meant}; one of {}", names.join(", "));
                fault(&source, comparator.value.at, message)
            })?
        }
        None => Comparator::default(),
    };
    let Some(expected) = entry(&keys, "expected") else {
        return Err(fault(
            &source,
            element.at,
            format!("{} needs expected: a value, {{template: …}} or an extractor", element.name),
        ));
    };
    let expected = read_expected(&source, &expected.value)?;
    Ok(Validator::compare(extractor, comparator, expected, source.location(element.at)))
}

fn read_expected(source: &Source, node: &Node) -> Read<Expected> {
    if let Kind::Map(_) = node.kind {
        let keys = table(source, node, "expected")?;
        if let Some(template) = entry(&keys, "template") {
            let template = text(source, &template.value, "the template of expected")?;
            return Ok(Expected::Template(Template::parse(template)));
        }
        if let Some(extractor) = find_extractor(source, &keys)? {
            return Ok(Expected::Extractor(extractor));
        }
    }
    Ok(Expected::Value(node.to_value()))
}

fn extract_test(reader: &mut FileReader<'_>, element: &Entry) -> Read<Validator> {
    let source = reader.source.clone();
    let keys = table(&source, &element.value, &element.name)?;
    let Some(extractor) = find_extractor(&source, &keys)? else {
        return Err(missing_extractor(&source, element.at, &keys, &Element::ExtractTest.names()));
    };
    warn_of_odd_keys(reader, &keys, &element.name, Element::ExtractTest);
    let Some(test) = entry(&keys, "test") else {
        let message = format!("{} needs test: one of {}", element.name, test_names().join(", "));
        return Err(fault(&source, element.at, message));
    };
    let name = text(&source, &test.value, "test")?;
    let test = ValueTest::by_name(name).ok_or_else(|| {
        let names = test_names();
        let meant = did_you_mean(name, names.iter().map(String::as_str));
        fault(&source, test.value.at, format!("unknown test \"{name}\"{meant}; one of {}", names.join(", ")))
    })?;
    Ok(Validator::extract_test(extractor, test, source.location(element.at)))
}

fn warn_of_odd_keys(reader: &mut FileReader<'_>, keys: &[Field<'_>], place: &str, element: Element) {
    let is_own = |name: &str| element.keys().iter().any(|key| key.name == name);
    for key in keys.iter().filter(|key| !is_own(&key.name) && !is_extractor(&key.name)) {
        let extractors = extractor_names();
        let known: Vec<&str> = element.names().into_iter().chain(extractors.iter().map(String::as_str)).collect();
        let warning = unknown_key(&reader.source, key, place, &known);
        reader.warn(warning);
    }
}

/// A schema: one of the six content forms, or the schema itself as a mapping.
fn read_schema(source: &Source, node: &Node, folders: &[PathBuf]) -> Read<JsonSchema> {
    let is_content = match &node.kind {
        Kind::Scalar(Value::Str(text)) if text.is_empty() => {
            return Err(wrong(source, node, "schema", "JSON or YAML text, {file: path} or a mapping"));
        }
        Kind::Scalar(_) | Kind::List(_) => true,
        Kind::Map(_) => {
            table(source, node, "schema")?.iter().any(|key| matches!(key.name.as_str(), "template" | "file"))
        }
    };
    if !is_content {
        return Ok(JsonSchema::new(SchemaSource::Inline(node.to_value())));
    }
    let content = content::read(source, node, "schema", folders)?;
    Ok(JsonSchema::with_parser(SchemaSource::Text(content), document::read_value))
}
