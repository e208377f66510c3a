//! Random load plans against a server that counts: what a run reports is what the server saw.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::support::{Figures, PLAIN, run_text};

/// A small generator of numbers: the same plans in every run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// What the server does with a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Deed {
    Answer,
    Busy,
    /// Closes without an answer.
    Drop,
    /// The same, with a reset.
    Reset,
}

/// A server that does at random what its shares say, and counts.
#[derive(Default)]
struct Counting {
    done: Mutex<BTreeMap<Deed, u64>>,
    number: AtomicU64,
}

impl Counting {
    fn start(seed: u64, troubles: [u64; 3]) -> (String, Arc<Counting>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        let counting = Arc::new(Counting::default());
        let server = counting.clone();
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let server = server.clone();
                std::thread::spawn(move || server.serve(stream, seed, troubles));
            }
        });
        (format!("http://{address}"), counting)
    }

    fn serve(&self, mut stream: TcpStream, seed: u64, [busy, drop, reset]: [u64; 3]) {
        stream.set_nodelay(true).unwrap();
        let mut seen = Vec::new();
        let mut buffer = [0; 4096];
        loop {
            while !seen.windows(4).any(|end| end == b"\r\n\r\n") {
                match stream.read(&mut buffer) {
                    Ok(0) | Err(_) => return,
                    Ok(amount) => seen.extend_from_slice(&buffer[..amount]),
                }
            }
            let closes = String::from_utf8_lossy(&seen).to_ascii_lowercase().contains("connection: close");
            seen.clear();
            let number = self.number.fetch_add(1, Ordering::Relaxed);
            let draw = Numbers(seed.wrapping_add(number.wrapping_mul(0x9e37_79b9_7f4a_7c15))).below(100);
            let deed = match draw {
                draw if draw < busy => Deed::Busy,
                draw if draw < busy + drop => Deed::Drop,
                draw if draw < busy + drop + reset => Deed::Reset,
                _ => Deed::Answer,
            };
            *self.done.lock().unwrap().entry(deed).or_default() += 1;
            let answer = match deed {
                Deed::Answer => "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok",
                Deed::Busy => "HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n",
                Deed::Drop => return,
                Deed::Reset => {
                    let _ = socket2::SockRef::from(&stream).set_linger(Some(Duration::ZERO));
                    return;
                }
            };
            if stream.write_all(answer.as_bytes()).is_err() || closes {
                return;
            }
        }
    }

    fn count(&self, deed: Deed) -> u64 {
        self.done.lock().unwrap().get(&deed).copied().unwrap_or_default()
    }
}

/// `200: 7, 503: 2` as numbers.
fn counts(text: Option<&str>) -> BTreeMap<String, u64> {
    let pairs = text.unwrap_or_default().split(", ").filter_map(|pair| pair.split_once(": "));
    pairs.map(|(name, count)| (name.to_owned(), count.parse().unwrap())).collect()
}

/// `PLANS=200` is what the figures in the guide were checked with.
#[test]
fn whatever_the_plan_the_counts_are_the_servers() {
    let plans: u64 = std::env::var("PLANS").ok().and_then(|text| text.parse().ok()).unwrap_or(30);
    for plan in 0..plans {
        let mut numbers = Numbers(plan + 1);
        let mode = ["sync", "async"][numbers.below(2) as usize];
        let trouble = |numbers: &mut Numbers| if numbers.below(2) == 0 { 0 } else { numbers.below(20) };
        let troubles = [trouble(&mut numbers), trouble(&mut numbers), trouble(&mut numbers)];
        let (url, server) = Counting::start(plan, troubles);
        let repeat = 1 + numbers.below(300);
        let mut block = format!("repeat: {repeat}, concurrency: {}", 1 + numbers.below(40));
        if numbers.below(3) == 0 {
            block += &format!(", rate: {}", 200 + numbers.below(5000));
        }
        let retries = numbers.below(3) * numbers.below(2);
        let judged = if numbers.below(2) == 0 {
            ""
        } else {
            ", validators: [{compare: {header: content-length, comparator: eq, expected: '2'}}]"
        };
        let suite = format!(
            "- test: {{name: L, url: /, retry: {{max_retries: {retries}, backoff_base: 0.001}}, \
             performance: {{mode: {mode}, {block}}}{judged}}}\n"
        );
        let ran = run_text(&url, &suite, PLAIN);
        let figures = Figures::of(&ran);
        let number = |name: &str| figures.number(name) as u64;
        let what = format!("plan {plan}: {suite} {troubles:?} {ran:#?} {:?}", server.done.lock().unwrap());
        assert_eq!(number("total"), repeat, "{what}");
        assert_eq!(repeat + number("total_retries"), server.number.load(Ordering::Relaxed), "{what}");
        let statuses = counts(figures.find("statuses"));
        let errors = counts(figures.find("errors"));
        let count = |counts: &BTreeMap<String, u64>, name: &str| counts.get(name).copied().unwrap_or_default();
        assert_eq!(number("passed"), server.count(Deed::Answer), "{what}");
        if retries == 0 {
            assert_eq!(count(&statuses, "503"), server.count(Deed::Busy), "{what}");
            let lost = server.count(Deed::Drop) + server.count(Deed::Reset);
            assert_eq!(count(&errors, "disconnected"), lost, "{what}");
        }
        assert_eq!(statuses.values().sum::<u64>() + errors.values().sum::<u64>(), repeat, "{what}");
    }
}
