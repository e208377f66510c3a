//! `executor.json`: who ran the tests, as CI systems say it in the environment.

use serde_json::{Value, json};

use super::AllureForm;

/// The variables that are looked at.
pub const VARIABLES: &[&str] = &[
    "GITHUB_ACTIONS",
    "GITHUB_SERVER_URL",
    "GITHUB_REPOSITORY",
    "GITHUB_RUN_ID",
    "GITHUB_RUN_NUMBER",
    "GITHUB_WORKFLOW",
    "GITLAB_CI",
    "CI_PROJECT_URL",
    "CI_PIPELINE_IID",
    "CI_JOB_NAME",
    "CI_JOB_URL",
    "JENKINS_URL",
    "BUILD_NUMBER",
    "JOB_NAME",
    "BUILD_URL",
    "CIRCLECI",
    "CIRCLE_BUILD_NUM",
    "CIRCLE_JOB",
    "CIRCLE_BUILD_URL",
    "TF_BUILD",
    "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI",
    "SYSTEM_TEAMPROJECT",
    "BUILD_BUILDID",
    "BUILD_DEFINITIONNAME",
    "BUILDKITE",
    "BUILDKITE_BUILD_NUMBER",
    "BUILDKITE_PIPELINE_SLUG",
    "BUILDKITE_BUILD_URL",
    "TEAMCITY_VERSION",
    "TEAMCITY_PROJECT_NAME",
    "BITBUCKET_BUILD_NUMBER",
    "BITBUCKET_REPO_FULL_NAME",
    "DRONE",
    "DRONE_BUILD_NUMBER",
    "DRONE_REPO",
    "DRONE_BUILD_LINK",
];

/// A system: what it is called, its type in Allure, the variable by which it is known, and those that have the number
/// of the build, its name, its page and the system's page.
struct System(&'static str, &'static str, [&'static str; 5]);

const SYSTEMS: [System; 9] = [
    System(
        "GitHub Actions",
        "github",
        ["GITHUB_ACTIONS", "GITHUB_RUN_NUMBER", "GITHUB_WORKFLOW", "", "GITHUB_SERVER_URL"],
    ),
    System("GitLab CI", "gitlab", ["GITLAB_CI", "CI_PIPELINE_IID", "CI_JOB_NAME", "CI_JOB_URL", "CI_PROJECT_URL"]),
    System("Jenkins", "jenkins", ["JENKINS_URL", "BUILD_NUMBER", "JOB_NAME", "BUILD_URL", "JENKINS_URL"]),
    System("CircleCI", "circleci", ["CIRCLECI", "CIRCLE_BUILD_NUM", "CIRCLE_JOB", "CIRCLE_BUILD_URL", ""]),
    System(
        "Azure Pipelines",
        "azure",
        ["TF_BUILD", "BUILD_BUILDID", "BUILD_DEFINITIONNAME", "", "SYSTEM_TEAMFOUNDATIONCOLLECTIONURI"],
    ),
    System(
        "Buildkite",
        "buildkite",
        ["BUILDKITE", "BUILDKITE_BUILD_NUMBER", "BUILDKITE_PIPELINE_SLUG", "BUILDKITE_BUILD_URL", ""],
    ),
    System("TeamCity", "teamcity", ["TEAMCITY_VERSION", "BUILD_NUMBER", "TEAMCITY_PROJECT_NAME", "BUILD_URL", ""]),
    System(
        "Bitbucket Pipelines",
        "bitbucket",
        ["BITBUCKET_BUILD_NUMBER", "BITBUCKET_BUILD_NUMBER", "BITBUCKET_REPO_FULL_NAME", "", ""],
    ),
    System("Drone", "drone", ["DRONE", "DRONE_BUILD_NUMBER", "DRONE_REPO", "DRONE_BUILD_LINK", ""]),
];

/// The first system that says something of itself; a machine of no such system is named by its host.
pub fn executor(form: &AllureForm) -> Value {
    let has = |name: &str| {
        let found = form.environment.iter().find(|(have, value)| *have == name && !value.is_empty());
        found.map(|(_, value)| value.as_str())
    };
    let known = SYSTEMS.iter().find(|System(_, _, [known, ..])| has(known).is_some_and(|value| value != "false"));
    let Some(System(name, kind, [_, number, build, page, home])) = known else {
        return json!({"name": form.host.as_deref().unwrap_or("resttest"), "type": "local", "reportName": "resttest"});
    };
    let page = match *kind {
        "github" => has("GITHUB_SERVER_URL")
            .zip(has("GITHUB_REPOSITORY"))
            .zip(has("GITHUB_RUN_ID"))
            .map(|((server, repository), run)| format!("{server}/{repository}/actions/runs/{run}")),
        "azure" => has(home).zip(has("SYSTEM_TEAMPROJECT")).zip(has(number)).map(|((server, project), build)| {
            format!("{}/{project}/_build/results?buildId={build}", server.trim_end_matches('/'))
        }),
        _ => has(page).map(str::to_owned),
    };
    let mut executor = json!({"name": name, "type": kind, "reportName": "resttest"});
    let mut put = |key: &str, value: Option<Value>| {
        if let Some(value) = value {
            executor[key] = value;
        }
    };
    put("url", has(home).map(Value::from));
    put("buildOrder", has(number).and_then(|number| number.parse::<u64>().ok()).map(Value::from));
    let title = [has(build).map(str::to_owned), has(number).map(|number| format!("#{number}"))];
    put("buildName", Some(title.into_iter().flatten().collect::<Vec<_>>().join(" ").into()));
    put("buildUrl", page.map(Value::from));
    executor
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn systems_are_known_by_what_they_say() {
        let of = |environment: &[(&'static str, &str)]| {
            let environment = environment.iter().map(|(name, value)| (*name, (*value).to_owned())).collect();
            executor(&AllureForm { environment, host: Some("box".to_owned()), ..AllureForm::default() })
        };
        assert_eq!(of(&[]), json!({"name": "box", "type": "local", "reportName": "resttest"}));
        let github = of(&[
            ("GITHUB_ACTIONS", "true"),
            ("GITHUB_SERVER_URL", "https://github.com"),
            ("GITHUB_REPOSITORY", "a/b"),
            ("GITHUB_RUN_ID", "77"),
            ("GITHUB_RUN_NUMBER", "5"),
            ("GITHUB_WORKFLOW", "tests"),
        ]);
        let expected = json!({
            "name": "GitHub Actions", "type": "github", "reportName": "resttest", "url": "https://github.com",
            "buildOrder": 5, "buildName": "tests #5", "buildUrl": "https://github.com/a/b/actions/runs/77",
        });
        assert_eq!(github, expected);
        let jenkins = of(&[
            ("JENKINS_URL", "http://j/"),
            ("BUILD_NUMBER", "9"),
            ("JOB_NAME", "api"),
            ("BUILD_URL", "http://j/9"),
        ]);
        assert_eq!((&jenkins["type"], &jenkins["buildUrl"]), (&json!("jenkins"), &json!("http://j/9")));
        assert_eq!(of(&[("GITHUB_ACTIONS", "false")])["type"], "local");
    }

    #[test]
    fn every_variable_is_looked_up() {
        for System(_, _, names) in &SYSTEMS {
            assert!(names.iter().all(|name| name.is_empty() || VARIABLES.contains(name)), "{names:?}");
        }
    }
}
