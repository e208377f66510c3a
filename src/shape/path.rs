//! Paths into an answer: `$.orders[].lines[0]["a b"]`.
//!
//! Owns: their text, taking one apart again. Does not: look into an answer.

use crate::ground::json_text::write_string;

/// Appends a member's name.
pub fn member(path: &mut String, name: &str) {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'{' | b'}');
    if !name.is_empty() && name.bytes().all(is_plain) {
        path.push('.');
        path.push_str(name);
    } else {
        path.push('[');
        write_string(name, path);
        path.push(']');
    }
}

/// The steps of a path that names fields: a member's name, or `None` for the items of a list. `None` if it is no path.
pub fn steps(path: &str) -> Option<Vec<Option<String>>> {
    let mut rest = path.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(after) = rest.strip_prefix("[]") {
            steps.push(None);
            rest = after;
        } else if let Some(after) = rest.strip_prefix('.') {
            let end = after.find(['.', '[']).unwrap_or(after.len());
            if end == 0 || after[..end].contains(']') {
                return None;
            }
            steps.push(Some(after[..end].to_owned()));
            rest = &after[end..];
        } else {
            let after = rest.strip_prefix('[')?;
            let mut texts = serde_json::Deserializer::from_str(after).into_iter::<serde_json::Value>();
            let serde_json::Value::String(name) = texts.next()?.ok()? else { return None };
            rest = after[texts.byte_offset()..].strip_prefix(']')?;
            steps.push(Some(name));
        }
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_written_is_taken_apart_again() {
        let name = |name: &str| Some(name.to_owned());
        for (written, expected) in [
            ("$", vec![]),
            ("$.a[][].b-c", vec![name("a"), None, None, name("b-c")]),
            (r#"$["x.y"].{}["]\""][]"#, vec![name("x.y"), name("{}"), name("]\""), None]),
            (r#"$[""]"#, vec![name("")]),
        ] {
            assert_eq!(steps(written).as_ref(), Some(&expected), "{written}");
            let mut again = "$".to_owned();
            for step in &expected {
                match step {
                    Some(name) => member(&mut again, name),
                    None => again.push_str("[]"),
                }
            }
            assert_eq!(again, written);
        }
        for wrong in ["", "a", "$a", "$.", "$..a", "$[0]", "$[\"a]", "$[\"a\"", "$.a]"] {
            assert!(steps(wrong).is_none(), "{wrong}");
        }
    }
}
