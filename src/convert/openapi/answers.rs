//! What is expected of an operation's answer: statuses, a schema, headers.
//!
//! Owns: which of the described answers is the right one, where schemas stand and what they are called. Does not:
//! translate schemas (see `openapi`).

use serde_json::Value as Json;

use super::super::made::MadeTest;
use super::super::yaml::Yaml;
use super::{Conversion, Schemas};
use crate::judge::contract::{is_json, is_schema};
use crate::openapi::{Direction, Node, Operation, essence, translate};

/// The schemas that have been written so far.
pub(super) struct Answers {
    /// Their files and texts.
    files: Vec<(String, String)>,
}

/// Keywords that ask nothing.
const WORDS_ONLY: [&str; 11] = [
    "$schema",
    "$comment",
    "$defs",
    "title",
    "description",
    "default",
    "examples",
    "deprecated",
    "readOnly",
    "writeOnly",
    "format",
];

impl Answers {
    /// None yet, beside those of other suites.
    pub(super) fn beside(files: &[(String, String)]) -> Answers {
        Answers { files: files.to_vec() }
    }
}

impl<'d> Conversion<'_, 'd> {
    /// What is right: the answers of the 200s, or what stands for all.
    pub(super) fn expectations(&mut self, operation: &Operation<'d>, test: &mut MadeTest) {
        let responses = operation.responses();
        let right = right_answers(&responses);
        test.statuses = statuses(&responses);
        let mut schemas: Vec<(Node<'d>, Json)> = Vec::new();
        let (mut without, mut kinds) = (0, Vec::new());
        for (_, answer) in &right {
            let content = answer.get("content");
            kinds.extend(content.into_iter().flat_map(Node::entries).map(|(name, _)| essence(name)));
            let media = content.into_iter().flat_map(Node::entries).find(|(name, _)| is_json(&essence(name)));
            match media.and_then(|(_, media)| media.raw("schema")) {
                None => without += 1,
                Some(schema) => {
                    let translated = translate(schema, Direction::Response).schema;
                    if !schemas.iter().any(|(_, have)| *have == translated) {
                        schemas.push((schema, translated));
                    }
                }
            }
        }
        kinds.sort();
        kinds.dedup();
        let has_several_kinds = kinds.len() > 1;
        if let Some(kind) = kinds.iter().find(|kind| is_json(kind)).filter(|_| has_several_kinds) {
            test.request.set_header("Accept", kind.as_str());
        }
        let place = self.place(operation.path);
        match schemas.as_slice() {
            [] => {}
            [(schema, translated)] if without == 0 => match is_schema(translated) {
                Ok(()) if asks_nothing(translated) || operation.method == "HEAD" => {}
                Ok(()) => {
                    let validator = self.validator(operation, *schema, translated);
                    test.validators.push(validator);
                }
                Err(why) => {
                    test.lose(Some("validators"), &place, format!("{}: the answer's schema: {why}", operation.line()))
                }
            },
            _ => {
                let what = format!(
                    "{}: its right answers have different bodies; only the status is checked",
                    operation.line()
                );
                test.lose(Some("validators"), &place, what);
            }
        }
        for (_, answer) in &right {
            for (name, header) in answer.get("headers").into_iter().flat_map(Node::entries) {
                let is_known = test.validators.iter().any(|validator| *validator == exists(name));
                if header.is("required") && !name.eq_ignore_ascii_case("content-type") && !is_known && right.len() == 1
                {
                    test.validators.push(exists(name));
                }
            }
        }
    }

    fn validator(&mut self, operation: &Operation<'d>, schema: Node<'d>, translated: &Json) -> Yaml {
        let value = match self.options.schemas {
            Schemas::Inline => Yaml::json(translated),
            Schemas::Files => Yaml::map([("file", Yaml::text(self.file(operation, schema, translated)))]),
        };
        Yaml::map([("json_schema", Yaml::map([("schema", value)]))])
    }

    /// The file of a schema, the same for the same schema.
    fn file(&mut self, operation: &Operation<'d>, schema: Node<'d>, translated: &Json) -> String {
        let text = serde_json::to_string_pretty(translated).unwrap_or_default() + "\n";
        if let Some((name, _)) = self.answers.files.iter().find(|(_, have)| *have == text) {
            return name.clone();
        }
        let named = schema.reference().and_then(|reference| reference.rsplit('/').next());
        let word = named.or_else(|| operation.id()).map_or_else(|| operation.line(), str::to_owned);
        let letter = |c: char| if c.is_ascii_alphanumeric() || matches!(c, '-' | '_') { c } else { '_' };
        let word: String = word.chars().map(letter).take(80).collect();
        let word = word.trim_matches('_');
        let word = if word.is_empty() { "schema" } else { word };
        let is_free = |name: &String| {
            let is_it = |have: &str| have.eq_ignore_ascii_case(name);
            !self.answers.files.iter().any(|(have, _)| is_it(have))
                && !self.suite.files.iter().any(|(have, _)| is_it(have))
        };
        let numbered = (2..).map(|number| format!("schemas/{word}_{number}.json"));
        let name = std::iter::once(format!("schemas/{word}.json")).chain(numbered).find(is_free).unwrap_or_default();
        self.suite.files.push((name.clone(), text.clone().into_bytes()));
        self.answers.files.push((name.clone(), text));
        name
    }
}

fn exists(header: &str) -> Yaml {
    Yaml::map([("extract_test", Yaml::map([("header", Yaml::text(header)), ("test", Yaml::text("exists"))]))])
}

fn asks_nothing(schema: &Json) -> bool {
    match schema {
        Json::Object(map) => map.keys().all(|key| WORDS_ONLY.contains(&key.as_str())),
        other => *other == Json::Bool(true),
    }
}

/// The answers of the 200s, or else the one that stands for all, or else those below 400.
fn right_answers<'d>(responses: &[(&'d str, Node<'d>)]) -> Vec<(&'d str, Node<'d>)> {
    let of =
        |fits: &dyn Fn(&str) -> bool| -> Vec<_> { responses.iter().copied().filter(|(key, _)| fits(key)).collect() };
    let right = of(&|key| key.starts_with('2'));
    let right = if right.is_empty() { of(&|key| key == "default") } else { right };
    if right.is_empty() { of(&|key| key.starts_with('3')) } else { right }
}

/// The statuses that are right.
fn statuses(responses: &[(&str, Node<'_>)]) -> Vec<u16> {
    let mut found: Vec<u16> = Vec::new();
    for (key, _) in right_answers(responses) {
        match key.parse::<u16>() {
            Ok(status) => found.push(status),
            Err(_) if key.eq_ignore_ascii_case("2xx") => found.extend([200, 201, 202, 204]),
            Err(_) if key.eq_ignore_ascii_case("3xx") => found.extend([301, 302, 303, 307, 308]),
            Err(_) => found.push(200),
        }
    }
    found.retain(|status| (100..1000).contains(status));
    found.sort_unstable();
    found.dedup();
    if found.is_empty() { vec![200] } else { found }
}
