//! The keys of a generator under `config: generators`.

use std::path::PathBuf;
use std::sync::Arc;

use super::document::{Entry, Kind, Node, readings};
use super::fields::{Field, entry};
use super::keys;
use super::reader::{FileReader, Read};
use crate::ground::source::did_you_mean;
use crate::ground::value::{Dict, Value};
use crate::test::set::NamedGenerator;
use crate::variables::content::FileName;
use crate::variables::context::Context;
use crate::variables::generator::{self, Dates, Format, Generator, UuidVersion, parse_offset, parse_zone};
use crate::variables::template::Text;

/// Reads one generator.
pub fn read(reader: &mut FileReader<'_>, element: &Entry) -> Read<NamedGenerator> {
    let keys = reader.fields(&element.value, &format!("generator \"{}\"", element.name))?;
    let kind = entry(&keys, "type").map(|kind| kind.value.to_value().to_text().to_lowercase());
    let Some(kind) = kind else {
        let allowed = generator::type_names().join(", ");
        return Err(reader.fault(element.at, format!("generator \"{}\" has no type; one of {allowed}", element.name)));
    };
    // What an extension brings wins over what is built in, and has keys of its own.
    let is_own = generator::REGISTERED.contains(&kind);
    if let Some(known) = keys::generator(&kind).map(keys::names).filter(|_| !is_own) {
        for key in keys.iter().filter(|key| !known.contains(&key.name.as_str())) {
            reader.unknown_key(key, &format!("{} generator", with_article(&kind)), &known)?;
        }
    }
    let generator = build(reader, element, &kind, &keys)?;
    Ok(NamedGenerator {
        name: element.name.clone(),
        generator: Arc::new(generator),
        location: reader.location(element.at),
    })
}

/// `a uuid`, `an email`.
fn with_article(kind: &str) -> String {
    let article = if kind.starts_with(['a', 'e', 'i', 'o']) { "an" } else { "a" };
    format!("{article} {kind}")
}

fn build(reader: &FileReader<'_>, element: &Entry, kind: &str, keys: &[Field<'_>]) -> Read<Generator> {
    let at = |message: String| reader.fault(element.at, format!("generator \"{}\": {message}", element.name));
    let needed = |name: &str| {
        entry(keys, name)
            .map(|entry| &entry.value)
            .ok_or_else(|| at(format!("{} generator needs {name}", with_article(kind))))
    };
    let draws = || reader.seed.draws(&element.name);
    // PyRestTest takes a zero or empty setting as not given.
    let number = |name: &str| -> Read<Option<i128>> {
        match entry(keys, name).filter(|entry| entry.value.to_value().is_truthy()) {
            Some(entry) => reader.integer(&entry.value, name).map(Some),
            None => Ok(None),
        }
    };
    let kind_of_ours = if generator::REGISTERED.contains(kind) { "" } else { kind };
    Ok(match kind_of_ours {
        "number_sequence" => {
            let start = match entry(keys, "start").filter(|entry| is_given(&entry.value)) {
                Some(entry) => reader.integer(&entry.value, "start")?,
                None => 1,
            };
            Generator::number_sequence(start, number("increment")?.unwrap_or(1))
        }
        "random_int" => Generator::random_int(draws()),
        "random_float" => {
            let number = |name: &str, default: f64| match entry(keys, name) {
                Some(entry) => float(reader, &entry.value, name),
                None => Ok(default),
            };
            Generator::random_float(number("min", 0.0)?, number("max", 1.0)?, draws()).map_err(at)?
        }
        "random_bool" => Generator::random_bool(draws()),
        "uuid" => {
            let version = match entry(keys, "version") {
                None => UuidVersion::V4,
                Some(entry) => match reader.integer(&entry.value, "version")? {
                    4 => UuidVersion::V4,
                    7 => UuidVersion::V7,
                    _ => return Err(reader.wrong(&entry.value, "version", "4 or 7")),
                },
            };
            Generator::uuid(version, draws())
        }
        "name" => Generator::name(draws()),
        "email" => Generator::email(draws()),
        "phone" => Generator::phone(draws()),
        "ipv4" => Generator::ipv4(draws()),
        "date" => Generator::date(dates(reader, keys)?),
        "sequence_file" => Generator::fixed_sequence(lines(reader, needed("file")?)?).map_err(at)?,
        "random_text" => {
            let characters = characters(reader, keys)?;
            let length = number("length")?;
            let (min, max) = match length {
                Some(length) => (length, length),
                None => (number("min_length")?.unwrap_or(8), number("max_length")?.unwrap_or(8)),
            };
            // A negative length gives an empty text, as counting up to it does.
            let (Ok(min), Ok(max)) = (usize::try_from(min.max(0)), usize::try_from(max.max(0))) else {
                return Err(at(format!("lengths must be smaller than {min} and {max}")));
            };
            Generator::random_text(&characters, min, max, draws()).map_err(at)?
        }
        "fixed_sequence" => Generator::fixed_sequence(values(reader, needed("values")?)?).map_err(at)?,
        "choice" => Generator::choice(values(reader, needed("values")?)?, draws()).map_err(at)?,
        "env_variable" => {
            let name = reader.text(needed("variable_name")?, "variable_name")?;
            Generator::env_variable(name, reader.options.env.clone())
        }
        "env_string" => Generator::env_string(reader.text(needed("string")?, "string")?, reader.options.env.clone()),
        _ => {
            let config: Dict =
                keys.iter().map(|entry| (Value::Str(entry.name.clone()), entry.value.to_value())).collect();
            match generator::registered(kind, &config) {
                Some(custom) => custom.map_err(at)?,
                None => {
                    let names = generator::type_names();
                    let meant = did_you_mean(kind, names.iter().map(String::as_str));
                    return Err(at(format!("unknown type \"{kind}\"{meant}; one of {}", names.join(", "))));
                }
            }
        }
    })
}

fn float(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<f64> {
    let number = match &node.kind {
        Kind::Scalar(value @ (Value::Int(_) | Value::Huge(_) | Value::Float(_))) => value.to_float(),
        Kind::Scalar(Value::Str(text)) => text.trim().parse().ok(),
        _ => None,
    };
    number.ok_or_else(|| reader.wrong(node, what, "a number"))
}

fn dates(reader: &FileReader<'_>, keys: &[Field<'_>]) -> Read<Dates> {
    let mut dates = Dates { format: Format::Rfc3339, offset: 0, zone: 0 };
    for key in keys {
        let value = &key.value;
        let fault = |message: String| reader.fault(value.at, message);
        match key.name.as_str() {
            "format" => dates.format = Format::parse(reader.text(value, "format")?).map_err(fault)?,
            "offset" => dates.offset = parse_offset(reader.text(value, "offset")?).map_err(fault)?,
            "timezone" => {
                // A plain +10:00 is a number to YAML 1.1.
                let written = readings::written(&reader.source, value).filter(|_| value.as_str().is_none());
                let zone = written.map_or_else(|| reader.text(value, "timezone"), Ok)?;
                dates.zone = parse_zone(zone).map_err(fault)?;
            }
            _ => {}
        }
    }
    Ok(dates)
}

/// The lines of a file, beside the suite or in the working directory.
fn lines(reader: &FileReader<'_>, node: &Node) -> Read<Vec<Value>> {
    let path = Text::Plain(reader.text(node, "file")?.to_owned());
    let file = FileName { path, folders: vec![reader.folder.clone(), PathBuf::new()] };
    let fault = |message: String| reader.fault(node.at, message);
    let text = String::from_utf8(file.read(&Context::new()).map_err(fault)?).map_err(|error| {
        fault(format!("{} is not UTF-8 at byte {}", file.path.source(), error.utf8_error().valid_up_to() + 1))
    })?;
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.is_empty() {
        return Err(fault(format!("{} has no lines", file.path.source())));
    }
    Ok(text.lines().map(Value::from).collect())
}

/// Whether there is a start: zero is one, an empty text, list or mapping is none.
fn is_given(node: &Node) -> bool {
    let value = node.to_value();
    value.is_truthy() || matches!(value, Value::Int(_) | Value::Huge(_) | Value::Float(_))
}

fn characters(reader: &FileReader<'_>, keys: &[Field<'_>]) -> Read<String> {
    let given = |name: &str| entry(keys, name).filter(|entry| entry.value.to_value().is_truthy());
    if let Some(set) = given("character_set") {
        let name = reader.text(&set.value, "character_set")?;
        return generator::character_set(name).map(str::to_owned).ok_or_else(|| {
            let names: Vec<&str> = generator::character_set_names().collect();
            let meant = did_you_mean(name, names.iter().copied());
            reader.fault(set.value.at, format!("unknown character set \"{name}\"{meant}; one of {}", names.join(", ")))
        });
    }
    match given("characters") {
        Some(characters) => Ok(characters.value.to_value().to_text()),
        None => Ok(generator::character_set("ascii_letters").unwrap_or_default().to_owned()),
    }
}

fn values(reader: &FileReader<'_>, node: &Node) -> Read<Vec<Value>> {
    match &node.kind {
        Kind::List(items) if !items.is_empty() => Ok(items.iter().map(Node::to_value).collect()),
        _ => Err(reader.wrong(node, "values", "a list with at least one value")),
    }
}
