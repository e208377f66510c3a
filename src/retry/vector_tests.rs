//! The vectors of retries that are shared beside the repository, where they are there.

use std::time::{Duration, Instant, SystemTime};

use serde_json::Value;

use super::circuit::Circuit;
use super::retry_after::retry_after;
use super::*;
use crate::exchange::request::ErrorKind;

fn vectors(what: &str) -> Vec<Value> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../shared/vectors/retry/retry.json");
    let Ok(text) = std::fs::read_to_string(&file) else { return Vec::new() };
    let all: Value = serde_json::from_str(&text).unwrap();
    let found = all[what].as_array().unwrap().clone();
    assert!(!found.is_empty(), "{what}");
    found
}

fn seconds(number: &Value) -> Duration {
    Duration::from_secs_f64(number.as_f64().unwrap())
}

#[test]
fn retry_after_is_read_in_all_its_forms() {
    for vector in vectors("retry_after") {
        let mut headers = vec![("retry-AFTER".to_owned(), vector["retry_after"].as_str().unwrap().to_owned())];
        headers.extend(vector["date"].as_str().map(|date| ("Date".to_owned(), date.to_owned())));
        let now = httpdate::parse_http_date(vector["now"].as_str().unwrap()).unwrap();
        let wait = retry_after(&headers, now);
        match &vector["wait_s"] {
            Value::Null => assert_eq!(wait, None, "{vector}"),
            Value::String(_) => {
                let wait = wait.unwrap();
                assert!(wait > Duration::from_secs(1 << 40) && wait.checked_add(wait).is_some(), "{vector}");
            }
            number => assert_eq!(wait, Some(seconds(number)), "{vector}"),
        }
    }
    assert_eq!(retry_after(&[], SystemTime::now()), None);
}

#[test]
fn waits_are_those_of_the_formulas() {
    for vector in vectors("backoff") {
        let config = RetryConfig {
            max_retries: 50,
            backoff_base: seconds(&vector["backoff_base"]),
            backoff_max: seconds(&vector["backoff_max"]),
            jitter: Jitter::of(vector["jitter"].as_str().unwrap()).unwrap(),
            ..RetryConfig::default()
        };
        let mut previous = None;
        let (draws, waits) = (vector["draws"].as_array().unwrap(), vector["waits"].as_array().unwrap());
        assert_eq!(draws.len(), waits.len());
        for (attempt, (draw, expected)) in draws.iter().zip(waits).enumerate() {
            let tried = Tried {
                attempt: attempt.try_into().unwrap(),
                used: &[],
                method: None,
                answer: Answer::Status(503, &[]),
                expected: &[200],
                elapsed: Duration::ZERO,
                previous,
                draw: draw.as_f64().unwrap(),
                now: SystemTime::UNIX_EPOCH,
            };
            let Decision::Retry(wait) = config.decide(&tried) else { panic!("{vector}") };
            previous = Some(wait.backoff);
            let off = (wait.time.as_secs_f64() - expected.as_f64().unwrap()).abs();
            assert!(off < 1e-6, "{vector}: {wait:?} at {attempt}");
        }
    }
}

#[test]
fn a_budget_grants_what_it_has() {
    for vector in vectors("budget") {
        let ratio = (vector["ratio"].as_f64().unwrap() * 1000.0).round() as u32;
        let min_retries = vector["min_retries"].as_u64().unwrap().try_into().unwrap();
        let tokens = Tokens::new(RetryBudget { ratio, min_retries });
        let mut allowed = Vec::new();
        for event in vector["events"].as_array().unwrap() {
            match event.as_str().unwrap() {
                "send" => tokens.deposit(),
                _ => allowed.push(Value::Bool(tokens.withdraw())),
            }
        }
        assert_eq!(&allowed, vector["allowed"].as_array().unwrap(), "{}", vector["name"]);
    }
}

#[test]
fn a_circuit_opens_and_closes_by_its_rule() {
    for vector in vectors("circuit_breaker") {
        let wanted = &vector["circuit_breaker"];
        let failures = wanted["failures"].as_u64().unwrap().try_into().unwrap();
        let breaker = CircuitBreaker { failures, reset: seconds(&wanted["reset"]), ..CircuitBreaker::default() };
        let (mut circuit, mut pass, start) = (Circuit::default(), Pass::Usual, Instant::now());
        for event in vector["events"].as_array().unwrap() {
            let now = start + seconds(&event["at"]);
            if event.get("ask").is_some() {
                let asked = circuit.ask(&breaker, now);
                assert_eq!(asked.is_ok(), event["allowed"].as_bool().unwrap(), "{vector}: {event}");
                pass = asked.unwrap_or(pass);
            } else {
                let expected: Vec<i128> = match event.get("expected") {
                    Some(list) => {
                        list.as_array().unwrap().iter().map(|status| status.as_i64().unwrap().into()).collect()
                    }
                    None => vec![200],
                };
                let answer = match event["result"].as_u64() {
                    Some(status) => Answer::Status(status.try_into().unwrap(), &[]),
                    None => {
                        let name = event["result"].as_str().unwrap();
                        Answer::Error(ErrorKind::ALL.into_iter().find(|kind| kind.name() == name).unwrap())
                    }
                };
                circuit.hear(&breaker, std::mem::take(&mut pass), breaker.sign(answer, &expected), now);
            }
            let state = match (circuit.is_open(), circuit.held_until(&breaker, now)) {
                (false, _) => "closed",
                (true, Some(Closed::Probing)) => "half_open",
                (true, _) => "open",
            };
            assert_eq!(state, event["state_after"].as_str().unwrap_or(state), "{vector}: {event}");
        }
    }
}
