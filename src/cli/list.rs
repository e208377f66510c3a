//! `resttest list`, and the choice of tests that runs share with it.

use std::fmt::Write as _;
use std::path::Path;
use std::sync::Arc;

use super::arguments::Arguments;
use super::execute;
use super::exit::Exit;
use super::{fail, print};
use crate::load_plan::{LoadPlan, Volume};
use crate::selection;
use crate::source::did_you_mean;
use crate::suite;
use crate::test::Test;
use crate::testset::TestSet;

/// Prints what the named suites would run, in that order.
pub fn run(arguments: &Arguments) -> Exit {
    let files = match suites(arguments) {
        Ok(files) => files,
        Err(message) => return fail(Exit::Usage, &message),
    };
    let base = if arguments.absolute_urls { String::new() } else { arguments.url.clone().unwrap_or_default() };
    let mut sets = Vec::new();
    for file in files {
        let read =
            suite::read_test_file(Path::new(file)).and_then(|file| execute::read(&file, base.clone(), arguments));
        match read {
            Ok(mut suite) => sets.append(&mut suite.sets),
            Err(error) => return execute::reject(&error),
        }
    }
    match selected(sets, arguments) {
        Ok(sets) => print(&text(&sets)),
        Err(exit) => exit,
    }
}

/// The suites that `lint` and `list` are given: all words, and `--test`.
pub fn suites(arguments: &Arguments) -> Result<Vec<&str>, String> {
    let files: Vec<&str> = arguments.test.iter().chain(&arguments.positional).map(String::as_str).collect();
    if files.is_empty() {
        return Err("a suite is missing: resttest lint SUITE.yaml, resttest list SUITE.yaml".to_owned());
    }
    Ok(files)
}

/// What the command line leaves in of the sets; nothing at all is an error.
pub fn selected(sets: Vec<TestSet>, arguments: &Arguments) -> Result<Vec<TestSet>, Exit> {
    let selection = &arguments.selection;
    if selection.is_everything() {
        return Ok(sets);
    }
    if let Some(unknown) = selection.unknown_groups(&sets).first() {
        let known = selection::groups(&sets);
        let meant = did_you_mean(unknown, known.iter().copied());
        let message = format!("no test is in group \"{unknown}\"{meant}; there are {}", known.join(", "));
        return Err(fail(Exit::Input, &message));
    }
    let chosen = selection.of(sets);
    if selection::is_empty(&chosen) {
        let message = "no test is selected by --only, --group and --skip; resttest list shows the names";
        return Err(fail(Exit::Input, message));
    }
    Ok(chosen)
}

fn text(sets: &[TestSet]) -> String {
    let mut out = String::new();
    let mut file: Option<&Arc<str>> = None;
    let (mut tests, mut benchmarks, mut files) = (0, 0, 0);
    for set in sets.iter().filter(|set| !set.tests.is_empty() || !set.benchmarks.is_empty()) {
        if file != Some(&set.file) {
            let _ = writeln!(out, "{}", set.file);
            file = Some(&set.file);
            files += 1;
        }
        for test in &set.tests {
            let load = test.performance.as_deref().map(|plan| format!("  load: {}", amount(plan)));
            let _ = writeln!(out, "  {}{}", line(test), load.unwrap_or_default());
            tests += 1;
        }
        for benchmark in &set.benchmarks {
            if benchmark.runs() {
                let _ = writeln!(out, "  {}  benchmark: {}", line(&benchmark.test), amount(&benchmark.plan));
                benchmarks += 1;
            } else {
                let _ = writeln!(out, "  {}  benchmark: skipped, names no metrics", line(&benchmark.test));
            }
        }
    }
    let _ =
        writeln!(out, "{}, {} in {}", counted(tests, "test"), counted(benchmarks, "benchmark"), counted(files, "file"));
    out
}

fn line(test: &Test) -> String {
    format!("{}: {}  {} {}", test.group, test.name, test.method, test.url.source())
}

/// `100 requests, 10 warm-up, 5 at once, async`.
fn amount(plan: &LoadPlan) -> String {
    let mut parts = vec![match plan.volume {
        Volume::Requests(number) => counted(number, "request"),
        Volume::Duration(time) => format!("for {} s", time.as_secs_f64()),
    }];
    if plan.warmup > 0 {
        parts.push(format!("{} warm-up", plan.warmup));
    }
    if let Some(concurrency) = &plan.layer.concurrency {
        parts.push(format!("{} at once", concurrency.value));
    }
    if let Some(rate) = plan.rate {
        parts.push(format!("{rate} a second"));
    }
    parts.push(plan.mode.name().to_owned());
    parts.join(", ")
}

/// `1 test`, `2 tests`.
pub fn counted(number: u64, what: &str) -> String {
    format!("{number} {what}{}", if number == 1 { "" } else { "s" })
}
