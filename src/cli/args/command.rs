//! The commands: what the first word may be.

use std::fmt;

/// A command.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Command {
    /// Runs suites: no word says so.
    #[default]
    Run,
    /// Runs the embedded suites against the embedded API.
    Demo,
    /// Prints every test's settings and where each comes from.
    Explain,
    /// Runs one suite for a parent process; for no person's use.
    Child,
    /// Prints help.
    Help,
    /// Reads suites and says what is wrong or doubtful about them.
    Lint,
    /// Says what would run.
    List,
    /// Joins the reports of shards.
    Merge,
    /// Sends one request that the command line describes, and judges the answer.
    Check,
    /// Sends it many times, and measures.
    Load,
    /// Writes a first suite.
    Init,
    /// Makes a suite of what people have from elsewhere.
    Convert,
    /// Writes down what answers look like.
    Drift,
    /// Shows what a suite's tests do not notice.
    Mutate,
    /// Plays the server.
    Mock,
    /// Writes a suite's requests as commands of another tool.
    Export,
    /// Judges recorded answers anew.
    Recheck,
}

impl Command {
    /// The word that a parent process starts its children with.
    pub const CHILD: &'static str = "run-one-suite";

    /// All command words, with a line of help.
    pub const ALL: [(&'static str, Command, &'static str); 17] = [
        ("check", Command::Check, "send one request and judge the answer; needs no suite"),
        ("convert", Command::Convert, "make a suite of curl commands and what other tools have; say what is lost"),
        ("demo", Command::Demo, "run the embedded sample suites against the embedded sample API"),
        ("drift", Command::Drift, "write down what the answers of good runs look like; run --drift FILE compares"),
        ("explain", Command::Explain, "print every test's settings and where each comes from; sends nothing"),
        ("export", Command::Export, "print a suite's requests as curl commands: export curl SUITE.yaml; sends nothing"),
        (Command::CHILD, Command::Child, ""),
        ("help", Command::Help, "print the list of guides; help TOPIC prints one, help COMMAND a command's options"),
        ("init", Command::Init, "write a first suite, and with --ci the file that runs it in CI"),
        ("lint", Command::Lint, "read suites without sending; report errors and what is probably meant otherwise"),
        ("list", Command::List, "print what suites would run"),
        ("load", Command::Load, "send one request many times, so many at once or a second; needs no suite"),
        ("merge", Command::Merge, "join the JSON reports of all shards of a run, and show that none is missing"),
        ("mock", Command::Mock, "play the server: stubs answer, and say which requests they were not for"),
        (
            "mutate",
            Command::Mutate,
            "change recorded answers, and list the tests that pass all the same; sends nothing",
        ),
        ("recheck", Command::Recheck, "judge the answers of a recording by suites as they are now; sends nothing"),
        ("run", Command::Run, "run suites: the same as without a command"),
    ];

    /// All of them, for flags that belong everywhere.
    pub const EVERY: &'static [Command] = &[
        Command::Run,
        Command::Demo,
        Command::Explain,
        Command::Child,
        Command::Help,
        Command::Lint,
        Command::List,
        Command::Merge,
        Command::Check,
        Command::Load,
        Command::Init,
        Command::Convert,
        Command::Drift,
        Command::Mock,
        Command::Mutate,
        Command::Export,
        Command::Recheck,
    ];

    /// The command that a word names.
    pub fn of(word: &str) -> Option<Command> {
        Command::ALL.iter().find(|(name, ..)| *name == word).map(|(_, command, _)| *command)
    }

    /// The commands that are for people, with their line of help.
    pub fn shown() -> impl Iterator<Item = (&'static str, Command, &'static str)> + Clone {
        Command::ALL.into_iter().filter(|(_, command, _)| *command != Command::Child)
    }
}

/// What a person types for it.
impl fmt::Display for Command {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Its word may be left out, and usually is.
        match Command::ALL.iter().find(|(_, command, _)| command == self && *self != Command::Run) {
            Some((word, ..)) => write!(out, "resttest {word}"),
            None => out.write_str("resttest"),
        }
    }
}
