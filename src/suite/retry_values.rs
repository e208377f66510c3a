//! Values that keys of `retry`, of policies, of budgets and of breakers have in common.

use super::document::{Kind, Node};
use super::faults::Collector;
use super::reader::{FileReader, Read};
use crate::exchange::request::ErrorKind;
use crate::exchange::token::is_token;
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::retry::{IDEMPOTENT, Jitter};

/// A count that fits 32 bits.
pub(super) fn count(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<u32> {
    u32::try_from(reader.integer(node, what)?).map_err(|_| reader.wrong(node, what, "an integer, 0 or more"))
}

pub(super) fn statuses(reader: &FileReader<'_>, node: &Node, what: &str) -> Read<Vec<u16>> {
    let one = |node: &Node| {
        let number = reader.integer(node, what)?;
        u16::try_from(number)
            .ok()
            .filter(|status| (100..=999).contains(status))
            .ok_or_else(|| reader.wrong(node, what, "a list of HTTP statuses such as [502, 503]"))
    };
    match &node.kind {
        Kind::List(items) => Collector::all(items.iter().map(one)),
        _ => Ok(vec![one(node)?]),
    }
}

pub(super) fn methods(reader: &FileReader<'_>, node: &Node) -> Read<Vec<String>> {
    match &node.kind {
        Kind::List(items) if !items.is_empty() => Collector::all(items.iter().map(|item| method(reader, item))),
        Kind::List(_) => Err(reader.fault(node.at, "methods is empty; leave it out to retry all methods")),
        Kind::Scalar(Value::Str(word)) if word.eq_ignore_ascii_case("idempotent") => {
            Ok(IDEMPOTENT.map(str::to_owned).to_vec())
        }
        _ => Ok(vec![method(reader, node)?]),
    }
}

/// One of four words; `true` is the full one, `false` none.
pub(super) fn jitter(reader: &FileReader<'_>, node: &Node) -> Read<Jitter> {
    match &node.kind {
        Kind::Scalar(Value::Bool(true)) => return Ok(Jitter::Full),
        Kind::Scalar(Value::Bool(false) | Value::Null) => return Ok(Jitter::None),
        _ => {}
    }
    let allowed = "none, full, equal or decorrelated";
    let Some(word) = node.as_str() else { return Err(reader.wrong(node, "jitter", allowed)) };
    Jitter::of(word).ok_or_else(|| {
        let meant = did_you_mean(&word.to_ascii_lowercase(), Jitter::WORDS.iter().copied());
        reader.wrong(node, "jitter", allowed).saying(&meant)
    })
}

/// Errors that another send may help against.
pub const RETRIED_ERRORS: [ErrorKind; 7] = [
    ErrorKind::Resolve,
    ErrorKind::Connect,
    ErrorKind::Timeout,
    ErrorKind::Disconnected,
    ErrorKind::Tls,
    ErrorKind::Protocol,
    ErrorKind::Proxy,
];

pub(super) fn errors(reader: &FileReader<'_>, node: &Node) -> Read<Vec<ErrorKind>> {
    match &node.kind {
        Kind::List(items) => Collector::all(items.iter().map(|item| error(reader, item))),
        _ => Ok(vec![error(reader, node)?]),
    }
}

fn error(reader: &FileReader<'_>, node: &Node) -> Read<ErrorKind> {
    const ALLOWED: &str =
        "the name of an error that may pass: resolve, connect, timeout, disconnected, tls, protocol or proxy";
    let Some(word) = node.as_str() else { return Err(reader.wrong(node, "an entry of errors", ALLOWED)) };
    error_named(word).ok_or_else(|| {
        if ErrorKind::ALL.iter().any(|kind| kind.name() == word) {
            let message = format!("errors cannot have {word}: it is the same each time; it may have {}", names());
            return reader.fault(node.at, message);
        }
        let meant = did_you_mean(word, RETRIED_ERRORS.iter().map(|kind| kind.name()));
        reader.wrong(node, "an entry of errors", ALLOWED).saying(&meant)
    })
}

/// The error of a name, if another send may help against it.
pub(super) fn error_named(word: &str) -> Option<ErrorKind> {
    RETRIED_ERRORS.into_iter().find(|kind| kind.name().eq_ignore_ascii_case(word))
}

fn names() -> String {
    RETRIED_ERRORS.map(ErrorKind::name).join(", ")
}

fn method(reader: &FileReader<'_>, node: &Node) -> Read<String> {
    let name = reader.text(node, "a retry method")?;
    // No method is nearly this word.
    let meant = did_you_mean(&name.to_ascii_lowercase(), ["idempotent"]);
    if !is_method(name) || !meant.is_empty() {
        return Err(reader.wrong(node, "a retry method", "an HTTP method such as GET or PUT").saying(&meant));
    }
    Ok(name.to_uppercase())
}

/// Whether this can be an HTTP method: any token can.
pub fn is_method(name: &str) -> bool {
    is_token(name)
}
