//! The bytes of a request.
//!
//! Owns: how head and body are written. Does not: choose the headers (see `headers`).

/// Head and body as they go out.
#[derive(Debug, Clone)]
pub(in super::super) struct Message {
    /// All bytes.
    pub bytes: Vec<u8>,
    /// So many of them are the head.
    pub head_len: usize,
}

impl Message {
    /// A request. `host` is written where the headers have none.
    pub fn new<'h>(
        method: &str,
        path: &str,
        host: Option<&'h str>,
        headers: impl Iterator<Item = (&'h str, &'h [u8])>,
        body: &[u8],
    ) -> Message {
        let mut bytes = Vec::with_capacity(512 + body.len());
        for part in [method, " ", path, " HTTP/1.1\r\n"] {
            bytes.extend_from_slice(part.as_bytes());
        }
        let host = host.map(|host| ("host", host.as_bytes()));
        for (name, value) in host.into_iter().chain(headers) {
            bytes.extend_from_slice(name.as_bytes());
            bytes.extend_from_slice(b": ");
            bytes.extend_from_slice(value);
            bytes.extend_from_slice(b"\r\n");
        }
        bytes.extend_from_slice(b"\r\n");
        let head_len = bytes.len();
        bytes.extend_from_slice(body);
        Message { bytes, head_len }
    }

    /// Asks in HTTP/1.0.
    pub fn ask_in_1_0(&mut self) {
        if let Some(end) = self.bytes.iter().position(|byte| *byte == b'\r') {
            self.bytes[end - 1] = b'0';
        }
    }

    /// Adds a header line behind the others.
    pub fn add_line(&mut self, name: &str, value: &str) {
        let line = format!("{name}: {value}\r\n");
        let at = self.head_len - 2;
        self.bytes.splice(at..at, line.bytes());
        self.head_len += line.len();
    }
}
