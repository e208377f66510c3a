//! A run as it is planned.
//!
//! Owns: the data. Does not: make it (see `planning`).

use std::path::PathBuf;

use crate::cli::args::arguments::Arguments;
use crate::cli::plan::last_run::Memory;
use crate::ground::source::Fault;
use crate::record::shards::Share;
use crate::test::planned_suite::{PlannedSuite, Project};

/// A run, ready to start.
#[derive(Debug, Default)]
pub struct Plan {
    /// The suites in order.
    pub suites: Vec<PlannedSuite>,
    /// The base URL in force, and those that suites of a runner configuration have of their own.
    pub base_urls: Vec<String>,
    /// What is probably meant otherwise.
    pub warnings: Vec<Fault>,
    /// Whether files need others: then suites may not be as the runner configuration has them.
    pub has_needs: bool,
    /// Whether totals over all suites are printed.
    pub several: bool,
    /// The runner configuration, if the run comes from one.
    pub project: Option<Project>,
    /// Why there is nothing to do, where nothing is wrong with that.
    pub idle: Option<&'static str>,
    /// Where it is kept which tests of each suite failed.
    pub memories: Vec<Memory>,
    /// Which shard this is, if it is one.
    pub share: Option<Share>,
    /// The log level that the runner configuration asks for.
    pub log_level: Option<String>,
    /// The names by which `--only` and `--skip` mean a test, and no pattern.
    pub chosen_names: Vec<String>,
    /// The files that the plan was read from, each with what it is.
    pub inputs: Vec<(PathBuf, &'static str)>,
}

impl Plan {
    /// The log level in force: a runner configuration's wins over one that is set outside the command line.
    pub fn log_level_under<'p>(&'p self, arguments: &'p Arguments) -> Option<&'p str> {
        let (given, own) = (arguments.log.as_deref(), self.log_level.as_deref());
        if arguments.is_preset("log") { own.or(given) } else { given.or(own) }
    }
}

/// Why a shard does nothing.
pub const EMPTY_SHARD: &str = "no suite falls to this shard; nothing to do";

/// Why `--rerun-failed` does nothing.
pub const NOTHING_FAILED: &str = "nothing failed in the last run; nothing to run again";
