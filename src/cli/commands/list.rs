//! `resttest list`: what would run, a line a test.

use std::fmt::Write as _;
use std::sync::Arc;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::plan::planning;
use crate::cli::terminal::print_foreign;
use crate::ground::counted::counted;
use crate::ground::printable::one_line;
use crate::load::plan::{LoadPlan, Stages, Volume};
use crate::secrets::shown_url;
use crate::test::definition::Test;
use crate::test::set::TestSet;

/// Prints what would run, in that order. Without `--url` every word is a suite.
///
/// # Errors
/// The exit, after it has been told what is wrong.
pub fn run(arguments: &Arguments) -> Result<Exit, Exit> {
    let plan = planning::plan(arguments)?;
    let sets: Vec<&TestSet> = plan.suites.iter().flat_map(|suite| &suite.sets).collect();
    Ok(print_foreign(&text(&sets)))
}

fn text(sets: &[&TestSet]) -> String {
    let mut out = String::new();
    let mut file: Option<&Arc<str>> = None;
    let (mut tests, mut benchmarks, mut files) = (0, 0, 0);
    for set in sets.iter().filter(|set| !set.is_empty()) {
        if file != Some(&set.file) {
            let _ = writeln!(out, "{}{}", set.file, needs(set));
            file = Some(&set.file);
            files += 1;
        }
        for test in set.setup.iter().chain(&set.tests) {
            list(&mut out, test);
        }
        tests += set.in_order().count() as u64;
        for benchmark in &set.benchmarks {
            if benchmark.runs() {
                let order = order(&benchmark.test);
                let _ = writeln!(out, "  {}  benchmark: {}{order}", line(&benchmark.test), amount(&benchmark.plan));
                benchmarks += 1;
            } else {
                let _ = writeln!(out, "  {}  benchmark: skipped, names no metrics", line(&benchmark.test));
            }
        }
        set.teardown.iter().for_each(|test| list(&mut out, test));
    }
    let _ =
        writeln!(out, "{}, {} in {}", counted(tests, "test"), counted(benchmarks, "benchmark"), counted(files, "file"));
    out
}

/// `  needs: "login.yaml"`.
fn needs(set: &TestSet) -> String {
    let needs: Vec<String> = set.needed_files().iter().map(|need| format!("\"{}\"", one_line(&need.written))).collect();
    if needs.is_empty() { String::new() } else { format!("  needs: {}", needs.join(", ")) }
}

fn list(out: &mut String, test: &Test) {
    let load = test.performance.as_deref().map(|plan| format!("  load: {}", amount(plan)));
    let list = test.foreach().map_or_else(String::new, |foreach| format!("  for each of ${}", foreach.list));
    let _ = writeln!(out, "  {}{}{list}{}", line(test), load.unwrap_or_default(), order(test));
}

/// `  needs: "login"  if: stage is "prod"`.
fn order(test: &Test) -> String {
    let shown = test.order.as_ref().map_or_else(Vec::new, |order| order.shown());
    shown.iter().map(|(key, text)| format!("  {key}: {}", one_line(text))).collect()
}

fn line(test: &Test) -> String {
    let url = shown_url(test.url.source());
    let tags = if test.tags.is_empty() { String::new() } else { format!("  tags: {}", test.tags.shown()) };
    one_line(&format!("{}: {}  {} {url}{tags}", test.group, test.name, test.method)).into_owned()
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
    match &plan.stages {
        Some(Stages::Rate(stages)) => parts.push(format!("{} of rates", counted(stages.len() as u64, "stage"))),
        Some(Stages::Connections(stages)) => {
            parts.push(format!("{} of connections", counted(stages.len() as u64, "stage")));
        }
        None => {}
    }
    if let Some(ramp) = plan.ramp {
        parts.push(format!("after a ramp of {} s", ramp.as_secs_f64()));
    }
    if let Some(threads) = plan.threads {
        parts.push(counted(threads as u64, "thread"));
    }
    parts.push(plan.mode.name().to_owned());
    parts.join(", ")
}
