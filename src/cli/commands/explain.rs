//! `resttest explain`: every effective setting of every test, with its origin.

use std::fmt::{Display, Write as _};
use std::time::Duration;

use crate::cli::plan::planning::Plan;
use crate::exchange::request::Timeout;
use crate::settings::precedence::{Layer, Setting};
use crate::test::definition::Test;
use crate::test::planned_suite::PlannedSuite;
use crate::test::set::TestSet;

/// The settings of all tests, one line each.
pub fn text(plan: &Plan) -> String {
    let mut out = String::new();
    if let Some(project) = &plan.project {
        let environment = project.environment.as_deref().unwrap_or("none");
        let _ = writeln!(
            out,
            "project {}, environment {environment}, base URL {}",
            project.name,
            shown_url(&project.base_url)
        );
    }
    for suite in &plan.suites {
        let _ = writeln!(out, "{}", suite.name);
        for set in &suite.sets {
            for test in &set.tests {
                explain(&mut out, suite, set, test, test.performance.as_ref().map(|plan| &plan.layer));
            }
            for benchmark in &set.benchmarks {
                explain(&mut out, suite, set, &benchmark.test, Some(&benchmark.plan.layer));
            }
        }
    }
    out
}

fn shown_url(url: &str) -> std::borrow::Cow<'_, str> {
    crate::secrets::without_userinfo(url)
}

fn explain(out: &mut String, suite: &PlannedSuite, set: &TestSet, test: &Test, plan: Option<&Layer>) {
    let settled = suite.settings.settle(&set.config.layer, &test.own_layers(plan));
    let _ = writeln!(
        out,
        "  {} [{}] {} {} ({})",
        test.name,
        test.group,
        test.method,
        shown_url(test.url.source()),
        test.location.line()
    );
    let timeout = match settled.timeout.value {
        Timeout::Unlimited => "unlimited".to_owned(),
        Timeout::After(limit) => seconds(limit),
    };
    line(out, "timeout", &timeout, &settled.timeout);
    if let Some(limit) = settled.connect_timeout.value {
        line(out, "connect_timeout", &seconds(limit), &settled.connect_timeout);
    }
    line(out, "max_retries", &settled.max_retries.value, &settled.max_retries);
    line(out, "backoff_base", &seconds(settled.backoff_base.value), &settled.backoff_base);
    line(out, "backoff_max", &seconds(settled.backoff_max.value), &settled.backoff_max);
    let statuses: Vec<String> = settled.retry_statuses.value.iter().map(u16::to_string).collect();
    line(out, "retry_statuses", &statuses.join(" "), &settled.retry_statuses);
    if let Some(methods) = &settled.retry_methods.value {
        line(out, "retry_methods", &methods.join(" "), &settled.retry_methods);
    }
    if plan.is_some() {
        let concurrency = settled.concurrency.value.map_or_else(|| "the mode's own".to_owned(), |n| n.to_string());
        line(out, "concurrency", &concurrency, &settled.concurrency);
    }
    let zero = test.layer.max_retries.as_ref().filter(|own| own.value == 0 && settled.max_retries.value > 0);
    if let Some(own) = zero {
        let _ = writeln!(out, "    note: max_retries 0 ({}) does not switch retries off here", own.origin);
    }
}

fn seconds(time: Duration) -> String {
    format!("{} s", time.as_secs_f64())
}

fn line<T>(out: &mut String, name: &str, value: &impl Display, setting: &Setting<T>) {
    let _ = writeln!(out, "    {name} {value} ({})", setting.origin);
}
