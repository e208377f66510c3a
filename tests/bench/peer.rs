//! What the measurements compare with, in one file without packages: `rustc -O tests/bench/peer.rs`.
//!
//! `peer serve MS`: answers every request exactly MS milliseconds after it came, on any number of
//! connections; the last millisecond is spun, since a sleep ends late. Prints its port. GET /mean tells
//! how many milliseconds it really took since the last such question, on a machine that has other work.
//! `peer hold MS`: the same with sleeps alone, for thousands of connections.
//! `peer loop HOST:PORT N`: N times GET / over one kept connection, without any parsing but the status
//! line and Content-Length: what a loop that does no work for its user takes. Prints seconds.
//! `peer time COMMAND WORDS…`: runs a command without its output, and prints the seconds from its start to its end.

use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Stdio};
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

const ANSWER: &[u8] = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 29\r\n\r\n{\"id\": 1, \"login\": \"gbaltar\"}";

static TAKEN_NS: AtomicU64 = AtomicU64::new(0);
static ANSWERS: AtomicU64 = AtomicU64::new(0);

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
        if buffer.starts_with(b"GET /mean ") {
            let (taken, answers) = (TAKEN_NS.swap(0, Ordering::Relaxed), ANSWERS.swap(0, Ordering::Relaxed));
            let text = format!("{:.3}\n", taken as f64 / 1e6 / answers.max(1) as f64);
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
        TAKEN_NS.fetch_add(taken.as_nanos() as u64, Ordering::Relaxed);
        ANSWERS.fetch_add(1, Ordering::Relaxed);
    }
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
