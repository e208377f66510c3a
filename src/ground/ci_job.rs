//! What a CI system says of the job that a program runs in.
//!
//! Owns: which variables say it, system by system. Does not: read the environment itself, or write any of it.

/// A job, as far as its system tells; an address may hold credentials.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CiJob {
    /// What people call the system.
    pub system: &'static str,
    /// What programs call it.
    pub kind: &'static str,
    /// The pipeline.
    pub name: Option<String>,
    /// Its run.
    pub run: Option<String>,
    /// The page of the run.
    pub page: Option<String>,
    /// The part of the pipeline that runs.
    pub task: Option<String>,
    /// The branch.
    pub branch: Option<String>,
    /// The commit.
    pub commit: Option<String>,
    /// The repository.
    pub repository: Option<String>,
    /// The pull or merge request.
    pub change: Option<String>,
    /// The number of the run for people.
    pub number: Option<String>,
    /// The page of the system, or of the project in it.
    pub home: Option<String>,
}

/// The variable by which a system is known, both its names, and where the rest stands, in the order of [`CiJob`]. Of
/// several variables the first that is set counts.
const SYSTEMS: [(&str, &str, &str, [&str; 10]); 9] = [
    (
        "GITHUB_ACTIONS",
        "GitHub Actions",
        "github",
        [
            "GITHUB_WORKFLOW",
            "GITHUB_RUN_ID",
            "",
            "GITHUB_JOB",
            "GITHUB_HEAD_REF GITHUB_REF_NAME",
            "GITHUB_SHA",
            "",
            "",
            "GITHUB_RUN_NUMBER",
            "GITHUB_SERVER_URL",
        ],
    ),
    (
        "GITLAB_CI",
        "GitLab CI",
        "gitlab",
        [
            "CI_PIPELINE_NAME CI_PROJECT_PATH",
            "CI_PIPELINE_ID",
            "CI_PIPELINE_URL CI_JOB_URL",
            "CI_JOB_NAME",
            "CI_MERGE_REQUEST_SOURCE_BRANCH_NAME CI_COMMIT_REF_NAME",
            "CI_COMMIT_SHA",
            "CI_PROJECT_URL",
            "CI_MERGE_REQUEST_IID",
            "CI_PIPELINE_IID",
            "CI_PROJECT_URL",
        ],
    ),
    (
        "JENKINS_URL",
        "Jenkins",
        "jenkins",
        [
            "JOB_NAME",
            "BUILD_NUMBER",
            "BUILD_URL",
            "STAGE_NAME",
            "CHANGE_BRANCH BRANCH_NAME GIT_BRANCH",
            "GIT_COMMIT",
            "GIT_URL",
            "CHANGE_ID",
            "BUILD_NUMBER",
            "JENKINS_URL",
        ],
    ),
    (
        "BUILDKITE",
        "Buildkite",
        "buildkite",
        [
            "BUILDKITE_PIPELINE_SLUG",
            "BUILDKITE_BUILD_ID",
            "BUILDKITE_BUILD_URL",
            "BUILDKITE_LABEL BUILDKITE_STEP_KEY",
            "BUILDKITE_BRANCH",
            "BUILDKITE_COMMIT",
            "BUILDKITE_REPO",
            "BUILDKITE_PULL_REQUEST",
            "BUILDKITE_BUILD_NUMBER",
            "",
        ],
    ),
    (
        "CIRCLECI",
        "CircleCI",
        "circleci",
        [
            "CIRCLE_PROJECT_REPONAME",
            "CIRCLE_WORKFLOW_ID CIRCLE_BUILD_NUM",
            "CIRCLE_BUILD_URL",
            "CIRCLE_JOB",
            "CIRCLE_BRANCH",
            "CIRCLE_SHA1",
            "CIRCLE_REPOSITORY_URL",
            "CIRCLE_PR_NUMBER",
            "CIRCLE_BUILD_NUM",
            "",
        ],
    ),
    (
        "TF_BUILD",
        "Azure Pipelines",
        "azure",
        [
            "BUILD_DEFINITIONNAME",
            "BUILD_BUILDID",
            "",
            "SYSTEM_JOBDISPLAYNAME AGENT_JOBNAME",
            "BUILD_SOURCEBRANCHNAME",
            "BUILD_SOURCEVERSION",
            "BUILD_REPOSITORY_URI",
            "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER SYSTEM_PULLREQUEST_PULLREQUESTID",
            "BUILD_BUILDID",
            "SYSTEM_COLLECTIONURI SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
        ],
    ),
    (
        "TEAMCITY_VERSION",
        "TeamCity",
        "teamcity",
        [
            "TEAMCITY_PROJECT_NAME",
            "BUILD_NUMBER",
            "BUILD_URL",
            "TEAMCITY_BUILDCONF_NAME",
            "",
            "BUILD_VCS_NUMBER",
            "",
            "",
            "BUILD_NUMBER",
            "",
        ],
    ),
    (
        "BITBUCKET_BUILD_NUMBER",
        "Bitbucket Pipelines",
        "bitbucket",
        [
            "BITBUCKET_REPO_FULL_NAME",
            "BITBUCKET_BUILD_NUMBER",
            "",
            "",
            "BITBUCKET_BRANCH",
            "BITBUCKET_COMMIT",
            "BITBUCKET_GIT_HTTP_ORIGIN",
            "BITBUCKET_PR_ID",
            "BITBUCKET_BUILD_NUMBER",
            "",
        ],
    ),
    (
        "DRONE",
        "Drone",
        "drone",
        [
            "DRONE_REPO",
            "DRONE_BUILD_NUMBER",
            "DRONE_BUILD_LINK",
            "DRONE_STEP_NAME",
            "DRONE_BRANCH",
            "DRONE_COMMIT",
            "DRONE_REPO_LINK",
            "DRONE_PULL_REQUEST",
            "DRONE_BUILD_NUMBER",
            "",
        ],
    ),
];

impl CiJob {
    /// That of the first system that says something of itself.
    pub fn of(environment: &dyn Fn(&str) -> Option<String>) -> Option<CiJob> {
        // Buildkite says `false` where there is no pull request.
        let get = |name: &str| environment(name).filter(|value| !value.is_empty() && value != "false");
        let (_, system, kind, names) = SYSTEMS.iter().find(|(known, ..)| get(known).is_some())?;
        let said = names.map(|names| names.split_whitespace().find_map(get));
        let [name, run, page, task, branch, commit, repository, change, number, home] = said;
        let mut job = CiJob { system, kind, name, run, page, task, branch, commit, repository, change, number, home };
        match *kind {
            "github" => {
                let repository = job.home.as_deref().zip(get("GITHUB_REPOSITORY"));
                job.repository = repository.map(|(server, name)| format!("{server}/{name}"));
                let run = job.repository.as_deref().zip(job.run.as_deref());
                job.page = run.map(|(repository, run)| format!("{repository}/actions/runs/{run}"));
                let change = get("GITHUB_REF");
                let change = change.as_deref().and_then(|name| name.strip_prefix("refs/pull/")?.split('/').next());
                job.change = change.map(str::to_owned);
            }
            "azure" => {
                let place = job.home.as_deref().zip(get("SYSTEM_TEAMPROJECT")).zip(job.run.as_deref());
                job.page = place.map(|((home, project), run)| {
                    format!("{}/{project}/_build/results?buildId={run}", home.trim_end_matches('/'))
                });
            }
            _ => {}
        }
        Some(job)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(pairs: &[(&str, &str)]) -> Option<CiJob> {
        CiJob::of(&|name| pairs.iter().find(|(have, _)| *have == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn systems_are_known_by_what_they_say() {
        assert_eq!(of(&[("CI", "true")]), None);
        assert_eq!(of(&[("GITHUB_ACTIONS", "false"), ("DRONE", "")]), None);
        let text = |text: &str| Some(text.to_owned());
        let github = of(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_WORKFLOW", "ci"),
            ("GITHUB_RUN_ID", "7"),
            ("GITHUB_RUN_NUMBER", "5"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_REF", "refs/pull/12/merge"),
            ("GITHUB_REF_NAME", "12/merge"),
            ("GITHUB_HEAD_REF", "topic"),
        ]);
        let expected = CiJob {
            system: "GitHub Actions",
            kind: "github",
            name: text("ci"),
            run: text("7"),
            page: text("https://github.com/a/b/actions/runs/7"),
            branch: text("topic"),
            repository: text("https://github.com/a/b"),
            change: text("12"),
            number: text("5"),
            home: text("https://github.com"),
            ..CiJob::default()
        };
        assert_eq!(github, Some(expected));
        let azure = |home: &str| {
            let job = of(&[
                ("TF_BUILD", "True"),
                ("SYSTEM_COLLECTIONURI", home),
                ("SYSTEM_TEAMPROJECT", "p"),
                ("BUILD_BUILDID", "3"),
            ]);
            job.and_then(|job| job.page)
        };
        let page = text("https://dev.azure.com/o/p/_build/results?buildId=3");
        assert_eq!((azure("https://dev.azure.com/o/"), azure("https://dev.azure.com/o")), (page.clone(), page));
        let buildkite = of(&[("BUILDKITE", "true"), ("BUILDKITE_PULL_REQUEST", "false"), ("BUILDKITE_BRANCH", "b")]);
        assert_eq!(buildkite.map(|job| (job.kind, job.change, job.branch)), Some(("buildkite", None, text("b"))));
    }
}
