//! `resttest merge`: the reports of all shards of a run to the report of the run.
//!
//! Owns: reading them, the exit. Does not: judge whether they are complete (see `shard`).

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use crate::cli::exit::Exit;
use crate::cli::running::baseline::Baselines;
use crate::cli::running::execute::{Conditions, surroundings};
use crate::cli::running::push::Push;
use crate::cli::running::reports::{End, Reports};
use crate::cli::streams::Results;
use crate::cli::terminal::fail;
use crate::ground::input::{BODY_LIMIT, open_input_text};
use crate::record::event::Event;
use crate::record::joined::joined;
use crate::record::shards;
use crate::report::{Display, Format, Opening, ShardReport, Style, group_width};
use crate::suite::plain;

/// Joins the reports that the words name.
///
/// # Errors
/// The exit of what ended before it began; no report has been written.
pub fn run(conditions: &Conditions<'_>) -> Result<Exit, Exit> {
    let arguments = conditions.arguments;
    if arguments.positional.is_empty() {
        let message = "the shards' reports are missing: resttest merge SHARD-1.json SHARD-2.json";
        return Err(fail(Exit::Usage, message));
    }
    let mut parts: Vec<(&str, ShardReport)> = Vec::new();
    for file in &arguments.positional {
        let text = open_input_text(Path::new(file), BODY_LIMIT)
            .map_err(|error| fail(Exit::Input, &format!("{file} cannot be read: {}", plain(&error))))?;
        let part = ShardReport::parse(&text).map_err(|message| fail(Exit::Suite, &format!("{file} is {message}")))?;
        parts.push((file.as_str(), part));
    }
    let shares: Vec<_> = parts.iter().map(|(file, part)| (*file, &part.share)).collect();
    let mut faults = shards::gaps(&shares).map_err(|message| fail(Exit::Suite, &message))?;
    faults.extend(parts.iter().flat_map(|(_, part)| faults_of(part)));
    let inputs: Vec<(PathBuf, &str)> =
        arguments.positional.iter().map(|file| (file.into(), "a report to be merged")).collect();
    let mut baselines = Baselines::open(&arguments.baseline).map_err(|(exit, message)| fail(exit, &message))?;
    let mut reports = Reports::open(&arguments.reports, &inputs).map_err(|(exit, message)| fail(exit, &message))?;
    reports.set_push(Push::of(arguments));
    reports.set_order(order(&parts));
    let style = Style { several: true, progress: false, ..surroundings(arguments) };
    let mut console = Display::new(Results::to(arguments.reports.people()), io::stderr(), style);
    // In the order of the shards, whatever the order of the words.
    parts.sort_by_key(|(_, part)| part.share.index);
    let splits_load = parts.iter().any(|(_, part)| part.share.splits_load);
    let events: Vec<Event> = if splits_load {
        let jobs = parts
            .iter()
            .map(|(_, part)| (format!("job {}/{}", part.share.index, part.share.total), part.events.as_slice()));
        joined(&jobs.collect::<Vec<_>>())
    } else {
        parts.iter().flat_map(|(_, part)| part.events.clone()).collect()
    };
    let _ = console.open(opening(&events, conditions));
    for event in events {
        // Where nobody reads on (| head -1), the files are still to be whole, and the exit is that of all shards.
        let event = baselines.observe(event);
        let _ = console.observe(&event, reports.record());
        let _ = reports.observe(event);
    }
    for fault in &faults {
        crate::cli::logging::complain(fault);
    }
    // The shards ran side by side.
    let elapsed = parts.iter().map(|(_, part)| part.elapsed).max().unwrap_or(Duration::ZERO);
    reports.take_over(faults, elapsed);
    reports.close(false);
    let _ = console.finish(reports.record());
    let _ = console.flush();
    let exit = match baselines.finish() {
        Ok(()) => Exit::of(reports.record()),
        Err(message) => fail(Exit::Output, &message),
    };
    Ok(reports.finish(End::Done(exit)))
}

/// The order of the plan; a suite that ran only because another needs it stands where it ran, before that one.
fn order(parts: &[(&str, ShardReport)]) -> Vec<Arc<str>> {
    let Some((_, first)) = parts.first() else { return Vec::new() };
    let mut order: Vec<Arc<str>> = first.share.plan.iter().map(|name| name.as_str().into()).collect();
    for (_, part) in parts {
        let mut unplanned: Vec<Arc<str>> = Vec::new();
        for event in &part.events {
            let Event::SuiteFinished { file, .. } = event else { continue };
            match order.iter().position(|name| name == file) {
                Some(place) => drop(order.splice(place..place, std::mem::take(&mut unplanned))),
                None => unplanned.push(file.clone()),
            }
        }
    }
    order
}

/// What the joined run is about.
fn opening(events: &[Event], conditions: &Conditions<'_>) -> Opening {
    let outcomes = || {
        events.iter().filter_map(|event| match event {
            Event::TestFinished(outcome) => Some(outcome),
            _ => None,
        })
    };
    let count = |is_one: fn(&Event) -> bool| events.iter().filter(|event| is_one(event)).count() as u64;
    Opening {
        suites: count(|event| matches!(event, Event::SuiteFinished { .. })),
        tests: outcomes().count() as u64,
        benchmarks: count(|event| matches!(event, Event::BenchmarkFinished(_))),
        group_width: group_width(outcomes().map(|outcome| outcome.group.as_str())),
        verbose: conditions.arguments.settings.verbose,
        html: conditions.arguments.reports.files.iter().any(|(format, _)| *format == Format::Html),
        ..Opening::default()
    }
}

/// What of a shard's run was no test's failure.
fn faults_of(part: &ShardReport) -> Vec<String> {
    let shard = format!("shard {}/{}", part.share.index, part.share.total);
    // A suite that broke tells so itself.
    let broken = |fault: &String| {
        part.events.iter().any(|event| match event {
            Event::SuiteFinished { file, error: Some(error), .. } => *fault == format!("{file}: {error}"),
            _ => false,
        })
    };
    let own = part.faults.iter().filter(|fault| !broken(fault));
    let mut faults: Vec<String> = own.map(|fault| format!("{shard}: {fault}")).collect();
    let ended = part.events.iter().filter(|event| matches!(event, Event::SuiteFinished { .. })).count() as u64;
    if part.interrupted {
        faults.push(format!("{shard} was interrupted"));
    } else if ended < part.share.runs {
        faults.push(format!("{shard} reports {ended} of its {} suites", part.share.runs));
    }
    faults
}
