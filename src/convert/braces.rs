//! `{{name}}` in a text, as Hurl and `.http` files have it.
//!
//! Owns: finding the places, the generators that stand for made-up values. Does not: know where a name gets its value.

use super::made::{MadeSuite, MadeTest};
use super::text::Text;
use super::yaml::Yaml;

/// Values that are made up, by the beginnings of their names: the generator's name, its type, and one more key.
type Made = (&'static str, &'static str, &'static str, Option<(&'static str, &'static str)>);

const MADE: [Made; 10] = [
    ("$uuid", "uuid", "uuid", None),
    ("$guid", "uuid", "uuid", None),
    ("$random.uuid", "uuid", "uuid", None),
    ("newUuid", "uuid", "uuid", None),
    ("$timestamp", "timestamp", "date", Some(("format", "epoch"))),
    ("$isoTimestamp", "iso_timestamp", "date", None),
    ("newDate", "iso_timestamp", "date", None),
    ("$randomInt", "random_int", "random_int", None),
    ("$random.integer", "random_int", "random_int", None),
    ("$random.email", "random_email", "email", None),
];

/// Those that are variables of the environment.
const ENVIRONMENT: [&str; 4] = ["$processEnv", "$dotenv", "$env.", "getEnv"];

/// The text with each place filled by what `value` says of its inside; a place that it says nothing of stays as it is.
pub fn fill(text: &str, value: &mut dyn FnMut(&str) -> Option<Text>) -> Text {
    let mut out = Text::default();
    let mut rest = text;
    while let Some(at) = rest.find("{{") {
        let Some(end) = rest[at..].find("}}").map(|end| at + end) else { break };
        out.push(&rest[..at]);
        match value(rest[at + 2..end].trim()) {
            Some(value) => out.append(value),
            None => out.push(&rest[at..end + 2]),
        }
        rest = &rest[end + 2..];
    }
    out.push(rest);
    out
}

/// A value that is made up when the test runs, or that the environment has.
pub fn made_up(inside: &str, suite: &mut MadeSuite, test: &mut MadeTest) -> Option<Text> {
    let (name, keys) = if let Some(start) = ENVIRONMENT.iter().find(|start| inside.starts_with(**start)) {
        let variable = inside[start.len()..].trim().trim_start_matches('%').trim_matches(['"', '\'']);
        if variable.is_empty() {
            return None;
        }
        let keys = vec![("type", Yaml::text("env_variable")), ("variable_name", Yaml::text(variable))];
        (suite.names.of(variable), keys)
    } else {
        let word = inside.split([' ', '(']).next().unwrap_or_default();
        let (_, name, kind, more) = MADE.iter().find(|(written, ..)| *written == word)?;
        let mut keys = vec![("type", Yaml::text(*kind))];
        keys.extend(more.map(|(key, value)| (key, Yaml::text(value))));
        ((*name).to_owned(), keys)
    };
    suite.generator(&name, Yaml::map(keys));
    if !test.generator_binds.iter().any(|(have, _)| *have == name) {
        test.generator_binds.push((name.clone(), name.clone()));
    }
    Some(Text::variable(name))
}
