//! A suite that is being made: its tests, its variables, what of the source is lost.
//!
//! Owns: the parts, in the order in which they came; secrets that become variables. Does not: write it down (see `written`).

use std::collections::{HashMap, HashSet};

use super::names::Names;
use super::request::Request;
use super::text::Text;
use super::yaml::Yaml;
use crate::ground::source::Location;
use crate::secrets::{is_secret_header, is_secret_name};

/// What could not be translated.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Loss {
    /// Where it stands in the source.
    pub place: Location,
    /// What it is, as a fragment; further lines may show the source.
    pub what: String,
}

/// A test.
#[derive(Debug, Clone, Default)]
pub struct MadeTest {
    /// What stands above it: the source, and what it is called there.
    pub source: String,
    /// Its name; an empty one becomes the method and the URL.
    pub name: String,
    /// Its group.
    pub group: Option<String>,
    /// What it sends.
    pub request: Request,
    /// The statuses that are expected; none leaves it to the method.
    pub statuses: Vec<u16>,
    /// Items of `validators`.
    pub validators: Vec<Yaml>,
    /// Variables that it sets before it is sent.
    pub variable_binds: Vec<(String, Yaml)>,
    /// Variables that it takes from generators: the variable, and the generator.
    pub generator_binds: Vec<(String, String)>,
    /// Variables that it takes from the answer, each with its extractor.
    pub extract_binds: Vec<(String, Yaml)>,
    /// Other keys, in any order.
    pub keys: Vec<(String, Yaml)>,
    /// Remarks that are no losses; with the key above which one stands, if there is one.
    pub remarks: Vec<(Option<&'static str>, String)>,
    /// What is lost of it; with the key that it belongs to, if there is one.
    pub losses: Vec<(Option<&'static str>, Loss)>,
}

impl MadeTest {
    /// Something of it is lost.
    pub fn lose(&mut self, key: Option<&'static str>, place: &Location, what: impl Into<String>) {
        self.losses.push((key, Loss { place: place.clone(), what: what.into() }));
    }

    /// Sets a key, in place of what it was.
    pub fn set(&mut self, key: &str, value: Yaml) {
        self.keys.retain(|(have, _)| have != key);
        self.keys.push((key.to_owned(), value));
    }

    /// `compare: {EXTRACTOR: ARGUMENT, comparator: …, expected: …}`.
    pub fn compare(&mut self, (extractor, argument): (&str, &str), comparator: &str, expected: Yaml) {
        let compare = Yaml::map([
            (extractor, Yaml::text(argument)),
            ("comparator", Yaml::text(comparator)),
            ("expected", expected),
        ]);
        self.validators.push(Yaml::map([("compare", compare)]));
    }

    /// `extract_test: {EXTRACTOR: ARGUMENT, test: …}`.
    pub fn extract_test(&mut self, (extractor, argument): (&str, &str), test: &str) {
        let extract = Yaml::map([(extractor, Yaml::text(argument)), ("test", Yaml::text(test))]);
        self.validators.push(Yaml::map([("extract_test", extract)]));
    }
}

/// An item of the suite.
#[derive(Debug)]
pub enum Item {
    /// A test.
    Test(Box<MadeTest>),
    /// A request of which nothing could be translated.
    Lost(Loss),
}

/// What becomes of values that look secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum SecretValues {
    /// They become variables.
    #[default]
    Hidden,
    /// They are written as they are: `--keep-secrets`.
    Kept,
}

/// A suite.
#[derive(Debug, Default)]
pub struct MadeSuite {
    /// A title for people.
    pub title: Option<String>,
    /// Remarks at its top.
    pub remarks: Vec<String>,
    /// What is lost of the source as a whole.
    pub losses: Vec<Loss>,
    /// Variables of all tests.
    pub variables: Vec<(String, Yaml)>,
    /// Generators, by name.
    pub generators: Vec<(String, Yaml)>,
    /// Other keys of `config`.
    pub config: Vec<(String, Yaml)>,
    /// Tests and what is lost between them.
    pub items: Vec<Item>,
    /// Files that belong to it, relative to its folder.
    pub files: Vec<(String, Vec<u8>)>,
    /// Lines of the report that are no losses.
    pub notes: Vec<String>,
    /// The names of its variables.
    pub names: Names,
    secret_values: SecretValues,
    secrets: Vec<String>,
    hidden: HashMap<(String, String), String>,
    /// Those of suites beside this one, which share its file of secrets.
    beside: HashMap<(String, String), String>,
    set_by_answers: HashSet<String>,
    is_full: bool,
}

impl MadeSuite {
    /// How many tests, and losses between them, a suite is made of at most: whoever has more to convert wants a part.
    pub const MOST: usize = 10_000;

    /// Whether it takes no more; what stands at the place and behind it is lost then, which is said once.
    pub fn is_full(&mut self, place: impl FnOnce() -> Location) -> bool {
        if !self.is_full && self.items.len() >= Self::MOST {
            self.losses.push(Loss { place: place(), what: format!("requests behind the first {}", Self::MOST) });
            self.is_full = true;
        }
        self.is_full
    }

    /// An empty suite.
    pub fn new(secret_values: SecretValues) -> MadeSuite {
        MadeSuite { secret_values, ..MadeSuite::default() }
    }

    /// Its tests, in order.
    pub fn tests_mut(&mut self) -> impl Iterator<Item = &mut MadeTest> {
        self.items.iter_mut().filter_map(|item| match item {
            Item::Test(test) => Some(&mut **test),
            Item::Lost(_) => None,
        })
    }

    /// The same suite in a folder with others, whose secrets have these names.
    pub fn beside(self, hidden: &HashMap<(String, String), String>) -> MadeSuite {
        MadeSuite { beside: hidden.clone(), ..self }
    }

    /// The names of hidden values, by what they belong to and what they are.
    pub fn hidden(&self) -> &HashMap<(String, String), String> {
        &self.hidden
    }

    /// Adds a test.
    pub fn push(&mut self, test: MadeTest) {
        self.items.push(Item::Test(Box::new(test)));
    }

    /// A line of the report, once.
    pub fn note(&mut self, note: impl Into<String>) {
        let note = note.into();
        if !self.notes.contains(&note) {
            self.notes.push(note);
        }
    }

    /// The generator of a name, which is made where it is not there yet.
    pub fn generator(&mut self, name: &str, keys: Yaml) {
        if !self.generators.iter().any(|(have, _)| have == name) {
            self.generators.push((name.to_owned(), keys));
        }
    }

    /// Names of variables whose values are secret, and are not part of the suite.
    pub fn secrets(&self) -> &[String] {
        &self.secrets
    }

    /// A variable gets its value from an answer.
    pub fn set_by_answer(&mut self, variable: &str) {
        self.set_by_answers.insert(variable.to_owned());
    }

    /// A variable is used at a place of the source: one that nothing has set is empty, and that is told; where its name
    /// marks a secret, its value comes from outside.
    pub fn use_variable(&mut self, variable: &str, place: &Location) {
        let is_set = self.set_by_answers.contains(variable)
            || self.secrets.iter().any(|name| name == variable)
            || self.variables.iter().any(|(name, _)| name == variable);
        if is_set {
            return;
        }
        if is_secret_name(variable) && self.hides_secrets() {
            self.declare_secret(variable);
            return;
        }
        self.variables.push((variable.to_owned(), Yaml::text("")));
        let what = format!("nothing sets the variable {variable}; give it its value, or run with --vars");
        self.losses.push(Loss { place: place.clone(), what });
    }

    /// Whether values that look secret become variables.
    pub fn hides_secrets(&self) -> bool {
        self.secret_values == SecretValues::Hidden
    }

    /// A variable's value comes from outside, and is secret.
    pub fn declare_secret(&mut self, variable: &str) {
        if !self.secrets.iter().any(|have| have == variable) {
            self.secrets.push(variable.to_owned());
        }
    }

    /// A secret value: a variable that is called after what it belongs to.
    pub fn secret(&mut self, subject: &str, value: &str) -> Text {
        if self.secret_values == SecretValues::Kept || value.is_empty() {
            return value.into();
        }
        let key = (subject.to_ascii_lowercase(), value.to_owned());
        if let Some(name) = self.hidden.get(&key) {
            return Text::variable(name.clone());
        }
        let name = match self.beside.get(&key) {
            Some(name) => name.clone(),
            // In the one file of secrets, a name has one value.
            None => loop {
                let name = self.names.numbered(subject);
                if !self.beside.values().any(|taken| *taken == name) {
                    break name;
                }
            },
        };
        self.secrets.push(name.clone());
        self.hidden.insert(key, name.clone());
        Text::variable(name)
    }

    /// Where tokens are fetched. One that everybody on the way can read is a variable, and told of: the source says so,
    /// and whoever runs the suite knows a better one.
    pub fn token_url(&mut self, url: Text) -> Text {
        let is_near = |url: &str| ["http://localhost", "http://127."].iter().any(|near| url.starts_with(near));
        let Some(plain) = url.as_plain().filter(|url| url.starts_with("http://") && !is_near(url)) else { return url };
        let value = Yaml::text(plain);
        let known = self.variables.iter().find(|(name, have)| name.starts_with("issuer_url") && *have == value);
        let name = match known {
            Some((name, _)) => name.clone(),
            None => {
                let name = self.names.numbered("issuer_url");
                self.note(format!("{plain} is not https: everybody on the way can read secret and token; set ${name}"));
                self.variables.push((name.clone(), value));
                name
            }
        };
        Text::variable(name)
    }

    /// The value of a header; of `Bearer TOKEN` only the token is secret.
    pub fn header_value(&mut self, name: &str, value: Text) -> Text {
        let Some(plain) = value.as_plain().filter(|plain| !plain.is_empty() && is_secret_header(name)) else {
            return value;
        };
        let scheme = plain.split_once(' ').filter(|(scheme, secret)| {
            name.to_ascii_lowercase().ends_with("authorization")
                && !secret.trim().is_empty()
                && scheme.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
        });
        match scheme {
            Some((scheme, secret)) => {
                let mut text = Text::from(format!("{scheme} "));
                text.append(self.secret(name, secret));
                text
            }
            None => self.secret(name, plain),
        }
    }
}
