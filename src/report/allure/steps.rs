//! The sends of a test as steps, with what was held against the answer below the last.

use std::time::Duration;

use serde_json::{Value, json};

use crate::ground::printable::one_line;
use crate::judge::outcome::{Attempt, Outcome};

/// A step for each send; `began` and `ended` are those of the test, in milliseconds since 1970.
pub fn steps(test: &Outcome, (began, ended): (u64, u64)) -> Vec<Value> {
    let times = times(&test.attempts, (began, ended));
    let last = test.attempts.len().saturating_sub(1);
    let step = |(at, (attempt, (start, stop))): (usize, (&Attempt, (u64, u64)))| {
        let is_wrong = at < last || !test.passed();
        let status = match (is_wrong, attempt.status) {
            (false, _) => "passed",
            (true, None) => "broken",
            (true, Some(_)) if at == last && test.errored() => "broken",
            (true, Some(_)) => "failed",
        };
        let mut step = json!({
            "name": title(test, attempt), "status": status, "stage": "finished", "start": start, "stop": stop,
            "statusDetails": {}, "attachments": [], "parameters": [], "steps": [],
        });
        if let Some(error) = &attempt.error {
            step["statusDetails"] = json!({"message": error});
        }
        if at == last {
            step["steps"] = test.checks.iter().map(|(claim, why)| check(claim, why.as_deref(), stop)).collect();
        }
        step
    };
    test.attempts.iter().zip(times).enumerate().map(step).collect()
}

/// `GET /x → 503`.
pub fn title(test: &Outcome, attempt: &Attempt) -> String {
    let path = match test.url.split_once("://") {
        Some((_, rest)) => rest.find('/').map_or("/", |at| &rest[at..]),
        None => &test.url,
    };
    let came = attempt.status.map_or_else(|| "no answer".to_owned(), |status| status.to_string());
    format!("{} {} → {came}", test.method, one_line(path))
}

fn check(claim: &str, why: Option<&str>, at: u64) -> Value {
    let status = if why.is_none() { "passed" } else { "failed" };
    let details = why.map_or_else(|| json!({}), |why| json!({"message": why}));
    json!({
        "name": claim, "status": status, "stage": "finished", "start": at, "stop": at, "statusDetails": details,
        "attachments": [], "parameters": [], "steps": [],
    })
}

/// When each send began and ended: as it was noted, or else counted back from the end of the test.
fn times(attempts: &[Attempt], (began, ended): (u64, u64)) -> Vec<(u64, u64)> {
    let ms = |time: Duration| time.as_millis() as u64;
    let mut stop = ended;
    let mut times: Vec<(u64, u64)> = Vec::with_capacity(attempts.len());
    for attempt in attempts.iter().rev() {
        stop = stop.saturating_sub(attempt.delay.map_or(0, ms)).max(began);
        let noted = |key: &str| attempt.exchange.as_ref().and_then(|exchange| exchange[key].as_u64());
        let stopped = noted("stop").unwrap_or(stop);
        let start = noted("start").unwrap_or_else(|| stopped.saturating_sub(ms(attempt.time)).max(began)).min(stopped);
        times.push((start, stopped));
        stop = start;
    }
    times.reverse();
    times
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sends_are_in_order_and_never_end_before_they_begin() {
        let attempt = |time, delay: Option<u64>| Attempt {
            time: Duration::from_millis(time),
            delay: delay.map(Duration::from_millis),
            ..Attempt::default()
        };
        let three = [attempt(10, Some(100)), attempt(20, Some(50)), attempt(5, None)];
        assert_eq!(times(&three, (1000, 1200)), [(1015, 1025), (1125, 1145), (1195, 1200)]);
        assert_eq!(times(&three, (1000, 1001)), [(1000, 1000), (1000, 1000), (1000, 1001)]);
        let noted = Attempt { exchange: Some(Box::new(json!({"start": 7, "stop": 9}))), ..attempt(1, None) };
        assert_eq!(times(&[noted], (1, 20)), [(7, 9)]);
    }

    #[test]
    fn a_title_has_no_host() {
        let test = |url: &str| Outcome { method: "GET".to_owned(), url: url.to_owned(), ..Outcome::default() };
        let sent = |status| Attempt { status, ..Attempt::default() };
        assert_eq!(title(&test("http://h:1/x?a=b"), &sent(Some(503))), "GET /x?a=b → 503");
        assert_eq!(title(&test("http://h"), &sent(None)), "GET / → no answer");
    }
}
