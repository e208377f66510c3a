//! One HTTP request, complete: everything an exchange needs, nothing about tests.
//!
//! Owns: the data, and the traits behind which exchanges are carried out: one by one, or many in one thread.
//! Does not: open sockets (see `http`), decide what to send (see `test`).

use std::borrow::Cow;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::exchange::authorization::Authorization;
use crate::exchange::cookies::Jar;
use crate::exchange::curl_options::CurlOptions;
use crate::exchange::egress::Permit;
use crate::exchange::response::{Response, Timing};
use crate::exchange::trace::{Carried, Role};
use crate::exchange::url::{self, Treatment};

/// The largest body when nothing sets another bound.
pub const DEFAULT_MAX_BODY: u64 = 64 * 1024 * 1024;

/// A request as it is to be sent.
#[derive(Debug, Clone)]
pub struct Request {
    /// The method, upper-case; any token is allowed.
    pub method: String,
    /// The absolute URL as the suite has it after joining and templating; not yet checked.
    pub url: String,
    /// Header names and values in order, as written. An entry with an empty value has already been
    /// dropped. `Host`, `Content-Length`, `User-Agent` and `Accept` are added on sending unless
    /// given here or listed in `suppressed`.
    pub headers: Vec<(String, String)>,
    /// Lower-case names of default headers that must not be sent (`accept`, `user-agent`, `content-type`).
    pub suppressed: Vec<String>,
    /// The body; `None` sends none, `Some` of nothing sends `Content-Length: 0`.
    pub body: Option<Arc<[u8]>>,
    /// Sent as `Authorization: Basic` unless the headers have their own; URL userinfo comes second.
    pub basic_auth: Option<(String, String)>,
    /// What proves who asks, in place of that.
    pub auth: Option<Authorization>,
    /// What `curl_option_…` keys ask for.
    pub options: Arc<CurlOptions>,
    /// Where cookies come from and go to, on every hop; with none, each exchange forgets them.
    pub jar: Option<Jar>,
    /// Whether the answer is to have the server's certificate with it.
    pub wants_certificate: bool,
    /// Bound on the whole exchange, redirects and body included; `None` is no bound.
    pub timeout: Option<Duration>,
    /// Bound on connecting alone, TLS included.
    pub connect_timeout: Option<Duration>,
    /// The largest body that is read, in bytes after decoding; `None` is no limit.
    pub max_body: Option<u64>,
    /// Where it may go, in place of what holds for the client that sends it.
    pub permit: Option<Box<Permit>>,
    /// The trace that it belongs to, if there is one.
    pub trace: Option<Carried>,
}

impl Request {
    /// A request without anything of its own, and without bounds on time.
    pub fn plain(method: &str, url: &str) -> Request {
        Request {
            method: method.to_owned(),
            url: url.to_owned(),
            headers: Vec::new(),
            suppressed: Vec::new(),
            body: None,
            basic_auth: None,
            auth: None,
            options: CurlOptions::unset(),
            jar: None,
            wants_certificate: false,
            timeout: None,
            connect_timeout: None,
            max_body: Some(DEFAULT_MAX_BODY),
            permit: None,
            trace: None,
        }
    }

    /// A plain request that goes the way of this one: its TLS, its proxy, its bounds on time.
    pub fn beside(&self, method: &str, url: &str) -> Request {
        let options = &*self.options;
        let options = CurlOptions {
            connection: options.connection.clone(),
            timeout: options.timeout,
            connect_timeout: options.connect_timeout,
            ..CurlOptions::default()
        };
        Request {
            options: Arc::new(options),
            permit: self.permit.clone(),
            trace: self.trace.as_ref().map(|carried| Carried { role: Role::Aside, ..carried.clone() }),
            timeout: self.timeout,
            connect_timeout: self.connect_timeout,
            ..Request::plain(method, url)
        }
    }

    /// Whether what signs it is sent there, too: the same origin, or any if it is unrestricted.
    pub fn is_signed_for(&self, url: &str) -> bool {
        let target = |url: &str| url::target_with(url, Treatment::default());
        self.options.unrestricted_auth
            || self.url == url
            || matches!((target(&self.url), target(url)), (Ok(own), Ok(other)) if own.same_origin(&other))
    }

    /// The request with no more time than is left.
    pub fn within(&self, left: Duration) -> Cow<'_, Request> {
        if self.options.timeout.or(self.timeout).is_some_and(|timeout| timeout <= left) {
            return Cow::Borrowed(self);
        }
        let mut request = Request { timeout: Some(left), ..self.clone() };
        if self.options.timeout.is_some() {
            Arc::make_mut(&mut request.options).timeout = None;
        }
        Cow::Owned(request)
    }
}

/// Carries out exchanges. The engines know nothing more about sockets.
pub trait Exchange: Send + Sync {
    /// Sends the request, follows redirects if asked, and reads the answer to its end.
    ///
    /// # Errors
    /// No complete answer came. Any status is an answer.
    fn send(&self, request: &Request) -> Result<Response, ExchangeError>;

    /// An exchange for one worker of a load run, with connections of its own.
    fn worker(&self) -> Box<dyn Exchange>;

    /// Closes connections that wait for another request: a server with a single thread would serve nobody else.
    fn release(&self) {}

    /// The request made ready once, to be sent many times over the same connections.
    fn prepare(&self, request: &Request, wanted: Wanted) -> Box<dyn Prepared>;

    /// A loop that carries requests like this one over many connections in one thread.
    ///
    /// # Errors
    /// Why there is none for it: what a loop has not got, behind `no`.
    fn event_loop(&self, request: &Request) -> Result<Box<dyn EventLoop>, String> {
        let _ = request;
        Err("way for these exchanges".to_owned())
    }
}

/// What a load run needs of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// Status, times and sizes; headers and body may be left out of the response.
    Status,
    /// The same, with the headers of an answer whose status is none of the 2xx: they may say when to come again.
    StatusOrHead,
    /// Headers and body, too.
    Everything,
}

impl Wanted {
    /// Whether the headers of an answer with this status are needed.
    pub fn has_head(self, status: u16) -> bool {
        match self {
            Wanted::Status => false,
            Wanted::StatusOrHead => !(200..300).contains(&status),
            Wanted::Everything => true,
        }
    }
}

/// A request that is made ready.
pub trait Prepared: Send {
    /// Sends it, and puts the answer into `response` in place of what was there.
    ///
    /// # Errors
    /// No complete answer came.
    fn send(&mut self, response: &mut Response) -> Result<(), ExchangeError>;

    /// What about it takes a way that costs more of the client's time, as part of a sentence: figures of a load run
    /// then show more of the client. Nothing, if it takes the short one.
    fn detour(&self) -> Option<&'static str> {
        None
    }
}

/// What a slot is to do. A slot is a connection, and carries one exchange at a time.
#[derive(Debug)]
pub enum Next {
    /// Send this. The same `Arc` again costs nothing to prepare.
    Send(Arc<Request>, Wanted),
    /// This slot has nothing to do before then.
    At(Instant),
    /// No slot has anything to do before then; this one waits with the others.
    Due(Instant),
    /// This slot is through.
    End,
}

/// The times of an exchange that its slot cannot know.
#[derive(Debug, Clone, Copy)]
pub struct Ended {
    /// When its last byte was received, or it was given up.
    pub at: Instant,
    /// When its first byte went out, if any did.
    pub sent: Option<Instant>,
}

/// What a load run has to say to a loop: it is asked whenever a slot is free, and hears of every exchange.
pub trait Slots {
    /// What this slot is to do now.
    fn next(&mut self, slot: usize, now: Instant) -> Next;

    /// The exchange of this slot has ended. The response is the loop's, and is used again.
    fn done(&mut self, slot: usize, result: Result<&mut Response, ExchangeError>, ended: Ended);

    /// Whether nothing more is to begin: slots that wait are asked again, once.
    fn is_ending(&self) -> bool;

    /// Whether nobody waits for the exchanges under way any more.
    fn is_abandoned(&self) -> bool;
}

/// A thread's loop with its connections, which stay open from one run to the next.
pub trait EventLoop: Send {
    /// Serves so many slots until each is through.
    ///
    /// # Errors
    /// The system's event queue failed: in words.
    fn run(&mut self, slots: usize, work: &mut dyn Slots) -> Result<(), String>;
}

/// Why no answer came, in the few kinds that people tell apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum ErrorKind {
    /// The URL cannot be sent: a space, no host, an unknown scheme.
    Url,
    /// The host name is not known.
    Resolve,
    /// Nobody listens, or no way leads there.
    Connect,
    /// Time ran out.
    Timeout,
    /// The TLS handshake failed: certificate, version, or no TLS at the other end.
    Tls,
    /// The connection ended before the answer did.
    Disconnected,
    /// What came was not HTTP.
    Protocol,
    /// More redirects than allowed.
    Redirects,
    /// The proxy refused or is wrong.
    Proxy,
    /// A file or an option of the request is unusable (a CA file, a client key).
    Option,
    /// It was to go where it may not.
    Egress,
    /// There is nothing to prove with who asks: no token was to be had.
    Auth,
}

impl ErrorKind {
    /// All of them.
    pub const ALL: [ErrorKind; 12] = [
        ErrorKind::Url,
        ErrorKind::Resolve,
        ErrorKind::Connect,
        ErrorKind::Timeout,
        ErrorKind::Tls,
        ErrorKind::Disconnected,
        ErrorKind::Protocol,
        ErrorKind::Redirects,
        ErrorKind::Proxy,
        ErrorKind::Option,
        ErrorKind::Egress,
        ErrorKind::Auth,
    ];

    /// The short name that reports use.
    pub fn name(self) -> &'static str {
        match self {
            ErrorKind::Url => "url",
            ErrorKind::Resolve => "resolve",
            ErrorKind::Connect => "connect",
            ErrorKind::Timeout => "timeout",
            ErrorKind::Tls => "tls",
            ErrorKind::Disconnected => "disconnected",
            ErrorKind::Protocol => "protocol",
            ErrorKind::Redirects => "redirects",
            ErrorKind::Proxy => "proxy",
            ErrorKind::Option => "option",
            ErrorKind::Egress => "egress",
            ErrorKind::Auth => "auth",
        }
    }
}

/// An exchange that gave no answer.
#[derive(Debug, Clone)]
pub struct ExchangeError {
    /// The kind, for decisions and counts.
    pub kind: ErrorKind,
    /// A lowercase fragment for people; never holds a secret.
    pub message: String,
    /// How far it came.
    pub timing: Box<Timing>,
}

impl fmt::Display for ExchangeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for ExchangeError {}

/// A bound on an exchange.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// No bound: `timeout: 0`.
    Unlimited,
    /// At most this long.
    After(Duration),
}

impl Timeout {
    /// The bound as an option.
    pub fn limit(self) -> Option<Duration> {
        match self {
            Timeout::Unlimited => None,
            Timeout::After(limit) => Some(limit),
        }
    }
}
