//! Where a body ends: by length, by chunks, or with the connection.
//!
//! Owns: following it through the bytes. Does not: know which of the three it is (see `head`).

use super::malformed::Malformed;

/// Longer trailers are refused.
const MAX_TRAILER: u32 = 300 * 1024;

/// How a body is delimited, and how much of it is still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Body {
    Length(u64),
    Chunked(Chunk),
    UntilClose,
}

/// Where in a chunked body the reading is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in super::super) enum Chunk {
    /// In the size line; what it has said so far, and whether digits may still come.
    Size { size: u64, digits: u8, open: bool },
    /// In the data, with so much left.
    Data(u64),
    /// Behind the data, before its line end.
    DataEnd,
    /// In the trailer; whether the current line is empty so far, and how much of it has been seen.
    Trailer { empty: bool, seen: u32 },
    /// Done.
    End,
}

/// Before the first chunk.
pub(super) const START: Chunk = Chunk::Size { size: 0, digits: 0, open: true };

impl Body {
    /// Whether all of it has been there.
    pub fn is_complete(&self) -> bool {
        matches!(self, Body::Length(0) | Body::Chunked(Chunk::End))
    }

    /// Follows the framing through some bytes: how many belong to the answer. Payload goes to `sink`.
    pub(super) fn feed(&mut self, bytes: &[u8], mut sink: impl FnMut(&[u8])) -> Result<usize, Malformed> {
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
    fn step(&mut self, bytes: &[u8], sink: &mut impl FnMut(&[u8])) -> Result<usize, Malformed> {
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
                    (b'\n', _) if digits > 0 && size == 0 => Chunk::Trailer { empty: true, seen: 0 },
                    (b'\n', _) if digits > 0 => Chunk::Data(size),
                    (_, Some(digit)) if open && digits < 15 => {
                        Chunk::Size { size: size << 4 | u64::from(digit), digits: digits + 1, open }
                    }
                    (_, Some(_)) if open => return Err(Malformed::new("a chunk of its body is too large")),
                    // As libcurl has it, whatever follows the number is an extension.
                    _ if digits > 0 => Chunk::Size { size, digits, open: false },
                    _ => return Err(Malformed::new("a chunk of its body has no size")),
                };
            }
            Chunk::DataEnd => match byte {
                b'\r' => {}
                b'\n' => *self = START,
                _ => return Err(Malformed::new("a chunk of its body is longer than it says")),
            },
            Chunk::Trailer { seen: MAX_TRAILER, .. } => {
                return Err(Malformed::new("its trailer is larger than 300 KiB"));
            }
            Chunk::Trailer { empty, seen } => {
                let seen = seen + 1;
                *self = match (byte, empty) {
                    (b'\n', true) => Chunk::End,
                    (b'\n', false) => Chunk::Trailer { empty: true, seen },
                    (b'\r', _) => Chunk::Trailer { empty, seen },
                    _ => Chunk::Trailer { empty: false, seen },
                };
            }
            Chunk::End => {}
        }
        Ok(1)
    }
}
