//! Digest: against a server of our own that is strict about every word, and against Apache's mod_auth_digest.

use std::collections::HashMap;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, Request, has_program, run_text, wait_until};

const PASSWORD: &str = "op\"en\\Sesame";

fn hash(text: &str) -> String {
    format!("{:x}", md5::compute(text))
}

/// The parameters of `Authorization: Digest`.
fn parameters(request: &Request) -> Option<HashMap<String, String>> {
    let line = request.header("authorization")?.strip_prefix("Digest ")?;
    let pair = |part: &str| {
        let (name, value) = part.split_once('=').expect("a parameter");
        (name.to_owned(), value.trim_matches('"').replace("\\\"", "\"").replace("\\\\", "\\"))
    };
    Some(line.split(", ").map(pair).collect())
}

/// What the request proves: its nonce and count, if the response is right.
#[track_caller]
fn proven(request: &Request) -> Option<(String, u32)> {
    let all = parameters(request)?;
    let line = request.header("authorization").unwrap_or_default();
    assert!(line.contains(", nc=0") && line.contains(", qop=auth,") && line.ends_with(", algorithm=MD5"), "{line}");
    assert_eq!(all["uri"], request.target);
    let known = hash(&format!("ann:the realm:{PASSWORD}"));
    let asked = hash(&format!("{}:{}", request.method, request.target));
    let response = hash(&format!("{known}:{}:{}:{}:auth:{asked}", all["nonce"], all["nc"], all["cnonce"]));
    (all["username"] == "ann" && all["response"] == response)
        .then(|| (all["nonce"].clone(), u32::from_str_radix(&all["nc"], 16).expect("a count")))
}

fn challenge(nonce: &str, more: &str) -> Answer {
    let lines = format!(
        "WWW-Authenticate: Basic realm=\"other\"\r\n\
         WWW-Authenticate: Digest realm=\"the realm\", qop=\"auth,auth-int\", algorithm=MD5, nonce=\"{nonce}\"{more}\r\n"
    );
    Answer::Full(401, Box::leak(lines.into_boxed_str()), String::new())
}

const AUTH: &str = r#"auth: {type: digest, username: ann, password: 'op"en\Sesame'}"#;

#[test]
fn a_body_waits_for_the_challenge_and_the_next_request_counts_on() {
    let server = Promised::new(4, |number, request| {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        match number {
            0 => {
                assert_eq!((request.header("authorization"), request.header("content-length")), (None, Some("0")));
                challenge("n1", "")
            }
            1 => {
                assert_eq!((proven(request), body.as_str()), (Some(("n1".to_owned(), 1)), "{\"a\": 1}"));
                Answer::ok("{}")
            }
            2 => {
                assert_eq!((proven(request), request.target.as_str()), (Some(("n1".to_owned(), 2)), "/b?q=%22x%22"));
                Answer::Full(200, "Authentication-Info: nextnonce=\"n2\"\r\n", "{}".to_owned())
            }
            _ => {
                assert_eq!((proven(request), body.as_str()), (Some(("n2".to_owned(), 1)), "two"));
                Answer::ok("{}")
            }
        }
    });
    let suite = format!(
        "- config: {{{AUTH}}}
- test: {{url: /a, method: POST, body: '{{\"a\": 1}}'}}
- test: {{url: '/b?q=\"x\"'}}
- test: {{url: /a, method: PUT, body: two}}
"
    );
    run_text(&server.url(), &suite, PLAIN).exits(0);
}

#[test]
fn an_old_nonce_is_replaced_and_a_wrong_password_is_refused_once() {
    let server = Promised::new(6, |number, request| match number {
        0 => challenge("n1", ""),
        1 => {
            assert_eq!(proven(request), Some(("n1".to_owned(), 1)));
            Answer::ok("{}")
        }
        2 => {
            assert_eq!(proven(request), Some(("n1".to_owned(), 2)));
            challenge("n2", ", stale=TRUE")
        }
        3 => {
            assert_eq!(proven(request), Some(("n2".to_owned(), 1)));
            Answer::ok("{}")
        }
        4 => challenge("n3", ""),
        _ => {
            assert_eq!((proven(request), parameters(request).is_some()), (None, true));
            challenge("n4", "")
        }
    });
    let suite = format!(
        "- test: {{url: /a, {AUTH}}}
- test: {{url: /a, {AUTH}}}
- test: {{url: /a, auth: {{type: digest, username: ann, password: wrong}}, expected_status: [401]}}
"
    );
    run_text(&server.url(), &suite, PLAIN).exits(0);
}

#[test]
fn where_nobody_asks_the_body_follows_and_elsewhere_nothing_is_proven() {
    let other = Promised::new(1, |_, request| {
        assert_eq!(request.header("authorization"), None);
        challenge("n9", "")
    });
    let away: &'static str = Box::leak(format!("Location: {}/there\r\n", other.url()).into_boxed_str());
    let server = Promised::new(5, move |number, request| match number {
        0 | 1 => {
            assert_eq!(request.header("authorization"), None);
            assert_eq!(request.body, if number == 0 { "" } else { "whole" }.as_bytes());
            Answer::ok("{}")
        }
        2 => {
            assert_eq!(request.body, b"whole");
            Answer::ok("{}")
        }
        3 => challenge("n1", ""),
        _ => {
            assert!(proven(request).is_some());
            Answer::Full(302, away, String::new())
        }
    });
    let suite = format!(
        "- config: {{{AUTH}}}
- test: {{url: /a, method: POST, body: whole}}
- test: {{url: /a, method: POST, body: whole}}
- test: {{url: /c, curl_option_followlocation: 1, expected_status: [401]}}
"
    );
    run_text(&server.url(), &suite, PLAIN).exits(0);
}

#[test]
fn options_of_libcurl_and_of_the_command_line_come_to_the_same() {
    let folder = Folder::new();
    folder.file("plain.yaml", "- test: {url: /a}\n");
    folder.file("curl.yaml", "- test: {url: /a, curl_option_httpauth: 2, curl_option_userpwd: 'ann:op\"en\\Sesame'}\n");
    folder.file(
        "own.yaml",
        "- test: {url: /a, curl_option_httpauth: 2, auth_username: ann, auth_password: {template: $p}, \
         variable_binds: {p: 'op\"en\\Sesame'}}\n",
    );
    folder.file("netrc", "machine 127.0.0.1 login bob password x login ann password \"op\\\"en\\\\Sesame\"\n");
    folder.file("entry.yaml", "- test: {url: /a, auth: {type: digest, username: ann}}\n");
    let user = format!("ann:{PASSWORD}");
    for words in [
        &["curl.yaml"][..],
        &["own.yaml"],
        &["entry.yaml"],
        &["plain.yaml", "--digest", "--user", &user],
        &["check", "--digest", "-u", &user],
    ] {
        let server = Promised::new(2, |number, request| match number {
            0 => challenge("n1", ""),
            _ => {
                assert!(proven(request).is_some());
                Answer::ok("{}")
            }
        });
        let mut words = words.to_vec();
        let url = format!("{}/a", server.url());
        let base = server.url();
        words.insert(usize::from(words[0] == "check"), if words[0] == "check" { &url } else { &base });
        let mut command = folder.resttest();
        command.env("NETRC", folder.path().join("netrc")).args(&words);
        let ran = command.finish().exits(0);
        assert!(!format!("{}{}", ran.stdout, ran.stderr).contains("Sesame"), "{ran:#?}");
    }
}

/// An Apache of this test's own; ends with it.
struct Apache {
    child: Child,
    port: u16,
    folder: Folder,
}

impl Apache {
    fn start() -> Option<Apache> {
        if !has_program("apache2") || !has_program("id") {
            return None;
        }
        let is_root = Command::new("id").arg("-u").output().is_ok_and(|output| output.stdout == b"0\n");
        let user = if is_root { "User www-data\nGroup www-data\n" } else { "" };
        let folder = Folder::new();
        folder.file("www/closed/person.json", "{\"login\": \"ann\"}\n");
        folder.file("users", format!("ann:the realm:{}\n", hash(&format!("ann:the realm:{PASSWORD}"))));
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
            let place = folder.path().display();
            let modules: String = ["mpm_event", "authn_core", "authn_file", "authz_core", "authz_user", "auth_digest"]
                .iter()
                .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
                .collect();
            let conf = format!(
                "ServerRoot {place}\nServerName 127.0.0.1\nListen 127.0.0.1:{port}\nPidFile {place}/pid\n\
                 DefaultRuntimeDir {place}\nErrorLog {place}/error.log\n{user}{modules}\
                 DocumentRoot {place}/www\nLogFormat \"%m %U %>s %{{Authorization}}i\" seen\n\
                 CustomLog {place}/access.log seen\nKeepAlive On\nMaxKeepAliveRequests 0\n\
                 <Directory {place}/www>\nRequire all granted\n</Directory>\n\
                 <Location /closed>\nAuthType Digest\nAuthName \"the realm\"\nAuthDigestProvider file\n\
                 AuthUserFile {place}/users\nAuthDigestNonceLifetime 2\nRequire valid-user\n</Location>\n"
            );
            let conf = folder.file("apache.conf", conf);
            let known = std::path::Path::new("/usr/sbin/apache2");
            let mut child = Command::new(if known.exists() { known } else { "apache2".as_ref() })
                .args(["-X", "-f"])
                .arg(&conf)
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("apache2 starts");
            let mut gone = false;
            wait_until("apache2 listens", || {
                gone = child.try_wait().is_ok_and(|status| status.is_some());
                gone || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
            });
            if !gone {
                return Some(Apache { child, port, folder });
            }
        }
        panic!("apache2 does not start: {:?}", std::fs::read_to_string(folder.path().join("error.log")));
    }

    /// The statuses since the last question, and how many of the requests had credentials.
    fn log(&self) -> (Vec<String>, usize) {
        let path = self.folder.path().join("access.log");
        let text = std::fs::read_to_string(&path).expect("a log");
        std::fs::write(&path, "").expect("an empty log");
        let statuses = text.lines().map(|line| line.split(' ').nth(2).expect("a status").to_owned()).collect();
        (statuses, text.lines().filter(|line| line.contains("Digest username=")).count())
    }
}

impl Drop for Apache {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn apache_takes_what_is_proven() {
    let Some(apache) = Apache::start() else { return };
    let url = format!("http://127.0.0.1:{}", apache.port);
    let person = "/closed/person.json";
    let validators = "validators: [{compare: {jsonpath_mini: login, expected: ann}}]";
    let suite = format!(
        "- config: {{{AUTH}}}
- test: {{url: {person}, {validators}}}
- test: {{url: '{person}?a=\"b\"&c=ü', {validators}}}
- test: {{url: {person}, delay: 3.2, {validators}}}
- test: {{url: {person}, auth: {{type: digest, username: ann, password: wrong}}, expected_status: [401]}}
- test: {{url: {person}, auth: none, expected_status: [401]}}
"
    );
    run_text(&url, &suite, PLAIN).exits(0);
    let (statuses, proven) = apache.log();
    assert_eq!(statuses, ["401", "200", "200", "401", "200", "401", "401", "401"]);
    assert_eq!(proven, 5);

    for (mode, workers) in [("sync", 2), ("async", 2)] {
        let suite = format!(
            "- test: {{url: {person}, {AUTH}, performance: {{repeat: 40, concurrency: {workers}, mode: {mode}}}}}\n"
        );
        let ran = run_text(&url, &suite, PLAIN).exits(0);
        let (statuses, _) = apache.log();
        let refused = statuses.iter().filter(|status| *status == "401").count();
        // The challenge is fetched once a worker.
        assert_eq!((statuses.len() - refused, refused), (40, workers), "{mode}: {ran:#?}");
    }
}
