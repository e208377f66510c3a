//! Bodies that are compared with recorded ones, and how they are kept.
//!
//! Owns: what does not matter of a body: the layout of JSON, the boundary of a form in parts. Does not: find secrets.

use std::borrow::Cow;

use crate::ground::json;
use crate::ground::value::Value;
use crate::secrets::{REDACTED, is_like};

/// What parts a form in parts, wherever it is kept.
const BOUNDARY: &[u8] = b"--boundary";

/// Whether a body is the one that is kept, in which each `(redacted)` stands for anything.
pub fn is_like_body(kept: &[u8], given: &[u8]) -> bool {
    let (kept, given) = (with_fixed_boundary(kept), with_fixed_boundary(given));
    if kept == given {
        return true;
    }
    if let (Ok(kept), Ok(given)) = (json::parse(&kept), json::parse(&given)) {
        return is_like_value(&kept, &given);
    }
    match (std::str::from_utf8(&kept), std::str::from_utf8(&given)) {
        (Ok(kept), Ok(given)) => is_like(kept, given),
        _ => false,
    }
}

fn is_like_value(kept: &Value, given: &Value) -> bool {
    match (kept, given) {
        (Value::Str(kept), _) if kept == REDACTED => true,
        (Value::Str(kept), Value::Str(given)) => is_like(kept, given),
        (Value::List(kept), Value::List(given)) => {
            kept.len() == given.len() && kept.iter().zip(given).all(|(kept, given)| is_like_value(kept, given))
        }
        (Value::Dict(kept), Value::Dict(given)) => {
            kept.len() == given.len()
                && kept.iter().all(|(name, kept)| given.get_value(name).is_some_and(|given| is_like_value(kept, given)))
        }
        _ => kept.py_eq(given),
    }
}

/// A form in parts with the same boundary as all others: who sends one makes it up.
pub fn with_fixed_boundary(body: &[u8]) -> Cow<'_, [u8]> {
    let line = if body.starts_with(b"--") { memchr::memmem::find(body, b"\r\n") } else { None };
    let Some(line) = line.filter(|end| *end > 2 && body.trim_ascii_end().ends_with(b"--")) else { return body.into() };
    let boundary = &body[..line];
    let mut out = Vec::with_capacity(body.len());
    let mut rest = body;
    while let Some(at) = memchr::memmem::find(rest, boundary) {
        out.extend_from_slice(&rest[..at]);
        out.extend_from_slice(BOUNDARY);
        rest = &rest[at + boundary.len()..];
    }
    out.extend_from_slice(rest);
    out.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_are_alike_whatever_their_layout() {
        for (kept, given, like) in [
            ("", "", true),
            ("", "a", false),
            ("a", "a", true),
            ("{\"a\": [1, 2.0], \"b\": null}", "{\"b\":null,\"a\":[1,2.0]}", true),
            ("{\"a\": 1}", "{\"a\": 1, \"b\": 2}", false),
            ("{\"a\": \"(redacted)\"}", "{\"a\": 5}", true),
            ("{\"a\": \"(redacted)\"}", "{}", false),
            ("{\"a\": \"x(redacted)\"}", "{\"a\": \"y\"}", false),
            ("[1]", "[1, 1]", false),
            ("p=(redacted)&x=1", "p=abc&x=1", true),
            ("p=(redacted)&x=1", "p=abc&x=2", false),
            ("--one\r\nA: b\r\n\r\nc\r\n--one--\r\n", "--two\r\nA: b\r\n\r\nc\r\n--two--\r\n", true),
            ("--one\r\nA: b\r\n\r\nc\r\n--one--\r\n", "--two\r\nA: b\r\n\r\nd\r\n--two--\r\n", false),
        ] {
            assert_eq!(is_like_body(kept.as_bytes(), given.as_bytes()), like, "{kept} {given}");
        }
        assert!(!is_like_body(b"\xff", b"\xfe") && is_like_body(b"\xff", b"\xff"));
    }
}
