//! Policies: what holds for single statuses, classes of them, and errors.
//!
//! Owns: which policy an answer falls under, and what it replaces. Does not: count (see `attempts`).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::answer::{Answer, RETRY_STATUSES};
use super::jitter::{Backoff, Jitter};
use crate::exchange::request::ErrorKind;

/// The answers that a policy is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PolicyKey {
    /// A status.
    Status(u16),
    /// The statuses of a class: 4 stands for 400 to 499.
    Class(u8),
    /// An error.
    Error(ErrorKind),
}

impl fmt::Display for PolicyKey {
    /// `429`, `5xx`, `connect`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            PolicyKey::Status(status) => write!(f, "{status}"),
            PolicyKey::Class(class) => write!(f, "{class}xx"),
            PolicyKey::Error(kind) => f.write_str(kind.name()),
        }
    }
}

/// What holds for some answers in place of what `retry` says.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Which answers.
    pub key: PolicyKey,
    /// `max_retries`.
    pub max_retries: Option<u32>,
    /// `backoff_base`.
    pub backoff_base: Option<Duration>,
    /// `backoff_max`.
    pub backoff_max: Option<Duration>,
    /// `jitter`.
    pub jitter: Option<Jitter>,
    /// `respect_retry_after`.
    pub respect_retry_after: Option<bool>,
    /// `retry_after_max`.
    pub retry_after_max: Option<Duration>,
    /// `methods`.
    pub methods: Option<Vec<String>>,
}

impl Policy {
    /// A policy that replaces nothing.
    pub fn new(key: PolicyKey) -> Policy {
        Policy {
            key,
            max_retries: None,
            backoff_base: None,
            backoff_max: None,
            jitter: None,
            respect_retry_after: None,
            retry_after_max: None,
            methods: None,
        }
    }
}

/// All policies of a configuration; a copy costs nothing.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies(Option<Arc<[Policy]>>);

/// What holds for one answer.
#[derive(Debug, Clone, Copy)]
pub(super) struct Rule<'c> {
    pub max_retries: u32,
    pub backoff: Backoff,
    pub methods: Option<&'c [String]>,
    /// Whether a `Retry-After` counts.
    pub respects_server: bool,
    /// The longest `Retry-After`.
    pub retry_after_max: Duration,
    /// Which count of retries it has.
    pub place: usize,
}

impl Rule<'_> {
    /// Whether a request with this method may be sent again after such an answer: where nothing was sent, any may.
    pub fn allows(&self, method: Option<&str>, answer: Answer<'_>) -> bool {
        let nothing_sent = matches!(answer, Answer::Error(ErrorKind::Connect | ErrorKind::Resolve));
        match (self.methods, method) {
            (Some(methods), Some(method)) => nothing_sent || methods.iter().any(|allowed| allowed == method),
            _ => true,
        }
    }
}

impl From<Vec<Policy>> for Policies {
    fn from(all: Vec<Policy>) -> Policies {
        Policies((!all.is_empty()).then(|| all.into()))
    }
}

impl Policies {
    /// All of them, in the order in which they are written.
    pub fn all(&self) -> &[Policy] {
        self.0.as_deref().unwrap_or_default()
    }

    pub(super) fn len(&self) -> usize {
        self.all().len()
    }

    /// Whether none of them wants retries of its own.
    pub(super) fn are_off(&self) -> bool {
        self.all().iter().all(|policy| policy.max_retries.is_none_or(|retries| retries == 0))
    }

    fn has(&self, key: PolicyKey) -> bool {
        self.all().iter().any(|policy| policy.key == key)
    }

    /// Whether a status is tried again because a policy names it. The class 5xx stands for those that are transient.
    pub(super) fn add_status(&self, status: u16) -> bool {
        self.0.is_some()
            && (self.has(PolicyKey::Status(status))
                || (RETRY_STATUSES.contains(&status) && self.has(PolicyKey::Class(5))))
    }

    /// Whether an error is tried again because a policy names it.
    pub(super) fn add_error(&self, kind: ErrorKind) -> bool {
        self.0.is_some() && self.has(PolicyKey::Error(kind))
    }

    /// The rule for an answer: of the policies that are for it the most exact one, over what holds for all.
    pub(super) fn replace<'c>(&'c self, rule: Rule<'c>, answer: Answer<'_>) -> Rule<'c> {
        let Some(all) = &self.0 else { return rule };
        let place = |key: PolicyKey| all.iter().position(|policy| policy.key == key);
        let place = match answer {
            Answer::Status(status, _) => place(PolicyKey::Status(status))
                .or_else(|| place(PolicyKey::Class(u8::try_from(status / 100).unwrap_or_default()))),
            Answer::Error(kind) => place(PolicyKey::Error(kind)),
        };
        let Some((place, policy)) = place.and_then(|place| Some((place, all.get(place)?))) else { return rule };
        Rule {
            max_retries: policy.max_retries.unwrap_or(rule.max_retries),
            backoff: Backoff {
                base: policy.backoff_base.unwrap_or(rule.backoff.base),
                max: policy.backoff_max.unwrap_or(rule.backoff.max),
                jitter: policy.jitter.unwrap_or(rule.backoff.jitter),
            },
            methods: policy.methods.as_deref().or(rule.methods),
            respects_server: policy.respect_retry_after.unwrap_or(rule.respects_server),
            retry_after_max: policy.retry_after_max.unwrap_or(rule.retry_after_max),
            place,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::decision::RetryConfig;
    use super::*;

    fn config() -> RetryConfig {
        let with = |key, max_retries| Policy { max_retries, ..Policy::new(key) };
        let policies = vec![
            with(PolicyKey::Class(4), Some(1)),
            with(PolicyKey::Status(429), Some(5)),
            Policy { backoff_base: Some(Duration::from_secs(3)), ..Policy::new(PolicyKey::Class(5)) },
            with(PolicyKey::Error(ErrorKind::Timeout), Some(0)),
            Policy { jitter: Some(Jitter::Full), ..Policy::new(PolicyKey::Error(ErrorKind::Tls)) },
        ];
        RetryConfig { max_retries: 2, retry_statuses: vec![408], policies: policies.into(), ..RetryConfig::default() }
    }

    #[test]
    fn the_most_exact_policy_wins_and_what_it_leaves_out_stays() {
        let config = config();
        let rule = |answer| {
            let rule = config.rule_for(answer);
            (rule.max_retries, rule.backoff.base.as_millis(), rule.place)
        };
        let status = |status| Answer::Status(status, &[]);
        assert_eq!(rule(status(429)), (5, 500, 1));
        assert_eq!(rule(status(408)), (1, 500, 0));
        assert_eq!(rule(status(503)), (2, 3000, 2));
        assert_eq!(rule(status(302)), (2, 500, 5));
        assert_eq!(rule(Answer::Error(ErrorKind::Timeout)), (0, 500, 3));
        assert_eq!(rule(Answer::Error(ErrorKind::Connect)), (2, 500, 5));
        assert_eq!(config.rule_for(Answer::Error(ErrorKind::Tls)).backoff.jitter, Jitter::Full);
    }

    #[test]
    fn naming_an_answer_has_it_tried_again() {
        let config = config();
        for (status, is_tried) in
            [(429, true), (408, true), (404, false), (500, true), (502, true), (501, false), (505, false), (200, false)]
        {
            assert_eq!(config.should_retry(Some(status), None), is_tried, "{status}");
        }
        assert!(config.should_retry(None, Some(ErrorKind::Tls)) && !config.should_retry(None, Some(ErrorKind::Proxy)));
    }
}
