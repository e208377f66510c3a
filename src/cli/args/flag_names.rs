//! A flag by what is written: its name, a beginning of it, a letter.
//!
//! Owns: which flag is meant, and what is said where none is, or where it means nothing. Does not: hold the flags (see
//! `flags`).

use crate::cli::args::command::Command;
use crate::cli::args::flag::Flag;
use crate::cli::args::flags::all;
use crate::ground::source::nearest;

/// PyRestTest's own: their beginnings mean them, whatever has been added.
const ORIGINAL: [&str; 13] = [
    "absolute-urls",
    "help",
    "import_extensions",
    "interactive",
    "log",
    "print-bodies",
    "print-headers",
    "skip_term_colors",
    "ssl-insecure",
    "test",
    "url",
    "vars",
    "verbose",
];

/// What the enhanced version added, the same way.
const ENHANCED: [&str; 7] =
    ["max-concurrency", "max-retries", "preserve-order", "retry-backoff-base", "retry-backoff-max", "tests", "workers"];

/// The flag that a letter means in a command.
pub fn of_letter(letter: char, command: Command) -> Option<&'static Flag> {
    all().find(|flag| flag.letter_in(command) == Some(letter))
}

/// The flag of a name: dashes and underscores are the same, and a unique beginning is enough.
///
/// # Errors
/// No flag, or more than one, has that name; the nearest is named.
pub fn find(written: &str) -> Result<&'static Flag, String> {
    if let Some(flag) = all().find(|flag| flag.name.len() == written.len() && begins(flag.name, written)) {
        return Ok(flag);
    }
    let name = written.replace('_', "-");
    let begun: Vec<&Flag> = all().filter(|flag| begins(flag.name, written)).collect();
    // What was a unique beginning in PyRestTest stays one, then what was one in the enhanced version.
    for known in [&ORIGINAL[..], &ENHANCED[..]] {
        let mut of_these = begun.iter().filter(|flag| known.contains(&flag.name));
        match (of_these.next(), of_these.next()) {
            (Some(only), None) => return Ok(only),
            (Some(_), Some(_)) => break,
            (None, _) => {}
        }
    }
    match begun.as_slice() {
        [only] => Ok(only),
        [] => {
            let meant = nearest(&name, all().map(|flag| flag.name));
            let meant = meant.map(|name| format!("; did you mean \"--{name}\"?")).unwrap_or_default();
            Err(format!("unknown option \"--{written}\"{meant}"))
        }
        several => {
            let names: Vec<String> = several.iter().map(|flag| format!("--{}", flag.name)).collect();
            Err(format!("option \"--{written}\" is short for {}; write one of them out", names.join(" and ")))
        }
    }
}

/// Whether a flag's name begins so; `_` and `-` are one.
fn begins(name: &str, written: &str) -> bool {
    let same = |(a, b): (u8, u8)| a == b || matches!((a, b), (b'_', b'-') | (b'-', b'_'));
    name.len() >= written.len() && name.bytes().zip(written.bytes()).all(same)
}

/// What is wrong with a flag that does nothing in this command.
pub fn misplaced(given: &[&str], command: Command) -> Option<String> {
    let flag = all().find(|flag| given.contains(&flag.name) && !flag.commands.contains(&command))?;
    let name = flag.name;
    Some(match flag.commands {
        [only] => format!("option --{name} belongs to {only}: {only} {}", flag.usage()),
        [Command::Run, ..] => {
            let takes: Vec<String> =
                all().filter(|flag| flag.commands.contains(&command)).map(|flag| format!("--{}", flag.name)).collect();
            format!("option --{name} is about running tests; {command} takes {}", takes.join(", "))
        }
        several => {
            let names: Vec<String> = several.iter().map(ToString::to_string).collect();
            format!("option --{name} belongs to {}", names.join(", "))
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn named(written: &str) -> Result<&'static str, String> {
        find(written).map(|flag| flag.name)
    }

    #[test]
    fn a_flag_is_found_by_any_spelling() {
        for written in ["print-bodies", "print_bodies", "print-b", "print_b"] {
            assert_eq!(named(written).as_deref(), Ok("print-bodies"), "{written}");
        }
        for (wrong, right) in [("print-bodeis", "print-bodies"), ("report_junti", "report-junit")] {
            let message = named(wrong).unwrap_err();
            assert_eq!(message, format!("unknown option \"--{wrong}\"; did you mean \"--{right}\"?"));
        }
        assert!(named("print").unwrap_err().contains("--print-bodies and --print-headers"));
    }

    #[test]
    fn beginnings_of_the_originals_options_mean_them() {
        for (written, name) in [
            ("a", "absolute-urls"),
            ("h", "help"),
            ("im", "import_extensions"),
            ("import-ext", "import_extensions"),
            ("in", "interactive"),
            ("l", "log"),
            ("print-h", "print-headers"),
            ("sk", "skip_term_colors"),
            ("ss", "ssl-insecure"),
            ("t", "test"),
            ("te", "test"),
            ("u", "url"),
            ("va", "vars"),
            ("var", "vars"),
            ("ver", "verbose"),
            // The enhanced version's.
            ("max-r", "max-retries"),
            ("max-c", "max-concurrency"),
            ("pre", "preserve-order"),
            ("w", "workers"),
        ] {
            assert_eq!(named(written).as_deref(), Ok(name), "{written}");
        }
        // These were ambiguous in the original.
        for written in ["pr", "s", "i", "v"] {
            assert!(named(written).unwrap_err().contains("is short for"), "{written}");
        }
    }

    #[test]
    fn what_the_help_calls_repeatable_counts_each_time() {
        for flag in all() {
            let is_called_so = flag.help.contains("repeatable") || flag.help.contains("may be repeated");
            assert!(flag.repeats || !is_called_so, "{}", flag.name);
        }
    }

    #[test]
    fn names_differ_and_those_of_others_are_there() {
        let mut names: Vec<String> = all().map(|flag| flag.name.replace('_', "-")).collect();
        let count = names.len();
        assert!(ORIGINAL.iter().chain(&ENHANCED).all(|name| all().any(|flag| flag.name == *name)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), count);
    }

    #[test]
    fn what_says_that_it_is_repeatable_is() {
        for flag in all().filter(|flag| flag.help.contains("repeatable") || flag.help.contains("may be repeated")) {
            assert!(flag.repeats, "{}", flag.name);
        }
    }

    #[test]
    fn an_option_that_does_nothing_is_an_error_that_says_where_it_belongs() {
        let wrong = |name: &str, command| misplaced(&[find(name).unwrap().name], command);
        for (name, command) in [
            ("scene", Command::Demo),
            ("report-junit", Command::Merge),
            ("report-junit", Command::Run),
            ("log", Command::Help),
            ("vars", Command::Lint),
            ("max-retries", Command::Explain),
        ] {
            assert_eq!(wrong(name, command), None, "{name}");
        }
        for (name, command, part) in [
            ("scene", Command::Run, "option --scene belongs to resttest demo: resttest demo --scene SCENE"),
            ("man", Command::Run, "option --man belongs to resttest help: resttest help --man"),
            ("max-retries", Command::Merge, "option --max-retries is about running tests; resttest merge takes --"),
            ("url", Command::Demo, "option --url is about running tests; resttest demo takes --"),
            ("report-tap", Command::Lint, "option --report-tap is about running tests; resttest lint takes --url, "),
        ] {
            let message = wrong(name, command).unwrap_or_default();
            assert!(message.starts_with(part), "{message}");
        }
    }
}
