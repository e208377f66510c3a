//! `Content-Encoding` undone as the bytes come in: gzip, deflate, brotli.
//!
//! Owns: which encodings are known, decoding piece by piece. Does not: ask for compression (see `headers`), bound
//! what comes out (see `body`, into which everything here writes).

use std::io::{self, Write};

use brotli_decompressor::DecompressorWriter;
use flate2::write::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::fault::TransportError;
use crate::exchange::request::ErrorKind;

const BROTLI_BUFFER: usize = 32 * 1024;
/// What brotli may look back at; gzip's 32 KiB are not worth counting.
const BROTLI_WINDOW: u64 = 16 * 1024 * 1024;

/// An encoding that is undone here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Coding {
    Gzip,
    Deflate,
    Brotli,
}

impl Coding {
    fn named(name: &str) -> Option<Coding> {
        let is = |other: &str| name.eq_ignore_ascii_case(other);
        match name {
            _ if is("gzip") || is("x-gzip") => Some(Coding::Gzip),
            _ if is("deflate") => Some(Coding::Deflate),
            _ if is("br") => Some(Coding::Brotli),
            _ => None,
        }
    }

    /// The memory that decoding a large body takes beside it.
    pub(super) fn window(self) -> u64 {
        if self == Coding::Brotli { BROTLI_WINDOW } else { 0 }
    }
}

/// The encodings to undo, the one to undo first in front. One that is not known ends it: what lies below it cannot
/// be reached.
pub(super) fn chosen<'a>(lines: impl DoubleEndedIterator<Item = &'a str>) -> Vec<Coding> {
    let mut known = Vec::new();
    for name in lines.rev().flat_map(|line| line.rsplit(',')).map(str::trim) {
        match Coding::named(name) {
            Some(coding) => known.push(coding),
            None if name.is_empty() || name.eq_ignore_ascii_case("identity") => {}
            None => break,
        }
    }
    known
}

/// Why bytes could not be decoded.
#[derive(Debug, Clone)]
pub(super) enum Undecoded {
    /// They are not what their encoding says.
    Invalid(TransportError),
    /// What comes out is refused.
    Behind(TransportError),
}

impl Undecoded {
    /// In words.
    pub(super) fn into_fault(self) -> TransportError {
        match self {
            Undecoded::Invalid(fault) | Undecoded::Behind(fault) => fault,
        }
    }
}

impl std::fmt::Display for Undecoded {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let (Undecoded::Invalid(fault) | Undecoded::Behind(fault)) = self;
        fault.fmt(f)
    }
}

impl std::error::Error for Undecoded {}

/// Undoes encodings one after another, and writes what comes out to `W`.
pub(super) enum Decoder<W: Write> {
    /// Nothing has come. An answer without a body names an encoding, too.
    Empty(W, Vec<Coding>),
    Running(Stage<W>),
    /// It failed.
    Broken,
}

impl<W: Write> Decoder<W> {
    /// Undoes these, the first one first.
    pub(super) fn new(out: W, codings: Vec<Coding>) -> Decoder<W> {
        Decoder::Empty(out, codings)
    }

    /// The next bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Result<(), Undecoded> {
        if let Decoder::Running(stage) = self {
            return stage.write_all(bytes).map_err(in_words);
        }
        if bytes.is_empty() {
            return Ok(());
        }
        match std::mem::replace(self, Decoder::Broken) {
            Decoder::Empty(out, codings) => {
                let mut stage = Stage::new(out, &codings);
                let written = stage.write_all(bytes).map_err(in_words);
                *self = Decoder::Running(stage);
                written
            }
            _ => Err(in_words(cut_short())),
        }
    }

    /// Where everything goes, as long as that can be reached.
    pub(super) fn out(&mut self) -> Option<&mut W> {
        match self {
            Decoder::Empty(out, _) => Some(out),
            Decoder::Running(stage) => stage.out(),
            Decoder::Broken => None,
        }
    }

    /// There are no more bytes; where everything went comes back.
    pub(super) fn finish(self) -> Result<W, Undecoded> {
        match self {
            Decoder::Empty(out, _) => Ok(out),
            Decoder::Running(stage) => stage.finish(),
            Decoder::Broken => Err(in_words(cut_short())),
        }
    }
}

/// One encoding, and what follows it. Decoders are large: in boxes, a body without encoding is moved cheaply.
pub(super) enum Stage<W: Write> {
    Plain(W),
    Gzip(Box<MultiGzDecoder<Box<Stage<W>>>>),
    /// Until two bytes have come: the standard means zlib; some servers send the bare stream.
    Deflate(Vec<u8>, Option<Box<Stage<W>>>),
    Zlib(Box<ZlibDecoder<Box<Stage<W>>>>),
    Bare(Box<DeflateDecoder<Box<Stage<W>>>>),
    Brotli(Box<DecompressorWriter<Box<Stage<W>>>>),
}

impl<W: Write> Stage<W> {
    fn new(out: W, codings: &[Coding]) -> Stage<W> {
        codings.iter().rev().fold(Stage::Plain(out), |next, coding| {
            let next = Box::new(next);
            match coding {
                Coding::Gzip => Stage::Gzip(Box::new(MultiGzDecoder::new(next))),
                Coding::Deflate => Stage::Deflate(Vec::new(), Some(next)),
                Coding::Brotli => Stage::Brotli(Box::new(DecompressorWriter::new(next, BROTLI_BUFFER))),
            }
        })
    }

    fn out(&mut self) -> Option<&mut W> {
        match self {
            Stage::Plain(out) => Some(out),
            Stage::Gzip(decoder) => decoder.get_mut().out(),
            Stage::Deflate(_, next) => next.as_mut()?.out(),
            Stage::Zlib(decoder) => decoder.get_mut().out(),
            Stage::Bare(decoder) => decoder.get_mut().out(),
            Stage::Brotli(decoder) => decoder.get_mut().out(),
        }
    }

    fn name(&self) -> &'static str {
        match self {
            Stage::Plain(_) => "",
            Stage::Gzip(_) => "gzip",
            Stage::Deflate(..) | Stage::Zlib(_) | Stage::Bare(_) => "deflate",
            Stage::Brotli(_) => "brotli",
        }
    }

    /// Takes some of the bytes; 0 says that the stream ended before them.
    fn take(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Stage::Plain(out) => out.write(bytes),
            Stage::Gzip(decoder) => decoder.write(bytes),
            Stage::Zlib(decoder) => decoder.write(bytes),
            Stage::Bare(decoder) => decoder.write(bytes),
            Stage::Brotli(decoder) => decoder.write(bytes),
            Stage::Deflate(first, next) => {
                let missing = 2usize.saturating_sub(first.len()).min(bytes.len());
                first.extend_from_slice(&bytes[..missing]);
                if first.len() < 2 {
                    return Ok(missing);
                }
                let first = std::mem::take(first);
                let Some(next) = next.take() else { return Err(cut_short()) };
                *self = if is_zlib(&first) {
                    Stage::Zlib(Box::new(ZlibDecoder::new(next)))
                } else {
                    Stage::Bare(Box::new(DeflateDecoder::new(next)))
                };
                self.write_all(&first)?;
                Ok(missing)
            }
        }
    }

    fn finish(self) -> Result<W, Undecoded> {
        let name = self.name();
        let next = match self {
            Stage::Plain(out) => return Ok(out),
            Stage::Gzip(decoder) => decoder.finish(),
            Stage::Zlib(decoder) => decoder.finish(),
            Stage::Bare(decoder) => decoder.finish(),
            // One byte is no stream of either kind.
            Stage::Deflate(..) => Err(cut_short()),
            Stage::Brotli(mut decoder) => match decoder.close() {
                Ok(()) => decoder.into_inner().map_err(|_| cut_short()),
                Err(error) if is_told(&error) => Err(error),
                Err(_) => Err(cut_short()),
            },
        };
        next.map_err(|error| in_words(named(error, name)))?.finish()
    }
}

impl<W: Write> Write for Stage<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self.take(bytes) {
            Ok(0) if matches!(self, Stage::Brotli(_)) => Err(named(invalid("there are bytes after its end"), "brotli")),
            // Bytes after the end of a deflate stream mean nothing.
            Ok(0) => Ok(bytes.len()),
            Ok(amount) => Ok(amount),
            Err(error) => Err(named(error, self.name())),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn is_zlib(body: &[u8]) -> bool {
    match body {
        [first, second, ..] => first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0,
        _ => false,
    }
}

fn invalid(reason: &str) -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, reason.to_owned())
}

fn cut_short() -> io::Error {
    invalid("it is cut short")
}

/// Whether it is already said whose fault it is.
fn is_told(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| inner.is::<TransportError>() || inner.is::<Undecoded>())
}

/// What an encoding says of bytes that are not its own; what those behind it say stays.
fn named(error: io::Error, name: &str) -> io::Error {
    if is_told(&error) {
        return error;
    }
    let message = format!("the answer's body is not valid {name}: {error}");
    io::Error::other(Undecoded::Invalid(TransportError::new(ErrorKind::Protocol, message)))
}

fn in_words(error: io::Error) -> Undecoded {
    let inner = error.get_ref();
    if let Some(told) = inner.and_then(|inner| inner.downcast_ref::<Undecoded>()) {
        return told.clone();
    }
    match inner.and_then(|inner| inner.downcast_ref::<TransportError>()) {
        Some(fault) => Undecoded::Behind(fault.clone()),
        None => Undecoded::Invalid(TransportError::new(
            ErrorKind::Protocol,
            format!("the answer's body cannot be decoded: {error}"),
        )),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;
    use crate::exchange::response::READ_ENCODINGS;

    fn decode(body: &[u8], lines: &[&str]) -> Result<Vec<u8>, TransportError> {
        let whole = decode_in(body, lines, body.len().max(1));
        let bytewise = decode_in(body, lines, 1);
        assert_eq!(whole.as_ref().ok(), bytewise.as_ref().ok(), "{lines:?}");
        whole
    }

    fn decode_in(body: &[u8], lines: &[&str], size: usize) -> Result<Vec<u8>, TransportError> {
        let mut decoder = Decoder::new(Vec::new(), chosen(lines.iter().copied()));
        for piece in body.chunks(size) {
            decoder.push(piece).map_err(Undecoded::into_fault)?;
        }
        decoder.finish().map_err(Undecoded::into_fault)
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(bytes).unwrap();
        gzip.finish().unwrap()
    }

    #[test]
    fn encodings_are_undone_in_reverse() {
        let gzip = gzip(b"hello");
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(b"hello").unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(&gzip).unwrap();
        let twice = raw.finish().unwrap();
        // As the reference decoder's own tests have it.
        let brotli = b"\x8f\x02\x80\x68\x65\x6c\x6c\x6f\x0a\x03";
        assert_eq!(decode(&gzip, &["gzip"]).unwrap(), b"hello");
        assert_eq!(decode(&[gzip.clone(), gzip.clone()].concat(), &["x-gzip"]).unwrap(), b"hellohello");
        assert_eq!(decode(&zlib, &["Deflate"]).unwrap(), b"hello");
        assert_eq!(decode(&[zlib.as_slice(), b"rest"].concat(), &["deflate"]).unwrap(), b"hello");
        assert_eq!(decode(&twice, &["gzip, deflate"]).unwrap(), b"hello");
        assert_eq!(decode(&twice, &["gzip", "deflate"]).unwrap(), b"hello");
        assert_eq!(decode(brotli, &["br"]).unwrap(), b"hello\n");
        assert_eq!(decode(b"x", &["identity", ""]).unwrap(), b"x");
        for name in ["gzip", "deflate", "br"] {
            assert_eq!(decode(b"", &[name]).unwrap(), b"", "{name}");
        }
    }

    #[test]
    fn what_is_broken_is_named() {
        let gzip = gzip(b"hello");
        let brotli = b"\x8f\x02\x80\x68\x65\x6c\x6c\x6f\x0a\x03";
        for (body, name, words) in [
            (&gzip[..gzip.len() - 4], "gzip", "not valid gzip"),
            (&gzip[..5], "gzip", "not valid gzip"),
            (b"plain", "gzip", "not valid gzip"),
            (b"plain", "deflate", "not valid deflate"),
            (b"p", "deflate", "not valid deflate: it is cut short"),
            (&brotli[..7], "br", "not valid brotli: it is cut short"),
            (b"\x8f\x02\x80\x68\x65\x6c\x6c\x6f\x0a\x03good", "br", "not valid brotli: there are bytes after its end"),
            (b"plain text", "br", "not valid brotli"),
        ] {
            let error = decode(body, &[name]).unwrap_err();
            assert_eq!(error.kind, ErrorKind::Protocol);
            assert!(error.message.contains(words), "{name}: {error}");
        }
    }

    #[test]
    fn an_unknown_encoding_ends_it() {
        use Coding::{Brotli, Deflate, Gzip};
        for (lines, known) in [
            (&["gzip"][..], vec![Gzip]),
            (&["zstd"], vec![]),
            (&["ZSTD, gzip"], vec![Gzip]),
            (&["gzip, compress", "br, deflate"], vec![Deflate, Brotli]),
            (&["identity"], vec![]),
        ] {
            assert_eq!(chosen(lines.iter().copied()), known, "{lines:?}");
        }
        for name in READ_ENCODINGS {
            assert!(Coding::named(name).is_some(), "{name}");
        }
    }
}
