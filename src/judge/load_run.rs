//! Thresholds held against a load run, and what a failed load run says.

use crate::ground::source::Location;
use crate::judge::outcome::{Failure, FailureKind};
use crate::load::summary::LoadSummary;
use crate::load::thresholds::Threshold;
use crate::settings::part::Part;

/// The thresholds that were missed.
pub fn missed(summary: &LoadSummary, location: &Location) -> Vec<Failure> {
    let check = |threshold: &Threshold| {
        let (kept, value) = threshold.check(summary);
        (!kept).then(|| verdict(format!("threshold {threshold} missed: {}", threshold.shown(value)), None, location))
    };
    summary.thresholds.iter().filter_map(check).collect()
}

/// What is wrong with a load run, or with a part of one: thresholds are held against the sum of all parts only.
pub fn failures(summary: &LoadSummary, part: Part, location: &Location) -> Vec<Failure> {
    if !part.is_whole() {
        return Some(summary)
            .filter(|summary| summary.total > 0)
            .and_then(|summary| failed_requests(summary, location))
            .into_iter()
            .collect();
    }
    failed_requests(summary, location).into_iter().chain(missed(summary, location)).collect()
}

/// The failure of a run in which requests failed.
fn failed_requests(summary: &LoadSummary, location: &Location) -> Option<Failure> {
    let failed = summary.failed();
    if failed == 0 && summary.total > 0 {
        return None;
    }
    if summary.total == 0 {
        return Some(verdict("no request was finished".to_owned(), None, location));
    }
    let reasons: Vec<String> = summary.reasons.iter().map(|(reason, count)| format!("{count} x {reason}")).collect();
    let first = reasons.first().map_or_else(String::new, |reason| format!(": {reason}"));
    let more = if reasons.len() > 1 { format!(" and {} more reasons", reasons.len() - 1) } else { String::new() };
    let message = format!("{failed} of {} requests failed{first}{more}", summary.total);
    Some(verdict(message, (reasons.len() > 1).then(|| reasons.join("\n")), location))
}

/// The failure of a benchmark of which no request could be made: its body file is missing, for instance. Requests
/// that the network lost do not make it fail.
pub fn never_sent(summary: &LoadSummary, location: &Location) -> Option<Failure> {
    let was_sent = summary.latency.count() > 0 || !summary.errors.is_empty() || summary.total == 0;
    let (reason, _) = summary.reasons.iter().next().filter(|_| !was_sent)?;
    let message = format!("no request could be made: {reason}");
    Some(Failure { kind: FailureKind::TestException, ..verdict(message, None, location) })
}

/// The failure of a benchmark that could not be run, through no fault of what is tested.
pub fn not_run(fault: &str, location: &Location) -> Failure {
    Failure { kind: FailureKind::TestException, ..verdict(fault.to_owned(), None, location) }
}

fn verdict(message: String, details: Option<String>, location: &Location) -> Failure {
    Failure { details, ..Failure::new(FailureKind::ValidatorFailed, message, location) }
}
