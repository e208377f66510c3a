//! An answer's body as it comes in: decoded piece by piece, bounded in size, time and memory.
//!
//! Owns: the limit, the order of decodings, what is kept. Does not: read sockets or framing (it is fed by whatever
//! carries bytes), know how an encoding works (see `encoding`), divide the memory (see `room`).

use std::io::{self, Write};
use std::time::Instant;

use super::encoding::{self, Decoder, Undecoded};
use super::fault::{self, TransportError};
use super::room::Share;
use super::stopwatch::Bound;
use crate::exchange::request::ErrorKind;
use crate::exchange::response::Lease;
use crate::ground::byte_size;

/// A body that grows beyond this gets address space up to its limit at once: the pages that it does not use cost
/// nothing, and nothing is copied as it grows.
const SMALL: usize = 1024 * 1024;
/// The most address space that is asked for in advance.
const MAX_SPACE: u64 = 1024 * 1024 * 1024;
/// Allocators have little to do for so little; a longer body comes in longer pieces.
const MIN_ROOM: usize = 1024;

/// What bounds a body, and what is wanted of it.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct BodyPlan {
    /// The most bytes after decoding; `None` is no limit.
    pub limit: Option<u64>,
    /// The most bytes as they come (`curl_option_maxfilesize`).
    pub raw_limit: Option<u64>,
    /// By when it must be complete.
    pub bound: Bound,
    /// Whether its bytes are kept, or only counted.
    pub keeps: bool,
    /// Whether a piece is taken though there is no room for it: who cannot wait in the midst of one asks between
    /// them whether it [`Body::is_starved`].
    pub overdraws: bool,
}

/// A body that is coming in.
pub(super) struct Body {
    way: Way,
    raw_limit: Option<u64>,
    received: u64,
}

/// How bytes become the body.
enum Way {
    /// Nobody wants them: they are only counted, up to a limit.
    Counted {
        limit: Option<u64>,
    },
    /// As they come. Nearly all answers take this way: it allocates nothing but their bytes.
    Plain(Kept),
    Decoded(Box<Decoding>),
}

/// A body that is decoded as it comes.
struct Decoding {
    decoder: Decoder<Kept>,
    limit: Option<u64>,
    /// Why it cannot be decoded. The rest is read all the same, so that the connection can go on.
    broken: Option<TransportError>,
}

/// A body that is complete.
#[derive(Debug, Default)]
pub(super) struct Complete {
    pub bytes: Vec<u8>,
    /// Bytes as they came, before decoding.
    pub received: u64,
    /// What it holds of the memory that all bodies share.
    pub lease: Lease,
}

impl Body {
    /// A body with these values of `Content-Encoding`, in order. `buffer` is memory to use again.
    pub(super) fn new(plan: &BodyPlan, mut buffer: Vec<u8>, encodings: &[impl AsRef<str>]) -> Body {
        let known = match encodings {
            [] if !plan.keeps => {
                return Body { way: Way::Counted { limit: plan.limit }, raw_limit: plan.raw_limit, received: 0 };
            }
            [] => Vec::new(),
            lines => encoding::chosen(lines.iter().map(AsRef::as_ref)),
        };
        buffer.clear();
        let overhead = known.iter().map(|coding| coding.window()).sum();
        let kept = Kept {
            plan: *plan,
            bytes: buffer,
            length: 0,
            overhead,
            inflates: !known.is_empty(),
            share: Share::default(),
        };
        let way = match kept.inflates {
            false => Way::Plain(kept),
            true => {
                let decoder = Decoder::new(kept, known);
                Way::Decoded(Box::new(Decoding { decoder, limit: plan.limit, broken: None }))
            }
        };
        Body { way, raw_limit: plan.raw_limit, received: 0 }
    }

    /// The next piece, as it came.
    ///
    /// # Errors
    /// It is too large, or time ran out: there is no use in reading on.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.received += bytes.len() as u64;
        if let Some(limit) = self.raw_limit.filter(|limit| self.received > *limit) {
            let message = format!("the answer's body is larger than {limit} bytes (curl_option_maxfilesize)");
            return Err(TransportError::new(ErrorKind::Protocol, message));
        }
        match &mut self.way {
            Way::Counted { limit } => within(*limit, self.received),
            Way::Plain(kept) => kept.take(bytes),
            Way::Decoded(decoding) => decoding.push(bytes, self.received),
        }
    }

    /// Bytes as they came so far.
    pub(super) fn received(&self) -> u64 {
        self.received
    }

    /// Whether it has to wait for other bodies before it may take more.
    pub(super) fn is_starved(&mut self) -> bool {
        let kept = match &mut self.way {
            Way::Counted { .. } => None,
            Way::Plain(kept) => Some(kept),
            Way::Decoded(decoding) => decoding.decoder.out(),
        };
        kept.is_some_and(|kept| kept.most().is_some_and(|most| kept.share.is_behind(most)))
    }

    /// It came to its end; what it has come to is handed over.
    ///
    /// # Errors
    /// It is not what its encoding says.
    pub(super) fn finish(&mut self) -> Result<Complete, TransportError> {
        let (bytes, share) = match &mut self.way {
            Way::Counted { .. } => return Ok(Complete { received: self.received, ..Complete::default() }),
            Way::Plain(kept) => (std::mem::take(&mut kept.bytes), std::mem::take(&mut kept.share)),
            Way::Decoded(decoding) => {
                let kept = decoding.finish()?;
                (kept.bytes, kept.share)
            }
        };
        let lease = if share.is_empty() { Lease::default() } else { Lease::new(share) };
        Ok(Complete { bytes, received: self.received, lease })
    }
}

impl Decoding {
    /// The next piece; with it, so many have been received.
    fn push(&mut self, bytes: &[u8], received: u64) -> Result<(), TransportError> {
        if self.broken.is_some() {
            return within(self.limit, received);
        }
        match self.decoder.push(bytes) {
            Ok(()) => Ok(()),
            Err(Undecoded::Behind(fault)) => Err(fault),
            Err(Undecoded::Invalid(fault)) => {
                self.broken = Some(fault);
                Ok(())
            }
        }
    }

    fn finish(&mut self) -> Result<Kept, TransportError> {
        match self.broken.take() {
            Some(fault) => Err(fault),
            None => std::mem::replace(&mut self.decoder, Decoder::Broken).finish().map_err(Undecoded::into_fault),
        }
    }
}

/// Where decoded bytes go.
#[derive(Debug)]
struct Kept {
    plan: BodyPlan,
    bytes: Vec<u8>,
    length: u64,
    /// What decoding needs beside the body.
    overhead: u64,
    /// Whether much may come out of little: whoever reads a plain body looks at the clock.
    inflates: bool,
    /// What it holds of the memory that all bodies share.
    share: Share,
}

impl Kept {
    fn take(&mut self, bytes: &[u8]) -> Result<(), TransportError> {
        self.length += bytes.len() as u64;
        within(self.plan.limit, self.length)?;
        if self.inflates && self.plan.bound.until.is_some_and(|until| Instant::now() >= until) {
            return Err(fault::too_slow(self.plan.bound.length));
        }
        if self.plan.keeps {
            self.make_room(bytes.len())?;
            self.bytes.extend_from_slice(bytes);
        }
        Ok(())
    }

    /// The most that it may hold.
    fn most(&self) -> Option<u64> {
        self.plan.limit.map(|limit| limit + self.overhead)
    }

    fn make_room(&mut self, more: usize) -> Result<(), TransportError> {
        let needed = self.bytes.len() + more;
        if let Some(most) = self.most() {
            let overhead = if needed > SMALL { self.overhead } else { 0 };
            let needed = needed as u64 + overhead;
            if self.plan.overdraws {
                self.share.overdraw(needed, most);
            } else {
                self.share.grow(needed, most, self.plan.bound.until)?;
            }
        }
        if needed <= self.bytes.capacity() {
            return Ok(());
        }
        let space = match self.plan.limit {
            _ if needed <= SMALL => (self.bytes.capacity() * 2).clamp(MIN_ROOM.max(needed), SMALL),
            Some(limit) if limit <= MAX_SPACE => limit as usize,
            _ => self.bytes.capacity().saturating_mul(2).max(needed),
        };
        let enough = self.bytes.try_reserve_exact(space - self.bytes.len());
        let enough = enough.or_else(|_| self.bytes.try_reserve_exact(more));
        enough.map_err(|_| {
            let message = format!("the body is larger than the memory that there is ({needed} bytes and more)");
            TransportError::new(ErrorKind::Protocol, message)
        })
    }
}

impl Write for Kept {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.take(bytes).map_err(io::Error::other)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// An error where so many bytes are too many.
fn within(limit: Option<u64>, length: u64) -> Result<(), TransportError> {
    match limit.filter(|limit| length > *limit) {
        Some(limit) => {
            let message = format!("the body is larger than {}", byte_size::shown(limit));
            Err(TransportError::new(ErrorKind::Protocol, message))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use flate2::Compression;
    use flate2::write::GzEncoder;

    use super::*;

    fn plan(limit: u64) -> BodyPlan {
        BodyPlan { limit: Some(limit), keeps: true, ..BodyPlan::default() }
    }

    fn read(plan: &BodyPlan, body: &[u8], encoding: &str) -> Result<Complete, TransportError> {
        let mut reading = Body::new(plan, Vec::new(), &[encoding]);
        for piece in body.chunks(1000) {
            reading.push(piece)?;
        }
        reading.finish()
    }

    fn zeros(count: u64) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::best());
        io::copy(&mut io::Read::take(io::repeat(0), count), &mut gzip).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn decoded_bytes_count() {
        let small = zeros(5000);
        assert_eq!(read(&plan(5000), &small, "gzip").unwrap().bytes.len(), 5000);
        assert_eq!(read(&plan(5000), &small, "gzip").unwrap().received, small.len() as u64);
        let error = read(&plan(4999), &small, "gzip").unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Protocol, "the body is larger than 4999 bytes"));
        assert_eq!(read(&plan(5000), &[7; 5000], "").unwrap().bytes, [7; 5000]);
        assert!(read(&plan(4999), &[7; 5000], "").is_err());
        let counted = BodyPlan { keeps: false, ..plan(4999) };
        assert!(read(&counted, &small, "gzip").is_err());
        assert!(read(&BodyPlan { limit: None, ..counted }, &small, "gzip").unwrap().bytes.is_empty());
        let mut plain = Body::new(&counted, Vec::new(), &[""; 0]);
        plain.push(&[7; 4999]).unwrap();
        assert_eq!(plain.push(&[7]).unwrap_err().message, "the body is larger than 4999 bytes");
        assert_eq!((plain.received(), plain.is_starved()), (5000, false));
        let error = read(&BodyPlan { raw_limit: Some(10), ..plan(9999) }, &[7; 11], "").unwrap_err();
        assert_eq!(error.message, "the answer's body is larger than 10 bytes (curl_option_maxfilesize)");
    }

    #[test]
    fn a_body_is_not_inflated_beyond_its_limit_or_its_time() {
        const MIB: u64 = 1024 * 1024;
        let large = zeros(200 * MIB);
        let start = Instant::now();
        let mut reading = Body::new(&plan(8 * MIB), Vec::new(), &["gzip"]);
        assert_eq!(reading.push(&large).unwrap_err().message, "the body is larger than 8 MiB");
        let bound = Bound::new(start, Some(Duration::from_millis(0)));
        let error = read(&BodyPlan { bound, ..plan(1000 * MIB) }, &large, "gzip").unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Timeout, "no complete answer within 0 s"));
    }

    #[test]
    fn memory_is_used_again_and_what_is_not_known_is_left_alone() {
        let mut reading = Body::new(&plan(100), Vec::with_capacity(77), &["zstd"]);
        reading.push(b"abc").unwrap();
        let complete = reading.finish().unwrap();
        assert_eq!((complete.bytes.capacity(), complete.bytes.as_slice()), (77, b"abc".as_slice()));
    }
}
