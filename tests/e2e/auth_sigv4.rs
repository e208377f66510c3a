//! `aws_sigv4`: what goes out, and whether botocore would have signed the same.

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, PythonServer, run_text};

const SECRET: &str = "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";
const KEYS: &str = "access_key_id: AKIDEXAMPLE, secret_access_key: wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY";

#[test]
fn each_attempt_and_each_hop_is_signed_anew_and_nothing_follows_elsewhere() {
    let other = Promised::new(1, |_, request| {
        let names = ["authorization", "x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
        assert!(names.iter().all(|name| request.header(name).is_none()), "{request:?}");
        Answer::ok("{}")
    });
    let away: &'static str = Box::leak(format!("Location: {}/there\r\n", other.url()).into_boxed_str());
    let server = Promised::new(4, move |number, request| {
        let signed = request.header("authorization").expect("a signature");
        assert!(signed.starts_with("AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/2"), "{signed}");
        assert!(signed.contains("/eu-central-1/execute-api/aws4_request, SignedHeaders="), "{signed}");
        assert!(signed.contains("content-type;host;x-amz-date;x-amz-security-token;x-mine"), "{signed}");
        assert_eq!(request.header("x-amz-security-token"), Some("SESSION/TOKEN+=="));
        assert_eq!(request.header("x-amz-content-sha256"), None);
        match number {
            0 => Answer::Full(503, "", "signed with SESSION/TOKEN+==".to_owned()),
            1 => Answer::ok("{}"),
            2 => Answer::Full(307, "Location: /c\r\n", String::new()),
            _ => Answer::Full(307, away, String::new()),
        }
    });
    let auth = format!(
        "auth: {{type: aws_sigv4, {KEYS}, session_token: SESSION/TOKEN+==, region: eu-central-1, \
         service: execute-api, sign_headers: X-Mine}}"
    );
    let suite = format!(
        "- config: {{{auth}, max_retries: 1, retry_backoff_base: 0.01}}
- test: {{url: /a, method: POST, body: '{{}}', headers: {{Content-Type: a/b, X-Mine: '  two   words '}}}}
- test: {{url: /b, method: POST, body: '{{}}', headers: {{Content-Type: a/b, X-Mine: one, Cookie: a=b}}, \
   curl_option_followlocation: 1}}
"
    );
    let ran = run_text(&server.url(), &suite, ["--log", "debug", "--verbose", "--show-curl"]).exits(0);
    let shown = format!("{}{}", ran.stdout, ran.stderr);
    assert!(!shown.contains(SECRET) && !shown.contains("SESSION/TOKEN"), "{shown}");
}

#[test]
fn what_is_missing_is_said_before_anything_is_sent() {
    let server = Promised::new(0, |_, _| Answer::ok("{}"));
    let folder = Folder::new();
    let run = |auth: &str, words: &[&str]| {
        folder.file("s.yaml", format!("- test: {{url: /a, auth: {auth}}}\n"));
        let mut command = folder.resttest();
        for name in ["ACCESS_KEY_ID", "SECRET_ACCESS_KEY", "SESSION_TOKEN", "REGION", "DEFAULT_REGION"] {
            command.env_remove(format!("AWS_{name}"));
        }
        command.args([&server.url(), "s.yaml"]).args(words).finish()
    };
    for (auth, code, part) in [
        ("aws_sigv4".to_owned(), 65, "s.yaml:1:25: access_key_id is missing, and AWS_ACCESS_KEY_ID is not set"),
        ("{type: aws_sigv4, access_key_id: a}".to_owned(), 65, "secret_access_key is missing"),
        (format!("{{type: aws_sigv4, {KEYS}, regoin: x}}"), 1, "did you mean \"region\"?"),
        (format!("{{type: aws_sigv4, {KEYS}, payload: none}}"), 65, "payload"),
        (format!("{{type: aws_sigv4, {KEYS}, region: x}}"), 1, "aws_sigv4 has no service: the host 127.0.0.1"),
        (format!("{{type: aws_sigv4, {KEYS}, service: s3}}"), 1, "so write region, or set AWS_REGION"),
        (
            format!("{{type: aws_sigv4, {KEYS}, region: x, service: s3, payload: unsigned}}"),
            1,
            "payload: unsigned goes over https only",
        ),
        (
            format!("{{type: aws_sigv4, {KEYS}, payload: unsigned, sign_body: true}}"),
            65,
            "sign_body and payload: unsigned exclude each other",
        ),
    ] {
        let ran = run(&auth, &[]).exits(code);
        assert!(ran.stderr.contains(part), "{part}: {ran:#?}");
    }
    let ran = run("none", &["--aws-sigv4", "osc:osc"]).exits(64);
    assert!(ran.stderr.contains("must be aws:amz"), "{ran:#?}");
    let ran = run("none", &["--aws-sigv4", "aws:amz", "--netrc"]).exits(64);
    assert!(ran.stderr.contains("options --aws-sigv4 and --netrc exclude each other"), "{ran:#?}");
}

#[test]
fn botocore_signs_the_same() {
    let Some(server) = PythonServer::start("sigv4_server.py", &["botocore==1.44.8"], None) else { return };
    let server = &server.url();
    let tests: String = [
        "url: /",
        "url: ''",
        "url: /a%20b/%C3%A4%E2%82%AC",
        "url: '/ä/€?ü=ö'",
        "url: '/tempo_data-*/event/_mapping'",
        "url: '/a:b@c;d,e=f+g!$()''/~x'",
        "url: '/?versioning'",
        "url: '/?b=2&a=1&a=0&A=3&c&d='",
        "url: '/x?q=%20%2B%2F%3A&r=~a-b_c.d'",
        "url: '/z//a//b/../c/./d//'",
        "url: '/z//a//b/../c/./d//', curl_option_path_as_is: 1",
        "url: /post, method: POST, body: '{\"a\": \"ü\"}', headers: {Content-Type: application/json}",
        "url: /put, method: PUT, body: hello, headers: {X-Amz-Meta-B: '  two   words ', X-Amz-Meta-A: 'u'}",
        "url: /delete, method: DELETE",
        "url: /head, method: HEAD",
        "url: /form, method: POST, body: {form: {a: 'b c', d: '+&='}}",
        "url: /own, headers: {X-Amz-Date: 20200101T000000Z, X-Amz-Content-Sha256: x, X-Amz-Security-Token: y}",
        "url: /host, headers: {Host: bucket.example.org}",
    ]
    .iter()
    .map(|test| format!("- test: {{{test}}}\n"))
    .collect();
    for (auth, suite) in [
        ("service: es, region: us-west-2", tests.clone()),
        ("service: es, region: us-west-2, sign_body: true, session_token: SESSION/TOKEN+==", tests),
        // botocore leaves the path of an object as it came; it comes encoded from whoever knows what a key is.
        (
            "service: s3, region: eu-central-1",
            [
                "url: /",
                "url: /bucket/a.txt",
                "url: '/bucket/a//b/./c/../d'",
                "url: /bucket/a%20b/%C3%A4/x%3Dy%2Cz%3A1",
                "url: '/bucket/ä/€'",
                "url: '/bucket/?list-type=2&prefix=a%2Fb&delimiter=%2F'",
                "url: '/bucket/?versioning'",
                "url: /bucket/new, method: PUT, body: hello, headers: {Content-Type: text/plain}",
                "url: /bucket/none, method: PUT",
            ]
            .iter()
            .map(|test| format!("- test: {{{test}}}\n"))
            .collect(),
        ),
    ] {
        let suite = format!("- config: {{auth: {{type: aws_sigv4, {KEYS}, {auth}}}}}\n{suite}");
        run_text(server, &suite, ["--verbose"]).exits(0);
    }
    for mode in ["sync", "async"] {
        let suite = format!(
            "- test: {{url: '/load?a=b', auth: {{type: aws_sigv4, {KEYS}, service: s3, region: x}}, \
             performance: {{repeat: 60, concurrency: 3, mode: {mode}}}}}\n"
        );
        run_text(server, &suite, PLAIN).exits(0);
    }

    let folder = Folder::new();
    folder.file("plain.yaml", "- test: {url: /a}\n");
    folder.file(
        "curl.yaml",
        format!(
            "- test: {{url: /a, curl_option_aws_sigv4: 'aws:amz:r:s3', curl_option_userpwd: 'AKIDEXAMPLE:{SECRET}'}}\n"
        ),
    );
    let user = format!("AKIDEXAMPLE:{SECRET}");
    let url = format!("{server}/a?b");
    for words in [
        &[server, "curl.yaml"][..],
        &[server, "plain.yaml", "--aws-sigv4", "aws:amz:r:s3", "--user", &user],
        &[server, "plain.yaml", "--aws-sigv4", "aws:amz::"],
        &["check", &url, "--aws-sigv4", "AWS:amz:r:es", "-u", &user],
        &["check", &url, "--aws-sigv4", "aws:amz:r:es"],
    ] {
        let mut command = folder.resttest();
        command.env("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE").env("AWS_SECRET_ACCESS_KEY", SECRET);
        let ran = command.env("AWS_SESSION_TOKEN", "t/o+k=").args(words).finish();
        let is_wrong = words.contains(&"aws:amz::");
        assert_eq!(ran.code, Some(if is_wrong { 64 } else { 0 }), "{words:?}: {ran:#?}");
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("bPxRfiCY"), "{ran:#?}");
    }
}
