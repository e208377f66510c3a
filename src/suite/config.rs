//! The keys of `config` elements.

use super::cookies;
use super::document::{Entry, Kind, Node};
use super::faults::Collector;
use super::generators;
use super::guards;
use super::keys::Element;
use super::load;
use super::openapi;
use super::reader::{FileReader, Read};
use super::retry;
use super::secrets;
use super::sharing;
use crate::exchange::egress::{HostList, HostPattern};
use crate::exchange::trace::Propagate;
use crate::load::plan::LoadPlan;
use crate::test::set::TestSet;

/// PyRestTest's own keys without an effect there or here: no warning for these.
const SILENT: [&str; 2] = ["print_headers", "test_parallel"];

/// An hour: whoever writes more means milliseconds.
const LONG_TIMEOUT: u64 = 3600;

/// Merges one `config` element into the set.
pub fn read(reader: &mut FileReader<'_>, element: &Entry, set: &mut TestSet) -> Read<()> {
    let mut faults = Collector::default();
    let keys = reader.fields(&element.value, "config")?;
    reader.warn_of_repeated(element);
    for entry in keys {
        faults.take(read_key(reader, &entry, set));
    }
    faults.finish(())
}

fn read_key(reader: &mut FileReader<'_>, entry: &Entry, set: &mut TestSet) -> Read<()> {
    let node = &entry.value;
    match entry.name.as_str() {
        "testset" => set.title = matches!(node.kind, Kind::Scalar(_)).then(|| node.to_value().to_text()),
        "timeout" => {
            let timeout = reader.bound(entry)?;
            if let Some(limit) = timeout.value.limit().filter(|limit| limit.as_secs() > LONG_TIMEOUT) {
                reader.warn(
                    node.at,
                    format!(
                        "timeout: {} is in seconds, that is {:.1} hours",
                        limit.as_secs(),
                        limit.as_secs_f64() / 3600.0
                    ),
                );
            }
            set.config.layer.timeout = Some(timeout);
        }
        "max_body" => set.config.layer.max_body = Some(reader.body_limit(entry)?),
        "connect_timeout" => set.config.layer.connect_timeout = Some(reader.bound(entry)?),
        "unset_variables" => set.config.layer.unset_variables = Some(reader.unset_variables(entry)?),
        "print_bodies" => set.config.print_bodies = Some(reader.boolean(node, "print_bodies")?),
        "retries" => {
            if reader.integer(node, "retries")? != 0 {
                reader.warn(
                    entry.at,
                    "retries was never read by PyRestTest and is not here; use retry: {max_retries: N}",
                );
            }
        }
        "retry" => retry::read(reader, node, &mut set.config.layer)?,
        "max_retries" | "retry_backoff_base" | "retry_backoff_max" => {
            let key = entry.name.strip_prefix("retry_").unwrap_or(&entry.name);
            retry::key(reader, entry, key, &mut set.config.layer)?;
        }
        name if guards::is_key(name) => guards::read(reader, entry, &mut set.config.layer)?,
        "max_concurrency" => {
            let mut plan = LoadPlan::default();
            load::read_key(reader, entry, &mut plan)?;
            set.config.layer.concurrency = plan.layer.concurrency;
        }
        "variable_binds" | "variables" => {
            for (name, value) in reader.pairs(node, &entry.name)? {
                set.config.variable_binds.push((name, value));
            }
        }
        "drift" => set.config.drift = reader.drift(entry)?,
        "openapi" => set.config.contract = openapi::read(reader, entry)?,
        "mock" => {
            // It has been read before the tests, see `common`.
            set.config.mock.clone_from(&reader.mock);
            let url = reader.mock.iter().map(|mock| ("mock_url".to_owned(), mock.url.as_str().into()));
            set.config.variable_binds.extend(url);
        }
        "cookies" => set.config.cookies = cookies::read(reader, entry)?,
        "allow_hosts" => hosts(reader, entry, set)?,
        "propagate" => set.config.propagate = Some(Box::new(propagate(reader, entry)?)),
        "generators" => {
            let generators = reader.flatten(node, "generators")?;
            set.config.generators = Collector::all(generators.iter().map(|entry| generators::read(reader, entry)))?;
        }
        "secrets" => secrets::read(reader, entry, set)?,
        "mask" => secrets::mask(reader, entry, set)?,
        "share" => sharing::share(reader, entry, set)?,
        "needs" => sharing::needs(reader, entry, set)?,
        // These have been read before the tests, see `common`.
        "headers" | "auth" | "auths" | "auth_username" | "auth_password" | "tags" | "labels" | "links" | "defaults" => {
        }
        name if SILENT.contains(&name) => {}
        _ => reader.unknown_key(entry, "config", &Element::Config.names())?,
    }
    Ok(())
}

/// Whether requests carry `traceparent`: to the base URL's host, and to those that are listed.
fn propagate(reader: &FileReader<'_>, entry: &Entry) -> Read<Propagate> {
    let node = &entry.value;
    if matches!(node.kind, Kind::List(_)) {
        return Ok(Propagate { is_on: true, hosts: patterns(reader, entry)? });
    }
    let is_on = reader.boolean(node, "propagate");
    let is_on = is_on.map_err(|_| reader.wrong(node, "propagate", "true, false or a list of hosts"))?;
    Ok(Propagate { is_on, hosts: Vec::new() })
}

/// One host or a list of them, beside those of other `config` elements.
fn hosts(reader: &FileReader<'_>, entry: &Entry, set: &mut TestSet) -> Read<()> {
    let patterns = patterns(reader, entry)?;
    let place = reader.location(entry.at).line();
    let list = set
        .config
        .allow_hosts
        .get_or_insert_with(|| Box::new(HostList { patterns: Vec::new(), by: format!("allow_hosts of {place}") }));
    list.patterns.extend(patterns);
    Ok(())
}

/// Patterns of hosts: one, or a list of them.
fn patterns(reader: &FileReader<'_>, entry: &Entry) -> Read<Vec<HostPattern>> {
    let (key, items) = match &entry.value.kind {
        Kind::List(items) => (&entry.name, items.as_slice()),
        _ => (&entry.name, std::slice::from_ref(&entry.value)),
    };
    let pattern = |item: &Node| -> Read<HostPattern> {
        HostPattern::parse(reader.text(item, key)?)
            .map_err(|why| reader.fault(item.at.or(entry.at), format!("{key}: {why}")))
    };
    Collector::all(items.iter().map(pattern))
}
