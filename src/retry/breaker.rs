//! Circuit breakers of all origins, shared by the threads of a process.
//!
//! Owns: finding the breaker of an origin, counts, what people are told. Does not: know the states (see `circuit`), or
//! make anybody wait. While nothing fails, nobody waits for anybody here: a flag tells that there is nothing to know.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

use super::answer::Answer;
use super::circuit::{Circuit, CircuitBreaker, Closed, Pass, Sign};
use crate::exchange::url::{Treatment, target_with};

/// The breaker of one origin.
#[derive(Debug)]
pub struct Breaker {
    origin: Arc<str>,
    breaker: Arc<CircuitBreaker>,
    is_quiet: AtomicBool,
    circuit: Mutex<Circuit>,
    opened: AtomicU64,
    refused: AtomicU64,
}

/// What a breaker did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BreakerFigures {
    /// Scheme, host and port.
    pub origin: Arc<str>,
    /// How often it opened.
    pub opened: u64,
    /// Tests that were not sent.
    pub refused: u64,
    /// Whether it is open now.
    pub is_open: bool,
}

impl Breaker {
    fn new(origin: &str, breaker: Arc<CircuitBreaker>) -> Breaker {
        Breaker {
            origin: origin.into(),
            breaker,
            is_quiet: AtomicBool::new(true),
            circuit: Mutex::default(),
            opened: AtomicU64::default(),
            refused: AtomicU64::default(),
        }
    }

    /// Whether a send may go out now.
    ///
    /// # Errors
    /// It may not; until when.
    pub fn ask(&self, now: Instant) -> Result<Pass, Closed> {
        if self.is_quiet.load(Ordering::Acquire) {
            return Ok(Pass::Usual);
        }
        self.circuit().ask(&self.breaker, now)
    }

    /// What would be said to who asks then.
    pub fn held_until(&self, then: Instant) -> Option<Closed> {
        if self.is_quiet.load(Ordering::Acquire) {
            return None;
        }
        self.circuit().held_until(&self.breaker, then)
    }

    /// Hears what a send came to; the message is for people, if the breaker opened by it.
    pub fn hear(&self, pass: Pass, answer: Answer<'_>, expected: &[i128], now: Instant) -> Option<String> {
        let sign = self.breaker.sign(answer, expected);
        if sign == Sign::Alive && self.is_quiet.load(Ordering::Acquire) {
            return None;
        }
        let mut circuit = self.circuit();
        let has_opened = circuit.hear(&self.breaker, pass, sign, now);
        self.is_quiet.store(circuit.is_quiet(), Ordering::Release);
        if !has_opened {
            return None;
        }
        self.opened.fetch_add(1, Ordering::Relaxed);
        Some(self.said(&circuit, circuit.held_until(&self.breaker, now), now))
    }

    /// Counts a test that is not sent, and says why: `circuit open: http://a:1 failed 5 times in a row (connect), asked
    /// again in 22 s`.
    pub fn refuse(&self, closed: Closed, now: Instant) -> String {
        self.refused.fetch_add(1, Ordering::Relaxed);
        self.said(&self.circuit(), Some(closed), now)
    }

    /// Why nothing is sent.
    pub fn message(&self, now: Instant) -> String {
        let circuit = self.circuit();
        let closed = circuit.held_until(&self.breaker, now);
        self.said(&circuit, closed, now)
    }

    fn said(&self, circuit: &Circuit, closed: Option<Closed>, now: Instant) -> String {
        let (count, cause) = circuit.failures();
        let times = if count == 1 { "once".to_owned() } else { format!("{count} times in a row") };
        let again = match closed {
            Some(Closed::Until(until)) => {
                let seconds = until.saturating_duration_since(now).as_secs_f64();
                // Whole seconds, but for the last ones.
                let seconds = if seconds < 10.0 { (seconds * 10.0).ceil() / 10.0 } else { seconds.ceil() };
                format!("asked again in {seconds} s")
            }
            Some(Closed::Probing) => "which is being asked again".to_owned(),
            Some(Closed::ForEver) => "not asked again in this run".to_owned(),
            None => "asked again next".to_owned(),
        };
        format!("circuit open: {} failed {times} ({cause}), {again}", self.origin)
    }

    fn figures(&self) -> BreakerFigures {
        BreakerFigures {
            origin: self.origin.clone(),
            opened: self.opened.load(Ordering::Relaxed),
            refused: self.refused.load(Ordering::Relaxed),
            is_open: !self.is_quiet.load(Ordering::Acquire) && self.circuit().is_open(),
        }
    }

    fn circuit(&self) -> MutexGuard<'_, Circuit> {
        self.circuit.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Breakers that follow one configuration, one for each origin.
#[derive(Debug)]
pub struct Breakers {
    breaker: Arc<CircuitBreaker>,
    by_origin: Mutex<Vec<Arc<Breaker>>>,
}

impl Breakers {
    /// No origin has been asked yet.
    pub fn new(breaker: CircuitBreaker) -> Breakers {
        Breakers { breaker: Arc::new(breaker), by_origin: Mutex::default() }
    }

    /// What they follow.
    pub fn breaker(&self) -> &CircuitBreaker {
        &self.breaker
    }

    /// The breaker of the origin that a URL asks; none for what cannot be asked.
    pub fn of(&self, url: &str) -> Option<Arc<Breaker>> {
        let target = target_with(url, Treatment::default()).ok()?;
        let origin = target.origin().to_ascii_lowercase();
        let mut all = self.by_origin.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(known) = all.iter().find(|breaker| *breaker.origin == *origin) {
            return Some(known.clone());
        }
        let breaker = Arc::new(Breaker::new(&origin, self.breaker.clone()));
        all.push(breaker.clone());
        Some(breaker)
    }

    /// What each of them did so far.
    pub fn figures(&self) -> Vec<BreakerFigures> {
        let all = self.by_origin.lock().unwrap_or_else(PoisonError::into_inner);
        all.iter().map(|breaker| breaker.figures()).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;
    use std::time::Duration;

    use super::*;
    use crate::exchange::request::ErrorKind;

    fn breakers(failures: u32, reset: u64) -> Breakers {
        Breakers::new(CircuitBreaker { failures, reset: Duration::from_secs(reset), ..CircuitBreaker::default() })
    }

    const DEAD: Answer<'_> = Answer::Error(ErrorKind::Connect);

    #[test]
    fn origins_are_apart_and_are_told_by_scheme_host_and_port() {
        let all = breakers(1, 30);
        let now = Instant::now();
        let one = all.of("http://A:1/x?y").unwrap();
        let said = one.hear(Pass::Usual, DEAD, &[], now);
        assert_eq!(said.as_deref(), Some("circuit open: http://a:1 failed once (connect), asked again in 30 s"));
        for (url, is_same) in
            [("http://a:1/z", true), ("http://u:p@a:1", true), ("https://a:1/", false), ("http://a:2/", false)]
        {
            assert_eq!(all.of(url).unwrap().ask(now).is_err(), is_same, "{url}");
        }
        assert!(all.of("no url").is_none());
        let closed = one.ask(now).unwrap_err();
        let said = one.refuse(closed, now + Duration::from_secs(22));
        assert_eq!(said, "circuit open: http://a:1 failed once (connect), asked again in 8 s");
        let figures = &all.figures()[0];
        assert_eq!((figures.opened, figures.refused, figures.is_open), (1, 1, true));
        let forever = breakers(2, 0);
        let one = forever.of("http://a:1").unwrap();
        assert_eq!(one.hear(Pass::Usual, DEAD, &[], now), None);
        let said = one.hear(Pass::Usual, Answer::Status(503, &[]), &[200], now);
        let words = "circuit open: http://a:1 failed 2 times in a row (status 503), not asked again in this run";
        assert_eq!(said.as_deref(), Some(words));
        assert_eq!(one.ask(now + Duration::from_secs(1_000_000)), Err(Closed::ForEver));
    }

    #[test]
    fn half_open_lets_one_probe_at_a_time_out_of_fifty_threads() {
        let all = breakers(1, 1);
        let breaker = all.of("http://a:1").unwrap();
        let opened = Instant::now();
        breaker.hear(Pass::Usual, DEAD, &[], opened);
        for round in 1..=20 {
            let now = opened + Duration::from_secs(2 * round);
            let probes = AtomicUsize::new(0);
            std::thread::scope(|scope| {
                for _ in 0..50 {
                    scope.spawn(|| match breaker.ask(now) {
                        Ok(pass) => {
                            assert_eq!(pass, Pass::Probe);
                            probes.fetch_add(1, Ordering::Relaxed);
                        }
                        Err(closed) => assert_eq!(closed, Closed::Probing),
                    });
                }
            });
            assert_eq!(probes.into_inner(), 1, "round {round}");
            if round == 19 {
                // A probe that told nothing gives its right to the next.
                breaker.hear(Pass::Probe, Answer::Error(ErrorKind::Url), &[], now);
                assert_eq!(breaker.ask(now), Ok(Pass::Probe));
            }
            // What was sent before it opened says nothing any more.
            breaker.hear(Pass::Usual, Answer::Status(200, &[]), &[], now);
            assert!(breaker.ask(now).is_err());
            breaker.hear(Pass::Probe, DEAD, &[], now);
        }
        let now = opened + Duration::from_secs(1000);
        assert_eq!(breaker.ask(now), Ok(Pass::Probe));
        // Of which nothing is heard any more.
        assert_eq!(breaker.ask(now + Duration::from_secs(119)), Err(Closed::Probing));
        let now = now + Duration::from_secs(120);
        assert_eq!(breaker.ask(now), Ok(Pass::Probe));
        assert_eq!(breaker.ask(now), Err(Closed::Probing));
        breaker.hear(Pass::Probe, Answer::Status(404, &[]), &[], now);
        assert_eq!((breaker.ask(now), breaker.figures().is_open), (Ok(Pass::Usual), false));
    }
}
