//! `curl_option_http_version`: what is spoken, and what is said of what is not.

use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;

use crate::support::{Answer, Finish, Folder, Promised, run_text};

/// The heads of so many requests, each answered on a connection that stays open.
fn heads(count: usize) -> (String, std::thread::JoinHandle<Vec<String>>) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let heads = std::thread::spawn(move || {
        let mut heads = Vec::new();
        for mut stream in listener.incoming().flatten() {
            let mut reader = BufReader::new(stream.try_clone().expect("a stream"));
            let mut head = String::new();
            while reader.read_line(&mut head).is_ok_and(|read| read > 0) {
                if head.ends_with("\r\n\r\n") {
                    heads.push(std::mem::take(&mut head));
                    let _ =
                        stream.write_all(b"HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 2\r\n\r\nok");
                }
            }
            if heads.len() >= count {
                break;
            }
        }
        heads
    });
    (url, heads)
}

#[test]
fn one_is_http_1_0() {
    let tests =
        "- test: {url: /, curl_option_http_version: 1, validators: [compare: {version: '', expected: HTTP/1.0}]}\n";
    let load = "- test: {url: /, curl_option_http_version: 1, performance: {repeat: 2, concurrency: 1}}\n";
    let evented =
        "- test: {url: /, curl_option_http_version: 1, performance: {repeat: 2, concurrency: 1, mode: async}}\n";
    for (suite, count) in [(tests.repeat(2), 2), (load.to_owned(), 2), (evented.to_owned(), 2)] {
        let (url, heads) = heads(count);
        let ran = run_text(&url, &suite, ["--log", "info"]).exits(0);
        let heads = heads.join().expect("heads");
        assert_eq!(heads.len(), count, "{ran:#?}");
        for head in heads {
            assert!(head.starts_with("GET / HTTP/1.0\r\n"), "{head}");
            assert!(head.to_lowercase().contains("\r\nconnection: close\r\n"), "{head}");
        }
    }
}

#[test]
fn what_is_not_spoken_is_said_once() {
    let suite = |version: u32| format!("- test: {{url: /, curl_option_http_version: {version}}}\n").repeat(3);
    for (version, said) in [
        (0, Some("INFO:curl_option_http_version: 0 leaves the version open: HTTP/1.1 is spoken")),
        (2, None),
        (4, Some("WARNING:curl_option_http_version: 4 asks for HTTP/2, which is not spoken here: HTTP/1.1 is")),
    ] {
        let server = Promised::new(3, |_, _| Answer::ok(""));
        let ran = run_text(&server.url(), &suite(version), ["--log", "info"]).exits(0);
        let lines = ran.stderr.lines().filter(|line| line.contains("http_version")).collect::<Vec<_>>();
        assert_eq!(lines, said.into_iter().collect::<Vec<_>>(), "{version}");
    }
    for (version, said) in [(3, "HTTP/2"), (5, "h2c"), (30, "HTTP/3"), (31, "HTTP/3"), (7, "no version 7")] {
        let server = Promised::new(0, |_, _| Answer::ok(""));
        let ran = run_text(&server.url(), &suite(version), ["--log", "info"]).exits(65);
        assert!(ran.stderr.contains(said), "{ran:#?}");
    }
}

#[test]
fn curl_is_told_of_http_1_0() {
    let folder = Folder::new();
    folder.file("s.yaml", "- test: {url: /, curl_option_http_version: 1}\n");
    let ran = folder.resttest().args(["export", "curl", "http://h", "s.yaml"]).finish().exits(0);
    assert!(ran.stdout.contains(" -0"), "{ran:#?}");
    folder.file("c.sh", "curl -0 http://h/x\n");
    let ran = folder.resttest().args(["convert", "c.sh"]).finish().exits(0);
    assert!(ran.stdout.contains("curl_option_http_version: 1"), "{ran:#?}");
}
