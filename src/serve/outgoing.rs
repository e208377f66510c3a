//! The sending side of a connection: bytes, when each may go, and what comes after the last.
//!
//! Owns: heads completed with what the connection adds, pieces and faults as bytes and times. Does not: write a socket.

use std::collections::VecDeque;
use std::io::Write as _;
use std::time::{Duration, Instant};

use super::answer::Answer;
use super::reply::{Delivery, Fault};

/// Between two bytes of a head that comes slowly.
const SLOW: Duration = Duration::from_millis(50);
/// Memory up to this size is kept.
const KEPT: usize = 64 * 1024;
/// What is no HTTP, whoever reads it.
const GARBAGE: &[u8] =
    b"\x16\x03\x00\x99\xfe\xff\x00\x1b[7m\xc3\x28 lkj \x80\x81 this is no HTTP \x00\x01\x02\r\n\r\n\xff\xff";

/// What comes after the last byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) enum Ending {
    /// The next request.
    #[default]
    Open,
    /// The end of the connection.
    Close,
    /// The same, once the peer has stopped sending.
    Linger,
    /// A reset.
    Reset,
    /// Nothing, until the peer gives up.
    Never,
}

/// What a connection adds to an answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Manner<'m> {
    /// The date of now; empty where none is sent.
    pub date: &'m str,
    pub is_head: bool,
    /// `Connection: …`, if it is said.
    pub connection: &'static str,
}

/// What is to be sent.
#[derive(Default)]
pub(super) struct Outgoing {
    bytes: Vec<u8>,
    sent: usize,
    /// Until each of these moments, no byte from this one on goes out.
    held: VecDeque<(Instant, usize)>,
    pub ending: Ending,
    pub on_sent: Option<Box<dyn FnOnce() + Send>>,
}

impl Outgoing {
    /// What may go out now.
    pub fn ready(&self) -> &[u8] {
        let end = self.held.front().map_or(self.bytes.len(), |(_, end)| self.bytes.len().min(*end));
        &self.bytes[self.sent.min(end)..end]
    }

    /// So many bytes went out.
    pub fn went(&mut self, count: usize) {
        self.sent += count;
        if self.sent == self.bytes.len() {
            self.sent = 0;
            self.bytes.clear();
            if self.bytes.capacity() > KEPT {
                self.bytes = Vec::new();
            }
            if let Some(tell) = self.on_sent.take_if(|_| self.held.is_empty()) {
                tell();
            }
        }
    }

    /// Whether all that was to go out has gone.
    pub fn is_done(&self) -> bool {
        self.bytes.is_empty() && self.held.is_empty()
    }

    /// Whether the next request must wait.
    pub fn is_busy(&self) -> bool {
        self.ending != Ending::Open || self.on_sent.is_some() || !self.held.is_empty() || self.bytes.len() > 4 * KEPT
    }

    /// When more may go out.
    pub fn due(&self) -> Option<Instant> {
        self.held.front().map(|(due, _)| *due)
    }

    /// Lets out what is due; whether that is the beginning of an answer.
    pub fn release(&mut self, now: Instant) -> bool {
        let before = self.held.len();
        while self.held.front().is_some_and(|(due, _)| *due <= now) {
            self.held.pop_front();
        }
        self.held.len() < before
    }

    /// Nothing from here on goes out before a moment.
    pub fn hold_until(&mut self, due: Instant) {
        self.held.push_back((due, self.bytes.len()));
    }

    /// Adds bytes as they are.
    pub fn push(&mut self, bytes: &[u8]) {
        self.bytes.extend_from_slice(bytes);
    }

    /// Adds an answer.
    pub fn answer(&mut self, answer: &Answer, manner: Manner<'_>) {
        self.bytes.extend_from_slice(&answer.head);
        self.end_head(answer, manner);
        if !manner.is_head {
            self.bytes.extend_from_slice(&answer.body);
        }
    }

    fn end_head(&mut self, answer: &Answer, manner: Manner<'_>) {
        if !answer.has_date && !manner.date.is_empty() {
            for part in ["Date: ", manner.date, "\r\n"] {
                self.bytes.extend_from_slice(part.as_bytes());
            }
        }
        self.bytes.extend_from_slice(manner.connection.as_bytes());
        self.bytes.extend_from_slice(b"\r\n");
    }

    /// Adds an answer that goes out from `from` on, in a way of its own.
    pub fn deliver(&mut self, answer: &Answer, manner: Manner<'_>, delivery: Delivery, from: Instant) {
        let begin = self.bytes.len();
        let fault = match delivery {
            Delivery::Whole => return self.answer(answer, manner),
            Delivery::Dribble { chunks, over } => {
                self.answer(answer, manner);
                let body = if manner.is_head { 0 } else { answer.body.len() };
                return self.dribble(body, chunks, (from, over));
            }
            Delivery::Broken(fault) => fault,
        };
        let announced = match fault {
            Fault::SlowHeaders => {
                self.answer(answer, manner);
                let head = self.bytes.len() - begin - if manner.is_head { 0 } else { answer.body.len() };
                for number in 1..head {
                    let after = SLOW * u32::try_from(number).unwrap_or(u32::MAX);
                    self.held.push_back((from + after, begin + number));
                }
                return;
            }
            Fault::Timeout => {
                self.ending = Ending::Never;
                return;
            }
            Fault::Reset => {
                self.ending = Ending::Reset;
                return;
            }
            Fault::Empty => {
                self.ending = Ending::Close;
                return;
            }
            Fault::Garbage => {
                self.bytes.extend_from_slice(GARBAGE);
                self.ending = Ending::Close;
                return;
            }
            Fault::BadChunk => {
                self.bytes.extend_from_slice(answer.head_without_length());
                self.bytes.extend_from_slice(b"Transfer-Encoding: chunked\r\n");
                self.end_head(answer, manner);
                self.bytes.extend_from_slice(b"zz\r\n");
                self.bytes.extend_from_slice(&answer.body);
                self.bytes.extend_from_slice(b"\r\n");
                self.ending = Ending::Close;
                return;
            }
            Fault::BadLength => answer.body.len() + 10,
            // Where nothing would be missing, something is.
            Fault::Truncate(count) => answer.body.len().max(count + 1),
        };
        self.bytes.extend_from_slice(answer.head_without_length());
        // Writing into a Vec cannot fail.
        let _ = write!(self.bytes, "Content-Length: {announced}\r\n");
        self.end_head(answer, manner);
        let shown = if let Fault::Truncate(count) = fault { count.min(answer.body.len()) } else { answer.body.len() };
        self.bytes.extend_from_slice(&answer.body[..shown]);
        self.ending = Ending::Close;
    }

    /// The first piece has the head with it, the last one comes at the end of the time.
    fn dribble(&mut self, body: usize, chunks: u32, (from, over): (Instant, Duration)) {
        let first = self.bytes.len() - body;
        let chunks = chunks.clamp(1, u32::try_from(body).unwrap_or(u32::MAX).max(1));
        for number in 1..chunks {
            let share = u128::from(number) * body as u128 / u128::from(chunks);
            let end = first + usize::try_from(share).unwrap_or(body);
            self.held.push_back((from + over * number / (chunks - 1).max(1), end));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLAIN: Manner<'_> = Manner { date: "", is_head: false, connection: "" };

    fn outgoing(delivery: Delivery, from: Instant) -> Outgoing {
        let mut out = Outgoing::default();
        let answer = Answer::new(200, "s").with("A", "1").body(b"0123456789".to_vec());
        out.deliver(&answer, PLAIN, delivery, from);
        out
    }

    fn shown(out: &Outgoing) -> String {
        String::from_utf8_lossy(out.ready()).into_owned()
    }

    #[test]
    fn faults_are_what_they_are_called() {
        let head = "HTTP/1.1 200 OK\r\nServer: s\r\nA: 1\r\n";
        for (fault, expected, ending) in [
            (Fault::Reset, String::new(), Ending::Reset),
            (Fault::Empty, String::new(), Ending::Close),
            (Fault::Timeout, String::new(), Ending::Never),
            (Fault::Truncate(4), format!("{head}Content-Length: 10\r\n\r\n0123"), Ending::Close),
            (Fault::Truncate(99), format!("{head}Content-Length: 100\r\n\r\n0123456789"), Ending::Close),
            (Fault::BadLength, format!("{head}Content-Length: 20\r\n\r\n0123456789"), Ending::Close),
            (Fault::BadChunk, format!("{head}Transfer-Encoding: chunked\r\n\r\nzz\r\n0123456789\r\n"), Ending::Close),
        ] {
            let out = outgoing(Delivery::Broken(fault), Instant::now());
            assert_eq!((shown(&out), out.ending), (expected, ending), "{fault:?}");
        }
        assert!(!outgoing(Delivery::Broken(Fault::Garbage), Instant::now()).ready().starts_with(b"HTTP"));
    }

    #[test]
    fn pieces_come_one_after_another() {
        let from = Instant::now();
        let mut out = outgoing(Delivery::Dribble { chunks: 5, over: Duration::from_secs(4) }, from);
        assert!(shown(&out).ends_with("\r\n\r\n01"), "{}", shown(&out));
        for (second, end) in [(1, "0123"), (2, "012345"), (3, "01234567"), (4, "0123456789")] {
            assert!(!out.release(from + Duration::from_millis(second * 1000 - 1)));
            assert!(out.release(from + Duration::from_secs(second)));
            assert!(shown(&out).ends_with(end), "{second}: {}", shown(&out));
        }
        assert!(out.due().is_none());
        // More pieces than bytes are as many as there are bytes.
        let out = outgoing(Delivery::Dribble { chunks: u32::MAX, over: Duration::ZERO }, from);
        assert_eq!(out.held.len(), 9);
    }

    #[test]
    fn a_slow_head_begins_with_its_first_byte() {
        let from = Instant::now();
        let mut out = outgoing(Delivery::Broken(Fault::SlowHeaders), from);
        assert_eq!(shown(&out), "H");
        out.release(from + SLOW * 3);
        assert_eq!(shown(&out), "HTTP");
    }
}
