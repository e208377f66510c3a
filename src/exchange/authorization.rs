//! What proves who asks: the seam between kinds of authentication and the ways to the wire.
//!
//! Owns: the trait, what it sees of a request and of its answer. Does not: know any kind (see `auth`), or send.

use std::fmt;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

use crate::exchange::response::Response;
use crate::ground::clock::Clock;

/// A way to prove who asks. One value serves all requests with the same credentials, from any number of threads.
pub trait Auth: Send + Sync {
    /// Makes sure that requests can be made from now on: fetches a token where there is none that is good. It is asked
    /// before every send and outside of its time, so it must be quick where there is nothing to do.
    ///
    /// # Errors
    /// There is nothing to prove it with; a lowercase fragment for people, without secrets.
    fn ready(&self, door: &dyn Door) -> Result<Readiness, String> {
        let _ = door;
        Ok(Readiness::Kept)
    }

    /// Whether [`Auth::ready`] has nothing to wait for now, so that it may be asked where nobody must wait. Where it has,
    /// it is asked from another thread.
    fn is_ready(&self, now: Instant) -> bool {
        let _ = now;
        true
    }

    /// The header that it fills, in lower case. A test that has this header itself is left alone.
    fn header(&self) -> Option<&str> {
        Some("authorization")
    }

    /// A parameter that is added to the query of every URL at the origin: name and value, not encoded.
    fn parameter(&self) -> Option<(&str, &str)> {
        None
    }

    /// The header lines of a request, which take the place of those with the same name. It is asked for every hop to
    /// the origin of every send, when all other headers stand.
    ///
    /// # Errors
    /// It cannot be signed; a lowercase fragment for people.
    fn sign(&self, request: &Unsigned<'_>) -> Result<Vec<(String, String)>, String>;

    /// Whether this request goes out without its body at first, since it will be refused.
    fn withholds_body(&self, request: &Unsigned<'_>) -> bool {
        let _ = request;
        false
    }

    /// Whether dots and double slashes of this URL's path stay as they are written.
    fn keeps_path(&self, url: &str) -> bool {
        let _ = url;
        false
    }

    /// Hears an answer from the origin. True has the request sent once more, at once: that is no retry.
    fn answered(&self, answer: &Answered<'_>) -> bool {
        let _ = answer;
        false
    }

    /// A number that is another one whenever the headers of the same request would be others; nothing where they are
    /// each time.
    fn edition(&self) -> Option<u64> {
        None
    }

    /// One that has what belongs to a single connection for itself, for a worker of a load run; nothing where all
    /// workers share this one.
    fn fork(&self) -> Option<Arc<dyn Auth>> {
        None
    }

    /// What curl is told for the same. A token that is fetched or made is a variable, for whoever repeats the request
    /// needs one of his own.
    fn curl(&self) -> Vec<CurlFlag> {
        self.header().map(|header| CurlFlag::header(header, "", "TOKEN", "")).into_iter().collect()
    }

    /// Hands over every text that nobody is to see, as far as they are known by now.
    fn each_secret(&self, tell: &mut dyn FnMut(&str));

    /// Of these, what goes to the origin as it is: where else it is seen, it has leaked. A kind that sends only what
    /// is made of its secrets, or other ones to each host, has none.
    fn each_sent(&self, tell: &mut dyn FnMut(&str)) {
        self.each_secret(tell);
    }
}

/// A flag of curl, and its value: a text, and behind it a variable in place of a secret.
#[derive(Clone, PartialEq, Eq)]
pub struct CurlFlag {
    /// The flag.
    pub flag: &'static str,
    /// What stands before the variable; nothing at all where the flag has no value.
    pub before: String,
    /// What the variable is called, if there is one.
    pub variable: Option<String>,
    /// What it stands for; empty where that is not known.
    pub secret: String,
}

impl CurlFlag {
    /// A flag without a secret.
    pub fn plain(flag: &'static str, value: impl Into<String>) -> CurlFlag {
        CurlFlag { flag, before: value.into(), variable: None, secret: String::new() }
    }

    /// A flag whose value ends with a secret.
    pub fn secret(flag: &'static str, before: String, variable: &str, secret: &str) -> CurlFlag {
        CurlFlag { variable: Some(variable.to_owned()), secret: secret.to_owned(), ..CurlFlag::plain(flag, before) }
    }

    /// A header whose value ends with a secret.
    pub fn header(name: &str, prefix: &str, variable: &str, secret: &str) -> CurlFlag {
        let capital = |word: &str| {
            let (first, rest) = word.split_at(word.chars().next().map_or(0, char::len_utf8));
            format!("{}{rest}", first.to_uppercase())
        };
        let name: Vec<String> = name.split('-').map(capital).collect();
        CurlFlag::secret("-H", format!("{}: {prefix}", name.join("-")), variable, secret)
    }
}

impl fmt::Debug for CurlFlag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}{}", self.flag, self.before, self.variable.as_deref().unwrap_or_default())
    }
}

/// Whether what a request is made with was there before it was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Readiness {
    /// It was, or needs nothing.
    Kept,
    /// It was fetched just now.
    Fetched,
}

/// What is needed to fetch something: the way that the test's own requests take.
pub trait Door {
    /// Sends a request that way, and again as the test's retries say.
    ///
    /// # Errors
    /// No answer came; in words.
    fn send(&self, errand: &Errand) -> Result<Response, String>;

    /// Reads the time and waits.
    fn clock(&self) -> &dyn Clock;

    /// Whether the run is being stopped: nobody waits for an answer any more.
    fn is_stopped(&self) -> bool;
}

/// A request for what authentication needs.
#[derive(Clone, Default)]
pub struct Errand {
    /// The method.
    pub method: String,
    /// Where it goes.
    pub url: String,
    /// Its headers.
    pub headers: Vec<(String, String)>,
    /// Its body, if it has one.
    pub body: Option<Vec<u8>>,
}

/// A request as it is about to go out.
#[derive(Debug, Clone, Copy)]
pub struct Unsigned<'a> {
    /// The method.
    pub method: &'a str,
    /// Whether it goes over TLS.
    pub https: bool,
    /// Where it goes, `scheme://host[:port]`, whatever the `Host` header says.
    pub origin: &'a str,
    /// Host and port as the `Host` header has them; no port where it is the scheme's own.
    pub authority: &'a str,
    /// Path and query as they are sent.
    pub path_and_query: &'a str,
    /// All other headers, their names in lower case, without `Host`.
    pub headers: &'a [(&'a str, &'a [u8])],
    /// The body; nothing where there is none.
    pub body: &'a [u8],
    /// The body that it has stays at home.
    pub is_withheld: bool,
    /// The time.
    pub date: SystemTime,
}

/// An answer from the origin that a request was signed for.
#[derive(Debug, Clone, Copy)]
pub struct Answered<'a> {
    /// Where the answer came from; where no redirect is followed, where the request was sent.
    pub url: &'a str,
    /// Its status.
    pub status: u16,
    /// Its headers, their names in lower case; those of answers with 2xx may be missing in load runs.
    pub headers: &'a [(String, String)],
    /// How often the request was sent again for its authentication.
    pub again: u8,
    /// Whether the request has a body, be it sent or withheld.
    pub has_body: bool,
    /// Whether this is a status that the test expects.
    pub is_expected: bool,
    /// Whether what the request was made with was fetched for it.
    pub readiness: Readiness,
    /// The edition that it was made with.
    pub edition: Option<u64>,
}

/// The authentication of a request, as its data carry it.
#[derive(Clone)]
pub struct Authorization(pub Arc<dyn Auth>);

impl fmt::Debug for Authorization {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(crate::secrets::REDACTED)
    }
}
