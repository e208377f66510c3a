//! Bodies of a collection's requests.
//!
//! Owns: the modes. Does not: know headers that a mode brings (the caller sets what is missing).

use serde_json::Value as Json;

use super::variables::{Variables, placeholder};
use crate::convert::places::{Part, exactly};
use crate::convert::request::{Body, Content, Part as FormPart};
use crate::convert::text::{Piece, Text};
use crate::convert::yaml::Yaml;
use crate::secrets::is_secret_name;

/// A body as it was read.
#[derive(Debug, Default)]
pub struct Read {
    /// The body.
    pub body: Option<Body>,
    /// Its content type, where the request does not say one.
    pub content_type: Option<&'static str>,
    /// What is lost of it.
    pub losses: Vec<String>,
}

/// A form in parts that is being read.
struct Form<'v, 's> {
    parts: Vec<FormPart>,
    losses: &'v mut Vec<String>,
    variables: &'v mut Variables<'s>,
}

/// Reads `{mode: …}`; `said` is the content type that the request's own headers say.
pub fn read(part: Part<'_>, said: &str, variables: &mut Variables<'_>) -> Read {
    let mut read = Read::default();
    let [mode, disabled, options] = part.members(["mode", "disabled", "options"]);
    let Some(mode) = mode.and_then(Part::string).filter(|_| !disabled.is_some_and(Part::is_true)) else { return read };
    let Some(content) = part.member(&mode) else { return read };
    match mode.as_str() {
        "raw" => {
            let Some(text) = content.string().filter(|text| !text.is_empty()) else { return read };
            let language = options.and_then(|all| all.member("raw")?.member("language")?.string());
            read.content_type = Some(match language.as_deref() {
                Some("json") => "application/json",
                Some("xml") => "application/xml",
                Some("html") => "text/html",
                Some("javascript") => "application/javascript",
                _ => "text/plain",
            });
            let is_json = said.contains("json") || language.as_deref() == Some("json");
            let json = exactly(&text).filter(|_| is_json);
            read.body = Some(match json {
                Some(json) => as_json(&json, variables),
                None => Body::Text(variables.text(&text)),
            });
        }
        "urlencoded" => {
            let mut pairs = Vec::new();
            for (entry, name) in entries(content, variables) {
                let value = entry.member("value").and_then(Part::shown).unwrap_or_default();
                pairs.push((name, variables.text(&value)));
            }
            read.body = (!pairs.is_empty()).then_some(Body::Form(pairs));
        }
        "formdata" => {
            let entries = entries(content, variables);
            let mut form = Form { parts: Vec::new(), losses: &mut read.losses, variables };
            entries.into_iter().for_each(|(entry, name)| add_part(entry, &name, &mut form));
            read.body = (!form.parts.is_empty()).then_some(Body::Multipart(form.parts));
        }
        "file" => match content.member("src").and_then(Part::string).filter(|path| !path.is_empty()) {
            Some(path) => read.body = Some(Body::File(variables.text(&path))),
            None => read.losses.push("the body is a file that is not named".to_owned()),
        },
        "graphql" => graphql(content, &mut read, variables),
        _ => read.losses.push(format!("a body of the mode {mode}")),
    }
    read
}

/// Entries that are not switched off, with their names.
fn entries<'s>(list: Part<'s>, variables: &mut Variables<'_>) -> Vec<(Part<'s>, Text)> {
    let mut found = Vec::new();
    for entry in list.items() {
        let [key, disabled] = entry.members(["key", "disabled"]);
        if !disabled.is_some_and(Part::is_true) {
            let key = key.and_then(Part::shown).unwrap_or_default();
            found.push((entry, variables.text(&key)));
        }
    }
    found
}

/// Adds a part of a form; a list of files is a part for each.
fn add_part(entry: Part<'_>, name: &Text, form: &mut Form<'_, '_>) {
    let [kind, src, value, content_type, file_name] =
        entry.members(["type", "src", "value", "contentType", "fileName"]);
    let mut text = |part: Option<Part<'_>>| {
        let shown = part.and_then(Part::shown).filter(|shown| !shown.is_empty())?;
        Some(form.variables.text(&shown))
    };
    let (content_type, filename) = (text(content_type), text(file_name));
    let mut contents: Vec<Content> = Vec::new();
    if kind.and_then(Part::string).as_deref() == Some("file") {
        let listed = src.map(Part::items).unwrap_or_default();
        contents.extend(listed.into_iter().map(Some).chain([src]).filter_map(&mut text).map(Content::File));
    } else {
        contents.push(Content::Text(text(value).unwrap_or_default()));
    }
    if contents.is_empty() {
        form.losses.push(format!("the file of the part {} is not named", name.template()));
    }
    let part = |content| FormPart {
        name: name.clone(),
        content,
        filename: filename.clone(),
        content_type: content_type.clone(),
    };
    form.parts.extend(contents.into_iter().map(part));
}

fn graphql(content: Part<'_>, read: &mut Read, variables: &mut Variables<'_>) {
    let [query, given, operation] = content.members(["query", "variables", "operationName"]);
    let query = query.and_then(Part::string).unwrap_or_default();
    let given = given.map(|given| given.string().unwrap_or_else(|| given.text().to_owned())).unwrap_or_default();
    let operation = operation.and_then(Part::string).filter(|name| !name.is_empty());
    if query.is_empty() {
        return;
    }
    let mut members = vec![("query", variables.text(&query).to_yaml())];
    if !given.trim().is_empty() {
        match serde_json::from_str::<Json>(&given) {
            Ok(Json::Object(empty)) if empty.is_empty() => {}
            Ok(json @ Json::Object(_)) => {
                let (yaml, has_variables) = templated(&json, variables);
                let plain = Yaml::json(&json);
                members.push(("variables", if has_variables { Yaml::map([("template", yaml)]) } else { plain }));
            }
            // With a placeholder without quotes it is no JSON, and goes out as text.
            _ if placeholder(&given).is_some() => {
                let mut text = Text::from("{\"query\":\"");
                let escaped = Json::from(query).to_string();
                text.append(variables.text(&escaped[1..escaped.len() - 1]));
                text.push("\",\"variables\":");
                text.append(variables.text(&given));
                if let Some(operation) = &operation {
                    text.push(&format!(",\"operationName\":{}", Json::from(operation.as_str())));
                }
                text.push("}");
                read.content_type = Some("application/json");
                read.body = Some(Body::Text(text));
                return;
            }
            _ => read.losses.push("the variables of the GraphQL request are no JSON object".to_owned()),
        }
    }
    if let Some(operation) = operation {
        members.push(("operationName", variables.text(&operation).to_yaml()));
    }
    read.body = Some(Body::Graphql(Yaml::map(members)));
}

/// JSON as it is, or with variables in it.
fn as_json(json: &Json, variables: &mut Variables<'_>) -> Body {
    let (yaml, has_variables) = templated(json, variables);
    if has_variables { Body::JsonTemplate(yaml) } else { Body::Json(Yaml::json(json)) }
}

/// JSON whose texts are templates, and whether any of them has a variable; what is secret by its name is one.
pub fn templated(json: &Json, variables: &mut Variables<'_>) -> (Yaml, bool) {
    let mut has_variables = false;
    let mut text = |name: &str, written: &str| {
        let mut text = variables.text(written);
        if let Some(plain) = text.as_plain().filter(|_| is_secret_name(name)) {
            text = variables.suite.secret(name, plain);
        }
        has_variables |= text.has_variables();
        match text.pieces() {
            // In quotes it stays text, whatever its type.
            [Piece::Variable(name)] => format!("${{{name}}}"),
            _ => text.template(),
        }
    };
    let yaml = walked(json, "", &mut text);
    (yaml, has_variables)
}

/// `text` is asked for each text, with the name that it stands under.
fn walked(json: &Json, name: &str, text: &mut dyn FnMut(&str, &str) -> String) -> Yaml {
    match json {
        Json::String(written) => Yaml::Text(text(name, written)),
        Json::Array(items) => Yaml::List(items.iter().map(|item| walked(item, name, text)).collect()),
        Json::Object(members) => {
            Yaml::Map(members.iter().map(|(key, value)| (text("", key), walked(value, key, text))).collect())
        }
        other => Yaml::json(other),
    }
}
