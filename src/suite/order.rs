//! The keys that order a test among others: `id`, `depends_on`, `if`, `skip`; and whether what they name is there.
//!
//! Owns: the forms of conditions, and what is told of those that are none. Does not: judge any (see `test::order`).

use super::assertions;
use super::document::{Entry, Kind, Node};
use super::faults::{Collector, Faults};
use super::keys::Element;
use super::reader::{FileReader, Read};
use crate::ground::source::did_you_mean;
use crate::ground::value::Value;
use crate::test::definition::Test;
use crate::test::order::{Clause, Need, Skip};

/// The validators that a condition may have.
const VALIDATORS: [&str; 5] = ["compare", "comparator", "assertequal", "extract_test", "asserttrue"];

const ALLOWED: &str = "$flag, a mapping such as {stage: prod}, or a list of compare and extract_test";

/// Reads one of these keys of a test.
pub fn read_key(reader: &mut FileReader<'_>, entry: &Entry, test: &mut Test) -> Read<()> {
    let node = &entry.value;
    match entry.name.as_str() {
        "id" => {
            let id = reader.text_or_integer(node, "id")?;
            if id.is_empty() {
                return Err(reader.wrong(node, "id", "text that is not empty"));
            }
            test.order.get_or_insert_default().id = Some(id);
        }
        "depends_on" => {
            let needs = read_needs(reader, node)?;
            test.order.get_or_insert_default().depends_on = needs;
        }
        "if" => {
            let order = test.order.get_or_insert_default();
            match node.kind {
                Kind::Scalar(Value::Bool(true)) => {}
                Kind::Scalar(Value::Bool(false)) => order.skip = Some(Skip::Always("if: false".to_owned())),
                _ => order.condition = read_condition(reader, entry)?,
            }
        }
        _ => {
            let skip = match &node.kind {
                Kind::Scalar(Value::Bool(false)) => None,
                Kind::Scalar(Value::Bool(true)) => Some(Skip::Always("skip: true".to_owned())),
                Kind::Scalar(Value::Str(reason)) if !reason.trim().is_empty() => {
                    if let Some(flag) = flag(reason) {
                        let message = format!(
                            "skip: {reason} always skips, with that text as its reason; \
                             write skip: {{{flag}: true}}"
                        );
                        reader.warn(node.at.or(entry.at), message);
                    }
                    Some(Skip::Always(reason.clone()))
                }
                Kind::Scalar(_) => return Err(reader.wrong(node, "skip", "a reason, or a condition as if takes it")),
                _ => Some(Skip::When(read_condition(reader, entry)?)),
            };
            if skip.is_some() {
                test.order.get_or_insert_default().skip = skip;
            }
        }
    }
    Ok(())
}

/// An id or a list of ids.
fn read_needs(reader: &FileReader<'_>, node: &Node) -> Read<Vec<Need>> {
    let one = |node: &Node| {
        let id = reader.text_or_integer(node, "depends_on")?;
        Ok(Need { id, location: reader.location(node.at) })
    };
    match &node.kind {
        Kind::List(items) => Collector::all(items.iter().map(one)),
        Kind::Scalar(_) if !node.is_null() => Ok(vec![one(node)?]),
        _ => Err(reader.wrong(node, "depends_on", "the id of a test, or a list of ids")),
    }
}

/// `$flag`, a mapping of variables to values, or a list of validators.
fn read_condition(reader: &mut FileReader<'_>, entry: &Entry) -> Read<Vec<Clause>> {
    let (what, node) = (entry.name.as_str(), &entry.value);
    let items: &[Node] = match &node.kind {
        Kind::Scalar(Value::Str(text)) => {
            return match flag(text) {
                Some(name) => Ok(vec![Clause::IsTrue(name.to_owned())]),
                None => Err(no_expression(reader, node, what, text)),
            };
        }
        Kind::List(items) => items,
        Kind::Map(_) => std::slice::from_ref(node),
        Kind::Scalar(_) => return Err(reader.wrong(node, what, ALLOWED)),
    };
    let mut faults = Collector::default();
    let mut clauses = Vec::new();
    for item in items {
        let Kind::Map(keys) = &item.kind else {
            faults.take::<()>(Err(reader.wrong(
                item,
                &format!("a part of {what}"),
                "compare, extract_test or {name: value}",
            )));
            continue;
        };
        for key in keys {
            clauses.extend(faults.take(read_clause(reader, key, what)));
        }
    }
    let clauses = faults.finish(clauses)?;
    if clauses.is_empty() {
        return Err(reader.fault(node.at.or(entry.at), format!("{what} is empty; it takes {ALLOWED}")));
    }
    Ok(clauses)
}

fn read_clause(reader: &mut FileReader<'_>, key: &Entry, what: &str) -> Read<Clause> {
    let name = key.name.to_lowercase();
    let is_validator =
        matches!(key.value.kind, Kind::Map(_)) || VALIDATORS.contains(&name.as_str()) && is_mappings(&key.value);
    if !is_validator {
        return match flag(&key.name) {
            Some(name) => {
                let message = format!("{what} names the variable without its $: {{{name}: …}}");
                Err(reader.fault(key.at, message))
            }
            None => Ok(Clause::Is(key.name.clone(), key.value.to_value())),
        };
    }
    let validator = match name.as_str() {
        name if VALIDATORS.contains(&name) => Some(assertions::validator(reader, key, &[])?),
        name if Element::Validator.names().contains(&name) => None,
        _ => {
            let meant = did_you_mean(&name, VALIDATORS);
            let message = format!(
                "{what} takes no mapping below \"{}\"{meant}; it takes a list of compare and extract_test, \
                 or variables with their values: {{stage: prod}}",
                key.name
            );
            return Err(reader.fault(key.at, message));
        }
    };
    validator.filter(|validator| !validator.needs_answer()).map(Clause::Holds).ok_or_else(|| {
        let message = format!(
            "{what} is asked before the test is sent, so there is no answer to look at; \
             it knows variable, env and last, which is the test before"
        );
        reader.fault(key.at, message)
    })
}

fn is_mappings(node: &Node) -> bool {
    matches!(&node.kind, Kind::List(items) if items.iter().all(|item| matches!(item.kind, Kind::Map(_))))
}

/// The name in `$name` or `${name}`, where that is all.
fn flag(text: &str) -> Option<&str> {
    let name = text.trim().strip_prefix('$')?;
    let name = name.strip_prefix('{').and_then(|name| name.strip_suffix('}')).unwrap_or(name);
    let is_name =
        |(at, byte): (usize, u8)| byte == b'_' || byte.is_ascii_alphabetic() || at > 0 && byte.is_ascii_digit();
    Some(name).filter(|name| !name.is_empty() && name.bytes().enumerate().all(is_name))
}

/// The operators that people write, with the comparators that do what these say; longer ones first.
const OPERATORS: [(&str, &str); 7] =
    [("==", "eq"), ("!=", "ne"), (">=", "ge"), ("<=", "le"), (">", "gt"), ("<", "lt"), ("=", "eq")];

/// Text that is no `$name`, with what to write in its place.
fn no_expression(reader: &FileReader<'_>, node: &Node, what: &str, text: &str) -> Faults {
    let text = text.trim();
    let written = text.escape_debug();
    let quoteless = |side: &str| side.trim().trim_matches(['\'', '"']).to_owned();
    let is_word = |side: &str| !side.is_empty() && !side.contains([' ', ',', '{', '}', '[', ']']);
    let operator = OPERATORS.iter().find_map(|(sign, comparator)| Some((*comparator, text.split_once(sign)?)));
    let negated = text.strip_prefix("not ").or_else(|| text.strip_prefix('!')).map(str::trim);
    let instead = match (operator, negated) {
        (Some((comparator, (left, right))), _) => {
            let (left, right) = (quoteless(left), quoteless(right));
            let name = left.trim_start_matches('$');
            match comparator {
                _ if !is_word(name) || !is_word(&right) => None,
                "eq" => Some(format!("{what}: {{{name}: {right}}}")),
                other => {
                    Some(format!("{what}: [compare: {{variable: {name}, comparator: {other}, expected: {right}}}]"))
                }
            }
        }
        (None, Some(name)) => flag(name).map(|name| format!("{what}: {{{name}: false}}")),
        (None, None) => {
            let dollar = format!("${text}");
            flag(&dollar).map(|_| format!("{what}: {dollar}"))
        }
    };
    let message = match instead {
        Some(instead) => format!("{what} takes no expression (\"{written}\"); write {instead}"),
        None => format!("{what} takes no expression (\"{written}\"); write {ALLOWED}"),
    };
    reader.fault(node.at, message)
}
