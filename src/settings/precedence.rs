//! Precedence: of all layers that set something, the last one wins.
//!
//! Owns: settings with their origin, the layers' order, the settled result. Does not: read any layer.

use std::fmt;
use std::time::Duration;

use crate::exchange::request::Timeout;
use crate::ground::source::Location;
use crate::retry::RetryConfig;

/// Where a setting comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Origin {
    /// Nothing sets it.
    #[default]
    Default,
    /// A suite file: `config` or a test.
    Suite(Location),
    /// The command line: the flag's name.
    CommandLine(&'static str),
}

impl fmt::Display for Origin {
    /// `default`, `smoke.yaml:4`, `--max-retries`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::Default => f.write_str("default"),
            Origin::Suite(location) => f.write_str(&location.line()),
            Origin::CommandLine(flag) => write!(f, "--{flag}"),
        }
    }
}

/// A value and where it was set.
#[derive(Debug, Clone, PartialEq)]
pub struct Setting<T> {
    /// The value.
    pub value: T,
    /// Who set it.
    pub origin: Origin,
}

impl<T> Setting<T> {
    /// A value with its origin.
    pub fn new(value: T, origin: Origin) -> Setting<T> {
        Setting { value, origin }
    }
}

/// What one layer sets of the things that several layers can set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// `timeout`.
    pub timeout: Option<Setting<Timeout>>,
    /// `connect_timeout`.
    pub connect_timeout: Option<Setting<Duration>>,
    /// `max_retries`.
    pub max_retries: Option<Setting<u32>>,
    /// `backoff_base`.
    pub backoff_base: Option<Setting<Duration>>,
    /// `backoff_max`.
    pub backoff_max: Option<Setting<Duration>>,
    /// `retry_statuses`.
    pub retry_statuses: Option<Setting<Vec<u16>>>,
    /// `methods`.
    pub retry_methods: Option<Setting<Vec<String>>>,
    /// `concurrency`.
    pub concurrency: Option<Setting<usize>>,
}

/// The settled values, each with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The bound on an exchange.
    pub timeout: Setting<Timeout>,
    /// The bound on connecting; `None` where nothing sets it.
    pub connect_timeout: Setting<Option<Duration>>,
    /// Retries.
    pub max_retries: Setting<u32>,
    /// First wait.
    pub backoff_base: Setting<Duration>,
    /// Longest wait.
    pub backoff_max: Setting<Duration>,
    /// Statuses that are tried again.
    pub retry_statuses: Setting<Vec<u16>>,
    /// Methods that are tried again.
    pub retry_methods: Setting<Option<Vec<String>>>,
    /// Requests at once in a load run; `None` where nothing sets it.
    pub concurrency: Setting<Option<usize>>,
}

/// A test's bound when nothing sets one.
pub const DEFAULT_TIMEOUT: Timeout = Timeout::After(Duration::from_secs(10));

/// Settles layers from the weakest (suite config) to the strongest (command line).
pub fn settle(layers: &[&Layer]) -> Effective {
    let retry = RetryConfig::default();
    Effective {
        timeout: last(layers, |layer| &layer.timeout, DEFAULT_TIMEOUT),
        connect_timeout: optional(layers, |layer| &layer.connect_timeout),
        max_retries: last(layers, |layer| &layer.max_retries, retry.max_retries),
        backoff_base: last(layers, |layer| &layer.backoff_base, retry.backoff_base),
        backoff_max: last(layers, |layer| &layer.backoff_max, retry.backoff_max),
        retry_statuses: last(layers, |layer| &layer.retry_statuses, retry.retry_statuses),
        retry_methods: optional(layers, |layer| &layer.retry_methods),
        concurrency: optional(layers, |layer| &layer.concurrency),
    }
}

fn last<T: Clone>(layers: &[&Layer], pick: impl Fn(&Layer) -> &Option<Setting<T>>, default: T) -> Setting<T> {
    let set = layers.iter().rev().find_map(|layer| pick(layer).as_ref());
    set.cloned().unwrap_or(Setting { value: default, origin: Origin::Default })
}

fn optional<T: Clone>(layers: &[&Layer], pick: impl Fn(&Layer) -> &Option<Setting<T>>) -> Setting<Option<T>> {
    match layers.iter().rev().find_map(|layer| pick(layer).as_ref()) {
        Some(set) => Setting { value: Some(set.value.clone()), origin: set.origin.clone() },
        None => Setting { value: None, origin: Origin::Default },
    }
}

impl Effective {
    /// The retry configuration.
    pub fn retry(&self) -> RetryConfig {
        RetryConfig {
            max_retries: self.max_retries.value,
            backoff_base: self.backoff_base.value,
            backoff_max: self.backoff_max.value,
            retry_statuses: self.retry_statuses.value.clone(),
            methods: self.retry_methods.value.clone(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn layer(max_retries: Option<u32>, seconds: Option<u64>, origin: Origin) -> Layer {
        Layer {
            max_retries: max_retries.map(|value| Setting::new(value, origin.clone())),
            timeout: seconds.map(|s| Setting::new(Timeout::After(Duration::from_secs(s)), origin.clone())),
            ..Layer::default()
        }
    }

    #[test]
    fn the_strongest_layer_that_says_something_wins() {
        let at = |line| {
            Origin::Suite(Location {
                file: "s.yaml".into(),
                position: crate::ground::source::Position { line, column: 1 },
            })
        };
        let (config, test) = (layer(Some(1), Some(3), at(2)), layer(Some(0), None, at(9)));
        let command = layer(Some(2), None, Origin::CommandLine("max-retries"));
        let settled = settle(&[&config, &test, &command]);
        assert_eq!(settled.max_retries, Setting::new(2, Origin::CommandLine("max-retries")));
        assert_eq!(settled.timeout.origin.to_string(), "s.yaml:2");
        assert_eq!(settled.backoff_base.origin, Origin::Default);
        assert_eq!(settle(&[&config, &test]).max_retries.value, 0);
        assert_eq!(settle(&[]).timeout.value, DEFAULT_TIMEOUT);
        assert_eq!(settle(&[]).retry(), RetryConfig::default());
    }
}
