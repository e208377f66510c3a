//! The names that extensions bring, in the tables where suites look for them.
//!
//! Owns: what each kind of name sends and takes. Does not: start anything (see `pool`).

use std::collections::HashSet;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::hello::{Hello, KINDS};
use super::line::{Answer, Request, write_pairs};
use super::notes::note;
use super::pool::{self, Extension};
use crate::auth;
use crate::exchange::authorization::{Auth, Unsigned};
use crate::exchange::response::Response;
use crate::ground::value::{Dict, Value};
use crate::judge::extract::{self, Extract, ExtractError};
use crate::judge::validate::{self, Rejection, Validate};
use crate::secrets::is_secret_name;
use crate::variables::context::Context;
use crate::variables::generator::{self, Generator};
use crate::variables::template::Template;

/// Puts all names of an extension into the tables.
///
/// # Errors
/// A name cannot be used; the end of a sentence.
pub(super) fn register(extension: &Arc<Extension>, hello: &Hello) -> Result<(), String> {
    pool::keep(Arc::downgrade(extension));
    let signers: Vec<&str> = auth::KINDS.iter().map(|kind| kind.name).collect();
    let built_in: [&[&str]; 6] =
        [generator::TYPES, extract::EXTRACTORS, validate::COMPARATORS, validate::TESTS, validate::VALIDATORS, &signers];
    for ((kind, names), built_in) in KINDS.into_iter().zip(&hello.names).zip(built_in) {
        let mut own = HashSet::new();
        for name in names {
            // Suites write these two as they are; all others are found in lower case.
            let key = if matches!(kind, "tests" | "signers") { name.clone() } else { name.to_lowercase() };
            if !own.insert(key.clone()) {
                return Err(format!("answers hello with \"{name}\" twice among its {kind}"));
            }
            if kind == "extractors" && extract::RESERVED.contains(&key.as_str()) {
                return Err(format!("brings an extractor \"{name}\", which is a key of validators"));
            }
            if kind == "signers" && key == "none" {
                return Err("brings a signer \"none\", which means that nothing is signed".to_owned());
            }
            if built_in.contains(&key.as_str()) {
                let one = kind.trim_end_matches('s');
                let message = format!("the {one} {key} of extension {} wins over the built-in one", extension.name);
                note(log::Level::Info, message);
            }
            let word = Word { extension: extension.clone(), name: name.clone(), place: 0 };
            let is_free = match kind {
                "generators" => win_generator(&key, word),
                "extractors" => win_extractor(&key, word),
                "comparators" => win_comparator(&key, word),
                "tests" => win_test(&key, word),
                "validators" => win_validator(&key, word),
                _ => win_signer(&key, word),
            };
            if !is_free {
                return Err(format!("brings \"{key}\" among its {kind}, which another extension has brought"));
            }
        }
    }
    Ok(())
}

/// Takes all names back.
pub(super) fn forget() {
    generator::REGISTERED.forget_winning();
    extract::REGISTERED.forget_winning();
    validate::COMPARATORS_OF_OTHERS.forget_winning();
    validate::TESTS_OF_OTHERS.forget_winning();
    validate::VALIDATORS_OF_OTHERS.forget_winning();
    auth::REGISTERED.forget_winning();
}

/// A name of an extension, at one place of a suite.
#[derive(Clone)]
struct Word {
    extension: Arc<Extension>,
    name: String,
    /// Which place it is, if that is known.
    place: u64,
}

impl Word {
    /// The same, at a place of its own.
    fn placed(&self) -> Word {
        static PLACES: AtomicU64 = AtomicU64::new(1);
        Word { place: PLACES.fetch_add(1, Ordering::Relaxed), ..self.clone() }
    }

    /// Asks what it makes of what stands at its place, where it wants to be asked that.
    fn prepared(self, kind: &str, key: &str, value: &Value) -> Result<Word, String> {
        if self.extension.prepares {
            let request = self.asked(kind).value(key, value)?.json("prepare", "true");
            self.ask(&request, |_| Ok(()))?;
        }
        Ok(self)
    }

    /// A request for it.
    fn asked(&self, kind: &str) -> Request {
        let request = Request::new(kind, &self.name);
        match self.extension.context && self.place > 0 {
            true => request.json("place", &self.place.to_string()),
            false => request,
        }
    }

    fn with_context(&self, request: Request, context: &Context) -> Result<Request, String> {
        if self.extension.context { request.variables(context) } else { Ok(request) }
    }

    /// Asks, and reads what is wanted of the answer.
    fn ask<T>(&self, request: &Request, read: impl Fn(&Answer) -> Result<T, String>) -> Result<T, String> {
        let answer = self.extension.call(request)?;
        read(&answer).map_err(|why| format!("extension {} {why}", self.extension.name))
    }

    /// Takes the variables that it has set, where it knows them.
    fn set_variables(&self, answer: &Answer, context: &Context) {
        let Some(Value::Dict(set)) = answer.0.get("variables").filter(|_| self.extension.context) else { return };
        for (name, value) in set.iter() {
            if let Some(name) = name.as_str() {
                context.tell(name, value.clone());
            }
        }
    }

    /// A value for a comparator or a test: of bytes it is told that they are, where the program wants to know.
    fn compared(&self, request: Request, name: &str, value: &Value) -> Result<Request, String> {
        let request = request.value(name, value)?;
        match value {
            Value::Bytes(_) if self.extension.context => Ok(request.json("bytes", "true")),
            _ => Ok(request),
        }
    }
}

fn win_generator(key: &str, word: Word) -> bool {
    let parse = move |config: &Dict| {
        let config = Value::Dict(config.clone());
        let word = word.placed().prepared("generate", "config", &config)?;
        let request = word.asked("generate").value("config", &config)?;
        Ok(Generator::fallible(Arc::new(move || word.ask(&request, Answer::value))))
    };
    generator::REGISTERED.win(key, Arc::new(parse))
}

fn win_extractor(key: &str, word: Word) -> bool {
    let parse = move |argument: &Value| -> Result<Arc<dyn Extract>, String> {
        let template = match argument {
            Value::Dict(dict) if dict.len() == 1 => dict.get("template").and_then(Value::as_str).map(Template::parse),
            _ => None,
        };
        let word = word.placed().prepared("extract", "argument", argument)?;
        Ok(Arc::new(Extracting { word, argument: argument.clone(), template }))
    };
    extract::REGISTERED.win(key, Arc::new(parse))
}

fn win_comparator(key: &str, word: Word) -> bool {
    let compare = move |left: &Value, right: &Value| {
        let request = word.compared(word.asked("compare"), "left", left)?.value("right", right)?;
        word.ask(&request, Answer::holds)
    };
    validate::COMPARATORS_OF_OTHERS.win(key, Arc::new(compare))
}

fn win_test(key: &str, word: Word) -> bool {
    let test = move |value: &Value| {
        let request = word.compared(word.asked("test"), "value", value)?;
        word.ask(&request, Answer::holds)
    };
    validate::TESTS_OF_OTHERS.win(key, Arc::new(test))
}

fn win_validator(key: &str, word: Word) -> bool {
    let parse = move |config: &Value| -> Result<Arc<dyn Validate>, String> {
        let word = word.placed().prepared("validate", "config", config)?;
        Ok(Arc::new(Validating { word, config: config.clone() }))
    };
    validate::VALIDATORS_OF_OTHERS.win(key, Arc::new(parse))
}

fn win_signer(key: &str, word: Word) -> bool {
    let make = move |fields: &auth::AuthFields<'_>| -> Result<Arc<dyn Auth>, String> {
        let secrets = fields.all().iter().filter(|(key, _)| is_secret_name(key));
        Ok(Arc::new(Signing {
            word: word.clone(),
            config: serde_json::to_string(fields.all()).unwrap_or_default(),
            secrets: secrets.filter_map(|(_, value)| auth::text_of(value)).collect(),
        }))
    };
    auth::REGISTERED.win(key, Arc::new(make))
}

struct Extracting {
    word: Word,
    argument: Value,
    /// Of an argument `{template: …}`.
    template: Option<Template>,
}

impl Extract for Extracting {
    fn extract(&self, response: &Response, context: &Context) -> Result<Value, ExtractError> {
        let rendered;
        let argument = match &self.template {
            // Who knows the variables fills them in himself.
            Some(template) if !self.word.extension.context => {
                rendered = Value::Str(template.render(context));
                &rendered
            }
            _ => &self.argument,
        };
        let request = self.word.asked("extract").value("argument", argument).map_err(ExtractError::Failed)?;
        let request = self.word.with_context(request.response(response), context).map_err(ExtractError::Failed)?;
        let missing = |answer: &Answer| {
            self.word.set_variables(answer, context);
            match answer.0.get("missing") {
                Some(Value::Bool(true)) => Ok(None),
                _ => answer.value().map(Some),
            }
        };
        match self.word.ask(&request, missing).map_err(ExtractError::Failed)? {
            Some(value) => Ok(value),
            None => Err(ExtractError::Missing(format!("{} finds nothing there", self.word.name))),
        }
    }

    fn query(&self, context: &Context) -> String {
        match &self.template {
            Some(template) => template.render(context),
            None => self.argument.to_text(),
        }
    }

    fn variables(&self) -> Vec<String> {
        self.template.iter().flat_map(|template| template.variables().map(str::to_owned)).collect()
    }
}

struct Validating {
    word: Word,
    config: Value,
}

impl Validate for Validating {
    fn validate(&self, response: &Response, context: &Context) -> Result<(), Rejection> {
        let request = self.word.asked("validate").value("config", &self.config).map_err(Rejection::Exception)?;
        let request = self.word.with_context(request.response(response), context).map_err(Rejection::Exception)?;
        let verdict = |answer: &Answer| {
            self.word.set_variables(answer, context);
            Ok((answer.holds()?, answer.text("message"), answer.text("details")))
        };
        match self.word.ask(&request, verdict).map_err(Rejection::Exception)? {
            (true, ..) => Ok(()),
            (false, message, details) => {
                let message = message.filter(|text| !text.is_empty()).unwrap_or_else(|| "does not hold".to_owned());
                Err(details.map_or_else(
                    || Rejection::Failed(message.clone()),
                    |details| Rejection::FailedWith(message.clone(), details),
                ))
            }
        }
    }

    fn variables(&self) -> Vec<String> {
        let mut names = Vec::new();
        if self.word.extension.context {
            templates(&self.config, &mut names);
        }
        names
    }
}

/// The variables of all `{template: …}` in a configuration.
fn templates(config: &Value, names: &mut Vec<String>) {
    match config {
        Value::List(items) => items.iter().for_each(|item| templates(item, names)),
        Value::Dict(dict) => {
            for (key, value) in dict.iter() {
                match (key.as_str(), value) {
                    (Some("template"), Value::Str(text)) => {
                        names.extend(Template::parse(text).variables().map(str::to_owned));
                    }
                    _ => templates(value, names),
                }
            }
        }
        _ => {}
    }
}

struct Signing {
    word: Word,
    /// As JSON.
    config: String,
    secrets: Vec<String>,
}

impl Auth for Signing {
    fn header(&self) -> Option<&str> {
        None
    }

    fn sign(&self, request: &Unsigned<'_>) -> Result<Vec<(String, String)>, String> {
        let mut json = String::from("{\"method\":");
        let mut text = |key: &str, value: &str| {
            json.push_str(key);
            crate::ground::json_text::write_string(value, &mut json);
        };
        text("", request.method);
        text(",\"url\":", &format!("{}{}", request.origin, request.path_and_query));
        json.push_str(",\"headers\":");
        let headers: Vec<(&str, String)> = [("host", request.authority.to_owned())]
            .into_iter()
            .chain(request.headers.iter().map(|(name, value)| (*name, String::from_utf8_lossy(value).into_owned())))
            .collect();
        write_pairs(headers.iter().map(|(name, value)| (*name, value.as_str())), &mut json);
        json.push_str(",\"body_base64\":\"");
        json.push_str(&BASE64_STANDARD.encode(request.body));
        json.push_str("\"}");
        let request = self.word.asked("sign").json("config", &self.config).json("request", &json);
        self.word.ask(&request, Answer::headers)
    }

    fn each_secret(&self, tell: &mut dyn FnMut(&str)) {
        self.secrets.iter().for_each(|secret| tell(secret));
    }

    fn each_sent(&self, _: &mut dyn FnMut(&str)) {}
}
