//! `--report-allure`: a directory of results as Allure reads them, a file for each test.
//!
//! Owns: which files there are. Does not: know what a result says (see `result`), or where the directory is (see
//! `folder`).

mod executor;
mod fixtures;
mod folder;
mod identity;
mod properties;
mod result;
mod steps;

pub use folder::AllureFolder;

use std::io;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::case::cases;
use crate::ground::ci_job::CiJob;
use crate::judge::described::Part;
use crate::record::run_record::RunRecord;
use crate::secrets::REDACTED;
use crate::variables::generator::uuid_of;
use identity::{Identities, lanes};
use result::Writer;

/// What stands in place of a secret in a kept exchange, by the form of such exchanges.
const HIDDEN: &str = "__ALLURE_REDACTED__";

/// How results are written, and what is known of where the run takes place.
#[derive(Debug, Clone, Default)]
pub struct AllureForm {
    /// `--allure-version 2`: exchanges are texts.
    pub is_version_2: bool,
    /// `--report-allure-clean`: results of earlier runs go.
    pub cleans: bool,
    /// Where the run takes place: absolute paths are told from there.
    pub here: PathBuf,
    /// The top of the repository that it is in, if it is in one.
    pub top: Option<PathBuf>,
    /// The commit that is checked out there.
    pub commit: Option<String>,
    /// The machine.
    pub host: Option<String>,
    /// The CI job that it is.
    pub job: Option<Box<CiJob>>,
    /// What file names are drawn from: a run that is written twice has the same.
    pub seed: u64,
}

/// Takes a file by its name.
type Write<'w> = &'w mut dyn FnMut(&str, &[u8]) -> io::Result<()>;

/// Writes all files of a run.
///
/// # Errors
/// One of them cannot be written.
fn write_all(run: &RunRecord, form: &AllureForm, write: Write<'_>) -> io::Result<()> {
    let mut identities = Identities::new(form);
    let mut writer = Writer { form, write, started: run.started, files: 0, latest: 0 };
    for (suite, lane) in run.suites.iter().zip(lanes(&run.suites)) {
        let place = identities.place(&suite.file);
        writer.latest = 0;
        let mut fixtures: Vec<fixtures::Member> = Vec::new();
        for case in cases(suite) {
            let identity = identities.of(&place, &case);
            let (uuid, result) = writer.result(suite, &case, &identity, lane)?;
            let part = case.described.map_or(Part::Tests, |described| described.part());
            fixtures.push(fixtures::Member { file: case.location.file.clone(), part, uuid, result });
        }
        for container in fixtures::containers(&fixtures) {
            let uuid = writer.uuid();
            writer.json(&format!("{uuid}-container.json"), &with_uuid(container, uuid))?;
        }
    }
    for fault in &run.faults {
        writer.fault(fault, run)?;
    }
    (writer.write)("environment.properties", properties::environment(run, form).as_bytes())?;
    writer.json("executor.json", &executor::executor(form))?;
    writer.json("categories.json", &categories())
}

fn with_uuid(mut container: Value, uuid: String) -> Value {
    container["uuid"] = Value::String(uuid);
    container
}

/// What failures are sorted by: an assertion that was false, no answer, an answer that came too late, a test that does
/// not fail each time.
fn categories() -> Value {
    json!([
        {"name": "Assertions", "matchedStatuses": ["failed"]},
        {"name": "Timeouts", "matchedStatuses": ["broken"], "messageRegex": "(?si).*(time limit|timed out|timeout|no complete answer|no answer within|within [0-9.]+ s).*"},
        {"name": "Connection errors", "matchedStatuses": ["broken"], "messageRegex": "(?si).*(connect|refused|resolve|look up|unreachable|TLS|certificate|closed).*"},
        {"name": "Flaky", "matchedStatuses": ["passed", "failed", "broken"], "flaky": true}
    ])
}

/// A value as JSON in which what is hidden is marked as exchanges have it.
fn marked(value: &Value) -> String {
    value.to_string().replace(REDACTED, HIDDEN)
}

/// A random UUID of version 4 from what is drawn once a run and a number.
fn drawn_uuid(seed: u64, number: u64) -> String {
    let digest = md5::compute([seed.to_le_bytes(), number.to_le_bytes()].concat());
    uuid_of(u128::from_be_bytes(digest.0))
}
