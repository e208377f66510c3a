//! What servers do, as data: each row is played to whatever way a request takes, and has one right outcome.
//!
//! Owns: the rows and the player. Does not: send (the tests that include this file do), need anything but std and
//! socket2: the end-to-end tests play the same rows to the command.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::thread::sleep;
use std::time::{Duration, Instant};

/// The bound on exchanges that are to reach it.
pub const TIMEOUT: Duration = Duration::from_millis(400);

/// The bound on all others, and on how long it may take until a bound is kept to: a busy machine is in time for it, and
/// whoever only hears from a server that gives up is not.
pub const IN_TIME: Duration = Duration::from_secs(8);

/// How long a server holds on before it gives up.
const PATIENCE: Duration = Duration::from_secs(12);

/// One thing that a server does with a connection.
#[derive(Debug, Clone)]
pub enum Step {
    /// Reads the body of the request; its head has been read.
    Read,
    /// Reads on without an end, slowly but steadily.
    ReadSlowly,
    Send(Vec<u8>),
    /// Sends so many bytes at a time, with a pause after each.
    Drip(Vec<u8>, usize, Duration),
    Pause(u64),
    /// Neither reads nor writes until the client has gone.
    Hold,
    /// Ends the connection in order (with TLS: says so first).
    Close,
    /// Ends it without a word: FIN alone.
    Cut,
    /// Breaks it.
    Reset,
}

/// The right outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// An answer with this status and this body.
    Answer(u16, String),
    /// None: the kind of error by its name, and a part of its words.
    None(&'static str, &'static str),
}

/// A row.
#[derive(Debug, Clone)]
pub struct Behaviour {
    pub name: &'static str,
    pub method: &'static str,
    /// Bytes of the request's body.
    pub upload: usize,
    pub steps: Vec<Step>,
    pub outcome: Outcome,
    /// Where TLS makes a difference; `Some(None)` where a functional test has no such thing then.
    pub with_tls: Option<Option<Outcome>>,
}

/// A connection of a server.
pub trait Wire: Read + Write {
    /// Ends it in order.
    fn finish(&mut self);
    fn tcp(&self) -> &TcpStream;
}

impl Wire for TcpStream {
    fn finish(&mut self) {}

    fn tcp(&self) -> &TcpStream {
        self
    }
}

/// Plays the row that each request names (`steps_of` its head) until a step, or the client, ends the connection.
pub fn converse(wire: &mut impl Wire, steps_of: impl Fn(&str) -> Vec<Step>) {
    let _ = wire.tcp().set_nodelay(true);
    while let Ok(head) = read_head(wire) {
        if !matches!(play(wire, &steps_of(&head), &head), Ok(true)) {
            return;
        }
    }
}

/// Plays the steps for the request with this head; whether the connection goes on.
fn play(wire: &mut impl Wire, steps: &[Step], head: &str) -> io::Result<bool> {
    for step in steps {
        match step {
            Step::Read => {
                let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
                let mut body = wire.take(length.and_then(|length| length.parse().ok()).unwrap_or(0));
                io::copy(&mut body, &mut io::sink())?;
            }
            Step::ReadSlowly => {
                let mut buffer = vec![0; 64 * 1024];
                // So slowly that nobody is through before the server's patience is over.
                while wire.read(&mut buffer)? > 0 {
                    sleep(Duration::from_millis(50));
                }
            }
            Step::Send(bytes) => wire.write_all(bytes)?,
            Step::Drip(bytes, size, pause) => {
                for piece in bytes.chunks(*size) {
                    wire.write_all(piece)?;
                    wire.flush()?;
                    sleep(*pause);
                }
            }
            Step::Pause(time) => sleep(Duration::from_millis(*time)),
            Step::Hold => {
                let start = Instant::now();
                let _ = wire.tcp().set_nonblocking(true);
                while start.elapsed() < PATIENCE && !matches!(wire.tcp().peek(&mut [0]), Ok(0)) {
                    sleep(Duration::from_millis(20));
                }
                return Ok(false);
            }
            Step::Close => {
                wire.finish();
                return Ok(false);
            }
            Step::Cut => return Ok(false),
            Step::Reset => {
                let _ = socket2::SockRef::from(wire.tcp()).set_linger(Some(Duration::ZERO));
                return Ok(false);
            }
        }
    }
    wire.flush()?;
    Ok(true)
}

/// Reads the head of a request.
fn read_head(wire: &mut impl Read) -> io::Result<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        wire.read_exact(&mut byte)?;
        head.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&head).into_owned())
}

impl Behaviour {
    /// The bound on its exchanges.
    pub fn timeout(&self) -> Duration {
        if matches!(self.outcome, Outcome::None("timeout", _)) { TIMEOUT } else { IN_TIME }
    }

    fn method(mut self, method: &'static str) -> Behaviour {
        self.method = method;
        self
    }

    fn upload(mut self, bytes: usize) -> Behaviour {
        (self.upload, self.method) = (bytes, "POST");
        self
    }

    fn with_tls(mut self, outcome: Option<Outcome>) -> Behaviour {
        self.with_tls = Some(outcome);
        self
    }
}

fn row(name: &'static str, steps: Vec<Step>, outcome: Outcome) -> Behaviour {
    Behaviour { name, method: "GET", upload: 0, steps, outcome, with_tls: None }
}

/// The server reads the request, sends this, and waits for the next.
fn sends(name: &'static str, answer: impl AsRef<[u8]>, outcome: Outcome) -> Behaviour {
    row(name, vec![Step::Read, Step::Send(answer.as_ref().to_vec())], outcome)
}

/// The server reads the request, sends this, and goes.
fn goes(name: &'static str, answer: impl AsRef<[u8]>, end: Step, outcome: Outcome) -> Behaviour {
    row(name, vec![Step::Read, Step::Send(answer.as_ref().to_vec()), end], outcome)
}

/// 200 with a header line and a body of 5 bytes.
fn with(header: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{header}\r\nContent-Length: 5\r\n\r\nhello")
}

/// 200 with a body in chunks.
fn chunked(body: &str) -> String {
    format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n{body}")
}

/// 200 with these header lines.
fn lines(count: usize, length: usize) -> String {
    let lines: Vec<String> = (0..count).map(|number| format!("X-{number}: {}", "v".repeat(length))).collect();
    with(&lines.join("\r\n"))
}

fn answer(status: u16, body: &str) -> Outcome {
    Outcome::Answer(status, body.to_owned())
}

/// What a server does, with gzip made by the test's own library: the good bytes.
pub fn table(gzip: &[u8]) -> Vec<Behaviour> {
    let hello = || answer(200, "hello");
    let empty = || answer(200, "");
    let timeout = || Outcome::None("timeout", "no complete answer within 0.4 s");
    let malformed = |what: &'static str| Outcome::None("protocol", what);
    let before = || Outcome::None("disconnected", "the server closed the connection before an answer came");
    let within = || Outcome::None("disconnected", "the server closed the connection before the answer was complete");
    let long = b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nhello";
    let until_close = b"HTTP/1.1 200 OK\r\n\r\nhello";
    let encoded = |name: &str, bytes: &[u8]| {
        let head = format!("HTTP/1.1 200 OK\r\nContent-Encoding: {name}\r\nContent-Length: {}\r\n\r\n", bytes.len());
        [head.as_bytes(), bytes].concat()
    };
    let ms = Duration::from_millis;
    vec![
        // Ordinary answers, and odd but plain ones.
        sends("plain", with("X: y"), hello()),
        sends("no_reason", "HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", hello()),
        sends("line_feeds_alone", "HTTP/1.1 200 OK\nContent-Length: 5\n\nhello", hello()),
        sends("an_empty_line_first", format!("\r\n{}", with("X: y")), hello()),
        sends("status_600", "HTTP/1.1 600 X\r\nContent-Length: 0\r\n\r\n", answer(600, "")),
        sends("status_404", "HTTP/1.1 404 X\r\nContent-Length: 2\r\n\r\nno", answer(404, "no")),
        goes("http_1_0", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello", Step::Close, hello()),
        sends("http_1_0_kept", "HTTP/1.0 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\nhello", hello()),
        goes("http_1_0_until_close", "HTTP/1.0 200 OK\r\n\r\nhello", Step::Close, hello()),
        goes("until_close", until_close, Step::Close, hello()),
        goes("until_cut", until_close, Step::Cut, hello()).with_tls(Some(within())),
        goes("until_reset", until_close, Step::Reset, within()),
        goes("says_close", with("Connection: close"), Step::Close, hello()),
        sends("says_close_and_stays", with("Connection: close"), hello()),
        goes("closes_without_a_word", with("X: y"), Step::Close, hello()),
        goes("is_cut_after_its_answer", with("X: y"), Step::Cut, hello()),
        // Chunks.
        sends("chunks", chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n"), hello()),
        row(
            "chunks_byte_by_byte",
            vec![Step::Read, Step::Drip(chunked("2\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n").into_bytes(), 1, ms(1))],
            hello(),
        ),
        sends("chunks_with_extensions", chunked("5;a=\"b\";c\r\nhello\r\n0;d\r\n\r\n"), hello()),
        sends("chunks_with_a_trailer", chunked("5\r\nhello\r\n0\r\nX-Sum: 1\r\nX-More: 2\r\n\r\n"), hello()),
        sends("chunks_with_line_feeds_alone", chunked("5\nhello\n0\n\n"), hello()),
        sends("chunks_with_zeros", chunked("0005 \r\nhello\r\n000\r\n\r\n"), hello()),
        sends("a_chunk_with_a_sign", chunked("+5\r\nhello\r\n0\r\n\r\n"), malformed("has no size")),
        sends("a_chunk_without_a_size", chunked("zz\r\nhello\r\n0\r\n\r\n"), malformed("has no size")),
        sends("a_chunk_too_long", chunked("3\r\nhello\r\n0\r\n\r\n"), malformed("longer than it says")),
        sends("a_chunk_too_large", chunked("fffffffffffffffff\r\nhello"), malformed("too large")),
        goes("chunks_cut_short", chunked("5\r\nhel"), Step::Close, within()),
        goes("chunks_cut_before_the_end", chunked("5\r\nhello\r\n0\r\n"), Step::Close, within()),
        // Lengths and codings.
        sends(
            "length_and_chunks",
            with("Transfer-Encoding: chunked").replace("hello", "5\r\nhello\r\n0\r\n\r\n"),
            hello(),
        ),
        sends("coding_identity", with("Transfer-Encoding: identity"), hello()),
        sends("coding_unknown", with("Transfer-Encoding: frob"), malformed("Transfer-Encoding \"frob\" is unknown")),
        sends("coding_almost_chunked", with("Transfer-Encoding: xchunked"), malformed("\"xchunked\" is unknown")),
        sends("coding_after_chunked", with("Transfer-Encoding: chunked, gzip"), malformed("goes on after")),
        sends("length_with_a_sign", "HTTP/1.1 200 OK\r\nContent-Length: +5\r\n\r\nhello", malformed("not a number")),
        sends("length_negative", "HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello", malformed("not a number")),
        sends("length_in_words", "HTTP/1.1 200 OK\r\nContent-Length: five\r\n\r\nhello", malformed("not a number")),
        sends("lengths_in_conflict", with("Content-Length: 6"), malformed("two different Content-Lengths")),
        sends("lengths_agreed", with("Content-Length: 5, 5"), hello()),
        goes("length_too_long", long, Step::Close, within()),
        goes("length_too_long_and_reset", long, Step::Reset, within()),
        sends("length_too_short", with("X: y").replace("hello", "hello, world"), hello()),
        sends("another_answer_behind", format!("{}{}", with("X: y"), with("X: z")), hello()),
        // Heads.
        sends("lines_200", lines(200, 10), hello()),
        sends("lines_2900", lines(2900, 90), hello()),
        sends("line_of_280_kib", lines(1, 280 * 1024), hello()),
        row("a_head_in_pieces", vec![Step::Read, Step::Drip(lines(4, 10).into_bytes(), 7, ms(1))], hello()),
        sends("head_of_400_kib", lines(400, 1024), malformed("larger than 300 KiB")),
        sends("folded_lines", with("X: a\r\n  b\r\n\tc"), hello()),
        sends("a_folded_length", "HTTP/1.1 200 OK\r\nContent-Length:\r\n 5\r\n\r\nhello", hello()),
        sends("blank_before_the_colon", with("X-Odd : v\r\nSet-Cookie\t: a=b"), hello()),
        sends("odd_names", with("X(1): v\r\nX Y: z\r\n\u{fc}: w"), hello()),
        sends("control_characters", with("X: \u{1}\u{1b}[31m\u{7f}"), hello()),
        sends(
            "bytes_above_ascii",
            [b"HTTP/1.1 200 \xff\r\nX: \xfc\r\nContent-Length: 5\r\n\r\nhello".as_slice()].concat(),
            hello(),
        ),
        sends("a_zero_byte", with("X: \0"), malformed("a zero byte")),
        sends("a_line_without_a_colon", with("nothing"), malformed("no colon")),
        goes("nothing_at_all", "", Step::Close, before()),
        goes("cut_before_the_head", "", Step::Cut, before()),
        goes("reset_before_the_head", "", Step::Reset, before()),
        goes("cut_within_the_head", "HTTP/1.1 200 OK\r\nContent-Le", Step::Close, within()),
        sends("garbage", "garbage, and more of it\r\n", malformed("does not begin with HTTP/1.0 or HTTP/1.1")),
        goes("http_0_9", "<html>hello</html>", Step::Close, malformed("does not begin with HTTP/1.0 or HTTP/1.1")),
        sends("http_2", "HTTP/2 200 OK\r\n\r\n", malformed("does not begin with HTTP/1.0 or HTTP/1.1")),
        sends("status_of_four_digits", "HTTP/1.1 2000 OK\r\n\r\n", malformed("no status")),
        sends("status_below_100", "HTTP/1.1 099 OK\r\n\r\n", malformed("no status")),
        // Answers without a body.
        sends("no_content", "HTTP/1.1 204 No Content\r\n\r\n", answer(204, "")),
        row(
            "no_content_with_a_length",
            vec![
                Step::Read,
                Step::Send(b"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n".to_vec()),
                Step::Pause(3),
                Step::Send(b"hello".to_vec()),
            ],
            answer(204, ""),
        ),
        sends("not_modified_with_a_length", "HTTP/1.1 304 X\r\nContent-Length: 5\r\n\r\n", answer(304, "")),
        sends("head", "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", empty()).method("HEAD"),
        sends("head_with_a_body", with("X: y"), empty()).method("HEAD"),
        sends("head_of_chunks", chunked(""), empty()).method("HEAD"),
        // Answers before the answer.
        sends("continue_unasked", format!("HTTP/1.1 100 Continue\r\n\r\n{}", with("X: y")), hello()),
        sends("continue_with_headers", format!("HTTP/1.1 100 Continue\r\nX: y\r\n\r\n{}", with("X: y")), hello())
            .upload(9),
        sends("early_hints", format!("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n{}", with("X: y")), hello()),
        sends("many_hints", format!("{}{}", "HTTP/1.1 102 X\r\n\r\n".repeat(50), with("X: y")), hello()),
        sends("switching_protocols", "HTTP/1.1 101 X\r\nUpgrade: x\r\n\r\n", answer(101, "")),
        // Encodings.
        sends("gzip", encoded("gzip", gzip), hello()),
        sends("gzip_corrupt", encoded("gzip", b"no gzip at all"), malformed("not valid gzip")),
        sends("gzip_cut_short", encoded("gzip", &gzip[..gzip.len() - 6]), malformed("not valid gzip")),
        sends("gzip_empty", encoded("gzip", b""), empty()),
        sends("encoding_identity", encoded("identity", b"hello"), hello()),
        // Time.
        row("silent", vec![Step::Read, Step::Hold], timeout()),
        row("stalled_head", vec![Step::Read, Step::Send(b"HTTP/1.1 200 OK\r\nX".to_vec()), Step::Hold], timeout()),
        row("stalled_body", vec![Step::Read, Step::Send(long.to_vec()), Step::Hold], timeout()),
        row("dripping_head", vec![Step::Read, Step::Drip(lines(9, 90).into_bytes(), 1, ms(10))], timeout()),
        row(
            "dripping_body",
            vec![
                Step::Read,
                Step::Send(b"HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n".to_vec()),
                Step::Drip(vec![b'x'; 500], 1, ms(30)),
            ],
            timeout(),
        ),
        row("slow_but_in_time", vec![Step::Read, Step::Pause(100), Step::Send(with("X: y").into_bytes())], hello()),
        // Uploads.
        sends("upload", with("X: y"), hello()).upload(1_000_000),
        row("slow_upload", vec![Step::ReadSlowly], timeout()).upload(16_000_000),
        row("stuck_upload", vec![Step::Hold], timeout()).upload(16_000_000),
        row(
            "early_413",
            vec![
                Step::Send(b"HTTP/1.1 413 X\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno".to_vec()),
                Step::Pause(100),
                Step::Close,
            ],
            answer(413, "no"),
        )
        .upload(16_000_000),
        row(
            "early_413_and_no_end",
            vec![Step::Send(b"HTTP/1.1 413 X\r\nContent-Length: 2\r\n\r\nno".to_vec()), Step::Hold],
            answer(413, "no"),
        )
        .upload(16_000_000)
        // ureq has TLS above the socket, which cannot tell the answer from anything else that a server says.
        .with_tls(None),
        row("dropped_upload", vec![Step::Pause(50), Step::Cut], before()).upload(16_000_000),
    ]
}
