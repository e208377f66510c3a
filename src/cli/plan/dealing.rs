//! Which suites of a run fall to a shard.
//!
//! Owns: what `--shard` and its options ask for; suites that hang together stay together. Does not: know how suites are
//! dealt out (see `record::shards`).

use std::collections::HashMap;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

use crate::cli::args::arguments::Arguments;
use crate::cli::exit::Exit;
use crate::cli::plan::wrong_usage::usage;
use crate::cli::terminal::fail;
use crate::ground::input::{BODY_LIMIT, open_input_text};
use crate::record::shards::{Shard, Share, balance};
use crate::report;
use crate::suite;

/// The shard that is asked for; which one it is, and who says so, is reported.
pub fn shard(arguments: &Arguments) -> Result<Option<Shard>, Exit> {
    if arguments.split_load && arguments.shard_durations.is_some() {
        return Err(usage("options --split-load and --shard-durations exclude each other; keep one"));
    }
    let Some(text) = &arguments.shard else {
        if arguments.split_load {
            return Err(usage("option --split-load says how --shard splits: add --shard K/N"));
        }
        return match &arguments.shard_durations {
            Some(_) => Err(usage("option --shard-durations says how --shard splits: add --shard K/N")),
            None => Ok(None),
        };
    };
    if arguments.shard_durations.is_some() && text.contains(':') {
        return Err(usage(&format!(
            "option --shard-durations splits by time; write the shard without a way, not \"{text}\""
        )));
    }
    let shard = Shard::parse(text, &crate::cli::terminal::environment)
        .map_err(|message| usage(&format!("option --shard {message}")))?;
    if !arguments.is_child {
        let _ = writeln!(io::stderr(), "shard {}/{}, from {}", shard.index, shard.total, shard.source);
    }
    // Bazel takes a test that does not touch this file for one that cannot be sharded.
    if let Some(file) = crate::cli::terminal::environment("TEST_SHARD_STATUS_FILE") {
        let _ = std::fs::File::create(file);
    }
    Ok(Some(shard))
}

/// All suites of a run, of which a shard takes some.
pub struct Deck {
    /// Their names, in order.
    pub names: Vec<String>,
    /// The files of each.
    pub files: Vec<Vec<PathBuf>>,
}

/// Leaves those suites that fall to a shard. Suites that need each other's files, or the same one, stay together.
///
/// # Errors
/// The exit, after it has been reported what is wrong with the report that `--shard-durations` names.
pub fn deal<T>(shard: &Shard, deck: Deck, suites: &mut Vec<T>, arguments: &Arguments) -> Result<Share, Exit> {
    let Deck { names: plan, files } = deck;
    let takes: Vec<bool> = if arguments.split_load {
        vec![true; plan.len()]
    } else {
        let group_of = if shard.total > 1 { suite::connected(&files) } else { (0..plan.len()).collect() };
        let groups = groups(&plan, &group_of);
        let of_group: Vec<bool> = match &arguments.shard_durations {
            Some(file) => {
                let text = open_input_text(Path::new(file), BODY_LIMIT)
                    .map_err(|error| fail(Exit::Input, &format!("{file} cannot be read: {}", suite::plain(&error))))?;
                let durations = report::suite_durations_ms(&text)
                    .map_err(|message| fail(Exit::Input, &format!("--shard-durations {file} is {message}")))?;
                by_time(&groups, shard, &durations)
            }
            None => groups.iter().enumerate().map(|(place, group)| shard.takes(&group.name, place)).collect(),
        };
        group_of
            .iter()
            .map(|head| groups.iter().position(|group| group.head == *head).is_some_and(|group| of_group[group]))
            .collect()
    };
    let mut keep = takes.iter();
    suites.retain(|_| keep.next().copied().unwrap_or_default());
    let taken = plan.iter().zip(&takes).filter(|(_, taken)| **taken).map(|(name, _)| name.clone()).collect();
    Ok(Share {
        index: shard.index,
        total: shard.total,
        plan,
        taken,
        runs: suites.len() as u64,
        splits_load: arguments.split_load,
    })
}

/// Suites that fall to one shard.
struct Group {
    /// The place of the first of them.
    head: usize,
    /// What decides about all: the first of their names.
    name: String,
    members: Vec<String>,
}

fn groups(plan: &[String], group_of: &[usize]) -> Vec<Group> {
    let mut groups: Vec<Group> = Vec::new();
    let mut place_of: HashMap<usize, usize> = HashMap::new();
    for (name, head) in plan.iter().zip(group_of) {
        let place = *place_of.entry(*head).or_insert_with(|| {
            groups.push(Group { head: *head, name: name.clone(), members: Vec::new() });
            groups.len() - 1
        });
        let group = &mut groups[place];
        group.members.push(name.clone());
        if *name < group.name {
            group.name.clone_from(name);
        }
    }
    groups
}

/// Whether each group falls to a shard, where all are to take about as long: a group takes as long as its members.
fn by_time(groups: &[Group], shard: &Shard, durations_ms: &HashMap<String, f64>) -> Vec<bool> {
    let members = || groups.iter().flat_map(|group| &group.members);
    let known: Vec<f64> = members().filter_map(|name| durations_ms.get(name).copied()).collect();
    let mean = if known.is_empty() { 1.0 } else { known.iter().sum::<f64>() / known.len() as f64 };
    let mut durations = durations_ms.clone();
    // A group is called by all its names: none is called like another.
    let names: Vec<String> = groups.iter().map(|group| group.members.join("\n")).collect();
    for (group, name) in groups.iter().zip(&names).filter(|(group, _)| group.members.len() > 1) {
        let own = group.members.iter().map(|member| durations_ms.get(member).copied().unwrap_or(mean));
        durations.insert(name.clone(), own.sum());
    }
    balance(&names, shard.total, &durations).into_iter().map(|index| index == shard.index).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::shards::Split;

    fn shard(index: u64) -> Shard {
        Shard { index, total: 2, split: Split::Slice, source: String::new() }
    }

    #[test]
    fn groups_are_called_by_the_first_of_their_names_and_keep_their_order() {
        let plan = ["d", "b", "c", "a"].map(str::to_owned);
        let groups = groups(&plan, &[0, 1, 0, 1]);
        let told: Vec<(usize, &str, usize)> =
            groups.iter().map(|group| (group.head, group.name.as_str(), group.members.len())).collect();
        assert_eq!(told, [(0, "c", 2), (1, "a", 2)]);
    }

    #[test]
    fn a_group_takes_as_long_as_all_of_it() {
        let plan = ["a", "b", "c", "d"].map(str::to_owned);
        let durations = HashMap::from([("a", 30.0), ("b", 10.0), ("c", 30.0)].map(|(name, ms)| (name.to_owned(), ms)));
        // a + b take 40, c 30, and d the mean, 23.
        let groups = groups(&plan, &[0, 0, 2, 3]);
        assert_eq!(by_time(&groups, &shard(1), &durations), [true, false, false]);
        assert_eq!(by_time(&groups, &shard(2), &durations), [false, true, true]);
    }
}
