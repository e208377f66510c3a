//! What is secret stays out of everything that is printed, also where a server echoes it.

use crate::support::{Answer, Finish, Folder, Promised, Ran, run_text, sample};

/// Fails if one of the secrets, or a form of it, is anywhere in the output.
#[track_caller]
fn hides(ran: &Ran, secrets: &[&str]) {
    for secret in secrets {
        assert!(!ran.stdout.contains(secret), "{secret} on stdout:\n{}", ran.stdout);
        assert!(!ran.stderr.contains(secret), "{secret} on stderr:\n{}", ran.stderr);
    }
}

/// A test that fails, so that body, headers and reasons are shown.
fn failing(keys: &str) -> String {
    format!(
        "- test:\n    - name: Leaks\n{keys}\n    - validators:\n        - compare: {{jsonpath_mini: headers, comparator: eq, expected: 1}}\n        - compare: {{jsonpath_mini: raw, comparator: eq, expected: 1}}\n        - compare: {{jsonpath_mini: query, comparator: regex, expected: nothing}}\n        - compare: {{jsonpath_mini: body, comparator: contained_by, expected: nothing}}\n"
    )
}

const EVERYTHING: [&str; 3] = ["--verbose", "--log", "debug"];

#[test]
fn an_authorization_header() {
    let api = sample();
    let suite = failing("    - url: /echo\n    - headers: {Authorization: 'Bearer abc.DEF-123'}");
    let ran = run_text(&api.url(), &suite, EVERYTHING).exits(1);
    hides(&ran, &["abc.DEF-123"]);
    assert!(ran.stdout.contains("(redacted)"), "{ran:#?}");
    assert_eq!(api.log()[0].header("authorization"), Some("Bearer abc.DEF-123"));
}

#[test]
fn what_stands_below_a_secrets_name_in_a_mapping_of_a_row_or_a_variable() {
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- config: {variable_binds: {cfg: {name: a, token: cfg-secret-7}}}
- test: {name: Row, url: {template: '/echo/$user'}, method: POST, data: [{user: {name: a%20, token: row-secret-9}}], body: {template: 'v=$user $cfg'}, expected_status: 418}
- test: {name: Own, url: /echo, method: POST, variable_binds: {own: {list: [{token: own-secret-5}]}}, body: {template: '$own'}, expected_status: 418}
- test: {name: Line, url: /echo, data: [{user: {token: row-secret-8}}], validators: [compare: {status: '', expected: 1}]}
- test: {name: Each, url: /echo, method: POST, variable_binds: {list: [{token: item-secret-6}]}, foreach: {x: $list}, body: {template: '$x'}, expected_status: 418}
",
    );
    let api = sample();
    let words = ["--report-json", "r.json", "--report-html", "r.html", "--report-ndjson", "r.ndjson"];
    let ran = folder.resttest().args([&*api.url(), "s.yaml"]).args(EVERYTHING).args(words).finish().exits(4);
    let secrets = ["cfg-secret-7", "row-secret-9", "own-secret-5", "row-secret-8", "item-secret-6"];
    hides(&ran, &secrets);
    for report in ["r.json", "r.html", "r.ndjson"] {
        let text = std::fs::read_to_string(folder.path().join(report)).expect("a report");
        for secret in secrets {
            assert!(!text.contains(secret), "{secret} in {report}:\n{text}");
        }
    }
    assert!(api.log().len() > 2, "{ran:#?}");
}

#[test]
fn other_headers_that_carry_secrets() {
    let api = sample();
    let suite = failing(
        "    - url: /echo\n    - headers: {X-Api-Key: 'k-998877', Cookie: 'sid=s3ss10n; theme=dark', Proxy-Authorization: 'Basic cHJveHk6cHc='}",
    );
    let ran = run_text(&api.url(), &suite, EVERYTHING).exits(1);
    hides(&ran, &["k-998877", "s3ss10n", "cHJveHk6cHc"]);
}

#[test]
fn a_password_and_what_is_made_of_it() {
    let api = sample();
    // The base64 of gaius:s%x&Tw0/3 stands in the header that the server echoes.
    let suite = failing(
        "    - url: '/echo?p=s%25x%26Tw0%2F3'\n    - auth_username: gaius\n    - auth_password: 's%x&Tw0/3'\n    - method: POST\n    - body: 's%x&Tw0/3'",
    );
    let ran = run_text(&api.url(), &suite, EVERYTHING).exits(1);
    hides(&ran, &["s%x&Tw0/3", "Z2FpdXM6cyV4JlR3MC8z", "s%25x%26Tw0%2F3"]);
    assert_eq!(api.log()[0].header("authorization"), Some("Basic Z2FpdXM6cyV4JlR3MC8z"));
}

#[test]
fn a_password_in_the_url() {
    let api = sample();
    let url = api.url().replace("http://", "http://ada:six66six@");
    let ran = run_text(&url, &failing("    - url: /echo"), EVERYTHING).exits(1);
    hides(&ran, &["six66six", "YWRhOnNpeDY2c2l4"]);
    // Percent-encoded there, decoded in the header: ada:p@ss:w.
    let url = api.url().replace("http://", "http://ada:p%40ss%3Aw@");
    let ran = run_text(&url, &failing("    - url: /echo"), EVERYTHING).exits(1);
    hides(&ran, &["p%40ss", "p@ss", "YWRhOnBAc3M6dw"]);
    assert_eq!(api.log()[1].header("authorization"), Some("Basic YWRhOnBAc3M6dw=="));
    let refused = run_text("http://gaius:six66six@127.0.0.1:1", "- url: /x", EVERYTHING).exits(1);
    hides(&refused, &["six66six"]);
}

#[test]
fn variables_that_are_called_secret() {
    let api = sample();
    let suite = "- config: {variable_binds: {api_token: tok-4711, password: 'pa ss'}}\n".to_owned()
        + &failing(
            "    - url: {template: '/echo?token=$api_token'}\n    - method: POST\n    - body: {template: '$password'}",
        );
    let ran = run_text(&api.url(), &suite, EVERYTHING).exits(1);
    hides(&ran, &["tok-4711", "pa ss"]);
    let given = failing("    - url: {template: '/echo/$secret'}");
    let ran = run_text(&api.url(), &given, ["--vars", "{secret: given-42}", "--verbose"]).exits(1);
    hides(&ran, &["given-42"]);
}

#[test]
fn what_is_extracted_into_such_a_variable() {
    let api = sample();
    let suite = "- test: {url: '/text?data=fresh-778', extract_binds: {access_token: {raw_body: ''}}}\n".to_owned()
        + &failing("    - url: /echo\n    - headers: {template: {X-Mine: '$access_token'}}");
    let ran = run_text(&api.url(), &suite, ["--log", "debug"]).exits(1);
    let after = &ran.stdout[ran.stdout.find("Leaks").unwrap_or(0)..];
    assert!(!after.contains("fresh-778") && !ran.stderr.contains("fresh-778"), "{ran:#?}");
    assert_eq!(api.log()[1].header("x-mine"), Some("fresh-778"));
}

#[test]
fn curl_options_that_carry_secrets() {
    let api = sample();
    let suite = failing(
        "    - url: /echo\n    - curl_option_userpwd: 'ada:curl-pw-1'\n    - curl_option_cookie: 'sid=curl-sid-2'\n    - curl_option_httpheader: ['X-Auth-Token: curl-token-3']",
    );
    let ran = run_text(&api.url(), &suite, EVERYTHING).exits(1);
    hides(&ran, &["curl-pw-1", "curl-sid-2", "curl-token-3", "YWRhOmN1cmwtcHctMQ"]);
}

#[test]
fn a_cookie_that_the_server_sets() {
    let server = crate::support::Promised::new(1, |_, _| {
        crate::support::Answer::Full(
            500,
            "Set-Cookie: sid=from-server-9; Path=/\r\n",
            "{\"sid\": \"from-server-9\"}".into(),
        )
    });
    let ran = run_text(&server.url(), "- url: /x", EVERYTHING).exits(1);
    hides(&ran, &["from-server-9"]);
}

#[test]
fn interactive_mode() {
    let api = sample();
    let folder = Folder::new();
    folder.file(
        "s.yaml",
        "- test: {url: /echo, method: POST, headers: {Authorization: 'Bearer shown-55'}, body: 'it is shown-55'}",
    );
    let ran = folder.resttest().args([&api.url(), "s.yaml", "--interactive"]).finish_with("\n").exits(0);
    hides(&ran, &["shown-55"]);
}

#[test]
fn what_load_runs_bind_extract_and_receive() {
    for mode in ["sync", "async"] {
        let api = sample();
        let folder = Folder::new();
        let load = format!("performance: {{repeat: 3, mode: {mode}}}");
        let suite = format!(
            "- config: {{generators: {{g: {{type: fixed_sequence, values: [GENPW1abc, GENPW2abc, GENPW3abc]}}}}}}
- test: {{url: /echo, generator_binds: {{password: g}}, headers: {{template: {{X-Foo: $password}}}}, validators: [compare: {{jsonpath_mini: headers.x-foo, expected: nope}}], {load}}}
- test: {{url: /echo, method: POST, body: EXTRACTED88, extract_binds: {{session_token: {{jsonpath_mini: body}}}}, {load}}}
- test: {{url: {{template: /echo/$session_token}}, validators: [compare: {{jsonpath_mini: path, expected: nope}}]}}
"
        );
        folder.file("s.yaml", suite);
        let words = [&*api.url(), "s.yaml", "--report-json", "r.json", "--log", "debug"];
        let ran = folder.resttest().args(words).finish().exits(2);
        hides(&ran, &["GENPW", "EXTRACTED88"]);
        let report = std::fs::read_to_string(folder.path().join("r.json")).expect("the report");
        assert!(!report.contains("GENPW") && !report.contains("EXTRACTED88"), "{report}");
        assert!(api.log().iter().any(|request| request.path == "/echo/EXTRACTED88"), "{mode}");
    }
}

#[test]
fn what_failing_hits_would_have_extracted_and_what_they_sent() {
    for mode in ["sync", "async"] {
        let api = sample();
        let load = format!("performance: {{repeat: 3, mode: {mode}}}");
        let suite = format!(
            "- config: {{variable_binds: {{session_token: FIRST-1}}, generators: {{g: {{type: fixed_sequence, values: [MINT-1, MINT-2, MINT-3]}}}}}}
- test: {{url: /echo, method: POST, body: INBODY77, extract_binds: {{session_token: {{jsonpath_mini: body}}}}, validators: [compare: {{jsonpath_mini: body, expected: nope}}], {load}}}
- test: {{url: /echo, generator_binds: {{t: g}}, headers: {{template: {{Authorization: Bearer $t}}}}, validators: [compare: {{jsonpath_mini: headers.authorization, expected: nope}}], {load}}}
- test: {{url: {{template: /echo/$session_token}}, method: POST, body: NEXT-2, extract_binds: {{session_token: {{jsonpath_mini: body}}}}, {load}}}
"
        );
        let ran = run_text(&api.url(), &suite, EVERYTHING).exits(2);
        hides(&ran, &["INBODY77", "MINT-", "FIRST-1", "NEXT-2"]);
    }
}

#[test]
fn cookies_that_load_runs_are_given() {
    let cookie = "Set-Cookie: sid=verysecret; Path=/\r\n";
    let server = Promised::new(2, move |_, _| Answer::Full(200, cookie, "{}".to_owned()));
    let suite =
        "- test: {url: /, validators: [compare: {header: set-cookie, expected: nope}], performance: {repeat: 2}}";
    let ran = run_text(&server.url(), suite, EVERYTHING).exits(1);
    hides(&ran, &["verysecret"]);
}

/// Runs a suite with every report; nothing of the secrets may be in any of them, nor in what is printed.
#[track_caller]
fn hides_everywhere(url: &str, suite: &str, code: i32, secrets: &[&str]) -> Ran {
    let formats = ["junit", "json", "ndjson", "tap", "html", "prom"];
    let folder = Folder::new();
    folder.file("s.yaml", suite);
    let mut command = folder.resttest();
    command.args([url, "s.yaml"]).args(EVERYTHING);
    for format in formats {
        command.arg(format!("--report-{format}")).arg(format!("r.{format}"));
    }
    command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"));
    let ran = command.finish().exits(code);
    hides(&ran, secrets);
    let reports = formats.map(|format| format!("r.{format}"));
    for name in reports.iter().map(String::as_str).chain(["summary.md"]) {
        let report = std::fs::read_to_string(folder.path().join(name)).expect("the report");
        for secret in secrets {
            assert!(!report.contains(secret), "{secret} in {name}:\n{report}");
        }
    }
    ran
}

#[test]
fn what_a_failing_test_would_have_extracted() {
    let answer = "{\"access\": {\"token\": \"fresh-t0ken-1\"}, \"other\": \"shown\", \"id\": 4711}";
    let suites = [
        // The status is wrong.
        ("expected_status: [201]", ""),
        // A validator fails, and shows what it found.
        ("validators: [compare: {jsonpath_mini: access, expected: nope}]", ""),
        // Another extraction fails first.
        ("delay: 0", "first: {jmespath: 'abs(other)'}, "),
    ];
    for (key, first) in suites {
        let server = Promised::new(1, move |_, _| Answer::Full(200, "x-session: head-t0ken-2\r\n", answer.to_owned()));
        let suite = format!(
            "- test: {{url: /login, {key}, extract_binds: {{{first}token: {{jsonpath_mini: access.token}}, session_key: {{header: x-session}}, pin: {{jsonpath_mini: id}}}}}}\n"
        );
        let ran = hides_everywhere(&server.url(), &suite, 1, &["fresh-t0ken-1", "head-t0ken-2"]);
        // A number is no secret.
        assert!(ran.stdout.contains("4711") && ran.stdout.contains("shown"), "{ran:#?}");
    }
}

#[test]
fn names_mark_secrets_by_their_words() {
    let api = sample();
    let suite = "- config: {variable_binds: {api_key_prod: val-a-11, key2: val-b-22, db_pass: val-c-33, user_pwd: val-d-44, passphrase: val-e-55, auth: val-f-66, session_id: val-g-77, jwt: val-h-88, max_tokens: 20077, author: shown-jane}}\n".to_owned()
        + &failing(
            "    - url: {template: '/echo?q=$api_key_prod-$key2-$db_pass-$user_pwd-$passphrase-$auth-$session_id-$jwt-$max_tokens-$author'}\n    - headers: {PRIVATE-TOKEN: val-i-99, X-Vault-Token: val-j-00, X-CSRF-Token: val-k-12, Idempotency-Key: shown-key}",
        );
    let ran = hides_everywhere(&api.url(), &suite, 1, &["val-"]);
    for shown in ["20077", "shown-jane", "shown-key"] {
        assert!(ran.stdout.contains(shown), "{shown}: {ran:#?}");
    }
}

#[test]
fn parameters_that_are_called_like_secrets() {
    let api = sample();
    let suite = "- test: {url: '/echo?api_key=param-77881&max_tokens=200', expected_status: [404]}\n- test: {url: 'http://127.0.0.1:1/?access_token=param-77882'}\n- test: {url: '/echo?password=param-77883'}\n";
    let ran = hides_everywhere(&api.url(), suite, 2, &["param-7788"]);
    assert!(ran.stdout.contains("/echo?api_key=(redacted)&max_tokens=200 |"), "{ran:#?}");
    let server =
        Promised::new(1, |_, _| Answer::Full(302, "Location: http://h/?access_token=loc-55\r\n", String::new()));
    hides_everywhere(&server.url(), "- url: /x", 1, &["loc-55"]);
}

#[test]
fn a_secret_with_quotes_and_backslashes() {
    let api = sample();
    let suite = "- config: {variable_binds: {password: 'q\"u\\o''t<&>é'}}\n".to_owned()
        + &failing(
            "    - url: /echo\n    - method: POST\n    - headers: {template: {X-Mine: 'say $password'}}\n    - body: {template: '$password'}",
        );
    hides_everywhere(&api.url(), &suite, 1, &["q\"u", "q\\\"u", "u\\o", "u\\\\o", "q&quot;u", "t<&>", "u003c"]);
}

#[test]
fn a_secret_that_is_cut_off_in_a_message() {
    // Values are cut after 200 characters: the secret stands across the cut.
    let body = format!("\"{}cut-off-secret-value\"", "x".repeat(190));
    let server = Promised::new(1, move |_, _| Answer::ok(body.clone()));
    let suite = "- config: {variable_binds: {token: cut-off-secret-value}}\n- test: {url: /, validators: [compare: {jsonpath_mini: '', expected: nope}]}\n";
    hides_everywhere(&server.url(), suite, 1, &["cut-off"]);
}

#[test]
fn the_cost_of_answers_with_cookies_is_linear() {
    let time = |tests: usize| {
        let server = Promised::new(tests, move |number, _| {
            let cookie: &'static str = format!("Set-Cookie: sid=cookie-{number:08}; Path=/\r\n").leak();
            Answer::Full(500, cookie, "{}".to_owned())
        });
        let suite = "- url: /x\n".repeat(tests);
        let started = std::time::Instant::now();
        let ran = run_text(&server.url(), &suite, ["--log", "critical"]).exits(tests.min(63) as i32);
        assert!(!ran.stdout.contains("sid=cookie"), "{ran:#?}");
        started.elapsed()
    };
    let (few, many) = (time(250), time(2000));
    // Eight times as many; with a set that grew with each answer it was sixty times as long.
    assert!(many < few * 24 + std::time::Duration::from_secs(2), "{few:?} for 250 tests, {many:?} for 2,000");
}

#[test]
fn errors_quote_little_and_no_secrets() {
    let folder = Folder::new();
    folder.file("foreign.txt", format!("{}s3cr-0", "x".repeat(60)));
    folder.file("schema.yaml", format!("type: [{}s3cr-0]\n", "x".repeat(60)));
    for (number, (suite, code)) in [
        ("- test: {url: /x, headers: 'Authorization: Bearer s3cr-1'}\n", 65),
        ("- config: {variable_binds: 'api_key=s3cr-2'}\n- url: /x\n", 65),
        ("- test: {url: /x, auth_password: [s3cr-3, {a: s3cr-3}]}\n", 65),
        ("- test: {url: /x, delay: 'http://u:s3cr-4@h/?token=s3cr-4'}\n", 65),
        ("- test: {url: /x, validators: [json_schema: {schema: {file: foreign.txt}}]}\n", 1),
        ("- test: {url: /x, validators: [json_schema: {schema: {file: schema.yaml}}]}\n", 1),
        ("- test: {url: /x, curl_option_httpheader: ['Authorization Bearer s3cr-5']}\n", 1),
    ]
    .into_iter()
    .enumerate()
    {
        let api = sample();
        folder.file("s.yaml", suite.replace("/x", "/echo"));
        let ran = folder.resttest().args([&api.url(), "s.yaml"]).args(EVERYTHING).finish().exits(code);
        hides(&ran, &["s3cr"]);
        assert!(!ran.stderr.is_empty(), "{number}: {ran:#?}");
    }
    let ran = run_text("http://h", "- url: /x\n", ["--vars", "[id, 'token=s3cr-6']"]).exits(64);
    hides(&ran, &["s3cr"]);
}

#[test]
fn a_redirect_that_cannot_be_followed_shows_no_token() {
    let location = "Location: ftp://u:s3cr-7@h/?access_token=s3cr-8\r\n";
    let server = Promised::new(1, move |_, _| Answer::Full(302, location, String::new()));
    let suite = "- test: {url: /x, curl_option_followlocation: true}\n";
    let ran = hides_everywhere(&server.url(), suite, 1, &["s3cr-7", "s3cr-8"]);
    assert!(ran.stderr.contains("redirect to \"ftp://(redacted)@h/?access_token=(redacted)\""), "{ran:#?}");
}
