//! `--report-html`: the run as one page that needs no network and no script.
//!
//! Owns: what stands where: figures, failures first, groups, load charts, then every test.
//! Does not: draw charts (see `chart`), let anything of an answer out of its text.

mod load;

use std::fmt::Write as _;
use std::time::Duration;

use super::case::{Case, cases, failed};
use super::pretty_json::pretty;
use super::text::{attribute, escape, time};
use crate::ground::printable::{lines, one_line};
use crate::ground::timestamp::rfc3339;
use crate::judge::outcome::Outcome;
use crate::record::run_record::{RunRecord, SuiteRecord, Totals};

/// No body is shown longer.
const LONGEST_BODY: usize = 16 * 1024;

/// What bodies are cut to when the page has had its share of them: it must open fast, however many tests failed.
const LITTLE_BODY: usize = 512;

/// So much of bodies and commands a page shows in full length.
const ROOM: usize = 2 * 1024 * 1024;

/// So many failures are open; the others open when they are clicked.
const MOST_OPEN: usize = 50;

/// Of base URLs that nobody named, no more are shown.
const MOST_ORIGINS: usize = 3;

const STYLE: &str = include_str!("page.css");

/// The page.
pub fn to_html(run: &RunRecord) -> String {
    let totals = run.totals();
    let word = verdict_of(run);
    let mut out = format!(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <meta name=\"color-scheme\" content=\"light dark\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'\">\n\
         <title>resttest: {} of {} passed</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<main>\n",
        totals.passed, totals.total
    );
    let _ = writeln!(
        out,
        "<h1>resttest <span class=\"badge {}\">{word}</span></h1>\n{}<p class=\"faint\">{} · {} · resttest {}</p>",
        if run.succeeded() { "passed" } else { "failed" },
        base(run),
        rfc3339(run.started).replace('T', " ").replace("+00:00", " UTC"),
        time(run.elapsed),
        env!("CARGO_PKG_VERSION")
    );
    tiles(&mut out, totals);
    guards(&mut out, run);
    failures(&mut out, run);
    groups(&mut out, run);
    load::loads(&mut out, run);
    for suite in &run.suites {
        suite_table(&mut out, suite, longest(run));
    }
    out.push_str("</main>\n</body>\n</html>\n");
    out
}

/// What the URLs of the tests have in common: the base URL, or where nobody named one, the servers.
fn base(run: &RunRecord) -> String {
    let mut urls: Vec<&str> = run.base_urls.iter().map(String::as_str).collect();
    if urls.is_empty() {
        for url in run.suites.iter().flat_map(|suite| &suite.tests).map(|test| origin(&test.url)) {
            if !url.is_empty() && !urls.contains(&url) && urls.len() < MOST_ORIGINS {
                urls.push(url);
            }
        }
    }
    let urls: Vec<String> = urls.into_iter().map(|url| format!("<span>{}</span>", shown(url))).collect();
    if urls.is_empty() { String::new() } else { format!("<p class=\"base\">{}</p>\n", urls.join(" ")) }
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let Some(host) = url.find("://").map(|at| at + 3) else { return "" };
    let end = url[host..].find(['/', '?', '#']).map_or(url.len(), |at| host + at);
    &url[..end]
}

/// Text of others: nothing in it is markup, and a character that would turn the lines around is a picture of itself.
fn shown(text: &str) -> String {
    escape(&lines(text))
}

fn verdict_of(run: &RunRecord) -> &'static str {
    match (run.interrupted, run.succeeded()) {
        (true, _) => "interrupted",
        (false, true) => "passed",
        (false, false) => "failed",
    }
}

fn tiles(out: &mut String, totals: Totals) {
    let tiles: [(&str, &str, u64); 7] = [
        ("tests", "", totals.total),
        ("passed", "passed", totals.passed),
        ("failed", "failed", totals.failed),
        ("errored", "errored", totals.errored),
        ("flaky", "flaky", totals.flaky),
        ("not run", "", totals.skipped),
        ("retries", "", totals.retries),
    ];
    out.push_str("<div class=\"tiles\">");
    for (name, class, count) in tiles {
        let class = if count > 0 { class } else { "" };
        let _ = write!(out, "<div class=\"tile\"><b class=\"{class}\">{count}</b><span>{name}</span></div>");
    }
    out.push_str("</div>\n");
    share(out, totals);
}

/// What budgets of retries, circuit breakers and rates did.
fn guards(out: &mut String, run: &RunRecord) {
    let Some(guards) = run.guards() else { return };
    let budget =
        guards.granted.map(|granted| format!("retry budget: {granted} retries granted, {} refused", guards.refused));
    let breakers = guards.breakers.iter().filter(|breaker| breaker.opened > 0 || breaker.refused > 0).map(|breaker| {
        let state = if breaker.is_open { "open at the end" } else { "closed at the end" };
        let (origin, opened, refused) = (shown(&breaker.origin), breaker.opened, breaker.refused);
        format!("circuit of {origin}: opened {opened} times, {refused} tests not sent, {state}")
    });
    let rates = guards.rates.iter().map(|rate| format!("rate limit {}: {} sends", rate.limit, rate.sends));
    for line in budget.into_iter().chain(breakers).chain(rates) {
        let _ = writeln!(out, "<p class=\"faint\">{line}</p>");
    }
}

/// Passed, flaky, failed and errored as parts of one bar.
fn share(out: &mut String, totals: Totals) {
    if totals.total == 0 {
        return;
    }
    out.push_str("<div class=\"share\">");
    let parts = [
        ("passed", totals.passed - totals.flaky),
        ("flaky", totals.flaky),
        ("failed", totals.failed),
        ("errored", totals.errored),
    ];
    for (class, count) in parts.into_iter().filter(|(_, count)| *count > 0) {
        let _ = write!(
            out,
            "<i class=\"{class}\" style=\"width:{:.2}%\" title=\"{count} {class}\"></i>",
            count as f64 * 100.0 / totals.total as f64
        );
    }
    out.push_str("</div>\n");
}

fn failures(out: &mut String, run: &RunRecord) {
    let bad = failed(run);
    if bad.is_empty() && run.faults.is_empty() {
        return;
    }
    out.push_str("<h2>Failures</h2>\n");
    for fault in &run.faults {
        let _ = writeln!(
            out,
            "<div class=\"case errored\"><p class=\"inside fault\"><span class=\"badge errored\">error</span> {}</p></div>",
            shown(&fault.to_string())
        );
    }
    let mut room = ROOM;
    for (number, (_, case)) in bad.iter().enumerate() {
        let class = case.verdict.name();
        let group = if case.group.is_empty() { String::new() } else { format!("{} · ", shown(case.group)) };
        let _ = writeln!(
            out,
            "<details class=\"case {class}\"{}><summary><span class=\"badge {class}\">{class}</span> <b>{}</b> <span class=\"faint\">{group}{}</span></summary>\n<div class=\"inside\"><pre>{}</pre>",
            if number < MOST_OPEN { " open" } else { "" },
            shown(case.name),
            shown(&case.location.line()),
            shown(&case.lines().join("\n"))
        );
        if let Some(test) = case.test {
            exchange(out, test, &mut room, number < MOST_OPEN);
        }
        trace(out, case.test, run.trace_url.as_deref());
        if let Some(curl) = case.curl.filter(|curl| curl.pretty.len() < room.max(LONGEST_BODY)) {
            room = room.saturating_sub(curl.pretty.len());
            part(out, "the same request again", "curl", &curl.pretty, number < MOST_OPEN);
        }
        out.push_str("</div></details>\n");
    }
}

/// The trace that the requests of a test belong to, with a link to where it is shown.
fn trace(out: &mut String, test: Option<&Outcome>, url: Option<&str>) {
    let Some(trace) = test.and_then(Outcome::trace_id) else { return };
    let _ = match url {
        Some(url) => {
            let url = attribute(&url.replace("{trace_id}", trace));
            writeln!(out, "<p class=\"faint\">trace: <a href=\"{url}\" rel=\"noreferrer\">{trace}</a></p>")
        }
        None => writeln!(out, "<p class=\"faint\">trace: {trace}</p>"),
    };
}

/// What was asked, every send, the answer.
fn exchange(out: &mut String, test: &Outcome, room: &mut usize, is_full: bool) {
    let status = test.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    let _ = writeln!(out, "<p class=\"faint asked\">{} {} → {status}</p>", shown(&test.method), shown(&test.url));
    attempts(out, test);
    let most = if *room > LONGEST_BODY { LONGEST_BODY } else { LITTLE_BODY };
    if let Some((shown, missing)) =
        test.body_beginning(most).filter(|(shown, missing)| !shown.is_empty() || *missing > 0)
    {
        *room = room.saturating_sub(shown.len());
        let mut text = pretty(shown, missing > 0).unwrap_or_else(|| shown.to_owned());
        if missing > 0 {
            let _ = write!(text, "\n… {missing} more bytes");
        }
        part(out, &format!("answer{}", media_type(test)), "answer", &text, is_full);
    }
    if let Some(headers) = test.headers.as_ref().filter(|headers| is_full && !headers.is_empty()) {
        let lines: Vec<String> = headers.iter().map(|(name, value)| format!("{name}: {value}")).collect();
        let _ = writeln!(
            out,
            "<details><summary class=\"faint\">headers of the answer</summary><pre>{}</pre></details>",
            shown(&lines.join("\n"))
        );
    }
}

/// A text with what it is; it can be closed where the page is not full of them.
fn part(out: &mut String, name: &str, class: &str, text: &str, can_close: bool) {
    let (name, text) = (shown(name), shown(text));
    let _ = match can_close {
        true => writeln!(
            out,
            "<details open><summary class=\"faint\">{name}</summary><pre class=\"{class}\">{text}</pre></details>"
        ),
        false => writeln!(out, "<p class=\"faint\">{name}</p><pre class=\"{class}\">{text}</pre>"),
    };
}

/// `, application/json` as far as the answer says so.
fn media_type(test: &Outcome) -> String {
    let header = test.headers.iter().flatten().find(|(name, _)| name.eq_ignore_ascii_case("content-type"));
    let media = header.map_or("", |(_, value)| value.split(';').next().unwrap_or_default().trim());
    if media.is_empty() { String::new() } else { format!(", {media}") }
}

fn attempts(out: &mut String, test: &Outcome) {
    if test.polls > 0 {
        let word = if test.polls == 1 { "poll" } else { "polls" };
        let sends = test.earlier_attempts + test.attempts.len() as u64;
        let _ = writeln!(out, "<div class=\"faint\">{} {word}, sent {sends} times</div>", test.polls);
    }
    if test.attempts.len() < 2 {
        return;
    }
    let came: Vec<String> = test
        .attempts
        .iter()
        .map(|attempt| {
            let what = match (attempt.status, &attempt.error) {
                (Some(status), _) => status.to_string(),
                (None, error) => error.clone().unwrap_or_else(|| "no answer".to_owned()),
            };
            let why = if attempt.is_asked_for { " as the server asked" } else { "" };
            let wait = attempt.delay.map_or_else(String::new, |delay| format!(", waited {}{why}", time(delay)));
            format!("{} in {}{wait}", shown(&what), time(attempt.time))
        })
        .collect();
    let _ = writeln!(out, "<div class=\"faint\">{} attempts: {}</div>", came.len(), came.join("; "));
}

fn groups(out: &mut String, run: &RunRecord) {
    let groups = run.groups();
    if groups.is_empty() {
        return;
    }
    out.push_str("<h2>Groups</h2>\n<table class=\"groups\"><thead><tr><th>group</th><th class=\"num\">passed</th><th class=\"num\">run</th><th class=\"wide\"></th></tr></thead><tbody>\n");
    for (name, count) in groups {
        let class = if count.failed() == 0 { "passed" } else { "failed" };
        let _ = write!(
            out,
            "<tr><td class=\"group {class}\" title=\"{}\">{}</td><td class=\"num\">{}</td><td class=\"num\">{}</td><td class=\"wide\">",
            attribute(&one_line(name)),
            shown(name),
            count.passed,
            count.total
        );
        share(out, Totals { total: count.total, passed: count.passed, failed: count.failed(), ..Totals::default() });
        out.push_str("</td></tr>\n");
    }
    out.push_str("</tbody></table>\n");
}

/// The longest test of the run: what all time bars are measured by.
fn longest(run: &RunRecord) -> Duration {
    run.suites
        .iter()
        .flat_map(cases)
        .filter(|case| case.error.is_none())
        .map(|case| case.duration)
        .max()
        .unwrap_or_default()
}

fn suite_table(out: &mut String, suite: &SuiteRecord, longest: Duration) {
    let totals = suite.totals();
    let title = suite
        .title
        .as_deref()
        .map_or_else(String::new, |title| format!(" <span class=\"faint\">{}</span>", shown(title)));
    let left_out = match suite.skipped.len() {
        0 => String::new(),
        count => format!(", {count} not run"),
    };
    let _ = writeln!(
        out,
        "<h2 title=\"{}\">{}{title}</h2>\n<p class=\"faint\">{} of {} passed{left_out}, {}</p>",
        attribute(&one_line(&suite.file)),
        shown(&suite.file),
        totals.passed,
        totals.total,
        time(suite.elapsed)
    );
    let cases = cases(suite);
    if cases.is_empty() {
        return;
    }
    out.push_str("<table class=\"tests\"><thead><tr><th></th><th>test</th><th class=\"group\">group</th><th class=\"num\">status</th><th class=\"num\">time</th><th class=\"wide\"></th></tr></thead><tbody>\n");
    for case in &cases {
        row(out, case, longest);
    }
    out.push_str("</tbody></table>\n");
}

fn row(out: &mut String, case: &Case<'_>, longest: Duration) {
    let class = case.verdict.name();
    let _ =
        write!(out, "<tr><td><span class=\"badge {class}\">{class}</span></td><td class=\"name\">{}", shown(case.name));
    if let Some(test) = case.test {
        let _ = write!(out, "<div class=\"url\">{} {}</div>", shown(&test.method), shown(&test.url));
        attempts(out, test);
    }
    if !case.tags.is_empty() {
        let _ = write!(out, "<div class=\"url\">tags: {}</div>", shown(&case.tags.join(", ")));
    }
    if let Some(reason) = case.skipped {
        let _ = write!(out, "<div class=\"url\">{}</div>", shown(reason));
    }
    let status = case.test.and_then(|test| test.status).map_or_else(|| "-".to_owned(), |status| status.to_string());
    // A long group's end may be out of sight.
    let title = match case.group.chars().count() {
        0..=20 => String::new(),
        _ => format!(" title=\"{}\"", attribute(&one_line(case.group))),
    };
    if case.skipped.is_some() {
        let group = shown(case.group);
        let _ = writeln!(
            out,
            "</td><td class=\"group\"{title}>{group}</td><td class=\"num status\"></td><td class=\"num\">-</td><td class=\"wide\"></td></tr>"
        );
        return;
    }
    let share = case.duration.as_secs_f64() / longest.as_secs_f64().max(f64::MIN_POSITIVE) * 100.0;
    let _ = writeln!(
        out,
        "</td><td class=\"group\"{title}>{}</td><td class=\"num status\">{status}</td><td class=\"num\">{}</td><td class=\"wide\"><span class=\"time\" style=\"width:{:.1}%\"></span></td></tr>",
        shown(case.group),
        time(case.duration),
        share.clamp(0.3, 100.0)
    );
}

#[cfg(test)]
mod tests;
