//! `resttest mock`: the server that stubs make, seen from its clients.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::process::{Child, ChildStdout};
use std::time::{Duration, Instant};

use serde_json::Value;

use crate::support::{Finish as _, Folder, Ran, signal};

/// A mock server of one's own.
pub struct Mock {
    pub child: Child,
    _stdout: BufReader<ChildStdout>,
    pub url: String,
    pub address: String,
}

impl Mock {
    pub fn start(folder: &Folder, arguments: &[&str]) -> Mock {
        let mut child = folder.resttest().arg("mock").args(arguments).spawn().expect("the binary");
        let mut stdout = BufReader::new(child.stdout.take().expect("a pipe"));
        let mut line = String::new();
        stdout.read_line(&mut line).expect("its line");
        let Some(url) = line.trim_end().strip_prefix("mock: ") else {
            panic!("{line:?}: {:?}", Ran::from(child.wait_with_output().unwrap()));
        };
        let address = url.split("://").nth(1).unwrap_or_default().to_owned();
        Mock { child, _stdout: stdout, url: url.to_owned(), address }
    }

    pub fn of(stubs: &str) -> (Folder, Mock) {
        let folder = Folder::new();
        folder.file("stubs.yaml", stubs);
        let mock = Mock::start(&folder, &["stubs.yaml"]);
        (folder, mock)
    }

    pub fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(&self.address).expect("a connection");
        stream.set_read_timeout(Some(Duration::from_secs(10))).expect("a time limit");
        stream
    }

    /// All that comes back for these bytes until the server closes, or until the peer has said that it is through.
    pub fn raw(&self, bytes: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect();
        let _ = stream.write_all(bytes.as_ref());
        let _ = stream.shutdown(Shutdown::Write);
        let mut all = Vec::new();
        let _ = stream.read_to_end(&mut all);
        String::from_utf8_lossy(&all).into_owned()
    }

    /// Status and body.
    pub fn ask(&self, line: &str, more: &str, body: &str) -> (u16, String) {
        let length = body.len();
        let answer = self.raw(format!(
            "{line} HTTP/1.1\r\nHost: x\r\n{more}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
        ));
        let status = answer.get(9..12).and_then(|status| status.parse().ok()).unwrap_or_default();
        let body = answer.split_once("\r\n\r\n").map(|(_, body)| body.to_owned()).unwrap_or_default();
        (status, body)
    }

    pub fn end(self) -> Ran {
        signal(&self.child, "TERM");
        let output = self.child.wait_with_output().expect("its end");
        Ran::from(output)
    }
}

#[test]
fn stubs_answer_what_they_are_for() {
    let stubs = r#"
- stub:
    - request: {method: GET, path: "/orders/{id}", query: {page: "2"}, headers: {accept: {contains: json}}}
    - response: {status: 200, body: {json: {template: {id: "$id", n: "$count", q: $query_page, h: $header_x_y}}}}
- stub: {request: {method: [POST, PUT], path: /orders, body: {jsonpath: "$.total", comparator: gt, expected: 5}}, response: {status: 201, json: {ok: true}}, extract_binds: {last: {jsonpath: $.id}}}
- stub: {request: {path: /last}, response: {body: {template: "$last"}}}
- stub: {request: {path: /n, query: {n: {between: [1, 5]}}}, response: {body: in}}
- stub: {request: {path: /n, query: {n: {absent: true}}}, response: {body: none}}
- stub: {request: {path: /exact, query: {a: 1}, query_exact: true}, response: {body: exact}}
- stub: {request: {path: /cookie, cookies: {sid: abc}}, response: {body: known}}
- stub: {request: {path: /form, body: {form: {a: x y}}}, response: {body: form}}
- stub: {request: {path: /parts, body: {multipart: [{name: f, filename: a.txt, value: {contains: ell}}]}}, response: {body: parts}}
- stub: {request: {path_regex: "^/r/[0-9]+$"}, response: {body: regex}}
- stub: {request: {path: /twice}, response: {body: once}, times: 1}
- stub: {request: {path: /twice}, response: {body: then}}
- stub: {request: {path: /seq}, responses: [{status: 500}, {status: 503}, {status: 200}]}
- stub: {request: {path: /cycle}, responses: [{body: a}, {body: b}], cycle: true}
- stub: {request: {method: POST, path: /cart}, response: {status: 204}, state: {name: cart, is: started, set: full}}
- stub: {request: {path: /cart}, response: {body: full}, state: {name: cart, is: full}}
- stub: {request: {path: /cart}, response: {body: empty}}
- stub: {request: {path: /id}, response: {body: {template: "$id"}}, generator_binds: {id: ids}}
- config: {generators: {ids: {type: number_sequence, start: 7}}}
- stub: {request: {path: "/a b/*/c"}, response: {body: star}}
- stub: {request: {path: "/any/**"}, response: {status: 404, body: any}, priority: 100}
- stub: {request: {path: /any/one}, response: {body: one}}
- stub: {request: {path: /file}, response: {file: page.html}}
"#;
    let folder = Folder::new();
    folder.file("stubs.yaml", stubs);
    folder.file("page.html", "<p>");
    let mock = Mock::start(&folder, &["stubs.yaml"]);
    let json = "Accept: application/json\r\nX-Y: z\r\n";
    let form = "Content-Type: multipart/form-data; boundary=B\r\n";
    let parts = "--B\r\nContent-Disposition: form-data; name=\"f\"; filename=\"a.txt\"\r\n\r\nhello\r\n--B--\r\n";
    for (line, more, body, status, expected) in [
        ("GET /orders/7%2F8?x=1&page=2", json, "", 200, r#"{"id":"7/8","n":1,"q":"2","h":"z"}"#),
        ("GET /orders/7?page=1&page=2", json, "", 200, r#"{"id":"7","n":2,"q":"1","h":"z"}"#),
        ("PUT /orders", "", r#"{"total": 6, "id": "o1"}"#, 201, r#"{"ok":true}"#),
        ("GET /last", "", "", 200, "o1"),
        ("GET /n?n=3", "", "", 200, "in"),
        ("GET /n", "", "", 200, "none"),
        ("GET /exact?a=1", "", "", 200, "exact"),
        ("GET /cookie", "Cookie: x=1; sid=abc\r\n", "", 200, "known"),
        ("POST /form", "", "b=1&a=x+y", 200, "form"),
        ("POST /parts", form, parts, 200, "parts"),
        ("GET /r/12", "", "", 200, "regex"),
        ("GET /twice", "", "", 200, "once"),
        ("GET /twice", "", "", 200, "then"),
        ("GET /seq", "", "", 500, ""),
        ("GET /seq", "", "", 503, ""),
        ("GET /seq", "", "", 200, ""),
        ("GET /seq", "", "", 200, ""),
        ("GET /cycle", "", "", 200, "a"),
        ("GET /cycle", "", "", 200, "b"),
        ("GET /cycle", "", "", 200, "a"),
        ("GET /cart", "", "", 200, "empty"),
        ("POST /cart", "", "", 204, ""),
        ("GET /cart", "", "", 200, "full"),
        ("GET /id", "", "", 200, "7"),
        ("GET /id", "", "", 200, "8"),
        ("GET /a%20b/x/c", "", "", 200, "star"),
        ("GET /any/two", "", "", 404, "any"),
        ("GET /any/one", "", "", 200, "one"),
        ("GET http://elsewhere:1/any/one?x", "", "", 200, "one"),
        ("GET /file", "", "", 200, "<p>"),
    ] {
        assert_eq!(mock.ask(line, more, body), (status, expected.to_owned()), "{line}");
    }
    for (line, body, differs) in [
        ("GET /orders/7?page=3", "", r#"query page: expected "2", got "3""#),
        ("POST /orders", r#"{"total": 5}"#, r#"body: jsonpath "$.total" gt: expected 5, got 5"#),
        ("GET /orders", "", "method: expected POST, PUT, got GET"),
        ("GET /exact?a=1&b=2", "", "query b: expected none besides those named"),
        ("GET /cookie", "", r#"cookie sid: expected "abc", got none"#),
        ("GET /n?n=9", "", "query n: expected between [1, 5], got \"9\""),
    ] {
        let (status, said) = mock.ask(line, "Accept: a/json\r\n", body);
        let said: Value = serde_json::from_str(&said).expect("problem+json");
        let near: Vec<&str> =
            said["nearest"].as_array().unwrap().iter().filter_map(|one| one["differs"].as_str()).collect();
        assert!(status == 404 && near.contains(&differs), "{line}: {said}");
    }
    // One of the same path is nearer than any of another one that wants nothing else.
    let (_other, short) = Mock::of(
        "- stub: {request: {path: /a}}\n- stub: {request: {path: /b}}\n- stub: {request: {path: /c}}\n- stub: {request: {path: /l, query: {a: 1}}}\n",
    );
    assert!(short.ask("GET /l?a=0", "", "").1.contains(r#""nearest":[{"stub":"stubs.yaml:4""#));
    drop(short.end());
    assert!(mock.raw("GET /file HTTP/1.1\r\nHost: x\r\n\r\n").contains("\r\nContent-Type: text/html\r\n"));
    let ran = mock.end().exits(0);
    assert!(ran.stderr.contains("no stub is for GET /exact?a=1&b=2\n  stubs.yaml:"), "{}", ran.stderr);
}

#[test]
fn faults_and_delays_are_what_clients_see() {
    let (_folder, mock) = Mock::of(
        r#"
- stub: {request: {path: /reset}, fault: reset}
- stub: {request: {path: /empty}, fault: empty}
- stub: {request: {path: /truncate}, response: {body: "0123456789", fault: {truncate: 4}}}
- stub: {request: {path: /garbage}, fault: garbage}
- stub: {request: {path: /length}, response: {body: abc, fault: bad_length}}
- stub: {request: {path: /chunk}, response: {body: abc, fault: bad_chunk}}
- stub: {request: {path: /late}, response: {body: late}, delay: 0.3}
- stub: {request: {path: /drip}, response: {body: "0123456789", dribble: {chunks: 4, over: 0.3}}}
- stub: {request: {path: /timeout}, fault: timeout}
- stub: {request: {path: /ok}, response: {body: ok}}
"#,
    );
    let get = |path: &str| mock.raw(format!("GET {path} HTTP/1.1\r\nHost: x\r\n\r\n"));
    for (path, end) in [
        ("/reset", ""),
        ("/empty", ""),
        ("/truncate", "Content-Length: 10\r\n"),
        ("/length", "\r\n\r\nabc"),
        ("/chunk", "\r\n\r\nzz\r\nabc\r\n"),
        ("/late", "\r\n\r\nlate"),
        ("/drip", "\r\n\r\n0123456789"),
    ] {
        let begun = Instant::now();
        let answer = get(path);
        assert!(answer.contains(end) && answer.is_empty() == end.is_empty(), "{path}: {answer:?}");
        let took = begun.elapsed() >= Duration::from_millis(300);
        assert_eq!(took, matches!(path, "/late" | "/drip"), "{path}");
    }
    assert!(get("/truncate").ends_with("\r\n\r\n0123") && !get("/garbage").contains("HTTP/1"));
    let mut silent = mock.connect();
    silent.write_all(b"GET /timeout HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    silent.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    assert!(silent.read(&mut [0; 10]).is_err());
    drop(silent);
    // A reset is one, and not an end.
    let mut stream = mock.connect();
    stream.write_all(b"GET /reset HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert!(stream.read(&mut [0; 10]).is_err_and(|error| error.kind() == std::io::ErrorKind::ConnectionReset));
    assert!(get("/ok").ends_with("\r\n\r\nok"));
    mock.end().exits(0);
}

#[test]
fn whatever_comes_the_server_goes_on() {
    let (_folder, mock) = Mock::of("- stub: {request: {path: /ok}, response: {body: ok}}\n");
    let large = format!("GET /ok HTTP/1.1\r\nHost: x\r\nX: {}\r\n\r\n", "a".repeat(70_000));
    let many = format!("GET /ok HTTP/1.1\r\nHost: x\r\n{}\r\n", "A: b\r\n".repeat(500));
    let cases: Vec<(&[u8], &str)> = vec![
        (b"GET /ok HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
        (b"\r\n\r\nGET /ok HTTP/1.1\r\nHost: x\r\n\r\n", "200"),
        (b"GET /ok HTTP/1.0\r\n\r\n", "200"),
        (b"GET /ok HTTP/1.1\r\n\r\n", "400"),
        (b"GET /ok HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n", "400"),
        (b"GET /ok HTTP/1.1\nHost: x\n\n", "400"),
        (b"GET  /ok HTTP/1.1\r\nHost: x\r\n\r\n", "400"),
        (b"GET /ok HTTP/2.0\r\nHost: x\r\n\r\n", "505"),
        (b"GET /ok\r\n\r\n", "400"),
        (b"GET /ok HTTP/1.1\r\nHost : x\r\n\r\n", "400"),
        (b"GET /ok HTTP/1.1\r\nHost: x\r\n folded\r\n\r\n", "400"),
        (b"GET /ok HTTP/1.1\r\nHost: x\r\nA\x00B: c\r\n\r\n", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nab", "200"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nab", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 1, 2\r\n\r\n", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n", "413"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 17000000\r\n\r\n", "413"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\nab", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n0\r\n\r\n", "200"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n0\r\n\r\n", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\n", "501"),
        (b"POST /ok HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", "400"),
        (b"POST /ok HTTP/1.1\r\nHost: x\r\nExpect: more\r\nContent-Length: 0\r\n\r\n", "417"),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", "400"),
        (b"\xff\xfe\xfd\r\n\r\n", "400"),
        (b"GET /ok HTTP/1.1\r\nHost: x", "400"),
        (b"G", "400"),
        (b"", ""),
        (large.as_bytes(), "431"),
        (many.as_bytes(), "200"),
    ];
    let ok = "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n";
    for (bytes, status) in cases {
        let answer = mock.raw(bytes);
        let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(90)]).into_owned();
        assert_eq!(answer.get(9..12).unwrap_or_default(), status, "{shown:?}: {answer:?}");
        assert!(mock.raw(ok).ends_with("ok"), "after {shown:?}");
        // The same byte by byte, and given up in the middle.
        if bytes.len() < 200 {
            let mut slow = mock.connect();
            for byte in &bytes[..bytes.len() / 2] {
                let _ = slow.write_all(&[*byte]);
            }
        }
    }
    // Several at once are answered in their order, and the connection is kept.
    let three = mock.raw(format!("{ok}HEAD /ok HTTP/1.1\r\nHost: x\r\n\r\nGET /none HTTP/1.1\r\nHost: x\r\n\r\n{ok}"));
    let statuses: Vec<&str> = three.split("HTTP/1.1 ").skip(1).filter_map(|part| part.get(..3)).collect();
    assert_eq!(statuses, ["200", "200", "404", "200"], "{three}");
    let mut asks = mock.connect();
    asks.write_all(b"POST /ok HTTP/1.1\r\nHost: x\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n").unwrap();
    let mut line = [0; 25];
    asks.read_exact(&mut line).unwrap();
    assert_eq!(&line, b"HTTP/1.1 100 Continue\r\n\r\n");
    asks.write_all(b"ab").unwrap();
    asks.read_exact(&mut line).unwrap();
    assert!(line.starts_with(b"HTTP/1.1 200 OK\r\n"));
    // Old clients are told that their connection is kept, if they ask for it.
    assert!(mock.raw("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n").contains("\r\nConnection: keep-alive\r\n"));
    assert!(mock.raw("GET /ok HTTP/1.0\r\n\r\n").contains("\r\nConnection: close\r\n"));
    // More connections than threads, all idle, hold nobody up.
    let idle: Vec<TcpStream> = (0..300).map(|_| mock.connect()).collect();
    assert!(mock.raw(ok).ends_with("ok"));
    drop(idle);
    mock.end().exits(0);
}

#[test]
fn objects_are_kept_and_written_if_asked_for() {
    let folder = Folder::new();
    folder.file(
        "stubs.yaml",
        "- resource: {path: /users, file: users.json, persist: true}\n- resource: {path: /notes}\n",
    );
    folder.file("users.json", r#"[{"id": 1, "name": "ada"}]"#);
    let mock = Mock::start(&folder, &["stubs.yaml"]);
    for (line, body, status, expected) in [
        ("GET /users", "", 200, r#"[{"id":1,"name":"ada"}]"#),
        ("POST /users", r#"{"name": "bob"}"#, 201, r#"{"id":2,"name":"bob"}"#),
        ("PATCH /users/2", r#"{"name": null, "age": 3}"#, 200, r#"{"id":2,"age":3}"#),
        ("DELETE /users/1", "", 204, ""),
        ("POST /notes", "{}", 201, r#"{"id":1}"#),
        ("GET /notes/1", "", 200, r#"{"id":1}"#),
    ] {
        assert_eq!(mock.ask(line, "", body), (status, expected.to_owned()), "{line}");
    }
    assert_eq!(mock.ask("GET /users/1", "", "").0, 404);
    assert_eq!(mock.ask("POST /users", "", r#"{"id": 2}"#).0, 409);
    mock.end().exits(0);
    let kept: Value = serde_json::from_slice(&std::fs::read(folder.path().join("users.json")).unwrap()).unwrap();
    assert_eq!(kept, serde_json::json!([{ "id": 2, "age": 3 }]));
}

#[test]
fn what_was_asked_is_logged_and_judged() {
    let folder = Folder::new();
    folder.file("stubs.yaml", "- stub: {request: {path: /a}}\n- stub: {request: {path: /b}}\n");
    let start = |more: &[&str]| Mock::start(&folder, &[&["stubs.yaml"], more].concat());
    let mock = start(&["--log-requests", "log.ndjson", "--expect-all", "--admin", "--port-file", "port", "--cors"]);
    let port = std::fs::read_to_string(folder.path().join("port")).unwrap();
    assert!(mock.address.ends_with(&format!(":{port}")), "{port:?}");
    assert_eq!(mock.ask("GET /a?token=hush", "", "xy").0, 200);
    assert_eq!(mock.ask("GET /none", "", "").0, 404);
    let verdict: Value = serde_json::from_str(&mock.ask("GET /__mock/verify", "", "").1).unwrap();
    assert_eq!(verdict, serde_json::json!({ "unmatched": ["GET /none"], "never_hit": ["stubs.yaml:2"] }));
    let asked: Value = serde_json::from_str(&mock.ask("GET /__mock/requests", "", "").1).unwrap();
    assert_eq!((asked[0]["stub"].as_str(), asked[1]["status"].as_u64()), (Some("stubs.yaml:1"), Some(404)));
    let preflight = mock.raw("OPTIONS /a HTTP/1.1\r\nHost: x\r\nAccess-Control-Request-Method: PUT\r\n\r\n");
    assert!(preflight.contains("\r\nAccess-Control-Allow-Origin: *\r\n"), "{preflight}");
    let ran = mock.end().exits(1);
    assert!(ran.stderr.contains("stubs.yaml:2: this stub was never hit"), "{}", ran.stderr);
    assert!(ran.stderr.contains("1 request matched no stub"), "{}", ran.stderr);
    let log = std::fs::read_to_string(folder.path().join("log.ndjson")).unwrap();
    let first: Value = serde_json::from_str(log.lines().next().unwrap()).unwrap();
    assert_eq!((first["method"].as_str(), first["status"].as_u64()), (Some("GET"), Some(200)));
    assert!(!log.contains("hush"), "{log}");
    // What is asked for, all of it and nothing else, is 0; so is the end of its time.
    let mock = start(&["--expect-all"]);
    assert_eq!((mock.ask("GET /a", "", "").0, mock.ask("GET /b", "", "").0), (200, 200));
    mock.end().exits(0);
    folder.resttest().args(["mock", "stubs.yaml", "--max-time", "0.3"]).finish().exits(0);
    let ran = folder.resttest().args(["mock", "stubs.yaml", "--max-time", "0.3", "--expect-all"]).finish();
    ran.exits(1);
}

#[test]
fn what_cannot_be_served_is_told() {
    let folder = Folder::new();
    folder.file("ok.yaml", "- stub: {}\n");
    folder.file("wrong.yaml", "- stub: {request: {pth: /a}}\n");
    folder.file("name.yaml", "- stub: {response: {headers: {X Y: a}}}\n");
    folder.file("value.yaml", "- stub: {response: {headers: {X: \"a\\nb\"}}}\n");
    folder.file("log.ndjson", "kept");
    let mock = Mock::start(&folder, &["ok.yaml"]);
    let taken = mock.address.clone();
    for (arguments, code, part) in [
        (vec!["ok.yaml", "--listen", &taken], 73, "the server cannot listen at 127.0.0.1:"),
        (vec!["missing.yaml"], 66, "missing.yaml"),
        (vec!["wrong.yaml"], 65, "wrong.yaml:1:20: unknown key \"pth\" in a request; did you mean \"path\"?"),
        (vec!["name.yaml"], 65, "name.yaml:1:31: \"X Y\" cannot be the name of a header; write letters, digits and -"),
        (vec!["value.yaml"], 65, "value.yaml:1:31: the header X has a line break"),
        (vec![], 64, "what to answer from is missing"),
        (vec!["ok.yaml", "--listen", "host:x"], 64, "must be ADDRESS:PORT"),
        (vec!["ok.yaml", "--threads", "0"], 64, "must be from 1 to 256, not 0"),
        (vec!["ok.yaml", "--tls-cert", "ok.yaml"], 64, "--tls-cert and --tls-key go together"),
        (vec!["ok.yaml", "--tls-cert", "ok.yaml", "--tls-key", "ok.yaml"], 66, "ok.yaml holds no certificate in PEM"),
        (vec!["ok.yaml", "--log-requests", "log.ndjson"], 73, "log.ndjson exists, so nothing was started"),
        (vec!["ok.yaml", "--port-file", "no/such\0"], 64, ""),
    ] {
        if arguments.iter().any(|word| word.contains('\0')) {
            continue;
        }
        let ran = folder.resttest().arg("mock").args(&arguments).finish().exits(code);
        assert!(ran.stderr.contains(part) && ran.stdout.is_empty(), "{arguments:?}: {ran:#?}");
    }
    assert_eq!(std::fs::read(folder.path().join("log.ndjson")).unwrap(), b"kept");
    assert_eq!(mock.ask("GET /", "", "").0, 200);
    mock.end().exits(0);
}

#[test]
fn https_with_a_certificate_of_ones_own() {
    let folder = Folder::new();
    folder.file("stubs.yaml", "- stub: {request: {path: /a}, response: {body: secure}}\n");
    let made = rcgen::generate_simple_self_signed(vec!["localhost".to_owned()]).unwrap();
    folder.file("cert.pem", made.cert.pem());
    folder.file("key.pem", made.signing_key.serialize_pem());
    let mock = Mock::start(&folder, &["stubs.yaml", "--tls-cert", "cert.pem", "--tls-key", "key.pem"]);
    assert!(mock.url.starts_with("https://"), "{}", mock.url);
    let test = "- test: {url: /a, name: t, validators: [{compare: {raw_body: '', expected: secure}}]}\n";
    folder.file("s.yaml", test.repeat(20));
    folder.resttest().args([&mock.url, "s.yaml", "--ssl-insecure"]).finish().exits(0);
    // Whoever speaks no TLS is no end of it.
    let _ = mock.raw("GET /a HTTP/1.1\r\nHost: x\r\n\r\n");
    folder.resttest().args([&mock.url, "s.yaml", "--ssl-insecure"]).finish().exits(0);
    mock.end().exits(0);
}

#[test]
fn changed_stubs_are_read_again() {
    let folder = Folder::new();
    folder.file("stubs.yaml", "- stub: {request: {path: /a}, response: {body: one}}\n");
    let mock = Mock::start(&folder, &["stubs.yaml", "--watch"]);
    assert_eq!(mock.ask("GET /a", "", "").1, "one");
    // What is wrong changes nothing.
    folder.file("stubs.yaml", "- stub: {reqest: {}}\n");
    std::thread::sleep(Duration::from_millis(600));
    assert_eq!(mock.ask("GET /a", "", "").1, "one");
    folder.file("stubs.yaml", "- stub: {request: {path: /a}, response: {body: second}}\n");
    crate::support::wait_until("the new stub", || mock.ask("GET /a", "", "").1 == "second");
    let ran = mock.end().exits(0);
    assert!(ran.stderr.contains("did you mean \"request\"?"), "{}", ran.stderr);
}

#[test]
fn a_suite_brings_its_server_along() {
    let folder = Folder::new();
    folder.file("stubs.yaml", "- stub: {request: {path: /a}, response: {json: {n: 1}}}\n- stub: {request: {path: /b}, responses: [{status: 503}, {status: 200}]}\n");
    let suite = "\
- config: {mock: {file: stubs.yaml}}
- url: /a
- test: {name: value, url: /a, validators: [{compare: {jsonpath: $.n, expected: 1}}]}
- test: {name: retried, url: /b, retry: {max_retries: 1, backoff_base: 0}}
- test: {name: absolute, url: {template: '$mock_url/a'}}
- test: {name: bound, url: /a, validators: [{compare: {variable: mock_url, comparator: starts_with, expected: 'http://127.0.0.1:'}}]}
";
    folder.file("s.yaml", suite);
    folder.file("t.yaml", suite);
    folder.resttest().args(["s.yaml"]).finish().exits(0);
    folder.resttest().args(["s.yaml", "t.yaml"]).finish().exits(0);
    folder.resttest().args(["--test", "s.yaml"]).finish().exits(0);
    // A base URL that is given is the base URL; the server is there all the same.
    let api = crate::support::sample();
    folder.file(
        "both.yaml",
        "- config: {mock: stubs.yaml}\n- url: /echo\n- test: {name: mock, url: {template: '${mock_url}/a'}}\n",
    );
    folder.resttest().args([&api.url(), "both.yaml"]).finish().exits(0);
    // Without one, files that bring none need a base URL.
    folder.resttest().args(["lint", "--strict", "s.yaml"]).finish().exits(0);
    folder.file("none.yaml", "- config: {mock: {file: nowhere.yaml}}\n- url: /a\n");
    let ran = folder.resttest().args(["none.yaml"]).finish().exits(66);
    assert!(ran.stderr.contains("none.yaml:1:19: mock: nowhere.yaml: cannot be read: no such file"), "{ran:#?}");
    folder.file("none.yaml", "- url: /a\n");
    folder.resttest().args(["none.yaml"]).finish().exits(64);
    folder.file("stubs.yaml", "- stub: {reqest: {}}\n");
    let ran = folder.resttest().args(["s.yaml"]).finish().exits(65);
    assert!(ran.stderr.contains("stubs.yaml:1:10: unknown key \"reqest\""), "{}", ran.stderr);
    folder.file("none.yaml", "- config: {mock: {fil: x}}\n- url: /a\n");
    let ran = folder.resttest().args(["none.yaml"]).finish().exits(65);
    assert!(ran.stderr.contains("mock has no file") && ran.stderr.contains("did you mean \"file\"?"), "{ran:#?}");
}
