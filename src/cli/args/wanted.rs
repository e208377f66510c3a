//! Which reports a command line asks for, and what that leaves for people to read.

use std::io::{self, IsTerminal as _, Write};
use std::num::NonZeroU32;
use std::time::{Duration, SystemTime};

use crate::record::alert::AlertRule;
use crate::report::{Format, Forms, JunitStyle, ResponseLimits, TapVersion};

/// What the command line says about reports.
#[derive(Debug, Default, Clone)]
pub struct Wanted {
    /// Formats with their files; `-` is stdout.
    pub files: Vec<(Format, String)>,
    /// `--output nagios`.
    pub nagios: bool,
    /// `--output pyresttest`: its literal lines, on a terminal too.
    pub literal: bool,
    /// `--junit-style`.
    pub junit_style: Option<JunitStyle>,
    /// `--report-allure`.
    pub allure: Option<String>,
    /// `--report-allure-clean`.
    pub allure_cleans: bool,
    /// `--allure-attach all`, where it is given: whether it is all.
    pub allure_attaches_all: Option<bool>,
    /// `--allure-version`, where it is given: whether it is 2.
    pub allure_is_version_2: Option<bool>,
    /// `--push-prom`.
    pub push_prom: Option<String>,
    /// `--tap-version`.
    pub tap_version: Option<TapVersion>,
    /// `--warning`, `--critical`.
    pub response_limits: ResponseLimits,
    /// `--max-retry-rate`, in percent.
    pub max_retry_rate: Option<f64>,
    /// `--otlp-file -`.
    pub spans_on_stdout: bool,
    /// `--trace-url`.
    pub trace_url: Option<String>,
}

impl Wanted {
    /// Which form the formats have.
    pub fn forms(&self) -> Forms {
        Forms { junit: self.junit_style.unwrap_or_default(), tap: self.tap_version.unwrap_or_default() }
    }

    /// What is wrong with a form of a report that is not asked for.
    pub fn formless(&self, has_config: bool) -> Option<&'static str> {
        let has = |format| self.files.iter().any(|(have, _)| *have == format);
        if self.junit_style.is_some() && !has(Format::Junit) && !has_config {
            return Some("option --junit-style says how --report-junit writes: add --report-junit FILE");
        }
        if self.allure.is_none() {
            let options = [
                (
                    self.allure_cleans,
                    "option --report-allure-clean says what goes before --report-allure writes: add --report-allure DIR",
                ),
                (
                    self.allure_attaches_all.is_some(),
                    "option --allure-attach says what --report-allure shows: add --report-allure DIR",
                ),
                (
                    self.allure_is_version_2.is_some(),
                    "option --allure-version says how --report-allure writes: add --report-allure DIR",
                ),
            ];
            if let Some((_, wrong)) = options.into_iter().find(|(is_given, _)| *is_given) {
                return Some(wrong);
            }
        }
        (self.tap_version.is_some() && !has(Format::Tap))
            .then_some("option --tap-version says how --report-tap writes: add --report-tap FILE")
    }

    /// What is wrong with answers that are to be kept for no report.
    pub fn bodiless(&self, keeps_bodies: bool) -> Option<&'static str> {
        let has_room = self.files.iter().any(|(format, _)| matches!(format, Format::Json | Format::Ndjson));
        (keeps_bodies && !has_room)
            .then_some("option --report-bodies says what --report-json holds: add --report-json FILE")
    }

    /// What is wrong with limits on the response time.
    pub fn wrong_limits(&self) -> Option<&'static str> {
        let ResponseLimits { warning, critical } = self.response_limits;
        if (warning.is_some() || critical.is_some()) && !self.nagios {
            return Some("options -w and -c say when --output nagios warns: add --output nagios");
        }
        let is_reversed = warning.zip(critical).is_some_and(|(warning, critical)| warning > critical);
        is_reversed.then_some("option -w must not be above -c: what is critical is worse than what is a warning")
    }

    /// Whether a report is what stdout is for; then lines for people go to stderr.
    pub fn take_stdout(&self) -> bool {
        self.nagios || self.spans_on_stdout || self.files.iter().any(|(_, file)| file == "-")
    }

    /// Whether the stream of the lines for people is a terminal.
    pub fn people_have_a_terminal(&self) -> bool {
        if self.take_stdout() { io::stderr().is_terminal() } else { io::stdout().is_terminal() }
    }

    /// Whether anything shows the suite's lines under failures: a terminal, or a page.
    pub fn show_excerpts(&self) -> bool {
        (self.people_have_a_terminal() && !self.literal) || self.files.iter().any(|(format, _)| *format == Format::Html)
    }

    /// The stream of the lines for people.
    pub fn people(&self) -> Box<dyn Write + Send> {
        if self.take_stdout() { Box::new(io::stderr()) } else { Box::new(io::stdout()) }
    }
}

/// What the command line asks for of baselines.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct BaselineWanted {
    /// `--save-baseline`.
    pub save: Option<String>,
    /// `--baseline`.
    pub compare: Option<String>,
    /// `--fail-on-slower`, as a share: 0.1 is 10 %.
    pub fail_on_slower: Option<f64>,
}

/// What the command line says about alerts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlertWanted {
    /// `--alert-state`.
    pub state: Option<String>,
    /// `--fail-after`.
    pub fail_after: Option<NonZeroU32>,
    /// `--recover-after`.
    pub recover_after: Option<NonZeroU32>,
    /// `--quiet-unless-changed`.
    pub is_quiet: bool,
}

impl AlertWanted {
    /// How many runs in a row change the state.
    pub fn rule(&self) -> AlertRule {
        let or_one = |count: Option<NonZeroU32>| count.unwrap_or(NonZeroU32::MIN);
        AlertRule { fail_after: or_one(self.fail_after), recover_after: or_one(self.recover_after) }
    }

    /// An option that says when the state changes, where there is none.
    pub fn stateless(&self) -> Option<String> {
        if self.state.is_some() {
            return None;
        }
        let options = [
            ("fail-after", self.fail_after.is_some()),
            ("recover-after", self.recover_after.is_some()),
            ("quiet-unless-changed", self.is_quiet),
        ];
        let (option, _) = options.into_iter().find(|(_, given)| *given)?;
        Some(format!("option --{option} is about the state that is kept between runs: add --alert-state FILE"))
    }
}

/// `--start-at`: when a run begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StartAt {
    /// At this time.
    At(SystemTime),
    /// So long from now.
    After(Duration),
}
