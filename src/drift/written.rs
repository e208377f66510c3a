//! Shapes as text: YAML with a field on each line, so that a change is a line in a diff.
//!
//! Owns: the writing. Does not: read it (see `reading`).

use std::fmt::Write as _;

use super::VERSION;
use crate::shape::{Field, Shapes, member};
use crate::suite::yaml_text::quoted;

/// The text of shapes.
pub fn text(shapes: &Shapes) -> String {
    let mut out = String::from(
        "# What answers look like: made by resttest drift, held against a run's answers by --drift FILE. Edit it as you\n\
         # like: {} in an operation stands for any part of a path, and optional: true lets a field be missing.\n",
    );
    let _ = writeln!(out, "drift: {VERSION}\nanswers:");
    if shapes.answers.is_empty() {
        out.insert_str(out.len() - 1, " []");
    }
    for ((operation, status), shape) in &shapes.answers {
        let operation = quoted(&operation.to_string());
        let _ = writeln!(out, "- operation: {operation}\n  status: {status}\n  seen: {}\n  fields:", shape.answers);
        write_field(&shape.body, &mut "$".to_owned(), &mut out);
    }
    out
}

fn write_field(field: &Field, path: &mut String, out: &mut String) {
    let _ = write!(out, "    {}", quoted(path));
    let types: Vec<&str> = field.types.names().collect();
    match types.as_slice() {
        [one] => {
            let _ = write!(out, ": {{type: {}", quoted_null(one));
        }
        several => {
            let several: Vec<&str> = several.iter().map(|name| quoted_null(name)).collect();
            let _ = write!(out, ": {{type: [{}]", several.join(", "));
        }
    }
    if field.is_optional {
        out.push_str(", optional: true");
    }
    if !field.values.is_empty() {
        let values: Vec<String> = field.values.iter().map(|value| quoted(value)).collect();
        let _ = write!(out, ", values: [{}]", values.join(", "));
    }
    out.push_str("}\n");
    let length = path.len();
    for (name, own) in &field.members {
        member(path, name);
        write_field(own, path, out);
        path.truncate(length);
    }
    if let Some(items) = &field.items {
        path.push_str("[]");
        write_field(items, path, out);
        path.truncate(length);
    }
}

/// YAML would make no text of it.
fn quoted_null(name: &str) -> &str {
    if name == "null" { "\"null\"" } else { name }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::exchange::response::Response;
    use crate::shape::Inference;

    #[test]
    fn a_field_is_a_line() {
        let mut inference = Inference::default();
        for body in [r#"{"b c": null, "a": [1]}"#, r#"{"b c": "x", "a": [], "s": "on"}"#] {
            for _ in 0..4 {
                inference.add(("GET", "/x/1"), &Response::new(200, body));
            }
        }
        inference.add(("DELETE", "/x/1"), &Response::new(204, ""));
        let text = text(&inference.shapes());
        let (_, rest) = text.split_once("drift: 1\n").unwrap();
        let expected = r#"answers:
- operation: "DELETE /x/{}"
  status: 204
  seen: 1
  fields:
    "$": {type: empty}
- operation: "GET /x/{}"
  status: 200
  seen: 8
  fields:
    "$": {type: object}
    "$.a": {type: array}
    "$.a[]": {type: integer}
    "$[\"b c\"]": {type: [string, "null"], values: ["x"]}
    "$.s": {type: string, optional: true, values: ["on"]}
"#;
        assert_eq!(rest, expected);
        assert!(super::text(&Shapes::default()).ends_with("answers: []\n"));
    }
}
