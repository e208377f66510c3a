//! The body of the one request.
//!
//! Owns: which of `-d`, `--json` and `--form` it comes from, its lines of the suite. Does not: send it.

use std::fs::File;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::Value as Json;

use super::Wrong;
use super::lines::Lines;
use super::variables::Variables;
use crate::cli::args::request_words::{RequestWords, is_json};
use crate::ground::input::{BODY_LIMIT, TEXT_LIMIT, read_stdin};
use crate::ground::source::plain;
use crate::secrets::is_secret_name;
use crate::suite::yaml_text as yaml;

/// A body, before it is written down.
pub enum Body {
    /// Text.
    Text(String),
    /// Bytes that are no text.
    Bytes(Vec<u8>),
    /// A file, sent as it is.
    File(String),
    /// Fields.
    Form(Vec<(String, String)>),
}

/// The body, and the option that it comes from.
pub struct Given {
    /// The option.
    pub option: &'static str,
    /// What is sent.
    pub body: Body,
}

impl Given {
    /// Reads what the words say.
    ///
    /// # Errors
    /// Two options say it, or a file cannot be read.
    pub fn of(words: &RequestWords) -> Result<Option<Given>, Wrong> {
        let given =
            [("-d", !words.data.is_empty()), ("--json", words.json.is_some()), ("--form", !words.form.is_empty())];
        let mut options = given.iter().filter(|(_, is_given)| *is_given).map(|(option, _)| *option);
        let Some(option) = options.next() else { return Ok(None) };
        if let Some(other) = options.next() {
            return Err(Wrong::Usage(format!("options {option} and {other} both say what the body is; keep one")));
        }
        let body = match (words.data.as_slice(), &words.json) {
            ([], None) => Body::Form(words.form.clone()),
            ([], Some(json)) => {
                let body = text_or_file(option, json)?;
                if let Body::Text(text) = &body {
                    is_json(text).map_err(|message| Wrong::Usage(format!("option {option} {message}")))?;
                }
                body
            }
            ([one], _) => text_or_file(option, one)?,
            (several, _) => {
                if let Some(file) = several.iter().find(|word| word.starts_with('@')) {
                    let message =
                        format!("option -d {file} is a file, and stands alone: another -d cannot be put to it");
                    return Err(Wrong::Usage(message));
                }
                Body::Text(several.join("&"))
            }
        };
        Ok(Some(Given { option, body }))
    }

    /// Writes it down.
    pub fn write(&self, depth: usize, lines: &mut Lines, variables: &mut Variables) {
        lines.of(self.option);
        match &self.body {
            Body::Text(text) => text_lines(text, depth, lines, variables),
            Body::Bytes(bytes) => {
                lines.push(depth, "body:");
                lines.push(depth + 1, format!("base64: {}", yaml::quoted(&BASE64_STANDARD.encode(bytes))));
            }
            Body::File(path) => {
                lines.push(depth, format!("body: {{file: {}, binary: true}}", yaml::text(path)));
            }
            Body::Form(fields) => {
                let before = variables.values().len();
                let templates: Vec<(String, String)> = fields
                    .iter()
                    .map(|(name, value)| (super::variables::plain(name), variables.named(name, value)))
                    .collect();
                let is_template =
                    variables.values().len() > before || templates.iter().any(|(_, value)| is_variable(value));
                let shown = if is_template { &templates } else { fields };
                lines.push(depth, "body:");
                lines.push(depth + 1, "form:");
                let depth = if is_template {
                    lines.push(depth + 2, "template:");
                    depth + 3
                } else {
                    depth + 2
                };
                for (name, value) in shown {
                    // A list: a name may come again.
                    lines.push(depth, format!("- {}: {}", yaml::text(name), yaml::quoted(value)));
                }
            }
        }
    }
}

fn is_variable(template: &str) -> bool {
    template.starts_with('$') && !template.starts_with("$$")
}

fn text_or_file(option: &str, word: &str) -> Result<Body, Wrong> {
    let Some(path) = word.strip_prefix('@') else { return Ok(Body::Text(word.to_owned())) };
    let unreadable =
        |error: std::io::Error| Wrong::Input(format!("option {option} {word} cannot be read: {}", plain(&error)));
    if path == "-" {
        let bytes = read_stdin(BODY_LIMIT.min(TEXT_LIMIT)).map_err(unreadable)?;
        return Ok(String::from_utf8(bytes).map_or_else(|error| Body::Bytes(error.into_bytes()), Body::Text));
    }
    let found = File::open(path).and_then(|file| file.metadata()).map_err(unreadable)?;
    if found.is_dir() {
        return Err(Wrong::Input(format!("option {option} {word} cannot be read: it is a folder, not a file")));
    }
    Ok(Body::File(path.to_owned()))
}

/// A text as it is; only where a secret stands in it, as a template.
fn text_lines(text: &str, depth: usize, lines: &mut Lines, variables: &mut Variables) {
    let json: Option<Json> =
        if text.trim_start().starts_with(['{', '[']) { serde_json::from_str(text).ok() } else { None };
    if let Some(json) = &json {
        if holds_secret(json, "") {
            if let Some(template) = json_template(text, variables) {
                lines.push(depth, format!("body: {{template: {}}}", yaml::quoted(&template)));
                return;
            }
            let written = yaml::json(json, "", &mut |name, text| variables.named(name, text));
            lines.push(depth, "body:");
            lines.push(depth + 1, "json:");
            lines.push(depth + 2, format!("template: {written}"));
            return;
        }
    } else if text.contains('=') {
        let template = variables.pairs(text);
        if template != super::variables::plain(text) {
            lines.push(depth, format!("body: {{template: {}}}", yaml::quoted(&template)));
            return;
        }
    }
    lines.push(depth, format!("body: {}", yaml::quoted(text)));
}

/// JSON as it is, but for texts under secret names, which become variables; nothing where one of them is not written
/// plainly, or not right behind its name.
fn json_template(text: &str, variables: &mut Variables) -> Option<String> {
    let mut template = String::with_capacity(text.len());
    let mut rest = text;
    let mut name = String::new();
    while let Some(at) = rest.find('"') {
        let between = &rest[..at];
        let token = string_token(&rest[at..])?;
        let after = &rest[at + token.len()..];
        let string: String = serde_json::from_str(token).ok()?;
        template.push_str(&super::variables::plain(between));
        if after.trim_start().starts_with(':') {
            name = string;
            template.push_str(&super::variables::plain(token));
        } else if !is_secret_name(&name) || string.is_empty() {
            template.push_str(&super::variables::plain(token));
        } else if between.trim() == ":" && token[1..token.len() - 1] == string {
            template.push_str(&format!("\"{}\"", variables.named(&name, &string)));
        } else {
            return None;
        }
        rest = after;
    }
    template.push_str(&super::variables::plain(rest));
    Some(template)
}

/// The string that a text begins with, quotes and all.
fn string_token(text: &str) -> Option<&str> {
    let mut is_escaped = false;
    let end = text.bytes().skip(1).position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    })?;
    text.get(..end + 2)
}

/// Whether a text stands under a name that marks secrets.
fn holds_secret(json: &Json, name: &str) -> bool {
    match json {
        Json::String(text) => !text.is_empty() && is_secret_name(name),
        Json::Array(items) => items.iter().any(|item| holds_secret(item, name)),
        Json::Object(members) => members.iter().any(|(name, member)| holds_secret(member, name)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_keeps_its_bytes_where_its_secrets_are_plain() {
        for (text, template) in [
            (
                r#"{"password" : "s3cr3t", "n": 1e5,"p":"$5"}"#,
                Some(r#"{"password" : "$PASSWORD", "n": 1e5,"p":"$$5"}"#),
            ),
            (
                r#"[{"a\\": "b\"c", "token": ""}, {"token":"x"}]"#,
                Some(r#"[{"a\\": "b\"c", "token": ""}, {"token":"$TOKEN"}]"#),
            ),
            (r#"{"token": "a\"b"}"#, None),
            (r#"{"tokens": ["a"]}"#, None),
        ] {
            assert_eq!(json_template(text, &mut Variables::default()).as_deref(), template, "{text}");
        }
    }
}
