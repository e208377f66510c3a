//! The receiving side of a connection: what came and is not yet answered.
//!
//! Owns: one request after another out of bytes that arrive in any pieces. Does not: read a socket, answer.

use super::call::Call;
use super::chunks::Chunks;
use super::head::{self, Facts, Framing, HEAD_LIMIT, Head, Refusal, TOO_LONG, bad};

/// What a connection begins with, and what it keeps between requests.
const USUAL: usize = 8 * 1024;
/// Memory up to this size is kept.
const KEPT: usize = 64 * 1024;

const BLANK_LINE: &[u8] = b"\r\n\r\n";

/// What was received and not yet consumed.
#[derive(Debug)]
pub(super) struct Intake {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    /// So much of what is here has no blank line.
    scanned: usize,
    /// What the head said whose body is not complete, with its length.
    begun: Option<(usize, Facts)>,
    chunks: Chunks,
    /// The body that came in chunks.
    body: Vec<u8>,
    is_local: bool,
}

/// What there is.
#[derive(Debug, Clone, Copy)]
pub(super) enum Step {
    /// A request was handed over.
    Taken,
    /// More must come.
    More,
    /// More must come, and the peer waits to be asked for it.
    Continue,
}

impl Intake {
    /// Of a peer on this machine, or on another one.
    pub fn new(is_local: bool) -> Intake {
        Intake {
            buffer: Vec::new(),
            start: 0,
            end: 0,
            scanned: 0,
            begun: None,
            chunks: Chunks::default(),
            body: Vec::new(),
            is_local,
        }
    }

    /// Whether nothing of a request has come.
    pub fn is_empty(&self) -> bool {
        self.start == self.end && self.begun.is_none()
    }

    /// Whether a head is here and its body is not.
    pub fn is_in_body(&self) -> bool {
        self.begun.is_some()
    }

    /// Room for what comes next.
    pub fn room(&mut self) -> &mut [u8] {
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            if self.buffer.len() > KEPT {
                self.buffer = Vec::new();
            }
        }
        if self.buffer.is_empty() {
            self.buffer.resize(USUAL, 0);
        }
        if self.end == self.buffer.len() {
            if self.start > 0 {
                self.buffer.copy_within(self.start..self.end, 0);
                (self.start, self.end) = (0, self.end - self.start);
            } else {
                self.buffer.resize(self.buffer.len() * 2, 0);
            }
        }
        &mut self.buffer[self.end..]
    }

    /// So many bytes came into the room.
    pub fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// What the end of the stream means.
    pub fn ended(&self) -> Refusal {
        match (self.begun, self.is_empty()) {
            (Some(_), _) => bad("the body ends early"),
            (None, true) => Refusal::Gone,
            (None, false) => bad("the request ends early"),
        }
    }

    /// Hands over the next request, if all of it is here.
    pub fn take(&mut self, take: &mut dyn FnMut(&Call<'_>, Facts)) -> Result<Step, Refusal> {
        if let Some((length, facts)) = self.begun {
            return self.go_on(length, facts, take);
        }
        let Some(length) = self.head_length()? else { return Ok(Step::More) };
        let (buffer, start, end, is_local) = (&self.buffer, self.start, self.end, self.is_local);
        let mut found = None;
        head::read(&buffer[start..start + length], &mut |head: Head<'_>| {
            let facts = head.facts;
            let Framing::Length(body) = facts.framing else {
                found = Some((facts, None));
                return;
            };
            let whole = length + body;
            if end - start < whole {
                found = Some((facts, None));
                return;
            }
            take(&called(&head, &buffer[start + length..start + whole], (whole, is_local)), facts);
            found = Some((facts, Some(whole)));
        })?;
        match found {
            Some((_, Some(whole))) => {
                self.consume(whole);
                Ok(Step::Taken)
            }
            Some((facts, None)) => {
                self.begun = Some((length, facts));
                let has_begun = self.end - self.start > length;
                match self.go_on(length, facts, take)? {
                    Step::More if facts.expects_continue && !has_begun => Ok(Step::Continue),
                    step => Ok(step),
                }
            }
            None => Err(bad("not a request line")),
        }
    }

    /// The same once the head is known.
    fn go_on(&mut self, length: usize, facts: Facts, take: &mut dyn FnMut(&Call<'_>, Facts)) -> Result<Step, Refusal> {
        let first = self.start + length;
        let (body_end, consumed) = match facts.framing {
            Framing::Length(body) if self.end - first < body => return Ok(Step::More),
            Framing::Length(body) => (first + body, length + body),
            Framing::Chunked => {
                let (count, is_whole) = self.chunks.take(&self.buffer[first..self.end], &mut self.body)?;
                // What has been taken makes room, so that memory holds the body once.
                self.buffer.copy_within(first + count..self.end, first);
                self.end -= count;
                if !is_whole {
                    return Ok(Step::More);
                }
                (first, length)
            }
        };
        let bytes = if facts.framing == Framing::Chunked { &self.body[..] } else { &self.buffer[first..body_end] };
        head::read(&self.buffer[self.start..first], &mut |head: Head<'_>| {
            take(&called(&head, bytes, (length + bytes.len(), self.is_local)), facts);
        })?;
        self.begun = None;
        self.chunks = Chunks::default();
        self.body = Vec::new();
        self.consume(consumed);
        Ok(Step::Taken)
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        self.scanned = 0;
    }

    /// How long the head is, blank line and all. Empty lines before a request are skipped, as RFC 9112 asks.
    fn head_length(&mut self) -> Result<Option<usize>, Refusal> {
        while self.buffer[self.start..self.end].starts_with(b"\r\n") {
            self.start += 2;
            self.scanned = 0;
        }
        let received = &self.buffer[self.start..self.end];
        if let Some(at) = memchr::memmem::find(&received[self.scanned..], BLANK_LINE) {
            let head = self.scanned + at;
            return if head > HEAD_LIMIT { Err(TOO_LONG) } else { Ok(Some(head + BLANK_LINE.len())) };
        }
        if received.len() > HEAD_LIMIT {
            return Err(TOO_LONG);
        }
        self.scanned = received.len().saturating_sub(BLANK_LINE.len() - 1);
        Ok(None)
    }
}

fn called<'h>(head: &Head<'h>, body: &'h [u8], (size, is_local): (usize, bool)) -> Call<'h> {
    Call { method: head.method, target: head.target, raw_headers: head.headers, body, size, is_local }
}
