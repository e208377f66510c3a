//! Help, made from the tables of flags, commands and exit codes.

use std::fmt::Write as _;

use crate::cli::args::command::Command;
use crate::cli::args::flags::FLAGS;
use crate::cli::exit::Exit;

/// The line that usage errors end with.
pub const SHORT: &str = "usage: resttest URL SUITE.yaml [options]; resttest --help shows them all";

/// The same of a command: those without a suite are called in another way.
pub fn short_of(command: Command) -> String {
    let operand = match command {
        Command::Check | Command::Load => "URL",
        Command::Init => "[DIR]",
        Command::Convert => "FILE...",
        Command::Export => "curl SUITE.yaml...",
        _ => return SHORT.to_owned(),
    };
    format!("usage: {command} {operand} [options]; {command} --help shows them all")
}

/// `resttest --help`.
pub fn text() -> String {
    let mut out = format!(
        "resttest {}: REST API tests and micro-benchmarks written in YAML\n\n\
         usage: resttest URL SUITE.yaml [options]\n       resttest --url URL --test SUITE.yaml [options]\n",
        env!("CARGO_PKG_VERSION")
    );
    for (name, _, help) in Command::shown() {
        let _ = writeln!(out, "       resttest {name:<8} {help}");
    }
    out.push_str("\noptions (dashes and underscores are the same; a unique beginning is enough):\n");
    for category in FLAGS {
        let _ = writeln!(out, "\n {}:", category.title);
        for flag in category.flags {
            let _ = writeln!(out, "  {:<30} {}", flag.usage_in_all(), flag.help);
        }
    }
    out.push_str("\nexit codes:\n");
    for (code, meaning) in Exit::TABLE {
        let _ = writeln!(out, "  {code:<6} {meaning}");
    }
    out
}
