//! A file of shapes, read.
//!
//! Owns: its keys, what is wrong with it and where. Does not: write it (see `written`).

use std::path::Path;

use super::VERSION;
use crate::ground::source::{Fault, did_you_mean};
use crate::shape::{Field, Operation, Shape, Shapes, Types, steps};
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::faults::{Collector, add_excerpts};
use crate::suite::fields::entry;
use crate::suite::reader::{FileReader, Read, ReadOptions, UnknownKeys};
use crate::suite::{SuiteError, read_test_file};

/// How deep fields may lie.
const DEEPEST: usize = 1_000;

/// Reads a file of shapes.
///
/// # Errors
/// It cannot be read, or is of another form; all that is wrong with it.
pub fn read(path: &Path) -> Result<Shapes, SuiteError> {
    let file = read_test_file(path)?;
    let options = ReadOptions::default();
    let mut reader = FileReader::new(file.source.clone(), &options, Default::default()).taking(UnknownKeys::Refused);
    let mut faults = Collector::default();
    let shapes = match file.roots.as_slice() {
        [root] => faults.take(read_root(&mut reader, root)),
        _ => faults.take(Err(reader.fault(Default::default(), FORM))),
    };
    match (shapes, faults.into_faults()) {
        (Some(shapes), faults) if faults.is_empty() => Ok(shapes),
        (_, mut faults) => {
            add_excerpts(&mut faults, &file.source);
            Err(SuiteError::Invalid(faults))
        }
    }
}

const FORM: &str = "is no file of shapes: that begins with drift: 1; resttest drift DIR -o FILE makes one";

fn read_root(reader: &mut FileReader<'_>, root: &Node) -> Read<Shapes> {
    if !matches!(root.kind, Kind::Map(_)) {
        return Err(reader.fault(root.at, FORM));
    }
    let keys = reader.flatten(root, "a file of shapes")?;
    let Some(version) = entry(&keys, "drift") else { return Err(reader.fault(root.at, FORM)) };
    let number = reader.integer(&version.value, "drift")?;
    if number != VERSION {
        let message = format!(
            "drift: {number} is a form that this resttest does not know; it knows {VERSION}: resttest drift writes it anew"
        );
        return Err(reader.fault(version.value.at.or(version.at), message));
    }
    let mut shapes = Shapes { file: reader.source.name().to_string(), ..Shapes::default() };
    let mut faults = Collector::default();
    for key in &keys {
        match key.name.as_str() {
            "drift" => {}
            "answers" => {
                let Kind::List(items) = &key.value.kind else {
                    return Err(reader.wrong(&key.value, "answers", "a list"));
                };
                for item in items {
                    if let Some((answer, shape)) = faults.take(read_answer(reader, item))
                        && shapes.answers.insert(answer.clone(), shape).is_some()
                    {
                        let message = format!("{} with status {} stands here twice", answer.0, answer.1);
                        faults.take::<()>(Err(reader.fault(item.at, message)));
                    }
                }
            }
            _ => {
                faults.take(reader.unknown_key(key, "a file of shapes", &["drift", "answers"]));
            }
        }
    }
    faults.finish(shapes)
}

fn read_answer(reader: &mut FileReader<'_>, node: &Node) -> Read<((Operation, u16), Shape)> {
    let (mut operation, mut status, mut shape) = (None, None, Shape::default());
    let keys = reader.flatten(node, "an answer")?;
    let mut faults = Collector::default();
    for key in &keys {
        let value = &key.value;
        match key.name.as_str() {
            "operation" => {
                let read = value.as_str().and_then(Operation::parse);
                operation =
                    faults.take(read.ok_or_else(|| reader.wrong(value, "operation", "such as \"GET /orders/{}\"")));
            }
            "status" => {
                let read = reader.integer(value, "status")?;
                let read = u16::try_from(read).ok().filter(|status| (100..1000).contains(status));
                let wrong = || reader.fault(value.at.or(key.at), "status must be a number from 100 to 999");
                status = faults.take(read.ok_or_else(wrong));
            }
            "seen" => shape.answers = u64::try_from(reader.integer(value, "seen")?).unwrap_or_default(),
            "fields" => shape.body = faults.take(read_fields(reader, key)).unwrap_or_default(),
            _ => {
                faults.take(reader.unknown_key(key, "an answer", &["operation", "status", "seen", "fields"]));
            }
        }
    }
    let at = keys.first().map_or(node.at, |key| key.at);
    for name in ["operation", "status", "fields"].into_iter().filter(|name| entry(&keys, name).is_none()) {
        faults.take::<()>(Err(reader.fault(at, format!("an answer has {name}"))));
    }
    let operation = operation.unwrap_or_else(|| Operation { path: String::new(), method: String::new() });
    faults.finish(((operation, status.unwrap_or_default()), shape))
}

fn read_fields(reader: &mut FileReader<'_>, of: &Entry) -> Read<Field> {
    let mut body = Field::default();
    let mut faults = Collector::default();
    for key in &reader.flatten(&of.value, "fields")? {
        let Some(steps) = steps(&key.name).filter(|steps| steps.len() < DEEPEST) else {
            let message = format!("\"{}\" is no path such as $.orders[].id", key.name);
            faults.take::<()>(Err(reader.fault(key.at, message)));
            continue;
        };
        let mut place = &mut body;
        for step in steps {
            place = match step {
                Some(name) => place.members.entry(name).or_default(),
                None => place.items.get_or_insert_default(),
            };
        }
        if let Some(read) = faults.take(read_field(reader, key)) {
            (place.types, place.is_optional, place.values) = (read.types, read.is_optional, read.values);
        }
    }
    if let Some(path) = untyped(&body, "$") {
        faults.take::<()>(Err(reader.fault(of.at, format!("{path} has fields here, and no type of its own"))));
    }
    faults.finish(body)
}

/// A field of which only what is in it is told.
fn untyped(field: &Field, path: &str) -> Option<String> {
    if field.types.is_empty() {
        return Some(path.to_owned());
    }
    let members = field.members.iter().find_map(|(name, own)| untyped(own, &format!("{path}.{name}")));
    members.or_else(|| untyped(field.items.as_deref()?, &format!("{path}[]")))
}

fn read_field(reader: &mut FileReader<'_>, of: &Entry) -> Read<Field> {
    let mut field = Field::default();
    let mut faults = Collector::default();
    for key in &reader.flatten(&of.value, &of.name)? {
        let value = &key.value;
        let items = match &value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(value),
        };
        match key.name.as_str() {
            "type" => {
                for item in items {
                    let name = if item.is_null() { "null" } else { item.as_str().unwrap_or_default() };
                    match Types::named(name) {
                        Some(types) => field.types = field.types.with(types),
                        None => {
                            let meant = did_you_mean(name, Types::NAMES.iter().copied());
                            let allowed = format!("one of {}", Types::NAMES.join(", "));
                            faults.take::<()>(Err(reader.wrong(item, "type", &allowed).saying(&meant)));
                        }
                    }
                }
            }
            "optional" => field.is_optional = reader.boolean(value, "optional")?,
            "values" => {
                for item in items {
                    field.values.extend(faults.take(reader.text(item, "one of values").map(str::to_owned)));
                }
            }
            _ => {
                faults.take(reader.unknown_key(key, "a field", &["type", "optional", "values"]));
            }
        }
    }
    if field.types.is_empty() {
        faults.take::<()>(Err(Fault::new(reader.location(of.at), format!("{} needs a type", of.name)).into()));
    }
    faults.finish(field)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::response::Response;
    use crate::shape::Inference;

    fn read_text(text: &str) -> Result<Shapes, String> {
        let folder = std::env::temp_dir().join(format!("drift-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let path = folder.join(format!("{}.yaml", fastrand::u64(..)));
        std::fs::write(&path, text).unwrap();
        let read = read(&path);
        std::fs::remove_file(&path).unwrap();
        read.map_err(|error| {
            let told = error.faults().iter().map(|fault| {
                let at = fault.location.position;
                format!("{}:{} {}", at.line, at.column, fault.message)
            });
            told.collect::<Vec<_>>().join("\n")
        })
    }

    #[test]
    fn what_is_written_is_read_again() {
        let mut inference = Inference::default();
        for body in [r#"{"a b": null, "l": [[1], []], "on": "on", "x": {"y": 1.5}}"#, r#"{"on": "off", "l": []}"#] {
            for _ in 0..3 {
                inference.add(("GET", "/x/1"), &Response::new(200, body));
            }
        }
        inference.add(("DELETE", "/x/1"), &Response::new(204, ""));
        let shapes = inference.shapes();
        let read = read_text(&super::super::text(&shapes)).unwrap();
        assert_eq!(read.answers, shapes.answers);
        assert_eq!(read_text("drift: 1\nanswers: []\n").unwrap().answers.len(), 0);
    }

    #[test]
    fn what_is_wrong_has_a_place() {
        let answer =
            |fields: &str| format!("drift: 1\nanswers:\n- operation: GET /\n  status: 200\n  fields:\n    {fields}\n");
        for (text, expected) in [
            ("- test: {}", "1:3 is no file of shapes"),
            ("answers: []", "1:1 is no file of shapes"),
            ("drift: 2\nfuture: x", "1:8 drift: 2 is a form that this resttest does not know"),
            ("drift: 1\nanswer: []", "2:1 unknown key \"answer\" in a file of shapes; did you mean \"answers\"?"),
            ("drift: 1\nanswers:\n- operation: orders\n  status: 99", "3:14 operation must be such as"),
            (&answer("\"$\": {type: objct}"), "6:17 type must be one of object"),
            (&answer("\"$.a\": {type: string}"), "5:3 $ has fields here, and no type of its own"),
            (&answer("\"a\": {type: string}"), "6:6 \"a\" is no path"),
            (&answer("\"$\": {optional: true}"), "6:6 $ needs a type"),
        ] {
            let told = read_text(text).unwrap_err();
            assert!(told.contains(expected), "{text}\n{told}");
        }
    }
}
