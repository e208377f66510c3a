//! Every flag, as data: one row gives its parsing, its effect, its help and its completion.
//!
//! Owns: the table. Does not: find a flag by what is written (see `flag_names`), read words (see `parser`) or know what
//! values mean (see `flag_values`).

use crate::cli::args::alert_flags::FLAGS as ALERT_FLAGS;
use crate::cli::args::arguments::Generated;
use crate::cli::args::auth_flags::FLAGS as AUTH_FLAGS;
use crate::cli::args::choices::{
    self, ALLURE_VERSIONS, ATTACHED, FORMS, JUNIT_STYLES, LEVELS, OUTPUTS, SCENES, SHELLS, TAP_VERSIONS,
};
use crate::cli::args::command::Command;
use crate::cli::args::command_sets::{
    BASED, BINDING, CHOOSING, CONFIGURED, DRAWING, JUDGING, LIMITED, LOADING, MEASURING, READING, RECORDING, REPORTING,
    REQUESTING, REQUESTING_ONCE, SENDING, SHOWING, STRICT, TESTING,
};
use crate::cli::args::convert_flags::FLAGS as CONVERT_FLAGS;
use crate::cli::args::drift_flags::FLAGS as DRIFT_FLAGS;
use crate::cli::args::egress_flags::FLAGS as EGRESS_FLAGS;
use crate::cli::args::extension_flags::FLAGS as EXTENSION_FLAGS;
use crate::cli::args::flag::{Category, Flag, Takes, file, flag, switch, switch_or_word, value, word};
use crate::cli::args::flag_values::{
    boolean, bound, byte_size, concurrency, duration, gateway, given, keep, max_time, number, percent, processes, rate,
    rate_limit, repeat, report, seconds, seed, share, skip_tags, slower, start_at, tags, variables, yes,
};
use crate::cli::args::given_secrets;
use crate::cli::args::mock_flags::FLAGS as MOCK_FLAGS;
use crate::cli::args::request_flags::FLAGS as REQUEST_FLAGS;
use crate::cli::args::trace_flags::FLAGS as TRACE_FLAGS;
use crate::ground::file_root::FileRoot;
use crate::report::{Format, JunitStyle, TapVersion};
use crate::retry::Jitter;
use crate::run::Patience;
use crate::settings::evidence::Evidence;
use crate::settings::leaks::Leaks;
use crate::settings::unset_variables::UnsetVariables;

/// All flags in the order of the help.
pub const FLAGS: &[Category] = &[
    Category {
        title: "what runs",
        flags: &[
            value("url", "URL", "base URL of the tests; instead of the first argument", |to, url| {
                keep(&mut to.url, url)
            })
            .of(BASED),
            file("test", "FILE", "suite file; instead of the second argument", |to, file| keep(&mut to.test, file))
                .of(READING),
            file(
                "tests",
                "LIST",
                "suite files, comma-separated; *, ?, [] and ** match: --tests 'a.yaml,dir/*.yaml'",
                |to, list| keep(&mut to.tests, list),
            )
            .of(READING),
            value(
                "only",
                "NAME",
                "run only the test of this name, or those that match it as a pattern: *, ?, [abc]; repeatable",
                |to, name| {
                    to.selection.only(name);
                    Ok(())
                },
            )
            .of(CHOOSING).repeated(),
            value("group", "NAME", "run only tests of this group; repeatable", |to, group| {
                to.selection.group(group);
                Ok(())
            })
            .of(CHOOSING).repeated(),
            value(
                "skip",
                "NAME",
                "leave out the tests that --only would choose; repeatable; wins over --only, --group and --tags",
                |to, name| {
                    to.selection.skip(name);
                    Ok(())
                },
            )
            .of(CHOOSING).repeated(),
            value("tags", "LIST", "run only tests with one of these tags: --tags slow,eu; repeatable", |to, list| {
                tags(list, |tag| to.selection.tag(tag))
            })
            .of(CHOOSING).repeated(),
            value(
                "skip-tags",
                "LIST",
                "leave out tests with one of these tags; repeatable; wins over all that choose",
                |to, list| skip_tags(list, |tag| to.selection.skip_tag(tag)),
            )
            .of(CHOOSING).repeated(),
            file("config", "FILE", "runner configuration (JSON or YAML) with environments and suites", |to, file| {
                keep(&mut to.config, file)
            })
            .of(CONFIGURED),
            value(
                "env",
                "NAME",
                "environment of the runner configuration (default: development or dev, if it has one)",
                |to, name| keep(&mut to.environment, name),
            )
            .of(JUDGING),
            value("suite", "NAME", "run only this suite of the runner configuration; may be repeated", |to, name| {
                to.suites.push(name.to_owned());
                Ok(())
            })
            .of(JUDGING)
            .repeated(),
            value(
                "parallel-suites",
                "N",
                "run up to N suites at once, each in a process of its own; 0 or auto: one a core",
                |to, n| processes(n).map(|n| to.processes = Some(n)),
            ),
            value("workers", "N", "the same as --parallel-suites", |to, n| {
                processes(n).map(|n| to.processes = Some(n))
            }),
            switch("preserve-order", "print parallel suites in the order of the list, not as they end", |to, _| {
                yes(&mut to.preserve_order)
            }),
            value(
                "suite-timeout",
                "S",
                "seconds after which a suite is ended: its running test is an error, the exit 70 (default: none)",
                |to, s| {
                    let limit = bound(s)?;
                    to.settings.layer.guards.get_or_insert_default().suite_timeout = Some(given(limit, "suite-timeout"));
                    Ok(())
                },
            )
            .of(TESTING),
            value(
                "max-time",
                "S",
                "seconds after which the whole command ends: what runs then is an error, the rest is skipped",
                max_time,
            )
            .of(LIMITED),
            switch("fail-fast", "after the first failure begin no further test, and no further suite", |to, _| {
                to.patience = Some(Patience::FailFast);
                Ok(())
            })
            .of(TESTING),
            value("max-fail", "N", "after N failures begin no further test, and no further suite", |to, n| {
                number(n, "an integer, 1 or more").map(|n| to.patience = Some(Patience::Failures(n)))
            })
            .of(TESTING),
            switch(
                "rerun-failed",
                "run only what failed in the last run of each suite, and the tests whose variables that needs",
                |to, _| yes(&mut to.rerun_failed),
            ),
            switch(
                "watch",
                "run again when a file that was read changes: suites, imports, bodies, schemas, data; Ctrl-C ends it",
                |to, _| yes(&mut to.watch),
            )
            .of(&[Command::Run, Command::Mock]),
            file(
                "state-dir",
                "DIR",
                "where it is kept what failed (default: resttest in $XDG_STATE_HOME or ~/.local/state)",
                |to, folder| keep(&mut to.state_dir, folder),
            ),
            value(
                "shard",
                "K/N",
                "run part K of N of the suites (by a hash of their names); auto reads what CI systems and schedulers say",
                |to, shard| {
                    // Whoever merges the parts may want it.
                    to.settings.evidence = to.settings.evidence.max(Evidence::Failed);
                    keep(&mut to.shard, shard)
                },
            ),
            value("partition", "hash:K/N|slice:K/N", "the same as --shard, with the way to split", |to, shard| {
                to.settings.evidence = to.settings.evidence.max(Evidence::Failed);
                keep(&mut to.shard, shard)
            }),
            file(
                "shard-durations",
                "REPORT.json",
                "with --shard: split by the durations that an earlier --report-json has, so that all take about as long",
                |to, file| keep(&mut to.shard_durations, file),
            ),
            switch(
                "split-load",
                "with --shard: run all suites, and part K of N of every load run; merge adds the parts up",
                |to, _| yes(&mut to.split_load),
            ),
            value("start-at", "TIME", "begin then: 2026-03-01T09:00:00Z, or +10s from now", |to, time| {
                start_at(time).map(|time| to.start_at = Some(time))
            }),
        ],
    },
    Category {
        title: "requests",
        flags: &[
            value(
                "vars",
                "YAML",
                "variables as a YAML or JSON mapping: --vars '{id: 7}'; they win over the suite's config",
                |to, yaml| variables(yaml).map(|vars| to.settings.vars = vars),
            )
            .of(BINDING),
            file(
                "variables-file",
                "FILE",
                "variables from a file: YAML, JSON, or dotenv; repeatable; --vars win over them",
                |to, file| {
                    to.variables_files.push(file.to_owned());
                    Ok(())
                },
            )
            .of(BINDING)
            .repeated(),
            value(
                "secret",
                "NAME=VALUE",
                "a variable that nobody is to see; NAME alone: from the environment; NAME=@FILE: from a file; repeatable",
                |to, word| given_secrets::word(word).map(|word| to.secret_words.push(word)),
            )
            .of(READING)
            .repeated()
            .only_on_command_line(),
            file(
                "secrets-file",
                "FILE",
                "such variables from a file: YAML, JSON, or dotenv; repeatable; the environment and --secret win over it",
                |to, file| {
                    to.secrets_files.push(file.to_owned());
                    Ok(())
                },
            )
            .of(READING)
            .repeated(),
            word(
                "leaks",
                "WHAT",
                Leaks::WORDS,
                "a secret that comes back in an answer, or goes elsewhere: warn (default), fail the test, or off",
                |to, word| {
                    let word = choices::one_of(word, Leaks::WORDS)?;
                    to.settings.leaks = Leaks::of(word).unwrap_or_default();
                    Ok(())
                },
            )
            .of(TESTING),
            file(
                "env-file",
                "FILE",
                "add the variables of a dotenv file to the environment of the run; repeatable; what is set already wins",
                |to, file| {
                    to.env_files.push(file.to_owned());
                    Ok(())
                },
            )
            .of(BINDING)
            .repeated(),
            file(
                "file-root",
                "DIR",
                "the folder that save: may write into; nothing leads out of it (default: the working directory)",
                |to, path| FileRoot::new(path).map(|root| to.settings.file_root = root),
            )
            .of(BINDING),
            value(
                "seed",
                "N",
                "repeat what generators, boundaries, load runs and retries drew; a run that fails says its seed",
                |to, n| number(n, "an integer, 0 or more").map(|n| seed(to, n)),
            )
            .of(DRAWING),
            switch("absolute-urls", "take the tests' URLs as they are, without a base", |to, _| {
                yes(&mut to.absolute_urls)
            })
            .of(READING),
            value("timeout", "S", "seconds for each request (default 10); wins over every suite; 0 is no limit", |to, s| {
                bound(s).map(|limit| to.settings.layer.timeout = Some(given(limit, "timeout")))
            })
            .of(REQUESTING_ONCE),
            value(
                "connect-timeout",
                "S",
                "seconds of it for looking the host up, connecting and TLS together; 0 is no limit",
                |to, s| bound(s).map(|limit| to.settings.layer.connect_timeout = Some(given(limit, "connect-timeout"))),
            )
            .of(REQUESTING),
            value(
                "max-body",
                "SIZE",
                "the largest answer body (default 64 MiB): bytes, or with KiB, MiB, GiB; 0 is no limit",
                |to, size| byte_size(size).map(|size| to.settings.layer.max_body = Some(given(size, "max-body"))),
            )
            .of(REQUESTING),
            word(
                "unset-variables",
                "WHAT",
                UnsetVariables::WORDS,
                "a template's $name that nothing has set: warn (default) sends it as written, error sends nothing",
                |to, word| {
                    let word = choices::one_of(word, UnsetVariables::WORDS)?;
                    let value = UnsetVariables::of(word).map(|value| given(value, "unset-variables"));
                    to.settings.layer.unset_variables = value;
                    Ok(())
                },
            )
            .of(BINDING),
            switch("ssl-insecure", "do not verify TLS certificates and host names", |to, _| {
                yes(&mut to.settings.ssl_insecure)
            })
            .of(REQUESTING_ONCE)
            .short_in('k', &[Command::Check, Command::Load]),
        ],
    },
    Category {
        title: "retries and load",
        flags: &[
            value(
                "max-retries",
                "N",
                "repeat failed sends up to N times (default 0); wins over every suite",
                |to, n| {
                    number(n, "an integer, 0 or more")
                        .map(|n| to.settings.layer.retry.max_retries = Some(given(n, "max-retries")))
                },
            )
            .of(SENDING),
            value(
                "retry-backoff-base",
                "S",
                "seconds before the first retry (default 0.5); doubled for each further one",
                |to, s| seconds(s).map(|s| to.settings.layer.retry.backoff_base = Some(given(s, "retry-backoff-base"))),
            )
            .of(SENDING),
            value("retry-backoff-max", "S", "seconds that no wait before a retry exceeds (default 30)", |to, s| {
                seconds(s).map(|s| to.settings.layer.retry.backoff_max = Some(given(s, "retry-backoff-max")))
            })
            .of(SENDING),
            word(
                "retry-jitter",
                "KIND",
                Jitter::WORDS,
                "how waits before retries are drawn at random: none (default), full, equal, decorrelated",
                |to, word| {
                    let word = choices::one_of(word, Jitter::WORDS)?;
                    let jitter = Jitter::of(word).map(|jitter| given(jitter, "retry-jitter"));
                    to.settings.layer.retry.rare.get_or_insert_default().jitter = jitter;
                    Ok(())
                },
            )
            .of(SENDING),
            switch("no-retry-after", "take no notice of a server's Retry-After", |to, _| {
                let rare = to.settings.layer.retry.rare.get_or_insert_default();
                rare.respect_retry_after = Some(given(false, "no-retry-after"));
                Ok(())
            })
            .of(SENDING),
            value("retry-max-time", "S", "seconds that all sends of a request may take together", |to, s| {
                let limit = seconds(s).ok().filter(|limit| !limit.is_zero());
                let limit = limit.ok_or_else(|| format!("must be a number of seconds above 0, not \"{s}\""))?;
                let rare = to.settings.layer.retry.rare.get_or_insert_default();
                rare.max_elapsed = Some(given(limit, "retry-max-time"));
                Ok(())
            })
            .of(SENDING),
            value(
                "retry-budget",
                "P",
                "retries that the run may make for its requests, beyond the first ten: 20% or 0.2 (default: any number)",
                |to, p| {
                    let ratio = share(p)?;
                    to.settings.layer.guards.get_or_insert_default().ratio = Some(given(ratio, "retry-budget"));
                    Ok(())
                },
            )
            .of(SENDING),
            value(
                "circuit-breaker",
                "N",
                "failures in a row after which an origin is not asked for 30 s (default: none; 0 is none)",
                |to, n| {
                    let failures = number(n, "an integer, 0 or more")?;
                    let guards = to.settings.layer.guards.get_or_insert_default();
                    guards.failures = Some(given(failures, "circuit-breaker"));
                    Ok(())
                },
            )
            .of(SENDING),
            value(
                "rate-limit",
                "N[/s|/m][:BURST]",
                "sends that the run may make, of tests, load runs and retries: 50/s, 3000/m, 50/s:10; 0 is no limit",
                |to, text| {
                    let limit = rate_limit(text)?;
                    to.settings.layer.guards.get_or_insert_default().rate_limit = Some(given(limit, "rate-limit"));
                    Ok(())
                },
            )
            .of(SENDING),
            value(
                "max-retry-rate",
                "P",
                "percent of retries per request above which the run fails, and each suite: 5 or 5%",
                |to, p| percent(p).map(|p| to.reports.max_retry_rate = Some(p)),
            )
            .of(REPORTING),
            value("max-concurrency", "N", "requests at once in load runs; replaces what the suites say", |to, n| {
                concurrency(n).map(|n| to.settings.layer.concurrency = Some(given(n, "max-concurrency")))
            })
            .of(LOADING)
            .short_in('c', &[Command::Load]),
            value("rate", "N", "requests a second that load runs start; replaces what the suites say", rate)
                .of(LOADING)
                .short_in('q', &[Command::Load]),
            value("duration", "TIME", "how long load runs take: 10s, 2m; replaces what the suites say", duration)
                .of(LOADING)
                .short_in('z', &[Command::Load]),
            value("repeat", "N", "how many requests load runs send; replaces what the suites say", repeat)
                .of(LOADING)
                .short_in('n', &[Command::Load]),
            file(
                "save-baseline",
                "FILE",
                "write what load runs measured, for later runs to compare with",
                |to, file| keep(&mut to.baseline.save, file),
            )
            .of(MEASURING),
            file(
                "baseline",
                "FILE",
                "compare load runs with those of an earlier --save-baseline: faster, slower, same or inconclusive",
                |to, file| keep(&mut to.baseline.compare, file),
            )
            .of(MEASURING),
            flag(
                "fail-on-slower",
                Takes::Percent("PERCENT"),
                "with --baseline: a load run that is slower fails (by at least PERCENT, if that is given)",
                |to, percent| slower(percent).map(|share| to.baseline.fail_on_slower = Some(share)),
            )
            .of(MEASURING),
        ],
    },
    Category {
        title: "what is shown",
        flags: &[
            switch_or_word("print-bodies", "print every response body as it came, secrets and all", |to, word| {
                boolean(word).map(|on| to.settings.print_bodies = Some(on))
            })
            .of(SHOWING),
            switch_or_word("print-headers", "print every response's headers", |to, word| {
                boolean(word).map(|on| to.settings.print_headers = Some(on))
            })
            .of(SHOWING),
            switch_or_word(
                "show-curl",
                "print the curl command that repeats it under every failed test",
                |to, word| {
                    boolean(word).map(|on| {
                        to.settings.show_curl = Some(on);
                        to.settings.curl |= on;
                    })
                },
            )
            .of(SHOWING),
            switch_or_word("interactive", "show every request and wait for Enter before sending it", |to, word| {
                boolean(word).map(|on| to.settings.interactive = on)
            })
            .of(TESTING),
            switch(
                "update-snapshots",
                "write the files of snapshots that are missing or differ; where CI is set, none is written",
                |to, _| {
                    to.settings.update_snapshots = !crate::cli::environment::is_ci();
                    Ok(())
                },
            )
            .of(TESTING),
            switch("verbose", "show every request's and answer's head on stderr", |to, _| {
                yes(&mut to.settings.verbose)
            })
            .of(SHOWING)
            .short_in('v', &[Command::Check, Command::Load]),
            word(
                "log",
                "LEVEL",
                LEVELS,
                "what is logged on stderr: debug, info, warning (default), error, critical",
                |to, level| {
                    // As with PyRestTest, an unknown level is no error (see `logging`).
                    keep(&mut to.log, level)
                },
            )
            .of(Command::EVERY),
            word(
                "log-format",
                "FORM",
                FORMS,
                "log lines on stderr as text (default) or json, one object a line",
                |to, form| choices::one_of(form, FORMS).map(|form| to.log_json = form == "json"),
            )
            .of(Command::EVERY),
            switch("skip_term_colors", "no colours, even on a terminal (as NO_COLOR)", |to, _| {
                yes(&mut to.skip_term_colors)
            })
            .of(Command::EVERY),
            word(
                "output",
                "FORM",
                OUTPUTS,
                "what stdout is for: console (default); nagios: a line with figures, and exit codes 0 to 3; \
                 pyresttest: its literal lines, on a terminal as through a pipe",
                |to, form| {
                    let form = choices::one_of(form, OUTPUTS)?;
                    (to.reports.nagios, to.reports.literal) = (form == "nagios", form == "pyresttest");
                    Ok(())
                },
            )
            .of(REPORTING),
        ],
    },
    Category {
        title: "reports",
        flags: &[
            file(
                "report-junit",
                "FILE",
                "write a report: JUnit XML, as Jenkins and GitLab read it; - is stdout",
                |to, file| report(to, Format::Junit, file),
            )
            .of(REPORTING).repeated(),
            file(
                "report-json",
                "FILE",
                "write a report: one JSON object with everything (resttest help report-json); - is stdout",
                |to, file| report(to, Format::Json, file),
            )
            .of(REPORTING).repeated(),
            file(
                "record-exchanges",
                "DIR",
                "write each exchange of functional tests there, without secrets, for recheck and mock",
                |to, folder| keep(&mut to.record_exchanges, folder),
            )
            .of(RECORDING),
            file(
                "openapi-coverage",
                "FILE",
                "write which operations, statuses and media types of config: {openapi: FILE} were met; a table, too",
                |to, file| {
                    to.settings.covers = true;
                    keep(&mut to.coverage, file)
                },
            )
            .of(TESTING),
            file(
                "report-ndjson",
                "FILE",
                "write a report: every event as a line of JSON, as it happens; - is stdout",
                |to, file| report(to, Format::Ndjson, file),
            )
            .of(REPORTING).repeated(),
            file("report-tap", "FILE", "write a report: TAP 13 or 14; - is stdout", |to, file| {
                report(to, Format::Tap, file)
            })
            .of(REPORTING).repeated(),
            file("report-html", "FILE", "write a report: one page that needs nothing else; - is stdout", |to, file| {
                // The page shows it with every failure.
                to.settings.curl = true;
                report(to, Format::Html, file)
            })
            .of(REPORTING).repeated(),
            file(
                "report-prom",
                "FILE",
                "write a report: a Prometheus textfile for node_exporter; - is stdout",
                |to, file| report(to, Format::Prom, file),
            )
            .of(REPORTING).repeated(),
            file(
                "report-allure",
                "DIR",
                "write a report: a directory of results as Allure 2 and 3 read them, a file a test: allure-results",
                |to, folder| {
                    if matches!(folder, "" | "-") {
                        return Err("needs the name of a directory, such as allure-results".to_owned());
                    }
                    to.settings.evidence = to.settings.evidence.max(Evidence::Failed);
                    keep(&mut to.reports.allure, folder)
                },
            )
            .of(REPORTING),
            switch(
                "report-allure-clean",
                "with --report-allure: results that are there go first; without it they stay, as Allure wants it for retries",
                |to, _| yes(&mut to.reports.allure_cleans),
            )
            .of(REPORTING),
            word(
                "allure-attach",
                "WHICH",
                ATTACHED,
                "with --report-allure: requests and answers of failed tests (default: failed), or of all",
                |to, which| {
                    let is_all = choices::one_of(which, ATTACHED)? == "all";
                    if is_all {
                        to.settings.evidence = Evidence::All;
                    }
                    to.reports.allure_attaches_all = Some(is_all);
                    Ok(())
                },
            )
            .of(REPORTING),
            word(
                "allure-version",
                "VERSION",
                ALLURE_VERSIONS,
                "with --report-allure: 3 (default) shows requests and answers; 2 cannot, so they are plain text for it",
                |to, version| {
                    to.reports.allure_is_version_2 = Some(choices::one_of(version, ALLURE_VERSIONS)? == "2");
                    Ok(())
                },
            )
            .of(REPORTING),
            value(
                "push-prom",
                "URL",
                "send what --report-prom writes to a Pushgateway; without a path to /metrics/job/resttest",
                |to, url| {
                    to.reports.push_prom = Some(gateway(url)?);
                    Ok(())
                },
            )
            .of(REPORTING),
            word(
                "junit-style",
                "STYLE",
                JUNIT_STYLES,
                "with --report-junit: default; or strict: only what Jenkins's junit-10.xsd has",
                |to, style| {
                    // Its former name.
                    let style = if style.eq_ignore_ascii_case("rich") { "default" } else { style };
                    let is_strict = choices::one_of(style, JUNIT_STYLES)? == "strict";
                    to.reports.junit_style = Some(if is_strict { JunitStyle::Strict } else { JunitStyle::Rich });
                    Ok(())
                },
            )
            .of(REPORTING),
            word(
                "tap-version",
                "VERSION",
                TAP_VERSIONS,
                "with --report-tap: 13 (default), which Perl's prove reads, or 14",
                |to, version| {
                    let is_newer = choices::one_of(version, TAP_VERSIONS)? == "14";
                    to.reports.tap_version = Some(if is_newer { TapVersion::V14 } else { TapVersion::V13 });
                    Ok(())
                },
            )
            .of(REPORTING),
        ],
    },
    Category { title: "the world outside", flags: EGRESS_FLAGS },
    Category { title: "authentication", flags: AUTH_FLAGS },
    Category { title: "alerts", flags: ALERT_FLAGS },
    Category { title: "traces", flags: TRACE_FLAGS },
    Category {
        title: "single commands",
        flags: &[
            word(
                "scene",
                "SCENE",
                SCENES,
                "with demo, what is shown: basic (default), retry, backoff, load, language, auth, all",
                |to, name| choices::scene(name).map(|scene| to.scene = Some(scene)),
            )
            .of(&[Command::Demo]),
            switch(
                "strict",
                "warnings about a suite are errors: nothing is sent, exit 65; with lint exit 1, with convert 1 if anything is lost",
                |to, _| yes(&mut to.strict),
            )
            .of(STRICT),
            switch("man", "with help: write the man page", |to, _| {
                to.made = Some(Generated::Man);
                Ok(())
            })
            .of(&[Command::Help]),
            word(
                "completions",
                "SHELL",
                SHELLS,
                "with help: write the completions of bash, zsh or fish",
                |to, shell| choices::shell(shell).map(|shell| to.made = Some(Generated::Completions(shell))),
            )
            .of(&[Command::Help]),
            switch("schema", "with help: write the JSON Schema of a suite file, for editors", |to, _| {
                to.made = Some(Generated::Schema);
                Ok(())
            })
            .of(&[Command::Help]),
        ],
    },
    Category { title: "without a suite", flags: REQUEST_FLAGS },
    Category { title: "converting", flags: CONVERT_FLAGS },
    Category { title: "answers that are kept", flags: DRIFT_FLAGS },
    Category { title: "playing the server", flags: MOCK_FLAGS },
    Category { title: "extensions", flags: EXTENSION_FLAGS },
    Category {
        title: "general",
        flags: &[
            switch("no-settings-file", "do not read .resttest.yaml", |to, _| yes(&mut to.no_settings_file))
                .of(Command::EVERY)
                .only_on_command_line(),
            switch("help", "print this help", |to, _| yes(&mut to.help)).of(Command::EVERY).short('h').only_on_command_line(),
            switch("version", "print the version; with --verbose also what it was built from and for", |to, _| yes(&mut to.version)).of(Command::EVERY).short('V').only_on_command_line(),
        ],
    },
];

/// All flags, whatever their category.
pub fn all() -> impl Iterator<Item = &'static Flag> {
    FLAGS.iter().flat_map(|category| category.flags)
}
