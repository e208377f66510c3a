//! `jsonpath_mini`: keys and indices joined by dots, as PyRestTest walks them.
//!
//! Owns: splitting a query, walking a value. Does not: read JSON, know wildcards or filters
//! (those are what `jmespath` is for).

use super::python_number::parse_int;
use crate::ground::value::Value;

/// A query, split once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Path {
    steps: Vec<Step>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Step {
    /// A part that Python's `int()` accepts is only ever an index: digit keys are out of reach.
    Index(i128),
    Key(String),
}

impl Path {
    /// Splits a query. Dots at its ends are dropped; nothing left means the root.
    pub fn parse(query: &str) -> Path {
        let query = query.trim_matches('.');
        if query.is_empty() {
            return Path { steps: Vec::new() };
        }
        let step = |part: &str| parse_int(part).map_or_else(|| Step::Key(part.to_owned()), Step::Index);
        Path { steps: query.split('.').map(step).collect() }
    }

    /// What the path leads to; `null` where it leads nowhere.
    pub fn find(&self, root: &Value) -> Value {
        let mut at = root;
        for (i, step) in self.steps.iter().enumerate() {
            let next = match (step, at) {
                (Step::Key(key), Value::Dict(dict)) => dict.get(key),
                (Step::Index(index), Value::List(items)) => position(*index, items.len()).and_then(|i| items.get(i)),
                (Step::Index(index), Value::Str(text)) => return character(*index, text, &self.steps[i + 1..]),
                _ => None,
            };
            match next {
                Some(value) => at = value,
                None => return Value::Null,
            }
        }
        at.clone()
    }
}

/// A character of a text; being text itself, it may only be followed by indices into it.
fn character(index: i128, text: &str, rest: &[Step]) -> Value {
    let Some(found) = position(index, text.chars().count()).and_then(|i| text.chars().nth(i)) else {
        return Value::Null;
    };
    let stays = rest.iter().all(|step| matches!(step, Step::Index(0 | -1)));
    if stays { Value::Str(found.to_string()) } else { Value::Null }
}

/// Python's index: negative ones count from the end.
fn position(index: i128, length: usize) -> Option<usize> {
    let index = if index < 0 { index.checked_add(i128::try_from(length).ok()?)? } else { index };
    usize::try_from(index).ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    #[test]
    fn paths_lead_where_pythons_do() {
        let body = r#"{"a": {"b": [10, {"c": null, "": 5}], "1": "digit"}, "s": "héllo", "": {"x": 1}, "t": true,
                       "n": 5, " k ": 7, "f": false, "e": "", "a b": {"-": 3}}"#;
        let root = json::parse(body.as_bytes()).unwrap();
        let table = [
            ("a.b.0", "10"),
            ("a.b.-2", "10"),
            ("a.b. 0 ", "10"),
            ("a.b.+0", "10"),
            ("a.b.0_0", "10"),
            ("a.b.\u{660}", "10"),
            ("a.b.2", "None"),
            ("a.b.-3", "None"),
            ("a.b.99999999999999999999999999999999999999999999", "None"),
            ("a.b.-99999999999999999999999999999999999999999999", "None"),
            ("a.b.1.c", "None"),
            ("a.b.1.", "{'c': None, '': 5}"),
            (".a.b.0.", "10"),
            ("a.1", "None"),
            ("s.0", "h"),
            ("s.1", "é"),
            ("s.-1.0.-1", "o"),
            ("s.0.1", "None"),
            ("s.x", "None"),
            ("a..b", "None"),
            ("t.0", "None"),
            ("n.0", "None"),
            (" k ", "7"),
            ("k", "None"),
            ("f", "False"),
            ("e", ""),
            ("e.0", "None"),
            ("a b.-", "3"),
            ("nope.deeper", "None"),
        ];
        for (query, text) in table {
            assert_eq!(Path::parse(query).find(&root).to_text(), text, "{query}");
        }
        for query in ["", ".", "..."] {
            assert!(matches!(Path::parse(query).find(&root), Value::Dict(_)), "{query}");
        }
        let inner = json::parse(br#"{"x": {"": {"y": 1}}}"#).unwrap();
        assert_eq!(Path::parse("x..y").find(&inner).to_text(), "1");
    }
}
