//! `secrets` and `mask` of a `config`.
//!
//! Owns: their forms. Does not: find the values (see `cli`), hide anything (see `secrets`).

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::fields::{entry, lowered};
use super::keys::Element;
use super::measures;
use super::reader::{FileReader, Read};
use crate::ground::dotenv::is_name;
use crate::ground::source::did_you_mean;
use crate::judge::extract::JsonPath;
use crate::judge::python_regex::Mask;
use crate::test::privacy::{Privacy, SecretOrigin, SecretSource};
use crate::test::set::TestSet;

/// What `secrets` may be.
const SECRETS: &str = "a list of variables, or a mapping such as {token: {command: [vault, kv, get, …]}}";

/// How long a command may take that says nothing of it.
const LIMIT: Duration = Duration::from_secs(10);

/// Reads `secrets`; what several `config` elements say adds up.
pub fn read(reader: &mut FileReader<'_>, key: &Entry, set: &mut TestSet) -> Read<()> {
    let mut faults = Collector::default();
    let items: &[Node] = match &key.value.kind {
        Kind::List(items) => items,
        Kind::Map(_) => std::slice::from_ref(&key.value),
        Kind::Scalar(_) => return Err(reader.wrong(&key.value, "secrets", SECRETS)),
    };
    for item in items {
        match &item.kind {
            Kind::Map(entries) => {
                for variable in entries {
                    faults.take(one(reader, variable, set));
                }
            }
            _ => {
                let at = item.at.or(key.at);
                match item.as_str().filter(|name| is_name(name)) {
                    Some(name) => mark(set, name),
                    None => {
                        let found = item.found();
                        let message = format!("secrets must be {SECRETS}; the name of a variable is text, not {found}");
                        faults.take(Err::<(), _>(reader.fault(at, message)));
                    }
                }
            }
        }
    }
    faults.finish(())
}

/// A variable with where its value comes from; with nothing, it is one that something else sets.
fn one(reader: &mut FileReader<'_>, variable: &Entry, set: &mut TestSet) -> Read<()> {
    let name = variable.name.as_str();
    if !is_name(name) {
        return Err(reader.fault(variable.at, format!("secrets takes the name of a variable, not \"{name}\"")));
    }
    if !variable.value.is_null() {
        let source = source(reader, variable)?;
        let have = &mut privacy(set).sources;
        have.retain(|have| have.name != source.name);
        have.push(source);
    }
    mark(set, name);
    Ok(())
}

fn source(reader: &mut FileReader<'_>, variable: &Entry) -> Read<SecretSource> {
    let what = format!("the secret \"{}\"", variable.name);
    let at = variable.value.at.or(variable.at);
    let Kind::Map(_) = variable.value.kind else {
        // Whatever stands there may be the secret.
        let message = format!(
            "{what} must be {{command: …}}, {{file: …}} or {{env: …}}; a value stands in no suite: \
             give it with --secret {}=…, --secrets-file or RESTTEST_SECRET_{}",
            variable.name, variable.name
        );
        return Err(reader.fault(at, message));
    };
    let fields = lowered(reader.fields(&variable.value, &what)?);
    let mut faults = Collector::default();
    for field in fields.iter().filter(|field| !Element::Secret.names().contains(&field.name.as_str())) {
        faults.take(reader.unknown_key(field, &what, &Element::Secret.names()));
    }
    let named = fields.iter().filter(|field| matches!(field.name.as_str(), "command" | "file" | "env")).count();
    if named != 1 {
        const ALL: [&str; 3] = ["command", "file", "env"];
        let meant = fields.iter().map(|field| did_you_mean(&field.name, ALL)).find(|meant| !meant.is_empty());
        let meant = meant.filter(|_| named == 0).unwrap_or_default();
        let message = format!("{what} has {named} sources; it must have one of command, file and env{meant}");
        return Err(reader.fault(at, message));
    }
    let limit = entry(&fields, "timeout");
    if let Some(limit) = limit.filter(|_| entry(&fields, "command").is_none()) {
        return Err(reader.fault(limit.at, format!("timeout of {what} is for a command")));
    }
    let limit = limit.map(|limit| measures::duration(reader, &limit.value, "timeout")).transpose()?.unwrap_or(LIMIT);
    let folders = || vec![reader.folder.clone(), PathBuf::new()];
    let origin = if let Some(command) = entry(&fields, "command") {
        SecretOrigin::Command { words: words(reader, command)?, folder: reader.folder.clone(), limit }
    } else if let Some(file) = entry(&fields, "file") {
        SecretOrigin::File { path: filled(reader, &file.value, "file")?, folders: folders() }
    } else {
        let env = entry(&fields, "env").map(|env| filled(reader, &env.value, "env"));
        SecretOrigin::Environment(env.transpose()?.unwrap_or_default())
    };
    faults.finish(SecretSource { name: variable.name.clone(), origin, location: reader.location(variable.at) })
}

/// The words of a command; a text is a line for the shell.
fn words(reader: &FileReader<'_>, command: &Entry) -> Read<Vec<String>> {
    const ALLOWED: &str = "a program with its arguments, such as [vault, kv, get, -field=token, secret/x]";
    let wrong = |node: &Node| reader.wrong(node, "command", ALLOWED);
    match &command.value.kind {
        Kind::List(items) if !items.is_empty() => {
            let words: Vec<String> =
                items.iter().map(|item| reader.text_or_integer(item, "a word of command")).collect::<Read<_>>()?;
            if words[0].is_empty() { Err(wrong(&command.value)) } else { Ok(words) }
        }
        Kind::Scalar(_) => {
            let line = command.value.as_str().filter(|line| !line.trim().is_empty());
            let line = line.ok_or_else(|| wrong(&command.value))?;
            Ok(["/bin/sh", "-c", line].map(str::to_owned).into())
        }
        _ => Err(wrong(&command.value)),
    }
}

fn filled(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<String> {
    let text = node.as_str().filter(|text| !text.is_empty());
    text.map(str::to_owned).ok_or_else(|| reader.wrong(node, what, "text that is not empty"))
}

/// Reads `mask`; what several `config` elements mask adds up.
pub fn mask(reader: &mut FileReader<'_>, key: &Entry, set: &mut TestSet) -> Read<()> {
    let fields = lowered(reader.fields(&key.value, "mask")?);
    let mut faults = Collector::default();
    for field in &fields {
        let items: &[Node] = match &field.value.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(&field.value),
        };
        for item in items {
            let privacy = privacy(set);
            let fault = |why: String| reader.fault(item.at.or(field.at), format!("mask: {}: {why}", field.name));
            let read = match field.name.as_str() {
                "headers" => filled(reader, item, "a header of mask").map(|name| privacy.headers.push(name)),
                "jsonpath" => filled(reader, item, "a jsonpath of mask")
                    .and_then(|path| JsonPath::parse(&path).map_err(fault))
                    .map(|path| privacy.paths.push(path)),
                "regex" => filled(reader, item, "a regex of mask")
                    .and_then(|pattern| Mask::new(&pattern).map_err(fault))
                    .map(|pattern| privacy.patterns.push(pattern)),
                _ => {
                    faults.take(reader.unknown_key(field, "mask", &Element::Mask.names()));
                    break;
                }
            };
            faults.take(read);
        }
    }
    faults.finish(())
}

fn privacy(set: &mut TestSet) -> &mut Privacy {
    Arc::make_mut(set.config.privacy.get_or_insert_default())
}

fn mark(set: &mut TestSet, name: &str) {
    let names = &mut privacy(set).names;
    if !names.iter().any(|have| have == name) {
        names.push(name.to_owned());
    }
}
