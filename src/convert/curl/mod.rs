//! Command lines of curl, as tests.
//!
//! Owns: which commands of a text are curl's, variables that its other lines set. Does not: read a shell's words (see
//! `shell`, `cmd`), know what an option means (see `translate`).

mod body;
mod cmd;
mod credentials;
mod options;
mod shell;
mod transfer;
mod translate;

use self::shell::{CommandLine, Word};
use super::made::{Item, Loss, MadeSuite};
use super::text::{Piece, Text};
use super::yaml::Yaml;
use super::{Input, Options, Refusal};
use crate::ground::source::{Fault, Location};
use crate::secrets::is_secret_name;

/// Whether a text is one of curl's commands for a POSIX shell.
pub fn looks_like_it(input: &Input) -> bool {
    first_words(input.source.text()).any(|word| word == "curl" || word == "curl.exe" || word.ends_with("/curl"))
}

/// Whether it is one as browsers copy it for cmd.exe.
pub fn looks_like_cmd(input: &Input) -> bool {
    let text = input.source.text();
    looks_like_it(input)
        && (text.contains("^\"") || text.lines().any(|line| line.trim_end().ends_with('^')))
        && !text.contains(" '")
}

/// The words that commands begin with, as far as a glance shows them.
fn first_words(text: &str) -> impl Iterator<Item = &str> {
    text.lines()
        .flat_map(|line| line.split([';', '|', '&']))
        .filter_map(|part| part.split_whitespace().find(|word| !is_before_command(word) && !word.contains('=')))
}

/// A prompt, or a command that starts another one.
fn is_before_command(word: &str) -> bool {
    matches!(word, "$" | ">" | "%" | "sudo" | "time" | "env" | "exec" | "command" | "nohup")
}

/// Reads commands for a POSIX shell.
pub fn read(input: &Input, options: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    let commands = shell::commands(&input.source).map_err(Refusal::Invalid)?;
    read_commands(input, commands, options, suite)
}

/// Reads commands for cmd.exe.
pub fn read_cmd(input: &Input, options: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    if input.source.text().len() > cmd::LARGEST {
        let what = format!("commands for cmd.exe are read up to {} MiB", cmd::LARGEST >> 20);
        return Err(Refusal::Invalid(Fault::new(location(input, 0), what)));
    }
    let commands = cmd::commands(&input.source).map_err(Refusal::Invalid)?;
    read_commands(input, commands, options, suite)
}

fn read_commands(input: &Input, commands: Vec<CommandLine>, _: &Options, suite: &mut MadeSuite) -> Result<(), Refusal> {
    let mut found = 0;
    for mut command in commands {
        if suite.is_full(|| location(input, command.words.first().map_or(0, |word| word.at))) {
            break;
        }
        let before =
            command.words.iter().take_while(|word| word.text.as_plain().is_some_and(is_before_command)).count();
        command.words.drain(..before);
        let set = assignments(&mut command.words);
        let place = |word: &Word| location(input, word.at);
        let Some(first) = command.words.first() else {
            set.into_iter().for_each(|(name, value)| bind(suite, &name, value));
            continue;
        };
        let called = first.text.as_plain().unwrap_or_default();
        let program = called.rsplit(['/', '\\']).next().unwrap_or_default();
        if matches!(program, "curl" | "curl.exe") {
            set.into_iter().for_each(|(name, value)| bind(suite, &name, value));
            found += 1;
            translate::translate(input, &command, suite).map_err(Refusal::Invalid)?;
            continue;
        }
        if matches!(program, "cd" | "echo" | "printf" | "set" | "exit" | "sleep" | "true" | ":") {
            continue;
        }
        let what = format!("the command {} is not curl's", shown(called));
        suite.items.push(Item::Lost(Loss { place: place(first), what }));
    }
    if found == 0 {
        let location = location(input, 0);
        return Err(Refusal::Invalid(Fault::new(location, "there is no command of curl in it")));
    }
    Ok(())
}

fn shown(word: &str) -> String {
    format!("\"{}\"", crate::ground::columns::beginning(word, 40))
}

fn location(input: &Input, at: usize) -> Location {
    input.source.location(input.source.position(at))
}

/// Takes `export NAME=VALUE` and `NAME=VALUE` from the beginning of a command.
fn assignments(words: &mut Vec<Word>) -> Vec<(String, Text)> {
    let mut set = Vec::new();
    let exports = words.first().is_some_and(|word| word.text.as_plain() == Some("export"));
    let rest = if exports { &words[1..] } else { &words[..] };
    for word in rest {
        let Some((name, value)) = word.text.split_once('=') else { break };
        let Some(name) = name.as_plain().filter(|name| is_variable(name)) else { break };
        set.push((name.to_owned(), value));
    }
    if exports {
        words.clear();
    } else {
        words.drain(..set.len());
    }
    set
}

fn is_variable(name: &str) -> bool {
    name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// A variable that the text itself sets.
fn bind(suite: &mut MadeSuite, name: &str, value: Text) {
    // What is made of other variables stays the environment's.
    let Some(plain) = value.as_plain() else { return };
    let name = suite.names.of(name);
    suite.variables.retain(|(have, _)| *have != name);
    if is_secret_name(&name) && suite.hides_secrets() {
        suite.declare_secret(&name);
    } else {
        suite.variables.push((name, Yaml::text(plain)));
    }
}

/// The variables of the shell in a text are the environment's, unless the text sets them.
fn variables(suite: &mut MadeSuite, text: &Text, binds: &mut Vec<(String, String)>) {
    for piece in text.pieces() {
        let Piece::Variable(name) = piece else { continue };
        let is_known = suite.variables.iter().any(|(have, _)| have == name)
            || suite.secrets().iter().any(|have| have == name)
            || binds.iter().any(|(have, _)| have == name);
        if is_known {
            continue;
        }
        let keys = [("type", Yaml::text("env_variable")), ("variable_name", Yaml::text(name))];
        suite.generator(name, Yaml::map(keys));
        binds.push((name.clone(), name.clone()));
    }
}
