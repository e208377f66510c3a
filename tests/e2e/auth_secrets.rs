//! Credentials of every kind of `auth`, through every output: none is shown, in no form.

use super::secret_outputs::{forms, written};
use crate::support::{Answer, Finish, Folder, Promised, Ran};

/// The path of a kind's test, its block, and what nobody is to see of it.
const KINDS: [(&str, &str, &[&str]); 12] = [
    ("basic", "{type: basic, username: ada, password: 'b4sic \"pass\" ü'}", &["b4sic \"pass\" ü"]),
    ("bearer", "{type: bearer, token: 'bearer-token/+=='}", &["bearer-token/+=="]),
    ("file", "{type: bearer, token_file: token}", &["token-of-a-file-0815"]),
    ("header", "{type: api_key, name: X-Mine, value: k3y-in-a-header}", &["k3y-in-a-header"]),
    ("query", "{type: api_key, name: mine, value: 'key in&a query+ü', in: query}", &["key in&a query+ü"]),
    ("cookie", "{type: api_key, name: mine, value: k3y-in-a-cookie, in: cookie}", &["k3y-in-a-cookie"]),
    ("digest", "{type: digest, username: ada, password: 'digest\\pass-word'}", &["digest\\pass-word"]),
    (
        "oauth2",
        "{type: oauth2, token_url: URL/token, client_id: shop, client_secret: 'cl13nt/s3cret+==', grant: password, \
         username: ann, password: 'owners päss wörd'}",
        &["cl13nt/s3cret+==", "owners päss wörd", "access/token+4711==", "refresh/token+4711=="],
    ),
    (
        "jwt",
        "{type: jwt, algorithm: HS256, key: 'key-of-0123456789abcdef0123456789', claims: {sub: me}}",
        &["key-of-0123456789abcdef0123456789"],
    ),
    (
        "sigv4",
        "{type: aws_sigv4, access_key_id: AKIDEXAMPLE, secret_access_key: 'wJalr/K7MDENG+bPxRfi', region: r, \
         service: s3, session_token: 'S3SSION/TOKEN+=='}",
        &["wJalr/K7MDENG+bPxRfi", "S3SSION/TOKEN+=="],
    ),
    ("command", "{type: command, command: [cat, printed]}", &["printed/token+0815=="]),
    ("netrc", "{type: netrc, file: netrc}", &["netrc-päss-word"]),
];

/// An API that fails, and tells whoever asks all that it was sent and all that it knows.
fn telling() -> Promised {
    Promised::new(usize::MAX, |_, request| {
        if request.target == "/token" {
            let answer = r#"{"access_token":"access/token+4711==","refresh_token":"refresh/token+4711==","token_type":"Bearer","expires_in":3600}"#;
            return Answer::ok(answer);
        }
        let path = request.target.trim_start_matches('/').split('?').next().unwrap_or_default();
        if path == "digest" && request.header("authorization").is_none() {
            return Answer::Full(
                401,
                "WWW-Authenticate: Digest realm=\"r\", nonce=\"n\", qop=\"auth\"\r\n",
                String::new(),
            );
        }
        let known = KINDS.iter().find(|(name, ..)| *name == path).map_or(&[][..], |(_, _, secrets)| secrets);
        let all: Vec<String> = known.iter().flat_map(|secret| written(secret)).collect();
        let sent = format!("{} {:?}", request.target, request.headers);
        let body = format!("{sent}\n{}\n{}", all.join("\n"), serde_json::to_string(&all).expect("JSON"));
        let fit = |form: &&String| form.bytes().all(|byte| (b' '..0x7f).contains(&byte));
        let fields: String =
            all.iter().filter(fit).enumerate().map(|(n, form)| format!("X-Form-{n}: {form}\r\n")).collect();
        Answer::Full(500, fields.leak(), body)
    })
}

fn folder(url: &str) -> Folder {
    let folder = Folder::new();
    folder.file("token", "token-of-a-file-0815\n");
    folder.file("printed", "printed/token+0815==\n");
    folder.file("netrc", "machine 127.0.0.1 login ada password netrc-päss-word\n");
    let mut suite = String::new();
    for (name, auth, _) in KINDS {
        let auth = auth.replace("URL", url);
        suite
            .push_str(&format!("- test: {{name: 'Asks {name}', url: /{name}, method: POST, body: x, auth: {auth}}}\n"));
        suite.push_str(&format!(
            "- test: {{url: /{name}, auth: {auth}, expected_status: 500, validators: \
             [compare: {{raw_body: '', comparator: eq, expected: x}}, compare: {{header: x-form-0, expected: x}}]}}\n"
        ));
        suite.push_str(&format!(
            "- test: {{name: 'Load {name}', url: /{name}, auth: {auth}, performance: {{repeat: 3}}}}\n"
        ));
    }
    folder.file("s.yaml", suite);
    folder
}

#[track_caller]
fn search(place: &str, text: &str) {
    // So begins every token that is signed here; the server sends them back.
    assert!(!text.contains("eyJhbGciOiJIUzI1Ni"), "a token in {place}:\n{text}");
    for (name, _, secrets) in KINDS {
        for secret in secrets {
            for form in forms(secret) {
                assert!(!text.contains(&form), "{form:?} of {name} in {place}:\n{text}");
            }
        }
    }
}

fn search_all(place: &str, folder: &Folder, ran: &Ran) {
    search(&format!("{place}, stdout"), &ran.stdout);
    search(&format!("{place}, stderr"), &ran.stderr);
    for entry in std::fs::read_dir(folder.path()).expect("a folder").flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if !["s.yaml", "token", "printed", "netrc"].contains(&&*name) && entry.path().is_file() {
            let text = String::from_utf8_lossy(&std::fs::read(entry.path()).expect("a file")).into_owned();
            search(&format!("{place}, {name}"), &text);
        }
    }
}

#[test]
fn no_output_has_a_credential_of_any_kind() {
    for (place, words) in [
        ("console", &[][..]),
        ("everything", &["--verbose", "--log", "debug", "--show-curl", "true"]),
        ("log as JSON", &["--log", "debug", "--log-format", "json"]),
        ("literal lines", &["--output", "pyresttest"]),
        ("nagios", &["--output", "nagios"]),
        ("parallel", &["--parallel-suites", "2", "--verbose", "--log", "debug"]),
    ] {
        let server = telling();
        let folder = folder(&server.url());
        let mut command = folder.resttest();
        command.args([&*server.url(), "s.yaml"]).args(words);
        for format in ["junit", "json", "ndjson", "tap", "html", "prom"] {
            command.arg(format!("--report-{format}")).arg(format!("r.{format}"));
        }
        command.env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", folder.path().join("summary.md"));
        let ran = command.finish();
        assert!(ran.code.is_some_and(|code| code != 0), "{ran:#?}");
        search_all(place, &folder, &ran);
        let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
        // Each of them was asked, and answered with what is hidden here.
        for (name, ..) in KINDS {
            assert!(report.contains(&format!("Asks {name}")), "{report}");
        }
        assert!(report.matches("(redacted)").count() > 100, "{place}: {report}");
        assert!(!report.contains("no token from"), "{place}: {report}");
        std::mem::forget(server);
    }
    let folder = folder("http://127.0.0.1:1");
    for words in [&["explain", "http://127.0.0.1:1", "s.yaml"][..], &["list", "s.yaml"], &["lint", "s.yaml"]] {
        let ran = folder.resttest().args(words).finish();
        search_all(words[0], &folder, &ran);
    }
}

#[test]
fn curl_is_told_the_same_with_variables() {
    let server = telling();
    let folder = folder(&server.url());
    let ran = folder.resttest().args([&*server.url(), "s.yaml", "--show-curl", "true"]).finish();
    let text = format!("{}{}", ran.stdout, ran.stderr);
    let line = |name: &str| -> String {
        let part = format!("/{name}");
        let found = text.lines().find(|line| line.contains("curl ") && line.contains(&part));
        found.unwrap_or_else(|| panic!("{name}: {text}")).to_owned()
    };
    for (name, part) in [
        ("basic", "-u \"ada:$AUTH_PASSWORD\""),
        ("bearer", "-H \"Authorization: Bearer $TOKEN\""),
        ("file", "-H \"Authorization: Bearer $TOKEN\""),
        ("header", "-H \"X-Mine: $X_MINE\""),
        ("query", "?mine=$MINE_ENCODED\""),
        ("cookie", "-b \"mine=$MINE\""),
        ("digest", "--digest -u \"ada:$AUTH_PASSWORD\""),
        ("oauth2", "-H \"Authorization: Bearer $TOKEN\""),
        ("jwt", "-H \"Authorization: Bearer $TOKEN\""),
        ("sigv4", "--aws-sigv4 'aws:amz:r:s3' -u \"AKIDEXAMPLE:$AWS_SECRET_ACCESS_KEY\""),
        ("sigv4", "-H \"X-Amz-Security-Token: $AWS_SESSION_TOKEN\""),
        ("command", "-H \"Authorization: Bearer $TOKEN\""),
        ("netrc", "--netrc-file netrc"),
    ] {
        assert!(line(name).contains(part), "{part}: {}", line(name));
    }
    std::mem::forget(server);
}
