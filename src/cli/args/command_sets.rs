//! Which commands take a flag: sets of them that several flags share.
//!
//! Owns: the sets. Does not: say which flag has which (see `flags` and the files of flags beside it).

use crate::cli::args::command::Command;

/// All that read suite files that are named.
pub(super) const READING: &[Command] =
    &[Command::Run, Command::Explain, Command::List, Command::Lint, Command::Export, Command::Mutate, Command::Recheck];

/// All whose URLs may have a base.
pub(super) const BASED: &[Command] = &[
    Command::Run,
    Command::Explain,
    Command::List,
    Command::Lint,
    Command::Export,
    Command::Convert,
    Command::Mutate,
    Command::Recheck,
];

/// All that a runner configuration may name the suites of.
pub(super) const CONFIGURED: &[Command] =
    &[Command::Run, Command::Explain, Command::List, Command::Lint, Command::Recheck];

/// All that tests are chosen for.
pub(super) const CHOOSING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Export, Command::Mutate, Command::Recheck];

/// All that show requests, or send them.
pub(super) const REQUESTING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Check, Command::Load, Command::Export];

/// Those, and what sends requests once to see what comes.
pub(super) const REQUESTING_ONCE: &[Command] = &[
    Command::Run,
    Command::Demo,
    Command::Explain,
    Command::List,
    Command::Check,
    Command::Load,
    Command::Export,
    Command::Convert,
];

/// All that run tests, or report about them, wherever the tests come from.
pub(super) const TESTING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Recheck];

/// All whose exchanges can be recorded, and those that say what a run would be.
pub(super) const RECORDING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Check];

/// All whose variables count.
pub(super) const BINDING: &[Command] = &[
    Command::Run,
    Command::Demo,
    Command::Explain,
    Command::List,
    Command::Lint,
    Command::Export,
    Command::Mutate,
    Command::Recheck,
];

/// All that can take warnings for errors.
pub(super) const STRICT: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Lint, Command::Convert, Command::Recheck];

/// All that send requests, whoever describes them, and those that say what would be sent.
pub(super) const SENDING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Check, Command::Load];

/// Those that show what comes, wherever it comes from.
pub(super) const SHOWING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Check, Command::Load, Command::Recheck];

/// All that run the tests of suites, and those that say what they would run, and how.
pub(super) const JUDGING: &[Command] = &[Command::Run, Command::Explain, Command::List, Command::Recheck];

/// All that make load.
pub(super) const LOADING: &[Command] = &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Load];

/// All that a time may end.
pub(super) const LIMITED: &[Command] = &[
    Command::Run,
    Command::Demo,
    Command::Explain,
    Command::List,
    Command::Check,
    Command::Load,
    Command::Mock,
    Command::Recheck,
];

/// All that draw at random.
pub(super) const DRAWING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Load, Command::Mock, Command::Recheck];

/// All that come to results.
pub(super) const REPORTING: &[Command] = &[
    Command::Run,
    Command::Demo,
    Command::Explain,
    Command::List,
    Command::Merge,
    Command::Check,
    Command::Load,
    Command::Recheck,
];

/// All that come to figures of load.
pub(super) const MEASURING: &[Command] =
    &[Command::Run, Command::Demo, Command::Explain, Command::List, Command::Merge, Command::Load];
