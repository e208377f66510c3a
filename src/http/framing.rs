//! Where a body ends: by length, by chunks, or with the connection.
//!
//! Owns: reading the framing from a head, following it through the bytes. Does not: read sockets.

use super::fault::TransportError;
use crate::exchange::request::ErrorKind;

/// What the headers of an answer say about its body and its connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Framing {
    pub body: Body,
    /// Whether the connection can carry another exchange.
    pub keeps_open: bool,
}

/// How a body is delimited, and how much of it is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Body {
    Length(u64),
    Chunked(Chunk),
    UntilClose,
}

/// Where in a chunked body the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Chunk {
    /// In the size line; what it has said so far, and whether digits may still come.
    Size { size: u64, digits: u8, open: bool },
    /// In the data, with so much left.
    Data(u64),
    /// Behind the data, before its line end.
    DataEnd,
    /// In the trailer; whether the current line is empty so far.
    Trailer { empty: bool },
    /// Done.
    End,
}

const START: Chunk = Chunk::Size { size: 0, digits: 0, open: true };

impl Framing {
    /// The framing of an answer. `bodiless` is set for HEAD, 204 and 304.
    pub fn of<'h>(
        version: u8,
        bodiless: bool,
        headers: impl Iterator<Item = (&'h str, &'h [u8])>,
    ) -> Result<Framing, TransportError> {
        let (mut length, mut chunked, mut close, mut keep) = (None, false, false, false);
        for (name, value) in headers {
            // Names by length first: most headers are none of these.
            match name.len() {
                14 if name.eq_ignore_ascii_case("content-length") => {
                    let number = std::str::from_utf8(value).ok().and_then(|text| text.trim().parse::<u64>().ok());
                    let number = number.ok_or_else(|| protocol("its Content-Length is no number"))?;
                    if length.is_some_and(|have| have != number) {
                        return Err(protocol("it has two different Content-Length headers"));
                    }
                    length = Some(number);
                }
                17 if name.eq_ignore_ascii_case("transfer-encoding") => {
                    chunked = value.to_ascii_lowercase().ends_with(b"chunked");
                }
                10 if name.eq_ignore_ascii_case("connection") => {
                    let value = value.to_ascii_lowercase();
                    let has = |word: &[u8]| value.split(|b| *b == b',').any(|part| part.trim_ascii() == word);
                    close |= has(b"close");
                    keep |= has(b"keep-alive");
                }
                _ => {}
            }
        }
        let body = match (bodiless, chunked, length) {
            (true, ..) => Body::Length(0),
            (_, true, _) => Body::Chunked(START),
            (_, _, Some(length)) => Body::Length(length),
            (_, _, None) => Body::UntilClose,
        };
        let keeps_open = !close && (version >= 1 || keep) && body != Body::UntilClose;
        Ok(Framing { body, keeps_open })
    }
}

impl Body {
    /// Whether all of it has come.
    pub fn is_complete(&self) -> bool {
        matches!(self, Body::Length(0) | Body::Chunked(Chunk::End))
    }

    /// Follows the framing through some bytes: how many belong to the answer. Payload goes to `sink`.
    pub fn feed(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) -> Result<usize, TransportError> {
        match self {
            Body::UntilClose => {
                sink(bytes);
                Ok(bytes.len())
            }
            Body::Length(left) => {
                let part = bytes.len().min(usize::try_from(*left).unwrap_or(usize::MAX));
                sink(&bytes[..part]);
                *left -= part as u64;
                Ok(part)
            }
            Body::Chunked(chunk) => {
                let mut at = 0;
                while at < bytes.len() && *chunk != Chunk::End {
                    at += chunk.step(&bytes[at..], &mut sink)?;
                }
                Ok(at)
            }
        }
    }
}

impl Chunk {
    /// One step over at least one byte.
    fn step(&mut self, bytes: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<usize, TransportError> {
        let byte = bytes[0];
        match *self {
            Chunk::Data(left) => {
                let part = bytes.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                sink(&bytes[..part]);
                let left = left - part as u64;
                *self = if left == 0 { Chunk::DataEnd } else { Chunk::Data(left) };
                return Ok(part);
            }
            Chunk::Size { size, digits, open } => {
                *self = match (byte, char::from(byte).to_digit(16)) {
                    (b'\n', _) if digits > 0 && size == 0 => Chunk::Trailer { empty: true },
                    (b'\n', _) if digits > 0 => Chunk::Data(size),
                    (_, Some(digit)) if open && digits < 15 => {
                        Chunk::Size { size: size << 4 | u64::from(digit), digits: digits + 1, open }
                    }
                    (b'\r' | b';' | b' ' | b'\t', _) if digits > 0 => Chunk::Size { size, digits, open: false },
                    _ if !open => *self,
                    _ => return Err(protocol("a chunk of its body has no size")),
                };
            }
            Chunk::DataEnd => match byte {
                b'\r' => {}
                b'\n' => *self = START,
                _ => return Err(protocol("a chunk of its body is longer than it says")),
            },
            Chunk::Trailer { empty } => {
                *self = match (byte, empty) {
                    (b'\n', true) => Chunk::End,
                    (b'\n', false) => Chunk::Trailer { empty: true },
                    (b'\r', _) => *self,
                    _ => Chunk::Trailer { empty: false },
                };
            }
            Chunk::End => {}
        }
        Ok(1)
    }
}

fn protocol(what: &str) -> TransportError {
    TransportError::new(ErrorKind::Protocol, format!("the answer is not HTTP: {what}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn framing(headers: &[(&'static str, &'static str)]) -> Framing {
        Framing::of(1, false, headers.iter().map(|(name, value)| (*name, value.as_bytes()))).unwrap()
    }

    #[test]
    fn headers_say_how_a_body_ends() {
        assert_eq!(framing(&[("Content-Length", "12")]), Framing { body: Body::Length(12), keeps_open: true });
        assert!(matches!(
            framing(&[("transfer-encoding", "gzip, Chunked"), ("Content-Length", "3")]).body,
            Body::Chunked(_)
        ));
        assert_eq!(framing(&[]), Framing { body: Body::UntilClose, keeps_open: false });
        assert!(!framing(&[("Content-Length", "1"), ("Connection", "foo, Close")]).keeps_open);
        let of = |version, headers: &[(&'static str, &'static str)]| {
            Framing::of(version, true, headers.iter().map(|(n, v)| (*n, v.as_bytes())))
        };
        assert!(!of(0, &[]).unwrap().keeps_open && of(0, &[("connection", "keep-alive")]).unwrap().keeps_open);
        assert!(of(1, &[("Content-Length", "1"), ("content-length", "2")]).is_err());
        assert!(of(1, &[("Content-Length", "x")]).is_err());
    }

    #[test]
    fn chunks_are_followed_however_they_are_cut() {
        let wire = b"4;ext=1\r\nWiki\r\n5\r\npedia\r\n0\r\nX: y\r\n\r\nHTTP";
        for cut in 1..wire.len() {
            let mut body = Body::Chunked(START);
            let (mut payload, mut used) = (Vec::new(), 0);
            for part in wire.chunks(cut) {
                used += body.feed(part, |bytes| payload.extend_from_slice(bytes)).unwrap();
            }
            assert_eq!((payload.as_slice(), used), (&b"Wikipedia"[..], wire.len() - 4), "{cut}");
            assert!(body.is_complete());
        }
        for wrong in ["xyz\r\n", "\r\n", "2\r\nabc\r\n", "11111111111111111\r\n"] {
            assert!(Body::Chunked(START).feed(wrong.as_bytes(), |_| {}).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_length_is_counted_down() {
        let mut body = Body::Length(5);
        assert_eq!(body.feed(b"abc", |_| {}).unwrap(), 3);
        assert!(!body.is_complete());
        assert_eq!(body.feed(b"defg", |_| {}).unwrap(), 2);
        assert!(body.is_complete());
    }
}
