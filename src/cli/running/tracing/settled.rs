//! What the command line and the standard variables of OpenTelemetry come to.
//!
//! Owns: which of them wins, where spans go, which trace the run belongs to. Does not: open or send anything.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::exporter::Endpoint;
use super::variables::{Wrong, key, pairs, set};
use crate::cli::args::arguments::Arguments;
use crate::cli::args::trace_flags::{self, header_name};
use crate::cli::exit::Exit;
use crate::exchange::curl_options::ConnectionOptions;
use crate::exchange::egress::Role;
use crate::exchange::trace::{Parent, RunTrace};
use crate::ground::source::plain;
use crate::record::shards::Share;
use crate::report::Format;
use crate::secrets::shown_url;
use crate::test::planned_suite::PlannedSuite;

/// Where spans go if nobody says so.
const LOCAL: &str = "http://localhost:4318";

/// What is added to a base URL.
const PATH: &str = "/v1/traces";

/// The options that need spans to go somewhere.
const ABOUT_SPANS: [&str; 4] = ["otlp-header", "otlp-timeout", "otlp-required", "trace-headers"];

/// What traces a run has, and where its spans go.
pub struct Settled {
    /// What all spans have in common; nothing where there is no trace at all.
    pub run: Option<RunTrace>,
    /// Where they are sent, if anywhere.
    pub endpoint: Option<Endpoint>,
    /// Whether they are written to the file that is named.
    pub writes: bool,
    /// Whether they are printed on stderr.
    pub prints: bool,
    /// What is to be said.
    pub warnings: Vec<String>,
}

/// What a run is besides its arguments.
pub struct Given<'g> {
    /// Its suites.
    pub suites: &'g [PlannedSuite],
    /// Whether the runner configuration asks for spans.
    pub is_asked: bool,
    /// Which shard it is, if it is one.
    pub share: Option<&'g Share>,
    /// What the parent process draws ids from, in a child.
    pub handed: Option<(u128, u64)>,
}

/// Looks at all of it.
///
/// # Errors
/// The exit and what is wrong.
pub fn settle(arguments: &Arguments, given: &Given<'_>) -> Result<Settled, Wrong> {
    let wanted = &arguments.trace;
    let asks_for_endpoint = wanted.is_on || given.is_asked || wanted.endpoint.is_some();
    let asks = asks_for_endpoint || wanted.file.is_some();
    let is_propagated = |suite: &PlannedSuite| {
        suite.sets.iter().any(|set| set.config.propagate.as_deref().is_some_and(|propagate| propagate.is_on))
    };
    let carries =
        wanted.traceparent == Some(true) || wanted.traceparent.is_none() && given.suites.iter().any(is_propagated);
    let mut settled = Settled { run: None, endpoint: None, writes: false, prints: false, warnings: Vec::new() };
    let is_given = |flag: &str| arguments.given.contains(&flag);
    let stray = ABOUT_SPANS.iter().find(|flag| is_given(flag)).filter(|_| !asks);
    let stray = stray.or(["trace-per", "trace-url"].iter().find(|flag| is_given(flag) && !asks && !carries));
    if let Some(flag) = stray {
        let add = "add --otlp-endpoint URL, --otlp-file FILE or --otlp";
        return Err((Exit::Usage, format!("option --{flag} is about spans, and none are sent: {add}")));
    }
    let has_page = arguments.reports.files.iter().any(|(format, _)| *format == Format::Html);
    if is_given("trace-url") && !has_page && arguments.config.is_none() {
        let message = "option --trace-url says what --report-html links to: add --report-html FILE";
        return Err((Exit::Usage, message.to_owned()));
    }
    if !asks && !carries {
        return Ok(settled);
    }
    let is_disabled = set("OTEL_SDK_DISABLED").is_some_and(|(_, value)| value.eq_ignore_ascii_case("true"));
    if asks && is_disabled {
        settled.warnings.push("OTEL_SDK_DISABLED is true: no spans are made".to_owned());
    }
    if asks && !is_disabled {
        destinations(arguments, asks_for_endpoint, &mut settled)?;
    }
    if let Some((name, list)) = set("OTEL_RESOURCE_ATTRIBUTES") {
        pairs(name, &list, key)?;
    }
    let exports = settled.endpoint.is_some() || settled.writes || settled.prints;
    if is_disabled && !carries {
        return Ok(settled);
    }
    let (joined, state) = joined(&mut settled.warnings);
    let (run, part) = given.handed.unwrap_or_else(|| match given.share {
        Some(share) => (of_shards(share), share.index),
        None => (fastrand::u128(1..), 0),
    });
    settled.run = Some(RunTrace {
        run,
        part,
        joined,
        state: state.map(Into::into),
        per: wanted.per.unwrap_or_default(),
        ratio: ratio(joined)?,
        exports,
        propagates: asks && !is_disabled || wanted.traceparent == Some(true),
        forced: wanted.traceparent,
        headers: wanted.shown_headers.clone().into(),
    });
    Ok(settled)
}

/// Where spans go.
fn destinations(arguments: &Arguments, asks_for_endpoint: bool, settled: &mut Settled) -> Result<(), Wrong> {
    let wanted = &arguments.trace;
    let exporters = set("OTEL_TRACES_EXPORTER").map_or_else(|| "otlp".to_owned(), |(_, value)| value);
    let mut sends = false;
    for exporter in exporters.split(',').map(str::trim) {
        match exporter {
            "otlp" => sends = true,
            "console" => settled.prints = true,
            "none" => {}
            other => return Err(usage("OTEL_TRACES_EXPORTER", "otlp, none or console", other)),
        }
    }
    if !sends && !settled.prints {
        settled.warnings.push(format!("OTEL_TRACES_EXPORTER is {exporters}: no spans are sent or written"));
    }
    settled.writes = sends && wanted.file.is_some();
    let spans_on_stdout = wanted.file.as_deref() == Some("-");
    if spans_on_stdout && (arguments.reports.nagios || arguments.reports.files.iter().any(|(_, file)| file == "-")) {
        let message = "--otlp-file and a report both go to stdout; give one of them a FILE";
        return Err((Exit::Usage, message.to_owned()));
    }
    if !sends || !asks_for_endpoint {
        return Ok(());
    }
    let of_base = |base: &str| format!("{}{PATH}", base.trim_end_matches('/'));
    let (name, url) = match &wanted.endpoint {
        Some(url) => {
            let target =
                trace_flags::endpoint(url).map_err(|why| (Exit::Usage, format!("option --otlp-endpoint {why}")))?;
            // A query belongs behind the path.
            let (base, query) = url.split_at(url.find('?').unwrap_or(url.len()));
            let is_base = target.path_and_query().split('?').next() == Some("/");
            ("--otlp-endpoint", if is_base { of_base(base) + query } else { url.clone() })
        }
        None => match (set("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"), set("OTEL_EXPORTER_OTLP_ENDPOINT")) {
            (Some(found), _) => found,
            (None, Some((name, base))) => (name, of_base(&base)),
            (None, None) if settled.writes || settled.prints => return Ok(()),
            (None, None) => ("the default endpoint", of_base(LOCAL)),
        },
    };
    let target = trace_flags::endpoint(&url).map_err(|why| (Exit::Usage, format!("{name} {why}")))?;
    if let Some(rules) = &arguments.settings.egress {
        let checked = rules.check_host(Role::Host, target.host(), target.port);
        checked.map_err(|why| (Exit::Usage, format!("{name} {}: {why}", shown_url(&url))))?;
    }
    if let Some((name, protocol)) = set_for_traces("PROTOCOL") {
        match protocol.as_str() {
            "http/json" => {}
            "grpc" | "http/protobuf" => settled.warnings.push(format!(
                "{name} is {protocol}; what is sent is http/json, which collectors take at the same port as http/protobuf"
            )),
            other => return Err(usage(name, "http/json", other)),
        }
    }
    let is_packed = match set_for_traces("COMPRESSION") {
        None => false,
        Some((_, word)) if word == "gzip" => true,
        Some((_, word)) if word == "none" => false,
        Some((name, word)) => return Err(usage(name, "gzip or none", &word)),
    };
    const ALLOWED: &str = "a number of milliseconds above 0";
    let timeout = match set_for_traces("TIMEOUT") {
        None => 10_000,
        Some((name, text)) => text.parse().ok().filter(|time| *time > 0).ok_or_else(|| usage(name, ALLOWED, &text))?,
    };
    let path = |key: &str| -> Result<Option<PathBuf>, Wrong> {
        let Some((name, path)) = set_for_traces(key) else { return Ok(None) };
        let readable = std::fs::File::open(&path);
        readable.map_err(|error| (Exit::Input, format!("{name} {path} cannot be read: {}", plain(&error))))?;
        Ok(Some(path.into()))
    };
    let connection = ConnectionOptions {
        ca_file: path("CERTIFICATE")?,
        client_cert: path("CLIENT_CERTIFICATE")?,
        client_key: path("CLIENT_KEY")?,
        ..ConnectionOptions::default()
    };
    // What is said later wins.
    let mut headers: Vec<(String, String)> = Vec::new();
    let of_variables = ["OTEL_EXPORTER_OTLP_HEADERS", "OTEL_EXPORTER_OTLP_TRACES_HEADERS"].map(set);
    for (name, list) in of_variables.into_iter().flatten() {
        headers.extend(pairs(name, &list, header_name)?);
    }
    headers.extend(wanted.headers.iter().cloned());
    for at in (0..headers.len()).rev() {
        if headers[at + 1..].iter().any(|(name, _)| *name == headers[at].0) {
            headers.remove(at);
        }
    }
    let egress = arguments.settings.egress.clone();
    let timeout = Duration::from_millis(timeout);
    settled.endpoint = Some(Endpoint { url, headers, is_packed, timeout, connection, egress });
    Ok(())
}

/// A variable of the exporter: that for traces wins.
fn set_for_traces(key: &str) -> Option<(&'static str, String)> {
    const NAMES: [(&str, &str, &str); 6] = [
        ("PROTOCOL", "OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"),
        ("COMPRESSION", "OTEL_EXPORTER_OTLP_TRACES_COMPRESSION", "OTEL_EXPORTER_OTLP_COMPRESSION"),
        ("TIMEOUT", "OTEL_EXPORTER_OTLP_TRACES_TIMEOUT", "OTEL_EXPORTER_OTLP_TIMEOUT"),
        ("CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CERTIFICATE", "OTEL_EXPORTER_OTLP_CERTIFICATE"),
        ("CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_CERTIFICATE", "OTEL_EXPORTER_OTLP_CLIENT_CERTIFICATE"),
        ("CLIENT_KEY", "OTEL_EXPORTER_OTLP_TRACES_CLIENT_KEY", "OTEL_EXPORTER_OTLP_CLIENT_KEY"),
    ];
    let (_, own, general) = NAMES.iter().find(|(name, ..)| *name == key)?;
    set(own).or_else(|| set(general))
}

fn usage(name: &str, allowed: &str, found: &str) -> Wrong {
    (Exit::Usage, format!("{name} must be {allowed}, not \"{}\"", found.escape_debug()))
}

/// The trace that the run was started in, and its `tracestate`.
fn joined(warnings: &mut Vec<String>) -> (Option<Parent>, Option<String>) {
    let Some((_, text)) = set("TRACEPARENT") else { return (None, None) };
    match Parent::parse(&text) {
        Ok(parent) => {
            let state = set("TRACESTATE").map(|(_, state)| state);
            (Some(parent), state.filter(|state| state.bytes().all(|byte| (b' '..=b'~').contains(&byte))))
        }
        Err(why) => {
            warnings.push(format!("TRACEPARENT cannot be read: {why}; a new trace begins"));
            (None, None)
        }
    }
}

/// The share of traces that is recorded.
fn ratio(joined: Option<Parent>) -> Result<f64, Wrong> {
    const NAME: &str = "OTEL_TRACES_SAMPLER";
    const ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";
    let sampler = set(NAME).map_or_else(|| "parentbased_always_on".to_owned(), |(_, value)| value);
    let own = sampler.strip_prefix("parentbased_");
    let ratio = match own.unwrap_or(&sampler) {
        "always_on" => 1.0,
        "always_off" => 0.0,
        "traceidratio" => match set(ARGUMENT) {
            None => 1.0,
            Some((name, text)) => {
                let ratio = text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio));
                ratio.ok_or_else(|| usage(name, "a number from 0 to 1", &text))?
            }
        },
        _ => return Err(usage(NAME, "always_on, always_off, traceidratio or parentbased_ and one of these", &sampler)),
    };
    Ok(match (own, joined) {
        (Some(_), Some(parent)) if parent.is_sampled => 1.0,
        (Some(_), Some(_)) => 0.0,
        _ => ratio,
    })
}

/// What the shards of one run draw their ids from: their plan, and the number that the CI system gives the run.
fn of_shards(share: &Share) -> u128 {
    let half = |salt: u8| {
        let mut hasher = DefaultHasher::new();
        (salt, share.total, &share.plan, super::resource::run_of_pipeline()).hash(&mut hasher);
        u128::from(hasher.finish().max(1))
    };
    half(0) << 64 | half(1)
}

/// The trace of a child process, which its parent has settled.
pub fn of_child(
    arguments: &Arguments,
    suites: &[PlannedSuite],
    handed: (u128, u64),
    is_asked: bool,
) -> Option<Arc<RunTrace>> {
    let given = Given { suites, is_asked, share: None, handed: Some(handed) };
    settle(arguments, &given).ok()?.run.map(Arc::new)
}
