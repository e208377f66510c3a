//! The head of an answer: status line and header lines.
//!
//! Owns: reading it, folded lines, what it says about body and connection. Does not: follow the body (see
//! `body`), wait for the rest of a head (see `decoder`).

use std::borrow::Cow;

use memchr::memchr;

use super::body::{Body, START};
use super::malformed::Malformed;
use crate::exchange::response::Response;
use crate::ground::value::latin1;

/// A head, all there.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Head<'a> {
    /// The status.
    pub status: u16,
    /// The digit behind `HTTP/1.`.
    pub minor: u8,
    /// A header line says that the body is encoded.
    pub is_encoded: bool,
    /// The connection can carry another exchange, as far as the head knows.
    pub keeps_open: bool,
    /// How the body is delimited.
    pub body: Body,
    lines: &'a [u8],
}

impl<'a> Head<'a> {
    /// An answer that announces another: anything of the 1xx but 101, after which no HTTP follows.
    pub fn is_interim(&self) -> bool {
        (100..200).contains(&self.status) && self.status != 101
    }

    /// What was spoken.
    pub fn version(&self) -> &'static str {
        if self.minor == 0 { "HTTP/1.0" } else { "HTTP/1.1" }
    }

    /// Adds the header lines to an answer, as text: names in lower case, values read as ISO-8859-1.
    pub fn add_to(&self, response: &mut Response) {
        let lines = self.lines;
        // Checked once for all: what is ASCII need not be checked, line by line, for being UTF-8.
        let text = std::str::from_utf8(lines).ok().filter(|text| text.is_ascii());
        let part = |bytes: &[u8]| {
            let from = (bytes.as_ptr() as usize).wrapping_sub(lines.as_ptr() as usize);
            text?.get(from..from.checked_add(bytes.len())?)
        };
        let add = |to: &mut String, bytes: &[u8]| match part(bytes) {
            Some(text) => to.push_str(text),
            None => to.push_str(&latin1(bytes)),
        };
        for (name, value) in self.headers() {
            response.add_header(|to_name, to_value| {
                add(to_name, name);
                to_name.make_ascii_lowercase();
                add(to_value, &value);
            });
        }
    }

    /// The values of `Content-Encoding`, in order.
    pub fn encodings(&self) -> Vec<String> {
        if !self.is_encoded {
            return Vec::new();
        }
        let lines = self.headers().filter(|(name, _)| is(name, b"content-encoding"));
        lines.map(|(_, value)| latin1(&value)).collect()
    }

    /// The header lines in order, folded ones joined. Names as received, values without blanks around them.
    pub fn headers(&self) -> Headers<'a> {
        Headers { lines: self.lines }
    }
}

/// A header's name as text, in lower case.
pub(in super::super) fn lower_case(name: &[u8]) -> String {
    let mut name = latin1(name);
    name.make_ascii_lowercase();
    name
}

/// The header lines of a head.
#[derive(Debug, Clone, Copy)]
pub(in super::super) struct Headers<'a> {
    lines: &'a [u8],
}

impl<'a> Iterator for Headers<'a> {
    type Item = (&'a [u8], Cow<'a, [u8]>);

    fn next(&mut self) -> Option<Self::Item> {
        let (line, end) = line_at(self.lines, 0)?;
        let (name, value) = split(line)?;
        self.lines = &self.lines[end..];
        let mut value = Cow::Borrowed(value);
        while is_folded(self.lines) {
            let Some((more, end)) = line_at(self.lines, 0) else { break };
            self.lines = &self.lines[end..];
            let more = more.trim_ascii();
            if !more.is_empty() {
                let joined = value.to_mut();
                if !joined.is_empty() {
                    joined.push(b' ');
                }
                joined.extend_from_slice(more);
            }
        }
        Some((name, value))
    }
}

/// Reads a head with its empty line; `None` while that is missing. Also says how long it is.
pub(super) fn parse(bytes: &[u8], answers_head: bool) -> Result<Option<(usize, Head<'_>)>, Malformed> {
    let Some((status_line, start)) = status_line(bytes)? else { return Ok(None) };
    let mut said = Said::default();
    let mut has_folded = false;
    let mut rest = &bytes[start..];
    let (lines, len) = loop {
        let Some(end) = memchr(b'\n', rest) else { return Ok(None) };
        let (line, after) = (&rest[..end], &rest[end + 1..]);
        let at = bytes.len() - rest.len();
        match line {
            [] | [b'\r'] => break (&bytes[start..at], at + end + 1),
            [b' ' | b'\t', ..] if at > start => {}
            _ => {
                let colon = memchr(b':', line).ok_or_else(|| Malformed::new("a header line has no colon"))?;
                match after.first() {
                    None => return Ok(None),
                    // A line that goes on is judged when it is whole.
                    Some(b' ' | b'\t') => has_folded = true,
                    Some(_) => said.hear(&line[..colon], &line[colon + 1..])?,
                }
            }
        }
        rest = after;
    };
    if memchr(0, lines).is_some() {
        return Err(Malformed::new("a header holds a zero byte"));
    }
    if has_folded {
        said = Said::default();
        for (name, value) in (Headers { lines }) {
            said.hear(name, &value)?;
        }
    }
    let (body, keeps_open) = said.framing(status_line, answers_head);
    Ok(Some((
        len,
        Head {
            status: status_line.status,
            minor: status_line.minor,
            is_encoded: said.is_encoded,
            keeps_open,
            body,
            lines,
        },
    )))
}

/// What a status line says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct StatusLine {
    status: u16,
    minor: u8,
}

/// Reads the first line, and where the next one begins. Bytes that cannot become one are refused at once.
pub(super) fn status_line(bytes: &[u8]) -> Result<Option<(StatusLine, usize)>, Malformed> {
    const BEGINNING: &[u8] = b"HTTP/1.";
    if !bytes.starts_with(BEGINNING) && !BEGINNING.starts_with(bytes) {
        return Err(Malformed::new("it does not begin with HTTP/1.0 or HTTP/1.1"));
    }
    let Some((line, next)) = line_at(bytes, 0) else { return Ok(None) };
    let wrong = || Malformed::new("its first line has no status");
    let (minor, rest) = match line.strip_prefix(BEGINNING) {
        Some([minor @ b'0'..=b'9', rest @ ..]) => (minor - b'0', rest),
        _ => return Err(wrong()),
    };
    let code = rest.trim_ascii_start();
    let [a @ b'1'..=b'9', b @ b'0'..=b'9', c @ b'0'..=b'9', after @ ..] = code else { return Err(wrong()) };
    if code.len() == rest.len() || after.first().is_some_and(|byte| !matches!(byte, b' ' | b'\t')) {
        return Err(wrong());
    }
    let status = u16::from(a - b'0') * 100 + u16::from(b - b'0') * 10 + u16::from(c - b'0');
    Ok(Some((StatusLine { status, minor }, next)))
}

/// The line that begins at `at`, without its end, and where the next one begins.
fn line_at(bytes: &[u8], at: usize) -> Option<(&[u8], usize)> {
    let end = at + memchr(b'\n', bytes.get(at..)?)?;
    let line = &bytes[at..end];
    Some((line.strip_suffix(b"\r").unwrap_or(line), end + 1))
}

fn is_folded(line: &[u8]) -> bool {
    matches!(line.first(), Some(b' ' | b'\t'))
}

/// Name and value.
fn split(line: &[u8]) -> Option<(&[u8], &[u8])> {
    let colon = memchr(b':', line)?;
    Some((trim(&line[..colon]), trim(&line[colon + 1..])))
}

/// Without blanks around it; nearly always there are none.
#[inline]
fn trim(text: &[u8]) -> &[u8] {
    match text {
        [first, .., last] if *first > b' ' && *last > b' ' => text,
        _ => text.trim_ascii(),
    }
}

/// Whether this is the word, in any case; most servers write it as here. Of a known length, it is compared at once.
fn is<const LENGTH: usize>(text: &[u8], word: &[u8; LENGTH]) -> bool {
    text == word || text.eq_ignore_ascii_case(word)
}

/// What the header lines say about the body and the connection.
#[derive(Debug, Default)]
struct Said {
    length: Option<u64>,
    is_chunked: bool,
    /// Coded for the transfer in another way than by chunks.
    is_coded: bool,
    close: bool,
    keep: bool,
    is_encoded: bool,
}

impl Said {
    /// Hears a line; there may be blanks around its parts.
    #[inline]
    fn hear(&mut self, name: &[u8], value: &[u8]) -> Result<(), Malformed> {
        let name = trim(name);
        // Names by length first: most headers are none of these.
        if matches!(name.len(), 10 | 14 | 16 | 17) { self.weigh(name, value.trim_ascii()) } else { Ok(()) }
    }

    #[inline(never)]
    fn weigh(&mut self, name: &[u8], value: &[u8]) -> Result<(), Malformed> {
        match name.len() {
            // Nearly always it is this one word.
            10 if is(value, b"keep-alive") && is(name, b"Connection") => self.keep = true,
            10 if is(name, b"Connection") => {
                for word in value.split(|byte| *byte == b',').map(trim) {
                    self.close |= is(word, b"close");
                    self.keep |= is(word, b"keep-alive");
                }
            }
            14 if is(name, b"Content-Length") => {
                for number in value.split(|byte| *byte == b',') {
                    let number =
                        digits(trim(number)).ok_or_else(|| Malformed::new("its Content-Length is not a number"))?;
                    if self.length.is_some_and(|have| have != number) {
                        return Err(Malformed::new("it has two different Content-Lengths"));
                    }
                    self.length = Some(number);
                }
            }
            16 if is(name, b"Content-Encoding") => self.is_encoded = true,
            17 if is(name, b"Transfer-Encoding") => self.hear_codings(value)?,
            _ => {}
        }
        Ok(())
    }

    fn hear_codings(&mut self, value: &[u8]) -> Result<(), Malformed> {
        const KNOWN: [&[u8]; 5] = [b"gzip", b"x-gzip", b"deflate", b"compress", b"br"];
        for coding in value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii) {
            let name = coding.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
            if name.is_empty() || name.eq_ignore_ascii_case(b"identity") {
                continue;
            }
            if self.is_chunked {
                return Err(Malformed::new("its Transfer-Encoding goes on after \"chunked\""));
            }
            if name.eq_ignore_ascii_case(b"chunked") {
                self.is_chunked = true;
            } else if KNOWN.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                self.is_coded = true;
            } else {
                let name: String = name.escape_ascii().to_string().chars().take(40).collect();
                return Err(Malformed::new(format!("its Transfer-Encoding \"{name}\" is unknown")));
            }
        }
        Ok(())
    }

    /// How the body is delimited, and whether the connection can be kept.
    fn framing(&self, line: StatusLine, answers_head: bool) -> (Body, bool) {
        let has_no_body = answers_head || matches!(line.status, 100..200 | 204 | 304);
        let body = match (has_no_body, self.is_chunked, self.length) {
            (true, ..) => Body::Length(0),
            (_, true, _) => Body::Chunked(START),
            (_, _, Some(length)) if !self.is_coded => Body::Length(length),
            _ => Body::UntilClose,
        };
        // What some servers send after these, against the rules, would be taken for the next answer.
        let promises = self.is_chunked || self.length.is_some_and(|length| length > 0);
        let is_doubtful = answers_head || line.status == 101 || line.status == 204 && promises;
        let keeps_open = !self.close && (line.minor >= 1 || self.keep) && body != Body::UntilClose && !is_doubtful;
        (body, keeps_open)
    }
}

/// Digits and nothing else: no sign, no blank.
fn digits(text: &[u8]) -> Option<u64> {
    let mut number: Option<u64> = None;
    for byte in text {
        let digit = byte.wrapping_sub(b'0');
        if digit > 9 {
            return None;
        }
        number = Some(number.unwrap_or(0).checked_mul(10)?.checked_add(u64::from(digit))?);
    }
    number
}
