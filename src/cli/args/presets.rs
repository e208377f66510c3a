//! Options from `.resttest.yaml` and from the environment: which of them count, and what they set.
//!
//! Owns: the names in the environment, what the command line leaves of them, how they become arguments. Does not: read
//! the file (see `settings_file`), know what an option means (see `flags`).

use std::collections::HashSet;
use std::sync::Arc;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;
use crate::cli::args::egress_flags::is_bound;
use crate::cli::args::flag::{Flag, Takes};
use crate::cli::args::flags;
use crate::cli::args::input_files;
use crate::cli::args::preset::{Preset, Wrong};
use crate::report::Format;
use crate::settings::origin::Origin;
use crate::settings::presets::Presets;

/// What the names of the variables begin with.
const PREFIX: &str = "RESTTEST_";

/// The variable of the environment that stands for an option.
pub fn variable_of(flag: &str) -> String {
    format!("{PREFIX}{}", flag.replace('-', "_").to_ascii_uppercase())
}

/// Whether a command works with the options of a plain run: it runs suites, or says how they would run.
pub fn takes_options_of_run(command: Command) -> bool {
    matches!(command, Command::Run | Command::Explain | Command::List | Command::Lint | Command::Export)
}

/// Whether an option may be set elsewhere than on the command line, for this command.
pub fn may_be_set(flag: &Flag, command: Command) -> bool {
    !flag.only_on_command_line && flag.commands.contains(&command)
}

/// What a source sets. What it switches off has no value, and is there only to be known.
#[derive(Debug, Default)]
pub struct Given {
    /// The options that are set.
    pub presets: Vec<Preset>,
    /// Those that are switched off.
    pub off: Vec<&'static str>,
}

impl Given {
    fn names(&self, flag: &str) -> bool {
        self.off.contains(&flag) || self.presets.iter().any(|preset| preset.flag == flag)
    }
}

/// What the environment sets of the options of a plain run. An empty variable sets nothing.
///
/// # Errors
/// Which variable has a value that its option cannot have.
pub fn of_environment(command: Command, environment: &dyn Fn(&str) -> Option<String>) -> Result<Given, Wrong> {
    let mut given = Given::default();
    // What bounds where requests may go holds for all that send.
    let is_meant = |flag: &&Flag| takes_options_of_run(command) || is_bound(flag.name);
    let of_command = |flag: &&Flag| may_be_set(flag, Command::Run) && flag.commands.contains(&command);
    for flag in flags::all().filter(of_command).filter(is_meant) {
        let variable = variable_of(flag.name);
        let Some(value) = environment(&variable).filter(|value| !value.trim().is_empty()) else { continue };
        let origin = Origin::Environment(variable.into());
        let mut add = |value: &str| {
            let value = value.to_owned();
            given.presets.push(Preset { flag: flag.name, value, origin: origin.clone() });
        };
        match flag.takes {
            Takes::Nothing | Takes::Boolean => match boolean(&value) {
                Some(true) if flag.takes == Takes::Nothing => add(""),
                Some(false) if flag.takes == Takes::Nothing => given.off.push(flag.name),
                Some(on) => add(if on { "true" } else { "false" }),
                None => {
                    let message = format!("must be true or false, not \"{}\"", value.trim());
                    return Err(Wrong::of(&origin, flag.name, &message));
                }
            },
            _ if flag.repeats => value.lines().map(str::trim).filter(|line| !line.is_empty()).for_each(add),
            _ => add(&value),
        }
    }
    Ok(given)
}

/// `true` or `false`, as people write it in an environment.
pub fn boolean(value: &str) -> Option<bool> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" | "1" | "yes" | "on" => Some(true),
        "false" | "0" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// Options that several sources set together: of a variable, the last value counts; what one denies, none allows.
const JOINED: [&str; 3] = ["variables-file", "vars", "deny-host"];

/// What is left of both sources where the command line has its say; `line` is the command line by itself.
pub fn joined(file: Given, environment: Given, line: &Arguments) -> Vec<Preset> {
    let mut presets = file.presets;
    presets.retain(|preset| JOINED.contains(&preset.flag) || !environment.names(preset.flag));
    presets.extend(environment.presets);
    let words = &line.positional;
    let names_url =
        line.url.as_ref().is_some_and(|url| !url.is_empty()) || words.first().is_some_and(|word| word.contains("://"));
    let names_suites = words.len() > usize::from(words.first().is_some_and(|word| word.contains("://")));
    let names_suites = names_suites || line.test.is_some() || line.tests.is_some();
    let is_left = |preset: &Preset| match preset.flag {
        "variables-file" | "vars" | "deny-host" => true,
        "url" => !names_url,
        "test" | "tests" => !names_suites && line.config.is_none(),
        // A line that names URL and suite has no need of one; `lint` reads none.
        "config" => !(names_url && names_suites) && line.config.is_none() && line.command != Command::Lint,
        flag => !line.given.contains(&flag),
    };
    presets.retain(is_left);
    let has_config = line.config.is_some() || presets.iter().any(|preset| preset.flag == "config");
    presets.retain(|preset| has_config || !matches!(preset.flag, "env" | "suite"));
    let has = |flag: &str| line.given.contains(&flag) || presets.iter().any(|preset| preset.flag == flag);
    let has_shard = has("shard") || has("partition");
    presets.retain(|preset| has_shard || !matches!(preset.flag, "shard-durations" | "split-load"));
    presets
}

/// Sets what presets set, each below what suites say where suites can say it.
///
/// # Errors
/// A value that its option cannot have; a file that cannot be read.
pub fn apply(arguments: &mut Arguments, presets: &[Preset]) -> Result<(), Wrong> {
    let mut below = Presets::default();
    let mut volumes = HashSet::new();
    for preset in presets {
        let Some(flag) = flags::all().find(|flag| flag.name == preset.flag) else { continue };
        let wrong = |message: &str| Wrong::of(&preset.origin, flag.name, message);
        (flag.set)(arguments, &preset.value).map_err(|message| wrong(&message))?;
        if let Some(message) = arguments.out_of_range.pop() {
            return Err(wrong(message.strip_prefix(&format!("option --{} ", flag.name)).unwrap_or(&message)));
        }
        if matches!(flag.name, "duration" | "repeat") {
            volumes.insert(flag.name);
            if volumes.len() > 1 {
                return Err(wrong(
                    "stands beside the other of duration and repeat, which exclude each other; keep one",
                ));
            }
        }
        below.layer.lay_over(std::mem::take(&mut arguments.settings.layer).set_by(&preset.origin));
        for file in std::mem::take(&mut arguments.variables_files) {
            below.vars.extend(input_files::variables(&file).map_err(Wrong::Input)?);
        }
        below.vars.append(&mut arguments.settings.vars);
        below.print_bodies = arguments.settings.print_bodies.take().or(below.print_bodies);
        below.print_headers = arguments.settings.print_headers.take().or(below.print_headers);
        below.show_curl = arguments.settings.show_curl.take().or(below.show_curl);
    }
    arguments.settings.presets = (!presets.is_empty()).then(|| Arc::new(below));
    arguments.presets = presets.to_vec();
    Ok(())
}

/// A preset that says how a report is written is none for a run without that report.
pub fn without_idle_forms(arguments: &mut Arguments) {
    let has = |format: Format| arguments.reports.files.iter().any(|(have, _)| *have == format);
    let (junit, tap) = (has(Format::Junit) || arguments.config.is_some(), has(Format::Tap));
    let idle = |flag: &str, is_used: bool| !is_used && !arguments.given.contains(&flag);
    let (no_junit, no_tap) = (idle("junit-style", junit), idle("tap-version", tap));
    let has_allure = arguments.reports.allure.is_some();
    let (no_clean, no_attach, no_version) = (
        idle("report-allure-clean", has_allure),
        idle("allure-attach", has_allure),
        idle("allure-version", has_allure),
    );
    arguments.reports.allure_cleans &= !no_clean;
    if no_attach {
        arguments.reports.allure_attaches_all = None;
    }
    if no_version {
        arguments.reports.allure_is_version_2 = None;
    }
    if no_junit {
        arguments.reports.junit_style = None;
    }
    if no_tap {
        arguments.reports.tap_version = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::args::parser::parse;
    use std::ffi::OsString;

    fn environment(pairs: &[(&str, &str)]) -> Result<Given, Wrong> {
        of_environment(Command::Run, &|name| {
            pairs.iter().find(|(have, _)| *have == name).map(|(_, value)| (*value).to_owned())
        })
    }

    fn shown(presets: &[Preset]) -> Vec<String> {
        presets.iter().map(|preset| format!("{} {} ({})", preset.flag, preset.value, preset.origin)).collect()
    }

    #[test]
    fn variables_stand_for_options() {
        let given = environment(&[
            ("RESTTEST_MAX_RETRIES", "2"),
            ("RESTTEST_ONLY", "a*\n\n b \n"),
            ("RESTTEST_STRICT", "1"),
            ("RESTTEST_FAIL_FAST", "false"),
            ("RESTTEST_PRINT_BODIES", "no"),
            ("RESTTEST_RATE", ""),
            ("RESTTEST_HELP", "1"),
            ("RESTTEST_SCENE", "load"),
        ])
        .unwrap();
        assert_eq!(
            shown(&given.presets),
            [
                "only a* (RESTTEST_ONLY)",
                "only b (RESTTEST_ONLY)",
                "max-retries 2 (RESTTEST_MAX_RETRIES)",
                "print-bodies false (RESTTEST_PRINT_BODIES)",
                "strict  (RESTTEST_STRICT)",
            ]
        );
        assert_eq!(given.off, ["fail-fast"]);
        let Err(Wrong::Environment(message)) = environment(&[("RESTTEST_STRICT", "perhaps")]) else { panic!() };
        assert_eq!(message, "RESTTEST_STRICT must be true or false, not \"perhaps\"");
    }

    #[test]
    fn the_command_line_leaves_what_it_does_not_say() {
        let file = || {
            let at = |flag: &'static str, value: &str| Preset {
                flag,
                value: value.to_owned(),
                origin: Origin::SettingsFile(Default::default()),
            };
            let presets = vec![
                at("url", "http://f"),
                at("test", "f.yaml"),
                at("config", "c.json"),
                at("env", "dev"),
                at("only", "a"),
                at("vars", "{}"),
                at("split-load", ""),
            ];
            Given { presets, off: Vec::new() }
        };
        for (line, left) in [
            ("", &["url", "test", "config", "env", "only", "vars"][..]),
            ("s.yaml", &["url", "config", "env", "only", "vars"]),
            ("http://h s.yaml --only b --shard 1/2", &["vars", "split-load"]),
            ("http://h", &["test", "config", "env", "only", "vars"]),
            ("--config d.json --env x", &["url", "only", "vars"]),
            ("lint s.yaml --vars {}", &["only", "vars"]),
        ] {
            let line = parse(line.split_whitespace().map(OsString::from)).unwrap();
            let presets = joined(file(), Given::default(), &line);
            let names: Vec<&str> = presets.iter().map(|preset| preset.flag).collect();
            // A line without a command has no URL of its own, `lint` has an empty one.
            let left: Vec<&str> = match line.command {
                Command::Lint => vec!["url", "only", "vars"],
                _ => left.to_vec(),
            };
            assert_eq!(names, left, "{:?}", line.positional);
        }
        let environment = Given { presets: Vec::new(), off: vec!["only"] };
        let line = parse([]).unwrap();
        assert!(joined(file(), environment, &line).iter().all(|preset| preset.flag != "only"));
    }
}
