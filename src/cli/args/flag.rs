//! What a flag is, and how its row in a table is made.
//!
//! Owns: what follows a flag, its letter, its usage. Does not: hold a row (see `flags`), or read words (see `parser`).

use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;

/// A command-line flag.
#[derive(Clone, Copy)]
pub struct Flag {
    /// The name as the help shows it; underscores and dashes are the same.
    pub name: &'static str,
    /// What follows it.
    pub takes: Takes,
    /// One line for `--help`.
    pub help: &'static str,
    /// The commands that it does something in.
    pub commands: &'static [Command],
    /// A letter that means the same, in the commands that have it.
    pub short: Option<Short>,
    /// Whether each one that is given counts.
    pub repeats: bool,
    /// Whether neither the environment nor `.resttest.yaml` may set it.
    pub only_on_command_line: bool,
    /// Puts what was given into the arguments; an error says what is allowed.
    pub set: Setter,
}

/// Puts a value into the arguments.
pub type Setter = fn(&mut Arguments, &str) -> Result<(), String>;

/// A letter that stands for a flag: `-X`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Short {
    /// The letter.
    pub letter: char,
    /// Where it means the flag; in other commands it may mean another one.
    pub commands: &'static [Command],
}

/// What follows a flag.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Takes {
    /// Nothing.
    Nothing,
    /// `true` or `false`, which may be left out.
    Boolean,
    /// A value, named so in the help.
    Value(&'static str),
    /// A number of percent, named so in the help, which may be left out.
    Percent(&'static str),
    /// One of a few words.
    Word(&'static str, &'static [&'static str]),
    /// The name of a file.
    File(&'static str),
}

/// Flags about one subject.
pub struct Category {
    /// The subject, for headings.
    pub title: &'static str,
    /// Its flags.
    pub flags: &'static [Flag],
}

/// All that run tests, and those that say what they would run, and how.
pub(super) const RUNNING: &[Command] = &[Command::Run, Command::Explain, Command::List];

pub(super) const fn flag(name: &'static str, takes: Takes, help: &'static str, set: Setter) -> Flag {
    Flag { name, takes, help, commands: RUNNING, short: None, repeats: false, only_on_command_line: false, set }
}

pub(super) const fn switch(name: &'static str, help: &'static str, set: Setter) -> Flag {
    flag(name, Takes::Nothing, help, set)
}

pub(super) const fn switch_or_word(name: &'static str, help: &'static str, set: Setter) -> Flag {
    flag(name, Takes::Boolean, help, set)
}

pub(super) const fn value(name: &'static str, meta: &'static str, help: &'static str, set: Setter) -> Flag {
    flag(name, Takes::Value(meta), help, set)
}

pub(super) const fn file(name: &'static str, meta: &'static str, help: &'static str, set: Setter) -> Flag {
    flag(name, Takes::File(meta), help, set)
}

pub(super) const fn word(
    name: &'static str,
    meta: &'static str,
    words: &'static [&'static str],
    help: &'static str,
    set: Setter,
) -> Flag {
    flag(name, Takes::Word(meta, words), help, set)
}

impl Flag {
    /// This row, for other commands than those that most flags are for.
    pub(super) const fn of(self, commands: &'static [Command]) -> Flag {
        Flag { commands, ..self }
    }

    /// This row, each one of which counts.
    pub(super) const fn repeated(self) -> Flag {
        Flag { repeats: true, ..self }
    }

    /// This row, which nothing but the command line may set: it allows or starts commands, or is about the line itself.
    pub(super) const fn only_on_command_line(self) -> Flag {
        Flag { only_on_command_line: true, ..self }
    }

    /// This row, with a letter that means it in all of its commands.
    pub(super) const fn short(self, letter: char) -> Flag {
        self.short_in(letter, self.commands)
    }

    /// This row, with a letter that means it in some commands.
    pub(super) const fn short_in(self, letter: char, commands: &'static [Command]) -> Flag {
        Flag { short: Some(Short { letter, commands }), ..self }
    }

    /// The letter that means it in a command.
    pub fn letter_in(&self, command: Command) -> Option<char> {
        self.short.filter(|short| short.commands.contains(&command)).map(|short| short.letter)
    }

    /// The flag with what follows it, and with its letter where a command has one.
    pub fn usage_in(&self, command: Command) -> String {
        match self.letter_in(command) {
            Some(letter) => format!("-{letter}, {}", self.usage()),
            None => self.usage(),
        }
    }

    /// The same where no command is meant: with a letter that all of its commands have.
    pub fn usage_in_all(&self) -> String {
        let letter = self.short.filter(|short| short.commands == self.commands);
        letter.map_or_else(|| self.usage(), |short| format!("-{}, {}", short.letter, self.usage()))
    }

    /// The flag with what follows it.
    pub fn usage(&self) -> String {
        match self.takes {
            Takes::Nothing => format!("--{}", self.name),
            Takes::Boolean => format!("--{} [true|false]", self.name),
            Takes::Percent(meta) => format!("--{} [{meta}]", self.name),
            Takes::Value(meta) | Takes::Word(meta, _) | Takes::File(meta) => format!("--{} {meta}", self.name),
        }
    }
}
