//! The built-in extractors: which there are, and what each makes of its query.
//!
//! Owns: choosing by name, reading queries that never change once, the input that another extractor gives.
//! Does not: know the query languages, options and words (see `extractor`).

use std::borrow::Cow;
use std::sync::Arc;

use super::certificate::CertificateQuery;
use super::cookie::CookieQuery;
use super::facts::{Fact, sha256};
use super::jmespath::Expression;
use super::jsonpath::JsonPath;
use super::jsonpath_mini::Path;
use super::regex::RegexQuery;
use super::registered::{Extract, ExtractError};
use super::xpath;
use crate::exchange::response::Response;
use crate::ground::json::{self, Tree};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::judge::body;
use crate::judge::wording::shown;
use crate::variables::context::{Context, LastTest};
use crate::variables::generator::Environment;
use crate::variables::template::Text;

/// A query that was read once, or is read for each response because a variable is in it.
type Constant<T> = Option<Result<T, String>>;

#[derive(Clone)]
pub(super) enum Kind {
    /// `Some` where the query is the same for every response.
    JsonPathMini(Option<Path>),
    /// As above. A bad expression is kept: it fails the test that uses it, not the suite.
    Jmespath(Constant<Expression>),
    JsonPath(Constant<JsonPath>),
    Header,
    Cookie(Constant<CookieQuery>),
    Certificate(Constant<CertificateQuery>),
    RawBody,
    Regex(RegexQuery, Option<String>),
    XPath(Option<String>),
    Sha256,
    Fact(Fact),
    Variable,
    Env(Option<Environment>),
    Last(Constant<LastPart>),
    Custom(Arc<dyn Extract>),
}

/// What is asked of the test before.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LastPart {
    Status,
    Passed,
}

/// What a built-in extractor takes beside its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Argument {
    /// A query: text or `{template: …}`.
    Query,
    /// Nothing: `""`.
    Nothing,
    /// Whatever stands there is not read.
    Ignored,
}

impl Argument {
    /// Of the extractor of this lower-case name.
    pub fn of(name: &str) -> Argument {
        match name {
            "raw_body" => Argument::Ignored,
            "sha256" => Argument::Nothing,
            name if Fact::by_name(name).is_some() => Argument::Nothing,
            _ => Argument::Query,
        }
    }
}

/// What an extractor works on.
pub(super) struct Input<'i> {
    pub response: &'i Response,
    pub context: &'i Context,
    /// What another extractor took out, in place of the body.
    pub given: Option<&'i Value>,
    /// A list, however many there are.
    pub all: bool,
}

impl Input<'_> {
    /// The body as JSON, or what was given: as it is, or as the JSON that its text is.
    fn json(&self) -> Result<Cow<'_, Value>, ExtractError> {
        match self.given {
            None => body::json(self.response).map(Cow::Borrowed).map_err(ExtractError::Failed),
            Some(text @ (Value::Str(_) | Value::Bytes(_))) => json::parse(text.to_text().as_bytes())
                .map(Cow::Owned)
                .map_err(|reason| ExtractError::Failed(format!("{} is not JSON: {reason}", shown(text)))),
            Some(value) => Ok(Cow::Borrowed(value)),
        }
    }

    fn text(&self) -> Cow<'_, Value> {
        match self.given {
            None => Cow::Owned(Value::Str(self.response.text().into_owned())),
            Some(value) => Cow::Borrowed(value),
        }
    }

    fn find(&self, path: &JsonPath) -> Result<Value, ExtractError> {
        let root = self.json()?;
        let mut found = match (self.given, self.response.tree()) {
            (None, Ok(tree)) => path.find(&root, tree),
            _ => path.find(&root, &Tree::of(&root)),
        };
        match found.len() {
            _ if self.all => Ok(Value::List(found)),
            0 => {
                let why = path.absence(&root).map_or_else(String::new, |reason| format!(": {reason}"));
                Err(ExtractError::Missing(format!("nothing is there{why}")))
            }
            1 => Ok(found.remove(0)),
            _ => Ok(Value::List(found)),
        }
    }
}

impl Kind {
    /// The names of those that look into what another extractor takes out.
    pub const LOOKING_INTO: [&str; 6] = ["regex", "xpath", "jsonpath", "jsonpath_mini", "jmespath", "sha256"];

    /// The built-in one of a lower-case name.
    pub fn new(name: &str, query: &Text) -> Option<Kind> {
        let constant = query.is_constant().then(|| query.render(&Context::new()));
        Some(match name {
            "jsonpath_mini" => Kind::JsonPathMini(constant.map(|query| Path::parse(&query))),
            "jmespath" => Kind::Jmespath(constant.map(|query| Expression::parse(&query))),
            "jsonpath" => Kind::JsonPath(constant.map(|query| JsonPath::parse(&query))),
            "header" => Kind::Header,
            "cookie" => Kind::Cookie(constant.map(|query| CookieQuery::parse(&query))),
            "certificate" => Kind::Certificate(constant.map(|query| CertificateQuery::parse(&query))),
            "raw_body" => Kind::RawBody,
            "regex" => Kind::Regex(RegexQuery::default(), constant),
            "xpath" => Kind::XPath(constant),
            "sha256" => Kind::Sha256,
            "variable" => Kind::Variable,
            "env" => Kind::Env(None),
            "last" => Kind::Last(constant.map(|query| last_part(&query))),
            _ => Kind::Fact(Fact::by_name(name)?),
        })
    }

    /// Whether it looks at the body.
    pub fn reads_body(&self) -> bool {
        !matches!(
            self,
            Kind::Header
                | Kind::Cookie(_)
                | Kind::Certificate(_)
                | Kind::Fact(_)
                | Kind::Variable
                | Kind::Env(_)
                | Kind::Last(_)
        )
    }

    /// Whether it yields a number, whatever the answer.
    pub fn is_number(&self) -> bool {
        match self {
            Kind::Fact(fact) => fact.is_number(),
            Kind::Certificate(Some(Ok(word))) => *word == CertificateQuery::DaysLeft,
            _ => false,
        }
    }

    /// Whether it can look into what another extractor takes out.
    pub fn looks_into(&self) -> bool {
        matches!(
            self,
            Kind::Regex(..)
                | Kind::XPath(_)
                | Kind::JsonPath(_)
                | Kind::JsonPathMini(_)
                | Kind::Jmespath(_)
                | Kind::Sha256
        )
    }

    /// Whether it may find several.
    pub fn is_path(&self) -> bool {
        matches!(self, Kind::JsonPath(_) | Kind::XPath(_))
    }

    /// Whether a `null` that it yields was found.
    pub fn tells_null(&self) -> bool {
        matches!(self, Kind::JsonPath(_) | Kind::Variable)
    }

    /// Takes the value out.
    pub fn take(&self, query: &Text, input: &Input<'_>) -> Result<Value, ExtractError> {
        let Input { response, context, .. } = *input;
        match self {
            Kind::JsonPathMini(path) => {
                let root = input.json()?;
                Ok(match path {
                    Some(path) => path.find(&root),
                    None => Path::parse(&query.render(context)).find(&root),
                })
            }
            Kind::Jmespath(expression) => {
                let root = input.json()?;
                let found = match expression {
                    Some(expression) => expression.as_ref().map_err(Clone::clone).and_then(|e| e.search(&root)),
                    None => Expression::parse(&query.render(context)).and_then(|e| e.search(&root)),
                };
                found.map_err(ExtractError::Misused)
            }
            Kind::JsonPath(path) => with(path.as_ref(), query, context, JsonPath::parse, |path| input.find(path)),
            Kind::Header => header(&query.render(context), response),
            Kind::Cookie(cookie) => {
                with(cookie.as_ref(), query, context, CookieQuery::parse, |cookie| cookie.find(response))
            }
            Kind::Certificate(word) => {
                with(word.as_ref(), query, context, CertificateQuery::parse, |word| word.find(response))
            }
            Kind::RawBody => Ok(Value::Bytes(response.body.clone())),
            Kind::Regex(regex, _) => regex.find(&query.render(context), &input.text()),
            Kind::XPath(_) => xpath::find(&query.render(context), &input.text().to_text(), input.all),
            Kind::Sha256 => Ok(match input.given {
                None => sha256(&response.body),
                Some(Value::Bytes(bytes)) => sha256(bytes),
                Some(value) => sha256(value.to_text().as_bytes()),
            }),
            Kind::Fact(fact) => Ok(fact.of(response)),
            Kind::Variable => variable(&query.render(context), context),
            Kind::Env(environment) => {
                let name = query.render(context);
                let is_possible = !name.is_empty() && !name.contains(['=', '\0']);
                let value = environment.as_ref().filter(|_| is_possible).and_then(|environment| environment(&name));
                let missing = || ExtractError::Missing(format!("the environment has no \"{name}\""));
                value.map(Value::Str).ok_or_else(missing)
            }
            Kind::Last(part) => with(part.as_ref(), query, context, last_part, |part| last(*part, context.last())),
            Kind::Custom(extract) => extract.extract(response, context),
        }
    }

    /// Why what was taken out is `null`, where that has one reason.
    pub fn absence(&self, query: &Text, input: &Input<'_>) -> Option<String> {
        match self {
            Kind::JsonPathMini(path) => {
                let root = input.json().ok()?;
                match path {
                    Some(path) => path.absence(&root),
                    None => Path::parse(&query.render(input.context)).absence(&root),
                }
            }
            Kind::Jmespath(expression) => {
                let root = input.json().ok()?;
                match expression {
                    Some(expression) => expression.as_ref().ok()?.absence(&root),
                    None => Expression::parse(&query.render(input.context)).ok()?.absence(&root),
                }
            }
            _ => None,
        }
    }

    /// Why its query can be no good for any response.
    pub fn mistake(&self) -> Option<String> {
        match self {
            Kind::Jmespath(Some(Err(reason)))
            | Kind::JsonPath(Some(Err(reason)))
            | Kind::Cookie(Some(Err(reason)))
            | Kind::Certificate(Some(Err(reason)))
            | Kind::Last(Some(Err(reason))) => Some(reason.clone()),
            Kind::Regex(regex, Some(pattern)) => regex.mistake(pattern),
            Kind::XPath(Some(expression)) => xpath::mistake(expression),
            _ => None,
        }
    }

    /// What is doubtful about its query.
    pub fn doubt(&self) -> Option<String> {
        match self {
            Kind::JsonPath(Some(Ok(path))) if path.asks_length() => Some(format!(
                "{} asks for a member called length; is count_eq meant, or length() in a filter?",
                path.source()
            )),
            _ => None,
        }
    }
}

/// Works with what the query says, which was read before or is read now.
fn with<T>(
    constant: Option<&Result<T, String>>,
    query: &Text,
    context: &Context,
    parse: impl FnOnce(&str) -> Result<T, String>,
    work: impl FnOnce(&T) -> Result<Value, ExtractError>,
) -> Result<Value, ExtractError> {
    match constant {
        Some(Ok(read)) => work(read),
        Some(Err(reason)) => Err(ExtractError::Misused(reason.clone())),
        None => work(&parse(&query.render(context)).map_err(ExtractError::Misused)?),
    }
}

fn header(name: &str, response: &Response) -> Result<Value, ExtractError> {
    let mut values: Vec<Value> = response.header_values(name).map(Value::from).collect();
    match values.len() {
        0 => {
            let names = response.headers.iter().map(|(have, _)| have.as_str());
            let hint = did_you_mean(name, names);
            Err(ExtractError::Missing(format!("no header \"{name}\"{hint}")))
        }
        1 => Ok(values.remove(0)),
        _ => Ok(Value::List(values)),
    }
}

fn variable(name: &str, context: &Context) -> Result<Value, ExtractError> {
    context.get(name).cloned().ok_or_else(|| {
        let mut names: Vec<&str> = context.variables().map(|(name, _)| name).collect();
        names.sort_unstable();
        let hint = did_you_mean(name, names.iter().copied());
        ExtractError::Missing(format!("nothing has set ${name}{hint}"))
    })
}

fn last_part(query: &str) -> Result<LastPart, String> {
    match query {
        "status" => Ok(LastPart::Status),
        "passed" => Ok(LastPart::Passed),
        other => {
            let meant = did_you_mean(other, ["status", "passed"]);
            Err(format!("last has no \"{other}\"{meant}; it takes status or passed"))
        }
    }
}

fn last(part: LastPart, before: Option<LastTest>) -> Result<Value, ExtractError> {
    let before = before.ok_or_else(|| ExtractError::Missing("no test ran before this one".to_owned()))?;
    match part {
        LastPart::Passed => Ok(before.passed.into()),
        LastPart::Status => before
            .status
            .map(|status| Value::Int(status.into()))
            .ok_or_else(|| ExtractError::Missing("the test before this one had no answer".to_owned())),
    }
}
