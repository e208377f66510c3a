//! `Content-Encoding` undone: gzip and deflate.
//!
//! Owns: decoding, the bound on what a small body may grow to. Does not: ask for compression (see `headers`).

use std::io::Read;

use flate2::read::{DeflateDecoder, MultiGzDecoder, ZlibDecoder};

use super::fault::TransportError;
use crate::exchange::request::ErrorKind;
use crate::exchange::response::Response;

/// No body grows larger than this.
const MAX_DECODED: u64 = 1024 * 1024 * 1024;

/// Undoes what the headers say about the body.
pub(super) fn decode_body(response: &mut Response) -> Result<(), TransportError> {
    if !response.body.is_empty() && response.header_values("content-encoding").next().is_some() {
        let body = std::mem::take(&mut response.body);
        let lines: Vec<&str> = response.header_values("content-encoding").collect();
        response.body = decode(body, lines.into_iter())?;
    }
    Ok(())
}

/// Undoes the encodings, last one first. An encoding that is not known here leaves the body as it is.
fn decode<'a>(body: Vec<u8>, encodings: impl DoubleEndedIterator<Item = &'a str>) -> Result<Vec<u8>, TransportError> {
    let mut body = body;
    for name in encodings.rev().flat_map(|line| line.rsplit(',')).map(str::trim) {
        if body.is_empty() {
            break;
        }
        body = match name.to_ascii_lowercase().as_str() {
            "gzip" | "x-gzip" => inflate(MultiGzDecoder::new(body.as_slice()), "gzip")?,
            // The standard means zlib; some servers send the bare stream.
            "deflate" if is_zlib(&body) => inflate(ZlibDecoder::new(body.as_slice()), "deflate")?,
            "deflate" => inflate(DeflateDecoder::new(body.as_slice()), "deflate")?,
            "" | "identity" => continue,
            _ => break,
        };
    }
    Ok(body)
}

fn is_zlib(body: &[u8]) -> bool {
    match body {
        [first, second, ..] => first & 0x0f == 8 && (u16::from(*first) << 8 | u16::from(*second)) % 31 == 0,
        _ => false,
    }
}

fn inflate(decoder: impl Read, name: &str) -> Result<Vec<u8>, TransportError> {
    let mut out = Vec::new();
    decoder.take(MAX_DECODED + 1).read_to_end(&mut out).map_err(|error| {
        TransportError::new(ErrorKind::Protocol, format!("the answer's body is not valid {name}: {error}"))
    })?;
    if out.len() as u64 > MAX_DECODED {
        let message = format!("the answer's body is larger than 1 GiB after decoding {name}");
        return Err(TransportError::new(ErrorKind::Protocol, message));
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use flate2::Compression;
    use flate2::write::{DeflateEncoder, GzEncoder, ZlibEncoder};

    use super::*;

    #[test]
    fn encodings_are_undone_in_reverse() {
        let mut gzip = GzEncoder::new(Vec::new(), Compression::default());
        gzip.write_all(b"hello").unwrap();
        let gzip = gzip.finish().unwrap();
        let mut zlib = ZlibEncoder::new(Vec::new(), Compression::default());
        zlib.write_all(b"hello").unwrap();
        let zlib = zlib.finish().unwrap();
        let mut raw = DeflateEncoder::new(Vec::new(), Compression::default());
        raw.write_all(&gzip).unwrap();
        let twice = raw.finish().unwrap();
        assert_eq!(decode(gzip.clone(), ["gzip"].into_iter()).unwrap(), b"hello");
        assert_eq!(decode(zlib, ["Deflate"].into_iter()).unwrap(), b"hello");
        assert_eq!(decode(twice.clone(), ["gzip, deflate"].into_iter()).unwrap(), b"hello");
        assert_eq!(decode(twice, ["gzip", "deflate"].into_iter()).unwrap(), b"hello");
        assert_eq!(decode(b"x".to_vec(), ["br"].into_iter()).unwrap(), b"x");
        assert_eq!(decode(Vec::new(), ["gzip"].into_iter()).unwrap(), b"");
        assert_eq!(
            decode(gzip[..gzip.len() - 4].to_vec(), ["gzip"].into_iter()).unwrap_err().kind,
            ErrorKind::Protocol
        );
        assert_eq!(decode(b"plain".to_vec(), ["gzip"].into_iter()).unwrap_err().kind, ErrorKind::Protocol);
    }
}
