//! `resttest help --man`: the man page, made from the tables of commands, flags and exit codes.

use std::fmt::Write as _;

use crate::cli::args::command::Command;
use crate::cli::args::flag::Flag;
use crate::cli::args::flags::{self, FLAGS};
use crate::cli::exit::Exit;
use crate::cli::help::environment::ENVIRONMENT;
use crate::cli::help::guides::GUIDES;

/// The page, in roff.
pub fn page() -> String {
    let mut out = format!(
        ".TH RESTTEST 1 \"\" \"resttest {}\" \"User Commands\"\n\
         .SH NAME\nresttest \\- REST API tests and micro\\-benchmarks written in YAML\n\
         .SH SYNOPSIS\n\
         .B resttest\n.I URL SUITE\n[\\fIoptions\\fR]\n.br\n\
         .B resttest \\-\\-url\n.I URL\n.B \\-\\-test\n.I SUITE\n[\\fIoptions\\fR]\n",
        env!("CARGO_PKG_VERSION")
    );
    for (name, ..) in Command::shown() {
        let _ = writeln!(out, ".br\n.B resttest {}\n[\\fIoptions\\fR]", escaped(name));
    }
    out.push_str(
        ".SH DESCRIPTION\n\
         resttest runs tests of REST APIs that are written in YAML: a request, the status to expect, and checks on\n\
         the answer. It takes the suites and the command line of PyRestTest as they are.\n\
         .B resttest help\nlists guides to every part of it.\n",
    );
    section(&mut out, "COMMANDS", Command::shown().map(|(name, _, help)| (name.to_owned(), help)));
    // A command's own first, then those of all runs.
    for (name, command, _) in Command::shown() {
        let own: Vec<&Flag> = flags::all().filter(|flag| flag.commands == [command]).collect();
        if !own.is_empty() {
            let _ = writeln!(out, ".SH OPTIONS OF {}", escaped(&name.to_uppercase()));
            rows(&mut out, own.into_iter().map(|flag| (flag.usage_in_all(), flag.help)));
        }
    }
    out.push_str(".SH OPTIONS\n");
    for category in FLAGS {
        let shared = category.flags.iter().filter(|flag| flag.commands.len() > 1);
        let shared: Vec<&Flag> =
            shared.chain(category.flags.iter().filter(|flag| flag.commands == [Command::Run])).collect();
        if !shared.is_empty() {
            let _ = writeln!(out, ".SS {}", escaped(category.title));
            rows(&mut out, shared.into_iter().map(|flag| (flag.usage_in_all(), flag.help)));
        }
    }
    section(&mut out, "GUIDES", GUIDES.iter().map(|guide| (format!("resttest help {}", guide.topic), guide.about)));
    section(&mut out, "EXIT STATUS", Exit::TABLE.iter().map(|(code, meaning)| ((*code).to_owned(), *meaning)));
    section(&mut out, "ENVIRONMENT", ENVIRONMENT.iter().map(|(name, meaning)| ((*name).to_owned(), *meaning)));
    out.push_str(
        ".SH EXAMPLES\n.nf\n\
         resttest http://127.0.0.1:8080 smoke.yaml\n\
         resttest http://127.0.0.1:8080 smoke.yaml \\-\\-vars '{id: 7}' \\-\\-max\\-retries 2\n\
         resttest lint smoke.yaml\n\
         resttest list smoke.yaml \\-\\-group People\n.fi\n",
    );
    out
}

fn section<'m>(out: &mut String, title: &str, lines: impl Iterator<Item = (String, &'m str)>) {
    let _ = writeln!(out, ".SH {title}");
    rows(out, lines);
}

fn rows<'m>(out: &mut String, lines: impl Iterator<Item = (String, &'m str)>) {
    for (name, meaning) in lines {
        let _ = writeln!(out, ".TP\n.B {}\n{}", escaped(&name), escaped(meaning));
    }
}

/// Text that roff takes as text: dashes stay dashes, a dot at the start is no request.
fn escaped(text: &str) -> String {
    let text = text.replace('\\', "\\e").replace('-', "\\-").replace('…', "...").replace('"', "\\(dq");
    let text = text.replace('\'', "\\(aq").replace('`', "\\(ga").replace('^', "\\(ha").replace('~', "\\(ti");
    if text.starts_with('.') { format!("\\&{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_table_and_no_stray_request() {
        let page = page();
        for flag in crate::cli::args::flags::all() {
            assert!(page.contains(&escaped(&format!("--{}", flag.name))), "{}", flag.name);
        }
        let known = [".TH", ".SH", ".SS", ".TP", ".B", ".I", ".br", ".nf", ".fi"];
        for line in page.lines().filter(|line| line.starts_with(['.', '\''])) {
            assert!(known.contains(&line.split(' ').next().unwrap_or_default()), "{line}");
        }
        assert_eq!(escaped(".a-'b'\\"), "\\&.a\\-\\(aqb\\(aq\\e");
        assert!(page.is_ascii());
    }
}
