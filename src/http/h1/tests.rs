//! Answers as data, whole and byte by byte.
//!
//! Owns: what is read how, what is refused. Does not: sockets (see the tests of `http`).

use super::*;
use crate::exchange::response::Response;
use crate::ground::value::latin1;

/// An answer as the sink has it.
#[derive(Debug, Default, PartialEq, Eq)]
struct Taken {
    status: u16,
    headers: Vec<(String, String)>,
    body: String,
    interim: Vec<u16>,
}

impl Sink for Taken {
    fn head(&mut self, head: &Head<'_>) {
        self.status = head.status;
        self.headers = head.headers().map(|(name, value)| (latin1(name), latin1(&value))).collect();
        let lower = self.headers.iter().map(|(name, value)| (name.to_ascii_lowercase(), value.clone()));
        let mut response = Response::default();
        head.add_to(&mut response);
        assert!(response.headers.into_iter().eq(lower), "{:?}", self.headers);
    }

    fn payload(&mut self, bytes: &[u8]) {
        self.body.push_str(&latin1(bytes));
    }

    fn interim(&mut self, status: u16) {
        self.interim.push(status);
    }
}

/// Feeds the bytes in pieces of `size`: what was taken, how many bytes were used, the decoder then.
fn feed(bytes: &[u8], size: usize, answers_head: bool) -> Result<(Taken, usize, Decoder), Malformed> {
    let (mut taken, mut decoder, mut used) = (Taken::default(), Decoder::default(), 0);
    decoder.start(answers_head);
    for piece in bytes.chunks(size) {
        let now = decoder.feed(piece, &mut taken)?;
        used += now;
        if now < piece.len() {
            break;
        }
    }
    Ok((taken, used, decoder))
}

/// How an answer ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// By itself, and the connection is kept.
    Kept,
    /// By itself, and the connection is closed.
    Closed,
    /// With the connection.
    WithConnection,
    /// It is cut short.
    Short,
}

#[test]
fn answers_are_read_whole_and_byte_by_byte() {
    use End::{Closed, Kept, Short, WithConnection};
    let cases: &[(&str, &str, &str, End)] = &[
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", "Content-Length=5", "hello", Kept),
        ("HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n", "Content-Length=0", "", Kept),
        ("HTTP/1.1 200 \nContent-Length: 1\n\nx", "Content-Length=1", "x", Kept),
        ("\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", "Content-Length=1", "x", Kept),
        ("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel", "Content-Length=5", "hel", Short),
        ("HTTP/1.1 200 OK\r\n\r\nall of it", "", "all of it", WithConnection),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx", "Content-Length=1", "x", Closed),
        ("HTTP/1.0 200 OK\r\nContent-Length: 1\r\nConnection: Keep-Alive\r\n\r\nx", "", "x", Kept),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nConnection: foo, Close\r\n\r\nx", "", "x", Closed),
        ("HTTP/1.1 200 OK\r\nContent-Length: 2, 2\r\ncontent-length: 2\r\n\r\nxy", "", "xy", Kept),
        (
            "HTTP/1.1 200 OK\r\nX-Odd : v\r\nX\tY: \r\nContent-Length : 1\r\n\r\nx",
            "X-Odd=v|X\tY=|Content-Length=1",
            "x",
            Kept,
        ),
        (
            "HTTP/1.1 200 OK\r\nX: a\r\n  b \r\n\t\r\n\tc\r\nContent-Length: 1\r\n\r\nx",
            "X=a b c|Content-Length=1",
            "x",
            Kept,
        ),
        ("HTTP/1.1 200 OK\r\nContent-Length:\r\n 2\r\nX:\r\n a\r\n\r\nxy", "Content-Length=2|X=a", "xy", Kept),
        (
            "HTTP/1.1 200 OK\r\nX: \u{1}a\u{7f}\u{1b}[0m\r\nContent-Length: 0\r\n\r\n",
            "X=\u{1}a\u{7f}\u{1b}[0m|Content-Length=0",
            "",
            Kept,
        ),
        (
            "HTTP/1.1 200 OK\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n",
            "",
            "x",
            Kept,
        ),
        (
            "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, Chunked\r\n\r\n4;ext=\"1\"\r\nWiki\r\n5 \r\npedia\r\n0\r\nX: y\r\n\r\n",
            "",
            "Wikipedia",
            Kept,
        ),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\n\n2x\nab\n00\n\n", "", "ab", Kept),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nab", "", "ab", Short),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n", "", "a", Short),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\nx", "", "x", Kept),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 1\r\n\r\nxyz", "", "xyz", WithConnection),
        ("HTTP/1.1 204 No Content\r\n\r\n", "", "", Kept),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", "", "", Kept),
        ("HTTP/1.1 204 No Content\r\nContent-Length: 4\r\n\r\n", "", "", Closed),
        ("HTTP/1.1 204 No Content\r\nTransfer-Encoding: chunked\r\n\r\n", "", "", Closed),
        ("HTTP/1.1 304 Not Modified\r\nContent-Length: 4\r\n\r\n", "", "", Kept),
        ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", "Upgrade=x", "", Closed),
        (
            "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Hint\r\nLink: x\r\n\r\nHTTP/1.1 299 OK\r\nContent-Length: 1\r\n\r\nx",
            "",
            "x",
            Kept,
        ),
        ("HTTP/1.1 200 O", "", "", Short),
        ("HTTP/1.1 200 OK\r\nContent-Le", "", "", Short),
        ("", "", "", Short),
    ];
    for (bytes, headers, body, end) in cases {
        for size in (1..=bytes.len().max(1)).filter(|size| *size < 40 || *size == bytes.len()) {
            // What follows an answer is not a part of it.
            let follows = if matches!(end, End::Kept | End::Closed) { "HTTP/1.1 500" } else { "" };
            let sent = format!("{bytes}{follows}");
            let (taken, used, decoder) = feed(sent.as_bytes(), size, false).unwrap();
            assert_eq!(used, bytes.len(), "{bytes:?} by {size}");
            assert_eq!(taken.body, *body, "{bytes:?} by {size}");
            let have = match (decoder.is_complete(), decoder.keeps_open(), decoder.may_end()) {
                (true, true, _) => End::Kept,
                (true, ..) => End::Closed,
                (.., true) => End::WithConnection,
                _ => End::Short,
            };
            assert_eq!(have, *end, "{bytes:?} by {size}");
            let text: Vec<String> = taken.headers.iter().map(|(name, value)| format!("{name}={value}")).collect();
            assert!(headers.is_empty() || text.join("|") == *headers, "{bytes:?} by {size}: {text:?}");
            if bytes.contains(" 299 ") {
                assert_eq!((taken.status, taken.interim), (299, vec![100, 103]), "by {size}");
            }
        }
    }
}

#[test]
fn what_leaves_open_where_an_answer_ends_is_refused() {
    for (bytes, what) in [
        ("SSH-2.0-OpenSSH\r\n", "does not begin with HTTP/1"),
        ("garbage", "does not begin with HTTP/1"),
        ("HTTP/2 200 OK\r\n", "does not begin with HTTP/1"),
        ("HTTP/1.1200 OK\r\n", "no status"),
        ("HTTP/1.x 200 OK\r\n", "no status"),
        ("HTTP/1.1 20 OK\r\n", "no status"),
        ("HTTP/1.1 2000 OK\r\n", "no status"),
        ("HTTP/1.1 099 OK\r\n", "no status"),
        ("HTTP/1.1 OK\r\n", "no status"),
        ("HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "no colon"),
        ("HTTP/1.1 200 OK\r\nX: \0\r\n\r\n", "zero byte"),
        ("HTTP/1.1 200 OK\r\nContent-Length: +2\r\n\r\n", "not a number"),
        ("HTTP/1.1 200 OK\r\nContent-Length: -2\r\n\r\n", "not a number"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 0x2\r\n\r\n", "not a number"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 99999999999999999999\r\n\r\n", "not a number"),
        ("HTTP/1.1 200 OK\r\nContent-Length:\r\n\r\n", "not a number"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", "two different"),
        ("HTTP/1.1 200 OK\r\nContent-Length: 1, 2\r\n\r\n", "two different"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: frob\r\n\r\n", "\"frob\" is unknown"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: xchunked\r\n\r\n", "\"xchunked\" is unknown"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked, gzip\r\n\r\n", "after \"chunked\""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", "after \"chunked\""),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n+2\r\n", "no size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-2\r\n", "no size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n 2\r\n", "no size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n\r\n", "no size"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nabc\r\n", "longer than it says"),
        ("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n11111111111111111\r\n", "too large"),
    ] {
        for size in [1, 2, 3, 7, bytes.len()] {
            let error = feed(bytes.as_bytes(), size, false).map(|(taken, ..)| taken).unwrap_err();
            assert!(error.to_string().contains(what), "{bytes:?} by {size}: {error}");
        }
    }
}

#[test]
fn heads_are_large_up_to_a_limit() {
    let lines = |count: usize| {
        let lines: String = (0..count).map(|number| format!("X-{number}: {}\r\n", "v".repeat(90))).collect();
        format!("HTTP/1.1 200 OK\r\n{lines}Content-Length: 0\r\n\r\n")
    };
    for size in [1, 1000, usize::MAX] {
        let (taken, _, decoder) = feed(lines(2900).as_bytes(), size, false).unwrap();
        assert_eq!((taken.headers.len(), decoder.is_complete()), (2901, true), "by {size}");
        let error = feed(lines(3200).as_bytes(), size, false).map(|(taken, ..)| taken).unwrap_err();
        assert!(error.to_string().contains("larger than 300 KiB"), "by {size}: {error}");
    }
    let endless = "HTTP/1.1 100 Continue\r\n\r\n".repeat(20_000);
    assert!(feed(endless.as_bytes(), 1000, false).is_err());
    let trailer = format!("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nX: {}", "x".repeat(400_000));
    assert!(feed(trailer.as_bytes(), 1000, false).is_err());
}

#[test]
fn an_answer_to_head_has_no_body() {
    for bytes in
        ["HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n", "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"]
    {
        let (taken, used, decoder) = feed(format!("{bytes}hello").as_bytes(), 7, true).unwrap();
        assert_eq!((taken.body.as_str(), used), ("", bytes.len()));
        assert!(decoder.is_complete() && !decoder.keeps_open());
    }
}

#[test]
fn one_decoder_reads_one_answer_after_another() {
    let mut decoder = Decoder::default();
    for size in [3, 1000, 1, 50] {
        let mut taken = Taken::default();
        decoder.start(false);
        for piece in b"HTTP/1.1 201 Created\r\nContent-Length: 5\r\n\r\nhello".chunks(size) {
            assert_eq!(decoder.feed(piece, &mut taken).unwrap(), piece.len());
        }
        assert_eq!((taken.status, taken.body.as_str(), decoder.keeps_open()), (201, "hello", true));
    }
}

#[test]
fn only_an_error_stops_an_upload() {
    for (bytes, wanted) in [
        ("HTTP/1.1 413 Too Large\r\n\r\n", true),
        ("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 500 X\r\nContent-Length: 9\r\n\r\n", true),
        ("HTTP/1.1 413 Too Large\r\n", false),
        ("HTTP/1.1 200 OK\r\n\r\n", false),
        ("HTTP/1.1 100 Continue\r\n\r\n", false),
        ("\u{16}\u{3}\u{3}", false),
        ("", false),
    ] {
        assert_eq!(refuses(bytes.as_bytes()), wanted, "{bytes:?}");
    }
}
