//! Where secrets stand in a request by the names that they have there: in a query, a form, a JSON text.
//!
//! Owns: finding the places. Does not: know values that are secret wherever they stand (see `secrets`), or variables.

use std::ops::Range;

use crate::exchange::url::percent_decode;
use crate::ground::value::Value;
use crate::secrets::{Secrets, is_secret_name, may_be_secret, names_a_secret};

/// What is secret only by what it is called is looked for elsewhere from this length on: `key: name` hides no names.
pub const SHORTEST_CALLED: usize = 8;

/// A secret's place in a text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mark {
    /// Where.
    pub place: Range<usize>,
    /// What it is called there.
    pub name: String,
    /// The value itself; what stands at the place may be a form of it.
    pub value: String,
}

/// A shorter value of an answer is looked for elsewhere if it does not look like a word.
const SHORTEST_MINTED: usize = 5;

impl Mark {
    /// Whether it is one of an answer that may be looked for elsewhere.
    fn is_telling(&self) -> bool {
        is_telling(&self.name, &self.value)
    }
}

fn is_telling(name: &str, value: &str) -> bool {
    let is_minted = value.len() >= SHORTEST_MINTED && value.bytes().any(|byte| byte.is_ascii_digit());
    (value.len() >= SHORTEST_CALLED || is_minted) && names_a_secret(name)
}

/// The secrets of an answer's body by the names that they have there; of most answers it is quickly known that there
/// are none.
pub fn of_answer(body: &[u8]) -> Vec<Mark> {
    let mut marks = if may_have_any(body) { of_body(body) } else { Vec::new() };
    marks.retain(|mark| names_a_secret(&mark.name));
    marks
}

/// Adds what an answer holds under the names of secrets: what `marks` found, and where the answer is JSON, what is
/// below such names.
pub fn tell_minted(marks: &[Mark], json: Option<&Value>, secrets: &mut Secrets) {
    for mark in marks.iter().filter(|mark| mark.is_telling()) {
        secrets.add_named(Some(&mark.name), &mark.value);
    }
    if let Some(json) = json {
        tell_below(None, json, secrets);
    }
}

fn tell_below(secret: Option<&str>, value: &Value, secrets: &mut Secrets) {
    match value {
        Value::Str(text) => {
            if let Some(name) = secret.filter(|name| is_telling(name, text)) {
                secrets.add_named(Some(name), text);
            }
        }
        Value::List(items) => items.iter().for_each(|item| tell_below(secret, item, secrets)),
        Value::Dict(dict) => {
            for (key, value) in dict.iter() {
                let name = key.as_str().filter(|name| names_a_secret(name));
                // Of a credential that has parts, those whose names say nothing of it may be anything.
                let name = if matches!(value, Value::Dict(_)) { None } else { name };
                tell_below(name, value, secrets);
            }
        }
        _ => {}
    }
}

/// Whether any key, or a form's first field, is called like a secret. A whole body is looked through for each answer,
/// so that this must be quick.
fn may_have_any(body: &[u8]) -> bool {
    match body.iter().find(|byte| !byte.is_ascii_whitespace()) {
        None | Some(b'<') => return false,
        Some(b'{' | b'[') => {}
        _ => return true,
    }
    memchr::memchr_iter(b':', body).any(|colon| {
        let before = body[..colon].trim_ascii_end();
        let Some(inner) = before.strip_suffix(b"\"") else { return false };
        let start = memchr::memrchr(b'"', inner).map_or(0, |at| at + 1);
        may_be_secret(&inner[start..])
    })
}

/// The secrets of a body that is JSON, a form, or a form in parts; no other body says what its parts are called.
pub fn of_body(bytes: &[u8]) -> Vec<Mark> {
    if bytes.starts_with(b"--") {
        return of_parts(bytes);
    }
    let Ok(text) = std::str::from_utf8(bytes) else { return Vec::new() };
    match text.trim_start().as_bytes().first() {
        Some(b'{' | b'[') => of_json(text),
        _ if !text.contains([' ', '\n']) => of_pairs(text, 0),
        _ => Vec::new(),
    }
}

/// The secrets of a form in parts: texts whose names mark them. Files are passed over.
fn of_parts(bytes: &[u8]) -> Vec<Mark> {
    let mut marks = Vec::new();
    let Some(line) = memchr::memmem::find(bytes, b"\r\n") else { return marks };
    let starts: Vec<usize> = memchr::memmem::find_iter(bytes, &bytes[..line]).collect();
    for (start, next) in starts.iter().zip(starts.iter().skip(1)) {
        let part = &bytes[*start..*next];
        let Some(end) = memchr::memmem::find(part, b"\r\n\r\n") else { continue };
        let Ok(head) = std::str::from_utf8(&part[..end]) else { continue };
        let name = head.split("; name=\"").nth(1).and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let value = part.get(end + 4..part.len().saturating_sub(2)).map(std::str::from_utf8);
        if let Some(Ok(value)) = value
            && is_secret_name(name)
            && !head.contains("; filename=\"")
            && !value.is_empty()
        {
            let from = start + end + 4;
            marks.push(Mark { place: from..from + value.len(), name: name.to_owned(), value: value.to_owned() });
        }
    }
    marks
}

/// The secrets of `name=value` pairs from a place of the text on.
pub fn of_pairs(text: &str, from: usize) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut at = from;
    for pair in text[from..].split(['&', ';', '#']) {
        let begin = at;
        at += pair.len() + 1;
        let Some((name, value)) = pair.split_once('=') else { continue };
        let is_open = value.parse::<f64>().is_ok() || matches!(value, "" | "true" | "false");
        let name_length = name.len();
        let name = percent_decode(name);
        if !is_open && is_secret_name(&name) {
            let from = begin + name_length + 1;
            marks.push(Mark { place: from..from + value.len(), name, value: percent_decode(&value.replace('+', " ")) });
        }
    }
    marks
}

/// The texts that stand behind a key that is called like a secret. A text that is no JSON has what looks like it.
fn of_json(text: &str) -> Vec<Mark> {
    let mut marks = Vec::new();
    let mut key: Option<String> = None;
    let mut at = 0;
    while let Some(begin) = text[at..].find('"').map(|found| at + found) {
        let Some(end) = end_of_string(text, begin) else { break };
        let inner = begin + 1..end - 1;
        let value = serde_json::from_str(&text[begin..end]).unwrap_or_else(|_| text[inner.clone()].to_owned());
        let between = text[at..begin].trim();
        at = end;
        if text[end..].trim_start().starts_with(':') {
            key = Some(value);
            continue;
        }
        let name = key.take().filter(|name| between == ":" && is_secret_name(name));
        if let Some(name) = name.filter(|_| !inner.is_empty()) {
            marks.push(Mark { place: inner, name, value });
        }
    }
    marks
}

/// Behind the quote that ends the string which begins there.
fn end_of_string(text: &str, begin: usize) -> Option<usize> {
    let mut escaped = false;
    for (at, byte) in text.bytes().enumerate().skip(begin + 1) {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => return Some(at + 1),
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_mark_places() {
        let found = |body: &str| -> Vec<(String, String, String)> {
            let marks = of_body(body.as_bytes());
            marks.into_iter().map(|mark| (mark.name, body[mark.place].to_owned(), mark.value)).collect()
        };
        let row = |name: &str, written: &str, value: &str| (name.to_owned(), written.to_owned(), value.to_owned());
        for (body, marks) in [
            (
                r#"{"user": "ada", "password" : "pa\"ss", "n": {"token": 7, "apiKey": "k"}, "pin": ""}"#,
                vec![row("password", r#"pa\"ss"#, "pa\"ss"), row("apiKey", "k", "k")],
            ),
            (r#"[{"secret": ["a"], "x": "b"}, "token", "c"]"#, vec![]),
            (r#"{"token": "un"#, vec![]),
            (r#"{"a": "token", "token": "t" }"#, vec![row("token", "t", "t")]),
            ("user=ada&pass%77ord=a%20b&token=7", vec![row("password", "a%20b", "a b")]),
            ("password=a+b&x=1", vec![row("password", "a+b", "a b")]),
            (
                "--B\r\nContent-Disposition: form-data; name=\"user\"\r\n\r\nada\r\n\
                 --B\r\nContent-Disposition: form-data; name=\"password\"\r\n\r\nhunter 2\r\n\
                 --B\r\nContent-Disposition: form-data; name=\"token\"; filename=\"t\"\r\n\r\nfile\r\n--B--\r\n",
                vec![row("password", "hunter 2", "hunter 2")],
            ),
            ("--", vec![]),
            ("password=a b", vec![]),
            ("plain", vec![]),
            ("", vec![]),
        ] {
            assert_eq!(found(body), marks, "{body}");
        }
        assert_eq!(of_body(b"\xff"), []);
    }

    #[test]
    fn answers_hold_tokens() {
        for (body, told) in [
            (
                r#"{"access_token": "abcdefgh", "token_type": "customtype", "n": {"pin": "12345"}}"#,
                &["abcdefgh", "12345"][..],
            ),
            (r#"{"tokens": ["abcdefgh", "short", {"x": "nothing-secret"}], "key": "status"}"#, &["abcdefgh"]),
            (r#"{"\u0074oken" : "abcdefgh"}"#, &["abcdefgh"]),
            ("access_token=abcdefgh&scope=repo", &["abcdefgh"]),
            (r#"{"id": 1, "name": "abcdefgh"}"#, &[]),
            ("<a token=\"abcdefgh\">", &[]),
            ("plain token: abcdefgh", &[]),
            ("", &[]),
        ] {
            let mut secrets = Secrets::default();
            let json = crate::ground::json::parse(body.as_bytes()).ok();
            let marks = of_answer(body.as_bytes());
            tell_minted(&marks, json.as_ref().filter(|_| !marks.is_empty()), &mut secrets);
            for value in ["abcdefgh", "12345", "short", "nothing-secret", "customtype", "status"] {
                assert_eq!(secrets.knows(value), told.contains(&value), "{value} in {body}");
            }
        }
    }
}
