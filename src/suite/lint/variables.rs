//! Variables: set and used by nobody, used and set by nobody, written where no template is.

use std::collections::HashSet;

use super::{Subject, hint};
use crate::ground::source::{Fault, Location, did_you_mean};
use crate::suite::document::{Entry, Kind, Node};
use crate::suite::warnings;
use crate::test::definition::Test;
use crate::variables::body::Body;
use crate::variables::content::Content;
use crate::variables::template::{Template, Text};

/// A variable that something sets.
struct Bound {
    name: String,
    location: Location,
    by: &'static str,
}

/// Looks over the variables of a set.
pub fn look_over(subject: &Subject<'_>, hints: &mut Vec<Fault>) {
    let bound = bound(subject);
    let mut used: HashSet<String> = HashSet::new();
    let mut all_is_known = true;
    for test in warnings::requests(subject.set) {
        used.extend(warnings::texts(test).0);
        let schemas = test.asserted().filter_map(|validator| validator.schema_content());
        for content in test.body.iter().flat_map(Body::contents).chain(schemas) {
            match content.variables() {
                Ok(names) => {
                    if matches!(content, Content::File { .. }) {
                        unset_in_file(&names, &bound, subject, test, hints);
                    }
                    used.extend(names);
                }
                Err(unreadable) => {
                    all_is_known = false;
                    if let Some(message) = unreadable {
                        hint(hints, &test.location, format!("{message}; the test will fail"));
                    }
                }
            }
        }
        let headers = test.headers.entries.iter().flat_map(|(name, value)| [name, value]);
        let texts = std::iter::once(&test.url).chain(headers);
        let is_known = |name: &str| is_set(name, &bound, subject) || test.row_variables().any(|own| own == name);
        written_plainly(texts, &test.location, &is_known, hints);
        if let Some(order) = &test.order {
            let asked = order.variables();
            never_set(&asked, &bound, subject, test, hints);
            used.extend(asked);
        }
        dotted_row(test, hints);
    }
    if let Some(inherited) = warnings::requests(subject.set).find_map(|test| test.inherited.as_deref()) {
        let texts = inherited.headers.entries.iter().flat_map(|(name, value)| [name, value]);
        written_plainly(texts, &inherited.headers_at, &|name: &str| is_set(name, &bound, subject), hints);
    }
    if !all_is_known {
        // A file that cannot be looked into may use any of them.
        return;
    }
    let mut reported: HashSet<&str> = HashSet::new();
    used.extend(subject.set.shared_names().into_iter().map(str::to_owned));
    for variable in bound.iter().filter(|variable| !used.contains(&variable.name)) {
        if reported.insert(&variable.name) {
            let Bound { name, by, .. } = variable;
            let message =
                format!("variable \"{name}\" is set by {by}, and no template uses it; write ${name} under template");
            hint(hints, &variable.location, message);
        }
    }
}

fn bound(subject: &Subject<'_>) -> Vec<Bound> {
    let mut bound = Vec::new();
    // Where the server of the suite is, is known to the base URL, too.
    let has_mock = subject.set.config.mock.is_some();
    for (name, _) in subject.set.config.variable_binds.iter().filter(|(name, _)| !has_mock || name != "mock_url") {
        let location = config_bind(subject, name);
        bound.push(Bound { name: name.clone(), location, by: "config" });
    }
    for test in warnings::requests(subject.set) {
        let mut add = |name: &str, location: &Location, by| {
            bound.push(Bound { name: name.to_owned(), location: location.clone(), by });
        };
        for (name, _) in &test.variable_binds {
            add(name, &test.location, "variable_binds");
        }
        for (name, _) in &test.generator_binds {
            add(name, &test.location, "generator_binds");
        }
        for bind in &test.extract_binds {
            add(&bind.variable, &bind.location, "extract_binds");
        }
    }
    bound
}

/// Where a variable of `config` is written; the domain does not keep that.
fn config_bind(subject: &Subject<'_>, name: &str) -> Location {
    let configs = entries(subject.items.iter(), &["config", "configuration"]);
    let binds = entries(configs.iter().map(|entry| &entry.value), &["variable_binds", "variables"]);
    let found = binds.iter().flat_map(|entry| mappings(&entry.value)).rfind(|entry| entry.name == name);
    subject.source.location(found.map_or_else(Default::default, |entry| entry.at.or(entry.value.at)))
}

/// The entries of these names in nodes that are mappings or lists of mappings.
fn entries<'n>(nodes: impl Iterator<Item = &'n Node>, names: &[&str]) -> Vec<&'n Entry> {
    nodes.flat_map(mappings).filter(|entry| names.iter().any(|name| entry.name.eq_ignore_ascii_case(name))).collect()
}

/// All entries of a mapping, or of a list of mappings.
pub(super) fn mappings(node: &Node) -> Vec<&Entry> {
    match &node.kind {
        Kind::Map(entries) => entries.iter().collect(),
        Kind::List(items) => items
            .iter()
            .flat_map(|item| match &item.kind {
                Kind::Map(entries) => entries.as_slice(),
                _ => &[],
            })
            .collect(),
        Kind::Scalar(_) => Vec::new(),
    }
}

fn is_set(name: &str, bound: &[Bound], subject: &Subject<'_>) -> bool {
    let handed_on = || subject.options.shared.iter().chain(subject.imported).any(|shared| shared == name);
    bound.iter().any(|variable| variable.name == name)
        || subject.options.given_names().any(|given| given == name)
        || subject.set.config.secret_names().any(|own| own == name)
        || handed_on()
}

/// What a condition asks for, and nothing here sets: then it never holds, unless the command line or another file does.
fn never_set(names: &[String], bound: &[Bound], subject: &Subject<'_>, test: &Test, hints: &mut Vec<Fault>) {
    if subject.set.has_imports || !subject.set.needed_files().is_empty() {
        return;
    }
    let is_known = |name: &str| {
        is_set(name, bound, subject)
            || test.row_variables().any(|own| own == name)
            || subject.options.shared.iter().any(|shared| shared == name)
    };
    let mut reported = HashSet::new();
    for name in names.iter().filter(|name| !is_known(name)) {
        if reported.insert(name) {
            // The short form knows variables only.
            let meant = match name.as_str() {
                "last" => "; to ask of the test before, write [compare: {last: status, expected: 200}]".to_owned(),
                "env" => "; to ask of the environment, write [compare: {env: NAME, expected: value}]".to_owned(),
                _ => did_you_mean(name, bound.iter().map(|variable| variable.name.as_str())),
            };
            let message =
                format!("nothing in this file sets ${name}, which a condition asks for; only --vars can{meant}");
            hint(hints, &test.location, message);
        }
    }
}

fn unset_in_file(names: &[String], bound: &[Bound], subject: &Subject<'_>, test: &Test, hints: &mut Vec<Fault>) {
    let mut reported = HashSet::new();
    let is_of_row = |name: &str| test.row_variables().any(|own| own == name);
    for name in names.iter().filter(|name| !is_set(name, bound, subject) && !is_of_row(name)) {
        if reported.insert(name) {
            let meant = did_you_mean(name, bound.iter().map(|variable| variable.name.as_str()));
            hint(
                hints,
                &test.location,
                format!("nothing sets ${name}, which a templated file of this test uses{meant}"),
            );
        }
    }
}

/// `$name` in a URL or a header that is no template, and that is no variable of the set either: what is
/// one is a warning of every run.
fn written_plainly<'t>(
    texts: impl Iterator<Item = &'t Text>,
    place: &Location,
    is_known: &dyn Fn(&str) -> bool,
    hints: &mut Vec<Fault>,
) {
    let mut reported = HashSet::new();
    for text in texts {
        let Text::Plain(text) = text else { continue };
        for name in Template::parse(text).variables().filter(|name| !is_known(name)) {
            if reported.insert(name.to_owned()) {
                let message = format!(
                    "${name} is outside a template and stays as written, and nothing sets it; use {{template: …}}"
                );
                hint(hints, place, message);
            }
        }
    }
}

/// `$row.user`: a name ends before the dot, so that is the whole row.
fn dotted_row(test: &Test, hints: &mut Vec<Fault>) {
    let columns: Vec<&str> = test.row_variables().collect();
    if columns.is_empty() {
        return;
    }
    let mut found: Vec<String> = Vec::new();
    warnings::each_text(test, &mut |text: &Text| {
        let Text::Template(template) = text else { return };
        let source = template.source();
        for (at, dotted) in source.match_indices("$row.").chain(source.match_indices("${row}.")) {
            let rest = &source[at + dotted.len()..];
            let end = rest.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(rest.len());
            if columns.contains(&&rest[..end]) && !found.contains(&rest[..end].to_owned()) {
                found.push(rest[..end].to_owned());
            }
        }
    });
    for name in found {
        hint(hints, &test.location, format!("$row.{name} is the whole row with .{name} behind it; write ${name}"));
    }
}
