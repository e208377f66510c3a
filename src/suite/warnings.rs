//! Warnings about a whole set: what people write that does nothing, or not what they think.
//!
//! Owns: unset variables, generators that are never bound; generators that are not defined, which are
//! faults. Does not: judge single
//! keys (their readers do).

use std::collections::HashSet;

use super::document::Entry;
use super::keys::Element;
use super::reader::FileReader;
use crate::ground::source::{Fault, Location, did_you_mean};
use crate::settings::unset_variables::UnsetVariables;
use crate::test::definition::Test;
use crate::test::set::{TestSet, ToldUnset};
use crate::variables::template::{Template, Text};

/// Looks over a set once all its elements are read; it comes to know which variables a warning has called unset.
pub fn look_over(reader: &mut FileReader<'_>, set: &mut TestSet) {
    overridden_vars(reader, set);
    lonely_setup(reader, set);
    unbound_generators(reader, set);
    set.told_unset = unset_variables(reader, set);
}

/// Keys of a test or a validator that slipped out of it, and are read by nobody.
pub fn misplaced_keys(reader: &mut FileReader<'_>, item: &[Entry]) {
    let Some(holder) = holder(item).filter(|_| item.len() > 1) else { return };
    for entry in item {
        let name = entry.name.to_lowercase();
        let message = match holder.name.as_str() {
            holder if name == "url" => {
                format!("url beside {holder} is a test of its own; indent it below {holder} if it belongs there")
            }
            _ if !belongs_inside(&name) => continue,
            holder => format!("\"{}\" beside {holder} is never read; indent it below {holder}", entry.name),
        };
        reader.warn(entry.at, message);
    }
}

/// The test or benchmark of an item.
pub(super) fn holder(item: &[Entry]) -> Option<&Entry> {
    item.iter().find(|entry| ["test", "benchmark"].iter().any(|name| entry.name.eq_ignore_ascii_case(name)))
}

/// Whether a key is one of a test or a validator, and not one of a suite.
pub(super) fn belongs_inside(name: &str) -> bool {
    let inner = [Element::Test, Element::Benchmark, Element::Validator];
    !Element::Suite.names().contains(&name) && inner.iter().any(|element| element.names().contains(&name))
}

/// Setup and teardown run with the tests of their file.
fn lonely_setup(reader: &mut FileReader<'_>, set: &TestSet) {
    if let Some(test) = set.setup.iter().chain(&set.teardown).next().filter(|_| set.is_empty()) {
        let message = "setup and teardown run with the tests of their file, and this one has none: nothing runs";
        warn(reader, &test.location, message.to_owned());
    }
}

/// `--vars` lose to the config of a file that imports others, as they do in PyRestTest.
fn overridden_vars(reader: &mut FileReader<'_>, set: &TestSet) {
    let given: Vec<String> = reader.options.vars.iter().map(|(name, _)| name.clone()).collect();
    for (name, _) in set.config.variable_binds.iter().filter(|(name, _)| set.has_imports && given.contains(name)) {
        let file = Location { file: set.file.clone(), ..Location::default() };
        let message = format!(
            "--vars gives ${name}, but the config of this file sets it and wins, because the file imports others"
        );
        warn(reader, &file, message);
    }
}

pub(super) fn requests(set: &TestSet) -> impl Iterator<Item = &Test> {
    set.requests().filter(|test| !test.is_further_row())
}

/// The tests as they are written: of those that differ only in their row, the first.
pub(super) fn elements(set: &TestSet) -> impl Iterator<Item = &Test> {
    set.in_order().filter(|test| !test.is_further_row())
}

fn unbound_generators(reader: &mut FileReader<'_>, set: &TestSet) {
    let bound: HashSet<&str> =
        requests(set).flat_map(|test| test.generator_binds.iter().map(|(_, generator)| generator.as_str())).collect();
    for generator in &set.config.generators {
        if !bound.contains(generator.name.as_str()) {
            let message = format!(
                "generator \"{name}\" is declared and never bound; a test takes values with generator_binds: {{variable: {name}}}",
                name = generator.name
            );
            reader.warn_of(Fault::new(generator.location.clone(), message));
        }
    }
}

/// Binds of generators that no config of the file defines: such a test can never be sent.
pub fn undefined_generators(set: &TestSet) -> Vec<Fault> {
    let defined: Vec<&str> = set.config.generators.iter().map(|generator| generator.name.as_str()).collect();
    let measured = set.benchmarks.iter().filter(|benchmark| !benchmark.metrics.is_empty());
    let mut faults = Vec::new();
    for test in elements(set).chain(measured.map(|benchmark| &benchmark.test)) {
        for (_, generator) in test.generator_binds.iter().filter(|(_, name)| !defined.contains(&name.as_str())) {
            let meant = did_you_mean(generator, defined.iter().copied());
            let message = format!("generator \"{generator}\" is not defined under config: generators{meant}");
            faults.push(Fault::new(test.location.clone(), message));
        }
    }
    faults
}

/// Templates whose variables nothing has set by then, which come back, and `$name` where no template is.
fn unset_variables(reader: &mut FileReader<'_>, set: &TestSet) -> Vec<ToldUnset> {
    let of_config = set.config.layer.unset_variables.as_ref().map(|set| set.value);
    let preset = || reader.options.presets.as_ref()?.layer.unset_variables.as_ref().map(|set| set.value);
    let end = match reader.options.unset_variables.or(of_config).or_else(preset).unwrap_or_default() {
        UnsetVariables::Warn => "it stays in the text as written",
        UnsetVariables::Error => "the test is not sent, as unset_variables is error",
    };
    let mut told = Vec::new();
    let given = reader.options.given_names().map(str::to_owned);
    let mut known: HashSet<String> =
        given.chain(set.config.variable_binds.iter().map(|(name, _)| name.clone())).collect();
    known.extend(set.config.secret_names().map(str::to_owned));
    known.extend(reader.options.shared.iter().chain(&reader.imported_names).cloned());
    let mut reported: HashSet<String> = HashSet::new();
    let others_may_set = reader.shares_variables(set.has_imports);
    for test in requests(set) {
        known.extend(test.variable_binds.iter().map(|(name, _)| name.clone()));
        known.extend(test.generator_binds.iter().map(|(name, _)| name.clone()));
        let (templates, plain) = texts(test);
        for name in templates.into_iter().filter(|name| !is_of_own_answer(test, name)) {
            let is_set = known.contains(&name) || test.row_variables().any(|own| own == name);
            if !others_may_set && !is_set && reported.insert(name.clone()) {
                let near = known.iter().map(String::as_str).chain(test.row_variables());
                let meant = did_you_mean(&name, near);
                let is_list = test.foreach().is_some_and(|foreach| foreach.list == name);
                let end = if is_list { "the test will fail, as foreach needs a list" } else { end };
                let by_then = if is_set_somewhere(set, &name) { " before this test" } else { "" };
                let message = format!("nothing sets ${name}{by_then}; {end}{meant}");
                let warning = Fault::new(test.location.clone(), message);
                reader.warn_of(warning.clone());
                told.push(ToldUnset { variable: name, warning });
            }
        }
        for name in plain {
            let is_set = known.contains(&name) || test.row_variables().any(|own| own == name);
            if is_set && reported.insert(format!("${name}")) {
                warn(
                    reader,
                    &test.location,
                    format!("${name} is outside a template and stays as written; use {{template: …}}"),
                );
            }
        }
        known.extend(test.extract_binds.iter().map(|bind| bind.variable.clone()));
    }
    told
}

/// Whether a variable is asked for by the path of `save` alone, which is filled in when the test has extracted it.
fn is_of_own_answer(test: &Test, name: &str) -> bool {
    let mut is_sent = false;
    each_text_sent(test, &mut |text| is_sent |= text.variables().contains(&name));
    let mut judged = test.validators.iter().flat_map(|validator| validator.variables());
    !is_sent
        && !judged.any(|asked| asked == name)
        && test.extract_binds.iter().any(|bind| bind.variable == name)
        && test.save.as_ref().is_some_and(|path| path.variables().contains(&name))
}

fn is_set_somewhere(set: &TestSet, name: &str) -> bool {
    requests(set).any(|test| {
        test.extract_binds.iter().any(|bind| bind.variable == name)
            || test.variable_binds.iter().any(|(variable, _)| variable == name)
            || test.generator_binds.iter().any(|(variable, _)| variable == name)
    })
}

fn warn(reader: &mut FileReader<'_>, location: &Location, message: String) {
    reader.warn_of(Fault::new(location.clone(), message));
}

/// The variables that a test's templates use, and the `$names` in its plain texts.
pub(super) fn texts(test: &Test) -> (Vec<String>, Vec<String>) {
    let mut templates = Vec::new();
    let mut plain = Vec::new();
    each_text(test, &mut |text: &Text| match text {
        Text::Template(template) => templates.extend(template.variables().map(str::to_owned)),
        Text::Plain(text) if !text.contains('$') => {}
        Text::Plain(text) => plain.extend(Template::parse(text).variables().map(str::to_owned)),
    });
    templates.extend(test.foreach().map(|foreach| foreach.list.clone()));
    for variable in test.asserted().flat_map(|validator| validator.variables()) {
        templates.push(variable);
    }
    for bind in &test.extract_binds {
        templates.extend(bind.extractor.variables());
    }
    (templates, plain)
}

/// The texts of a test's request, and where its answer goes.
pub(super) fn each_text(test: &Test, see: &mut dyn FnMut(&Text)) {
    each_text_sent(test, see);
    test.save.iter().for_each(see);
}

fn each_text_sent(test: &Test, see: &mut dyn FnMut(&Text)) {
    see(&test.url);
    for (name, value) in test.header_texts() {
        see(name);
        see(value);
    }
    // A password may well hold a $.
    test.auth_texts().filter(|text| matches!(text, Text::Template(_))).for_each(&mut *see);
    if let Some(block) = test.auth_block() {
        block.each_text(see);
    }
    test.query.each_text(&mut *see);
    test.status_templates.iter().for_each(&mut *see);
    if let Some(body) = &test.body {
        body.each_text(see);
    }
}
