//! Host names that are slow, unknown, or loopback, whichever way a request takes.

use std::time::{Duration, Instant};

use super::*;
use crate::exchange::request::{ErrorKind, Exchange, ExchangeError, Wanted};
use crate::exchange::response::Response;

/// Sends plainly and as a load run does: the kind, the words and the time that it took, of each.
fn both_ways(client: &Client, asked: &Request) -> [(ErrorKind, String, Duration); 2] {
    let timed = |send: &dyn Fn() -> Result<(), ExchangeError>| {
        let start = Instant::now();
        let error = send().unwrap_err();
        (error.kind, error.message, start.elapsed())
    };
    let load = || client.worker().prepare(asked, Wanted::Status).send(&mut Response::default());
    [timed(&|| client.send(asked).map(|_| ())), timed(&load)]
}

#[test]
fn a_look_up_is_bounded_by_the_request_and_named() {
    let look_up = |_: &str, _: u16| {
        std::thread::sleep(Duration::from_secs(3));
        Err(std::io::Error::other("nobody waits for this"))
    };
    let client = Client::new(ClientSettings { look_up, ..ClientSettings::default() });
    for (host, timeout, connect_timeout) in [("whole.test", 300, None), ("connect.test", 5000, Some(300))] {
        let mut asked = get(format!("http://{host}/"));
        asked.timeout = Some(Duration::from_millis(timeout));
        asked.connect_timeout = connect_timeout.map(Duration::from_millis);
        for (kind, words, time) in both_ways(&client, &asked) {
            assert_eq!(kind, ErrorKind::Timeout);
            assert_eq!(words, format!("host name \"{host}\" could not be looked up within 0.3 s"));
            assert!(time >= Duration::from_millis(300) && time < Duration::from_millis(600), "{time:?}");
        }
    }
}

#[test]
fn what_a_look_up_met_with_is_told_apart() {
    let look_up = |host: &str, _: u16| {
        let reason = match host {
            "silent.test" => "Temporary failure in name resolution",
            _ => "Name or service not known",
        };
        Err(std::io::Error::other(format!("failed to lookup address information: {reason}")))
    };
    let client = Client::new(ClientSettings { look_up, ..ClientSettings::default() });
    for (host, words) in [
        ("silent.test", "host name \"silent.test\" could not be looked up: the name server did not answer"),
        ("nowhere.test", "host name \"nowhere.test\" is not known"),
    ] {
        for (kind, message, _) in both_ways(&client, &get(format!("http://{host}/"))) {
            assert_eq!((kind, message.as_str()), (ErrorKind::Resolve, words));
        }
    }
}

#[test]
fn every_name_below_localhost_is_this_machine() {
    let server = Server::answering(|_, _| ok("here"));
    let client = client();
    for host in ["app.localhost", "localhost.", "A.B.LOCALHOST"] {
        let asked = get(format!("http://{host}:{}/", server.address.port()));
        assert_eq!(client.send(&asked).unwrap().text(), "here");
        client.worker().prepare(&asked, Wanted::Status).send(&mut Response::default()).unwrap();
    }
}
