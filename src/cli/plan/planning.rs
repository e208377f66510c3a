//! From arguments to a plan: every suite read and understood before anything is sent.
//!
//! Owns: choosing between suite files and a runner configuration. Does not: run anything.

use std::collections::HashMap;
use std::io::{self, IsTerminal as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::auth::AuthChoice;
use crate::cli::args::arguments::Arguments;
use crate::cli::args::auth_wanted::WrongAuth;
use crate::cli::args::command::Command;
use crate::cli::exit::Exit;
use crate::cli::plan::choosing::{chosen, failed_again};
use crate::cli::plan::dealing::{Deck, deal, shard};
use crate::cli::plan::extensions;
use crate::cli::plan::last_run::{Memory, StateFolder};
use crate::cli::plan::planned::{EMPTY_SHARD, Plan};
use crate::cli::plan::targets::{self, Wrong};
use crate::cli::plan::wrong_usage::usage;
use crate::cli::terminal::{environment, fail, fail_at};
use crate::exchange::url::schemeless;
use crate::ground::source::{Fault, Location};
use crate::settings::commands::Commands;
use crate::settings::hooks::Hooks;
use crate::settings::part::Part;
use crate::settings::precedence::Origin;
use crate::suite::auth::doubt;
use crate::suite::{self, HandedOn, ReadOptions, RunnerError, RunnerRequest, SuiteError};
use crate::test::planned_suite::{PlannedSuite, Project};
use crate::variables::generator::Environment;

/// Reads what the arguments name.
///
/// # Errors
/// The exit code, after the reasons have been reported.
pub fn plan(arguments: &Arguments) -> Result<Plan, Exit> {
    if let Some(message) = arguments.out_of_range.first() {
        return Err(fail(Exit::Suite, message));
    }
    if ["duration", "repeat"].iter().all(|flag| arguments.given.contains(flag)) {
        return Err(usage("options --duration and --repeat exclude each other; keep one"));
    }
    extensions::start(arguments)?;
    settle_auth(arguments)?;
    let plan = match &arguments.config {
        Some(config) => from_config(config, arguments),
        None => from_files(arguments),
    }?;
    let mut plan = with_needs(plan, arguments)?;
    look_at_mocks(&mut plan, arguments)?;
    if let Some(file) = &arguments.drift {
        let shapes = Arc::new(crate::drift::read(Path::new(file)).map_err(|error| reject(&error))?);
        plan.suites.iter_mut().for_each(|suite| suite.settings.drift = Some(shapes.clone()));
    }
    plan.warnings.extend(auth_doubt(arguments));
    let plan = heeded(plan, arguments)?;
    let inputs = inputs(&plan, arguments);
    let plan = remembering(plan, arguments)?;
    let plan = if arguments.rerun_failed { failed_again(plan, arguments)? } else { chosen(plan, arguments)? };
    let mut plan = Plan { inputs, ..plan };
    let runs = plan.suites.len() as u64;
    plan.share.iter_mut().for_each(|share| share.runs = runs);
    if plan.suites.iter().any(has_jitter) {
        let seed = arguments.seeds.drawn_from();
        plan.suites.iter_mut().for_each(|suite| suite.settings.draws = Some(seed));
    }
    if let Some(share) = plan.share.as_ref().filter(|share| share.splits_load) {
        let part = Part { index: share.index - 1, total: share.total };
        plan.suites.iter_mut().for_each(|suite| suite.settings.part = part);
    }
    Ok(plan)
}

/// Settles how all requests prove who asks, where options say so.
///
/// # Errors
/// They say nothing that can be used; it has been told.
pub fn settle_auth(arguments: &Arguments) -> Result<(), Exit> {
    arguments.auth.settle(&options("", arguments)).map_err(|wrong| match wrong {
        WrongAuth::Usage(message) => usage(&message),
        WrongAuth::File(error) => reject(&error),
    })
}

/// What is odd about the authentication that options choose.
pub fn auth_doubt(arguments: &Arguments) -> Option<Fault> {
    let AuthChoice::Block(block) = arguments.auth.chosen()? else { return None };
    let location = match &block.origin {
        Origin::Suite(location) => location.clone(),
        Origin::CommandLine(flag) => Location { file: format!("--{flag}").into(), ..Location::default() },
        _ => Location::default(),
    };
    Some(Fault::new(location, doubt(block)?.1))
}

/// Puts what files need before them, each file once.
///
/// # Errors
/// A needed file cannot be read or understood, or files need each other; all of it has been told.
pub fn with_needs(mut plan: Plan, arguments: &Arguments) -> Result<Plan, Exit> {
    let suites = std::mem::take(&mut plan.suites);
    let warnings = std::mem::take(&mut plan.warnings);
    let processes = arguments.processes.is_some_and(|count| count != 1);
    let handed_on = if processes { HandedOn::ToNeeding } else { HandedOn::ToLater };
    let mut settled = suite::settle(suites, warnings, &options("", arguments), handed_on);
    if let Some(error) = settled.take_error() {
        return Err(reject(&error));
    }
    plan.has_needs = settled.suites.iter().flat_map(|suite| &suite.sets).any(|set| !set.needed_files().is_empty());
    let several = plan.several || settled.suites.len() > 1;
    Ok(Plan { suites: settled.suites, warnings: settled.warnings, several, ..plan })
}

/// Whether anything in a suite may draw waits before retries.
fn has_jitter(suite: &PlannedSuite) -> bool {
    let presets = suite.settings.presets.iter().map(|presets| &presets.layer);
    let layers = presets.chain(&suite.settings.runner).chain([&suite.settings.layer]);
    let of_sets = suite.sets.iter().flat_map(|set| {
        let of_tests = set.in_order().flat_map(|test| {
            [Some(&*test.layer), test.performance.as_ref().map(|plan| &plan.layer)].into_iter().flatten()
        });
        let of_benchmarks = set.benchmarks.iter().flat_map(|benchmark| [&benchmark.test.layer, &benchmark.plan.layer]);
        [&set.config.layer].into_iter().chain(of_tests).chain(of_benchmarks)
    });
    layers.chain(of_sets).any(|layer| layer.retry.has_jitter())
}

/// With `--strict`, a warning that is left is an error as well: one about a runner configuration.
///
/// # Errors
/// There are warnings; all of them have been told.
fn heeded(mut plan: Plan, arguments: &Arguments) -> Result<Plan, Exit> {
    if !arguments.strict || plan.warnings.is_empty() {
        return Ok(plan);
    }
    let mut warnings = std::mem::take(&mut plan.warnings);
    suite::in_order(&mut warnings);
    Err(reject(&SuiteError::Invalid(warnings)))
}

/// The files that a plan was read from; suites of other shards are among them.
fn inputs(plan: &Plan, arguments: &Arguments) -> Vec<(PathBuf, &'static str)> {
    let mut inputs: Vec<(PathBuf, &str)> = Vec::new();
    match (&arguments.config, &plan.share) {
        (Some(config), _) => inputs.push((config.into(), "the runner configuration")),
        (None, Some(share)) => inputs.extend(share.plan.iter().map(|file| (file.into(), "a suite"))),
        (None, None) => {}
    }
    inputs.extend(arguments.drift.iter().map(|file| (file.into(), "the shapes of answers")));
    for file in plan.suites.iter().flat_map(|suite| &suite.sets).map(|set| Path::new(&*set.file)) {
        if !inputs.iter().any(|(path, _)| path == file) {
            inputs.push((file.to_owned(), "a suite"));
        }
    }
    for file in plan.suites.iter().flat_map(|suite| &suite.sets).flat_map(|set| &set.data_files) {
        if !inputs.iter().any(|(path, _)| path == file) {
            inputs.push((file.clone(), "a file of rows"));
        }
    }
    inputs
}

/// A plan that knows where it is kept what failed.
///
/// # Errors
/// There is no such folder, and it is asked for.
fn remembering(mut plan: Plan, arguments: &Arguments) -> Result<Plan, Exit> {
    // What recorded answers come to is not what the last run came to.
    let is_of_recording = matches!(arguments.command, Command::Recheck | Command::Mutate);
    if is_of_recording || (arguments.is_child && !arguments.rerun_failed) {
        return Ok(plan);
    }
    let Some(folder) = StateFolder::of(arguments) else {
        if arguments.rerun_failed {
            return Err(usage("--rerun-failed knows no folder with what failed: name it with --state-dir DIR"));
        }
        return Ok(plan);
    };
    if arguments.state_dir.is_some() {
        folder.make().map_err(|message| fail(Exit::Output, &message))?;
    }
    let first = plan.base_urls.first().map_or("", String::as_str);
    let own_url = |suite: &str| {
        let urls = &plan.project.as_ref()?.suite_urls;
        urls.iter().find(|(name, _)| name == suite).map(|(_, url)| url.as_str())
    };
    let mut memories: Vec<Memory> = Vec::new();
    for PlannedSuite { name, namesakes, .. } in &plan.suites {
        if *namesakes == 0 {
            let base_url = own_url(name).unwrap_or(first);
            memories.push(Memory::of(name, base_url, &folder, arguments.config.as_deref()));
        }
    }
    plan.memories = memories;
    Ok(plan)
}

fn from_files(arguments: &Arguments) -> Result<Plan, Exit> {
    let only_with_config = [("--env", arguments.environment.is_some()), ("--suite", !arguments.suites.is_empty())];
    if let Some((flag, _)) = only_with_config.iter().find(|(_, given)| *given) {
        return Err(usage(&format!("option {flag} belongs to a runner configuration: add --config FILE")));
    }
    let mut targets = targets::settle(arguments).map_err(|wrong| tell(&wrong))?;
    if let Some(message) = stdin_is_taken(&targets.files, arguments) {
        return Err(usage(message));
    }
    if targets.files.iter().any(|file| file == Path::new(suite::STDIN)) && io::stdin().is_terminal() {
        let _ = writeln!(io::stderr(), "reading a suite from the terminal; Ctrl-D behind the last line ends it");
    }
    let mut plan = Plan { several: targets.several || arguments.shard.is_some(), ..Plan::default() };
    plan.base_urls.push(targets.base_url.clone());
    if let Some(shard) = shard(arguments)? {
        let names = targets.files.iter().map(|file| name_of(file)).collect();
        let files = targets.files.iter().map(|file| vec![file.clone()]).collect();
        plan.share = Some(deal(&shard, Deck { names, files }, &mut targets.files, arguments)?);
        plan.idle = targets.files.is_empty().then_some(EMPTY_SHARD);
    }
    let mut worst = None;
    for file in &targets.files {
        match read_suite(file, &targets.base_url, arguments) {
            Ok((suite, mut warnings)) => {
                plan.suites.push(suite);
                plan.warnings.append(&mut warnings);
            }
            Err(error) => {
                let exit = reject(&error);
                worst.get_or_insert(exit);
            }
        }
    }
    let Some(exit) = worst else { return Ok(plan) };
    if arguments.strict && !plan.warnings.is_empty() {
        reject(&SuiteError::Invalid(plan.warnings));
    }
    Err(exit)
}

/// What is wrong with a suite from standard input: whoever else needs it could not have it.
fn stdin_is_taken(files: &[PathBuf], arguments: &Arguments) -> Option<&'static str> {
    if !files.iter().any(|file| file == Path::new(suite::STDIN)) {
        return None;
    }
    if arguments.settings.interactive {
        return Some(
            "--interactive waits for Enter on standard input, and the suite - is read from there; name a file",
        );
    }
    let several = files.len() > 1 && arguments.processes.is_some();
    several.then_some("--parallel-suites reads each suite in a process of its own, and - can be read once; name a file")
}

/// What a suite file is called in results and reports.
fn name_of(file: &Path) -> String {
    if file == Path::new(suite::STDIN) {
        return suite::STDIN_NAME.to_owned();
    }
    let name = file.to_string_lossy();
    name.strip_prefix("./").unwrap_or(&name).to_owned()
}

fn read_suite(file: &Path, base_url: &str, arguments: &Arguments) -> Result<(PlannedSuite, Vec<Fault>), SuiteError> {
    let read = suite::read_test_file(file)?;
    let suite = suite::parse_alone(&read, &options(base_url, arguments))?;
    Ok((
        PlannedSuite {
            name: name_of(file).into(),
            sets: suite.sets,
            settings: arguments.settings.clone(),
            base_url: base_url.into(),
            ..PlannedSuite::default()
        },
        suite.warnings,
    ))
}

/// What reading a suite depends on.
pub fn options(base_url: &str, arguments: &Arguments) -> ReadOptions {
    ReadOptions {
        base_url: base_url.to_owned(),
        vars: arguments.settings.vars.clone(),
        secrets: arguments.settings.secret_names(),
        shared: Vec::new(),
        presets: arguments.settings.presets.clone(),
        unset_variables: arguments.settings.layer.unset_variables.as_ref().map(|given| given.value),
        env: environment_of(arguments),
        strict: arguments.strict,
        file_root: arguments.settings.file_root.clone(),
        commands: arguments.settings.commands,
        auth: arguments.auth.chosen().cloned(),
        seeds: arguments.seeds.clone(),
    }
}

/// The environment that a suite sees; what is not set there may be given as a variable of that name.
fn environment_of(arguments: &Arguments) -> Environment {
    let vars = &arguments.settings.vars;
    if vars.is_empty() {
        return Arc::new(environment);
    }
    let vars: HashMap<String, String> = vars.iter().map(|(name, value)| (name.clone(), value.to_text())).collect();
    Arc::new(move |name| environment(name).or_else(|| vars.get(name).cloned()))
}

fn from_config(config: &str, arguments: &Arguments) -> Result<Plan, Exit> {
    if let Some(message) = arguments.url.as_deref().and_then(schemeless).filter(|_| !arguments.absolute_urls) {
        return Err(usage(&format!("--url {message}")));
    }
    let mut request = RunnerRequest {
        environment: arguments.environment.clone(),
        suites: arguments.suites.clone(),
        url: arguments.url.clone().filter(|_| !arguments.is_preset("url")),
        preset_url: arguments.url.clone(),
        files: Vec::new(),
        settings: arguments.settings.clone(),
        begin: Some(extensions::beginning(arguments)),
    };
    if arguments.absolute_urls {
        request.url = Some(String::new());
    }
    let names_files = arguments.test.is_some() || arguments.tests.is_some() || !arguments.positional.is_empty();
    if names_files {
        // The URL comes from the configuration; every word is a suite.
        let url = Some(String::new());
        let words = Arguments {
            url,
            test: arguments.test.clone(),
            tests: arguments.tests.clone(),
            positional: arguments.positional.clone(),
            ..Arguments::default()
        };
        request.files = targets::settle(&words).map_err(|wrong| tell(&wrong))?.files;
    }
    let mut options = options("", arguments);
    if !arguments.given.contains(&"config") {
        options.commands = options.commands.for_named_by_file();
    }
    match suite::read_runner(Path::new(config), &request, &options) {
        Ok(mut runner) => {
            if options.commands == Commands::None {
                hold_hooks(&mut runner.project, &mut runner.suites);
            }
            number_namesakes(&mut runner.suites);
            let names = runner.suites.iter().map(|suite| suite.name.to_string()).collect();
            let files = runner.suites.iter().map(files_of).collect();
            let share = match shard(arguments)? {
                Some(shard) => Some(deal(&shard, Deck { names, files }, &mut runner.suites, arguments)?),
                None => None,
            };
            Ok(Plan {
                idle: (share.is_some() && runner.suites.is_empty()).then_some(EMPTY_SHARD),
                memories: Vec::new(),
                share,
                suites: runner.suites,
                base_urls: std::iter::once(&runner.project.base_url)
                    .chain(runner.project.suite_urls.iter().map(|(_, url)| url))
                    .cloned()
                    .collect(),
                warnings: runner.warnings,
                several: true,
                project: Some(runner.project),
                log_level: runner.log_level,
                chosen_names: Vec::new(),
                has_needs: false,
                inputs: Vec::new(),
            })
        }
        Err(RunnerError::Suite(error)) => Err(reject(&error)),
        Err(RunnerError::Extension(why)) => Err(fail(Exit::Input, &why)),
        Err(RunnerError::Config(faults)) => {
            faults.iter().for_each(|fault| {
                fail_at(Exit::Config, fault);
            });
            Err(Exit::Config)
        }
    }
}

/// Takes away hooks where no command may be run.
fn hold_hooks(project: &mut Project, suites: &mut [PlannedSuite]) {
    let of_suites = suites.iter_mut().map(|suite| &mut suite.settings.hooks);
    for hooks in of_suites.chain([&mut project.hooks]) {
        project.holds_hooks |= !hooks.is_empty();
        *hooks = Hooks::default();
    }
}

/// The suite files of a suite of a runner configuration.
fn files_of(suite: &PlannedSuite) -> Vec<PathBuf> {
    let mut files: Vec<PathBuf> = suite.sets.iter().filter_map(|set| set.suite.as_deref()).map(PathBuf::from).collect();
    files.dedup();
    files
}

/// A child finds its suite among those of the same name by this, whatever falls to a shard or is selected.
fn number_namesakes(suites: &mut [PlannedSuite]) {
    let mut seen: HashMap<Arc<str>, usize> = HashMap::new();
    for suite in suites {
        let count = seen.entry(suite.name.clone()).or_default();
        suite.namesakes = *count;
        *count += 1;
    }
}

fn tell(wrong: &Wrong) -> Exit {
    match wrong {
        Wrong::Usage(message) => usage(message),
        Wrong::Nothing(message) => fail(Exit::Input, message),
    }
}

/// Reads the stubs of the servers that suites bring along, so that what is wrong is told before anything is sent.
fn look_at_mocks(plan: &mut Plan, arguments: &Arguments) -> Result<(), Exit> {
    let mut worst = None;
    for mock in plan.suites.iter().flat_map(|suite| &suite.sets).filter_map(|set| set.config.mock.as_ref()) {
        match crate::mock::read(&mock.files, &options("", arguments)) {
            Ok(mut input) => plan.warnings.append(&mut input.warnings),
            Err(SuiteError::Unreadable(faults)) => {
                // The place is that of the suite: what it names is not there.
                let at = |fault| Fault::new(mock.location.clone(), format!("mock: {fault}"));
                let error = SuiteError::Unreadable(faults.into_iter().map(at).collect());
                worst = worst.or(Some(reject(&error)));
            }
            Err(error) => worst = worst.or(Some(reject(&error))),
        }
    }
    worst.map_or(Ok(()), Err)
}

/// Says why a suite cannot be run.
pub fn reject(error: &SuiteError) -> Exit {
    let exit = match error {
        SuiteError::Unreadable(_) => Exit::Input,
        SuiteError::Invalid(_) => Exit::Suite,
    };
    for fault in error.faults() {
        fail_at(exit, fault);
    }
    exit
}
