//! One level of a runner configuration: global settings, an environment, or a suite's settings.

use super::strict::{known_keys, strict};
use crate::auth::AuthChoice;
use crate::exchange::url::schemeless;
use crate::ground::value::Value;
use crate::load::plan::Mode;
use crate::settings::precedence::{Layer, Origin, Setting};
use crate::suite::document::{Entry, Node};
use crate::suite::faults::Collector;
use crate::suite::keys::Element;
use crate::suite::reader::{FileReader, Read};
use crate::suite::{auth, guards, measures, retry};

const KEYS: [&str; 16] = [
    "description",
    "base_url",
    "retry",
    "concurrency",
    "timeout",
    "timeouts",
    "max_body",
    "logging",
    "variables",
    "variable_binds",
    "unset_variables",
    "retry_budget",
    "circuit_breaker",
    "rate_limit",
    "suite_timeout",
    "auth",
];
/// What `retry` may hold beside a suite's keys of it: the words of the enhanced version's program and documents.
const MORE_RETRY: [&str; 3] = ["description", "retry_on_statuses", "retryable_statuses"];
const CONCURRENCY: [&str; 4] = ["description", "max_concurrent", "max_concurrency", "mode"];
const TIMEOUTS: [&str; 3] = ["description", "connect_timeout", "read_timeout"];
const LOGGING: [&str; 5] = ["description", "level", "print_bodies", "print_headers", "show_curl"];

/// What one level sets.
#[derive(Debug, Clone, Default)]
pub struct Level {
    /// `base_url`.
    pub base_url: Option<String>,
    /// Timeouts, retries, concurrency.
    pub layer: Layer,
    /// `concurrency: mode`, for performance tests that name none.
    pub mode: Option<Mode>,
    /// `logging: print_bodies`.
    pub print_bodies: Option<bool>,
    /// `logging: print_headers`.
    pub print_headers: Option<bool>,
    /// `logging: show_curl`.
    pub show_curl: Option<bool>,
    /// `logging: level`.
    pub log_level: Option<String>,
    /// `variables`.
    pub variables: Vec<(String, Value)>,
    /// `auth`.
    pub auth: Option<AuthChoice>,
}

impl Level {
    /// This level with a stronger one laid over it; the layers stay apart, so that each keeps its origin.
    pub fn over(&self, stronger: &Level) -> Level {
        Level {
            base_url: stronger.base_url.clone().or_else(|| self.base_url.clone()),
            layer: Layer::default(),
            mode: stronger.mode.or(self.mode),
            print_bodies: stronger.print_bodies.or(self.print_bodies),
            print_headers: stronger.print_headers.or(self.print_headers),
            show_curl: stronger.show_curl.or(self.show_curl),
            log_level: stronger.log_level.clone().or_else(|| self.log_level.clone()),
            variables: self.variables.iter().chain(&stronger.variables).cloned().collect(),
            auth: stronger.auth.clone().or_else(|| self.auth.clone()),
        }
    }
}

/// Reads a level; `what` names it in errors.
pub fn read(reader: &mut FileReader<'_>, node: &Node, what: &str) -> Read<Level> {
    let mut level = Level::default();
    let mut faults = Collector::default();
    for key in known_keys(reader, node, (what, &KEYS), &mut faults)? {
        faults.take(read_key(reader, &key, &mut level));
    }
    faults.finish(level)
}

fn read_key(reader: &mut FileReader<'_>, key: &Entry, level: &mut Level) -> Read<()> {
    let value = &key.value;
    match key.name.as_str() {
        "base_url" => level.base_url = Some(read_base_url(reader, value)?),
        "retry" => read_retry(reader, value, &mut level.layer)?,
        "concurrency" => read_concurrency(reader, value, level)?,
        "timeout" => level.layer.timeout = Some(reader.bound(key)?),
        "max_body" => level.layer.max_body = Some(reader.body_limit(key)?),
        name if guards::is_key(name) => guards::read(reader, key, &mut level.layer)?,
        "unset_variables" => level.layer.unset_variables = Some(reader.unset_variables(key)?),
        "auth" => level.auth = Some(auth::read(reader, key, &[])?),
        "timeouts" => read_timeouts(reader, value, &mut level.layer)?,
        "logging" => read_logging(reader, value, level)?,
        "variables" | "variable_binds" => {
            let pairs = reader.flatten(value, &key.name)?;
            level.variables.extend(pairs.iter().map(|pair| (pair.name.clone(), pair.value.to_value())));
        }
        _ => {}
    }
    Ok(())
}

/// `base_url`: one without a scheme leads nowhere.
pub fn read_base_url(reader: &FileReader<'_>, node: &Node) -> Read<String> {
    let url = reader.text(node, "base_url")?;
    match schemeless(url) {
        Some(message) => Err(reader.fault(node.at, format!("base_url {message}"))),
        None => Ok(url.to_owned()),
    }
}

/// The keys of `retry`, as the enhanced version's configuration spells them.
pub fn read_retry(reader: &mut FileReader<'_>, node: &Node, layer: &mut Layer) -> Read<()> {
    let known: Vec<&str> = Element::Retry.names().into_iter().chain(MORE_RETRY).collect();
    let mut faults = Collector::default();
    for key in known_keys(reader, node, ("retry", &known), &mut faults)? {
        faults.take(retry::key(reader, &key, &key.name, layer));
    }
    faults.finish(())
}

fn read_timeouts(reader: &FileReader<'_>, node: &Node, layer: &mut Layer) -> Read<()> {
    for key in strict(reader, node, "timeouts", &TIMEOUTS)? {
        match key.name.as_str() {
            "read_timeout" => layer.timeout = Some(reader.bound(&key)?),
            "connect_timeout" => layer.connect_timeout = Some(reader.bound(&key)?),
            _ => {}
        }
    }
    Ok(())
}

fn read_concurrency(reader: &mut FileReader<'_>, node: &Node, level: &mut Level) -> Read<()> {
    for key in strict(reader, node, "concurrency", &CONCURRENCY)? {
        match key.name.as_str() {
            "max_concurrent" | "max_concurrency" => {
                let number = reader.integer(&key.value, &key.name)?;
                let concurrency = usize::try_from(number)
                    .ok()
                    .filter(|number| (1..=measures::MAX_CONCURRENCY).contains(number))
                    .ok_or_else(|| reader.wrong(&key.value, &key.name, "an integer from 1 to 10000"))?;
                let origin = Origin::Suite(reader.location(key.at.or(key.value.at)));
                level.layer.concurrency = Some(Setting::new(concurrency, origin));
            }
            "mode" => {
                level.mode = Some(match reader.text(&key.value, "mode")? {
                    "sync" => Mode::Sync,
                    "async" => Mode::Async,
                    other => {
                        return Err(reader.fault(key.value.at, format!("mode must be sync or async, not \"{other}\"")));
                    }
                });
            }
            _ => {}
        }
    }
    Ok(())
}

fn read_logging(reader: &FileReader<'_>, node: &Node, level: &mut Level) -> Read<()> {
    for key in strict(reader, node, "logging", &LOGGING)? {
        match key.name.as_str() {
            "level" => level.log_level = Some(reader.text(&key.value, "level")?.to_owned()),
            "print_bodies" => level.print_bodies = Some(reader.boolean(&key.value, "print_bodies")?),
            "print_headers" => level.print_headers = Some(reader.boolean(&key.value, "print_headers")?),
            "show_curl" => level.show_curl = Some(reader.boolean(&key.value, "show_curl")?),
            _ => {}
        }
    }
    Ok(())
}
