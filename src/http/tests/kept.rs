//! Connections that are kept, and those that had better not be.

use std::io::Write;
use std::thread::sleep;
use std::time::Duration;

use super::*;
use crate::exchange::request::Exchange;

/// A server that closes each connection a while after its answer, without a word before.
fn closing_after(pause: Duration) -> Server {
    Server::start(move |number, mut stream, tell| {
        let Some((head, _)) = read_request(&mut stream) else { return };
        let _ = tell.send(format!("{number} {head}"));
        let _ = stream.write_all(&ok("x"));
        sleep(pause);
    })
}

fn no_connection_is_kept_to_a_server_that_closes_without_a_word(way: Way) {
    for pause in [Duration::ZERO, Duration::from_millis(80)] {
        let server = closing_after(pause);
        let client = way.client();
        let asked = get(server.url("/"));
        let failed = (0..20).filter(|_| client.send(&asked).is_err()).count();
        assert!(failed <= 1, "{failed} of 20 failed after {pause:?}");
        let mut worker = client.client.worker().prepare(&asked, crate::exchange::request::Wanted::Status);
        let mut response = crate::exchange::response::Response::new(0, "");
        let failed = (0..10).filter(|_| worker.send(&mut response).is_err()).count();
        assert!(failed <= 1, "{failed} of 10 failed after {pause:?}");
    }
}

fn bytes_that_follow_an_answer_without_a_body_are_not_the_next_answer(way: Way) {
    let server = Server::start(|_, mut stream, _| {
        while let Some((head, _)) = read_request(&mut stream) {
            let status = if head.contains("/204") { "204 No Content" } else { "200 OK" };
            let _ = stream.write_all(format!("HTTP/1.1 {status}\r\nContent-Length: 4\r\n\r\n").as_bytes());
            sleep(Duration::from_millis(3));
            let _ = stream.write_all(b"late");
        }
    });
    let client = way.client();
    for method_and_path in [("HEAD", "/"), ("GET", "/204"), ("GET", "/"), ("HEAD", "/204"), ("GET", "/")] {
        let (method, path) = method_and_path;
        let answer = client.send(&request(method, server.url(path))).unwrap();
        assert_eq!(answer.text(), if method == "GET" && path == "/" { "late" } else { "" }, "{method} {path}");
    }
}

#[test]
fn connections_that_wait_are_closed_before_others_are_opened() {
    let (tell, closed) = channel();
    let server = Server::start(move |_, mut stream, _| {
        while read_request(&mut stream).is_some() {
            let _ = stream.write_all(&ok("x"));
        }
        let _ = tell.send(());
    });
    let client = client();
    client.send(&get(server.url("/"))).unwrap();
    assert!(closed.try_recv().is_err());
    client.release();
    closed.recv_timeout(Duration::from_secs(5)).expect("the connection is closed");
    client.send(&get(server.url("/"))).unwrap();
}

both_ways!(
    no_connection_is_kept_to_a_server_that_closes_without_a_word,
    bytes_that_follow_an_answer_without_a_body_are_not_the_next_answer,
);
