//! The words of the command line to what is asked for.
//!
//! Owns: the lexopt loop, commands, named and positional arguments mixed. Does not: know a flag (see
//! `flags`), or act on what it reads.

use std::ffi::OsString;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::command::Command;
use crate::cli::args::flag::{Flag, Takes};
use crate::cli::args::preset::{Preset, Wrong};
use crate::cli::args::presets;
use crate::cli::args::{flag_names, flags};

/// Reads the words after the program's name.
///
/// # Errors
/// What is wrong, and what is allowed.
pub fn parse(words: impl IntoIterator<Item = OsString>) -> Result<Arguments, String> {
    parse_into(Arguments::default(), words)
}

/// Reads the words over what is set elsewhere.
///
/// # Errors
/// What is wrong with either.
pub fn parse_over(presets: &[Preset], words: impl IntoIterator<Item = OsString>) -> Result<Arguments, Wrong> {
    let mut arguments = Arguments::default();
    presets::apply(&mut arguments, presets)?;
    let mut arguments = parse_into(arguments, words).map_err(Wrong::Line)?;
    presets::without_idle_forms(&mut arguments);
    Ok(arguments)
}

fn parse_into(mut arguments: Arguments, words: impl IntoIterator<Item = OsString>) -> Result<Arguments, String> {
    let mut parser = lexopt::Parser::from_args(words);
    let mut first = true;
    while let Some(word) = parser.next().map_err(|error| error.to_string())? {
        match word {
            lexopt::Arg::Short(letter) => {
                let flag = flag_names::of_letter(letter, arguments.command)
                    .ok_or_else(|| unknown_letter(letter, arguments.command))?;
                set(&mut arguments, &mut parser, flag, &format!("-{letter}"))?;
            }
            lexopt::Arg::Long(name) => {
                let flag = flag_names::find(name)?;
                set(&mut arguments, &mut parser, flag, &format!("--{}", flag.name))?;
            }
            lexopt::Arg::Value(value) => {
                let value = utf8(value)?;
                match Command::of(&value).filter(|_| first) {
                    Some(command) => arguments.command = command,
                    None => arguments.positional.push(value),
                }
            }
        }
        first = false;
    }
    if matches!(arguments.command, Command::Lint | Command::List | Command::Export) && arguments.config.is_none() {
        // Nothing is sent, so there need not be a base: every word is a suite.
        arguments.url.get_or_insert_default();
    }
    Ok(arguments)
}

/// The words without a flag and its value; what follows `--`, or is the value of another flag, stays.
pub fn without(words: &[String], flag: &str) -> Vec<String> {
    let mut left = Vec::new();
    let mut words = words.iter();
    while let Some(word) = words.next() {
        let name = word.strip_prefix("--").filter(|name| !name.is_empty());
        let found = name.and_then(|name| flag_names::find(name).ok());
        let takes_next =
            matches!(found.map(|found| found.takes), Some(Takes::Value(_) | Takes::Word(..) | Takes::File(_)));
        if found.is_some_and(|found| found.name == flag) {
            if takes_next {
                words.next();
            }
            continue;
        }
        let with_value = name.and_then(|name| flag_names::find(name.split_once('=')?.0).ok());
        if with_value.is_some_and(|found| found.name == flag && found.takes != Takes::Nothing) {
            continue;
        }
        left.push(word.clone());
        if word == "--" {
            break;
        }
        if takes_next {
            left.extend(words.next().cloned());
        }
    }
    left.extend(words.cloned());
    left
}

/// Reads what can be read of words that [`parse`] does not accept: the reports that are asked for must not be left as
/// an earlier run wrote them.
pub fn salvage(presets: &[Preset], words: impl IntoIterator<Item = OsString>) -> Arguments {
    let mut arguments = Arguments::default();
    for preset in presets {
        // What is wrong with one of them has been told.
        let mut all = std::mem::take(&mut arguments.presets);
        let _ = presets::apply(&mut arguments, std::slice::from_ref(preset));
        all.push(preset.clone());
        arguments.presets = all;
    }
    let mut parser = lexopt::Parser::from_args(words);
    let mut first = true;
    // After an error, the reader goes on behind it.
    while let Some(word) = parser.next().transpose() {
        match word {
            Ok(lexopt::Arg::Long(name)) => {
                let found = flag_names::find(name);
                if found.and_then(|flag| set(&mut arguments, &mut parser, flag, "--")).is_err() {
                    // The value of an option that is not known: `--nope=1`.
                    let _ = parser.optional_value();
                }
            }
            Ok(lexopt::Arg::Short(letter)) => {
                if let Some(flag) = flag_names::of_letter(letter, arguments.command) {
                    let _ = set(&mut arguments, &mut parser, flag, "-");
                }
            }
            Ok(lexopt::Arg::Value(value)) => {
                let value = value.to_string_lossy().into_owned();
                match Command::of(&value).filter(|_| first) {
                    Some(command) => arguments.command = command,
                    None => arguments.positional.push(value),
                }
            }
            Err(_) => {}
        }
        first = false;
    }
    arguments
}

/// What is said of a letter that means nothing in a command.
fn unknown_letter(letter: char, command: Command) -> String {
    let of_command = flags::all().filter(|flag| flag.commands != Command::EVERY);
    let known: Vec<String> = of_command.filter_map(|flag| flag.letter_in(command)).map(|c| format!("-{c}")).collect();
    match known.as_slice() {
        [] => format!("unknown option \"-{letter}\"; options are written --name"),
        known => format!("unknown option \"-{letter}\"; {command} has {}, and --names", known.join(", ")),
    }
}

/// Sets what a flag sets, with what follows it; `written` is how it stands on the line.
fn set(arguments: &mut Arguments, parser: &mut lexopt::Parser, flag: &Flag, written: &str) -> Result<(), String> {
    let value = match flag.takes {
        Takes::Nothing => {
            if !is_left_on(parser, written)? {
                if arguments.given.contains(&flag.name) {
                    return Err(format!("option {written}=false stands beside another {written}; keep one"));
                }
                // Known, so that what is set elsewhere does not hold.
                arguments.given.push(flag.name);
                return Ok(());
            }
            String::new()
        }
        Takes::Value(_) | Takes::Word(..) | Takes::File(_) => utf8(parser.value().map_err(|_| {
            let usage = flag.usage_in(arguments.command);
            format!("option {written} needs a value: {usage}")
        })?)?,
        Takes::Boolean => match parser.optional_value() {
            Some(value) => utf8(value)?,
            None => following_boolean(parser).unwrap_or_else(|| "true".to_owned()),
        },
        Takes::Percent(_) => match parser.optional_value() {
            Some(value) => utf8(value)?,
            None => following_number(parser).unwrap_or_default(),
        },
    };
    arguments.given.push(flag.name);
    (flag.set)(arguments, &value).map_err(|message| format!("option {written} {message}"))
}

/// Whether a switch is on: it is, unless `=false` takes back what a settings file or the environment says.
fn is_left_on(parser: &mut lexopt::Parser, written: &str) -> Result<bool, String> {
    // What follows a letter is the next letter.
    let value = written.starts_with("--").then(|| parser.optional_value()).flatten();
    match value.map(utf8).transpose()?.as_deref().map(str::to_ascii_lowercase).as_deref() {
        None | Some("true") => Ok(true),
        Some("false") => Ok(false),
        Some(_) => Err(format!("option {written} takes no value, or =false where it is set elsewhere")),
    }
}

/// The next word, if it is `true` or `false`: the form that PyRestTest has.
fn following_boolean(parser: &mut lexopt::Parser) -> Option<String> {
    let is_boolean = |word: &str| word.eq_ignore_ascii_case("true") || word.eq_ignore_ascii_case("false");
    let mut words = parser.try_raw_args()?;
    let word = words.peek()?.to_str().filter(|word| is_boolean(word))?.to_owned();
    words.next();
    Some(word)
}

/// The next word, if it is a number of percent.
fn following_number(parser: &mut lexopt::Parser) -> Option<String> {
    let is_number = |word: &str| word.strip_suffix('%').unwrap_or(word).parse::<f64>().is_ok_and(f64::is_finite);
    let mut words = parser.try_raw_args()?;
    let word = words.peek()?.to_str().filter(|word| is_number(word))?.to_owned();
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
    fn a_percentage_may_follow_or_be_left_out() {
        for (line, share, words) in [
            ("--fail-on-slower U F", 0.0, 2),
            ("--fail-on-slower 10 U F", 0.1, 2),
            ("--fail-on-slower 10% U F", 0.1, 2),
            ("--fail-on-slower=7.5 U F", 0.075, 2),
            ("U F --fail-on-slower", 0.0, 2),
        ] {
            let arguments = parsed(line).unwrap();
            assert_eq!((arguments.baseline.fail_on_slower, arguments.positional.len()), (Some(share), words), "{line}");
        }
        assert!(parsed("--fail-on-slower=much U F").is_err() && parsed("--fail-on-slower=-1 U F").is_err());
    }

    #[test]
    fn a_switch_may_be_taken_back_and_letters_may_stand_together() {
        assert!(parsed("U F --fail-fast").unwrap().patience.is_some());
        assert!(parsed("U F --fail-fast=true").unwrap().patience.is_some());
        let off = parsed("U F --fail-fast=False").unwrap();
        assert!(off.patience.is_none() && off.given.contains(&"fail-fast"));
        assert!(parsed("U F --fail-fast --fail-fast=false").unwrap_err().contains("keep one"));
        let together = parsed("check -ikX PUT http://h").unwrap();
        assert!(together.settings.print_answers && together.settings.ssl_insecure);
        assert_eq!(together.positional, ["http://h"]);
        assert!(parsed("check http://h -i=1").is_err());
    }

    #[test]
    fn wrong_words_are_named() {
        for (line, part) in [
            ("--no-such-option U F", "unknown option \"--no-such-option\""),
            ("--intractive U F", "did you mean \"--interactive\""),
            ("-x U F", "unknown option \"-x\""),
            ("U F --log", "needs a value: --log LEVEL"),
            ("--verbose=1 U F", "takes no value"),
            ("--vars [1] U F", "must be a mapping"),
            ("--extension= U F", "needs a command"),
            ("--extension-timeout 0 U F", "above 0"),
        ] {
            let message = parsed(line).unwrap_err();
            assert!(message.contains(part), "{line}: {message}");
        }
    }

    #[test]
    fn reports_are_found_among_words_that_are_wrong() {
        for line in [
            "U s.yaml --no-such-option --report-json r.json",
            "U s.yaml --no-such-option=1 --report-json r.json",
            "U s.yaml --suite-timeout x --report-json=r.json --log",
            "-x U s.yaml --report_json r.json --verbose=1",
            "U s.yaml --tap-version 15 --report-json r.json --report-tap",
        ] {
            assert!(parsed(line).is_err(), "{line}");
            let arguments = salvage(&[], line.split_whitespace().map(OsString::from));
            assert_eq!(arguments.reports.files, [(crate::report::Format::Json, "r.json".to_owned())], "{line}");
            assert_eq!(arguments.positional, ["U", "s.yaml"], "{line}");
        }
    }

    #[test]
    fn a_flag_is_taken_out_where_it_is_one() {
        let left = |line: &str| without(&line.split(' ').map(str::to_owned).collect::<Vec<_>>(), "watch").join(" ");
        for (line, expected) in [
            ("U s.yaml --watch", "U s.yaml"),
            ("--watch U --wat s.yaml --only --watch", "U s.yaml --only --watch"),
            ("U --only=x --watch -- --watch", "U --only=x -- --watch"),
            ("U --no-such --log", "U --no-such --log"),
        ] {
            assert_eq!(left(line), expected, "{line}");
        }
    }

    #[test]
    fn a_command_is_the_first_word() {
        assert_eq!(parsed("demo").unwrap().command, Command::Demo);
        assert_eq!(parsed("U demo").unwrap().command, Command::Run);
    }
}
