//! One type for all extractors.
//!
//! Owns: choosing by name, rendering templated queries, the registry. Does not: know the query
//! languages (see `jsonpath_mini` and `jmespath`).

use std::fmt;
use std::sync::Arc;

use super::jmespath::Expression;
use super::jsonpath_mini::Path;
use crate::exchange::response::Response;
use crate::ground::registry::Registry;
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::judge::body;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// The names of the built-in extractors.
pub const EXTRACTORS: &[&str] = &["jsonpath_mini", "jmespath", "header", "raw_body"];

/// Keys that stand beside an extractor in a validator, so no extractor can have these names.
const RESERVED: &[&str] = &["comparator", "test", "expected", "template"];

/// Why nothing was extracted; a lowercase fragment for people.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ExtractError {
    /// What was asked for is not there: existence tests take it as `None`.
    Missing(String),
    /// The response or the query cannot be read.
    Failed(String),
}

impl fmt::Display for ExtractError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ExtractError::Missing(reason) | ExtractError::Failed(reason) => f.write_str(reason),
        }
    }
}

impl std::error::Error for ExtractError {}

/// An extractor that other code brings.
pub trait Extract: Send + Sync {
    /// Takes the value out.
    ///
    /// # Errors
    /// It is missing, or the response cannot be read.
    fn extract(&self, response: &Response, context: &Context) -> Result<Value, ExtractError>;

    /// What is asked for, for messages: `"login"`. May be empty.
    fn query(&self, context: &Context) -> String {
        let _ = context;
        String::new()
    }

    /// The template variables it uses.
    fn variables(&self) -> Vec<String> {
        Vec::new()
    }
}

/// An extractor with its query.
#[derive(Clone)]
pub struct Extractor {
    name: String,
    query: Text,
    kind: Kind,
}

#[derive(Clone)]
enum Kind {
    /// `Some` where the query is the same for every response.
    JsonPath(Option<Path>),
    /// As above. A bad expression is kept: it fails the test that uses it, not the suite.
    Jmespath(Option<Result<Expression, String>>),
    Header,
    RawBody,
    Custom(Arc<dyn Extract>),
}

impl Extractor {
    /// Whether it looks at the body; one that other code brings may.
    pub fn reads_body(&self) -> bool {
        !matches!(self.kind, Kind::Header)
    }

    /// A built-in extractor by its lower-case name; `None` if there is none. `raw_body` ignores its query.
    pub fn new(name: &str, query: Text) -> Option<Extractor> {
        let constant = query.is_constant().then(|| query.render(&Context::new()));
        let kind = match name {
            "jsonpath_mini" => Kind::JsonPath(constant.map(|query| Path::parse(&query))),
            "jmespath" => Kind::Jmespath(constant.map(|query| Expression::parse(&query))),
            "header" => Kind::Header,
            "raw_body" => Kind::RawBody,
            _ => return None,
        };
        Some(Extractor { name: name.to_owned(), query, kind })
    }

    /// An extractor that other code brings.
    pub fn custom(name: &str, extract: Arc<dyn Extract>) -> Extractor {
        Extractor { name: name.to_owned(), query: Text::Plain(String::new()), kind: Kind::Custom(extract) }
    }

    /// The name that chose it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Takes the value out.
    ///
    /// # Errors
    /// A header that is not there, a body that is not JSON, an expression that is not JMESPath.
    pub fn extract(&self, response: &Response, context: &Context) -> Result<Value, ExtractError> {
        match &self.kind {
            Kind::JsonPath(path) => {
                let root = json(response)?;
                Ok(match path {
                    Some(path) => path.find(root),
                    None => Path::parse(&self.query.render(context)).find(root),
                })
            }
            Kind::Jmespath(expression) => {
                let root = json(response)?;
                let found = match expression {
                    Some(expression) => expression.as_ref().map_err(Clone::clone).and_then(|e| e.search(root)),
                    None => Expression::parse(&self.query.render(context)).and_then(|e| e.search(root)),
                };
                found.map_err(ExtractError::Failed)
            }
            Kind::Header => {
                let name = self.query.render(context);
                let mut values: Vec<Value> = response.header_values(&name).map(Value::from).collect();
                match values.len() {
                    0 => {
                        let names = response.headers.iter().map(|(have, _)| have.as_str());
                        let hint = did_you_mean(&name, names);
                        Err(ExtractError::Missing(format!("no header \"{name}\"{hint}")))
                    }
                    1 => Ok(values.remove(0)),
                    _ => Ok(Value::List(values)),
                }
            }
            Kind::RawBody => Ok(Value::Bytes(response.body.clone())),
            Kind::Custom(extract) => extract.extract(response, context),
        }
    }

    /// Why what was extracted is `null`: a key or an index that is not there. `None` where the body has a `null`
    /// there, and where there is no one reason.
    pub fn absence(&self, response: &Response, context: &Context) -> Option<String> {
        match &self.kind {
            Kind::JsonPath(path) => {
                let root = response.json().ok()?;
                match path {
                    Some(path) => path.absence(root),
                    None => Path::parse(&self.query.render(context)).absence(root),
                }
            }
            Kind::Jmespath(expression) => {
                let root = response.json().ok()?;
                match expression {
                    Some(expression) => expression.as_ref().ok()?.absence(root),
                    None => Expression::parse(&self.query.render(context)).ok()?.absence(root),
                }
            }
            _ => None,
        }
    }

    /// Why its query can be no good for any response, if that is known beforehand.
    pub fn mistake(&self) -> Option<&str> {
        match &self.kind {
            Kind::Jmespath(Some(Err(reason))) => Some(reason),
            _ => None,
        }
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
        match &self.kind {
            Kind::RawBody => self.name.clone(),
            Kind::Custom(extract) => match extract.query(context) {
                query if query.is_empty() => self.name.clone(),
                query => format!("{} {query}", self.name),
            },
            _ => format!("{} \"{}\"", self.name, self.query.render(context)),
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
        format!("Extractor Type: {},  Query: \"{query}\", Templated?: {templated}", self.name)
    }

    /// The template variables it uses.
    pub fn variables(&self) -> Vec<String> {
        match &self.kind {
            Kind::RawBody => Vec::new(),
            Kind::Custom(extract) => extract.variables(),
            _ => self.query.variables().into_iter().map(str::to_owned).collect(),
        }
    }
}

impl fmt::Debug for Extractor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Extractor({} {:?})", self.name, self.query.source())
    }
}

fn json(response: &Response) -> Result<&Value, ExtractError> {
    body::json(response).map_err(ExtractError::Failed)
}

/// Makes an extractor from what stands beside its name in the suite.
type Parse = dyn Fn(&Value) -> Result<Arc<dyn Extract>, String> + Send + Sync;

static REGISTERED: Registry<Parse> = Registry::new("extractor");

/// Adds an extractor for all suites that are read from now on.
///
/// # Errors
/// The name is taken, or reserved for another key of validators.
pub fn register_extractor(
    name: &str,
    parse: impl Fn(&Value) -> Result<Arc<dyn Extract>, String> + Send + Sync + 'static,
) -> Result<(), String> {
    if RESERVED.contains(&name.to_lowercase().as_str()) {
        return Err(format!("cannot register an extractor named \"{name}\": the name is reserved"));
    }
    REGISTERED.add(name, EXTRACTORS, Arc::new(parse))
}

/// Makes a registered extractor; `None` if there is none of that name.
pub fn registered_extractor(name: &str, config: &Value) -> Option<Result<Extractor, String>> {
    REGISTERED.get(name).map(|parse| parse(config).map(|extract| Extractor::custom(name, extract)))
}

/// Whether there is an extractor of this lower-case name, built-in or registered.
pub fn is_extractor(name: &str) -> bool {
    EXTRACTORS.contains(&name) || REGISTERED.contains(name)
}

/// All names, built-in and registered.
pub fn extractor_names() -> Vec<String> {
    REGISTERED.names_after(EXTRACTORS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::variables::template::Template;

    fn extractor(name: &str, query: &str) -> Extractor {
        Extractor::new(name, Text::Plain(query.to_owned())).unwrap()
    }

    #[test]
    fn headers_are_one_many_or_missing() {
        let mut response = Response::new(200, "");
        response.headers = vec![("a".into(), "1".into()), ("b".into(), "2".into()), ("b".into(), "3".into())];
        let find = |query: &str| extractor("header", query).extract(&response, &Context::new());
        assert_eq!(find("A").unwrap().repr(), "'1'");
        assert_eq!(find("B").unwrap().repr(), "['2', '3']");
        assert_eq!(find("x-Nope").unwrap_err(), ExtractError::Missing("no header \"x-Nope\"".to_owned()));
        response.headers.push(("x-request-id".into(), "4".into()));
        let find = |query: &str| extractor("header", query).extract(&response, &Context::new());
        let message = "no header \"X-Reqest-Id\"; did you mean \"x-request-id\"?";
        assert_eq!(find("X-Reqest-Id").unwrap_err().to_string(), message);
    }

    #[test]
    fn queries_are_rendered_where_templated() {
        let mut context = Context::new();
        context.bind("i", 1.into());
        let response = Response::new(200, r#"{"a": [1, {"b": 2}]}"#);
        for (name, query) in [("jsonpath_mini", "a.$i.b"), ("jmespath", "a[$i].b")] {
            let templated = Extractor::new(name, Text::Template(Template::parse(query))).unwrap();
            assert_eq!(templated.extract(&response, &context).unwrap().repr(), "2");
            assert_eq!(templated.variables(), ["i"]);
        }
        let plain = extractor("jsonpath_mini", "a.$i.b");
        assert_eq!(plain.extract(&response, &context).unwrap().repr(), "None");
        assert!(plain.variables().is_empty());
    }

    #[test]
    fn what_cannot_be_read_says_why() {
        let response = Response::new(200, "<html>");
        for name in ["jsonpath_mini", "jmespath"] {
            let error = extractor(name, "a").extract(&response, &Context::new()).unwrap_err();
            assert_eq!(error.to_string(), "the body is not JSON: expected value at line 1 column 1 (6 B, \"<html>\")");
        }
        let bad = extractor("jmespath", "list[").extract(&Response::new(200, "{}"), &Context::new()).unwrap_err();
        assert!(matches!(&bad, ExtractError::Failed(reason) if reason.contains("list[")), "{bad}");
    }

    #[test]
    fn the_raw_body_is_bytes() {
        let body = extractor("raw_body", "$ignored").extract(&Response::new(200, [0xff, 0]), &Context::new()).unwrap();
        assert!(matches!(body, Value::Bytes(bytes) if bytes == [0xff, 0]));
    }

    #[test]
    fn extractors_describe_themselves() {
        let context = Context::new();
        let login = extractor("jsonpath_mini", "login");
        assert_eq!(login.describe(&context), "jsonpath_mini \"login\"");
        let config = "Extractor Type: jsonpath_mini,  Query: \"login\", Templated?: False";
        assert_eq!(login.readable_config(&context), config);
        assert_eq!(extractor("raw_body", "x").describe(&context), "raw_body");
        assert!(Extractor::new("nosuch", Text::Plain(String::new())).is_none());
    }

    #[test]
    fn an_extractor_can_be_registered_once() {
        struct Status;
        impl Extract for Status {
            fn extract(&self, response: &Response, _: &Context) -> Result<Value, ExtractError> {
                Ok(Value::Int(response.status.into()))
            }
        }
        let parse = |_: &Value| Ok(Arc::new(Status) as Arc<dyn Extract>);
        register_extractor("status", parse).unwrap();
        for name in ["status", "header", "test", "Expected", "template", "comparator"] {
            assert!(register_extractor(name, parse).is_err(), "{name}");
        }
        let status = registered_extractor("status", &Value::Null).unwrap().unwrap();
        assert_eq!(status.extract(&Response::new(204, ""), &Context::new()).unwrap().repr(), "204");
        assert_eq!(status.describe(&Context::new()), "status");
        assert!(registered_extractor("nope", &Value::Null).is_none());
    }
}
