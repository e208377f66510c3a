//! The keys of a `test` element, which a `benchmark` shares.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::about;
use super::assertions;
use super::auth;
use super::body;
use super::curl_auth;
use super::curl_option::{self, CURL_OPTION};
use super::defaults::NOT_IN_DEFAULTS;
use super::document::{Entry, Kind, Node};
use super::extractors;
use super::faults::{Collector, Faults};
use super::fields::Field;
use super::guards;
use super::headers;
use super::keys::Element;
use super::load;
use super::order;
use super::poll;
use super::reader::{FileReader, Read};
use super::retry;
use super::retry_values::is_method;
use super::rows::{self, Expansion, Holder};
use super::tags;
use crate::exchange::curl_options::CurlOptions;
use crate::exchange::url;
use crate::ground::source::{Fault, did_you_mean, nearest};
use crate::ground::value::Value;
use crate::test::definition::Test;
use crate::test::inherited::FromDefaults;
use crate::variables::body::Body;
use crate::variables::context::Context;
use crate::variables::template::{Template, Text};

/// Which other element is being read with a test's keys.
pub struct Shape<'k> {
    /// `a test` or `a benchmark`.
    pub what: &'static str,
    /// Keys that the element has besides a test's; they are left alone here.
    pub more_keys: &'k [&'static str],
    /// Where relative files of bodies and schemas are looked up.
    pub folders: Vec<PathBuf>,
    /// The group of one that names none, in place of the usual one.
    pub group: Option<&'static str>,
}

/// Reads a `test` element; `group` is that of one that names none, where it is not the usual one.
pub fn read(reader: &mut FileReader<'_>, element: &Entry, group: Option<&'static str>) -> Draft {
    match reader.fields(&element.value, "test") {
        Ok(keys) => {
            reader.warn_of_repeated(element);
            read_completed(reader, element, keys, group)
        }
        Err(faults) => Draft::wrong(faults),
    }
}

/// Reads a test with what its file's `defaults` add to its keys.
pub fn read_completed(
    reader: &mut FileReader<'_>,
    element: &Entry,
    keys: Vec<Field<'_>>,
    group: Option<&'static str>,
) -> Draft {
    let shape = Shape { what: "a test", more_keys: &[], folders: vec![reader.folder.clone(), PathBuf::new()], group };
    let common = reader.common.clone();
    let Some(defaults) = common.as_deref().and_then(|common| common.defaults.as_ref()) else {
        return read_keys(reader, element, &keys, &shape);
    };
    let (keys, taken) = defaults.complete(keys);
    let told = reader.warnings_so_far();
    let mut draft = read_keys(reader, element, &keys, &shape);
    // What is odd about defaults has been told once.
    reader.unsay(told, &defaults.warnings);
    let keys = taken.keys.into_iter().map(|(name, at)| (name, reader.location(at))).collect();
    draft.test.from_defaults = Some(Box::new(FromDefaults { keys, validators: taken.validators }));
    draft
}

/// A test as far as it could be read, and all that is wrong with it.
pub struct Draft {
    /// What could be read.
    pub test: Test,
    /// What could not.
    pub faults: Collector,
    /// What makes several tests of it, if anything does.
    pub rows: Option<Box<Expansion>>,
    is_several: bool,
    url: Option<Text>,
    status: Option<Vec<i128>>,
    options: Option<Box<CurlOptions>>,
}

impl Draft {
    /// A test with which nothing is wrong.
    pub fn of(test: Test) -> Draft {
        Draft {
            test,
            faults: Collector::default(),
            rows: None,
            is_several: false,
            url: None,
            status: None,
            options: None,
        }
    }

    /// A test of which nothing can be read.
    pub fn wrong(faults: Faults) -> Draft {
        let mut draft = Draft::of(Test::get(String::new()));
        draft.faults.take::<()>(Err(faults));
        draft
    }

    /// The tests that it comes to: one, but for rows.
    ///
    /// # Errors
    /// Something is wrong with it.
    pub fn finish(self) -> Read<Vec<Test>> {
        let Draft { test, rows, .. } = self;
        self.faults.finish(())?;
        Ok(match rows {
            Some(rows) => rows.tests(test).collect(),
            None => vec![test],
        })
    }
}

/// Reads the keys of a test; `element` is where it stands.
pub fn read_keys(reader: &mut FileReader<'_>, element: &Entry, keys: &[Field<'_>], shape: &Shape<'_>) -> Draft {
    let mut draft = Draft::of(Test::get(String::new()));
    draft.test.location = reader.location(element.at.or(element.value.at));
    if let Some(group) = shape.group {
        draft.test.group = group.to_owned();
    }
    for entry in keys {
        let read = read_key(reader, entry, keys, shape, &mut draft);
        draft.faults.take(read);
    }
    if let Some(options) = draft.options.take() {
        draft.test.curl_options = Arc::new(*options);
    }
    if let Some(common) = &reader.common {
        draft.test.inherited = common.inherited.clone();
        if let Some(inherited) = &common.inherited {
            draft.test.tags = std::mem::take(&mut draft.test.tags).with(&inherited.tags);
            draft.test.about = about::joined(draft.test.about.take(), &inherited.about);
        }
    }
    auth::warn_of_two(reader, &draft.test);
    let settled = curl_auth::settle(reader, keys, &mut draft.test);
    draft.faults.take(settled);
    auth::settle(reader, &mut draft.test);
    settle_method(reader, &mut draft.test, keys);
    if draft.is_several {
        let holder = Holder { more_keys: shape.more_keys, folders: &shape.folders };
        let rows = rows::read(reader, keys, &holder);
        draft.rows = draft.faults.take(rows).flatten().map(Box::new);
    }
    draft.test.expected_status = draft.status.take().unwrap_or_else(|| Test::default_status(&draft.test.method));
    match draft.url.take() {
        Some(url) => draft.test.url = url,
        // What is wrong with it has been told.
        None if keys.iter().any(|entry| entry.name == "url") => {}
        // A benchmark that measures nothing is skipped, so it needs no url either.
        None if shape.more_keys.contains(&"metrics") && !keys.iter().any(|entry| entry.name == "metrics") => {}
        None => {
            let name = &draft.test.name;
            let name = if name == "Unnamed" { String::new() } else { format!(" \"{name}\"") };
            let wrong = reader.fault(element.at, format!("{}{name} has no url", shape.what));
            draft.faults.take::<()>(Err(wrong));
        }
    }
    draft
}

fn read_key(
    reader: &mut FileReader<'_>,
    entry: &Entry,
    keys: &[Field<'_>],
    shape: &Shape<'_>,
    draft: &mut Draft,
) -> Read<()> {
    let test = &mut draft.test;
    let node = &entry.value;
    match entry.name.as_str() {
        "name" => test.name = reader.text_or_integer(node, "name")?,
        "group" => test.group = reader.text_or_integer(node, "group")?,
        "description" => test.description = node.as_str().map(Into::into),
        "url" => draft.url = Some(read_url(reader, node)?),
        "method" => {
            let method = reader.text(node, "method")?;
            if !is_method(method) {
                return Err(reader.wrong(node, "method", "an HTTP method such as GET or POST"));
            }
            test.method = method.to_uppercase();
            if let Some(meant) = misspelt_method(&test.method) {
                reader
                    .warn(node.at, format!("unknown method \"{method}\" is sent as it is; did you mean \"{meant}\"?"));
            }
        }
        "headers" => {
            reader.warn_of_repeated(entry);
            test.headers = headers::read(reader, node)?;
        }
        "body" => test.body = Some(body::read(reader, node, &shape.folders)?),
        "query" => test.query = body::read_query(reader, node)?,
        "expected_status" => match read_status_templates(reader, node)? {
            Some(templates) => test.status_templates = templates,
            None => draft.status = Some(read_status(reader, node)?),
        },
        "save" => test.save = Some(read_save(reader, entry, keys, shape)?),
        "auth_username" => {
            test.auth.get_or_insert_default().username = Some(headers::read_credential(reader, node, "auth_username")?);
        }
        "auth_password" => {
            test.auth.get_or_insert_default().password = Some(headers::read_credential(reader, node, "auth_password")?);
        }
        "auth" => {
            let common = reader.common.clone();
            let auths = common.as_ref().map_or(&[][..], |common| &common.auths);
            test.auth.get_or_insert_default().choice = Some(auth::read(reader, entry, auths)?);
        }
        "tags" => test.tags = tags::read(reader, node)?,
        "labels" | "links" => about::read_key(reader, entry, &mut test.about)?,
        "delay" => test.delay = read_delay(reader, node)?,
        "stop_on_failure" => test.stop_on_failure = reader.boolean(node, "stop_on_failure")?,
        "timeout" if node.is_null() => {}
        "timeout" if !shape.more_keys.contains(&"timeout") => test.layer.timeout = Some(reader.bound(entry)?),
        "max_body" if !shape.more_keys.contains(&"max_body") => {
            test.layer.max_body = Some(reader.body_limit(entry)?);
        }
        "connect_timeout" if !shape.more_keys.contains(&"connect_timeout") => {
            test.layer.connect_timeout = Some(reader.bound(entry)?);
        }
        name if guards::is_key(name) => return Err(guards::misplaced(reader, entry)),
        "retry" if !shape.more_keys.contains(&"retry") => retry::read(reader, node, &mut test.layer)?,
        "poll" if is_load(keys, shape) => return Err(poll::misplaced(reader, entry)),
        "poll" => test.poll = poll::read(reader, entry, &shape.folders)?,
        "performance" if shape.more_keys.is_empty() => {
            reader.warn_of_repeated(entry);
            test.performance = Some(Box::new(load::read(reader, node)?));
        }
        "output_file" | "output_format" if shape.more_keys.is_empty() => {
            let message = format!("{} of a test has no effect; put it into performance: {{…}}", entry.name);
            reader.warn(entry.at, message);
        }
        "variable_binds" if matches!(&node.kind, Kind::Scalar(value) if !value.is_truthy()) => {}
        "variable_binds" => test.variable_binds = reader.pairs(node, "variable_binds")?,
        "generator_binds" => {
            test.generator_binds = reader
                .pairs(node, "generator_binds")?
                .into_iter()
                .map(|(variable, generator)| (variable, generator.to_text()))
                .collect();
        }
        "extract_binds" => test.extract_binds = extractors::extract_binds(reader, node)?,
        "validators" => test.validators = assertions::validators(reader, node, &shape.folders)?,
        "id" | "depends_on" | "if" | "skip" => order::read_key(reader, entry, test)?,
        // These make several tests of it, once it is read.
        "matrix" | "data" | "allow_empty" | "foreach" => draft.is_several = true,
        "repeat" if !shape.more_keys.contains(&"repeat") => draft.is_several = true,
        name if name.starts_with(CURL_OPTION) => {
            curl_option::read(reader, entry, keys, draft.options.get_or_insert_default())?;
        }
        name if shape.more_keys.contains(&name) => {}
        _ => misplaced(reader, entry, shape)?,
    }
    Ok(())
}

/// GraphQL is sent with POST unless the test says otherwise; a body of a kind that PyRestTest has not is never meant to
/// be left at home.
fn settle_method(reader: &mut FileReader<'_>, test: &mut Test, keys: &[Field<'_>]) {
    match &test.body {
        Some(Body::Graphql(_)) if !keys.iter().any(|key| key.name == "method") => test.method = "POST".to_owned(),
        Some(Body::Text(_)) | None => {}
        Some(_) if matches!(test.curl_options.method_of(&test.method), "GET" | "HEAD") => {
            let message = format!("a body is not sent with {}; write method: POST", test.method);
            reader.warn_of(Fault::new(test.location.clone(), message));
        }
        Some(_) => {}
    }
}

/// A key that is not a test's; assertions at this level are a common slip.
fn misplaced(reader: &mut FileReader<'_>, entry: &Entry, shape: &Shape<'_>) -> Read<()> {
    let assertion = ["compare", "comparator", "validate", "extract_test", "json_schema", "assertequal", "asserttrue"];
    if assertion.contains(&entry.name.as_str()) {
        let place = shape.what;
        let message =
            format!("\"{}\" at the level of {place} is never checked; put it into validators: [...]", entry.name);
        reader.warn(entry.at, message);
        return Ok(());
    }
    let mut known: Vec<&str> = Element::Test.names().into_iter().chain(shape.more_keys.iter().copied()).collect();
    if shape.what == "defaults" {
        known.retain(|name| !NOT_IN_DEFAULTS.contains(name));
    }
    reader.unknown_key(entry, shape.what, &known)
}

/// Methods that people send, besides those of their own.
const METHODS: [&str; 27] = [
    "GET",
    "POST",
    "PUT",
    "DELETE",
    "HEAD",
    "PATCH",
    "OPTIONS",
    "TRACE",
    "CONNECT",
    "QUERY",
    "PURGE",
    "BAN",
    "LINK",
    "UNLINK",
    "LIST",
    "PROPFIND",
    "PROPPATCH",
    "MKCOL",
    "COPY",
    "MOVE",
    "LOCK",
    "UNLOCK",
    "REPORT",
    "SEARCH",
    "BIND",
    "VIEW",
    "MERGE",
];

/// The common method that a method in capitals was probably meant to be.
fn misspelt_method(method: &str) -> Option<&'static str> {
    if METHODS.contains(&method) { None } else { nearest(method, METHODS[..7].iter().copied()) }
}

/// A negative delay is none, as in PyRestTest.
fn read_delay(reader: &FileReader<'_>, node: &Node) -> Read<Duration> {
    let negative = match &node.kind {
        Kind::Scalar(Value::Int(number)) => *number < 0,
        Kind::Scalar(Value::Huge(digits)) => digits.starts_with('-'),
        Kind::Scalar(Value::Float(number)) => *number < 0.0,
        Kind::Scalar(Value::Str(text)) => text.trim().parse::<f64>().is_ok_and(|number| number < 0.0),
        _ => false,
    };
    if negative { Ok(Duration::ZERO) } else { reader.seconds(node, "delay") }
}

/// The URL joined with the base; a template is joined first and substituted when the test runs.
fn read_url(reader: &FileReader<'_>, node: &Node) -> Read<Text> {
    let base = reader.base_url();
    if let Kind::Map(_) = node.kind {
        let keys = reader.fields(node, "url")?;
        let Some(template) = super::fields::entry(&keys, "template") else {
            return Err(
                reader.fault(node.at, "url is a mapping without template; write text or {template: /path/$name}")
            );
        };
        let reference = reader.text_or_integer(&template.value, "url template")?;
        let reference = at_mock(reader, reference);
        return Ok(Text::Template(Template::of_url(&url::join(base, &reference), &reference)));
    }
    let reference = match &node.kind {
        Kind::Scalar(Value::Str(_) | Value::Int(_) | Value::Huge(_) | Value::Bool(_)) => {
            reader.text_or_integer(node, "url")?
        }
        _ => return Err(reader.wrong(node, "url", "text, an integer or {template: /path/$name}")),
    };
    Ok(Text::Plain(url::join(base, &reference)))
}

/// What begins with the variable that holds the URL of the file's own server is an absolute URL.
fn at_mock(reader: &FileReader<'_>, reference: String) -> String {
    let Some(mock) = &reader.mock else { return reference };
    let rest = ["${mock_url}", "$mock_url"].into_iter().find_map(|name| reference.strip_prefix(name));
    match rest.filter(|rest| rest.is_empty() || rest.starts_with(['/', '?', '#'])) {
        Some(rest) => format!("{}{rest}", mock.url),
        None => reference,
    }
}

/// `{template: …}`, or a list that holds one: nothing where there is none.
fn read_status_templates(reader: &FileReader<'_>, node: &Node) -> Read<Option<Vec<Text>>> {
    const ALLOWED: &str = "a status, a list of them, or {template: $name}";
    let has_template = match &node.kind {
        Kind::List(items) => items.iter().any(|item| matches!(item.kind, Kind::Map(_))),
        Kind::Map(_) => true,
        Kind::Scalar(_) => false,
    };
    if !has_template {
        return Ok(None);
    }
    let mut templates = Vec::new();
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    for item in items {
        let Kind::Map(_) = item.kind else {
            templates.push(Text::Plain(reader.integer(item, "expected_status")?.to_string()));
            continue;
        };
        let keys = reader.fields(item, "expected_status")?;
        let [key] = keys.as_slice() else { return Err(reader.wrong(item, "expected_status", ALLOWED)) };
        if key.name != "template" {
            let meant = did_you_mean(&key.name, ["template"]);
            return Err(
                reader.fault(key.at, format!("expected_status must be {ALLOWED}, not {{{}: …}}{meant}", key.name))
            );
        }
        let below = match &key.value.kind {
            Kind::List(items) => items.as_slice(),
            _ => std::slice::from_ref(&key.value),
        };
        for template in below {
            let text = reader.text_or_integer(template, "the template of expected_status")?;
            templates.push(Text::Template(Template::parse(text.trim())));
        }
    }
    Ok(Some(templates))
}

/// Whether load is made with it, in place of one request.
fn is_load(keys: &[Field<'_>], shape: &Shape<'_>) -> bool {
    keys.iter().any(|key| key.name == "performance") || shape.more_keys.contains(&"metrics")
}

/// `save: PATH`, or `{body: PATH}` with or without `template`.
fn read_save(reader: &FileReader<'_>, entry: &Entry, keys: &[Field<'_>], shape: &Shape<'_>) -> Read<Text> {
    if is_load(keys, shape) {
        let message =
            "save in a load run is not possible: each answer would replace the one before; put it into a test";
        return Err(reader.fault(entry.at, message));
    }
    let path = body::read_path(reader, &entry.value)?;
    if path.is_constant() {
        let shown = path.render(&Context::new());
        reader.options.file_root.inside(&shown).map_err(|why| reader.fault(entry.value.at, format!("save: {why}")))?;
    }
    Ok(path)
}

fn read_status(reader: &FileReader<'_>, node: &Node) -> Read<Vec<i128>> {
    match &node.kind {
        Kind::List(items) => Collector::all(items.iter().map(|item| reader.integer(item, "expected_status"))),
        _ => Ok(vec![reader.integer(node, "expected_status")?]),
    }
}
