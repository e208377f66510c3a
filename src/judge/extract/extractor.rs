//! One type for all extractors.
//!
//! Owns: rendering templated queries, the options beside a query, describing both. Does not: know the query languages
//! (see `jsonpath_mini`, `jsonpath`, `jmespath`, …), choose by name (see `kind`).

use std::fmt;
use std::sync::Arc;

use super::kind::{Input, Kind};
use super::registered::{self, Extract, ExtractError};
use crate::exchange::response::Response;
use crate::ground::value::Value;
use crate::variables::context::Context;
use crate::variables::generator::Environment;
use crate::variables::template::Text;

/// An extractor with its query.
#[derive(Clone)]
pub struct Extractor {
    name: String,
    query: Text,
    kind: Kind,
    options: Option<Box<Options>>,
}

/// What may stand beside a query.
#[derive(Clone, Default)]
pub struct Options {
    /// What is taken in place of what is not there.
    pub default: Option<DefaultValue>,
    /// Where it looks, in place of the body.
    pub of: Option<Extractor>,
    /// Whether it is a list, however many there are.
    pub all: bool,
    /// The group of a regular expression.
    pub group: Option<String>,
    /// Whether nobody is to see what it takes.
    pub is_secret: bool,
}

/// A value in place of what is not there.
#[derive(Debug, Clone)]
pub enum DefaultValue {
    /// As written.
    Value(Value),
    /// Rendered for each response.
    Template(Text),
}

impl Extractor {
    /// A built-in extractor by its lower-case name; `None` if there is none. `raw_body` ignores its query.
    pub fn new(name: &str, query: Text) -> Option<Extractor> {
        let kind = Kind::new(name, &query)?;
        Some(Extractor { name: name.to_owned(), query, kind, options: None })
    }

    /// An extractor that other code brings.
    pub fn custom(name: &str, extract: Arc<dyn Extract>) -> Extractor {
        let query = Text::Plain(String::new());
        Extractor { name: name.to_owned(), query, kind: Kind::Custom(extract), options: None }
    }

    /// The same with where `env` looks; it finds nothing without.
    pub fn with_environment(mut self, environment: &Environment) -> Extractor {
        if let Kind::Env(none) = &mut self.kind {
            *none = Some(environment.clone());
        }
        self
    }

    /// The same with options.
    ///
    /// # Errors
    /// One of them is not its own, or the group is not the pattern's.
    pub fn with_options(mut self, options: Options) -> Result<Extractor, String> {
        let name = &self.name;
        if options.of.is_some() && !self.kind.looks_into() {
            return Err(format!("{name} looks at the answer alone; of goes with {}", Kind::LOOKING_INTO.join(", ")));
        }
        if options.all && !self.kind.is_path() {
            return Err(format!("{name} has no use for all; it goes with jsonpath and xpath"));
        }
        match (&mut self.kind, &options.group) {
            (Kind::Regex(regex, _), group) => regex.set_group(group.as_deref(), &self.query)?,
            (_, Some(_)) => return Err(format!("{name} has no groups; group goes with regex")),
            _ => {}
        }
        self.options = Some(Box::new(options));
        Ok(self)
    }

    /// Whether nobody is to see what it takes, whatever it is called.
    pub fn is_secret(&self) -> bool {
        self.options.as_ref().is_some_and(|options| options.is_secret)
    }

    /// The name that chose it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Whether it looks at the body; one that other code brings may.
    pub fn reads_body(&self) -> bool {
        match self.of() {
            Some(inner) => inner.reads_body(),
            None => self.kind.reads_body(),
        }
    }

    /// Whether it looks at an answer at all, and not only at what was known before the request.
    pub fn needs_answer(&self) -> bool {
        match self.of() {
            Some(inner) => inner.needs_answer(),
            None => !matches!(self.kind, Kind::Variable | Kind::Env(_) | Kind::Last(_)),
        }
    }

    /// Whether it looks at the server's certificate, which is not kept unless somebody does. One that other code brings
    /// does not.
    pub fn reads_certificate(&self) -> bool {
        matches!(self.kind, Kind::Certificate(_)) || self.of().is_some_and(Extractor::reads_certificate)
    }

    /// Whether it yields a number, whatever the answer.
    pub fn is_number(&self) -> bool {
        self.kind.is_number() && self.options.as_ref().is_none_or(|options| options.default.is_none())
    }

    /// Whether a `null` that it yields was found, and does not stand for what is not there.
    pub fn tells_null(&self) -> bool {
        self.kind.tells_null()
    }

    fn of(&self) -> Option<&Extractor> {
        self.options.as_ref()?.of.as_ref()
    }

    /// Takes the value out.
    ///
    /// # Errors
    /// A header that is not there, a body that is not JSON, an expression that is not JMESPath.
    pub fn extract(&self, response: &Response, context: &Context) -> Result<Value, ExtractError> {
        let Some(options) = &self.options else { return self.take(response, context) };
        let Some(default) = &options.default else { return self.take(response, context) };
        let is_there = match self.take(response, context) {
            Ok(Value::Null) if self.absence(response, context).is_some() => None,
            Ok(value) => Some(value),
            Err(error @ ExtractError::Misused(_)) => return Err(error),
            Err(ExtractError::Missing(_) | ExtractError::Failed(_)) => None,
        };
        Ok(is_there.unwrap_or_else(|| match default {
            DefaultValue::Value(value) => value.clone(),
            DefaultValue::Template(text) => Value::Str(text.render(context)),
        }))
    }

    fn take(&self, response: &Response, context: &Context) -> Result<Value, ExtractError> {
        let given = self.of().map(|inner| inner.extract(response, context)).transpose()?;
        let input =
            Input { response, context, given: given.as_ref(), all: self.options.as_ref().is_some_and(|o| o.all) };
        self.kind.take(&self.query, &input)
    }

    /// Why what was extracted is `null`: a key or an index that is not there. `None` where the body has a `null`
    /// there, and where there is no one reason.
    pub fn absence(&self, response: &Response, context: &Context) -> Option<String> {
        let given = self.of().map(|inner| inner.extract(response, context)).transpose().ok()?;
        let input = Input { response, context, given: given.as_ref(), all: false };
        self.kind.absence(&self.query, &input)
    }

    /// Why its query can be no good for any response, if that is known beforehand.
    pub fn mistake(&self) -> Option<String> {
        self.kind.mistake().or_else(|| self.of().and_then(Extractor::mistake))
    }

    /// Whether such a mistake is one of the suite, and not of the tests that use it alone, as in PyRestTest.
    pub fn is_refused(&self) -> bool {
        self.kind.mistake().is_some() && !matches!(self.kind, Kind::Jmespath(_))
    }

    /// What is doubtful about its query.
    pub fn doubt(&self) -> Option<String> {
        self.kind.doubt()
    }

    /// What it asks for, rendered: `login`; nothing where its name says all.
    pub fn query(&self, context: &Context) -> String {
        match &self.kind {
            Kind::RawBody => String::new(),
            Kind::Custom(extract) => extract.query(context),
            _ => self.query.render(context).to_string(),
        }
    }

    /// For people: `jsonpath_mini "login"`.
    pub fn describe(&self, context: &Context) -> String {
        let own = match &self.kind {
            Kind::RawBody | Kind::Fact(_) | Kind::Sha256 => self.name.clone(),
            Kind::Custom(extract) => match extract.query(context) {
                query if query.is_empty() => self.name.clone(),
                query => format!("{} {query}", self.name),
            },
            _ => format!("{} \"{}\"", self.name, self.query.render(context)),
        };
        match self.of() {
            Some(inner) => format!("{own} of {}", inner.describe(context)),
            None => own,
        }
    }

    /// PyRestTest's line for the log's details.
    pub fn readable_config(&self, context: &Context) -> String {
        let query = match &self.kind {
            Kind::RawBody => "None".to_owned(),
            Kind::Custom(extract) => extract.query(context),
            _ => self.query.render(context),
        };
        let templated = if matches!(self.query, Text::Template(_)) { "True" } else { "False" };
        let of = self.of().map_or_else(String::new, |inner| format!(", Of: ({})", inner.readable_config(context)));
        format!("Extractor Type: {},  Query: \"{query}\", Templated?: {templated}{of}", self.name)
    }

    /// The template variables it uses.
    pub fn variables(&self) -> Vec<String> {
        let mut names: Vec<String> = match &self.kind {
            Kind::RawBody => Vec::new(),
            Kind::Custom(extract) => extract.variables(),
            _ => self.query.variables().into_iter().map(str::to_owned).collect(),
        };
        let default = self.options.as_ref().and_then(|options| options.default.as_ref());
        if matches!((&self.kind, default), (Kind::Variable, None)) && self.query.is_constant() {
            names.push(self.query.source().to_owned());
        }
        if let Some(DefaultValue::Template(text)) = default {
            names.extend(text.variables().into_iter().map(str::to_owned));
        }
        names.extend(self.of().map_or_else(Vec::new, Extractor::variables));
        names
    }
}

impl fmt::Debug for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extractor({} {:?})", self.name, self.query.source())
    }
}

/// Makes a registered extractor; `None` if there is none of that name.
pub fn registered_extractor(name: &str, config: &Value) -> Option<Result<Extractor, String>> {
    registered::made(name, config).map(|made| made.map(|extract| Extractor::custom(name, extract)))
}

#[cfg(test)]
mod tests;
