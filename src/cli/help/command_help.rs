//! `resttest help COMMAND` and `resttest COMMAND --help`: the command's own options, then its guide where there is one.
//!
//! Owns: how a command is called, which options it is shown with. Does not: hold a guide (see `guides`) or an option
//! (see `flags`).

use std::fmt::Write as _;

use crate::cli::args::command::Command;
use crate::cli::args::flag::Flag;
use crate::cli::args::flags::{self, FLAGS};
use crate::cli::help::guides;
use crate::cli::help::layout;

/// What stands behind a command's word; nothing for one that is for no person.
fn operands(command: Command) -> &'static str {
    match command {
        Command::Demo | Command::Child => "",
        Command::Run | Command::Explain | Command::List => "URL SUITE.yaml",
        Command::Lint => "SUITE.yaml...",
        Command::Merge => "REPORT.json...",
        Command::Help => "[TOPIC|COMMAND]",
        Command::Check | Command::Load => "URL",
        Command::Init => "[DIR]",
        Command::Convert | Command::Mock => "FILE...",
        Command::Drift => "DIR|REPORT.json...",
        Command::Mutate => "DIR SUITE.yaml...",
        Command::Recheck => "DIR SUITE.yaml...",
        Command::Export => "curl SUITE.yaml...",
    }
}

/// The page of the command that a word names; nothing for other words.
pub fn page(word: &str, bold: bool) -> Option<String> {
    let word = word.to_lowercase().replace('_', "-");
    let guide = guides::find(&word).map(|guide| guide.page(bold));
    let (name, command, about) = Command::shown().find(|(name, ..)| *name == word)?;
    let mut out = of_command(name, command, about);
    if let Some(guide) = guide {
        let _ = write!(out, "\n{guide}");
    }
    Some(out)
}

/// The categories of options that belong to one or a few commands.
const OF_FEW: [&str; 5] =
    ["single commands", "without a suite", "converting", "playing the server", "answers that are kept"];

fn of_command(name: &str, command: Command, about: &str) -> String {
    let call = ["resttest", name, operands(command), "[options]"];
    let call: Vec<&str> = call.into_iter().filter(|part| !part.is_empty()).collect();
    let mut out = format!("{}: {about}\n\nusage: {}\n", call[..2].join(" "), call.join(" "));
    // What it was made with comes first, then what it shares, then what all of them have.
    let of_few =
        || FLAGS.iter().filter(|category| OF_FEW.contains(&category.title)).flat_map(|category| category.flags);
    let is_own = |flag: &&Flag| {
        let is_of_few = of_few().any(|other| other.name == flag.name);
        flag.commands == [command] || (is_of_few && flag.commands.contains(&command) && !is_everywhere(flag))
    };
    options(&mut out, "its own", command, flags::all().filter(is_own));
    let is_shared = |flag: &&Flag| flag.commands.contains(&command) && !is_own(flag) && !is_everywhere(flag);
    for category in FLAGS {
        options(&mut out, category.title, command, category.flags.iter().filter(is_shared));
    }
    options(&mut out, "everywhere", command, flags::all().filter(|flag| is_everywhere(flag)));
    out
}

fn is_everywhere(flag: &Flag) -> bool {
    flag.commands == Command::EVERY
}

fn options<'f>(out: &mut String, title: &str, command: Command, flags: impl Iterator<Item = &'f Flag>) {
    let rows: Vec<Vec<String>> = flags.map(|flag| vec![flag.usage_in(command), flag.help.to_owned()]).collect();
    if !rows.is_empty() {
        let _ = write!(out, "\n{title}:\n{}", layout::table(&rows));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_shown_its_own_options() {
        for (name, command, about) in Command::shown() {
            let page = page(name, false).unwrap_or_default();
            assert!(page.starts_with(&format!("resttest {name}: {about}\n\nusage: resttest {name} ")), "{page}");
            for flag in flags::all() {
                let usage = flag.usage_in(command);
                let is_of_flag = |line: &str| {
                    // Another one may be called so and more.
                    let rest = line.trim_start().strip_prefix(&usage);
                    rest.is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
                };
                let is_shown = page.lines().any(is_of_flag);
                assert_eq!(is_shown, flag.commands.contains(&command), "{name}: {}", flag.name);
            }
        }
        assert!(page("run-one-suite", false).is_none() && page("suite", false).is_none());
    }

    #[test]
    fn the_guide_comes_after_the_options() {
        let page = page("load", false).unwrap_or_default();
        let [options, guide] = ["--max-concurrency N", "\n# "].map(|part| page.find(part).unwrap_or(usize::MAX));
        assert!(options < guide && guide < page.len(), "{page}");
    }
}
