//! The trace of one test: what its requests carry, and what is known of every send.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Instant, SystemTime};

use super::derived;
use super::parent::Parent;
use crate::exchange::egress::{Host, HostPattern};
use crate::exchange::url::Target;

/// So many sends of a test are kept: one that polls for hours must not fill the memory.
pub const MOST_SENDS: usize = 2048;

/// Where `traceparent` may go.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    /// The host of the base URL, if there is one.
    pub base: Option<Box<str>>,
    /// Hosts besides.
    pub hosts: Vec<HostPattern>,
}

impl Reach {
    /// Whether a host is told the trace; `is_own` is one that the test itself names.
    fn has(&self, target: &Target, is_own: bool) -> bool {
        let is_base = match &self.base {
            Some(base) => base.eq_ignore_ascii_case(target.host()),
            None => is_own && self.hosts.is_empty(),
        };
        is_base
            || !self.hosts.is_empty() && {
                let host = Host::of(target.host());
                self.hosts.iter().any(|pattern| pattern.matches(&host, target.port))
            }
    }
}

/// The trace of a test, which all its requests share.
#[derive(Debug)]
pub struct Trace {
    parent: Parent,
    reach: Option<Reach>,
    state: Option<Arc<str>>,
    /// The headers that spans show, where spans are made.
    records: Option<Arc<[String]>>,
    /// One moment on both clocks: of spans, only the beginning may come from one that can be set.
    began: (SystemTime, Instant),
    sends: Mutex<Vec<Sent>>,
}

/// One send: a request on one connection, with its answer.
#[derive(Debug, Clone)]
pub struct Sent {
    /// What tells its span from others.
    pub number: u64,
    /// Whose request it is: not the test's own where it brings a token.
    pub is_aside: bool,
    /// How often the request was sent before, where these sends are not kept.
    pub again: Option<u32>,
    /// Whether no redirect led to it.
    pub is_first: bool,
    /// When it began and ended.
    pub time: (Instant, Instant),
    /// What it came past.
    pub marks: [Mark; 4],
    /// The method.
    pub method: String,
    /// Where it went.
    pub target: Target,
    /// The answer's status, or the kind of error that there was in its place.
    pub answer: Result<u16, &'static str>,
    /// `1.1`, of an answer.
    pub version: &'static str,
    /// Who answered.
    pub peer: Option<SocketAddr>,
    /// Bytes of both bodies.
    pub sizes: [Option<u64>; 2],
    /// Headers of the request and of the answer that are to be shown.
    pub headers: [Vec<(String, String)>; 2],
}

/// A moment of a send, and what it is called.
pub type Mark = (&'static str, Option<Instant>);

impl Trace {
    pub(super) fn new(
        parent: Parent,
        reach: Option<Reach>,
        state: Option<Arc<str>>,
        records: Option<Arc<[String]>>,
        began: (SystemTime, Instant),
    ) -> Trace {
        Trace { parent, reach, state, records, began, sends: Mutex::default() }
    }

    /// The test's place in its trace.
    pub fn parent(&self) -> Parent {
        self.parent
    }

    /// The span of a send, by its number.
    pub fn span_of(&self, number: u64) -> u64 {
        derived(self.parent.trace ^ u128::from(self.parent.span), "send", number) as u64
    }

    /// The headers that spans show; nothing where no spans are made.
    pub fn shown_headers(&self) -> Option<&[String]> {
        self.records.as_deref()
    }

    /// A moment as a date.
    pub fn date(&self, at: Instant) -> SystemTime {
        let (date, instant) = self.began;
        date + at.saturating_duration_since(instant)
    }

    /// What has been sent since.
    pub fn take(&self) -> Vec<Sent> {
        std::mem::take(&mut self.sends.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn sent(&self) -> u64 {
        self.sends.lock().unwrap_or_else(PoisonError::into_inner).len() as u64
    }
}

/// The trace that a request belongs to.
#[derive(Debug, Clone)]
pub struct Carried {
    /// The trace.
    pub trace: Arc<Trace>,
    /// What the request is in it.
    pub role: Role,
}

/// What a request is in its trace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// The test's own.
    Own,
    /// It brings a token.
    Aside,
    /// One of very many, which have no spans of their own.
    Load,
    /// One of these that has, by its number.
    Sample(u64),
}

impl Carried {
    /// The lines of the next request: to a host that may know the trace. `is_own` where no redirect led to another host
    /// than the test names.
    pub fn lines(&self, target: &Target, is_own: bool) -> Option<(String, Option<&str>)> {
        let trace = &*self.trace;
        trace.reach.as_ref().filter(|reach| reach.has(target, is_own && self.role != Role::Aside))?;
        let span = |number| Parent { span: trace.span_of(number), ..trace.parent };
        let parent = match self.role {
            Role::Load => Parent { is_sampled: false, ..trace.parent },
            Role::Sample(number) => span(number),
            Role::Own | Role::Aside => span(trace.sent()),
        };
        Some((parent.to_string(), trace.state.as_deref()))
    }

    /// Whether what is sent is kept.
    pub fn is_kept(&self) -> bool {
        self.role != Role::Load && self.trace.records.is_some()
    }

    /// Keeps what was sent.
    pub fn keep(&self, mut send: Sent) {
        let mut sends = self.trace.sends.lock().unwrap_or_else(PoisonError::into_inner);
        if sends.len() < MOST_SENDS {
            send.number = match self.role {
                Role::Sample(number) => number,
                _ => sends.len() as u64,
            };
            sends.push(send);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Propagate, RunTrace, SuiteTrace, TracePer};
    use super::*;
    use crate::exchange::url::target;

    fn carried(run: RunTrace, base: Option<&str>, propagate: Option<&Propagate>) -> Carried {
        let trace =
            SuiteTrace::new(&Arc::new(run), "a".to_owned(), base).begin(propagate, (SystemTime::now(), Instant::now()));
        Carried { trace, role: Role::Own }
    }

    #[test]
    fn only_hosts_that_may_know_the_trace_are_told() {
        let hosts = |is_on, hosts: &[&str]| Propagate {
            is_on,
            hosts: hosts.iter().map(|host| HostPattern::parse(host).unwrap()).collect(),
        };
        let (off, list) = (hosts(false, &[]), hosts(true, &["*.b.test", "c.test:81"]));
        for (base, propagate, url, is_own, told) in [
            (Some("a.test"), None, "http://A.test:8/x", true, true),
            (Some("a.test"), None, "https://a.test/x", false, true),
            (Some("a.test"), None, "http://b.test/", true, false),
            (Some("a.test"), Some(&off), "http://a.test/", true, false),
            (Some("a.test"), Some(&list), "http://a.test/", true, true),
            (Some("a.test"), Some(&list), "http://x.b.test/", false, true),
            (Some("a.test"), Some(&list), "http://c.test/", true, false),
            (Some("a.test"), Some(&list), "http://c.test:81/", true, true),
            // Without a base URL, the test itself names the host.
            (None, None, "http://b.test/", true, true),
            (None, None, "http://b.test/", false, false),
            (None, Some(&list), "http://d.test/", true, false),
        ] {
            let carried = carried(RunTrace::example(TracePer::Run), base, propagate);
            let target = target(url).unwrap();
            assert_eq!(carried.lines(&target, is_own).is_some(), told, "{base:?} {url}");
            let aside = Carried { role: Role::Aside, ..carried.clone() };
            assert_eq!(aside.lines(&target, is_own).is_some(), told && base.is_some(), "{base:?} {url}");
        }
        let forced = RunTrace { forced: Some(true), ..RunTrace::example(TracePer::Run) };
        assert!(carried(forced, Some("a.test"), Some(&off)).lines(&target("http://a.test/").unwrap(), true).is_some());
    }

    #[test]
    fn a_joined_trace_is_handed_on_as_it_came() {
        let joined = Parent::parse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00").unwrap();
        let run = RunTrace {
            joined: Some(joined),
            state: Some("a=1,b=2".into()),
            ratio: 0.0,
            ..RunTrace::example(TracePer::Run)
        };
        let carried = carried(run, Some("a.test"), None);
        let target = target("http://a.test/").unwrap();
        let (line, state) = carried.lines(&target, true).unwrap();
        assert!(line.starts_with("00-0af7651916cd43dd8448eb211c80319c-") && line.ends_with("-00"), "{line}");
        assert_eq!((state, carried.is_kept()), (Some("a=1,b=2"), false));
        assert!(!line.contains("b7ad6b7169203331"), "{line}");
    }
}
