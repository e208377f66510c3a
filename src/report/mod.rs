//! Reports: one file a format, all fed by the same events.

mod allure;
mod baseline;
mod benchmark;
mod case;
mod chart;
mod ci_commands;
mod console;
mod coverage;
mod display;
mod file;
#[cfg(test)]
mod fixture;
mod github;
mod html;
mod json;
mod junit;
mod load;
mod nagios;
mod ndjson;
mod otlp;
mod pretty_json;
mod prom;
mod runner_results;
mod shard_report;
mod shown_event;
mod tap;
mod terminal;
#[cfg(test)]
mod tests;
mod text;

pub use allure::{AllureFolder, AllureForm};
pub use baseline::{BaselineRun, from_baseline, to_baseline};
pub use benchmark::{to_csv as benchmark_csv, to_json_file as benchmark_json};
pub use ci_commands::CiSystems;
pub use console::Style;
pub use coverage::{coverage_table, to_coverage};
pub use display::Display;
pub use file::{LiveFile, ReportFile, is_same_file};
pub use github::{annotations as github_annotations, summary as github_summary};
pub use html::to_html;
pub use json::to_json;
pub use junit::{JunitStyle, to_junit};
pub use load::{compared, to_csv as load_csv, to_json as load_json};
pub use nagios::{ResponseLimits, State as NagiosState, text as nagios};
pub use ndjson::{event_line as ndjson_event, last_line as ndjson_end};
pub use otlp::{Batch as SpanBatch, Spans};
pub use pretty_json::{OneLine, in_one_line, pretty as pretty_json};
pub use prom::to_prometheus;
pub use runner_results::{InForce, RunInForce, to_json as results_json};
pub use shard_report::{ShardReport, suite_durations_ms};
pub use shown_event::shown as shown_event;
pub use tap::{TapVersion, to_tap};
pub use terminal::{Opening, group_width, take_live_line_away};

use crate::record::run_record::RunRecord;

/// The formats that go into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// JUnit XML.
    Junit,
    /// One JSON object.
    Json,
    /// Every event as a line of JSON.
    Ndjson,
    /// TAP.
    Tap,
    /// A page.
    Html,
    /// A Prometheus textfile.
    Prom,
}

/// Which form of a format, where it has several.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Forms {
    /// `--junit-style`.
    pub junit: JunitStyle,
    /// `--tap-version`.
    pub tap: TapVersion,
}

impl Format {
    /// The command-line flag that asks for it.
    pub fn flag(self) -> &'static str {
        match self {
            Format::Junit => "report-junit",
            Format::Json => "report-json",
            Format::Ndjson => "report-ndjson",
            Format::Tap => "report-tap",
            Format::Html => "report-html",
            Format::Prom => "report-prom",
        }
    }

    /// The report of a run; of event lines, only the last, since the others are written as they come.
    pub fn text(self, run: &RunRecord, forms: Forms) -> String {
        match self {
            Format::Junit => to_junit(run, forms.junit),
            Format::Json => to_json(run),
            Format::Ndjson => ndjson_end(run),
            Format::Tap => to_tap(run, forms.tap),
            Format::Html => to_html(run),
            Format::Prom => to_prometheus(run),
        }
    }
}
