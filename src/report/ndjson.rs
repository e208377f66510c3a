//! `--report-ndjson`: every event as a line of JSON, and a last line with what the run came to.
//!
//! Owns: the last line. Does not: own the form of events (see `wire`).

use super::json::{Alert, RunFinished};
use crate::record::event::Event;
use crate::record::run_record::RunRecord;
use crate::record::wire;

/// An event's line, with its end.
pub fn event_line(event: &Event) -> String {
    wire::report_line(event) + "\n"
}

/// The last line: `{"v":1,"event":"run_finished",…}`.
pub fn last_line(run: &RunRecord) -> String {
    let last = RunFinished {
        v: wire::VERSION,
        event: "run_finished".to_owned(),
        elapsed_ns: u64::try_from(run.elapsed.as_nanos()).unwrap_or(u64::MAX),
        success: run.succeeded(),
        interrupted: run.interrupted,
        faults: run.fault_lines(),
        exit_code: run.exit_code,
        alert: run.alert.as_deref().map(Alert::from),
        summary: run.totals().into(),
    };
    serde_json::to_string(&last).unwrap_or_default() + "\n"
}

#[cfg(test)]
mod tests {
    use super::super::{fixture, json::RunFinished};
    use super::*;

    #[test]
    fn a_run_is_read_back_from_its_lines() {
        let lines: String = fixture::events().iter().map(event_line).collect();
        let mut run = RunRecord::new(fixture::run().started);
        for line in lines.lines() {
            run.observe(wire::from_line(line).unwrap());
        }
        assert_eq!(run.totals(), fixture::run().totals());
        assert!(!lines.contains(fixture::SECRET));
        let last: RunFinished = serde_json::from_str(&last_line(&fixture::run())).unwrap();
        assert_eq!((last.v, last.event.as_str(), last.success), (2, "run_finished", false));
    }
}
