//! What the measurements compare with, in one file without packages: `rustc -O tests/bench/peer.rs`.
//!
//! `peer serve MS`: answers every request exactly MS milliseconds after it came, on any number of
//! connections; the last millisecond is spun, since a sleep ends late. Prints its port. GET /figures tells
//! how many milliseconds it really took since the last such question, on a machine that has other work:
//! mean, p50, p90, p99, p99.9. GET /opened tells how many connections there were, and in how many seconds
//! from the first to the last they were accepted.
//! `peer hold MS`: the same with sleeps alone, for thousands of connections.
//! `peer loop HOST:PORT N`: N times GET / over one kept connection, without any parsing but the status
//! line and Content-Length: what a loop that does no work for its user takes. Prints seconds.
//! `peer time COMMAND WORDS…`: runs a command without its output, and prints the seconds from its start to its end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::time::{Duration, Instant};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 29\r\n\r\n{\"id\": 1, \"login\": \"gbaltar\"}";

/// The time of each answer since the last question.
static TAKEN: Mutex<Vec<Duration>> = Mutex::new(Vec::new());
/// When each connection was accepted.
static ACCEPTED: Mutex<Vec<Instant>> = Mutex::new(Vec::new());

fn main() {
    let words: Vec<String> = std::env::args().collect();
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    match words[1..] {
        ["serve", ms] => serve(Duration::from_secs_f64(ms.parse::<f64>().expect("milliseconds") / 1000.0), true),
        ["hold", ms] => serve(Duration::from_secs_f64(ms.parse::<f64>().expect("milliseconds") / 1000.0), false),
        ["loop", address, count] => keep_asking(address, count.parse().expect("a count")),
        ["time", command, ref words @ ..] => time(command, words),
        _ => panic!("peer serve MS | peer hold MS | peer loop HOST:PORT N | peer time COMMAND WORDS"),
    }
}

fn serve(delay: Duration, spins: bool) {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    println!("{}", listener.local_addr().expect("an address").port());
    for stream in listener.incoming().flatten() {
        ACCEPTED.lock().expect("no panic").push(Instant::now());
        let thread = std::thread::Builder::new().stack_size(64 * 1024);
        thread.spawn(move || answer(stream, delay, spins)).expect("a thread");
    }
}

fn answer(mut stream: TcpStream, delay: Duration, spins: bool) {
    let _ = stream.set_nodelay(true);
    let mut buffer = [0; 4096];
    let mut filled = 0;
    loop {
        match stream.read(&mut buffer[filled..]) {
            Ok(count) if count > 0 => filled += count,
            _ => return,
        }
        if !buffer[..filled].ends_with(b"\r\n\r\n") {
            continue;
        }
        let came = Instant::now();
        let told = match buffer {
            _ if buffer.starts_with(b"GET /figures ") => Some(figures()),
            _ if buffer.starts_with(b"GET /opened ") => Some(opened()),
            _ => None,
        };
        if let Some(text) = told {
            let _ = write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: {}\r\n\r\n{text}", text.len());
            return;
        }
        filled = 0;
        let due = came + delay;
        if spins {
            std::thread::sleep(delay.saturating_sub(Duration::from_millis(1)));
            while Instant::now() < due {
                std::hint::spin_loop();
            }
        } else {
            std::thread::sleep(delay);
        }
        let taken = came.elapsed();
        if stream.write_all(ANSWER).is_err() {
            return;
        }
        TAKEN.lock().expect("no panic").push(taken);
    }
}

fn figures() -> String {
    let mut taken = std::mem::take(&mut *TAKEN.lock().expect("no panic"));
    taken.sort_unstable();
    let ms = |time: Duration| time.as_secs_f64() * 1000.0;
    let mean = taken.iter().copied().map(ms).sum::<f64>() / taken.len().max(1) as f64;
    // The smallest time that so many of a hundred do not exceed.
    let at = |percent: f64| {
        let rank = (percent / 100.0 * taken.len() as f64).ceil() as usize;
        taken.get(rank.max(1) - 1).copied().map_or(0.0, ms)
    };
    format!("{mean:.3} {:.3} {:.3} {:.3} {:.3}\n", at(50.0), at(90.0), at(99.0), at(99.9))
}

fn opened() -> String {
    let mut accepted = ACCEPTED.lock().expect("no panic");
    // The one that asks is none of them.
    accepted.pop();
    let took = match (accepted.first(), accepted.last()) {
        (Some(first), Some(last)) => last.duration_since(*first).as_secs_f64(),
        _ => 0.0,
    };
    let text = format!("{} {took:.3}\n", accepted.len());
    accepted.clear();
    text
}

fn keep_asking(address: &str, count: u32) {
    let started = Instant::now();
    let mut stream = TcpStream::connect(address).expect("a connection");
    let _ = stream.set_nodelay(true);
    let request = format!("GET / HTTP/1.1\r\nhost: {address}\r\n\r\n");
    let mut buffer = [0; 4096];
    for _ in 0..count {
        stream.write_all(request.as_bytes()).expect("an open connection");
        let mut filled = 0;
        loop {
            let got = stream.read(&mut buffer[filled..]).expect("an answer");
            assert!(got > 0, "the server closed the connection");
            filled += got;
            let text = &buffer[..filled];
            let Some(head) = text.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            assert!(text.starts_with(b"HTTP/1.1 200"));
            let head_text = std::str::from_utf8(&text[..head]).expect("ASCII").to_ascii_lowercase();
            let length = head_text.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next());
            let length: usize = length.and_then(|length| length.parse().ok()).expect("a length");
            if filled >= head + 4 + length {
                break;
            }
        }
    }
    println!("{:.4}", started.elapsed().as_secs_f64());
}

fn time(command: &str, words: &[&str]) {
    let started = Instant::now();
    let status = Command::new(command).args(words).stdin(Stdio::null()).stdout(Stdio::null()).status();
    let took = started.elapsed();
    assert!(status.expect("the command runs").success());
    println!("{:.5}", took.as_secs_f64());
}
