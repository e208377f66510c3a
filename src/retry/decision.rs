//! Retry: whether to send again, and after which wait.
//!
//! Owns: the configuration, and the decision as a pure function. Does not: wait or send (see `attempts`), know what
//! outlives a request (see `guards`).

use std::borrow::Cow;
use std::fmt;
use std::time::{Duration, SystemTime};

use super::answer::{Answer, RETRY_STATUSES};
use super::jitter::{Backoff, Jitter};
use super::policies::{Policies, Rule};
use super::retry_after::retry_after;
use crate::exchange::request::ErrorKind;

/// How failed sends are repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryConfig {
    /// Sends after the first one, at most; 0 is no retry.
    pub max_retries: u32,
    /// The wait before the first retry.
    pub backoff_base: Duration,
    /// No wait is longer, unless the server asks for it.
    pub backoff_max: Duration,
    /// Statuses that are tried again.
    pub retry_statuses: Vec<u16>,
    /// Methods that are tried again, upper-case; `None` is all of them. Where nothing was sent, any is.
    pub methods: Option<Vec<String>>,
    /// How waits are drawn.
    pub jitter: Jitter,
    /// Whether a server's `Retry-After` counts.
    pub respect_retry_after: bool,
    /// A `Retry-After` that is longer ends the retries.
    pub retry_after_max: Duration,
    /// No wait ends later than so long after the first send began; `None` is no bound.
    pub max_elapsed: Option<Duration>,
    /// Errors that are tried again.
    pub errors: Cow<'static, [ErrorKind]>,
    /// What holds for single answers in place of the above.
    pub policies: Policies,
    /// The header that tells a server that sends are one request.
    pub idempotency_key: Option<IdempotencyKey>,
}

/// The header that has the same UUID in all sends of a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct IdempotencyKey {
    /// Its name.
    pub header: String,
    /// Whether its value is in quotes, as the draft of the IETF has it, or bare, as servers take it.
    pub is_quoted: bool,
}

/// The errors that are tried again unless a suite lists others.
pub const RETRY_ERRORS: [ErrorKind; 4] =
    [ErrorKind::Resolve, ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Disconnected];

/// Methods of which a second send does no more than the first (RFC 9110, 9.2.2).
pub const IDEMPOTENT: [&str; 6] = ["GET", "HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"];

/// No request is sent more often, whatever is configured.
pub const MOST_SENDS: u32 = 100;

impl Default for RetryConfig {
    /// No retry; waits from 0.5 s to 30 s; 500, 502, 503, 504; all methods; a `Retry-After` of a minute at most.
    fn default() -> RetryConfig {
        RetryConfig {
            max_retries: 0,
            backoff_base: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            retry_statuses: RETRY_STATUSES.to_vec(),
            methods: None,
            jitter: Jitter::None,
            respect_retry_after: true,
            retry_after_max: Duration::from_secs(60),
            max_elapsed: None,
            errors: Cow::Borrowed(&RETRY_ERRORS),
            policies: Policies::default(),
            idempotency_key: None,
        }
    }
}

/// A send, with everything that a decision may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// 0 for the first send.
    pub attempt: u32,
    /// Retries so far for each of the policies, the last count for answers without one; where it is empty, all retries
    /// so far count.
    pub used: &'a [u32],
    /// The method, upper-case; without one, no list of methods is looked at.
    pub method: Option<&'a str>,
    /// The answer, or that there is none.
    pub answer: Answer<'a>,
    /// Statuses that the test expects: these are never tried again.
    pub expected: &'a [i128],
    /// Time since the first send began.
    pub elapsed: Duration,
    /// The backoff before this send, if there was one.
    pub previous: Option<Duration>,
    /// A number from 0 up to 1, drawn for this decision; plain backoff does not use it.
    pub draw: f64,
    /// Our own date, for answers that have none.
    pub now: SystemTime,
}

/// What to do after a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The answer (or the error) stands.
    Stop,
    /// Retries are wanted for it, but all have been used.
    Exhausted,
    /// A retry is wanted for it and would be left, but is not made.
    Refused(Refusal),
    /// Send again after this wait.
    Retry(Wait),
}

/// A wait before another send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Wait {
    /// How long.
    pub time: Duration,
    /// The part of it that is backoff, as it was drawn.
    pub backoff: Duration,
    /// The longest backoff that could have been drawn.
    pub most: Duration,
    /// How it was drawn.
    pub jitter: Jitter,
    /// What the server asked for.
    pub asked: Option<Duration>,
}

impl Wait {
    /// A wait of which there is nothing more to say.
    pub fn of(time: Duration) -> Wait {
        Wait { time, backoff: time, most: time, jitter: Jitter::None, asked: None }
    }

    /// Whether it is as long as it is because the server asked for it.
    pub fn is_asked_for(&self) -> bool {
        self.asked.is_some_and(|asked| asked > self.backoff)
    }

    /// `backoff` or `retry_after`.
    pub fn reason(&self) -> &'static str {
        if self.is_asked_for() { "retry_after" } else { "backoff" }
    }

    /// Where the time comes from, if it is not what the formula gives: `full jitter of 2 s; Retry-After 1 s`.
    pub fn origin(&self) -> Option<String> {
        let seconds = |time: Duration| format!("{} s", time.as_secs_f64());
        let most = seconds(self.most);
        let drawn = match self.jitter {
            Jitter::None if self.asked.is_some() => Some(format!("backoff {most}")),
            Jitter::None => None,
            Jitter::Decorrelated => Some(format!("decorrelated jitter up to {most}")),
            jitter => Some(format!("{} jitter of {most}", jitter.word())),
        };
        let asked = self.asked.map(|asked| format!("Retry-After {}", seconds(asked)));
        let all: Vec<String> = drawn.into_iter().chain(asked).collect();
        (!all.is_empty()).then(|| all.join("; "))
    }
}

/// Why a retry that is wanted is not made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// The server asked for a longer wait than `retry_after_max`.
    RetryAfter {
        /// What it asked for.
        asked: Duration,
        /// What is allowed.
        most: Duration,
    },
    /// The wait would end after `max_elapsed`.
    Elapsed {
        /// The wait.
        wait: Duration,
        /// What is allowed.
        most: Duration,
    },
    /// The run's budget of retries is used up.
    Budget,
    /// The origin's circuit is open.
    Circuit,
}

impl fmt::Display for Refusal {
    /// `server asked for 3600 s, retry_after_max is 60 s`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Refusal::RetryAfter { asked, most } => {
                write!(f, "server asked for {} s, retry_after_max is {} s", asked.as_secs_f64(), most.as_secs_f64())
            }
            Refusal::Elapsed { wait, most } => {
                let [wait, most] = [wait, most].map(Duration::as_secs_f64);
                write!(f, "a wait of {wait} s would end after max_elapsed, which is {most} s")
            }
            Refusal::Budget => f.write_str("retry budget used up"),
            Refusal::Circuit => f.write_str("circuit open"),
        }
    }
}

/// A way to decide, in place of the one that `retry:` configures: a program can have its own.
pub trait RetryPolicy: fmt::Debug + Send + Sync {
    /// What to do after a send. No request is sent more than a hundred times, whatever this says.
    fn decide(&self, tried: &Tried<'_>) -> Decision;
}

impl RetryPolicy for RetryConfig {
    fn decide(&self, tried: &Tried<'_>) -> Decision {
        RetryConfig::decide(self, tried)
    }
}

impl RetryConfig {
    /// Whether an answer is of the kind that is tried again: one of `retry_statuses`, or a failed
    /// connection, a timeout, an unknown name. Expected statuses and counts are not looked at.
    pub fn should_retry(&self, status: Option<u16>, error: Option<ErrorKind>) -> bool {
        match (status, error) {
            (Some(status), _) => self.retry_statuses.contains(&status) || self.policies.add_status(status),
            (None, Some(error)) => self.errors.contains(&error) || self.policies.add_error(error),
            (None, None) => false,
        }
    }

    /// The wait before retry number `attempt` (0 for the first) without jitter: `min(base * 2^attempt, max)`.
    pub fn backoff_delay(&self, attempt: u32) -> Duration {
        self.rule().backoff.plain(attempt)
    }

    /// Whether nothing is ever tried again.
    pub fn is_off(&self) -> bool {
        self.max_retries == 0 && self.policies.are_off()
    }

    /// What holds where no policy does.
    fn rule(&self) -> Rule<'_> {
        Rule {
            max_retries: self.max_retries,
            backoff: Backoff { base: self.backoff_base, max: self.backoff_max, jitter: self.jitter },
            methods: self.methods.as_deref(),
            respects_server: self.respect_retry_after,
            retry_after_max: self.retry_after_max,
            place: self.policies.len(),
        }
    }

    /// What holds for an answer.
    pub(super) fn rule_for(&self, answer: Answer<'_>) -> Rule<'_> {
        self.policies.replace(self.rule(), answer)
    }

    /// Sends at most of a request whose answers are like this one.
    pub fn most_sends(&self, answer: Answer<'_>) -> u32 {
        self.rule_for(answer).max_retries.saturating_add(1).min(MOST_SENDS)
    }

    /// Whether another send is wanted after this answer, and as far as its kind goes allowed.
    pub(super) fn is_wanted(&self, answer: Answer<'_>, expected: &[i128]) -> bool {
        match answer {
            Answer::Status(status, _) => {
                self.should_retry(Some(status), None) && !expected.contains(&i128::from(status))
            }
            Answer::Error(kind) => self.should_retry(None, Some(kind)),
        }
    }

    /// What to do after a send.
    pub fn decide(&self, tried: &Tried<'_>) -> Decision {
        if self.is_off() || !self.is_wanted(tried.answer, tried.expected) {
            return Decision::Stop;
        }
        let rule = self.rule_for(tried.answer);
        if rule.max_retries == 0 || !rule.allows(tried.method, tried.answer) {
            return Decision::Stop;
        }
        let used = tried.used.get(rule.place).copied().unwrap_or(tried.attempt);
        if used >= rule.max_retries {
            return Decision::Exhausted;
        }
        let drawn = rule.backoff.wait(used, tried.previous, tried.draw);
        let mut wait =
            Wait { time: drawn.time, backoff: drawn.time, most: drawn.most, jitter: rule.backoff.jitter, asked: None };
        if let Answer::Status(_, headers) = tried.answer
            && rule.respects_server
            && let Some(asked) = retry_after(headers, tried.now)
        {
            if asked > rule.retry_after_max {
                return Decision::Refused(Refusal::RetryAfter { asked, most: rule.retry_after_max });
            }
            wait.asked = Some(asked);
            wait.time = wait.time.max(asked);
        }
        match self.max_elapsed {
            Some(most) if tried.elapsed.saturating_add(wait.time) > most => {
                Decision::Refused(Refusal::Elapsed { wait: wait.time, most })
            }
            _ => Decision::Retry(wait),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(max_retries: u32) -> RetryConfig {
        RetryConfig { max_retries, ..RetryConfig::default() }
    }

    fn tried<'a>(attempt: u32, answer: Answer<'a>, expected: &'a [i128]) -> Tried<'a> {
        Tried {
            attempt,
            used: &[],
            method: Some("GET"),
            answer,
            expected,
            elapsed: Duration::ZERO,
            previous: None,
            draw: 0.5,
            now: SystemTime::UNIX_EPOCH,
        }
    }

    #[test]
    fn defaults_are_the_documents() {
        let config = RetryConfig::default();
        assert_eq!(config.max_retries, 0);
        assert_eq!((config.backoff_base, config.backoff_max), (Duration::from_millis(500), Duration::from_secs(30)));
        assert_eq!(config.retry_statuses, [500, 502, 503, 504]);
    }

    #[test]
    fn the_wait_doubles_up_to_its_cap() {
        let table = [(0, 500), (1, 1000), (2, 2000), (5, 16_000), (6, 30_000), (60, 30_000), (u32::MAX, 30_000)];
        for (attempt, millis) in table {
            assert_eq!(config(9).backoff_delay(attempt), Duration::from_millis(millis), "{attempt}");
        }
        let none = RetryConfig { backoff_base: Duration::ZERO, ..config(9) };
        for attempt in [0, 40, 1023, 1024, u32::MAX] {
            assert_eq!(none.backoff_delay(attempt), Duration::ZERO);
        }
        let capped = RetryConfig { backoff_max: Duration::from_millis(100), ..config(9) };
        assert_eq!(capped.backoff_delay(0), Duration::from_millis(100));
    }

    #[test]
    fn only_transient_failures_are_tried_again() {
        let config = config(3);
        for status in [500, 502, 503, 504] {
            assert!(config.should_retry(Some(status), None), "{status}");
        }
        for status in [200, 204, 301, 400, 404, 408, 429, 501, 505] {
            assert!(!config.should_retry(Some(status), None), "{status}");
        }
        for kind in [ErrorKind::Connect, ErrorKind::Timeout, ErrorKind::Resolve, ErrorKind::Disconnected] {
            assert!(config.should_retry(None, Some(kind)), "{kind:?}");
        }
        for kind in [ErrorKind::Url, ErrorKind::Tls, ErrorKind::Protocol, ErrorKind::Proxy, ErrorKind::Option] {
            assert!(!config.should_retry(None, Some(kind)), "{kind:?}");
        }
        assert!(!config.should_retry(None, None));
        let listed = RetryConfig { retry_statuses: vec![429], ..config };
        assert!(listed.should_retry(Some(429), None) && !listed.should_retry(Some(503), None));
    }

    #[test]
    fn a_decision_takes_everything_into_account() {
        let busy = Answer::Status(503, &[]);
        let second = Duration::from_secs(1);
        let table = [
            (config(2), tried(0, busy, &[200]), Decision::Retry(Wait::of(second / 2))),
            (config(2), tried(1, busy, &[200]), Decision::Retry(Wait::of(second))),
            (config(2), tried(2, busy, &[200]), Decision::Exhausted),
            (config(0), tried(0, busy, &[200]), Decision::Stop),
            (config(2), tried(0, busy, &[503]), Decision::Stop),
            (config(2), tried(0, Answer::Status(404, &[]), &[200]), Decision::Stop),
            (config(2), tried(0, Answer::Error(ErrorKind::Timeout), &[]), Decision::Retry(Wait::of(second / 2))),
            (config(2), tried(9, Answer::Error(ErrorKind::Timeout), &[]), Decision::Exhausted),
            (config(2), tried(0, Answer::Error(ErrorKind::Url), &[]), Decision::Stop),
        ];
        for (config, tried, decision) in table {
            assert_eq!(config.decide(&tried), decision, "{tried:?}");
        }
        let narrowed = RetryConfig { methods: Some(vec!["PUT".to_owned()]), ..config(2) };
        assert_eq!(narrowed.decide(&tried(0, busy, &[])), Decision::Stop);
    }

    #[test]
    fn a_method_that_is_left_out_is_tried_again_where_nothing_was_sent() {
        let narrowed = RetryConfig { methods: Some(vec!["PUT".to_owned()]), ..config(2) };
        for (kind, is_tried) in [
            (ErrorKind::Connect, true),
            (ErrorKind::Resolve, true),
            (ErrorKind::Timeout, false),
            (ErrorKind::Disconnected, false),
        ] {
            let decision = narrowed.decide(&tried(0, Answer::Error(kind), &[]));
            assert_eq!(matches!(decision, Decision::Retry(_)), is_tried, "{kind:?}");
        }
    }

    fn asking(value: &str) -> Vec<(String, String)> {
        vec![("Retry-After".to_owned(), value.to_owned())]
    }

    #[test]
    fn a_server_is_left_alone_as_long_as_it_asks_but_not_longer_than_allowed() {
        let seconds = Duration::from_secs;
        let busy = config(2);
        let impatient = RetryConfig { respect_retry_after: false, ..busy.clone() };
        let capped = RetryConfig { backoff_max: seconds(3), ..busy.clone() };
        let refused = |asked| Decision::Refused(Refusal::RetryAfter { asked, most: seconds(60) });
        for (config, value, decision) in [
            (&busy, "0", Decision::Retry(Wait { asked: Some(seconds(0)), ..Wait::of(seconds(1) / 2) })),
            (
                &busy,
                "7",
                Decision::Retry(Wait { asked: Some(seconds(7)), time: seconds(7), ..Wait::of(seconds(1) / 2) }),
            ),
            // The bound of backoffs is none of these.
            (
                &capped,
                "9",
                Decision::Retry(Wait { asked: Some(seconds(9)), time: seconds(9), ..Wait::of(seconds(1) / 2) }),
            ),
            (
                &busy,
                "60",
                Decision::Retry(Wait { asked: Some(seconds(60)), time: seconds(60), ..Wait::of(seconds(1) / 2) }),
            ),
            (&busy, "61", refused(seconds(61))),
            (&busy, "3600", refused(seconds(3600))),
            (&busy, "soon", Decision::Retry(Wait::of(seconds(1) / 2))),
            (&impatient, "3600", Decision::Retry(Wait::of(seconds(1) / 2))),
        ] {
            let headers = asking(value);
            assert_eq!(config.decide(&tried(0, Answer::Status(503, &headers), &[])), decision, "{value}");
        }
        let headers = asking("99999999999999999999");
        let off = RetryConfig { retry_after_max: Duration::MAX, max_elapsed: Some(seconds(5)), ..busy };
        let decision = off.decide(&tried(0, Answer::Status(503, &headers), &[]));
        assert!(matches!(decision, Decision::Refused(Refusal::Elapsed { .. })), "{decision:?}");
        assert_eq!(
            refused(seconds(3600)),
            Decision::Refused(Refusal::RetryAfter { asked: seconds(3600), most: seconds(60) })
        );
        let said = Refusal::RetryAfter { asked: seconds(3600), most: seconds(60) }.to_string();
        assert_eq!(said, "server asked for 3600 s, retry_after_max is 60 s");
    }

    #[test]
    fn no_wait_is_begun_that_would_end_too_late() {
        let seconds = Duration::from_secs;
        let config = RetryConfig { max_elapsed: Some(seconds(2)), ..config(9) };
        let at = |attempt, elapsed| {
            config.decide(&Tried { elapsed, ..tried(attempt, Answer::Error(ErrorKind::Connect), &[]) })
        };
        assert_eq!(at(1, seconds(1)), Decision::Retry(Wait::of(seconds(1))));
        let refused = Decision::Refused(Refusal::Elapsed { wait: seconds(1), most: seconds(2) });
        assert_eq!(at(1, seconds(1) + Duration::from_nanos(1)), refused);
        assert_eq!(at(1, Duration::MAX), refused);
    }

    #[test]
    fn a_wait_says_where_it_comes_from() {
        let seconds = Duration::from_secs_f64;
        let wait = |jitter, asked: Option<f64>| {
            let asked = asked.map(seconds);
            Wait { time: seconds(1.27), backoff: seconds(1.27), most: seconds(2.0), jitter, asked }
        };
        for (wait, origin, reason) in [
            (wait(Jitter::None, None), None, "backoff"),
            (wait(Jitter::Full, None), Some("full jitter of 2 s"), "backoff"),
            (wait(Jitter::Full, Some(1.0)), Some("full jitter of 2 s; Retry-After 1 s"), "backoff"),
            (wait(Jitter::None, Some(3.0)), Some("backoff 2 s; Retry-After 3 s"), "retry_after"),
            (wait(Jitter::Decorrelated, None), Some("decorrelated jitter up to 2 s"), "backoff"),
        ] {
            assert_eq!((wait.origin().as_deref(), wait.reason()), (origin, reason));
        }
    }
}
