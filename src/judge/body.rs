//! What a body is where JSON was expected.
//!
//! Owns: the words for a body that cannot be read as JSON. Does not: read it (see `Response::json`).

use super::wording::{beginning, shown_text, size};
use crate::exchange::response::Response;
use crate::ground::value::Value;

/// So many characters of a body tell a page from a message.
const SHOWN_BODY: usize = 40;

/// A content type that is longer is not one.
const LONGEST_TYPE: usize = 60;

/// The body as JSON.
///
/// # Errors
/// What it is instead: empty, encoded, a page, or not quite JSON.
pub fn json(response: &Response) -> Result<&Value, String> {
    response.json().map_err(|reason| explain(response, reason))
}

fn explain(response: &Response, reason: &str) -> String {
    let body = &response.body;
    if body.is_empty() {
        return "the body is empty, not JSON".to_owned();
    }
    let about = |text: Option<&str>| {
        let parts = [content_type(response), Some(size(body.len())), text.and_then(excerpt)];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    };
    if let Some(encoding) = response.unread_encoding() {
        return format!("the body is encoded as {encoding}, which cannot be read here ({})", about(None));
    }
    let Ok(text) = std::str::from_utf8(body) else {
        return format!("the body is {}, not JSON: {reason}", about(None));
    };
    let first = text.trim_start().chars().next();
    let looks_like_json =
        response.header_values("content-type").any(|value| value.contains("json")) || matches!(first, Some('{' | '['));
    if looks_like_json || content_type(response).is_none() {
        return format!("the body is not JSON: {reason} ({})", about(Some(text)));
    }
    format!("the body is {}, not JSON", about(Some(text)))
}

/// The type without its parameters.
fn content_type(response: &Response) -> Option<String> {
    let value = response.header_values("content-type").last()?;
    let name = value.split(';').next().unwrap_or_default().trim();
    let is_one = !name.is_empty() && name.len() <= LONGEST_TYPE && name.bytes().all(|byte| byte.is_ascii_graphic());
    is_one.then(|| name.to_ascii_lowercase())
}

/// The beginning of the first line that says something.
fn excerpt(text: &str) -> Option<String> {
    let text = text.trim_start();
    let line = text.lines().next()?;
    let kept = beginning(line, SHOWN_BODY).trim_end_matches('<').trim_end();
    if kept.is_empty() {
        return None;
    }
    let quoted = shown_text(kept, SHOWN_BODY);
    let is_whole = kept.len() == text.trim_end().len();
    Some(if is_whole { quoted } else { format!("{}…\"", &quoted[..quoted.len() - 1]) })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(content_type: &str, encoding: &str, body: &[u8]) -> String {
        let mut response = Response::new(200, body);
        for (name, value) in [("content-type", content_type), ("content-encoding", encoding)] {
            if !value.is_empty() {
                response.headers.push((name.to_owned(), value.to_owned()));
            }
        }
        json(&response).err().unwrap_or_default()
    }

    #[test]
    fn what_is_not_json_says_what_it_is() {
        let page = format!("<!DOCTYPE html>\n<html>{}", "x".repeat(490));
        for (content_type, encoding, body, expected) in [
            ("application/json", "", "{}".as_bytes(), ""),
            ("application/json", "", b"", "the body is empty, not JSON"),
            (
                "text/html; charset=utf-8",
                "",
                page.as_bytes(),
                "the body is text/html, 512 B, \"<!DOCTYPE html>…\", not JSON",
            ),
            ("text/plain", "", b"words", "the body is text/plain, 5 B, \"words\", not JSON"),
            ("text/plain", "", &[b'x'; 500], "the body is text/plain, 500 B, not JSON"),
            ("", "", b"<html>", "the body is not JSON: expected value at line 1 column 1 (6 B, \"<html>\")"),
            (
                "application/json",
                "",
                b"{\"a\": 1,}",
                "the body is not JSON: trailing comma at line 1 column 9 (application/json, 9 B, \"{\\\"a\\\": 1,}\")",
            ),
            (
                "application/json",
                "zstd",
                b"\x28\xb5\x2f\xfd\x00",
                "the body is encoded as zstd, which cannot be read here (application/json, 5 B)",
            ),
            ("image/png", "", b"\x89PNG", "the body is image/png, 4 B, not JSON: not UTF-8 at byte 1"),
            ("text/html", "gzip", b"<p>", "the body is text/html, 3 B, \"<p>\", not JSON"),
            ("<b>\u{1b}[2J", "", b"x", "the body is not JSON: expected value at line 1 column 1 (1 B, \"x\")"),
        ] {
            assert_eq!(said(content_type, encoding, body), expected);
        }
    }
}
