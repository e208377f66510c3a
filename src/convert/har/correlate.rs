//! Values that a server has made, and that later requests send back: they become variables.
//!
//! Owns: which values those are, where they stand in later requests. Does not: read a recording (see `mod`).

use std::collections::HashMap;

use aho_corasick::{AhoCorasick, MatchKind};
use serde_json::Value as Json;

use super::super::made::{MadeSuite, MadeTest};
use super::super::request::Body;
use super::super::script::{Step, json_path};
use super::super::text::{Piece, Text};
use super::super::yaml::Yaml;

/// Shorter values are found everywhere.
const SHORTEST: usize = 8;

/// Longer values are content.
const LONGEST: usize = 4096;

/// Values of one answer, and of all of them.
const MOST_OF_ONE: usize = 1000;
const MOST: usize = 50_000;

/// The last part of a path, before a query.
const LAST_PART: &str = "([^/?#]+)/?(?:[?#].*)?$";

/// A value of an answer.
#[derive(Debug)]
struct Value {
    /// The request whose answer had it first.
    of: usize,
    /// What takes it from there.
    extractor: Yaml,
    /// What it is called there.
    called: String,
    /// The variable, once it is used.
    variable: Option<String>,
    /// Whether a request sent it before a server did.
    is_clients: bool,
}

/// Values of all answers.
#[derive(Debug, Default)]
pub struct Values {
    found: HashMap<String, Value>,
}

impl Values {
    /// Takes the values of a JSON answer to the request of this number.
    pub fn of_json(&mut self, of: usize, json: &Json) {
        let mut steps = Vec::new();
        let mut left = MOST_OF_ONE;
        self.walk(of, json, &mut steps, &mut left);
    }

    fn walk(&mut self, of: usize, json: &Json, steps: &mut Vec<Step>, left: &mut usize) {
        match json {
            Json::Object(members) => {
                for (key, value) in members {
                    steps.push(Step::Key(key.clone()));
                    self.walk(of, value, steps, left);
                    steps.pop();
                }
            }
            Json::Array(items) => {
                for (index, item) in (0..).zip(items).take(MOST_OF_ONE) {
                    steps.push(Step::Index(index));
                    self.walk(of, item, steps, left);
                    steps.pop();
                }
            }
            Json::String(_) | Json::Number(_) if *left > 0 => {
                let text = json.as_str().map_or_else(|| json.to_string(), str::to_owned);
                let called = steps.iter().rev().find_map(|step| match step {
                    Step::Key(key) => Some(key.as_str()),
                    Step::Index(_) => None,
                });
                if (SHORTEST..=LONGEST).contains(&text.len()) {
                    *left -= 1;
                    let extractor = Yaml::map([("jsonpath", Yaml::text(json_path(steps)))]);
                    self.add(&text, of, called.unwrap_or("value"), extractor);
                }
            }
            _ => {}
        }
    }

    /// Takes the `Location` of the answer to the request of this number: whole, and its last part.
    pub fn of_location(&mut self, of: usize, location: &str) {
        let header = Yaml::map([("header", Yaml::text("Location"))]);
        let path = location.split(['?', '#']).next().unwrap_or_default().trim_end_matches('/');
        let last = path.rsplit('/').next().unwrap_or_default();
        let regex = Yaml::map([("regex", Yaml::text(LAST_PART)), ("of", header.clone())]);
        self.add(last, of, "location_id", regex);
        self.add(location, of, "location", header);
    }

    fn add(&mut self, text: &str, of: usize, called: &str, extractor: Yaml) {
        if !(SHORTEST..=LONGEST).contains(&text.len()) || self.found.len() >= MOST {
            return;
        }
        self.found.entry(text.to_owned()).or_insert_with(|| Value {
            of,
            extractor,
            called: called.to_owned(),
            variable: None,
            is_clients: false,
        });
    }
}

/// Puts variables for the values that come from earlier answers, and binds them there.
pub fn correlate(mut values: Values, tests: &mut [MadeTest], suite: &mut MadeSuite) {
    // Sorted, so that a second conversion gives the same.
    let mut texts: Vec<String> = values.found.keys().cloned().collect();
    texts.sort_unstable();
    let Ok(automaton) = AhoCorasick::builder().match_kind(MatchKind::LeftmostLongest).build(&texts) else { return };
    let mut search = Search { automaton, texts, values: &mut values.found, suite, at: 0 };
    for (at, test) in tests.iter_mut().enumerate() {
        search.at = at;
        search.test(test);
    }
    let mut used: Vec<Value> = values.found.into_values().filter(|value| value.variable.is_some()).collect();
    used.sort_by(|one, other| (one.of, &one.variable).cmp(&(other.of, &other.variable)));
    for Value { of, extractor, variable, .. } in used {
        if let (Some(test), Some(variable)) = (tests.get_mut(of), variable) {
            test.extract_binds.push((variable, extractor));
        }
    }
}

struct Search<'v> {
    automaton: AhoCorasick,
    texts: Vec<String>,
    values: &'v mut HashMap<String, Value>,
    suite: &'v mut MadeSuite,
    at: usize,
}

impl Search<'_> {
    fn test(&mut self, test: &mut MadeTest) {
        test.request.url = self.text(&test.request.url);
        for (_, value) in &mut test.request.headers {
            *value = self.text(value);
        }
        match &mut test.request.body {
            Some(Body::Text(text)) => *text = self.text(text),
            Some(Body::Form(pairs)) => pairs.iter_mut().for_each(|(_, value)| *value = self.text(value)),
            Some(Body::Json(json)) => {
                let mut has_variables = false;
                let filled = self.json(json, &mut has_variables);
                if has_variables {
                    test.request.body = Some(Body::JsonTemplate(filled));
                }
            }
            _ => {}
        }
    }

    /// A tree below `template`.
    fn json(&mut self, json: &Yaml, has_variables: &mut bool) -> Yaml {
        match json {
            Yaml::Text(text) | Yaml::Word(text) => {
                let filled = self.text(&text.as_str().into());
                match (json, filled.pieces()) {
                    // A number stays one, and a text one.
                    (Yaml::Word(_), [Piece::Variable(name)]) => {
                        *has_variables = true;
                        Yaml::Text(format!("${name}"))
                    }
                    (Yaml::Word(_), _) => json.clone(),
                    (_, [Piece::Variable(name)]) => {
                        *has_variables = true;
                        Yaml::Text(format!("${{{name}}}"))
                    }
                    _ => {
                        *has_variables |= filled.has_variables();
                        Yaml::Text(filled.template())
                    }
                }
            }
            Yaml::List(items) => Yaml::List(items.iter().map(|item| self.json(item, has_variables)).collect()),
            Yaml::Map(members) => Yaml::Map(
                members.iter().map(|(key, value)| (key.replace('$', "$$"), self.json(value, has_variables))).collect(),
            ),
        }
    }

    fn text(&mut self, text: &Text) -> Text {
        let Some(plain) = text.as_plain() else { return text.clone() };
        let mut out = Text::default();
        let mut from = 0;
        for found in self.automaton.find_iter(plain) {
            let (start, end) = (found.start(), found.end());
            if !stands_alone(plain, start, end) {
                continue;
            }
            let Some(value) = self.values.get_mut(&self.texts[found.pattern().as_usize()]) else { continue };
            if value.of >= self.at {
                value.is_clients = true;
            }
            if value.is_clients {
                continue;
            }
            let variable = value.variable.get_or_insert_with(|| self.suite.names.fresh(&value.called));
            out.push(&plain[from..start]);
            out.append(Text::variable(variable.clone()));
            from = end;
        }
        out.push(&plain[from..]);
        out
    }
}

/// Whether a place in a text is not a part of a longer word.
fn stands_alone(text: &str, start: usize, end: usize) -> bool {
    let is_word = |c: Option<char>| c.is_some_and(char::is_alphanumeric);
    let goes_on = |before: &str, after: &str| is_word(before.chars().next_back()) && is_word(after.chars().next());
    !goes_on(&text[..start], &text[start..]) && !goes_on(&text[..end], &text[end..])
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::super::super::made::SecretValues;
    use super::super::super::request::Request;
    use super::*;

    fn test(url: &str, body: Option<Body>) -> MadeTest {
        MadeTest { request: Request { url: url.into(), body, ..Request::default() }, ..MadeTest::default() }
    }

    #[test]
    fn what_a_server_made_becomes_a_variable() {
        let mut values = Values::default();
        values.of_json(
            0,
            &json!({ "items": [{ "id": "a1b2c3d4e5" }], "number": 123_456_789, "own": "sent before", "short": "abc" }),
        );
        values.of_location(1, "/orders/ffeeddcc00?x=1");
        let mut tests = [
            test("http://h/?q=sent before", None),
            test("http://h/a1b2c3d4e5/xa1b2c3d4e5?q=sent before", None),
            test(
                "http://h/orders/ffeeddcc00",
                Some(Body::Json(Yaml::json(
                    &json!({ "id": "a1b2c3d4e5", "n": 123_456_789, "t": "$ a1b2c3d4e5", "$k": true }),
                ))),
            ),
        ];
        let mut suite = MadeSuite::new(SecretValues::Hidden);
        correlate(values, &mut tests, &mut suite);
        let binds = |test: &MadeTest| test.extract_binds.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(tests[0].request.url.template(), "http://h/?q=sent before");
        assert_eq!(binds(&tests[0]), ["id", "number"]);
        assert_eq!(tests[1].request.url.template(), "http://h/$id/xa1b2c3d4e5?q=sent before");
        assert_eq!(binds(&tests[1]), ["location_id"]);
        assert_eq!(tests[2].request.url.template(), "http://h/orders/$location_id");
        let expected = Yaml::map([
            ("id", Yaml::text("${id}")),
            ("n", Yaml::text("$number")),
            ("t", Yaml::text("$$ $id")),
            ("$$k", Yaml::word(true)),
        ]);
        assert_eq!(tests[2].request.body, Some(Body::JsonTemplate(expected)));
    }
}
