//! The runner configuration (JSON, or YAML): environments, suites of files and of tests, reporting.
//!
//! Owns: the file's top level, which environment and suites are meant, what each level sets.
//! Does not: read the keys of a level (see `runner_level`) or of a test (see `runner_test`).

use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::entry;
use super::level::{self, Level};
use super::strict::{known_keys, strict};
use crate::ground::source::{Fault, did_you_mean};
use crate::ground::value::Value;
use crate::settings::commands::Commands;
use crate::settings::hooks::Hooks;
use crate::settings::run_settings::Settings;
use crate::suite::document::{self, Document, Entry, Kind, Node};
use crate::suite::faults::{Collector, Faults, add_excerpts};
use crate::suite::fields::{Field, entry};
use crate::suite::files::{SuiteError, read_test_file, read_text_file};
use crate::suite::needs;
use crate::suite::reader::{FileReader, Read, ReadOptions, UnknownKeys};
use crate::suite::sets::{Suite, parse_alone};
use crate::test::planned_suite::{PlannedSuite, Project, Reporting};
use crate::test::set::TestSet;

const TOP: [&str; 11] = [
    "project_name",
    "description",
    "version",
    "base_url",
    "global_settings",
    "environments",
    "test_suites",
    "hooks",
    "reporting",
    "extensions",
    "otlp",
];
const SUITE: [&str; 7] = ["name", "description", "enabled", "settings", "files", "tests", "hooks"];
const HOOKS: [&str; 5] = ["description", "before_all", "after_all", "before_each", "after_each"];
const REPORTING: [&str; 5] = ["description", "formats", "output_dir", "json_file", "junit_file"];

/// What is asked of a runner configuration.
#[derive(Clone, Default)]
pub struct RunnerRequest {
    /// `--env`; without it `development` (or `dev`), if the file has it.
    pub environment: Option<String>,
    /// `--suite`, any number; without them all that are enabled.
    pub suites: Vec<String>,
    /// `--url`: beats every `base_url`.
    pub url: Option<String>,
    /// The URL where nobody names one.
    pub preset_url: Option<String>,
    /// More suite files, run as one more suite under the environment's settings.
    pub files: Vec<PathBuf>,
    /// What the command line sets.
    pub settings: Settings,
    /// What starts extensions, before any suite is read.
    pub begin: Option<Beginning>,
}

/// Starts the programs of these commands.
pub type Beginning = Arc<dyn Fn(&[String]) -> Result<(), String> + Send + Sync>;

/// A runner configuration, read and understood for one environment.
#[derive(Debug, Default)]
pub struct Runner {
    /// The project.
    pub project: Project,
    /// The suites in order.
    pub suites: Vec<PlannedSuite>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
    /// `logging: level` in force, if the file sets one.
    pub log_level: Option<String>,
}

/// Why a runner configuration cannot be run.
#[derive(Debug)]
pub enum RunnerError {
    /// The configuration itself: it cannot be understood, or what is asked of it is not there.
    Config(Vec<Fault>),
    /// The configuration or a suite file cannot be read, or a suite file not understood.
    Suite(SuiteError),
    /// An extension cannot be started; in words.
    Extension(String),
}

impl From<SuiteError> for RunnerError {
    fn from(error: SuiteError) -> RunnerError {
        RunnerError::Suite(error)
    }
}

impl From<Fault> for RunnerError {
    fn from(fault: Fault) -> RunnerError {
        RunnerError::Config(vec![fault])
    }
}

impl From<Faults> for RunnerError {
    fn from(faults: Faults) -> RunnerError {
        RunnerError::Config(faults.into_iter().collect())
    }
}

/// Reads a configuration for one environment.
///
/// # Errors
/// See `RunnerError`; nothing is sent before all files are understood.
pub fn read_runner(path: &Path, request: &RunnerRequest, options: &ReadOptions) -> Result<Runner, RunnerError> {
    let source = read_text_file(path)?;
    let language = document::language_of(source.name());
    let Document { source, mut roots, warnings } = document::read(source, language)?;
    for root in &mut roots {
        fill_in_environment(root, options);
    }
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    // What PyRestTest ignores in a suite, this file never had: an unknown key is a slip.
    let source = Arc::new(source);
    let mut reader = FileReader::new(source.clone(), options, folder).taking(UnknownKeys::Refused);
    let mut read = read_configuration(&mut reader, &roots, request);
    match &mut read {
        Ok(runner) => {
            let unreadable = reader.take_unreadable();
            if !unreadable.is_empty() {
                return Err(SuiteError::Unreadable(unreadable).into());
            }
            runner.warnings.splice(0..0, warnings);
            add_excerpts(&mut runner.warnings, &source);
        }
        Err(RunnerError::Config(faults)) => add_excerpts(faults, &source),
        Err(RunnerError::Suite(_) | RunnerError::Extension(_)) => {}
    }
    read
}

fn read_configuration(
    reader: &mut FileReader<'_>,
    roots: &[Node],
    request: &RunnerRequest,
) -> Result<Runner, RunnerError> {
    let [root] = roots else {
        return Err(reader.fault(Default::default(), "must be one JSON object or YAML mapping").into());
    };
    let mut faults = Collector::default();
    let top = known_keys(reader, root, ("the runner configuration", &TOP), &mut faults)?;
    if let Some(list) = entry(&top, "extensions")
        && let Some(lines) = faults.take(read_extensions(reader, &list.value))
        && let Some(begin) = request.begin.as_ref().filter(|_| !lines.is_empty())
    {
        begin(&lines).map_err(RunnerError::Extension)?;
    }
    let found = faults.take(find_environment(reader, &top, request)).flatten();
    let mut global = Level::default();
    if let Some(settings) = entry(&top, "global_settings") {
        global = faults.take(level::read(reader, &settings.value, "global_settings")).unwrap_or_default();
    }
    if let Some(base) = entry(&top, "base_url") {
        // The documents have it at both places; the more deliberate one is inside global_settings.
        let base = faults.take(level::read_base_url(reader, &base.value));
        global.base_url = global.base_url.or(base);
    }
    let environment = match &found {
        Some(environment) => {
            faults.take(level::read(reader, &environment.value, &environment.name)).unwrap_or_default()
        }
        None => Level::default(),
    };
    let common = global.over(&environment);
    reader.auth = reader.auth.take().or_else(|| common.auth.clone());
    let base_url = request.url.clone().or_else(|| common.base_url.clone());
    let base_url = base_url.or_else(|| request.preset_url.clone()).unwrap_or_default();
    let hooks = match entry(&top, "hooks") {
        Some(hooks) => faults.take(read_hooks(reader, &hooks.value)).unwrap_or_default(),
        None => Hooks::default(),
    };
    let mut runner = Runner { log_level: common.log_level.clone(), ..Runner::default() };
    let name = entry(&top, "project_name").map(|name| name.value.to_value().to_text());
    runner.project = Project {
        name: name.unwrap_or_else(|| reader.source.name().to_string()),
        environment: found.as_ref().map(|environment| environment.name.clone()),
        base_url: base_url.clone(),
        disabled: Vec::new(),
        reporting: match entry(&top, "reporting") {
            Some(reporting) => faults.take(reporting_files(reader, &reporting.value)).unwrap_or_default(),
            None => Reporting::default(),
        },
        sends_spans: match entry(&top, "otlp") {
            Some(flag) => faults.take(reader.boolean(&flag.value, "otlp")).unwrap_or_default(),
            None => false,
        },
        hooks: Hooks { before_each: Vec::new(), after_each: Vec::new(), ..hooks.clone() },
        holds_hooks: false,
        settings: Settings::default(),
        suite_urls: Vec::new(),
    };
    let faults = Findings { config: faults.into_faults(), ..Findings::default() };
    let mut scope = Scope { request, levels: vec![global, environment], hooks, base_url, faults };
    runner.project.settings = scope.settings();
    read_suites(reader, &top, &mut scope, &mut runner);
    if !request.files.is_empty() {
        scope.add_files(reader, "command line", &request.files, &mut runner);
    }
    runner.warnings.append(&mut reader.take_warnings());
    scope.faults.finish(runner)
}

/// What is wrong, over the configuration and all suites.
#[derive(Default)]
struct Findings {
    config: Vec<Fault>,
    suites: Vec<Fault>,
    /// Whether a suite was read, and not understood.
    has_invalid: bool,
}

impl Findings {
    fn add(&mut self, error: SuiteError) {
        self.has_invalid |= matches!(error, SuiteError::Invalid(_));
        self.suites.extend_from_slice(error.faults());
    }

    fn finish(mut self, runner: Runner) -> Result<Runner, RunnerError> {
        match (self.config.is_empty(), self.suites.is_empty()) {
            (true, true) => Ok(runner),
            (true, false) if self.has_invalid => Err(SuiteError::Invalid(self.suites).into()),
            (true, false) => Err(SuiteError::Unreadable(self.suites).into()),
            (false, _) => {
                self.config.append(&mut self.suites);
                Err(RunnerError::Config(self.config))
            }
        }
    }
}

/// The project's name and its report files, as far as they can be read, whatever else is wrong with the file.
pub fn read_reporting(path: &Path, options: &ReadOptions) -> (String, Reporting) {
    let name = path.display().to_string();
    let Ok(source) = read_text_file(path) else { return (name, Reporting::default()) };
    let language = document::language_of(source.name());
    let Ok(Document { source, mut roots, .. }) = document::read(source, language) else {
        return (name, Reporting::default());
    };
    roots.iter_mut().for_each(|root| fill_in_environment(root, options));
    let reader = FileReader::new(Arc::new(source), options, PathBuf::new()).taking(UnknownKeys::Refused);
    let Some(Kind::Map(top)) = roots.first().map(|root| &root.kind) else { return (name, Reporting::default()) };
    let of = |key: &str| top.iter().find(|entry| entry.name == key);
    let name = of("project_name").map_or(name, |name| name.value.to_value().to_text());
    let reporting = of("reporting").and_then(|reporting| reporting_files(&reader, &reporting.value).ok());
    (name, reporting.unwrap_or_default())
}

/// What holds while suites are read.
struct Scope<'r> {
    request: &'r RunnerRequest,
    levels: Vec<Level>,
    hooks: Hooks,
    base_url: String,
    faults: Findings,
}

impl Scope<'_> {
    /// The settings of a suite whose own level is the last one.
    fn settings(&self) -> Settings {
        let mut settings = self.request.settings.clone();
        let all = self.levels.iter().fold(Level::default(), |sum, level| sum.over(level));
        settings.runner = self.levels.iter().map(|level| level.layer.clone()).collect();
        settings.print_bodies = settings.print_bodies.or(all.print_bodies);
        settings.print_headers = settings.print_headers.or(all.print_headers);
        settings.show_curl = settings.show_curl.or(all.show_curl);
        settings.curl |= settings.shows_curl();
        let command_line = std::mem::take(&mut settings.vars);
        settings.vars = all.variables.into_iter().chain(command_line).collect();
        settings.hooks = Hooks { before_all: Vec::new(), after_all: Vec::new(), ..self.hooks.clone() };
        settings
    }

    /// A suite of these sets under what holds now.
    fn suite(&self, name: &str, sets: Vec<TestSet>) -> PlannedSuite {
        let base_url = self.base_url.as_str().into();
        PlannedSuite { name: name.into(), sets, settings: self.settings(), base_url, ..PlannedSuite::default() }
    }

    fn add_files(&mut self, reader: &FileReader<'_>, name: &str, files: &[PathBuf], runner: &mut Runner) {
        let settings = self.settings();
        let mut sets = Vec::new();
        for file in files {
            let (base_url, vars, auth) = (self.base_url.clone(), settings.vars.clone(), reader.auth.clone());
            let options = ReadOptions { base_url, vars, auth, ..reader.options.clone() };
            match read_test_file(file).and_then(|file| parse_alone(&file, &options)) {
                Ok(Suite { sets: mut read, mut warnings }) => {
                    sets.append(&mut read);
                    runner.warnings.append(&mut warnings);
                }
                Err(error) => self.faults.add(error),
            }
        }
        runner.suites.push(PlannedSuite { auth: reader.auth.clone(), ..self.suite(name, sets) });
    }
}

fn read_suites(reader: &mut FileReader<'_>, top: &[Field<'_>], scope: &mut Scope<'_>, runner: &mut Runner) {
    let Some(list) = entry(top, "test_suites") else { return };
    let Kind::List(items) = &list.value.kind else {
        let wrong = reader.wrong(&list.value, "test_suites", "a list of suites");
        return scope.faults.config.extend(wrong);
    };
    let mut names = Vec::new();
    for item in items {
        if let Err(faults) = read_item(reader, item, &mut names, scope, runner) {
            scope.faults.config.extend(faults);
        }
    }
    for suite in &scope.request.suites {
        if !names.contains(suite) {
            let meant = did_you_mean(suite, names.iter().map(String::as_str));
            let message = format!("has no suite \"{suite}\"{meant}; it has {}", listed(&names));
            scope.faults.config.extend(reader.fault(Default::default(), message));
        }
    }
}

/// Reads a suite of the list, if it is to run; `names` are those of all before it.
fn read_item(
    reader: &mut FileReader<'_>,
    item: &Node,
    names: &mut Vec<String>,
    scope: &mut Scope<'_>,
    runner: &mut Runner,
) -> Read<()> {
    let mut faults = Collector::default();
    let keys = known_keys(reader, item, ("a suite", &SUITE), &mut faults)?;
    let name = entry(&keys, "name")
        .map_or_else(|| format!("suite {}", names.len() + 1), |name| name.value.to_value().to_text());
    names.push(name.clone());
    let enabled = entry(&keys, "enabled").map_or(Ok(true), |flag| reader.boolean(&flag.value, "enabled"));
    let enabled = faults.take(enabled).unwrap_or(true);
    let asked = scope.request.suites.contains(&name);
    if !asked && !scope.request.suites.is_empty() {
        return faults.finish(());
    }
    if !enabled && !asked {
        runner.project.disabled.push(name);
        return faults.finish(());
    }
    faults.take(read_suite(reader, &keys, &name, scope, runner));
    faults.finish(())
}

/// Reads one suite.
fn read_suite(
    reader: &mut FileReader<'_>,
    keys: &[Field<'_>],
    name: &str,
    scope: &mut Scope<'_>,
    runner: &mut Runner,
) -> Read<()> {
    let mut faults = Collector::default();
    let level = match entry(keys, "settings") {
        Some(settings) => faults.take(level::read(reader, &settings.value, "settings")).unwrap_or_default(),
        None => Level::default(),
    };
    let own_hooks = entry(keys, "hooks").and_then(|hooks| faults.take(read_hooks(reader, &hooks.value)));
    let (outer_hooks, outer_url) = (scope.hooks.clone(), scope.base_url.clone());
    if let Some(hooks) = own_hooks {
        scope.hooks.before_each.extend(hooks.before_each);
        scope.hooks.after_each.splice(0..0, hooks.after_each);
    }
    if scope.request.url.is_none()
        && let Some(url) = &level.base_url
    {
        scope.base_url = url.clone();
    }
    scope.levels.push(level);
    if scope.base_url != outer_url {
        runner.project.suite_urls.push((name.to_owned(), scope.base_url.clone()));
    }
    faults.take(fill_suite(reader, keys, name, scope, runner));
    scope.levels.pop();
    (scope.hooks, scope.base_url) = (outer_hooks, outer_url);
    faults.finish(())
}

fn fill_suite(
    reader: &mut FileReader<'_>,
    keys: &[Field<'_>],
    name: &str,
    scope: &mut Scope<'_>,
    runner: &mut Runner,
) -> Read<()> {
    let before = runner.suites.len();
    if let Some(files) = entry(keys, "files") {
        let paths = file_list(reader, &files.value)?;
        scope.add_files(reader, name, &paths, runner);
    }
    let (file, digest) = (reader.source.name().clone(), reader.source.digest());
    let mut set = TestSet { file, digest, title: Some(name.to_owned()), ..TestSet::default() };
    if let Some(tests) = entry(keys, "tests") {
        let Kind::List(items) = &tests.value.kind else {
            return Err(reader.wrong(&tests.value, "tests", "a list of tests"));
        };
        let mode = scope.levels.iter().rev().find_map(|level| level.mode);
        for item in items {
            match entry::read(reader, item, &scope.base_url, name, mode) {
                Ok(tests) => set.tests.extend(tests),
                Err(faults) => scope.faults.config.extend(faults),
            }
        }
    }
    scope.faults.config.extend(needs::faults(&set, &[]));
    match runner.suites.get_mut(before) {
        Some(planned) => planned.sets.push(set),
        None => {
            runner.suites.push(scope.suite(name, vec![set]));
        }
    }
    Ok(())
}

/// The suite files of a suite: beside the configuration, then in the working directory.
fn file_list(reader: &FileReader<'_>, node: &Node) -> Read<Vec<PathBuf>> {
    let items: &[Node] = match &node.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(node),
    };
    let looked_up = |written: &str| {
        let beside = reader.folder.join(written);
        if !beside.exists() && Path::new(written).exists() { PathBuf::from(written) } else { beside }
    };
    items.iter().map(|item| Ok(looked_up(reader.text(item, "a suite file")?))).collect()
}

fn find_environment(reader: &FileReader<'_>, top: &[Field<'_>], request: &RunnerRequest) -> Read<Option<Entry>> {
    let all = match entry(top, "environments") {
        Some(environments) => reader.flatten(&environments.value, "environments")?,
        None => Vec::new(),
    };
    let names: Vec<String> = all.iter().map(|one| one.name.clone()).filter(|name| !name.starts_with('_')).collect();
    let found = environment_of(&names, request.environment.as_deref())
        .and_then(|name| all.iter().find(|environment| environment.name == name));
    match (found, &request.environment) {
        (Some(found), _) => Ok(Some(found.clone().into_owned())),
        (None, None) => Ok(None),
        (None, Some(wanted)) => {
            let meant = did_you_mean(wanted, names.iter().map(String::as_str));
            Err(reader.fault(
                Default::default(),
                format!("has no environment \"{wanted}\"{meant}; it has {}", listed(&names)),
            ))
        }
    }
}

/// Two words for one environment: the enhanced version's program has the long ones, its documents the short.
const PAIRS: [(&str, &str); 3] = [("dev", "development"), ("stage", "staging"), ("prod", "production")];

/// The environment that is meant, by its name, the other word for it, or the beginning of only one name. What is
/// asked for by nobody is development.
fn environment_of<'n>(names: &'n [String], asked: Option<&str>) -> Option<&'n str> {
    let wanted = asked.unwrap_or("development");
    let called = |name: &str| names.iter().map(String::as_str).find(|have| *have == name);
    let other = PAIRS.iter().find_map(|(short, long)| match wanted {
        wanted if wanted == *short => Some(*long),
        wanted if wanted == *long => Some(*short),
        _ => None,
    });
    let begun = || {
        let mut begun = names.iter().filter(|name| asked.is_some_and(|asked| name.starts_with(asked)));
        begun.next().filter(|_| begun.next().is_none()).map(String::as_str)
    };
    called(wanted).or_else(|| called(other?)).or_else(begun)
}

fn listed(names: &[String]) -> String {
    if names.is_empty() { "none".to_owned() } else { names.join(", ") }
}

fn read_hooks(reader: &FileReader<'_>, node: &Node) -> Read<Hooks> {
    let mut hooks = Hooks::default();
    for key in strict(reader, node, "hooks", &HOOKS)? {
        let commands = || -> Read<Vec<String>> {
            match &key.value.kind {
                Kind::List(items) => items.iter().map(|item| Ok(reader.text(item, "a hook")?.to_owned())).collect(),
                _ if key.value.is_null() => Ok(Vec::new()),
                _ => Ok(vec![reader.text(&key.value, "a hook")?.to_owned()]),
            }
        };
        match key.name.as_str() {
            "before_all" => hooks.before_all = commands()?,
            "after_all" => hooks.after_all = commands()?,
            "before_each" => hooks.before_each = commands()?,
            "after_each" => hooks.after_each = commands()?,
            _ => {}
        }
    }
    if reader.commands != Commands::None && !hooks.is_empty() {
        reader.may_run_commands(node.at)?;
    }
    Ok(hooks)
}

/// The commands of programs, which are started before any suite is read.
fn read_extensions(reader: &FileReader<'_>, node: &Node) -> Read<Vec<String>> {
    let Kind::List(items) = &node.kind else {
        return Err(reader.wrong(node, "extensions", "a list of commands"));
    };
    let command = |item: &Node| match reader.text(item, "an extension")? {
        line if line.trim().is_empty() => Err(reader.wrong(item, "an extension", "a command")),
        line => Ok(line.to_owned()),
    };
    let lines: Vec<String> = items.iter().map(command).collect::<Read<_>>()?;
    if reader.commands != Commands::None && !lines.is_empty() {
        reader.may_run_commands(node.at)?;
    }
    Ok(lines)
}

fn reporting_files(reader: &FileReader<'_>, node: &Node) -> Read<Reporting> {
    let keys = strict(reader, node, "reporting", &REPORTING)?;
    let word = |name: &str, default: &str| -> Read<String> {
        entry(&keys, name).map_or(Ok(default.to_owned()), |key| Ok(reader.text(&key.value, name)?.to_owned()))
    };
    let folder = PathBuf::from(word("output_dir", "./test-results")?);
    let (json, junit) = (word("json_file", "results.json")?, word("junit_file", "results.xml")?);
    let mut reporting = Reporting::default();
    let Some(formats) = entry(&keys, "formats") else { return Ok(reporting) };
    let items: &[Node] = match &formats.value.kind {
        Kind::List(items) => items,
        _ => std::slice::from_ref(&formats.value),
    };
    for item in items {
        match reader.text(item, "a report format")? {
            "json" => reporting.json = Some(folder.join(&json)),
            "junit" => reporting.junit = Some(folder.join(&junit)),
            "console" | "text" => {}
            other => {
                let meant = did_you_mean(other, ["json", "junit", "console"]);
                return Err(reader
                    .fault(item.at, format!("unknown report format \"{other}\"{meant}; one of json, junit, console")));
            }
        }
    }
    Ok(reporting)
}

/// `${NAME}` in any text, where the environment has NAME; a name that it does not have stays as written.
fn fill_in_environment(node: &mut Node, options: &ReadOptions) {
    match &mut node.kind {
        Kind::Scalar(Value::Str(text)) if text.contains("${") => *text = filled_in(text, options),
        Kind::Scalar(_) => {}
        Kind::List(items) => items.iter_mut().for_each(|item| fill_in_environment(item, options)),
        Kind::Map(entries) => entries.iter_mut().for_each(|entry| fill_in_environment(&mut entry.value, options)),
    }
}

fn filled_in(text: &str, options: &ReadOptions) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("${") {
        out.push_str(&rest[..at]);
        let inner = &rest[at + 2..];
        let value = inner.find('}').and_then(|end| Some((end, (options.env)(&inner[..end])?)));
        match value {
            Some((end, value)) => {
                out.push_str(&value);
                rest = &inner[end + 1..];
            }
            None => {
                out.push_str("${");
                rest = inner;
            }
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_environment_is_found_by_either_of_its_names() {
        let table: [(&[&str], Option<&str>, Option<&str>); 13] = [
            (&["prod"], Some("production"), Some("prod")),
            (&["production"], Some("prod"), Some("production")),
            (&["prod", "production"], Some("prod"), Some("prod")),
            (&["prod", "production"], Some("production"), Some("production")),
            (&["production", "prod-eu"], Some("prod"), Some("production")),
            (&["dev"], Some("development"), Some("dev")),
            (&["development"], Some("dev"), Some("development")),
            (&["stage"], Some("staging"), Some("stage")),
            (&["staging"], Some("stage"), Some("staging")),
            (&["dev"], None, Some("dev")),
            (&["staging"], None, None),
            (&["canary-a", "canary-b"], Some("canary"), None),
            (&["canary"], Some("can"), Some("canary")),
        ];
        for (names, asked, found) in table {
            let names: Vec<String> = names.iter().map(|name| (*name).to_owned()).collect();
            assert_eq!(environment_of(&names, asked), found, "{names:?} {asked:?}");
        }
    }
}
