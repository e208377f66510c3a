//! The sample API over real sockets: what a client sees, byte for byte where it matters.

use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use super::{SCENES, SampleApi};

/// One connection, with what was read beyond the last answer.
struct Client {
    stream: TcpStream,
    pending: Vec<u8>,
}

struct Seen {
    status: u16,
    head: String,
    body: Vec<u8>,
}

impl Seen {
    fn json(&self) -> Json {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.head))
    }

    fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(have, _)| have.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Client {
    fn to(api: &SampleApi) -> Self {
        let stream = TcpStream::connect(api.url().trim_start_matches("http://")).unwrap();
        stream.set_read_timeout(Some(Duration::from_secs(5))).unwrap();
        Client { stream, pending: Vec::new() }
    }

    fn send(&mut self, text: impl AsRef<[u8]>) {
        self.stream.write_all(text.as_ref()).unwrap();
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Seen {
        let length = body.len();
        self.send(format!(
            "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {length}\r\n\r\n{body}"
        ));
        if method == "HEAD" { self.head() } else { self.answer() }
    }

    fn head(&mut self) -> Seen {
        let end = loop {
            if let Some(at) = self.pending.windows(4).position(|four| four == b"\r\n\r\n") {
                break at + 4;
            }
            assert!(self.read_more(), "closed in the head: {:?}", String::from_utf8_lossy(&self.pending));
        };
        let head = String::from_utf8(self.pending.drain(..end).collect()).unwrap();
        Seen { status: head[9..12].parse().unwrap(), head, body: Vec::new() }
    }

    fn answer(&mut self) -> Seen {
        let mut seen = self.head();
        let length = seen.header("content-length").map_or(0, |length| length.parse().unwrap());
        while self.pending.len() < length {
            assert!(self.read_more(), "closed in the body");
        }
        seen.body = self.pending.drain(..length).collect();
        seen
    }

    fn read_more(&mut self) -> bool {
        let mut piece = [0; 4096];
        let count = self.stream.read(&mut piece).unwrap();
        self.pending.extend_from_slice(&piece[..count]);
        count > 0
    }

    fn is_closed(&mut self) -> bool {
        self.pending.is_empty() && !self.read_more()
    }
}

#[test]
fn the_person_api_keeps_its_rules() {
    let api = SampleApi::start().unwrap();
    let mut client = Client::to(&api);
    let list = client.ask("GET", "/api/person/", "").json();
    assert_eq!(list["meta"]["total_count"], 3);
    assert_eq!(
        list["objects"][2].to_string(),
        r#"{"first_name":"Bilbo","id":3,"last_name":"Baggins","login":"bbaggins","resource_uri":"/api/person/3/"}"#
    );
    let made = client.ask("POST", "/api/person/", r#"{"first_name": "Lee", "last_name": "Adama", "login": "apollo"}"#);
    assert_eq!((made.status, made.header("location")), (201, Some("/api/person/4/")));
    assert_eq!(made.json()["id"], 4);
    let table = [
        ("POST", "/api/person/", r#"{"login": "apollo"}"#, 400),
        ("POST", "/api/person/", r#"{"first_name": "Nameless"}"#, 400),
        ("POST", "/api/person/", "{", 400),
        ("POST", "/api/person/", "[1]", 400),
        ("PUT", "/api/person/1/", r#"{"login": "apollo"}"#, 400),
        ("PATCH", "/api/person/1/", r#"{"login": "apollo"}"#, 400),
        ("PATCH", "/api/person/1/", r#"{"login": "gb", "first_name": "G"}"#, 202),
        ("POST", "/api/person/", r#"{"login": "gbaltar"}"#, 201),
        ("PUT", "/api/person/1/", r#"{"login": "gb"}"#, 200),
        ("PUT", "/api/person/77/", r#"{"login": "new"}"#, 201),
        ("DELETE", "/api/person/4/", "", 204),
        ("DELETE", "/api/person/4/", "", 404),
        ("POST", "/api/person/", r#"{"login": "apollo"}"#, 201),
        ("GET", "/api/person/78/", "", 200),
        ("GET", "/api/person/0/", "", 404),
        ("GET", "/api/person/x/", "", 404),
        ("GET", "/api/person/18446744073709551615/", "", 404),
        ("PUT", "/api/person/18446744073709551615/", r#"{"login": "last"}"#, 404),
        ("PUT", "/api/person/", "{}", 405),
        ("POST", "/api/person/1/", "{}", 405),
        ("GET", "/api/person", "", 301),
        ("GET", "/api/persons/", "", 404),
        ("GET", "/api/person/?limit=x", "", 400),
    ];
    for (method, path, body, status) in table {
        assert_eq!(client.ask(method, path, body).status, status, "{method} {path} {body}");
    }
    client.send("POST /api/person/ HTTP/1.1\r\nContent-Length: 2\r\n\r\n{}");
    assert_eq!(client.answer().status, 415);
    assert_eq!(api.connections(), 1);
}

#[test]
fn people_are_filtered_and_paged() {
    let api = SampleApi::start().unwrap();
    let mut client = Client::to(&api);
    let mut logins = |query: &str| {
        let list = client.ask("GET", &format!("/api/person/?{query}"), "").json();
        let logins: Vec<_> =
            list["objects"].as_array().unwrap().iter().map(|p| p["login"].as_str().unwrap().to_owned()).collect();
        (logins.join(" "), list["meta"]["next"].as_str().map(str::to_owned))
    };
    assert_eq!(logins("login=jenkins"), ("jenkins".into(), None));
    assert_eq!(logins("first_name=Bilbo&last_name=Bag%67ins"), ("bbaggins".into(), None));
    assert_eq!(
        logins("login__contains=b&limit=1"),
        ("gbaltar".into(), Some("/api/person/?limit=1&offset=1&login__contains=b".into()))
    );
    assert_eq!(logins("limit=1&offset=2"), ("bbaggins".into(), None));
    assert_eq!(logins("offset=99999999999&limit=0"), (String::new(), None));
    assert_eq!(logins("shoe_size=44"), (String::new(), None));
}

#[test]
fn each_route_does_what_it_says() {
    let api = SampleApi::start().unwrap();
    let mut client = Client::to(&api);
    let echo = client.ask("PUT", "/echo/a%20b?x=1&x=2", r#"{"n": [1]}"#).json();
    assert_eq!(
        (&echo["method"], &echo["path"], &echo["query"]["x"], &echo["json"]["n"][0], &echo["headers"]["host"]),
        (&"PUT".into(), &"/echo/a%20b".into(), &"2".into(), &1.into(), &"x".into())
    );
    let statuses = [
        ("/status/418", 418),
        ("/status/204", 204),
        ("/status/100", 400),
        ("/status/x", 400),
        ("/flaky/k/2/503", 503),
        ("/flaky/k/2/503", 503),
        ("/flaky/k/2/503", 200),
        ("/flaky/other/1/500", 500),
        ("/auth/u/p", 401),
        ("/redirect/0?code=200", 400),
        ("/slow/1", 200),
        ("/nothing", 404),
        ("/", 200),
    ];
    for (path, status) in statuses {
        assert_eq!(client.ask("GET", path, "").status, status, "{path}");
    }
    assert_eq!(client.ask("GET", "/counter/c", "").json()["hit"], 1);
    assert_eq!(client.ask("GET", "/counter/c", "").json()["hit"], 2);
    assert_eq!(client.ask("GET", "/redirect/2?code=307", "").header("location"), Some("/redirect/1?code=307"));
    assert_eq!(client.ask("GET", "/redirect/1", "").header("location"), Some("/echo/redirected"));
    assert_eq!(client.ask("GET", "/text?data=a+%C3%A9", "").body, "a é".as_bytes());
    assert_eq!(client.ask("GET", "/headers", "").head.matches("X-Multi").count(), 2);
    client.send("GET /auth/u/p%3A HTTP/1.1\r\nAuthorization: Basic dTpwOg==\r\n\r\n");
    assert_eq!(client.answer().json()["authenticated"], true);
    let packed = client.ask("GET", "/gzip", "");
    let mut plain = String::new();
    flate2::read::GzDecoder::new(packed.body.as_slice()).read_to_string(&mut plain).unwrap();
    assert_eq!(plain, r#"{"gzipped":true}"#);
    assert_eq!(api.connections(), 1);
}

#[test]
fn drops_close_without_a_word() {
    let api = SampleApi::start().unwrap();
    for path in ["/drop", "/flakydrop/k/1"] {
        let mut client = Client::to(&api);
        client.send(format!("GET {path} HTTP/1.1\r\n\r\n"));
        assert!(client.is_closed());
    }
    assert_eq!(Client::to(&api).ask("GET", "/flakydrop/k/1", "").status, 200);
    assert_eq!((api.requests(), api.connections()), (3, 3));
}

#[test]
fn a_connection_lives_as_long_as_it_should() {
    let api = SampleApi::start().unwrap();
    let closing = [
        ("GET / HTTP/1.1\r\nConnection: close\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nConnection: TE, Close\r\n\r\n", true),
        ("GET / HTTP/1.0\r\n\r\n", true),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", false),
        ("GET / HTTP/1.1\r\n\r\n", false),
    ];
    for (request, closes) in closing {
        let mut client = Client::to(&api);
        client.send(request);
        let seen = client.answer();
        assert_eq!(seen.header("connection").is_some(), closes, "{request}");
        if closes {
            assert!(client.is_closed(), "{request}");
        } else {
            assert_eq!(client.ask("GET", "/", "").status, 200, "{request}");
        }
    }
}

#[test]
fn head_and_204_have_no_body() {
    let api = SampleApi::start().unwrap();
    let mut client = Client::to(&api);
    let got = client.ask("GET", "/api/person/1/", "");
    let head = client.ask("HEAD", "/api/person/1/", "");
    assert_eq!(head.header("content-length"), got.header("content-length"));
    assert_eq!(client.ask("GET", "/status/204", "").header("content-length"), None);
    assert_eq!(client.ask("GET", "/text?data=next", "").body, b"next");
}

#[test]
fn bodies_come_in_every_framing() {
    let api = SampleApi::recording().unwrap();
    let mut client = Client::to(&api);
    let chunked =
        "POST /echo HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\nA\r\n0123456789\r\n0\r\nT: v\r\n\r\n";
    for byte in chunked.bytes() {
        client.send([byte]);
    }
    assert_eq!(client.answer().json()["body"], "abc0123456789");
    client.send("POST /echo HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(client.head().status, 100);
    client.send("ok");
    assert_eq!(client.answer().json()["body"], "ok");
    let large = "x".repeat(3_000_000);
    assert_eq!(client.ask("POST", "/echo", &large).json()["length"], 3_000_000);
    // Two at once, in one packet, are answered in order.
    client.send(
        "POST /text?data=1 HTTP/1.1\r\nContent-Length: 3\r\n\r\nabc\r\nGET http://proxied/text?data=2 HTTP/1.1\r\n\r\n",
    );
    assert_eq!((client.answer().body, client.answer().body), (b"1".to_vec(), b"2".to_vec()));
    let log = api.log();
    let seen: Vec<_> = log.iter().map(|one| (one.method.as_str(), one.path.as_str(), one.body.len())).collect();
    assert_eq!(
        seen,
        [
            ("POST", "/echo", 13),
            ("POST", "/echo", 2),
            ("POST", "/echo", 3_000_000),
            ("POST", "/text?data=1", 3),
            ("GET", "http://proxied/text?data=2", 0)
        ]
    );
    assert_eq!(log[1].header("expect"), Some("100-continue"));
}

#[test]
fn what_is_malformed_is_refused_and_closed() {
    let api = SampleApi::start().unwrap();
    let long = format!("GET /{} HTTP/1.1\r\n\r\n", "x".repeat(70_000));
    let table = [
        ("nonsense\r\n\r\n", 400),
        ("GET / x HTTP/1.1\r\n\r\n", 400),
        ("GET  HTTP/1.1\r\n\r\n", 400),
        ("G(T / HTTP/1.1\r\n\r\n", 400),
        ("GET / HTTP/2.0\r\n\r\n", 505),
        ("GET / HTTP/1.1\r\nNo colon\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nA: b\r\n folded\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nSpace : b\r\n\r\n", 400),
        ("GET / HTTP/1.1\r\nA: b\nC: d\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nContent-Length: 16777217\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nContent-Length: 99999999999999999999999\r\n\r\n", 413),
        ("POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n", 400),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        ("POST / HTTP/1.1\r\nExpect: miracles\r\n\r\n", 417),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n", 400),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n", 400),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n", 413),
        ("POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n", 400),
        (long.as_str(), 431),
    ];
    for (request, status) in table {
        let mut client = Client::to(&api);
        // A good request goes before the bad one, in the same packet; what follows is never answered.
        client.send(format!("GET /status/202 HTTP/1.1\r\n\r\n{request}GET / HTTP/1.1\r\n\r\n"));
        assert_eq!(client.answer().status, 202, "{request}");
        let refused = client.answer();
        assert_eq!((refused.status, refused.header("connection")), (status, Some("close")), "{request}");
        assert!(client.is_closed(), "{request}");
    }
    assert_eq!(api.requests(), table.len() as u64);
}

#[test]
fn a_request_that_ends_early_is_refused() {
    let api = SampleApi::start().unwrap();
    for request in ["GET / HT", "POST / HTTP/1.1\r\nContent-Length: 5\r\n\r\nabc"] {
        let mut client = Client::to(&api);
        client.send(request);
        client.stream.shutdown(Shutdown::Write).unwrap();
        assert_eq!(client.answer().status, 400);
    }
    assert_eq!(api.requests(), 0);
}

#[test]
fn requests_connections_and_concurrency_are_counted() {
    let api = SampleApi::start().unwrap();
    thread::scope(|scope| {
        for _ in 0..6 {
            scope.spawn(|| {
                let mut client = Client::to(&api);
                for _ in 0..3 {
                    assert_eq!(client.ask("GET", "/slow/60", "").status, 200);
                }
            });
        }
    });
    assert_eq!((api.requests(), api.connections()), (18, 6));
    assert!((2..=6).contains(&api.max_in_flight()), "{}", api.max_in_flight());
    assert!(api.log().is_empty());
}

#[test]
fn a_drop_is_prompt_whatever_is_open() {
    let api = SampleApi::start().unwrap();
    let mut idle: Vec<Client> = (0..50).map(|_| Client::to(&api)).collect();
    for client in &mut idle[..25] {
        assert_eq!(client.ask("GET", "/", "").status, 200);
    }
    let mut waiting = Client::to(&api);
    waiting.send("GET /slow/60000 HTTP/1.1\r\n\r\n");
    while api.requests() < 26 {
        thread::sleep(Duration::from_millis(1));
    }
    let address = api.url().trim_start_matches("http://").to_owned();
    let before = Instant::now();
    drop(api);
    assert!(before.elapsed() < Duration::from_millis(500), "{:?}", before.elapsed());
    assert!(waiting.is_closed());
    for client in &mut idle {
        let mut byte = [0];
        let end = client.stream.read(&mut byte);
        assert!(matches!(&end, Ok(0)) || end.is_err_and(|error| error.kind() == ErrorKind::ConnectionReset));
    }
    assert!(TcpStream::connect(address).is_err());
}

#[test]
fn the_suites_are_lists_that_need_nothing_from_outside() {
    for (name, text) in SCENES.iter().filter(|scene| scene.files.is_empty()).flat_map(|scene| scene.suites) {
        let suite: serde_yaml::Value = serde_yaml::from_str(text).unwrap_or_else(|error| panic!("{name}: {error}"));
        assert!(suite.as_sequence().is_some_and(|items| !items.is_empty()), "{name}");
        for word in ["import:", "file:", "env_variable", "env_string"] {
            assert!(!text.contains(word), "{name} has {word}");
        }
    }
}
