//! Requests of all kinds against the mock server, right and broken: what is a request is answered, what is none is
//! refused, and the server goes on.

use std::io::Write as _;

use super::mock::Mock;
use crate::support::Folder;

const OK: &str = "GET /ok HTTP/1.1\r\nHost: x\r\n\r\n";

fn mock() -> (Folder, Mock) {
    Mock::of("- stub: {request: {path: /ok}, response: {body: ok}}\n")
}

/// The statuses of all answers.
fn statuses(answer: &str) -> Vec<&str> {
    answer.split("HTTP/1.1 ").skip(1).filter_map(|part| part.get(..3)).collect()
}

#[test]
fn what_is_a_request_is_answered() {
    let (folder, mock) = mock();
    let mut cases: Vec<(String, &[&str])> = Vec::new();
    for method in [
        "GET",
        "POST",
        "PUT",
        "PATCH",
        "DELETE",
        "OPTIONS",
        "TRACE",
        "PURGE",
        "MKCOL",
        "PROPFIND",
        "PROPPATCH",
        "M-SEARCH",
        "QUERY",
        "MERGE",
        "LINK",
        "UNLINK",
        "SUBSCRIBE",
        "a!#$%&'*+-.^_`|~1",
    ] {
        cases.push((format!("{method} /ok HTTP/1.1\r\nHost: x\r\n\r\n"), &["200"]));
    }
    for target in ["/ok", "/ok?", "/ok?a=b%20c&d", "/ok?a=?b#", "/%6f%6b", "http://x/ok", "http://[::1]:80/ok?x"] {
        cases.push((format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"), &["200"]));
    }
    for target in ["*", "/", "/ok/", "//ok", "/%zz", "host:443", "/\u{e4}", "/ok;x", "/%00"] {
        cases.push((format!("GET {target} HTTP/1.1\r\nHost: x\r\n\r\n"), &["404"]));
    }
    for headers in [
        "Host:x",
        "Host: x\r\nX:",
        "Host: x\r\nX: \t a \t ",
        "host: x\r\nX-\u{e4}",
        "Host: x\r\nX: \u{e4}\u{fc}",
        "Host: x\r\nConnection: keep-alive, Upgrade\r\nUpgrade: WebSocket",
        "Host: x\r\nConnection: , ,",
        "Host: x\r\nContent-Length: 0\r\nContent-Length: 0",
        "Host: x\r\nContent-Length: 000",
        "Host: x\r\nTransfer-Encoding: CHUNKED\r\nX: 1\r\n\r\n0\r\nTrailer: yes\r\nOther:",
        "Host: x\r\nTransfer-Encoding: chunked\r\n\r\n000002\r\nab\r\n0;ext=\"a;b\"",
        "Host: x\r\nTransfer-Encoding: chunked\r\n\r\na \r\n0123456789\r\n0",
    ] {
        let is_name_wrong = headers.contains("X-\u{e4}");
        cases
            .push((format!("POST /ok HTTP/1.1\r\n{headers}\r\n\r\n"), if is_name_wrong { &["400"] } else { &["200"] }));
    }
    let pipelined = [
        (format!("{OK}{OK}{OK}"), &["200", "200", "200"][..]),
        (format!("\r\n{OK}\r\n\r\n{OK}"), &["200", "200"]),
        (format!("POST /ok HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody{OK}"), &["200", "200"]),
        (
            format!("POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n{OK}"),
            &["200", "200"],
        ),
        (format!("GET /ok HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n{OK}"), &["200"]),
        (format!("GET /ok HTTP/1.0\r\n\r\n{OK}"), &["200"]),
        (format!("GET /ok HTTP/1.0\r\nConnection: keep-alive\r\n\r\n{OK}"), &["200", "200"]),
        (format!("{OK}GET /none HTTP/1.1\r\nHost: x\r\n\r\nBROKEN\r\n\r\n{OK}"), &["200", "404", "400"]),
        (format!("{OK}{}", &OK[..10]), &["200", "400"]),
    ];
    // Where requests are noted, an answer is over once it has gone out, and the next request waits for that.
    let noting = Mock::start(&folder, &["stubs.yaml", "--admin", "--log-requests", "log.ndjson"]);
    for (bytes, expected) in &pipelined {
        for _ in 0..20 {
            assert_eq!(statuses(&noting.raw(bytes)), *expected, "{bytes:?}");
        }
    }
    noting.end().exits(0);
    for (bytes, expected) in cases.into_iter().chain(pipelined) {
        assert_eq!(statuses(&mock.raw(&bytes)), expected, "{bytes:?}");
        // However it arrives.
        let mut slow = mock.connect();
        for piece in bytes.as_bytes().chunks(7) {
            let _ = slow.write_all(piece);
        }
    }
    mock.end().exits(0);
}

#[test]
fn what_is_no_request_is_refused_and_ends_its_connection() {
    let (_folder, mock) = mock();
    let head = "POST /ok HTTP/1.1\r\nHost: x\r\n";
    let chunked = format!("{head}Transfer-Encoding: chunked\r\n\r\n");
    let cases = [
        "GET\r\n\r\n".to_owned(),
        "GET /ok\r\n\r\n".to_owned(),
        " GET /ok HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTP/1.1 \r\nHost: x\r\n\r\n".to_owned(),
        "GET /o k HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET\t/ok HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTP/1.1\rHost: x\r\r".to_owned(),
        "GET /ok HTTP/1.1\r\nHost: x\n\r\n".to_owned(),
        "GET /ok HTTP/1.1\n\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTPS/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTP/0.9\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTP/1.2\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTP/11.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTP/1.01\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok HTTP/1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /ok http/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "G(T /ok HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "G\0T /ok HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /o\x01k HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "GET /o\x7fk HTTP/1.1\r\nHost: x\r\n\r\n".to_owned(),
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".to_owned(),
        "SOURCE /ok ICE/1.0\r\nHost: x\r\n\r\n".to_owned(),
        "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n".to_owned(),
        format!("{head}: no name\r\n\r\n"),
        format!("{head}no colon\r\n\r\n"),
        format!("{head}X : space\r\n\r\n"),
        format!("{head}X\t: tab\r\n\r\n"),
        format!("{head}X: a\rb\r\n\r\n"),
        format!("{head}X: a\0b\r\n\r\n"),
        format!("{head}X: a\r\n b\r\n\r\n"),
        format!("{head}X: a\r\n\tb\r\n\r\n"),
        format!("{head}X(Y): a\r\n\r\n"),
        format!("{head}Content-Length: \r\n\r\n"),
        format!("{head}Content-Length: +1\r\n\r\na"),
        format!("{head}Content-Length: 1 1\r\n\r\na"),
        format!("{head}Content-Length: 0x1\r\n\r\na"),
        format!("{head}Content-Length: 1.0\r\n\r\na"),
        format!("{head}Content-Length: 1\r\nContent-Length: 01, 2\r\n\r\na"),
        format!("{head}Content-Length: 18446744073709551616\r\n\r\n"),
        format!("{head}Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{head}Transfer-Encoding: chunked\r\nContent-Length: 1\r\n\r\n0\r\n\r\n"),
        format!("{head}Transfer-Encoding: identity\r\n\r\n"),
        format!("{head}Transfer-Encoding: chunked, gzip\r\n\r\n0\r\n\r\n"),
        format!("{head}Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n"),
        format!("{head}Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
        format!("{head}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
        format!("{head}Transfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
        format!("{chunked}\r\n"),
        format!("{chunked}x\r\n"),
        format!("{chunked}0x2\r\nab\r\n0\r\n\r\n"),
        format!("{chunked} 2\r\nab\r\n0\r\n\r\n"),
        format!("{chunked}+2\r\nab\r\n0\r\n\r\n"),
        format!("{chunked}-1\r\n"),
        format!("{chunked}2\nab\n0\n\n"),
        format!("{chunked}2;a\nb\r\nab\r\n0\r\n\r\n"),
        format!("{chunked}2\r\r\nab\r\n0\r\n\r\n"),
        format!("{chunked}2\r\nab0\r\n\r\n"),
        format!("{chunked}2\r\nabcd\r\n0\r\n\r\n"),
        format!("{chunked}2\r\na"),
        format!("{chunked}fffffffffffffffff\r\n"),
        format!("{chunked}ffffffffffffffff\r\n"),
        format!("{chunked}2;{}", "a".repeat(5_000)),
        format!("{chunked}0\r\n{}", "A: b\r\n".repeat(20_000)),
        "\0".repeat(100) + "\r\n\r\n",
        "A".repeat(70_000),
        format!("GET /{} HTTP/1.1\r\nHost: x\r\n\r\n", "a".repeat(70_000)),
        "\r\n".repeat(10) + "x\r\n\r\n",
    ];
    for case in cases {
        // What follows must not be taken for a request of its own.
        let answer = mock.raw(format!("{case}{OK}"));
        let shown: String = case.chars().take(120).collect();
        let all = statuses(&answer);
        assert!(all.len() == 1 && all[0].starts_with(['4', '5']), "{shown:?}: {all:?} {answer:?}");
        assert!(mock.raw(OK).ends_with("ok"), "after {shown:?}");
    }
    mock.end().exits(0);
}

/// A request with bytes changed, lost, doubled and moved, thousands of times, the same each run.
#[test]
fn no_broken_request_ends_the_server() {
    let (_folder, mock) = mock();
    let seeds = [
        "POST /ok?a=b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\nhello",
        "POST /ok HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\nCookie: a=b; c\r\n\r\n3;x=y\r\nabc\r\n0\r\nT: 1\r\n\r\n",
        "PUT http://h/%6fk HTTP/1.0\r\nConnection: keep-alive\r\nContent-Type: multipart/form-data; boundary=B\r\nContent-Length: 9\r\n\r\n--B\r\n\r\n--",
    ];
    let mut draw = fastrand::Rng::with_seed(11);
    for round in 0..1500 {
        let mut bytes = seeds[round % seeds.len()].as_bytes().to_vec();
        for _ in 0..draw.usize(1..6) {
            if bytes.is_empty() {
                break;
            }
            let at = draw.usize(..bytes.len());
            match draw.u8(..5) {
                0 => bytes[at] = draw.u8(..),
                1 => drop(bytes.remove(at)),
                2 => bytes.insert(at, *draw.choice(b"\r\n\0: ,;0fF\xff".iter()).expect("one")),
                3 => bytes.truncate(at.max(1)),
                _ => {
                    let end = (at + draw.usize(1..20)).min(bytes.len());
                    let piece = bytes[at..end].to_vec();
                    bytes.splice(at..at, piece);
                }
            }
        }
        let answer = mock.raw(&bytes);
        let shown = String::from_utf8_lossy(&bytes).into_owned();
        assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 "), "{shown:?}: {answer:?}");
        assert!(!answer.contains("HTTP/1.1 500"), "{shown:?}: {answer:?}");
    }
    assert!(mock.raw(OK).ends_with("ok"));
    mock.end().exits(0);
}
