//! The results file of a runner configuration, in the enhanced version's shape.
//!
//! Owns: its keys: project, environment, timestamp, config, results, summary; then what tools want
//! besides. Does not: write the file.

use serde_json::{Value as Json, json};

use crate::ground::timestamp::rfc3339;
use crate::judge::outcome::Outcome;
use crate::record::run_record::RunRecord;
use crate::retry::RetryConfig;
use crate::test::planned_suite::Project;

/// What held over a run, or over one suite of it.
#[derive(Debug, Clone, PartialEq)]
pub struct InForce {
    /// Where requests go.
    pub base_url: String,
    /// Retries.
    pub retry: RetryConfig,
    /// Requests at once in load runs, where something sets it.
    pub concurrency: Option<usize>,
}

impl InForce {
    fn to_json(&self) -> Json {
        json!({
            "base_url": crate::secrets::shown_url(&self.base_url),
            "retry": {
                "max_retries": self.retry.max_retries,
                "backoff_base": self.retry.backoff_base.as_secs_f64(),
                "backoff_max": self.retry.backoff_max.as_secs_f64(),
                "retry_on_statuses": self.retry.retry_statuses,
            },
            "concurrency": {"max_concurrent": self.concurrency},
        })
    }
}

/// What held over a run from a runner configuration.
#[derive(Debug, Clone)]
pub struct RunInForce {
    /// Over every suite that sets nothing of its own.
    pub run: InForce,
    /// Over each suite for which something else held, by its name.
    pub suites: Vec<(String, InForce)>,
}

/// The file's text: indented JSON.
pub fn to_json(project: &Project, in_force: &RunInForce, run: &RunRecord) -> String {
    let totals = run.totals();
    let results: Vec<Json> =
        run.suites.iter().flat_map(|suite| suite.tests.iter().map(|outcome| result(&suite.file, outcome))).collect();
    let broken: Vec<Json> = run
        .suites
        .iter()
        .filter_map(|suite| suite.error.as_ref().map(|error| json!({"suite": &*suite.file, "error": error})))
        .collect();
    let suites: Vec<Json> =
        in_force.suites.iter().map(|(suite, in_force)| json!({"suite": suite, "config": in_force.to_json()})).collect();
    let text = serde_json::to_string_pretty(&json!({
        "project": project.name,
        "environment": project.environment,
        "timestamp": rfc3339(run.started),
        "config": in_force.run.to_json(),
        "suite_configs": suites,
        "success": run.succeeded(),
        "faults": run.fault_lines(),
        "results": results,
        "broken_suites": broken,
        "summary": {
            "total": totals.total,
            "passed": totals.passed,
            "failed": totals.total - totals.passed,
            "errored": totals.errored,
            "flaky": totals.flaky,
            "retries": totals.retries,
            "duration": run.elapsed.as_secs_f64(),
        },
    }));
    text.unwrap_or_default() + "\n"
}

fn result(suite: &str, outcome: &Outcome) -> Json {
    let mut result = json!({
        "suite": suite,
        "test": outcome.name,
        "group": outcome.group,
        "passed": outcome.passed(),
        "status": outcome.status,
        "url": outcome.url,
        "response_time_ms": outcome.response_time().map(|time| time.as_secs_f64() * 1000.0),
        "retries": outcome.retries(),
        "flaky": outcome.flaky(),
    });
    if !outcome.passed() {
        let reasons: Vec<&str> = outcome.failures.iter().map(|failure| failure.message.as_str()).collect();
        result["error"] = reasons.join("; ").into();
    }
    result
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::{Duration, UNIX_EPOCH};

    #[test]
    fn the_shape_is_the_enhanced_versions() {
        let run = RunRecord::new(UNIX_EPOCH + Duration::from_secs(951_827_696));
        let held = InForce { base_url: "http://u:p@h".to_owned(), retry: RetryConfig::default(), concurrency: Some(4) };
        let own = InForce { concurrency: Some(9), ..held.clone() };
        let in_force = RunInForce { run: held, suites: vec![("s".to_owned(), own)] };
        let project = Project { name: "P".to_owned(), ..Project::default() };
        let json: Json = serde_json::from_str(&to_json(&project, &in_force, &run)).unwrap();
        assert_eq!(json["timestamp"], "2000-02-29T12:34:56.000+00:00");
        assert_eq!(json["config"]["concurrency"]["max_concurrent"], 4);
        assert_eq!(json["suite_configs"][0]["suite"], "s");
        assert_eq!(json["suite_configs"][0]["config"]["concurrency"]["max_concurrent"], 9);
        assert!(!json.to_string().contains("u:p"));
        for key in ["project", "environment", "timestamp", "config", "results", "summary"] {
            assert!(json.get(key).is_some(), "{key}");
        }
    }
}
