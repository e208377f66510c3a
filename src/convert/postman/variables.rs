//! `{{name}}` in the texts of a collection.
//!
//! Owns: which values are known, what is used and what sets it, dynamic variables such as `{{$guid}}`. Does not: know
//! where a text stands.

use std::collections::{HashMap, HashSet};

use serde_json::{Value as Json, json};

use crate::convert::made::{Loss, MadeSuite};
use crate::convert::places::Part;
use crate::convert::script::Made;
use crate::convert::text::Text;
use crate::convert::yaml::Yaml;
use crate::ground::source::Location;
use crate::secrets::is_secret_name;

/// Values are looked into so many times: one may name another.
const DEEPEST: usize = 10;

/// Dynamic variables, and the generators that stand for them.
const DYNAMIC: [(&str, &str); 17] = [
    ("$guid", "uuid"),
    ("$randomUUID", "uuid"),
    ("$timestamp", "timestamp"),
    ("$isoTimestamp", "iso_timestamp"),
    ("$randomInt", "random_int"),
    ("$randomBoolean", "random_bool"),
    ("$randomEmail", "email"),
    ("$randomExampleEmail", "email"),
    ("$randomFullName", "name"),
    ("$randomNamePrefix", "name"),
    ("$randomPhoneNumber", "phone"),
    ("$randomIP", "ipv4"),
    ("$randomAlphaNumeric", "random_text"),
    ("$randomPassword", "random_text"),
    ("$randomUserName", "random_text"),
    ("$randomWord", "random_text"),
    ("$randomLoremWord", "random_text"),
];

struct Known {
    value: Json,
    is_secret: bool,
}

/// What a collection knows of its variables.
pub struct Variables<'s> {
    /// What is being made.
    pub suite: &'s mut MadeSuite,
    known: Vec<Known>,
    places: HashMap<String, usize>,
    /// Those that a text of the suite has, in order, each with the first place.
    used: Vec<(String, Location)>,
    /// What is being read stands there.
    pub here: Location,
    is_used: HashSet<String>,
    /// Those of the test at hand.
    at_hand: HashSet<String>,
    /// Those that a test sets.
    set: Vec<String>,
    is_set: HashSet<String>,
    /// Generators that the test at hand needs: the variable, and the generator.
    pub generators: Vec<(String, String)>,
    /// Dynamic variables that nothing stands for, of the test at hand.
    unknown: Vec<String>,
}

impl<'s> Variables<'s> {
    /// None is known yet.
    pub fn new(suite: &'s mut MadeSuite) -> Variables<'s> {
        Variables {
            suite,
            known: Vec::new(),
            places: HashMap::new(),
            used: Vec::new(),
            here: Location::default(),
            is_used: HashSet::new(),
            at_hand: HashSet::new(),
            set: Vec::new(),
            is_set: HashSet::new(),
            generators: Vec::new(),
            unknown: Vec::new(),
        }
    }

    /// Takes the entries of a list: `{key, value, type, disabled}`, in place of those of the same name.
    pub fn take(&mut self, list: Part<'_>) {
        for entry in list.items() {
            let [key, id, value, kind, disabled, enabled] =
                entry.members(["key", "id", "value", "type", "disabled", "enabled"]);
            let is_off = disabled.is_some_and(Part::is_true) || enabled.is_some_and(|flag| flag.text() == "false");
            let Some(name) = key.or(id).and_then(Part::string).filter(|name| !is_off && !name.is_empty()) else {
                continue;
            };
            let value = value.map(Part::json).filter(|value| !value.is_null()).unwrap_or_else(|| "".into());
            let is_marked = kind.and_then(Part::string).is_some_and(|kind| kind == "secret");
            let is_secret = is_marked || is_secret_name(&name);
            let known = Known { value, is_secret };
            match self.places.get(&name) {
                Some(at) => self.known[*at] = known,
                None => {
                    self.places.insert(name, self.known.len());
                    self.known.push(known);
                }
            }
        }
    }

    /// What a variable is known to hold, as text.
    pub fn value(&self, name: &str) -> Option<&str> {
        self.places.get(name).and_then(|at| self.known[*at].value.as_str())
    }

    /// A text with its variables.
    pub fn text(&mut self, text: &str) -> Text {
        self.text_at(text, 0)
    }

    fn text_at(&mut self, text: &str, depth: usize) -> Text {
        let mut out = Text::default();
        let mut rest = text;
        while let Some((before, name, after)) = placeholder(rest) {
            out.push(before);
            out.append(self.variable(name, depth));
            rest = after;
        }
        out.push(rest);
        out
    }

    fn variable(&mut self, name: &str, depth: usize) -> Text {
        if name.starts_with('$') {
            return self.dynamic(name);
        }
        // One that is made of others is written out: templates are filled in once.
        let made_of = self.value(name).filter(|value| depth < DEEPEST && placeholder(value).is_some());
        if let Some(value) = made_of.map(str::to_owned).filter(|_| !self.is_set.contains(name)) {
            return self.text_at(&value, depth + 1);
        }
        self.mark_used(name);
        Text::variable(self.suite.names.of(name))
    }

    /// Another test begins.
    pub fn begin(&mut self, here: Location) {
        self.here = here;
        self.at_hand.clear();
        self.generators.clear();
    }

    /// Whether a text of the test at hand has this variable.
    pub fn is_at_hand(&self, name: &str) -> bool {
        self.at_hand.contains(name)
    }

    /// What of the test at hand has no generator.
    pub fn unknown(&mut self) -> Vec<String> {
        let what = |name: String| format!("the dynamic variable {{{{{name}}}}} has no generator; give {name} a value");
        self.unknown.drain(..).map(what).collect()
    }

    /// A text of the suite has this variable.
    pub fn mark_used(&mut self, name: &str) {
        self.at_hand.insert(name.to_owned());
        if self.is_used.insert(name.to_owned()) {
            self.used.push((name.to_owned(), self.here.clone()));
        }
    }

    /// A test sets this variable.
    pub fn mark_set(&mut self, name: &str) {
        if self.is_set.insert(name.to_owned()) {
            self.set.push(name.to_owned());
        }
    }

    fn dynamic(&mut self, name: &str) -> Text {
        let Some((_, generator)) = DYNAMIC.iter().find(|(have, _)| *have == name) else {
            if !self.unknown.iter().any(|have| have == name) {
                self.unknown.push(name.to_owned());
            }
            // Somebody else may know what it is.
            let variable = self.suite.names.of(name.trim_start_matches('$'));
            if !self.suite.variables.iter().any(|(have, _)| *have == variable) {
                self.suite.variables.push((variable.clone(), Yaml::text("")));
            }
            return Text::variable(variable);
        };
        let keys = match *generator {
            "uuid" => Made::Uuid.generator(),
            "timestamp" => Made::Date("epoch").generator(),
            "iso_timestamp" => Made::Date("rfc3339").generator(),
            kind => json!({ "type": kind }),
        };
        self.generate(name, generator, &keys)
    }

    /// A variable of the test at hand that a generator makes.
    pub fn generate(&mut self, name: &str, generator: &str, keys: &Json) -> Text {
        self.suite.generator(generator, Yaml::json(keys));
        let variable = self.suite.names.of(name.trim_start_matches('$'));
        if !self.generators.iter().any(|(have, _)| *have == variable) {
            self.generators.push((variable.clone(), generator.to_owned()));
        }
        Text::variable(variable)
    }

    /// Binds what is known, and says what is not.
    pub fn finish(self) {
        let suite = self.suite;
        for (name, place) in &self.used {
            let variable = suite.names.of(name);
            let known = self.places.get(name).map(|at| &self.known[*at]);
            let is_empty = known.is_none_or(|known| known.value == "");
            let is_secret = known.map_or_else(|| is_secret_name(name), |known| known.is_secret);
            if is_empty && self.is_set.contains(name) {
                continue;
            }
            match known {
                _ if is_secret && (suite.hides_secrets() || is_empty) => suite.declare_secret(&variable),
                Some(known) => suite.variables.push((variable, Yaml::json(&known.value))),
                None => {
                    let what = format!("nothing here sets {name}; give it a value, or convert with --environment FILE");
                    suite.losses.push(Loss { place: place.clone(), what });
                    suite.variables.push((variable, Yaml::text("")));
                }
            }
        }
        // What a test sets and no text has is meant for other files.
        let unused: Vec<Yaml> = self
            .set
            .iter()
            .filter(|name| !self.is_used.contains(*name))
            .map(|name| Yaml::text(suite.names.of(name)))
            .collect();
        if !unused.is_empty() {
            suite.config.push(("share".to_owned(), Yaml::List(unused)));
        }
    }
}

/// The first `{{name}}` of a text, with what stands before and behind it.
pub fn placeholder(text: &str) -> Option<(&str, &str, &str)> {
    let mut from = 0;
    loop {
        let open = from + text[from..].find("{{")?;
        let close = open + 2 + text[open + 2..].find("}}")?;
        // Of `{{{a}}` the last two braces open it.
        let inner = &text[open + 2..close];
        let name_from = inner.rfind("{{").map_or(open + 2, |at| open + 4 + at);
        let name_from = if text[name_from..close].starts_with('{') { name_from + 1 } else { name_from };
        let name = &text[name_from..close];
        let is_name = !name.trim().is_empty() && !name.contains(['{', '}', '"', '\n', '\'', ':', ',']);
        if is_name {
            return Some((&text[..name_from - 2], name.trim(), &text[close + 2..]));
        }
        from = close;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::convert::made::SecretValues;
    use crate::convert::places;
    use crate::ground::source::Source;

    #[test]
    fn placeholders_are_found() {
        for (text, expected) in [
            ("a{{b}}c", Some(("a", "b", "c"))),
            ("{{a}}{{b}}", Some(("", "a", "{{b}}"))),
            ("{{ a }}", Some(("", "a", ""))),
            ("{\"x\":{{{a}}}", Some(("{\"x\":{", "a", "}"))),
            ("{{}}{{b}}", Some(("{{}}", "b", ""))),
            ("{\"a\":{\"b\":1}}", None),
            ("{{{\"a\": 1}}}", None),
            ("{{a", None),
            ("{a}", None),
        ] {
            assert_eq!(placeholder(text), expected, "{text}");
        }
    }

    #[test]
    fn values_are_known_or_asked_for() {
        let text = r#"[{"key": "base", "value": "{{host}}/v1"}, {"key": "host", "value": "http://h"}, {"key": "n.x", "value": 5},
            {"key": "off", "value": "x", "disabled": true}, {"key": "password", "value": "p"}, {"key": "spare", "value": 1}]"#;
        let source = Source::new("c.json", text.to_owned());
        let list = places::whole(&source).unwrap();
        let mut suite = MadeSuite::new(SecretValues::Hidden);
        let mut variables = Variables::new(&mut suite);
        variables.take(list);
        let made = variables.text("{{base}}/$a/{{n.x}}?p={{password}}&o={{off}}&g={{$guid}}&c={{$randomColor}}");
        assert_eq!(made.template(), "$host/v1/$$a/$n_x?p=$password&o=$off&g=$guid&c=$randomColor");
        variables.mark_set("later");
        assert_eq!(variables.generators, [("guid".to_owned(), "uuid".to_owned())]);
        assert!(variables.unknown().concat().contains("{{$randomColor}}"));
        variables.finish();
        let names: Vec<&str> = suite.variables.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(names, ["randomColor", "host", "n_x", "off"]);
        assert_eq!(suite.secrets(), ["password"]);
        assert_eq!(suite.config, [("share".to_owned(), Yaml::List(vec![Yaml::text("later")]))]);
        let losses: Vec<&str> = suite.losses.iter().map(|loss| loss.what.as_str()).collect();
        assert!(losses[0].contains("nothing here sets off") && losses.len() == 1, "{losses:?}");
    }
}
