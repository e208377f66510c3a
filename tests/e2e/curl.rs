//! The command that repeats a failed request: where it is shown, that it hides what is secret, that it does repeat it.

use std::process::Command;

use crate::support::{Finish, Folder, SampleApi, has_program, run_text, sample};

/// Runs what was printed in a shell.
fn repeat(command: &str, variables: &[(&str, &str)]) {
    for shell in ["sh", "bash"].into_iter().filter(|shell| has_program(shell)) {
        let mut run = Command::new(shell);
        run.args(["-c", command]).env("NO_PROXY", "*").envs(variables.iter().copied());
        let output = run.output().expect("a shell");
        assert!(output.status.success(), "{shell}: {command}\n{output:?}");
    }
}

/// Method, path, headers, body: what of a request has to be the same.
type Essence = (String, String, Vec<(String, String)>, Vec<u8>);

/// The requests that arrived, without what clients say about themselves.
fn arrived(api: &SampleApi) -> Vec<Essence> {
    let own = ["user-agent", "connection"];
    let log = api.log();
    let requests = log.iter().map(|request| {
        let headers = request.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        let mut headers: Vec<_> = headers.filter(|(name, _)| !own.contains(&name.as_str())).collect();
        headers.sort();
        (request.method.clone(), request.path.clone(), headers, request.body.clone())
    });
    requests.collect()
}

const SUITE: &str = r#"
- config:
    - variable_binds: {api_token: 'tok-4711-x', user: ada}
    - generators: [{env: {type: env_variable, variable_name: SHOP_KEY}}]
- test:
    - name: Everything
    - url: {template: '/echo?api_key=$shop_key&q=a%20b&access_token=pa%20ss%20word'}
    - method: POST
    - generator_binds: {shop_key: env}
    - auth_username: gaius
    - auth_password: 'pw $x''1'
    - headers: {template: {Content-Type: application/json, X-Api-Key: '$api_token', X-Note: "it's $user"}}
    - body: {template: "{\"user\": \"$user\",\n \"password\": \"hunter2-too\", \"t\": \"$api_token\"}\n"}
    - expected_status: [299]
- test:
    - name: Bearer
    - url: /echo
    - headers: {Authorization: 'Bearer abc.DEF-123'}
    - method: PUT
    - body: "\u0001 two\nlines"
    - expected_status: [299]
- test: {name: Passes, url: /echo}
"#;

const VARIABLES: [(&str, &str); 7] = [
    ("SHOP_KEY", "shop-998877"),
    ("ACCESS_TOKEN_ENCODED", "pa%20ss%20word"),
    ("AUTH_PASSWORD", "pw $x'1"),
    ("API_TOKEN", "tok-4711-x"),
    ("PASSWORD", "hunter2-too"),
    ("TOKEN", "abc.DEF-123"),
    ("HOME", "/nonexistent"),
];

/// The commands among the lines.
fn commands(text: &str) -> Vec<&str> {
    text.lines().filter(|line| line.contains("curl ") && line.contains("http://")).collect()
}

#[test]
fn the_command_repeats_the_request_and_tells_no_secret() {
    let api = sample();
    let folder = Folder::new();
    folder.file("suite.yaml", SUITE);
    let mut run = folder.resttest();
    run.args([&api.url(), "suite.yaml", "--show-curl", "--report-html", "r.html", "--report-json", "r.json"]);
    let ran = run.env("SHOP_KEY", "shop-998877").finish().exits(2);
    let shown = commands(&ran.stderr);
    assert_eq!(shown.len(), 2, "{ran:#?}");
    assert!(commands(&ran.stdout).is_empty(), "{ran:#?}");
    let page = std::fs::read_to_string(folder.path().join("r.html")).unwrap();
    let json = std::fs::read_to_string(folder.path().join("r.json")).unwrap();
    for (_, secret) in VARIABLES.iter().take(6) {
        assert!(!ran.stderr.contains(secret), "{secret}: {}", ran.stderr);
        assert!(!json.contains(secret) && !page.contains(secret), "{secret}");
    }
    for name in ["$SHOP_KEY", "$API_TOKEN", "gaius:$AUTH_PASSWORD", "$PASSWORD", "$ACCESS_TOKEN_ENCODED"] {
        assert!(shown[0].contains(name), "{name}: {}", shown[0]);
        assert!(page.contains(name), "{name}");
    }
    assert!(shown[1].contains("Authorization: Bearer $TOKEN"), "{}", shown[1]);
    assert_eq!(json.matches("\"curl\": ").count(), 2, "{json}");
    if !has_program("curl") {
        return;
    }
    let log = arrived(&api);
    for (number, command) in shown.iter().enumerate() {
        let before = arrived(&api).len();
        repeat(command, &VARIABLES);
        let again = arrived(&api).split_off(before);
        assert!(
            !again.is_empty() && again.iter().all(|again| *again == log[number]),
            "{again:#?} is not {:#?}",
            log[number]
        );
    }
}

#[test]
fn only_who_asks_is_shown_it() {
    let api = sample();
    let suite = "- test: {name: Fails, url: /status/500}\n- test: {name: Refused, url: 'http://127.0.0.1:1/x'}\n- test: {name: Unsent, url: /x, body: {file: nowhere}}";
    let ran = run_text(&api.url(), suite, ["--report-json", "-"]).exits(3);
    assert!(!ran.stdout.contains("curl '") && !ran.stderr.contains("curl '"), "{ran:#?}");
    let ran = run_text(&api.url(), suite, ["--show-curl=false"]).exits(3);
    assert!(commands(&ran.stderr).is_empty(), "{ran:#?}");
    let ran = run_text(&api.url(), suite, ["--show-curl"]).exits(3);
    let url = api.url();
    let shown =
        [format!("curl '{url}/status/500' --max-time 10"), "curl 'http://127.0.0.1:1/x' --max-time 10".to_owned()];
    assert_eq!(commands(&ran.stderr), shown, "{ran:#?}");
    assert_eq!(ran.groups(), ["Test Group Default FAILED: : 0/3 Tests Passed!"]);
    // Through processes as well.
    let folder = Folder::new();
    folder.file("a.yaml", suite);
    folder.file("b.yaml", suite);
    let mut parallel = folder.resttest();
    let ran =
        parallel.args([&url, "--tests", "a.yaml,b.yaml", "--parallel-suites", "2", "--show-curl"]).finish().exits(6);
    assert_eq!(commands(&ran.stderr).len(), 4, "{ran:#?}");
}

#[test]
fn a_benchmark_that_missed_a_threshold_shows_its_request() {
    let api = sample();
    let suite = "- benchmark: {name: B, url: /headers, benchmark_runs: 3, warmup_runs: 0, metrics: total_time, thresholds: ['p95 < 0.000001']}";
    let ran = run_text(&api.url(), suite, ["--show-curl", "--report-html", "-"]).exits(1);
    let shown = commands(&ran.stderr);
    assert!(shown.iter().any(|line| line.starts_with(&format!("curl '{}/headers'", api.url()))), "{ran:#?}");
    assert!(ran.stdout.contains("<pre class=\"curl\">curl &#39;http"), "{ran:#?}");
}

#[test]
fn a_runner_configuration_can_ask_for_it_and_json_logs_stay_json() {
    let api = sample();
    let folder = Folder::new();
    let url = api.url();
    let config = format!(
        r#"{{"project_name": "p", "global_settings": {{"base_url": "{url}", "logging": {{"show_curl": true}}}},
            "test_suites": [{{"name": "s", "tests": [{{"name": "Fails", "url": "/status/500"}}]}}]}}"#
    );
    folder.file("config.json", config);
    let ran = folder.resttest().args(["--config", "config.json"]).finish().exits(1);
    assert_eq!(commands(&ran.stderr), [format!("curl '{url}/status/500' --max-time 10")], "{ran:#?}");
    let ran = folder.resttest().args(["--config", "config.json", "--show-curl=false"]).finish().exits(1);
    assert!(commands(&ran.stderr).is_empty(), "{ran:#?}");
    let ran = folder.resttest().args(["--config", "config.json", "--log-format", "json"]).finish().exits(1);
    assert!(ran.stderr.lines().all(|line| line.starts_with('{')) && ran.stderr.contains("curl 'http"), "{ran:#?}");
}

#[test]
fn a_load_run_shows_a_request_that_failed() {
    let api = sample();
    let suite = "- config: {generators: [{n: {type: number_sequence, start: 1}}]}\n- test: {name: Load, url: {template: '/status/$n'}, generator_binds: {n: n}, performance: {repeat: 6, concurrency: 1}, expected_status: [1, 2, 3, 299]}";
    let ran = run_text(&api.url(), &suite.replace("start: 1", "start: 297"), ["--show-curl"]).exits(1);
    assert_eq!(commands(&ran.stderr), [format!("curl '{}/status/297' --max-time 10", api.url())], "{ran:#?}");
}
