//! Answers out of the JSON reports of runs that were good.
//!
//! Owns: finding them, and saying why there are none. Does not: infer anything (see `shape`).

use serde_json::Value as Json;

use crate::exchange::response::Response;
use crate::shape::Inference;

/// How a body ends that is not whole, behind the number of bytes that are missing.
const CUT: &str = " more bytes";

/// Why a report gives nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NoAnswers(pub String);

/// Adds the answers of all tests that passed. How many bodies are not whole, and so left out, comes back.
///
/// # Errors
/// It is no report, or holds no answer of a test that passed.
pub fn add_report(report: &Json, to: &mut Inference) -> Result<usize, NoAnswers> {
    let (Some(suites), Some(_)) = (list(report, "suites"), report.get("summary")) else {
        return Err(NoAnswers(
            "is no JSON report: name one of --report-json, or a folder of recorded answers".to_owned(),
        ));
    };
    let (mut added, mut cut, mut bare) = (0_usize, 0, 0_usize);
    for test in suites.iter().filter_map(|suite| list(suite, "tests")).flatten() {
        let text = |name: &str| test.get(name).and_then(Json::as_str);
        let status = test.get("status").and_then(Json::as_u64).and_then(|status| u16::try_from(status).ok());
        let is_good = matches!(text("result"), Some("passed" | "flaky")) && test.get("load").is_none_or(Json::is_null);
        let (Some(method), Some(url), Some(status), true) = (text("method"), text("url"), status, is_good) else {
            continue;
        };
        let Some(body) = text("body") else {
            bare += 1;
            continue;
        };
        if body.rsplit_once("\n… ").is_some_and(|(_, missing)| missing.ends_with(CUT)) {
            cut += 1;
            continue;
        }
        let mut response = Response::new(status, body);
        for header in list(test, "headers").into_iter().flatten() {
            let part = |at: usize| header.get(at).and_then(Json::as_str).unwrap_or_default();
            response.headers.push((part(0).to_ascii_lowercase(), part(1).to_owned()));
        }
        to.add((method, url), &response);
        added += 1;
    }
    match (added, bare + cut) {
        (0, 0) => Err(NoAnswers("has no test that passed".to_owned())),
        (0, _) if bare > 0 => Err(NoAnswers(
            "holds no answers of tests that passed: write it with --report-bodies, or record them with \
             --record-exchanges DIR"
                .to_owned(),
        )),
        (0, _) => {
            Err(NoAnswers("holds only beginnings of answers: record them with --record-exchanges DIR".to_owned()))
        }
        _ => Ok(cut),
    }
}

fn list<'v>(value: &'v Json, name: &str) -> Option<&'v Vec<Json>> {
    value.get(name).and_then(Json::as_array)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn report(tests: Json) -> Json {
        json!({"version": 2, "summary": {}, "suites": [{"tests": tests}]})
    }

    #[test]
    fn answers_of_good_tests_are_taken() {
        let test = |result: &str, url: &str, body: Json| {
            json!({"result": result, "method": "GET", "url": url, "status": 200, "body": body,
                   "headers": [["Content-Type", "application/json"]], "load": null})
        };
        let mut inference = Inference::default();
        let tests = json!([
            test("passed", "http://h/a/1", json!("{\"a\": 1}")),
            test("failed", "http://h/b", json!("{\"a\": 1}")),
            test("flaky", "http://h/a/2", json!("{\"b\n… 12 more bytes")),
            test("passed", "http://h/c", json!(null)),
        ]);
        assert_eq!(add_report(&report(tests), &mut inference), Ok(1));
        let shapes = inference.shapes();
        let known: Vec<String> = shapes.answers.keys().map(|(operation, _)| operation.to_string()).collect();
        assert_eq!(known, ["GET /a/{}"]);
    }

    #[test]
    fn a_report_without_answers_says_what_would_have_some() {
        let passed = json!({"result": "passed", "method": "GET", "url": "/", "status": 200, "body": null});
        let cut = json!({"result": "passed", "method": "GET", "url": "/", "status": 200, "body": "{\n… 9 more bytes"});
        for (report, expected) in [
            (json!({"a": 1}), "no JSON report"),
            (report(json!([])), "no test that passed"),
            (report(json!([passed])), "--report-bodies"),
            (report(json!([cut])), "only beginnings"),
        ] {
            let NoAnswers(told) = add_report(&report, &mut Inference::default()).unwrap_err();
            assert!(told.contains(expected), "{told}");
        }
    }
}
