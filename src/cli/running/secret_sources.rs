//! The values of secrets that suites name the source of: found once, before the first request.
//!
//! Owns: programs, files, the environment; each source asked once a process, whichever suites name it. Does not: read
//! the keys (see `suite`), decide which suite may run programs (see `settings::commands`).

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::given_secrets::{handed, without_line_end};
use crate::cli::environment::{added_to_environment, environment};
use crate::cli::exit::Exit;
use crate::cli::logging;
use crate::cli::plan::planned::Plan;
use crate::cli::plan::targets;
use crate::cli::terminal::fail_at;
use crate::ground::json;
use crate::ground::process_group::Printing;
use crate::ground::source::Fault;
use crate::ground::value::Value;
use crate::secrets::{HANDED_SECRETS, Hiding, Secrets};
use crate::settings::given_secrets::GivenSecrets;
use crate::test::planned_suite::PlannedSuite;
use crate::test::privacy::{SecretOrigin, SecretSource};
use crate::variables::content::FileName;
use crate::variables::context::Context;
use crate::variables::template::Text;

/// What a source is called where its value is handed on: no variable has such a name.
fn key_of(origin: &SecretOrigin) -> String {
    format!("{origin:?}")
}

/// Finds the values of all sources that suites of the plan name and nothing else gives.
///
/// # Errors
/// The exit, after it was told which of them cannot be had, and why.
pub fn resolve(suites: &mut [PlannedSuite], arguments: &Arguments) -> Result<(), Exit> {
    let has_any = |suite: &PlannedSuite| suite.sets.iter().any(|set| set.config.privacy.is_some());
    if !suites.iter().any(has_any) {
        return Ok(());
    }
    let mut search = Search::new(arguments);
    // A program may complain with the values of the other sources: these are known by then.
    for has_command in [false, true] {
        for suite in suites.iter_mut() {
            search.resolve(suite, has_command)?;
        }
    }
    Ok(())
}

/// What has been found so far.
struct Search {
    /// The suite files that the command line names.
    named: Vec<String>,
    /// Values by their sources.
    found: HashMap<String, String>,
    /// What must not be told of a source that fails.
    secrets: Secrets,
}

impl Search {
    fn new(arguments: &Arguments) -> Search {
        let files = match arguments.config {
            None => targets::settle(arguments).map(|targets| targets.files).unwrap_or_default(),
            Some(_) => Vec::new(),
        };
        let named = files.iter().map(|file| {
            let name = file.to_string_lossy();
            name.strip_prefix("./").unwrap_or(&name).to_owned()
        });
        let mut search = Search { named: named.collect(), found: HashMap::new(), secrets: Secrets::default() };
        for (name, value) in arguments.settings.secrets.iter().flat_map(|secrets| secrets.iter()) {
            search.secrets.add_declared(name, value);
        }
        if let Some(Value::Dict(handed)) =
            environment(HANDED_SECRETS).and_then(|text| json::parse(text.as_bytes()).ok()).as_ref()
        {
            let all = handed.iter().map(|(key, value)| (key.to_text(), value.to_text()));
            search.found.extend(all);
        }
        search
    }

    /// Finds what a suite names of the sources that are commands, or of those that are not.
    fn resolve(&mut self, suite: &mut PlannedSuite, has_command: bool) -> Result<(), Exit> {
        let rule = suite.settings.commands;
        let given = suite.settings.secrets.clone().unwrap_or_default();
        for set in suite.sets.iter_mut().filter(|set| !set.is_empty()) {
            let file = set.file.clone();
            let Some(privacy) = set.config.privacy.as_mut().map(Arc::make_mut) else { continue };
            let is_command = |source: &SecretSource| matches!(source.origin, SecretOrigin::Command { .. });
            let sources = privacy.sources.iter().filter(|source| is_command(source) == has_command);
            for source in sources.filter(|source| given.get(&source.name).is_none()) {
                let is_named = self.named.iter().any(|name| **name == *file);
                let rule = if is_named { rule } else { rule.for_named_by_file() };
                let allowed = if has_command { rule.check(Path::new(&*file)) } else { Ok(()) };
                let value = allowed.map_err(|why| format!("resttest {why}")).and_then(|()| self.value(source));
                let value = value.map_err(|why| self.tell(source, &why))?;
                privacy.found.set(source.name.clone(), Value::Str(value));
            }
        }
        Ok(())
    }

    /// The value of a source, asked once.
    fn value(&mut self, source: &SecretSource) -> Result<String, String> {
        let key = key_of(&source.origin);
        if let Some(value) = self.found.get(&key) {
            return Ok(value.clone());
        }
        let value = ask(&source.origin)?;
        if value.is_empty() {
            return Err("its value is empty".to_owned());
        }
        self.secrets.add_named(None, &value);
        self.found.insert(key, value.clone());
        Ok(value)
    }

    fn tell(&self, source: &SecretSource, why: &str) -> Exit {
        let message = format!("the secret \"{}\" cannot be had: {}", source.name, self.secrets.redact(why));
        fail_at(Exit::Input, &Fault::new(source.location.clone(), message))
    }
}

fn ask(origin: &SecretOrigin) -> Result<String, String> {
    match origin {
        SecretOrigin::Command { words, folder, limit } => {
            let (environment, limit) = (added_to_environment(), *limit);
            let printing =
                Printing { words, folder: Some(folder), environment: &environment, without: HANDED_SECRETS, limit };
            // Of a line for the shell, the first word; arguments may hold secrets.
            let program = match words.as_slice() {
                [shell, flag, line] if shell == "/bin/sh" && flag == "-c" => {
                    line.split_whitespace().next().unwrap_or_default()
                }
                words => words.first().map_or("", String::as_str),
            };
            printing.output().map_err(|why| format!("\"{program}\" {why}"))
        }
        SecretOrigin::File { path, folders } => {
            let file = FileName { path: Text::Plain(path.clone()), folders: folders.clone() };
            let bytes = file.read(&Context::new())?;
            let text = String::from_utf8(bytes).map_err(|_| format!("{path} is not UTF-8"))?;
            Ok(without_line_end(&text).to_owned())
        }
        SecretOrigin::Environment(name) => {
            environment(name).ok_or_else(|| format!("the environment has no variable {name}"))
        }
    }
}

/// What processes of parallel suites are to know, so that none asks again: values by name, and by source.
pub fn handed_on(plan: &Plan, arguments: &Arguments) -> Option<(String, String)> {
    let of_sources = plan.suites.iter().flat_map(|suite| &suite.sets).filter_map(|set| set.config.privacy.as_ref());
    let of_sources: Vec<(String, &Value)> = of_sources
        .flat_map(|privacy| {
            privacy.sources.iter().filter_map(|source| Some((key_of(&source.origin), privacy.found.get(&source.name)?)))
        })
        .collect();
    let given = arguments.settings.secrets.iter().flat_map(|secrets| secrets.iter());
    handed(given.chain(of_sources.iter().map(|(key, value)| (key.as_str(), *value))))
}

/// Says what is to be said of secrets, and which of them cannot be hidden.
pub fn announce(suites: &[PlannedSuite], arguments: &Arguments) {
    for (level, note) in &arguments.secret_notes {
        log::log!(*level, "{note}");
    }
    let mut told: Vec<&str> = Vec::new();
    let look = |name: &str, value: &Value| match Secrets::default().add_declared(name, value) {
        Hiding::Hidden => None,
        Hiding::TooShort => Some(format!(
            "the secret \"{name}\" is too short to be hidden: texts keep what has less than four characters"
        )),
        Hiding::Common => Some(format!("the secret \"{name}\" is a common word, which texts keep")),
    };
    let none = GivenSecrets::default();
    let given = arguments.settings.secrets.as_deref().unwrap_or(&none);
    let sets = || suites.iter().flat_map(|suite| &suite.sets);
    let declared = || sets().filter_map(|set| Some((set, set.config.privacy.as_ref()?)));
    let mut hidden = Secrets::default();
    let found = declared().flat_map(|(_, privacy)| privacy.found.iter());
    given.iter().chain(found).for_each(|(name, value)| {
        hidden.add_declared(name, value);
    });
    if !hidden.is_empty() {
        logging::hide(hidden);
    }
    let of_suites = declared().flat_map(|(set, privacy)| {
        let bound = set.config.variable_binds.iter().filter(|(name, _)| privacy.names.contains(name));
        privacy.found.iter().chain(bound.map(|(name, value)| (name.as_str(), value)))
    });
    for (name, value) in given.iter().chain(of_suites) {
        if let Some(message) = look(name, value).filter(|_| !told.contains(&name)) {
            told.push(name);
            log::warn!("{message}");
        }
    }
}
