//! The flags about traces: where spans go, what they show, what requests carry of them.
//!
//! Owns: their rows. Does not: read variables of the environment (see
//! `running::tracing`), make spans (see `report`).

use std::time::Duration;

use crate::cli::args::choices;
use crate::cli::args::command_sets::{REPORTING, SENDING};
use crate::cli::args::flag::{Flag, Takes, file, flag, switch, switch_or_word, value};
use crate::cli::args::flag_values::{boolean, keep, number, yes};
use crate::exchange::trace::TracePer;
use crate::exchange::url::{Target, Treatment, target_with};

/// What may have a trace of its own.
const PER: &[&str] = &["run", "suite", "test"];

/// What stands for the trace in `--trace-url`.
pub const TRACE_ID: &str = "{trace_id}";

/// The rows.
pub const FLAGS: &[Flag] = &[
    value(
        "otlp-endpoint",
        "URL",
        "send spans of the run there: OTLP/HTTP with JSON; see resttest help tracing",
        |to, url| {
            endpoint(url)?;
            keep(&mut to.trace.endpoint, url)
        },
    )
    .of(SENDING),
    value("otlp-header", "K=V", "a header of those requests; repeatable", |to, line| {
        to.trace.headers.push(header(line)?);
        Ok(())
    })
    .of(SENDING)
    .repeated(),
    file(
        "otlp-file",
        "FILE",
        "write the spans as lines of JSON, each a request as it would be sent; - is stdout",
        |to, file| {
            to.reports.spans_on_stdout = file == "-";
            keep(&mut to.trace.file, file)
        },
    )
    .of(SENDING),
    switch("otlp", "send spans where OTEL_EXPORTER_OTLP_ENDPOINT says (default http://localhost:4318)", |to, _| {
        yes(&mut to.trace.is_on)
    })
    .of(SENDING),
    value(
        "otlp-timeout",
        "SECONDS",
        "so long the end of the run waits for spans to be sent (default 5)",
        |to, text| {
            const ALLOWED: &str = "a number of seconds above 0";
            let seconds = number::<f64>(text, ALLOWED)?;
            let limit = Duration::try_from_secs_f64(seconds).ok().filter(|limit| !limit.is_zero());
            to.trace.timeout = Some(limit.ok_or_else(|| format!("must be {ALLOWED}, not \"{text}\""))?);
            Ok(())
        },
    )
    .of(SENDING),
    switch("otlp-required", "exit with 73 if not all spans could be sent", |to, _| yes(&mut to.trace.is_required))
        .of(SENDING),
    switch_or_word(
        "traceparent",
        "send traceparent with requests to the base URL's host, even if no span is sent",
        |to, word| boolean(word).map(|on| to.trace.traceparent = Some(on)),
    )
    .of(SENDING),
    flag(
        "trace-per",
        Takes::Word("WHAT", PER),
        "what has a trace of its own: run (default), suite or test",
        |to, word| {
            to.trace.per = Some(match choices::one_of(word, PER)? {
                "suite" => TracePer::Suite,
                "test" => TracePer::Test,
                _ => TracePer::Run,
            });
            Ok(())
        },
    )
    .of(SENDING),
    value(
        "trace-headers",
        "NAMES",
        "headers that spans show, of requests and answers: a,b; secrets stay hidden",
        |to, names| {
            to.trace.shown_headers = names.split(',').map(header_name).collect::<Result<_, _>>()?;
            Ok(())
        },
    )
    .of(SENDING),
    value(
        "trace-url",
        "URL",
        "where the trace of a failed test is shown, for --report-html: https://…/{trace_id}",
        |to, url| {
            if !url.contains(TRACE_ID) || !(url.starts_with("https://") || url.starts_with("http://")) {
                return Err(format!("must be http:// or https:// with {TRACE_ID} in it, not \"{url}\""));
            }
            keep(&mut to.reports.trace_url, url)
        },
    )
    .of(REPORTING),
];

/// Where a URL leads that spans are sent to.
///
/// # Errors
/// It leads nowhere, or to the port of another protocol. It may hold a secret, so it is not quoted.
pub fn endpoint(url: &str) -> Result<Target, String> {
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err("must begin with http:// or https://".to_owned());
    }
    let target = target_with(url, Treatment::default()).map_err(|why| format!("cannot be sent to: {why}"))?;
    if target.port == 4317 {
        return Err("names port 4317, where collectors take gRPC; this is OTLP/HTTP: its port is 4318".to_owned());
    }
    Ok(target)
}

/// `K=V`; the value is a secret, as a rule.
fn header(line: &str) -> Result<(String, String), String> {
    let (name, value) = line.split_once('=').ok_or("must be NAME=VALUE")?;
    let value = value.trim();
    if value.chars().any(char::is_control) {
        return Err(format!("{}: the value holds a control character", name.escape_debug()));
    }
    Ok((header_name(name)?, value.to_owned()))
}

/// The name of a header, in lower case.
///
/// # Errors
/// It is none.
pub fn header_name(name: &str) -> Result<String, String> {
    let name = name.trim();
    let is_token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    if name.is_empty() || !name.bytes().all(is_token) {
        return Err(format!("must name headers; \"{}\" is no name of one", name.escape_debug()));
    }
    Ok(name.to_ascii_lowercase())
}
