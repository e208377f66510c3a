//! Events as lines of JSON: what a child process reports to its parent, and what `--report-ndjson` writes.
//!
//! Owns: the form of a line, its version, both directions. Does not: read or write a stream.
//!
//! A line is `{"v":2,"event":"test_finished",…}`. Times are whole nanoseconds (`…_ns`), dates
//! nanoseconds since 1970, so that what is read back is what was written.

mod described;
mod guards;
mod load;
mod outcome;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

use crate::ground::source::Fault;
use crate::judge::contract::Coverage;
use crate::judge::described::Described;
use crate::judge::outcome::Outcome;
use crate::judge::tags::Tags;
use crate::record::event::{AttemptNotice, Event, LoadProgress, LoadStart, Preview, RetryNotice};
use crate::test::planned_test::PlannedTest;

use described::WireDescribed;
use guards::WireGuards;
use load::{WireMode, WireVolume};
use outcome::{WireBenchmark, WireLocation, WireOutcome, WireSkipped};

/// The version of the lines; a reader takes no other.
pub const VERSION: u64 = 2;

/// An event as a line for a parent process, without its line end.
///
/// It holds bodies as they were received where `print_bodies` asked for them: for a report see [`report_line`].
pub fn to_line(event: &Event) -> String {
    line(event.into())
}

/// An event as a line for a report: without what only the console may show.
pub fn report_line(event: &Event) -> String {
    match event {
        Event::TestFinished(outcome) if outcome.printed.is_some() || outcome.trace.is_some() => {
            let mut clean = Outcome { printed: None, ..(**outcome).clone() };
            clean.trace.iter_mut().for_each(|trace| trace.spans.clear());
            line(WireEvent::TestFinished(Box::new((&clean).into())))
        }
        Event::BenchmarkFinished(report) if report.trace.is_some() => {
            let mut clean = (**report).clone();
            clean.trace.iter_mut().for_each(|trace| trace.spans.clear());
            line(WireEvent::BenchmarkFinished(Box::new((&clean).into())))
        }
        _ => to_line(event),
    }
}

fn line(event: WireEvent) -> String {
    // Serializing text, integers and finite numbers into a String cannot fail.
    let json = serde_json::to_string(&event).unwrap_or_default();
    // {"NAME":{…}} becomes {"v":2,"event":"NAME",…}.
    let inner = json.strip_prefix('{').and_then(|json| json.strip_suffix('}')).unwrap_or(&json);
    let (name, keys) = inner.split_once(":{").unwrap_or((inner, "}"));
    format!("{{\"v\":{VERSION},\"event\":{name}{}{keys}", if keys == "}" { "" } else { "," })
}

/// The event of a line.
///
/// # Errors
/// It is no JSON, of another version, or holds a key that is not known.
pub fn from_line(line: &str) -> Result<Event, String> {
    let mut json: serde_json::Map<String, serde_json::Value> =
        serde_json::from_str(line).map_err(|error| format!("no event: {error}"))?;
    match json.shift_remove("v") {
        Some(version) if version.as_u64() == Some(VERSION) => {}
        Some(version) => return Err(format!("an event of version {version}; this program reads version {VERSION}")),
        None => return Err("no event: it has no version \"v\"".to_owned()),
    }
    let Some(serde_json::Value::String(name)) = json.shift_remove("event") else {
        return Err("no event that is known: it has no name \"event\"".to_owned());
    };
    let named = serde_json::Map::from_iter([(name, json.into())]);
    let event: WireEvent =
        serde_json::from_value(named.into()).map_err(|error| format!("no event that is known: {error}"))?;
    event.try_into()
}

/// Every event, in the words of the wire. A key more or less is another version. Its name stands outside, which
/// [`line`] and [`from_line`] change: a name that stands among the keys costs 0.1 MB of code.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
enum WireEvent {
    SuiteStarted {
        file: String,
        title: Option<String>,
        at_ns: u64,
    },
    SuiteFinished {
        file: String,
        elapsed_ns: u64,
        error: Option<String>,
    },
    SetStarted {
        file: String,
        tests: usize,
    },
    SetStopped {},
    GivenUp {
        reason: String,
    },
    TestSkipped(WireSkipped),
    RequestPrepared(WirePreview),
    HeadsExchanged {
        lines: Vec<String>,
    },
    DelayStarted {
        delay_ns: u64,
    },
    TestExpanded {
        name: String,
        group: String,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        tags: Vec<String>,
        location: WireLocation,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        described: Option<Box<WireDescribed>>,
        items: usize,
        names: Vec<String>,
    },
    TestStarted {
        name: String,
        #[serde(default)]
        group: String,
        location: WireLocation,
    },
    Warned {
        location: WireLocation,
        message: String,
    },
    AttemptFinished(WireAttemptNotice),
    TestFinished(Box<WireOutcome>),
    RetryScheduled(WireRetry),
    AttemptsOmitted {
        name: String,
        count: u64,
    },
    GuardTold {
        message: String,
    },
    GuardsReported(WireGuards),
    Covered {
        document: String,
        operations: serde_json::Value,
    },
    LoadStarted {
        name: String,
        method: String,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        has_key: bool,
        volume: WireVolume,
        concurrency: usize,
        mode: WireMode,
    },
    LoadProgressed {
        elapsed_ns: u64,
        total: u64,
        failed: u64,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        p95_ns: Option<u64>,
    },
    BenchmarkStarted {
        name: String,
        group: String,
    },
    BenchmarkFinished(Box<WireBenchmark>),
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WirePreview {
    name: String,
    #[serde(default, skip_serializing_if = "String::is_empty")]
    about: String,
    method: String,
    url: String,
    headers: Vec<(String, String)>,
    body: Option<String>,
    delay_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireAttemptNotice {
    name: String,
    attempt: u32,
    answer: String,
    time_ns: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct WireRetry {
    name: String,
    method: String,
    cause: String,
    attempt: u32,
    of: u32,
    delay_ns: u64,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    origin: Option<String>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    has_key: bool,
}

impl From<&Event> for WireEvent {
    fn from(event: &Event) -> WireEvent {
        match event {
            Event::SuiteStarted { file, title, at } => {
                WireEvent::SuiteStarted { file: file.to_string(), title: title.clone(), at_ns: date_ns(*at) }
            }
            Event::SuiteFinished { file, elapsed, error } => {
                WireEvent::SuiteFinished { file: file.to_string(), elapsed_ns: ns(*elapsed), error: error.clone() }
            }
            Event::SetStarted { file, tests } => WireEvent::SetStarted { file: file.to_string(), tests: *tests },
            Event::SetStopped => WireEvent::SetStopped {},
            Event::GivenUp(reason) => WireEvent::GivenUp { reason: reason.to_string() },
            Event::TestSkipped(test) => WireEvent::TestSkipped((&**test).into()),
            Event::RequestPrepared(preview) => WireEvent::RequestPrepared(WirePreview {
                name: preview.name.clone(),
                about: preview.about.clone(),
                method: preview.method.clone(),
                url: preview.url.clone(),
                headers: preview.headers.clone(),
                body: preview.body.clone(),
                delay_ns: ns(preview.delay),
            }),
            Event::HeadsExchanged(lines) => WireEvent::HeadsExchanged { lines: lines.clone() },
            Event::DelayStarted(delay) => WireEvent::DelayStarted { delay_ns: ns(*delay) },
            Event::TestExpanded { test, names } => WireEvent::TestExpanded {
                name: test.name.clone(),
                group: test.group.clone(),
                tags: test.tags.list().to_vec(),
                location: (&test.location).into(),
                described: described(&test.described),
                items: names.len(),
                names: names.clone(),
            },
            Event::TestStarted { name, group, location } => {
                WireEvent::TestStarted { name: name.clone(), group: group.clone(), location: location.into() }
            }
            Event::Warned(warning) => {
                WireEvent::Warned { location: (&warning.location).into(), message: warning.message.clone() }
            }
            Event::AttemptFinished(notice) => WireEvent::AttemptFinished(WireAttemptNotice {
                name: notice.name.clone(),
                attempt: notice.attempt,
                answer: notice.answer.clone(),
                time_ns: ns(notice.time),
            }),
            Event::TestFinished(outcome) => WireEvent::TestFinished(Box::new((&**outcome).into())),
            Event::RetryScheduled(notice) => WireEvent::RetryScheduled(WireRetry {
                name: notice.name.clone(),
                method: notice.method.clone(),
                cause: notice.cause.clone(),
                attempt: notice.attempt,
                of: notice.of,
                delay_ns: ns(notice.delay),
                origin: notice.origin.clone(),
                has_key: notice.has_key,
            }),
            Event::AttemptsOmitted { name, count } => WireEvent::AttemptsOmitted { name: name.clone(), count: *count },
            Event::GuardTold(message) => WireEvent::GuardTold { message: message.clone() },
            Event::GuardsReported(figures) => WireEvent::GuardsReported((&**figures).into()),
            Event::Covered(coverage) => {
                WireEvent::Covered { document: coverage.document.clone(), operations: coverage.to_json() }
            }
            Event::LoadStarted(start) => WireEvent::LoadStarted {
                name: start.name.clone(),
                method: start.method.clone(),
                has_key: start.has_key,
                volume: start.volume.into(),
                concurrency: start.concurrency,
                mode: start.mode.into(),
            },
            Event::LoadProgressed(progress) => WireEvent::LoadProgressed {
                elapsed_ns: ns(progress.elapsed),
                total: progress.total,
                failed: progress.failed,
                p95_ns: progress.p95.map(ns),
            },
            Event::BenchmarkStarted { name, group } => {
                WireEvent::BenchmarkStarted { name: name.clone(), group: group.clone() }
            }
            Event::BenchmarkFinished(report) => WireEvent::BenchmarkFinished(Box::new((&**report).into())),
        }
    }
}

impl TryFrom<WireEvent> for Event {
    type Error = String;

    fn try_from(event: WireEvent) -> Result<Event, String> {
        Ok(match event {
            WireEvent::SuiteStarted { file, title, at_ns } => {
                Event::SuiteStarted { file: file.into(), title, at: date(at_ns) }
            }
            WireEvent::SuiteFinished { file, elapsed_ns, error } => {
                Event::SuiteFinished { file: file.into(), elapsed: Duration::from_nanos(elapsed_ns), error }
            }
            WireEvent::SetStarted { file, tests } => Event::SetStarted { file: file.into(), tests },
            WireEvent::SetStopped {} => Event::SetStopped,
            WireEvent::GivenUp { reason } => Event::GivenUp(reason.into()),
            WireEvent::TestSkipped(test) => Event::TestSkipped(Box::new(test.into())),
            WireEvent::RequestPrepared(preview) => Event::RequestPrepared(Box::new(Preview {
                name: preview.name,
                about: preview.about,
                method: preview.method,
                url: preview.url,
                headers: preview.headers,
                body: preview.body,
                delay: Duration::from_nanos(preview.delay_ns),
            })),
            WireEvent::HeadsExchanged { lines } => Event::HeadsExchanged(lines),
            WireEvent::DelayStarted { delay_ns } => Event::DelayStarted(Duration::from_nanos(delay_ns)),
            WireEvent::TestExpanded { name, group, tags, location, described, items: _, names } => {
                let (tags, described) = (Tags::new(tags), of_wire(described));
                let test = PlannedTest { name, group, tags, location: location.into(), described };
                Event::TestExpanded { test: Box::new(test), names }
            }
            WireEvent::TestStarted { name, group, location } => {
                Event::TestStarted { name, group, location: location.into() }
            }
            WireEvent::Warned { location, message } => Event::Warned(Box::new(Fault::new(location.into(), message))),
            WireEvent::AttemptFinished(notice) => Event::AttemptFinished(Box::new(AttemptNotice {
                name: notice.name,
                attempt: notice.attempt,
                answer: notice.answer,
                time: Duration::from_nanos(notice.time_ns),
            })),
            WireEvent::TestFinished(outcome) => Event::TestFinished(Box::new((*outcome).into())),
            WireEvent::RetryScheduled(notice) => Event::RetryScheduled(Box::new(RetryNotice {
                name: notice.name,
                method: notice.method,
                cause: notice.cause,
                attempt: notice.attempt,
                of: notice.of,
                delay: Duration::from_nanos(notice.delay_ns),
                origin: notice.origin,
                has_key: notice.has_key,
            })),
            WireEvent::AttemptsOmitted { name, count } => Event::AttemptsOmitted { name, count },
            WireEvent::GuardTold { message } => Event::GuardTold(message),
            WireEvent::GuardsReported(figures) => Event::GuardsReported(Box::new(figures.into())),
            WireEvent::Covered { document, operations } => {
                Event::Covered(Box::new(Coverage::from_json(document, &operations)))
            }
            WireEvent::LoadStarted { name, method, has_key, volume, concurrency, mode } => {
                Event::LoadStarted(Box::new(LoadStart {
                    name,
                    method,
                    has_key,
                    volume: volume.into(),
                    concurrency,
                    mode: mode.into(),
                }))
            }
            WireEvent::LoadProgressed { elapsed_ns, total, failed, p95_ns } => {
                let (elapsed, p95) = (Duration::from_nanos(elapsed_ns), p95_ns.map(Duration::from_nanos));
                Event::LoadProgressed(LoadProgress { elapsed, total, failed, p95 })
            }
            WireEvent::BenchmarkStarted { name, group } => Event::BenchmarkStarted { name, group },
            WireEvent::BenchmarkFinished(report) => Event::BenchmarkFinished(Box::new((*report).try_into()?)),
        })
    }
}

/// Most tests are not described.
fn described(described: &Option<Box<Described>>) -> Option<Box<WireDescribed>> {
    described.as_deref().map(|described| Box::new(described.into()))
}

fn of_wire(described: Option<Box<WireDescribed>>) -> Option<Box<Described>> {
    described.map(|described| Box::new((*described).into()))
}

/// Nanoseconds; what lasts longer than five centuries lasts five centuries.
fn ns(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

fn date_ns(date: SystemTime) -> u64 {
    date.duration_since(UNIX_EPOCH).map_or(0, ns)
}

fn date(ns: u64) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(ns)
}

/// An enum of the wire for one of the domain, with the same variants in snake case.
macro_rules! mirror {
    ($wire:ident of $domain:ty { $($variant:ident),+ $(,)? }) => {
        #[derive(serde::Serialize, serde::Deserialize, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        #[serde(rename_all = "snake_case")]
        pub(super) enum $wire { $($variant),+ }

        impl From<$domain> for $wire {
            fn from(value: $domain) -> $wire {
                match value { $(<$domain>::$variant => $wire::$variant),+ }
            }
        }

        impl From<$wire> for $domain {
            fn from(value: $wire) -> $domain {
                match value { $($wire::$variant => <$domain>::$variant),+ }
            }
        }
    };
}
use mirror;

#[cfg(test)]
mod tests;
