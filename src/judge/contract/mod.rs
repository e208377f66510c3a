//! An answer held against the API's own document: `config: {openapi: FILE}`.
//!
//! Owns: whether an operation, a status and a media type are described and the body is as its schema wants it; schemas
//! compiled once; the count of what was met. Does not: read documents (see `openapi`), write the count (see `report`).

mod coverage;

use std::fmt;
use std::path::Path;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

pub use coverage::{Coverage, CoveredOperation};

use crate::exchange::response::Response;
use crate::ground::json;
use crate::ground::source::{Location, did_you_mean};
use crate::judge::body;
use crate::judge::outcome::{Failure, FailureKind};
use crate::judge::validate::{SchemaFailure, compile_newest, violations};
use crate::judge::wording::{beginning, shown_text};
use crate::openapi::{Direction, Document, Found, Routes, essence, translate};
use crate::secrets::shown_url;

/// So much of a media type or of a path is shown.
const SHOWN: usize = 80;

/// What an API says of itself.
pub struct Contract {
    document: Document,
    routes: Routes,
    operations: Vec<Described>,
}

/// An operation with what it may answer.
struct Described {
    method: &'static str,
    path: String,
    id: Option<String>,
    answers: Vec<Answer>,
    /// Answers with another status.
    undescribed: AtomicU64,
}

/// What is said of a status.
struct Answer {
    status: String,
    count: AtomicU64,
    bodies: Vec<Body>,
}

/// What is said of a media type.
struct Body {
    media_type: String,
    count: AtomicU64,
    schema: OnceLock<Option<Result<jsonschema::Validator, String>>>,
}

/// What was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// The method.
    pub method: &'a str,
    /// The URL.
    pub url: &'a str,
    /// The test.
    pub location: &'a Location,
}

impl Contract {
    /// The contract of a document.
    pub fn new(document: Document) -> Contract {
        let body = |(media_type, _): (&str, _)| Body {
            media_type: media_type.to_owned(),
            count: AtomicU64::new(0),
            schema: OnceLock::new(),
        };
        let operations = document.operations();
        let described = operations.iter().map(|operation| Described {
            method: operation.method,
            path: operation.path.to_owned(),
            id: operation.id().map(str::to_owned),
            undescribed: AtomicU64::new(0),
            answers: operation
                .responses()
                .into_iter()
                .map(|(status, answer)| Answer {
                    status: status.to_owned(),
                    count: AtomicU64::new(0),
                    bodies: answer.get("content").into_iter().flat_map(|content| content.entries()).map(body).collect(),
                })
                .collect(),
        });
        let described = described.collect();
        let routes = Routes::of(&document);
        Contract { document, routes, operations: described }
    }

    /// The files that it is read from.
    pub fn paths(&self) -> impl Iterator<Item = &Path> {
        self.document.paths()
    }

    /// Holds an answer against what is described, and counts what is met.
    ///
    /// # Errors
    /// Something of it is not described, or not as it is described.
    pub fn check(&self, asked: &Asked<'_>, response: &Response) -> Result<(), Box<Failure>> {
        let failure = |kind: FailureKind, message: String| {
            Box::new(Failure::new(kind, format!("openapi: {message}"), asked.location))
        };
        let not_described = |message: String| failure(FailureKind::ValidatorFailed, message);
        let number = self.operation(asked, response).map_err(not_described)?;
        let operation = &self.operations[number];
        let line = format!("{} {}", operation.method, operation.path);
        let Some((at, answer)) = operation.answer(response.status) else {
            operation.undescribed.fetch_add(1, Ordering::Relaxed);
            let known = list(operation.answers.iter().map(|answer| answer.status.as_str()));
            return Err(not_described(format!("{line}: status {} is not described; {known}", response.status)));
        };
        answer.count.fetch_add(1, Ordering::Relaxed);
        if operation.method == "HEAD" || matches!(response.status, 100..200 | 204 | 205 | 304) {
            return Ok(());
        }
        let of = format!("{line}, status {}", response.status);
        let media_type = response.header_values("content-type").last().map(essence).unwrap_or_default();
        if answer.bodies.is_empty() {
            let is_there = !response.body.is_empty();
            return if is_there {
                Err(not_described(format!("{of}: no body is described, but one came")))
            } else {
                Ok(())
            };
        }
        let Some((place, body)) = answer.body(&media_type) else {
            let known = list(answer.bodies.iter().map(|body| body.media_type.as_str()));
            let what = match media_type.as_str() {
                "" if response.body.is_empty() => "the body is empty".to_owned(),
                "" => "the answer has no Content-Type".to_owned(),
                name => format!("Content-Type {} is not described", shown_text(name, SHOWN)),
            };
            return Err(not_described(format!("{of}: {what}; {known}")));
        };
        body.count.fetch_add(1, Ordering::Relaxed);
        if !is_json(&media_type) {
            return Ok(());
        }
        let schema = body.schema.get_or_init(|| self.compiled(number, at, place));
        match schema {
            None => Ok(()),
            Some(Err(reason)) => Err(failure(FailureKind::ValidatorException, format!("{of}: {reason}"))),
            Some(Ok(schema)) => {
                let value = body::json(response)
                    .map_err(|message| failure(FailureKind::ValidatorException, format!("{of}: {message}")))?;
                violations(schema, &json::to_serde(value)).map_err(|violated| {
                    let SchemaFailure::Violations { listed, total } = violated else {
                        return failure(FailureKind::ValidatorException, of.clone());
                    };
                    let first = listed.first().cloned().unwrap_or_default();
                    let more = if total > 1 { format!(" (and {} more)", total - 1) } else { String::new() };
                    let mut violated = failure(FailureKind::SchemaViolated, format!("{of}: {first}{more}"));
                    violated.details = Some(listed.join("\n"));
                    violated
                })
            }
        }
    }

    /// The operation that answered: after redirects it is another one than was asked.
    fn operation(&self, asked: &Asked<'_>, response: &Response) -> Result<usize, String> {
        let was_redirected = response.timing.redirect_count > 0;
        let url = if was_redirected { response.effective_url.as_str() } else { asked.url };
        let mut found = self.routes.find(asked.method, url);
        if was_redirected && !matches!(found, Found::Operation(_)) {
            found = self.routes.find("GET", url);
        }
        let name = self.document.name();
        let shown = shown_url(url);
        let path = beginning(
            shown.split_once("://").map_or(&*shown, |(_, rest)| rest.find('/').map_or("/", |at| &rest[at..])),
            SHOWN,
        );
        match found {
            Found::Operation(number) => Ok(number),
            Found::OtherMethods(methods) => {
                Err(format!("{} {path}: {name} describes only {} there", asked.method, methods.join(", ")))
            }
            Found::Nothing => {
                let path = path.split(['?', '#']).next().unwrap_or_default();
                let meant = did_you_mean(path, self.operations.iter().map(|operation| operation.path.as_str()));
                Err(format!("{} {path} is no operation of {name}{meant}", asked.method))
            }
        }
    }

    /// The compiled schema of a body, if it has one.
    fn compiled(&self, operation: usize, answer: usize, body: usize) -> Option<Result<jsonschema::Validator, String>> {
        let operations = self.document.operations();
        let (_, answer) = operations.get(operation)?.responses().into_iter().nth(answer)?;
        let (_, body) = answer.get("content")?.entries().nth(body)?;
        Some(compile_newest(&translate(body.raw("schema")?, Direction::Response).schema))
    }

    /// What was met since it was last asked.
    pub fn take_coverage(&self) -> Coverage {
        let taken = |count: &AtomicU64| count.swap(0, Ordering::Relaxed);
        let operation = |operation: &Described| {
            let mut covered = CoveredOperation {
                method: operation.method.to_owned(),
                path: operation.path.clone(),
                id: operation.id.clone(),
                undescribed: taken(&operation.undescribed),
                ..CoveredOperation::default()
            };
            for answer in &operation.answers {
                coverage::add(&mut covered.statuses, &answer.status, taken(&answer.count));
                for body in &answer.bodies {
                    coverage::add(&mut covered.media_types, &body.media_type, taken(&body.count));
                }
            }
            covered
        };
        Coverage { document: self.document.name(), operations: self.operations.iter().map(operation).collect() }
    }
}

/// Whether a schema of the newest draft is one.
///
/// # Errors
/// Where it is none, and why.
pub fn is_schema(schema: &serde_json::Value) -> Result<(), String> {
    compile_newest(schema).map(drop)
}

/// Whether a value is as a schema of the newest draft wants it.
///
/// # Errors
/// What of it is not, or why the schema is none.
pub fn conforms(schema: &serde_json::Value, value: &serde_json::Value) -> Result<(), String> {
    Schema::new(schema)?.violations(value).into_iter().next().map_or(Ok(()), Err)
}

/// A schema of the newest draft that is ready for many values.
pub struct Schema(jsonschema::Validator);

impl Schema {
    /// Takes a schema.
    ///
    /// # Errors
    /// It is none: where, and why.
    pub fn new(schema: &serde_json::Value) -> Result<Schema, String> {
        compile_newest(schema).map(Schema)
    }

    /// What of a value is not as it wants it.
    pub fn violations(&self, value: &serde_json::Value) -> Vec<String> {
        match violations(&self.0, value) {
            Err(SchemaFailure::Violations { listed, .. }) => listed,
            _ => Vec::new(),
        }
    }
}

impl Described {
    /// The status itself, its range, or what stands for all others.
    fn answer(&self, status: u16) -> Option<(usize, &Answer)> {
        let names = [status.to_string(), format!("{}XX", status / 100), "default".to_owned()];
        names.iter().find_map(|name| {
            self.answers.iter().enumerate().find(|(_, answer)| answer.status.eq_ignore_ascii_case(name))
        })
    }
}

impl Answer {
    /// The media type itself, its family, or any.
    fn body(&self, media_type: &str) -> Option<(usize, &Body)> {
        let family = format!("{}/*", media_type.split('/').next().unwrap_or_default());
        [media_type, &family, "*/*"].into_iter().find_map(|name| {
            self.bodies.iter().enumerate().find(|(_, body)| !media_type.is_empty() && essence(&body.media_type) == name)
        })
    }
}

impl fmt::Debug for Contract {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Contract({})", self.document.name())
    }
}

/// Whether bodies of this media type, without its parameters, are JSON.
pub fn is_json(media_type: &str) -> bool {
    media_type.ends_with("/json") || media_type.ends_with("+json")
}

fn list<'n>(names: impl Iterator<Item = &'n str>) -> String {
    let names: Vec<&str> = names.collect();
    if names.is_empty() {
        "nothing is".to_owned()
    } else {
        format!("{} {}", names.join(", "), if names.len() == 1 { "is" } else { "are" })
    }
}

#[cfg(test)]
mod tests;
