//! The transport that ureq sees: what lies below it sends any answer, ureq gets a clean one.
//!
//! Owns: reading answers with our own decoder before ureq does, so that all ways to the wire take the same ones;
//! the header lines as they were received, put aside for the client; a head for ureq that says nothing but the
//! status and where the body ends. Does not: move bytes (see `tcp`, `tls`), decide what an answer is (see `h1`).

use ureq::Error;
use ureq::unversioned::transport::{Buffers, NextTimeout, Transport};

use super::fault::{TransportError, disconnected};
use super::h1::{self, Body, Decoder, Head, Sink};
use super::stopwatch;

/// A connection whose answers are decoded.
#[derive(Debug)]
pub(super) struct Decoded<In> {
    inner: In,
    decoder: Decoder,
    clean: Clean,
    /// The next bytes that go out begin a request.
    at_request_start: bool,
    /// Bytes followed an answer that nobody had asked for.
    is_spoiled: bool,
}

/// What is there for ureq.
#[derive(Debug, Default)]
struct Clean {
    bytes: Vec<u8>,
    consumed: usize,
    progress: bool,
    is_chunked: bool,
}

impl<In: Transport> Decoded<In> {
    pub(super) fn new(inner: In) -> Decoded<In> {
        Decoded {
            inner,
            decoder: Decoder::default(),
            clean: Clean::default(),
            at_request_start: true,
            is_spoiled: false,
        }
    }

    /// Decodes what the inner transport has; whether anything came of it.
    fn decode(&mut self) -> Result<bool, Error> {
        let before = self.clean.bytes.len();
        let input = self.inner.buffers().input();
        let len = input.len();
        if len == 0 || self.decoder.is_complete() {
            self.is_spoiled |= len > 0;
            return Ok(false);
        }
        let used = self.decoder.feed(input, &mut self.clean).map_err(TransportError::from)?;
        self.is_spoiled |= used < len;
        self.inner.buffers().input_consume(used);
        if self.decoder.is_complete() && self.clean.is_chunked {
            self.clean.bytes.extend_from_slice(b"0\r\n\r\n");
        }
        Ok(self.clean.bytes.len() > before)
    }
}

impl Clean {
    fn push_number(&mut self, number: u64, base: u64) {
        let from = self.bytes.len();
        let mut rest = number;
        loop {
            self.bytes.push(b"0123456789abcdef"[(rest % base) as usize]);
            rest /= base;
            if rest == 0 {
                break;
            }
        }
        self.bytes[from..].reverse();
    }
}

impl Sink for Clean {
    fn head(&mut self, head: &Head<'_>) {
        let headers = head.headers().map(|(name, value)| (h1::lower_case(name), value.into_owned()));
        stopwatch::keep_headers(headers.collect());
        if head.minor == 0 {
            stopwatch::note(|watch| watch.is_old = true);
        }
        self.is_chunked = matches!(head.body, Body::Chunked(_));
        self.bytes.extend_from_slice(b"HTTP/1.1 ");
        self.push_number(u64::from(head.status), 10);
        self.bytes.extend_from_slice(b" -\r\n");
        if !head.keeps_open {
            self.bytes.extend_from_slice(b"connection: close\r\n");
        }
        match head.body {
            _ if matches!(head.status, 101 | 204 | 304) => {}
            Body::Length(length) => {
                self.bytes.extend_from_slice(b"content-length: ");
                self.push_number(length, 10);
                self.bytes.extend_from_slice(b"\r\n");
            }
            Body::Chunked(_) => self.bytes.extend_from_slice(b"transfer-encoding: chunked\r\n"),
            Body::UntilClose => {}
        }
        self.bytes.extend_from_slice(b"\r\n");
    }

    fn payload(&mut self, bytes: &[u8]) {
        if !self.is_chunked {
            self.bytes.extend_from_slice(bytes);
        } else if !bytes.is_empty() {
            self.push_number(bytes.len() as u64, 16);
            self.bytes.extend_from_slice(b"\r\n");
            self.bytes.extend_from_slice(bytes);
            self.bytes.extend_from_slice(b"\r\n");
        }
    }

    fn interim(&mut self, status: u16) {
        // ureq may be waiting for it before it sends a body; it passes over those that it does not wait for.
        if status == 100 {
            self.bytes.extend_from_slice(b"HTTP/1.1 100 Continue\r\n\r\n");
        }
    }
}

impl<In: Transport> Transport for Decoded<In> {
    fn buffers(&mut self) -> &mut dyn Buffers {
        self
    }

    fn transmit_output(&mut self, amount: usize, timeout: NextTimeout) -> Result<(), Error> {
        if std::mem::replace(&mut self.at_request_start, false) {
            self.decoder.start(stopwatch::read().answers_head);
            self.clean = Clean { bytes: std::mem::take(&mut self.clean.bytes), ..Clean::default() };
            self.clean.bytes.clear();
        }
        self.inner.transmit_output(amount, timeout)
    }

    fn await_input(&mut self, timeout: NextTimeout) -> Result<bool, Error> {
        loop {
            if self.decode()? {
                return Ok(true);
            }
            let answering = stopwatch::read().first_in.is_some();
            match self.inner.await_input(timeout) {
                Ok(true) => {}
                Ok(false) if self.decoder.may_end() => return Ok(false),
                Ok(false) => return Err(disconnected(answering).into()),
                // ureq would take some of these for the end of a body.
                Err(Error::Io(error)) if is_loss(&error) => return Err(disconnected(answering).into()),
                Err(error) => return Err(error),
            }
        }
    }

    fn is_open(&mut self) -> bool {
        self.at_request_start = true;
        // The inner one takes the first question after an answer for its way back to the pool.
        let is_open = self.inner.is_open();
        is_open && !self.is_spoiled && self.clean.consumed == self.clean.bytes.len()
    }

    fn is_tls(&self) -> bool {
        self.inner.is_tls()
    }
}

fn is_loss(error: &std::io::Error) -> bool {
    use std::io::ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, NotConnected, UnexpectedEof};
    matches!(error.kind(), BrokenPipe | ConnectionAborted | ConnectionReset | NotConnected | UnexpectedEof)
}

/// Output goes straight into the inner transport's buffer, input is what was decoded.
impl<In: Transport> Buffers for Decoded<In> {
    fn output(&mut self) -> &mut [u8] {
        self.inner.buffers().output()
    }

    fn input(&self) -> &[u8] {
        &self.clean.bytes[self.clean.consumed..]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        // Nobody above reads into this; it is filled by decoding.
        &mut []
    }

    fn input_appended(&mut self, _: usize) {}

    fn input_consume(&mut self, amount: usize) {
        let clean = &mut self.clean;
        clean.progress = amount > 0;
        clean.consumed += amount;
        if clean.consumed == clean.bytes.len() {
            clean.bytes.clear();
            clean.consumed = 0;
        }
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.inner.buffers().tmp_and_output()
    }

    fn can_use_input(&self) -> bool {
        self.clean.progress && self.clean.consumed < self.clean.bytes.len()
    }
}
