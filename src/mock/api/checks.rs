//! A request held against its description.
//!
//! Owns: parameters and bodies by their schemas, which are compiled once. Does not: know credentials (see `security`),
//! decide what becomes of the request.

use std::sync::OnceLock;

use serde_json::{Value as Json, json};

use crate::exchange::url::percent_decode;
use crate::judge::contract::{Schema, is_json};
use crate::mock::incoming::Incoming;
use crate::mock::pairs::Pair;
use crate::mock::path::PathPattern;
use crate::openapi::{Node, Operation, Parameter, Place, Texts, accepted, essence, of_form, taken};
use crate::serve::query_pairs;

/// Headers that are described elsewhere.
const NO_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

/// Something that is not as it is described.
#[derive(Debug, PartialEq, Eq)]
pub struct Finding {
    /// `path`, `query`, `header`, `cookie` or `body`.
    part: &'static str,
    /// The parameter, or the place in the body.
    name: String,
    /// What is wrong.
    message: String,
}

impl Finding {
    /// For programs.
    pub fn json(&self) -> Json {
        json!({ "in": self.part, "name": self.name, "message": self.message })
    }

    /// For people: `query limit: "x" is not of type "integer"`.
    pub fn line(&self) -> String {
        let gap = if self.name.is_empty() { "" } else { " " };
        format!("{}{gap}{}: {}", self.part, self.name, self.message)
    }
}

/// The schemas of an operation's parameters and bodies, in its order; each made when it is first needed. One that is
/// none itself refuses nothing.
pub struct Compiled {
    parameters: Vec<OnceLock<Option<Schema>>>,
    bodies: Vec<OnceLock<Option<Schema>>>,
}

impl Compiled {
    /// Room for the schemas of an operation.
    pub fn of(operation: &Operation<'_>) -> Compiled {
        let room = |count: usize| std::iter::repeat_with(OnceLock::new).take(count).collect();
        let body = operation.body().and_then(|body| body.get("content"));
        Compiled {
            parameters: room(operation.parameters().len()),
            bodies: room(body.into_iter().flat_map(Node::entries).count()),
        }
    }
}

/// What of a request is not as its operation describes it.
pub fn findings(
    operation: &Operation<'_>,
    compiled: &Compiled,
    route: &PathPattern,
    incoming: &Incoming<'_>,
) -> Vec<Finding> {
    let mut found = Vec::new();
    if !compiled.parameters.is_empty() {
        of_parameters(operation, compiled, route, incoming, &mut found);
    }
    if let Some(body) = operation.body() {
        of_body(body, compiled, incoming, &mut found);
    }
    found
}

fn of_parameters(
    operation: &Operation<'_>,
    compiled: &Compiled,
    route: &PathPattern,
    incoming: &Incoming<'_>,
    found: &mut Vec<Finding>,
) {
    let path = match route {
        PathPattern::Route(_, route) => route.variables(incoming.call.path()),
        _ => Vec::new(),
    };
    let query: Vec<Pair> = incoming.call.query().split('&').filter(|pair| !pair.is_empty()).map(coded_pair).collect();
    let texts = Texts { path: &path, query: &query, headers: incoming.headers(), cookies: incoming.cookies() };
    for (parameter, room) in operation.parameters().iter().zip(&compiled.parameters) {
        let name = parameter.name;
        let is_header = parameter.place == Place::Header;
        if is_header && NO_PARAMETERS.iter().any(|other| other.eq_ignore_ascii_case(name)) {
            continue;
        }
        let mut add = |message: String| {
            found.push(Finding { part: part_of(parameter), name: name.to_owned(), message });
        };
        let Some(value) = taken(parameter, &texts) else {
            if parameter.is_required() {
                add("it is required, and is missing".to_owned());
            }
            continue;
        };
        if value == "" && parameter.node.is("allowEmptyValue") || is_shown(parameter.node, &value) {
            continue;
        }
        for violation in violations(room, parameter.schema(), &value) {
            let bare = violation.strip_prefix("at /: ").map_or_else(|| violation.clone(), str::to_owned);
            add(bare);
        }
    }
}

fn part_of(parameter: &Parameter<'_>) -> &'static str {
    match parameter.place {
        Place::Path => "path",
        Place::Query => "query",
        Place::Header => "header",
        Place::Cookie => "cookie",
    }
}

/// A name, and a value with its percent signs.
fn coded_pair(pair: &str) -> Pair {
    let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
    (percent_decode(&name.replace('+', " ")), value.replace('+', "%20"))
}

fn violations(room: &OnceLock<Option<Schema>>, schema: Option<Node<'_>>, value: &Json) -> Vec<String> {
    let compiled = room.get_or_init(|| schema.and_then(|schema| Schema::new(&accepted(schema)).ok()));
    compiled.as_ref().map(|schema| schema.violations(value)).unwrap_or_default()
}

/// Whether a document itself has this value as an example: it is not refused, even where its own schema refuses it. A
/// text stands for what it says.
fn is_shown(node: Node<'_>, value: &Json) -> bool {
    let schema = node.get("schema");
    let own = [Some(node), schema].into_iter().flatten().filter_map(|node| node.json.get("example"));
    let named = node.get("examples").into_iter().flat_map(Node::entries);
    let says = |example: &Json, text: &str| {
        !example.is_string() && serde_json::from_str(text).is_ok_and(|read: Json| read == *example)
    };
    let is_it = |example: &Json| example == value || value.as_str().is_some_and(|text| says(example, text));
    own.chain(named.filter_map(|(_, example)| example.json.get("value"))).any(is_it)
}

fn of_body(body: Node<'_>, compiled: &Compiled, incoming: &Incoming<'_>, found: &mut Vec<Finding>) {
    let call = incoming.call;
    let mut add = |name: &str, message: String| {
        found.push(Finding { part: "body", name: name.to_owned(), message });
    };
    if call.body.is_empty() {
        if body.is("required") {
            add("", "it is required, and is missing".to_owned());
        }
        return;
    }
    let content: Vec<(&str, Node<'_>)> = body.get("content").into_iter().flat_map(Node::entries).collect();
    let sent = call.header("content-type").map(|kind| essence(&kind)).unwrap_or_default();
    let family = format!("{}/*", sent.split('/').next().unwrap_or_default());
    let described = [sent.as_str(), &family, "*/*"]
        .into_iter()
        .find_map(|name| content.iter().position(|(kind, _)| essence(kind) == name))
        // A body of no type is taken for the first that there is.
        .or((sent.is_empty() && !content.is_empty()).then_some(0));
    let Some(at) = described else {
        if !content.is_empty() {
            let known: Vec<&str> = content.iter().map(|(kind, _)| *kind).collect();
            add("", format!("Content-Type {sent:?} is not described; there is {}", known.join(", ")));
        }
        return;
    };
    let (kind, media) = content[at];
    let kind = if sent.is_empty() { essence(kind) } else { sent };
    let schema = media.raw("schema");
    let value = match kind.as_str() {
        kind if is_json(kind) => match serde_json::from_slice(call.body) {
            Ok(value) => value,
            Err(error) => return add("", format!("it is not JSON: {error}")),
        },
        "application/x-www-form-urlencoded" => of_form(schema, &query_pairs(&incoming.text())),
        "multipart/form-data" => {
            let parts = incoming.parts();
            let fields: Vec<Pair> = parts.into_iter().map(|part| (part.name, part.value)).collect();
            of_form(schema, &fields)
        }
        kind if kind.starts_with("text/") && !kind.ends_with("xml") => Json::String(incoming.text().into_owned()),
        _ => return,
    };
    if is_shown(media, &value) {
        return;
    }
    for violation in violations(&compiled.bodies[at], schema, &value) {
        match violation.strip_prefix("at ").and_then(|rest| rest.split_once(": ")) {
            Some((place, message)) => add(if place == "/" { "" } else { place }, message.to_owned()),
            None => add("", violation),
        }
    }
}
