//! Which stub a request is for.
//!
//! Owns: the order in which stubs are asked, an index by path, times and scenarios. Does not: answer.

use std::collections::HashMap;
use std::sync::atomic::Ordering;
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::incoming::Incoming;
use super::state::State;
use super::stub::{Action, RequestPattern, Stub, Stubs};
use crate::variables::context::Context;

/// Stubs in the order in which they are asked.
pub struct Index {
    stubs: Vec<Stub>,
    /// Those of one path, in order.
    literal: HashMap<String, Vec<usize>>,
    /// All others, in order.
    others: Vec<usize>,
    /// Whether what a request gets depends on those before it.
    has_state: bool,
    state: Mutex<State>,
}

/// The stub of a request.
pub struct Hit<'i> {
    /// Its number.
    pub number: usize,
    /// The stub.
    pub stub: &'i Stub,
    /// How often it has been hit, this time included.
    pub count: u64,
}

impl Index {
    /// An index of stubs; those of a priority stay in their order.
    pub fn new(stubs: Stubs) -> Index {
        let mut all = stubs.all;
        all.sort_by_key(|stub| stub.priority);
        let mut index = Index {
            literal: HashMap::new(),
            others: Vec::new(),
            has_state: all.iter().any(has_state),
            state: Mutex::default(),
            stubs: Vec::new(),
        };
        for (number, stub) in all.iter().enumerate() {
            let literals = stub.request.path.literals();
            if literals.is_empty() {
                index.others.push(number);
            }
            for path in literals {
                index.literal.entry(path).or_default().push(number);
            }
        }
        index.stubs = all;
        index
    }

    /// All stubs.
    pub fn stubs(&self) -> &[Stub] {
        &self.stubs
    }

    /// What is remembered.
    pub fn state(&self) -> MutexGuard<'_, State> {
        // A thread that panicked leaves nothing half done here.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Forgets everything that requests have changed.
    pub fn reset(&self) {
        let mut state = self.state();
        *state = State::default();
        for stub in &self.stubs {
            stub.hits.store(0, Ordering::Relaxed);
            if let Action::Resource(resource) = &stub.action {
                resource.reset();
            }
        }
    }

    /// The methods of the operations whose path a request has.
    pub fn methods(&self, incoming: &Incoming<'_>) -> Vec<&str> {
        let is_there =
            |stub: &&Stub| matches!(stub.action, Action::Operation(..)) && stub.request.path.fits(&incoming.path);
        let mut all: Vec<&str> =
            self.stubs.iter().filter(is_there).flat_map(|stub| &stub.request.methods).map(String::as_str).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// The first stub that a request is for; it counts as hit.
    pub fn find(&self, incoming: &Incoming<'_>, context: &dyn Fn() -> Context) -> Option<Hit<'_>> {
        let mut state = self.has_state.then(|| self.state());
        let own = self.literal.get(&*incoming.path).map_or(&[][..], Vec::as_slice);
        let (mut own, mut others) = (own.iter().peekable(), self.others.iter().peekable());
        loop {
            let number = match (own.peek(), others.peek()) {
                (Some(one), Some(other)) if one < other => own.next(),
                (_, Some(_)) => others.next(),
                _ => own.next(),
            };
            let number = *number?;
            let stub = &self.stubs[number];
            if !stub.request.fits(incoming, context) {
                continue;
            }
            if let Some(state) = &mut state
                && !goes_with(stub, state)
            {
                continue;
            }
            let count = stub.hits.fetch_add(1, Ordering::Relaxed) + 1;
            return Some(Hit { number, stub, count });
        }
    }
}

fn has_state(stub: &Stub) -> bool {
    stub.times.is_some() || stub.state.is_some() || !stub.extract_binds.is_empty()
}

/// Whether times and scenarios let a stub answer; then its scenario goes on.
fn goes_with(stub: &Stub, state: &mut State) -> bool {
    if stub.times.is_some_and(|times| stub.hits.load(Ordering::Relaxed) >= times) {
        return false;
    }
    let Some(change) = &stub.state else { return true };
    if change.is.as_deref().is_some_and(|needed| needed != state.of(&change.name)) {
        return false;
    }
    if let Some(next) = &change.set {
        state.set(&change.name, next);
    }
    true
}

impl RequestPattern {
    fn fits(&self, incoming: &Incoming<'_>, context: &dyn Fn() -> Context) -> bool {
        self.takes_method(incoming.call.method)
            && self.path.fits(&incoming.path)
            && (self.conditions() == 0 || self.differences(incoming, context, 1).is_empty())
    }

    /// Whether it is for a method.
    pub fn takes_method(&self, method: &str) -> bool {
        self.methods.is_empty() || self.methods.iter().any(|have| have.eq_ignore_ascii_case(method))
    }

    /// The first `most` of its conditions that do not hold, besides method and path.
    pub fn differences(&self, incoming: &Incoming<'_>, context: &dyn Fn() -> Context, most: usize) -> Vec<String> {
        let query = self.query.iter().map(|one| (one, "query"));
        let headers = self.headers.iter().map(|one| (one, "header"));
        let cookies = self.cookies.iter().map(|one| (one, "cookie"));
        let named = query.chain(headers).chain(cookies).filter_map(|(condition, what)| {
            let pairs = match what {
                "query" => incoming.query(),
                "header" => incoming.headers(),
                _ => incoming.cookies(),
            };
            condition.differs(what, pairs)
        });
        let others = self.query_exact.then(|| self.other_parameter(incoming)).flatten();
        let body = self.body.iter().filter_map(|check| check.differs(incoming, &context()));
        named.chain(others).chain(body).take(most).collect()
    }

    /// A parameter that no condition names, where none may be.
    fn other_parameter(&self, incoming: &Incoming<'_>) -> Option<String> {
        let is_named = |name: &str| self.query.iter().any(|condition| condition.name == name);
        let (name, _) = incoming.query().iter().find(|(name, _)| !is_named(name))?;
        Some(format!("query {name}: expected none besides those named"))
    }
}
