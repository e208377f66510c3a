//! `resttest convert`: suites from what people have, their messages on the wire, what is told of losses.

use std::sync::{Arc, Mutex};

use crate::support::{Answer, Finish, Folder, Promised, Ran, Request, root};

/// Messages that curl itself does not send so, or that a shell would have to run something for; each with why.
const NAMED: [(&str, &str); 7] = [
    ("read_stdin", "what a pipe brings is not known"),
    ("redirect_command_data", "what a command prints is not known"),
    ("redirect_command_url_query", "what a command prints is not known"),
    ("redirect_variable_data", "the content of a file whose name is a variable"),
    ("multiple_urls", "two bodies, which curl refuses"),
    ("put_with_T_option", "two bodies, which curl refuses"),
    ("socks_proxy", "a proxy that nobody runs"),
];

/// A server that keeps what it is sent.
fn keeping() -> (Promised, Arc<Mutex<Vec<Request>>>) {
    let kept: Arc<Mutex<Vec<Request>>> = Arc::default();
    let shared = kept.clone();
    let server = Promised::any(move |_, request| {
        shared.lock().expect("no poison").push(request.clone());
        Answer::ok("{}")
    });
    (server, kept)
}

fn convert(folder: &Folder, words: &[&str]) -> Ran {
    folder.resttest().arg("convert").args(words).finish()
}

/// Method, target, headers that are judged, and body.
type Message = (String, String, Vec<(String, String)>, String);

fn judged(method: &str, target: &str, headers: Vec<(String, String)>, body: &str) -> Message {
    let left_out = ["accept", "user-agent", "host", "content-length", "connection"];
    let mut headers: Vec<(String, String)> =
        headers.into_iter().filter(|(name, _)| !left_out.contains(&name.as_str())).collect();
    headers.sort();
    let target = target.strip_prefix('?').map_or(target.to_owned(), |query| format!("/?{query}"));
    (method.to_owned(), target, headers, body.to_owned())
}

/// A recorded message.
fn recorded(text: &str) -> Message {
    let (head, body) = text.split_once("\n\n").unwrap_or((text, ""));
    let mut lines = head.lines();
    let mut words = lines.next().unwrap_or_default().split(' ');
    let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let headers = lines.filter_map(|line| line.split_once(':'));
    let headers = headers.map(|(name, value)| (name.to_lowercase(), value.trim().to_owned())).collect();
    judged(method, target, headers, body.trim_end_matches('\n'))
}

#[test]
fn messages_of_curl_are_sent_as_they_were_recorded() {
    let vectors = root().join("../shared/vectors/curl-commands");
    let Ok(messages) = std::fs::read_dir(vectors.join("http")) else {
        eprintln!("SKIPPED: {} is not there", vectors.display());
        return;
    };
    let (server, kept) = keeping();
    let authority = server.url().trim_start_matches("http://").to_owned();
    let (mut compared, mut wrong) = (0, Vec::new());
    for message in messages.flatten() {
        let name = message.path().file_stem().expect("a name").to_string_lossy().into_owned();
        if NAMED.iter().any(|(named, _)| *named == name) {
            continue;
        }
        let folder = Folder::new();
        // Files hold what the messages have of them.
        folder.file("sample.sparql", "@./sample.sparql");
        folder.file("new_file", "@new_file\n");
        folder.file("file.txt", "file.txt");
        folder.file("myfile.jpg", "@myfile.jpg");
        let command = std::fs::read_to_string(vectors.join(format!("commands/{name}.sh"))).expect("a command");
        folder.file(
            "c.sh",
            command.replace("localhost:28139", &authority).replace("curl httpbin.org", &format!("curl {authority}")),
        );
        convert(&folder, &["c.sh", "-o", "s.yaml", "--keep-secrets"]).exits(0);
        kept.lock().expect("no poison").clear();
        let ran = folder.resttest().args(["--absolute-urls", "s.yaml"]).finish();
        let sent = kept.lock().expect("no poison").first().cloned();
        let expected = recorded(
            &std::fs::read_to_string(message.path()).expect("a message").replace("localhost:28139", &authority),
        );
        // curl encodes what it reads for a query.
        let expected = if name == "url_query_reads_file" {
            (expected.0, "/?name=%40myfile.jpg".to_owned(), expected.2, expected.3)
        } else {
            expected
        };
        let sent = sent.map(|request| {
            judged(&request.method, &request.target, request.headers.clone(), &String::from_utf8_lossy(&request.body))
        });
        if sent.as_ref() != Some(&expected) {
            wrong.push(format!("{name}\n  sent     {sent:?}\n  expected {expected:?}\n  {}", ran.stderr));
        }
        compared += 1;
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert_eq!(compared, 64 - NAMED.len());
}

#[test]
fn every_command_becomes_a_suite_that_lints_clean_or_is_refused_with_its_place() {
    let vectors = root().join("../shared/vectors/curl-commands/commands");
    let Ok(commands) = std::fs::read_dir(&vectors) else {
        eprintln!("SKIPPED: {} is not there", vectors.display());
        return;
    };
    let folder = Folder::new();
    let mut count = 0;
    for command in commands.flatten() {
        count += 1;
        let path = command.path().display().to_string();
        let ran = convert(&folder, &[&path, "-o", "s.yaml", "--force"]);
        if ran.code == Some(65) {
            assert!(ran.stderr.starts_with(&format!("error: {path}:")) && ran.stderr.contains("shell"), "{ran:#?}");
            continue;
        }
        assert_eq!(ran.code, Some(0), "{path}: {ran:#?}");
        let lint = folder.resttest().args(["lint", "--strict", "s.yaml"]).finish();
        let text = std::fs::read_to_string(folder.path().join("s.yaml")).unwrap_or_default();
        assert_eq!(lint.code, Some(0), "{path}: {}\n{text}", lint.stdout);
        let again = convert(&folder, &[&path]).exits(0);
        assert_eq!(again.stdout, text, "{path}");
    }
    assert_eq!(count, 108);
}

#[test]
fn secrets_become_variables_and_losses_are_told() {
    let folder = Folder::new();
    folder.file(
        "c.sh",
        "curl -s -u ann:s3cret-1 --limit-rate 5 'http://h/a?api_key=k-77' \\\n  -H 'Authorization: Bearer tok-9'\n\
         curl http://h/b -d '{\"password\": \"pw-55\", \"x\": \"$5\"}'\n",
    );
    let ran = convert(&folder, &["c.sh", "-o", "out/c.yaml", "--strict"]).exits(1);
    let suite = std::fs::read_to_string(folder.path().join("out/c.yaml")).expect("a suite");
    let secrets = std::fs::read_to_string(folder.path().join("out/secrets.example.yaml")).expect("names");
    for secret in ["s3cret-1", "k-77", "tok-9", "pw-55"] {
        for text in [&suite, &secrets, &ran.stdout, &ran.stderr] {
            assert!(!text.contains(secret), "{secret}: {text}");
        }
    }
    for part in ["Bearer $authorization_1", "api_key=$api_key_1", "# TODO c.sh:1:25: --limit-rate: ", "$$5"] {
        assert!(suite.contains(part), "{part}: {suite}");
    }
    assert!(secrets.contains("authorization_1: \"\""), "{secrets}");
    assert!(
        ran.stderr.starts_with("2 requests, 1 translated wholly, 1 in part; not translated:\n  c.sh:1:25: "),
        "{ran:#?}"
    );
    assert!(ran.stderr.contains("note: without a meaning for a test: --silent\n"), "{ran:#?}");
    // Nothing is replaced unasked, and nothing of it is written then.
    let again = convert(&folder, &["c.sh", "-o", "out/c.yaml"]).exits(73);
    assert!(again.stderr.contains("exist, so nothing was written; --force replaces them"), "{again:#?}");
    convert(&folder, &["c.sh", "-o", "out/c.yaml", "--force"]).exits(0);
}

#[test]
fn each_way_to_prove_who_asks_is_kept() {
    let folder = Folder::new();
    for netrc in [".netrc", "his.netrc"] {
        folder.file(netrc, "machine h login ann password pw-123456");
        let own = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        std::fs::set_permissions(folder.path().join(netrc), own).expect("permissions");
    }
    for (file, text, kept) in [
        ("a.sh", "curl --digest -u ann:pw-123456 http://h/", "curl_option_httpauth: 2"),
        ("b.sh", "curl --aws-sigv4 aws:amz:eu-central-1:s3 -u key:pw-123456 http://h/", "curl_option_aws_sigv4: "),
        ("c.sh", "curl -n http://h/", "curl_option_netrc: 2"),
        ("d.sh", "curl --netrc-optional --netrc-file his.netrc http://h/", "curl_option_netrc: 1"),
        ("e.sh", "curl --netrc-file his.netrc http://h/", "curl_option_netrc_file: "),
        ("f.sh", "curl --oauth2-bearer pw-123456 http://h/", "Authorization: \"Bearer $"),
        ("g.sh", "curl -u ann: http://h/", "Authorization: \"Basic "),
        ("h.http", "GET http://h/\nAuthorization: Digest ann pw-123456\n", "curl_option_httpauth: 2"),
    ] {
        folder.file(file, text);
        let ran = convert(&folder, &[file, "--strict", "-o", "s.yaml", "--force"]);
        let suite = std::fs::read_to_string(folder.path().join("s.yaml")).unwrap_or_default();
        assert!(
            suite.contains(kept) && !suite.contains("TODO") && !suite.contains("123456"),
            "{file}: {ran:#?}\n{suite}"
        );
        let mut lint = folder.resttest();
        lint.args(["lint", "--strict", "s.yaml"]).env("HOME", folder.path()).finish().exits(0);
    }
    folder.file("other.sh", "curl --aws-sigv4 osc:osc -u key:pw-123456 http://h/");
    let ran = convert(&folder, &["other.sh"]).exits(0);
    assert!(ran.stdout.contains("TODO other.sh:1:6: --aws-sigv4: it must be aws:amz"), "{ran:#?}");
}

#[test]
fn a_suite_takes_ten_thousand_requests_and_says_what_is_left_out() {
    let folder = Folder::new();
    let paths: Vec<String> = (0..10_002)
        .map(|n| format!("\"/p{n}\":{{\"get\":{{\"responses\":{{\"200\":{{\"description\":\"ok\"}}}}}}}}"))
        .collect();
    let document = format!(
        "{{\"openapi\":\"3.0.0\",\"info\":{{\"title\":\"t\",\"version\":\"1\"}},\"paths\":{{{}}}}}",
        paths.join(",")
    );
    for (file, text) in [
        ("c.sh", "curl http://h/x\n".repeat(10_002)),
        ("c.hurl", "GET http://h/x\nHTTP 200\n\n".repeat(10_002)),
        ("c.http", "### one\nGET http://h/x\n\n".repeat(10_002)),
        ("c.json", document),
    ] {
        folder.file(file, text);
        let ran = convert(&folder, &[file, "-o", "s.yaml", "--force"]).exits(0);
        assert!(ran.stderr.contains("requests behind the first 10000"), "{file}: {}", ran.stderr);
        let suite = std::fs::read_to_string(folder.path().join("s.yaml")).expect("a suite");
        assert_eq!(suite.matches("\n- test:").count(), 10_000, "{file}");
        convert(&folder, &[file, "-o", "s.yaml", "--force", "--strict"]).exits(1);
    }
}

#[test]
fn what_is_not_understood_is_told_with_its_place() {
    let folder = Folder::new();
    for (file, text, code, part) in [
        ("a.sh", "curl 'http://h", 65, "a.sh:1:6: the quote ' is not closed"),
        ("b.sh", "curl http://h | jq .", 65, "b.sh:1:15: a pipe needs a shell"),
        ("c.sh", "curl --unix-socket /s http://h", 65, "c.sh:1:6: --unix-socket is not about HTTP over TCP"),
        ("d.sh", "curl --headr 'A: b' http://h", 65, "d.sh:1:6: curl has no option --headr; did you mean \"header\"?"),
        ("e.txt", "hello", 65, "e.txt: its format is not recognised; --from names it: "),
        ("f.txt", "", 65, "f.txt: it is empty"),
        ("g.hurl", "[Query]\na: b\n", 65, "g.hurl:1:1: a request such as GET http://… must come first"),
        ("h.http", "# nothing\n", 65, "h.http:1:1: there is no request in it"),
    ] {
        folder.file(file, text);
        let ran = convert(&folder, &[file, "-o", "never.yaml"]).exits(code);
        assert!(ran.stderr.contains(part), "{ran:#?}");
        assert!(!folder.path().join("never.yaml").exists());
    }
    convert(&folder, &["none.sh"]).exits(66);
    convert(&folder, &[]).exits(64);
    folder.file("bytes.sh", [b'c', 0xff]);
    convert(&folder, &["bytes.sh"]).exits(66);
}

#[test]
fn hurl_and_http_files_become_suites_that_run() {
    let folder = Folder::new();
    let (server, kept) = keeping_json();
    folder.file(
        "a.hurl",
        format!(
            "# comment\nPOST {url}/login\nX-A: b # told\n[Form]\nname: ann lee\n[Options]\nlocation: true\n\nHTTP 200\n[Captures]\n\
             token: jsonpath \"$.token\"\nunused: header \"Content-Length\"\n[Asserts]\njsonpath \"$.list\" count == 2\n\
             jsonpath \"$.list[*]\" nth 1 == 5\njsonpath \"$.none\" not exists\nbody contains \"token\"\n\nGET {url}/x\nAuthorization: Bearer {{{{token}}}}\n\
             [Query]\nq: a&b\nHTTP *\n[Asserts]\nstatus < 300\n\nPUT {url}/y\n{{\n  \"a\": [1]\n}}\nHTTP 200\n",
            url = server.url()
        ),
    );
    folder.file("http-client.env.json", format!("{{\"dev\": {{\"host\": \"{}\"}}}}", server.url()));
    folder.file(
        "b.http",
        "### One\n# @name one\nPOST {{host}}/one HTTP/1.1\nContent-Type: application/json\n\n{\"id\": \"{{$uuid}}\"}\n\n\
         > {%\n  client.test(\"ok\", function() {\n    client.assert(response.status === 200, \"x\");\n    client.assert(response.body.list[0] === 4);\n  });\n\
         client.global.set(\"mark\", response.body.mark);\n%}\n\n### Two\n# @no-redirect\nGET {{host}}/two\n    ?a=1\n    &t={{mark}}\nX-B: {{one.response.body.$.list[1]}}\n",
    );
    convert(&folder, &["a.hurl", "b.http", "-o", "out/", "--environment", "dev"]).exits(0);
    for suite in ["out/a.yaml", "out/b.yaml"] {
        let lint = folder.resttest().args(["lint", "--strict", suite]).finish();
        assert_eq!(lint.code, Some(0), "{}", lint.stdout);
        let ran = folder.resttest().args(["--absolute-urls", suite]).finish().exits(0);
        assert_eq!(ran.stderr, "", "{ran:#?}");
    }
    let kept = kept.lock().expect("no poison");
    let shown: Vec<String> = kept
        .iter()
        .map(|request| format!("{} {} {}", request.method, request.target, String::from_utf8_lossy(&request.body)))
        .collect();
    assert_eq!(shown[..3], ["POST /login name=ann+lee", "GET /x?q=a%26b ", "PUT /y {\n  \"a\": [1]\n}"]);
    assert_eq!(kept[1].header("authorization"), Some("Bearer abcdefgh"));
    assert!(shown[3].starts_with("POST /one {\"id\": \"") && shown[3].len() > 50, "{shown:?}");
    assert_eq!((shown[4].as_str(), kept[4].header("x-b")), ("GET /two?a=1&t=m-1 ", Some("5")));
}

fn keeping_json() -> (Promised, Arc<Mutex<Vec<Request>>>) {
    let kept: Arc<Mutex<Vec<Request>>> = Arc::default();
    let shared = kept.clone();
    let server = Promised::any(move |_, request| {
        shared.lock().expect("no poison").push(request.clone());
        Answer::ok("{\"token\": \"abcdefgh\", \"mark\": \"m-1\", \"list\": [4, 5]}")
    });
    (server, kept)
}
