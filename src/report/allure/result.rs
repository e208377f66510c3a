//! A result: what a test came to, in the words of Allure.

use std::fmt::Write as _;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use serde_json::{Value, json};

use super::identity::Identity;
use super::steps::{steps, title};
use super::{AllureForm, HIDDEN, Write, drawn_uuid, marked};
use crate::ground::printable::one_line;
use crate::judge::described::Parameter;
use crate::judge::outcome::Attempt;
use crate::load::summary::LoadSummary;
use crate::record::run_fault::RunFault;
use crate::record::run_record::{RunRecord, SuiteRecord, Verdict};
use crate::report::case::Case;
use crate::secrets::REDACTED;

/// The media type of an exchange, and how its file ends.
const EXCHANGE: (&str, &str) = ("application/vnd.allure.http+json", "httpexchange");

/// The same for a reader that does not know it.
const TEXT: (&str, &str) = ("text/plain", "txt");

/// The percentiles of a load run that its table has.
const RANKS: [f64; 9] = [0.0, 10.0, 25.0, 50.0, 75.0, 90.0, 95.0, 99.0, 99.9];

/// Writes results, one after the other.
pub struct Writer<'w> {
    pub form: &'w AllureForm,
    pub write: Write<'w>,
    pub started: SystemTime,
    pub files: u64,
    /// When the tests of the suite have ended so far, in milliseconds since 1970: one that never began stands behind them.
    pub latest: u64,
}

impl Writer<'_> {
    /// A UUID that no other file of the run has.
    pub fn uuid(&mut self) -> String {
        self.files += 1;
        drawn_uuid(self.form.seed, self.files)
    }

    /// Writes a file of JSON.
    pub fn json(&mut self, name: &str, value: &Value) -> io::Result<()> {
        (self.write)(name, value.to_string().as_bytes())
    }

    /// Writes the result of a case with what belongs to it.
    pub fn result(
        &mut self,
        suite: &SuiteRecord,
        case: &Case<'_>,
        identity: &Identity,
        lane: usize,
    ) -> io::Result<(String, Value)> {
        let after = self.latest.max(millis(suite.started.unwrap_or(self.started)));
        let began = case.started.map_or(after, millis);
        let ended = began + case.duration.as_millis() as u64;
        self.latest = self.latest.max(ended);
        let uuid = self.uuid();
        let mut attachments = Vec::new();
        if let Some(test) = case.test {
            for (number, attempt) in test.attempts.iter().enumerate() {
                let name = match test.attempts.len() {
                    1 => title(test, attempt),
                    _ => format!("{}: {}", number + 1, title(test, attempt)),
                };
                attachments.extend(self.exchange(&name, attempt)?);
            }
        }
        if let Some(load) = case.measured {
            attachments.push(self.attach("response times", ("text/csv", "csv"), &percentiles(load))?);
        }
        let mut result = json!({
            "uuid": uuid,
            "historyId": identity.history_id,
            "testCaseId": identity.test_case_id,
            "fullName": identity.full_name,
            "name": one_line(case.name),
            "titlePath": title_path(identity, case),
            "status": status(case.verdict),
            "statusDetails": details(case),
            "stage": if is_interrupted(suite, case) { "interrupted" } else { "finished" },
            "start": began,
            "stop": ended,
            "labels": self.labels(suite, case, identity, lane),
            "links": links(case),
            "parameters": parameters(case),
            "steps": case.test.map(|test| steps(test, (began, ended))).unwrap_or_default(),
            "attachments": attachments,
        });
        if let Some(description) = case.described.and_then(|described| described.description.as_deref()) {
            result["description"] = json!(description);
        }
        self.json(&format!("{uuid}-result.json"), &result)?;
        Ok((uuid, result))
    }

    /// Writes a result for what failed or ended the run beside its tests.
    pub fn fault(&mut self, fault: &RunFault, run: &RunRecord) -> io::Result<()> {
        let (uuid, text) = (self.uuid(), fault.to_string());
        let name = if fault.ends_run { "the run ended" } else { "the run failed" };
        let at = millis(run.started.checked_add(run.elapsed).unwrap_or(run.started));
        let id = format!("{:x}", md5::compute(format!("resttest: {name}: {text}")));
        let result = json!({
            "uuid": uuid, "historyId": id, "testCaseId": id, "fullName": format!("resttest: {name}"),
            "name": one_line(&text), "titlePath": ["resttest"], "status": "broken",
            "statusDetails": {"message": text, "trace": text},
            "stage": if run.interrupted { "interrupted" } else { "finished" },
            "start": at, "stop": at, "steps": [], "attachments": [], "parameters": [], "links": [],
            "labels": [label("suite", "resttest"), label("framework", "resttest"), label("language", "yaml")],
        });
        self.json(&format!("{uuid}-result.json"), &result)
    }

    /// Writes the exchange of a send, if it has been kept.
    fn exchange(&mut self, name: &str, attempt: &Attempt) -> io::Result<Option<Value>> {
        let Some(exchange) = attempt.exchange.as_deref().filter(|exchange| exchange.get("request").is_some()) else {
            return Ok(None);
        };
        if self.form.is_version_2 {
            return self.attach(name, TEXT, &text_of(exchange)).map(Some);
        }
        self.attach(name, EXCHANGE, &marked(exchange)).map(Some)
    }

    fn attach(&mut self, name: &str, (kind, ending): (&str, &str), text: &str) -> io::Result<Value> {
        let source = format!("{}-attachment.{ending}", self.uuid());
        (self.write)(&source, text.as_bytes())?;
        Ok(json!({"name": name, "source": source, "type": kind, "size": text.len()}))
    }

    fn labels(&self, suite: &SuiteRecord, case: &Case<'_>, identity: &Identity, lane: usize) -> Vec<Value> {
        let own = case.described.map_or(&[][..], |described| described.labels());
        let has = |name: &str| own.iter().any(|(have, _)| have == name);
        let (folder, file) = identity.place.rsplit_once('/').unwrap_or(("", &identity.place));
        let worker = format!("worker {}", lane + 1);
        let class =
            if case.group.is_empty() { identity.place.clone() } else { format!("{}: {}", identity.place, case.group) };
        let package = identity.place.replace('/', ".");
        let given = [
            ("parentSuite", folder),
            ("suite", suite.title.as_deref().unwrap_or(file)),
            ("subSuite", case.group),
            ("framework", "resttest"),
            ("language", "yaml"),
            ("host", self.form.host.as_deref().unwrap_or_default()),
            ("thread", &worker),
            ("package", &package),
            ("testClass", &class),
            ("testMethod", case.name),
            ("layer", "api"),
        ];
        let mut labels: Vec<Value> = given
            .into_iter()
            .filter(|(name, value)| !value.is_empty() && !has(name))
            .map(|(name, value)| label(name, &one_line(value)))
            .collect();
        labels.extend(case.tags.iter().map(|tag| label("tag", tag)));
        if case.verdict == Verdict::Flaky && !case.tags.iter().any(|tag| tag == "flaky") {
            labels.push(label("tag", "flaky"));
        }
        labels.extend(own.iter().map(|(name, value)| label(name, value)));
        labels
    }
}

fn label(name: &str, value: &str) -> Value {
    json!({"name": name, "value": value})
}

fn millis(time: SystemTime) -> u64 {
    time.duration_since(UNIX_EPOCH).unwrap_or(Duration::ZERO).as_millis() as u64
}

fn status(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Errored => "broken",
        Verdict::Failed => "failed",
        Verdict::Flaky | Verdict::Passed => "passed",
        Verdict::Skipped => "skipped",
    }
}

fn title_path(identity: &Identity, case: &Case<'_>) -> Vec<String> {
    let group = Some(one_line(case.group).into_owned()).filter(|group| !group.is_empty());
    identity.place.split('/').map(str::to_owned).chain(group).collect()
}

fn details(case: &Case<'_>) -> Value {
    let mut details = json!({});
    let message = case.failures.first().map(|failure| failure.message.as_str()).or(case.error).or(case.skipped);
    if let Some(message) = message {
        details["message"] = json!(message);
    }
    let lines = case.lines();
    if !lines.is_empty() {
        details["trace"] = json!(lines.join("\n"));
    }
    if let Some(compared) = case.failures.iter().find_map(|failure| failure.compared.as_deref()) {
        details["expected"] = json!(compared.expected);
        details["actual"] = json!(compared.got);
    }
    if case.verdict == Verdict::Flaky {
        details["flaky"] = json!(true);
    }
    details
}

/// Whether the test was kept from its verdict by an interrupt.
fn is_interrupted(suite: &SuiteRecord, case: &Case<'_>) -> bool {
    let was_cut = case.skipped.is_some_and(|reason| reason.starts_with("interrupted"));
    let was_running = suite.skipped.iter().any(|test| {
        test.name == case.name && test.location == case.location && case.skipped.is_some() && suite.was_running(test)
    });
    was_cut || was_running || case.measured.is_some_and(LoadSummary::was_stopped)
}

fn links(case: &Case<'_>) -> Vec<Value> {
    let links = case.described.map_or(&[][..], |described| described.links());
    let link = |link: &crate::judge::described::Link| {
        let kind = if link.kind.is_empty() { "link" } else { &link.kind };
        json!({"type": kind, "name": if link.name.is_empty() { &link.url } else { &link.name }, "url": link.url})
    };
    links.iter().map(link).collect()
}

/// The values of the row; and figures of a load run, which are others in each run.
fn parameters(case: &Case<'_>) -> Vec<Value> {
    let of_row = case.described.map_or(&[][..], |described| &described.parameters);
    let row = of_row.iter().map(|Parameter { name, value, is_secret, is_passing }| {
        let mode = if *is_secret { "masked" } else { "default" };
        json!({"name": name, "value": value, "excluded": is_passing, "mode": mode})
    });
    let figure = |name: &str, value: String| json!({"name": name, "value": value, "excluded": true, "mode": "default"});
    let load = case.measured.into_iter().flat_map(|load| {
        let rank =
            |rank: f64| load.latency.percentile_ms(rank).map_or_else(|| "none".to_owned(), |ms| format!("{ms:.3} ms"));
        [
            figure("requests", load.total.to_string()),
            figure("failed requests", load.failed().to_string()),
            figure("concurrency", load.concurrency.to_string()),
            figure("duration", format!("{:.3} s", load.wall.as_secs_f64())),
            figure("requests per second", format!("{:.3}", load.rps())),
            figure("p50", rank(50.0)),
            figure("p95", rank(95.0)),
            figure("p99", rank(99.0)),
        ]
    });
    row.chain(load).collect()
}

/// A row for each percentile, the mean and the longest time last.
fn percentiles(load: &LoadSummary) -> String {
    let mut table = "percentile,milliseconds\n".to_owned();
    let mut row = |name: String, ms: Option<f64>| {
        let ms = ms.map_or_else(String::new, |ms| format!("{ms:.3}"));
        let _ = writeln!(table, "{name},{ms}");
    };
    for rank in RANKS {
        row(format!("p{rank}"), load.latency.percentile_ms(rank));
    }
    row("max".to_owned(), load.latency.max_ms());
    row("mean".to_owned(), load.latency.mean_ms());
    table
}

/// An exchange as it would stand in a terminal.
fn text_of(exchange: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let mut out = String::new();
    let mut side = |first: String, side: &Value| {
        let _ = writeln!(out, "{first}");
        for header in side["headers"].as_array().into_iter().flatten() {
            let _ = writeln!(out, "{}: {}", text(&header["name"]), text(&header["value"]));
        }
        let body = &side["body"];
        match body["encoding"].as_str() {
            Some("base64") => {
                let _ = writeln!(out, "\n({} bytes that are no text)", body["size"]);
            }
            Some(_) => {
                let _ = writeln!(out, "\n{}", text(&body["value"]));
            }
            None => {}
        }
        out.push('\n');
    };
    let request = &exchange["request"];
    side(format!("{} {}", text(&request["method"]), text(&request["url"])), request);
    match exchange.get("response") {
        Some(response) => {
            let head = [text(&response["httpVersion"]), response["status"].to_string(), text(&response["statusText"])];
            side(head.join(" ").trim().to_owned(), response);
        }
        None => side(format!("no answer: {}", text(&exchange["error"]["message"])), &Value::Null),
    }
    out.trim_end().replace(REDACTED, HIDDEN) + "\n"
}
