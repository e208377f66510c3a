//! `--save-baseline`: the load runs of a run as a file, for later runs to compare with.
//!
//! Owns: the file's form, both ways. Does not: compare (see `load::baseline`).

use serde::{Deserialize, Serialize};

use crate::load::baseline::Measured;

/// What the file says it is.
const FORMAT: &str = "resttest baseline";

/// The version of the file; it grows when a key goes or changes its meaning.
const VERSION: u32 = 1;

/// One load run.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BaselineRun {
    /// The suite's file.
    pub suite: String,
    /// The test's or benchmark's name.
    pub name: String,
    /// What is compared.
    pub measured: Measured,
}

#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Document {
    format: String,
    version: u32,
    runs: Vec<BaselineRun>,
}

/// The file of these runs.
pub fn to_baseline(runs: &[BaselineRun]) -> String {
    let document = Document { format: FORMAT.to_owned(), version: VERSION, runs: runs.to_vec() };
    // Serializing text and finite numbers into a String cannot fail.
    serde_json::to_string_pretty(&document).unwrap_or_default() + "\n"
}

/// The runs of a file.
///
/// # Errors
/// What is wrong with it: it is none, or of another version.
pub fn from_baseline(text: &str) -> Result<Vec<BaselineRun>, String> {
    #[derive(Deserialize)]
    struct Head {
        format: Option<String>,
        version: Option<u32>,
    }
    const NONE: &str = "no baseline of --save-baseline";
    let head: Head = serde_json::from_str(text).map_err(|error| format!("{NONE}: {error}"))?;
    if head.format.as_deref() != Some(FORMAT) {
        return Err(format!("{NONE}: it has no format \"{FORMAT}\""));
    }
    match head.version {
        Some(VERSION) => {}
        Some(version) => return Err(format!("a baseline of version {version}; this program reads version {VERSION}")),
        None => return Err(format!("{NONE}: it has no version")),
    }
    let document: Document = serde_json::from_str(text).map_err(|error| format!("{NONE}: {error}"))?;
    Ok(document.runs)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::baseline::Slice;

    #[test]
    fn a_baseline_is_read_back_and_nothing_else_is() {
        let measured = Measured { slices: vec![Slice { count: 3, median_ms: 1.5, p95_ms: 2.5 }], suspect: false };
        let runs = [BaselineRun { suite: "s.yaml".to_owned(), name: "a \"b\"".to_owned(), measured }];
        let text = to_baseline(&runs);
        assert_eq!(from_baseline(&text).unwrap(), runs);
        for (text, part) in [
            ("", "no baseline"),
            ("{}", "no format"),
            ("[1]", "no baseline"),
            (&text.replace("\"version\": 1", "\"version\": 2"), "version 2"),
            (&text.replace("\"count\"", "\"amount\""), "no baseline"),
        ] {
            let message = from_baseline(text).unwrap_err();
            assert!(message.contains(part), "{text}: {message}");
        }
    }
}
