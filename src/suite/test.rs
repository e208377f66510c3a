//! The keys of a `test` element, which a `benchmark` shares.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::assertions;
use super::content;
use super::document::{Entry, Kind, Node};
use super::fields::{
    Field, Read, boolean, bound, fault, flatten, integer, pairs, seconds, table, text, text_or_integer, unknown_key,
    wrong,
};
use super::keys::Element;
use super::load;
use super::reader::FileReader;
use super::retry;
use crate::exchange::curl_options::{self, CurlOptions};
use crate::exchange::url;
use crate::ground::source::Source;
use crate::ground::value::Value;
use crate::secrets::Secret;
use crate::test::definition::{Headers, Test};
use crate::variables::template::{Template, Text};

/// The prefix of options that are passed to the transport.
const CURL_OPTION: &str = "curl_option_";

/// Which other element is being read with a test's keys.
pub struct Shape<'k> {
    /// `a test` or `a benchmark`.
    pub what: &'static str,
    /// Keys that the element has besides a test's; they are left alone here.
    pub more_keys: &'k [&'static str],
    /// Where relative files of bodies and schemas are looked up.
    pub folders: Vec<PathBuf>,
}

/// Reads a `test` element.
pub fn read(reader: &mut FileReader<'_>, element: &Entry) -> Read<Test> {
    let shape = Shape { what: "a test", more_keys: &[], folders: vec![reader.folder.clone()] };
    let keys = table(&reader.source, &element.value, "test")?;
    read_keys(reader, element, &keys, &shape)
}

/// Reads the keys of a test; `element` is where it stands.
pub fn read_keys(reader: &mut FileReader<'_>, element: &Entry, keys: &[Field<'_>], shape: &Shape<'_>) -> Read<Test> {
    let source = reader.source.clone();
    let mut test = Test::get(String::new());
    test.location = source.location(element.at.or(element.value.at));
    let mut url = None;
    let mut status = None;
    let mut options: Option<CurlOptions> = None;
    for entry in keys {
        let node = &entry.value;
        match entry.name.as_str() {
            "name" => test.name = text_or_integer(&source, node, "name")?,
            "group" => test.group = text_or_integer(&source, node, "group")?,
            "description" => {}
            "url" => url = Some(read_url(reader, node)?),
            "method" => {
                let method = text(&source, node, "method")?;
                if !is_method(method) {
                    return Err(wrong(&source, node, "method", "an HTTP method such as GET or POST"));
                }
                test.method = method.to_uppercase();
            }
            "headers" => test.headers = read_headers(&source, node)?,
            "body" => test.body = Some(content::read(&source, node, "body", &shape.folders)?),
            "expected_status" => status = Some(read_status(&source, node)?),
            "auth_username" => test.auth_username = Some(text(&source, node, "auth_username")?.to_owned()),
            "auth_password" => test.auth_password = Some(Secret(text(&source, node, "auth_password")?.to_owned())),
            "delay" => test.delay = read_delay(&source, node)?,
            "stop_on_failure" => test.stop_on_failure = boolean(&source, node, "stop_on_failure")?,
            "timeout" if node.is_null() => {}
            "timeout" if !shape.more_keys.contains(&"timeout") => test.layer.timeout = Some(bound(&source, entry)?),
            "connect_timeout" if !shape.more_keys.contains(&"connect_timeout") => {
                test.layer.connect_timeout = Some(bound(&source, entry)?);
            }
            "retry" if !shape.more_keys.contains(&"retry") => retry::read(reader, node, &mut test.layer)?,
            "performance" if shape.more_keys.is_empty() => {
                test.performance = Some(Box::new(load::read(reader, node)?));
            }
            "output_file" | "output_format" if shape.more_keys.is_empty() => {
                let message = format!("{} of a test has no effect; put it into performance: {{…}}", entry.name);
                reader.warn(fault(&source, entry.at, message));
            }
            "variable_binds" if matches!(&node.kind, Kind::Scalar(value) if !value.is_truthy()) => {}
            "variable_binds" => test.variable_binds = pairs(&source, node, "variable_binds")?,
            "generator_binds" => {
                test.generator_binds = pairs(&source, node, "generator_binds")?
                    .into_iter()
                    .map(|(variable, generator)| (variable, generator.to_text()))
                    .collect();
            }
            "extract_binds" => test.extract_binds = assertions::extract_binds(reader, node)?,
            "validators" => test.validators = assertions::validators(reader, node, &shape.folders)?,
            name if name.starts_with(CURL_OPTION) => {
                let option = &name[CURL_OPTION.len()..];
                curl_options::set(options.get_or_insert_default(), option, &node.to_value())
                    .map_err(|message| fault(&source, entry.at, message))?;
            }
            name if shape.more_keys.contains(&name) => {}
            _ => reader.warn(misplaced(&source, entry, shape)),
        }
    }
    if let Some(options) = options {
        test.curl_options = Arc::new(options);
    }
    test.expected_status = status.unwrap_or_else(|| Test::default_status(&test.method));
    match url {
        Some(url) => test.url = url,
        // A benchmark that measures nothing is skipped, so it needs no url either.
        None if shape.more_keys.contains(&"metrics") && !keys.iter().any(|entry| entry.name == "metrics") => {}
        None => {
            let name = if test.name == "Unnamed" { String::new() } else { format!(" \"{}\"", test.name) };
            return Err(fault(&source, element.at, format!("{}{name} has no url", shape.what)));
        }
    }
    Ok(test)
}

/// A warning for a key that is not a test's; assertions at this level are a common slip.
fn misplaced(source: &Source, entry: &Entry, shape: &Shape<'_>) -> crate::ground::source::Fault {
    let assertion = ["compare", "comparator", "validate", "extract_test", "json_schema", "assertequal", "asserttrue"];
    if assertion.contains(&entry.name.as_str()) {
        let place = shape.what;
        return fault(
            source,
            entry.at,
            format!("\"{}\" at the level of {place} is never checked; put it into validators: [...]", entry.name),
        );
    }
    if entry.name == "workers" && shape.more_keys.contains(&"concurrency") {
        let message = "unknown key \"workers\" in a benchmark is ignored; did you mean \"concurrency\"?";
        return fault(source, entry.at, message);
    }
    let known: Vec<&str> = Element::Test.names().into_iter().chain(shape.more_keys.iter().copied()).collect();
    unknown_key(source, entry, shape.what, &known)
}

/// A negative delay is none, as in PyRestTest.
fn read_delay(source: &Source, node: &Node) -> Read<Duration> {
    let negative = match &node.kind {
        Kind::Scalar(Value::Int(number)) => *number < 0,
        Kind::Scalar(Value::Float(number)) => *number < 0.0,
        Kind::Scalar(Value::Str(text)) => text.trim().parse::<f64>().is_ok_and(|number| number < 0.0),
        _ => false,
    };
    if negative { Ok(Duration::ZERO) } else { seconds(source, node, "delay") }
}

/// Whether this can be an HTTP method: any token can.
pub fn is_method(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(is_token)
}

fn is_token(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte)
}

/// The URL joined with the base; a template is joined first and substituted when the test runs.
fn read_url(reader: &FileReader<'_>, node: &Node) -> Read<Text> {
    let source = &reader.source;
    let base = &reader.options.base_url;
    if let Kind::Map(_) = node.kind {
        let keys = table(source, node, "url")?;
        let Some(template) = super::fields::entry(&keys, "template") else {
            return Err(fault(
                source,
                node.at,
                "url is a mapping without template; write text or {template: /path/$name}",
            ));
        };
        let reference = text_or_integer(source, &template.value, "url template")?;
        return Ok(Text::Template(Template::parse(&url::join(base, &reference))));
    }
    let reference = match &node.kind {
        Kind::Scalar(Value::Str(_) | Value::Int(_) | Value::Bool(_)) => text_or_integer(source, node, "url")?,
        _ => return Err(wrong(source, node, "url", "text, an integer or {template: /path/$name}")),
    };
    Ok(Text::Plain(url::join(base, &reference)))
}

fn read_headers(source: &Source, node: &Node) -> Read<Headers> {
    let entries = flatten(source, node, "headers")?;
    let template = entries.iter().find(|entry| entry.name.eq_ignore_ascii_case("template"));
    let texts = |entries: Vec<Field<'_>>| {
        entries.iter().map(|entry| (entry.name.clone(), entry.value.to_value().to_text())).collect()
    };
    match template {
        Some(template) => {
            let Kind::Map(_) = template.value.kind else {
                return Err(wrong(source, &template.value, "the template of headers", "a mapping of names to values"));
            };
            let entries = flatten(source, &template.value, "the template of headers")?;
            Ok(Headers::templated(texts(entries)))
        }
        None => Ok(Headers::plain(texts(entries))),
    }
}

fn read_status(source: &Source, node: &Node) -> Read<Vec<i128>> {
    match &node.kind {
        Kind::List(items) => items.iter().map(|item| integer(source, item, "expected_status")).collect(),
        _ => Ok(vec![integer(source, node, "expected_status")?]),
    }
}
