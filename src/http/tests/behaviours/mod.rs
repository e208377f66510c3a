//! One table of what servers do, played to every way that a request takes to the wire.
//!
//! Owns: that a functional test and a load run, judged or not, see the same: status, headers, kind and words of an
//! error, the time it takes, which connections are kept. Does not: the modes of load runs (see the end-to-end tests).

mod table;

use std::collections::HashMap;
use std::io::Write;
use std::sync::Mutex;
use std::time::Instant;

use self::table::{Behaviour, IN_TIME, Outcome, Step, TIMEOUT, Wire};
use super::secure::Authority;
use super::*;
use crate::exchange::request::{Ended, Exchange, ExchangeError, Next, Slots, Wanted};
use crate::exchange::response::Response;

type Tls = rustls::StreamOwned<rustls::ServerConnection, TcpStream>;

impl Wire for Tls {
    fn finish(&mut self) {
        self.conn.send_close_notify();
        let _ = self.flush();
    }

    fn tcp(&self) -> &TcpStream {
        &self.sock
    }
}

/// A server that plays the row that the path names.
fn serve(rows: &[Behaviour], tls: Option<Arc<rustls::ServerConfig>>) -> Server {
    let steps: HashMap<String, Vec<Step>> = rows.iter().map(|row| (row.name.to_owned(), row.steps.clone())).collect();
    let steps_of = move |head: &str| head.split(['/', ' ']).nth(2).and_then(|name| steps.get(name)).unwrap().clone();
    Server::start(move |_, mut stream, _| match &tls {
        Some(config) => {
            let mut tls = Tls::new(rustls::ServerConnection::new(config.clone()).unwrap(), stream);
            table::converse(&mut tls, &steps_of);
        }
        None => table::converse(&mut stream, &steps_of),
    })
}

/// What one send saw.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Seen {
    outcome: Outcome,
    headers: Option<Vec<(String, String)>>,
    connects: u32,
}

/// A way to the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    Functional,
    /// Over blocking sockets.
    Load(Wanted),
    /// In an event loop.
    Loop(Wanted),
}

impl Way {
    fn is_bare(self) -> bool {
        matches!(self, Way::Load(Wanted::Status) | Way::Loop(Wanted::Status))
    }
}

/// The ways to the wire.
const WAYS: [(&str, Way); 5] = [
    ("functional", Way::Functional),
    ("load", Way::Load(Wanted::Status)),
    ("judged load", Way::Load(Wanted::Everything)),
    ("loop", Way::Loop(Wanted::Status)),
    ("judged loop", Way::Loop(Wanted::Everything)),
];

/// What follows an answer, the end of the connection above all, has arrived by then.
const PAUSE: Duration = Duration::from_millis(30);

/// Sends one request some times, one after another.
struct Repeats {
    request: Arc<Request>,
    wanted: Wanted,
    left: usize,
    pause: Option<Instant>,
    start: Instant,
    seen: Vec<Seen>,
    longest: Duration,
}

impl Slots for Repeats {
    fn next(&mut self, _: usize, now: Instant) -> Next {
        if let Some(until) = self.pause.take_if(|until| *until > now) {
            self.pause = Some(until);
            return Next::At(until);
        }
        if self.left == 0 {
            return Next::End;
        }
        self.left -= 1;
        self.start = now;
        Next::Send(self.request.clone(), self.wanted)
    }

    fn done(&mut self, _: usize, result: Result<&mut Response, ExchangeError>, ended: Ended) {
        self.longest = self.longest.max(self.start.elapsed());
        self.seen.push(seen(result.map(|response| response.clone()), self.wanted == Wanted::Status));
        self.pause = ended.at.checked_add(PAUSE);
    }

    fn is_ending(&self) -> bool {
        false
    }

    fn is_abandoned(&self) -> bool {
        false
    }
}

fn seen(result: Result<Response, ExchangeError>, is_bare: bool) -> Seen {
    match result {
        Ok(response) => Seen {
            outcome: Outcome::Answer(
                response.status,
                if is_bare { String::new() } else { response.text().into_owned() },
            ),
            headers: (!is_bare).then(|| response.headers.clone()),
            connects: response.timing.num_connects,
        },
        Err(ExchangeError { kind, message, timing }) => {
            Seen { outcome: Outcome::None(kind.name(), message.leak()), headers: None, connects: timing.num_connects }
        }
    }
}

/// Sends so often in a way: what was seen, and the longest time a send took.
fn send(asked: &Request, times: usize, insecure: bool, way: Way) -> (Vec<Seen>, Duration) {
    let client = Client::new(ClientSettings { insecure, ..ClientSettings::default() });
    if let Way::Loop(wanted) = way {
        let mut event_loop = client.event_loop(asked).unwrap();
        let mut repeats = Repeats {
            request: Arc::new(asked.clone()),
            wanted,
            left: times,
            pause: None,
            start: Instant::now(),
            seen: Vec::new(),
            longest: Duration::ZERO,
        };
        event_loop.run(1, &mut repeats).unwrap();
        return (repeats.seen, repeats.longest);
    }
    let mut prepared = match way {
        Way::Load(wanted) => Some(client.worker().prepare(asked, wanted)),
        _ => None,
    };
    let mut longest = Duration::ZERO;
    let mut all = Vec::new();
    for at in 0..times {
        let mut response = Response::default();
        let start = Instant::now();
        let result = match &mut prepared {
            Some(prepared) => prepared.send(&mut response),
            None => client.send(asked).map(|answer| response = answer),
        };
        longest = longest.max(start.elapsed());
        all.push(seen(result.map(|()| response), way.is_bare()));
        if at + 1 < times {
            std::thread::sleep(PAUSE);
        }
    }
    (all, longest)
}

/// What is wrong with a row.
fn check(row: &Behaviour, url: &str, is_tls: bool) -> Vec<String> {
    let (wanted, ways) = match &row.with_tls {
        Some(Some(outcome)) if is_tls => (outcome, &WAYS[..]),
        Some(None) if is_tls => (&row.outcome, &WAYS[1..]),
        _ => (&row.outcome, &WAYS[..]),
    };
    let mut asked = request(row.method, format!("{url}{}", row.name));
    asked.timeout = Some(row.timeout());
    asked.body = (row.upload > 0).then(|| vec![b'x'; row.upload].into());
    let is_timeout = matches!(wanted, Outcome::None("timeout", _));
    // After a timeout, or a body cut short, there is no connection that could be kept.
    let times = if is_timeout || row.upload > 0 { 1 } else { 2 };
    let mut wrong = Vec::new();
    let mut functional: Option<Vec<Seen>> = None;
    for &(name, way) in ways {
        let (seen, longest) = send(&asked, times, is_tls, way);
        let mut say = |what: String| wrong.push(format!("{} ({name}, tls {is_tls}): {what}", row.name));
        let is_right = match (&seen[0].outcome, wanted) {
            (Outcome::Answer(status, body), Outcome::Answer(wanted_status, wanted_body)) => {
                status == wanted_status && (way.is_bare() || body == wanted_body)
            }
            (Outcome::None(kind, words), Outcome::None(wanted_kind, wanted_words)) => {
                kind == wanted_kind && words.contains(wanted_words)
            }
            _ => false,
        };
        if !is_right {
            say(format!("{:?} in place of {wanted:?}", seen[0].outcome));
        }
        if longest >= IN_TIME || is_timeout && longest < TIMEOUT {
            say(format!("took {longest:?}"));
        }
        if way == Way::Functional {
            functional = Some(seen);
            continue;
        }
        let Some(functional) = &functional else { continue };
        for (at, (own, other)) in seen.iter().zip(functional).enumerate() {
            let same_outcome = match (&own.outcome, &other.outcome) {
                (Outcome::Answer(status, _), Outcome::Answer(other, _)) if way.is_bare() => status == other,
                (own, other) => own == other,
            };
            let same_headers = own.headers.is_none() || own.headers == other.headers;
            if !same_outcome || !same_headers || own.connects != other.connects {
                say(format!("send {at}: {own:?} where a functional test sees {other:?}"));
            }
        }
    }
    wrong
}

fn gzip(text: &str) -> Vec<u8> {
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(text.as_bytes()).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn every_way_to_the_wire_sees_the_same() {
    let rows = table::table(&gzip("hello"));
    let authority = Authority::new("behaviours", false);
    let plain = serve(&rows, None);
    let secure = serve(&rows, Some(authority.server.clone()));
    let urls = [format!("http://{}/", plain.address), format!("https://localhost:{}/", secure.address.port())];
    let jobs = rows.iter().flat_map(|row| [(row, false), (row, true)]);
    let (jobs, wrong) = (Mutex::new(jobs.collect::<Vec<_>>()), Mutex::new(Vec::new()));
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                loop {
                    let Some((row, is_tls)) = jobs.lock().unwrap().pop() else { return };
                    let found = check(row, &urls[usize::from(is_tls)], is_tls);
                    wrong.lock().unwrap().extend(found);
                }
            });
        }
    });
    let wrong = wrong.into_inner().unwrap();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
