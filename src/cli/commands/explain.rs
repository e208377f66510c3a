//! `resttest explain`: every effective setting of every test, with its origin.

use std::fmt::Write as _;
use std::time::Duration;

use crate::auth::AuthChoice;
use crate::cli::args::arguments::Arguments;
use crate::cli::args::preset::Preset;
use crate::cli::plan::planned::Plan;
use crate::exchange::egress::Egress;
use crate::exchange::request::Timeout;
use crate::ground::byte_size;
use crate::ground::printable::one_line;
use crate::load::plan::{LoadPlan, Stages};
use crate::load::profile::Arrival;
use crate::secrets::{REDACTED, is_secret_header, shown_text, shown_url};
use crate::settings::precedence::{Layer, Origin};
use crate::settings::run_settings::OwnLayers;
use crate::settings::volume::Volume;
use crate::test::definition::Test;
use crate::test::planned_suite::PlannedSuite;
use crate::test::privacy::{SecretOrigin, SecretSource};
use crate::test::row::INDEX;
use crate::test::set::TestSet;
use crate::test::sharing::{Share, Sharing};

/// The options that are set elsewhere than on the command line, and the settings of all tests, one line each.
pub fn text(plan: &Plan, arguments: &Arguments) -> String {
    let (mut out, presets) = (String::new(), &arguments.presets);
    if !presets.is_empty() {
        let _ = writeln!(out, "options from elsewhere");
    }
    for Preset { flag, value, origin } in presets {
        let value = match *flag {
            // It may hold secrets, and its form is free.
            "vars" => String::new(),
            "url" => format!(" {}", one_line(&shown_url(value))),
            _ if value.is_empty() => String::new(),
            _ => format!(" {}", one_line(value)),
        };
        let _ = writeln!(out, "    {flag}{value} ({origin})");
    }
    if let Some(project) = &plan.project {
        let environment = project.environment.as_deref().unwrap_or("none");
        let _ = writeln!(
            out,
            "project {}, environment {environment}, base URL {}",
            one_line(&project.name),
            shown_url(&project.base_url)
        );
    }
    if let Some(limit) = arguments.max_time.filter(|_| !arguments.is_preset("max-time")) {
        let _ = writeln!(out, "max_time {} s (--max-time)", limit.as_secs_f64());
    }
    for suite in &plan.suites {
        let _ = writeln!(out, "{}", suite.name);
        suite_timeout(&mut out, suite);
        for set in &suite.sets {
            secrets(&mut out, set);
            sharing(&mut out, set);
            egress(&mut out, suite, set);
            for test in set.setup.iter().chain(&set.tests) {
                explain(&mut out, suite, set, test, test.performance.as_deref());
            }
            for benchmark in &set.benchmarks {
                explain(&mut out, suite, set, &benchmark.test, Some(&benchmark.plan));
            }
            for test in &set.teardown {
                explain(&mut out, suite, set, test, test.performance.as_deref());
            }
        }
    }
    out
}

/// Where requests may go, where anything bounds it.
fn egress(out: &mut String, suite: &PlannedSuite, set: &TestSet) {
    let rules = Egress::narrowed(suite.settings.egress.as_ref(), set.config.allow_hosts.as_deref());
    for (by, hosts) in rules.iter().flat_map(|rules| rules.shown()) {
        let _ = writeln!(out, "    {}", format!("{by} {hosts}").trim_end());
    }
}

/// How long a suite may take, where anything says so.
fn suite_timeout(out: &mut String, suite: &PlannedSuite) {
    let Some(set) = suite.sets.last() else { return };
    let own = OwnLayers { test: &Layer::default(), plan: None, from_runner: false };
    let guards = suite.settings.resolve(&set.config.layer, &own).guards;
    if let Some(limit) = guards.and_then(|guards| guards.suite_timeout) {
        let _ = writeln!(out, "  suite_timeout {} ({})", bound(limit.value), limit.origin);
    }
}

/// Where a file's secrets come from; no value is shown.
fn secrets(out: &mut String, set: &TestSet) {
    for SecretSource { name, origin, location } in set.config.privacy.iter().flat_map(|privacy| &privacy.sources) {
        let source = match origin {
            // Its arguments may hold secrets.
            SecretOrigin::Command { words, .. } => format!("command {}", words.first().map_or("", String::as_str)),
            SecretOrigin::File { path, .. } => format!("file {path}"),
            SecretOrigin::Environment(variable) => format!("variable {variable}"),
        };
        let _ = writeln!(out, "  secret {name} from {} ({})", one_line(&source), location.line());
    }
}

/// What a file hands on, and what it needs.
fn sharing(out: &mut String, set: &TestSet) {
    let Some(Sharing { share, needs }) = set.config.sharing.as_deref() else { return };
    match share {
        Share::Nothing => {}
        Share::All => {
            let _ = writeln!(out, "  shares all ({})", set.file);
        }
        Share::Names(names) => {
            for (name, place) in names {
                let _ = writeln!(out, "  shares {} ({})", one_line(name), place.line());
            }
        }
    }
    for need in needs {
        let _ = writeln!(out, "  needs {} ({})", one_line(&need.suite), need.location.line());
    }
}

fn explain(out: &mut String, suite: &PlannedSuite, set: &TestSet, test: &Test, plan: Option<&LoadPlan>) {
    let layer = plan.map(|plan| &plan.layer);
    let effective = suite.settings.resolve(&set.config.layer, &test.own_layers(layer));
    let _ = writeln!(
        out,
        "  {} [{}] {} {} ({})",
        one_line(&test.name),
        one_line(&test.group),
        test.method,
        one_line(&shown_url(test.url.source())),
        test.location.line()
    );
    for (key, text) in test.order.as_ref().map_or_else(Vec::new, |order| order.shown()) {
        let _ = writeln!(out, "    {key} {} ({})", one_line(&text), Origin::Suite(test.location.clone()));
    }
    rows(out, test);
    request(out, test);
    auth(out, test);
    given_by_config(out, test);
    line(out, "timeout", &bound(effective.timeout.value), &effective.timeout.origin);
    if let Some(limit) = effective.connect_timeout.value {
        line(out, "connect_timeout", &bound(limit), &effective.connect_timeout.origin);
    }
    let max_body = effective.body_limit().map_or_else(|| "unlimited".to_owned(), byte_size::shown);
    line(out, "max_body", &max_body, &effective.max_body.origin);
    if effective.unset_variables.origin != Origin::Default {
        line(out, "unset_variables", effective.unset_variables.value.word(), &effective.unset_variables.origin);
    }
    if let Some(cookies) = &set.config.cookies {
        line(out, "cookies", &one_line(&cookies.shown()), &Origin::Suite(cookies.location.clone()));
    }
    for (key, value, origin) in effective.retry.shown() {
        let key = match key {
            "methods" => "retry_methods",
            "errors" => "retry_errors",
            "policies" => "retry_policies",
            key => key,
        };
        line(out, key, &value, &origin);
    }
    if let Some(poll) = &test.poll {
        line(out, "poll", &one_line(&poll.shown()), &Origin::Suite(poll.location.clone()));
    }
    for (key, value, origin) in effective.guards.iter().flat_map(|guards| guards.shown()) {
        line(out, key, &value, &origin);
    }
    if let Some(plan) = plan {
        let concurrency = effective.concurrency.value.map_or_else(|| "the mode's own".to_owned(), |n| n.to_string());
        line(out, "concurrency", &concurrency, &effective.concurrency.origin);
        if let Some(rate) = effective.rate.value {
            line(out, "rate", &format!("{rate} a second"), &effective.rate.origin);
        }
        match effective.volume.value {
            Some(Volume::Requests(count)) => line(out, "repeat", &count.to_string(), &effective.volume.origin),
            Some(Volume::Duration(limit)) => {
                line(out, "duration", &format!("{} s", limit.as_secs_f64()), &effective.volume.origin);
            }
            None => {}
        }
        // These stand in the suite, or nowhere.
        let origin = Origin::Suite(test.location.clone());
        for (key, value) in shape(&plan.effective(&effective)) {
            line(out, key, &value, &origin);
        }
    }
    let zero = test.layer.retry.max_retries.as_ref().filter(|own| own.value == 0 && effective.retry().max_retries > 0);
    if let Some(own) = zero {
        let _ = writeln!(out, "    note: max_retries 0 ({}) does not switch retries off here", own.origin);
    }
}

/// The row that a test is, or the list that it goes over.
fn rows(out: &mut String, test: &Test) {
    let here = Origin::Suite(test.location.clone());
    if let Some(row) = test.row() {
        match row.columns.is_empty() {
            true => line(out, INDEX, &row.number.to_string(), &here),
            false => line(out, "row", &one_line(&row.shown().mapping().to_text()), &here),
        }
    }
    if let Some(foreach) = test.foreach() {
        line(out, "foreach", &format!("{} of ${}", foreach.item.name, foreach.list), &here);
    }
    if let Some(why) = test.rows.as_ref().and_then(|rows| rows.nothing.as_deref()) {
        line(out, "skipped", &one_line(why), &here);
    }
}

/// What goes out beside the URL, and where the answer goes.
fn request(out: &mut String, test: &Test) {
    let defaults = test.from_defaults.as_deref();
    let mut say = |key: &str, value: &str| {
        let of_defaults = defaults.and_then(|from| from.keys.iter().find(|(have, _)| have == key));
        let (place, end) = of_defaults.map_or((&test.location, ""), |(_, place)| (place, ", from defaults"));
        line(out, key, &format!("{}{end}", one_line(value)), &Origin::Suite(place.clone()));
    };
    if !test.query.0.is_empty() {
        let pairs = test.query.0.iter().map(|(name, value)| format!("{}={}", name.source(), value.source()));
        let query = format!("?{}", pairs.collect::<Vec<String>>().join("&"));
        say("query", shown_url(&query).trim_start_matches('?'));
    }
    if let Some(body) = &test.body {
        say("body", &body.described());
    }
    if let Some(path) = &test.save {
        say("save", &shown_text(path.source()));
    }
}

/// What proves who asks: the kind, and where each of its values comes from; the values are nobody's business.
fn auth(out: &mut String, test: &Test) {
    match test.auth_choice() {
        None => {}
        Some(AuthChoice::Off(origin)) => line(out, "auth", "none", origin),
        Some(AuthChoice::Block(block)) => {
            let name = block.name.as_ref().map(|name| format!(", {name} of auths")).unwrap_or_default();
            line(out, "auth", &one_line(&format!("{}{name}", block.kind)), &block.origin);
            for field in &block.fields {
                line(out, &format!("auth.{}", one_line(&field.name)), "given", &field.origin);
            }
        }
    }
}

/// Keys of `defaults` whose values stand in lines of their own, with their places.
const SHOWN_BY_VALUE: [&str; 11] = [
    "auth",
    "validators",
    "timeout",
    "connect_timeout",
    "max_body",
    "retry",
    "poll",
    "performance",
    "query",
    "body",
    "save",
];

/// What a test has from the `config` of its file, besides settings.
fn given_by_config(out: &mut String, test: &Test) {
    if !test.tags.is_empty() {
        let of_file = test.inherited.as_ref().filter(|inherited| !inherited.tags.is_empty());
        let from = of_file
            .map(|inherited| format!(" ({}: {})", inherited.tags.shown(), Origin::Suite(inherited.tags_at.clone())));
        let _ = writeln!(out, "    tags {}{}", test.tags.shown(), from.unwrap_or_default());
    }
    if let Some(inherited) = &test.inherited {
        let origin = Origin::Suite(inherited.headers_at.clone());
        for (name, value) in inherited.headers.entries.iter().filter(|(name, _)| test.inherits(name)) {
            let (name, value) = (name.source(), value.source());
            let shown = if is_secret_header(name) { REDACTED.to_owned() } else { shown_text(value) };
            line(out, "header", &one_line(&format!("{name}: {shown}")), &origin);
        }
        let own = test.auth.as_deref().cloned().unwrap_or_default();
        let has_login = own.choice.is_none();
        let origin = Origin::Suite(inherited.auth_at.clone());
        if let Some(name) = inherited.auth.username.as_ref().filter(|_| has_login && own.username.is_none()) {
            line(out, "auth_username", &one_line(name.source()), &origin);
        }
        if has_login && inherited.auth.password.is_some() && own.password.is_none() {
            line(out, "auth_password", REDACTED, &origin);
        }
    }
    if let Some(from_defaults) = &test.from_defaults {
        for (key, location) in from_defaults.keys.iter().filter(|(key, _)| !SHOWN_BY_VALUE.contains(&key.as_str())) {
            line(out, key, "from defaults", &Origin::Suite(location.clone()));
        }
        let own = test.validators.len().saturating_sub(from_defaults.validators);
        for validator in &test.validators[own..] {
            let origin = Origin::Suite(validator.location.clone());
            line(out, "validator", &format!("{}, from defaults", one_line(&validator.described())), &origin);
        }
    }
}

/// What a suite says of the load's course, where it says anything.
fn shape(plan: &LoadPlan) -> Vec<(&'static str, String)> {
    let seconds = |time: Duration| format!("{} s", time.as_secs_f64());
    let mut shape = Vec::new();
    shape.extend(plan.ramp.map(|ramp| ("ramp", seconds(ramp))));
    if let Some(stages) = &plan.stages {
        let unit = if matches!(stages, Stages::Rate(_)) { " a second" } else { " connections" };
        let all = stages.list().iter().map(|stage| format!("{}{unit} in {}", stage.target, seconds(stage.duration)));
        shape.push(("stages", all.collect::<Vec<String>>().join(", ")));
    }
    if plan.arrival == Arrival::Poisson {
        shape.push(("arrival", "poisson".to_owned()));
    }
    shape.extend(plan.threads.map(|threads| ("threads", threads.to_string())));
    shape.extend(plan.think_time.map(|think| {
        let [min, max] = [think.min, think.max].map(seconds);
        ("think_time", if think.is_random() { format!("{min} to {max}") } else { min })
    }));
    shape
}

fn bound(timeout: Timeout) -> String {
    timeout.limit().map_or_else(|| "unlimited".to_owned(), |limit| format!("{} s", limit.as_secs_f64()))
}

fn line(out: &mut String, name: &str, value: &str, origin: &Origin) {
    let _ = writeln!(out, "    {name} {value} ({origin})");
}
