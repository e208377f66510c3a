//! What the flags that choose tests leave of a plan: `--only`, `--group`, `--tags`, `--skip`, `--skip-tags`,
//! `--rerun-failed`.
//!
//! Owns: what is said where nothing is left, and of slips. Does not: know whether a test is wanted (see
//! `test::selection`, `test::rerun`).

use std::io::{self, Write as _};
use std::path::Path;

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::plan::last_run::{LastRun, Memory, whole};
use crate::cli::plan::planned::{EMPTY_SHARD, NOTHING_FAILED, Plan};
use crate::cli::plan::wrong_usage::usage;
use crate::cli::terminal::fail;
use crate::ground::printable::one_line;
use crate::ground::source::{Fault, Location, did_you_mean};
use crate::test::definition::Test;
use crate::test::needed;
use crate::test::rerun::again;
use crate::test::selection::{self, Needed, Selection};
use crate::test::set::TestSet;

/// What `--rerun-failed` leaves of a plan; the other flags choose among what failed.
///
/// # Errors
/// A pattern is none.
pub fn failed_again(mut plan: Plan, arguments: &Arguments) -> Result<Plan, Exit> {
    let selection = settled(&mut plan, &arguments.selection)?;
    let mut unknown: Vec<Fault> = Vec::new();
    plan.suites = needed::left(std::mem::take(&mut plan.suites), &mut |suite, set| {
        let memory = plan.memories.iter().find(|memory| memory.is_of(suite));
        match memory.map(Memory::last_run) {
            Some(LastRun::Failed(failed)) => {
                let failed = failed.get(&whole(Path::new(&*set.file))).map_or(&[][..], Vec::as_slice);
                vec![again(set, failed, &|test: &Test| selection.wants(test))]
            }
            Some(LastRun::Unknown(why)) => {
                if !unknown.contains(&why) {
                    unknown.push(why);
                }
                selection.of(vec![set])
            }
            None => selection.of(vec![set]),
        }
    });
    // They come from the last suite to the first.
    plan.warnings.extend(unknown.into_iter().rev());
    if plan.suites.is_empty() && plan.idle.is_none() {
        plan.idle = Some(NOTHING_FAILED);
    }
    Ok(plan)
}

/// What `--only`, `--group`, `--tags`, `--skip` and `--skip-tags` leave of a plan. Suites without a wanted test are
/// left out, unless others need them.
///
/// # Errors
/// Nothing is left.
pub fn chosen(mut plan: Plan, arguments: &Arguments) -> Result<Plan, Exit> {
    if arguments.selection.is_everything() {
        return Ok(plan);
    }
    let selection = settled(&mut plan, &arguments.selection)?;
    let unknown = {
        let named = plan.suites.iter().filter(|suite| !suite.is_needed_only);
        unknown(&selection, named.flat_map(|suite| &suite.sets))
    };
    let mut notes: Vec<Vec<Needed>> = Vec::new();
    plan.suites = needed::left(std::mem::take(&mut plan.suites), &mut |_, set| {
        let chosen = selection.choose(vec![set]);
        notes.push(chosen.needed);
        chosen.sets
    });
    // They come from the last file to the first.
    for Needed { test, by } in notes.iter().rev().flatten().filter(|_| !arguments.is_child) {
        let (name, place) = (one_line(&test.name), test.location.line());
        let _ = writeln!(io::stderr(), "\"{name}\" ({place}) runs too: \"{}\" needs it", one_line(by));
    }
    if plan.suites.is_empty() && arguments.shard.is_some() {
        // The other shards may have what is wanted.
        plan.idle = Some(EMPTY_SHARD);
        return Ok(plan);
    }
    if plan.suites.is_empty() {
        let by: Vec<String> =
            CHOOSING.iter().filter(|flag| arguments.given.contains(flag)).map(|flag| format!("--{flag}")).collect();
        let nothing = format!("no test is selected by {}; resttest list shows the names", in_words(&by));
        return Err(fail(Exit::Input, unknown.first().map_or(&nothing, |(_, message)| message)));
    }
    for (flag, message) in unknown {
        let location = Location { file: flag.into(), ..Location::default() };
        plan.warnings.push(Fault::new(location, message));
    }
    Ok(plan)
}

/// The flags that choose tests.
const CHOOSING: [&str; 5] = ["only", "group", "tags", "skip", "skip-tags"];

/// `a, b and c`.
fn in_words(words: &[String]) -> String {
    match words {
        [] => String::new(),
        [one] => one.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

/// Groups and tags that a selection names and no test has, each with the flag that names it and what is to be said.
fn unknown<'t>(selection: &Selection, sets: impl Iterator<Item = &'t TestSet> + Clone) -> Vec<(&'static str, String)> {
    let group = selection.unknown_groups(sets.clone()).into_iter().next().map(|group| {
        let known = selection::groups(sets.clone());
        let meant = did_you_mean(group, known.iter().copied());
        ("--group", format!("no test is in group \"{group}\"{meant}; there are {}", known.join(", ")))
    });
    let tags = selection.unknown_tags(sets.clone()).into_iter().map(|(flag, tag)| {
        let known = selection::tags(sets.clone());
        let meant = did_you_mean(tag, known.iter().copied());
        let there =
            if known.is_empty() { "no test has tags".to_owned() } else { format!("there are {}", known.join(", ")) };
        (flag, format!("no test has the tag \"{tag}\"{meant}; {there}"))
    });
    group.into_iter().chain(tags).collect()
}

/// A selection that knows the names of all tests among which it chooses.
///
/// # Errors
/// A pattern is none.
fn settled(plan: &mut Plan, selection: &Selection) -> Result<Selection, Exit> {
    let tests = selection::tests(plan.suites.iter().flat_map(|suite| &suite.sets));
    let selection = selection.clone().among(tests);
    if let Some((flag, reason)) = selection.wrong_pattern() {
        return Err(usage(&format!("option --{flag} {reason}")));
    }
    plan.chosen_names = selection.names().into_iter().map(str::to_owned).collect();
    Ok(selection)
}
