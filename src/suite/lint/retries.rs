//! Hints about retries and rates: settings that work against each other, or do nothing.

use super::hint;
use crate::ground::source::{Fault, Location};
use crate::settings::guards::GuardLayer;
use crate::settings::precedence::{Layer, Origin};
use crate::test::set::TestSet;

/// Looks over what a set says of retries.
pub(super) fn look_over(set: &TestSet, hints: &mut Vec<Fault>) {
    let config = &set.config.layer;
    let loads = set.in_order().filter_map(|test| Some(&test.performance.as_ref()?.layer));
    let benchmarks = set.benchmarks.iter().flat_map(|benchmark| [&*benchmark.test.layer, &benchmark.plan.layer]);
    let layers: Vec<&Layer> =
        [config].into_iter().chain(set.in_order().map(|test| &*test.layer)).chain(loads).chain(benchmarks).collect();
    for layer in &layers {
        waits(layer, hints);
    }
    rates(config, &layers, hints);
    let is_retried = layers.iter().any(|layer| !layer.retry.config().is_off());
    let budget = config.guards.as_deref().and_then(|guards| {
        let ratio = guards.ratio.as_ref().map(|set| &set.origin);
        ratio.or(guards.min_retries.as_ref().map(|set| &set.origin))
    });
    if let Some(Origin::Suite(place)) = budget.filter(|_| !is_retried) {
        hint(hints, place, "retry_budget without retries: nothing here sets max_retries, so there is nothing to bound");
    }
}

/// A load run that is to start more than the whole run may send.
fn rates(config: &Layer, layers: &[&Layer], hints: &mut Vec<Fault>) {
    let Some(limit) = config.guards.as_deref().and_then(GuardLayer::rate) else { return };
    for rate in layers.iter().filter_map(|layer| layer.rate.as_ref()).filter(|rate| rate.value > limit.a_second()) {
        let Origin::Suite(place) = &rate.origin else { continue };
        let message = format!("rate of {} a second is more than rate_limit {limit} lets go", rate.value);
        hint(hints, place, message);
    }
}

/// A server may ask for a wait that the whole time of all sends has no room for.
fn waits(layer: &Layer, hints: &mut Vec<Fault>) {
    let Some(rare) = layer.retry.rare.as_deref() else { return };
    let (Some(all), Some(asked)) = (&rare.max_elapsed, &rare.retry_after_max) else { return };
    let place = |origin: &Origin| match origin {
        Origin::Suite(place) => place.clone(),
        _ => Location::default(),
    };
    if asked.value > all.value {
        let (asked_for, most) = (asked.value.as_secs_f64(), all.value.as_secs_f64());
        let message = format!(
            "retry_after_max of {asked_for} s is more than max_elapsed of {most} s, which ends all sends before such a wait"
        );
        hint(hints, &place(&asked.origin), message);
    }
}
