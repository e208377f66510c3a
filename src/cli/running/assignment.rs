//! An assignment from a parent process to its child: which suite is the child's, and under which words.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use serde::{Deserialize, Serialize};

use crate::cli::args::flags;
use crate::cli::args::preset::Preset;
use crate::exchange::trace::RunTrace;
use crate::ground::source::{Location, Position};
use crate::settings::origin::Origin;
use crate::test::planned_suite::PlannedSuite;

/// The form of assignments; parent and child are the same binary, so this is a check, not a choice.
pub const VERSION: u32 = 5;

/// What one child is to run.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Assignment {
    /// The form, [`VERSION`].
    pub version: u32,
    /// The parent's words.
    pub words: Vec<String>,
    /// What the environment and `.resttest.yaml` set for the parent.
    pub presets: Vec<GivenPreset>,
    /// The names by which the parent's `--only` and `--skip` mean one test: this suite alone does not tell them all.
    pub names: Vec<String>,
    /// The one suite that is this child's.
    pub suite: String,
    /// The suites that it needs, in order: they run before, in the same process.
    pub needs: Vec<Needed>,
    /// Whether others may take files out of it: then all suites of the configuration must be read.
    pub reads_all: bool,
    /// Which of those of this name in the runner configuration it is.
    pub namesakes: usize,
    /// The parent's seed, if anything draws from it.
    pub seed: Option<u64>,
    /// What the parent read, see [`digest`].
    pub digest: u64,
    /// Whether the suite is one of a runner configuration.
    pub from_config: bool,
    /// Whether failures are to have their lines of the suite: somebody is to see them.
    pub excerpts: bool,
    /// How many processes have a part of the run's rate limit each.
    pub processes: u32,
    /// What the ids of spans follow from, and which part of the run it is, where there are any.
    #[serde(default)]
    pub trace: Option<(String, u64)>,
}

/// A suite that runs because another needs it.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Needed {
    /// Its name.
    pub name: String,
    /// Which of those of this name it is.
    pub namesakes: usize,
}

/// An option that is set elsewhere than on the command line.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct GivenPreset {
    flag: String,
    value: String,
    /// File, line and column, where the settings file sets it.
    place: Option<(String, u32, u32)>,
    /// The variable of the environment that does.
    variable: Option<String>,
}

impl From<&Preset> for GivenPreset {
    fn from(preset: &Preset) -> GivenPreset {
        let (place, variable) = match &preset.origin {
            Origin::SettingsFile(Location { file, position }) => {
                (Some((file.to_string(), position.line, position.column)), None)
            }
            Origin::Environment(name) => (None, Some(name.to_string())),
            _ => (None, None),
        };
        GivenPreset { flag: preset.flag.to_owned(), value: preset.value.clone(), place, variable }
    }
}

impl GivenPreset {
    /// The option; nothing if there is none of that name.
    pub fn preset(&self) -> Option<Preset> {
        let flag = flags::all().find(|flag| flag.name == self.flag)?.name;
        let origin = match (&self.place, &self.variable) {
            (Some((file, line, column)), _) => Origin::SettingsFile(Location {
                file: file.as_str().into(),
                position: Position { line: *line, column: *column },
            }),
            (None, Some(name)) => Origin::Environment(name.as_str().into()),
            (None, None) => Origin::Default,
        };
        Some(Preset { flag, value: self.value.clone(), origin })
    }
}

/// What a parent was given besides its words.
pub struct Given<'a> {
    /// The names of tests among its patterns.
    pub names: &'a [String],
    /// What the environment and `.resttest.yaml` set.
    pub presets: &'a [Preset],
    /// Its seed, if anything draws from it.
    pub seed: Option<u64>,
    /// Whether its suites are those of a runner configuration.
    pub from_config: bool,
    /// Whether any of them needs another.
    pub has_needs: bool,
    /// How many processes run at once.
    pub processes: u32,
    /// What the ids of spans follow from.
    pub trace: Option<&'a RunTrace>,
}

/// The assignment of a suite with all that it needs before it, one line.
pub fn assignment(words: &[String], given: &Given<'_>, suites: &[&PlannedSuite]) -> String {
    let Some((suite, needs)) = suites.split_last() else { return String::new() };
    let needed = |suite: &&PlannedSuite| Needed { name: suite.name.to_string(), namesakes: suite.namesakes };
    let assignment = Assignment {
        version: VERSION,
        words: words.to_vec(),
        presets: given.presets.iter().map(GivenPreset::from).collect(),
        names: given.names.to_vec(),
        suite: suite.name.to_string(),
        needs: needs.iter().map(needed).collect(),
        namesakes: suite.namesakes,
        seed: given.seed,
        reads_all: given.has_needs,
        digest: digest(suites.iter().copied()),
        from_config: given.from_config,
        excerpts: suite.settings.excerpts,
        processes: given.processes,
        trace: given.trace.map(|trace| (format!("{:032x}", trace.run), trace.part)),
    };
    serde_json::to_string(&assignment).unwrap_or_default()
}

/// A number that differs where the text of a suite or of one of its imports does, the same in parent and child.
pub fn digest<'s>(suites: impl Iterator<Item = &'s PlannedSuite>) -> u64 {
    let mut hasher = DefaultHasher::new();
    suites.flat_map(|suite| &suite.sets).for_each(|set| (&set.file, set.digest).hash(&mut hasher));
    hasher.finish()
}
