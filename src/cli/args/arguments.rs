//! The words of the command line to what is asked for.
//!
//! Owns: the lexopt loop, commands, named and positional arguments mixed. Does not: act on them.

use std::ffi::OsString;
use std::time::Duration;

use crate::cli::args::flags::{self, Takes};
use crate::cli::help::completions::Shell;
use crate::cli::running::reports::Wanted;
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

/// Reads the words after the program's name.
///
/// # Errors
/// What is wrong, and what is allowed.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, String> {
    let mut arguments = Arguments::default();
    let mut parser = lexopt::Parser::from_args(words);
    let mut first = true;
    while let Some(word) = parser.next().map_err(|error| error.to_string())? {
        match word {
            lexopt::Arg::Short('h') => arguments.help = true,
            lexopt::Arg::Short('V') => arguments.version = true,
            lexopt::Arg::Short(other) => {
                return Err(format!("unknown option \"-{other}\"; options are written --name"));
            }
            lexopt::Arg::Long(name) => {
                let name = name.to_owned();
                set(&mut arguments, &mut parser, &name)?;
            }
            lexopt::Arg::Value(value) => {
                let value = utf8(value)?;
                let command = Command::ALL.iter().find(|(name, ..)| first && *name == value);
                match command {
                    Some((_, command, _)) => arguments.command = Some(*command),
                    None => arguments.positional.push(value),
                }
            }
        }
        first = false;
    }
    if matches!(arguments.command, Some(Command::Lint | Command::List)) && arguments.config.is_none() {
        // Nothing is sent, so there need not be a base: every word is a suite.
        arguments.url.get_or_insert_default();
    }
    Ok(arguments)
}

fn set(arguments: &mut Arguments, parser: &mut lexopt::Parser, name: &str) -> Result<(), String> {
    let flag = flags::find(name)?;
    let value = match flag.takes {
        Takes::Nothing => {
            if parser.optional_value().is_some() {
                return Err(format!("option --{} takes no value", flag.name));
            }
            String::new()
        }
        Takes::Value(meta) => {
            utf8(parser.value().map_err(|_| format!("option --{} needs a value: --{0} {meta}", flag.name))?)?
        }
        Takes::Boolean => match parser.optional_value() {
            Some(value) => utf8(value)?,
            None => following_boolean(parser).unwrap_or_else(|| "true".to_owned()),
        },
    };
    (flag.set)(arguments, &value).map_err(|message| format!("option --{} {message}", flag.name))
}

/// The next word, if it is `true` or `false`: the form that PyRestTest has.
fn following_boolean(parser: &mut lexopt::Parser) -> Option<String> {
    let is_boolean = |word: &str| word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false");
    let mut words = parser.try_raw_args()?;
    let word = words.peek()?.to_str().filter(|word| is_boolean(word))?.to_owned();
    words.next();
    Some(word)
}

fn utf8(word: OsString) -> Result<String, String> {
    word.into_string().map_err(|word| format!("\"{}\" is not UTF-8", word.to_string_lossy()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(line: &str) -> Result<Arguments, String> {
        parse(line.split_whitespace().map(OsString::from))
    }

    #[test]
    fn booleans_may_follow_stand_after_an_equals_sign_or_be_left_out() {
        for (line, flag, words) in [
            ("--print-bodies U F", Some(true), 2),
            ("--print-bodies true U F", Some(true), 2),
            ("--print_bodies False U F", Some(false), 2),
            ("--print-bodies=FALSE U F", Some(false), 2),
            ("U F --print-bodies", Some(true), 2),
            ("--print-bodies yes U F", Some(true), 3),
            ("U F", None, 2),
        ] {
            let arguments = parsed(line).unwrap();
            assert_eq!(arguments.settings.print_bodies, flag, "{line}");
            assert_eq!(arguments.positional.len(), words, "{line}");
        }
        assert!(parsed("--print-bodies=yes U F").is_err());
    }

    #[test]
    fn wrong_words_are_named() {
        for (line, part) in [
            ("--no-such-option U F", "unknown option \"--no-such-option\""),
            ("--intractive U F", "did you mean \"interactive\""),
            ("-x U F", "unknown option \"-x\""),
            ("U F --log", "needs a value: --log LEVEL"),
            ("--verbose=1 U F", "takes no value"),
            ("--vars [1] U F", "must be a mapping"),
            ("--import_extensions mod U F", "cannot load \"mod\""),
        ] {
            let message = parsed(line).unwrap_err();
            assert!(message.contains(part), "{line}: {message}");
        }
    }

    #[test]
    fn a_command_is_the_first_word() {
        assert_eq!(parsed("demo").unwrap().command, Some(Command::Demo));
        assert_eq!(parsed("U demo").unwrap().command, None);
    }
}
