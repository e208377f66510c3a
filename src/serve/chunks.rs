//! A body in chunks, as far as it has come.
//!
//! Owns: sizes, line ends, trailers, their limits. Does not: read from a connection.

use super::head::{BODY_LIMIT, HEAD_LIMIT, Refusal, TOO_LARGE, TOO_LONG, bad};

/// The longest line of a chunk's size.
const LONGEST_LINE: usize = 4096;

/// Where in the body we are.
#[derive(Debug, Default)]
pub(super) struct Chunks {
    place: Place,
    trailers: usize,
}

#[derive(Debug, Default)]
enum Place {
    #[default]
    Size,
    Data(usize),
    DataEnd,
    Trailers,
    End,
}

impl Chunks {
    /// Takes what it can of `bytes` into `body`; how many bytes that were, and whether the body has ended.
    pub fn take(&mut self, bytes: &[u8], body: &mut Vec<u8>) -> Result<(usize, bool), Refusal> {
        let mut at = 0;
        loop {
            let rest = &bytes[at..];
            match self.place {
                Place::End => return Ok((at, true)),
                Place::Data(missing) => {
                    let here = missing.min(rest.len());
                    body.extend_from_slice(&rest[..here]);
                    at += here;
                    if here < missing {
                        self.place = Place::Data(missing - here);
                        return Ok((at, false));
                    }
                    self.place = Place::DataEnd;
                }
                Place::Size | Place::DataEnd | Place::Trailers => {
                    let Some(line) = line(rest)? else { return Ok((at, false)) };
                    at += line.len() + 2;
                    self.place = self.after(line, body.len())?;
                }
            }
        }
    }

    /// What comes after a line.
    fn after(&mut self, line: &[u8], so_far: usize) -> Result<Place, Refusal> {
        match self.place {
            Place::Size => {
                let size = size(line).ok_or(bad("a chunk without a size"))?;
                if size == 0 {
                    return Ok(Place::Trailers);
                }
                if size > BODY_LIMIT - so_far { Err(TOO_LARGE) } else { Ok(Place::Data(size)) }
            }
            Place::DataEnd if line.is_empty() => Ok(Place::Size),
            Place::DataEnd => Err(bad("a chunk longer than its size")),
            _ if line.is_empty() => Ok(Place::End),
            _ => {
                self.trailers += line.len();
                if self.trailers > HEAD_LIMIT { Err(TOO_LONG) } else { Ok(Place::Trailers) }
            }
        }
    }
}

fn size(line: &[u8]) -> Option<usize> {
    // Another program on the way might take a line break within for the end of the line.
    if line.contains(&b'\n') || line.contains(&b'\r') {
        return None;
    }
    let digits = line.split(|byte| *byte == b';').next().unwrap_or_default().trim_ascii_end();
    let digits = std::str::from_utf8(digits).ok().filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
    usize::from_str_radix(digits?, 16).ok()
}

/// The line at the start without its CRLF; nothing while it has no end.
fn line(bytes: &[u8]) -> Result<Option<&[u8]>, Refusal> {
    match memchr::memmem::find(bytes, b"\r\n") {
        Some(at) => Ok(Some(&bytes[..at])),
        None if bytes.len() > LONGEST_LINE => Err(bad("a chunk line without an end")),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The body, or the status; each read brings so many bytes.
    fn taken(text: &str, step: usize) -> Result<String, Refusal> {
        let (mut chunks, mut body, mut at, mut given) = (Chunks::default(), Vec::new(), 0, 0);
        while given < text.len() {
            given = (given + step).min(text.len());
            let (count, is_whole) = chunks.take(&text.as_bytes()[at..given], &mut body)?;
            at += count;
            if is_whole {
                return Ok(format!("{}|{}", String::from_utf8_lossy(&body), &text[at..]));
            }
        }
        Ok("more".to_owned())
    }

    #[test]
    fn chunks_are_joined_however_they_arrive() {
        for step in [1, 2, 3, 7, 1000] {
            for (text, expected) in [
                ("3\r\nabc\r\n0\r\n\r\n", Ok("abc|")),
                ("3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nT: 1\r\n\r\nnext", Ok("abcde|next")),
                ("0\r\n\r\n", Ok("|")),
                ("A\r\n0123456789\r\n0\r\n\r\n", Ok("0123456789|")),
                ("3\r\nabc\r\n", Ok("more")),
                ("x\r\n", Err(400)),
                ("-1\r\n", Err(400)),
                ("3\r\nabcd\r\n", Err(400)),
                ("fffffff\r\n", Err(413)),
                ("ffffffffffffffffffff\r\n", Err(400)),
            ] {
                let got = match taken(text, step) {
                    // What has not been given yet is not part of the rest.
                    Ok(text) => Ok(text),
                    Err(Refusal::Status(status, _)) => Err(status),
                    Err(Refusal::Gone) => Err(0),
                };
                assert_eq!(got.as_deref().map_err(|status| *status), expected, "{text:?} by {step}");
            }
        }
    }
}
