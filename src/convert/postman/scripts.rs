//! Scripts of a collection, its folders and its requests, and the tests that they become part of.
//!
//! Owns: where a script's lines stand in the source, what each effect is in a test. Does not: read JavaScript (see
//! `convert::script`).

use serde_json::Value as Json;

use super::variables::Variables;
use crate::convert::made::{Loss, MadeTest};
use crate::convert::places::Part;
use crate::convert::script::{Effect, Moment, translated, without_secrets};
use crate::convert::yaml::Yaml;
use crate::ground::source::{Location, Source};
use crate::secrets::is_secret_name;

/// A longer script is not looked into.
const LONGEST: usize = 1 << 20;

/// What the scripts of one level become.
#[derive(Debug, Clone, Default)]
pub struct Effects {
    /// In the order in which they were written.
    found: Vec<Effect>,
    /// What is lost, with the key beside which it is to be told.
    pub losses: Vec<(Option<&'static str>, Loss)>,
}

/// Reads `[{listen: test, script: {exec: …}}]`.
pub fn read(events: Option<Part<'_>>, source: &Source) -> Effects {
    let mut effects = Effects::default();
    for event in events.map(Part::items).unwrap_or_default() {
        let [listen, script, disabled] = event.members(["listen", "script", "disabled"]);
        let moment = match listen.and_then(Part::string).as_deref() {
            Some("prerequest") => Moment::Before,
            Some("test") => Moment::After,
            _ => continue,
        };
        let Some(exec) = script.filter(|_| !disabled.is_some_and(Part::is_true)) else { continue };
        let exec = exec.member("exec").unwrap_or(exec);
        if exec.text().len() > LONGEST {
            let what = "a script of more than 1 MiB".to_owned();
            effects.losses.push((None, Loss { place: exec.place(source), what }));
            continue;
        }
        let (text, places) = lines(exec, source);
        let (key, called) = match moment {
            Moment::Before => (None, "script before the request"),
            Moment::After => (Some("validators"), "test script"),
        };
        for effect in translated(&text, moment) {
            let Effect::Lost(lost) = effect else {
                effects.found.push(effect);
                continue;
            };
            let at = usize::try_from(lost.line).unwrap_or(1).saturating_sub(1).min(places.len().saturating_sub(1));
            let Some(place) = places.get(at) else { continue };
            let why = if lost.why.is_empty() { String::new() } else { format!(" ({})", lost.why) };
            let what = format!("{called}{why}: {}", without_secrets(&lost.text));
            effects.losses.push((key, Loss { place: place.clone(), what }));
        }
    }
    effects
}

/// The text of a script, and where each of its lines stands.
fn lines(exec: Part<'_>, source: &Source) -> (String, Vec<Location>) {
    let (mut text, mut places) = (String::new(), Vec::new());
    let parts = if exec.is_list() { exec.items() } else { vec![exec] };
    for part in parts {
        let Some(line) = part.string() else { continue };
        text.push_str(if places.is_empty() { "" } else { "\n" });
        text.push_str(&line);
        let place = part.place(source);
        places.extend(line.split('\n').map(|_| place.clone()));
    }
    (text, places)
}

/// Makes a test what its scripts say.
pub fn apply(effects: &[Effects], test: &mut MadeTest, variables: &mut Variables<'_>) {
    for effect in effects.iter().flat_map(|level| &level.found) {
        match effect {
            Effect::Status(codes) if test.statuses.is_empty() => test.statuses = codes.clone(),
            Effect::Status(codes) => {
                let both: Vec<u16> = test.statuses.iter().copied().filter(|code| codes.contains(code)).collect();
                if both.is_empty() {
                    test.lose(
                        Some("expected_status"),
                        &variables.here,
                        format!("a second claim of the status: {codes:?}"),
                    );
                } else {
                    test.statuses = both;
                }
            }
            Effect::Check(json) => {
                let check = Yaml::json(&named(json, variables));
                if !test.validators.contains(&check) {
                    test.validators.push(check);
                }
            }
            Effect::Extract { name, extractor } => {
                variables.mark_set(name);
                let variable = variables.suite.names.of(name);
                test.extract_binds.retain(|(have, _)| *have != variable);
                test.extract_binds.push((variable, Yaml::json(extractor)));
            }
            Effect::BindBehind { name, .. } if variables.is_at_hand(name) => {
                let what = format!("test script: {name} is set behind a request that has it");
                test.lose(Some("validators"), &variables.here, what);
            }
            Effect::Bind { name, value } | Effect::BindBehind { name, value } => {
                variables.mark_set(name);
                let variable = variables.suite.names.of(name);
                if is_secret_name(name) && variables.suite.hides_secrets() {
                    variables.suite.declare_secret(&variable);
                    continue;
                }
                test.variable_binds.retain(|(have, _)| *have != variable);
                test.variable_binds.push((variable, Yaml::json(value)));
            }
            Effect::Generate { name, made } => {
                variables.mark_set(name);
                variables.generate(name, made.name(), &made.generator());
            }
            Effect::Lost(_) => {}
        }
    }
}

/// A validator with the names that variables have in the suite.
fn named(json: &Json, variables: &mut Variables<'_>) -> Json {
    let mut json = json.clone();
    if let Some(Json::String(name)) = json.pointer_mut("/compare/expected/variable") {
        variables.mark_used(name);
        *name = variables.suite.names.of(name);
    }
    json
}
