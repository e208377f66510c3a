//! What makes the spans: this program, its machine, the CI job that it runs in.

use super::variables::{key, pairs, set};
use crate::cli::environment::{environment, host};
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

/// What a system tells of a job: its name, its run, its page, its task, branch, commit, repository, change.
const KEYS: [&str; 8] = [
    "cicd.pipeline.name",
    "cicd.pipeline.run.id",
    "cicd.pipeline.run.url.full",
    "cicd.pipeline.task.name",
    "vcs.ref.head.name",
    "vcs.ref.head.revision",
    "vcs.repository.url.full",
    "vcs.change.id",
];

/// By the variable that tells a system: where the same stands, in order. Of several, the first that is set counts.
const SYSTEMS: [(&str, [&str; 8]); 6] = [
    (
        "GITHUB_ACTIONS",
        ["GITHUB_WORKFLOW", "GITHUB_RUN_ID", "", "GITHUB_JOB", "GITHUB_HEAD_REF GITHUB_REF_NAME", "GITHUB_SHA", "", ""],
    ),
    (
        "GITLAB_CI",
        [
            "CI_PIPELINE_NAME CI_PROJECT_PATH",
            "CI_PIPELINE_ID",
            "CI_PIPELINE_URL",
            "CI_JOB_NAME",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME CI_COMMIT_REF_NAME",
            "CI_COMMIT_SHA",
            "CI_PROJECT_URL",
            "CI_MERGE_REQUEST_IID",
        ],
    ),
    (
        "JENKINS_URL",
        [
            "JOB_NAME",
            "BUILD_NUMBER",
            "BUILD_URL",
            "STAGE_NAME",
            "CHANGE_BRANCH BRANCH_NAME GIT_BRANCH",
            "GIT_COMMIT",
            "GIT_URL",
            "CHANGE_ID",
        ],
    ),
    (
        "BUILDKITE",
        [
            "BUILDKITE_PIPELINE_SLUG",
            "BUILDKITE_BUILD_ID",
            "BUILDKITE_BUILD_URL",
            "BUILDKITE_LABEL BUILDKITE_STEP_KEY",
            "BUILDKITE_BRANCH",
            "BUILDKITE_COMMIT",
            "BUILDKITE_REPO",
            "BUILDKITE_PULL_REQUEST",
        ],
    ),
    (
        "CIRCLECI",
        [
            "CIRCLE_PROJECT_REPONAME",
            "CIRCLE_WORKFLOW_ID CIRCLE_BUILD_NUM",
            "CIRCLE_BUILD_URL",
            "CIRCLE_JOB",
            "CIRCLE_BRANCH",
            "CIRCLE_SHA1",
            "CIRCLE_REPOSITORY_URL",
            "CIRCLE_PR_NUMBER",
        ],
    ),
    (
        "TF_BUILD",
        [
            "BUILD_DEFINITIONNAME",
            "BUILD_BUILDID",
            "",
            "SYSTEM_JOBDISPLAYNAME AGENT_JOBNAME",
            "BUILD_SOURCEBRANCHNAME",
            "BUILD_SOURCEVERSION",
            "BUILD_REPOSITORY_URI",
            "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER SYSTEM_PULLREQUEST_PULLREQUESTID",
        ],
    ),
];

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
    for (key, value) in pipeline(&environment) {
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
    let (_, id) = pipeline(&environment).into_iter().find(|(key, _)| *key == KEYS[1])?;
    let again = ["GITHUB_RUN_ATTEMPT", "CI_PIPELINE_ATTEMPT"].iter().find_map(|name| environment(name));
    Some(format!("{id} {}", again.unwrap_or_default()))
}

/// What the CI system tells of the job.
fn pipeline(environment: &dyn Fn(&str) -> Option<String>) -> Vec<(&'static str, String)> {
    let get = |name: &str| environment(name).filter(|value| !value.is_empty());
    let Some((system, names)) = SYSTEMS.iter().find(|(system, _)| get(system).is_some_and(|set| set != "false")) else {
        return Vec::new();
    };
    let mut told: Vec<(&str, String)> = Vec::new();
    for (key, names) in KEYS.into_iter().zip(names) {
        let known = names.split_whitespace().find_map(get);
        let value = known.or_else(|| match (*system, key) {
            ("GITHUB_ACTIONS", _) => {
                let repository = format!("{}/{}", get("GITHUB_SERVER_URL")?, get("GITHUB_REPOSITORY")?);
                match key {
                    "cicd.pipeline.run.url.full" => {
                        Some(format!("{repository}/actions/runs/{}", get("GITHUB_RUN_ID")?))
                    }
                    "vcs.repository.url.full" => Some(repository),
                    "vcs.change.id" => {
                        Some(get("GITHUB_REF")?.strip_prefix("refs/pull/")?.split('/').next()?.to_owned())
                    }
                    _ => None,
                }
            }
            ("TF_BUILD", "cicd.pipeline.run.url.full") => {
                let (project, id) = (get("SYSTEM_TEAMPROJECT")?, get("BUILD_BUILDID")?);
                Some(format!("{}{project}/_build/results?buildId={id}", get("SYSTEM_COLLECTIONURI")?))
            }
            _ => None,
        });
        // Buildkite says `false` where there is no pull request.
        if let Some(value) = value.filter(|value| value != "false") {
            told.push((key, if key.ends_with("url.full") { full_url(&value) } else { value }));
        }
    }
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jobs_are_told_as_their_systems_tell_them() {
        let told = |pairs: &[(&str, &str)]| {
            let find = |name: &str| pairs.iter().find(|(have, _)| *have == name).map(|(_, value)| (*value).to_owned());
            pipeline(&find).into_iter().map(|(key, value)| format!("{key}={value}")).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(told(&[("CI", "true")]), "");
        let github = [
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_WORKFLOW", "ci"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_REF", "refs/pull/12/merge"),
            ("GITHUB_REF_NAME", "12/merge"),
            ("GITHUB_HEAD_REF", "topic"),
        ];
        assert_eq!(
            told(&github),
            "cicd.pipeline.name=ci cicd.pipeline.run.id=7 \
             cicd.pipeline.run.url.full=https://github.com/a/b/actions/runs/7 vcs.ref.head.name=topic \
             vcs.repository.url.full=https://github.com/a/b vcs.change.id=12"
        );
        let buildkite =
            [("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_REPO", "https://u:p@h/r.git")];
        assert_eq!(told(&buildkite), "vcs.repository.url.full=https://REDACTED@h/r.git");
        let azure = [
            ("TF_BUILD", "True"),
            ("SYSTEM_COLLECTIONURI", "https://dev.azure.com/o/"),
            ("SYSTEM_TEAMPROJECT", "p"),
            ("BUILD_BUILDID", "3"),
        ];
        assert_eq!(
            told(&azure),
            "cicd.pipeline.run.id=3 cicd.pipeline.run.url.full=https://dev.azure.com/o/p/_build/results?buildId=3"
        );
    }
}
