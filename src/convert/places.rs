//! JSON that stays as it is written.
//!
//! Owns: telling it from what would change. Does not: look into JSON part by part (see `ground::json_part`).

use serde_json::Value as Json;

pub use crate::ground::json_part::{Enough, Part, whole};

/// The same JSON without the blanks between its parts.
pub fn compact(text: &str) -> String {
    let (mut out, mut is_in_string, mut is_escaped) = (String::with_capacity(text.len()), false, false);
    for letter in text.chars() {
        if is_in_string {
            is_in_string = is_escaped || letter != '"';
            is_escaped = !is_escaped && letter == '\\';
        } else if letter.is_ascii_whitespace() {
            continue;
        } else {
            is_in_string = letter == '"';
        }
        out.push(letter);
    }
    out
}

/// A text as JSON, where that says exactly the same when it is written without blanks, and can be written as YAML.
pub fn exactly(text: &str) -> Option<Json> {
    let json: Json = serde_json::from_str(text).ok().filter(|json: &Json| json.is_object() || json.is_array())?;
    let written = json.to_string();
    (compact(text) == written && !is_deeper(&json, super::yaml::DEEPEST)).then_some(json)
}

fn is_deeper(json: &Json, than: usize) -> bool {
    let Some(less) = than.checked_sub(1) else { return true };
    match json {
        Json::Array(items) => items.iter().any(|item| is_deeper(item, less)),
        Json::Object(members) => members.values().any(|member| is_deeper(member, less)),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_stays_the_same_is_taken_as_json() {
        for (text, is_exact) in [
            ("{\"a\" : [1, 2.5, \"b \\\" c\"]}", true),
            ("[]", true),
            ("{\"a\": 1.0}", true),
            ("{\"a\": 12345678901234567890123}", false),
            ("{\"a\": 1, \"a\": 2}", false),
            ("{\"a\": \"\\u0041\"}", false),
            ("1", false),
            ("{{a}}", false),
        ] {
            assert_eq!(exactly(text).is_some(), is_exact, "{text}");
        }
        assert!(exactly(&format!("{}{}", "[".repeat(100), "]".repeat(100))).is_none());
    }
}
