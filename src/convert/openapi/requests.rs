//! The request of an operation: path, query, headers, cookies, body.
//!
//! Owns: which value each parameter gets, which media type a body has. Does not: make values of schemas, or write them
//! in a style (see `openapi`).

use serde_json::Value as Json;

use super::super::made::{Loss, MadeTest};
use super::super::request::{Body, Content, Part};
use super::super::text::Text;
use super::super::yaml::{DEEPEST, Yaml};
use super::{Conversion, Values};
use crate::judge::contract::{Schema, is_json};
use crate::openapi::{
    Direction, Fitting, Node, Operation, Parameter, Piece, Place, Wish, essence, serialize, translate,
};
use crate::secrets::is_secret_name;

/// One set of values for an operation.
pub(super) struct Sample<'d> {
    /// The name of the example, if there are several.
    pub example: Option<String>,
    /// Values of parameters, in their order.
    pub parameters: Vec<(Parameter<'d>, Option<Json>)>,
    /// The body.
    pub body: Option<SampleBody<'d>>,
    /// What is doubtful about them: the key that it belongs to, and what.
    pub doubts: Vec<(&'static str, String)>,
}

/// A body of an operation.
#[derive(Clone)]
pub(super) struct SampleBody<'d> {
    /// Its media type.
    pub media_type: String,
    /// What is said of it.
    pub media: Node<'d>,
    /// Its value.
    pub value: Json,
    /// Whether the document itself has it.
    pub is_written: bool,
}

/// Headers that are no parameters, whatever a document says.
const NO_PARAMETERS: [&str; 3] = ["accept", "content-type", "authorization"];

impl<'d> Conversion<'_, 'd> {
    /// The sets of values that an operation is tested with: one for each example of its body, or else of a parameter.
    pub(super) fn samples(&mut self, operation: &Operation<'d>) -> Vec<Sample<'d>> {
        let mut doubts = Vec::new();
        let mut all = operation.parameters();
        // Variables of the path that the document does not describe.
        for name in operation.path.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)) {
            if !all.iter().any(|parameter| parameter.place == Place::Path && parameter.name == name) {
                all.push(Parameter { name, place: Place::Path, node: operation.node });
            }
        }
        let given: Vec<_> =
            all.iter().map(|parameter| (*parameter, self.value(operation, parameter, &mut doubts))).collect();
        let bodies = self.bodies(operation, &mut doubts);
        let sample = |example: Option<String>, parameters: &[(Parameter<'d>, Option<Json>)], body| Sample {
            example,
            parameters: parameters.to_vec(),
            body,
            doubts: doubts.clone(),
        };
        if bodies.len() > 1 {
            return bodies.into_iter().map(|(name, body)| sample(name, &given, Some(body))).collect();
        }
        let body = bodies.into_iter().next().map(|(_, body)| body);
        let with_examples = all.iter().position(|parameter| examples_of(parameter.node).count() > 1);
        let Some(at) = with_examples else { return vec![sample(None, &given, body)] };
        let one = |(name, value): (&str, Json)| {
            let mut parameters = given.clone();
            parameters[at].1 = Some(value);
            sample(Some(name.to_owned()), &parameters, body.clone())
        };
        examples_of(all[at].node).map(one).collect()
    }

    /// The value of a parameter; nothing where it is left out, or is a variable.
    fn value(
        &mut self,
        operation: &Operation<'d>,
        parameter: &Parameter<'d>,
        doubts: &mut Vec<(&'static str, String)>,
    ) -> Option<Json> {
        if parameter.place == Place::Header && NO_PARAMETERS.contains(&parameter.name.to_ascii_lowercase().as_str()) {
            return None;
        }
        let media = parameter.content().map(|(_, media)| media);
        let written = written_example(parameter.node).or_else(|| written_example(media?));
        let schema = parameter.schema();
        let is_left_out = !parameter.is_required() && self.options.values == Values::Required;
        let of_schema = || {
            let schema = schema?;
            let target = schema.resolved()?;
            let keys: &[&str] = if parameter.is_required() {
                &["example", "examples", "default", "const", "enum"]
            } else {
                &["example", "examples", "default", "const"]
            };
            let is_told =
                |node: Node<'_>| keys.iter().any(|key| node.json.get(key).is_some_and(|value| !value.is_null()));
            (is_told(target) || is_told(schema)).then(|| self.wish(Direction::Request).of(schema).value)
        };
        if let Some(value) = written.or_else(of_schema) {
            return (!is_left_out).then_some(value);
        }
        // An object without members is no segment of a path.
        let least = u64::from(parameter.place == Place::Path);
        let made = schema.map(|schema| Wish { least, ..self.wish(Direction::Request) }.of(schema));
        // Of what nobody says anything may be a number.
        let unknown = if parameter.place == Place::Path { "1" } else { "text" };
        let value = made.as_ref().map_or_else(|| Json::from(unknown), |made| made.value.clone());
        if parameter.place == Place::Path {
            self.path_variable(operation, parameter, &value, doubts);
            return None;
        }
        if !parameter.is_required() {
            return None;
        }
        let key = if parameter.place == Place::Query { "url" } else { "headers" };
        for doubt in made.into_iter().flat_map(|made| made.doubts) {
            doubts.push((key, format!("the value of {}: {doubt}", parameter.name)));
        }
        Some(value)
    }

    /// A path parameter of which nobody says what it may be: a variable, which has a value that fits its schema.
    fn path_variable(
        &mut self,
        operation: &Operation<'d>,
        parameter: &Parameter<'d>,
        value: &Json,
        doubts: &mut Vec<(&'static str, String)>,
    ) {
        let key = variable_key(operation, parameter);
        if self.path_variables.contains_key(&key) {
            return;
        }
        let before = key.rsplit('/').find(|part| !part.is_empty() && !part.contains('{')).unwrap_or_default();
        let called = if before.is_empty() { parameter.name.to_owned() } else { format!("{before}_{}", parameter.name) };
        let name = self.suite.names.of(&called.to_lowercase());
        let value = serialize(parameter, value).into_iter().map(|piece| piece.value).collect::<String>();
        // What is called alike is one variable.
        if self.suite.variables.iter().any(|(have, _)| *have == name) {
            self.path_variables.insert(key, name);
            return;
        }
        if is_secret_name(&name) && self.suite.hides_secrets() {
            self.suite.declare_secret(&name);
        } else {
            self.suite.variables.push((name.clone(), Yaml::text(value)));
        }
        doubts.push((
            "url",
            format!("the path parameter {} has no example: set ${name} above to one that is there", parameter.name),
        ));
        self.path_variables.insert(key, name);
    }

    /// The bodies of an operation, with the names of their examples.
    fn bodies(
        &mut self,
        operation: &Operation<'d>,
        doubts: &mut Vec<(&'static str, String)>,
    ) -> Vec<(Option<String>, SampleBody<'d>)> {
        let Some(body) = operation.body() else { return Vec::new() };
        if !body.is("required") && self.options.values == Values::Required {
            return Vec::new();
        }
        let media = body.get("content").into_iter().flat_map(Node::entries);
        let Some((media_type, media)) = media.min_by_key(|(name, _)| preference(name)) else { return Vec::new() };
        let kind = essence(media_type);
        let judge = media.raw("schema").filter(|_| is_json(&kind));
        let judge = judge.and_then(|schema| Schema::new(&translate(schema, Direction::Request).schema).ok());
        let wrong = |value: &Json| judge.as_ref().and_then(|judge| judge.violations(value).into_iter().next());
        let one =
            |value: Json, is_written: bool| SampleBody { media_type: media_type.to_owned(), media, value, is_written };
        // Some write the text of JSON in its place.
        let shown = |value: Json| {
            let parsed = value.as_str().filter(|_| wrong(&value).is_some());
            let parsed = parsed.and_then(|text| serde_json::from_str(text).ok());
            one(parsed.filter(|parsed| wrong(parsed).is_none()).unwrap_or(value), true)
        };
        if let Some(value) = media.json.get("example") {
            return vec![(None, shown(value.clone()))];
        }
        let examples: Vec<_> = examples_of(media).map(|(name, value)| (Some(name.to_owned()), shown(value))).collect();
        for (name, _) in media
            .get("examples")
            .into_iter()
            .flat_map(Node::entries)
            .filter(|(_, example)| example.raw("externalValue").is_some())
        {
            doubts.push(("body", format!("the example {name} stands elsewhere, and nothing is fetched")));
        }
        if !examples.is_empty() {
            return examples;
        }
        let Some(schema) = media.raw("schema") else {
            doubts.push(("body", format!("nothing is said of the body but its type, {media_type}")));
            return Vec::new();
        };
        // A form that must come has a field.
        let least = u64::from(body.is("required") && matches!(preference(&kind), 2 | 3));
        let wish = Wish { least, ..self.wish(Direction::Request) };
        let Fitting { made, fits, first_wrong } = wish.fitting(schema, &wrong);
        doubts.extend(made.doubts.into_iter().map(|doubt| ("body", format!("the body: {doubt}"))));
        if let Some(why) = first_wrong.filter(|_| !fits) {
            doubts.push(("body", format!("the body that was made is not as its schema wants it: {why}")));
        }
        vec![(None, one(made.value, false))]
    }

    /// Fills a test's request.
    pub(super) fn request(&mut self, operation: &Operation<'d>, sample: &Sample<'d>, test: &mut MadeTest) {
        operation.method.clone_into(&mut test.request.method);
        let place = self.place(operation.path);
        for (key, doubt) in &sample.doubts {
            let what = format!("{}: {doubt}", operation.line());
            test.losses.push((Some(*key), Loss { place: place.clone(), what }));
        }
        test.request.url = self.url(operation, sample);
        let mut cookies: Vec<String> = Vec::new();
        for (parameter, value) in &sample.parameters {
            let Some(value) = value else { continue };
            for Piece { name, value } in serialize(parameter, value) {
                match parameter.place {
                    Place::Header => test.request.set_header(&name, clean(&value)),
                    Place::Cookie => cookies.push(format!("{name}={}", clean(&value))),
                    Place::Path | Place::Query => {}
                }
            }
        }
        if !cookies.is_empty() {
            test.request.set_header("Cookie", cookies.join("; "));
        }
        if let Some(body) = &sample.body {
            self.body(operation, body, test);
        }
        self.suite.hide_secrets(&mut test.request);
    }

    /// The path with its values, and the query.
    fn url(&self, operation: &Operation<'d>, sample: &Sample<'d>) -> Text {
        let mut url = Text::default();
        let mut rest = operation.path.trim_start_matches('/');
        while let Some((before, name)) = rest.split_once('{') {
            let Some((name, after)) = name.split_once('}') else { break };
            url.push(before);
            let parameter = sample
                .parameters
                .iter()
                .find(|(parameter, _)| parameter.place == Place::Path && parameter.name == name);
            match parameter {
                Some((parameter, Some(value))) => {
                    let pieces: Vec<String> =
                        serialize(parameter, value).into_iter().map(|piece| piece.value).collect();
                    url.push(&pieces.concat());
                }
                Some((parameter, None)) => match self.path_variables.get(&variable_key(operation, parameter)) {
                    Some(variable) => url.append(Text::variable(variable.clone())),
                    None => url.push(name),
                },
                None => url.push(name),
            }
            rest = after;
        }
        url.push(rest);
        let mut separator = if operation.path.contains('?') { '&' } else { '?' };
        let query = sample.parameters.iter().filter(|(parameter, _)| parameter.place == Place::Query);
        for piece in query.flat_map(|(parameter, value)| value.iter().flat_map(|value| serialize(parameter, value))) {
            url.push(&format!("{separator}{}={}", piece.name, piece.value));
            separator = '&';
        }
        url
    }

    fn body(&mut self, operation: &Operation<'d>, body: &SampleBody<'d>, test: &mut MadeTest) {
        let kind = essence(&body.media_type);
        let media_type = if kind.contains('*') { "application/octet-stream" } else { body.media_type.as_str() };
        let request = &mut test.request;
        match (&body.value, kind.as_str()) {
            (value, _) if is_json(&kind) => {
                let is_short = depth(value) < DEEPEST && (value.is_object() || value.is_array());
                request.body = Some(match is_short {
                    true => Body::Json(Yaml::json(value)),
                    false => Body::Text(value.to_string().into()),
                });
                if !is_short || kind != "application/json" {
                    request.set_header("Content-Type", media_type);
                }
            }
            (Json::Object(map), "application/x-www-form-urlencoded" | "multipart/form-data") if map.is_empty() => {
                let what = format!("{}: no field of the form is required or has an example", operation.line());
                let place = self.place(operation.path);
                test.lose(Some("body"), &place, what);
            }
            (Json::Object(map), "application/x-www-form-urlencoded") => {
                let pairs = map.iter().flat_map(|(name, value)| {
                    let values: Vec<String> = match value {
                        Json::Array(items) => items.iter().map(plain).collect(),
                        value => vec![plain(value)],
                    };
                    values.into_iter().map(|value| (Text::from(name.as_str()), Text::from(value)))
                });
                request.body = Some(Body::Form(pairs.collect()));
            }
            (Json::Object(map), "multipart/form-data") => {
                let parts = map.iter().map(|(name, value)| part(body.media, name, value));
                request.body = Some(Body::Multipart(parts.collect()));
            }
            (Json::String(text), _) => {
                request.set_header("Content-Type", media_type);
                request.body = Some(Body::Text(text.as_str().into()));
            }
            (value, _) if body.is_written || !value.is_object() => {
                request.set_header("Content-Type", media_type);
                request.body = Some(Body::Text(value.to_string().into()));
            }
            _ => {
                let what = format!("{}: no body of the type {media_type} is made from a schema", operation.line());
                let place = self.place(operation.path);
                test.lose(Some("body"), &place, what);
            }
        }
    }
}

/// The path up to a parameter: what tells its variable from others.
fn variable_key(operation: &Operation<'_>, parameter: &Parameter<'_>) -> String {
    let name = format!("{{{}}}", parameter.name);
    let end = operation.path.find(&name).map_or(operation.path.len(), |at| at + name.len());
    operation.path[..end].to_owned()
}

/// The named examples of a parameter or of a media type.
fn examples_of(node: Node<'_>) -> impl Iterator<Item = (&str, Json)> {
    let examples = node.get("examples").into_iter().flat_map(Node::entries);
    examples.filter_map(|(name, example)| Some((name, example.json.get("value")?.clone())))
}

fn written_example(node: Node<'_>) -> Option<Json> {
    node.json.get("example").cloned().or_else(|| examples_of(node).next().map(|(_, value)| value))
}

/// JSON before forms before texts before all others.
fn preference(media_type: &str) -> usize {
    match essence(media_type).as_str() {
        "application/json" => 0,
        kind if is_json(kind) => 1,
        "application/x-www-form-urlencoded" => 2,
        "multipart/form-data" => 3,
        "text/plain" => 4,
        _ => 5,
    }
}

/// A text of a form, or of a header: what is no text is JSON.
fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// A header's value on one line.
fn clean(value: &str) -> String {
    value.chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

fn part(media: Node<'_>, name: &str, value: &Json) -> Part {
    let schema =
        media.get("schema").and_then(|schema| schema.get("properties")).and_then(|properties| properties.get(name));
    let is_file = schema
        .is_some_and(|schema| schema.text("format") == Some("binary") || schema.text("contentMediaType").is_some());
    Part {
        name: name.into(),
        content: Content::Text(plain(value).into()),
        filename: is_file.then(|| format!("{name}.bin").into()),
        content_type: is_file.then(|| "application/octet-stream".into()),
    }
}

fn depth(value: &Json) -> usize {
    match value {
        Json::Array(items) => 1 + items.iter().map(depth).max().unwrap_or(0),
        Json::Object(map) => 1 + map.values().map(depth).max().unwrap_or(0),
        _ => 0,
    }
}
