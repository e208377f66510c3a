//! Precedence: of all layers that set something, the last one wins.
//!
//! Owns: the layers' order, the effective result. Does not: read any layer.

use std::time::Duration;

use crate::exchange::request::{DEFAULT_MAX_BODY, Timeout};
use crate::retry::{CircuitBreaker, IdempotencyKey, RateLimit, RetryBudget, RetryConfig};
use crate::settings::guards::GuardLayer;
pub use crate::settings::origin::{Origin, Setting};
use crate::settings::retry::RetryLayer;
use crate::settings::unset_variables::UnsetVariables;
use crate::settings::volume::Volume;

/// What one layer sets of the things that several layers can set.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Layer {
    /// `timeout`.
    pub timeout: Option<Setting<Timeout>>,
    /// `connect_timeout`.
    pub connect_timeout: Option<Setting<Timeout>>,
    /// `max_body` in bytes; 0 is no limit.
    pub max_body: Option<Setting<u64>>,
    /// `retry`.
    pub retry: RetryLayer,
    /// `retry_budget`, `circuit_breaker`, `rate_limit` and `suite_timeout`.
    pub guards: Option<Box<GuardLayer>>,
    /// `concurrency`.
    pub concurrency: Option<Setting<usize>>,
    /// `rate`.
    pub rate: Option<Setting<f64>>,
    /// `repeat`, `duration`.
    pub volume: Option<Setting<Volume>>,
    /// `unset_variables`.
    pub unset_variables: Option<Setting<UnsetVariables>>,
}

impl Layer {
    /// Lays a stronger layer over this one: what it sets replaces what is here.
    pub fn lay_over(&mut self, stronger: Layer) {
        fn lay<T>(place: &mut Option<T>, stronger: Option<T>) {
            if stronger.is_some() {
                *place = stronger;
            }
        }
        let Layer { timeout, connect_timeout, max_body, retry, guards, concurrency, rate, volume, unset_variables } =
            stronger;
        lay(&mut self.timeout, timeout);
        lay(&mut self.connect_timeout, connect_timeout);
        lay(&mut self.max_body, max_body);
        self.retry.lay_over(&retry);
        if let Some(guards) = guards {
            self.guards.get_or_insert_default().lay_over(&guards);
        }
        lay(&mut self.concurrency, concurrency);
        lay(&mut self.rate, rate);
        lay(&mut self.volume, volume);
        lay(&mut self.unset_variables, unset_variables);
    }

    /// The same settings, set by somebody else.
    pub fn set_by(mut self, origin: &Origin) -> Layer {
        fn by<T>(place: &mut Option<Setting<T>>, origin: &Origin) {
            if let Some(setting) = place {
                setting.origin = origin.clone();
            }
        }
        by(&mut self.timeout, origin);
        by(&mut self.connect_timeout, origin);
        by(&mut self.max_body, origin);
        self.retry.set_by(origin);
        if let Some(guards) = &mut self.guards {
            guards.set_by(origin);
        }
        by(&mut self.concurrency, origin);
        by(&mut self.rate, origin);
        by(&mut self.volume, origin);
        by(&mut self.unset_variables, origin);
        self
    }
}

/// The effective values, each with its origin.
#[derive(Debug, Clone, PartialEq)]
pub struct Effective {
    /// The bound on an exchange.
    pub timeout: Setting<Timeout>,
    /// The bound on looking the host up, connecting and TLS together; `None` where nothing sets it.
    pub connect_timeout: Setting<Option<Timeout>>,
    /// The largest body in bytes; 0 is no limit.
    pub max_body: Setting<u64>,
    /// What all layers together set of `retry`.
    pub retry: RetryLayer,
    /// What they set of `retry_budget`, `circuit_breaker`, `rate_limit` and `suite_timeout`, if anything.
    pub guards: Option<Box<GuardLayer>>,
    /// Requests at once in a load run; `None` where nothing sets it.
    pub concurrency: Setting<Option<usize>>,
    /// Requests started a second by a load run; `None` where nothing sets it.
    pub rate: Setting<Option<f64>>,
    /// How much load a load run makes; `None` where nothing sets it.
    pub volume: Setting<Option<Volume>>,
    /// What becomes of tests that use variables which nothing has set.
    pub unset_variables: Setting<UnsetVariables>,
}

/// A test's bound when nothing sets one.
pub const DEFAULT_TIMEOUT: Timeout = Timeout::After(Duration::from_secs(10));

/// Resolves layers from the weakest (suite config) to the strongest (command line).
pub fn resolve(layers: &[&Layer]) -> Effective {
    let mut retry = RetryLayer::default();
    layers.iter().for_each(|layer| retry.lay_over(&layer.retry));
    let mut guards: Option<Box<GuardLayer>> = None;
    for layer in layers.iter().filter_map(|layer| layer.guards.as_deref()) {
        guards.get_or_insert_default().lay_over(layer);
    }
    Effective {
        timeout: last(layers, |layer| &layer.timeout, DEFAULT_TIMEOUT),
        connect_timeout: optional(layers, |layer| &layer.connect_timeout),
        max_body: last(layers, |layer| &layer.max_body, DEFAULT_MAX_BODY),
        retry,
        guards,
        concurrency: optional(layers, |layer| &layer.concurrency),
        rate: optional(layers, |layer| &layer.rate),
        volume: optional(layers, |layer| &layer.volume),
        unset_variables: last(layers, |layer| &layer.unset_variables, UnsetVariables::default()),
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
        self.retry.config()
    }

    /// The header that makes all sends one request, if there is one.
    pub fn idempotency_key(&self) -> Option<&IdempotencyKey> {
        self.retry.rare.as_ref()?.idempotency_key.as_ref()?.value.as_ref()
    }

    /// The budget of retries, if there is one.
    pub fn budget(&self) -> Option<RetryBudget> {
        self.guards.as_deref().and_then(GuardLayer::budget)
    }

    /// What opens the circuit of an origin, if anything does.
    pub fn breaker(&self) -> Option<CircuitBreaker> {
        self.guards.as_deref().and_then(GuardLayer::breaker)
    }

    /// The rate of all sends of the run, if there is a limit.
    pub fn rate_limit(&self) -> Option<RateLimit> {
        self.guards.as_deref().and_then(GuardLayer::rate)
    }

    /// The bound on connecting, if there is one.
    pub fn connect_limit(&self) -> Option<Duration> {
        self.connect_timeout.value.and_then(Timeout::limit)
    }

    /// The largest body, if there is a limit.
    pub fn body_limit(&self) -> Option<u64> {
        Some(self.max_body.value).filter(|limit| *limit > 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::ground::source::Location;

    fn layer(max_retries: Option<u32>, seconds: Option<u64>, origin: Origin) -> Layer {
        Layer {
            retry: RetryLayer {
                max_retries: max_retries.map(|value| Setting::new(value, origin.clone())),
                ..RetryLayer::default()
            },
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
        let effective = resolve(&[&config, &test, &command]);
        assert_eq!(effective.retry.max_retries, Some(Setting::new(2, Origin::CommandLine("max-retries"))));
        assert_eq!(effective.timeout.origin.to_string(), "s.yaml:2");
        assert_eq!(effective.retry.backoff_base, None);
        assert_eq!(resolve(&[&config, &test]).retry().max_retries, 0);
        assert_eq!(resolve(&[]).timeout.value, DEFAULT_TIMEOUT);
        assert_eq!(resolve(&[]).retry(), RetryConfig::default());
    }
}
