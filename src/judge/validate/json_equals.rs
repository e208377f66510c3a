//! The `json_equals` validator: the whole body against a JSON value, with a path for each difference.
//!
//! Owns: where the expected value comes from, and filling it in. Does not: walk the two (see `json_walk`), read YAML
//! (the reader is handed in).

use super::difference::Differences;
use super::json_walk::{Rules, differences};
use crate::exchange::response::Response;
use crate::ground::json::Tree;
use crate::ground::value::Value;
use crate::judge::body;
use crate::judge::extract::JsonPath;
use crate::judge::wording::written_json;
use crate::variables::content::Content;
use crate::variables::context::Context;
use crate::variables::template::Template;

/// Reads the text of an expected value, which may be JSON or YAML.
pub type ParseValue = fn(&str) -> Result<Value, String>;

/// Where the expected value comes from.
#[derive(Debug, Clone)]
pub enum ExpectedJson {
    /// Written in the suite.
    Value(Value),
    /// The same below `template`: a text that is exactly `$name` takes the type of the variable.
    Filled(Value),
    /// A text: a template, or a file.
    Text(Content, ParseValue),
}

/// What two JSON values may differ in.
#[derive(Debug, Clone, Default)]
pub struct Leniency {
    /// Parts that are not compared.
    pub ignore: Vec<JsonPath>,
    /// Lists whose order does not count.
    pub unordered: Vec<JsonPath>,
    /// Whether `1` and `1.0` differ.
    pub is_strict: bool,
    /// Whether there may be more than what is expected.
    pub contains: bool,
}

/// A value that a body must equal.
#[derive(Debug, Clone)]
pub struct JsonEquals {
    /// The value.
    pub expected: ExpectedJson,
    /// What does not count.
    pub leniency: Leniency,
}

/// Why a body was not accepted.
pub(super) enum Unequal {
    /// It differs: both sides, and where.
    Differs(Box<(Value, Differences)>),
    /// It could not be judged.
    Unusable(String),
}

impl JsonEquals {
    pub(super) fn check(&self, response: &Response, context: &Context) -> Result<(), Unequal> {
        let got = body::json(response).map_err(Unequal::Unusable)?;
        let tree = response.tree().map_err(|reason| Unequal::Unusable(reason.to_owned()))?;
        let expected = self.expected.load(context).map_err(Unequal::Unusable)?;
        match self.leniency.compare(&expected, got, tree) {
            Some(differences) => Err(Unequal::Differs(Box::new((expected, differences)))),
            None => Ok(()),
        }
    }

    /// Why it judges nothing, as far as that can be told without an answer.
    pub(super) fn idleness(&self) -> Option<String> {
        if self.leniency.ignore.iter().any(|path| path.source() == "$") {
            return Some("json_equals never fails: $ is the whole body, and it is ignored".to_owned());
        }
        match &self.expected {
            ExpectedJson::Value(Value::Dict(dict)) if dict.is_empty() && self.leniency.contains => {
                Some("json_equals never fails for an object: every object contains the empty one".to_owned())
            }
            ExpectedJson::Value(Value::Str(text)) if written_json(text).is_some() => Some(
                "json_equals compares with a text that holds JSON; write what it holds without quotes around it"
                    .to_owned(),
            ),
            _ => None,
        }
    }

    /// The text that it is compared with, if it is not written as a value.
    pub(super) fn content(&self) -> Option<&Content> {
        match &self.expected {
            ExpectedJson::Text(content, _) => Some(content),
            _ => None,
        }
    }

    /// The template variables it uses.
    pub(super) fn variables(&self) -> Vec<String> {
        match &self.expected {
            ExpectedJson::Value(_) => Vec::new(),
            ExpectedJson::Filled(value) => {
                let mut names = Vec::new();
                names_in(value, &mut names);
                names
            }
            ExpectedJson::Text(Content::Inline(text), _) => text.variables().into_iter().map(str::to_owned).collect(),
            ExpectedJson::Text(Content::File { path, .. }, _) => {
                path.variables().into_iter().map(str::to_owned).collect()
            }
        }
    }
}

impl Leniency {
    /// Where the two differ; `None` where they do not. `tree` is made of `got`.
    pub(super) fn compare(&self, expected: &Value, got: &Value, tree: &Tree) -> Option<Differences> {
        let mut rules = Rules { is_strict: self.is_strict, contains: self.contains, ..Rules::default() };
        if !self.ignore.is_empty() || !self.unordered.is_empty() {
            let own = Tree::of(expected);
            for path in &self.ignore {
                rules.ignored.extend(path.addresses(expected, &own));
                rules.ignored.extend(path.addresses(got, tree));
            }
            for path in &self.unordered {
                rules.unordered.extend(path.addresses(expected, &own));
                rules.unordered.extend(path.addresses(got, tree));
            }
        }
        differences(&rules, expected, got)
    }
}

impl ExpectedJson {
    fn load(&self, context: &Context) -> Result<Value, String> {
        match self {
            ExpectedJson::Value(value) => Ok(value.clone()),
            ExpectedJson::Filled(value) => Ok(filled(value, context)),
            ExpectedJson::Text(content, parse) => {
                let text = content.load(context)?;
                parse(&text).map_err(|reason| format!("what is expected is not JSON: {reason}"))
            }
        }
    }
}

/// The value with its templates rendered.
fn filled(value: &Value, context: &Context) -> Value {
    match value {
        Value::Str(text) => {
            let template = Template::parse(text);
            let mut names = template.variables();
            let whole = names.next().filter(|name| text.strip_prefix('$') == Some(name));
            match whole.and_then(|name| context.get(name)) {
                Some(value) => value.clone(),
                None => Value::Str(template.render(context)),
            }
        }
        Value::List(items) => Value::List(items.iter().map(|item| filled(item, context)).collect()),
        Value::Dict(dict) => {
            Value::Dict(dict.iter().map(|(key, value)| (filled_key(key, context), filled(value, context))).collect())
        }
        other => other.clone(),
    }
}

fn filled_key(key: &Value, context: &Context) -> Value {
    match key {
        Value::Str(text) => Value::Str(Template::parse(text).render(context)),
        other => other.clone(),
    }
}

fn names_in(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Str(text) => names.extend(Template::parse(text).variables().map(str::to_owned)),
        Value::List(items) => items.iter().for_each(|item| names_in(item, names)),
        Value::Dict(dict) => {
            for (key, value) in dict.iter() {
                names_in(key, names);
                names_in(value, names);
            }
        }
        _ => {}
    }
}
