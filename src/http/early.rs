//! What a server has said before the request was out: it is read when its turn comes.
//!
//! Owns: the bytes, and how far they have been read. Does not: take them from a connection.

/// The bytes that were heard early.
#[derive(Debug, Default)]
pub(super) struct Early {
    /// All of them.
    pub bytes: Vec<u8>,
    read: usize,
}

impl Early {
    /// Reads on; nothing where all has been read.
    pub fn take(&mut self, buffer: &mut [u8]) -> Option<usize> {
        if self.bytes.is_empty() {
            return None;
        }
        let unread = &self.bytes[self.read..];
        let amount = buffer.len().min(unread.len());
        buffer[..amount].copy_from_slice(&unread[..amount]);
        self.read += amount;
        if self.read == self.bytes.len() {
            *self = Early::default();
        }
        Some(amount)
    }
}
