//! `resttest lint`: everything that is wrong or odd with suites, without sending anything.
//!
//! Owns: what is printed, and the exit code. Does not: know what is odd (see `suite`).

use std::fmt::Write as _;
use std::sync::Arc;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::plan::extensions;
use crate::cli::plan::targets::{self, Wrong};
use crate::cli::terminal::fail;
use crate::cli::terminal::print_foreign;
use crate::ground::counted::counted;
use crate::ground::source::Fault;
use crate::settings::commands::Commands;
use crate::settings::run_settings::Settings;
use crate::suite::{self, HandedOn, ReadOptions, Review, SuiteError, SuiteFile};
use crate::test::planned_suite::PlannedSuite;
use crate::test::set::TestSet;

/// What was found, over all files.
#[derive(Default)]
struct Findings {
    faults: Vec<Fault>,
    warnings: Vec<Fault>,
    has_unreadable: bool,
}

/// Looks the named suites over.
pub fn run(arguments: &Arguments) -> Exit {
    if arguments.config.is_some() {
        return fail(Exit::Usage, "lint reads suites; resttest explain --config FILE reads a runner configuration");
    }
    let files = match targets::settle(arguments) {
        Ok(targets) => targets.files,
        Err(Wrong::Usage(message)) => return fail(Exit::Usage, &message),
        Err(Wrong::Nothing(message)) => return fail(Exit::Input, &message),
    };
    if let Err(exit) = extensions::start(arguments) {
        return exit;
    }
    let options = ReadOptions {
        base_url: arguments.url.clone().unwrap_or_default(),
        vars: arguments.settings.vars.clone(),
        secrets: arguments.settings.secret_names(),
        shared: Vec::new(),
        presets: arguments.settings.presets.clone(),
        unset_variables: arguments.settings.layer.unset_variables.as_ref().map(|given| given.value),
        env: Arc::new(crate::cli::terminal::environment),
        // Whether warnings count is a matter of the exit code here.
        strict: false,
        commands: Commands::All,
        file_root: arguments.settings.file_root.clone(),
        auth: None,
        seeds: arguments.seeds.clone(),
    };
    let mut all = Findings::default();
    let mut reviewed: Vec<Reviewed> = Vec::new();
    for file in &files {
        match suite::read_test_file(file) {
            Ok(file) => reviewed.push(Reviewed { review: suite::review(&file, &options), file }),
            Err(error) => all.add(&error),
        }
    }
    look_at_needs(&mut reviewed, &options, &mut all);
    for Reviewed { mut review, .. } in reviewed {
        all.faults.append(&mut review.faults);
        all.warnings.append(&mut review.suite.warnings);
        all.warnings.append(&mut review.hints);
    }
    let exit = match (all.faults.len(), all.warnings.len()) {
        // A file that is not there is no suite that is wrong.
        (1.., _) if all.has_unreadable && all.faults.len() == 1 => Exit::Input,
        (1.., _) => Exit::Suite,
        (0, 1..) if arguments.strict => Exit::Failed(1),
        _ => Exit::Failed(0),
    };
    print_foreign(&all.text(files.len() as u64));
    exit
}

/// A suite that could be read.
struct Reviewed {
    file: SuiteFile,
    review: Review,
}

/// Reads what the suites need, and looks those over again that others hand variables on to.
fn look_at_needs(reviewed: &mut [Reviewed], options: &ReadOptions, all: &mut Findings) {
    let has_sharing = |one: &Reviewed| one.review.suite.sets.iter().any(TestSet::has_sharing);
    if !reviewed.iter().any(has_sharing) {
        return;
    }
    let mut settings = Settings::default();
    settings.vars.clone_from(&options.vars);
    let planned = reviewed.iter_mut().enumerate().map(|(namesakes, one)| PlannedSuite {
        sets: std::mem::take(&mut one.review.suite.sets),
        settings: settings.clone(),
        base_url: options.base_url.as_str().into(),
        // Where it stands in the list.
        namesakes,
        ..PlannedSuite::default()
    });
    let mut settled = suite::settle(planned.collect(), Vec::new(), options, HandedOn::ToLater);
    if let Some(error) = settled.take_error() {
        all.add(&error);
    }
    let mut options = options.clone();
    for suite in &settled.suites {
        let named = reviewed.get_mut(suite.namesakes).filter(|_| !suite.is_needed_only && !options.shared.is_empty());
        if let Some(one) = named {
            one.review = suite::review(&one.file, &options);
        }
        options.shared.extend(suite.sets.iter().flat_map(TestSet::shared_names).map(str::to_owned));
    }
}

impl Findings {
    fn add(&mut self, error: &SuiteError) {
        self.has_unreadable |= matches!(error, SuiteError::Unreadable(_));
        self.faults.extend_from_slice(error.faults());
    }

    /// The lines by place, each once (two suites may import one file), and a summary.
    fn text(&mut self, files: u64) -> String {
        let mut lines: Vec<(&Fault, &str)> = Vec::new();
        lines.extend(self.faults.iter().map(|fault| (fault, "error")));
        lines.extend(self.warnings.iter().map(|fault| (fault, "warning")));
        lines.sort_by_key(|(fault, _)| (fault.location.file.clone(), fault.location.position));
        lines.dedup();
        let mut out = String::new();
        for (fault, kind) in &lines {
            let _ = writeln!(out, "{}: {kind}: {}", fault.location, fault.message);
        }
        let count = |wanted: &str| lines.iter().filter(|(_, kind)| *kind == wanted).count() as u64;
        let (errors, warnings) = (counted(count("error"), "error"), counted(count("warning"), "warning"));
        let _ = writeln!(out, "{}: {errors}, {warnings}", counted(files, "suite"));
        out
    }
}
