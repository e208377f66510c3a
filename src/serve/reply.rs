//! What whoever answers says: the answer, when it goes out, and how.
//!
//! Owns: the ways of an answer that is late, in pieces or broken. Does not: carry them out (see `outgoing`).

use std::time::Duration;

use super::answer::Answer;
use super::call::Call;

/// Whoever answers the requests of a server.
pub trait Service: Send + Sync + 'static {
    /// Says what shall happen to a request. It runs on the thread of an event loop: what takes long is `Reply::Later`.
    fn reply(&self, call: &Call<'_>) -> Reply;

    /// The answer to what is no request; the connection ends after it.
    fn refuse(&self, status: u16, reason: &'static str) -> Answer;

    /// A connection came.
    fn connected(&self) {}
}

/// What takes so long that it needs a thread of its own.
pub type Work = Box<dyn FnOnce() -> Reply + Send>;

/// What shall happen to a request.
pub enum Reply {
    /// The answer goes out now.
    Now(Answer),
    /// It goes out as planned.
    Planned(Box<Planned>),
    /// This makes the answer, on a thread of its own.
    Later(Work),
}

/// An answer with the way that it takes.
pub struct Planned {
    /// The answer.
    pub answer: Answer,
    /// So long after the request.
    pub after: Duration,
    /// How its bytes go out.
    pub delivery: Delivery,
    /// Called when its first byte may go, or the connection has ended.
    pub on_due: Option<Box<dyn FnOnce() + Send>>,
    /// Called once the last byte has gone, or the connection has ended.
    pub on_sent: Option<Box<dyn FnOnce() + Send>>,
}

/// How the bytes of an answer go out.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Delivery {
    /// At once.
    Whole,
    /// In so many pieces, over a time.
    Dribble {
        /// How many.
        chunks: u32,
        /// From the first to the last.
        over: Duration,
    },
    /// Not as it should.
    Broken(Fault),
}

/// What is broken about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// The connection is reset in its place.
    Reset,
    /// The connection is closed without a byte.
    Empty,
    /// The connection is closed after so many bytes of the body.
    Truncate(usize),
    /// Bytes that are no HTTP.
    Garbage,
    /// There is never one.
    Timeout,
    /// The head comes byte by byte.
    SlowHeaders,
    /// The head promises more than comes.
    BadLength,
    /// A chunk whose size is none.
    BadChunk,
}
