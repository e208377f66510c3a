//! What a command line asks for, as data.
//!
//! Owns: the commands, and a field for whatever a flag sets. Does not: read words (see `parser`).

use std::time::Duration;

use crate::cli::args::choices::Shell;
use crate::cli::args::wanted::Wanted;
use crate::demo::Scene;
use crate::settings::run_settings::Settings;
use crate::test::selection::Selection;

/// What the command line says.
#[derive(Debug, Default)]
pub struct Arguments {
    /// The command, if the first word is one.
    pub command: Option<Command>,
    /// `--url`.
    pub url: Option<String>,
    /// `--test`.
    pub test: Option<String>,
    /// `--tests`.
    pub tests: Option<String>,
    /// `--parallel-suites`: how many processes; `Some(0)` is as many as there are cores.
    pub processes: Option<usize>,
    /// `--preserve-order`.
    pub preserve_order: bool,
    /// `--suite-timeout`.
    pub suite_timeout: Option<Duration>,
    /// `--shard`, as written.
    pub shard: Option<String>,
    /// `--shard-durations`.
    pub shard_durations: Option<String>,
    /// `--config`.
    pub config: Option<String>,
    /// `--env`.
    pub environment: Option<String>,
    /// `--suite`, any number.
    pub suites: Vec<String>,
    /// Words that belong to no flag.
    pub positional: Vec<String>,
    /// What holds over every suite.
    pub settings: Settings,
    /// `--absolute-urls`.
    pub absolute_urls: bool,
    /// `--scene`.
    pub scene: Option<&'static Scene>,
    /// `--log`.
    pub log: Option<String>,
    /// `--log-format json`.
    pub log_json: bool,
    /// `--report-…`, `--output`, `--max-retry-rate`.
    pub reports: Wanted,
    /// `--skip-term-colors`.
    pub skip_term_colors: bool,
    /// `--help`.
    pub help: bool,
    /// `--version`.
    pub version: bool,
    /// `--only`, `--group`, `--skip`.
    pub selection: Selection,
    /// `--strict`.
    pub strict: bool,
    /// `--man`, `--completions`, `--schema`.
    pub made: Option<Generated>,
}

/// A command word.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Command {
    /// Runs the embedded suites against the embedded API.
    Demo,
    /// Prints every test's settings and where each comes from.
    Explain,
    /// Runs one suite for a parent process; for no person's use.
    Child,
    /// Prints help.
    Help,
    /// Reads suites and says what is wrong or odd with them.
    Lint,
    /// Says what would run.
    List,
    /// Joins the reports of shards.
    Merge,
}

/// What `resttest help` makes from its tables, instead of a guide.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Generated {
    /// The man page.
    Man,
    /// The completions of a shell.
    Completions(Shell),
    /// The JSON Schema of a suite.
    Schema,
}

impl Command {
    /// The word that a parent process starts its children with.
    pub const CHILD: &'static str = "run-one-suite";

    /// All commands with a line of help.
    pub const ALL: [(&'static str, Command, &'static str); 7] = [
        ("demo", Command::Demo, "run the embedded sample suites against the embedded sample API"),
        ("explain", Command::Explain, "print every test's settings and where each comes from; sends nothing"),
        (Command::CHILD, Command::Child, ""),
        ("help", Command::Help, "print the list of guides; help TOPIC prints one"),
        ("lint", Command::Lint, "read suites without sending; tell errors and what is probably meant otherwise"),
        ("list", Command::List, "print what suites would run"),
        ("merge", Command::Merge, "join the JSON reports of all shards of a run, and show that none is missing"),
    ];

    /// The commands that are for people.
    pub fn shown() -> impl Iterator<Item = &'static (&'static str, Command, &'static str)> {
        const ALL: &[(&str, Command, &str)] = &Command::ALL;
        ALL.iter().filter(|(name, ..)| *name != Command::CHILD)
    }
}
