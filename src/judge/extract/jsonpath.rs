//! `jsonpath`: expressions of RFC 9535.
//!
//! Owns: reading one with the place of what is wrong, what it finds, why it finds nothing. Does not: know the grammar
//! (the crate does), read JSON.

use std::collections::HashMap;

use super::absence::{no_item, no_key, under};
use crate::ground::json::Tree;
use crate::ground::value::Value;

/// More nesting than anyone writes, and less than the recursive parser's stack has room for.
const DEEPEST: usize = 200;

/// A parsed expression.
#[derive(Debug, Clone)]
pub struct JsonPath {
    source: String,
    path: serde_json_path::JsonPath,
}

impl JsonPath {
    /// Parses an expression.
    ///
    /// # Errors
    /// A fragment naming the expression, what is wrong with it, and at which of its characters.
    pub fn parse(source: &str) -> Result<JsonPath, String> {
        let fault = |reason: &str| format!("the JSONPath expression \"{source}\" cannot be used: {reason}");
        if source.bytes().filter(|byte| b"[(!".contains(byte)).count() > DEEPEST {
            return Err(fault("it is nested too deeply"));
        }
        if !source.starts_with('$') {
            return Err(fault("column 1: it must begin with $"));
        }
        match serde_json_path::JsonPath::parse(source) {
            Ok(path) => Ok(JsonPath { source: source.to_owned(), path }),
            Err(error) => {
                // The crate counts bytes from 0.
                let (before, rest) = source.split_at_checked(error.position()).unwrap_or((source, ""));
                let column = before.chars().count() + 1;
                let reason = match error.message() {
                    "parser error" if rest.trim().is_empty() => "blanks at the end".to_owned(),
                    "parser error" => format!("\"{rest}\" is no step of a path"),
                    reason => reason.trim_start_matches("in long-hand segment, ").to_owned(),
                };
                Err(fault(&format!("column {column}: {reason}")))
            }
        }
    }

    /// As it was written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The values that it finds, in order. `tree` is made of `root`.
    pub fn find(&self, root: &Value, tree: &Tree) -> Vec<Value> {
        let nodes = self.path.query(&tree.json).all();
        if tree.is_exact {
            return nodes.into_iter().map(crate::ground::json::from_serde).collect();
        }
        let ours = originals(root, tree);
        nodes.into_iter().filter_map(|node| ours.get(&std::ptr::from_ref(node)).map(|value| (*value).clone())).collect()
    }

    /// The nodes that it finds, as addresses of values within `root`.
    pub fn addresses(&self, root: &Value, tree: &Tree) -> Vec<*const Value> {
        let ours = originals(root, tree);
        let nodes = self.path.query(&tree.json).all();
        nodes
            .into_iter()
            .filter_map(|node| ours.get(&std::ptr::from_ref(node)).map(|value| std::ptr::from_ref(*value)))
            .collect()
    }

    /// Why it finds nothing in a value, where it is a chain of names and indices.
    pub fn absence(&self, root: &Value) -> Option<String> {
        let mut at = root;
        let mut walked = String::new();
        for step in steps(&self.source)? {
            let next = match (&step, at) {
                (Step::Name(name), Value::Dict(dict)) => dict.get(name),
                (Step::Index(index), Value::List(items)) => {
                    let from_end = || usize::try_from(-index).ok().and_then(|back| items.len().checked_sub(back));
                    let position = if *index < 0 { from_end() } else { usize::try_from(*index).ok() };
                    position.and_then(|position| items.get(position))
                }
                _ => None,
            };
            let Some(next) = next else {
                let under = under(&walked);
                return Some(match step {
                    Step::Name(name) => no_key(&name, at, &under),
                    Step::Index(index) => no_item(index, at, &under),
                });
            };
            at = next;
            match step {
                Step::Name(name) if walked.is_empty() => walked = name,
                Step::Name(name) => walked = format!("{walked}.{name}"),
                Step::Index(index) => walked = format!("{walked}[{index}]"),
            }
        }
        None
    }

    /// Whether it ends with a member called `length`, which other tools take for a function.
    pub fn asks_length(&self) -> bool {
        self.source.ends_with(".length")
    }
}

/// The value behind each node of a tree that was made of it.
fn originals<'v>(root: &'v Value, tree: &Tree) -> HashMap<*const serde_json::Value, &'v Value> {
    use serde_json::Value as Json;
    let mut found = HashMap::new();
    let mut left = vec![(&tree.json, root)];
    while let Some((node, value)) = left.pop() {
        found.insert(std::ptr::from_ref(node), value);
        match (node, value) {
            (Json::Array(nodes), Value::List(values)) => left.extend(nodes.iter().zip(values)),
            (Json::Object(nodes), Value::Dict(dict)) if nodes.len() == dict.len() => {
                left.extend(nodes.values().zip(dict.iter().map(|(_, value)| value)));
            }
            (Json::Object(nodes), Value::Dict(dict)) => {
                let pairs = nodes.iter().filter_map(|(name, node)| dict.get(name).map(|value| (node, value)));
                left.extend(pairs);
            }
            _ => {}
        }
    }
    found
}

enum Step {
    Name(String),
    Index(i128),
}

/// The steps of a chain of names and indices; `None` of any other expression.
fn steps(source: &str) -> Option<Vec<Step>> {
    let mut rest = source.strip_prefix('$')?;
    let mut steps = Vec::new();
    while !rest.is_empty() {
        if let Some(name) = rest.strip_prefix('.') {
            let end = name.find(['.', '[']).unwrap_or(name.len());
            let is_name = end > 0 && name[..end].chars().all(|c| c.is_alphanumeric() || c == '_' || c > '\u{7f}');
            steps.push(Step::Name(is_name.then(|| name[..end].to_owned())?));
            rest = &name[end..];
            continue;
        }
        let inner = rest.strip_prefix('[')?;
        let (inside, after) = inner.split_once(']')?;
        let quoted = |quote| inside.strip_prefix(quote).and_then(|inside: &str| inside.strip_suffix(quote));
        let name = quoted('\'').or_else(|| quoted('"')).filter(|name| !name.contains(['\\', '\'', '"']));
        steps.push(match name {
            Some(name) => Step::Name(name.to_owned()),
            None => Step::Index(inside.parse().ok()?),
        });
        rest = after;
    }
    Some(steps)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::json;

    fn found(path: &str, body: &str) -> String {
        let root = json::parse(body.as_bytes()).unwrap();
        let path = JsonPath::parse(path).unwrap();
        Value::List(path.find(&root, &Tree::of(&root))).repr()
    }

    #[test]
    fn values_come_out_as_they_are() {
        for (path, body, expected) in [
            ("$.a", r#"{"a": 12345678901234567890123}"#, "[12345678901234567890123]"),
            ("$..a", r#"{"b": {"a": 1.0}, "a": null}"#, "[None, 1.0]"),
            ("$[?@.n > 1].n", r#"[{"n": 1}, {"n": 98765432109876543210}]"#, "[98765432109876543210]"),
            ("$[-1:]", "[1, 2]", "[2]"),
            ("$.a[?(@.b)]", r#"{"a": [{"b": 1}, {}]}"#, "[{'b': 1}]"),
            ("$.x", "{}", "[]"),
            ("$[?search(@, 'b+')]", r#"["abbc", "x"]"#, "['abbc']"),
            ("$[?length(@) == 1]", r#"["ab", "x"]"#, "['x']"),
        ] {
            assert_eq!(found(path, body), expected, "{path}");
        }
    }

    #[test]
    fn faults_have_their_column() {
        for (path, expected) in [
            ("a.b", "column 1: it must begin with $"),
            ("", "column 1: it must begin with $"),
            ("$.a[", "column 4: \"[\" is no step of a path"),
            ("$.é[", "column 4: \"[\" is no step of a path"),
            ("$.a[1", "column 6: expected closing ']'"),
            ("$ ", "column 2: blanks at the end"),
            ("$.a.[b]", "column 5: in dot member name, must start with lowercase alpha or '_'"),
            ("$[?foo(@)]", "column 4: function name 'foo' is not defined"),
        ] {
            let fault = JsonPath::parse(path).unwrap_err();
            assert_eq!(fault, format!("the JSONPath expression \"{path}\" cannot be used: {expected}"));
        }
        for part in ["(", "[", "[?(", "!", ".a[", "[?!("] {
            assert!(JsonPath::parse(&format!("$[?{}", part.repeat(100_000))).is_err(), "{part}");
            assert!(JsonPath::parse(&format!("$[?{}", part.repeat(45))).is_err(), "{part}");
        }
    }

    #[test]
    fn what_is_not_there_is_named() {
        let root = json::parse(br#"{"user": {"login": "ada", "tags": ["x"]}, "a b": 1}"#).unwrap();
        for (path, expected) in [
            ("$.user.loginn", Some("no key \"loginn\" under \"user\"; there are login, tags")),
            ("$['user'].tags[-2]", Some("no item -2 under \"user.tags\"; the list has 1")),
            ("$[0]", Some("no item 0: that is an object; there are \"a b\", user")),
            ("$.user.login", None),
            ("$..x", None),
            ("$.user[?@.x]", None),
        ] {
            assert_eq!(JsonPath::parse(path).unwrap().absence(&root).as_deref(), expected, "{path}");
        }
    }

    /// The compliance suite of the field, where it is at hand.
    #[test]
    fn all_cases_of_the_compliance_suite_hold() {
        let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/jsonpath/cts.json");
        let Ok(text) = std::fs::read_to_string(&file) else {
            eprintln!("skipped: {} is not there", file.display());
            return;
        };
        let suite: serde_json::Value = serde_json::from_str(&text).unwrap();
        let cases = suite["tests"].as_array().unwrap();
        assert_eq!(cases.len(), 703);
        for case in cases {
            let name = &case["name"];
            let parsed = JsonPath::parse(case["selector"].as_str().unwrap());
            if case["invalid_selector"] == true {
                assert!(parsed.is_err(), "{name} is taken");
                continue;
            }
            let root = json::parse(case["document"].to_string().as_bytes()).unwrap();
            let found = parsed.unwrap_or_else(|error| panic!("{name}: {error}")).find(&root, &Tree::of(&root));
            let found: serde_json::Value = found.iter().map(json::to_serde).collect();
            let is_right = match case["results"].as_array() {
                Some(results) => results.contains(&found),
                None => case["result"] == found,
            };
            assert!(is_right, "{name}: {found}");
        }
    }
}
