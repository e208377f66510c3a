//! Scripts behind a request, by the table of statements that collections are read with.
//!
//! Owns: what each effect is in a test, lines. Does not: read JavaScript (see `convert::script`).

use crate::convert::made::{MadeSuite, MadeTest};
use crate::convert::script::{Effect, Moment, translated, without_secrets};
use crate::convert::yaml::Yaml;
use crate::ground::source::Location;

/// Turns a script into validators and bindings; `place` is where it begins.
pub fn translate(script: &str, place: &Location, suite: &mut MadeSuite, test: &mut MadeTest) {
    let inside = script.trim().trim_start_matches("> {%").trim_end_matches("%}");
    for effect in translated(inside, Moment::After) {
        match effect {
            Effect::Status(codes) => {
                test.statuses = codes;
                test.remarks.retain(|(key, _)| *key != Some("expected_status"));
            }
            Effect::Check(mut check) => {
                if let Some(serde_json::Value::String(name)) = check.pointer_mut("/compare/expected/variable") {
                    *name = suite.names.of(name);
                    suite.use_variable(name, place);
                }
                test.validators.push(Yaml::json(&check));
            }
            Effect::Extract { name, extractor } => {
                let name = suite.names.of(&name);
                suite.set_by_answer(&name);
                test.extract_binds.push((name, Yaml::json(&extractor)));
            }
            Effect::Bind { name, value } | Effect::BindBehind { name, value } => {
                let name = suite.names.of(&name);
                suite.set_by_answer(&name);
                test.variable_binds.push((name, Yaml::json(&value)));
            }
            Effect::Generate { name, made } => {
                let name = suite.names.of(&name);
                suite.set_by_answer(&name);
                suite.generator(made.name(), Yaml::json(&made.generator()));
                test.generator_binds.push((name, made.name().to_owned()));
            }
            Effect::Lost(lost) => {
                let mut place = place.clone();
                place.position.line += lost.line - 1;
                test.lose(None, &place, format!("a script: {}", without_secrets(&lost.text)));
            }
        }
    }
}
