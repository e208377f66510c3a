//! `jsonpath_mini`: keys and indices joined by dots, as PyRestTest walks them.
//!
//! Owns: splitting a query, walking a value. Does not: read JSON, know wildcards or filters
//! (those are what `jmespath` is for).

use std::borrow::Cow;

use super::absence::{no_item, no_key, under};
use super::python_number::parse_int;
use crate::ground::value::Value;

/// What keys and indices joined by dots lead to; `null` where they lead nowhere.
pub fn dotted(root: &Value, query: &str) -> Value {
    Path::parse(query).find(root)
}

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
        self.walk(root).map_or(Value::Null, Cow::into_owned)
    }

    /// Why the path leads nowhere; `None` where it leads somewhere, be it to `null`.
    pub fn absence(&self, root: &Value) -> Option<String> {
        let (step, at) = self.walk(root).err()?;
        let walked: Vec<String> = self.steps[..step].iter().map(Step::shown).collect();
        let under = under(&walked.join("."));
        Some(match (self.steps.get(step)?, &*at) {
            (Step::Key(key), at) => no_key(key, at, &under),
            (Step::Index(index), Value::Str(text)) => {
                format!("no character {index}{under}; the text has {}", text.chars().count())
            }
            (Step::Index(index), at @ Value::Dict(dict)) if dict.get(&index.to_string()).is_some() => {
                format!("{}; digits are only ever an index: jmespath finds \"{index}\"", no_item(*index, at, &under))
            }
            (Step::Index(index), at) => no_item(*index, at, &under),
        })
    }

    /// What the path leads to, or the step that leads nowhere and the value that it starts from.
    fn walk<'v>(&self, root: &'v Value) -> Result<Cow<'v, Value>, (usize, Cow<'v, Value>)> {
        let mut at = Cow::Borrowed(root);
        for (i, step) in self.steps.iter().enumerate() {
            let next = match &at {
                Cow::Borrowed(value) => step.take(value),
                // A character of a text, which nothing but another index leads into.
                Cow::Owned(value) => step.take(value).map(|value| Cow::Owned(value.into_owned())),
            };
            at = match next {
                Some(value) => value,
                None => return Err((i, at)),
            };
        }
        Ok(at)
    }
}

impl Step {
    /// What one step leads to.
    fn take<'v>(&self, at: &'v Value) -> Option<Cow<'v, Value>> {
        match (self, at) {
            (Step::Key(key), Value::Dict(dict)) => dict.get(key).map(Cow::Borrowed),
            (Step::Index(index), Value::List(items)) => {
                position(*index, items.len()).and_then(|i| items.get(i)).map(Cow::Borrowed)
            }
            (Step::Index(index), Value::Str(text)) => {
                let character = position(*index, text.chars().count()).and_then(|i| text.chars().nth(i))?;
                Some(Cow::Owned(Value::Str(character.to_string())))
            }
            _ => None,
        }
    }

    fn shown(&self) -> String {
        match self {
            Step::Index(index) => index.to_string(),
            Step::Key(key) => key.clone(),
        }
    }
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

    #[test]
    fn a_path_that_leads_nowhere_says_where_it_ends() {
        let body = r#"{"user": {"login": "ada", "tags": ["x", "y"], "boss": null}, "1": "digit", "n": 5}"#;
        let root = json::parse(body.as_bytes()).unwrap();
        for (query, expected) in [
            ("usr", "no key \"usr\"; there are user, 1, n"),
            ("user.loginn", "no key \"loginn\" under \"user\"; there are login, tags, boss"),
            ("user.tags.2", "no item 2 under \"user.tags\"; the list has 2"),
            ("user.tags.-3", "no item -3 under \"user.tags\"; the list has 2"),
            ("user.tags.name", "no key \"name\" under \"user.tags\": that is a list of 2"),
            ("user.tags.0.name", "no key \"name\" under \"user.tags.0\": that is the text \"x\""),
            ("user.login.3", "no character 3 under \"user.login\"; the text has 3"),
            ("user.login.0.1", "no character 1 under \"user.login.0\"; the text has 1"),
            ("user.boss.name", "no key \"name\" under \"user.boss\": that is null"),
            ("n.0", "no item 0 under \"n\": that is the number 5"),
            ("user.0", "no item 0 under \"user\": that is an object; there are tags, boss, login"),
            (
                "1",
                "no item 1: that is an object; there are 1, n, user; digits are only ever an index: jmespath finds \"1\"",
            ),
        ] {
            assert_eq!(Path::parse(query).absence(&root).as_deref(), Some(expected), "{query}");
        }
        for query in ["user.boss", "user.tags.1", "user.login.0.0", ""] {
            assert_eq!(Path::parse(query).absence(&root), None, "{query}");
        }
    }
}
