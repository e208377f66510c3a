//! Exit codes: one table, used for leaving and for the help text.

use std::path::PathBuf;
use std::process::ExitCode;

use crate::record::run_record::RunRecord;
use crate::report::NagiosState;

/// Why the process ends as it does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exit {
    /// So many tests failed; 0 is success. Counts above 63 are shown as 63.
    Failed(u64),
    /// The command line is wrong.
    Usage,
    /// A suite cannot be understood.
    Suite,
    /// An input cannot be read.
    Input,
    /// Our own fault.
    Internal,
    /// An output cannot be written.
    Output,
    /// The runner configuration is wrong.
    Config,
    /// SIGINT.
    Interrupted,
    /// SIGTERM.
    Terminated,
    /// SIGHUP.
    HungUp,
    /// `--output nagios`: a state instead of all of these.
    Nagios(NagiosState),
}

impl Exit {
    /// What a run that came to its end exits with.
    pub fn of(run: &RunRecord) -> Exit {
        if run.is_broken() { Exit::Internal } else { Exit::Failed(run.failures()) }
    }

    /// All codes with their meaning, for the help and its guide.
    pub const TABLE: [(&'static str, &'static str); 11] = [
        ("0", "every test passed"),
        ("1-63", "the number of failed tests, capped at 63"),
        ("64", "the command line is wrong"),
        ("65", "a suite cannot be understood"),
        ("66", "an input cannot be read, an extension cannot be started, or no test is selected"),
        ("70", "an internal fault, or a suite's process died or hung; an extension failed twice"),
        ("73", "an output cannot be written, or nobody reads it any more"),
        ("78", "the runner configuration is wrong"),
        ("129", "hung up (SIGHUP)"),
        ("130", "interrupted (SIGINT)"),
        ("143", "terminated (SIGTERM)"),
    ];

    /// The process's exit code.
    pub fn code(self) -> u8 {
        match self {
            Exit::Failed(count) => count.min(63) as u8,
            Exit::Usage => 64,
            Exit::Suite => 65,
            Exit::Input => 66,
            Exit::Internal => 70,
            Exit::Output => 73,
            Exit::Config => 78,
            Exit::Interrupted => 130,
            Exit::Terminated => 143,
            Exit::HungUp => 129,
            Exit::Nagios(state) => state as u8,
        }
    }

    /// The exit of another process of ours that ended with this code.
    pub fn of_code(code: u8) -> Exit {
        let others = [
            Exit::Usage,
            Exit::Suite,
            Exit::Input,
            Exit::Internal,
            Exit::Output,
            Exit::Config,
            Exit::Interrupted,
            Exit::Terminated,
            Exit::HungUp,
        ];
        let failed = Exit::Failed(u64::from(code));
        others.into_iter().find(|exit| exit.code() == code).unwrap_or(failed)
    }

    /// The table's words for it.
    pub fn meaning(self) -> &'static str {
        let code = self.code().to_string();
        Exit::TABLE.iter().find(|(have, _)| *have == code).map_or("", |(_, meaning)| meaning)
    }
}

/// The exit of a run that ended before its first request.
#[derive(Debug)]
pub struct Unstarted {
    /// The exit.
    pub exit: Exit,
    /// Files that its reports must not be written over, as far as they are known, each with what it is.
    pub taken: Vec<(PathBuf, &'static str)>,
}

impl From<Exit> for Unstarted {
    fn from(exit: Exit) -> Unstarted {
        Unstarted { exit, taken: Vec::new() }
    }
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> ExitCode {
        ExitCode::from(exit.code())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_capped() {
        for (count, code) in [(0, 0), (1, 1), (63, 63), (64, 63), (256, 63), (u64::MAX, 63)] {
            assert_eq!(Exit::Failed(count).code(), code);
        }
    }
}
