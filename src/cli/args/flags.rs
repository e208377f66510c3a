//! Every flag, as data: one entry gives its parsing, its effect and its help.

use crate::cli::args::arguments::{Arguments, Generated};
use crate::cli::args::choices::{self, Shell};
use crate::cli::args::flag_values::{boolean, given, number, percent, processes, report, seconds, variables};
use crate::ground::source::did_you_mean;
use crate::report::Format;

/// A command-line flag.
pub struct Flag {
    /// The name, with dashes; underscores are taken for dashes.
    pub name: &'static str,
    /// What follows it.
    pub takes: Takes,
    /// One line for `--help`.
    pub help: &'static str,
    /// Puts what was given into the arguments; an error says what is allowed.
    pub set: fn(&mut Arguments, &str) -> Result<(), String>,
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
}

/// All flags in the order of the help.
pub const FLAGS: &[Flag] = &[
    Flag {
        name: "url",
        takes: Takes::Value("URL"),
        help: "base URL of the tests; instead of the first argument",
        set: |arguments, value| {
            arguments.url = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "test",
        takes: Takes::Value("FILE"),
        help: "suite file; instead of the second argument",
        set: |arguments, value| {
            arguments.test = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "tests",
        takes: Takes::Value("LIST"),
        help: "suite files, comma-separated; *, ?, [] and ** match: --tests 'a.yaml,dir/*.yaml'",
        set: |arguments, value| {
            arguments.tests = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "parallel-suites",
        takes: Takes::Value("N"),
        help: "run up to N suites at once, each in a process of its own; 0 or auto: one a core",
        set: |arguments, value| {
            arguments.processes = Some(processes(value)?);
            Ok(())
        },
    },
    Flag {
        name: "workers",
        takes: Takes::Value("N"),
        help: "the same as --parallel-suites",
        set: |arguments, value| {
            arguments.processes = Some(processes(value)?);
            Ok(())
        },
    },
    Flag {
        name: "preserve-order",
        takes: Takes::Nothing,
        help: "print parallel suites in the order of the list, not as they end",
        set: |arguments, _| {
            arguments.preserve_order = true;
            Ok(())
        },
    },
    Flag {
        name: "suite-timeout",
        takes: Takes::Value("S"),
        help: "seconds after which a parallel suite's process is ended as an error (default: none)",
        set: |arguments, value| {
            arguments.suite_timeout = Some(seconds(value)?).filter(|limit| !limit.is_zero());
            Ok(())
        },
    },
    Flag {
        name: "shard",
        takes: Takes::Value("K/N"),
        help: "run part K of N of the suites (by a hash of their names); auto reads what CI systems and schedulers tell",
        set: |arguments, value| {
            arguments.shard = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "partition",
        takes: Takes::Value("hash:K/N|slice:K/N"),
        help: "the same as --shard, with the way to split",
        set: |arguments, value| {
            arguments.shard = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "shard-durations",
        takes: Takes::Value("REPORT.json"),
        help: "with --shard: split by the durations that an earlier --report-json tells, so that all take about as long",
        set: |arguments, value| {
            arguments.shard_durations = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "config",
        takes: Takes::Value("FILE"),
        help: "runner configuration (JSON or YAML) with environments and suites",
        set: |arguments, value| {
            arguments.config = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "env",
        takes: Takes::Value("NAME"),
        help: "environment of the runner configuration (default: development, if it has one)",
        set: |arguments, value| {
            arguments.environment = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "suite",
        takes: Takes::Value("NAME"),
        help: "run only this suite of the runner configuration; may be repeated",
        set: |arguments, value| {
            arguments.suites.push(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "vars",
        takes: Takes::Value("YAML"),
        help: "variables as a YAML or JSON mapping: --vars '{id: 7}'; they win over the suite's config",
        set: |arguments, value| {
            arguments.settings.vars = variables(value)?;
            Ok(())
        },
    },
    Flag {
        name: "max-retries",
        takes: Takes::Value("N"),
        help: "repeat failed sends up to N times (default 0); wins over every suite",
        set: |arguments, value| {
            let retries = number(value, "an integer, 0 or more")?;
            arguments.settings.layer.retry.max_retries = Some(given(retries, "max-retries"));
            Ok(())
        },
    },
    Flag {
        name: "retry-backoff-base",
        takes: Takes::Value("S"),
        help: "seconds before the first retry (default 0.5); doubled for each further one",
        set: |arguments, value| {
            arguments.settings.layer.retry.backoff_base = Some(given(seconds(value)?, "retry-backoff-base"));
            Ok(())
        },
    },
    Flag {
        name: "retry-backoff-max",
        takes: Takes::Value("S"),
        help: "seconds that no wait before a retry exceeds (default 30)",
        set: |arguments, value| {
            arguments.settings.layer.retry.backoff_max = Some(given(seconds(value)?, "retry-backoff-max"));
            Ok(())
        },
    },
    Flag {
        name: "max-concurrency",
        takes: Takes::Value("N"),
        help: "requests at once in load runs; replaces what the suites say",
        set: |arguments, value| {
            let concurrency: usize = number(value, "an integer from 1 to 10000")?;
            if !(1..=10_000).contains(&concurrency) {
                return Err(format!("must be an integer from 1 to 10000, not {value}"));
            }
            arguments.settings.layer.concurrency = Some(given(concurrency, "max-concurrency"));
            Ok(())
        },
    },
    Flag {
        name: "print-bodies",
        takes: Takes::Boolean,
        help: "print every response body",
        set: |arguments, value| boolean(value).map(|flag| arguments.settings.print_bodies = Some(flag)),
    },
    Flag {
        name: "print-headers",
        takes: Takes::Boolean,
        help: "print every response's headers",
        set: |arguments, value| boolean(value).map(|flag| arguments.settings.print_headers = flag),
    },
    Flag {
        name: "interactive",
        takes: Takes::Boolean,
        help: "show every request and wait for Enter before sending it",
        set: |arguments, value| boolean(value).map(|flag| arguments.settings.interactive = flag),
    },
    Flag {
        name: "absolute-urls",
        takes: Takes::Nothing,
        help: "take the tests' URLs as they are, without a base",
        set: |arguments, _| {
            arguments.absolute_urls = true;
            Ok(())
        },
    },
    Flag {
        name: "ssl-insecure",
        takes: Takes::Nothing,
        help: "do not verify TLS certificates and host names",
        set: |arguments, _| {
            arguments.settings.ssl_insecure = true;
            Ok(())
        },
    },
    Flag {
        name: "log",
        takes: Takes::Value("LEVEL"),
        help: "what is logged on stderr: debug, info, warning (default), error, critical",
        set: |arguments, value| {
            arguments.log = Some(value.to_owned());
            Ok(())
        },
    },
    Flag {
        name: "verbose",
        takes: Takes::Nothing,
        help: "show every request's and answer's head on stderr",
        set: |arguments, _| {
            arguments.settings.verbose = true;
            Ok(())
        },
    },
    Flag {
        name: "skip-term-colors",
        takes: Takes::Nothing,
        help: "no colours, even on a terminal (as NO_COLOR)",
        set: |arguments, _| {
            arguments.skip_term_colors = true;
            Ok(())
        },
    },
    Flag {
        name: "import-extensions",
        takes: Takes::Value("MODULES"),
        help: "not available: extensions are Python modules; see the library's register_… functions",
        set: |_, value| {
            // A script with an unset $EXTENSIONS asks for none.
            if value.is_empty() {
                return Ok(());
            }
            Err(format!(
                "cannot load \"{value}\": extensions are Python modules; with resttest, build a program on its library and call register_validator and friends"
            ))
        },
    },
    Flag {
        name: "scene",
        takes: Takes::Value("SCENE"),
        help: "with demo, what is shown: basic (default), retry, backoff, load, all",
        set: |arguments, value| {
            arguments.scene = Some(choices::scene(value)?);
            Ok(())
        },
    },
    Flag {
        name: "help",
        takes: Takes::Nothing,
        help: "print this help",
        set: |arguments, _| {
            arguments.help = true;
            Ok(())
        },
    },
    Flag {
        name: "version",
        takes: Takes::Nothing,
        help: "print the version",
        set: |arguments, _| {
            arguments.version = true;
            Ok(())
        },
    },
    Flag {
        name: "report-junit",
        takes: Takes::Value("FILE"),
        help: "write a report: JUnit XML, as Jenkins and GitLab read it; - is stdout",
        set: |arguments, value| report(arguments, Format::Junit, value),
    },
    Flag {
        name: "report-json",
        takes: Takes::Value("FILE"),
        help: "write a report: one JSON object with everything (README, \"The JSON report\"); - is stdout",
        set: |arguments, value| report(arguments, Format::Json, value),
    },
    Flag {
        name: "report-ndjson",
        takes: Takes::Value("FILE"),
        help: "write a report: every event as a line of JSON, as it happens; - is stdout",
        set: |arguments, value| report(arguments, Format::Ndjson, value),
    },
    Flag {
        name: "report-tap",
        takes: Takes::Value("FILE"),
        help: "write a report: TAP 14; - is stdout",
        set: |arguments, value| report(arguments, Format::Tap, value),
    },
    Flag {
        name: "report-html",
        takes: Takes::Value("FILE"),
        help: "write a report: one page that needs nothing else; - is stdout",
        set: |arguments, value| report(arguments, Format::Html, value),
    },
    Flag {
        name: "report-prom",
        takes: Takes::Value("FILE"),
        help: "write a report: a Prometheus textfile for node_exporter; - is stdout",
        set: |arguments, value| report(arguments, Format::Prom, value),
    },
    Flag {
        name: "output",
        takes: Takes::Value("FORM"),
        help: "what stdout is for: console (default), or nagios: one line with figures, and exit codes 0 to 3",
        set: |arguments, value| match value {
            "console" | "nagios" => {
                arguments.reports.nagios = value == "nagios";
                Ok(())
            }
            _ => Err(format!("must be console or nagios, not \"{value}\"")),
        },
    },
    Flag {
        name: "log-format",
        takes: Takes::Value("FORM"),
        help: "log lines on stderr as text (default) or json, one object a line",
        set: |arguments, value| match value {
            "text" | "json" => {
                arguments.log_json = value == "json";
                Ok(())
            }
            _ => Err(format!("must be text or json, not \"{value}\"")),
        },
    },
    Flag {
        name: "max-retry-rate",
        takes: Takes::Value("P"),
        help: "percent of retries per request above which the run fails: 5 or 5%",
        set: |arguments, value| {
            arguments.reports.max_retry_rate = Some(percent(value)?);
            Ok(())
        },
    },
    Flag {
        name: "only",
        takes: Takes::Value("GLOB"),
        help: "run only tests whose name matches; repeatable; tests that do not run bind no variables",
        set: |arguments, value| arguments.selection.only(value),
    },
    Flag {
        name: "group",
        takes: Takes::Value("NAME"),
        help: "run only tests of this group; repeatable",
        set: |arguments, value| {
            arguments.selection.group(value);
            Ok(())
        },
    },
    Flag {
        name: "skip",
        takes: Takes::Value("GLOB"),
        help: "leave out tests whose name matches; repeatable; wins over --only and --group",
        set: |arguments, value| arguments.selection.skip(value),
    },
    Flag {
        name: "strict",
        takes: Takes::Nothing,
        help: "with lint: exit 1 if there are warnings",
        set: |arguments, _| {
            arguments.strict = true;
            Ok(())
        },
    },
    Flag {
        name: "man",
        takes: Takes::Nothing,
        help: "with help: write the man page",
        set: |arguments, _| {
            arguments.made = Some(Generated::Man);
            Ok(())
        },
    },
    Flag {
        name: "completions",
        takes: Takes::Value("SHELL"),
        help: "with help: write the completions of bash, zsh or fish",
        set: |arguments, value| {
            arguments.made = Some(Generated::Completions(Shell::by_name(value)?));
            Ok(())
        },
    },
    Flag {
        name: "schema",
        takes: Takes::Nothing,
        help: "with help: write the JSON Schema of a suite file, for editors",
        set: |arguments, _| {
            arguments.made = Some(Generated::Schema);
            Ok(())
        },
    },
];

/// PyRestTest's own.
const ORIGINAL: [&str; 12] = [
    "absolute-urls",
    "help",
    "import-extensions",
    "interactive",
    "log",
    "print-bodies",
    "print-headers",
    "skip-term-colors",
    "ssl-insecure",
    "test",
    "url",
    "verbose",
];

/// The flag of a name: dashes and underscores are the same, and a unique beginning is enough.
///
/// # Errors
/// No flag, or more than one, has that name; the nearest is named.
pub fn find(written: &str) -> Result<&'static Flag, String> {
    let name = written.replace('_', "-");
    if let Some(flag) = FLAGS.iter().find(|flag| flag.name == name) {
        return Ok(flag);
    }
    let beginnings: Vec<&Flag> = FLAGS.iter().filter(|flag| flag.name.starts_with(&name)).collect();
    let originals: Vec<&Flag> = beginnings.iter().copied().filter(|flag| ORIGINAL.contains(&flag.name)).collect();
    match (beginnings.as_slice(), originals.as_slice()) {
        // What was a unique beginning in PyRestTest stays one.
        ([only], _) | (_, [only]) => Ok(only),
        ([], _) => {
            Err(format!("unknown option \"--{written}\"{}", did_you_mean(&name, FLAGS.iter().map(|flag| flag.name))))
        }
        (several, _) => {
            let names: Vec<String> = several.iter().map(|flag| format!("--{}", flag.name)).collect();
            Err(format!("option \"--{written}\" is short for {}; write one of them out", names.join(" and ")))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flag_is_found_by_any_spelling() {
        for written in ["print-bodies", "print_bodies", "print-b"] {
            assert_eq!(find(written).map(|flag| flag.name).ok(), Some("print-bodies"), "{written}");
        }
        assert!(find("print-bodeis").err().is_some_and(|message| message.contains("did you mean \"print-bodies\"")));
        for (written, name) in [("l", "log"), ("ver", "verbose"), ("sk", "skip-term-colors"), ("t", "test")] {
            assert_eq!(find(written).map(|flag| flag.name).ok(), Some(name), "{written}");
        }
        assert!(find("print").err().is_some_and(|message| message.contains("--print-bodies and --print-headers")));
    }

    #[test]
    fn names_have_no_underscores_and_differ() {
        let mut names: Vec<&str> = FLAGS.iter().map(|flag| flag.name).collect();
        assert!(names.iter().all(|name| !name.contains('_')));
        assert!(ORIGINAL.iter().all(|name| names.contains(name)));
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), FLAGS.len());
    }
}
