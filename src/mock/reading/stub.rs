//! The keys of `stub`, and of its `request`.

use std::path::PathBuf;

use super::conditions;
use super::response::{self, Way};
use crate::judge::python_regex::Pattern;
use crate::mock::path::PathPattern;
use crate::mock::stub::{Action, RequestPattern, StateChange, Stub};
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::extractors;
use crate::suite::faults::Collector;
use crate::suite::fields::entry;
use crate::suite::reader::{FileReader, Read};

const KEYS: [&str; 14] = [
    "request",
    "response",
    "responses",
    "cycle",
    "delay",
    "dribble",
    "fault",
    "times",
    "priority",
    "state",
    "extract_binds",
    "generator_binds",
    "proxy",
    "record",
];

const REQUEST_KEYS: [&str; 8] = ["method", "path", "path_regex", "query", "query_exact", "headers", "cookies", "body"];

/// Reads a stub.
pub fn read(reader: &mut FileReader<'_>, element: &Entry) -> Read<Stub> {
    let folders = vec![reader.folder.clone(), PathBuf::new()];
    let mut stub = Stub::at(reader.location(element.at));
    let mut faults = Collector::default();
    let (mut way, mut cycles, mut proxy, mut records) = (Way::default(), false, None, false);
    let keys = reader.fields(&element.value, "stub")?;
    reader.warn_of_repeated(element);
    for key in &keys {
        let value = &key.value;
        match key.name.as_str() {
            "request" => stub.request = faults.take(read_request(reader, key, &folders)).unwrap_or_default(),
            // These are read once it is known what the stub says of their way.
            "response" | "responses" => {}
            "cycle" => cycles = faults.take(reader.boolean(value, "cycle")).unwrap_or_default(),
            name if response::is_way(name) => drop(faults.take(response::read_way(reader, key, &mut way))),
            "times" => {
                let times = reader.integer(value, "times").and_then(|times| {
                    let times = u64::try_from(times).ok().filter(|times| *times > 0);
                    times.ok_or_else(|| reader.wrong(value, "times", "1 or more"))
                });
                stub.times = faults.take(times);
            }
            "priority" => {
                let priority = faults.take(reader.integer(value, "priority")).unwrap_or_default();
                stub.priority = priority.clamp(i64::MIN.into(), i64::MAX.into()) as i64;
            }
            "state" => stub.state = faults.take(read_state(reader, key)),
            "extract_binds" => {
                stub.extract_binds = faults.take(extractors::extract_binds(reader, value)).unwrap_or_default();
            }
            "generator_binds" => {
                let pairs = faults.take(reader.pairs(value, "generator_binds")).unwrap_or_default();
                stub.generator_binds = pairs.into_iter().map(|(name, value)| (name, value.to_text())).collect();
            }
            "record" => records = faults.take(reader.boolean(value, "record")).unwrap_or_default(),
            "proxy" => proxy = faults.take(read_origin(reader, value)),
            _ => drop(faults.take(reader.unknown_key(key, "a stub", &KEYS))),
        }
    }
    let single = entry(&keys, "response");
    let several = entry(&keys, "responses");
    if let (Some(_), Some(key)) = (single, several) {
        faults.take::<()>(Err(reader.fault(key.at, "a stub has response and responses; keep one")));
    }
    if let (None, Some(key), true) = (entry(&keys, "proxy"), entry(&keys, "record"), records) {
        let message = "record: true is about what a stub passes on; it needs proxy: an origin";
        faults.take::<()>(Err(reader.fault(key.at, message)));
    }
    if let (Some(_), Some(key)) = (&proxy, single.or(several)) {
        faults.take::<()>(Err(reader.fault(key.at, "a stub that passes requests on has no answer of its own")));
    }
    let nodes: &[Node] = match (single, several.map(|key| &key.value.kind)) {
        (Some(key), _) => std::slice::from_ref(&key.value),
        (None, Some(Kind::List(items))) if !items.is_empty() => items,
        (None, Some(_)) => {
            let wrong = several.map(|key| reader.wrong(&key.value, "responses", "a list of at least one response"));
            faults.take::<()>(wrong.map_or(Ok(()), Err));
            &[]
        }
        (None, None) => &[],
    };
    let mut responses = Vec::new();
    for node in nodes {
        responses.extend(faults.take(response::read(reader, node, way, &folders)));
    }
    if responses.is_empty() && proxy.is_none() {
        let nothing = Node { kind: Kind::Map(Vec::new()), at: element.at };
        responses.extend(faults.take(response::read(reader, &nothing, way, &folders)));
    }
    stub.action = match proxy {
        Some(origin) => Action::Proxy { origin, records },
        None => Action::Respond { responses, cycles },
    };
    faults.finish(stub)
}

/// The stub of a resource.
pub fn of_resource(reader: &FileReader<'_>, element: &Entry, action: Action) -> Stub {
    let mut stub = Stub::at(reader.location(element.at));
    if let Action::Resource(resource) = &action {
        stub.request.path = PathPattern::Below(resource.path.clone());
    }
    Stub { action, ..stub }
}

fn read_request(reader: &mut FileReader<'_>, element: &Entry, folders: &[PathBuf]) -> Read<RequestPattern> {
    let mut request = RequestPattern::default();
    let mut faults = Collector::default();
    let keys = reader.fields(&element.value, "request")?;
    reader.warn_of_repeated(element);
    for key in &keys {
        let value = &key.value;
        match key.name.as_str() {
            "method" => request.methods = faults.take(read_methods(reader, value)).unwrap_or_default(),
            "path" => {
                let path = reader.text(value, "path").and_then(|text| {
                    PathPattern::parse(text).map_err(|message| reader.fault(value.at.or(key.at), message))
                });
                request.path = faults.take(path).unwrap_or_default();
            }
            "path_regex" => {
                let path = reader.text(value, "path_regex").and_then(|text| {
                    let pattern = Pattern::default();
                    let checked =
                        pattern.check(text).map_err(|why| reader.fault(value.at, format!("path_regex: {why}")));
                    checked.map(|()| PathPattern::Regex(text.to_owned(), pattern))
                });
                request.path = faults.take(path).unwrap_or_default();
            }
            "query" => request.query = faults.take(conditions::named(reader, value, "query")).unwrap_or_default(),
            "query_exact" => {
                request.query_exact = faults.take(reader.boolean(value, "query_exact")).unwrap_or_default();
            }
            "headers" => request.headers = faults.take(conditions::named(reader, value, "headers")).unwrap_or_default(),
            "cookies" => request.cookies = faults.take(conditions::named(reader, value, "cookies")).unwrap_or_default(),
            "body" => request.body = faults.take(conditions::of_body(reader, value, folders)).unwrap_or_default(),
            _ => drop(faults.take(reader.unknown_key(key, "a request", &REQUEST_KEYS))),
        }
    }
    if let (Some(_), Some(key)) = (entry(&keys, "path"), entry(&keys, "path_regex")) {
        faults.take::<()>(Err(reader.fault(key.at, "a request has path and path_regex; keep one")));
    }
    faults.finish(request)
}

/// One, a list of them, or `ANY`, which is none.
fn read_methods(reader: &FileReader<'_>, node: &Node) -> Read<Vec<String>> {
    let items = match &node.kind {
        Kind::List(items) => items.as_slice(),
        _ => std::slice::from_ref(node),
    };
    let mut methods = Vec::new();
    for item in items {
        let name = reader.text(item, "method")?;
        if name.eq_ignore_ascii_case("any") {
            return Ok(Vec::new());
        }
        if name.is_empty()
            || !name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte))
        {
            return Err(reader.wrong(item, "method", "a method, a list of them, or ANY"));
        }
        methods.push(name.to_ascii_uppercase());
    }
    Ok(methods)
}

fn read_state(reader: &mut FileReader<'_>, element: &Entry) -> Read<StateChange> {
    let (mut name, mut is, mut set) = (None, None, None);
    for key in reader.fields(&element.value, "state")? {
        let place = match key.name.as_str() {
            "name" => &mut name,
            "is" => &mut is,
            "set" => &mut set,
            _ => {
                reader.unknown_key(&key, "state", &["name", "is", "set"])?;
                continue;
            }
        };
        *place = Some(reader.text_or_integer(&key.value, &key.name)?);
    }
    match (name, is.is_some() || set.is_some()) {
        (Some(name), true) => Ok(StateChange { name, is, set }),
        (None, _) => Err(reader.fault(element.at, "state needs a name: {name: cart, is: empty, set: full}")),
        _ => Err(reader.fault(element.at, "state needs is or set: {name: cart, is: empty, set: full}")),
    }
}

/// An origin, perhaps with a path before those of requests.
fn read_origin(reader: &FileReader<'_>, node: &Node) -> Read<String> {
    let url = reader.text(node, "proxy")?;
    let is_http = url.starts_with("http://") || url.starts_with("https://");
    match crate::exchange::url::target_with(url, crate::exchange::url::Treatment::default()) {
        Ok(_) if is_http && !url.contains(['?', '#']) => Ok(url.trim_end_matches('/').to_owned()),
        _ => Err(reader.wrong(node, "proxy", "an origin such as https://api.example.com")),
    }
}
