//! The table of what servers do, played to the command: functional tests and load runs in both modes report the same.

use std::collections::HashMap;
use std::io::Write as _;
use std::net::TcpListener;
use std::sync::Arc;

use serde_json::Value;

use self::table::{Behaviour, Outcome};
use crate::support::{Finish, Folder};

#[allow(dead_code, reason = "what concerns TLS is read by the unit tests that play the same table")]
#[path = "../../src/http/tests/behaviours/table.rs"]
mod table;

/// A server that plays the row that the path names.
fn serve(rows: &[Behaviour]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a loopback port");
    let url = format!("http://{}", listener.local_addr().expect("an address"));
    let rows: Arc<HashMap<String, Behaviour>> =
        Arc::new(rows.iter().map(|row| (row.name.to_owned(), row.clone())).collect());
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let rows = rows.clone();
            std::thread::spawn(move || {
                let row = |head: &str| rows[head.split(['/', ' ']).nth(2).expect("a path")].steps.clone();
                table::converse(&mut stream, row);
            });
        }
    });
    url
}

/// What a report says of a test: the status, or the words of the error.
fn seen(test: &Value) -> String {
    let message = test["failures"][0]["message"].as_str().expect("a failure");
    match (&test["load"], test["status"].as_u64()) {
        (Value::Null, Some(status)) => format!("status {status}"),
        (Value::Null, None) => message.to_owned(),
        _ => message.split_once("1 x ").expect("what failed").1.to_owned(),
    }
}

#[test]
fn functional_tests_and_both_modes_of_load_runs_report_the_same() {
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(b"hello").expect("memory");
    let rows = table::table(&gzip.finish().expect("memory"));
    let url = serve(&rows);
    let folder = Folder::new();
    for row in &rows {
        folder.file(&format!("{}.body", row.upload), "x".repeat(row.upload));
    }
    let ways = [
        "",
        ", performance: {mode: sync, concurrency: 1, repeat: 1}",
        ", performance: {mode: async, concurrency: 1, repeat: 1}",
    ];
    // Each way on a thread of its own, since most of the time is spent on waiting.
    let reports: Vec<Value> = std::thread::scope(|scope| {
        let runs: Vec<_> = ways
            .iter()
            .enumerate()
            .map(|(at, way)| {
                let mut suite = String::new();
                // The wait is for the servers that close a connection which could be kept, without a word: a request
                // that is sent while the end is on its way fails, by right.
                for row in &rows {
                    let (Behaviour { name, method, upload, .. }, timeout) = (row, row.timeout().as_secs_f64());
                    let body = if *upload > 0 { format!(", body: {{file: {upload}.body}}") } else { String::new() };
                    suite += &format!(
                        "- test: {{name: {name}, url: /{name}, method: {method}, expected_status: 299, delay: 0.03, timeout: {timeout}{body}{way}}}\n"
                    );
                }
                let suite = folder.file(&format!("{at}.yaml"), suite);
                let report = folder.path().join(format!("{at}.json"));
                let mut command = folder.resttest();
                command.arg(&url).arg(suite).arg("--report-json").arg(&report).args(["--log", "critical"]);
                scope.spawn(move || {
                    command.finish();
                    let text = std::fs::read_to_string(report).expect("a report");
                    serde_json::from_str::<Value>(&text).expect("JSON")
                })
            })
            .collect();
        runs.into_iter().map(|run| run.join().expect("a run")).collect()
    });
    let tests: Vec<&Vec<Value>> =
        reports.iter().map(|report| report["suites"][0]["tests"].as_array().expect("tests")).collect();
    for (at, row) in rows.iter().enumerate() {
        let [functional, sync, in_async] = [0, 1, 2].map(|way| seen(&tests[way][at]));
        let wanted = match &row.outcome {
            Outcome::Answer(status, _) => format!("status {status}"),
            Outcome::None(_, words) => (*words).to_owned(),
        };
        assert!(functional.contains(&wanted), "{}: {functional:?}, not {wanted:?}", row.name);
        assert_eq!([&sync, &in_async], [&functional, &functional], "{}", row.name);
    }
}
