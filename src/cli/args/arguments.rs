//! What a command line asks for, as data.
//!
//! Owns: a field for whatever a flag sets. Does not: read words (see `parser`).

use std::sync::Arc;
use std::time::Duration;

use crate::cli::args::auth_wanted::AuthWanted;
use crate::cli::args::choices::Shell;
use crate::cli::args::command::Command;
use crate::cli::args::mock_wanted::MockWanted;
use crate::cli::args::preset::Preset;
use crate::cli::args::request_words::RequestWords;
use crate::cli::args::trace_wanted::TraceWanted;
use crate::cli::args::wanted::{AlertWanted, BaselineWanted, StartAt, Wanted};
use crate::demo::Scene;
use crate::run::Patience;
use crate::settings::run_settings::Settings;
use crate::test::selection::Selection;
use crate::variables::seeds::Seeds;

/// What the command line says.
#[derive(Debug, Default)]
pub struct Arguments {
    /// The command that the first word is, or that of a line without one.
    pub command: Command,
    /// The names of all flags that were written.
    pub given: Vec<&'static str>,
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
    /// `--max-time`.
    pub max_time: Option<Duration>,
    /// `--fail-fast`, `--max-fail`.
    pub patience: Option<Patience>,
    /// `--rerun-failed`.
    pub rerun_failed: bool,
    /// `--watch`.
    pub watch: bool,
    /// `--state-dir`.
    pub state_dir: Option<String>,
    /// `--shard`, as written.
    pub shard: Option<String>,
    /// `--split-load`.
    pub split_load: bool,
    /// `--start-at`.
    pub start_at: Option<StartAt>,
    /// Whether these are the words of a parent process.
    pub is_child: bool,
    /// `--shard-durations`.
    pub shard_durations: Option<String>,
    /// `--config`.
    pub config: Option<String>,
    /// `--no-settings-file`.
    pub no_settings_file: bool,
    /// What the environment and `.resttest.yaml` set.
    pub presets: Vec<Preset>,
    /// `--variables-file`, any number.
    pub variables_files: Vec<String>,
    /// `--secret`, any number, as written.
    pub secret_words: Vec<String>,
    /// `--secrets-file`, any number.
    pub secrets_files: Vec<String>,
    /// What is to be said of secrets, once the log has begun.
    pub secret_notes: Vec<(log::Level, String)>,
    /// `--env-file`, any number.
    pub env_files: Vec<String>,
    /// `--env`.
    pub environment: Option<String>,
    /// `--suite`, any number.
    pub suites: Vec<String>,
    /// Words that belong to no flag.
    pub positional: Vec<String>,
    /// What holds over every suite.
    pub settings: Settings,
    /// `--seed`, or what is drawn in its place.
    pub seeds: Arc<Seeds>,
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
    /// `--alert-state`, `--fail-after`, `--recover-after`, `--quiet-unless-changed`.
    pub alert: AlertWanted,
    /// `--save-baseline`, `--baseline`, `--fail-on-slower`.
    pub baseline: BaselineWanted,
    /// `--min-score`, in percent.
    pub min_score: Option<f64>,
    /// `--max-mutants`.
    pub max_mutants: Option<usize>,
    /// `--drift`.
    pub drift: Option<String>,
    /// `--otlp-…`, `--trace…`.
    pub trace: TraceWanted,
    /// `--record-exchanges`.
    pub record_exchanges: Option<String>,
    /// `--openapi-coverage`.
    pub coverage: Option<String>,
    /// Flags whose number is none that a load run can have, each with what it must be.
    pub out_of_range: Vec<String>,
    /// `--extension`, any number.
    pub extensions: Vec<String>,
    /// `--import_extensions`.
    pub modules: Option<String>,
    /// `--extension-timeout`.
    pub extension_limit: Option<Duration>,
    /// `--skip-term-colors`.
    pub skip_term_colors: bool,
    /// `--help`.
    pub help: bool,
    /// `--version`.
    pub version: bool,
    /// `--only`, `--group`, `--skip`, `--tags`, `--skip-tags`.
    pub selection: Selection,
    /// `--plan`.
    pub prints_origins: bool,
    /// `--strict`.
    pub strict: bool,
    /// `--auth`, `--user`, `--oauth2-bearer`.
    pub auth: AuthWanted,
    /// The one request of `check` and `load`.
    pub request: RequestWords,
    /// `--from`, `--keep-secrets`.
    pub convert: crate::convert::Options,
    /// `--verify`: what is converted is sent once.
    pub verifies: bool,
    /// `--listen` and what else `mock` takes.
    pub mock: MockWanted,
    /// `--run`: what is exported is sent, too.
    pub sends: bool,
    /// `--into`.
    pub into: Option<String>,
    /// `--ci`.
    pub ci: Option<&'static str>,
    /// `--force`.
    pub force: bool,
    /// `--man`, `--completions`, `--schema`.
    pub made: Option<Generated>,
}

impl Arguments {
    /// Whether an option stands in the environment or in `.resttest.yaml`, and not on the command line.
    pub fn is_preset(&self, flag: &str) -> bool {
        !self.given.contains(&flag) && self.presets.iter().any(|preset| preset.flag == flag)
    }
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
