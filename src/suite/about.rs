//! The keys `labels` and `links`, of a test and of `config`.

use std::sync::Arc;

use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::reader::{FileReader, Read};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::judge::described::{About, Link};

/// The keys of a link.
const OF_LINK: [&str; 3] = ["type", "name", "url"];

/// Reads one of the two keys into what is said so far.
pub fn read_key(reader: &FileReader<'_>, entry: &Entry, about: &mut Option<Arc<About>>) -> Read<()> {
    if entry.name == "labels" {
        let labels = labels(reader, &entry.value)?;
        Arc::make_mut(about.get_or_insert_default()).labels = labels;
    } else {
        let links = links(reader, &entry.value)?;
        Arc::make_mut(about.get_or_insert_default()).links = links;
    }
    Ok(())
}

/// What is said of a test, with what `config` says of all tests of its file.
pub fn joined(own: Option<Arc<About>>, of_file: &Option<Arc<About>>) -> Option<Arc<About>> {
    match (own, of_file) {
        (Some(own), Some(of_file)) => Some(Arc::new(Arc::unwrap_or_clone(own).over(of_file))),
        (own, of_file) => own.or_else(|| of_file.clone()),
    }
}

/// `{severity: critical, owner: [ann, bob]}`.
fn labels(reader: &FileReader<'_>, node: &Node) -> Read<Vec<(String, String)>> {
    if node.is_null() {
        return Ok(Vec::new());
    }
    let mut labels = Vec::new();
    for entry in reader.flatten(node, "labels")? {
        let values = match &entry.value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&entry.value),
        };
        for value in values {
            labels.push((entry.name.clone(), word(reader, value, &format!("the label {}", entry.name))?));
        }
    }
    Ok(labels)
}

/// `[{type: issue, name: X-1, url: "https://…"}]`, or one of them.
fn links(reader: &FileReader<'_>, node: &Node) -> Read<Vec<Link>> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        Kind::Scalar(Value::Null) => &[],
        _ => std::slice::from_ref(node),
    };
    Collector::all(items.iter().map(|item| link(reader, item)))
}

fn link(reader: &FileReader<'_>, node: &Node) -> Read<Link> {
    let Kind::Map(entries) = &node.kind else {
        return Err(reader.wrong(
            node,
            "links",
            "a list of links, such as [{type: issue, name: X-1, url: \"https://…\"}]",
        ));
    };
    let mut link = Link::default();
    for entry in entries {
        let text = match entry.name.as_str() {
            "type" => &mut link.kind,
            "name" => &mut link.name,
            "url" => &mut link.url,
            other => {
                let meant = did_you_mean(other, OF_LINK);
                let allowed = OF_LINK.join(", ");
                return Err(reader.fault(entry.at, format!("a link has no \"{other}\"{meant}; it takes {allowed}")));
            }
        };
        *text = word(reader, &entry.value, &format!("{} of a link", entry.name))?;
    }
    if link.url.is_empty() {
        return Err(reader.fault(node.at, "a link has no url; write {type: issue, name: X-1, url: \"https://…\"}"));
    }
    Ok(link)
}

/// Text, or a number or boolean as text.
fn word(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<String> {
    match &node.kind {
        Kind::Scalar(Value::Bool(flag)) => Ok(flag.to_string()),
        Kind::Scalar(Value::Null) | Kind::Map(_) | Kind::List(_) => Err(reader.wrong(node, what, "text or a number")),
        Kind::Scalar(value) => Ok(value.to_text()),
    }
}
