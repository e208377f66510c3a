//! Shards: which part of the list of suites is this machine's.
//!
//! Owns: the grammar of `--shard` and `--partition`, the variables of the systems that start many
//! machines, the split,
//! the proof that shards are complete. Does not: read the environment (it is given a look-up).

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

/// More shards than anybody starts; a number above it is a mistake that would be paid for in memory.
pub const MOST_SHARDS: u64 = 10_000;

/// One part of several.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Shard {
    /// From 1.
    pub index: u64,
    /// How many there are.
    pub total: u64,
    /// How suites are dealt out.
    pub split: Split,
    /// Who said so: the option, or the system and its variables.
    pub source: String,
}

/// How suites are dealt out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Split {
    /// By a hash of the suite's name: adding a suite moves no other.
    Hash,
    /// In turn: the first to the first shard, the second to the second.
    Slice,
}

/// The shard of each suite, from 1, so that all shards take about as long: the longest suite first, each
/// to the shard that has least so far (Graham's LPT rule: at most 4/3 of the best there is). A suite that
/// took no known time is taken for one of the mean.
pub fn balance(plan: &[String], total: u64, durations_ms: &HashMap<String, f64>) -> Vec<u64> {
    let known: Vec<f64> = plan.iter().filter_map(|name| durations_ms.get(name).copied()).collect();
    let mean = if known.is_empty() { 1.0 } else { known.iter().sum::<f64>() / known.len() as f64 };
    let mut order: Vec<(usize, f64)> =
        plan.iter().map(|name| durations_ms.get(name).copied().unwrap_or(mean)).enumerate().collect();
    // Stable: suites that took the same time stay in the order of the plan, on every machine.
    order.sort_by(|(_, one), (_, other)| other.total_cmp(one));
    let mut shards = vec![1; plan.len()];
    // A shard beyond the number of suites would stay empty, however many are asked for.
    let mut sums = vec![0.0_f64; usize::try_from(total).unwrap_or(usize::MAX).min(plan.len())];
    for (place, duration) in order {
        let least = (0..sums.len()).min_by(|one, other| sums[*one].total_cmp(&sums[*other])).unwrap_or_default();
        sums[least] += duration;
        shards[place] = least as u64 + 1;
    }
    shards
}

/// What a shard's report says about the whole, so that the shards can be shown to be complete.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Share {
    /// From 1.
    pub index: u64,
    /// How many there are.
    pub total: u64,
    /// All suites, in order, of all shards.
    pub plan: Vec<String>,
    /// Those that fell to this shard.
    pub taken: Vec<String>,
    /// How many of these had a test to run: all, unless tests were selected.
    pub runs: u64,
    /// Whether each shard runs all suites, and makes its part of every load run.
    #[serde(default)]
    pub splits_load: bool,
}

/// What is not as it must be with the shards of one run, each with what it is called: a shard that is
/// missing, a suite that no shard or more than one took.
///
/// # Errors
/// They are not of one run: another plan, another number of shards, one of them twice.
pub fn gaps(shares: &[(&str, &Share)]) -> Result<Vec<String>, String> {
    let Some(((first_name, first), others)) = shares.split_first() else { return Ok(Vec::new()) };
    for (name, share) in shares {
        if share.total > MOST_SHARDS || !(1..=share.total).contains(&share.index) {
            return Err(format!(
                "{name} is of no shard: {}/{}, where 1/1 to N/{MOST_SHARDS} are",
                share.index, share.total
            ));
        }
    }
    for (name, share) in others {
        if share.total != first.total {
            return Err(format!("{first_name} is of {} shards, {name} of {}", first.total, share.total));
        }
        if share.splits_load != first.splits_load {
            let (one, other) = if first.splits_load { (first_name, name) } else { (name, first_name) };
            return Err(format!("{one} is of a run with --split-load, {other} is not"));
        }
        if share.plan != first.plan {
            let other = share.plan.iter().find(|suite| !first.plan.contains(suite));
            let missing = first.plan.iter().find(|suite| !share.plan.contains(suite));
            let (only, has) = match (other, missing) {
                (Some(suite), _) => (suite.as_str(), name),
                (None, Some(suite)) => (suite.as_str(), first_name),
                (None, None) => return Err(format!("{first_name} and {name} list their suites in another order")),
            };
            return Err(format!("{first_name} and {name} are of different runs: only {has} knows suite {only}"));
        }
    }
    for (place, (name, share)) in shares.iter().enumerate() {
        if let Some((other, _)) = shares[..place].iter().find(|(_, earlier)| earlier.index == share.index) {
            return Err(format!("shard {}/{} is there twice: {other} and {name}", share.index, share.total));
        }
    }
    let missing = (1..=first.total).filter(|index| shares.iter().all(|(_, share)| share.index != *index));
    let mut found: Vec<String> =
        missing.map(|index| format!("the report of shard {index}/{} is missing", first.total)).collect();
    let complete = found.is_empty();
    // A runner configuration may have several suites of one name.
    let mut counts: HashMap<&str, (usize, usize)> = HashMap::new();
    let times = if first.splits_load { shares.len() } else { 1 };
    first.plan.iter().for_each(|suite| counts.entry(suite).or_default().0 += times);
    for suite in shares.iter().flat_map(|(_, share)| &share.taken) {
        counts.entry(suite).or_default().1 += 1;
    }
    for suite in &first.plan {
        match counts.remove(suite.as_str()) {
            Some((planned, taken)) if taken > planned => found.push(format!("suite {suite} fell to {taken} shards")),
            Some((planned, taken)) if taken < planned && complete => {
                found.push(format!("suite {suite} fell to no shard"));
            }
            _ => {}
        }
    }
    Ok(found)
}

/// A look-up in the environment.
pub type Look<'e> = &'e dyn Fn(&str) -> Option<String>;

/// A system that starts many machines, and the variables in which it tells each its number.
struct System {
    name: &'static str,
    index: &'static str,
    /// The number that the first machine has.
    first: u64,
    total: Option<&'static str>,
}

const fn system(name: &'static str, index: &'static str, first: u64, total: &'static str) -> System {
    System { name, index, first, total: Some(total) }
}

/// In the order in which they are looked for; Slurm's array is reported apart below.
const SYSTEMS: [System; 13] = [
    system("GitLab CI", "CI_NODE_INDEX", 1, "CI_NODE_TOTAL"),
    system("CircleCI", "CIRCLE_NODE_INDEX", 0, "CIRCLE_NODE_TOTAL"),
    system("Buildkite", "BUILDKITE_PARALLEL_JOB", 0, "BUILDKITE_PARALLEL_JOB_COUNT"),
    system("Bitbucket", "BITBUCKET_PARALLEL_STEP", 0, "BITBUCKET_PARALLEL_STEP_COUNT"),
    system("Semaphore", "SEMAPHORE_JOB_INDEX", 1, "SEMAPHORE_JOB_COUNT"),
    system("Azure Pipelines", "SYSTEM_JOBPOSITIONINPHASE", 1, "SYSTEM_TOTALJOBSINPHASE"),
    System { name: "Kubernetes Indexed Job", index: "JOB_COMPLETION_INDEX", first: 0, total: None },
    system("Slurm array", "SLURM_ARRAY_TASK_ID", 0, "SLURM_ARRAY_TASK_COUNT"),
    system("Slurm", "SLURM_PROCID", 0, "SLURM_NTASKS"),
    system("AWS Batch", "AWS_BATCH_JOB_ARRAY_INDEX", 0, "AWS_BATCH_JOB_ARRAY_SIZE"),
    system("Cloud Run", "CLOUD_RUN_TASK_INDEX", 0, "CLOUD_RUN_TASK_COUNT"),
    system("Bazel", "TEST_SHARD_INDEX", 0, "TEST_TOTAL_SHARDS"),
    System { name: "GNU parallel", index: "PARALLEL_SEQ", first: 1, total: None },
];

impl Shard {
    /// Reads `2/4`, `hash:2/4`, `slice:2/4`, `auto`, or `auto/4` where the system tells no total.
    ///
    /// # Errors
    /// What is wrong, and what is allowed; no system found, or two.
    pub fn parse(text: &str, look: Look<'_>) -> Result<Shard, String> {
        let (split, rest) = match text.split_once(':') {
            Some(("hash", rest)) => (Split::Hash, rest),
            Some(("slice", rest)) => (Split::Slice, rest),
            Some((other, _)) => return Err(format!("must be hash:K/N or slice:K/N, not \"{other}:…\"")),
            None => (Split::Hash, text),
        };
        if rest == "auto" {
            return detect(None, look).map(|shard| Shard { split, ..shard });
        }
        let wrong = || format!("must be K/N, auto or auto/N, with K from 1 to N, not \"{text}\"");
        let (index, total) = rest.split_once('/').ok_or_else(wrong)?;
        let total: u64 = total.trim().parse().ok().filter(|total| *total > 0).ok_or_else(wrong)?;
        if total > MOST_SHARDS {
            return Err(format!("has at most {MOST_SHARDS} shards, not {total}"));
        }
        if index.trim() == "auto" {
            return detect(Some(total), look).map(|shard| Shard { split, ..shard });
        }
        let index: u64 = index.trim().parse().ok().filter(|index| (1..=total).contains(index)).ok_or_else(wrong)?;
        Ok(Shard { index, total, split, source: "the command line".to_owned() })
    }

    /// Whether a suite is this shard's; `place` is its place in the whole list, from 0.
    pub fn takes(&self, name: &str, place: usize) -> bool {
        let number = match self.split {
            Split::Hash => hash(name),
            Split::Slice => place as u64,
        };
        number % self.total == self.index - 1
    }
}

/// The shard that one of the known systems tells.
fn detect(given_total: Option<u64>, look: Look<'_>) -> Result<Shard, String> {
    let number = |name: &str| look(name).and_then(|value| value.trim().parse::<u64>().ok());
    // A Slurm array's tasks are jobs of one process each, and GitLab sets its total everywhere.
    let in_array = number("SLURM_ARRAY_TASK_ID").is_some();
    let found: Vec<&System> = SYSTEMS
        .iter()
        .filter(|system| number(system.index).is_some())
        .filter(|system| !(in_array && system.index == "SLURM_PROCID"))
        .collect();
    let system = match found.as_slice() {
        [one] => *one,
        [] => {
            let names: Vec<&str> = SYSTEMS.iter().map(|system| system.name).collect();
            return Err(format!(
                "auto found no system's index in the environment; known are {}; write K/N",
                names.join(", ")
            ));
        }
        several => {
            let names: Vec<&str> = several.iter().map(|system| system.name).collect();
            return Err(format!("auto found more than one system: {}; write K/N", names.join(" and ")));
        }
    };
    let raw = number(system.index).unwrap_or_default();
    let index = match system.index {
        "SLURM_ARRAY_TASK_ID" => {
            let (min, step) =
                (number("SLURM_ARRAY_TASK_MIN").unwrap_or(0), number("SLURM_ARRAY_TASK_STEP").unwrap_or(1));
            raw.checked_sub(min).map(|above| above / step.max(1))
        }
        _ => raw.checked_sub(system.first),
    };
    let reported = system.total.and_then(number);
    let Some(total) = given_total.or(reported).filter(|total| *total > 0) else {
        let variable = system.total.map_or_else(String::new, |name| format!(" ({name} is not set)"));
        return Err(format!("{} tells the index but no total{variable}; write auto/N", system.name));
    };
    if total > MOST_SHARDS {
        return Err(format!("has at most {MOST_SHARDS} shards, not {total}, as {} has it", system.name));
    }
    match index.filter(|index| *index < total) {
        Some(index) => {
            let source = format!("{} ({}={raw}, {total} in all)", system.name, system.index);
            Ok(Shard { index: index + 1, total, split: Split::Hash, source })
        }
        None => Err(format!("{}: {}={raw} is out of range for {total} shards", system.name, system.index)),
    }
}

/// FNV-1a with 64 bits, and a last mix: the same on every machine and in every version.
fn hash(name: &str) -> u64 {
    let mut hash: u64 = 0xcbf2_9ce4_8422_2325;
    for byte in name.bytes() {
        hash = (hash ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
    }
    (hash ^ hash >> 32).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 32
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str, environment: &[(&str, &str)]) -> Result<(u64, u64), String> {
        let look =
            |name: &str| environment.iter().find(|(have, _)| *have == name).map(|(_, value)| (*value).to_owned());
        Shard::parse(text, &look).map(|shard| (shard.index, shard.total))
    }

    #[test]
    fn shards_of_known_durations_take_about_as_long() {
        let plan: Vec<String> = ["a", "b", "c", "d", "e", "f"].map(str::to_owned).into();
        let durations = [("a", 10.0), ("b", 60.0), ("c", 30.0), ("d", 20.0), ("e", 40.0)];
        let durations = durations.map(|(name, ms)| (name.to_owned(), ms)).into();
        // b 60 | e 40, then f (the mean, 32) to the second, c 30 to the first, d 20 to the second, a 10 to the first.
        assert_eq!(balance(&plan, 2, &durations), [1, 1, 1, 2, 2, 2]);
        assert_eq!(balance(&plan, 1, &durations), [1; 6]);
        assert_eq!(balance(&plan[..2], u64::MAX, &HashMap::new()), [1, 2]);
        assert!(balance(&[], 3, &HashMap::new()).is_empty());
    }

    #[test]
    fn what_is_missing_or_doubled_is_found() {
        let share = |index, taken: &[&str]| Share {
            index,
            total: 2,
            plan: vec!["a".to_owned(), "b".to_owned(), "c".to_owned()],
            taken: taken.iter().map(|name| (*name).to_owned()).collect(),
            splits_load: false,
            runs: taken.len() as u64,
        };
        let (one, two) = (share(1, &["a", "c"]), share(2, &["b"]));
        assert_eq!(gaps(&[("1", &one), ("2", &two)]), Ok(vec![]));
        assert_eq!(gaps(&[("2", &two)]), Ok(vec!["the report of shard 1/2 is missing".to_owned()]));
        let (greedy, lazy) = (share(2, &["b", "c"]), share(2, &[]));
        assert_eq!(gaps(&[("1", &one), ("2", &greedy)]), Ok(vec!["suite c fell to 2 shards".to_owned()]));
        assert_eq!(gaps(&[("1", &one), ("2", &lazy)]), Ok(vec!["suite b fell to no shard".to_owned()]));
        assert!(gaps(&[("1", &one), ("also 1", &one)]).is_err());
        assert!(gaps(&[("1", &one), ("2", &Share { total: 3, ..two.clone() })]).is_err());
        assert!(gaps(&[("1", &one), ("2", &Share { plan: vec![], ..two.clone() })]).is_err());
        for (index, total) in [(1, u64::MAX), (1, MOST_SHARDS + 1), (0, 2), (3, 2), (0, 0)] {
            assert!(gaps(&[("x", &Share { index, total, ..two.clone() })]).is_err(), "{index}/{total}");
        }
        // Two suites of one name, one for each shard.
        let twins = |index| Share { plan: vec!["a".to_owned(), "a".to_owned()], ..share(index, &["a"]) };
        assert_eq!(gaps(&[("1", &twins(1)), ("2", &twins(2))]), Ok(vec![]));
    }

    #[test]
    fn the_grammar_is_k_of_n() {
        assert_eq!(parse("2/4", &[]), Ok((2, 4)));
        assert_eq!(parse("slice:1/1", &[]), Ok((1, 1)));
        for wrong in
            ["0/4", "5/4", "1/0", "x/4", "4", "", "turn:1/2", "-1/2", "1/2/3", "1/10001", "1/18446744073709551615"]
        {
            assert!(parse(wrong, &[]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn systems_tell_their_index_from_their_own_base() {
        type Environment = &'static [(&'static str, &'static str)];
        type Expected = Result<(u64, u64), &'static str>;
        let table: [(Environment, &str, Expected); 10] = [
            (&[("CI_NODE_INDEX", "1"), ("CI_NODE_TOTAL", "3")], "auto", Ok((1, 3))),
            (&[("CIRCLE_NODE_INDEX", "0"), ("CIRCLE_NODE_TOTAL", "3")], "auto", Ok((1, 3))),
            (&[("JOB_COMPLETION_INDEX", "3")], "auto/4", Ok((4, 4))),
            (&[("JOB_COMPLETION_INDEX", "3")], "auto", Err("no total")),
            (&[("PARALLEL_SEQ", "2")], "auto/2", Ok((2, 2))),
            (
                &[
                    ("SLURM_ARRAY_TASK_ID", "14"),
                    ("SLURM_ARRAY_TASK_MIN", "10"),
                    ("SLURM_ARRAY_TASK_STEP", "2"),
                    ("SLURM_ARRAY_TASK_COUNT", "4"),
                    ("SLURM_PROCID", "0"),
                    ("SLURM_NTASKS", "1"),
                ],
                "auto",
                Ok((3, 4)),
            ),
            (&[("CI_NODE_TOTAL", "1")], "auto", Err("found no system")),
            (&[("CI_NODE_INDEX", "4"), ("CI_NODE_TOTAL", "3")], "auto", Err("out of range")),
            (&[("CI_NODE_INDEX", "0"), ("CI_NODE_TOTAL", "3")], "auto", Err("out of range")),
            (&[("CI_NODE_INDEX", "1"), ("CIRCLE_NODE_INDEX", "1")], "auto/4", Err("more than one")),
        ];
        for (environment, text, expected) in table {
            match (parse(text, environment), expected) {
                (Ok(found), Ok(expected)) => assert_eq!(found, expected, "{environment:?}"),
                (Err(message), Err(part)) => assert!(message.contains(part), "{message}"),
                (found, _) => panic!("{environment:?}: {found:?}"),
            }
        }
    }

    #[test]
    fn every_suite_is_in_exactly_one_shard() {
        let names: Vec<String> = (0..200).map(|i| format!("suites/s{i}.yaml")).collect();
        for split in [Split::Hash, Split::Slice] {
            let shard = |index| Shard { index, total: 4, split, source: String::new() };
            let mut sizes = [0; 4];
            for (place, name) in names.iter().enumerate() {
                let takers: Vec<u64> = (1..=4).filter(|index| shard(*index).takes(name, place)).collect();
                assert_eq!(takers.len(), 1, "{name}");
                sizes[takers[0] as usize - 1] += 1;
            }
            assert!(sizes.iter().all(|size| (30..=70).contains(size)), "{sizes:?}");
        }
    }
}
