//! The made suite as a file, its secrets' file, and the report.
//!
//! Owns: the order of keys, where comments stand, what the report says. Does not: put files anywhere (see
//! `cli::commands::convert`).

use std::collections::{HashMap, HashSet};
use std::fmt::Write as _;

use super::made::{Item, Loss, MadeSuite, MadeTest};
use super::yaml::{Lines, Yaml};
use crate::ground::counted::counted;
use crate::ground::printable;
use crate::variables::template::Template;

/// The keys of a test in the order in which they are written; others stand before `expected_status`.
const ORDER: [&str; 15] = [
    "name",
    "group",
    "tags",
    "if",
    "skip",
    "url",
    "method",
    "curl_option_customrequest",
    "auth",
    "auth_username",
    "auth_password",
    "headers",
    "curl_option_httpheader",
    "query",
    "body",
];

/// Those that stand last.
const LAST: [&str; 5] = ["expected_status", "validators", "variable_binds", "generator_binds", "extract_binds"];

/// What is written down.
#[derive(Debug)]
pub struct Written {
    /// The suite.
    pub suite: String,
    /// The names of its secrets, as a file to be filled in; nothing where it has none.
    pub secrets: Option<String>,
    /// Files that belong to it, relative to its folder.
    pub files: Vec<(String, Vec<u8>)>,
    /// How many tests there are.
    tests: usize,
    /// How many of them have lost something.
    in_part: usize,
    /// How many requests could not be translated at all.
    lost: usize,
    /// What is lost, with its line of the suite.
    losses: Vec<(u32, Loss)>,
    notes: Vec<String>,
    /// Whether a test names an origin of its own.
    has_absolute_urls: bool,
}

/// Writes a suite down.
pub fn write(mut suite: MadeSuite) -> Written {
    number_equal_names(&mut suite.items);
    assert_unused(&mut suite);
    let mut lines = Lines::default();
    let mut losses = Vec::new();
    for remark in &suite.remarks {
        lines.comment(0, remark);
    }
    for loss in std::mem::take(&mut suite.losses) {
        todo(&mut lines, 0, loss, &mut losses);
    }
    let config = config(&suite);
    if !config.is_empty() {
        lines.push(0, "- config:");
        config.iter().for_each(|(key, value)| lines.member(2, key, value));
    }
    let (mut tests, mut in_part, mut lost, mut has_absolute_urls) = (0, 0, 0, false);
    for item in std::mem::take(&mut suite.items) {
        match item {
            Item::Lost(loss) => {
                lost += 1;
                todo(&mut lines, 0, loss, &mut losses);
            }
            Item::Test(test) => {
                tests += 1;
                in_part += usize::from(!test.losses.is_empty());
                has_absolute_urls |= is_absolute(&test);
                write_test(&mut lines, *test, &mut losses);
            }
        }
    }
    if tests == 0 && config.is_empty() {
        // A suite is a list, be it an empty one.
        lines.push(0, "[]");
    }
    let mut notes = suite.notes.clone();
    notes.extend(suite.names.changed().iter().map(|(before, now)| format!("the variable {before} is called {now}")));
    let written = Written {
        secrets: secrets_file(&suite),
        suite: lines.into_text(),
        files: suite.files,
        tests,
        in_part,
        lost,
        losses,
        notes,
        has_absolute_urls,
    };
    debug_assert!(reads(&written.suite), "not read back:\n{}", written.suite);
    written
}

/// Whether our own reader takes it.
fn reads(text: &str) -> bool {
    crate::suite::document::read_value(text).is_ok()
}

fn is_absolute(test: &MadeTest) -> bool {
    let url = &test.request.url;
    let begins_with_variable = url.has_variables() && url.beginning().is_empty();
    begins_with_variable || ["http://", "https://"].iter().any(|scheme| url.beginning().starts_with(scheme))
}

fn todo(lines: &mut Lines, depth: usize, loss: Loss, losses: &mut Vec<(u32, Loss)>) {
    let line = lines.next_line();
    lines.comment(depth, &format!("TODO {}: {}", loss.place, loss.what));
    losses.push((line, loss));
}

/// The keys of `config`.
fn config(suite: &MadeSuite) -> Vec<(String, Yaml)> {
    let mut keys = Vec::new();
    let mut add = |key: &str, value: Yaml| keys.push((key.to_owned(), value));
    if let Some(title) = &suite.title {
        add("testset", Yaml::text(title));
    }
    if !suite.secrets().is_empty() {
        add("secrets", Yaml::List(suite.secrets().iter().map(Yaml::text).collect()));
    }
    if !suite.variables.is_empty() {
        add("variable_binds", Yaml::Map(suite.variables.clone()));
    }
    if !suite.generators.is_empty() {
        add("generators", Yaml::Map(suite.generators.clone()));
    }
    keys.extend(suite.config.iter().cloned());
    keys
}

/// Of equal names in a group, those from the second on get a number.
fn number_equal_names(items: &mut [Item]) {
    let mut seen: HashMap<(Option<String>, String), u32> = HashMap::new();
    for item in items {
        let Item::Test(test) = item else { continue };
        if test.name.is_empty() {
            let method = if test.request.method.is_empty() { "GET" } else { &test.request.method };
            test.name = format!("{method} {}", test.request.url.template());
        }
        loop {
            let count = seen.entry((test.group.clone(), test.name.clone())).or_default();
            *count += 1;
            if *count == 1 {
                break;
            }
            test.name = format!("{} ({count})", test.name);
        }
    }
}

/// A value that is taken from an answer and used nowhere must be there, and no more.
fn assert_unused(suite: &mut MadeSuite) {
    let mut used = HashSet::new();
    for (key, value) in &suite.config {
        names_in(value, &mut used);
        // What later files get is used there.
        if let ("share", Yaml::List(names)) = (key.as_str(), value) {
            used.extend(names.iter().filter_map(as_text).map(str::to_owned));
        }
    }
    for item in &suite.items {
        if let Item::Test(test) = item {
            test_keys(test).iter().for_each(|(_, value)| names_in(value, &mut used));
        }
    }
    for item in &mut suite.items {
        let Item::Test(test) = item else { continue };
        let unused = test.extract_binds.extract_if(.., |(name, _)| !used.contains(name));
        for (_, extractor) in unused.collect::<Vec<_>>() {
            let Yaml::Map(mut keys) = extractor else { continue };
            keys.push(("test".to_owned(), Yaml::text("exists")));
            test.validators.push(Yaml::map([("extract_test", Yaml::Map(keys))]));
        }
    }
}

/// Names that stand in templates; a text that is none may name one by chance.
fn names_in(value: &Yaml, names: &mut HashSet<String>) {
    match value {
        Yaml::Text(text) if text.contains('$') => names.extend(Template::parse(text).variables().map(str::to_owned)),
        Yaml::Text(_) | Yaml::Word(_) => {}
        Yaml::List(items) => items.iter().for_each(|item| names_in(item, names)),
        Yaml::Map(members) => members.iter().for_each(|(key, value)| {
            if key == "variable" {
                names.extend(as_text(value).map(str::to_owned));
            }
            names.extend(Template::parse(key).variables().map(str::to_owned));
            names_in(value, names);
        }),
    }
}

fn as_text(value: &Yaml) -> Option<&str> {
    match value {
        Yaml::Text(text) => Some(text),
        _ => None,
    }
}

fn write_test(lines: &mut Lines, test: MadeTest, losses: &mut Vec<(u32, Loss)>) {
    if lines.next_line() > 1 {
        lines.push(0, "");
    }
    if !test.source.is_empty() {
        lines.comment(0, &format!("from {}", printable::one_line(&test.source)));
    }
    lines.push(0, "- test:");
    let keys = test_keys(&test);
    let has = |key: &str| keys.iter().any(|(have, _)| have == key);
    for (_, remark) in test.remarks.iter().filter(|(key, _)| !key.is_some_and(has)) {
        lines.comment(2, remark);
    }
    let (mut of_keys, of_test): (Vec<_>, Vec<_>) = test.losses.into_iter().partition(|(key, _)| key.is_some_and(has));
    for (_, loss) in of_test {
        todo(lines, 2, loss, losses);
    }
    for (key, value) in &keys {
        for (_, loss) in of_keys.extract_if(.., |(of, _)| of.is_some_and(|of| of == key)) {
            todo(lines, 2, loss, losses);
        }
        for (_, remark) in test.remarks.iter().filter(|(of, _)| of.is_some_and(|of| of == key)) {
            lines.comment(2, remark);
        }
        lines.member(2, key, value);
    }
}

/// The keys of a test, in order.
fn test_keys(test: &MadeTest) -> Vec<(String, Yaml)> {
    let mut keys = vec![("name".to_owned(), Yaml::text(&test.name))];
    let mut add = |key: &str, value: Yaml| keys.push((key.to_owned(), value));
    if let Some(group) = &test.group {
        add("group", Yaml::text(group));
    }
    if !test.statuses.is_empty() {
        add("expected_status", Yaml::List(test.statuses.iter().map(Yaml::word).collect()));
    }
    if !test.validators.is_empty() {
        add("validators", Yaml::List(test.validators.clone()));
    }
    if !test.variable_binds.is_empty() {
        add("variable_binds", Yaml::Map(test.variable_binds.clone()));
    }
    if !test.generator_binds.is_empty() {
        let binds = test.generator_binds.iter().map(|(variable, generator)| (variable.clone(), Yaml::text(generator)));
        add("generator_binds", Yaml::Map(binds.collect()));
    }
    if !test.extract_binds.is_empty() {
        add("extract_binds", Yaml::Map(test.extract_binds.clone()));
    }
    keys.extend(test.request.keys());
    for (key, value) in &test.keys {
        keys.retain(|(have, _)| have != key);
        keys.push((key.clone(), value.clone()));
    }
    keys.sort_by_key(|(key, _)| match ORDER.iter().position(|known| known == key) {
        Some(at) => at,
        None => ORDER.len() + LAST.iter().position(|known| known == key).map_or(0, |at| at + 1),
    });
    keys
}

/// The names of the secrets, for whoever has their values.
fn secrets_file(suite: &MadeSuite) -> Option<String> {
    if suite.secrets().is_empty() {
        return None;
    }
    let mut lines = Lines::default();
    lines
        .comment(0, "Secrets of the suite beside it, without their values: fill in a copy that no repository has, and");
    lines.comment(0, "run with --secrets-file COPY.");
    suite.secrets().iter().for_each(|name| lines.member(0, name, &Yaml::text("")));
    Some(lines.into_text())
}

impl Written {
    /// Whether anything of the source is lost.
    pub fn has_losses(&self) -> bool {
        !self.losses.is_empty()
    }

    /// What is told of it; `name` is what the suite is called.
    pub fn report(&self, name: &str) -> String {
        let requests = self.tests + self.lost;
        let mut out = format!(
            "{}, {} translated wholly, {} in part",
            counted(requests as u64, "request"),
            self.tests - self.in_part,
            self.in_part
        );
        out.push_str(if self.losses.is_empty() { "\n" } else { "; not translated:\n" });
        for (line, Loss { place, what }) in &self.losses {
            let first = what.lines().next().unwrap_or_default();
            let _ = writeln!(out, "  {place}: {} ({name}:{line})", printable::one_line(first));
        }
        for note in &self.notes {
            let _ = writeln!(out, "note: {}", printable::one_line(note));
        }
        if self.has_absolute_urls {
            let _ = writeln!(out, "note: its URLs are absolute: resttest --absolute-urls {name}");
        }
        out
    }
}
