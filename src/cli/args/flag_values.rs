//! The words after a flag, understood.
//!
//! Owns: what each kind of value may be, and what is said of others. Does not: know which flag takes what
//! (see `flags`).

use std::sync::Arc;
use std::time::Duration;

use crate::cli::args::arguments::Arguments;
use crate::cli::args::wanted::StartAt;
use crate::exchange::request::Timeout;
use crate::exchange::url::{Treatment, target_with};
use crate::ground::byte_size;
use crate::ground::timestamp::from_rfc3339;
use crate::ground::value::Value;
use crate::report::Format;
use crate::retry::{RATE_LIMIT_FORM, RateLimit};
use crate::secrets::{shown_text, shown_url};
use crate::settings::precedence::{Origin, Setting};
use crate::settings::volume::Volume;
use crate::suite::{document, guards, measures};
use crate::variables::seeds::Seeds;

/// A setting of the command line.
pub(super) fn given<T>(value: T, flag: &'static str) -> Setting<T> {
    Setting::new(value, Origin::CommandLine(flag))
}

/// Keeps a text.
pub(super) fn keep(place: &mut Option<String>, text: &str) -> Result<(), String> {
    *place = Some(text.to_owned());
    Ok(())
}

/// Switches something on.
pub(super) fn yes(place: &mut bool) -> Result<(), String> {
    *place = true;
    Ok(())
}

/// A number, or what it must be.
pub(super) fn number<T: std::str::FromStr>(value: &str, allowed: &str) -> Result<T, String> {
    value.trim().parse().map_err(|_| format!("must be {allowed}, not \"{value}\""))
}

/// A number of processes; 0 stands for one a core.
pub(super) fn processes(value: &str) -> Result<usize, String> {
    const MOST: usize = 1024;
    if value.eq_ignore_ascii_case("auto") {
        return Ok(0);
    }
    let count: usize = number(value, "an integer, 0 or auto")?;
    if count > MOST { Err(format!("must be at most {MOST}, not {count}")) } else { Ok(count) }
}

/// A number of requests at once.
pub(super) fn concurrency(value: &str) -> Result<usize, String> {
    const ALLOWED: &str = "an integer from 1 to 10000";
    let concurrency: usize = number(value, ALLOWED)?;
    if (1..=10_000).contains(&concurrency) { Ok(concurrency) } else { Err(format!("must be {ALLOWED}, not {value}")) }
}

/// `--rate`: a number that no load run can have is no error of the line, but of what it asks for.
pub(super) fn rate(arguments: &mut Arguments, value: &str) -> Result<(), String> {
    let rate: f64 = number(value.trim().trim_end_matches("/s"), "a number of requests a second")?;
    if !measures::RATES.contains(&rate) {
        arguments.out_of_range.push(format!("option --rate must be from 0.001 to 10000000, not {value}"));
    }
    arguments.settings.layer.rate = Some(given(rate, "rate"));
    Ok(())
}

/// `--seed`.
pub(super) fn seed(arguments: &mut Arguments, seed: u64) {
    arguments.seeds = Arc::new(Seeds::new(Some(seed)));
    arguments.settings.seed = Some(seed);
}

/// `--repeat`.
pub(super) fn repeat(arguments: &mut Arguments, value: &str) -> Result<(), String> {
    let count: i128 = number(value, "a number of requests")?;
    match u64::try_from(count).ok().filter(|count| *count > 0) {
        Some(count) => arguments.settings.layer.volume = Some(given(Volume::Requests(count), "repeat")),
        None if count < 1 => arguments.out_of_range.push(format!("option --repeat must be 1 or more, not {value}")),
        None => arguments.out_of_range.push(format!("option --repeat must be at most {}, not {value}", u64::MAX)),
    }
    Ok(())
}

/// `--duration`.
pub(super) fn duration(arguments: &mut Arguments, value: &str) -> Result<(), String> {
    let limit = measures::parse_duration(value)
        .ok_or_else(|| format!("must be a time such as 10s, 500ms or 2m, not \"{value}\""))?;
    if limit.is_zero() {
        arguments.out_of_range.push(format!("option --duration must be a time above 0, not {value}"));
    }
    arguments.settings.layer.volume = Some(given(Volume::Duration(limit), "duration"));
    Ok(())
}

/// `--start-at`.
pub(super) fn start_at(value: &str) -> Result<StartAt, String> {
    let wait = value.trim().strip_prefix('+').map(|wait| measures::parse_duration(wait).map(StartAt::After));
    wait.unwrap_or_else(|| from_rfc3339(value.trim()).map(StartAt::At))
        .ok_or_else(|| format!("must be a time such as 2026-03-01T09:00:00Z, or +10s from now, not \"{value}\""))
}

/// `--fail-on-slower`, as a share.
pub(super) fn slower(value: &str) -> Result<f64, String> {
    if value.is_empty() {
        return Ok(0.0);
    }
    let number: Option<f64> = value.trim().trim_end_matches('%').trim().parse().ok();
    number
        .filter(|percent| percent.is_finite() && *percent >= 0.0)
        .map(|percent| percent / 100.0)
        .ok_or_else(|| format!("must be percent, 0 or more, such as 10 or 10%, not \"{value}\""))
}

/// `--tags`: words with commas between them.
pub(super) fn tags(list: &str, mut take: impl FnMut(&str)) -> Result<(), String> {
    each_tag(list, |tag| {
        if let Some(left_out) = tag.strip_prefix('-') {
            return Err(format!(
                "names tags of tests that run, not \"{tag}\"; --skip-tags {left_out} leaves tests out"
            ));
        }
        take(tag);
        Ok(())
    })
}

/// `--skip-tags`: words with commas between them.
pub(super) fn skip_tags(list: &str, mut take: impl FnMut(&str)) -> Result<(), String> {
    each_tag(list, |tag| {
        if let Some(tag) = tag.strip_prefix('-') {
            return Err(format!("leaves tests out by itself: write {tag} without the -"));
        }
        take(tag);
        Ok(())
    })
}

fn each_tag(list: &str, take: impl FnMut(&str) -> Result<(), String>) -> Result<(), String> {
    let tags: Vec<&str> = list.split(',').map(str::trim).collect();
    if tags.contains(&"") {
        return Err(format!("must be tags with commas between them, such as slow,eu, not \"{list}\""));
    }
    tags.into_iter().try_for_each(take)
}

/// Seconds; fractions count.
pub(super) fn seconds(value: &str) -> Result<Duration, String> {
    let seconds: Option<f64> = value.trim().parse().ok();
    seconds
        .and_then(|seconds| Duration::try_from_secs_f64(seconds).ok())
        .ok_or_else(|| format!("must be a number of seconds, 0 or more, not \"{value}\""))
}

/// A bound on time in seconds; 0 is none.
pub(super) fn bound(value: &str) -> Result<Timeout, String> {
    let limit = seconds(value)?;
    Ok(if limit.is_zero() { Timeout::Unlimited } else { Timeout::After(limit) })
}

/// `--max-time`.
pub(super) fn max_time(arguments: &mut Arguments, value: &str) -> Result<(), String> {
    let limit = seconds(value)?;
    if limit.is_zero() {
        return Err("must be a number of seconds above 0".to_owned());
    }
    arguments.max_time = Some(limit);
    Ok(())
}

/// `--rate-limit`; nothing where it is 0.
pub(super) fn rate_limit(value: &str) -> Result<Option<RateLimit>, String> {
    guards::parse_rate_limit(value).ok_or_else(|| format!("must be {RATE_LIMIT_FORM}, not \"{value}\""))
}

/// A size in bytes, or with a unit.
pub(super) fn byte_size(value: &str) -> Result<u64, String> {
    byte_size::parse(value).ok_or_else(|| format!("must be {}, not \"{value}\"", byte_size::ALLOWED))
}

/// A report and its file.
pub(super) fn report(arguments: &mut Arguments, format: Format, file: &str) -> Result<(), String> {
    if file.is_empty() {
        return Err("needs the name of a file, or - for stdout".to_owned());
    }
    // Each one is written: what an earlier run left in any of them does not stay.
    let wanted = (format, file.to_owned());
    if arguments.reports.files.contains(&wanted) {
        return Ok(());
    }
    arguments.reports.files.push(wanted);
    Ok(())
}

/// The URL of a Pushgateway; without a path it is that of a job.
pub(super) fn gateway(url: &str) -> Result<String, String> {
    let wrong = |why: &str| {
        let shown = shown_url(url);
        format!("must be the URL of a Pushgateway, such as http://localhost:9091, not \"{shown}\"{why}")
    };
    if !url.starts_with("http://") && !url.starts_with("https://") {
        return Err(wrong(""));
    }
    target_with(url, Treatment::default()).map_err(|why| wrong(&format!(": {why}")))?;
    let after = url.find("://").map_or(0, |at| at + 3);
    let path = url[after..].find(['/', '?', '#']).map_or("", |at| &url[after + at..]);
    Ok(if matches!(path, "" | "/") {
        format!("{}/metrics/job/resttest", url.trim_end_matches('/'))
    } else {
        url.to_owned()
    })
}

/// `20%` or `0.2`, in thousandths.
pub(super) fn share(value: &str) -> Result<u32, String> {
    guards::thousandths(value)
        .map_err(|meant| format!("must be a number from 0 to 1, or percent such as 20%, not \"{value}\"{meant}"))
}

/// `5`, `5%`, `2.5 %`.
pub(super) fn percent(value: &str) -> Result<f64, String> {
    let number: Option<f64> = value.trim().trim_end_matches('%').trim().parse().ok();
    number
        .filter(|percent| percent.is_finite() && *percent >= 0.0)
        .ok_or_else(|| format!("must be percent of the requests, 0 or more, such as 5 or 5%, not \"{value}\""))
}

/// `true` or `false` in any case.
pub(super) fn boolean(value: &str) -> Result<bool, String> {
    match value.to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(format!("must be true or false, not \"{value}\"")),
    }
}

/// `--vars`: a mapping as YAML or JSON.
pub(super) fn variables(text: &str) -> Result<Vec<(String, Value)>, String> {
    match document::read_value(text) {
        Ok(Value::Dict(dict)) => Ok(dict.iter().map(|(name, value)| (name.to_text(), value.clone())).collect()),
        // `--vars "$UNSET"`, `[]`, `0`: what is false in Python is no variables.
        Ok(nothing) if !nothing.is_truthy() => Ok(Vec::new()),
        Ok(other) => Err(format!("must be a mapping such as {{id: 7}}, not {}", shown_text(&other.repr()))),
        Err(message) => Err(format!("is not YAML: {message}")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vars_that_are_false_in_python_are_none() {
        for text in ["", "''", "[]", "{}", "0", "false", "~"] {
            assert!(variables(text).is_ok_and(|variables| variables.is_empty()), "{text}");
        }
        assert!(variables("[1]").is_err() && variables("7").is_err());
    }
}
