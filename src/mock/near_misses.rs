//! What is said of a request that no stub is for.
//!
//! Owns: which stubs were nearest, and the first thing about each that differs. Does not: decide who matches.

use super::incoming::Incoming;
use super::stub::Stub;
use crate::secrets::shown_url;
use crate::variables::context::Context;

/// So many are told.
const TOLD: usize = 3;

/// A stub that a request was not for.
#[derive(Debug, Clone, PartialEq)]
pub struct NearMiss {
    /// Where it is written.
    pub place: String,
    /// What it is for: `GET /orders`.
    pub stub: String,
    /// The first thing that differs.
    pub why: String,
    /// Of method, path and the share of conditions that hold, the path counts most.
    score: f64,
}

/// The nearest stubs, the nearest first.
pub fn nearest(stubs: &[Stub], incoming: &Incoming<'_>, state_of: &dyn Fn(&str) -> String) -> Vec<NearMiss> {
    let mut all: Vec<NearMiss> = stubs.iter().map(|stub| miss(stub, incoming, state_of)).collect();
    all.sort_by(|a, b| b.score.total_cmp(&a.score));
    all.truncate(TOLD);
    all
}

fn miss(stub: &Stub, incoming: &Incoming<'_>, state_of: &dyn Fn(&str) -> String) -> NearMiss {
    let request = &stub.request;
    let method = incoming.call.method;
    let methods = if request.methods.is_empty() { "ANY".to_owned() } else { request.methods.join(", ") };
    let takes_method = request.takes_method(method);
    let fits_path = request.path.fits(&incoming.path);
    let differences = request.differences(incoming, &Context::new, usize::MAX);
    let conditions = request.conditions().max(1);
    let share = 1.0 - differences.len().min(conditions) as f64 / conditions as f64;
    let nearness = if fits_path { 1.0 } else { request.path.nearness(&incoming.path) * 0.99 };
    let why = if !takes_method {
        format!("method: expected {methods}, got {method}")
    } else if !fits_path {
        format!("path: expected {}, got {}", request.path.written(), shown_url(&incoming.path))
    } else if let Some(first) = differences.into_iter().next() {
        first
    } else if let Some(change) = stub
        .state
        .as_ref()
        .filter(|change| change.is.as_deref() != Some(&state_of(&change.name)) && change.is.is_some())
    {
        let needed = change.is.as_deref().unwrap_or_default();
        format!("state {}: expected {needed}, is {}", change.name, state_of(&change.name))
    } else {
        format!("times: it has answered {} times", stub.times.unwrap_or_default())
    };
    NearMiss {
        place: stub.place.clone(),
        stub: format!("{methods} {}", request.path.written()),
        why,
        // Of another path the conditions tell little.
        score: f64::from(u8::from(takes_method)) + 3.0 * nearness + if fits_path { share } else { 0.0 },
    }
}
