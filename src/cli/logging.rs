//! What a log level governs: `LEVEL:message` on stderr, or an object of JSON a line.

use std::borrow::Cow;
use std::io::{IsTerminal as _, Write as _};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::SystemTime;

use log::LevelFilter;
use serde::Serialize;

use super::complaint::{self, Marks};
use super::environment::ci_systems;
use super::streams::{columns, for_stderr, make_room, no_color};
use crate::ground::source::Fault;
use crate::ground::timestamp::rfc3339;
use crate::secrets::Secrets;

/// Whether `--log-format json` holds: for errors, too, which are not of the log.
static JSON: AtomicBool = AtomicBool::new(false);

/// Whether `--skip-term-colors` holds.
static SKIP_COLOURS: AtomicBool = AtomicBool::new(false);

/// What no line of the log, and no error, may hold: the secrets that are known before the run.
static HIDDEN: OnceLock<Secrets> = OnceLock::new();

/// A line of the log.
#[derive(Serialize)]
struct Line<'l> {
    ts: String,
    level: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    target: Option<&'l str>,
    message: &'l str,
}

use crate::settings::precedence::resolve;
use crate::settings::run_settings::Settings;

/// INFO tells what the command line sets for all suites.
pub fn announce(settings: &Settings) {
    let effective = resolve(&[&settings.layer]);
    let retry = effective.retry();
    if retry.max_retries > 0 {
        let (base, max) = (retry.backoff_base.as_secs_f64(), retry.backoff_max.as_secs_f64());
        log::info!("Retry enabled: max_retries={}, backoff_base={base:?}s, backoff_max={max:?}s", retry.max_retries);
    }
    if let Some(concurrency) = effective.concurrency.value {
        log::info!("Max concurrency set to: {concurrency}");
    }
}

/// Keeps these out of all lines from now on. What is met in a run, the engines take out of what they tell.
pub fn hide(secrets: Secrets) {
    let _ = HIDDEN.set(secrets);
}

fn clean(text: String) -> String {
    match HIDDEN.get().map(|secrets| secrets.redact(&text)) {
        Some(Cow::Owned(clean)) => clean,
        _ => text,
    }
}

/// The level of a word, or the word.
fn filter_of(level: Option<&str>) -> Result<LevelFilter, String> {
    match level.map(str::to_ascii_lowercase).as_deref() {
        None | Some("warning" | "warn") => Ok(LevelFilter::Warn),
        Some("debug") => Ok(LevelFilter::Debug),
        Some("info") => Ok(LevelFilter::Info),
        Some("error") => Ok(LevelFilter::Error),
        // Python knows CRITICAL above ERROR; nothing here is worse than an error.
        Some("critical" | "off" | "none") => Ok(LevelFilter::Off),
        Some(other) => Err(other.to_owned()),
    }
}

/// Sets the log level; an unknown one is a warning and the default.
pub fn start(level: Option<&str>, json: bool) {
    // Only our own words: a library's debug lines would show headers before secrets are taken out.
    if let Some(unknown) = start_of("resttest", level, json) {
        log::warn!("unknown log level \"{unknown}\"; one of debug, info, warning, error, critical");
    }
}

/// The same in a process of parallel suites. All but what programs of others say there is told by the one that started it.
pub fn start_in_child(level: Option<&str>, json: bool) {
    let _ = start_of("resttest::extension", level, json);
}

fn start_of(module: &str, level: Option<&str>, json: bool) -> Option<String> {
    JSON.store(json, Ordering::Relaxed);
    let filter = filter_of(level);
    let mut builder = env_logger::Builder::new();
    builder.filter_module(module, *filter.as_ref().unwrap_or(&LevelFilter::Warn));
    builder.target(env_logger::Target::Stderr);
    builder.format(move |out, record| {
        make_room();
        let level = match record.level() {
            log::Level::Error => "ERROR",
            log::Level::Warn => "WARNING",
            log::Level::Info => "INFO",
            log::Level::Debug | log::Level::Trace => "DEBUG",
        };
        if json {
            let message = clean(record.args().to_string());
            writeln!(out, "{}", line(level, Some(record.target()), &message))
        } else {
            writeln!(out, "{}", ci_systems().harmless(&for_stderr(&clean(format!("{level}:{}", record.args())))))
        }
    });
    // A second start in one process (a library's user has its own logger) keeps the first.
    let _ = builder.try_init();
    filter.err()
}

/// Chooses the form of errors that come before the log is started: its level may stand in a file.
pub fn choose_form(json: bool, skip_colours: bool) {
    JSON.store(json, Ordering::Relaxed);
    SKIP_COLOURS.store(skip_colours, Ordering::Relaxed);
}

/// Says on stderr what is wrong, whatever the level.
pub fn complain(message: &str) {
    write_error(message, || complaint::plainly(message, marks()));
}

/// Says on stderr what is wrong at a place of a file, and shows the line there.
pub fn complain_of(fault: &Fault) {
    write_error(&fault.to_string(), || complaint::picture(fault, marks()));
}

fn write_error(message: &str, shown: impl Fn() -> String) {
    make_room();
    let mut err = std::io::stderr().lock();
    let _ = if JSON.load(Ordering::Relaxed) {
        writeln!(err, "{}", line("ERROR", None, &clean(message.to_owned())))
    } else {
        writeln!(err, "{}", ci_systems().harmless(&clean(shown())))
    };
}

/// How errors are marked on what stderr is.
fn marks() -> Marks {
    if !std::io::stderr().is_terminal() {
        return Marks::default();
    }
    let coloured = !SKIP_COLOURS.load(Ordering::Relaxed) && !no_color();
    Marks { coloured, on_terminal: true, columns: columns() }
}

fn line(level: &'static str, target: Option<&str>, message: &str) -> String {
    let line = Line { ts: rfc3339(SystemTime::now()), level, target, message };
    ci_systems().harmless_json(&serde_json::to_string(&line).unwrap_or_default()).into_owned()
}
