//! The variables of a stub's templates.
//!
//! Owns: what each name stands for. Does not: render.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::SystemTime;

use super::incoming::Incoming;
use super::matching::Hit;
use crate::ground::timestamp::rfc3339;
use crate::ground::value::Value;
use crate::variables::context::Context;
use crate::variables::generator::Generator;

/// What does not change from request to request.
pub struct Fixed {
    /// `config: variable_binds`, `mock_url`.
    pub variables: HashMap<String, Value>,
    /// `config: generators`.
    pub generators: HashMap<String, Arc<Generator>>,
    /// What `$uuid` is.
    pub uuids: Generator,
}

/// A context with what `names` need.
pub fn context(
    names: &[String],
    hit: &Hit<'_>,
    incoming: &Incoming<'_>,
    (fixed, kept): (&Fixed, &HashMap<String, Value>),
) -> Context {
    let mut context = Context::new();
    if names.is_empty() {
        return context;
    }
    let path = hit.stub.request.path.variables(&incoming.path);
    let drawn = &hit.stub.generator_binds;
    for name in names {
        let of_path = || path.iter().find(|(have, _)| have == name).map(|(_, text)| Value::Str(text.clone()));
        let of_generator = || {
            let (_, generator) = drawn.iter().find(|(variable, _)| variable == name)?;
            fixed.generators.get(generator)?.next().ok()
        };
        let value = of_path()
            .or_else(|| of_request(name, hit.count, incoming, fixed))
            .or_else(of_generator)
            .or_else(|| kept.get(name).cloned())
            .or_else(|| fixed.variables.get(name).cloned());
        if let Some(value) = value {
            context.replace(name, Some(value));
        }
    }
    context
}

fn of_request(name: &str, count: u64, incoming: &Incoming<'_>, fixed: &Fixed) -> Option<Value> {
    match name {
        "body" => return Some(Value::Str(incoming.text().into_owned())),
        "now" => return Some(Value::Str(rfc3339(SystemTime::now()))),
        "uuid" => return fixed.uuids.next().ok(),
        "count" => return Some(Value::Int(count.into())),
        _ => {}
    }
    if let Some(wanted) = name.strip_prefix("query_") {
        let found = incoming.query().iter().find(|(have, _)| have == wanted);
        return Some(Value::Str(found.map(|(_, value)| value.clone()).unwrap_or_default()));
    }
    let wanted = name.strip_prefix("header_")?;
    let is_it = |have: &str| have.eq_ignore_ascii_case(wanted) || have.replace('-', "_").eq_ignore_ascii_case(wanted);
    let found = incoming.headers().iter().find(|(have, _)| is_it(have));
    Some(Value::Str(found.map(|(_, value)| value.clone()).unwrap_or_default()))
}
