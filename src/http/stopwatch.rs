//! The stopwatch of the exchange that runs on this thread.
//!
//! ureq is blocking: connecting, sending and receiving happen on the thread that asked, so a
//! thread-local cell joins the transport with the client without a lock, an allocation, or a
//! request-level configuration (which would keep ureq from reusing connections).
//!
//! Owns: the deadline, the marks that the transport leaves. Does not: turn them into `Timing` (see `client`).

use std::cell::{Cell, RefCell};
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use super::socket::{Deadline, TimeIsUp};
use crate::exchange::response::PeerCertificate;

/// Header lines of an answer: names in lower case, values as they were received.
pub(super) type ReceivedHeaders = Vec<(String, Vec<u8>)>;

/// When a step must be over, and the time that it has from its beginning, for people.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Bound {
    pub until: Option<Instant>,
    pub length: Option<Duration>,
}

impl Bound {
    /// A bound that begins at `start`.
    pub(super) fn new(start: Instant, length: Option<Duration>) -> Bound {
        let until = length.and_then(|length| start.checked_add(length));
        Bound { until, length: length.filter(|_| until.is_some()) }
    }

    /// Whichever ends first.
    pub(super) fn or_earlier(self, other: Bound) -> Bound {
        match (self.until, other.until) {
            (Some(own), Some(others)) if own <= others => self,
            (_, Some(_)) => other,
            (_, None) => self,
        }
    }
}

/// What the client asks of the transport, and what the transport saw.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Watch {
    /// The exchange must be over by then.
    pub deadline: Option<Instant>,
    /// Connecting must be over by then.
    pub connect_deadline: Option<Instant>,
    /// The time that the exchange has.
    pub timeout: Option<Duration>,
    /// The time that connecting has, look-up and TLS included.
    pub connect_timeout: Option<Duration>,
    /// How many connector chains are under way: a proxied connection has two.
    pub connecting: u32,
    /// A pooled connection must not be taken.
    pub fresh: bool,
    /// The connection must not go back to the pool.
    pub forbid_reuse: bool,
    /// The request is HEAD: no body follows its answer.
    pub answers_head: bool,
    /// The head may wait for the body, so that both go out in one write.
    pub body_follows: bool,
    /// The thread has nothing else to do than to wait for the answer.
    pub is_attentive: bool,
    /// The server's certificate is wanted.
    pub wants_certificate: bool,
    /// The longest header line, if it needs a larger buffer than usual.
    pub longest_line: usize,
    /// Name known.
    pub namelookup: Option<Instant>,
    /// TCP connected.
    pub connect: Option<Instant>,
    /// TLS done.
    pub appconnect: Option<Instant>,
    /// First byte of the request out.
    pub first_out: Option<Instant>,
    /// First byte of the answer in.
    pub first_in: Option<Instant>,
    /// Last byte in so far.
    pub last_in: Option<Instant>,
    /// Connections made.
    pub connects: u32,
    /// The answer was of HTTP/1.0.
    pub is_old: bool,
    /// A kept connection was found closed, shortly after its last answer and without a word.
    pub found_closed: bool,
    /// Where the request went.
    pub peer: Option<SocketAddr>,
}

thread_local! {
    static CERTIFICATE: RefCell<Option<Box<PeerCertificate>>> = const { RefCell::new(None) };
    static HEADERS: RefCell<ReceivedHeaders> = const { RefCell::new(Vec::new()) };
    static WATCH: Cell<Watch> = const { Cell::new(Watch {
        deadline: None,
        connect_deadline: None,
        timeout: None,
        connect_timeout: None,
        connecting: 0,
        fresh: false,
        forbid_reuse: false,
        answers_head: false,
        body_follows: false,
        is_attentive: false,
        wants_certificate: false,
        longest_line: 0,
        namelookup: None,
        connect: None,
        appconnect: None,
        first_out: None,
        first_in: None,
        last_in: None,
        connects: 0,
        is_old: false,
        found_closed: false,
        peer: None,
    }) };
}

/// Begins a hop.
pub(super) fn arm(watch: Watch) {
    WATCH.set(watch);
}

/// What has been seen so far.
pub(super) fn read() -> Watch {
    WATCH.get()
}

/// Changes the watch.
pub(super) fn note(change: impl FnOnce(&mut Watch)) {
    let mut watch = WATCH.get();
    change(&mut watch);
    WATCH.set(watch);
}

/// Bytes went out.
pub(super) fn sent(at: Instant) {
    note(|watch| watch.first_out = watch.first_out.or(Some(at)));
}

/// Bytes came in.
pub(super) fn received(at: Instant) {
    note(|watch| {
        watch.first_in = watch.first_in.or(Some(at));
        watch.last_in = Some(at);
    });
}

/// The bound on connecting, whether it is under way or about to begin.
pub(super) fn connect_bound() -> Bound {
    let watch = WATCH.get();
    let whole = Bound { until: watch.deadline, length: watch.timeout };
    whole.or_earlier(Bound { until: watch.connect_deadline, length: watch.connect_timeout })
}

/// When the step under way must end.
pub(super) fn limit() -> Option<Instant> {
    let watch = WATCH.get();
    match (watch.deadline, watch.connect_deadline) {
        (Some(all), Some(connect)) if watch.connecting > 0 => Some(all.min(connect)),
        (None, Some(connect)) if watch.connecting > 0 => Some(connect),
        (all, _) => all,
    }
}

/// How much time the step under way has: `Ok(None)` is no limit, `Err` none left.
pub(super) fn remaining() -> Result<Option<Duration>, TimeIsUp> {
    Deadline::new(limit()).look()
}

/// Puts the header lines of an answer aside.
pub(super) fn keep_headers(headers: ReceivedHeaders) {
    HEADERS.set(headers);
}

/// The header lines of the last answer.
pub(super) fn take_headers() -> ReceivedHeaders {
    HEADERS.take()
}

/// A request goes out over TLS to a server with this certificate. Where a tunnel is under TLS as well, the innermost
/// comes last.
pub(super) fn keep_certificate(of: impl FnOnce() -> Option<Box<PeerCertificate>>) {
    if WATCH.get().wants_certificate {
        CERTIFICATE.set(of());
    }
}

/// The certificate that the last request went to, if it was wanted.
pub(super) fn take_certificate() -> Option<Box<PeerCertificate>> {
    CERTIFICATE.take()
}

impl From<TimeIsUp> for ureq::Error {
    fn from(_: TimeIsUp) -> ureq::Error {
        ureq::Error::Timeout(ureq::Timeout::Global)
    }
}
