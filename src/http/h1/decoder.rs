//! The decoder of one answer after another, fed with whatever piece of bytes is there.
//!
//! Owns: how far an answer is, heads that come in pieces, the limit on them. Does not: keep an answer; that is
//! handed to a `Sink` as it comes, and a head that came in one piece is never copied.

use super::body::Body;
use super::head::{self, Head};
use super::malformed::Malformed;

/// Longer heads are refused; libcurl's limit.
const MAX_HEAD: usize = 300 * 1024;

/// What takes an answer as it comes.
pub(in super::super) trait Sink {
    /// The head of the answer.
    fn head(&mut self, head: &Head<'_>);
    /// A piece of its body, without any framing.
    fn payload(&mut self, bytes: &[u8]);
    /// An answer that announces the real one.
    fn interim(&mut self, status: u16) {
        let _ = status;
    }
}

/// Follows answers through the bytes of a connection.
#[derive(Debug, Default)]
pub(in super::super) struct Decoder {
    /// The request was HEAD: no body follows.
    answers_head: bool,
    state: State,
    /// A head that is not all there.
    pending: Vec<u8>,
    /// From where in it the end of the head is looked for.
    scanned: usize,
    /// Its first line is one.
    is_begun: bool,
    /// Bytes of heads so far, interim ones too.
    head_bytes: usize,
    keeps_open: bool,
}

#[derive(Debug, Default)]
enum State {
    #[default]
    Head,
    Body(Body),
    Complete,
}

impl Decoder {
    /// Makes ready for the answer of the next request.
    pub fn start(&mut self, answers_head: bool) {
        self.answers_head = answers_head;
        self.state = State::Head;
        self.pending.clear();
        (self.scanned, self.is_begun, self.head_bytes, self.keeps_open) = (0, false, 0, false);
    }

    /// Follows the answer through the next bytes: how many of them belong to it.
    pub fn feed(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<usize, Malformed> {
        let mut used = 0;
        while used < bytes.len() {
            match &mut self.state {
                State::Complete => break,
                State::Head => used += self.feed_head(&bytes[used..], sink)?,
                State::Body(body) => {
                    used += body.feed(&bytes[used..], |part| sink.payload(part))?;
                    if body.is_complete() {
                        self.state = State::Complete;
                    }
                }
            }
        }
        Ok(used)
    }

    /// Whether all of the answer has been there.
    pub fn is_complete(&self) -> bool {
        matches!(self.state, State::Complete)
    }

    /// Whether the answer is complete when the connection ends here.
    pub fn may_end(&self) -> bool {
        matches!(self.state, State::Complete | State::Body(Body::UntilClose))
    }

    /// Whether the connection can carry another exchange.
    pub fn keeps_open(&self) -> bool {
        self.is_complete() && self.keeps_open
    }

    fn feed_head(&mut self, bytes: &[u8], sink: &mut impl Sink) -> Result<usize, Malformed> {
        if self.pending.is_empty() {
            // Some servers send an empty line too many after a body.
            let blank = bytes.iter().take_while(|byte| matches!(byte, b'\r' | b'\n')).count();
            if blank > 0 {
                self.count(blank)?;
                return Ok(blank);
            }
            if let Some((len, head)) = head::parse(bytes, self.answers_head)? {
                self.settle(len, &head, sink)?;
                return Ok(len);
            }
            self.hold(bytes)?;
            return Ok(bytes.len());
        }
        let before = self.pending.len();
        self.hold(bytes)?;
        let Some(len) = self.head_end() else { return Ok(bytes.len()) };
        let pending = std::mem::take(&mut self.pending);
        let parsed = head::parse(&pending[..len], self.answers_head)?;
        let Some((len, head)) = parsed else { return Err(Malformed::new("its head has no end")) };
        self.settle(len, &head, sink)?;
        // Kept for its memory.
        self.pending = pending;
        self.pending.clear();
        (self.scanned, self.is_begun) = (0, false);
        Ok(len - before)
    }

    /// Takes a piece of a head over.
    fn hold(&mut self, bytes: &[u8]) -> Result<(), Malformed> {
        self.pending.extend_from_slice(bytes);
        if !self.is_begun {
            self.is_begun = head::status_line(&self.pending)?.is_some();
        }
        if self.pending.len() + self.head_bytes > MAX_HEAD && self.head_end().is_none() {
            return Err(too_large());
        }
        Ok(())
    }

    /// Where the head that is held ends: behind an empty line.
    fn head_end(&mut self) -> Option<usize> {
        let bytes = &self.pending;
        let mut at = self.scanned;
        loop {
            let Some(line_end) = bytes[at..].iter().position(|byte| *byte == b'\n') else {
                self.scanned = bytes.len();
                return None;
            };
            at += line_end;
            match bytes[at + 1..] {
                [b'\n', ..] => return Some(at + 2),
                [b'\r', b'\n', ..] => return Some(at + 3),
                [] | [b'\r'] => {
                    self.scanned = at;
                    return None;
                }
                _ => at += 1,
            }
        }
    }

    fn count(&mut self, len: usize) -> Result<(), Malformed> {
        self.head_bytes += len;
        if self.head_bytes > MAX_HEAD { Err(too_large()) } else { Ok(()) }
    }

    fn settle(&mut self, len: usize, head: &Head<'_>, sink: &mut impl Sink) -> Result<(), Malformed> {
        self.count(len)?;
        if head.is_interim() {
            sink.interim(head.status);
            return Ok(());
        }
        sink.head(head);
        self.keeps_open = head.keeps_open;
        self.state = if head.body.is_complete() { State::Complete } else { State::Body(head.body) };
        Ok(())
    }
}

fn too_large() -> Malformed {
    Malformed::new("its head is larger than 300 KiB")
}

/// Whether these bytes hold an answer that makes the rest of a request's body pointless: an error, as libcurl
/// has it. A server that answers anything else wants the rest.
pub(in super::super) fn refuses(bytes: &[u8]) -> bool {
    let mut rest = bytes.trim_ascii_start();
    while let Ok(Some((len, head))) = head::parse(rest, false) {
        if !head.is_interim() {
            return head.status >= 400;
        }
        rest = &rest[len..];
    }
    false
}
