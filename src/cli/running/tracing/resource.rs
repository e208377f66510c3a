//! What makes the spans: this program, its machine, the CI job that it runs in.

use super::variables::{key, pairs, set};
use crate::cli::environment::{environment, host};
use crate::ground::ci_job::CiJob;
use crate::record::spans::{Attribute, full_url};

/// The value of an attribute.
pub enum Value {
    /// Text.
    Text(String),
    /// A number.
    Number(u64),
}

impl Value {
    /// As it is written.
    pub fn attribute(&self) -> Attribute<'_> {
        match self {
            Value::Text(text) => Attribute::Text(text),
            Value::Number(number) => Attribute::Number(*number),
        }
    }
}

/// All of it; what `OTEL_RESOURCE_ATTRIBUTES` says wins, but over `OTEL_SERVICE_NAME`.
pub fn attributes() -> Vec<(String, Value)> {
    let mut all: Vec<(String, Value)> = Vec::new();
    let mut put = |key: &str, value: Value| match all.iter_mut().find(|(have, _)| have == key) {
        Some((_, have)) => *have = value,
        None => all.push((key.to_owned(), value)),
    };
    for (key, value) in [
        ("service.name", "resttest"),
        ("service.version", env!("CARGO_PKG_VERSION")),
        ("telemetry.sdk.name", "resttest"),
        ("telemetry.sdk.language", "rust"),
        ("telemetry.sdk.version", env!("CARGO_PKG_VERSION")),
    ] {
        put(key, Value::Text(value.to_owned()));
    }
    if let Some(host) = host() {
        put("host.name", Value::Text(host));
    }
    put("process.pid", Value::Number(std::process::id().into()));
    for (key, value) in CiJob::of(&environment).into_iter().flat_map(pipeline) {
        put(key, Value::Text(value));
    }
    if let Some((name, list)) = set("OTEL_RESOURCE_ATTRIBUTES") {
        // What cannot be read of it has been refused before.
        for (key, value) in pairs(name, &list, key).unwrap_or_default() {
            put(&key, Value::Text(value));
        }
    }
    if let Some((_, name)) = set("OTEL_SERVICE_NAME") {
        put("service.name", Value::Text(name));
    }
    all
}

/// What the CI system calls this run of its pipeline, if it runs in one.
pub fn run_of_pipeline() -> Option<String> {
    let id = CiJob::of(&environment)?.run?;
    let again = ["GITHUB_RUN_ATTEMPT", "CI_PIPELINE_ATTEMPT"].iter().find_map(|name| environment(name));
    Some(format!("{id} {}", again.unwrap_or_default()))
}

/// What the CI system tells of the job.
fn pipeline(job: CiJob) -> impl Iterator<Item = (&'static str, String)> {
    let told = [
        ("cicd.pipeline.name", job.name),
        ("cicd.pipeline.run.id", job.run),
        ("cicd.pipeline.run.url.full", job.page),
        ("cicd.pipeline.task.name", job.task),
        ("vcs.ref.head.name", job.branch),
        ("vcs.ref.head.revision", job.commit),
        ("vcs.repository.url.full", job.repository),
        ("vcs.change.id", job.change),
    ];
    told.into_iter()
        .filter_map(|(key, value)| Some((key, if key.ends_with("url.full") { full_url(&value?) } else { value? })))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_job_is_told_without_secrets() {
        let text = |text: &str| Some(text.to_owned());
        let job = CiJob { repository: text("https://u:p@h/r.git"), change: text("12"), ..CiJob::default() };
        let told: Vec<_> = pipeline(job).collect();
        let repository = ("vcs.repository.url.full", "https://REDACTED@h/r.git".to_owned());
        assert_eq!(told, [repository, ("vcs.change.id", "12".to_owned())]);
    }
}
