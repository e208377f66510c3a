//! What `config: defaults` adds to the keys of a test.
//!
//! Owns: which of two values holds, and how they come together: lists of validators one behind the other, mappings of
//! names one level deep. Does not: read them (see `common`), know what a key means.

use std::borrow::Cow;

use super::document::{Entry, Kind, Node, last_wins};
use super::keys::{Element, Takes};
use crate::ground::source::{Fault, Position};
use crate::ground::value::Value;

/// A key with its value, borrowed from the document unless it had to be changed.
type Field<'n> = Cow<'n, Entry>;

/// Keys that each test has for itself.
pub const NOT_IN_DEFAULTS: [&str; 2] = ["url", "name"];

/// The keys of `defaults`, all of them right.
#[derive(Debug, Default)]
pub struct Defaults {
    /// The keys, lower-case.
    pub keys: Vec<Entry>,
    /// What is odd about them, and told where they stand.
    pub warnings: Vec<Fault>,
}

/// What a test took from `defaults`.
#[derive(Debug, Default)]
pub struct Taken {
    /// The keys with their places.
    pub keys: Vec<(String, Position)>,
    /// How many validators stand behind the test's own.
    pub validators: usize,
}

/// Keys of a block that say the same, or exclude each other: where a test has one, it has chosen.
const ALTERNATIVES: [&[&str]; 6] = [
    &["repeat", "repeat_runs", "duration", "stages"],
    &["concurrency", "max_concurrency", "connections", "stages"],
    &["rate", "stages", "think_time"],
    &["ramp", "stages"],
    &["warmup", "warmup_runs"],
    &["retry_statuses", "retryable_statuses"],
];

impl Defaults {
    /// A test's keys with those that it does not have itself.
    pub fn complete<'n>(&'n self, own: Vec<Field<'n>>) -> (Vec<Field<'n>>, Taken) {
        let mut keys = own;
        let mut taken = Taken::default();
        for default in &self.keys {
            let at = default.at.or(default.value.at);
            let Some(place) = keys.iter().position(|key| key.name == default.name) else {
                if default.name == "validators" {
                    taken.validators = count(&default.value);
                }
                keys.push(Cow::Borrowed(default));
                taken.keys.push((default.name.clone(), at));
                continue;
            };
            let Some(value) = together(&default.name, &keys[place].value, &default.value) else { continue };
            if default.name == "validators" {
                taken.validators = count(&default.value);
            }
            let own = &keys[place];
            let entry = Entry { typed_key: None, name: own.name.clone(), at: own.at, value };
            keys[place] = Cow::Owned(entry);
            taken.keys.push((default.name.clone(), at));
        }
        (keys, taken)
    }
}

/// How many validators a list holds.
fn count(node: &Node) -> usize {
    let Kind::List(items) = &node.kind else { return 0 };
    items.iter().map(|item| if let Kind::Map(entries) = &item.kind { entries.len() } else { 0 }).sum()
}

/// Both values in one; `None` where the test's own stands alone.
fn together(key: &str, own: &Node, default: &Node) -> Option<Node> {
    let takes = Element::Test.keys().iter().find(|row| row.name == key)?.takes;
    match takes {
        Takes::Validators => match (&own.kind, &default.kind) {
            (Kind::List(own_items), Kind::List(more)) => {
                let items = own_items.iter().chain(more).cloned().collect();
                Some(Node { kind: Kind::List(items), at: own.at })
            }
            _ => None,
        },
        Takes::Headers | Takes::Pairs => names_and_texts(takes, own, default),
        Takes::Variables | Takes::GeneratorBinds | Takes::ExtractBinds | Takes::Matrix => {
            let own_entries = last_wins(mapping(own)?);
            let is_own = |entry: &Entry| own_entries.iter().any(|own| own.has_key_of(entry));
            Some(one_behind_the_other(own, left(default, is_own)?, own_entries))
        }
        Takes::Block(_) => {
            let own_entries = last_wins(mapping(own)?);
            let has_chosen = |entry: &Entry| own_entries.iter().any(|own| are_alternatives(&own.name, &entry.name));
            Some(one_behind_the_other(own, left(default, has_chosen)?, own_entries))
        }
        _ => None,
    }
}

fn are_alternatives(one: &str, other: &str) -> bool {
    let (one, other) = (one.to_lowercase(), other.to_lowercase());
    one == other || ALTERNATIVES.iter().any(|words| words.contains(&&*one) && words.contains(&&*other))
}

/// The entries of `defaults` that a test's own do not replace.
fn left(default: &Node, is_replaced: impl Fn(&Entry) -> bool) -> Option<Vec<Field<'_>>> {
    Some(last_wins(mapping(default)?).into_iter().filter(|entry| !is_replaced(entry)).collect())
}

fn one_behind_the_other(own: &Node, default: Vec<Field<'_>>, own_entries: Vec<Field<'_>>) -> Node {
    let entries = default.into_iter().chain(own_entries).map(Cow::into_owned).collect();
    Node { kind: Kind::Map(entries), at: own.at }
}

/// The entries of a mapping, or of a list of mappings.
fn mapping(node: &Node) -> Option<Vec<Field<'_>>> {
    match &node.kind {
        Kind::Map(entries) => Some(entries.iter().map(Cow::Borrowed).collect()),
        Kind::List(items) => {
            let mut all = Vec::new();
            for item in items {
                let Kind::Map(entries) = &item.kind else { return None };
                all.extend(entries.iter().map(Cow::Borrowed));
            }
            Some(all)
        }
        Kind::Scalar(_) => None,
    }
}

/// Headers and queries, whose names and values are templates or not: where only one side has templates, the other's
/// texts are written so that they come out as they are.
fn names_and_texts(takes: Takes, own: &Node, default: &Node) -> Option<Node> {
    let (mut own_texts, mut default_texts) = (texts(own)?, texts(default)?);
    let is_own = |name: &str| {
        let same = |own: &Entry| match takes {
            Takes::Headers => own.name.eq_ignore_ascii_case(name),
            _ => own.name == name,
        };
        own_texts.entries.iter().any(same)
    };
    default_texts.entries.retain(|entry| !is_own(&entry.name));
    let is_template = own_texts.is_template || default_texts.is_template;
    if is_template {
        own_texts.escape();
        default_texts.escape();
    }
    let entries = default_texts.entries.into_iter().chain(own_texts.entries).collect();
    let all = Node { kind: Kind::Map(entries), at: own.at };
    if !is_template {
        return Some(all);
    }
    let template = Entry { typed_key: None, name: "template".to_owned(), at: own.at, value: all };
    Some(Node { kind: Kind::Map(vec![template]), at: own.at })
}

/// Names and values, and whether they stand below `template`.
struct Texts {
    entries: Vec<Entry>,
    is_template: bool,
}

fn texts(node: &Node) -> Option<Texts> {
    let entries = mapping(node)?;
    let is_template = |entry: &Field<'_>| {
        entry.name.eq_ignore_ascii_case("template") && matches!(entry.value.kind, Kind::Map(_) | Kind::List(_))
    };
    let owned = |entries: Vec<Field<'_>>| entries.into_iter().map(Cow::into_owned).collect();
    match entries.as_slice() {
        [Cow::Borrowed(template)] if is_template(&entries[0]) => {
            Some(Texts { entries: owned(mapping(&template.value)?), is_template: true })
        }
        // What stands beside a template is told of where it stands.
        _ if entries.iter().any(is_template) => None,
        _ => Some(Texts { entries: owned(entries), is_template: false }),
    }
}

impl Texts {
    /// Makes templates of texts that are none, which come out as they are.
    fn escape(&mut self) {
        if std::mem::replace(&mut self.is_template, true) {
            return;
        }
        for entry in &mut self.entries {
            entry.name = entry.name.replace('$', "$$");
            escape(&mut entry.value);
        }
    }
}

fn escape(node: &mut Node) {
    match &mut node.kind {
        Kind::Scalar(Value::Str(text)) if text.contains('$') => *text = text.replace('$', "$$"),
        Kind::List(items) => items.iter_mut().for_each(escape),
        _ => {}
    }
}
