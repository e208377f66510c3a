//! The suite that does what `check` or `load` was told: it is what runs, and what `--save` writes.
//!
//! Owns: its keys and their order. Does not: read it (see `suite`), run it (see `commands`).

use std::ops::Range;
use std::path::Path;
use std::time::Duration;

use super::Wrong;
use super::body::Given;
use super::goal::Goal;
use super::lines::Lines;
use super::variables::{self, Variables};
use crate::cli::args::arguments::Arguments;
use crate::cli::args::auth_wanted::Wanted;
use crate::cli::args::command::Command;
use crate::cli::args::expectation::{Expectation, Expected, Holds};
use crate::cli::args::request_words::RequestWords;
use crate::exchange::request::Timeout;
use crate::load::plan::Mode;
use crate::settings::precedence::{Layer, Setting};
use crate::settings::volume::Volume;
use crate::suite::yaml_text as yaml;

/// How much load is made where nobody says.
const REQUESTS: u64 = 200;

/// How many requests are under way at once where nobody says.
const CONNECTIONS: usize = 50;

/// A suite as text.
pub struct SuiteText {
    /// Its lines.
    pub lines: Lines,
    /// What its variables are.
    pub variables: Variables,
    /// The lines that bind the variables, from and up to: without them, they are bound from outside.
    binding: Vec<Range<usize>>,
}

impl SuiteText {
    /// The text without the lines that bind its variables; all others stand where they stand in the whole.
    pub fn without_bindings(&self) -> String {
        let is_binding = |at: &usize| self.binding.iter().any(|lines| lines.contains(at));
        let line = |(at, line): (usize, &str)| format!("{}\n", if is_binding(&at) { "#" } else { line });
        self.lines.text().lines().enumerate().map(line).collect()
    }
}

/// Writes the suite of a command.
///
/// # Errors
/// Words that do not go together, a body that cannot be read.
pub fn write(goal: &Goal, arguments: &Arguments) -> Result<SuiteText, Wrong> {
    let words = &arguments.request;
    let body = Given::of(words)?;
    let mut variables = Variables::default();
    let mut test = Lines::default();
    let method = request_lines(goal, arguments, body.as_ref(), &mut test, &mut variables)?;
    retry_lines(arguments, &mut test);
    expectation_lines(words, &mut test)?;
    if arguments.command == Command::Load {
        load_lines(arguments, &mut test)?;
    }
    let mut lines = Lines::default();
    head_lines(goal, arguments, &variables, &mut lines);
    let mut binding = Vec::new();
    let mut begin = lines.count();
    let limit = arguments.max_time.filter(|_| arguments.command != Command::Load);
    let limit = limit.filter(|_| set(arguments, |layer| layer.timeout.as_ref()).is_none());
    if limit.is_some() || !variables.values().is_empty() {
        lines.push(0, "- config:");
    }
    if let Some(limit) = limit {
        lines.of("--max-time").push(2, format!("timeout: {}", limit.as_secs_f64())).of("");
        begin = lines.count();
    }
    if !variables.values().is_empty() {
        lines.push(2, "generators:");
        for (name, _) in variables.values() {
            lines.push(3, format!("{name}: {{type: env_variable, variable_name: {name}}}"));
        }
        binding.push(begin..lines.count());
    }
    let path = goal.path.split('?').next().unwrap_or_default();
    lines.push(0, "- test:").push(2, format!("name: {}", yaml::text(&format!("{method} {path}"))));
    if !variables.values().is_empty() {
        let binds: Vec<String> = variables.values().iter().map(|(name, _)| format!("{name}: {name}")).collect();
        binding.push(lines.count()..lines.count() + 1);
        lines.push(2, format!("generator_binds: {{{}}}", binds.join(", ")));
    }
    lines.append(test);
    Ok(SuiteText { lines, variables, binding })
}

/// What the file says to whoever opens it.
fn head_lines(goal: &Goal, arguments: &Arguments, variables: &Variables, lines: &mut Lines) {
    let words = &arguments.request;
    let file = words.save.as_deref().unwrap_or(Path::new("FILE.yaml")).display().to_string();
    let mut call = format!("resttest {} {file}", goal.origin);
    if let Some(limit) = arguments.max_time {
        call.push_str(&format!(" --max-time {}", limit.as_secs_f64()));
    }
    if let Some(Some(limit)) = set(arguments, |layer| layer.guards.as_deref()?.rate_limit.as_ref()) {
        call.push_str(&format!(" --rate-limit {limit}"));
    }
    if let Some(file) = &arguments.auth.file {
        call.push_str(&format!(" --auth {file}"));
    }
    if arguments.settings.ssl_insecure {
        call.push_str(" --ssl-insecure");
    }
    let one_line = |text: String| text.replace(['\n', '\r'], " ");
    lines.push(0, format!("# Written by {} --save. It runs with:", arguments.command));
    if variables.values().is_empty() {
        lines.push(0, one_line(format!("#   {call}")));
        return;
    }
    let given: Vec<String> = variables.values().iter().map(|(name, _)| format!("{name}=…")).collect();
    lines.push(0, one_line(format!("#   {} {call}", given.join(" "))));
    lines.push(
        0,
        "# What is secret is not written here: each $NAME below comes from the environment, or else from --vars.",
    );
}

/// URL, method, headers, authentication and body; the method comes back.
fn request_lines(
    goal: &Goal,
    arguments: &Arguments,
    body: Option<&Given>,
    lines: &mut Lines,
    variables: &mut Variables,
) -> Result<String, Wrong> {
    let words = &arguments.request;
    let block = arguments.auth.block().map_err(Wrong::Usage)?;
    url_line(goal, lines, variables);
    let default = if body.is_some() { "POST" } else { "GET" };
    let method = words.method.as_deref().map_or_else(|| default.to_owned(), str::to_uppercase);
    lines.of("-X");
    match (method.as_str(), body) {
        ("HEAD", Some(given)) => {
            return Err(Wrong::Usage(format!(
                "option {} is a body, and HEAD has none; leave one of them out",
                given.option
            )));
        }
        ("GET", None) => {}
        ("GET", Some(_)) => {
            // A GET sends no body in a suite, unless it is a POST by another name.
            lines.push(2, "method: POST").push(2, "curl_option_customrequest: GET");
        }
        (method, _) => {
            lines.push(2, format!("method: {}", yaml::text(method)));
        }
    }
    if let Some(mut wanted) = block.filter(|wanted| wanted.kind != "basic") {
        if let Some((name, password)) = goal.userinfo.as_ref().filter(|_| wanted.wants_user()) {
            wanted.values.extend([("username", name.as_str()), ("password", password.as_str())]);
        }
        auth_lines(&wanted, lines, variables);
    } else if let Some((name, password)) = words.user.as_ref().or(goal.userinfo.as_ref()) {
        lines.of("-u").push(2, format!("auth_username: {}", yaml::text(name)));
        lines.push(2, format!("auth_password: {{template: {}}}", yaml::quoted(&variables.hide("password", password))));
    }
    if words.follows_redirects {
        lines.of("-L").push(2, "curl_option_followlocation: true");
    }
    header_lines(words.headers.clone(), body, lines, variables);
    if let Some(body) = body {
        body.write(2, lines, variables);
    }
    Ok(method)
}

/// Authentication other than Basic.
fn auth_lines(wanted: &Wanted<'_>, lines: &mut Lines, variables: &mut Variables) {
    let mut block = format!("auth: {{type: {}", wanted.kind);
    for (name, value) in &wanted.values {
        let value = match *name {
            "password" | "secret_access_key" | "token" => {
                format!("{{template: {}}}", yaml::quoted(&variables.hide(name, value)))
            }
            _ => yaml::text(value),
        };
        block.push_str(&format!(", {name}: {value}"));
    }
    lines.of(format!("--{}", wanted.flag)).push(2, format!("{block}}}"));
}

fn url_line(goal: &Goal, lines: &mut Lines, variables: &mut Variables) {
    let (path, query) = goal.path.split_once('?').unwrap_or((&goal.path, ""));
    let template = match query {
        "" => variables::plain(path),
        query => format!("{}?{}", variables::plain(path), variables.pairs(query)),
    };
    // What begins with two slashes would be another host.
    let base = if goal.path.starts_with("//") { goal.origin.as_str() } else { "" };
    lines.of("URL");
    if variables.values().is_empty() {
        lines.push(2, format!("url: {}", yaml::text(&format!("{base}{}", goal.path))));
    } else {
        lines.push(2, format!("url: {{template: {}}}", yaml::quoted(&format!("{base}{template}"))));
    }
}

fn header_lines(
    mut headers: Vec<(String, String)>,
    body: Option<&Given>,
    lines: &mut Lines,
    variables: &mut Variables,
) {
    let mut add = |name: &str, value: &str| {
        if !headers.iter().any(|(have, _)| have.eq_ignore_ascii_case(name)) {
            headers.push((name.to_owned(), value.to_owned()));
        }
    };
    match body {
        Some(Given { option: "--json", .. }) => {
            add("Content-Type", "application/json");
            add("Accept", "application/json");
        }
        // What curl says of it.
        Some(Given { option: "-d", .. }) => add("Content-Type", "application/x-www-form-urlencoded"),
        _ => {}
    }
    if headers.is_empty() {
        return;
    }
    lines.of("-H");
    let before = variables.values().len();
    let templates: Vec<(String, String)> =
        headers.iter().map(|(name, value)| (variables::plain(name), variables.header(name, value))).collect();
    let has_secret = variables.values().len() > before
        || templates.iter().zip(&headers).any(|((_, template), (_, value))| *template != variables::plain(value));
    lines.push(2, "headers:");
    let (depth, shown) = if has_secret {
        lines.push(3, "template:");
        (4, &templates)
    } else {
        (3, &headers)
    };
    for (name, value) in shown {
        lines.push(depth, format!("{}: {}", yaml::text(name), yaml::text(value)));
    }
}

/// Retries and bounds that the options set: the suite has them without the options.
fn retry_lines(arguments: &Arguments, lines: &mut Lines) {
    let mut keys = Vec::new();
    keys.extend(set(arguments, |layer| layer.retry.max_retries.as_ref()).map(|count| format!("max_retries: {count}")));
    let mut seconds = |name: &str, pick: fn(&Layer) -> Option<&Setting<Duration>>| {
        keys.extend(set(arguments, pick).map(|time| format!("{name}: {}", time.as_secs_f64())));
    };
    seconds("backoff_base", |layer| layer.retry.backoff_base.as_ref());
    seconds("backoff_max", |layer| layer.retry.backoff_max.as_ref());
    if !keys.is_empty() {
        lines.of("--max-retries").push(2, format!("retry: {{{}}}", keys.join(", ")));
    }
    let mut bound = |name: &str, pick: fn(&Layer) -> Option<&Setting<Timeout>>| {
        if let Some(limit) = set(arguments, pick) {
            let seconds = limit.limit().unwrap_or_default().as_secs_f64();
            lines.of(format!("--{}", name.replace('_', "-"))).push(2, format!("{name}: {seconds}"));
        }
    };
    bound("timeout", |layer| layer.timeout.as_ref());
    bound("connect_timeout", |layer| layer.connect_timeout.as_ref());
    if let Some(size) = set(arguments, |layer| layer.max_body.as_ref()) {
        lines.of("--max-body").push(2, format!("max_body: {size}"));
    }
}

fn expectation_lines(words: &RequestWords, lines: &mut Lines) -> Result<(), Wrong> {
    if !words.statuses.is_empty() {
        let statuses: Vec<String> = words.statuses.iter().map(ToString::to_string).collect();
        lines.of("--status").push(2, format!("expected_status: [{}]", statuses.join(", ")));
    }
    if !words.expectations.is_empty() {
        lines.push(2, "validators:");
    }
    for line in &words.expectations {
        let read = Expectation::parse(line).map_err(|why| Wrong::Usage(format!("option --that {why}")))?;
        let Expectation { written, extractor, argument, holds } = read;
        lines.of(format!("--that \"{written}\""));
        let argument = format!("{}: {}", yaml::text(&extractor), yaml::text(&argument));
        match holds {
            Holds::Passes(test) => {
                lines.push(3, "- extract_test:").push(5, argument).push(5, format!("test: {}", yaml::text(&test)));
            }
            Holds::Compares(comparator, expected) => {
                lines.push(3, "- compare:").push(5, argument);
                lines.push(5, format!("comparator: {}", yaml::text(&comparator)));
                match expected {
                    Some(Expected::Text(text)) => {
                        lines.push(5, format!("expected: {}", yaml::text(&text)));
                    }
                    Some(Expected::Yaml(yaml)) => {
                        lines.push(5, format!("expected: {yaml}"));
                    }
                    None => {}
                }
            }
        }
    }
    Ok(())
}

/// What the command line sets, or else a settings file.
fn set<'a, T: 'a>(arguments: &'a Arguments, pick: impl Fn(&'a Layer) -> Option<&'a Setting<T>>) -> Option<&'a T> {
    let settings = &arguments.settings;
    let preset = || settings.presets.as_deref().and_then(|presets| pick(&presets.layer));
    pick(&settings.layer).or_else(preset).map(|set| &set.value)
}

fn load_lines(arguments: &Arguments, lines: &mut Lines) -> Result<(), Wrong> {
    if ["repeat", "duration"].iter().all(|flag| arguments.given.contains(flag)) {
        return Err(Wrong::Usage("options -n and -z exclude each other; keep one".to_owned()));
    }
    lines.of("-n").push(2, "performance:");
    match set(arguments, |layer| layer.volume.as_ref()) {
        Some(Volume::Duration(time)) => lines.of("-z").push(3, format!("duration: {} s", time.as_secs_f64())),
        Some(Volume::Requests(count)) => lines.push(3, format!("repeat: {count}")),
        None => lines.push(3, format!("repeat: {REQUESTS}")),
    };
    let connections = set(arguments, |layer| layer.concurrency.as_ref()).copied().unwrap_or(CONNECTIONS);
    lines.of("-c").push(3, format!("concurrency: {connections}"));
    if let Some(rate) = set(arguments, |layer| layer.rate.as_ref()) {
        lines.of("-q").push(3, format!("rate: {rate}"));
    }
    let mode = arguments.request.mode.unwrap_or(Mode::Async);
    lines.of("--mode").push(3, format!("mode: {}", mode.name()));
    if !arguments.request.thresholds.is_empty() {
        let all: Vec<String> = arguments.request.thresholds.iter().map(|text| yaml::quoted(text)).collect();
        lines.of("--threshold").push(3, format!("thresholds: [{}]", all.join(", ")));
    }
    Ok(())
}
