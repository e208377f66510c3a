//! What a run consists of: suites in order, each with what holds for it.
//!
//! Owns: the data that `cli` puts together and `run` carries out. Does not: read files.

use std::sync::Arc;

use crate::auth::AuthChoice;
use crate::settings::hooks::Hooks;
use crate::settings::run_settings::Settings;
use crate::test::set::TestSet;

/// A suite that has been read, with the settings that hold for it.
#[derive(Debug, Clone, Default)]
pub struct PlannedSuite {
    /// The file as the user named it, or the name of a runner configuration's suite.
    pub name: Arc<str>,
    /// Its sets in the order in which they run.
    pub sets: Vec<TestSet>,
    /// What holds over it.
    pub settings: Settings,
    /// What the URLs of its files are joined with.
    pub base_url: Arc<str>,
    /// What wins over `auth` in files that it needs.
    pub auth: Option<AuthChoice>,
    /// Whether it runs only because others need it: nobody named it.
    pub is_needed_only: bool,
    /// How many suites before it in the runner configuration have the same name.
    pub namesakes: usize,
}

impl PlannedSuite {
    /// Whether anything runs after its tests, whatever happens.
    pub fn has_teardown(&self) -> bool {
        self.sets.iter().any(|set| !set.is_empty() && !set.teardown.is_empty())
    }
}

/// The runner configuration that a run comes from.
#[derive(Debug, Clone, Default)]
pub struct Project {
    /// `project_name`.
    pub name: String,
    /// The chosen environment.
    pub environment: Option<String>,
    /// The base URL in force.
    pub base_url: String,
    /// Names of suites that are switched off.
    pub disabled: Vec<String>,
    /// `otlp`: whether spans of the run are sent.
    pub sends_spans: bool,
    /// Hooks around the whole run.
    pub hooks: Hooks,
    /// Whether it has hooks that are not run, because no command is.
    pub holds_hooks: bool,
    /// What holds over the run: global, the environment's, the command line's; no suite's own.
    pub settings: Settings,
    /// Suites whose own settings name another base URL.
    pub suite_urls: Vec<(String, String)>,
    /// Report files that the configuration asks for.
    pub reporting: Reporting,
}

/// `reporting` of a runner configuration.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Reporting {
    /// The results file, relative to the working directory.
    pub json: Option<std::path::PathBuf>,
    /// The JUnit file.
    pub junit: Option<std::path::PathBuf>,
}

impl Reporting {
    /// Its files.
    pub fn paths(&self) -> impl Iterator<Item = &std::path::Path> {
        self.json.iter().chain(&self.junit).map(std::path::PathBuf::as_path)
    }
}
