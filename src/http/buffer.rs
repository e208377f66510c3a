//! The buffers of one connection.
//!
//! Owns: an input that grows with a long answer head (ureq's own cannot), an output that fits a long
//! header line. Does not: bound the head (ureq does).

use ureq::unversioned::transport::Buffers;

use super::stopwatch;

/// The input's and the output's size for what is not small.
const SIZE: usize = 16 * 1024;
/// What an input, and the output of a request without a body, begin with: clearing more takes longer than a short
/// exchange is worth.
const SMALL: usize = 4 * 1024;
/// A read is never asked for less room than this.
const MIN_FREE: usize = SMALL;
/// What a request line or header line needs beside its value.
const LINE_MARGIN: usize = 256;

/// Input and output, allocated on first use.
#[derive(Debug, Default)]
pub(super) struct ConnectionBuffers {
    input: Vec<u8>,
    filled: usize,
    consumed: usize,
    progress: bool,
    /// The last read found more than there was room for.
    is_flooded: bool,
    output: Vec<u8>,
}

impl ConnectionBuffers {
    /// What was put into the output.
    pub(super) fn pending(&self, amount: usize) -> &[u8] {
        &self.output[..amount]
    }

    fn free(&mut self, least: usize) -> &mut [u8] {
        if self.consumed == self.filled {
            self.consumed = 0;
            self.filled = 0;
        }
        if self.input.len() - self.filled < least && self.consumed > 0 {
            self.input.copy_within(self.consumed..self.filled, 0);
            self.filled -= self.consumed;
            self.consumed = 0;
        }
        let least = if self.is_flooded { least.max(SIZE) } else { least };
        if self.input.len() - self.filled < least {
            let size = (self.input.len() * 2).max(self.filled + least);
            self.input.resize(size, 0);
        }
        &mut self.input[self.filled..]
    }

    fn ready_output(&mut self) {
        let watch = stopwatch::read();
        let size = if watch.body_follows { SIZE } else { SMALL };
        let size = size.max(watch.longest_line + LINE_MARGIN);
        if self.output.len() < size {
            self.output.resize(size, 0);
        }
    }
}

impl Buffers for ConnectionBuffers {
    fn output(&mut self) -> &mut [u8] {
        self.ready_output();
        &mut self.output
    }

    fn input(&self) -> &[u8] {
        &self.input[self.consumed..self.filled]
    }

    fn input_append_buf(&mut self) -> &mut [u8] {
        self.free(MIN_FREE)
    }

    fn input_appended(&mut self, amount: usize) {
        self.filled += amount;
        self.is_flooded |= self.filled == self.input.len();
    }

    fn input_consume(&mut self, amount: usize) {
        self.progress = amount > 0;
        self.consumed += amount;
    }

    fn tmp_and_output(&mut self) -> (&mut [u8], &mut [u8]) {
        self.ready_output();
        // Only a body goes through both.
        self.free(SIZE);
        let filled = self.filled;
        (&mut self.input[filled..], &mut self.output)
    }

    fn can_use_input(&self) -> bool {
        self.progress && self.filled > self.consumed
    }
}
