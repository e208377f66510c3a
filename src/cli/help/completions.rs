//! `resttest help --completions`: completions of three shells, made from the tables of commands and flags.

use std::fmt::Write as _;

use crate::cli::args::choices::Shell;
use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, Takes};
use crate::cli::args::flags;
use crate::cli::help::guides::GUIDES;

/// The script to source.
pub fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
    }
}

/// The words that may follow a flag, if they are few.
fn words_after(flag: &Flag) -> Option<String> {
    match flag.takes {
        Takes::Word(_, words) => Some(words.join(" ")),
        Takes::Boolean => Some("true false".to_owned()),
        Takes::Nothing | Takes::Value(_) | Takes::Percent(_) | Takes::File(_) => None,
    }
}

/// The flags of a command.
fn names_in(command: Command) -> String {
    let flags = flags::all().filter(|flag| flag.commands.contains(&command));
    let names = flags.map(|flag| match flag.letter_in(command) {
        Some(letter) => format!("--{} -{letter}", flag.name),
        None => format!("--{}", flag.name),
    });
    names.collect::<Vec<_>>().join(" ")
}

/// What `resttest help` has a page on.
fn topics() -> String {
    let commands = Command::shown().map(|(name, ..)| name);
    GUIDES.iter().map(|guide| guide.topic).chain(commands).collect::<Vec<_>>().join(" ")
}

fn bash() -> String {
    let commands = Command::shown().map(|(name, ..)| name).collect::<Vec<_>>().join(" ");
    let mut of_commands = String::new();
    for (name, command, _) in Command::shown() {
        let _ = writeln!(of_commands, "        {name}) flags='{}' ;;", names_in(command));
    }
    let mut cases = String::new();
    for flag in flags::all() {
        let reply = match (words_after(flag), flag.takes) {
            (Some(words), _) => format!("compgen -W '{words}' -- \"$word\""),
            (None, Takes::Nothing) => continue,
            (None, Takes::File(_)) => "compgen -f -- \"$word\"".to_owned(),
            (None, _) => ":".to_owned(),
        };
        // What may be left out does not keep other words from being offered.
        let also = if flag.takes == Takes::Boolean { "; compgen -f -- \"$word\"" } else { "" };
        let _ = writeln!(cases, "        --{}) found=$({reply}{also}) ;;", flag.name);
    }
    format!(
        "# bash completion of resttest: source it, or put it into /etc/bash_completion.d\n\
         _resttest() {{\n\
         \x20   local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} found flags\n\
         \x20   # bash makes three words of --name=value.\n\
         \x20   if [[ $word == = ]]; then word=; elif [[ $before == = ]]; then before=${{COMP_WORDS[COMP_CWORD-2]}}; fi\n\
         \x20   case ${{COMP_WORDS[1]}} in\n{of_commands}\
         \x20       *) flags='{flags}' ;;\n\
         \x20   esac\n\
         \x20   case $before in\n{cases}\
         \x20       *)\n\
         \x20           if [[ $word == -* ]]; then\n\
         \x20               found=$(compgen -W \"$flags\" -- \"$word\")\n\
         \x20           elif [[ ${{COMP_WORDS[1]}} == help && $COMP_CWORD -eq 2 ]]; then\n\
         \x20               found=$(compgen -W '{topics}' -- \"$word\")\n\
         \x20           elif [[ $COMP_CWORD -eq 1 ]]; then\n\
         \x20               found=$(compgen -W '{commands}' -- \"$word\"; compgen -f -- \"$word\")\n\
         \x20           else\n\
         \x20               found=$(compgen -f -- \"$word\")\n\
         \x20           fi ;;\n\
         \x20   esac\n\
         \x20   local IFS=$'\\n'\n\
         \x20   COMPREPLY=($found)\n\
         }}\n\
         complete -o filenames -F _resttest resttest\n",
        flags = names_in(Command::Run),
        topics = topics(),
    )
}

/// A word that stands between single quotes in a shell.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

fn zsh() -> String {
    let mut options = String::new();
    for flag in flags::all() {
        let help = quoted(flag.help).replace('[', "\\[").replace(']', "\\]").replace(':', "\\:");
        let words = words_after(flag).unwrap_or_default();
        let action = match flag.takes {
            Takes::Nothing => String::new(),
            Takes::Boolean => format!("::value:({words})"),
            Takes::Word(..) => format!(":value:({words})"),
            Takes::File(_) => ":file:_files".to_owned(),
            Takes::Percent(_) => "::percent: ".to_owned(),
            Takes::Value(meta) => format!(":{}: ", meta.to_lowercase().replace(':', "\\:")),
        };
        // `--name value` and `--name=value`.
        let equals = if matches!(flag.takes, Takes::Nothing | Takes::Boolean | Takes::Percent(_)) { "" } else { "=" };
        let _ = writeln!(options, "        '*--{}{equals}[{help}]{action}' \\", flag.name);
    }
    let commands: Vec<String> =
        Command::shown().map(|(name, _, help)| format!("'{name}:{}'", quoted(help).replace(':', "\\:"))).collect();
    format!(
        "#compdef resttest\n\
         # zsh completion of resttest: save it as _resttest in a folder of $fpath\n\
         _resttest_first() {{\n\
         \x20   local -a commands=({commands})\n\
         \x20   _describe command commands\n\
         \x20   _files\n\
         }}\n\
         _resttest_more() {{\n\
         \x20   if [[ ${{words[2]}} == help ]]; then compadd -- {topics}; else _files; fi\n\
         }}\n\
         _resttest() {{\n\
         \x20   _arguments -S \\\n{options}\
         \x20       '1:command, URL or suite:_resttest_first' \\\n\
         \x20       '*:suite:_resttest_more'\n\
         }}\n\
         if [[ ${{funcstack[1]}} == _resttest ]]; then _resttest \"$@\"; else compdef _resttest resttest; fi\n",
        commands = commands.join(" "),
        topics = topics(),
    )
}

fn fish() -> String {
    let mut out = "# fish completion of resttest: save it as ~/.config/fish/completions/resttest.fish\n".to_owned();
    for (name, _, help) in Command::shown() {
        let _ = writeln!(out, "complete -c resttest -n __fish_use_subcommand -a {name} -d '{}'", fish_quoted(help));
    }
    let _ = writeln!(out, "complete -c resttest -n '__fish_seen_subcommand_from help' -f -a '{}'", topics());
    for flag in flags::all() {
        let words = words_after(flag).unwrap_or_default();
        let action = match flag.takes {
            Takes::Nothing => String::new(),
            Takes::Boolean => format!(" -a '{words}'"),
            Takes::Word(..) => format!(" -x -a '{words}'"),
            Takes::File(_) => " -r -F".to_owned(),
            Takes::Percent(_) => String::new(),
            Takes::Value(_) => " -x".to_owned(),
        };
        let (name, help) = (flag.name, fish_quoted(flag.help));
        let _ = writeln!(out, "complete -c resttest -l {name}{}{action} -d '{help}'", fish_condition(flag));
    }
    out
}

/// When fish offers a flag: one of a few commands only behind their words.
fn fish_condition(flag: &Flag) -> String {
    if flag.commands.contains(&Command::Run) {
        return String::new();
    }
    let words = Command::shown().filter(|(_, command, _)| flag.commands.contains(command)).map(|(name, ..)| name);
    format!(" -n '__fish_seen_subcommand_from {}'", words.collect::<Vec<_>>().join(" "))
}

fn fish_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
