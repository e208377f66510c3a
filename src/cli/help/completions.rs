//! `resttest help --completions`: completions of three shells, made from the tables of commands and flags.

use std::fmt::Write as _;

use crate::cli::args::arguments::Command;
use crate::cli::args::choices::{SHELLS, Shell};
use crate::cli::args::flags::{FLAGS, Flag, Takes};
use crate::cli::help::guides::GUIDES;

/// The script to source.
pub fn script(shell: Shell) -> String {
    match shell {
        Shell::Bash => bash(),
        Shell::Zsh => zsh(),
        Shell::Fish => fish(),
    }
}

/// What may follow a flag, if that is known: words, or a file.
enum Follows {
    Words(Vec<&'static str>),
    File,
    Anything,
}

fn follows(flag: &Flag) -> Follows {
    match (flag.name, flag.takes) {
        ("log", _) => Follows::Words(vec!["debug", "info", "warning", "error", "critical"]),
        ("log-format", _) => Follows::Words(vec!["text", "json"]),
        ("output", _) => Follows::Words(vec!["console", "nagios"]),
        ("completions", _) => Follows::Words(SHELLS.map(|(name, _)| name).to_vec()),
        (_, Takes::Boolean) => Follows::Words(vec!["true", "false"]),
        (_, Takes::Value(meta)) if meta.contains("FILE") => Follows::File,
        _ => Follows::Anything,
    }
}

fn topics() -> String {
    GUIDES.iter().map(|guide| guide.topic).collect::<Vec<_>>().join(" ")
}

fn bash() -> String {
    let flags: Vec<String> = FLAGS.iter().map(|flag| format!("--{}", flag.name)).collect();
    let commands = Command::shown().map(|(name, ..)| *name).collect::<Vec<_>>().join(" ");
    let mut cases = String::new();
    for flag in FLAGS {
        let reply = match (follows(flag), flag.takes) {
            (Follows::Words(words), _) => format!("compgen -W '{}' -- \"$word\"", words.join(" ")),
            (Follows::File, _) => "compgen -f -- \"$word\"".to_owned(),
            (Follows::Anything, Takes::Nothing) => continue,
            (Follows::Anything, _) => ":".to_owned(),
        };
        // What may be left out does not keep other words from being offered.
        let also = if flag.takes == Takes::Boolean { "; compgen -f -- \"$word\"" } else { "" };
        let _ = writeln!(cases, "        --{}) found=$({reply}{also}) ;;", flag.name);
    }
    format!(
        "# bash completion of resttest: source it, or put it into /etc/bash_completion.d\n\
         _resttest() {{\n\
         \x20   local word=${{COMP_WORDS[COMP_CWORD]}} before=${{COMP_WORDS[COMP_CWORD-1]}} found\n\
         \x20   case $before in\n{cases}\
         \x20       *)\n\
         \x20           if [[ $word == -* ]]; then\n\
         \x20               found=$(compgen -W '{flags}' -- \"$word\")\n\
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
        flags = flags.join(" "),
        topics = topics(),
    )
}

/// A word that stands between single quotes in a shell.
fn quoted(text: &str) -> String {
    text.replace('\'', "'\\''")
}

fn zsh() -> String {
    let mut options = String::new();
    for flag in FLAGS {
        let help = quoted(flag.help).replace('[', "\\[").replace(']', "\\]").replace(':', "\\:");
        let action = match (follows(flag), flag.takes) {
            (_, Takes::Nothing) => String::new(),
            (Follows::Words(words), Takes::Boolean) => format!("::value:({})", words.join(" ")),
            (Follows::Words(words), _) => format!(":value:({})", words.join(" ")),
            (Follows::File, _) => ":file:_files".to_owned(),
            (Follows::Anything, Takes::Value(meta)) => format!(":{}: ", meta.to_lowercase()),
            (Follows::Anything, Takes::Boolean) => "::value: ".to_owned(),
        };
        let _ = writeln!(options, "        '*--{}[{help}]{action}' \\", flag.name);
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
    for flag in FLAGS {
        let action = match (follows(flag), flag.takes) {
            (_, Takes::Nothing) => String::new(),
            (Follows::Words(words), Takes::Boolean) => format!(" -a '{}'", words.join(" ")),
            (Follows::Words(words), _) => format!(" -x -a '{}'", words.join(" ")),
            (Follows::File, _) => " -r -F".to_owned(),
            (Follows::Anything, _) => " -x".to_owned(),
        };
        let _ = writeln!(out, "complete -c resttest -l {}{action} -d '{}'", flag.name, fish_quoted(flag.help));
    }
    out
}

fn fish_quoted(text: &str) -> String {
    text.replace('\\', "\\\\").replace('\'', "\\'")
}
