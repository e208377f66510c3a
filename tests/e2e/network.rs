//! The wire: kept connections, time limits, what libcurl would send, TLS, a real web server.

use std::io::{BufReader, Write as _};
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use rustls::pki_types::PrivateKeyDer;

use crate::support::{Answer, Finish, Folder, PLAIN, Promised, Request, has_program, run_text, sample, wait_until};

#[test]
fn one_connection_serves_a_whole_suite_and_its_imports() {
    let api = sample();
    let folder = Folder::new();
    folder.file("part.yaml", "- url: /status/404\n".repeat(10));
    folder.file("s.yaml", "- import: part.yaml\n".to_owned() + &"- url: /api/person/\n".repeat(50));
    folder.resttest().args([&api.url(), "s.yaml", "--log", "critical"]).finish().exits(10);
    assert_eq!((api.requests(), api.connections()), (60, 1));
}

#[test]
fn a_timeout_bounds_the_whole_exchange_to_the_millisecond() {
    for suite in [
        "- config: {timeout: 0.15}\n- test: {url: /slow/30000}\n- test: {url: /status/200}\n",
        "- test: {url: /slow/30000, timeout: 0.15}\n- test: {url: /status/200}\n",
        "- test: {url: /slow/30000, curl_option_timeout_ms: 150}\n- test: {url: /status/200}\n",
    ] {
        let api = sample();
        let started = Instant::now();
        let ran = run_text(&api.url(), suite, PLAIN).exits(1);
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(150) && took < Duration::from_secs(8), "{suite}: {took:?}");
        assert!(ran.stderr.contains("failure type: Curl Exception"), "{ran:#?}");
        assert!(ran.stderr.contains("no complete answer within 0.15 s"), "{ran:#?}");
        assert_eq!(ran.counts(), (1, 2));
    }
}

#[test]
fn a_connect_timeout_bounds_what_comes_before_the_request() {
    // It takes connections and says nothing, so that no TLS handshake comes to its end.
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    for (suite, failed) in [
        ("- test: {url: /x, timeout: 9, connect_timeout: 0.2}\n", 1),
        ("- config: {timeout: 9, connect_timeout: 0.2}\n- test: {url: /x}\n", 1),
        ("- config: {timeout: 9, connect_timeout: 0}\n- test: {url: /x, connect_timeout: '0.2'}\n", 1),
        ("- config: {connect_timeout: 0.2}\n- test: {url: /x, timeout: 0.4, connect_timeout: 0}\n", 1),
        ("- test: {url: /x, timeout: 9, connect_timeout: 0.2, performance: {repeat: 2}}\n", 1),
        ("- benchmark: {url: /x, timeout: 9, connect_timeout: 0.2, repeat: 2, warmup: 0, thresholds: 'failed<1'}\n", 1),
    ] {
        let started = Instant::now();
        let ran = run_text(&url, suite, ["--ssl-insecure", "--log", "error"]).exits(failed);
        let took = started.elapsed();
        assert!(took >= Duration::from_millis(200) && took < Duration::from_secs(5), "{suite}: {took:?}");
        let bound = if suite.contains("0.4") { "0.4 s" } else { "0.2 s" };
        assert!(
            format!("{}{}", ran.stdout, ran.stderr).contains(bound) || suite.contains("repeat"),
            "{suite}: {ran:#?}"
        );
    }
}

#[test]
fn requests_arrive_as_libcurl_would_send_them() {
    let suite = "
- test: {url: /a, method: POST, body: x}
- test: {url: /b, method: PUT, body: x}
- test: {url: /c, method: POST, headers: {Content-Type: application/json}, body: '{}'}
- test: {url: /d, headers: {Accept: ''}, body: 'not sent with GET'}
- test: {url: /e, method: POST, headers: {content-type: text/plain}, body: 'é'}
- test: {url: '/f|g^{h}?q=[1]#part'}
- test: {url: /é}
";
    let server = Promised::new(7, |number, request| {
        let kind = request.header("content-type");
        match number {
            0 => assert_eq!((kind, request.body.as_slice()), (Some("application/x-www-form-urlencoded"), &b"x"[..])),
            1 => assert_eq!(kind, None),
            2 => assert_eq!(kind, Some("application/json")),
            3 => {
                assert_eq!((request.header("accept"), request.body.len()), (None, 0));
                assert_eq!(request.header("content-length"), None);
            }
            4 => assert_eq!(kind, Some("text/plain ; charset=UTF-8")),
            5 => assert_eq!(request.target, "/f|g^{h}?q=[1]"),
            _ => assert_eq!(request.target, "/%C3%A9"),
        }
        Answer::ok("{}")
    });
    run_text(&server.url(), suite, PLAIN).exits(0);
    assert_eq!(server.connections(), 1);
}

#[test]
fn proxies_of_the_environment_are_used_and_no_proxy_is_heeded() {
    let proxy = Promised::new(1, |_, request| {
        assert_eq!(request.target, "http://example.invalid/x");
        Answer::ok("{}")
    });
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /x}");
    let run = |url: &str, no_proxy: &str| {
        let mut command = folder.resttest();
        command.env("http_proxy", proxy.url()).env("no_proxy", no_proxy).args([url, "s.yaml"]).finish()
    };
    run("http://example.invalid", "").exits(0);
    let server = Promised::new(1, |_, request| {
        assert_eq!(request.target, "/x");
        Answer::ok("{}")
    });
    run(&server.url(), "127.0.0.1").exits(0);
}

/// An nginx of this test's own; ends with it.
struct Nginx {
    child: std::process::Child,
    port: u16,
    _folder: Folder,
}

impl Nginx {
    fn start() -> Option<Nginx> {
        if !has_program("nginx") {
            return None;
        }
        let folder = Folder::new();
        folder.file("www/person.json", "{\"id\": 1, \"login\": \"gbaltar\"}\n");
        // Another process may take the port between the question and nginx; then another is tried.
        for _ in 0..5 {
            let port = TcpListener::bind("127.0.0.1:0").and_then(|free| free.local_addr()).expect("a port").port();
            let place = folder.path().display();
            let conf = format!(
                "daemon off; master_process off; pid {place}/pid; error_log {place}/error.log;\n\
                 events {{ worker_connections 64; }}\n\
                 http {{ access_log off; default_type application/json; keepalive_requests 100000;\n\
                 client_body_temp_path {place}/t1; proxy_temp_path {place}/t2; fastcgi_temp_path {place}/t3;\n\
                 uwsgi_temp_path {place}/t4; scgi_temp_path {place}/t5;\n\
                 server {{ listen 127.0.0.1:{port}; root {place}/www; }} }}\n"
            );
            let conf = folder.file("nginx.conf", conf);
            let nginx = if std::path::Path::new("/usr/sbin/nginx").exists() { "/usr/sbin/nginx" } else { "nginx" };
            let mut child = Command::new(nginx)
                .arg("-c")
                .arg(&conf)
                .arg("-p")
                .arg(folder.path())
                .stdin(Stdio::null())
                .stderr(Stdio::null())
                .spawn()
                .expect("nginx starts");
            let mut gone = false;
            wait_until("nginx listens", || {
                gone = child.try_wait().is_ok_and(|status| status.is_some());
                gone || std::net::TcpStream::connect(("127.0.0.1", port)).is_ok()
            });
            if !gone {
                return Some(Nginx { child, port, _folder: folder });
            }
        }
        panic!("nginx does not start");
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn nginx_answers_two_hundred_tests() {
    let Some(nginx) = Nginx::start() else { return };
    let one = "- test: {url: /person.json, validators: [compare: {jsonpath_mini: login, comparator: eq, expected: gbaltar}]}\n";
    let url = format!("http://127.0.0.1:{}", nginx.port);
    let ran = run_text(&url, &one.repeat(200), PLAIN).exits(0);
    assert_eq!(ran.counts(), (200, 200));
}

/// An https server on `localhost` whose authority is known to nobody but the file `ca.pem`.
fn secure_server(folder: &Folder) -> u16 {
    let mut params = CertificateParams::new(Vec::new()).expect("an authority");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let issuer = CertifiedIssuer::self_signed(params, KeyPair::generate().expect("a key")).expect("an authority");
    folder.file("ca.pem", issuer.pem());
    let key = KeyPair::generate().expect("a key");
    let params = CertificateParams::new(vec!["localhost".to_owned()]).expect("a certificate");
    let certificate = params.signed_by(&key, &issuer).expect("a certificate").der().clone();
    let key = PrivateKeyDer::try_from(key.serialize_der()).expect("a key");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("TLS")
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .expect("a key that fits");
    let config = Arc::new(config);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let port = listener.local_addr().expect("an address").port();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let connection = rustls::ServerConnection::new(config.clone()).expect("a connection");
            std::thread::spawn(move || {
                let mut tls = BufReader::new(rustls::StreamOwned::new(connection, stream));
                while Request::read(&mut tls).is_some() {
                    let answer = Answer::ok("{\"secure\": true}").render().unwrap_or_default();
                    if tls.get_mut().write_all(&answer).is_err() {
                        return;
                    }
                }
            });
        }
    });
    port
}

#[test]
fn a_company_with_its_own_authority_names_it_in_the_environment() {
    let folder = Folder::new();
    let port = secure_server(&folder);
    let suite = "- test: {url: /x, validators: [compare: {jsonpath_mini: secure, expected: true}]}\n".repeat(2);
    folder.file("s.yaml", suite);
    let url = format!("https://localhost:{port}");
    let run = |words: &[&str], certificates: Option<&str>| {
        let mut command = folder.resttest();
        command.args([url.as_str(), "s.yaml"]).args(words);
        if let Some(file) = certificates {
            command.env("SSL_CERT_FILE", file);
        }
        command.finish()
    };
    run(&[], Some("ca.pem")).exits(0);
    let distrusted = run(&[], None).exits(2);
    assert!(distrusted.stderr.contains("certificate"), "{distrusted:#?}");
    let unchecked = run(&["--ssl-insecure"], None).exits(0);
    let warning = "certificates of servers are not checked (--ssl-insecure)";
    assert_eq!(unchecked.stderr.matches(warning).count(), 1, "{unchecked:#?}");
    folder.file("load.yaml", "- test: {url: /x, performance: {repeat: 20, concurrency: 2}}\n");
    let load = folder.resttest().args([url.as_str(), "load.yaml"]).finish().exits(1);
    assert!(load.stdout.contains("the server's certificate was refused"), "{load:#?}");
    assert!(!load.stdout.contains("the server closes them"), "{load:#?}");
}

#[test]
fn load_runs_over_https_keep_their_connections() {
    let folder = Folder::new();
    let port = secure_server(&folder);
    let url = format!("https://localhost:{port}");
    for mode in ["sync", "async"] {
        let block = format!("performance: {{mode: {mode}, repeat: 60, concurrency: 3}}");
        let checks = "validators: [compare: {jsonpath_mini: secure, expected: true}]";
        folder.file("s.yaml", format!("- test: {{url: /x, {checks}, {block}}}\n"));
        let ran = folder.resttest().args([url.as_str(), "s.yaml"]).env("SSL_CERT_FILE", "ca.pem").finish().exits(0);
        assert!(ran.stdout.contains("passed: 60") && ran.stdout.contains("3 opened, 3 at a time"), "{mode}: {ran:#?}");
    }
}

#[test]
fn the_servers_certificate_can_be_looked_at_in_every_way() {
    let folder = Folder::new();
    let port = secure_server(&folder);
    let url = format!("https://localhost:{port}");
    let checks = "
    validators:
      - compare: {certificate: Subject-Alt-Name, expected: DNS:localhost}
      - compare: {certificate: days_left, comparator: gt, expected: 14}
      - compare: {certificate: expire-date, comparator: regex, expected: '^\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d UTC$'}
      - compare: {regex: 'CN=(.*)', of: {certificate: {template: $word}}, comparator: contains, expected: rcgen}
    extract_binds: {serial: {certificate: Serial-Number}}
";
    let suite = format!(
        "
- config: {{variable_binds: {{word: Subject}}}}
- test:
    url: /x{checks}
- test:
    url: /x
    performance: {{repeat: 9, concurrency: 3}}{checks}
- test:
    url: /x
    performance: {{mode: async, repeat: 9, concurrency: 3}}{checks}
"
    );
    folder.file("s.yaml", suite);
    folder.resttest().args([url.as_str(), "s.yaml"]).env("SSL_CERT_FILE", "ca.pem").finish().exits(0);
    let api = sample();
    folder.file(
        "http.yaml",
        "- test: {url: /api/person/, validators: [extract_test: {certificate: Issuer, test: not_exists}]}\n",
    );
    folder.resttest().args([api.url().as_str(), "http.yaml"]).finish().exits(0);
    folder.file("http.yaml", "- test: {url: /api/person/, extract_binds: {a: {certificate: Issuer}}}\n");
    let ran = folder.resttest().args([api.url().as_str(), "http.yaml"]).finish().exits(1);
    assert!(ran.stderr.contains("cannot set $a: no certificate is there; the answer came over http"), "{ran:#?}");
}

#[test]
fn a_load_run_says_what_costs_more_of_the_clients_time() {
    let api = sample();
    let folder = Folder::new();
    for (headers, is_noted) in [("X-Plain: '1'", false), ("Transfer-Encoding: chunked", true)] {
        let suite = "- test: {url: /echo, method: POST, body: abc, headers: {HEADERS}, performance: {repeat: 3}}\n";
        folder.file("s.yaml", suite.replace("HEADERS", headers));
        let ran = folder.resttest().args([api.url().as_str(), "s.yaml"]).finish().exits(0);
        let note = "requests took more of the client's time than they need to: a body in chunks (Transfer-Encoding)";
        assert_eq!(ran.stdout.contains(note), is_noted, "{ran:#?}");
    }
}

#[test]
fn an_encoding_that_cannot_be_decoded_is_not_asked_for() {
    let api = sample();
    for (encoding, is_read) in
        [("zstd", false), ("gzip, compress;q=0.5", false), ("", true), ("br;q=1, GZIP, identity, *;q=0", true)]
    {
        let folder = Folder::new();
        folder.file("s.yaml", format!("- test: {{url: /echo, curl_option_accept_encoding: '{encoding}'}}\n"));
        for words in [vec!["lint", "s.yaml"], vec![api.url().as_str(), "s.yaml"]] {
            let ran = folder.resttest().args(words).finish().exits(if is_read { 0 } else { 65 });
            let said = format!("{}{}", ran.stdout, ran.stderr);
            let fault = "cannot be decoded here; allowed are gzip, x-gzip, deflate, br, identity, *";
            assert_eq!(said.contains("s.yaml:1:") && said.contains(fault), !is_read, "{encoding}: {said}");
        }
    }
}

#[test]
fn a_failed_tests_long_body_stands_whole_on_stdout_and_as_an_excerpt_in_reports() {
    let body: &'static str = "0123456789abcdef".repeat(20 * 1024).leak();
    let api = Promised::new(1, move |_, _| Answer::ok(body));
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /x, expected_status: [404]}\n");
    let ran = folder.resttest().args([api.url().as_str(), "s.yaml", "--report-json", "r.json"]).finish().exits(1);
    assert!(ran.stdout.contains(body));
    let report = std::fs::read_to_string(folder.path().join("r.json")).expect("a report");
    assert!(report.contains(&format!("\\n… {} more bytes", body.len() - 64 * 1024)), "{}", report.len());
}

#[test]
fn forms_of_libcurl_take_the_body_along_or_leave_it() {
    let api = sample();
    let suite = "
- test: {url: /echo, body: abc, curl_option_post: 1}
- test: {url: /echo, body: abc, curl_option_upload: 1}
- test: {url: /echo, method: POST, body: abc, curl_option_httpget: 1}
- test: {url: /echo, method: DELETE, curl_option_httpget: 1}
- test: {url: /echo, method: PUT, body: abc, curl_option_post: 1}
";
    run_text(&api.url(), suite, PLAIN).exits(0);
    let form = Some("application/x-www-form-urlencoded");
    let seen: Vec<(String, Vec<u8>, Option<String>)> = api
        .log()
        .into_iter()
        .map(|request| {
            (request.method.clone(), request.body.clone(), request.header("content-type").map(str::to_owned))
        })
        .collect();
    let wanted: Vec<(String, Vec<u8>, Option<String>)> =
        [("POST", "abc", form), ("PUT", "abc", None), ("GET", "", None), ("DELETE", "", None), ("POST", "abc", form)]
            .map(|(method, body, kind)| (method.to_owned(), body.into(), kind.map(str::to_owned)))
            .into();
    assert_eq!(seen, wanted);
}
