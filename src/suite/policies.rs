//! `policies:` of `retry`: what holds for single answers.

use std::time::Duration;

use super::document::{Entry, Node};
use super::faults::Collector;
use super::keys::Element;
use super::reader::{FileReader, Read};
use super::retry_values::{count, error_named, jitter, methods};
use crate::exchange::request::ErrorKind;
use crate::ground::source::did_you_mean;
use crate::retry::{Policies, Policy, PolicyKey};

const ANSWERS: &str = "a status such as 429, a class such as 5xx, or an error: resolve, connect, timeout, \
                       disconnected, tls, protocol or proxy";

/// Reads all policies.
pub(super) fn read(reader: &mut FileReader<'_>, node: &Node) -> Read<Policies> {
    let mut faults = Collector::default();
    let mut all: Vec<Policy> = Vec::new();
    for entry in reader.fields(node, "policies")? {
        if let Some(policy) = faults.take(policy(reader, &entry)) {
            all.push(policy);
        }
    }
    faults.finish(all.into())
}

fn policy(reader: &mut FileReader<'_>, of: &Entry) -> Read<Policy> {
    let Some(key) = key(&of.name) else {
        let is_error = ErrorKind::ALL.iter().any(|kind| kind.name() == of.name);
        let rest = if is_error {
            "; that error is the same each time".to_owned()
        } else {
            did_you_mean(&of.name, ["4xx", "5xx", "resolve", "connect", "timeout", "disconnected", "proxy"])
        };
        return Err(reader.fault(of.at, format!("a policy is for {ANSWERS}, not \"{}\"{rest}", of.name)));
    };
    let mut policy = Policy::new(key);
    let mut faults = Collector::default();
    for entry in reader.fields(&of.value, &format!("the policy of {key}"))? {
        faults.take(read_key(reader, &entry, &mut policy));
    }
    faults.finish(policy)
}

fn read_key(reader: &mut FileReader<'_>, entry: &Entry, policy: &mut Policy) -> Read<()> {
    let (node, name) = (&entry.value, entry.name.as_str());
    let names = Element::RetryPolicy.names();
    if !names.contains(&name) {
        if Element::Retry.names().contains(&name) {
            let message = format!("{name} belongs to retry, not to a policy, which may have {}", names.join(", "));
            return Err(reader.fault(entry.at, message));
        }
        return reader.unknown_key(entry, "a policy", &names);
    }
    let seconds = |reader: &FileReader<'_>| -> Read<Option<Duration>> { Ok(Some(reader.seconds(node, name)?)) };
    match name {
        "max_retries" => policy.max_retries = Some(count(reader, node, name)?),
        "backoff_base" => policy.backoff_base = seconds(reader)?,
        "backoff_max" => policy.backoff_max = seconds(reader)?,
        "jitter" => policy.jitter = Some(jitter(reader, node)?),
        "respect_retry_after" => policy.respect_retry_after = Some(reader.boolean(node, name)?),
        "retry_after_max" => policy.retry_after_max = seconds(reader)?,
        "methods" => policy.methods = Some(methods(reader, node)?),
        _ => {}
    }
    Ok(())
}

/// `429`, `5xx`, `connect`.
fn key(name: &str) -> Option<PolicyKey> {
    let is_class = |text: &str| {
        let (class, rest) = text.split_at_checked(1)?;
        let class: u8 = class.parse().ok().filter(|class| (1..=5).contains(class))?;
        rest.eq_ignore_ascii_case("xx").then_some(PolicyKey::Class(class))
    };
    let status = || name.parse().ok().filter(|status| (100..=999).contains(status)).map(PolicyKey::Status);
    is_class(name).or_else(status).or_else(|| error_named(name).map(PolicyKey::Error))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn answers_are_told_by_their_names() {
        for (name, found) in [
            ("429", Some(PolicyKey::Status(429))),
            ("5xx", Some(PolicyKey::Class(5))),
            ("4XX", Some(PolicyKey::Class(4))),
            ("connect", Some(PolicyKey::Error(ErrorKind::Connect))),
            ("6xx", None),
            ("0xx", None),
            ("42", None),
            ("url", None),
            ("é", None),
            ("", None),
        ] {
            assert_eq!(key(name), found, "{name}");
        }
    }
}
