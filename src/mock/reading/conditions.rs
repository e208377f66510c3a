//! Conditions of `request`: on what has a name, and on the body.

use std::path::PathBuf;

use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::judge::validate::{Comparator, comparator_names, validator_names};
use crate::mock::conditions::{BodyCheck, Condition, PartCheck, Test};
use crate::suite::assertions::validator;
use crate::suite::body;
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::faults::Collector;
use crate::suite::fields::entry;
use crate::suite::reader::{FileReader, Read};
use crate::variables::context::Context;

const ALLOWED: &str = "a text, a list of them, a comparison such as {contains: x}, or {absent: true}";

/// Conditions on what has a name: `query`, `headers`, `cookies`, the fields of a form.
pub fn named(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Vec<Condition>> {
    let (Kind::Map(_) | Kind::List(_)) = node.kind else {
        return Err(reader.wrong(node, what, "a mapping of names to what they must be"));
    };
    let mut faults = Collector::default();
    let mut all = Vec::new();
    for one in reader.flatten(node, what)? {
        let values = match &one.value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&one.value),
        };
        for value in values {
            let tests = faults.take(tests(reader, value, &format!("{what} {}", one.name)));
            all.extend(tests.map(|tests| Condition { name: one.name.clone(), tests }));
        }
    }
    faults.finish(all)
}

fn tests(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Vec<Test>> {
    match &node.kind {
        Kind::Scalar(Value::Null) | Kind::List(_) => return Err(reader.wrong(node, what, ALLOWED)),
        Kind::Scalar(Value::Bool(flag)) => return Ok(vec![Test::Equal(flag.to_string())]),
        Kind::Scalar(value) => return Ok(vec![Test::Equal(value.to_text())]),
        Kind::Map(_) => {}
    }
    let keys = reader.fields(node, what)?;
    if keys.is_empty() {
        return Err(reader.wrong(node, what, ALLOWED));
    }
    let mut tests = Vec::new();
    for key in &keys {
        match key.name.as_str() {
            "absent" => {
                tests.push(if reader.boolean(&key.value, "absent")? { Test::Absent } else { Test::Present });
            }
            "comparator" => {
                let name = reader.text(&key.value, "comparator")?;
                let compares = comparator(reader, key, name)?;
                let expected = entry(&keys, "expected").map(|expected| &expected.value);
                let expected = match (expected, compares.expected_by_itself()) {
                    (Some(node), _) => (node.to_value(), node.at.or(key.at)),
                    (None, Some(value)) => (value, key.at),
                    (None, None) => {
                        return Err(reader.fault(key.at, format!("{what}: comparator needs expected: a value")));
                    }
                };
                tests.push(compare(reader, compares, expected)?);
            }
            "expected" if entry(&keys, "comparator").is_some() => {}
            "expected" => tests.push(Test::Compare(Comparator::default(), key.value.to_value())),
            name => {
                let compares = comparator(reader, key, name)?;
                tests.push(compare(reader, compares, (key.value.to_value(), key.value.at.or(key.at)))?);
            }
        }
    }
    if tests.len() > 1 && tests.iter().any(|test| matches!(test, Test::Absent)) {
        return Err(reader.fault(node.at, format!("{what}: what is absent is compared with nothing")));
    }
    Ok(tests)
}

fn compare(
    reader: &FileReader<'_>,
    comparator: Comparator,
    (expected, at): (Value, crate::ground::source::Position),
) -> Read<Test> {
    if comparator.takes_tolerance() {
        return Err(reader.fault(at, format!("{} is for bodies; between does the same here", comparator.name())));
    }
    let needs = comparator.needs(&expected).map(|needed| format!("expected of {} must be {needed}", comparator.name()));
    match needs.or_else(|| comparator.mistake(&expected)) {
        Some(message) => Err(reader.fault(at, message)),
        None => Ok(Test::Compare(comparator, expected)),
    }
}

fn comparator(reader: &FileReader<'_>, key: &Entry, name: &str) -> Read<Comparator> {
    Comparator::by_name(name).ok_or_else(|| {
        let names = comparator_names();
        let known = names.iter().map(String::as_str).chain(["absent", "comparator", "expected"]);
        let meant = did_you_mean(name, known);
        reader.fault(key.at, format!("unknown comparator \"{name}\"{meant}; absent, or one of {}", names.join(", ")))
    })
}

/// Checks of a body: one, or a list of them.
pub fn of_body(reader: &mut FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<Vec<BodyCheck>> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        Kind::Map(_) => std::slice::from_ref(node),
        Kind::Scalar(_) => {
            let allowed =
                "a validator or a list of them: {jsonpath: \"$.a\", expected: 1}, {json_equals: …}, {form: {…}}";
            return Err(reader.wrong(node, "body of a request", allowed));
        }
    };
    let mut faults = Collector::default();
    let mut all = Vec::new();
    for item in items {
        all.extend(faults.take(check(reader, item, folders)));
    }
    faults.finish(all)
}

fn check(reader: &mut FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<BodyCheck> {
    let Kind::Map(entries) = &node.kind else {
        return Err(reader.wrong(node, "a check of a body", "a mapping such as {jsonpath: \"$.a\", expected: 1}"));
    };
    let keys = reader.fields(node, "body")?;
    if let [key] = keys.as_slice() {
        match key.name.as_str() {
            "equals" => return equals(reader, &key.value, folders).map(BodyCheck::Equals),
            "form" => return named(reader, &key.value, "form").map(BodyCheck::Form),
            "multipart" => return parts(reader, &key.value).map(BodyCheck::Multipart),
            name if validator_names().iter().any(|have| have == name) => {
                return validator(reader, key, folders).map(BodyCheck::Validator);
            }
            _ => {}
        }
    }
    // The short form: what stands below `compare` or `extract_test`, without it.
    let has = |name: &str| entry(&keys, name).is_some();
    let mut value = node.clone();
    let name = if has("test") {
        "extract_test"
    } else if has("expected") || has("comparator") || keys.is_empty() {
        "compare"
    } else {
        let mut entries = entries.clone();
        let exists = Node { kind: Kind::Scalar(Value::Str("exists".to_owned())), at: node.at };
        entries.push(Entry { typed_key: None, name: "test".to_owned(), at: node.at, value: exists });
        value.kind = Kind::Map(entries);
        "extract_test"
    };
    let element = Entry { typed_key: None, name: name.to_owned(), at: node.at, value };
    validator(reader, &element, folders).map(BodyCheck::Validator)
}

/// The bytes of a body, whatever form it has.
fn equals(reader: &mut FileReader<'_>, node: &Node, folders: &[PathBuf]) -> Read<Vec<u8>> {
    let body = body::read(reader, node, folders)?;
    let rendered = body.render(&Context::new(), None).map_err(|message| reader.fault(node.at, message))?;
    Ok(rendered.bytes.to_vec())
}

fn parts(reader: &mut FileReader<'_>, node: &Node) -> Read<Vec<PartCheck>> {
    let Kind::List(items) = &node.kind else {
        return Err(reader.wrong(node, "multipart", "a list of parts such as {name: file, filename: a.txt}"));
    };
    let mut all = Vec::new();
    for item in items {
        let mut check = PartCheck::default();
        for key in reader.fields(item, "a part")? {
            let condition = |reader: &FileReader<'_>| -> Read<Option<Condition>> {
                Ok(Some(Condition { name: key.name.clone(), tests: tests(reader, &key.value, &key.name)? }))
            };
            match key.name.as_str() {
                "name" => check.name = reader.text_or_integer(&key.value, "name")?,
                "value" => check.value = condition(reader)?,
                "filename" => check.filename = condition(reader)?,
                "type" => check.content_type = condition(reader)?,
                _ => reader.unknown_key(&key, "a part", &["name", "value", "filename", "type"])?,
            }
        }
        if check.name.is_empty() {
            return Err(reader.fault(item.at, "a part needs a name"));
        }
        all.push(check);
    }
    Ok(all)
}
