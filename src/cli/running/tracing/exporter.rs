//! Spans to a collector: OTLP over HTTP, as JSON.
//!
//! Owns: the queue, the thread that sends, which answers are worth another try, what is lost. Does not: make spans, know
//! who asked for it.

use std::io::Write as _;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, Sender, bounded};

use crate::cli::environment::environment;
use crate::exchange::curl_options::{ConnectionOptions, CurlOptions};
use crate::exchange::egress::Egress;
use crate::exchange::request::{ErrorKind, Exchange as _, Request};
use crate::exchange::response::Response;
use crate::http::{Client, ClientSettings, ProxyEnvironment};
use crate::report::SpanBatch;
use crate::retry::retry_after;
use crate::secrets::{Secrets, shown_beginning, shown_url};

/// So many requests wait for their turn: 2,048 spans.
const QUEUE: usize = 4;

/// The first wait before another try.
const FIRST_WAIT: Duration = Duration::from_millis(200);

/// Waits are cut into pieces this long: the run may end meanwhile.
const NAP: Duration = Duration::from_millis(20);

/// So many characters of what a collector says are shown.
const SHOWN: usize = 200;

/// A longer answer is none of a collector.
const LONGEST_ANSWER: u64 = 1 << 20;

/// Where spans are sent.
pub struct Endpoint {
    /// The whole URL.
    pub url: String,
    /// Headers; their values may be secrets.
    pub headers: Vec<(String, String)>,
    /// Whether bodies are compressed.
    pub is_packed: bool,
    /// The bound on one request.
    pub timeout: Duration,
    /// Certificates.
    pub connection: ConnectionOptions,
    /// Where requests may go.
    pub egress: Option<Arc<Egress>>,
}

/// Sends spans, and keeps count of what is lost.
pub struct Exporter {
    shared: Arc<Shared>,
    /// The queue, and the end of the thread that empties it; nothing before the first spans.
    line: Option<(Sender<SpanBatch>, Receiver<()>)>,
    /// How long the run may still be held up, altogether, because the collector is slow.
    patience: Duration,
}

struct Shared {
    endpoint: Endpoint,
    /// How long one request may be tried.
    limit: Duration,
    /// When all must be sent, once the run has ended.
    until: Mutex<Option<Instant>>,
    /// Spans that are on their way.
    under_way: AtomicUsize,
    lost: Mutex<Lost>,
}

/// What was not taken.
#[derive(Default)]
struct Lost {
    count: usize,
    why: Option<String>,
    /// By the collector's own count.
    rejected: u64,
}

impl Exporter {
    /// Sends to an endpoint; each request is tried for so long. Nothing is opened before there are spans.
    pub fn new(endpoint: Endpoint, limit: Duration) -> Exporter {
        let shared =
            Shared { endpoint, limit, until: Mutex::default(), under_way: AtomicUsize::new(0), lost: Mutex::default() };
        Exporter { shared: Arc::new(shared), line: None, patience: limit }
    }

    /// Puts spans into the queue. Where it is full, the run waits a little, and then they are lost.
    pub fn push(&mut self, batch: SpanBatch) {
        let count = batch.count;
        self.shared.under_way.fetch_add(count, Ordering::Relaxed);
        let shared = &self.shared;
        let (queue, _) = self.line.get_or_insert_with(|| start(shared));
        let started = Instant::now();
        if queue.send_timeout(batch, self.patience.min(Duration::from_secs(1))).is_err() {
            self.shared.lose(count, "the collector takes them too slowly".to_owned());
        }
        self.patience = self.patience.saturating_sub(started.elapsed());
    }

    /// Sends what is left within a time; what is to be said of spans that did not arrive.
    pub fn finish(&mut self, limit: Duration) -> Option<String> {
        *self.shared.until.lock().unwrap_or_else(PoisonError::into_inner) = Instant::now().checked_add(limit);
        if let Some((queue, ended)) = self.line.take() {
            drop(queue);
            let _ = ended.recv_timeout(limit);
        }
        let mut lost = self.shared.lost.lock().unwrap_or_else(PoisonError::into_inner);
        let left = self.shared.under_way.swap(0, Ordering::Relaxed);
        if left > 0 {
            lost.count += left;
            lost.why.get_or_insert_with(|| format!("no answer within {} s", limit.as_secs_f64()));
        }
        let place = shown_url(&self.shared.endpoint.url);
        let why = lost.why.as_deref().unwrap_or("no reason given");
        match (lost.count, lost.rejected) {
            (0, 0) => {
                if lost.why.is_some() {
                    log::warn!("{place} took the spans and says: {why}");
                }
                None
            }
            (0, rejected) => Some(format!("{rejected} spans were rejected by {place}: {why}")),
            (count, _) => Some(format!("{count} spans were not sent to {place}: {why}")),
        }
    }
}

fn start(shared: &Arc<Shared>) -> (Sender<SpanBatch>, Receiver<()>) {
    let ((queue, batches), (end, ended)) = (bounded::<SpanBatch>(QUEUE), bounded(1));
    let shared = shared.clone();
    // Without a thread, the queue is closed at once: what is put into it is lost, and told.
    let _ = thread::Builder::new().name("spans".to_owned()).spawn(move || {
        let client = Client::new(ClientSettings {
            proxies: ProxyEnvironment::of(environment),
            egress: shared.endpoint.egress.clone(),
            connections: 1,
            ..ClientSettings::default()
        });
        for batch in batches {
            shared.send(&client, batch);
        }
        end.send(())
    });
    (queue, ended)
}

/// What a try came to.
enum Tried {
    Taken,
    /// Not now; when the collector asks to be asked again, and why.
    Later(Option<Duration>, String),
    Never(String),
}

impl Shared {
    fn lose(&self, count: usize, why: String) {
        self.under_way.fetch_sub(count.min(self.under_way.load(Ordering::Relaxed)), Ordering::Relaxed);
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.count += count;
        lost.why = Some(why);
    }

    /// When a request that began then must have been taken.
    fn until(&self, started: Instant) -> Instant {
        let end = *self.until.lock().unwrap_or_else(PoisonError::into_inner);
        end.or(started.checked_add(self.limit)).unwrap_or(started)
    }

    fn send(&self, client: &Client, batch: SpanBatch) {
        let SpanBatch { count, json } = batch;
        let mut request = self.request(json.into_bytes());
        let (started, mut wait) = (Instant::now(), FIRST_WAIT);
        loop {
            let left = self.until(started).saturating_duration_since(Instant::now());
            request.timeout = Some(self.endpoint.timeout.min(left.max(Duration::from_millis(1))));
            let (asked, why) = match self.tried(client, &request) {
                Tried::Taken => {
                    self.under_way.fetch_sub(count, Ordering::Relaxed);
                    return;
                }
                Tried::Never(why) => return self.lose(count, why),
                Tried::Later(asked, why) => (asked, why),
            };
            let again = Instant::now().checked_add(asked.unwrap_or(wait));
            wait *= 2;
            loop {
                let now = Instant::now();
                match again {
                    Some(again) if again < self.until(started) => {
                        if now >= again {
                            break;
                        }
                        thread::sleep(NAP.min(again - now));
                    }
                    _ => return self.lose(count, why),
                }
            }
        }
    }

    fn tried(&self, client: &Client, request: &Request) -> Tried {
        match client.send(request) {
            Ok(answer) if (200..300).contains(&answer.status) => {
                self.hear(&answer);
                Tried::Taken
            }
            Ok(answer) => {
                let why = format!("status {}{}", answer.status, self.said(&answer.text()));
                match answer.status {
                    429 | 502..=504 => Tried::Later(retry_after(&answer.headers, SystemTime::now()), why),
                    _ => Tried::Never(why),
                }
            }
            Err(error) => match error.kind {
                ErrorKind::Connect | ErrorKind::Disconnected | ErrorKind::Timeout | ErrorKind::Resolve => {
                    Tried::Later(None, error.message)
                }
                _ => Tried::Never(error.message),
            },
        }
    }

    /// A collector may take a part, and say so.
    fn hear(&self, answer: &Response) {
        let Ok(told) = serde_json::from_slice::<serde_json::Value>(&answer.body) else { return };
        let part = &told["partialSuccess"];
        let rejected = &part["rejectedSpans"];
        let rejected = rejected.as_str().and_then(|count| count.parse().ok()).or(rejected.as_u64()).unwrap_or(0);
        let message = part["errorMessage"].as_str().unwrap_or_default();
        if rejected == 0 && message.is_empty() {
            return;
        }
        let mut lost = self.lost.lock().unwrap_or_else(PoisonError::into_inner);
        lost.rejected += rejected;
        let said = self.said(message);
        lost.why = said.strip_prefix(": ").map(str::to_owned).or(lost.why.take());
    }

    fn request(&self, body: Vec<u8>) -> Request {
        let Endpoint { url, headers, is_packed, connection, .. } = &self.endpoint;
        let mut headers = headers.clone();
        headers.retain(|(name, _)| !matches!(name.as_str(), "content-type" | "content-encoding" | "content-length"));
        headers.push(("content-type".to_owned(), "application/json".to_owned()));
        let packed = is_packed.then(|| {
            let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
            encoder.write_all(&body).and_then(|()| encoder.finish())
        });
        let body = match packed {
            Some(Ok(packed)) => {
                headers.push(("content-encoding".to_owned(), "gzip".to_owned()));
                packed
            }
            _ => body,
        };
        let options = CurlOptions { connection: connection.clone(), ..CurlOptions::default() };
        Request {
            headers,
            body: Some(body.into()),
            options: Arc::new(options),
            max_body: Some(LONGEST_ANSWER),
            ..Request::plain("POST", url)
        }
    }

    /// What a collector says, shortly, and without what it was sent of secrets.
    fn said(&self, text: &str) -> String {
        let Endpoint { url, headers, .. } = &self.endpoint;
        let mut known = Secrets::default();
        known.add_url(url);
        headers.iter().for_each(|(name, value)| {
            known.add(value);
            known.add_header(name, value);
        });
        let text = shown_beginning(&known.redact(text.trim()), SHOWN);
        if text.is_empty() { text } else { format!(": {}", text.escape_debug()) }
    }
}
