//! A test written in a runner configuration: the keys of a suite's test, `path`, and bodies as objects.

use std::path::PathBuf;

use super::level;
use crate::ground::json;
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::load::plan::Mode;
use crate::settings::precedence::Layer;
use crate::suite::body;
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::faults::Collector;
use crate::suite::fields::{Field, entry};
use crate::suite::guards;
use crate::suite::reader::{FileReader, Read};
use crate::suite::test::{self, Shape};
use crate::test::definition::Test;
use crate::variables::body::Body;
use crate::variables::content::Content;
use crate::variables::template::Text;

/// The keys that a test has here beyond those of a suite.
const MORE: [&str; 3] = ["path", "enabled", "retry"];

/// Reads a test, or those of its rows; none if it is switched off. `mode` is that of performance blocks which name none.
pub fn read(
    reader: &mut FileReader<'_>,
    node: &Node,
    base_url: &str,
    suite: &str,
    mode: Option<Mode>,
) -> Read<Vec<Test>> {
    let mut keys = reader.flatten(node, "a test")?;
    keys.retain(|key| !key.name.starts_with('_'));
    let known: Vec<&str> = crate::suite::keys::Element::Test.names().into_iter().chain(MORE).collect();
    let mut faults = Collector::default();
    keys.retain(|key| {
        let is_known =
            known.contains(&key.name.as_str()) || key.name.starts_with("curl_option_") || guards::is_key(&key.name);
        if !is_known {
            let meant = did_you_mean(&key.name, known.iter().copied());
            let message = format!("unknown key \"{}\" in a test{meant}", key.name);
            faults.take::<()>(Err(reader.fault(key.at, message)));
        }
        is_known
    });
    if let Some(flag) = entry(&keys, "enabled")
        && !reader.boolean(&flag.value, "enabled")?
    {
        return Ok(Vec::new());
    }
    let mut layer = Layer::default();
    if let Some(retry) = entry(&keys, "retry") {
        faults.take(level::read_retry(reader, &retry.value, &mut layer));
    }
    let names_mode = entry(&keys, "performance").is_some_and(
        |performance| matches!(&performance.value.kind, Kind::Map(keys) if keys.iter().any(|key| key.name == "mode")),
    );
    let object = take_object_body(&mut keys);
    with_url(&mut keys, base_url);
    // As for `files`: beside the configuration, then in the working directory.
    let folders = vec![reader.folder.clone(), PathBuf::new()];
    let element = Entry { typed_key: None, name: "test".to_owned(), at: node.at, value: node.clone() };
    let shape = Shape { what: "a test", more_keys: &["retry", "enabled", "performance"], folders, group: None };
    let tests = faults.take(test::read_keys(reader, &element, &keys, &shape).finish());
    let performance = entry(&keys, "performance")
        .and_then(|performance| faults.take(crate::suite::load::read(reader, &performance.value)));
    let mut tests = faults.finish(tests)?.unwrap_or_default();
    let performance = performance.map(|mut plan| {
        if let Some(mode) = mode.filter(|_| !names_mode) {
            plan.mode = mode;
        }
        Box::new(plan)
    });
    for test in &mut tests {
        test.performance = performance.clone();
        test.layer.retry = layer.retry.clone();
        test.from_runner = true;
        if entry(&keys, "group").is_none() {
            test.group = suite.to_owned();
        }
        if let Some(text) = &object {
            test.body = Some(Body::Text(Content::Inline(Text::Plain(text.clone()))));
            let has_type = |(name, _): &(Text, Text)| name.source().eq_ignore_ascii_case("content-type");
            if !test.headers.entries.iter().any(has_type) {
                let plain = |text: &str| Text::Plain(text.to_owned());
                test.headers.entries.push((plain("Content-Type"), plain("application/json")));
            }
        }
    }
    Ok(tests)
}

/// Takes a body that is an object or a list, as JSON; `{template: …}`, `{file: …}`, and `{json: …}` or another of a
/// suite's kinds of bodies alone, are what they are in a suite.
fn take_object_body(keys: &mut Vec<Field<'_>>) -> Option<String> {
    let at = keys.iter().position(|key| key.name == "body")?;
    let is_object = match &keys[at].value.kind {
        Kind::List(_) => true,
        Kind::Map(entries) => {
            let is_kind = matches!(entries.as_slice(), [only] if body::KINDS.contains(&only.name.as_str()));
            !is_kind && !entries.iter().any(|entry| matches!(entry.name.as_str(), "template" | "file"))
        }
        Kind::Scalar(value) => matches!(value, Value::Null),
    };
    if !is_object {
        return None;
    }
    let body = keys.remove(at).into_owned().value;
    (!body.is_null()).then(|| json::to_serde(&body.to_value()).to_string())
}

/// `path` is written behind the base; `url` is joined with it as in a suite.
fn with_url(keys: &mut [Field<'_>], base_url: &str) {
    for key in keys {
        let is_path = key.name == "path";
        if is_path || key.name == "url" {
            let key = key.to_mut();
            key.name = "url".to_owned();
            place(&mut key.value, base_url, is_path);
        }
    }
}

fn place(node: &mut Node, base_url: &str, is_path: bool) {
    match &mut node.kind {
        Kind::Scalar(Value::Str(text)) => {
            let absolute = text.contains("://");
            *text = match (absolute, is_path && text.starts_with('/')) {
                (true, _) => return,
                (false, true) => format!("{}{text}", base_url.trim_end_matches('/')),
                (false, false) => crate::exchange::url::join(base_url, text),
            };
        }
        Kind::Map(entries) => entries.iter_mut().for_each(|entry| place(&mut entry.value, base_url, is_path)),
        _ => {}
    }
}
