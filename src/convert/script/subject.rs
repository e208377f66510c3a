//! Parts of an answer, and the extractors that take them from it.
//!
//! Owns: paths into JSON, in the spellings of JSONPath and JMESPath. Does not: know how a script calls them (see `values`).

use serde_json::Value as Json;

/// A part of the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Subject {
    /// Of the body, as JSON.
    Json(Vec<Step>),
    /// How long a part of the body is.
    Length(Vec<Step>),
    /// Parts of the body and other text, put together: a query in JMESPath.
    Joined(String),
    /// The body's text.
    Text,
    /// The media type, without parameters.
    MediaType,
    /// A header.
    Header(String),
    /// A cookie.
    Cookie(String),
    /// The status.
    Status,
    /// The words behind the status.
    Reason,
    /// Milliseconds.
    Duration,
    /// Bytes of the body.
    Size,
}

/// A step into JSON.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A member of an object.
    Key(String),
    /// An item of a list.
    Index(u64),
}

impl Subject {
    /// The extractor, as one member of a mapping; none where there is no extractor for it.
    pub fn extractor(&self) -> Option<(&'static str, String)> {
        Some(match self {
            Subject::Json(steps) => ("jsonpath", json_path(steps)),
            Subject::Length(steps) => ("jmespath", format!("length({})", jmespath(steps))),
            Subject::Joined(query) => ("jmespath", query.clone()),
            Subject::Text => ("raw_body", String::new()),
            Subject::Header(name) => ("header", name.clone()),
            Subject::MediaType => ("header", "Content-Type".to_owned()),
            Subject::Cookie(name) => ("cookie", name.clone()),
            Subject::Status => ("status", String::new()),
            Subject::Duration => ("duration", String::new()),
            Subject::Size => ("size", String::new()),
            Subject::Reason => return None,
        })
    }
}

/// `$.a[0]['b c']`.
pub fn json_path(steps: &[Step]) -> String {
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Step::Key(key) if is_plain(key) => path.push_str(&format!(".{key}")),
            Step::Key(key) => path.push_str(&format!("['{}']", key.replace('\\', "\\\\").replace('\'', "\\'"))),
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    path
}

/// `a[0]."b c"`; `@` is the whole.
pub fn jmespath(steps: &[Step]) -> String {
    let mut path = String::new();
    for step in steps {
        match step {
            Step::Key(key) => {
                path.push_str(if path.is_empty() { "" } else { "." });
                if is_plain(key) {
                    path.push_str(key);
                } else {
                    path.push_str(&Json::from(key.as_str()).to_string());
                }
            }
            Step::Index(index) => path.push_str(&format!("[{index}]")),
        }
    }
    if path.is_empty() { "@".to_owned() } else { path }
}

fn is_plain(name: &str) -> bool {
    !name.starts_with(|c: char| c.is_ascii_digit())
        && !name.is_empty()
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_spelled_for_both_languages() {
        let key = |name: &str| Step::Key(name.to_owned());
        for (steps, path, query) in [
            (vec![], "$", "@"),
            (vec![key("a"), Step::Index(0), key("b_1")], "$.a[0].b_1", "a[0].b_1"),
            (vec![key("a b"), key("c'\"d\\")], "$['a b']['c\\'\"d\\\\']", "\"a b\".\"c'\\\"d\\\\\""),
            (vec![Step::Index(1), key("0")], "$[1]['0']", "[1].\"0\""),
        ] {
            assert_eq!((json_path(&steps).as_str(), jmespath(&steps).as_str()), (path, query));
        }
    }
}
