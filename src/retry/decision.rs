//! Retry: whether to send again, and after which wait.
//!
//! Owns: the configuration, the decision and the backoff as pure functions. Does not: wait or send (see
//! `attempts`).

use std::time::Duration;

use crate::exchange::request::ErrorKind;

/// How failed sends are repeated.
#[derive(Debug, Clone, PartialEq)]
pub struct RetryConfig {
    /// Sends after the first one, at most; 0 is no retry.
    pub max_retries: u32,
    /// The wait before the first retry.
    pub backoff_base: Duration,
    /// No wait is longer.
    pub backoff_max: Duration,
    /// Statuses that are tried again.
    pub retry_statuses: Vec<u16>,
    /// Methods that are tried again, upper-case; `None` is all of them.
    pub methods: Option<Vec<String>>,
}

/// The statuses that are tried again unless a suite lists others.
pub const RETRY_STATUSES: [u16; 4] = [500, 502, 503, 504];

impl Default for RetryConfig {
    /// No retry; waits from 0.5 s to 30 s; 500, 502, 503, 504; all methods.
    fn default() -> RetryConfig {
        RetryConfig {
            max_retries: 0,
            backoff_base: Duration::from_millis(500),
            backoff_max: Duration::from_secs(30),
            retry_statuses: RETRY_STATUSES.to_vec(),
            methods: None,
        }
    }
}

/// What one send came to.
#[derive(Debug, Clone, Copy)]
pub enum Answer<'a> {
    /// An answer with this status and these headers.
    Status(u16, &'a [(String, String)]),
    /// No answer.
    Error(ErrorKind),
}

/// A send, with everything that a decision may depend on.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// 0 for the first send.
    pub attempt: u32,
    /// The method, upper-case; without one, no list of methods is looked at.
    pub method: Option<&'a str>,
    /// The answer, or that there is none.
    pub answer: Answer<'a>,
    /// Statuses that the test expects: these are never tried again.
    pub expected: &'a [i128],
    /// Time since the first send began.
    pub elapsed: Duration,
    /// A number from 0 up to 1, drawn for this decision; plain backoff does not use it.
    pub draw: f64,
}

/// What to do after a send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// The answer (or the error) stands.
    Stop,
    /// Retries are wanted for it, but all have been used.
    Exhausted,
    /// Send again after this wait.
    Retry(Duration),
}

impl RetryConfig {
    /// Whether an answer is of the kind that is tried again: one of `retry_statuses`, or a failed
    /// connection, a timeout, an unknown name. Expected statuses and counts are not looked at.
    pub fn should_retry(&self, status: Option<u16>, error: Option<ErrorKind>) -> bool {
        match (status, error) {
            (Some(status), _) => self.retry_statuses.contains(&status),
            (None, Some(error)) => error.is_transient(),
            (None, None) => false,
        }
    }

    /// The wait before retry number `attempt` (0 for the first): `min(base * 2^attempt, max)`.
    pub fn backoff_delay(&self, attempt: u32) -> Duration {
        if self.backoff_base.is_zero() {
            // Doubled often enough, the factor is infinite, and that times nothing is no number.
            return Duration::ZERO;
        }
        let factor = 2_f64.powi(attempt.min(1100) as i32);
        let seconds = self.backoff_base.as_secs_f64() * factor;
        Duration::try_from_secs_f64(seconds).map_or(self.backoff_max, |wait| wait.min(self.backoff_max))
    }

    /// What to do after a send.
    pub fn decide(&self, tried: &Tried<'_>) -> Decision {
        let (status, error) = match tried.answer {
            Answer::Status(status, _) => (Some(status), None),
            Answer::Error(kind) => (None, Some(kind)),
        };
        let expected = status.is_some_and(|status| tried.expected.contains(&i128::from(status)));
        let allowed = match (&self.methods, tried.method) {
            (Some(methods), Some(method)) => methods.iter().any(|allowed| allowed == method),
            _ => true,
        };
        if self.max_retries == 0 || expected || !allowed || !self.should_retry(status, error) {
            return Decision::Stop;
        }
        if tried.attempt >= self.max_retries {
            return Decision::Exhausted;
        }
        Decision::Retry(self.backoff_delay(tried.attempt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn config(max_retries: u32) -> RetryConfig {
        RetryConfig { max_retries, ..RetryConfig::default() }
    }

    fn tried<'a>(attempt: u32, answer: Answer<'a>, expected: &'a [i128]) -> Tried<'a> {
        Tried { attempt, method: Some("GET"), answer, expected, elapsed: Duration::ZERO, draw: 0.5 }
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
        for kind in [ErrorKind::Url, ErrorKind::Tls, ErrorKind::Protocol, ErrorKind::Option] {
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
            (config(2), tried(0, busy, &[200]), Decision::Retry(second / 2)),
            (config(2), tried(1, busy, &[200]), Decision::Retry(second)),
            (config(2), tried(2, busy, &[200]), Decision::Exhausted),
            (config(0), tried(0, busy, &[200]), Decision::Stop),
            (config(2), tried(0, busy, &[503]), Decision::Stop),
            (config(2), tried(0, Answer::Status(404, &[]), &[200]), Decision::Stop),
            (config(2), tried(0, Answer::Error(ErrorKind::Timeout), &[]), Decision::Retry(second / 2)),
            (config(2), tried(9, Answer::Error(ErrorKind::Timeout), &[]), Decision::Exhausted),
            (config(2), tried(0, Answer::Error(ErrorKind::Url), &[]), Decision::Stop),
        ];
        for (config, tried, decision) in table {
            assert_eq!(config.decide(&tried), decision, "{tried:?}");
        }
        let narrowed = RetryConfig { methods: Some(vec!["PUT".to_owned()]), ..config(2) };
        assert_eq!(narrowed.decide(&tried(0, busy, &[])), Decision::Stop);
    }
}
